"""The formats of the REST door: `.json`, `.xml` and `.txt`, errors too (classic-api.md 4.1)."""

from __future__ import annotations

import json
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from werkzeug.test import Client, TestResponse

from mock_api.control.plane import ControlPlane
from mock_api.http.app import create_app
from tests.mock.stagehand import GUEST, MASTER, WEB, Play

Get = Callable[[str], TestResponse]
OBJECT = f"{GUEST}/{WEB}"


@pytest.fixture
def play() -> Play:
    """The demo world over REST."""
    return Play()


@pytest.fixture
def get(play: Play) -> Get:
    """Asks the app as the account's owner."""
    client = Client(create_app(play.stage, ControlPlane()))
    login = {"Authorization": play.login(MASTER)}
    return lambda path: client.get(f"/rest/v3.1/{path}", headers=login)


def test_an_error_in_xml_is_the_documented_one(get: Get) -> None:
    """The service's own example, letter by letter."""
    answer = get("SoftLayer_Account/BlockDeviceTemplateGroups1.xml")
    assert (answer.status_code, answer.mimetype) == (500, "text/xml")
    assert answer.text == (
        "<root>\n    <error>Function (&quot;BlockDeviceTemplateGroups1&quot;) is not a valid method"
        " for this service.</error>\n    <code>SoftLayer_Exception_Public</code>\n</root>\n"
    )


@pytest.mark.parametrize("path", ["Nonexistent", f"{GUEST}/5/getObject", f"{OBJECT}/getNope"])
def test_every_error_comes_in_every_format(get: Get, path: str) -> None:
    """The same words and the same status."""
    said = get(f"{path}.json")
    shown = get(f"{path}.xml")
    assert ElementTree.fromstring(shown.text).findtext("error") == said.json["error"]  # type: ignore[index]  # noqa: S314 (ours)
    assert get(f"{path}.txt").text == said.json["error"]  # type: ignore[index] # an object
    assert {get(f"{path}.{end}").status_code for end in ("json", "xml", "txt")} == {
        said.status_code
    }


def test_an_object_in_xml_has_an_element_a_field(get: Get) -> None:
    """Lists have items; nothing is an empty element."""
    root = ElementTree.fromstring(get(f"{OBJECT}/getObject.xml").text)  # noqa: S314 (ours)
    plain = get(f"{OBJECT}/getObject.json").json or {}
    assert {row.tag for row in root} == set(plain)
    assert root.findtext("hostname") == "web-1"
    assert root.find("postInstallScriptUri") is not None
    assert root.findtext("managedResourceFlag") == "false"
    rows = ElementTree.fromstring(get("SoftLayer_Account/VirtualGuests.xml").text)  # noqa: S314 (ours)
    assert [row.tag for row in rows] == ["item"] * 5


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (f"{OBJECT}/getPrimaryIpAddress", "198.51.100.11"),
        (f"{OBJECT}/getPrivateNetworkOnlyFlag", "false"),
        (f"{OBJECT}/getDedicatedHost", ""),
    ],
)
def test_a_value_in_plain_text_is_the_value(get: Get, path: str, text: str) -> None:
    """As scripts in devices read their user data."""
    answer = get(f"{path}.txt")
    assert (answer.status_code, answer.mimetype, answer.text) == (200, "text/plain", text)


def test_an_object_in_plain_text_is_its_json(get: Get) -> None:
    """Nothing documents it."""
    assert json.loads(get(f"{OBJECT}.txt").text) == get(f"{OBJECT}.json").json


@pytest.mark.parametrize(
    "body",
    [
        b'{"parameters": [{"notes": "\\ud800"}]}',
        b'{"parameters": [{"\\udfff": "x"}]}',
        b'{"parameters": [{"notes": NaN}]}',
        b'{"parameters": [-Infinity]}',
    ],
)
def test_what_no_answer_can_carry_is_refused_at_the_door(play: Play, body: bytes) -> None:
    """It was stored, and every list with the device failed from then on."""
    notes = play.guest("getObject")["notes"]
    refused = play.send("PUT", f"{OBJECT}/editObject.json", body=body)
    assert refused.body == {"error": "Bad request", "code": refused.body["code"]}  # type: ignore[index] # an error
    assert play.guest("getObject")["notes"] == notes
