"""Bandwidth measurements (SP managers get_bandwidth_data): every hour carries the same traffic."""

from __future__ import annotations

from dataclasses import dataclass

from mock_api.operations.types.table import ApiType, date, local

COUNTERS = {
    "public": (("publicIn_net_octet", 1449885176), ("publicOut_net_octet", 91803794)),
    "private": (("privateIn_net_octet", 125888818), ("privateOut_net_octet", 961037)),
}
HOUR_S = 3600
STEPS_S = (300, 600, HOUR_S // 2, HOUR_S, 43200, 86400)  # SP managers get_bandwidth_data
MOST_POINTS = (
    10000  # what one call answers at most, so that a slip in the dates costs nobody a minute
)


@dataclass(frozen=True, slots=True)
class Measurement:
    """How many bytes went one way in the time that begins at `at_s`."""

    at_s: float
    counter: int
    type: str


def measurements(
    start_s: float, end_s: float, step_s: int, sides: tuple[str, ...]
) -> list[Measurement]:
    """The measurements between two instants, one a step and direction."""
    steps = min(max(0, int((end_s - start_s) // step_s)), MOST_POINTS)
    return [
        Measurement(start_s + number * step_s, octets * step_s // HOUR_S, name)
        for number in range(steps)
        for side in sides
        for name, octets in COUNTERS[side]
    ]


DATA = ApiType(
    "SoftLayer_Metric_Tracking_Object_Data",
    {"counter": local("counter"), "dateTime": date("at_s"), "type": local("type")},
)
OBJECT = ApiType("SoftLayer_Metric_Tracking_Object", {"id": local("facts.id")})

TYPES = (DATA, OBJECT)
