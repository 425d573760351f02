"""In place of a synthesis whose like was done before in this run of the tests: its files again.

Starting cdktf takes longer than anything else that most tests do, and they hand it the same few
fleets. `timekeeper.py` has every app that it steers ask here first. Only what `main.py` reads
counts as the same, and nothing is kept that failed or that depends on the time of day.
`tests/synth` starts the real app each time.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import IO, NoReturn

STORE = "REMEMBERED_APPS"
"""The variable that names the folder of what was kept; without it nothing is."""
OVER = re.compile(r"until: 2026-01-01T00:00:00Z|require_until")
"""What does not depend on the time of day any more, or never did."""
ASKED_BY_THE_CLOCK = re.compile(r"until|windows|break_glass")
MOCK = re.compile(r"127\.0\.0\.1:(\d+)")
NO_MATTER = {
    "CLASSIC_RESCUE_CLOCK_SPEED",
    "CLASSIC_RESCUE_COMMAND",
    "CLASSIC_RESCUE_EVENTS",
    "CLASSIC_RESCUE_JOURNAL",
    "CLASSIC_RESCUE_LOCKS",
}
"""Variables of ours that `main.py` does not read."""


class Names:
    """What differs between two tests although they ask the same: their folder, and ports."""

    def __init__(self, folder: str, *texts: str) -> None:
        ports = dict.fromkeys(port for text in texts for port in MOCK.findall(text))
        self.pairs = {f"127.0.0.1:{port}": f"<mock {n}>" for n, port in enumerate(ports)}
        self.pairs |= {folder: "<folder>", os.getcwd(): "<project>"}
        self._ports = ports

    def take_out(self, text: str) -> str:
        """The text as it is in every test."""
        for name, general in self.pairs.items():
            text = text.replace(name, general)
        return text

    def put_in(self, text: str) -> str:
        """The text as it is in this one."""
        for name, general in self.pairs.items():
            text = text.replace(general, name)
        return text

    def are_all_out(self, text: str) -> bool:
        """Whether no port is left that is spelt in another way."""
        return not any(port in text for port in self._ports)


class _Heard:
    """A stream that remembers what was written to it."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self.said = ""

    def write(self, text: str) -> int:
        self.said += text
        return self._stream.write(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


def answer_or_remember(folder: str) -> None:
    """End this process with what was kept; else let the app run, and keep what it writes.

    `folder` is the test's own.
    """
    store = os.environ.get(STORE)
    if not store or "SYNTH_HCL_OUTPUT" in os.environ:
        return
    environ = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("CLASSIC_RESCUE_", "CDKTF_", "JSII_", "PYTHON"))
        and name not in NO_MATTER
    }
    try:
        fleet = Path(os.environ["CLASSIC_RESCUE_FLEET"]).read_text(encoding="utf-8")
        app = Path(sys.orig_argv[-1]).read_text(encoding="utf-8")
    except (KeyError, OSError, ValueError):
        return
    if ASKED_BY_THE_CLOCK.search(OVER.sub("", fleet)) or "CLASSIC_RESCUE_BREAK_GLASS" in environ:
        return
    names = Names(folder, fleet, *environ.values())
    node = shutil.which("node")
    asked = json.dumps([sys.orig_argv[1:], os.getcwd(), fleet, app, sorted(environ.items()), node])
    key = hashlib.sha256(names.take_out(asked).encode()).hexdigest()
    kept = Path(store, f"{key}.json")
    output = Path(os.environ.get("CDKTF_OUTDIR") or "cdktf.out")
    if kept.exists():
        _answer(json.loads(kept.read_text()), output, names)
    _remember(kept, output, names)


def _answer(kept: dict[str, str], output: Path, names: Names) -> None:
    os.umask(0o077)  # as the app does
    try:
        for path, text in kept.items():
            if path:
                target = output / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(names.put_in(text), encoding="utf-8")
    except OSError:
        return  # the app itself says what is wrong
    sys.stderr.write(names.put_in(kept[""]))
    sys.stderr.flush()
    os._exit(0)


def _remember(kept: Path, output: Path, names: Names) -> None:
    """Keep the files that the app writes, and under the empty name what it says."""
    heard = _Heard(sys.stderr)
    end = sys.exit

    def keep_and_exit(code: int) -> NoReturn:
        if code == 0:
            found = {"": names.take_out(heard.said), **_written(output, names)}
            if all(map(names.are_all_out, found.values())):
                half = kept.with_suffix(f".{os.getpid()}")
                half.write_text(json.dumps(found))
                half.replace(kept)
        end(code)

    sys.stderr = heard
    sys.exit = keep_and_exit  # type: ignore[assignment] # the app gives its exit code


def _written(output: Path, names: Names) -> dict[str, str]:
    stacks = json.loads((output / "manifest.json").read_text())["stacks"].values()
    paths = ["manifest.json", *(stack["synthesizedStackPath"] for stack in stacks)]
    return {path: names.take_out((output / path).read_text(encoding="utf-8")) for path in paths}
