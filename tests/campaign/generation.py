"""A plan from a seed: which world, which order, and what goes wrong."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from tests.campaign.answers import BODIES, ERRORS, FAILURES, NEED_THE_TRUTH, ODD
from tests.campaign.host import LOG
from tests.campaign.meddlings import MOCK_FAULTS
from tests.campaign.plan import (
    ISO,
    OTHER_ISO,
    SERVICES,
    Errand,
    Meddling,
    Moment,
    Past,
    Plan,
    Where,
)

REQUESTS = {
    "virtual_guest": ("executeRescueLayer", "mountIsoImage", "rebootDefault", "unmountIsoImage"),
    "hardware": ("bootToRescueLayer", "rebootDefault"),
}
FOREIGN = {
    "virtual_guest": (
        "rebootDefault",
        "rebootDefault",
        "executeRescueLayer",
        f"mountIsoImage {OTHER_ISO}",
        "unmountIsoImage",
        "powerOff",
        "powerOn",
    ),
    "hardware": ("rebootDefault", "rebootDefault", "bootToRescueLayer", "powerOn"),
}
ON_ANY_CALL = ("reset", "hang up", "error", "body", "odd", "cut off", "stale", "late", "garbage")
ON_A_REQUEST = ("reset", "hang up", "error", "error", "body", "odd", "cut off", "late", "silence")


def generate(seed: int) -> Plan:
    """The plan of this seed: always the same one."""
    chance = Random(seed)
    kind = chance.choice(["virtual_guest", "virtual_guest", "hardware"])
    plan = Plan(
        seed=seed,
        kind=kind,
        errands=(errand(chance, kind),),
        past=past(chance, kind),
        settings=settings(chance),
        log_open=chance.random() < 0.8,
        is_absent=kind == "virtual_guest" and chance.random() < 0.02,
    )
    if plan.is_absent:
        plan = replace(plan, past=())
    struck = tuple(
        meddling(chance, plan) for _ in range(chance.choice([0, 1, 1, 1, 1, 1, 2, 2, 2, 3]))
    )
    plan = replace(plan, meddlings=struck)
    if chance.random() < 0.12:
        plan = beside(chance, plan)
    return replace(plan, is_conducted=chance.random() < 0.5)


def errand(chance: Random, kind: str) -> Errand:
    """One order for a device of this kind."""
    timeout_s = chance.choice([3600, 3600, 3600, 1800, 600, 120])
    verb = chance.choice(["enter", "enter", "leave"])
    choices = ["rescue", "rescue", "os"] + (["image"] if kind == "virtual_guest" else [])
    boot = chance.choice(choices)
    return Errand(verb, boot, ISO if boot == "image" else None, timeout_s)


def past(chance: Random, kind: str) -> tuple[Past, ...]:
    """What somebody did to the device before: it may be in any state, or under way to one."""
    rows = []
    for _ in range(chance.choice([0, 0, 1, 1, 1, 2, 3])):
        method = chance.choice(
            [*FOREIGN[kind], *REQUESTS[kind]]
            if kind == "hardware"
            else [*FOREIGN[kind], "executeRescueLayer", f"mountIsoImage {ISO}"]
        )
        method = f"mountIsoImage {ISO}" if method == "mountIsoImage" else method
        rows.append(Past(method, chance.choice([2.0, 30.0, 400.0, 900.0, 5000.0, 100000.0])))
    return tuple(rows)


def settings(chance: Random) -> dict[str, float | bool | str | None]:
    """What nobody documents, one way or the other; boots that are not over between two calls.

    A reboot takes no longer than usual: nothing need show that one takes longer.
    """
    return {
        "appears_after_s": chance.choice([0.0, 5.0, 5.0, 20.0, 45.0]),
        "guest_rescue_s": chance.choice([120.0, 240.0, 300.0]),
        "hardware_rescue_s": chance.choice([300.0, 600.0]),
        "iso_mount_s": chance.choice([60.0, 120.0, 240.0]),
        "iso_unmount_s": chance.choice([50.0, 120.0]),
        "guest_reboot_s": chance.choice([30.0, 60.0]),
        "hardware_reboot_s": chance.choice([120.0, 180.0]),
        "rescue_starts_lockout": chance.random() < 0.2,
        "reboot_clears_iso": chance.random() < 0.7,
        "reboot_makes_transaction": chance.random() < 0.4,
        "mounted_cd_shows_image": chance.random() < 0.7,
    }


def meddling(chance: Random, plan: Plan) -> Meddling:
    """One thing that goes wrong."""
    roll = chance.random()
    if roll < 0.42:
        return _answer(chance, _a_request(chance), ON_A_REQUEST)
    if roll < 0.66:
        return _answer(chance, _any_call(chance, plan), ON_ANY_CALL)
    where = _a_request(chance) if chance.random() < 0.5 else _any_call(chance, plan)
    once = replace(where, times=1)
    if roll < 0.76:
        number = chance.choice(["SIGKILL", "SIGKILL", "SIGTERM", "SIGINT"])
        return Meddling(once, "kill", number)
    if roll < 0.80:
        return Meddling(once, "kill the mock")
    if roll < 0.88:
        if chance.random() < 0.25:
            return Meddling(once, "restart inside")
        return Meddling(once, "somebody else", chance.choice(FOREIGN[plan.kind]))
    if roll < 0.92:
        right = chance.choice(
            [LOG, "SERVER_RELOAD", "REMOTE_MANAGEMENT", "ACCESS_ALL_GUEST", "ACCESS_ALL_HARDWARE"]
        )
        return Meddling(once, "take away", right)
    if roll < 0.95:
        if chance.random() < 0.4:
            return Meddling(once, "clock back", chance.choice(["2", "20"]))
        return Meddling(once, "clock jump", chance.choice(["60", "900", "1500", "20000"]))
    if roll < 0.97:
        return Meddling(once, "delay", chance.choice(["0.2", "0.6"]))
    calls = f"{SERVICES[plan.kind]}.{chance.choice(REQUESTS[plan.kind])}"
    return Meddling(Where(calls), chance.choice(MOCK_FAULTS))


def _a_request(chance: Random) -> Where:
    return Where(
        "changing",
        chance.choice([1, 1, 1, 2]),
        chance.choice([1, 1, 1, 2, None]),
        _moment(chance),
    )


def _any_call(chance: Random, plan: Plan) -> Where:
    calls = chance.choice(
        ["*", "*", f"{SERVICES[plan.kind]}.getObject", "SoftLayer_Event_Log.*", "*.get*"]
    )
    most = 4 if calls.startswith("SoftLayer_Event") else 15
    times = chance.choice([1, 1, 1, 2, 3, 8, 30, None])
    nth = chance.randint(1, most)
    return Where(calls, nth, times, _moment(chance), is_later=chance.random() < 0.5)


def _moment(chance: Random) -> Moment:
    return chance.choice([Moment.BEFORE, Moment.AFTER])


def _answer(chance: Random, where: Where, answers: tuple[str, ...]) -> Meddling:
    deed = chance.choice(answers)
    value = ""
    if deed == "error":
        is_done = where.calls == "changing" and where.moment is Moment.AFTER
        value = chance.choice(FAILURES if is_done else list(ERRORS))
    elif deed == "body":
        value = chance.choice(BODIES)
    elif deed == "odd":
        value = chance.choice(list(ODD))
    elif deed == "cut off" and chance.random() < 0.3:
        deed = "drip"
    if deed in NEED_THE_TRUTH:
        where = replace(where, moment=Moment.AFTER)
    if deed in ("late", "silence", "drip"):  # each costs seconds of real time
        where = replace(where, times=min(where.times or 1, 2))
    if deed == "late":
        where = replace(where, moment=Moment.BEFORE)
    return Meddling(where, deed, value)


def beside(chance: Random, plan: Plan) -> Plan:
    """The same with a second run of ours at the same time, of the same order or of another."""
    first = plan.errands[0]
    other = replace(first, verb="leave") if chance.random() < 0.3 else first
    start = Where("*", chance.choice([1, 1, 3, 5, 8]), moment=_moment(chance))
    if chance.random() < 0.3:
        start = Where("changing", 1, moment=_moment(chance))
    kept = tuple(row for row in plan.meddlings if row.deed != "kill the mock")
    return replace(
        plan, errands=(first, other), meddlings=(*kept[:1], Meddling(start, "second run"))
    )
