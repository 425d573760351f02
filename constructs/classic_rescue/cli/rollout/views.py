"""How a run is shown while it goes on: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from classic_rescue.cli.terminal.output import clean, say, stdout_is_terminal
from classic_rescue.cli.terraform.hook_events import DeviceProgress, HookEvent, Progress
from classic_rescue.hook.report import duration

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

MAX_ROWS = 25


class NoView:
    """Shows nothing. `show` gets the new events; it is called often, also without any."""

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""

    def show(self, progress: Progress, new: Sequence[HookEvent]) -> None:
        """Do nothing."""


class PlainView(NoView):
    """A line an event, as it comes."""

    def __init__(self, *, err: bool) -> None:
        self._err = err

    def show(self, progress: Progress, new: Sequence[HookEvent]) -> None:
        """Print the new events."""
        for event in new:
            say(f"{event.time} {event.name}: {event.text}", err=self._err)


class LiveView(NoView):
    """A table that is drawn again and again: what each device does, for how long,
    and how long it usually takes.
    """

    def __init__(self) -> None:
        from rich.console import Console  # costs 0.1 s, and only a terminal needs it
        from rich.live import Live

        # This very stream, also while the hook's own lines go elsewhere (`one_hook`).
        console = Console(file=sys.stdout, highlight=False, markup=False)
        self._live: Live = Live(console=console, auto_refresh=False, transient=True)
        self._drawn: object = None

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the table away; what stays is the table of results."""
        self._live.stop()

    def show(self, progress: Progress, new: Sequence[HookEvent]) -> None:
        """Draw the table, if anything in it has changed."""
        content = (caption(progress), rows(progress))
        if content != self._drawn:
            self._drawn = content
            self._live.update(_table(*content), refresh=True)


def choose_view(*, wants_progress: bool, json_wanted: bool) -> NoView:
    """The view that suits the terminal."""
    if not wants_progress:
        return NoView()
    if stdout_is_terminal() and not json_wanted:
        return LiveView()
    return PlainView(err=json_wanted)


def caption(progress: Progress) -> str:
    """One line: how far it is."""
    ended = len(progress.devices) - len(progress.under_way)
    if not progress.devices:
        return "the run is being prepared"
    return f"{ended} of {len(progress.devices)} devices that a hook has begun with are done"


def rows(progress: Progress) -> list[tuple[str, str, str, str]]:
    """The devices to draw: those under way first, and no more than fit a screen."""
    ordered = sorted(progress.devices.values(), key=lambda device: device.last.is_last)
    return [_row(device, progress.clock()) for device in ordered[:MAX_ROWS]]


def _row(device: DeviceProgress, now: float) -> tuple[str, str, str, str]:
    last = device.last
    if last.is_last:
        took_s = last.number("took_s")
        return clean(device.name), clean(last.text), duration(took_s) if took_s else "", ""
    usual = duration(device.usual_s) if device.usual_s else ""
    return clean(device.name), clean(last.text), duration(max(0.0, now - device.since)), usual


def _table(said: str, content: Sequence[tuple[str, ...]]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption=said, caption_justify="left")
    for column in ("device", "what is being done", "for", "usually"):
        table.add_column(column, overflow="fold")
    for row in content:
        table.add_row(*map(Text, row))
    return table
