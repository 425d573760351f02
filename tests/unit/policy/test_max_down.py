"""How many devices may be down at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classic_rescue.policy.rules.max_down import allowed_down
from classic_rescue.policy.terms import Limit
from tests.unit.policy.cases import OS, device, found, only


def limits(*given: Limit) -> dict[str, tuple[Limit, ...]]:
    """The terms."""
    return {"max_down": given}


def test_as_many_as_allowed_pass() -> None:
    """Two go down, two are allowed; others run."""
    fleet = (device("a"), device("b"), device("c", OS))
    assert found("max_down", limits(Limit(2)), *fleet) == []


def test_one_too_many_is_found() -> None:
    """The text tells how many there would be, who they are and what is allowed;
    the line is the first one's.
    """
    fleet = (device("b", line=9), device("a", line=3), device("c", OS))
    finding = only(found("max_down", limits(Limit(1)), *fleet))
    assert (finding.names, finding.line) == (("b", "a"), 3)
    assert (
        "2 of the fleet would be down at once: this run takes down b, a; allowed: 1" in finding.text
    )
    assert "take down fewer in one run" in finding.text


def test_who_is_down_already_counts() -> None:
    """A device that somebody else took down, or that only comes back in this run, takes a place."""
    finding = only(found("max_down", limits(Limit(1)), device("a"), device("b", OS, is_down=True)))
    assert finding.names == ("a",)
    assert (
        "2 of the fleet would be down at once: this run takes down a, while b is down, coming back"
        in finding.text
    )


def test_a_run_that_only_brings_back_is_never_too_much() -> None:
    """However many are down: nobody is taken down."""
    down = [device(f"d{number}", OS, is_down=True) for number in range(9)]
    assert found("max_down", limits(Limit(1)), *down) == []


@pytest.mark.parametrize(
    ("percent", "size", "most"),
    [(10, 5, 1), (10, 19, 1), (10, 20, 2), (50, 3, 1), (100, 7, 7), (1, 1, 1), (33, 10, 3)],
)
def test_percent_is_rounded_down_but_at_least_one(percent: int, size: int, most: int) -> None:
    """A small group can be worked on, one by one."""
    assert allowed_down(Limit(percent=percent), size) == most


def test_percent_counts_the_devices_of_the_file() -> None:
    """A device that leaves the fleet makes the group no larger, but takes a place."""
    fleet = [device("a"), *(device(f"d{number}", OS) for number in range(8))]
    leaving = device("old", OS, is_down=True, is_declared=False)
    half = limits(Limit(percent=20))
    assert found("max_down", half, *fleet, device("b", OS)) == []
    assert "allowed: 1 (20%" in only(found("max_down", half, *fleet, leaving)).text


def test_each_group_has_its_limit() -> None:
    """By pattern of names, by tag, and all: only the group that is exceeded is named,
    and only its devices.
    """
    groups = limits(Limit(5), Limit(1, names="web-*"), Limit(1, tag="db"))
    web = [device("web-1"), device("web-2")]
    others = [device("x", tags=frozenset({"db"})), device("y")]
    finding = only(found("max_down", groups, *web, *others))
    assert finding.names == ("web-1", "web-2")
    assert "of the devices named 'web-*'" in finding.text
    tagged = [device("x", tags=frozenset({"db"})), device("y", tags=frozenset({"db", "web"}))]
    assert "with the tag 'db'" in only(found("max_down", groups, *tagged)).text


def test_a_long_list_is_cut() -> None:
    """A run that takes down ten thousand devices is refused in one readable sentence."""
    finding = only(
        found("max_down", limits(Limit(1)), *(device(f"d{number}") for number in range(10_000)))
    )
    assert "and 9995 more" in finding.text
    assert len(finding.text) < 400


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=12), st.integers(1, 6))
def test_it_is_exactly_the_peak_that_counts(devices: list[tuple[bool, bool]], most: int) -> None:
    """Found if and only if this run takes one down and more
    than allowed are down at some moment.
    """
    subjects = [
        device(f"d{number}", takes_down=takes, is_down=takes or down)
        for number, (takes, down) in enumerate(devices)
    ]
    peak = sum(subject.is_down for subject in subjects)
    expected = peak > most and any(takes for takes, _down in devices)
    assert bool(found("max_down", limits(Limit(most)), *subjects)) is expected
