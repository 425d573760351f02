"""One look at a whole account, held against looking at every device by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from classic_rescue.api import event_log
from classic_rescue.api.client import ClassicApi, Retry
from classic_rescue.api.devices import DeviceId, Devices, LookupFailedError
from classic_rescue.api.errors import ApiError, Denied
from classic_rescue.api.fleetwide import Census, Fleetwide
from classic_rescue.api.settings import Settings, basic
from classic_rescue.boot.evidence import observe
from classic_rescue.boot.labels import LABELS, Label, labels_with
from classic_rescue.boot.states import BootState, DeviceRef, Kind
from tests.conftest import KEY, USER, Mock, running_mock
from tests.direct_mock import DirectMock, without_a_port
from tests.mock.stagehand import APP, DB, GUEST, HARDWARE, ISO_DAL, OFF, SPARE, WEB, WIN

GUESTS = (WEB, WIN, APP, OFF)
SERVERS = (DB, SPARE)
GUEST_CALLS = (
    "executeRescueLayer", "mountIsoImage", "unmountIsoImage", "rebootDefault",
    "reloadCurrentOperatingSystemConfiguration", "powerOff", "powerOn", "pause",
)  # fmt: skip
SERVER_CALLS = (
    "bootToRescueLayer",
    "rebootDefault",
    "powerOff",
    "powerOn",
    "reloadCurrentOperatingSystemConfiguration",
)
FAULTS = ("", "", "", "stuck_transaction", "failing_transaction", "no_transaction")
LOG = "SoftLayer_Event_Log::getAllObjects"


@dataclass(frozen=True)
class Step:
    """Somebody calls something of a device, which may go wrong; then time passes."""

    device: int
    call: str
    fault: str
    pause_s: float


def step_of(devices: tuple[int, ...], calls: tuple[str, ...]) -> st.SearchStrategy[Step]:
    """Any step of these devices. The pauses end before, in and after a transaction."""
    return st.builds(
        Step,
        device=st.sampled_from(devices),
        call=st.sampled_from(calls),
        fault=st.sampled_from(FAULTS),
        pause_s=st.sampled_from([0, 3, 30, 4000]),
    )


HISTORIES = st.lists(
    st.one_of(step_of(GUESTS, GUEST_CALLS), step_of(SERVERS, SERVER_CALLS)), max_size=25
)
WORLDS = st.fixed_dictionaries(
    {
        name: st.booleans()
        for name in ("mounted_cd_shows_image", "reboot_clears_iso", "reboot_makes_transaction")
    }
)


@pytest.fixture(scope="module")
def stopped_mock() -> Iterator[Mock]:
    """One mock for the module; its clock stands still."""
    mock = DirectMock()
    with without_a_port(mock):
        yield mock


@pytest.fixture
def mock(stopped_mock: Mock) -> Mock:
    """The world as it was at the start."""
    return fresh(stopped_mock)


def fresh(mock: Mock, **settings: bool) -> Mock:
    """The starting world, with these settings."""
    mock.control_call("faults", method="DELETE")
    mock.control_call("reset", method="POST")
    if settings:
        mock.control_call("settings", settings, method="PATCH")
    return mock


def settings_of(mock: Mock, user: str = USER, key: str = KEY) -> Settings:
    """The way to the mock."""
    return Settings(mock.rest, "test", basic(user, key, "test"))


def client(mock: Mock, user: str = USER, key: str = KEY) -> ClassicApi:
    """A client that does not wait."""
    return ClassicApi(settings_of(mock, user, key), sleep=lambda seconds: None, patience=Retry(3))


def act(mock: Mock, device: int, call: str, then_s: float = 4000) -> None:
    """One call as a colleague makes it; what the service refuses has not happened."""
    service = HARDWARE if device in SERVERS else GUEST
    arguments: dict[str, list[object]] = {
        "mountIsoImage": [ISO_DAL],
        "reloadCurrentOperatingSystemConfiguration": ["FORCE"],
    }
    with suppress(ApiError):
        client(mock).call(service, call, *arguments.get(call, ()), id=device)
    mock.pass_s(then_s)


def play(mock: Mock, history: list[Step]) -> None:
    """Let it happen."""
    for step in history:
        if step.fault:
            mock.fault(f"*.{step.call}", step.fault)
        act(mock, step.device, step.call, then_s=step.pause_s)
        mock.control_call("faults", method="DELETE")


def requests(mock: Mock) -> list[str]:
    """Every request since the last look, as SERVICE::METHOD."""
    rows = mock.control_call("journal")
    mock.control_call("journal", method="DELETE")
    return [f"{row['service']}::{row['method']}" for row in rows]


def hold_against_single_looks(mock: Mock, labels: tuple[Label, ...] = LABELS) -> Census:
    """Assert that every device is seen as it is when looked at by itself,
    or unknown with a reason.
    """
    api = client(mock)
    census = Fleetwide(api, labels).read()
    assert len(census.facts) == 8
    for device in census.facts:
        bulk = census.observation(device)
        single = observe(Devices(api).facts(device), labels=labels)
        assert bulk
        if reason := census.undecided.get(device):
            assert (bulk.state, bulk.evidence) == (BootState.UNKNOWN, reason)
        else:
            same = ("state", "image", "image_id", "in_motion", "is_off", "requested_at")
            assert [getattr(bulk, name) for name in same] == [
                getattr(single, name) for name in same
            ], single
    return census


@given(history=HISTORIES, world=WORLDS)
@example(
    history=[Step(WEB, "executeRescueLayer", "", 4000), Step(WEB, "rebootDefault", "", 4000)],
    world={},
)
@example(history=[Step(DB, "bootToRescueLayer", "", 4000), Step(DB, "powerOff", "", 30)], world={})
@settings(max_examples=12)
def test_a_look_at_all_sees_what_a_look_at_each_sees(
    stopped_mock: Mock, history: list[Step], world: dict[str, bool]
) -> None:
    """Whatever was done to the devices, and however the
    service behaves where nobody documents it.
    """
    play(fresh(stopped_mock, **world), history)
    assert not hold_against_single_looks(stopped_mock).undecided


@pytest.mark.slow
@given(history=HISTORIES, world=WORLDS)
@settings(max_examples=150)
def test_a_look_at_all_sees_the_same_in_many_histories(
    stopped_mock: Mock, history: list[Step], world: dict[str, bool]
) -> None:
    """The same with many more of them."""
    play(fresh(stopped_mock, **world), history)
    assert not hold_against_single_looks(stopped_mock).undecided


def test_labels_of_an_operator_count_in_a_look_at_all(mock: Mock) -> None:
    """A configured label proves a state by an event alone,
    and its words are looked for in the log.
    """
    mock.control_call(
        "world", {"labels": {"names": {"event.rescue": "Netboot_Start"}}}, method="PATCH"
    )
    mock.fault("*.executeRescueLayer", "no_transaction")
    act(mock, WEB, "executeRescueLayer")
    labels = labels_with('[["rescue", ["netboot start"]]]')
    seen = hold_against_single_looks(mock, labels).observation(DeviceId(Kind.VIRTUAL_GUEST, WEB))
    assert seen
    assert seen.state is BootState.RESCUE


def test_a_quiet_account_costs_four_calls(mock: Mock) -> None:
    """Both lists, the requests in the log, and the events of those that were in rescue."""
    act(mock, WEB, "executeRescueLayer")
    act(mock, WEB, "rebootDefault")
    requests(mock)
    Fleetwide(client(mock)).read()
    assert requests(mock) == [
        "SoftLayer_Account::getVirtualGuests",
        "SoftLayer_Account::getHardware",
        LOG,
        LOG,
    ]


@pytest.mark.parametrize("generated", ["1000,0", "500,500"])
def test_a_thousand_devices_cost_a_call_each_hundred(tmp_path: Path, generated: str) -> None:
    """N/100 + 10 calls at most, counted by the service itself;
    with a hundred devices in rescue, too.
    """
    with running_mock(tmp_path / "mock.log", "--speed=0", "--generate", generated) as mock:
        for number in range(1000001, 1000101):
            mock.call_as_somebody_else(GUEST, number, "executeRescueLayer")
        mock.control_call("clock", {"run_until_stable": True}, method="POST")
        requests(mock)
        census = Fleetwide(client(mock)).read()
        assert len(requests(mock)) <= 1000 / 100 + 10
        states = Counter(
            seen.state for device in census.facts if (seen := census.observation(device))
        )
        assert states == {BootState.OS: 900, BootState.RESCUE: 100}


class Groupless(ClassicApi):
    """A service that names no transaction group: the mock always does,
    and nobody recorded a server's.
    """

    def call(self, *args: Any, read: Callable[[Any], Any] | None = None, **more: Any) -> Any:
        """The answer without them, as the caller reads it."""
        answer = super().call(*args, **more)
        for row in answer if isinstance(answer, list) else [answer]:
            (row.get("lastTransaction") or {}).pop("transactionGroup", None)
        return read(answer) if read else answer


def test_a_server_without_a_group_of_its_transaction_is_looked_at_singly(mock: Mock) -> None:
    """Its history tells what the transaction was, and no list has that."""
    act(mock, DB, "bootToRescueLayer")
    requests(mock)
    census = Fleetwide(Groupless(settings_of(mock))).read()
    assert census.looked_at == (DeviceId(Kind.HARDWARE, DB),)
    assert "SoftLayer_Hardware_Server::getTransactionHistory" in requests(mock)


def test_too_many_open_devices_are_unknown_with_the_reason(mock: Mock) -> None:
    """A few are looked at, those that are wanted first;
    a drive that shows no image proves nothing.
    """
    fresh(mock, mounted_cd_shows_image=False)
    act(mock, WEB, "mountIsoImage")
    act(mock, WIN, "mountIsoImage")
    census = Fleetwide(client(mock), closer_looks=1).read(is_wanted=lambda facts: facts.id == WIN)
    seen = [census.observation(DeviceId(Kind.VIRTUAL_GUEST, number)) for number in (WIN, WEB)]
    assert [str(one) for one in seen] == ["image WindowsRescueStandalone.iso", "unknown"]
    assert seen[1]
    assert "whether an image is mounted; at most 1 devices are looked at singly" in seen[1].evidence


def test_without_the_log_the_transactions_tell_as_for_a_single_device(mock: Mock) -> None:
    """A user who may not read the event log sees what is left, and each state says so."""
    act(mock, WEB, "executeRescueLayer")
    mock.fault(
        "SoftLayer_Event_Log.*",
        "error",
        status=401,
        code="SoftLayer_Exception_PermissionDenied",
        text="no",
    )
    census = Fleetwide(client(mock)).read()
    seen = census.observation(DeviceId(Kind.VIRTUAL_GUEST, WEB))
    assert seen
    assert (
        seen.state,
        seen.evidence.endswith("later restarts cannot be seen without the event log"),
    ) == (
        BootState.RESCUE,
        True,
    )


def test_wrong_credentials_are_not_an_empty_account(mock: Mock) -> None:
    """Nobody may take that for devices that are gone."""
    with pytest.raises(Denied):
        Fleetwide(client(mock, key="wrong")).read()


def test_a_log_that_is_too_long_is_told(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    """How far back requests were read is a note;
    a device whose restart cannot be found is looked at singly.
    """
    monkeypatch.setattr(event_log, "PAGE", 10)
    monkeypatch.setattr(event_log, "LAST_PAGE", 1)
    act(mock, WEB, "executeRescueLayer")
    act(mock, DB, "bootToRescueLayer")
    for _ in range(12):
        act(mock, WEB, "executeRescueLayer", then_s=600)
    census = hold_against_single_looks(mock)
    assert census.notes[0].startswith("requests in the event log before 20")
    assert census.looked_at == (DeviceId(Kind.HARDWARE, DB),)


def test_only_some_devices_cost_a_call_each_two_hundred(mock: Mock) -> None:
    """Who asks for few devices does not read the account."""
    act(mock, WEB, "executeRescueLayer")
    requests(mock)
    wanted = [DeviceId(Kind.VIRTUAL_GUEST, WEB), DeviceId(Kind.VIRTUAL_GUEST, 4711)]
    census = Fleetwide(client(mock)).read(only=wanted)
    assert list(census.facts) == wanted[:1]
    assert requests(mock) == ["SoftLayer_Account::getVirtualGuests", LOG, LOG]
    assert census.observation(wanted[1]) is None


@pytest.mark.parametrize(
    "key",
    [
        "hostname/WEB-1",
        "hostname/web-1.example.com",
        "hostname/nobody",
        "ip/10.9.9.9",
        "hostname/db-1",
        "hostname/twin",
    ],
)
def test_lookups_find_what_single_lookups_find(mock: Mock, key: str) -> None:
    """Exactly one device, over both kinds, by the same rules and with the same words."""
    client(mock).call("SoftLayer_Virtual_Guest", "editObject", {"hostname": "twin"}, id=APP)
    client(mock).call("SoftLayer_Hardware_Server", "editObject", {"hostname": "twin"}, id=SPARE)
    census = Fleetwide(client(mock)).read()

    def found(find: Callable[[DeviceRef], DeviceId]) -> str:
        try:
            return str(find(DeviceRef.from_key(key)))
        except LookupFailedError as problem:
            return str(problem)

    assert found(census.find) == found(Devices(client(mock)).find)


def test_addresses_are_found_too(mock: Mock) -> None:
    """The public and the private one of every device."""
    census = Fleetwide(client(mock)).read()
    for device, facts in census.facts.items():
        for address in filter(None, (facts.public_ip, facts.private_ip)):
            assert census.find(DeviceRef.from_key(f"ip/{address}")) == device
