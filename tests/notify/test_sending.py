"""The ways out, against real servers on this machine, well and in every trouble."""

from __future__ import annotations

import json
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from classic_rescue.boot.channels import Channel, Email, Form, Tls, Webhook
from classic_rescue.notify.events import Message
from classic_rescue.notify.sending import Surroundings, Told, send
from tests.notify.conftest import HOOK, Receiver, event, receiving

QUICKLY_S = 0.3
TRUSTED = {"CLASSIC_RESCUE_TRUSTED_HOSTS": "127.0.0.1, localhost"}
Certificate = Callable[[], tuple[str, ssl.SSLContext]]


def told(channel: Channel, environ: dict[str, str], longest_s: float = 30.0) -> Told:
    """Send one event."""
    around = Surroundings(environ, "", longest_s)
    return send(channel, Message([event()]), around)


def to_hook(url: str, longest_s: float = 30.0) -> Told:
    """Send it to a URL."""
    return told(HOOK, {"CLASSIC_RESCUE_NOTIFY_OPS": url}, longest_s)


def test_a_webhook_is_told(receiver: Receiver) -> None:
    """And what it answered is known."""
    assert to_hook(receiver.url) == Told(answer="HTTP 200")
    assert receiver.events == [("down", "web-1")]


@pytest.mark.parametrize(("status", "words"), [(500, "HTTP 500"), (404, "HTTP 404")])
def test_an_error_is_a_failure_for_sure(status: int, words: str) -> None:
    """So that it may be sent again."""
    with receiving(status) as received:
        assert to_hook(received.url) == Told(f"it answered {words}")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    """Another address may not be encrypted, and nobody has named it."""
    with receiving(status) as received:
        answer = to_hook(received.url)
        assert f"HTTP {status}; redirects are not followed" in answer.problem
        assert len(received.bodies) == 1


def test_one_that_hangs_is_left(receiver: Receiver) -> None:
    """It may have been told: it is not told again."""
    receiver.gate.clear()
    answer = to_hook(receiver.url, QUICKLY_S)
    assert answer == Told(f"no answer within {QUICKLY_S:g} s", is_sure=False)


def test_one_that_is_not_there_was_not_told() -> None:
    """The address is not shown: it is a secret."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/secret-path"
        answer = to_hook(url)
    assert answer == Told("Connection refused")


def test_a_certificate_that_nobody_trusts_gets_nothing(make_certificate: Certificate) -> None:
    """TLS is checked before anything is sent."""
    _, context = make_certificate()
    with receiving(tls=context) as received:
        answer = to_hook(received.url)
        assert answer.problem.startswith("its certificate is not trusted: self")
        assert received.bodies == []


@pytest.mark.parametrize(
    "url", ["http://hooks.example/secret", "ftp://a", "file:///etc/passwd", "secret", "https//x"]
)
def test_only_https_is_used(url: str) -> None:
    """A secret does not travel in the clear, and is not shown."""
    answer = to_hook(url)
    assert answer == Told("CLASSIC_RESCUE_NOTIFY_OPS holds no https URL")


@pytest.mark.parametrize("url", ["https://", "https://[::1", "https://a:b/", "https://a b/"])
def test_a_broken_url_is_a_problem(url: str) -> None:
    """No traceback, and the URL is not shown."""
    answer = to_hook(url, 5.0)
    assert answer.problem
    assert url not in answer.problem


def test_a_variable_that_is_not_set_is_named() -> None:
    """Its name, which is all that there is."""
    assert told(HOOK, {}) == Told("CLASSIC_RESCUE_NOTIFY_OPS is not set")


class Mailbox:
    """What a mail server took."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, list[str], str]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Keep it."""
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.content.decode()))
        return "250 OK"


def _login(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    right = LoginPassword(b"ops", b"mail-password")
    return AuthResult(success=data == right, handled=False)


class _Controller(Controller):
    def _trigger_server(self) -> None:
        """It greets itself once, at the port that it was given."""
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        greet: Any = super()._trigger_server
        greet()


@contextmanager
def mail_server(box: Mailbox, **more: Any) -> Iterator[int]:
    """A mail server on a free port."""
    controller = _Controller(box, hostname="127.0.0.1", port=0, **more)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop(no_assert=True)


def mail(port: int, **more: Any) -> Channel:
    """A channel to it."""
    given = {"host": "127.0.0.1", "host_from": "", "tls": Tls.NONE, **more}
    email = Email(port=port, sender="rescue@example.com", to=("ops@example.com",), **given)
    return Channel("mail", email=email)


def test_a_mail_is_sent() -> None:
    """To a server of this machine without encryption."""
    box = Mailbox()
    with mail_server(box) as port:
        assert told(mail(port), TRUSTED) == Told(answer="accepted")
    ((sender, recipients, content),) = box.mails
    assert (sender, recipients) == ("rescue@example.com", ["ops@example.com"])
    assert "Subject: classic-rescue: web-1: went down" in content


LOGIN = {"user_from": "CLASSIC_RESCUE_NOTIFY_USER", "password_from": "CLASSIC_RESCUE_NOTIFY_PASS"}


@pytest.mark.parametrize("password", ["mail-password", "another"])
def test_a_login_goes_over_starttls(
    make_certificate: Certificate, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    """To a server with a certificate that counts; a wrong password is a failure without it."""
    path, context = make_certificate()
    monkeypatch.setenv("SSL_CERT_FILE", path)
    environ = {
        **TRUSTED,
        "CLASSIC_RESCUE_NOTIFY_USER": "ops",
        "CLASSIC_RESCUE_NOTIFY_PASS": password,
    }
    box = Mailbox()
    with mail_server(
        box, tls_context=context, authenticator=_login, auth_required=True, require_starttls=True
    ) as port:
        answer = told(mail(port, tls=Tls.STARTTLS, **LOGIN), environ)
    assert len(box.mails) == (password == "mail-password")
    assert bool(answer.problem) == (password == "another")
    assert password not in str(answer)


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.TLS])
def test_no_login_goes_to_a_certificate_that_nobody_trusts(
    make_certificate: Certificate, tls: Tls
) -> None:
    """Nor to a server that offers no encryption at all."""
    _, context = make_certificate()
    environ = {
        **TRUSTED,
        "CLASSIC_RESCUE_NOTIFY_USER": "ops",
        "CLASSIC_RESCUE_NOTIFY_PASS": "mail-password",
    }
    box = Mailbox()
    more = {"ssl_context": context} if tls is Tls.TLS else {"tls_context": context}
    with mail_server(box, **more) as port:
        answer = told(mail(port, tls=tls, **LOGIN), environ)
        assert "its certificate is not trusted" in answer.problem
    with mail_server(box) as port:
        assert told(mail(port, tls=Tls.STARTTLS, **LOGIN), environ).problem
    assert box.mails == []


def test_a_mail_server_that_only_the_file_names_gets_nothing() -> None:
    """As an endpoint does (docs/security.md): no connection. A variable names it as well."""
    box = Mailbox()
    with mail_server(box) as port:
        answer = told(mail(port), {})
        assert "only the fleet file names '127.0.0.1'" in answer.problem
        assert "CLASSIC_RESCUE_TRUSTED_HOSTS=127.0.0.1" in answer.problem
        assert box.mails == []
        by_variable = mail(port, host="", host_from="CLASSIC_RESCUE_NOTIFY_HOST")
        assert not told(by_variable, {"CLASSIC_RESCUE_NOTIFY_HOST": "127.0.0.1"}).problem
    assert len(box.mails) == 1


def test_no_encryption_is_for_this_machine_alone() -> None:
    """A host elsewhere is not even looked up."""
    channel = mail(25, host="mail.example.com")
    answer = told(channel, {"CLASSIC_RESCUE_TRUSTED_HOSTS": "mail.example.com"})
    assert answer.problem == "tls: none is only for a mail server on this machine"


def test_a_mail_server_that_says_nothing_is_left() -> None:
    """A port that takes connections and never greets."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        answer = told(mail(port), TRUSTED, QUICKLY_S)
    assert answer.is_sure is False


SCRIPT = """#!/bin/sh
cat > "$(dirname "$0")/got"
env > "$(dirname "$0")/env"
echo "$@" > "$(dirname "$0")/words"
"""


def command(folder: Path, text: str, *words: str) -> Channel:
    """A channel that runs a script of the project."""
    script = folder / "page.sh"
    script.write_text(text)
    script.chmod(0o755)
    return Channel("pager", command=("./page.sh", *words))


def test_a_command_gets_one_document_and_no_secret(tmp_path: Path) -> None:
    """Seen from the fleet file's folder, without a shell."""
    channel = command(tmp_path, SCRIPT, "$(touch x)", "; touch y")
    environ = {
        "PATH": os.environ["PATH"],
        "SL_API_KEY": "a-key-of-mine",
        "PG_CONN_STR": "postgres://u:p@h/d",
        "CLASSIC_RESCUE_NOTIFY_PAGER": "for-the-command",
    }
    around = Surroundings(environ, str(tmp_path), 30.0)
    assert send(channel, Message([event()]), around) == Told(answer="exit code 0")
    assert json.loads((tmp_path / "got").read_text())["events"][0]["name"] == "web-1"
    assert (tmp_path / "words").read_text() == "$(touch x) ; touch y\n"
    seen = (tmp_path / "env").read_text()
    assert "for-the-command" in seen
    assert "a-key-of-mine" not in seen
    assert "postgres" not in seen
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [("#!/bin/sh\nexit 3\n", "exit code 3"), ("#!/no/such/shell\n", "No such file")],
)
def test_a_command_that_fails_is_said(tmp_path: Path, text: str, words: str) -> None:
    """One that reads nothing of what it gets, too."""
    channel = command(tmp_path, text)
    around = Surroundings({"PATH": os.environ["PATH"]}, str(tmp_path), 30.0)
    assert words in send(channel, Message([event()]), around).problem


def test_a_command_that_hangs_is_ended(tmp_path: Path) -> None:
    """With all that it started."""
    os.mkfifo(tmp_path / "held")
    channel = command(tmp_path, "#!/bin/sh\nexec 3> held\nsleep 1000 & wait\n")
    held = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    try:
        around = Surroundings({"PATH": os.environ["PATH"]}, str(tmp_path), 1.0)
        answer = send(channel, Message([event()]), around)
        assert answer.problem == "no answer within 1 s"
        os.set_blocking(held, True)
        assert os.read(held, 1) == b"", "somebody still holds it"
    finally:
        os.close(held)


def test_a_form_of_each_service_reaches_it(receiver: Receiver) -> None:
    """By the form that the file names."""
    for form in Form:
        channel = Channel("ops", webhook=Webhook(form, "CLASSIC_RESCUE_NOTIFY_OPS"))
        assert not told(channel, {"CLASSIC_RESCUE_NOTIFY_OPS": receiver.url}).problem
    assert [sorted(body)[0] for body in receiver.bodies] == [
        "link_names",
        "attachments",
        "text",
        "events",
    ]
