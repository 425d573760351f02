"""The console without a browser: a play of the mock's tests
with the console in Flask's own test client.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Any, NoReturn

from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from mock_api.console.app import install
from mock_api.console.desk import Desk
from mock_api.console.feed import Feed
from mock_api.control.access import Access
from mock_api.control.plane import ControlPlane
from mock_api.http.app import create_app
from mock_api.http.streams import StreamRefused
from tests.mock.stagehand import MASTER, Play


def _no_stream(environ: object) -> NoReturn:
    """Nothing stays open without a port."""
    raise StreamRefused("Without a port no answer can stay open.")


class Compiled(BytecodeCache):
    """Every test has an app of its own, and compiling its
    templates would take nine tenths of the test's time.
    """

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what an earlier app compiled, if the source is still the same."""
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it for the next app."""
        self._code[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


def text_of(page: str) -> str:
    """What a page says, without its tags, with single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


@dataclass
class Visitor:
    """Somebody with a browser of its own, which runs no scripts."""

    client: FlaskClient
    token: str = ""

    def get(self, path: str = "") -> str:
        """The text of a page or part that must be there."""
        answer = self.client.get(f"/console/{path}")
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.text

    def post(self, path: str, **form: Any) -> str:
        """The answer to a form, as htmx sends it."""
        answer = self.client.post(
            f"/console/{path}", data=form, headers={"X-CSRF-Token": self.token}
        )
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.text


class Front:
    """The console before a play's stage; time stands in the test's hand as there."""

    def __init__(self, play: Play | None = None, access: Access | None = None) -> None:
        self.play = play or Play()
        control = ControlPlane(access)
        self.app = create_app(self.play.stage, control, sleep=self.play.slept.append)
        self._tokens = 0
        feed = Feed(self.play.stage, self.play.real)
        desk = Desk(
            stage=self.play.stage,
            pipeline=self.app.pipeline,
            control=control,
            streaming=_no_stream,
            wait=self.play.advance,
            new_token=self._new_token,
            feed=feed,
        )
        install(self.app, desk)
        self.app.jinja_env.bytecode_cache = COMPILED

    def enter(self, username: str = MASTER, language: str = "en") -> Visitor:
        """Somebody who signed in with a key, which works wherever the mock listens."""
        client = self.app.test_client()
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        visitor = Visitor(client)
        visitor.token = _token(visitor.get("sign-in"))
        form = {"username": username, "key": self.play.key(username), "csrf": visitor.token}
        assert client.post("/console/sign-in", data=form).status_code == 303
        visitor.token = _token(visitor.get())
        return visitor

    def _new_token(self) -> str:
        self._tokens += 1
        return f"token-{self._tokens}"


def _token(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found[1]
