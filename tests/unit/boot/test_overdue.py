"""When a transaction is far beyond the usual, and what is said of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from classic_rescue.boot.facts import Transaction
from classic_rescue.boot.overdue import overdue, so_far

NOW = datetime(2026, 11, 28, 3, tzinfo=UTC)


def begun(minutes_ago: float, **more: Any) -> Transaction:
    """A rescue boot that began so long ago; the service gives no average."""
    created = NOW - timedelta(minutes=minutes_ago)
    rescue = Transaction(71, "RESCUE_BOOT", "Rescue kernel is booting", created=created)
    return rescue._replace(**more)


def test_says_how_far_since_when_and_what_to_do() -> None:
    """Hours where minutes are usual: all that a case with IBM needs stands in one sentence."""
    said = overdue(begun(240, usual_s=300.0, group="Rescue"), NOW, device="hardware 218027101")
    assert said == (
        "transaction 71 (Rescue kernel is booting) is far beyond the usual: 4 h so far, usually"
        " 5 min. It may be stuck: open a case with IBM and put in it: hardware 218027101,"
        " transaction 71, group Rescue, status RESCUE_BOOT, under way since 2026-11-27T23:00:00Z"
    )


@pytest.mark.parametrize(
    ("transaction", "is_said"),
    [
        (begun(29, usual_s=26.0), False),  # many times the usual, and still no reason to call
        (begun(31, usual_s=26.0), True),
        (begun(59, usual_s=900.0), False),
        (begun(61, usual_s=900.0), True),
        (begun(39), False),  # no average of the service: our table says ten minutes
        (begun(41), True),
        (begun(239, status="RELOAD", friendly="OS Reload"), False),  # a reload may take hours
        (begun(241, status="RELOAD", friendly="OS Reload"), True),
        (begun(239, status="", friendly=""), False),
        (begun(241, status="", friendly=""), True),
        (begun(999, created=None), False),
    ],
)
def test_the_rule(transaction: Transaction, is_said: bool) -> None:
    """More than four times the usual, and more than half an hour; four hours where no usual time
    is known; nothing where its begin is not told.
    """
    assert bool(overdue(transaction, NOW, device="hardware 1")) is is_said


def test_nothing_without_the_time() -> None:
    """Where the service's time is not known, nothing is said of how long it took."""
    assert overdue(begun(999), None, device="hardware 1") is None


@pytest.mark.parametrize(
    ("transaction", "now", "said"),
    [
        (begun(2, usual_s=300.0), NOW, "2 min so far, usually 5 min"),
        (begun(2), None, "usually 10 min"),
        (begun(2, status="", friendly=""), NOW, "2 min so far, its usual time is not known"),
        (begun(2, status="", friendly=""), None, ""),
        (begun(-1, usual_s=300.0), NOW, "0 s so far, usually 5 min"),
    ],
)
def test_how_long_so_far(transaction: Transaction, now: datetime | None, said: str) -> None:
    """What is known of its duration, and nothing more; never a negative time."""
    assert so_far(transaction, now) == said
