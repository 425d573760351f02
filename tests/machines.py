"""SSH servers on this machine, in the place of devices: which system runs is told by the host key
that answers.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh

from tests.patience import PATIENCE_S

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]
Serve = Callable[["asyncssh.SSHServerProcess[bytes]"], Coroutine[Any, Any, None]]
"""What becomes of one command."""


def new_key(kind: str = "ssh-ed25519") -> asyncssh.SSHKey:
    """A host key that nobody else has."""
    return asyncssh.generate_private_key(kind)


class Machine:
    """One address and port, where another system can answer at every moment."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._server: asyncio.AbstractServer | asyncssh.SSHAcceptor | None = None
        self._connections: list[asyncssh.SSHServerConnection] = []
        self.passwords: list[str] = []

    def runs(
        self,
        *keys: asyncssh.SSHKey,
        shell: Path | None = None,
        password: str = "",
        serve: Serve | None = None,
    ) -> None:
        """Boot a system with these host keys; none: power off.

        With a `shell` root can log in with this password; what commands keep in memory is in this
        folder. Every password that was sent is in `passwords`. `serve` answers commands instead.
        """
        self._do(self._boot(list(keys), shell, password, serve))

    def leads(self, key: asyncssh.SSHKey, client: asyncssh.SSHKey) -> None:
        """Be a host to go through, for whoever has the client's key."""
        self._do(self._lead(key, client))

    async def _lead(self, key: asyncssh.SSHKey, client: asyncssh.SSHKey) -> None:
        await self._off()
        machine = self

        class Guard(asyncssh.SSHServer):
            """Lets one key in, and on to everywhere."""

            def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
                machine._connections.append(conn)

            def begin_auth(self, username: str) -> bool:
                return True

            def public_key_auth_supported(self) -> bool:
                return True

            def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
                return key == client.convert_to_public()

            def connection_requested(
                self, dest_host: str, dest_port: int, orig_host: str, orig_port: int
            ) -> bool:
                return True

        self._server = await asyncssh.create_server(
            Guard, "127.0.0.1", self.port, server_host_keys=[key], reuse_address=True
        )

    def behaves(self, behaviour: Behaviour) -> None:
        """Let something else answer."""
        self._do(self._listen(behaviour))

    async def _boot(
        self, keys: list[asyncssh.SSHKey], shell: Path | None, password: str, serve: Serve | None
    ) -> None:
        await self._off()
        machine = self

        class Guard(asyncssh.SSHServer):
            """Lets root in who knows the password."""

            def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
                machine._connections.append(conn)

            def begin_auth(self, username: str) -> bool:
                return True

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, given: str) -> bool:
                machine.passwords.append(given)
                return shell is not None and (username, given) == ("root", password)

        async def run(process: asyncssh.SSHServerProcess[bytes]) -> None:
            command = (process.command or "").replace("/run/classic-rescue", str(shell))
            pipe = asyncio.subprocess.PIPE
            child = await asyncio.create_subprocess_shell(
                command, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL
            )
            output, _ = await child.communicate(await process.stdin.read())
            process.stdout.write(output)
            process.exit(child.returncode or 0)

        if keys:
            self._server = await asyncssh.create_server(
                Guard,
                "127.0.0.1",
                self.port,
                server_host_keys=keys,
                reuse_address=True,
                process_factory=serve or run,
                encoding=None,
            )

    async def _listen(self, behaviour: Behaviour) -> None:
        await self._off()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                found = behaviour(reader, writer)
                if asyncio.iscoroutine(found):
                    await found
            except (ConnectionError, asyncio.CancelledError):
                pass
            finally:
                writer.close()

        self._server = await asyncio.start_server(serve, "127.0.0.1", self.port)

    async def _off(self) -> None:
        server = self._server
        self._server = None
        while self._connections:
            self._connections.pop().abort()
        if server is not None:
            server.close()
            if isinstance(server, asyncssh.SSHAcceptor):
                await server.wait_closed()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)


@contextmanager
def machines() -> Iterator[Callable[[], Machine]]:
    """A maker of machines, which end with the block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="machines", daemon=True)
    thread.start()
    made: list[Machine] = []

    def make() -> Machine:
        made.append(Machine(loop))
        return made[-1]

    try:
        yield make
    finally:
        for machine in made:
            machine.runs()
        asyncio.run_coroutine_threadsafe(_end_all(), loop).result(PATIENCE_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_S)
        loop.close()


async def _end_all() -> None:
    """Nobody goes on talking to a client that has left."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
