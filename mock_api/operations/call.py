"""One call of an operation, everything looked up: what a handler gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from mock_api.domain.actions import Command, confirm_reload, perform
from mock_api.domain.facts import Facts
from mock_api.domain.people import User
from mock_api.domain.states import Outcome
from mock_api.domain.transitions import Transaction
from mock_api.domain.world import Device, DeviceView, World
from mock_api.operations.types.table import Look


@dataclass(frozen=True, slots=True)
class Call:
    """The object that the call goes to is a Device, or any other domain object of the service."""

    look: Look
    target: object
    arguments: tuple[object, ...] = ()
    outcome: Outcome = Outcome.COMPLETE

    @property
    def world(self) -> World:
        """The world of the call."""
        return self.look.world

    @property
    def user(self) -> User:
        """Who calls."""
        return self.look.user

    @property
    def device(self) -> Device:
        """The device that the call goes to."""
        return cast(Device, self.target)

    @property
    def facts(self) -> Facts:
        """The device's facts."""
        return self.device.facts

    def view(self) -> DeviceView:
        """The device at the instant of the call."""
        return self.world.view(self.device, self.look.now_s)

    def perform(self, method: str, value: int | None = None) -> Transaction | None:
        """Start the move that a method asks for. Raises what `actions.perform` raises."""
        return perform(self.world, self._command(method, value))

    def reload(self, method: str) -> str:
        """Reload the system if the first argument confirms it, otherwise answer what would.

        Raises Refused.
        """
        token = confirm_reload(
            self.world, self._command(method), cast("str | None", self.arguments[0])
        )
        if token is not None:
            return token
        self.perform(method)
        return self.world.labels.name("reload.accepted")

    def _command(self, method: str, value: int | None = None) -> Command:
        return Command(
            self.device, method, self.user, self.look.now_s, outcome=self.outcome, value=value
        )
