"""What one run of the campaign plays: a world, what is asked of a device, and what goes wrong.

Values only, so that a plan can be printed, shrunk and played again.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

GUEST = 124929698
OTHER_GUEST = 124929706
SERVER = 218027101
OTHER_SERVER = 218027105
ABSENT_GUEST = 124000001
ISO = 34291701
OTHER_ISO = 34291811
ISO_NAMES = {ISO: "WindowsRescueStandalone.iso", OTHER_ISO: "serverbackup-bootcd-agent-6.14.2.iso"}
SERVICES = {"virtual_guest": "SoftLayer_Virtual_Guest", "hardware": "SoftLayer_Hardware_Server"}

CHANGING = frozenset(
    {
        "bootToRescueLayer",
        "executeRescueLayer",
        "mountIsoImage",
        "powerCycle",
        "powerOff",
        "powerOn",
        "rebootDefault",
        "rebootHard",
        "rebootSoft",
        "unmountIsoImage",
    }
)
"""The methods that change a device, as far as anybody in a campaign calls them."""


class Moment(StrEnum):
    """Whether a meddling comes before the service has done what was asked, or after it."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True)
class Where:
    """Which calls are struck: from the nth that matches on, `times` times; None: for ever.

    `calls` is a glob over `SERVICE.method`, or `changing`. With `is_later` only calls count that
    come after the first one that changes a device.
    """

    calls: str
    nth: int = 1
    times: int | None = 1
    moment: Moment = Moment.AFTER
    is_later: bool = False

    def matches(self, service: str, method: str) -> bool:
        """Whether it watches this call."""
        if self.calls == "changing":
            return method in CHANGING
        return fnmatchcase(f"{service}.{method}", self.calls)

    def strikes(self, count: int) -> bool:
        """Whether the call that is the `count`th to match is struck."""
        return count >= self.nth and (self.times is None or count < self.nth + self.times)

    def __str__(self) -> str:
        """Say it as a story does."""
        times = {1: "", None: ", and all later ones"}.get(self.times, f", {self.times} times")
        later = " after the request" if self.is_later else ""
        return f"{self.moment} call {self.nth} of {self.calls}{later}{times}"


@dataclass(frozen=True)
class Meddling:
    """One thing that goes wrong: `deed` is a row of `meddlings.DEEDS` or `answers.ANSWERS`."""

    where: Where
    deed: str
    value: str = ""

    def __str__(self) -> str:
        """Say it as a story does."""
        return f"{self.deed}{f' ({self.value})' if self.value else ''} {self.where}"


@dataclass(frozen=True)
class Past:
    """What somebody did to the device before the run, and how long ago the next thing was."""

    method: str
    then_s: float


@dataclass(frozen=True)
class Errand:
    """One run of ours: the hook's verb, and its order."""

    verb: str
    boot: str
    image: int | None = None
    timeout_s: int = 3600

    @property
    def goal(self) -> str:
        """What the device must run in the end."""
        return "os" if self.verb == "leave" else self.boot

    def __str__(self) -> str:
        """Say it as a story does."""
        image = f" {self.image}" if self.image else ""
        return f"{self.verb} {self.boot}{image}, timeout {self.timeout_s} s"


@dataclass(frozen=True)
class Plan:
    """All of one run. `log_open`: whether our user may read the event log. `is_conducted`: whether
    each hook hands its order to a conductor of its own.
    """

    seed: int
    kind: str
    errands: tuple[Errand, ...]
    meddlings: tuple[Meddling, ...] = ()
    past: tuple[Past, ...] = ()
    settings: dict[str, float | bool | str | None] = field(default_factory=dict)
    log_open: bool = True
    is_absent: bool = False
    is_conducted: bool = False

    @property
    def device(self) -> int:
        """The device that the run is about."""
        if self.is_absent:
            return ABSENT_GUEST
        return GUEST if self.kind == "virtual_guest" else SERVER

    def to_json(self) -> str:
        """The plan as one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Read back what `to_json` wrote."""
        raw = json.loads(text)
        meddlings = tuple(
            Meddling(_where(row["where"]), row["deed"], row["value"]) for row in raw["meddlings"]
        )
        return cls(
            seed=raw["seed"],
            kind=raw["kind"],
            errands=tuple(Errand(**row) for row in raw["errands"]),
            meddlings=meddlings,
            past=tuple(Past(**row) for row in raw["past"]),
            settings=raw["settings"],
            log_open=raw["log_open"],
            is_absent=raw["is_absent"],
            is_conducted=raw["is_conducted"],
        )


def _where(raw: dict[str, str | int | None]) -> Where:
    times = raw["times"]
    return Where(
        str(raw["calls"]),
        int(raw["nth"] or 1),
        None if times is None else int(times),
        Moment(str(raw["moment"])),
        is_later=bool(raw.get("is_later")),
    )
