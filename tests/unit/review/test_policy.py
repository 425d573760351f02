"""The policy over a review: who is judged, what a finding does to the verdict,
and the broken glass.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time

import pytest

from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.facts import Transaction
from classic_rescue.boot.states import BootState
from classic_rescue.fleet import Fleet
from classic_rescue.policy.case import Subject
from classic_rescue.policy.terms import BreakGlass, Policy, Window
from classic_rescue.review.build import review_of, subjects_of
from classic_rescue.review.review import Review, Verdict
from classic_rescue.review.stacks import declared_devices
from classic_rescue.review.words import banner, headline
from tests.unit.review.building import (
    NOW,
    WEB,
    Json,
    created,
    fleet,
    kept,
    order,
    plan,
    removed,
    replaced,
)

RESCUE = "devices:\n  web-1: {virtual_guest: 1, boot: rescue}\n"


def with_policy(text: str, policy: Policy) -> Fleet:
    """A fleet whose policy is given as a value."""
    return replace(fleet(text), policy=policy)


PROTECTED = Policy(protected=("web-*",))


def judged(
    text: str, *devices: list[Json], policy: Policy = PROTECTED, glass: str | None = None
) -> Review:
    """A review under a policy."""
    return review_of([plan(*devices)], with_policy(text, policy), NOW, glass)


def subject(text: str, *devices: list[Json], seen: Observation | None = None) -> Subject:
    """How the policy sees the only device."""
    wanted = fleet(text)
    found = review_of([plan(*devices)], wanted, NOW, observed={WEB: seen} if seen else None)
    assert found.problems == ()
    (only,) = subjects_of(found.changes, declared_devices(wanted))
    return only


def test_a_finding_refuses() -> None:
    """A protected device that would go down: refused, with its line."""
    found = judged(RESCUE, created(order()))
    assert found.verdict is Verdict.REFUSED
    assert [(finding.rule, finding.names, finding.line) for finding in found.findings] == [
        ("protected", ("web-1",), 2)
    ]
    assert headline(found) == "1 device goes down: refused by the policy"


def test_a_broken_glass_lets_it_pass_and_keeps_the_findings() -> None:
    """Said loudly, with the reason; nothing is hidden."""
    found = judged(RESCUE, created(order()), glass="CHG-9 outage")
    assert found.verdict is Verdict.RESTARTS
    assert len(found.findings) == 1
    assert (
        banner(found)
        == "BREAK GLASS: the policy is set aside (CHG-9 outage, for this run); 1 finding overridden"
    )
    assert headline(found) == "1 device goes down: the policy is set aside"


@pytest.mark.parametrize(
    ("until", "verdict"),
    [
        (datetime(2026, 11, 26, tzinfo=NOW.tzinfo), Verdict.RESTARTS),
        (NOW, Verdict.REFUSED),
        (None, Verdict.RESTARTS),
    ],
)
def test_the_files_broken_glass_lasts_until_its_time(
    until: datetime | None, verdict: Verdict
) -> None:
    """From then on the policy counts again."""
    policy = Policy(protected=("web-*",), break_glass=BreakGlass("CHG-9", until))
    found = judged(RESCUE, created(order()), policy=policy)
    assert found.verdict is verdict
    assert bool(banner(found)) == (verdict is Verdict.RESTARTS)


def test_a_broken_glass_is_said_where_nothing_is_refused_too() -> None:
    """It stands in the file for the next change to pass unjudged."""
    found = judged("devices: {}", glass="CHG-9")
    assert found.verdict is Verdict.CLEAN
    assert banner(found).endswith("it forbids nothing here")


def test_a_zone_that_this_machine_does_not_know_refuses() -> None:
    """Nobody can say whether the window is open."""
    window = Window((0,), time(1), time(2), "Nowhere/Land")
    found = judged(RESCUE, created(order()), policy=Policy(windows=(window,)))
    assert found.verdict is Verdict.REFUSED
    assert "no time zone data for 'Nowhere/Land'" in found.findings[0].text


def test_percentages_count_the_devices_that_stay() -> None:
    """A device that leaves the fleet is down, and not part of its size."""
    two = (
        "devices:\n  web-1: {virtual_guest: 1, boot: rescue}\n"
        "  web-2: {virtual_guest: 2, boot: os}\n"
    )
    devices = [
        created(order()),
        kept(order("virtual_guest/2", "os", "web-2")),
        removed(order("virtual_guest/3")),
    ]
    wanted = fleet(two)
    changes = review_of([plan(*devices)], wanted, NOW).changes
    declared = [row.is_declared for row in subjects_of(changes, declared_devices(wanted))]
    assert declared == [True, True, False]


def test_bringing_back_is_not_refused() -> None:
    """A policy guards systems that run."""
    found = judged("devices: {}", removed(order()))
    assert found.verdict is Verdict.RESTARTS
    assert found.findings == ()


@pytest.mark.parametrize(
    ("boot", "devices", "takes_down", "is_down"),
    [
        ("rescue", created(order()), True, True),
        ("rescue", kept(order()), False, True),
        ("os", kept(order(boot="os")), False, False),
        ("os", created(order(boot="os")), False, False),
        ("os", replaced(order(), order(boot="os")), False, True),
        ("rescue", replaced(order(boot="os"), order()), True, True),
    ],
)
def test_who_goes_down_and_who_is_down(
    boot: str, devices: list[Json], takes_down: bool, is_down: bool
) -> None:
    """Down counts before and after the run: a device that comes back was down while others go."""
    seen = subject(f"devices: {{web-1: {{virtual_guest: 1, boot: {boot}}}}}", devices)
    assert (seen.takes_down, seen.is_down) == (takes_down, is_down)


@pytest.mark.parametrize(
    ("seen", "takes_down", "is_down"),
    [
        (Observation(BootState.RESCUE, "t"), False, True),
        (Observation(BootState.OS, "no sign"), True, True),
        (Observation(BootState.UNKNOWN, "moving", in_motion=Transaction(1)), True, True),
    ],
)
def test_a_look_tells_who_really_goes_down(
    seen: Observation, takes_down: bool, is_down: bool
) -> None:
    """A device that is in rescue already is not taken down."""
    found = subject(
        "devices: {web-1: {virtual_guest: 1, boot: rescue}}", created(order()), seen=seen
    )
    assert (found.takes_down, found.is_down) == (takes_down, is_down)


def test_a_drifted_device_counts_as_down() -> None:
    """Whoever brought it there."""
    seen = Observation(BootState.RESCUE, "t")
    assert subject(
        "devices: {web-1: {virtual_guest: 1, boot: os}}", kept(order(boot="os")), seen=seen
    ).is_down


def test_the_policy_sees_what_the_file_says_of_a_device() -> None:
    """Name, boot state, reason, time limit, tags, permission and line."""
    text = """devices:
  web-1: {virtual_guest: 1, boot: rescue, reason: CHG-1, until: '2026-12-01T00:00:00Z', \
tags: [a], allow_reboot: true}
"""
    seen = subject(text, created(order(reason="CHG-1")))
    entry = fleet(text).devices[0]
    assert (seen.key, seen.name, seen.goal, seen.reason) == (
        WEB,
        "web-1",
        entry.order.goal,
        "CHG-1",
    )
    assert (seen.until, seen.tags, seen.allow_reboot, seen.line) == (
        entry.until,
        frozenset({"a"}),
        True,
        2,
    )


def test_a_device_that_leaves_is_judged_as_one_that_goes_to_its_system() -> None:
    """It was down, and is not taken down."""
    seen = subject("devices: {}", removed(order(reason="CHG-1")))
    assert (seen.name, seen.goal.state, seen.takes_down, seen.is_down) == (
        "web-1",
        BootState.OS,
        False,
        True,
    )


def test_devices_of_missing_stacks_count_by_the_file() -> None:
    """A limit counts the whole fleet, whichever plans are given."""
    wanted = fleet("shards: 3\ndevices: {web-1: {virtual_guest: 1, boot: rescue}}")
    found = review_of([plan(source="fleet-0.json")], wanted, NOW, is_partial=True)
    (seen,) = subjects_of(found.changes, declared_devices(wanted))
    assert (seen.takes_down, seen.is_down) == (False, True)
