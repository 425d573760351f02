"""The process of the conductor: `python -m classic_rescue.conductor FOLDER`, a child of the command
that starts Terraform.

It says that it is ready on standard output, then every step of every order as a line of JSON. It
ends when its standard input ends: in order, with a last word of each order that is under way.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sys
import threading
from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from classic_rescue.api.devices import Devices
from classic_rescue.api.settings import Settings
from classic_rescue.boot import environment
from classic_rescue.boot.labels import Label
from classic_rescue.conductor.account import Account, Line
from classic_rescue.conductor.clients import Client, Door
from classic_rescue.conductor.listening import Listening
from classic_rescue.conductor.pacer import DEFAULT_PACE, Pacer
from classic_rescue.conductor.shared_claims import App, SharedClaims
from classic_rescue.conductor.shared_devices import SharedDevices
from classic_rescue.conductor.waiting import pause
from classic_rescue.hook import journal
from classic_rescue.hook.exits import Exit, Interrupted
from classic_rescue.hook.orders import Host, carry_out, clock_speed, fail, forms
from classic_rescue.hook.report import Report
from classic_rescue.rim.hiding import hide
from classic_rescue.rim.streams import open_missing_streams
from classic_rescue.rim.unexpected import say_unexpected

if TYPE_CHECKING:  # a driver that few need
    from classic_rescue.hook.journal_table import JournalTable

READY = '{"ready": true}'
STACK_BYTES = 512 * 1024
TICK_S = 0.05
FILES_A_HOOK = 2
"""Its pipe, and the lock of its device."""

OTHER_FILES = 200
"""What is kept for connections: a request that changes something has one of its own."""


class Conductor:
    """Carries out what hooks ask for, each in a thread of its own. `tell` takes the events."""

    def __init__(
        self, folder: str, environ: Mapping[str, str], *, pace: float, tell: Callable[[str], None]
    ) -> None:
        self._environ = dict(environ)  # os.environ decodes a value each time that it is read
        self._pace = pace
        self._tell = tell
        self._lock = threading.Lock()
        self._journal = threading.Lock()
        self._tables: dict[str, JournalTable] = {}
        self._apps: dict[str, App] = {}
        self._accounts: dict[Settings, Account] = {}
        self._listening = Listening(self._environ)
        self._secrets = forms(environ)
        self.door = Door(folder, self._greet, self._hidden, room=_room())

    def _hidden(self, text: str) -> str:
        return hide(text, self._secrets)

    def _greet(self, client: Client) -> None:
        name = f"order {client.number}"
        thread = threading.Thread(target=self._carry_out, args=(client,), name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system gives this process no more
            said = "nothing was started: this machine allows no more threads; run fewer at once"
            with suppress(OSError):
                fail(Exit.FAILED, said, client.err)
            self.door.leave(client, Exit.FAILED)

    def _carry_out(self, client: Client) -> None:
        seats: list[SharedDevices] = []

        def connect(
            settings: Settings, labels: Sequence[Label], sleep: Callable[[float], None]
        ) -> Devices:
            account = self._account(settings, labels)
            seats.append(SharedDevices(account, Line(account, client.waiting, sleep=sleep)))
            return seats[-1]

        def events(line: str) -> None:
            client.remember(line)
            self._tell(line)

        host = Host(
            environ=ChainMap(client.wanted.environ, self._environ),
            directory=client.wanted.directory,
            out=client.out,
            err=client.err,
            now=lambda: datetime.now(UTC),
            clock=client.waiting.clock,
            sleep=client.waiting.sleep,
            connect=connect,
            events=events,
            listen=_nothing_to_hear,
            deafen=_nothing_to_do,
            keep=self.keep,
            meet=self._meet,
            ask_device=lambda project, asked: self._listening.ask(project, asked, client.waiting),
            scripts=self._listening.scripts,
            is_alone=False,
        )
        code = Exit.FAILED
        try:
            code = _kept_to_an_exit(client, host, self._hidden)
        finally:
            for seat in seats:
                seat.leave()
            client.waiting.close()
            self.door.leave(client, code)

    def keep(self, place: str, line: journal.Line, key: str | None) -> str:
        """Add a line to the journal. Returns why it cannot be written; empty when it is."""
        if "://" in place:
            return journal.keep(place, line, key)
        if journal.is_table(place):
            return self._table(place, key).append(line)
        # One after the other: a line on its way looks like one that a killed writer left behind.
        with self._journal:
            return journal.keep(place, line, key)

    def _table(self, place: str, key: str | None) -> JournalTable:
        """One connection for all orders."""
        from classic_rescue.hook.journal_table import JournalTable

        with self._lock:
            return self._tables.setdefault(place, JournalTable(place, key))

    @property
    def counts(self) -> dict[str, int]:
        """The requests of all orders, and those that the service refused for their rate."""
        with self._lock:
            accounts = list(self._accounts.values())
        return {
            "requests": sum(account.calls for account in accounts),
            "refused": sum(account.refused for account in accounts),
        }

    def _meet(self, root: str, **timing: Any) -> SharedClaims:  # noqa: ANN401 as DownClaims takes it
        with self._lock:
            app = self._apps.setdefault(root, App())
        return SharedClaims(app, root, **timing)

    def _account(self, settings: Settings, labels: Sequence[Label]) -> Account:
        with self._lock:
            if settings not in self._accounts:
                speed = clock_speed(self._environ, settings)
                pacer = Pacer(self._pace, speed=speed)
                self._accounts[settings] = Account(settings, labels, pacer=pacer, speed=speed)
            return self._accounts[settings]


def _kept_to_an_exit(client: Client, host: Host, hidden: Callable[[str], str]) -> Exit:
    """What `hook.__main__` does for one process."""
    try:
        return carry_out([client.wanted.verb], host)
    except BrokenPipeError:  # its hook is gone
        return Exit.FAILED
    except Interrupted:
        return _failed(Exit.INTERRUPTED, "interrupted; nothing was started", host)
    except Exception as problem:  # noqa: BLE001 the rim: Terraform prints what is said here
        return _failed(Exit.FAILED, say_unexpected("classic-rescue", problem, hidden), host)


def _failed(code: Exit, text: str, host: Host) -> Exit:
    with suppress(OSError):  # its hook may be gone
        fail(code, text, host.err)
    return code


def _room() -> int:
    """How many hooks may be inside at once."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return sys.maxsize
    return max((files - min(OTHER_FILES, files * 3 // 4)) // FILES_A_HOOK, 1)


def _nothing_to_hear(report: Report) -> None:
    """Interrupts come through the waiting."""


def _nothing_to_do() -> None:
    """They need not be held off: each comes once."""


def pace_in(environ: Mapping[str, str]) -> float:
    """How many requests a second at most. Raises ValueError."""
    text = environ.get(environment.REQUESTS_PER_SECOND, "").strip()
    try:
        pace = float(text) if text else DEFAULT_PACE
    except ValueError:
        pace = 0.0
    if not 0 < pace <= 1000:
        raise ValueError(
            f"{environment.REQUESTS_PER_SECOND}: {text!r}; allowed: a number above 0, up to 1000"
        )
    return pace


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Serve the hooks that meet in the folder, until standard input ends."""
    (folder,) = arguments
    lock = threading.Lock()

    def tell(line: str) -> None:
        # Who listened may be gone; the orders have their hooks to tell.
        with lock, suppress(OSError):
            os.write(1, line.encode() + b"\n")

    try:
        conductor = Conductor(folder, environ, pace=pace_in(environ), tell=tell)
    except (ValueError, OSError) as problem:
        tell(json.dumps({"problem": str(problem)}))
        return Exit.USAGE
    threading.Thread(target=conductor.door.listen, name="door", daemon=True).start()
    tell(READY)
    with suppress(OSError):
        while os.read(0, 4096):
            pass
    conductor.door.stop_all()
    while not conductor.door.is_empty:
        pause(TICK_S)
    tell(json.dumps({"counts": conductor.counts}))
    shutil.rmtree(folder, ignore_errors=True)
    return Exit.DONE


def _end_all(ended: threading.ExceptHookArgs) -> None:
    """A thread that others wait for has ended: hooks are told only where the process ends."""
    if ended.exc_value is not None:
        secrets = forms(os.environ)
        text = say_unexpected("classic-rescue", ended.exc_value, lambda said: hide(said, secrets))
        with suppress(OSError):
            os.write(2, f"classic-rescue: {text}\n".encode())
    os._exit(Exit.FAILED)


def run_process() -> int:
    """The whole process: its streams, limits and signals, and what it ends with."""
    open_missing_streams()
    os.umask(0o077)
    threading.stack_size(STACK_BYTES)
    threading.excepthook = _end_all
    with suppress(ValueError, OSError):  # macOS allows less than it says
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    # Ctrl-C is for the command that started it, and reaches the orders through their hooks.
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    return main(sys.argv[1:], os.environ)


if __name__ == "__main__":
    os._exit(run_process())
