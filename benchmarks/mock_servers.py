"""The servers that the mock's benchmarks start:
the mock, bare Flask on the same waitress, and moto.

moto lives in an environment of its own below `.benchmarks/`, made at the first run: the project
stays free of it.
"""

from __future__ import annotations

import base64
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import KEY, ROOT, USER
from benchmarks.mock_load import Target, send_one

MOTO = "5.2.5"
MOTO_ENVIRONMENT = ROOT / ".benchmarks" / f"moto-{MOTO}"
ASK_EVERY_S = 0.002
START_LIMIT_S = 60.0
ACCOUNT = (
    "GET /rest/v3.1/SoftLayer_Account/getObject.json HTTP/1.1\r\nHost: localhost\r\n"
    f"Authorization: Basic {base64.b64encode(f'{USER}:{KEY}'.encode()).decode()}\r\n\r\n"
).encode()
BARE = b"GET /small HTTP/1.1\r\nHost: localhost\r\n\r\n"
MOTO_PAGE = b"GET /moto-api/data.json HTTP/1.1\r\nHost: localhost\r\n\r\n"

_EC2_HEAD = (
    "Host: ec2.us-east-1.amazonaws.com\r\nContent-Type:"
    " application/x-www-form-urlencoded\r\nAuthorization: AWS4-HMAC-SHA256"
    " Credential=key/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=none\r\n"
)


def ec2(action: str, more: str = "") -> bytes:
    """A request of the EC2 query API. moto looks at no signature,
    only at the service that it is for.
    """
    body = f"Action={action}&Version=2016-11-15&{more}"
    return f"POST / HTTP/1.1\r\n{_EC2_HEAD}Content-Length: {len(body)}\r\n\r\n{body}".encode()


@dataclass(frozen=True)
class Server:
    """A running server; `started_s` is the time from the
    start of its process to its first answer.
    """

    pid: int
    port: int
    started_s: float

    def memory_mb(self) -> float:
        """The resident memory now."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


@contextmanager
def mock_server(*options: str) -> Iterator[Server]:
    """The mock, with the benchmarks' master user."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "mock_api",
        "--master-user",
        f"{USER}:{KEY}",
        "--port",
        str(port),
        *options,
    ]
    with _running(command, port, ACCOUNT) as server:
        yield server


@contextmanager
def bare_server() -> Iterator[Server]:
    """Flask with nothing behind it, on waitress as the mock uses it."""
    port = free_port()
    with _running([sys.executable, "-m", "benchmarks.mock_bare", str(port)], port, BARE) as server:
        yield server


@contextmanager
def moto_server(question: bytes = MOTO_PAGE) -> Iterator[Server]:
    """moto's own server; it loads a service at the first request for it,
    so the first answer takes as long as that.
    """
    port = free_port()
    command = [str(_moto_environment() / "bin" / "python"), "-m", "moto.server", "-p", str(port)]
    with _running(command, port, question) as server:
        yield server


def free_port() -> int:
    """A port that nobody uses now."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def _running(command: Sequence[str], port: int, question: bytes) -> Iterator[Server]:
    begin = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await_answer(process, Target(port, question))
        yield Server(process.pid, port, time.perf_counter() - begin)
    finally:
        process.terminate()
        process.wait(30)


def _await_answer(process: subprocess.Popen[bytes], target: Target) -> None:
    limit = time.perf_counter() + START_LIMIT_S
    while True:
        try:
            send_one(target)
        except ConnectionRefusedError:
            if process.poll() is not None or time.perf_counter() > limit:
                sys.exit(f"{process.args!r} gives no answer")
            time.sleep(ASK_EVERY_S)
        else:
            return


def _moto_environment() -> Path:
    ready = MOTO_ENVIRONMENT / ".ready"
    if not ready.exists():
        sys.stderr.write(
            f"benchmarks: installing moto {MOTO} into {MOTO_ENVIRONMENT.relative_to(ROOT)}\n"
        )
        venv.create(MOTO_ENVIRONMENT, with_pip=True, clear=True)
        pip = [str(MOTO_ENVIRONMENT / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, f"moto[ec2,server]=={MOTO}"], check=True)
        ready.touch()
    return MOTO_ENVIRONMENT
