"""A run of hooks, whoever starts Terraform: shown while it goes on, told and proved at its end."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from classic_rescue.api.errors import ApiError
from classic_rescue.boot import environment
from classic_rescue.cli.rollout import results
from classic_rescue.cli.rollout.views import choose_view
from classic_rescue.cli.session.fleet_file import Target
from classic_rescue.cli.session.observed import Row
from classic_rescue.cli.session.session import Session
from classic_rescue.cli.terminal.failures import DIFFERENT, ERROR, INTERRUPTED
from classic_rescue.cli.terminal.output import own_command, say, say_json, say_wrapped, show_records
from classic_rescue.cli.terraform.cdktf_run import errors_in
from classic_rescue.cli.terraform.hook_events import EventFile, Progress

End = TypeVar("End")

MIN_PARALLELISM = 10
MAX_PARALLELISM = 100
"""Hooks at once: few devices in the file can mean many that leave it;
above 100 the memory of the hooks counts.
"""

Start = Callable[[dict[str, str], Callable[[], None]], End]
"""Runs the programs to their end.

Takes what to add to their environment, and what to call again and again.
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One program of a run that has ended: what it was, its exit code (None: it never began),
    and its log.
    """

    what: str
    code: int | None
    log: Path


@dataclass(frozen=True, slots=True)
class Watch:
    """What a run is about. `run_again` says how to go on after a failure;
    `clock` counts seconds.
    """

    verb: str
    program: str
    run_again: str
    session: Session
    targets: list[Target]
    is_destroy: bool
    wants_progress: bool
    json_wanted: bool
    clock: Callable[[], float]

    def parallelism(self, wanted: int | None) -> int:
        """How many hooks at once."""
        return wanted or min(max(len(self.targets), MIN_PARALLELISM), MAX_PARALLELISM)

    def say(self, text: str, *, err: bool = False) -> None:
        """Say a line to people: beside the result where that is for programs."""
        say(text, err=err or self.json_wanted)

    def run(self, start: Start[End]) -> tuple[End, Progress]:
        """Run the programs, and show what their hooks tell.

        Gives how they ended, and all that was told.
        """
        speed = self.session.connection.clock_speed
        progress = Progress(lambda: self.clock() * speed)
        view = choose_view(wants_progress=self.wants_progress, json_wanted=self.json_wanted)
        with tempfile.TemporaryDirectory(prefix="classic-rescue-") as private, view:
            events = EventFile(Path(private, "events.jsonl"))

            def tick() -> None:
                new = events.read_new()
                for event in new:
                    progress.take(event)
                view.show(progress, new)

            own = {
                environment.COMMAND: own_command(),
                environment.EVENTS: str(events.path),
            }
            return start(own, tick), progress

    def tell(self, parts: Sequence[Part], progress: Progress, about: Mapping[str, object]) -> int:
        """Look at the devices, and tell what was done to each and what is not as wanted. Returns
        the exit code.

        `about` is what the result for programs holds besides.
        """
        rows = self._observe()
        failed = [part for part in parts if part.code != 0]
        self._tell_results(rows, progress, is_done=not failed, about=about)
        missing = self._tell_missing(rows, progress)
        for part in failed:
            self._tell_failure(part)
        if failed:
            return ERROR
        return DIFFERENT if missing else 0

    def tell_interrupted(self, progress: Progress) -> int:
        """Say what each device told last. Returns the exit code."""
        self.say(f"{self.program} was interrupted. What each device told last:", err=True)
        for device in progress.devices.values():
            say_wrapped((device.outcome or device.last).text, label=f"  {device.name}: ", err=True)
        if not progress.devices:
            say("  nothing was started", err=True)
        say(
            f"{self.run_again} to go on; {own_command()} status shows what the devices run",
            err=True,
        )
        return INTERRUPTED

    def _observe(self) -> list[Row]:
        """The fleet after the run; a service that does not answer makes unread rows,
        since the run must be told.
        """
        try:
            return self.session.observe(self.targets)
        except ApiError as problem:
            return [Row(target, error=str(problem)) for target in self.targets]

    def _tell_results(
        self, rows: Sequence[Row], progress: Progress, *, is_done: bool, about: Mapping[str, object]
    ) -> None:
        found = results.results_of(rows, progress.devices)
        if self.json_wanted:
            devices = [results.as_json(result) for result in found]
            say_json({"result": "done" if is_done else "failed", **about, "devices": devices})
            return
        if found:
            say()
            show_records(results.COLUMNS, [results.record(result) for result in found])
        if is_done and not any(result.result == "changed" for result in found):
            say("nothing was changed on any device")

    def _tell_missing(self, rows: Sequence[Row], progress: Progress) -> bool:
        """Name every device that is not where it must be. Returns whether there is one."""
        missing = [row for row in rows if not (row.has_left if self.is_destroy else row.agrees)]
        for row in missing:
            device = progress.devices.get(row.target.order.device.key)
            has_failed = device is not None and (
                device.outcome is None or device.outcome.step == "stopped"
            )
            advice = self._advice(row, has_failed)
            say_wrapped(
                f"NOT AS WANTED: {row.target.name}: {_what_is_wrong(row)}. {advice}", err=True
            )
        return bool(missing)

    def _advice(self, row: Row, has_failed: bool) -> str:
        if self.is_destroy:
            return f"Bring it back: {own_command()} leave {row.target.name}"
        if has_failed:
            return (
                "Its hook failed, which Terraform has on record: mend the cause, then"
                f" {self.run_again}"
            )
        return (
            "Terraform's state says that it is there, so another deploy does nothing:"
            f" `{own_command()} drift --reconcile` makes the next one repair it"
        )

    def _tell_failure(self, part: Part) -> None:
        if part.code is None:
            say(f"{part.what} did not begin", err=True)
            return
        say(f"{part.what} failed (exit code {part.code}); from its output:", err=True)
        for line in errors_in(part.log.read_text(encoding="utf-8", errors="replace")):
            say(f"  {line}", err=True)
        say(f"all of it: {short(part.log)}", err=True)


def _what_is_wrong(row: Row) -> str:
    if row.seen is None:
        return f"wanted {row.target.desired}, but it cannot be read: {row.error}"
    return f"wanted {row.target.desired}, but it is seen as {row.seen} ({row.seen.evidence})"


def short(path: Path) -> str:
    """The path as seen from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
