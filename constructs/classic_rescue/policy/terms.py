"""The terms of a policy, as the fleet file gives them. A term that is not given forbids nothing."""

from __future__ import annotations

from datetime import datetime, time
from typing import NamedTuple


class Limit(NamedTuple):
    """How many devices of a group may be down at once: `devices` of them, or `percent` of the
    group, rounded down but at least one. Exactly one of the two is given.

    The group: names that match the pattern `names` (as in a shell, `web-*`), or devices with the
    tag `tag`; with neither the whole fleet.
    """

    devices: int | None = None
    percent: int | None = None
    names: str = ""
    tag: str = ""


class Window(NamedTuple):
    """A time of the week in which running systems may be disturbed.

    `days` are those on which it opens, Monday is 0. An `end` that is not after `start` is on the
    next day. `zone` is an IANA name such as Europe/Rome.
    """

    days: tuple[int, ...]
    start: time
    end: time
    zone: str


class BreakGlass(NamedTuple):
    """The policy is set aside for this reason. `until` ends that; None: for this run only."""

    reason: str
    until: datetime | None = None

    def loud(self) -> str:
        """The sentence that is shown wherever the policy is set aside."""
        end = (
            f"until {self.until.isoformat()}, as the fleet file says"
            if self.until
            else "for this run"
        )
        return f"BREAK GLASS: the policy is set aside {end}; reason: {self.reason}"


class Policy(NamedTuple):
    """All terms of a fleet.

    `require_reason` is a pattern (`patterns`) that a reason must match from end to end.
    """

    require_ids: bool = False
    require_reason: str | None = None
    require_until: bool = False
    max_until_s: int | None = None
    images_allowed: tuple[str | int, ...] | None = None
    scripts_allowed: tuple[str, ...] | None = None
    max_down: tuple[Limit, ...] = ()
    protected: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ()
    break_glass: BreakGlass | None = None

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that the fleet file gives, by their names there."""
        given = zip(self._fields, self, self._field_defaults.values(), strict=True)
        return tuple(
            rule_name(term)
            for term, value, none in given
            if value != none and term != "break_glass"
        )

    @property
    def guards_runs(self) -> bool:
        """Whether there is anything that the hook enforces;
        the other terms are about the file alone.
        """
        return bool(self.max_down or self.protected or self.windows)


def rule_name(term: str) -> str:
    """A term of Policy as the fleet file calls it."""
    return "max_until" if term == "max_until_s" else term


class Traits(NamedTuple):
    """What the fleet file says of a device for the policy's sake."""

    tags: frozenset[str] = frozenset()
    allow_reboot: bool = False


NO_TRAITS = Traits()
NO_POLICY = Policy()
