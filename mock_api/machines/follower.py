"""Keeps real machines where the mock's devices are, and tells the mock what machines do by
themselves. Nothing is hooked into the domain: it looks, as an open page does.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from mock_api.domain.actions import RestartRefused, power_off_inside, restart_inside
from mock_api.domain.real_machines import MachineNow, MachineState
from mock_api.domain.stage import Stage
from mock_api.domain.states import Power
from mock_api.domain.world import Device, World
from mock_api.machines.console import find_mark, read_end
from mock_api.machines.protocol import OFF, Ended, MachineError, Machines, Wanted, wanted

LOOK_EVERY_S = 0.1

_STATES = {
    Power.RUNNING: MachineState.RUNNING,
    Power.PAUSED: MachineState.PAUSED,
    Power.HALTED: MachineState.OFF,
}


class Follower:
    """The devices of a stage that have machines, by their ids. `complain` gets a sentence."""

    def __init__(self, stage: Stage, machines: Machines, complain: Callable[[str], None]) -> None:
        self._stage = stage
        self._machines = machines
        self._complain = complain
        self._done: dict[int, Wanted] = {}
        self._problems: dict[int, str] = {}

    def run(self, is_over: Event) -> None:
        """Look until it is over; then switch all machines off."""
        try:
            while not is_over.wait(LOOK_EVERY_S):
                self.look()
        finally:
            self._machines.close()

    @property
    def has_running(self) -> bool:
        """Whether a machine runs: somebody may be at work in it."""
        return any(done.power is not Power.HALTED for done in list(self._done.values()))

    def mark(self, device: int) -> object:
        """Something that is equal as long as `read` gives the same; nothing is read for it."""
        return self._state(device), find_mark(self._machines.console(device))

    def read(self, device: int) -> MachineNow:
        """The machine as it is now."""
        state, problem = self._state(device)
        try:
            lines = read_end(self._machines.console(device))
        except OSError as error:
            reason = error.strerror or str(error)
            return MachineNow(state, problem or f"its console cannot be read: {reason}")
        return MachineNow(state, problem, lines)

    def _state(self, device: int) -> tuple[MachineState, str]:
        if problem := self._problems.get(device):
            return MachineState.FAILED, problem
        return _STATES[self._done.get(device, OFF).power], ""

    def look(self) -> None:
        """Once: first what machines did, then what the mock wants."""
        for number, how in self._machines.ended():
            self._done[number] = OFF
            self._tell(number, how)
        for number, now in self._all_wanted().items():
            before = self._done.get(number, OFF)
            if now != before:
                # Kept also where it fails: another try every tenth of a second would not help.
                self._done[number] = now
                self._problems.pop(number, None)
                try:
                    self._bring(number, before, now)
                except MachineError as problem:
                    self._problems[number] = str(problem)
                    self._complain(f"device {number}: {problem}")

    def _all_wanted(self) -> dict[int, Wanted]:
        with self._stage.lock:
            world = self._stage.world
            now_s = world.clock.now_s()
            return {
                device.facts.id: wanted(world.view(device, now_s).state)
                for device in world.all_devices()
                if device.facts.machine
            }

    def _bring(self, number: int, before: Wanted, now: Wanted) -> None:
        if now.power is Power.HALTED:
            return self._machines.off(number)
        if before.power is Power.HALTED or before[1:] != now[1:]:
            self._machines.boot(number, now.boot)
            if now.power is Power.PAUSED:
                self._machines.pause(number)
            return None
        if now.power is Power.PAUSED:
            return self._machines.pause(number)
        return self._machines.resume(number)

    def _tell(self, number: int, how: Ended) -> None:
        """The API never learns of it."""
        tell = restart_inside if how is Ended.RESTARTED else power_off_inside
        with self._stage.lock:
            world = self._stage.world
            device = _find(world, number)
            if device is None:
                return
            try:
                tell(world, device, world.clock.now_s())
            except RestartRefused:
                return  # a move is under way, which takes it down and up anyway
            self._stage.mark_changed()


def _find(world: World, number: int) -> Device | None:
    for group in world.devices.values():
        if number in group:
            return group[number]
    return None
