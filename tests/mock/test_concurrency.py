"""Many clients at once: no lost update, no torn read, and one winner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest
import SoftLayer

from tests.mock.crowd import (
    CLIENTS,
    FIRST,
    Ask,
    Crowd,
    RestlessMock,
    control,
    guest,
    guests,
    half_a_request,
)
from tests.mock.stagehand import DB, OUTSTANDING, MockProcess

GUESTS = 400
ROUNDS = 50
TRANSACTIONS = (
    "id,activeTransaction[id],lastTransaction[id,guestId],deviceStatus[name],powerState[keyName]"
)
CHANGES = ("executeRescueLayer", "rebootHard", "powerOff", "powerOn")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def restless() -> Iterator[RestlessMock]:
    """A mock whose threads interrupt each other as often as they can."""
    running = RestlessMock(GUESTS)
    yield running
    assert running.stop() == (0, "", "")


@pytest.fixture
def crowd(restless: RestlessMock) -> Iterator[Crowd]:
    """Its clients; it is freshly reset, and shows transactions at once."""
    clients = Crowd(restless.port)
    make_fresh(clients)
    yield clients
    clients.close()


def make_fresh(clients: Crowd) -> None:
    """Reset the mock, and let it show transactions at once."""
    clients.ask(Ask("/_mock/reset", "POST"))
    settings = clients.ask(Ask("/_mock/settings", "PATCH", {"appears_after_s": 0}))
    assert settings["appears_after_s"] == 0


def test_no_update_is_lost(crowd: Crowd) -> None:
    """Reads, rescues, power and control calls at once:
    each accepted change is in the event log exactly once.
    """
    chance = Random(3)  # noqa: S311 (no secret)
    numbers = [FIRST + chance.randrange(40) for _ in range(1500)]
    asks: list[tuple[int | None, Ask]] = [
        (number, guest(number, chance.choice(CHANGES))) for number in numbers
    ]
    asks += [(None, guest(number, mask=TRANSACTIONS)) for number in numbers[:300]]
    asks += [(None, control(path)) for path in ("devices", "journal", "faults", "clock") * 5]
    asks += [(None, control("clock", {"advance_s": 1}))] * 30
    chance.shuffle(asks)
    answers = crowd.ask_all(ask for _, ask in asks)
    accepted = Counter(
        number
        for (number, _), answer in zip(asks, answers, strict=True)
        if number and answer is True
    )
    events = crowd.ask(control("world"))["moving"]["events"]
    assert Counter(event["object_id"] for event in events) == accepted
    assert len({event["id"] for event in events}) == len(events)
    assert 100 < len(events) < len(numbers)


def test_ids_are_unique(crowd: Crowd) -> None:
    """Events and transactions that are made at once take different ids of the one counter."""
    answers = crowd.ask_all(guest(FIRST + index, "executeRescueLayer") for index in range(GUESTS))
    assert answers == [True] * GUESTS
    moving = crowd.ask(control("world"))["moving"]
    transactions = [
        row["id"] for state in moving["states"].values() for row in state["transactions"]
    ]
    ids = [*transactions, *(event["id"] for event in moving["events"])]
    assert len(transactions) == GUESTS
    assert len(set(ids)) == len(ids)


def test_one_of_many_rescues_is_accepted(crowd: Crowd) -> None:
    """All 50 clients send the same guest into rescue: one is accepted,
    49 hear of its transaction.
    """
    for number in range(FIRST, FIRST + 30):
        answers = crowd.ask_all([guest(number, "executeRescueLayer")] * CLIENTS)
        assert (answers.count(True), answers.count(OUTSTANDING)) == (1, CLIENTS - 1)


def test_an_answer_tells_of_one_instant(crowd: Crowd) -> None:
    """While guests are rescued and time is moved,
    the parts of each answer about a guest fit together.
    """
    looks: list[Any] = []
    for number in range(FIRST, FIRST + 30):
        look = [guest(number, mask=TRANSACTIONS)] * 8
        changes = (
            guest(number, "executeRescueLayer"),
            control("clock", {"advance_s": 300}),
            guest(number, "powerOff"),
        )
        answers = crowd.ask_all(ask for change in changes for ask in (*look, change, *look))
        looks += [row for row in answers if isinstance(row, dict) and "powerState" in row]
    assert len(looks) == 30 * 48
    for row in looks:
        active = row.get("activeTransaction")
        last = row.get("lastTransaction")
        assert active is None or active["id"] == last["id"]
        assert last is None or last["guestId"] == row["id"]
        quiet = {"RUNNING": "Running", "HALTED": "Stopped"}[row["powerState"]["keyName"]]
        assert row["deviceStatus"]["name"] == ("Processing" if active else quiet)
    seen = {
        ("activeTransaction" in row, "lastTransaction" in row, row["powerState"]["keyName"])
        for row in looks
    }
    assert (
        len(seen) >= 4
    )  # the requests overtake each other: what was seen varies, but it was not always the same


def test_a_list_shows_one_instant(restless: RestlessMock, crowd: Crowd) -> None:
    """One client changes guests at both ends of the list in turn:
    every list seen meanwhile shows the first changes.

    Which requests meet is up to the machine, so it goes on until a list fell among the changes.
    """
    writer = Crowd(restless.port)
    for _ in range(ROUNDS):
        make_fresh(crowd)
        if lists_among_changes(crowd, writer):
            break
    else:
        pytest.fail("no list was made while changes were")
    writer.close()


def lists_among_changes(crowd: Crowd, writer: Crowd) -> int:
    """How many lists were made after a change that they did not wait for and before another.

    Each shows the first changes, and all that were answered before it was asked for.
    """
    order = [index for step in range(80) for index in (step, GUESTS - 1 - step)]
    among = 0
    for start in range(0, len(order), 10):
        crowd.send([guests("id,lastTransaction[id]")] * 4)
        for index in order[start : start + 10]:
            assert writer.ask(guest(FIRST + index, "executeRescueLayer")) is True
        for rows in crowd.read(4):
            moved = ["lastTransaction" in rows[index] for index in order]
            assert moved == sorted(moved, reverse=True)
            assert start <= moved.count(True) <= start + 10
            among += start < moved.count(True) < start + 10
    return among


def test_hardware_detail_in_parallel(
    mock_process: MockProcess, control: Callable[..., Any]
) -> None:
    """The SDK's thirteen calls from a pool of ten give one server,
    also when ten clients ask at once.
    """
    login = {"username": "tester", "api_key": "mock-key", "endpoint_url": mock_process.urls["rest"]}
    manager = SoftLayer.HardwareManager(SoftLayer.create_client_from_env(**login))
    first = manager.get_hardware_fast(DB)
    assert (first["hostname"], len(first["networkComponents"])) == ("db-1", 2)
    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(manager.get_hardware_fast, [DB] * 10)) == [first] * 10


def test_a_client_that_stalls_blocks_nobody(restless: RestlessMock, crowd: Crowd) -> None:
    """More clients than there are threads send half a request each; the others are served."""
    stalled = [half_a_request(restless.port) for _ in range(CLIENTS)]
    assert crowd.ask_all([guest(FIRST)] * CLIENTS) == [{"id": FIRST}] * CLIENTS
    for client in stalled:
        client.close()
