"""`classic-rescue validate`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

Run = Callable[..., Result]


def test_a_good_file_is_one_line(run: Run) -> None:
    """The summary counts devices by what they want, and stacks."""
    ended = run("validate")
    assert (ended.exit_code, ended.stdout) == (
        0,
        "fleet.yaml: 2 devices (1 os, 1 rescue) in 1 stack\n",
    )


def test_past_until_is_told(run: Run, project: Path) -> None:
    """A device past its `until` counts as wanting its operating system, and the line says so."""
    (project / "fleet.yaml").write_text(
        "shards: 2\ndevices:\n  a: {hardware: 7, boot: rescue, until: 2001-01-01T00:00:00Z}\n"
    )
    assert run("validate").stdout == (
        "fleet.yaml: 1 device (1 os) in 2 stacks; 1 past its `until`, so os is wanted\n"
    )


def test_every_problem_is_a_line(run: Run, project: Path) -> None:
    """All mistakes come at once on stderr, each with file and line."""
    (project / "fleet.yaml").write_text(
        "devices:\n  a: {hardware: 0, boot: rescue}\n  b: {hardware: 7, boot: sleep}\n"
    )
    ended = run("validate")
    lines = ended.stderr.splitlines()
    assert ended.exit_code == 1
    assert lines[0].startswith("fleet.yaml:2: devices.a.hardware: ")
    assert lines[1].startswith("fleet.yaml:3: devices.b.boot: ")
    assert ended.stdout == ""


def test_json_has_the_problems(run: Run, project: Path) -> None:
    """--json gives the problems to programs, and the exit code stays."""
    (project / "fleet.yaml").write_text("devices:\n  a: {hardware: 0, boot: rescue}\n")
    ended = run("validate", "--json")
    problem = json.loads(ended.stdout)["problems"][0]
    assert (ended.exit_code, problem["line"], problem["field"]) == (1, 2, "devices.a.hardware")


BROKEN = """\
devices:
  a: {hardware: 7, boot: rescue, reason: because}
  b: {hardware: 8, boot: os}
policy: {require_reason: 'CHG-[0-9]+', protected: [db-*]}
"""


def test_a_file_that_breaks_its_own_policy_is_refused(run: Run, project: Path) -> None:
    """Each finding is a line with file and line, as other problems are; --json has them too."""
    (project / "fleet.yaml").write_text(BROKEN)
    ended = run("validate")
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr.startswith(
        "fleet.yaml:2: policy.require_reason: a is declared rescue, and the reason 'because'"
    )
    problems = json.loads(run("validate", "--json").stdout)["problems"]
    assert [(problem["line"], problem["field"]) for problem in problems] == [
        (2, "policy.require_reason")
    ]


def test_break_glass_lets_a_file_pass_loudly(run: Run, project: Path) -> None:
    """The reason and what is overridden are on stderr and in the JSON;
    a term that concerns nobody is a note.
    """
    (project / "fleet.yaml").write_text(BROKEN)
    ended = run("validate", env={"CLASSIC_RESCUE_BREAK_GLASS": "CHG-9 outage"})
    assert ended.exit_code == 0
    lines = ended.stderr.splitlines()
    assert (
        lines[0]
        == "!!! BREAK GLASS: the policy is set aside for this run; reason: CHG-9 outage !!!"
    )
    assert lines[1].startswith(
        "overridden by break glass: fleet.yaml:2: policy.require_reason: a is declared rescue"
    )
    assert lines[2] == "note: fleet.yaml: policy.protected: 'db-*' protects no device of this file"
    shown = json.loads(
        run("validate", "--json", env={"CLASSIC_RESCUE_BREAK_GLASS": "CHG-9"}).stdout
    )
    assert shown["problems"] == []
    assert shown["break_glass"] == {"reason": "CHG-9", "until": None}
    assert [problem["line"] for problem in shown["overridden"]] == [2]


def test_missing_file_comes_from_the_environment_variable(run: Run) -> None:
    """CLASSIC_RESCUE_FLEET names the file, and an absent one is a sentence."""
    ended = run("validate", env={"CLASSIC_RESCUE_FLEET": "other.yaml"})
    assert ended.exit_code == 1
    assert "other.yaml: there is no such file" in ended.stderr


def test_bad_endpoint_is_refused_offline(run: Run) -> None:
    """An endpoint that would send the key unencrypted is refused without any connection."""
    ended = run("validate", "--endpoint", "http://api.softlayer.com/rest/v3.1/")
    assert ended.exit_code == 1
    assert "unencrypted" in ended.stderr
