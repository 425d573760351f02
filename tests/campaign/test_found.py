"""What campaigns have found: each a plan that broke a promise once, and keeps all of them now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.campaign.oracle import judge
from tests.campaign.plan import ISO, Errand, Meddling, Moment, Past, Plan, Where
from tests.campaign.story import tell

if TYPE_CHECKING:
    from tests.campaign.hooks import Bench

pytestmark = pytest.mark.slow

RESCUE = Errand("enter", "rescue")
LEAVE = Errand("leave", "rescue")
IN_IMAGE = Errand("enter", "image", ISO)
IN_RESCUE = (Past("executeRescueLayer", 5000.0),)
MOUNTED = (Past(f"mountIsoImage {ISO}", 5000.0),)
BEFORE = Moment.BEFORE
REQUEST = Where("changing")
ENTERS = Plan(seed=0, kind="virtual_guest", errands=(RESCUE,))
LEAVES = Plan(seed=0, kind="virtual_guest", errands=(LEAVE,), past=IN_RESCUE)
SERVER_LEAVES = replace(LEAVES, kind="hardware", past=(Past("bootToRescueLayer", 5000.0),))

LATE = {**ENTERS.settings, "appears_after_s": 45.0}
"""A transaction shows long after its request."""
SENT_AND_GONE = {
    f"{name}, then gone by {how} before its work shows, where the log is closed": replace(
        ENTERS,
        kind=kind,
        errands=(first, second),
        past=past,
        meddlings=(Meddling(REQUEST, "kill", how),),
        settings=LATE,
        log_open=False,
    )
    for how in ("SIGINT", "SIGKILL")
    for name, kind, past, first, second in (
        ("rescue", "virtual_guest", (), RESCUE, LEAVE),
        ("rescue of bare metal", "hardware", (), RESCUE, LEAVE),
        ("an image", "virtual_guest", (), IN_IMAGE, replace(IN_IMAGE, verb="leave")),
        ("an image unloaded", "virtual_guest", MOUNTED, replace(IN_IMAGE, verb="leave"), IN_IMAGE),
    )
}
FOUND = {
    **SENT_AND_GONE,
    "done, and then Internal Error": replace(
        ENTERS, meddlings=(Meddling(REQUEST, "error", "500 internal"),)
    ),
    "started, and then an error in unknown words": replace(
        ENTERS,
        errands=(Errand("enter", "os", timeout_s=600),),
        past=(Past("powerOff", 400.0),),
        meddlings=(Meddling(replace(REQUEST, times=2), "error", "500 public"),),
    ),
    "answers out of a cache, for ever": replace(
        ENTERS,
        kind="hardware",
        errands=(replace(RESCUE, timeout_s=120),),
        meddlings=(Meddling(Where("SoftLayer_Hardware_Server.getObject", 10, None), "stale"),),
        settings={**ENTERS.settings, "appears_after_s": 5.0, "hardware_rescue_s": 300.0},
    ),
    "ids that are no numbers": replace(
        ENTERS,
        meddlings=(Meddling(Where("*.getObject", 3, is_later=True), "odd", "ids NaN"),),
    ),
    "the service signs off after the request": replace(
        ENTERS,
        errands=(replace(RESCUE, timeout_s=600),),
        meddlings=(Meddling(Where("*.getObject", times=None, is_later=True), "error", "401"),),
    ),
    "an outage of two minutes in a wait": replace(
        ENTERS, meddlings=(Meddling(Where("*", 2, 14, BEFORE, is_later=True), "reset"),)
    ),
    "a limit for longer than eight tries": replace(
        ENTERS, meddlings=(Meddling(Where("*.get*", 2, 12), "error", "rate limit"),)
    ),
    "lost, and then nobody can look": replace(
        ENTERS,
        errands=(replace(RESCUE, timeout_s=600),),
        meddlings=(
            Meddling(replace(REQUEST, moment=BEFORE), "reset"),
            Meddling(Where("*", times=None, is_later=True), "hang up"),
        ),
    ),
    "not found once": replace(
        LEAVES, meddlings=(Meddling(Where("*.getObject"), "error", "404 object"),)
    ),
    "a restart that does nothing": replace(
        LEAVES,
        meddlings=(Meddling(Where("SoftLayer_Virtual_Guest.rebootDefault"), "no_transaction"),),
    ),
    "a restart of bare metal that does nothing": replace(
        SERVER_LEAVES,
        meddlings=(Meddling(Where("SoftLayer_Hardware_Server.rebootDefault"), "no_transaction"),),
    ),
    "the event log answers 401 once": replace(
        ENTERS,
        past=(*IN_RESCUE, Past("rebootDefault", 5000.0)),
        meddlings=(Meddling(Where("SoftLayer_Event_Log.*"), "error", "401"),),
    ),
    "rebooted by hand where the log is closed": replace(
        ENTERS, past=(*IN_RESCUE, Past("rebootDefault", 5000.0)), log_open=False
    ),
    "two leaves, one after the other, where the log is closed": replace(
        LEAVES, errands=(LEAVE, LEAVE), log_open=False
    ),
    "two leaves of one guest": replace(
        LEAVES,
        errands=(LEAVE, LEAVE),
        meddlings=(Meddling(Where("*", 1, moment=BEFORE), "second run"),),
    ),
    "somebody brings it back while the lock-out is waited out": replace(
        SERVER_LEAVES,
        past=(Past("rebootDefault", 30.0), Past("bootToRescueLayer", 700.0)),
        errands=(LEAVE, LEAVE),
        meddlings=(Meddling(Where("*", 6), "second run"),),
    ),
    "an outage until the transaction must have appeared": replace(
        ENTERS,
        errands=(replace(RESCUE, timeout_s=1800),),
        meddlings=(Meddling(Where("*", 5, 1, BEFORE, is_later=True), "kill the mock"),),
        settings={**ENTERS.settings, "appears_after_s": 45.0},
    ),
    "older answers that show an earlier transaction": replace(
        ENTERS,
        kind="hardware",
        past=(Past("rebootDefault", 2.0),),
        errands=(replace(RESCUE, timeout_s=600),),
        meddlings=(Meddling(Where("*.getObject", 1, 2, is_later=True), "stale"),),
        settings={**ENTERS.settings, "appears_after_s": 20.0, "reboot_makes_transaction": True},
    ),
    "nobody can look any more after a restart was seen": replace(
        ENTERS,
        errands=(Errand("enter", "os", timeout_s=600),),
        past=IN_RESCUE,
        meddlings=(Meddling(Where("SoftLayer_Event_Log.*", 3, times=None), "garbage"),),
    ),
    "accepted, never seen, and out of time": replace(
        ENTERS,
        kind="hardware",
        errands=(replace(RESCUE, timeout_s=120),),
        meddlings=(Meddling(Where("changing", times=2, moment=BEFORE), "body", "true"),),
    ),
}
"""By what goes wrong; each broke a promise before the transition had its rule."""


@pytest.mark.parametrize("plan", FOUND.values(), ids=FOUND)
def test_what_was_found_stays_mended(bench: Bench, plan: Plan) -> None:
    """No promise is broken any more."""
    story = bench.play(plan)
    broken = judge(story)
    assert not broken, tell(story, broken)
