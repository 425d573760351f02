"""The process that asks devices for their keys: `python -m classic_rescue.witness`.

A line of JSON on standard input is one question: `id`, `host`, `port`, `kinds` (the types of key to
ask for first), `jump`, `protocol`, and `known_hosts` with the `names` to look up there. A line on
standard output is its answer, in whatever order they come. It ends with its input. Only this
process loads asyncssh, so that nothing a stranger's server sends is read by one that holds
credentials.

A key is believed after a whole key exchange, whose signature asyncssh checks: a server that only
knows a public key cannot answer. No user name is sent, nobody logs in, and nothing is written. So
it is with the key of a Remote Desktop, after a handshake of TLS (`rdp.py`).
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import Mapping
from typing import Any

from classic_rescue.boot.ssh import Protocol
from classic_rescue.witness import rdp
from classic_rescue.witness.jumps import Jumps
from classic_rescue.witness.process import ALGORITHMS, run

AT_ONCE = 200
CONNECT_S = 5.0
EXCHANGE_S = 10.0
"""How long everything may take after the connection is there, whatever a server sends meanwhile."""


class Pins:
    """The files of known hosts, each read once as long as it does not change."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[tuple[int, int], Any]] = {}

    def of(self, path: str, question: Mapping[str, Any]) -> dict[str, list[str]]:
        """The keys of a device by their types. Raises OSError, and ValueError for a file that is
        not in OpenSSH's format.
        """
        found = os.stat(path)
        stamp = (found.st_mtime_ns, found.st_size)
        if self._read.get(path, ((0, 0), None))[0] != stamp:
            import asyncssh

            self._read[path] = (stamp, asyncssh.read_known_hosts(path))
        hosts = self._read[path][1]
        port = int(question["port"])
        # OpenSSH writes a port only where it is another than 22: 0 is none.
        places = [(question["host"], 0 if port == 22 else port)]
        places += [(name, 0) for name in question["names"]]
        pins: dict[str, list[str]] = {}
        for host, port in places:
            known, _, revoked, *_ = hosts.match(host, "", port)
            for key in known:
                kind, blob = key.export_public_key("openssh").decode("ascii").split()[:2]
                if key not in revoked and blob not in pins.setdefault(kind, []):
                    pins[kind].append(blob)
        return pins


async def answer_to(question: Mapping[str, Any], jumps: Jumps, pins: Pins) -> dict[str, Any]:
    """What `ask` heard, with the `pins` of a file of known hosts; or `known_hosts` with a `problem`
    of that file.
    """
    path = question.get("known_hosts")
    if not path:
        return await ask(question, jumps)
    try:
        pinned = pins.of(path, question)
    except OSError as problem:
        return {"heard": "known_hosts", "problem": problem.strerror or "it cannot be read"}
    except ValueError:  # its words repeat the line
        return {"heard": "known_hosts", "problem": "not a file in OpenSSH's format of known hosts"}
    heard = await ask({**question, "kinds": [*pinned, *question["kinds"]]}, jumps)
    return {**heard, "pins": pinned}


async def ask(question: Mapping[str, Any], jumps: Jumps) -> dict[str, Any]:
    """One answer: `heard` is `key`, `refused`, `silence`, `unreachable`, `no_ssh`, `no_rdp`,
    `no_key`, `name` or `jump`; with a key its `kind` and the `blob` in base64.
    """
    host = question["host"]
    port = int(question["port"])
    sock = None
    tunnel = None
    try:
        if question.get("jump"):
            tunnel = await jumps.to(question["jump"])
        else:
            sock = await asyncio.wait_for(_connected(host, port), CONNECT_S)
    except TimeoutError:
        return {"heard": "jump" if question.get("jump") else "silence"}
    except ConnectionRefusedError:
        return {"heard": "jump" if question.get("jump") else "refused"}
    except socket.gaierror:
        return {"heard": "jump" if question.get("jump") else "name"}
    except OSError:
        return {"heard": "jump" if question.get("jump") else "unreachable"}
    except Exception:  # noqa: BLE001 whatever a stranger's server makes of a library is its answer
        return {"heard": "jump"}
    try:
        key = _desktop_key if question["protocol"] == Protocol.RDP else _key
        return await asyncio.wait_for(key(question, sock, tunnel), EXCHANGE_S)
    except TimeoutError:
        return {"heard": "no_key"}
    finally:
        if sock is not None:
            sock.close()


async def _connected(host: str, port: int) -> socket.socket:
    """A connection to the first address that answers. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    problem = OSError(f"{host} has no address")
    for family, kind, protocol, _, address in found:
        sock = socket.socket(family, kind, protocol)
        sock.setblocking(False)
        try:
            await loop.sock_connect(sock, address)
        except OSError as refused:
            sock.close()
            problem = refused
        except BaseException:  # given up from outside
            sock.close()
            raise
        else:
            return sock
    raise problem


async def _key(
    question: Mapping[str, Any],
    sock: socket.socket | None,
    tunnel: Any,  # noqa: ANN401 an SSHClientConnection
) -> dict[str, Any]:
    import asyncssh

    kinds = [*question["kinds"], *ALGORITHMS]
    wanted = [name for kind in dict.fromkeys(kinds) for name in ALGORITHMS.get(kind, ())]
    way: dict[str, Any] = {"sock": sock}
    if sock is None:
        way = {"tunnel": tunnel, "host": question["host"], "port": int(question["port"])}
    try:
        key = await asyncssh.get_server_host_key(
            **way, server_host_key_algs=wanted, config=None, options=_options()
        )
    except asyncssh.ChannelOpenError:  # the host on the way cannot reach it
        return {"heard": "unreachable"}
    except asyncssh.KeyExchangeFailed:
        return {"heard": "no_key"}
    except (asyncssh.Error, OSError, ValueError, UnicodeError, LookupError):
        # It ended, or said what is no SSH: HTTP, a banner that is too long, a wrong signature.
        return {"heard": "no_ssh"}
    if key is None:
        return {"heard": "no_key"}
    kind, blob = key.export_public_key("openssh").decode("ascii").split()[:2]
    return {"heard": "key", "kind": kind, "blob": blob}


async def _desktop_key(
    question: Mapping[str, Any],
    sock: socket.socket | None,
    tunnel: Any,  # noqa: ANN401 an SSHClientConnection
) -> dict[str, Any]:
    import asyncssh

    if sock is not None:
        reader, writer = await asyncio.open_connection(sock=sock)
    else:
        try:
            place = (question["host"], int(question["port"]))
            reader, writer = await tunnel.open_connection(*place)
        except (asyncssh.Error, OSError):  # the host on the way cannot reach it, or has gone
            return {"heard": "unreachable"}
    try:
        return await rdp.key_of(reader, writer)
    finally:
        writer.close()


def _options() -> Any:  # noqa: ANN401 SSHClientConnectionOptions
    """For a connection that nobody logs in to: no keys, no agent, no files of the user."""
    import asyncssh

    return asyncssh.SSHClientConnectionOptions(
        config=None, client_keys=None, agent_path=None, known_hosts=None, login_timeout=EXCHANGE_S
    )


async def serve() -> None:
    """Answer until standard input ends."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    seats = asyncio.Semaphore(AT_ONCE)
    jumps = Jumps()
    pins = Pins()
    under_way: set[asyncio.Task[None]] = set()

    async def answer(question: Mapping[str, Any]) -> None:
        async with seats:
            heard = await answer_to(question, jumps, pins)
        os.write(1, json.dumps({"id": question["id"], **heard}).encode() + b"\n")

    while line := await reader.readline():
        task = asyncio.create_task(answer(json.loads(line)))
        under_way.add(task)
        task.add_done_callback(under_way.discard)


if __name__ == "__main__":
    # Not through the end of Python: what servers keep open would hold it up.
    os._exit(run(serve))
