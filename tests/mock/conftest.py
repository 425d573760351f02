"""Fixtures of the mock's tests."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.mock.stagehand import MockProcess, Play
from tests.patience import PATIENCE_S

Control = Callable[..., Any]


@pytest.fixture(params=["rest", "xmlrpc"])
def play(request: pytest.FixtureRequest) -> Play:
    """The demo world with the time in the test's hand;
    its calls go through each of the two doors.
    """
    return Play(door=request.param)


@pytest.fixture
def control(mock_process: MockProcess) -> Control:
    """The control plane of the freshly reset mock process:
    control(VERB, PATH, BODY) gives the JSON value.
    """

    def call(verb: str, path: str, body: object = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", mock_process.port, timeout=PATIENCE_S)
        try:
            connection.request(
                verb, f"/_mock/{path}", body=json.dumps(body) if body is not None else None
            )
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    call("POST", "reset")
    return call
