"""What the views work with: the stage, the API's pipeline, the control plane,
and who is signed in.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from flask import current_app, g, request

from mock_api.console.catalogue import Catalogue
from mock_api.console.feed import Feed
from mock_api.domain.people import User
from mock_api.domain.stage import Stage
from mock_api.domain.steering import Control, ControlAnswer, ControlRequest
from mock_api.domain.world import World
from mock_api.http.pipeline import Pipeline
from mock_api.http.streams import Streaming
from mock_api.operations.types.table import Look


class SignedIn:
    """The sessions that are open, each with its user's id:
    signing out ends one whoever still holds the cookie.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users: dict[str, int] = {}

    def add(self, session: str, user_id: int) -> None:
        """Open a session."""
        with self._lock:
            self._users[session] = user_id

    def find(self, session: str | None) -> int | None:
        """The user of an open session."""
        return None if session is None else self._users.get(session)

    def remove(self, session: str | None) -> None:
        """Close a session; one that is not open stays so."""
        with self._lock:
            self._users.pop(session or "", None)


@dataclass(frozen=True)
class Desk:
    """`new_token` gives texts that nobody guesses; `wait` lets real seconds pass,
    or fewer when the mock stops.
    """

    stage: Stage
    pipeline: Pipeline
    control: Control
    streaming: Streaming
    wait: Callable[[float], object]
    new_token: Callable[[], str]
    feed: Feed
    signed_in: SignedIn = field(default_factory=SignedIn)
    catalogue: Catalogue = field(default_factory=Catalogue)


def get_desk() -> Desk:
    """The desk of the app that answers."""
    desk: Desk = current_app.extensions["console"]
    return desk


def viewer() -> User:
    """Who is signed in; only where a route asks for it (guard.py)."""
    user: User = g.viewer
    return user


def look_now() -> Look:
    """A look at the world at this instant, as the signed-in user.

    Hold the stage's lock while you use it.
    """
    world: World = get_desk().stage.world
    return Look(world, viewer(), world.clock.now_s())


def steer(verb: str, path: str, body: bytes = b"") -> ControlAnswer:
    """A request to the control plane with the headers that the browser sent:
    its own access check reads them.
    """
    sent = {name.lower(): value for name, value in request.headers.items()}
    sent |= {"content-type": "application/json", "content-length": str(len(body))}
    desk = get_desk()
    return desk.control(desk.stage, ControlRequest(verb, path, body=body, headers=sent))


def why_not_steered() -> str | None:
    """The control plane's own sentence, where this browser may not use it; None where it may."""
    answer = steer("OPTIONS", "world")
    return None if answer.status < HTTPStatus.BAD_REQUEST else said(answer)


def said(answer: ControlAnswer) -> str:
    """The sentence of an answer that refuses; nothing for one that does not."""
    return str(json.loads(answer.body)["error"]) if answer.status >= HTTPStatus.BAD_REQUEST else ""
