"""The limit of requests of an account, a setting of the world (classic-api.md 4.8)."""

from __future__ import annotations

from typing import Any

from tests.mock.stagehand import DB, GUEST, HARDWARE, MASTER, WEB, Play


def test_an_account_has_a_limit_of_requests() -> None:
    """All users together, however they call and whatever it is; in virtual time."""
    play = Play(requests_per_second=3)
    other = next(name for name in names_of(play) if name != MASTER)
    assert play.call(GUEST, "getObject", WEB).status == 200
    assert play.call("SoftLayer_Account", "getCurrentUser", user=other).status == 200
    assert play.call(GUEST, "getObject", WEB + 1).status == 404
    refused: Any = play.call(HARDWARE, "getObject", DB)
    assert (refused.status, refused.body) == (
        500,
        {
            "error": "Rate limit of 3 requests for every 1 second(s) exceeded.",
            "code": "SoftLayer_Exception_WebService_RateLimitExceeded",
        },
    )
    assert play.send("GET", f"{GUEST}/{WEB}/getObject.json", user=None).status == 401
    play.advance(0.99)
    assert play.call(GUEST, "rebootDefault", WEB).status == 500
    play.advance(0.01)
    assert [play.call(GUEST, "getObject", WEB).status for _ in range(4)] == [200, 200, 200, 500]


def test_a_limit_comes_and_goes_with_the_world() -> None:
    """A second that had begun counts for nothing where the clock is set back."""
    play = Play(requests_per_second=1)
    assert [play.call(GUEST, "getObject", WEB).status for _ in range(2)] == [200, 500]
    play.steer("PATCH", "settings", {"requests_per_second": None})
    assert [play.call(GUEST, "getObject", WEB).status for _ in range(9)] == [200] * 9
    play.advance(5)
    play.steer("PATCH", "settings", {"requests_per_second": 1})
    assert play.call(GUEST, "getObject", WEB).status == 200
    play.steer("POST", "reset")
    assert [play.call(GUEST, "getObject", WEB).status for _ in range(2)] == [200, 500]


def names_of(play: Play) -> list[str]:
    """Of all users."""
    return [user.username for user in play.stage.world.users.values()]
