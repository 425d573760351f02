"""SoftLayer_Metric_Tracking_Object: the bandwidth of a device (SP managers get_bandwidth_data)."""

from __future__ import annotations

from typing import cast

from mock_api.domain import dates
from mock_api.domain.errors import InvalidValue
from mock_api.operations.call import Call
from mock_api.operations.types.metrics import COUNTERS, HOUR_S, STEPS_S, Measurement, measurements

SERVICE = "SoftLayer_Metric_Tracking_Object"


def getBandwidthData(call: Call) -> list[Measurement]:
    """The bytes in and out between two dates, by default one row an hour."""
    start, end, side, step = call.arguments
    step_s = HOUR_S if step is None else cast(int, step)
    if step_s not in STEPS_S:
        raise InvalidValue(
            f"Invalid value provided for 'rollupSeconds': {step_s}. Allowed are {STEPS_S}."
        )
    try:
        start_s, end_s = (dates.parse(cast(str, text), call.world.tz) for text in (start, end))
    except ValueError as error:
        raise InvalidValue(str(error)) from None
    sides = (cast(str, side),) if side else tuple(COUNTERS)
    return measurements(start_s, end_s, step_s, sides)
