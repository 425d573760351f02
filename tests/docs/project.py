"""A project with the offline mock, in which the commands of a page run as a reader types them."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import urllib3

from tests.docs.blocks import ROOT, Block
from tests.patience import PATIENCE_S

CHECKOUT = ("Makefile", ".ci", "constructs", "main.py", "cdktf.json", "mock_api", "docs")
KEPT = ("mock.json", "mock.lock", "mock.log", "world.json")
QUICK = {
    "guest_rescue_s": 20,
    "hardware_rescue_s": 20,
    "iso_mount_s": 20,
    "guest_reboot_s": 150,
    "hardware_reboot_s": 150,
    "lockout_s": 1,
    "appears_after_s": 1,
}
"""How long things take there, in the mock's seconds: the readers' times, shortened."""

USUAL_PORT = "8080"
CACHE = "JSII_RUNTIME_PACKAGE_CACHE_ROOT"
_DAY = re.compile(r"\b\d{4}-\d\d-\d\d(?=T\d\d:\d\d)")


class Project:
    """One folder for all pages; the mock goes on, its world begins again with each page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._home = folder.parent / "home"
        self._home.mkdir()
        self._staying: list[subprocess.Popen[str]] = []
        self.printed = ""
        self._port = ""

    def begin(self, *, is_checkout: bool, is_empty: bool) -> None:
        """Empty the folder, and put into it what a reader of the page has."""
        for path in self.folder.iterdir():
            if path.name != ".classic-rescue":
                _remove(path)
        for path in (self.folder / ".classic-rescue").glob("*"):
            if not path.name.startswith(KEPT):
                _remove(path)
        (self.folder / ".venv").symlink_to(sys.prefix)
        for name in CHECKOUT if is_checkout else ():
            (self.folder / name).symlink_to(ROOT / name)
        if not is_empty:
            shutil.copy(ROOT / "fleet.yaml", self.folder)
        if not self._is_mock_there():
            probe = self.folder.parent / "probe.yaml"
            probe.write_text("devices: {}\n")
            self.shell(f"classic-rescue status --fleet {probe}")
        self._steer("POST", "reset")
        self._steer("POST", "clock", {"resume": True})
        self._steer("PATCH", "settings", QUICK)
        self._port = _free_port()

    def end(self) -> None:
        """Stop what stays."""
        for process in self._staying:
            process.terminate()
            process.communicate(timeout=PATIENCE_S)
        self._staying.clear()
        for path in self.folder.glob("*/.classic-rescue"):
            _kill(path.parent)

    def run(self, block: Block) -> str:
        """Run a block. Returns what is wrong; empty where it ended as the page says."""
        commands = block.text.replace(USUAL_PORT, self._port)
        if "stays" in block.words:
            return self._start(block.place, commands)
        ended = self.shell(commands)
        if "before" in block.words:
            return "" if ended.returncode in (0, 2) else f"{block.place}: {ended.stderr}"
        self.printed = ended.stdout
        if ended.returncode == block.exit_code:
            return ""
        return (
            f"{block.place}: ended with {ended.returncode}, not {block.exit_code}:\n"
            f"{ended.stdout}{ended.stderr}"
        )

    def shell(self, commands: str) -> subprocess.CompletedProcess[str]:
        """Run lines in a shell, in the project."""
        return subprocess.run(
            ["bash", "-uo", "pipefail", "-c", f"set -e\n{commands}"],
            cwd=self.folder,
            env=self.environ(),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE_S,
            check=False,
        )

    def save(self, text: str) -> None:
        """Keep a fleet file."""
        (self.folder / "fleet.yaml").write_text(in_future(text))

    def change(self, diff: str) -> None:
        """Apply a change of the fleet file; its lines must stand there once."""
        lines = diff.split("\n")
        before = "\n".join(line[1:] for line in lines if line[:1] != "+")
        after = "\n".join(line[1:] for line in lines if line[:1] != "-")
        path = self.folder / "fleet.yaml"
        text = path.read_text()
        assert text.count(before) == 1, f"not once in fleet.yaml:\n{before}"
        path.write_text(text.replace(before, after))

    def stop(self) -> None:
        """End the mock."""
        _kill(self.folder)

    def _start(self, place: str, commands: str) -> str:
        process = subprocess.Popen(
            ["bash", "-c", f"exec {commands.strip()}"],
            cwd=self.folder,
            env=self.environ(),
            stdout=subprocess.PIPE,
            text=True,
        )
        self._staying.append(process)
        assert process.stdout
        return "" if process.stdout.readline() else f"{place}: ended"

    def environ(self) -> dict[str, str]:
        """That of a reader, who is signed in nowhere; and what commands nobody sees need."""
        mock = self._mock()
        return {
            "PATH": f"{Path(sys.prefix, 'bin')}:{os.environ['PATH']}",
            "HOME": str(self._home),
            "LANG": "C.UTF-8",
            "MAKEFLAGS": "--old-file=setup",  # what it sets up is there already
            **{name: os.environ[name] for name in (CACHE,) if name in os.environ},
            "MOCK_REST": str(mock.get("rest", "")).rstrip("/"),
            "MOCK_CONTROL": str(mock.get("control", "")).rstrip("/"),
            "MOCK_LOGIN": f"{mock.get('user')}:{mock.get('key')}",
        }

    def _mock(self) -> dict[str, Any]:
        return mock_of(self.folder)

    def _is_mock_there(self) -> bool:
        """It goes away by itself when nobody has asked it for two minutes."""
        try:
            urllib3.request("GET", f"{self._mock()['control']}health", retries=False, timeout=9)
        except (KeyError, urllib3.exceptions.HTTPError):
            return False
        return True

    def _steer(self, verb: str, path: str, body: object = None) -> None:
        url = f"{self._mock()['control']}{path}"
        reply = urllib3.request(verb, url, json=body, timeout=PATIENCE_S)
        assert reply.status == 200, reply.data


def mock_of(folder: Path) -> dict[str, Any]:
    """What mock.json tells of the mock of a folder; nothing where it has none."""
    with suppress(FileNotFoundError):
        return dict(json.loads((folder / ".classic-rescue" / "mock.json").read_text()))
    return {}


def _kill(folder: Path) -> None:
    with suppress(OSError, KeyError):
        os.kill(mock_of(folder)["pid"], signal.SIGKILL)


def in_future(text: str) -> str:
    """The text with its days put to tomorrow: what a page shows is over one day."""
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%d")
    return _DAY.sub(tomorrow, text)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return str(door.getsockname()[1])
