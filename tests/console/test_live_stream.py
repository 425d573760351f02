"""The stream of changes itself, without a browser: what it says, to whom, and when it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.console.desk import Front, Visitor
from tests.mock.stagehand import MASTER, NEWCOMER, WEB

LOOKS = 4


@contextmanager
def looks(environ: object) -> Iterator[Callable[[], bool]]:
    """A stream that ends after a few looks, as if its page were left."""
    left = iter([False] * LOOKS)
    yield lambda: next(left, True)


@pytest.fixture
def front() -> Front:
    """The demo world, with streams."""
    front = Front()
    desk = front.app.extensions["console"]
    front.app.extensions["console"] = replace(desk, streaming=looks)
    return front


def stream(front: Front, visitor: Visitor, since: str = "0", **headers: str) -> str:
    """All that a stream says."""
    answer = visitor.client.get(f"/console/live?since={since}", headers=headers)
    assert answer.content_type == "text/event-stream"
    return answer.text


def opened(front: Front, username: str) -> tuple[Visitor, str]:
    """Somebody with an open page, and the number of the change that it knows."""
    visitor = front.enter(username)
    return visitor, str(front.app.extensions["console"].feed.newest())


@pytest.mark.parametrize(("username", "is_told"), [(MASTER, True), (NEWCOMER, False)])
def test_who_may_not_see_a_device_does_not_learn_that_it_changed(
    front: Front, username: str, is_told: bool
) -> None:
    """The owner is told once; a user without access hears of other things alone."""
    visitor, since = opened(front, username)
    front.play.real.now_s += 1
    front.play.guest("powerOff")
    front.play.steer("POST", "clock", {"pause": True})
    said = stream(front, visitor, since)
    assert said.count(f"virtual_guest/{WEB}") == (1 if is_told else 0)
    assert said.count('"clock"') == 1


def test_the_browser_s_own_number_comes_first(front: Front) -> None:
    """A stream that broke goes on where it was, whatever its address says."""
    visitor, since = opened(front, MASTER)
    assert "everything" in stream(front, visitor, "77")
    assert "event:" not in stream(front, visitor, "77", **{"Last-Event-ID": since})


def test_signing_out_ends_the_stream(front: Front) -> None:
    """Whoever signed out in another tab holds no stream any longer: it ends at its next look."""
    visitor, since = opened(front, MASTER)
    asked: list[bool] = []

    @contextmanager
    def counted(environ: object) -> Iterator[Callable[[], bool]]:
        with looks(environ) as is_over:

            def ask() -> bool:
                asked.append(True)
                return is_over()

            yield ask

    desk = front.app.extensions["console"] = replace(
        front.app.extensions["console"], streaming=counted
    )
    answer = visitor.client.get(f"/console/live?since={since}", buffered=False)
    pieces = answer.iter_encoded()
    assert next(pieces).startswith(b"retry:")
    for session in list(desk.signed_in._users):
        desk.signed_in.remove(session)
    assert list(pieces) == []
    assert len(asked) == 1
