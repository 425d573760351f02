"""The XML-RPC door: framing, header struct, faults (classic-api.md 4.4).

Operations: every test with `play`.
"""

from __future__ import annotations

import xmlrpc.client
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st
from werkzeug.test import Client

from mock_api.control.plane import ControlPlane
from mock_api.http.app import create_app
from mock_api.http.exchange import Answer, Request
from mock_api.http.xmlrpc import XmlRpcDoor, encode
from tests.mock.stagehand import GUEST, MASTER, SPARE, WEB, Play, read_xml

URL = "/xmlrpc/v3.1/"
NOT_WELL_FORMED = {"error": "parse error. not well formed", "code": "-32700"}
STAGE = Play()


def body_of(method: str, headers: dict[str, object] | None, *args: Any) -> bytes:
    """A request body; without headers the first parameter is missing."""
    first: tuple[Any, ...] = () if headers is None else ({"headers": headers},)
    return xmlrpc.client.dumps((*first, *args), methodname=method, allow_none=True).encode()


def signed(**headers: object) -> dict[str, object]:
    """Headers with the master's login."""
    return {"authenticate": {"username": MASTER, "apiKey": STAGE.key(MASTER)}, **headers}


def post(service: str, body: bytes, path: str = URL, **headers: str) -> Any:
    """What the app answers a body: the value, or a fault as REST shows it.

    Always with HTTP 200 and as XML.
    """
    client = Client(create_app(STAGE.stage, ControlPlane()))
    answer = client.post(path + service, data=body, headers=headers)
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    return read_xml(answer.get_data())


def test_a_call_with_everything_in_the_headers() -> None:
    """Login, id as text, mask, filter, limit and offset travel in the header struct."""
    headers = signed(
        SoftLayer_AccountObjectFilter={
            "virtualGuests": {"domain": {"operation": "_= example.com"}}
        },
        SoftLayer_ObjectMask={"mask": "mask[id]"},
        resultLimit={"limit": 1, "offset": 2},
    )
    client = Client(create_app(STAGE.stage, ControlPlane()))
    answer = client.post(URL + "SoftLayer_Account", data=body_of("getVirtualGuests", headers))
    assert read_xml(answer.get_data()) == [{"id": 124929706}]
    assert answer.headers["SoftLayer-Total-Items"] == "5"


@pytest.mark.parametrize("identifier", [WEB, str(WEB), "077246a2-000a-4000-8000-0000077246a2"])
@pytest.mark.parametrize("path", [URL, "/xmlrpc/v3/"])
def test_ways_to_name_an_object(identifier: object, path: str) -> None:
    """Number, text and GUID, on both versions."""
    headers = signed(SoftLayer_Virtual_GuestInitParameters={"id": identifier})
    assert post(GUEST, body_of("getObject", headers), path)["hostname"] == "web-1"


def test_the_old_struct_mask() -> None:
    """SERVICEObjectMask with a struct of names (legacy-object-masks.md)."""
    mask = {"mask": {"hostname": "", "datacenter": {"name": ""}}}
    headers = signed(
        SoftLayer_Virtual_GuestInitParameters={"id": WEB}, SoftLayer_Virtual_GuestObjectMask=mask
    )
    shown = post(GUEST, body_of("getObject", headers))
    assert (shown["hostname"], shown["id"]) == ("web-1", WEB)  # what it has by itself stays
    assert shown["datacenter"]["name"] == "dal13"
    assert shown["datacenter"]["longName"] == "Dallas 13"


@pytest.mark.parametrize(
    "mask", [{"virtualGuests": {"datacenter": ""}}, {"mask": {"virtualGuests": {"datacenter": ""}}}]
)
def test_an_old_struct_mask_begins_at_the_service_s_type(mask: dict[str, object]) -> None:
    """Also for a method that answers objects of another type."""
    headers = signed(SoftLayer_AccountObjectMask=mask)
    rows = post("SoftLayer_Account", body_of("getVirtualGuests", headers))
    assert {row["datacenter"]["name"] for row in rows} == {"dal13", "fra02"}
    assert all(row["hostname"] for row in rows)


def test_a_struct_mask_may_name_what_there_is_not() -> None:
    """Then it is refused like any other mask."""
    headers = signed(SoftLayer_AccountObjectMask={"mask": {"nope": ""}})
    refused = post("SoftLayer_Account", body_of("getVirtualGuests", headers))
    assert refused["error"] == "Property 'nope' not valid for 'SoftLayer_Account'."


@pytest.mark.parametrize(
    ("value", "framed"),
    [
        ([], "<value><array><data></data></array></value>"),
        ([1], "<value><array><data><value><int>1</int></value></data></array></value>"),
        ("\nx>\n", "<value><string>\nx&gt;\n</string></value>"),
        ("\n", "<value><string>\n</string></value>"),
    ],
)
def test_a_result_is_framed_as_recorded(value: object, framed: str) -> None:
    """No methodResponse, no white space but that of the values (softlayer-go's tests)."""
    head = '<?xml version="1.0" encoding="utf-8"?>'
    text = f"{head}<params><param>{framed}</param></params>"
    assert encode(Answer(200, value)).decode() == text
    assert read_xml(text.encode()) == value


def test_an_empty_text_is_null_where_an_argument_may_be_left_out() -> None:
    """Clients without null send it so; where a text is needed it is one."""
    play = Play(door="xmlrpc")
    assert play.server("bootToRescueLayer", "", number=SPARE) is True
    assert play.guest("setTags", "") is True


@pytest.mark.parametrize("encoding", ["iso-8859-1", "ISO-8859-1", "utf-8"])
def test_text_beyond_ascii_arrives_as_it_was_sent(encoding: str) -> None:
    """The SDK declares iso-8859-1 and sends UTF-8."""
    play = Play(door="xmlrpc")
    headers = {
        "authenticate": {"username": MASTER, "apiKey": play.key(MASTER)},
        f"{GUEST}InitParameters": {"id": WEB},
    }
    call = ({"headers": headers}, {"notes": "café ✓"})
    text = xmlrpc.client.dumps(call, "editObject", encoding=encoding)
    play.pipeline.answer(XmlRpcDoor(Request("POST", GUEST, body=text.encode())))
    assert play.guest("getObject")["notes"] == "café ✓"


def test_what_is_no_utf_8_is_read_as_declared() -> None:
    """Then iso-8859-1 is meant."""
    play = Play(door="xmlrpc")
    headers = {
        "authenticate": {"username": MASTER, "apiKey": play.key(MASTER)},
        f"{GUEST}InitParameters": {"id": WEB},
    }
    call = ({"headers": headers}, {"notes": "café"})
    text = xmlrpc.client.dumps(call, "editObject", encoding="iso-8859-1")
    play.pipeline.answer(XmlRpcDoor(Request("POST", GUEST, body=text.encode("iso-8859-1"))))
    assert play.guest("getObject")["notes"] == "café"


def test_an_empty_filter_struct_is_no_filter() -> None:
    """`slcli call-api` sends one with every call."""
    headers = signed(SoftLayer_AccountObjectFilter={})
    assert len(post("SoftLayer_Account", body_of("getVirtualGuests", headers))) == 5


@pytest.mark.parametrize(
    "headers",
    [
        None,
        {},
        {"authenticate": {"username": MASTER, "apiKey": "wrong"}},
        {"authenticate": "x"},
        {"authenticate": {}},
    ],
)
def test_access_denied(headers: dict[str, object] | None) -> None:
    """Wrong or no credentials are a fault with the real text and HTTP 200."""
    fault = post("SoftLayer_Account", body_of("getObject", headers))
    assert fault == {"error": "Access Denied. ", "code": "SoftLayer_Exception_Public"}


def test_the_header_of_http_proves_a_user_too() -> None:
    """An IBM Cloud key comes by HTTP Basic, a token as Bearer (SP auth.py)."""
    body = body_of("getCurrentUser", {})
    assert (
        post("SoftLayer_Account", body, Authorization="Bearer mock-viewer-iam-token-b")["id"]
        == 7651001
    )


def test_faults_carry_class_and_text() -> None:
    """The fault code is the exception's class, which REST clients of the SDK lose."""
    missing = signed(SoftLayer_Virtual_GuestInitParameters={"id": 1})
    found = post(GUEST, body_of("getObject", missing))
    assert found == {
        "error": "Unable to find object with id of '1'.",
        "code": "SoftLayer_Exception_ObjectNotFound",
    }
    assert (
        post("SoftLayer_Nonsense", body_of("getObject", signed()))["error"]
        == "Service does not exist"
    )
    assert "is not a valid method" in post(GUEST, body_of("fly", signed()))["error"]
    assert (
        "(SoftLayer_Virtual_Guest::getObject)"
        in post(GUEST, body_of("getObject", signed()))["error"]
    )


@pytest.mark.parametrize(
    "body",
    [
        b"", b"x", b"<methodCall>", b"\xff\xfe", b"<a/>", b"<methodCall></methodCall>",
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>'
        b"<methodCall><methodName>a</methodName></methodCall>",
        b"<methodCall><methodName>a</methodName><params><param><value><int>x</int></value></param>"
        b"</params></methodCall>",
        b'<?xml version="1.0" encoding="nonsense"?>'
        b"<methodCall><methodName>a</methodName></methodCall>",
    ],
)  # fmt: skip
def test_bodies_that_are_no_call(body: bytes) -> None:
    """The parse error of the fault specification, which the SDK knows,
    and no entity is ever expanded.
    """
    assert post(GUEST, body) == NOT_WELL_FORMED


def test_values_that_xml_rpc_cannot_hold() -> None:
    """Null is an empty text (SP #962); a number beyond <int> is text;
    characters that XML forbids are left out.
    """
    value: dict[str, object] = {
        "a": None,
        "b": 2**40,
        "c": "x\x00\x0by",
        "d": [None, True, 1.5],
        "e": {},
    }
    assert read_xml(encode(Answer(200, value))) == {
        "a": "",
        "b": str(2**40),
        "c": "xy",
        "d": ["", True, 1.5],
        "e": {},
    }


@hypothesis.given(
    st.binary(max_size=200) | st.text(max_size=100).map(lambda t: body_of("getObject", {}, t))
)
def test_any_bytes_are_answered(body: bytes) -> None:
    """Whatever comes in, the answer is a fault that a client can read, never an internal error."""
    answer = STAGE.pipeline.answer(XmlRpcDoor(Request("POST", GUEST, body=body)))
    assert read_xml(encode(answer))["code"] in ("-32700", "SoftLayer_Exception_Public")  # type: ignore[index] # a fault
    assert answer.body != {"error": "Internal Error", "code": "SoftLayer_Exception_Public"}


def test_a_get_is_no_call(play: Play) -> None:
    """XML-RPC is POST; anything else is answered without running anything."""
    client = Client(create_app(play.stage, ControlPlane()))
    assert client.get(URL + GUEST).status_code == 405
    assert play.stage.journal.rows() == []
