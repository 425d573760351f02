"""Lists of devices that cost nothing until somebody looks at their rows:
a page of 100 views 100 devices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import overload

from mock_api.domain.world import Device, DeviceView
from mock_api.operations.types.table import Look


class DeviceRows(Sequence[DeviceView]):
    """Devices of the world's table in the order of their ids, each viewed when it is looked at."""

    __slots__ = ("_devices", "_look", "_numbers")

    def __init__(self, numbers: Sequence[int], devices: Mapping[int, Device], look: Look) -> None:
        self._numbers = numbers
        self._devices = devices
        self._look = look

    def where(self, passes: Callable[[Device], bool]) -> DeviceRows:
        """Those with facts that pass; none of them is viewed for it."""
        devices = self._devices
        return DeviceRows(
            [number for number in self._numbers if passes(devices[number])], devices, self._look
        )

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[DeviceView]:
        view = self._look.world.view
        now_s = self._look.now_s
        devices = self._devices
        return (view(devices[number], now_s) for number in self._numbers)

    @overload
    def __getitem__(self, place: int) -> DeviceView: ...

    @overload
    def __getitem__(self, place: slice) -> DeviceRows: ...

    def __getitem__(self, place: int | slice) -> DeviceView | DeviceRows:
        if isinstance(place, slice):
            return DeviceRows(self._numbers[place], self._devices, self._look)
        return self._look.world.view(self._devices[self._numbers[place]], self._look.now_s)
