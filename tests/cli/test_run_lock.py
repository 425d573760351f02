"""Who has the project, and waiting for it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terraform.error_words import lock_words, unexplained
from classic_rescue.cli.terraform.run_lock import Turn, taken, user_at_host

pytestmark = pytest.mark.slow

Run = Callable[..., Result]
NOW = datetime(2026, 11, 28, 3, tzinfo=UTC)
LOCKED = """
╷
│ Error: Error acquiring the state lock
│
│ Error message: resource temporarily unavailable
│ Lock Info:
│   ID:        b6b7c0de-1
│   Path:      terraform.fleet-0.tfstate
│   Operation: OperationTypeApply
│   Who:       alice@ci-7
│   Version:   1.11.4
│   Created:   2026-11-28 02:00:00.1 +0000 UTC
│   Info:
│
│ Terraform acquires a state lock to protect the state from being written
│ by multiple users at the same time.
╵
"""


def refusal(path: Path, turn: Turn) -> str:
    """What is said to who cannot have it."""
    with pytest.raises(Failure) as refused, taken(path, turn):
        pass
    return refused.value.message


def test_who_comes_second_is_told_who_has_it(tmp_path: Path) -> None:
    """Command, person and machine, since when and which process."""
    path = tmp_path / "deploy.lock"
    with taken(path, Turn("deploy", NOW)):
        said = refusal(path, Turn("plan", NOW))
    assert said == (
        f"this project is taken by `deploy` of {user_at_host()}, since 2026-11-28T03:00:00Z,"
        f" process {os.getpid()}; nothing was touched: run again when that has ended, or wait for"
        " it with --wait"
    )


def test_a_process_that_has_ended_is_not_called_running(tmp_path: Path) -> None:
    """A killed command may leave Terraform running, which has the lock then."""
    path = tmp_path / "deploy.lock"
    with taken(path, Turn("deploy", NOW)):
        told = json.loads(path.read_text())
        path.write_text(json.dumps(told | {"pid": 2**22 + 1}))
        assert "which has ended, but what it started still runs" in refusal(path, Turn())


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": "x"}'])
def test_a_holder_that_says_nothing(tmp_path: Path, text: str) -> None:
    """An older version, or one that was killed while it wrote: somebody has it, all the same."""
    path = tmp_path / "deploy.lock"
    with taken(path, Turn("deploy", NOW)):
        path.write_text(text)
        assert "another deploy or destroy, which has not said" in refusal(path, Turn())


def test_waits_until_it_is_free(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says what it waits for and how to stop that, once a minute, and then goes on."""
    path = tmp_path / "deploy.lock"
    first = taken(path, Turn("deploy", NOW))
    first.__enter__()
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if sum(slept) == 90:
            first.__exit__(None, None, None)

    with taken(path, Turn("plan", NOW, wait_s=600, sleep=sleep)):
        assert json.loads(path.read_text())["command"] == "plan"
    said = capsys.readouterr().err.splitlines()
    assert [line.partition("; ")[2] for line in said] == [
        "up to 10 min more, Ctrl-C ends that",
        "up to 9 min more, Ctrl-C ends that",
    ]
    assert said[0].startswith("waiting for `deploy` of ")


def test_gives_up_after_the_wait(tmp_path: Path) -> None:
    """The refusal says how long it has waited."""
    path = tmp_path / "deploy.lock"
    with taken(path, Turn("deploy", NOW)):
        said = refusal(path, Turn(wait_s=2, sleep=lambda seconds: None))
    assert "is taken after 2 s of waiting by `deploy` of" in said


def test_wait_is_a_duration(run: Run, mock: Any) -> None:
    """What is none is refused with what is allowed; deploy takes one with or without it."""
    refused = run("deploy", "--wait=soon")
    assert refused.exit_code == 1
    assert "allowed: --wait, or a duration such as --wait=90s" in refused.stderr
    assert "nothing was touched; add --yes" in run("deploy", "--wait").stderr
    assert "nothing was touched; add --yes" in run("deploy", "--wait=1h30m").stderr


def test_errors_without_frames_are_told_apart() -> None:
    """As `-no-color` prints them: a hook that has told its end is left out, others stay."""
    hook = 'Error: local-exec provisioner error\n\n  with terraform_data.boot["hardware/1"],\n'
    assert unexplained(f"{hook}\nError: backend gone\n", ["hardware/1"]) == ["Error: backend gone"]
    assert unexplained(hook, ["hardware/1"]) == []
    assert unexplained("Error: Saved plan is stale\n\nIt moved.\n", []) == []
    assert unexplained("killed\n", []) == ["killed"]


def test_a_hook_that_a_signal_ended_shows_no_traceback() -> None:
    """Ctrl-C may reach Python before the hook itself."""
    log = """Error: local-exec provisioner error
  with terraform_data.boot["hardware/1"],
  on cdk.tf.json line 50, in resource.terraform_data.boot:
Error running command 'PYTHONPATH=. exec python -m classic_rescue.hook enter':
signal: interrupt. Output: Traceback (most recent call last):
  File "<frozen runpy>", line 198, in _run_module_as_main
KeyboardInterrupt
"""
    said = "\n".join(unexplained(log, []))
    assert "its hook was ended by a signal (interrupt) before it told anything" in said
    assert "File" not in said
    assert "Traceback" not in said


def test_what_a_hook_said_on_its_way_is_no_error_of_terraforms() -> None:
    """Its progress may name an error's class; only one that never told its end is quoted."""
    said = (
        'fleet-0  terraform_data.boot["hardware/1"] (local-exec): ConnectionRefusedError: waiting\n'
    )
    hook = 'Error: local-exec provisioner error\n\n  with terraform_data.boot["hardware/1"],\n'
    assert unexplained(said + hook, ["hardware/1"]) == []
    assert "waiting" in unexplained(said + hook, [])[0]


def test_a_locked_state_says_who_has_it() -> None:
    """Terraform's lock information in a sentence; to break the lock is named with its danger."""
    (said,) = unexplained(LOCKED, [])
    assert said == (
        "Error: the state is locked by alice@ci-7, since 2026-11-28 02:00:00.1 +0000 UTC, for"
        " OperationTypeApply (lock b6b7c0de-1): wait until that has ended. Only where that run has"
        " certainly ended: `terraform force-unlock b6b7c0de-1`. While it still runs, that lets two"
        " write one state, and the record of what is in rescue is lost."
    )
    assert lock_words("Error: Error acquiring the state lock") == (
        "Error: the state is locked by somebody (lock without an id): wait until that has ended."
    )
    assert lock_words("Error: backend gone") == ""
