"""What a device runs, from what the service tells and from what the device says of itself.

A host key proves that the recorded operating system answers, or that something else does. It never
proves a rescue system: an operating system can have new keys, and a rescue system old ones. So the
recorded key contradicts rescue whatever the service says, and another key supports it only together
with a trace of the service.

A Remote Desktop's key does the first, and never the second: Windows PE has none (inferred), and a
Windows makes itself a new certificate, at its start, too
(https://blogs.technet.microsoft.com/askpfeplat/2017/02/01/removing-self-signed-rdp-certificates/).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from classic_rescue.boot.durations import duration
from classic_rescue.boot.evidence import Observation, clock_time
from classic_rescue.boot.facts import Facts
from classic_rescue.boot.ssh import Protocol
from classic_rescue.boot.states import BootState
from classic_rescue.boot.testimony import Heard, Testimony

MOST_NAMES = 3


def requested_at(facts: Facts, seen: Observation) -> datetime | None:
    """When the present state was requested, as far as the service tells: its transaction began
    then.
    """
    began = facts.last.created if facts.last else None
    return min(began, seen.since) if began and seen.since else seen.since


def weigh(
    seen: Observation,
    told: Testimony,
    *,
    requested_at: datetime | None = None,
    is_required: bool = False,
) -> Observation:
    """What the device runs, now that it was asked itself.

    `requested_at` is when the present state was requested, as far as that is known. With
    `is_required` a state that the device does not confirm is not proven.
    """
    seen = seen._replace(testimony=told)
    if seen.in_motion or seen.requested_at or (seen.restart_at and not seen.unproven):
        return seen  # what answers now may be gone in a moment
    if told.heard is Heard.OS_KEY:
        return _of_os(seen, told)
    if seen.state is BootState.OS:
        return _beside_os(seen, told, is_required=is_required)
    if seen.state in (BootState.RESCUE, BootState.IMAGE):
        return _beside_rescue(seen, told, requested_at, is_required=is_required)
    return _with(seen, str(told))


def _of_os(seen: Observation, told: Testimony) -> Observation:
    """The operating system answers, so it runs."""
    if seen.is_off:
        return _with(seen, f"yet {told}")
    if seen.image:
        text = f"{told}, so it runs that; {seen.evidence}"
        return seen._replace(
            state=BootState.UNKNOWN, evidence=text, since=None, unproven="", is_contradicted=True
        )
    if seen.state is BootState.OS:
        text = seen.evidence if seen.unproven else f"{seen.evidence}; {told}"
        if seen.unproven:
            text = f"{told}; the service: {seen.evidence}"
        return seen._replace(evidence=text, unproven="", restart_at=None)
    if seen.state is BootState.RESCUE:
        text = f"{told}, and the service has no trace of that: {seen.evidence}"
        return seen._replace(state=BootState.OS, evidence=text, since=None, unproven="")
    text = f"{told}; the service: {seen.evidence}"
    return seen._replace(state=BootState.OS, evidence=text, since=None, unproven="")


def _beside_os(seen: Observation, told: Testimony, *, is_required: bool) -> Observation:
    """The service says that the operating system runs, and its recorded key does not answer."""
    if told.heard is Heard.OTHER_KEY:
        text = f"{told} than that of the operating system ({told.known})"
        return _with(seen, text)._replace(unproven=seen.unproven or text)
    if told.heard is Heard.NEW_KEY:
        return _with(seen, f"a {told.protocol.key} answers ({told.key})")
    return _unheard(seen, told, is_required=is_required)


def _beside_rescue(
    seen: Observation, told: Testimony, requested_at: datetime | None, *, is_required: bool
) -> Observation:
    """The service says that something else than the operating system runs."""
    if told.protocol is Protocol.RDP and told.has_key:
        text = f"{told}; {_NO_SIGN_OF_RESCUE}"
        return _with(seen, text)._replace(unproven=seen.unproven or text)
    if told.heard is not Heard.OTHER_KEY:
        return _unheard(seen, told, is_required=is_required)
    if requested_at and told.since and told.since <= requested_at:
        text = (
            f"{told}, which answered already at {clock_time(told.since)}, before the request:"
            " a rescue system of before, or another system"
        )
        return _with(seen, text)._replace(unproven=seen.unproven or text)
    return _with(seen, f"{told}{_freshness(told, requested_at)}")._replace(unproven="")


_NO_SIGN_OF_RESCUE = (
    "rescue systems usually have no Remote Desktop, and a Windows makes new certificates by itself"
)


def _freshness(told: Testimony, requested_at: datetime | None) -> str:
    """When the key was heard first, and why that may not show that this boot is a new one."""
    text = f", first heard at {clock_time(told.since)}" if told.since else ""
    if told.since and requested_at:
        after_s = (told.since - requested_at).total_seconds()
        text = f", first heard {duration(after_s)} after the request"
    if told.shared:
        text += (
            f"; {_listed(told.shared)} the same key, so it is one of the rescue image and does not"
            " tell one boot from another"
        )
    elif told.came_back:
        text += "; it answered before, too, so it does not tell one boot from another"
    return text


def _listed(names: Sequence[str]) -> str:
    """The names with their verb; of many only the first."""
    if len(names) == 1:
        return f"{names[0]} shows"
    if len(names) > MOST_NAMES:
        return f"{', '.join(names[:MOST_NAMES])} and {len(names) - MOST_NAMES} more show"
    return f"{', '.join(names[:-1])} and {names[-1]} show"


def _unheard(seen: Observation, told: Testimony, *, is_required: bool) -> Observation:
    """Nothing changes by that, but what must be proved is not."""
    seen = _with(seen, str(told))
    if not is_required:
        return seen
    return seen._replace(unproven=seen.unproven or f"proof is required, and {told}")


def _with(seen: Observation, text: str) -> Observation:
    return seen._replace(evidence=f"{seen.evidence}; {text}")
