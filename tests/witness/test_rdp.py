"""Which Remote Desktop is believed: real ones as far as a login, and servers that lie."""

from __future__ import annotations

import asyncio
import os
import ssl
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue

import asyncssh
import pytest

from classic_rescue.boot.ssh import Protocol
from classic_rescue.witness.prober import Heard, Prober, Question
from tests.desktops import NLA, TLS, confirm, desktop, impostor, new_key, serving
from tests.machines import Behaviour, Machine, machines
from tests.machines import new_key as new_host_key
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.slow

Make = Callable[[], Machine]
slow = pytest.mark.slow
VERSIONS = ("TLSv1", "TLSv1_1", "TLSv1_2", "TLSv1_3")


@pytest.fixture(scope="module")
def make() -> Iterator[Make]:
    """A maker of machines."""
    with machines() as maker:
        yield maker


@pytest.fixture
def prober(tmp_path: Path) -> Iterator[Prober]:
    """The asking process, as a command has it."""
    one = Prober(os.environ, str(tmp_path))
    yield one
    one.close()


def at(machine: Machine) -> Question:
    """A question to a machine's Remote Desktop."""
    return Question("127.0.0.1", machine.port, protocol=Protocol.RDP)


def heard(prober: Prober, make: Make, behaviour: Behaviour) -> Heard:
    """What is told of something that behaves like that."""
    machine = make()
    machine.behaves(behaviour)
    (found,) = prober.ask([at(machine)])
    return found


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_the_key_that_answers_is_told(prober: Prober, make: Make, kind: str) -> None:
    """That of the certificate, whoever signed it and however old it is."""
    one = desktop(new_key(kind))
    for what in (TLS, NLA):
        assert heard(prober, make, serving(one, what=what)) == Heard("key", "rdp", one.blob)


def test_nothing_is_sent_after_the_handshake(prober: Prober, make: Make) -> None:
    """Neither a login nor the start of one; the handshake itself is brought to its end."""
    one = desktop()
    context = one.context()
    context.num_tickets = 0  # what nobody reads would end the connection in another way
    read: SimpleQueue[bytes] = SimpleQueue()
    assert heard(prober, make, serving(one, context, read=read)).what == "key"
    assert read.get(timeout=PATIENCE_S) == b""


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_windows_is_heard(prober: Prober, make: Make, version: str) -> None:
    """Whatever version of TLS it knows, and also where the key opens instead of signing."""
    one = desktop(new_key("rsa"))
    for ciphers in ("ALL:@SECLEVEL=0", "kRSA:@SECLEVEL=0"):
        context = one.context(ciphers)
        context.maximum_version = ssl.TLSVersion[version]
        assert heard(prober, make, serving(one, context)) == Heard("key", "rdp", one.blob)


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize(
    ("kind", "ciphers"), [("ec", "ALL"), ("rsa", "ALL"), ("rsa", "kRSA:@SECLEVEL=0")]
)
def test_who_has_only_the_certificate_is_not_believed(
    prober: Prober, make: Make, kind: str, *, ciphers: str, version: str
) -> None:
    """Its signature is wrong, or it cannot open what is sent to it."""
    real = desktop(new_key(kind))
    context = impostor(real, kind).context(ciphers)
    context.maximum_version = ssl.TLSVersion[version]
    assert heard(prober, make, serving(real, context)) == Heard("no_key")


def test_another_certificate_each_time_is_another_key_each_time(prober: Prober, make: Make) -> None:
    """What is believed is what was shown, never more; a new certificate of one key is one key."""
    blobs = {heard(prober, make, serving(desktop())).blob for _ in range(3)}
    assert len(blobs) == 3
    key = new_key()
    assert len({heard(prober, make, serving(desktop(key))).blob for _ in range(2)}) == 1


def test_who_refuses_tls_and_speaks_it_is_not_believed(prober: Prober, make: Make) -> None:
    """Such a thing is no Remote Desktop of a Windows."""
    assert heard(prober, make, serving(desktop(), kind=3, what=TLS)) == Heard("no_key")


def test_a_server_without_a_certificate_shows_no_key(prober: Prober, make: Make) -> None:
    """TLS can do without one."""
    context = desktop().context("aNULL:@SECLEVEL=0")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert heard(prober, make, serving(desktop(), context)) == Heard("no_key")


def _says(*what: bytes, again: bytes = b"") -> Behaviour:
    """A server that says this, and then `again` without end; or else waits."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.writelines(what)
        await writer.drain()
        while again:
            writer.write(again)
            await writer.drain()
            await asyncio.sleep(0)  # others of this process answer meanwhile
        await reader.read()

    return say


WEB = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
HUGE = b"\3\0\xff\xff\x0e\xd0" + b"\0" * 100_000
ESCAPES = b"\x1b]0;owned\x07\x1b[2J"


@pytest.mark.parametrize(
    "behaviour",
    [
        _says(WEB),
        _says(HUGE),
        _says(ESCAPES),
        _says(b"SSH-2.0-x\r\n", again=b"honour to whom honour is due\r\n" * 100),
        _says(b"", again=b"\3\0\0\x13" * 1000),
        _says(confirm().replace(b"\xd0", b"\xe0")),
    ],
)
def test_what_is_no_remote_desktop_is_told_as_that(
    prober: Prober, make: Make, behaviour: Behaviour
) -> None:
    """Nothing that a server sends gets into the answer."""
    assert heard(prober, make, behaviour) == Heard("no_rdp")


NO_CHOICE = bytes.fromhex("0300000b06d00000123400")
ALERT = b"\x15\3\3\0\2\1\x5a"
HELLO_AGAIN = b"\x16\3\3\0\4\0\0\0\0"
HUGE_RECORD = b"\x16\3\3\xff\xff" + b"\2" * 70_000
HUGE_HELLO = b"".join(
    b"\x16\3\3" + struct.pack(">H", 16384) + (b"\2\xff\xff\xff" + b"\0" * 16380) for _ in range(8)
)


@pytest.mark.parametrize(
    "behaviour",
    [
        _says(NO_CHOICE),
        _says(confirm(3, 5)),
        _says(confirm(2, 0)),
        _says(confirm(), WEB),
        _says(confirm(), HUGE_RECORD),
        _says(confirm(), HUGE_HELLO),
        _says(confirm(), again=b"x" * 10_000),
        _says(confirm(), again=ALERT),
    ],
)
def test_a_remote_desktop_without_tls_shows_no_key(
    prober: Prober, make: Make, behaviour: Behaviour
) -> None:
    """It refuses TLS, does not know it, or says something else in its place."""
    assert heard(prober, make, behaviour) == Heard("no_key")


async def _tarpit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(confirm())
    for sign in HUGE_HELLO:
        writer.write(bytes([sign]))
        await writer.drain()
        await asyncio.sleep(0.5)


@slow
def test_nobody_is_waited_for_without_end(prober: Prober, make: Make) -> None:
    """Each has its ten seconds; others are answered meanwhile."""
    pits = [
        _says(),
        _says(confirm()),
        _says(b"\3\0"),
        _tarpit,
        _says(confirm(), again=HELLO_AGAIN * 1000),
    ]
    asked = []
    for behaviour in pits:
        pit = make()
        pit.behaves(behaviour)
        asked.append(at(pit))
    one = desktop()
    good = make()
    good.behaves(serving(one))
    found = prober.ask([*asked, at(good)])
    assert {each.what for each in found[:-1]} == {"no_key"}
    assert found[-1].blob == one.blob


def test_a_host_in_between_leads_on(make: Make, tmp_path: Path) -> None:
    """As with SSH: nobody logs in to the device."""
    one = desktop()
    machine = make()
    machine.behaves(serving(one))
    between = make()
    own = new_host_key()
    client = new_host_key()
    between.leads(own, client)
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    client.write_private_key(str(home / ".ssh/id_ed25519"))
    known = f"[127.0.0.1]:{between.port} {_public(own)}\n"
    (home / ".ssh/known_hosts").write_text(known)
    prober = Prober({**os.environ, "HOME": str(home)}, str(tmp_path))
    web = make()
    web.behaves(_says(WEB))
    ways = [at(each)._replace(jump=f"ops@127.0.0.1:{between.port}") for each in (machine, web)]
    off = at(make())._replace(jump=ways[0].jump)
    found = prober.ask([*ways, off, ways[0]])
    prober.close()
    assert [each.what for each in found] == ["key", "no_rdp", "unreachable", "key"]
    assert found[0].blob == found[3].blob == one.blob


def _public(key: asyncssh.SSHKey) -> str:
    return key.export_public_key("openssh").decode().strip()


def test_nobody_there_is_told_as_with_ssh(prober: Prober, make: Make) -> None:
    """A port that nobody listens at, a name that nobody knows."""
    nobody = Question("nobody.invalid", 3389, protocol=Protocol.RDP)
    assert [one.what for one in prober.ask([at(make()), nobody])] == ["refused", "name"]
