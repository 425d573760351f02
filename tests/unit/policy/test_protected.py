"""Protected devices are left alone, unless the file allows it at the device itself."""

from __future__ import annotations

import pytest

from tests.unit.policy.cases import IMAGE, OS, device, found, only

TERMS = {"protected": ("db-*", "core-?")}


@pytest.mark.parametrize("name", ["db-1", "db-", "core-a"])
def test_a_protected_device_is_not_taken_down(name: str) -> None:
    """The text names the pattern and what would allow it."""
    finding = only(found("protected", TERMS, device(name, IMAGE, line=4)))
    assert (finding.names, finding.line) == ((name,), 4)
    for part in (
        f"{name} is protected (by '",
        "taken down for image W.iso",
        "`allow_reboot: true`",
    ):
        assert part in finding.text


@pytest.mark.parametrize("name", ["DB-1", "web-1", "core-ab", "xdb-1"])
def test_other_names_are_not_protected(name: str) -> None:
    """Patterns match whole names, and capital letters count."""
    assert found("protected", TERMS, device(name)) == []


def test_the_device_itself_can_allow_it() -> None:
    """`allow_reboot: true` lets a protected device be taken down."""
    assert found("protected", TERMS, device("db-1", allow_reboot=True)) == []


def test_what_is_down_already_or_comes_back_is_not_protected() -> None:
    """A device that this run does not take down is not its matter."""
    assert found("protected", TERMS, device("db-1", takes_down=False), device("db-2", OS)) == []


def test_a_return_that_may_hit_a_running_system_says_how_to_allow_it() -> None:
    """A device that was removed from the file cannot say `allow_reboot` there:
    the text tells the way.
    """
    finding = only(found("protected", TERMS, device("db-1", OS, takes_down=True)))
    assert "put it back into the file with `boot: os`" in finding.text
