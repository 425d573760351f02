"""Server-sent events: an open page learns which devices changed,
and fetches the parts that show them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from flask import Response, request, session
from flask.typing import ResponseReturnValue

from mock_api.console.desk import Desk, get_desk
from mock_api.console.feed import LOOK_EVERY_S, UNKNOWN, device_of, read_number
from mock_api.http.streams import StreamRefused

RETRY_MS = 1000
SILENCE_LIMIT = 100  # looks without a change, after which a comment shows that the connection lives


def stream() -> ResponseReturnValue:
    """The changes since the page was rendered, as they come."""
    since = read_number(request.headers.get("Last-Event-ID") or request.args.get("since"))
    number = UNKNOWN if since is None else since
    desk = get_desk()
    open_stream = ExitStack()
    try:
        is_over = open_stream.enter_context(desk.streaming(request.environ))
    except StreamRefused as error:
        return Response(str(error), error.status, content_type="text/plain")
    lines = _lines(desk, is_over, str(session.get("id")), number)
    response = Response(
        lines, content_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )
    response.call_on_close(open_stream.close)
    return response


def _lines(desk: Desk, is_over: Callable[[], bool], session_id: str, since: int) -> Iterator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    silent = 0
    while not is_over() and desk.signed_in.find(session_id) is not None:
        newest, topics = desk.feed.read(since)
        shown = _visible(desk, session_id, topics)
        if shown:
            yield f"id: {newest}\nevent: changed\ndata: {json.dumps(sorted(shown))}\n\n"
        elif silent >= SILENCE_LIMIT:
            yield ":\n\n"
        silent = 0 if shown or silent >= SILENCE_LIMIT else silent + 1
        since = newest
        desk.wait(LOOK_EVERY_S)


def _visible(desk: Desk, session_id: str, topics: frozenset[str]) -> list[str]:
    """The topics without the devices that the user may not see: not even that they changed."""
    with desk.stage.lock:
        user = desk.stage.world.users.get(desk.signed_in.find(session_id) or 0)
        if user is None:
            return []
        devices = {topic: device_of(topic) for topic in topics}
        return [
            topic
            for topic, device in devices.items()
            if device is None or user.sees(device[0], device[1])
        ]
