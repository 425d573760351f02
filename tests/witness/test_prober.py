"""Who is believed: real SSH servers, and servers that lie, talk for ever or say nothing."""

from __future__ import annotations

import asyncio
import base64
import os
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncssh
import pytest

from classic_rescue.witness.prober import HOW_TO_INSTALL, Heard, Prober, Question
from tests.machines import Machine, machines, new_key
from tests.patience import PATIENCE_S

Make = Callable[[], Machine]
slow = pytest.mark.slow


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


def at(machine: Machine, *kinds: str) -> Question:
    """A question to a machine."""
    return Question("127.0.0.1", machine.port, kinds=kinds)


def blob_of(key: asyncssh.SSHKey) -> str:
    """The public key in base64."""
    return key.export_public_key("openssh").decode().split()[1]


def test_the_key_that_answers_is_told(prober: Prober, make: Make) -> None:
    """Several machines at once, in the order of the questions; a port that nobody listens at."""
    first = make()
    second = make()
    off = make()
    keys = [new_key(), new_key("ecdsa-sha2-nistp256")]
    first.runs(keys[0])
    second.runs(keys[1])
    found = prober.ask([at(second), at(off), at(first)])
    assert [one.what for one in found] == ["key", "refused", "key"]
    assert [one.blob for one in found] == [blob_of(keys[1]), "", blob_of(keys[0])]
    assert [one.kind for one in found] == ["ecdsa-sha2-nistp256", "", "ssh-ed25519"]


def test_the_type_on_record_is_asked_for_first(prober: Prober, make: Make) -> None:
    """Which of its keys a server shows depends on who asks: unchanged, it must not look changed."""
    machine = make()
    rsa = new_key("ssh-rsa")
    machine.runs(new_key(), rsa)
    (usual,) = prober.ask([at(machine)])
    (recorded,) = prober.ask([at(machine, "ssh-rsa")])
    assert usual.kind == "ssh-ed25519"
    assert (recorded.kind, recorded.blob) == ("ssh-rsa", blob_of(rsa))


def test_a_key_of_a_type_that_nobody_knows_is_not_asked_for(prober: Prober, make: Make) -> None:
    """A record of a later version may have types that this one has no algorithm for."""
    machine = make()
    machine.runs(new_key())
    assert prober.ask([at(machine, "ssh-mldsa-87")])[0].what == "key"


async def _says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def _talks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"honour to whom honour is due\r\n" * 100)
        await writer.drain()


async def _long_line(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-" + b"x" * 1_000_000)
    await writer.drain()


async def _web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()


async def _escapes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x1b]0;owned\x07\x1b[2J\r\nSSH-2.0-\x1b[31mred\r\n" + b"\xff" * 64)
    await writer.drain()


async def _huge_packet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-x\r\n" + struct.pack(">I", 0x7FFFFFFF) + b"\0" * 4096)
    await writer.drain()
    await reader.read()


async def _tarpit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"z")
        await writer.drain()
        await asyncio.sleep(0.5)


@pytest.mark.parametrize("behaviour", [_web, _long_line, _escapes, _talks])
def test_what_is_no_ssh_is_told_as_that(
    prober: Prober, make: Make, behaviour: Callable[..., object]
) -> None:
    """Nothing that a server sends gets into the answer."""
    machine = make()
    machine.behaves(behaviour)
    (found,) = prober.ask([at(machine)])
    assert found == Heard("no_ssh")


@slow
@pytest.mark.parametrize("behaviour", [_says_nothing, _tarpit, _huge_packet])
def test_nobody_is_waited_for_without_end(
    prober: Prober, make: Make, behaviour: Callable[..., object]
) -> None:
    """One that accepts and says nothing, or a byte in half a second, has its ten seconds; others
    are answered meanwhile.
    """
    pit = make()
    pit.behaves(behaviour)
    good = make()
    good.runs(new_key())
    found = prober.ask([at(pit), at(good)])
    assert found[0].what in ("no_key", "no_ssh")
    assert found[1].what == "key"


@pytest.mark.parametrize("holds_it", [True, False])
def test_who_has_only_the_public_key_is_not_believed(
    prober: Prober, make: Make, *, holds_it: bool
) -> None:
    """A server that shows a key which it does not hold cannot sign the exchange. `ssh-keyscan`
    believes it.
    """
    shown = new_key()
    held = shown if holds_it else new_key()

    class Shown(type(held)):  # type: ignore[misc] # whichever class such a key has
        """The one key, with the public half of the other."""

        @property
        def public_data(self) -> bytes:
            return public

    public = bytes(shown.public_data)
    held.__class__ = Shown
    impostor = make()
    impostor.runs(held)
    (found,) = prober.ask([at(impostor)])
    blob = base64.b64encode(public).decode()
    assert found == (Heard("key", "ssh-ed25519", blob) if holds_it else Heard("no_key"))


def test_another_key_each_time_is_another_key_each_time(prober: Prober, make: Make) -> None:
    """What is believed is what was shown, never more."""
    machine = make()
    blobs = set()
    for _ in range(3):
        machine.runs(new_key())
        blobs.add(prober.ask([at(machine)])[0].blob)
    assert len(blobs) == 3


def test_the_keys_of_a_file_come_with_the_answer(
    prober: Prober, make: Make, tmp_path: Path
) -> None:
    """By address and port or by the device's names; hashed hosts, revoked keys and comments."""
    machine = make()
    key = new_key()
    machine.runs(key)
    good = f"ssh-ed25519 {blob_of(key)}"
    bad = f"ssh-ed25519 {blob_of(new_key())}"
    question = at(machine)._replace(known_hosts="known_hosts", names=("web-1", "web-1.example.com"))
    file = tmp_path / "known_hosts"
    for line in (f"[127.0.0.1]:{machine.port} {good}", f"web-1 {good} a comment", f"web-* {good}"):
        file.write_text(f"# ours\n\n{line}\nother {bad}\n")
        (found,) = prober.ask([question])
        assert found.pins == {"ssh-ed25519": [blob_of(key)]}, line
    hashed = subprocess.run(
        [sys.executable, "-c", _HASH, "web-1.example.com"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    file.write_text(f"{hashed} {good}\n@revoked * {bad}\n* {bad}\n")
    assert prober.ask([question])[0].pins == {"ssh-ed25519": [blob_of(key)]}
    file.write_text("127.0.0.1 is what I wrote here\n")
    assert prober.ask([question])[0].what in ("known_hosts", "key")
    file.write_text("alone\n")
    assert prober.ask([question])[0].problem == ("not a file in OpenSSH's format of known hosts")
    file.unlink()
    assert prober.ask([question])[0].problem == "No such file or directory"


_HASH = """
import base64, hashlib, hmac, sys
salt = b'0123456789abcdef0123'
digest = hmac.new(salt, sys.argv[1].encode(), hashlib.sha1).digest()
print('|1|' + base64.b64encode(salt).decode() + '|' + base64.b64encode(digest).decode())
"""


def test_a_host_in_between_leads_on(make: Make, tmp_path: Path) -> None:
    """Nobody logs in to the device; to the host in between the user's own keys do, where its key is
    among the user's known hosts.
    """
    machine = make()
    key = new_key()
    machine.runs(key)
    between = make()
    own = new_key()
    client = new_key()
    between.leads(own, client)
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    client.write_private_key(str(home / ".ssh/id_ed25519"))
    prober = Prober({**os.environ, "HOME": str(home)}, str(tmp_path))
    question = at(machine)._replace(jump=f"ops@127.0.0.1:{between.port}")
    (stranger,) = prober.ask([question])
    assert stranger.what == "jump"
    known = f"[127.0.0.1]:{between.port} ssh-ed25519 {blob_of(own)}\n"
    (home / ".ssh/known_hosts").write_text(known)
    found = prober.ask([question, at(make())._replace(jump=question.jump), question])
    prober.close()
    assert [one.what for one in found] == ["key", "unreachable", "key"]
    assert found[0].blob == blob_of(key)


def test_a_host_in_between_that_is_away_is_told(prober: Prober, make: Make) -> None:
    """It is not taken for a silent device."""
    nowhere = at(make())._replace(jump=f"ops@127.0.0.1:{make().port}")
    assert prober.ask([nowhere])[0].what == "jump"


def test_names_that_nobody_knows_and_ways_that_lead_nowhere(prober: Prober) -> None:
    """Each is told apart from silence."""
    found = prober.ask([Question("nobody.invalid", 22), Question("127.0.0.1", 1)])
    assert [one.what for one in found] == ["name", "refused"]


def test_an_asker_without_the_library_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is an extra of the package."""
    (tmp_path / "asyncssh.py").write_text("raise ImportError\n")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    prober = Prober({**os.environ, "PYTHONPATH": path}, str(tmp_path))
    assert prober.ask([Question("127.0.0.1", 1)]) == [Heard("failed", problem=HOW_TO_INSTALL)]


def test_an_asker_that_is_killed_is_started_again(prober: Prober, make: Make) -> None:
    """One lost answer, not all that follow."""
    machine = make()
    machine.runs(new_key())
    assert prober.ask([at(machine)])[0].what == "key"
    process = prober._process
    assert process is not None
    process.kill()
    process.wait(PATIENCE_S)
    assert prober.ask([at(machine)])[0].what == "key"


def test_the_asker_gets_no_credentials(tmp_path: Path) -> None:
    """It reads what strangers' servers send."""
    secrets = {"SL_API_KEY": "s1", "SL_USERNAME": "u", "CLASSIC_RESCUE_JOURNAL_TOKEN": "t"}
    prober = Prober({**os.environ, **secrets}, str(tmp_path))
    prober.ask([Question("127.0.0.1", 1)])
    assert prober._process is not None
    environ = Path(f"/proc/{prober._process.pid}/environ").read_bytes()
    prober.close()
    assert not any(name.encode() in environ for name in secrets)
    assert b"SL_" not in environ


def test_hundreds_are_asked_at_once(prober: Prober, make: Make) -> None:
    """More than are asked side by side, each with its own answer."""
    up = make()
    up.runs(new_key())
    off = make()
    found = prober.ask([at(up) if number % 3 else at(off) for number in range(450)])
    assert [one.what for one in found] == [
        "key" if number % 3 else "refused" for number in range(450)
    ]
