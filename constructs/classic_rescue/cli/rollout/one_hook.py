"""One hook run in this process, without Terraform, and shown as those of a deploy are."""

from __future__ import annotations

import io
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from pathlib import Path

from classic_rescue.boot import environment
from classic_rescue.cli.rollout.views import LiveView
from classic_rescue.cli.terminal.output import say_wrapped, stdout_is_terminal
from classic_rescue.cli.terraform.hook_events import EventFile, HookEvent, Progress

TICK_S = 0.2


def run_one_hook(
    environ: Mapping[str, str],
    *,
    json_wanted: bool,
    clock: Callable[[], float],
    tell: Callable[[Sequence[HookEvent]], None] = lambda events: None,
) -> tuple[int, HookEvent | None]:
    """Run it to its end, with what `environ` orders. Gives its exit code and its last word; `tell`
    gets all that it said.

    On a terminal a table shows what it does and for how long, and its last word is the last line.
    Elsewhere its lines come one after the other, as they are. `clock` counts the device's seconds.
    """
    from classic_rescue.hook.__main__ import main as run_hook

    progress = Progress(clock)
    is_live = stdout_is_terminal() and not json_wanted
    with tempfile.TemporaryDirectory(prefix="classic-rescue-") as private:
        events = EventFile(Path(private, "events.jsonl"))
        shown = _drawn(events, progress) if is_live else nullcontext()
        own = {**environ, environment.EVENTS: str(events.path)}
        with _signals_given_back(), shown:
            code = int(run_hook(["enter", "--again", *(["--json"] if json_wanted else [])], own))
        _take_new(events, progress)
    for device in progress.devices.values():
        tell(device.events)
    ends = [device.outcome for device in progress.devices.values() if device.outcome]
    end = ends[-1] if ends else None
    if is_live and end:
        say_wrapped(f"{end.name}: {end.text}")
    return code, end


def _take_new(events: EventFile, progress: Progress) -> list[HookEvent]:
    new = events.read_new()
    for event in new:
        progress.take(event)
    return new


@contextmanager
def _drawn(events: EventFile, progress: Progress) -> Iterator[None]:
    """A table that a thread draws again and again, in place of the hook's lines: signals reach the
    main thread, which runs the hook.
    """
    is_over = threading.Event()
    with LiveView() as view, redirect_stdout(io.StringIO()):

        def draw() -> None:
            while not is_over.wait(TICK_S):
                view.show(progress, _take_new(events, progress))

        thread = threading.Thread(target=draw, daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()
            view.show(progress, _take_new(events, progress))


@contextmanager
def _signals_given_back() -> Iterator[None]:
    """The hook takes the signals for itself, and its process is not meant to go on."""
    from classic_rescue.hook.__main__ import SIGNALS

    before = [(number, signal.getsignal(number)) for number in SIGNALS]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
