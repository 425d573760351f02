"""A conductor's account in one thread: each question is put at once, by whoever asks, so that what
is scripted happens in its order. Threads, gaps and pace have tests of their own (tests/conductor).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar
from unittest import mock

from classic_rescue.api.client import ClassicApi
from classic_rescue.api.settings import Settings
from classic_rescue.api.transport import Transport
from classic_rescue.boot.labels import LABELS
from classic_rescue.conductor import account
from classic_rescue.conductor.account import Account
from classic_rescue.conductor.rounds import Answer

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class DirectRound(Generic[Key, Value]):
    """In place of `Round`."""

    def __init__(self, name: str, answer: Answer[Key, Value], **_: object) -> None:
        self._answer = answer

    def ask(self, key: Key, waiting: object, within_s: float | None) -> Value | None:
        """Ask for this one alone, now."""
        return self._answer({key}).get(key)

    def close(self) -> None:
        """There is nothing to end."""


class FreePacer:
    """In place of `Pacer`: everything may go out."""

    pace = 1000.0

    def take(self, waiting: object, **_: object) -> bool:
        """Now."""
        return True

    def refused(self) -> None:
        """As before."""

    def close(self) -> None:
        """There is nothing to end."""


def direct_account(settings: Settings, transport: Callable[[], Transport]) -> Account:
    """An account whose connections are of this transport."""
    account_of = Direct(settings, LABELS, pacer=FreePacer())
    account_of.transport = transport
    return account_of


class Direct(Account):
    """Its clients have the transport that they are given."""

    transport: Callable[[], Transport]

    def __init__(self, *given: Any, **named: Any) -> None:
        with mock.patch.object(account, "Round", DirectRound):
            super().__init__(*given, **named)

    def send(self, *given: Any) -> Any:
        """Send by the transport."""

        def client(settings: Settings, **named: Any) -> ClassicApi:
            made = ClassicApi(settings, **named)
            made._transport = self.transport()
            return made

        with mock.patch.object(account, "ClassicApi", client):
            return super().send(*given)

    def _lent(self, *_: object) -> ClassicApi:
        made = ClassicApi(self.settings)
        made._transport = self.transport()
        return made
