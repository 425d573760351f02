"""One file of records that is whole at any moment: a header, then one record a line, each with its
checksum.

    {"format": "classic-mock-save", "version": 2, "good_bytes": 4711, "now_s": 1700000000.0}
    1c291ca3 {"starting": ...}
    9f0de2c1 {...}

The header is padded to 128 bytes. A record is on disk before the header counts it, and the header
is written in one piece. So a crash leaves at most one record that the header does not count: whole,
then it holds; torn, then nobody was told of it. A file that is shorter than its header says, or
damaged within, was damaged from outside.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from pathlib import Path
from zlib import crc32

from mock_api.domain.locking import fcntl

FORMAT = "classic-mock-save"
VERSION = 2
HEADER_BYTES = 128
SHORTEST_LOG = 4 * 1024 * 1024  # bytes of changes that are kept before the file is written again


class SaveFileError(Exception):
    """The save file cannot be used; the text is one sentence for people."""


class SaveLog:
    """The file, locked for this process.

    Until something is written, FILE.new is locked in its place.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now_s = 0.0
        self._target = path.resolve()
        self._fresh = self._target.with_name(self._target.name + ".new")
        self._is_new = False
        self._descriptor = self._lock()
        self._end = 0
        self._whole_bytes = 0

    @property
    def needs_replacing(self) -> bool:
        """Whether the changes have outgrown the world before them,
        or somebody took the file away.
        """
        outgrown = self._end - self._whole_bytes > max(self._whole_bytes, SHORTEST_LOG)
        return outgrown or not self._is_current(self._descriptor)

    def read(self) -> list[bytes]:
        """The records; none for a file that was never written. Raises SaveFileError."""
        if self._is_new:
            return []
        try:
            data = _read_all(self._descriptor)
        except OSError as error:
            raise self._unusable(str(error.strerror)) from None
        good_bytes, self.now_s = self._read_header(data[:HEADER_BYTES])
        records, end = _split(data)
        if end < good_bytes or not records:
            raise SaveFileError(
                f"{self.path}: the save file is damaged at byte {end} of {good_bytes};"
                " put a copy in its place, or give another --save."
            )
        return records

    def append(self, record: bytes, now_s: float) -> None:
        """Add a record behind the others. Raises OSError; what the file said before stays."""
        line = _line(record)
        try:
            _write_all(self._descriptor, line, self._end)
            os.fdatasync(self._descriptor)
        except OSError:
            with contextlib.suppress(OSError):  # the header does not count what is left there
                os.ftruncate(self._descriptor, self._end)
            raise
        self._end += len(line)
        self.keep_time(now_s)

    def replace(self, record: bytes, now_s: float) -> None:
        """Begin again with this record, in a file that takes the old one's place.

        Raises OSError; the old one stays.
        """
        line = _line(record)
        end = HEADER_BYTES + len(line)
        descriptor = self._open_fresh()
        try:
            os.ftruncate(descriptor, 0)
            _write_all(descriptor, _header(end, now_s) + line, 0)
            os.fsync(descriptor)
            os.replace(self._fresh, self._target)
        except OSError:
            self._give_up(descriptor)
            raise
        if descriptor != self._descriptor:
            os.close(self._descriptor)
        self._descriptor = descriptor
        self._is_new = False
        self._end = end
        self._whole_bytes = len(line)
        _sync_folder(self._target.parent)

    def keep_time(self, now_s: float) -> None:
        """Note the clock in the header.

        It needs no sync of its own: it only has to outlive this process.
        """
        _write_all(self._descriptor, _header(self._end, now_s), 0)

    def close(self) -> None:
        """Let another process use the file."""
        os.close(self._descriptor)
        if self._is_new:
            self._fresh.unlink(missing_ok=True)

    def _lock(self) -> int:
        while True:
            try:
                descriptor = self._open()
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise self._unusable("it is no regular file")
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                text = "another mock already uses this save file; stop it or give another --save."
                raise SaveFileError(f"{self.path}: {text}") from None
            except OSError as error:
                raise self._unusable(str(error.strerror)) from None
            if self._is_current(descriptor):
                return descriptor
            os.close(descriptor)  # another mock put its file in this one's place meanwhile

    def _open(self) -> int:
        try:
            self._is_new = False
            return os.open(self._target, os.O_RDWR)
        except FileNotFoundError:
            self._is_new = True
            return os.open(self._fresh, os.O_RDWR | os.O_CREAT, 0o600)

    def _is_current(self, descriptor: int) -> bool:
        """Whether the locked file is still the one that others find."""
        if self._is_new and self._target.exists():
            return False
        try:
            return os.path.samestat(
                os.fstat(descriptor), os.stat(self._fresh if self._is_new else self._target)
            )
        except FileNotFoundError:
            return False

    def _open_fresh(self) -> int:
        """FILE.new, locked: the next file of this name."""
        if self._is_new:
            return self._descriptor
        descriptor = os.open(self._fresh, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return descriptor

    def _give_up(self, descriptor: int) -> None:
        """Free the disk from a file that could not be written."""
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, 0)
        if descriptor != self._descriptor:
            self._fresh.unlink(missing_ok=True)
            os.close(descriptor)

    def _read_header(self, line: bytes) -> tuple[int, float]:
        try:
            header = json.loads(line)
            if header["format"] == FORMAT and header["version"] == VERSION:
                return int(header["good_bytes"]), float(header["now_s"])
            version = header["version"] if header["format"] == FORMAT else None
        except (ValueError, KeyError, TypeError):
            version = None
        what = (
            "is not a saved world" if version is None else f"is a saved world of format {version}"
        )
        text = (
            f"this {what}; this mock reads format {VERSION}. Remove the file or give another"
            " --save."
        )
        raise SaveFileError(f"{self.path}: {text}")

    def _unusable(self, reason: str) -> SaveFileError:
        return SaveFileError(
            f"{self.path}: the save file cannot be used ({reason}); give another --save."
        )


def _header(good_bytes: int, now_s: float) -> bytes:
    text = json.dumps(
        {"format": FORMAT, "version": VERSION, "good_bytes": good_bytes, "now_s": now_s}
    )
    return text.encode().ljust(HEADER_BYTES - 1) + b"\n"


def _line(record: bytes) -> bytes:
    return b"%08x %s\n" % (crc32(record), record)


def _split(data: bytes) -> tuple[list[bytes], int]:
    """The whole records from the first on, and where they end."""
    records = []
    start = HEADER_BYTES
    while (end := data.find(b"\n", start)) >= 0:
        checksum, _, record = data[start:end].partition(b" ")
        if checksum != b"%08x" % crc32(record):
            break
        records.append(record)
        start = end + 1
    return records, start


def _read_all(descriptor: int) -> bytes:
    with open(descriptor, "rb", closefd=False) as file:
        file.seek(0)
        return file.read()


def _write_all(descriptor: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view = view[written:]
        offset += written


def _sync_folder(folder: Path) -> None:
    """Bring the new name to the disk as well."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
