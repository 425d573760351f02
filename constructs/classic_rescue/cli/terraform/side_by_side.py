"""Programs of several stacks, run side by side to their end,
with Ctrl-C and SIGTERM passed on in order.
"""

from __future__ import annotations

import queue
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from classic_rescue.cli.terraform.processes import StopRequests

TICK_S = 0.05


@dataclass(frozen=True, slots=True)
class Call:
    """One program: what is run and where, and the files that take what it says.

    `err` may be `out`.
    """

    argv: tuple[str, ...]
    cwd: Path
    out: Path
    err: Path
    environ: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ends:
    """How the programs ended: their exit codes by key.

    Those that an interruption kept from starting have none.
    """

    codes: dict[str, int]
    is_interrupted: bool


def run_side_by_side(
    calls: Mapping[str, Call],
    *,
    at_once: int,
    tick: Callable[[], None] = lambda: None,
    held_open: Sequence[int] = (),
) -> Ends:
    """Run all calls, at most `at_once` at a time. `tick` is called again and again, and once at the
    end.

    Each runs in a session of its own, so that the terminal's Ctrl-C reaches it through here only.
    `held_open` are descriptors of locks that must live as long as the programs. Raises OSError
    where one cannot be started.
    """
    stop = StopRequests()
    waiting = list(calls.items())
    codes: dict[str, int] = {}
    running: dict[str, subprocess.Popen[bytes]] = {}
    ended: queue.SimpleQueue[str] = queue.SimpleQueue()
    with stop.listening(), _none_left(stop, running):
        while running or (waiting and not stop.count):
            while waiting and len(running) < at_once and not stop.count:
                key, call = waiting.pop(0)
                running[key] = _start(call, held_open)
                threading.Thread(target=_await_end, args=(key, running[key], ended)).start()
            tick()
            stop.stop({process.pid for process in running.values()})
            with suppress(queue.Empty):
                key = ended.get(timeout=TICK_S)
                codes[key] = running.pop(key).wait()
    tick()
    return Ends({key: codes[key] for key in calls if key in codes}, stop.count > 0)


@contextmanager
def _none_left(
    stop: StopRequests, running: Mapping[str, subprocess.Popen[bytes]]
) -> Iterator[None]:
    """Whatever goes wrong in between, no program outlives this: it is told to stop,
    and waited for.
    """
    try:
        yield
    finally:
        if running:
            stop.count = max(stop.count, 1)
            stop.stop({process.pid for process in running.values()})
            for process in running.values():
                process.wait()


def _await_end(key: str, process: subprocess.Popen[bytes], ended: queue.SimpleQueue[str]) -> None:
    process.wait()
    ended.put(key)


def _start(call: Call, held_open: Sequence[int]) -> subprocess.Popen[bytes]:
    with ExitStack() as files:
        out = files.enter_context(call.out.open("wb"))
        err = (
            subprocess.STDOUT if call.err == call.out else files.enter_context(call.err.open("wb"))
        )
        return subprocess.Popen(  # noqa: S603 the project's own programs, and no word of a user that is not quoted
            call.argv,
            cwd=call.cwd,
            env=dict(call.environ),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
            pass_fds=tuple(held_open),
        )
