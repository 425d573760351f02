"""The rows of the table: who comes in, what a page from elsewhere can do,
and what every answer carries.
"""

from __future__ import annotations

import errno
import logging
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from mock_api.console.routes import ROUTES, Route
from mock_api.control.access import access_of
from mock_api.domain.savefile import SaveFile
from tests.console.desk import Front
from tests.mock.stagehand import MASTER, ROOT, WEB

VALUES = {"kind": "virtual-guest", "number": str(WEB), "action": "rescue", "image": "1"}
CLOSED = [row for row in ROUTES if not row.open]
CHANGING = [row for row in ROUTES if row.verb == "POST"]


def url(row: Route) -> str:
    """An address of a row."""
    return "/console/" + re.sub(
        r"<(?:\w+:)?(\w+)>", lambda name: VALUES.get(name[1], "1"), row.path
    )


def names(rows: list[Route]) -> list[str]:
    """How the tests are called."""
    return [row.name for row in rows]


@pytest.mark.parametrize("row", CLOSED, ids=names(CLOSED))
def test_nothing_is_shown_to_strangers(row: Route) -> None:
    """Every page but the sign-in leads there, also for htmx, and changes nothing."""
    client = Front().app.test_client()
    form = {"csrf": token(client)}
    answer = client.open(url(row), method=row.verb, data=form if row.verb == "POST" else None)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/console/sign-in")
    part = client.open(url(row), method=row.verb, data=form, headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Redirect"]) == (204, "/console/sign-in")


@pytest.mark.parametrize("row", CHANGING, ids=names(CHANGING))
@pytest.mark.parametrize("forged", [{}, {"csrf": "guessed"}], ids=["without", "wrong"])
def test_a_change_needs_the_token_of_the_session(row: Route, forged: dict[str, str]) -> None:
    """A form of another site has the cookie at best, and is refused before anything happens."""
    front = Front()
    visitor = front.enter()
    before = front.play.stage.document()
    answer = visitor.client.post(url(row), data=forged)
    assert answer.status_code == 403
    assert "too old" in answer.text
    assert front.play.stage.document().moving == before.moving


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1"])
def test_a_change_comes_from_our_own_pages(origin: str) -> None:
    """Even with the right token, no page of another origin may change anything."""
    visitor = Front().enter()
    headers = {"X-CSRF-Token": visitor.token, "Origin": origin}
    assert (
        visitor.client.post(
            "/console/language", data={"language": "it"}, headers=headers
        ).status_code
        == 403
    )


@pytest.mark.parametrize("path", ["", "sign-in", "nowhere", "static/console.css"])
def test_every_answer_is_locked_down(path: str) -> None:
    """No script or style but our own files, nobody's frame, and pages are kept nowhere."""
    answer = Front().enter().client.get(f"/console/{path}")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if not path.startswith("static"):
        assert answer.headers["Cache-Control"] == "no-store"


def test_the_cookie_has_its_flags_and_the_port_s_name() -> None:
    """No script reads it, no other site sends it,
    and two mocks on one machine do not sign each other out.
    """
    client = Front().app.test_client()
    cookies = client.get("/console/sign-in", base_url="http://127.0.0.1:4711").headers.getlist(
        "Set-Cookie"
    )
    (cookie,) = cookies
    assert cookie.startswith("classic_mock_4711=")
    assert {"HttpOnly", "Path=/console/", "SameSite=Strict"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    (safe,) = client.get("/console/sign-in", base_url="https://mock.example").headers.getlist(
        "Set-Cookie"
    )
    assert "Secure" in safe.split("; ")


def test_the_api_knows_no_cookies() -> None:
    """A session of the console opens no door of the API."""
    visitor = Front().enter()
    assert visitor.client.get("/rest/v3.1/SoftLayer_Account.json").status_code == 401


def test_where_other_machines_reach_it_a_key_is_asked_for() -> None:
    """Choosing a user without a key is only for those who could read all keys anyway."""
    front = Front(access=access_of("192.0.2.1", None))
    client = front.app.test_client()
    page = client.get("/console/sign-in").text
    assert MASTER not in page
    for key, status in (("", 401), ("wrong", 401), (front.play.key(MASTER), 303)):
        form = {"csrf": token(client), "username": MASTER, "key": key}
        assert client.post("/console/sign-in", data=form).status_code == status


def test_signing_out_ends_the_session_for_every_copy_of_its_cookie() -> None:
    """A cookie that somebody kept is worth nothing afterwards."""
    visitor = Front().enter()
    kept = visitor.client.get_cookie("classic_mock_80", path="/console/")
    assert kept
    visitor.client.post("/console/sign-out", data={"csrf": visitor.token})
    visitor.client.set_cookie("classic_mock_80", kept.value, path="/console/")
    assert visitor.client.get("/console/").status_code == 302


def test_a_user_who_is_gone_is_signed_out() -> None:
    """Another world may not have the user at all."""
    front = Front()
    visitor = front.enter("307608_viewer@example.com")
    world = front.play.steer("GET", "world")
    world["users"] = [
        row for row in world["users"] if row["username"] != "307608_viewer@example.com"
    ]
    del world["moving"]
    front.play.steer("PUT", "world", world)
    assert visitor.client.get("/console/").status_code == 302


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/rest/v3.1/x", ""])
def test_the_language_switch_leads_nowhere_else(back: str) -> None:
    """`back` comes from the form, and must be a page of the console."""
    visitor = Front().enter()
    answer = visitor.client.post(
        "/console/language", data={"csrf": visitor.token, "language": "it", "back": back}
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/")
    assert 'lang="it"' in visitor.get()


def test_htmx_is_the_locked_one() -> None:
    """The copy that is served is the package's file, of the version in package-lock.json."""
    package = ROOT / "node_modules" / "htmx.org" / "dist" / "htmx.min.js"
    served = Path(ROOT / "mock_api" / "console" / "static" / "htmx.min.js")
    assert served.read_bytes() == package.read_bytes()


def full_disk(chunks: object) -> None:
    """What writing to a full disk does."""
    raise OSError(errno.ENOSPC, "No space left on device")


def token(client: FlaskClient) -> str:
    """The token of a session that nobody has signed in to."""
    found = re.search(r'name="csrf" value="([^"]+)"', client.get("/console/sign-in").text)
    assert found
    return found[1]


def test_where_no_stream_can_stay_open_the_page_is_told() -> None:
    """An app without a port, and one with too many open pages,
    refuses the live updates and nothing else.
    """
    answer = Front().enter().client.get("/console/live?since=0")
    assert answer.status_code == 503
    assert "no answer can stay open" in answer.text


def test_attempts_to_sign_in_are_rows_of_the_event_log() -> None:
    """Who came in and who tried to is seen through the API;
    a name that nobody has leaves no row.
    """
    front = Front(access=access_of("192.0.2.1", None))
    client = front.app.test_client()
    for name, key in ((MASTER, "wrong"), ("nobody", "wrong"), (MASTER, front.play.key(MASTER))):
        client.post("/console/sign-in", data={"csrf": token(client), "username": name, "key": key})
    rows: Any = front.play.call("SoftLayer_Event_Log", "getAllObjects").body
    assert [(row["eventName"], row["objectName"], row["label"]) for row in rows] == [
        ("Login Failed", "User", MASTER),
        ("Login Successful", "User", MASTER),
    ]


def test_what_cannot_be_saved_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is one sentence, not a traceback."""
    front = Front()
    save_file = front.play.stage.save_file = SaveFile(tmp_path / "world.json")
    monkeypatch.setattr(save_file, "write", full_disk)
    client = front.app.test_client()
    answer = client.post("/console/sign-in", data={"csrf": token(client), "username": MASTER})
    assert answer.status_code == 500
    assert "could not save its world" in unescape(answer.text)


def test_a_fault_of_the_console_is_a_page_and_a_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody sees a traceback."""
    caplog.set_level(
        logging.ERROR, "mock_api"
    )  # a test of the command line may have silenced it in this process
    front = Front()
    visitor = front.enter()
    monkeypatch.setattr(front.app.extensions["console"].signed_in, "remove", lambda session: 1 / 0)
    answer = visitor.client.post("/console/sign-out", data={"csrf": visitor.token})
    assert answer.status_code == 500
    assert "The mock failed at this page" in answer.text
    assert "The console failed at POST /console/sign-out" in caplog.text
