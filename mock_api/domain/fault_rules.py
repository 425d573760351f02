"""Fault rules: which calls a fault strikes, counted call by call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Annotated

from mock_api.domain.facts import Record
from mock_api.domain.faults import Count, Effects, Fault, RateLimiterFault
from mock_api.domain.shapes import ByKind, Limits


@dataclass(frozen=True)
class FaultSpec(Record):
    """Where and when a fault strikes.

    `operation` is SERVICE.method or a glob such as `*.reboot*`; `device_id` narrows it to one
    object. It strikes from the `nth` matching call on (1 is the next one), each time with that
    `probability`, until it struck `times` times (null: until it is deleted).
    """

    fault: Annotated[Fault, ByKind()]
    operation: Annotated[str, Limits(min_length=1, max_length=200)] = "*"
    device_id: int | None = None
    nth: Count = 1
    times: Count | None = 1
    probability: Annotated[float, Limits(gt=0, le=1)] = 1.0

    @property
    def is_limiter(self) -> bool:
        """Whether it strikes by the number of calls in a window."""
        return isinstance(self.fault, RateLimiterFault)

    def names(self, operation: str) -> bool:
        """Whether it watches an operation, SERVICE.method."""
        return fnmatchcase(operation, self.operation)


@dataclass(frozen=True)
class FaultRule(FaultSpec):
    """A rule and what it has counted: matching calls `seen`, calls `struck`,
    and a rate limiter's window.
    """

    id: int = 0
    seen: int = 0
    struck: int = 0
    window_start_s: float | None = None
    window_calls: int = 0

    def after(self, call: ApiCall, draw: Callable[[], float]) -> FaultRule:
        """The rule with this call counted; it strikes the call if `struck` grew."""
        if not self.names(call.operation) or self.device_id not in (None, call.device_id):
            return self
        counted = replace(self._in_window(call.now_s), seen=self.seen + 1)
        return replace(counted, struck=self.struck + 1) if counted._strikes(draw) else counted

    def _in_window(self, now_s: float) -> FaultRule:
        if not isinstance(self.fault, RateLimiterFault):
            return self
        if self.window_start_s is None or now_s >= self.window_start_s + self.fault.seconds:
            return replace(self, window_start_s=now_s, window_calls=1)
        return replace(self, window_calls=self.window_calls + 1)

    def _strikes(self, draw: Callable[[], float]) -> bool:
        if self.seen < self.nth or (self.times is not None and self.struck >= self.times):
            return False
        if isinstance(self.fault, RateLimiterFault) and self.window_calls <= self.fault.requests:
            return False
        return self.probability >= 1 or draw() < self.probability


@dataclass(frozen=True)
class ApiCall:
    """A call as rules see it: SERVICE.method, the object's number, and when."""

    operation: str
    device_id: int | None
    now_s: float


def count_call(
    rules: tuple[FaultRule, ...], call: ApiCall, draw: Callable[[], float]
) -> tuple[tuple[FaultRule, ...], Effects]:
    """The rules with this call counted, and what they do to it.

    `draw` gives the world's next random value.
    """
    counted = tuple(rule.after(call, draw) for rule in rules)
    effects = Effects()
    for before, after in zip(rules, counted, strict=True):
        if after.struck > before.struck:
            effects = after.fault.applied(effects)
    return counted, effects
