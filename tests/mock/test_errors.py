"""Error answers byte for byte (classic-api.md 4.7), paths, verbs and credentials."""

from __future__ import annotations

import base64
import json

import pytest
from werkzeug.test import Client

from mock_api.control.plane import ControlPlane
from mock_api.http.app import create_app
from tests.mock.stagehand import DB, GUEST, HARDWARE, MASTER, WEB, Play

NOT_FOUND = "SoftLayer_Exception_ObjectNotFound"
PUBLIC = "SoftLayer_Exception_Public"
PATHS = [
    ("GET", f"{GUEST}/1.json", 404, NOT_FOUND, "Unable to find object with id of '1'."),
    ("GET", f"{GUEST}/65e2/getObject", 404, NOT_FOUND,
     "Unable to find object with unknown identifier of '65e2'."),
    ("GET", f"{GUEST}/{DB}/getObject", 404, NOT_FOUND, f"Unable to find object with id of '{DB}'."),
    ("GET", "SoftLayer_Nonsense/1/getObject.json", 404, PUBLIC, "Service does not exist"),
    ("DELETE", f"{GUEST}/{WEB}/deleteObject.json", 404, PUBLIC, "Service does not exist"),
    ("GET", f"{GUEST}/{WEB}/fly.json", 500, PUBLIC,
     'Function ("fly") is not a valid method for this service.'),
    (
        "POST", "SoftLayer_Virtual_Disk_Image.json", 500, PUBLIC,
        'Function ("createObject") is not a valid method for this service.',
    ),
    (
        "GET", f"{GUEST}/getObject.json", 500, "SoftLayer_Exception",
        "Object does not exist to execute method on. (SoftLayer_Virtual_Guest::getObject)",
    ),
]  # fmt: skip


@pytest.fixture
def web(play: Play) -> Client:
    """The app without a socket."""
    return Client(create_app(play.stage, ControlPlane()))


def headers(play: Play, user: str = MASTER) -> dict[str, str]:
    """A login."""
    return {"Authorization": play.login(user)}


@pytest.mark.parametrize(("verb", "path", "status", "code", "text"), PATHS)
def test_errors_byte_for_byte(
    play: Play, web: Client, verb: str, path: str, status: int, code: str, text: str
) -> None:
    """Status, class and text are the real ones, and nothing else is in the body."""
    answer = web.open(f"/rest/v3.1/{path}", method=verb, headers=headers(play))
    assert answer.status_code == status
    assert (
        answer.get_data()
        == json.dumps({"error": text, "code": code}, separators=(",", ":")).encode()
    )


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"SL307608:wrong").decode(),
        "Bearer wrong",
        "Digest x",
    ],
)
def test_access_denied(web: Client, header: str | None) -> None:
    """Wrong or no credentials: 401 with the text's trailing space."""
    answer = web.get(
        f"/rest/v3.1/{GUEST}/{WEB}", headers={"Authorization": header} if header else {}
    )
    assert (answer.status_code, answer.get_data()) == (
        401,
        b'{"error":"Access Denied. ","code":"SoftLayer_Exception_Public"}',
    )


@pytest.mark.parametrize(
    "header",
    [
        "Bearer mock-viewer-iam-token-b",
        "Basic " + base64.b64encode(b"apikey:mock-viewer-ibm-cloud-key-b").decode(),
    ],
)
def test_ibm_cloud_credentials(web: Client, header: str) -> None:
    """An IAM token and an IBM Cloud key name their user."""
    answer = web.get(
        "/rest/v3.1/SoftLayer_Account/getCurrentUser.json", headers={"Authorization": header}
    )
    assert answer.get_json()["username"] == "307608_viewer@example.com"


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("GET", f"/rest/v3.1/{GUEST}/{WEB}.json"),
        ("GET", f"/rest/v3/{GUEST}/{WEB}"),
        ("GET", f"/rest/v3.1/{GUEST}/{WEB}/getObject"),
        ("GET", f"/rest/v3.1/{GUEST}/077246a2-000a-4000-8000-0000077246a2/getObject.json"),
        ("POST", f"/rest/v3.1/{GUEST}/{WEB}/getObject.json"),
    ],
)
def test_ways_to_name_an_object(play: Play, web: Client, verb: str, path: str) -> None:
    """Both versions, with and without .json and method, by number and by GUID."""
    assert web.open(path, method=verb, headers=headers(play)).get_json()["hostname"] == "web-1"


def test_properties_as_paths(play: Play, web: Client) -> None:
    """SoftLayer_Account/Hardware is getHardware; lists carry their total."""
    answer = web.get("/rest/v3.1/SoftLayer_Account/Hardware.json", headers=headers(play))
    assert [row["hostname"] for row in answer.get_json()] == ["db-1", "winbm-1", "spare-1"]
    assert answer.headers["SoftLayer-Total-Items"] == "3"


def test_scalar_arguments_in_the_path(play: Play) -> None:
    """Arguments may be further path segments."""
    assert play.send("GET", f"{HARDWARE}/{DB}/bootToRescueLayer/LINUX.json").body is True


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"parameters":{"a":1}}', b"\xff"])
def test_unreadable_bodies(play: Play, body: bytes) -> None:
    """A body that is no argument list is a bad request."""
    answer = play.send("POST", f"{GUEST}/{WEB}/mountIsoImage.json", body=body)
    assert answer.body == {
        "error": "Bad request",
        "code": "SoftLayer_Exception_WebService_BadRequest",
    }


@pytest.mark.parametrize("arguments", [["x"], [None], [True], [1, 2], [[1]]])
def test_wrong_arguments(play: Play, arguments: list[object]) -> None:
    """mountIsoImage takes one number."""
    answer = play.call(GUEST, "mountIsoImage", WEB, *arguments)
    assert answer.body["code"] == "SoftLayer_Exception_InvalidValue"  # type: ignore[index] # JSON


def test_paths_that_no_door_serves(web: Client) -> None:
    """Anything else is answered in the API's shape too, not in HTML."""
    for path in ("/", "/rest/v3.1/", "/nonsense"):
        assert web.get(path).get_json()["error"] == "Service does not exist"


def test_a_failure_of_the_mock_is_an_internal_error(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect of the mock answers the API's own error and no traceback."""
    monkeypatch.setattr(play.pipeline, "steps", (lambda exchange: 1 / 0,))
    answer = play.call(GUEST, "getObject", WEB)
    assert (answer.status, answer.body) == (500, {"error": "Internal Error", "code": PUBLIC})


def test_unknown_requests_name_the_nearest_rows(play: Play) -> None:
    """The journal names the three closest operations."""
    play.call(GUEST, "executeRescueLayr", WEB)
    row = play.stage.journal.rows()[-1]
    assert row["nearest"][0] == f"{GUEST}::executeRescueLayer"  # type: ignore[index] # JSON
    assert len(row["nearest"]) == 3  # type: ignore[arg-type] # JSON


def test_the_journal_keeps_no_secrets(play: Play) -> None:
    """No key, password or header is in the journal, whatever a client sends."""
    secrets = ("mock-master-ibm-cloud-key-a", {"password": "hunter2"})
    play.call(GUEST, "mountIsoImage", WEB, *secrets)
    play.send("GET", f"{GUEST}/mock-viewer-iam-token-b/getObject")
    play.send("GET", f"{GUEST}/{WEB}", user=None)
    play.send("GET", "mock-master-iam-token-a")
    play.send("GET", f"{GUEST}/{WEB}/mock-master-iam-token-a")
    text = json.dumps(play.stage.journal.rows())
    for secret in ("mock-master", "mock-viewer-iam", "hunter2", "Basic "):
        assert secret not in text
    assert [row["status"] for row in play.stage.journal.rows()] == [500, 404, 401, 404, 500]
