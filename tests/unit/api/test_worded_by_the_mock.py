"""The mock in the words of a world file, and the client that must understand them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from classic_rescue.api.client import classify
from classic_rescue.api.errors import ApiError, Busy, Denied
from classic_rescue.api.transport import HttpReply
from classic_rescue.api.words import Meant
from mock_api import worlds
from mock_api.domain.document import to_json
from mock_api.harness import MockApi, basic
from tests.unit.api.published import MADE_UP, PUBLISHED, Published

DB = 218027101
LABELS = {
    Meant.OUTSTANDING: "outstanding",
    Meant.LOCKOUT: "lockout",
    Meant.PERMISSION: "permission",
}
VIEWER = "307608_viewer@example.com"  # may reboot, and may not boot into rescue


def refusal(error: Published) -> ApiError:
    """What the client makes of a call that the mock refuses in these words."""
    words = {"status": error.status, "code": error.code, "text": error.text}
    labels = {"refusals": {LABELS[error.meant]: words}}
    mock = MockApi({**json.loads(to_json(worlds.demo())), "labels": labels})
    user = mock.username
    if error.meant is Meant.PERMISSION:
        user = VIEWER
    else:
        before = "rebootDefault" if error.meant is Meant.LOCKOUT else "bootToRescueLayer"
        assert send(mock, before, user).status == 200
    refused = "bootToRescueLayer" if user == VIEWER else "rebootDefault"
    with pytest.raises(ApiError) as caught:
        classify("the call", send(mock, refused, user))
    return caught.value


def send(mock: MockApi, method: str, user: str) -> HttpReply:
    """The answer of one call on the server."""
    url = f"{mock.rest}SoftLayer_Hardware_Server/{DB}/{method}.json"
    headers = {"Authorization": basic(user, mock.key_of(user))}
    status, body = mock.request("GET", url, headers, b"")
    return HttpReply(status, "", body)


@pytest.mark.parametrize(
    "error",
    [error for error in (*PUBLISHED, *MADE_UP) if error.meant in LABELS],
    ids=lambda error: error.text,
)
def test_each_wording_is_understood(error: Published) -> None:
    """Whatever the service's words are, the client does what they mean."""
    problem: Any = refusal(error)
    assert problem.text == error.text
    if error.meant is Meant.PERMISSION:
        assert type(problem) is Denied
    else:
        assert type(problem) is Busy
        assert problem.is_lockout is (error.meant is Meant.LOCKOUT)


def test_the_mock_words_a_refusal_as_its_world_does() -> None:
    """The class of an OS reload stays, unless the world has one of its own."""
    given = Published(Meant.OUTSTANDING, "SoftLayer_Exception_Other", "an outstanding transaction")
    problem: Any = refusal(given)
    assert (problem.code, problem.text) == (given.code, given.text)
    assert problem.status == 500
