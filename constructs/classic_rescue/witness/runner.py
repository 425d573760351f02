"""The process that runs a script in a rescue system: `python -m classic_rescue.witness.runner`.

Each line of JSON on standard input is one script in one device, secrets included (`Task`); lines of
JSON on standard output, each with the number of its run, say what happens. It logs in to one host
key alone: a password goes to nobody else. It ends with its standard input; the scripts go on.

The script is started once. A folder in the rescue system's memory, named by the script, is the
lock, and goes with the boot. So whoever comes second, or again after a cut connection, finds the
same run and waits for its end; where the folder is gone, the system has restarted meanwhile.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from classic_rescue.witness.jumps import Jumps
from classic_rescue.witness.process import ALGORITHMS, run

POLL_S = 1.0
AGAIN_S = 5.0
"""How long to wait before another try to connect."""

CONNECT_S = 20.0
COMMAND_S = 30.0
LOST_S = 120.0
"""How long a device may be silent while its script runs, before its result is unknown."""

GRACE_S = 10
"""How long a script has to end by itself once its time is over."""

LONGEST_LINE_BYTES = 4 << 20
"""Of standard input: a script of 1 MB in base64, and some words."""

WHY = {97: "no folder can be made there", 98: "its memory is full"}
MOST_FILES_BYTES = 64 << 20
PART_BYTES = 96 * 1024
NOTHING_LEFT = 3
NO_FILES = {
    0: "they could not be read to their end",
    4: f"they have more than {MOST_FILES_BYTES >> 20} MB",
    5: "the rescue system has no tar",
}
NO_JUMP = "the host to go through cannot be used"
NO_SHELL = "its shell answers otherwise than a POSIX shell"


@dataclass(frozen=True)
class Task:
    """What to do. `kind` and `blob` are the host key, the only one that is logged in to. `script`
    is in base64, `id` names it, `interpreter` are the words that run it. `password`, or `key`: the
    path of a private key, empty for the agent. `is_resumed`: it was started before, so that it is
    not started again where it is gone. `is_again`: it runs once more where it has ended.
    """

    run: int
    host: str
    port: int
    jump: str
    user: str
    kind: str
    blob: str
    id: str
    script: str
    timeout_s: int
    most_bytes: int
    interpreter: Sequence[str] = field(default=("sh",))
    password: str | None = None
    key: str = ""
    is_resumed: bool = False
    is_again: bool = False


class EndedError(Exception):
    """It is over: `said` is the last line."""

    def __init__(self, end: str, **said: object) -> None:
        super().__init__(end)
        self.said = {"end": end, **said}


def tell(**said: object) -> None:
    """One line of JSON."""
    os.write(1, json.dumps(said).encode() + b"\n")


class Runner:
    """One script in one device."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._place = ""
        self._read = 0
        self._looked_at = 0.0
        self._jumps = Jumps()

    def _no_way(self, end: str, why: str = "") -> EndedError:
        """What it means that nobody gets in: a script that was started has an unknown end."""
        if not self._place and not self._task.is_resumed:
            return EndedError(end, why=why)
        return EndedError("gone") if end == "another_key" else EndedError("lost", why=why)

    def _tell(self, **said: object) -> None:
        tell(run=self._task.run, **said)

    async def end(self) -> None:
        """Run it, and tell how it ended."""
        try:
            await self._run()
        except EndedError as ended:
            self._tell(step="end", **ended.said)

    async def _run(self) -> None:
        """From the start to the end, over as many connections as it takes. Raises EndedError."""
        try:
            async with await self._connection() as connection:
                await self._start(connection)
        except _gone() as problem:
            raise self._no_way("not_started", _said(problem)) from None
        while True:
            try:
                async with await self._connection() as connection:
                    await self._look_on(connection)
            except _gone() as problem:
                loop = asyncio.get_running_loop()
                if loop.time() - self._looked_at >= LOST_S:
                    raise EndedError("lost", why=_said(problem)) from None
                self._tell(step="away", why=_said(problem))
            await asyncio.sleep(AGAIN_S)

    async def _start(self, connection: Any) -> None:  # noqa: ANN401 an SSHClientConnection
        task = self._task
        script = base64.b64decode(task.script)
        numbers = [task.id, len(script), task.most_bytes, task.timeout_s, GRACE_S]
        flags = ["yes" if flag else "no" for flag in (task.is_resumed, task.is_again)]
        words = [*map(str, numbers), *flags, *task.interpreter]
        code, output = await _shell(connection, "start.sh", words, script)
        said = output.decode(errors="replace").split()
        if code or len(said) != 3 or said[0] not in ("started", "known", "gone"):
            raise self._no_way("not_started", WHY.get(code or 0, NO_SHELL))
        if said[0] == "gone":
            raise EndedError("gone")
        self._place = said[2]
        self._looked_at = asyncio.get_running_loop().time()
        self._tell(step=said[0], boot=said[1])

    async def _look_on(self, connection: Any) -> None:  # noqa: ANN401 an SSHClientConnection
        """Look again and again, as long as this connection lasts. Raises EndedError."""
        while True:
            words = [self._place, str(self._read + 1)]
            _, told = await _shell(connection, "look.sh", words, b"")
            first, _, output = told.partition(b"\n")
            said = first.decode(errors="replace").split()
            output = output[: self._task.most_bytes - self._read]
            self._read += len(output)
            if output:
                self._tell(step="output", text=base64.b64encode(output).decode())
            if said[:1] == ["gone"]:
                raise EndedError("gone")
            if said[:1] == ["ended"]:
                await self._fetch(connection)
                is_cut = self._read >= self._task.most_bytes
                raise EndedError("ended", code=int(said[2]), is_cut=is_cut, is_late=len(said) > 3)
            if said[:1] != ["runs"]:
                raise OSError(NO_SHELL)
            self._looked_at = asyncio.get_running_loop().time()
            await asyncio.sleep(POLL_S)

    async def _fetch(self, connection: Any) -> None:  # noqa: ANN401 an SSHClientConnection
        """Hand on what files the script has left, from their first byte on."""
        import asyncssh

        command = _command("fetch.sh", [self._place, str(MOST_FILES_BYTES // 1024)])
        given = {"stdin": asyncssh.DEVNULL, "encoding": None}
        process = await connection.create_process(command, **given)
        sent = 0
        while part := await asyncio.wait_for(process.stdout.read(PART_BYTES), COMMAND_S):
            # `du` counts blocks, and files can grow meanwhile.
            if sent + len(part) > MOST_FILES_BYTES * 2:
                process.close()
                self._tell(step="no_files", why=NO_FILES[4])
                return
            self._tell(step="files", at=sent, text=base64.b64encode(part).decode())
            sent += len(part)
        done = await asyncio.wait_for(process.wait(), COMMAND_S)
        if done.exit_status and done.exit_status != NOTHING_LEFT:
            self._tell(step="no_files", why=NO_FILES.get(done.exit_status, NO_FILES[0]))

    async def _connection(self) -> Any:  # noqa: ANN401 an SSHClientConnection
        """To the one host key. Raises EndedError where another one answers."""
        import asyncssh

        task = self._task
        tunnel = await self._tunnel() if task.jump else ()
        key = asyncssh.import_public_key(f"{task.kind} {task.blob}")
        login: dict[str, Any] = {"client_keys": (), "password_auth": False}
        if task.password is not None:
            login = {"client_keys": None, "agent_path": None, "password": task.password}
        elif task.key:
            login = {"client_keys": [task.key], "agent_path": None, "password_auth": False}
        try:
            return await asyncio.wait_for(
                asyncssh.connect(
                    task.host,
                    task.port,
                    username=task.user,
                    known_hosts=([key], [], []),
                    server_host_key_algs=list(ALGORITHMS[task.kind]),
                    tunnel=tunnel,
                    config=None,
                    kbdint_auth=False,
                    **login,
                ),
                CONNECT_S,
            )
        except asyncssh.HostKeyNotVerifiable:
            raise self._no_way("another_key") from None
        except asyncssh.PermissionDenied:
            raise self._no_way("no_login", "it does not let the user in") from None
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, FileNotFoundError):
            raise self._no_way("no_key", "the private key cannot be used") from None

    async def _tunnel(self) -> Any:  # noqa: ANN401 an SSHClientConnection
        """The host that leads on. Raises OSError in our own words."""
        try:
            return await self._jumps.to(self._task.jump)
        except Exception:  # noqa: BLE001 whatever it is, nobody gets through
            raise OSError(NO_JUMP) from None


async def _shell(
    connection: Any,  # noqa: ANN401 an SSHClientConnection
    program: str,
    words: Sequence[str],
    content: bytes,
) -> tuple[int | None, bytes]:
    """Exit code and output of one of our own programs."""
    import asyncssh

    # Without any input its end is told at once.
    given = {"input": content} if content else {"stdin": asyncssh.DEVNULL}
    run = connection.run(_command(program, words), encoding=None, **given)
    done = await asyncio.wait_for(run, COMMAND_S)
    return done.exit_status, bytes(done.stdout or b"")


def _command(program: str, words: Sequence[str]) -> str:
    """One of our own programs, as a command for whatever shell there is."""
    text = Path(__file__).with_name(program).read_text(encoding="utf-8")
    return shlex.join(["sh", "-c", text, "sh", *words])


def _gone() -> tuple[type[BaseException], ...]:
    """What a device that is away looks like."""
    import asyncssh

    return (asyncssh.Error, OSError, TimeoutError, ValueError, IndexError)


def _said(problem: BaseException) -> str:
    """In our own words: nothing that a server sends."""
    if isinstance(problem, ConnectionRefusedError):
        return "it refuses connections"
    if isinstance(problem, TimeoutError):
        return "it does not answer"
    said = str(problem)
    return said if said in (NO_SHELL, NO_JUMP) else "the connection was cut"


async def _main() -> None:
    lines = asyncio.StreamReader(limit=LONGEST_LINE_BYTES)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    runs: dict[int, asyncio.Task[None]] = {}
    while line := await lines.readline():
        given = json.loads(line)
        if dropped := given.get("drop"):
            runs.pop(dropped).cancel()
            continue
        task = Task(**given)
        runs[task.run] = asyncio.create_task(Runner(task).end())


if __name__ == "__main__":
    os._exit(run(_main))
