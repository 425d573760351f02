"""This machine's time beside the service's, which in a rehearsal is another one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from classic_rescue.api.settings import is_loopback
from classic_rescue.boot.evidence import clock_time
from classic_rescue.cli.session.session import Session
from classic_rescue.review.timeline import Span

ALIKE = timedelta(minutes=1)
LONGEST_S = 10 * 365 * 86400.0
"""A very fast clock must not lead out of the calendar."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """This machine's time and the service's at one moment. A mock's clock runs `speed` times as
    fast, and was set to anything: what is shown side by side must be of one clock, the service's.
    """

    here: datetime
    service: datetime
    speed: float = 1.0
    whose: str = ""
    """`mock` or `service`, where its time is another one than ours."""

    @classmethod
    def of(cls, session: Session, here: datetime, told: Iterable[datetime | None]) -> Clocks:
        """Both; `told` are the service's own times of what was read. The same where they differ by
        no more than a network explains.
        """
        service = max((at for at in told if at), default=here)
        speed = session.connection.clock_speed
        if speed == 1 and abs(service - here) <= ALIKE:
            return cls(here, here)
        is_mock = is_loopback(session.connection.settings.endpoint)
        return cls(here, service, speed, "mock" if is_mock else "service")

    @property
    def words(self) -> str:
        """What to say before times of two clocks stand side by side; empty where there is one."""
        if not self.whose:
            return ""
        return (
            f"times are by the {self.whose}'s clock, where it is {clock_time(self.service)}; here"
            f" it is {clock_time(self.here)}"
        )

    def by_service(self, moment: datetime) -> datetime:
        """A moment of this machine's past, by the service's clock."""
        age_s = (self.here - moment).total_seconds() * self.speed
        return self.service - timedelta(seconds=min(age_s, LONGEST_S))

    def span(self, span: Span) -> Span:
        """The same for a span."""
        return Span(self.by_service(span.start), span.end and self.by_service(span.end))

    def limit(self, until: datetime | None) -> datetime | None:
        """A time limit of the fleet file, None where the service's clock has passed one that is
        not over.
        """
        is_ahead = until is not None and self.here < until <= self.service
        return None if is_ahead else until

    @property
    def zone(self) -> str:
        """What a heading says of the times below it."""
        return self.whose or "UTC"

    def as_json(self) -> dict[str, object]:
        """Both for programs."""
        return {
            "now": clock_time(self.service),
            "here": clock_time(self.here),
            "is_mock": self.whose == "mock",
        }
