"""The devices of an account as one order sees them: what it asks for is asked together with what
others want to know, and what it sends goes out in its turn.
"""

from __future__ import annotations

import itertools

from classic_rescue.api.devices import DeviceId, Devices, the_one
from classic_rescue.boot.facts import Facts, Image, Progress, User
from classic_rescue.boot.states import DeviceRef
from classic_rescue.conductor.account import Account, Line
from classic_rescue.conductor.rounds import Key, Round, Value

_numbers = itertools.count()


class SharedDevices(Devices):
    """`Devices`, for one thread of many. What a list leaves open is asked for as without it."""

    def __init__(self, account: Account, line: Line) -> None:
        super().__init__(line)
        self._account = account
        self._line = line
        self._order = next(_numbers)
        account.enter(self._order)

    def find(self, ref: DeviceRef) -> DeviceId:
        """The one device meant: looked up together with those of others."""
        if ref.kind:
            return DeviceId(ref.kind, int(ref.value))
        found = self._ask(self._account.names, ref)
        return the_one(ref, found) if found else super().find(ref)

    def facts(self, device: DeviceId) -> Facts:
        """Everything the API tells of the device, from the lists of the account."""
        found = self._ask(self._account.facts, device)
        return super().facts(device) if found is None else found

    def progress(self, device: DeviceId) -> Progress:
        """What a wait asks for again and again, for up to 200 devices in one call."""
        found = self._ask(self._account.progress, device)
        return super().progress(device) if found is None else found

    def user(self) -> User:
        """The user behind the credentials, asked for once."""
        found = self._ask(self._account.user, None)
        return super().user() if found is None else found

    def images(self, wanted: int | str) -> list[Image]:
        """Every image of this name or id, from lists that are some seconds old at most."""
        found = self._ask(self._account.images, wanted)
        return super().images(wanted) if found is None else found

    def take_turn(self, *, is_watched: bool = False) -> bool:
        """Whether a request that changes a device may go out in some seconds."""
        return self._account.take_turn(self._order, is_watched=is_watched)

    def take_slot(self) -> None:
        """Wait until it may go out now. Raises Interrupted."""
        self._account.pacer.take(self._line.waiting, is_urgent=True)

    def end_turn(self) -> None:
        """Its request is out."""
        self._account.end_turn(self._order)

    def leave_turn(self) -> None:
        """Send nothing in the next seconds."""
        self._account.leave_turn(self._order)

    def leave(self) -> None:
        """The order has ended."""
        self._account.leave(self._order)

    def line_s(self, *, is_watched: bool = False) -> float:
        """About how long a request would wait for its turn now."""
        return self._account.line_s(is_watched=is_watched)

    def _ask(self, round: Round[Key, Value], key: Key) -> Value | None:
        def ask() -> Value | None:
            found = round.ask(key, self._line.waiting, self._line.patience.exchange_s())
            self._line.server_time = self._account.server_time
            return found

        return self._line.persist(ask)
