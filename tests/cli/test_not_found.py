"""A wrong id, or a user without access: one explanation in every command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]
KEY = "virtual_guest/999"
MEANS = (
    f"{KEY} cannot be found: either there is no such device, or user tester may not see it, which"
    " needs permission VIRTUAL_GUEST_VIEW (View Virtual Server Details) and device access; the"
    " account owner, or a user with Manage Users, can grant it"
)


@pytest.mark.parametrize("command", ["status", "access", "leave", "import", "drift"])
def test_a_key_that_leads_nowhere(run: Run, mock: Any, command: str) -> None:
    """What it may mean and who can help, not the service's 404."""
    ended = run(command, KEY)
    assert ended.exit_code != 0
    assert MEANS in " ".join(ended.output.split())


@pytest.mark.parametrize("command", ["status", "preflight", "drift"])
def test_a_name_that_leads_nowhere(run: Run, mock: Any, project: Path, command: str) -> None:
    """The same for a device of the fleet file."""
    (project / "fleet.yaml").write_text("devices:\n  web-9: {virtual_guest: 999, boot: rescue}\n")
    ended = run(command, "web-9")
    assert ended.exit_code != 0
    assert MEANS in " ".join(ended.output.split())


def test_a_bare_number_is_told_how_to_be_a_key(run: Run, mock: Any) -> None:
    """An id alone says no kind."""
    ended = run("status", "999")
    assert ended.exit_code == 1
    assert "by its key, such as virtual_guest/999 or hardware/999" in " ".join(ended.stderr.split())
