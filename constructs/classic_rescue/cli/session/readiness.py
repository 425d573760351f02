"""Whether each device that would change could be changed: read-only calls,
and the rules of the hook itself.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from classic_rescue.api.client import ClassicApi
from classic_rescue.api.devices import Devices, LookupFailedError
from classic_rescue.api.errors import ApiError, Denied, NotFound
from classic_rescue.boot import limits, preflight
from classic_rescue.boot.durations import duration
from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.facts import Facts, Image, User
from classic_rescue.boot.labels import Label
from classic_rescue.boot.overdue import so_far
from classic_rescue.boot.states import Goal
from classic_rescue.boot.transitions import Action, actions_to
from classic_rescue.boot.waiting import Pace
from classic_rescue.cli.session.fleet_file import Target
from classic_rescue.cli.session.observed import PATIENCE, Row, unread
from classic_rescue.cli.session.outage import is_outage
from classic_rescue.cli.session.session import Session
from classic_rescue.hook.absence import GONE, explain_not_found, refusal_when_gone

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Readiness:
    """One device that would change.

    `refusals` forbid it: its hook would refuse. `doubts` may: the service probably refuses, which
    nobody documents. `unproven` is what cannot be known of it, with the evidence. `delays` only
    hold it up. `error` is why nobody knows, `problem` its cause. `image` is what would be mounted.
    """

    row: Row
    actions: tuple[Action, ...] = ()
    refusals: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    unproven: str = ""
    delays: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    error: str = ""
    problem: ApiError | None = None
    image: Image | None = None

    @property
    def verdict(self) -> str:
        """One word for people and programs."""
        if self.refusals:
            return "forbidden"
        if self.error:
            return "unknown"
        if self.row.overdue:
            return "overdue"
        if self.every_doubt:
            return "doubtful"
        return "waits" if self.delays else "ready"

    @property
    def every_doubt(self) -> tuple[str, ...]:
        """What cannot be known of the device, then of its permissions."""
        return (self.unproven, *self.doubts) if self.unproven else self.doubts

    @property
    def warning(self) -> str:
        """What a person must know before the device is changed: why its hook will refuse, or why
        the service probably will; empty where nothing is known.
        """
        if self.refusals:
            return f"its hook will refuse: {'; '.join(self.refusals)}"
        return f"doubtful: {'; '.join(self.doubts)}" if self.doubts else ""

    @property
    def may_be_there(self) -> bool:
        """Whether it would perhaps not change at all: nobody can tell."""
        return self.verdict == "doubtful" and self.row.seems_there


def readiness_of(
    targets: Sequence[Target], leaving: frozenset[str], session: Session, *, is_reader: bool = False
) -> list[Readiness]:
    """A record for every target that would change. `leaving`: the keys of those that leave the
    fleet.

    `is_reader`: these credentials only look, another user applies, so what they may do tells
    nothing.
    """
    api = ClassicApi(session.connection.settings, patience=PATIENCE)
    checker = Checker(OnceAsked(Devices(api)), api, session.labels, is_reader=is_reader)
    try:
        rows = session.look_at(targets)
    except ApiError as problem:
        rows = unread(targets, problem)
    shared = _shared(rows)
    found = []
    for row in rows:
        ready = checker.check(row, is_leaving=row.target.order.device.key in leaving)
        if twice := shared.get(row.target.order.device.key):
            ready = replace(
                ready or Readiness(row), refusals=(twice, *(ready.refusals if ready else ()))
            )
        if ready:
            found.append(ready)
    return found


def readiness_by_key(
    rows: Sequence[Row], session: Session, *, is_leaving: bool, is_reader: bool
) -> dict[str, Readiness]:
    """A record for each device that was read and that would change, by its key."""
    api = ClassicApi(session.connection.settings, patience=PATIENCE)
    checker = Checker(OnceAsked(Devices(api)), api, session.labels, is_reader=is_reader)
    found = {}
    for row in rows:
        try:
            ready = checker.check(row, is_leaving=is_leaving) if row.seen else None
        except ApiError:  # the hook asks again, and says it where it matters
            continue
        if ready:
            found[row.target.order.device.key] = ready
    return found


def _shared(rows: Sequence[Row]) -> dict[str, str]:
    """A refusal for each key of a device that has another name in the fleet, too."""
    by_device: dict[str, list[Target]] = {}
    for row in rows:
        if row.device:
            by_device.setdefault(row.device.key, []).append(row.target)
    return {
        target.order.device.key: (
            f"{' and '.join(name.name for name in names)} are one device; remove all but one"
        )
        for names in by_device.values()
        if len(names) > 1
        for target in names
    }


class Checker:
    """Checks device after device; what is the same for all is asked once."""

    def __init__(
        self, service: OnceAsked, api: ClassicApi, labels: Sequence[Label], *, is_reader: bool
    ) -> None:
        self._service = service
        self._api = api
        self._labels = labels
        self._is_reader = is_reader
        self._asked: preflight.Service = _Reader(service) if is_reader else service

    def check(self, row: Row, *, is_leaving: bool) -> Readiness | None:
        """What stands in its way; None for a device that is where it must be."""
        if row.facts is None or row.seen is None:
            return self._of_unread(row, is_leaving=is_leaving)
        goal = row.target.desired
        if goal is None or row.agrees or (is_leaving and row.has_left):
            return None
        return self._of_read(row, row.facts, row.seen, goal)

    def _of_unread(self, row: Row, *, is_leaving: bool) -> Readiness:
        """A device that was not read: it is not there, or not for this user, or nobody knows."""
        order = row.target.order
        problem = row.problem
        if isinstance(problem, LookupFailedError) and problem.matches:
            return Readiness(row, refusals=(str(problem),))
        if isinstance(problem, Denied) and not is_outage(problem):
            return Readiness(row, refusals=(f"{problem}; {limits.WHO_GRANTS}",))
        if not isinstance(problem, NotFound | LookupFailedError):
            return Readiness(row, error=row.error, problem=problem)
        try:
            user = self._service.user()
        except ApiError as unreadable:
            return Readiness(row, refusals=(f"{problem} ({unreadable})",))
        if not is_leaving:
            return Readiness(row, refusals=(explain_not_found(order, problem, user.name),))
        refusal = refusal_when_gone(order, problem, user)
        return Readiness(row, refusals=(refusal,)) if refusal else Readiness(row, notes=(GONE,))

    def _of_read(self, row: Row, facts: Facts, seen: Observation, goal: Goal) -> Readiness:
        try:
            actions = actions_to(goal, facts.kind, seen)
            check = preflight.check(goal, facts, actions, self._asked)
        except ValueError as problem:
            return Readiness(row, refusals=(str(problem),))
        except ApiError as problem:
            if isinstance(problem, Denied) and not is_outage(problem):
                return Readiness(row, refusals=(f"{problem}; {limits.WHO_GRANTS}",))
            return Readiness(row, error=str(problem), problem=problem)
        doubts = tuple(self._doubts(facts, actions))
        ready = Readiness(row, actions, doubts=doubts, image=check.image)
        ready = replace(ready, unproven=_unproven(row, seen))
        if seen.in_motion:  # what it will need is only known once that has ended
            maybe = (f"unless that leads to {goal}: {refusal}" for refusal in check.refusals)
            return replace(ready, delays=(_motion(row, seen),), notes=(*maybe, *check.notes))
        delays = tuple(self._delays(row, facts, seen, actions))
        return replace(ready, refusals=check.refusals, delays=delays, notes=check.notes)

    def _delays(
        self, row: Row, facts: Facts, seen: Observation, actions: Sequence[Action]
    ) -> list[str]:
        now = row.at or self._now()
        pace = Pace()
        delays = []
        if seen.requested_at and now and (now - seen.requested_at).total_seconds() < pace.appear_s:
            delays.append(f"{seen.evidence} yet: its transaction is waited for")
        if left_s := limits.lockout_left_s(
            facts, actions, now=now, labels=self._labels, lockout_s=pace.lockout_s
        ):
            timeout_s = row.target.order.timeout_s
            over = ""
            if left_s > timeout_s:
                over = f", longer than its timeout of {duration(timeout_s)} allows"
            delays.append(
                "it was rebooted less than 20 minutes ago: reboots are refused for"
                f" {duration(left_s)}{over}"
            )
        return delays

    def _doubts(self, facts: Facts, actions: Sequence[Action]) -> list[str]:
        """What can be told of permissions that nobody documents; a user that is not readable tells
        nothing.
        """
        if self._is_reader or not actions:
            return []
        try:
            user = self._service.user()
        except ApiError as problem:
            return [f"the user cannot be read, so its permissions are not checked ({problem})"]
        if not user.is_master and user.permissions is None:
            return [f"the permissions of user {user.name} cannot be read, so they are not checked"]
        return limits.doubtful_permissions(user, facts.kind, actions)

    def _now(self) -> datetime | None:
        """The service's own time, told with its last answer."""
        if self._api.server_time is None:
            self._service.user()
        return self._api.server_time


def _unproven(row: Row, seen: Observation) -> str:
    """What cannot be known of the device; empty where there is proof."""
    if not seen.unproven:
        return ""
    if row.seems_there:
        return f"whether it is where it must be cannot be known: {seen.unproven}"
    return f"what it runs now is not proven: {seen.unproven}"


def _motion(row: Row, seen: Observation) -> str:
    if row.overdue:
        return row.overdue
    long = f", {so_far(seen.in_motion, row.at)}" if seen.in_motion else ""
    return (
        f"{seen.in_motion} is under way{long}: it is waited for, then the device is looked at again"
    )


class OnceAsked:
    """A service that remembers its answers, and refusals: a fleet asks the same again and again."""

    def __init__(self, service: preflight.Service) -> None:
        self._user = _once(lambda _: service.user())
        self._images = _once(service.images)
        self._names = _once(lambda _: service.iso_names())

    def user(self) -> User:
        """The user behind the credentials. Raises ApiError."""
        return self._user(None)

    def images(self, wanted: int | str) -> list[Image]:
        """Every image of this name or id. Raises ApiError."""
        return self._images(wanted)

    def iso_names(self) -> set[str]:
        """The names of all images that can be booted. Raises ApiError."""
        return self._names(None)


class _Reader:
    """The service as it would answer another user; nobody knows from here what that one may do."""

    def __init__(self, service: OnceAsked) -> None:
        self.images = service.images
        self.iso_names = service.iso_names

    def user(self) -> User:
        """Somebody."""
        return User("who applies", is_master=False, permissions=None)


def _once(ask: Callable[[Key], Answer]) -> Callable[[Key], Answer]:
    answers: dict[Key, Answer] = {}
    problems: dict[Key, ApiError] = {}

    def asked(key: Key) -> Answer:
        if key in problems:
            raise problems[key]
        if key not in answers:
            try:
                answers[key] = ask(key)
            except ApiError as problem:
                problems[key] = problem
                raise
        return answers[key]

    return asked
