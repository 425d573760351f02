"""Hooks that Terraform starts, in the mock's time alone: however slow the machine is,
the same happens in the same order.

The mock's clock stands still. A hook that would sleep tells it here and waits; once every hook
that runs is waiting, the clock moves to the next one that is due, which goes on. `steered_hook.py`
stands in for the Python that Terraform starts, and `steered_conductor.py` changes what orders wait
with in a conductor.
"""

from __future__ import annotations

import json
import selectors
import shlex
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import warm_app
from tests.conftest import Mock

HOOK = Path(__file__).with_name("steered_hook.py")
CONDUCTOR = Path(__file__).with_name("steered_conductor.py")
PORT = "TIMEKEEPER_PORT"
CLOCK_SPEED = 6000
"""What hooks are told. They only divide by it here; what they count in real seconds, such as the
age of a look at the fleet, is over as soon as with a mock that is as fast.
"""

STAND_IN = """\
#!/bin/sh
[ "$1" = -S ] && shift && set -- -S "{hook}" "$@" || set -- "{hook}" "$@"
exec {python} "$@"
"""


class Timekeeper:
    """Gives time to the hooks of one mock. `now_s` counts the seconds that it gave."""

    def __init__(self, mock: Mock) -> None:
        self._mock = mock
        self._door = socket.create_server(("127.0.0.1", 0))
        self._bell, self._rope = socket.socketpair()
        self._due: dict[socket.socket, float] = {}
        self._hooks = selectors.DefaultSelector()
        for one in (self._door, self._bell):
            self._hooks.register(one, selectors.EVENT_READ)
        self.now_s = 0.0
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where hooks ask."""
        port: int = self._door.getsockname()[1]
        return port

    def stop(self) -> None:
        """Give no time any more; a hook that still waits ends."""
        self._rope.close()
        self._thread.join()
        for key in list(self._hooks.get_map().values()):
            self._leave(key.fileobj)  # type: ignore[arg-type] # only sockets were registered

    def _run(self) -> None:
        while True:
            for key, _ in self._hooks.select():
                if key.fileobj is self._bell:
                    return
                if key.fileobj is self._door:
                    self._enter(self._door.accept()[0])
                else:
                    self._hear(key.fileobj)  # type: ignore[arg-type] # only sockets were registered
            self._wake()

    def _enter(self, hook: socket.socket) -> None:
        self._hooks.register(hook, selectors.EVENT_READ)
        self._tell(hook)

    def _hear(self, hook: socket.socket) -> None:
        try:
            text = hook.recv(100)
        except ConnectionError:
            text = b""
        if text:
            self._due[hook] = self.now_s + float(text)
        else:
            self._leave(hook)

    def _leave(self, hook: socket.socket) -> None:
        self._due.pop(hook, None)
        self._hooks.unregister(hook)
        hook.close()

    def _wake(self) -> None:
        """Move on to the next one that is due, if all are waiting."""
        running = len(self._hooks.get_map()) - 2 - len(self._due)
        if running or not self._due:
            return
        next_s = min(self._due.values())
        self._mock.control_call("clock", {"advance_s": next_s - self.now_s}, method="POST")
        self.now_s = next_s
        for hook in [hook for hook, due_s in self._due.items() if due_s <= next_s]:
            del self._due[hook]
            self._tell(hook)

    def _tell(self, hook: socket.socket) -> None:
        hook.sendall(json.dumps(self.now_s).encode() + b"\n")


@contextmanager
def keeping_time(mock: Mock, folder: Path, *, is_warm: bool = True) -> Iterator[dict[str, str]]:
    """Steer all hooks of this mock. Gives what their environment must hold, and makes `folder`.

    `is_warm`: an app asks the warm one (warm_app.py).
    """
    folder.mkdir()
    steered = folder / "python"
    steered.write_text(STAND_IN.format(python=shlex.quote(sys.executable), hook=HOOK))
    steered.chmod(0o755)
    if node := shutil.which("node", path=str(Path(sys.executable).parent)):
        (folder / "node").symlink_to(node)  # the synthesis looks for it beside its Python
    (folder / "sitecustomize.py").write_text(
        "import sys\n"
        "if any(word.endswith('main.py') for word in sys.orig_argv):\n"
        f"    sys.executable = {str(steered)!r}\n"
        f"    warm = {str(warm_app.address()) if is_warm else ''!r}\n"
        f"    sys.path.append({str(HOOK.parents[1])!r})\n"
        "    if warm:\n"
        "        from tests.warm_app import answer\n"
        "        answer(warm)\n"
        "    del sys.path[-1]\n"
        "if 'classic_rescue.conductor' in sys.orig_argv:\n"
        f"    sys.path.append({str(CONDUCTOR.parents[1])!r})\n"
        f"    from tests.{CONDUCTOR.stem} import steer\n"
        "    del sys.path[-1]\n"
        "    steer()\n"
    )
    keeper = Timekeeper(mock)
    try:
        yield {
            "PYTHONPATH": str(folder),
            "CLASSIC_RESCUE_CLOCK_SPEED": str(CLOCK_SPEED),
            PORT: str(keeper.port),
        }
    finally:
        keeper.stop()
