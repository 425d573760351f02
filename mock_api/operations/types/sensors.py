"""The sensors of a bare metal server (classic-api.md 8; names and texts as in SP's fixture)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mock_api.domain.states import Power
from mock_api.domain.world import DeviceView
from mock_api.operations.types.table import ApiType, local


@dataclass(frozen=True, slots=True)
class Sensor:
    """A sensor. `off` is what it reads while the server is off;
    a limit that it does not have is null.
    """

    name: str
    units: str
    reading: str
    off: str
    status: str = "ok"
    lower: tuple[str | None, str | None, str | None] = (
        None,
        None,
        None,
    )  # non-recoverable, critical, non-critical
    upper: tuple[str | None, str | None, str | None] = (None, None, None)


_SENSORS = (
    Sensor("Ambient 1 Temperature", "degrees C", "25.000", "21.000",
           lower=(None, "5.000", "10.000"), upper=("46.000", "43.000", "41.000")),
    Sensor("Fan 1 Tach", "RPM", "6580.000", "0.000",
           lower=(None, "3500.000", "3700.000"), upper=(None, "25400.000", "25300.000")),
    Sensor("IPMI Watchdog", "discrete", "0x0", "0x0", status="0x0080"),
    Sensor("Avg Power", "Watts", "70.000", "4.000"),
    Sensor("12V", "Volts", "12.305", "0.000",
           lower=("10.170", "10.536", "10.780"), upper=("13.403", "13.281", "12.915")),
)  # fmt: skip


def sensors(view: DeviceView) -> list[Sensor]:
    """What the sensors read now."""
    if view.state.power is not Power.HALTED:
        return list(_SENSORS)
    return [replace(row, reading=row.off) for row in _SENSORS]


READING = ApiType(
    "SoftLayer_Container_RemoteManagement_SensorReading",
    {
        "sensorId": local("name"),
        "sensorReading": local("reading"),
        "sensorUnits": local("units"),
        "status": local("status"),
        "lowerNonRecoverable": local(lambda row, look: row.lower[0]),
        "lowerCritical": local(lambda row, look: row.lower[1]),
        "lowerNonCritical": local(lambda row, look: row.lower[2]),
        "upperNonRecoverable": local(lambda row, look: row.upper[0]),
        "upperCritical": local(lambda row, look: row.upper[1]),
        "upperNonCritical": local(lambda row, look: row.upper[2]),
    },
)

TYPES = (READING,)
