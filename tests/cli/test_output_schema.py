"""The published form of what commands print with `--json`. That real outputs keep to it, every
test sees that has a command print JSON: `keeps_to_schema` in conftest.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import Result

from classic_rescue.cli.pages.output_schema import json_schema, render
from tests.cli.conftest import ROOT, keeps_to_schema

Run = Callable[..., Result]


def test_the_published_schema_is_current() -> None:
    """`make docs` writes it; a stale one misleads programs."""
    assert (ROOT / "docs" / "output.schema.json").read_text() == render()


def test_the_schema_is_one() -> None:
    """By the rules of JSON Schema itself."""
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_what_is_not_published_is_seen(run: Run, mock: Any) -> None:
    """A key that the schema does not know, and one that is missing, would fail every test."""
    told = json.loads(run("status", "--json").stdout)
    keeps_to_schema("status", json.dumps(told))
    for wrong in ({**told, "more": 1}, {"endpoint": told["endpoint"]}):
        with pytest.raises(jsonschema.ValidationError):
            keeps_to_schema("status", json.dumps(wrong))


@pytest.mark.parametrize("command", ["status", "drift", "preflight", "deploy"])
def test_every_form_keeps_to_it(run: Run, mock: Any, project: Path, command: str) -> None:
    """For devices that differ, move, are down or are not there, and for an error."""
    mock.act("SoftLayer_Virtual_Guest/124929706/executeRescueLayer")
    (project / "fleet.yaml").write_text(
        "devices:\n  web-1: {virtual_guest: 124929698, boot: rescue}\n"
        "  app-1: {virtual_guest: 124929706, boot: os}\n  gone: {virtual_guest: 999, boot: os}\n"
    )
    mock.start("SoftLayer_Virtual_Guest/124929698/executeRescueLayer")
    assert run(command, "--json").stdout
    (project / "fleet.yaml").unlink()
    assert "error" in json.loads(run(command, "--json").stdout)
