"""The ways out: each gives why nobody was told, and whether that is for sure."""

from __future__ import annotations

import http.client
import json
import os
import signal
import smtplib
import ssl
import subprocess
import threading
import urllib.error
from collections.abc import Mapping
from typing import NamedTuple

from classic_rescue.api.posting import open_url
from classic_rescue.api.settings import is_loopback
from classic_rescue.boot import environment
from classic_rescue.boot.channels import Channel, Email, Tls, Webhook
from classic_rescue.boot.trust import why_untrusted
from classic_rescue.notify.events import Message
from classic_rescue.notify.forms import body_of, mail_of

LONGEST_SEND_S = 4.0
"""What takes longer counts as not told."""

MOST_OUTPUT = 200
KEPT_FOR_COMMANDS = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")


class Told(NamedTuple):
    """How a message went. `problem` is why nobody was told; `is_sure`: it certainly did not arrive,
    so that it may be sent again.
    """

    problem: str = ""
    is_sure: bool = True
    answer: str = ""


class Surroundings(NamedTuple):
    """What sending takes from the machine: the environment, the folder of the fleet file, and
    how long one message may take.
    """

    environ: Mapping[str, str]
    folder: str
    longest_s: float = LONGEST_SEND_S


def send(channel: Channel, message: Message, around: Surroundings) -> Told:
    """Tell it, within a few seconds: in a thread of its own, since no timeout of the standard
    library covers looking up a name and a dripping answer.
    """
    told: list[Told] = []
    worker = threading.Thread(
        target=lambda: told.append(_sent(channel, message, around)), daemon=True
    )
    worker.start()
    worker.join(around.longest_s)
    return told[0] if told else _silent(around)


def _silent(around: Surroundings) -> Told:
    return Told(f"no answer within {around.longest_s:g} s", is_sure=False)


def _sent(channel: Channel, message: Message, around: Surroundings) -> Told:
    try:
        if missing := [name for name in channel.variables if not around.environ.get(name)]:
            return Told(f"{' and '.join(missing)} is not set")
        if channel.webhook:
            return _post(channel.webhook, message, around)
        if channel.email:
            return _mail(channel.email, message, around)
        return _run(channel.command, message, around)
    except Exception as problem:  # noqa: BLE001 the rim of a thread: nobody else would say it
        if isinstance(getattr(problem, "reason", problem), TimeoutError):
            return _silent(around)
        return Told(_words(problem), is_sure=_is_sure(problem))


def _words(problem: Exception) -> str:
    """What went wrong, without what was asked for: a URL is a secret."""
    reason = getattr(problem, "reason", None)
    cause = reason if isinstance(reason, Exception) else problem
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {cause.verify_message}"
    if isinstance(cause, smtplib.SMTPResponseException):
        said = cause.smtp_error
        text = said.decode(errors="replace") if isinstance(said, bytes) else said
        return f"it answered {cause.smtp_code} {text[:MOST_OUTPUT]}"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return type(cause).__name__


def _is_sure(problem: Exception) -> bool:
    """Whether what was sent certainly did not arrive. A connection that ends meanwhile tells
    nothing; one that never was does.
    """
    reason = getattr(problem, "reason", problem)
    if isinstance(reason, ConnectionResetError | smtplib.SMTPServerDisconnected):
        return False
    return not isinstance(reason, http.client.HTTPException)


def _post(webhook: Webhook, message: Message, around: Surroundings) -> Told:
    url = around.environ[webhook.url_from].strip()
    if not url.startswith("https://") and not (url.startswith("http://") and is_loopback(url)):
        return Told(f"{webhook.url_from} holds no https URL")
    body = body_of(webhook.form, message)
    try:
        with open_url(url, body, around.longest_s, content_type="application/json") as reply:
            status = reply.status
    except urllib.error.HTTPError as problem:
        status = problem.code
        problem.close()
    if status >= 300:
        more = "; redirects are not followed" if status < 400 else ""
        return Told(f"it answered HTTP {status}{more}")
    return Told(answer=f"HTTP {status}")


def _mail(email: Email, message: Message, around: Surroundings) -> Told:
    environ = around.environ
    host = email.host or environ[email.host_from].strip()
    if email.host and (why := _why_untrusted(email.host, environ)):
        return Told(why)
    if email.tls is Tls.NONE and not is_loopback(f"http://{_in_url(host)}"):
        return Told("tls: none is only for a mail server on this machine")
    mail = mail_of(email, message)
    context = ssl.create_default_context()
    timeout_s = around.longest_s
    me = os.uname().nodename  # without it the library asks the network for our name
    if email.tls is Tls.TLS:
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, email.port, me, timeout=timeout_s, context=context
        )
    else:
        server = smtplib.SMTP(host, email.port, me, timeout=timeout_s)
    with server:
        if email.tls is Tls.STARTTLS:
            server.starttls(context=context)
        if email.user_from:
            password = environ.get(email.password_from, "") if email.password_from else ""
            server.login(environ[email.user_from], password)
        refused = server.send_message(mail)
    if refused:
        return Told(f"{len(refused)} of {len(email.to)} recipients were refused", is_sure=False)
    return Told(answer="accepted")


def _why_untrusted(host: str, environ: Mapping[str, str]) -> str:
    try:
        return why_untrusted(f"smtp://{_in_url(host)}", environ)
    except ValueError as problem:  # of the variable that would trust it
        return str(problem)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _run(command: tuple[str, ...], message: Message, around: Surroundings) -> Told:
    """Run a program, without a shell and without any credential of ours."""
    kept = {key: around.environ[key] for key in KEPT_FOR_COMMANDS if key in around.environ}
    own = {key: value for key, value in around.environ.items() if _is_own(key)}
    program = command[0]
    if os.sep in program:
        program = os.path.join(around.folder or os.curdir, program)
    document = json.dumps(message.as_json()).encode()
    process = subprocess.Popen(  # noqa: S603 a list of words; who names it writes this repository
        [os.path.abspath(program) if os.sep in program else program, *command[1:]],
        cwd=around.folder or None,
        env={**kept, **own},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.communicate(document, timeout=around.longest_s * 0.9)  # while somebody waits for it
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return _silent(around)
    if process.returncode:
        return Told(f"it ended with exit code {process.returncode}", is_sure=False)
    return Told(answer="exit code 0")


def _is_own(name: str) -> bool:
    return name.startswith(environment.NOTIFY_PREFIX)
