"""`plan --base`: which guard of the fleet a change takes away."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from classic_rescue.cli.plans.against_base import differences
from classic_rescue.fleet import parse_fleet

Run = Callable[..., Result]

PLAN = ("plan", "--out", "reviewed")
NOW = datetime(2026, 11, 29, tzinfo=UTC)
DEVICES = "devices:\n  web-1: {virtual_guest: 124929698, boot: os}\n"
WINDOW = "{days: mon-fri, from: '22:00', to: '06:00', zone: UTC}"


def told(before: str, now: str) -> list[str]:
    """What is said of two files with these heads."""
    old, new = (
        parse_fleet(head + ("" if "devices:" in head else DEVICES), source="fleet.yaml", now=NOW)
        for head in (before, now)
    )
    return list(differences(old, new))


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ("", "", []),
        (
            "endpoint: https://api.softlayer.com/rest/v3.1/\n",
            "",
            ["endpoint: https://api.softlayer.com/rest/v3.1/ → none"],
        ),
        (
            "",
            "backend: {type: http, address: 'https://h.example/{stack}'}\n",
            ["backend: files beside the project → "],
        ),
        ("policy: {max_down: 1}\n", "", ["policy: max_down is removed; it was 1"]),
        ("policy: {max_down: 1}\n", "policy: {max_down: 2}\n", ["max_down is changed: 1 → 2"]),
        ("policy: {max_down: 2}\n", "policy: {max_down: 1}\n", []),
        ("policy: {max_down: 5}\n", "policy: {max_down: 10%}\n", ["changed: 5 → 10%"]),
        (
            "policy: {max_down: [{tag: db, limit: 1}, {limit: 5}]}\n",
            "policy: {max_down: [{limit: 5}]}\n",
            ["max_down is changed: 1 of tag db; 5 → 5"],
        ),
        ("policy: {max_down: [{limit: 5}]}\n", "policy: {max_down: [{limit: 4}]}\n", []),
        ("policy: {require_until: true}\n", "", ["require_until is removed; it was true"]),
        ("policy: {max_until: 1d}\n", "policy: {max_until: 2d}\n", ["max_until is changed: "]),
        ("policy: {max_until: 2d}\n", "policy: {max_until: 1d}\n", []),
        ("policy: {require_reason: CHG-.*}\n", "policy: {require_reason: .+}\n", ["require_reas"]),
        ("policy: {protected: [a, b]}\n", "policy: {protected: [a]}\n", ["protected is changed"]),
        ("policy: {protected: [a]}\n", "policy: {protected: [a, b]}\n", []),
        ("policy: {images_allowed: [7]}\n", "policy: {images_allowed: [7, 8]}\n", ["7 → 7; 8"]),
        ("policy: {images_allowed: [7, 8]}\n", "policy: {images_allowed: [8]}\n", []),
        (
            f"policy: {{windows: [{WINDOW}]}}\n",
            f"policy: {{windows: [{WINDOW.replace('06', '09')}]}}\n",
            ["windows is changed: mon, tue, wed, thu, fri 22:00-06:00 UTC → mon, "],
        ),
        ("policy: {max_down: 1}\n", "policy: {max_down: 1, require_until: true}\n", []),
        (
            "devices: {a: {virtual_guest: 1, boot: os}}\n",
            "devices: {a: {virtual_guest: 1, boot: os, allow_reboot: true}}\n",
            ["a: allow_reboot is new"],
        ),
        (
            "policy: {max_down: [{tag: db, limit: 1}]}\n"
            "devices: {a: {virtual_guest: 1, boot: os, tags: [db]}}\n",
            "policy: {max_down: [{tag: db, limit: 1}]}\n"
            "devices: {a: {virtual_guest: 1, boot: os}}\n",
            ["a: leaves the group of tag db"],
        ),
    ],
)
def test_what_forbids_less_is_told(before: str, now: str, said: list[str]) -> None:
    """Each rule that is gone or may forbid less, the endpoint and the backend; what certainly
    forbids more is nobody's business.
    """
    found = told(before, now)
    assert len(found) == len(said), found
    for words, sentence in zip(said, found, strict=True):
        assert words in sentence


def git(folder: Path, words: str) -> None:
    """Run git as somebody."""
    who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]
    subprocess.run(["git", *who, *words.split()], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def base(project: Path, mock: Any) -> Path:
    """The project in git, with a commit whose fleet has a policy, and a change that has none."""
    (project / ".gitignore").write_text("*\n!fleet.yaml\n")
    fleet = project / "fleet.yaml"
    devices = fleet.read_text()
    fleet.write_text("policy: {protected: [web-*]}\n" + devices)
    git(project, "init -q")
    git(project, "add -f fleet.yaml")
    git(project, "commit -qm with-a-policy")
    fleet.write_text(devices)
    return project


@pytest.mark.slow
def test_a_policy_that_the_same_request_deletes_is_told(run: Run, base: Path) -> None:
    """The exit code is what the rules in force say; what went is on top, in every form."""
    planned = run(*PLAN, "--base", "HEAD")
    assert planned.exit_code == 2
    sentence = "ANOTHER GUARD THAN IN HEAD: policy: protected is removed; it was web-*"
    assert sentence in planned.stdout
    assert "user tester; backend files beside the project; policy in force: none" in " ".join(
        planned.stdout.split()
    )
    review = json.loads((base / "reviewed" / "review.json").read_text())
    assert review["rules"] == []
    assert (review["base"], review["place"]["user"]) == ("HEAD", "tester")
    assert review["against_base"] == ["policy: protected is removed; it was web-*"]
    head = (base / "reviewed" / "review.md").read_text().partition("### Details")[0]
    assert "> **ANOTHER GUARD THAN IN HEAD: policy: protected is removed" in head
    git(base, "checkout -q fleet.yaml")
    assert "GUARD" not in run(*PLAN, "--base", "HEAD").output


@pytest.mark.slow
def test_a_backend_of_the_environment_is_no_change_of_the_file(
    run: Run, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable is no guard that the request changes; what the two files say is compared."""
    fleet = base / "fleet.yaml"
    devices = fleet.read_text()
    fleet.write_text("backend: {type: pg, schema: ops}\n" + devices)
    git(base, "commit -qam in-a-database")
    monkeypatch.setenv("CLASSIC_RESCUE_BACKEND", "local")
    assert "GUARD" not in run(*PLAN, "--base", "HEAD").output
    fleet.write_text(devices)
    said = " ".join(run(*PLAN, "--base", "HEAD").output.split())
    assert 'IN HEAD: backend: {"schema": "ops", "type": "pg"} → files beside the project' in said


@pytest.mark.slow
def test_a_policy_in_a_file_of_its_own_is_compared_as_one(run: Run, base: Path) -> None:
    """Moved there it is the same policy; with a rule less it is not; in a folder below the top of
    the repository, too.
    """
    fleet = base / "fleet.yaml"
    devices = fleet.read_text()
    git(base, "checkout -q fleet.yaml")
    (base / "rules").mkdir()
    rules = base / "rules" / "policy.yaml"
    rules.write_text("protected: [web-*]\n")
    fleet.write_text("policy: rules/policy.yaml\n" + devices)
    planned = run(*PLAN, "--base", "HEAD")
    assert planned.exit_code == 3
    assert "policy in force: protected" in " ".join(planned.stdout.split())
    assert "GUARD" not in planned.output
    git(base, "add -f fleet.yaml rules/policy.yaml")
    git(base, "commit -qm in-a-file")
    rules.write_text("max_down: 1\n")
    said = run(*PLAN, "--base", "HEAD").stdout
    assert "GUARD THAN IN HEAD: policy: protected is removed; it was web-*" in said
    git(base, "rm -q --cached rules/policy.yaml")
    git(base, "commit -qm lost")
    said = " ".join(run(*PLAN, "--base", "HEAD").stdout.split())
    assert (
        "nothing is compared, since that file cannot be read: HEAD:fleet.yaml:1: policy: " in said
    )
    assert "HEAD:rules/policy.yaml cannot be read: there is no such file in that commit" in said


@pytest.mark.slow
def test_a_base_whose_objects_are_lost_is_no_new_file(run: Run, base: Path) -> None:
    """What git cannot read is an error, and is not taken for a file that was not there."""
    listed = subprocess.run(
        ["git", "rev-parse", "HEAD:fleet.yaml"], cwd=base, capture_output=True, check=True
    )
    blob = listed.stdout.decode().strip()
    (base / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    ended = run(*PLAN, "--base", "HEAD")
    assert ended.exit_code == 1
    assert "--base HEAD: git cannot read fleet.yaml of that commit (" in ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("revision", "words"),
    [
        ("no-such", "--base no-such: git knows no such commit here"),
        ("--output=x", "--base --output=x: git knows no such commit here"),
        ("", "--base : git knows no such commit here"),
    ],
)
def test_a_base_that_git_does_not_know(run: Run, base: Path, revision: str, words: str) -> None:
    """An error with what to do, before anything is planned."""
    ended = run(*PLAN, f"--base={revision}")
    assert ended.exit_code == 1
    assert words in ended.stderr
    assert not (base / "reviewed" / "review.md").exists()
    assert not (base / "x").exists()


@pytest.mark.slow
def test_a_base_without_the_file_or_with_a_broken_one(run: Run, base: Path) -> None:
    """Nothing can be compared, and the review says so."""
    git(base, "rm -q --cached fleet.yaml")
    git(base, "commit -qm without")
    said = run(*PLAN, "--base", "HEAD").stdout
    assert "fleet.yaml is new: HEAD has none" in said
    devices = (base / "fleet.yaml").read_text()
    (base / "fleet.yaml").write_text("devices: [\n")
    git(base, "add -f fleet.yaml")
    git(base, "commit -qm broken")
    (base / "fleet.yaml").write_text(devices)
    said = run(*PLAN, "--base", "HEAD").stdout
    assert "nothing is compared, since that file cannot be read" in said
