"""The group and its rim: help, wrong usage, and problems that become a sentence."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import Result

from classic_rescue.api.client import Retry
from classic_rescue.cli.app import COMMANDS, app, wants_json
from classic_rescue.cli.terminal.examples import examples_of
from classic_rescue.cli.terminal.failures import EXIT_CODES, INTERRUPTED
from tests.patience import PATIENCE_S

Run = Callable[..., Result]
ROOT = Path(__file__).parents[2]


def test_help_lists_every_command(run: Run) -> None:
    """The group's help names each command with a whole sentence, and ends with examples."""
    shown = run("--help").stdout
    assert all(f"  {name} " in shown for name in COMMANDS)
    assert "..." not in shown.partition("Commands:")[2]
    examples = [f"    {line}" for line in examples_of("")]
    assert shown.splitlines()[-3:] == ["  Examples:", *examples]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_tells_its_exit_codes(run: Run, name: str) -> None:
    """Each command's help has its exit codes and the option for the fleet file; `history` finds
    it by itself, `init` makes one, `completion` and `ci` need none, and `notify` asks no service.
    """
    shown = run(name, "--help").stdout
    assert "Exit codes: 0 " in shown
    assert ("--fleet PATH" in shown) is (name not in ("history", "init", "completion", "ci"))
    assert ("--endpoint URL" in shown) is (name not in ("history", "notify", "completion", "ci"))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_of_exit_codes_is_that_of_the_help(run: Run, name: str) -> None:
    """The page of commands shows one table: what it says of a command, its help says, too."""
    said = run(name, "--help").stdout.partition("Exit codes: ")[2].partition("Options:")[0]
    told = {int(number) for number in re.findall(r"\b(\d{1,3})\s+[a-z]", said)}
    table = {row.code for row in EXIT_CODES if not row.commands or name in row.commands}
    assert told | {INTERRUPTED} == table


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example(run: Run, name: str, project: Path) -> None:
    """At the end of its help, one a line; each is understood by the command as it stands."""
    for example in ("plan.json", "fleet-0.json", "fleet-1.json"):
        (project / example).touch()
    lines = run(name, "--help").stdout.partition("Examples:\n")[2].splitlines()
    assert lines == [f"    {line}" for line in examples_of(name)]
    for line in lines:
        program, called, *words = shlex.split(line)
        assert (program, called) == ("classic-rescue", name)
        command = app.get_command(click.Context(app), name)
        assert command is not None
        command.make_context(name, words)


def test_every_command_that_a_text_names_is_there(run: Run) -> None:
    """In messages, README and docs: a command's option is one that its help lists."""
    texts = [
        *(ROOT / "constructs" / "classic_rescue").rglob("*.py"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / name for name in ("README.md", "fleet.yaml", "Makefile")),
    ]
    called = re.compile(rf"(?<!terraform )(?<!cdktf )\b({'|'.join(COMMANDS)}) (--[a-z][a-z-]*)")
    found = {call for path in texts for call in called.findall(path.read_text(encoding="utf-8"))}
    assert ("deploy", "--reconcile") in found
    for name, option in sorted(found):
        assert re.search(rf"{option}\b", run(name, "--help").stdout), f"{name} {option}"


def test_wrong_usage_is_no_difference(run: Run) -> None:
    """A typing mistake ends with 1, not with the 2 that says a device differs."""
    ended = run("status", "--nonsense")
    assert ended.exit_code == 1
    assert "--nonsense" in ended.stderr


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("statsu",), "No such command 'statsu'. Did you mean 'status'?"),
        (("STATUS",), "Did you mean 'status'?"),
        (("preflite", "web-1"), "Did you mean 'preflight'?"),
        (("qqq",), "Commands: init, validate, review, "),
        (("status", "--flet", "x"), "Did you mean '--fleet'?"),
        (("--fleet", "x", "status"), "Options of a command follow it"),
        (("validate", "--fleet", "flet.yaml"), "flet.yaml: there is no such file; did you mean"),
    ],
)
def test_a_mistyped_word_is_told_with_the_nearest(
    run: Run, words: tuple[str, ...], hint: str
) -> None:
    """A command, an option, or where it belongs; nothing is started."""
    ended = run(*words)
    assert ended.exit_code == 1
    assert hint in ended.stderr
    assert not Path(".classic-rescue").exists()


def test_a_defect_becomes_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unforeseen error shows its kind, and no traceback."""
    monkeypatch.setitem(COMMANDS, "validate", "classic_rescue.cli.not_there")
    ended = run("validate")
    assert ended.exit_code == 1
    assert "ModuleNotFoundError" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_half_configured_credentials_say_what_is_missing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user name without a key is an error that names the key, and never the offline mock."""
    monkeypatch.setenv("SL_USERNAME", "SL123")
    ended = run("status")
    assert ended.exit_code == 1
    assert "SL_API_KEY" in ended.stderr
    assert not Path(".classic-rescue").exists()


def test_unreachable_endpoint_is_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """No connection is said once, with the endpoint, whatever the number of devices."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("SL_USERNAME", "SL123")
    monkeypatch.setenv("SL_API_KEY", "some-key")
    monkeypatch.setattr("classic_rescue.cli.session.observed.PATIENCE", Retry(attempts=1))
    ended = run("status", "--endpoint", f"http://127.0.0.1:{port}/rest/v3.1/")
    assert ended.exit_code == 1
    assert ended.stderr.count("no connection") == 1


def test_ctrl_c_is_one_line(project: Path) -> None:
    """SIGINT ends a command that waits for the API with 130 and one line."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        environ = {
            **os.environ,
            "SL_USERNAME": "SL123",
            "SL_API_KEY": "some-key",
            "PYTHONPATH": str(ROOT / "constructs"),
        }
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}/rest/v3.1/"
        command = [sys.executable, "-m", "classic_rescue.cli", "status", "--endpoint", endpoint]
        process = subprocess.Popen(
            command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        silent.accept()  # it has connected, so it waits for an answer now
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert said.strip() == "classic-rescue: interrupted"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("status", "--json"), "there is no fleet file, and the app"),
        (("drift", "-o", "json"), "fleet.yaml: there is no such file"),
        (("deploy", "-ojson"), "fleet.yaml: there is no such file"),
        (("status", "--json", "--nonsense"), "No such option '--nonsense'."),
        (("statsu", "--json"), "No such command 'statsu'."),
    ],
)
def test_programs_get_errors_as_json(
    run: Run, project: Path, words: tuple[str, ...], said: str
) -> None:
    """One object on standard output, also for a line that is not understood; people read the same
    on standard error.
    """
    (project / "fleet.yaml").unlink()
    ended = run(*words)
    told = json.loads(ended.stdout)
    assert (ended.exit_code, sorted(told), told["exit_code"]) == (1, ["error", "exit_code"], 1)
    assert told["error"].startswith(said)
    assert said in ended.stderr


def test_a_result_with_mistakes_is_one_object(run: Run, project: Path) -> None:
    """The mistakes of a fleet file are a result, and no error follows it."""
    (project / "fleet.yaml").write_text("devices: {a: {hardware: 7, boot: sleep}}\n")
    ended = run("validate", "--json")
    assert json.loads(ended.stdout)["problems"]
    assert ended.exit_code == 1


@pytest.mark.parametrize(
    ("words", "is_wanted"),
    [
        (("review", "--json", "r.json", "p.json"), False),
        (("status", "--", "--json"), False),
        (("status", "-o", "csv"), False),
        (("status", "--output=json"), True),
    ],
)
def test_who_wants_json(words: tuple[str, ...], is_wanted: bool) -> None:
    """The `--json` of review names a file, and behind `--` there are no options."""
    assert wants_json(words) is is_wanted
