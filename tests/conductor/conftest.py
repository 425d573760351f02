"""Hooks as Terraform starts them, and a door at which they come in."""

from __future__ import annotations

import queue
import shlex
import shutil
import signal
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from classic_rescue.conductor.clients import Client, Door
from classic_rescue.stack.blocks import HookCall
from tests.patience import PATIENCE_S

SHELLS = [
    shell
    for shell in (["/bin/sh"], ["dash"], ["bash", "--posix"], ["busybox", "sh"], ["ksh"], ["mksh"])
    if shutil.which(shell[0])
]
NOBODY = "/nonexistent/python"
"""In place of Python: a hook that falls back to a process of its own is seen."""


def command(verb: str = "enter") -> str:
    """What Terraform hands to the shell."""
    text = HookCall(NOBODY, "/nonexistent", None).command(verb)  # type: ignore[arg-type] # any verb
    return text.replace("$${", "${")


def _listen() -> None:
    """As Terraform starts hooks: no signal is ignored, though our own job may run in the
    background, and then a shell could not listen for it.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def _hide(text: str) -> str:
    return text.replace("s3cret", "***")


@dataclass
class Entrance:
    """A door, and the clients that came in."""

    folder: Path
    came: queue.Queue[Client] = field(default_factory=queue.Queue)
    room: int = 100

    def __post_init__(self) -> None:
        self.door = Door(str(self.folder), self.came.put, _hide, room=self.room)
        threading.Thread(target=self.door.listen, daemon=True).start()

    def start(
        self, order: str = "{}", *, shell: list[str] | None = None, cwd: Path | None = None
    ) -> subprocess.Popen[str]:
        """A hook as Terraform starts it."""
        return subprocess.Popen(
            [*(shell or ["/bin/sh"]), "-c", command()],
            env={
                "PATH": "/usr/bin:/bin",
                "CLASSIC_RESCUE_CONDUCTOR": str(self.folder),
                "CLASSIC_RESCUE_ORDER": order,
                "CLASSIC_RESCUE_POLICY": "enforced",
            },
            cwd=cwd or self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=_listen,  # noqa: PLW1509 it only sets what signals do
        )

    def next(self) -> Client:
        """The next client that comes in."""
        return self.came.get(timeout=PATIENCE_S)


@pytest.fixture
def entrance(tmp_path: Path) -> Entrance:
    """A door in a folder whose name needs quotes."""
    folder = tmp_path / "it's a folder"
    folder.mkdir(0o700)
    assert shlex.quote(str(folder)) != str(folder)
    return Entrance(folder)
