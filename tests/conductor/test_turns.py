"""Who may send next: no more than the service's limit lets through while a look is fresh, and no
more restarts than can be watched.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from classic_rescue.api.settings import Settings, basic
from classic_rescue.boot.labels import LABELS
from classic_rescue.conductor.account import Account
from classic_rescue.conductor.pacer import Pacer

PACE = 10.0


@pytest.fixture
def account() -> Iterator[Account]:
    """One that is asked nothing, at ten requests a second."""
    settings = Settings("http://127.0.0.1:9/", "test", basic("me", "a-key", "test"))
    made = Account(settings, LABELS, pacer=Pacer(PACE))
    yield made
    made.close()


def turns(account: Account, orders: range, *, is_watched: bool = False) -> list[int]:
    """Which of these orders get one."""
    return [order for order in orders if account.take_turn(order, is_watched=is_watched)]


def test_as_many_have_a_turn_as_can_be_sent_in_some_seconds(account: Account) -> None:
    """One that was sent, and one that waits for something else, makes room."""
    assert turns(account, range(100)) == list(range(40))
    assert turns(account, range(3)) == [0, 1, 2]
    account.leave_turn(7)
    account.end_turn(8)
    assert turns(account, range(90, 100)) == [90, 91]
    assert account.line_s(is_watched=False) == pytest.approx((40 + 58) / PACE)
    account.leave(0)
    account.leave(99)
    assert account.line_s(is_watched=False) == pytest.approx((39 + 57) / PACE)


def test_no_more_restarts_than_can_be_watched(account: Account) -> None:
    """Each asks for pings until it is over: more of them, and nobody would see them go down."""
    first = turns(account, range(100), is_watched=True)
    assert first == list(range(20))
    for order in first:
        account.end_turn(order)  # its request is out, and it is watched
    assert turns(account, range(20, 25), is_watched=True) == []
    assert turns(account, range(200, 205)) == list(range(200, 205))
    assert account.line_s(is_watched=True) > 100
    account.leave(3)
    account.leave_turn(4)  # it waits for something else before it sends
    assert turns(account, range(20, 25), is_watched=True) == [20, 21]


def test_there_is_room_for_one_at_any_pace(account: Account) -> None:
    """Also where the service refuses nearly everything."""
    for _ in range(2):
        account.pacer._pace = 0.01
        account.pacer._rise = 0.0
    assert turns(account, range(5)) == [0]
    account.leave(0)
    assert turns(account, range(5), is_watched=True) == [0]
