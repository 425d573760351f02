"""A line in the fleet file does not decide who gets the key: every command, against a server that
only the file names, and that must not hear a word.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.conftest import FLEET

pytestmark = pytest.mark.slow

Run = Callable[..., Result]
TALKING = [
    ("plan", "--out", "reviewed"),
    ("deploy", "--yes"),
    ("destroy", "--yes"),
    ("status",),
    ("drift",),
    ("preflight",),
    ("access", "web-1"),
    ("leave", "web-1", "--yes"),
    ("import", "web-1"),
]
CREDENTIALS = [
    {"SL_USERNAME": "ann", "SL_API_KEY": "a-real-key-0123456789"},
    {"IC_IAM_TOKEN": "a.real.token-0123456789"},
]


class Stranger:
    """A server that counts who calls."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        calls = self.calls

        class Handler(BaseHTTPRequestHandler):
            def handle(self) -> None:
                calls.append(str(self.client_address))

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    """One for each test."""
    started = Stranger()
    yield started
    started.server.shutdown()
    started.server.server_close()


@pytest.mark.parametrize("credentials", CREDENTIALS, ids=["key", "token"])
@pytest.mark.parametrize("words", TALKING, ids=lambda words: words[0])
def test_an_endpoint_of_the_file_gets_no_key(
    run: Run, project: Path, stranger: Stranger, words: tuple[str, ...], credentials: dict[str, str]
) -> None:
    """It is refused before any request, with the variable that would allow it."""
    (project / "fleet.yaml").write_text(f"endpoint: {stranger.url}/rest/v3.1/\n{FLEET}")
    ended = run(*words, env=credentials)
    assert ended.exit_code == 1, ended.output
    assert "only the fleet file names '127.0.0.1', so it gets no credentials" in ended.stderr
    assert "set CLASSIC_RESCUE_TRUSTED_HOSTS=127.0.0.1 to allow it" in ended.stderr
    assert "CLASSIC_RESCUE_ENDPOINT" in ended.stderr
    assert stranger.calls == []


@pytest.mark.parametrize(
    "words", [words for words in TALKING if words[0] in ("plan", "deploy", "destroy")]
)
@pytest.mark.parametrize(
    "more", ["", ", lock_address: 'https://ok.example/{stack}', lock_method: PUT"]
)
def test_a_backend_of_the_file_gets_no_password(
    run: Run, mock: object, project: Path, stranger: Stranger, words: tuple[str, ...], more: str
) -> None:
    """Nor is the state read from it or written to it. No app is asked before: it may be another
    than ours.
    """
    (project / "cdktf.json").unlink()
    (project / "cdktf.json").write_text('{"app": "false"}')
    backend = f"{{type: http, address: '{stranger.url}/{{stack}}'{more}}}"
    (project / "fleet.yaml").write_text(f"backend: {backend}\n{FLEET}")
    ended = run(*words, env={"TF_HTTP_USERNAME": "ann", "TF_HTTP_PASSWORD": "secret-0123456789"})
    assert ended.exit_code == 1, ended.output
    assert f"backend: address: {stranger.url}" in ended.stderr
    assert "CLASSIC_RESCUE_TRUSTED_HOSTS=127.0.0.1" in ended.stderr
    assert stranger.calls == []


def test_drift_is_looked_for_without_the_record(
    run: Run, mock: object, project: Path, stranger: Stranger
) -> None:
    """It works without the state, and says why it has not read it."""
    (project / "fleet.yaml").write_text(
        f"backend: {{type: http, address: '{stranger.url}/{{stack}}'}}\n{FLEET}"
    )
    said = " ".join(run("drift").output.split())
    assert "note: Terraform's state was not read: fleet.yaml: backend: address:" in said
    assert "CLASSIC_RESCUE_TRUSTED_HOSTS=127.0.0.1" in said
    assert stranger.calls == []


def test_each_place_of_the_file_is_named(run: Run, mock: object, project: Path) -> None:
    """All at once, so that nobody allows one after the other without having seen them."""
    (project / "fleet.yaml").write_text(
        "backend: {type: http, address: 'https://a.example/{stack}',"
        " lock_address: 'https://b.example/{stack}',"
        f" unlock_address: 'https://c.example/{{stack}}'}}\n{FLEET}"
    )
    ended = run("deploy", "--yes")
    for host in ("a.example", "b.example", "c.example"):
        assert f"CLASSIC_RESCUE_TRUSTED_HOSTS={host}" in ended.stderr
    (project / "fleet.yaml").write_text(
        f"backend: {{type: s3, bucket: my-bucket, endpoint: 'https://s3.example'}}\n{FLEET}"
    )
    ended = run("deploy", "--yes")
    assert "backend: endpoint: https://s3.example: only the fleet file names" in ended.stderr


def test_a_mistake_in_the_variable_is_said(run: Run, mock: object, project: Path) -> None:
    """A URL in it would be taken for permission, and is none."""
    (project / "fleet.yaml").write_text(
        f"backend: {{type: http, address: 'https://a.example/{{stack}}'}}\n{FLEET}"
    )
    ended = run("deploy", "--yes", env={"CLASSIC_RESCUE_TRUSTED_HOSTS": "https://a.example/"})
    assert ended.exit_code == 1
    assert "CLASSIC_RESCUE_TRUSTED_HOSTS: 'https://a.example/' is no host" in ended.stderr


def test_what_somebody_outside_has_named_is_used(run: Run, mock: object, project: Path) -> None:
    """The file's own endpoint with its host in the variable."""
    rest = os.environ["CLASSIC_RESCUE_ENDPOINT"]
    (project / "fleet.yaml").write_text(f"endpoint: {rest}\n{FLEET}")
    trusted = {"CLASSIC_RESCUE_ENDPOINT": "", "CLASSIC_RESCUE_TRUSTED_HOSTS": "127.0.0.1"}
    assert run("status", env=trusted).exit_code == 2
    assert run("plan", "--out", "reviewed", env=trusted).exit_code == 2
