"""A policy in a file of its own counts as if it stood in the fleet file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from classic_rescue.fleet import FleetErrors, read_fleet
from classic_rescue.fleet.entries import Fleet

NOW = datetime(2026, 11, 29, tzinfo=UTC)
DEVICES = "devices:\n  web-1: {virtual_guest: 101, boot: os}\n"
NAMED = f"policy: policy.yaml\n{DEVICES}"
RULES = "protected: [db-*]\nmax_down: 1\n"


def fleet_of(folder: Path, text: str, rules: str | None = None) -> Fleet:
    """The fleet of a file with this text beside a file of these rules."""
    (folder / "fleet.yaml").write_text(text)
    if rules is not None:
        (folder / "policy.yaml").write_text(rules)
    return read_fleet(folder / "fleet.yaml", now=NOW, environ={})


def problems_of(folder: Path, text: str, rules: str | None = None) -> str:
    """What is said of it, one problem a line, with paths relative to the folder."""
    with pytest.raises(FleetErrors) as refused:
        fleet_of(folder, text, rules)
    return str(refused.value).replace(f"{folder}/", "")


def test_it_counts_as_if_it_stood_there(tmp_path: Path) -> None:
    """Wherever the command was started, and in another folder, too."""
    inline = fleet_of(tmp_path, f"policy: {{protected: ['db-*'], max_down: 1}}\n{DEVICES}")
    assert fleet_of(tmp_path, NAMED, RULES).policy == inline.policy
    below = tmp_path / "fleets"
    below.mkdir()
    elsewhere = fleet_of(below, NAMED.replace("policy.yaml", "../policy.yaml"))
    assert elsewhere.policy == inline.policy
    assert fleet_of(tmp_path, NAMED, "{}\n").policy.rules == ()


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("max_down: 1\nmax_dwn: 2\n", "policy.yaml:2: policy.max_dwn: unknown key"),
        ("policy: {max_down: 1}\n", "policy.yaml:1: policy.policy: unknown key"),
        ("max_down: -1\n", "policy.yaml:1: policy.max_down: "),
        ("- max_down\n", "policy.yaml:1: policy:"),
        ("max_down: [\n", "policy.yaml:"),
        ("", "policy.yaml: the file holds no rule; allowed: `{}` for none"),
        ("windows: [{days: mon, from: '22:00', to: '22:00', zone: UTC}]\n", "policy.yaml:1: "),
        ("max_down: [{limit: 1, tag: a}, {limit: 2, tag: a}]\n", "the same group as the limit on"),
        (None, "fleet.yaml:1: policy: the policy's file policy.yaml cannot be read: there is no"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, rules: str | None, said: str) -> None:
    """The file, line and rule; nothing of it counts."""
    assert said in problems_of(tmp_path, NAMED, rules)


@pytest.mark.parametrize("name", ['"\\e[31mred"', '""', '" "', "/etc/policy.yaml", "."])
def test_what_is_no_file_beside_it(tmp_path: Path, name: str) -> None:
    """Only a path from the fleet file: in another checkout the same must count."""
    said = problems_of(tmp_path, f"policy: {name}\n{DEVICES}")
    assert "fleet.yaml:1: policy: " in said
    assert "relative to the fleet file, such as policy.yaml" in said
    assert "{max_down: 5}" in said
    assert "\x1b" not in said


def test_what_is_neither(tmp_path: Path) -> None:
    """Both ways are named."""
    said = problems_of(tmp_path, f"policy: 5\n{DEVICES}")
    assert "allowed: a mapping such as {max_down: 5}, or the path of a YAML file with one" in said


def test_problems_of_both_files_come_at_once(tmp_path: Path) -> None:
    """As do those of one."""
    said = problems_of(tmp_path, NAMED.replace("boot: os", "boot: on"), "max_dwn: 1\n")
    assert "fleet.yaml:3: devices.web-1.boot: " in said
    assert "policy.yaml:1: policy.max_dwn" in said
