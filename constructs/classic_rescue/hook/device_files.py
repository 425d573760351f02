"""What runs on this machine tell each other of a device: who works on it, what its last restart was
seen to do, and what was requested so lately that nothing can show it yet.

Three files a device in a folder of the user: a lock that its process holds open, so that the system
releases it however the process ends, and two notes. A folder that cannot be used costs the lock and
the notes, never the run.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from classic_rescue.api.devices import DeviceId
from classic_rescue.api.settings import is_loopback
from classic_rescue.boot import environment
from classic_rescue.boot.evidence import Observation, Sign, observe
from classic_rescue.boot.facts import Facts
from classic_rescue.boot.labels import LABELS, Label, Meaning
from classic_rescue.boot.states import BootState
from classic_rescue.boot.waiting import Pace

PRIVATE = 0o700
SLACK = timedelta(seconds=2)
LONGEST_HOLDER_BYTES = 4096
_SERVICE = "softlayer.com"


class Holder(NamedTuple):
    """The run that works on a device."""

    pid: int
    since: str
    what: str

    def __str__(self) -> str:
        """Say it so that a person finds the process."""
        return f"process {self.pid} on this machine since {self.since} ({self.what})"


class RestartNote(NamedTuple):
    """What was seen of the last restart that a run on this machine asked for or watched.

    It is about a restart that was sent or accepted from `since` to `until`, by the service's time.
    `is_shown`: the device showed that it was done; False: it was up all the time, so that most
    likely it was not; None: nothing tells.
    """

    since: datetime
    until: datetime
    is_shown: bool | None
    text: str

    def is_about(self, restart_at: datetime | None) -> bool:
        """Whether this restart is the one: its time may come in whole seconds."""
        return restart_at is not None and self.since - SLACK <= restart_at <= self.until + SLACK


class RequestNote(NamedTuple):
    """A request that was sent, and of which no transaction was seen yet. `at` is a moment of the
    service's time.
    """

    at: datetime
    meaning: Meaning
    text: str

    def may_show_yet(self, now: datetime) -> bool:
        """Whether its transaction may still come."""
        return abs((now - self.at).total_seconds()) < Pace().appear_s


class DeviceFiles:
    """The folder, for the devices of one endpoint. `account` tells apart whose they are."""

    def __init__(self, folder: str, endpoint: str, *, has_one_mock: bool = False) -> None:
        self._folder = folder
        host = urlsplit(endpoint).netloc.rpartition("@")[2].lower()
        self.account = host.replace(":", "_").replace("/", "_")
        if host.split(":")[0].endswith(_SERVICE):  # both networks reach the same devices
            self.account = _SERVICE
        elif has_one_mock and is_loopback(endpoint):  # it has another port at each start
            self.account = "mock"

    @contextmanager
    def locked(
        self,
        device: DeviceId,
        me: Holder,
        *,
        wait: Callable[[str], None],
        warn: Callable[[str], None],
    ) -> Iterator[None]:
        """Only one run at a time works on a device.

        `wait` is called with who holds it, as often as it is found held; it may raise. `warn` is
        told where no lock can be had: the run then goes on without.
        """
        try:
            descriptor = self._open(device, "lock")
        except OSError as problem:
            warn(
                f"no lock can be had in {self._folder} ({problem.strerror or problem}): another run"
                f" on this machine would not be noticed; {environment.LOCKS} names another folder"
            )
            yield
            return
        try:
            while not _try_lock(descriptor):
                wait(str(_holder_in(descriptor) or "another run on this machine"))
            with suppress(OSError):  # a full disk: the lock stands, only its holder has no name
                _write(descriptor, json.dumps(me))
            yield
            with suppress(OSError):
                os.ftruncate(descriptor, 0)
        finally:
            os.close(descriptor)

    def remember(self, device: DeviceId, note: RestartNote | None) -> None:
        """Keep what was seen of a restart, or that there was none. A full disk costs the memory,
        not the run.
        """
        row = note and [note.since.isoformat(), note.until.isoformat(), note.is_shown, note.text]
        self._write_note(device, "restart", row)

    def remember_request(self, device: DeviceId, note: RequestNote | None) -> None:
        """Keep what is about to be requested, or that its work is seen, or that there is none."""
        row = note and [note.at.isoformat(), str(note.meaning), note.text]
        self._write_note(device, "request", row)

    def _write_note(self, device: DeviceId, kind: str, row: Sequence[object] | None) -> None:
        path = self._path(device, kind)
        with suppress(OSError):
            if row is None:
                os.unlink(path)
                return
            self._make_folder()
            descriptor = os.open(f"{path}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                os.write(descriptor, json.dumps(row).encode())
            finally:
                os.close(descriptor)
            os.replace(f"{path}.new", path)

    def _read_note(self, device: DeviceId, kind: str) -> list[Any]:
        """Raises OSError, ValueError."""
        self._check_folder()
        with open(self._path(device, kind), encoding="utf-8") as stream:
            row = json.load(stream)
        if not isinstance(row, list):
            raise ValueError("not a note")
        return row

    def request(self, device: DeviceId) -> RequestNote | None:
        """What was requested lately; None where nothing is known."""
        try:
            at, meaning, text = self._read_note(device, "request")
            return RequestNote(datetime.fromisoformat(at), Meaning(meaning), str(text))
        except (OSError, ValueError, TypeError):
            return None

    def restart(self, device: DeviceId) -> RestartNote | None:
        """What was seen of its last restart; None where nothing is known."""
        try:
            since, until, is_shown, text = self._read_note(device, "restart")
            return RestartNote(
                datetime.fromisoformat(since),
                datetime.fromisoformat(until),
                is_shown if isinstance(is_shown, bool) else None,
                str(text),
            )
        except (OSError, ValueError, TypeError):
            return None

    def observe(
        self,
        device: DeviceId,
        facts: Facts,
        *,
        seen: Sequence[Sign] = (),
        labels: Iterable[Label] = LABELS,
        now: datetime | None = None,
    ) -> Observation:
        """What the device runs, as `boot.evidence.observe` has it, and from what an earlier run on
        this machine saw of its last restart, or, with `now`, has just requested.
        """
        asked = self.request(device) if now else None
        if asked and now and asked.may_show_yet(now):
            seen = [*seen, Sign(asked.meaning, asked.at, asked.text, is_proof=False)]
        found = observe(facts, seen=seen, labels=labels, now=now)
        is_blind = found.state is BootState.RESCUE and not facts.shows_restarts
        note = self.restart(device) if found.restart_at or is_blind else None
        if note is None or (found.restart_at and not note.is_about(found.restart_at)):
            return found
        if note.is_shown:
            at = max(note.until, found.restart_at or note.until)
            sign = Sign(Meaning.RESTART, at, note.text)
        elif is_blind:  # the service does not tell this user, but a run knows what it sent
            sign = Sign(Meaning.RESTART, note.since, note.text, is_proof=False)
        else:
            return found
        return observe(facts, seen=[*seen, sign], labels=labels, now=now)

    def eyes(self, labels: Iterable[Label]) -> Callable[[DeviceId, Facts], Observation]:
        """`observe` with these labels, for whoever looks at many devices."""
        return lambda device, facts: self.observe(device, facts, labels=labels)

    def _open(self, device: DeviceId, kind: str) -> int:
        self._make_folder()
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        return os.open(self._path(device, kind), flags, 0o600)

    def _make_folder(self) -> None:
        with suppress(FileExistsError):
            os.mkdir(self._folder, PRIVATE)
        self._check_folder()

    def _check_folder(self) -> None:
        _check_private(self._folder)

    def _path(self, device: DeviceId, kind: str) -> str:
        return os.path.join(self._folder, f"{self.account}-{device.kind}-{device.id}.{kind}")


def device_files(environ: Mapping[str, str], endpoint: str) -> DeviceFiles:
    """The files of this user on this machine, or in the folder that CLASSIC_RESCUE_LOCKS names,
    which then serves no two mocks.

    Not below TMPDIR or HOME, which differ between a terminal, a job and a service of one user.
    """
    named = bool(environ.get(environment.LOCKS))
    return DeviceFiles(_folder_of(environ), endpoint, has_one_mock=named)


def private_folder(environ: Mapping[str, str]) -> str:
    """The folder of those files, made where it is missing. Raises OSError for one that somebody
    else could write to.
    """
    folder = _folder_of(environ)
    with suppress(FileExistsError):
        os.mkdir(folder, PRIVATE)
    _check_private(folder)
    return folder


def _folder_of(environ: Mapping[str, str]) -> str:
    named = environ.get(environment.LOCKS)
    return named or f"/tmp/classic-rescue-{os.getuid()}"  # noqa: S108 its owner and mode are checked


def _check_private(folder: str) -> None:
    """Raise OSError for a folder that somebody else could write to."""
    found = os.lstat(folder)
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    if not is_ours or found.st_mode & 0o022:
        raise OSError(f"{folder} is not a folder that only this user may write to")


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder_in(descriptor: int) -> Holder | None:
    """Who holds the lock; None while that is being written."""
    try:
        pid, since, what = json.loads(os.pread(descriptor, LONGEST_HOLDER_BYTES, 0))
        return Holder(int(pid), str(since), str(what))
    except (ValueError, TypeError):
        return None


def _write(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode(), 0)
