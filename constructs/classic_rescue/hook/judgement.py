"""One device and one policy: what the rules have against the request that is about to be sent."""

from __future__ import annotations

from collections.abc import Sequence

from classic_rescue.api.devices import DeviceId, LookupFailedError
from classic_rescue.api.errors import ApiError
from classic_rescue.api.fleetwide import Census
from classic_rescue.boot import environment
from classic_rescue.boot.states import BootState, DeviceRef, Goal
from classic_rescue.hook.app_files import output_folder, unescape
from classic_rescue.hook.asking import Asking
from classic_rescue.hook.context import Context
from classic_rescue.hook.down_claims import READING_AGE_S, DownClaims, Reading
from classic_rescue.hook.exits import Exit, HookStopped
from classic_rescue.hook.members import Member, declared_name
from classic_rescue.policy.case import Finding, Subject
from classic_rescue.policy.groups import is_in_group
from classic_rescue.policy.judge import judge, set_aside
from classic_rescue.policy.posted import Posted, read_posted
from classic_rescue.policy.rules import max_down, protected, windows
from classic_rescue.policy.terms import (
    NO_POLICY,
    NO_TRAITS,
    BreakGlass,
    Limit,
    Policy,
)


class Judgement:
    """The judgement of one request."""

    def __init__(self, asking: Asking, context: Context, goal: Goal) -> None:
        self._asking = asking
        self._context = context
        self._goal = goal
        self._now = context.report.now

    def check(self, text: str, damage: str) -> None:
        """Judge by the policy in the text, or refuse because of the damage. Raises HookStopped."""
        reason = self._asking.environ.get(environment.BREAK_GLASS)
        try:
            if damage:
                raise ValueError(damage)
            posted = read_posted(unescape(text))
            me = self._subject(posted)
        except ValueError as problem:
            said = (
                f"the policy cannot be read ({problem}), so nobody can tell what it allows:"
                " synthesise the app again"
            )
            return self._end([Finding("policy", said)], set_aside(NO_POLICY, self._now(), reason))
        glass = set_aside(posted.policy, self._now(), reason)
        return self._end(self._findings(posted, me, glass), glass)

    def _end(self, findings: Sequence[Finding], glass: BreakGlass | None) -> None:
        """Refuse, or say loudly that nothing is refused."""
        texts = [f"rule `{finding.rule}`: {finding.text}" for finding in findings]
        if glass is None and texts:
            raise HookStopped(
                Exit.POLICY,
                "; ".join(texts),
                f"in an emergency {environment.BREAK_GLASS}=REASON sets the policy aside for one"
                " run",
            )
        if glass is not None:
            self._context.report.say("break_glass", glass.loud(), break_glass=glass.reason)
            for said in texts:
                self._context.report.say("break_glass", f"OVERRIDDEN, {said}")

    def _findings(self, posted: Posted, me: Subject, glass: BreakGlass | None) -> list[Finding]:
        """What the rules have against it. The fleet is looked at only where that can still change
        the answer.

        A device that comes back is not counted: it is no more down afterwards than before.
        """
        found = judge(posted.policy, [me], self._now(), {protected.NAME, windows.NAME})
        limits = tuple(
            limit for limit in posted.policy.max_down if is_in_group(limit, me.name, me.tags)
        )
        if not limits or self._goal.state is BootState.OS or (found and glass is None):
            return found
        try:
            return found + self._count(me, limits, is_overridden=glass is not None)
        except (ValueError, OSError, ApiError) as problem:
            text = (
                f"how many devices are down cannot be counted ({problem}): mend that, then run"
                " again"
            )
            return [*found, Finding(max_down.NAME, text)]

    def _subject(self, posted: Posted) -> Subject:
        """The device, by its name in the file as it is now.

        Raises ValueError for a damaged file.
        """
        order = self._context.order
        name = declared_name(self._asking.directory, order.device.key) or order.name
        traits = posted.traits.get(order.device.key, NO_TRAITS)
        return Subject(
            order.device.key,
            name,
            self._goal,
            order.reason,
            tags=traits.tags,
            allow_reboot=traits.allow_reboot,
            takes_down=True,
            is_down=True,
        )

    def _count(
        self, me: Subject, limits: tuple[Limit, ...], *, is_overridden: bool
    ) -> list[Finding]:
        """Count and claim, with no other hook in between.

        Raises ValueError, OSError and ApiError.
        """
        asking = self._asking
        claims = (asking.meet or DownClaims)(
            output_folder(asking.directory),
            now=lambda: self._now().timestamp(),
            sleep=asking.sleep,
            appear_s=self._context.pace.appear_s / asking.clock_speed,
            age_s=READING_AGE_S / asking.clock_speed,
        )
        with claims.locked():
            members = claims.members(asking.directory)
            reading = claims.fresh_reading(asking.account, {member.key for member in members})
            if reading is None:
                reading = self._look(members)
                claims.keep(reading)
            claimed = claims.claimed(reading)
            others = [
                _subject(member, reading, claimed) for member in members if member.key != me.key
            ]
            me = me._replace(is_declared=len(others) < len(members))
            found = judge(Policy(max_down=limits), [me, *others], self._now(), {max_down.NAME})
            if is_overridden or not found:
                asking.claim(claims, me.key)
            return found

    def _look(self, members: Sequence[Member]) -> Reading:
        """Look at the declared devices: at these only where all are named by their ids.

        Raises ApiError, ValueError.
        """
        refs = {member.key: DeviceRef.from_key(member.key) for member in members}
        ids = {DeviceId(ref.kind, int(ref.value)) for ref in refs.values() if ref.kind}
        began = self._now().timestamp()
        census = self._asking.survey(ids if len(ids) == len(refs) else None)
        down = {key: _why_down(census, ref) for key, ref in refs.items()}
        if census.refused and UNSEEN in down.values():
            raise ValueError(
                "; ".join(
                    f"no {kind} can be seen: {problem}" for kind, problem in census.refused.items()
                )
            )
        return Reading(self._asking.account, began, self._now().timestamp(), down)


UNSEEN = "it is not to be seen"


def _why_down(census: Census, ref: DeviceRef) -> str:
    """Why a device counts as down; empty for one that runs its operating system.

    What nobody can see counts.
    """
    try:
        seen = census.observation(census.find(ref))
    except LookupFailedError:
        return UNSEEN
    if seen is None:
        return UNSEEN
    return "" if seen.state is BootState.OS else f"{seen}: {seen.evidence}"


def _subject(member: Member, reading: Reading, claimed: set[str]) -> Subject:
    return Subject(
        member.key,
        member.name,
        Goal(BootState.OS),
        tags=member.traits.tags,
        is_down=bool(reading.down[member.key]) or member.key in claimed,
    )
