"""The console's door to the API: what a person clicks is the call that a client would make,
by the same pipeline.
"""

from __future__ import annotations

from mock_api.console.desk import get_desk, viewer
from mock_api.http.credentials import Login, Scheme
from mock_api.http.exchange import Answer, Identifier, Invocation, Request


class ConsoleDoor:
    """A call of the signed-in user. The journal shows it with the verb CONSOLE."""

    def __init__(self, user_id: int, call: Invocation) -> None:
        parts = (call.service, call.identifier, call.method)
        self.request = Request("CONSOLE", "/".join(str(part) for part in parts if part is not None))
        self._login = Login(Scheme.SESSION, str(user_id), "")
        self._call = call

    def read_login(self) -> Login:
        """Who is signed in."""
        return self._login

    def read_invocation(self) -> Invocation:
        """The call."""
        return self._call


def call_api(
    service: str, method: str, identifier: Identifier | None, *arguments: object
) -> Answer:
    """The API's answer to a call of the signed-in user."""
    call = Invocation(service, identifier, method, arguments)
    return get_desk().pipeline.answer(ConsoleDoor(viewer().id, call))
