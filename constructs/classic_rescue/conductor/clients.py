"""The hooks that Terraform starts, as the conductor sees them: what each asks for, and the way
back.

They meet in a folder that only this user can enter; it is the run's own, and gone with it.
"""

from __future__ import annotations

import errno
import json
import os
import queue
import select
import stat
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from classic_rescue.boot import environment
from classic_rescue.conductor.waiting import Waiting

ASK = "ask"
SCRIPT = "client"
LARGEST_ORDER_BYTES = 1024 * 1024
LOOK_OUTSIDE_MS = 500
"""How often those outside are let in where other files than theirs take all the room."""


class Wanted(NamedTuple):
    """What a hook asks for. `environ` is what its process has besides ours."""

    verb: str
    directory: str
    environ: dict[str, str]


class Client:
    """One hook that waits for the end of its order."""

    def __init__(self, folder: str, number: str, hidden: Callable[[str], str]) -> None:
        self.number = number
        self._path = os.path.join(folder, number)
        self._order_path = f"{self._path}.order"
        self._hidden = hidden
        self._lock = threading.Lock()
        self.descriptor = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        try:
            self.wanted = self._read_wanted()
            self.waiting = Waiting()
            os.unlink(self._order_path)
        except BaseException:
            os.close(self.descriptor)
            raise
        os.set_blocking(self.descriptor, True)
        self.out = _Stream(self, "o")
        self.err = _Stream(self, "e")

    def _read_wanted(self) -> Wanted:
        """Raises OSError, ValueError."""
        found = os.fstat(self.descriptor)
        if not stat.S_ISFIFO(found.st_mode) or found.st_uid != os.getuid():
            raise ValueError("not the pipe of a hook of this user")
        descriptor = os.open(self._order_path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as file:
            if os.fstat(file.fileno()).st_uid != os.getuid():
                raise ValueError("not an order of this user")
            content = file.read(LARGEST_ORDER_BYTES)
        verb, policy, endpoint, order, directory = os.fsdecode(content).split("\n", 4)
        given = {
            environment.POLICY_MARK: policy,
            environment.FLEET_ENDPOINT: endpoint,
            environment.ORDER: order,
        }
        return Wanted(
            verb,
            directory.removesuffix("\n"),
            {key: value for key, value in given.items() if value},
        )

    def tell(self, letter: str, text: str) -> None:
        """Send lines back. Raises BrokenPipeError for a hook that is gone."""
        lines = "".join(f"{letter}{line}\n" for line in self._hidden(text).split("\n"))
        content = lines.encode(errors="backslashreplace")
        with self._lock:
            while content:
                content = content[os.write(self.descriptor, content) :]

    def remember(self, event: str) -> None:
        """Let it know of the request that a step announces: it has to name it where nobody else can
        any more.
        """
        step = json.loads(event)
        if step["step"] == "request":
            with suppress(OSError):  # the hook is gone, which its order learns elsewhere
                self.tell("r", step["text"])

    def let_go(self) -> None:
        """The hook reads the end of the pipe."""
        os.close(self.descriptor)
        with suppress(OSError):
            os.unlink(self._path)


class _Stream:
    """One of the streams of a hook. What is written reaches it line by line."""

    def __init__(self, client: Client, letter: str) -> None:
        self._client = client
        self._letter = letter
        self._rest = ""

    def write(self, text: str) -> int:
        whole, newline, self._rest = (self._rest + text).rpartition("\n")
        if newline:
            self._client.tell(self._letter, whole)
        return len(text)

    def flush(self) -> None:
        """Whole lines were sent when they were written."""


class Door:
    """Where hooks come in. `greet` is called with each; it must not wait. `hidden` takes secrets
    out of what they are told. `room` is how many may be inside at once: others wait outside.
    """

    def __init__(
        self,
        folder: str,
        greet: Callable[[Client], None],
        hidden: Callable[[str], str],
        *,
        room: int = 1000,
    ) -> None:
        self._room = room
        self._outside: deque[str] = deque()
        self._to_be_stopped: set[str] = set()
        self._folder = folder
        self._greet = greet
        self._hidden = hidden
        self._lock = threading.Lock()
        self._inside: dict[str, Client] = {}
        self._pipes: dict[int, Client] = {}
        self._leaving: queue.SimpleQueue[Client] = queue.SimpleQueue()
        self._poll = select.poll()
        ask = os.path.join(folder, ASK)
        os.mkfifo(ask, 0o600)
        # For both, so that it never ends; what is written before anybody reads is not lost.
        self._ask = os.open(ask, os.O_RDWR | os.O_NONBLOCK)
        self._poll.register(self._ask, select.POLLIN)
        Path(folder, SCRIPT).write_bytes(Path(__file__).with_name("client.sh").read_bytes())

    def listen(self) -> None:
        """Take in what comes, for ever. Only this thread opens and closes the pipes of hooks: the
        number of a closed one is soon another's.
        """
        rest = b""
        while True:
            for descriptor, _ in self._poll.poll(LOOK_OUTSIDE_MS if self._outside else None):
                if descriptor == self._ask:
                    with suppress(BlockingIOError):
                        rest += os.read(self._ask, 65536)
                else:  # without a word
                    self._poll.unregister(descriptor)
                    self._pipes.pop(descriptor).waiting.stop()
            while not self._leaving.empty():
                self._let_go(self._leaving.get())
            while self._outside and len(self._inside) < self._room:
                if not self._enter(self._outside.popleft()):
                    break
            *lines, rest = rest.split(b"\n")
            for line in lines:
                self._hear(line.decode(errors="replace"))

    def _hear(self, line: str) -> None:
        what, _, number = line.partition(" ")
        if not number.isascii() or not number.isdecimal():
            return
        known = self._inside.get(number)
        if what == "stop" and known:
            known.waiting.stop()
        elif what == "stop" and number in self._outside:
            self._to_be_stopped.add(number)
        elif what == "begin" and len(self._inside) >= self._room:
            self._outside.append(number)
        elif what == "begin" and known is None:
            self._enter(number)

    def _enter(self, number: str) -> bool:
        """Let it in. Returns whether there was room; it waits outside otherwise."""
        try:
            client = Client(self._folder, number, self._hidden)
        except (OSError, ValueError) as problem:
            if isinstance(problem, OSError) and problem.errno in (errno.EMFILE, errno.ENFILE):
                self._outside.appendleft(number)
                return False
            return True  # it has gone already, or is none of ours: nobody waits for an answer
        with self._lock:
            self._inside[number] = client
        self._pipes[client.descriptor] = client
        self._poll.register(client.descriptor, 0)
        with suppress(OSError):
            client.tell("h", "")
        if number in self._to_be_stopped:
            self._to_be_stopped.remove(number)
            client.waiting.stop()
        self._greet(client)
        return True

    def _let_go(self, client: Client) -> None:
        with self._lock:
            del self._inside[client.number]
        if self._pipes.pop(client.descriptor, None):
            self._poll.unregister(client.descriptor)
        client.let_go()

    def leave(self, client: Client, code: int) -> None:
        """Tell a hook how its order ended, and let it go."""
        with suppress(OSError):
            client.tell("x", str(code))
        self._leaving.put(client)
        os.write(self._ask, b"left\n")

    def stop_all(self) -> None:
        """Interrupt every order, as Ctrl-C does."""
        for client in self._all():
            client.waiting.stop()

    @property
    def is_empty(self) -> bool:
        """Whether no hook waits any more."""
        return not self._all()

    def _all(self) -> list[Client]:
        with self._lock:
            return list(self._inside.values())
