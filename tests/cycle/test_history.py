"""The journal of hooks that real Terraform runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from classic_rescue.cli.pages.history_schema import json_schema

if TYPE_CHECKING:
    from tests.cycle.conftest import Project

pytestmark = pytest.mark.slow

WEB = 124929698
WIN = 124929702
DB = 218027101


def lines(project: Project) -> list[dict[str, Any]]:
    """The lines so far, each of which keeps to the published schema."""
    path = project.folder / ".classic-rescue" / "rehearsals.jsonl"
    found = [json.loads(line) for line in path.read_text().splitlines() if line]
    for line in found:
        jsonschema.validate(line, json_schema())
    return found


def test_every_hook_of_an_apply_is_a_line_in_the_project(project: Project) -> None:
    """Done and refused alike; where the policy is set aside, the line says why."""
    project.write(
        'policy: {protected: ["*"], break_glass: {reason: CHG-9 outage,'
        " until: 2999-01-01T00:00:00Z}}\n"
        "devices:\n"
        f"  web-1: {{virtual_guest: {WEB}, boot: rescue, reason: CHG-1}}\n"
        f"  win-1: {{virtual_guest: {WIN}, boot: rescue}}\n"
        f"  db-1: {{hardware: {DB}, boot: os}}\n"
    )
    assert project.apply() == 1
    found = {line["name"]: line for line in lines(project)}
    told = {name: (line["result"], line["exit"], line["requests"]) for name, line in found.items()}
    assert told == {
        "web-1": ("changed", 0, ["executeRescueLayer"]),
        "win-1": ("refused", 3, []),
        "db-1": ("unchanged", 0, []),
    }
    assert (found["web-1"]["break_glass"], found["web-1"]["reason"]) == ("CHG-9 outage", "CHG-1")
    assert found["db-1"]["break_glass"] is None
    assert found["web-1"]["user"] == "demo"
