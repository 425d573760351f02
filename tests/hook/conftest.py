"""The hook in this process against a mock whose clock stands still:
only the hook's own sleeping moves it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from classic_rescue.api.client import ClassicApi
from classic_rescue.api.devices import Devices
from classic_rescue.api.settings import Settings, basic
from classic_rescue.boot.labels import LABELS, Label
from classic_rescue.boot.ssh import SshAccess
from classic_rescue.boot.states import BootState, DeviceRef, Goal, NoOsEnvironment, Order
from classic_rescue.conductor.account import Account, Line
from classic_rescue.conductor.pacer import Pacer
from classic_rescue.conductor.shared_devices import SharedDevices
from classic_rescue.conductor.waiting import Waiting
from classic_rescue.hook.context import Ask, UntilTimeout
from classic_rescue.hook.device_files import DeviceFiles
from classic_rescue.hook.exits import Exit
from classic_rescue.hook.orders import run
from classic_rescue.hook.report import Report
from classic_rescue.hook.reviewed import NOTHING, Reviewed
from classic_rescue.hook.run import Transition
from classic_rescue.hook.testifying import Hear
from tests.conftest import KEY, USER, Mock, running_mock
from tests.direct_mock import DirectMock, without_a_port

QUICKLY = 10_000.0
"""How fast the conductor's own clock runs in these tests."""

Row = dict[str, str | int | float | None]


@dataclass
class Bench:
    """Runs orders, and keeps what was said."""

    mock: Mock
    folder: Path
    user: str = USER
    key: str = KEY
    elapsed_s: float = 0.0
    rows: list[Row] = field(default_factory=list)
    calls: int = 0
    ask: Ask | None = None
    ssh: SshAccess | None = None
    hear: Hear | None = None
    is_shared: bool = False
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Let the mock's time pass, and with it the hook's."""
        self.elapsed_s += seconds
        self.mock.pass_s(seconds)

    def enter(
        self,
        device: str,
        boot: str = "rescue",
        image: int | str | None = None,
        *,
        timeout_s: int = 3600,
        no_os_environment: str | None = None,
        labels: tuple[Label, ...] = LABELS,
        verb: str = "enter",
        again: bool = False,
        reviewed: Reviewed = NOTHING,
    ) -> Exit:
        """Run one order; the exit code comes back, the lines are in `rows`."""
        environment = NoOsEnvironment(no_os_environment) if no_os_environment else None
        goal = Goal(BootState(boot), image, environment)
        order = Order("dev", DeviceRef.from_key(device), goal, timeout_s, ssh=self.ssh)
        settings = Settings(self.mock.rest, "test", basic(self.user, self.key, "test"))
        account = self._account(settings, labels) if self.is_shared else None
        devices = self._devices(settings, account)
        api = devices.api
        out = io.StringIO()
        report = Report("dev", device, now=self.now, out=out, err=out, as_json=True)
        clock_start = self.elapsed_s
        transition = Transition(
            order,
            devices,
            report,
            files=DeviceFiles(str(self.folder), self.mock.rest),
            clock=lambda: self.elapsed_s - clock_start,
            sleep=self.sleep,
            server_now=lambda: api.server_time,
            labels=labels,
            ask=self.ask,
            asks_again=again,
            reviewed=reviewed,
        )
        transition.hear = self.hear
        api.patience = UntilTimeout(transition, 1.0)
        code = run(verb, transition, {}, str(self.folder))
        self.rows = [json.loads(line) for line in out.getvalue().splitlines()]
        self.calls = account.calls if account else getattr(api, "calls", 0)
        if account:
            account.close()
        return code

    def _account(self, settings: Settings, labels: tuple[Label, ...]) -> Account:
        """As a conductor has it, in whose real time nobody waits for others."""
        return Account(settings, labels, pacer=Pacer(speed=QUICKLY), speed=QUICKLY)

    def _devices(self, settings: Settings, account: Account | None) -> Devices:
        if account is None:
            return Devices(ClassicApi(settings, sleep=self.sleep, chance=lambda: 0.5))
        line = Line(account, Waiting(), sleep=self.sleep)
        line._chance = lambda: 0.5
        return SharedDevices(account, line)

    def looks(self, service: str) -> str:
        """The operation by which a run looks at a device of this service."""
        lists = {
            "SoftLayer_Virtual_Guest": "SoftLayer_Account.getVirtualGuests",
            "SoftLayer_Hardware_Server": "SoftLayer_Account.getHardware",
        }
        return lists[service] if self.is_shared else f"{service}.getObject"

    @property
    def devices_class(self) -> type[Devices]:
        """What a run sees the devices through."""
        return SharedDevices if self.is_shared else Devices

    def leave(
        self, device: str, *, timeout_s: int = 3600, labels: tuple[Label, ...] = LABELS
    ) -> Exit:
        """Run the leave hook of a device that is declared nowhere any more."""
        return self.enter(device, verb="leave", timeout_s=timeout_s, labels=labels)

    @property
    def text(self) -> str:
        """The last line."""
        return str(self.rows[-1]["text"])

    def steps(self) -> list[str]:
        """The steps in order, repeated waits folded."""
        steps = [str(row["step"]) for row in self.rows]
        return [step for before, step in zip(["", *steps], steps, strict=False) if step != before]


@pytest.fixture(scope="session")
def direct_mock() -> DirectMock:
    """One mock in this process for all runs that happen in it; its clock stands still."""
    return DirectMock()


@pytest.fixture(scope="module")
def served_mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mock]:
    """One server for a module, for hooks that are processes of their own."""
    with running_mock(tmp_path_factory.mktemp("mock") / "mock.log", "--speed", "0") as mock:
        yield mock


@pytest.fixture
def stopped_mock(direct_mock: Mock) -> Mock:
    """What the bench works with; modules with hooks of their own take the server."""
    return direct_mock


@pytest.fixture(params=["alone", "conductor"])
def bench(stopped_mock: Mock, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """The world as it was at the start; runs of a process of their own, and of the conductor."""
    stopped_mock.control_call("faults", method="DELETE")
    stopped_mock.control_call("reset", method="POST")
    stopped_mock.changes()
    is_shared = request.param == "conductor"
    with without_a_port(stopped_mock):
        yield Bench(stopped_mock, tmp_path / "locks", is_shared=is_shared)


@pytest.fixture
def order_json() -> str:
    """An order as Terraform hands it over."""
    order = Order("dev", DeviceRef.from_key("virtual_guest/124929698"), Goal(BootState.OS))
    return json.dumps(order.to_dict())


@pytest.fixture
def source_root() -> Path:
    """The folder that holds the package."""
    return Path(__file__).resolve().parents[2] / "constructs"
