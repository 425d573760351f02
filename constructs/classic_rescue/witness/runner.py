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
import contextlib
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
SLOWEST_BYTES_S = 16 * 1024
LOST_S = 120.0
"""How long a device may be silent while its script runs, before its result is unknown."""

GRACE_S = 10
"""How long a script has to end by itself once its time is over."""

LONGEST_LINE_BYTES = 4 << 20
"""Of standard input: a script of 1 MB in base64, and some words."""

MOST_WORDS_BYTES = 4096
"""Of our own programs' answers, besides what the script has printed."""

FILES_S = 900.0
"""How long all of the files may take: 64 MB over 600 kbit/s."""

WHY = {
    96: "it has no `setsid`",
    97: "no folder can be made there",
    98: "its memory is full",
}
MOST_CODE = 255
MOST_TRIES = 3
"""To fetch the files, over as many connections."""

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
        self._is_sent = False
        self._read = 0
        self._looked_at = 0.0
        self._give_up = 0.0
        self._files_until = 0.0
        self._tries = 0
        self._ended: EndedError | None = None
        self._jumps = Jumps()

    def _no_way(self, end: str, why: str = "") -> EndedError:
        """What it means that nobody gets in: a script that was started has an unknown end."""
        if not self._is_sent and not self._task.is_resumed:
            return EndedError(end, why=why)
        return EndedError("gone") if end == "another_key" else EndedError("lost", why=why)

    def _tell(self, **said: object) -> None:
        tell(run=self._task.run, **said)

    async def end(self) -> None:
        """Run it, and tell how it ended."""
        try:
            await self._run()
        except EndedError as ended:
            end = ended
        except Exception as problem:  # noqa: BLE001 whoever waits for it would wait without end
            end = self._no_way("not_started", f"the process that runs it fails: {_kind(problem)}")
        if self._ended and end is not self._ended:
            # It ended, and only the way to its files was lost.
            self._tell(step="no_files", why=NO_FILES[0])
            end = self._ended
        self._tell(step="end", **end.said)

    async def _run(self) -> None:
        """From the start to the end, over as many connections as it takes. Raises EndedError."""
        while True:
            try:
                async with await self._connection() as connection:
                    if not self._place:
                        await self._start(connection)
                    await self._look_on(connection)
            except _gone() as problem:
                self._end_where_lost(problem)
                self._tell(step="away", why=_said(problem))
            await asyncio.sleep(AGAIN_S)

    def _end_where_lost(self, problem: BaseException) -> None:
        """Raises EndedError where it is not to be tried again."""
        if str(problem) == NO_SHELL and not self._place:
            self._is_sent = False
        if not self._is_sent:
            raise self._no_way("not_started", _said(problem))
        now = asyncio.get_running_loop().time()
        # Asked for once more, a run that had begun and ended meanwhile would begin a second time.
        is_unsure = not self._place and self._task.is_again
        if is_unsure or now - self._looked_at >= LOST_S or 0 < self._files_until <= now:
            raise EndedError("lost", why=_said(problem))

    async def _start(self, connection: Any) -> None:  # noqa: ANN401 an SSHClientConnection
        task = self._task
        script = base64.b64decode(task.script)
        numbers = [task.id, len(script), task.most_bytes, task.timeout_s, GRACE_S]
        flags = ["yes" if flag else "no" for flag in (task.is_resumed, task.is_again)]
        words = [*map(str, numbers), *flags, *task.interpreter]
        if not self._is_sent:
            self._is_sent = True
            self._looked_at = asyncio.get_running_loop().time()
        code, output = await _shell(connection, "start.sh", words, content=script)
        said = output.decode(errors="replace").split()
        if code or len(said) != 3 or said[0] not in ("started", "known", "gone"):
            if code is None:
                raise OSError(None, "the connection was cut")
            self._is_sent = False
            raise self._no_way("not_started", WHY.get(code, NO_SHELL))
        if said[0] == "gone":
            raise EndedError("gone")
        self._place = said[2]
        self._looked_at = asyncio.get_running_loop().time()
        self._give_up = self._looked_at + task.timeout_s + GRACE_S + LOST_S
        self._tell(step=said[0], boot=said[1])

    async def _look_on(self, connection: Any) -> None:  # noqa: ANN401 an SSHClientConnection
        """Look again and again, as long as this connection lasts. Raises EndedError."""
        while True:
            words = [self._place, str(self._read + 1)]
            left = self._task.most_bytes - self._read
            _, told = await _shell(connection, "look.sh", words, most_bytes=left + MOST_WORDS_BYTES)
            first, _, output = told.partition(b"\n")
            said = first.decode(errors="replace").split()
            output = output[:left]
            self._read += len(output)
            if output:
                self._tell(step="output", text=base64.b64encode(output).decode())
            if said[:1] in (["gone"], ["killed"]):
                raise EndedError(said[0])
            if said[:1] == ["ended"] and said[2].isdecimal() and int(said[2]) <= MOST_CODE:
                is_cut = self._read >= self._task.most_bytes
                code = int(said[2])
                ended = EndedError("ended", code=code, is_cut=is_cut, is_late=len(said) > 3)
                self._ended = self._ended or ended
                await self._fetch(connection)
                raise self._ended
            if said[:1] != ["runs"]:
                raise OSError(NO_SHELL)
            self._looked_at = asyncio.get_running_loop().time()
            if self._looked_at >= self._give_up:
                raise EndedError("overtime")
            await asyncio.sleep(POLL_S)

    async def _fetch(self, connection: Any) -> None:  # noqa: ANN401 an SSHClientConnection
        """Hand on what files the script has left, from their first byte on."""
        now = asyncio.get_running_loop().time()
        self._looked_at = now
        self._files_until = self._files_until or now + FILES_S
        self._tries += 1
        if self._tries > MOST_TRIES:
            return self._tell(step="no_files", why=NO_FILES[0])
        if why := await asyncio.wait_for(self._files(connection), self._files_until - now):
            return self._tell(step="no_files", why=why)
        return None

    async def _files(self, connection: Any) -> str:  # noqa: ANN401 an SSHClientConnection
        """Returns why they are not whole."""
        import asyncssh

        command = _command("fetch.sh", [self._place, str(MOST_FILES_BYTES // 1024)])
        none = asyncssh.DEVNULL
        process = await connection.create_process(command, stdin=none, stderr=none, encoding=None)
        sent = 0
        while part := await asyncio.wait_for(process.stdout.read(PART_BYTES), COMMAND_S):
            # `du` counts blocks, and files can grow meanwhile.
            if sent + len(part) > MOST_FILES_BYTES * 2:
                process.close()
                return NO_FILES[4]
            self._tell(step="files", at=sent, text=base64.b64encode(part).decode())
            sent += len(part)
        code = (await asyncio.wait_for(process.wait(), COMMAND_S)).exit_status
        if code is None:
            raise OSError(NO_SHELL)
        return "" if code in (0, NOTHING_LEFT) else NO_FILES.get(code, NO_FILES[0])

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
    *,
    content: bytes = b"",
    most_bytes: int = MOST_WORDS_BYTES,
) -> tuple[int | None, bytes]:
    """Exit code and output of one of our own programs. Raises OSError where it says more: whoever
    answers then may go on without end.
    """
    import asyncssh

    # Without any input its end is told at once.
    given = {"stdin": asyncssh.PIPE if content else asyncssh.DEVNULL, "stderr": asyncssh.DEVNULL}
    command = _command(program, words)

    async def answer() -> tuple[int | None, bytes]:
        async with await connection.create_process(command, encoding=None, **given) as process:
            if content:
                with contextlib.suppress(OSError):  # it may have ended without reading it
                    process.stdin.write(content)
                    process.stdin.write_eof()
            told = b""
            while part := await process.stdout.read(most_bytes + 1 - len(told)):
                told += part
                if len(told) > most_bytes:
                    raise OSError(NO_SHELL)
            done = await process.wait()
            return done.exit_status, told

    return await asyncio.wait_for(answer(), COMMAND_S + len(content) / SLOWEST_BYTES_S)


def _command(program: str, words: Sequence[str]) -> str:
    """One of our own programs, as a command for whatever shell there is."""
    text = Path(__file__).with_name(program).read_text(encoding="utf-8")
    return shlex.join(["sh", "-c", text, "sh", *words])


def _gone() -> tuple[type[BaseException], ...]:
    """What a device that is away looks like."""
    import asyncssh

    return (asyncssh.Error, OSError, TimeoutError, ValueError, IndexError)


def _kind(problem: BaseException) -> str:
    return type(problem).__name__


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
