"""The rules that a fleet file alone can break: reason, end and image of each device."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from classic_rescue.boot.states import BootState, Goal
from classic_rescue.policy.rules.max_until import say_length
from tests.unit.policy.cases import IMAGE, NOW, OS, RESCUE, device, found, only

CHG = {"require_reason": "CHG-[0-9]+( .*)?"}
DAY = {"max_until_s": 86400}


@pytest.mark.parametrize("reason", ["CHG-1", "CHG-99 disk full"])
def test_a_reason_that_fits_passes(reason: str) -> None:
    """The pattern must match the whole reason, and does."""
    assert found("require_reason", CHG, device("web", reason=reason)) == []


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (None, "no reason is given"),
        ("\u3164", "no reason is given"),
        ("chg-1", "'chg-1' does not fit"),
        ("see CHG-1", "'see CHG-1' does not fit"),
        ("CHG-", "does not fit"),
    ],
)
def test_no_reason_or_one_that_does_not_fit_is_found(reason: str | None, words: str) -> None:
    """The text says what is given, what is allowed and what to do; the finding knows the line."""
    finding = only(found("require_reason", CHG, device("web", reason=reason, line=7)))
    assert (finding.rule, finding.names, finding.line) == ("require_reason", ("web",), 7)
    for part in ("web is declared rescue", words, "'CHG-[0-9]+( .*)?'", "`boot: os`"):
        assert part in finding.text


@pytest.mark.parametrize("reason", ["\u3164", "\u2800", "\u200b\u200f", "\u0301\ufe0f"])
def test_a_reason_that_cannot_be_seen_is_none(reason: str) -> None:
    """Not even a pattern that lets everything pass lets it pass."""
    assert only(found("require_reason", {"require_reason": ".+"}, device("web", reason=reason)))


@pytest.mark.parametrize("goal", [OS, RESCUE])
@pytest.mark.parametrize(
    ("key", "is_found"),
    [
        ("virtual_guest/1", False),
        ("hardware/1", False),
        ("hostname/web.example.com", True),
        ("ip/198.51.100.11", True),
    ],
)
def test_only_ids_name_devices(key: str, is_found: bool, goal: Goal) -> None:
    """A name that leads to another machine tomorrow is refused, whatever it is to run; a device
    that leaves the fleet is not, and without the rule none is.
    """
    named = device("web", goal, line=4)._replace(key=key)
    findings = found("require_ids", {"require_ids": True}, named)
    assert bool(findings) is is_found
    for finding in findings:
        assert (finding.names, finding.line) == (("web",), 4)
        assert f"is named by its {key.partition('/')[0]}" in finding.text
    leaving = named._replace(is_declared=False)
    assert found("require_ids", {"require_ids": True}, leaving) == []
    assert found("require_ids", {}, named) == []


def test_an_end_is_required_only_where_the_policy_says_so() -> None:
    """Without the term no end is missed, and with it a device that has one passes."""
    with_end = device("a", until=NOW + timedelta(hours=1))
    without = device("b", line=3)
    assert found("require_until", {}, without) == []
    finding = only(found("require_until", {"require_until": True}, with_end, without))
    assert (finding.names, finding.line) == (("b",), 3)
    assert "only with `until:`" in finding.text


@pytest.mark.parametrize(("seconds", "is_found"), [(86400, False), (86401, True), (3600, False)])
def test_an_end_must_be_near(seconds: int, is_found: bool) -> None:
    """To the second: what is as far as allowed passes."""
    subject = device("web", until=NOW + timedelta(seconds=seconds))
    assert bool(found("max_until", DAY, subject)) is is_found


def test_a_rescue_without_end_is_the_longest() -> None:
    """`max_until` means that there must be an `until`, and names the latest that is allowed."""
    finding = only(found("max_until", DAY, device("web")))
    assert "web is declared rescue without an end; allowed: at most 24h from now" in finding.text
    assert "`until: 2026-11-25T12:00:00+00:00`" in finding.text


def test_a_day_is_24_hours_also_where_clocks_are_set() -> None:
    """The length counts in real hours: the night of the change to summer time has no 25th."""
    at = datetime(2026, 3, 28, 12, tzinfo=ZoneInfo("Europe/Rome"))
    subject = device("web", until=at.astimezone(UTC) + timedelta(hours=24))
    assert found("max_until", DAY, subject, at=at) == []
    assert found(
        "max_until",
        DAY,
        subject._replace(until=at.astimezone(UTC) + timedelta(hours=24, seconds=1)),
        at=at,
    )


def test_the_end_of_time_is_no_error() -> None:
    """A length that leads beyond the last year allows every end."""
    far = datetime(9998, 12, 31, tzinfo=UTC)
    assert found("max_until", {"max_until_s": 10**12}, device("web", until=far)) == []


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3600, "1h"), (72 * 3600, "72h"), (7 * 86400, "7d"), (90 * 60, "1h30m"), (45, "45s")],
)
def test_lengths_are_said_as_they_are_written(seconds: int, words: str) -> None:
    """Hours up to three days, then days."""
    assert say_length(seconds) == words


@pytest.mark.parametrize(
    ("allowed", "image"), [(("W.iso",), "W.iso"), ((12,), 12), (("A", "W.iso"), "W.iso")]
)
def test_a_listed_image_passes(allowed: tuple[str | int, ...], image: str | int) -> None:
    """By name or by id, as the list has it."""
    terms = {"images_allowed": allowed}
    assert found("images_allowed", terms, device("win", Goal(BootState.IMAGE, image=image))) == []


@pytest.mark.parametrize(
    ("allowed", "image", "words"),
    [
        ((), "W.iso", "allowed: none"),
        (("A.iso", 12), "W.iso", "allowed: A.iso, 12"),
        (("12",), 12, "allowed: 12"),
    ],
)
def test_any_other_image_is_found(
    allowed: tuple[str | int, ...], image: str | int, words: str
) -> None:
    """An empty list allows none; an id is no name."""
    finding = only(
        found(
            "images_allowed",
            {"images_allowed": allowed},
            device("win", Goal(BootState.IMAGE, image=image)),
        )
    )
    assert repr(image) in finding.text
    assert words in finding.text


def test_rescue_needs_no_image() -> None:
    """The list of images says nothing about the rescue kernel,
    and without the term every image is allowed.
    """
    assert found("images_allowed", {"images_allowed": ()}, device("web")) == []
    assert found("images_allowed", {}, device("win", IMAGE)) == []


@pytest.mark.parametrize("rule", ["require_reason", "require_until", "max_until", "images_allowed"])
def test_a_device_in_its_system_is_held_against_nobody(rule: str) -> None:
    """Whoever goes back to its operating system keeps every rule of the file:
    leaving always works.
    """
    terms = {**CHG, **DAY, "require_until": True, "images_allowed": ()}
    assert (
        found(rule, terms, device("web", OS), device("old", OS, until=NOW - timedelta(days=1)))
        == []
    )


@pytest.mark.parametrize(
    ("allowed", "script"),
    [(("fsck",), "fsck"), (("repairs/*", "fsck"), "repairs/a.sh"), (("*",), "x/y.sh")],
)
def test_a_script_that_a_pattern_matches_passes(allowed: tuple[str, ...], script: str) -> None:
    """By its path or by its name."""
    terms = {"scripts_allowed": allowed}
    assert found("scripts_allowed", terms, device("web", script=script)) == []


@pytest.mark.parametrize(
    ("allowed", "script", "words"),
    [
        ((), "fsck", "allowed: none"),
        (("repairs/*",), "fsck", "allowed: repairs/*"),
        (("repairs/*",), "other/repairs/a.sh", "allowed: repairs/*"),
        (("FSCK",), "fsck", "allowed: FSCK"),
    ],
)
def test_any_other_script_is_found(allowed: tuple[str, ...], script: str, words: str) -> None:
    """An empty list allows none; capital letters count."""
    terms = {"scripts_allowed": allowed}
    finding = only(found("scripts_allowed", terms, device("web", script=script)))
    assert f"web is to run the script {script}" in finding.text
    assert words in finding.text


def test_without_a_script_or_a_list_none_is_looked_at() -> None:
    """Most devices have none."""
    assert found("scripts_allowed", {"scripts_allowed": ()}, device("web")) == []
    assert found("scripts_allowed", {}, device("web", script="fsck")) == []
