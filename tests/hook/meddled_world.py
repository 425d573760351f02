"""The mock in this process with one device of each kind, a colleague who acts on it, and the truth
that no call of the API tells.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from classic_rescue.boot.states import BootState, Goal, Kind
from mock_api.domain.settings import Settings
from mock_api.domain.states import BY_NAME, Boot, Power
from mock_api.domain.transitions import settle
from mock_api.domain.world import Device
from mock_api.harness import MockApi, MockFailure

IDS = {Kind.VIRTUAL_GUEST: 124929698, Kind.HARDWARE: 218027101}
SERVICES = {
    Kind.VIRTUAL_GUEST: "SoftLayer_Virtual_Guest",
    Kind.HARDWARE: "SoftLayer_Hardware_Server",
}
IMAGE = "WindowsRescueStandalone.iso"
OTHER_IMAGE = "serverbackup-bootcd-agent-6.14.2.iso"
IMAGES = {IMAGE: 34291701, OTHER_IMAGE: 34291811}
COLLEAGUE = "colleague"
OPERATOR = "operator"
BLIND = "operator-without-the-log"
RIGHTS = (
    *("ACCESS_ALL_GUEST", "ACCESS_ALL_HARDWARE", "HARDWARE_VIEW", "VIRTUAL_GUEST_VIEW"),
    *("REMOTE_MANAGEMENT", "SERVER_RELOAD", "USER_EVENT_LOG_VIEW"),
)
RESCUE_CALLS = {Kind.VIRTUAL_GUEST: "executeRescueLayer", Kind.HARDWARE: "bootToRescueLayer"}

FAST = {"guest_rescue_s": 60.0, "hardware_rescue_s": 90.0, "iso_mount_s": 40.0}


class Truth(NamedTuple):
    """What a device runs at one moment. `is_busy`: a transaction is under way, seen or not, and
    `target` what it leads to, as far as that differs.
    """

    boot: Boot
    power: Power
    image: str
    is_busy: bool
    target: Boot | None = None

    def is_in(self, goal: Goal) -> bool:
        """Whether the device is there, and nothing takes it elsewhere."""
        boots = {self.boot.value, (self.target or self.boot).value}
        if boots != {goal.state.value} or self.power is not Power.RUNNING:
            return False
        return goal.state is not BootState.IMAGE or self.image == goal.image


@cache
def _mock() -> MockApi:
    """The one mock of this process: its worlds are loaded in microseconds."""
    return MockApi(_world())


def _world() -> dict[str, Any]:
    """The demo world's devices, a colleague, and two users of ours."""
    whole = MockApi().world()
    users = [
        {"id": 1, "username": COLLEAGUE, "master": True, "api_key": "k" * 40},
        {"id": 2, "username": OPERATOR, "parent_id": 1, "permissions": list(RIGHTS)},
        {"id": 3, "username": BLIND, "parent_id": 1, "permissions": list(RIGHTS[:-1])},
    ]
    for user in users:
        user["api_key"] = f"key-of-user-{user['id']}-0123456789"
    return {
        **{name: value for name, value in whole.items() if name != "moving"},
        "users": users,
        "guests": [row for row in whole["guests"] if row["id"] in IDS.values()],
        "hardware": [row for row in whole["hardware"] if row["id"] in IDS.values()],
        "dedicated_hosts": [],
    }


class MeddledWorld:
    """A world of its own for one scenario."""

    def __init__(self, kind: Kind, settings: dict[str, Any]) -> None:
        self.kind = kind
        self.id = IDS[kind]
        self.mock = _mock()
        self.mock.stage.reset()
        world = self.mock.stage.world
        world.change_settings(replace(Settings(), **{**FAST, **settings}))
        self._own_modified_s: float | None = None
        self.was_restarted_inside = False
        self.acted_at_s = 0.0
        self.passed_s = 0.0
        self.is_doubtful = False

    @property
    def now_s(self) -> float:
        """The world's time."""
        return self.mock.stage.world.clock.now_s()

    def pass_s(self, seconds: float) -> None:
        """Let time pass."""
        self.mock.stage.world.clock.advance(seconds)

    @property
    def _device(self) -> Device:
        return next(d for d in self.mock.stage.world.all_devices() if d.facts.id == self.id)

    def truth(self) -> Truth:
        """What the device runs now."""
        state = settle(self._device.state, self.now_s)
        image = next((name for name, id in IMAGES.items() if id == state.iso_image_id), "")
        target = BY_NAME[state.pending.move].after if state.pending else None
        return Truth(state.boot, state.power, image, is_busy=state.is_busy, target=target)

    def note_own(self, *, is_done: bool) -> None:
        """Remember that the change that was just accepted is ours; one that is not done leaves what
        others have under way theirs.
        """
        if is_done:
            self._own_modified_s = self.now_s
        self.acted_at_s = self.now_s

    @property
    def is_own_under_way(self) -> bool:
        """Whether the move under way was started by a request of ours."""
        state = settle(self._device.state, self.now_s)
        is_own = self._own_modified_s is not None and state.modified_s == self._own_modified_s
        return is_own and state.pending is not None

    @property
    def appears_after_s(self) -> float:
        """How long a transaction that was asked for is not seen."""
        return self.mock.stage.world.settings.appears_after_s

    def prepare(self, outcome: str, method: str) -> None:
        """Have the next call of this method accepted, and end otherwise than it should."""
        if outcome:
            self.is_doubtful = True
            self.mock.fault(outcome, f"*.{method}")

    def act(self, name: str) -> bool:
        """What a colleague does: `reboot`, `mount`, …; `inside` restarts the system from inside;
        `pass` and `finish` let time pass, which `passed_s` counts. Returns whether the device
        noticed.
        """
        if name.startswith(("pass", "finish")):
            begun_s = self.now_s
            if name == "finish":
                self.mock.run_until_stable()
            else:
                self.pass_s(float(name.split()[1]))
            self.passed_s += self.now_s - begun_s
            return False
        try:
            if name == "inside":
                self.mock.restart_inside(self.id)
                self.was_restarted_inside = True
            else:
                method, *arguments = self._call(name)
                service = SERVICES[self.kind]
                self.mock.call(service, method, self.id, *arguments, user=COLLEAGUE)
        except MockFailure:
            return False
        self.acted_at_s = self.now_s
        return True

    def _call(self, name: str) -> list[Any]:
        calls: dict[str, list[Any]] = {
            "reboot": ["rebootDefault"],
            "rescue": [RESCUE_CALLS[self.kind]],
            "off": ["powerOff"],
            "on": ["powerOn"],
            "mount": ["mountIsoImage", IMAGES[IMAGE]],
            "mount other": ["mountIsoImage", IMAGES[OTHER_IMAGE]],
            "unmount": ["unmountIsoImage"],
        }
        return calls[name]
