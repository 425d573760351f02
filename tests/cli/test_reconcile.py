"""The repairs that a deploy was asked for: the file between the two commands,
and the words for Terraform.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.facts import Transaction
from classic_rescue.boot.states import BootState, DeviceRef, Goal, Order
from classic_rescue.cli.drifts.repairs import (
    MAX_VARIABLE_BYTES,
    Choice,
    Repair,
    Repairs,
    choose,
    read_repairs,
    repairs_path,
    replace_arguments,
    replace_words,
    with_repairs,
    write_repairs,
)
from classic_rescue.cli.session.fleet_file import Target
from classic_rescue.cli.session.observed import Row
from classic_rescue.cli.session.session import Session, open_session
from classic_rescue.cli.terminal.failures import Failure

Run = Callable[..., Result]
KEY = "virtual_guest/124929698"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WEB_1 = Repair(KEY, "web-1", "fleet-0", declared="rescue", evidence="it runs its operating system")
ASKED = Repairs("https://api.example.com/rest/v3.1/", "2026-11-24T12:00:00Z", (WEB_1,))
RESCUE = Goal(BootState.RESCUE)
OS = Goal(BootState.OS)


@pytest.fixture
def session(mock: Any) -> Session:
    """A project that talks to a mock as to the real service."""
    return open_session(Path("fleet.yaml"), None, environ=os.environ, now=NOW)


def row(seen: Observation | None, wanted: Goal | None = RESCUE) -> Row:
    """web-1 as a deploy sees it."""
    order = Order("web-1", DeviceRef.from_key(KEY), RESCUE)
    return Row(Target(order, wanted), seen=seen, error="" if seen else "no answer")


@pytest.mark.parametrize(
    ("rows", "fate", "words"),
    [
        ([row(Observation(BootState.OS, "e"))], "now", ""),
        ([row(Observation(BootState.UNKNOWN, "powered off", is_off=True))], "now", ""),
        ([row(Observation(BootState.RESCUE, "e"))], "gone", "it is in rescue again (e)"),
        ([row(Observation(BootState.OS, "e"), OS)], "gone", "the file says os now"),
        ([row(Observation(BootState.OS, "e"), None)], "gone", "the file does not name it any more"),
        ([], "gone", "the file does not name it any more"),
        (
            [row(Observation(BootState.UNKNOWN, "tx", in_motion=Transaction(7)))],
            "later",
            "run deploy again when",
        ),
        ([row(Observation(BootState.UNKNOWN, "e"))], "later", "what it runs cannot be told (e)"),
        ([row(None)], "later", "it cannot be read (no answer)"),
    ],
)
def test_an_old_report_is_held_against_a_new_look(rows: list[Row], fate: str, words: str) -> None:
    """What has healed is dropped; what moves or cannot be
    told is left alone and stays asked for.
    """
    choice = choose(ASKED, rows)
    assert {"now": choice.now, "later": choice.later}.get(fate, ()) == (
        () if fate == "gone" else (WEB_1,)
    )
    assert len(choice.now) + len(choice.later) == (fate != "gone")
    assert (
        choice.said[0]
        == "repairs were asked for at 2026-11-24T12:00:00Z; every device was looked at again"
    )
    assert words in choice.said[-1]


def test_what_was_not_repaired_stays_asked_for() -> None:
    """After a run that failed half way, the next one goes on."""
    other = replace(WEB_1, key="hardware/1")
    choice = Choice(ASKED, now=(WEB_1, other), later=())
    assert choice.left({KEY}).devices == (other,)
    assert choose(None, []) == Choice()


def test_the_file_is_private_whole_and_apart_for_a_rehearsal(session: Session) -> None:
    """Written at once, for this user; a rehearsal has another one,
    and nothing to repair removes it.
    """
    write_repairs(session, [WEB_1], NOW)
    path = repairs_path(session)
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(json.loads(path.read_text())) == ["asked_at", "devices", "endpoint"]
    assert [file.name for file in path.parent.iterdir() if "reconcile" in file.name] == [
        "reconcile.json"
    ]
    found = read_repairs(session)
    assert found
    assert (found.devices, found.asked_at) == ((WEB_1,), "2026-11-24T12:00:00Z")
    rehearsal = replace(session, connection=replace(session.connection, is_embedded_mock=True))
    assert read_repairs(rehearsal) is None
    write_repairs(session, [], NOW)
    assert read_repairs(session) is None
    assert not path.exists()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"endpoint": "x", "asked_at": "y", "devices": [{"key": 1}]}']
)
def test_a_file_that_is_no_list_of_repairs_is_refused(session: Session, text: str) -> None:
    """One sentence says what to do; the deploy does not go on without what it was asked for."""
    repairs_path(session).write_text(text)
    with pytest.raises(Failure, match=r"reconcile\.json: not a list of repairs .*delete it"):
        read_repairs(session)


def test_repairs_of_another_endpoint_are_refused(session: Session) -> None:
    """The same numbers are other devices there."""
    write_repairs(session, [WEB_1], NOW)
    path = repairs_path(session)
    path.write_text(path.read_text().replace("127.0.0.1", "192.0.2.1"))
    with pytest.raises(
        Failure, match=r"its repairs are for http://192\.0\.2\.1.*, not for http://127"
    ):
        read_repairs(session)


def test_the_words_are_the_same_arguments_again_in_a_shell() -> None:
    """Terraform takes its variables apart as a shell does;
    also a key that no fleet file would have.
    """
    keys = [KEY, "hostname/app-1.example.com", 'hostname/it\'s "odd" \\ $(x) `y` ${z}']
    assert shlex.split(replace_words(keys)) == replace_arguments(keys)
    assert replace_arguments(keys)[0] == f'-replace=terraform_data.boot["{KEY}"]'
    shown = subprocess.run(
        ["/bin/sh", "-c", f"printf %s {shlex.quote(replace_words(keys))}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == replace_words(keys)


def test_repairs_are_added_to_what_the_variable_says() -> None:
    """The lock's timeout and the user's own words stay; without repairs nothing changes."""
    environ = {"TF_CLI_ARGS_apply": "-lock-timeout=30m -no-color", "PATH": "/bin"}
    assert with_repairs(environ, []) == environ
    added = with_repairs(environ, [KEY])["TF_CLI_ARGS_apply"]
    assert shlex.split(added) == ["-lock-timeout=30m", "-no-color", *replace_arguments([KEY])]


def test_more_than_fit_are_refused_before_anything_starts() -> None:
    """A program cannot be started with a longer variable; what is not refused can be."""
    keys = [f"virtual_guest/{number}" for number in range(100_000_000, 100_002_500)]
    with pytest.raises(Failure, match="2500 repairs do not fit in one variable for Terraform"):
        with_repairs({}, keys)
    fitting = with_repairs({}, keys[:2000])
    assert len(fitting["TF_CLI_ARGS_apply"]) < MAX_VARIABLE_BYTES
    assert subprocess.run(["/bin/true"], env=fitting, check=False).returncode == 0


def test_a_wish_that_has_nothing_left_is_taken_back(
    run: Run, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`drift --reconcile` where nothing has drifted removes what an earlier one asked for."""
    write_repairs(session, [WEB_1], NOW)
    (session.project / "fleet.yaml").write_text(
        "devices: {app-1: {virtual_guest: 124929706, boot: os}}\n"
    )
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", "no-such-terraform")
    ended = run("drift", "--reconcile")
    assert "nothing has drifted, so there is nothing to repair" in ended.stdout
    assert read_repairs(session) is None


def test_what_happens_next_is_said_with_the_exact_words(
    run: Run, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For our deploy, for plain cdktf and for Terraform in CI, and in JSON for programs."""
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", "no-such-terraform")
    shown = run("drift", "--reconcile").stdout
    address = 'terraform_data.boot["virtual_guest/124929698"]'
    escaped = address.replace('"', '\\"')
    assert f"  TF_CLI_ARGS_apply='-replace={escaped}' npx cdktf deploy '*'" in shown
    assert f"  terraform plan '-replace={address}'" in shown
    told = json.loads(run("drift", "--reconcile", "--json").stdout)["reconcile"]
    assert told["file"] == str(repairs_path(session))
    assert told["arguments"] == [f"-replace={address}"]
    assert shlex.split(told["environment"]["TF_CLI_ARGS_apply"]) == told["arguments"]
