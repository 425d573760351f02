"""One run of `cdktf deploy` or `cdktf destroy`, from the fleet file to the proof that every device is there."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import click

from classic_rescue.api.errors import ApiError
from classic_rescue.cli import results
from classic_rescue.cli.cdktf_run import Ended, errors_in, new_log, run_cdktf
from classic_rescue.cli.failures import DIFFERENT, ERROR, INTERRUPTED, Failure
from classic_rescue.cli.fleet_file import Target, all_targets, leaving
from classic_rescue.cli.lost_stacks import refuse_lost_stacks
from classic_rescue.cli.observing import Row
from classic_rescue.cli.output import own_command, say, say_json, say_wrapped, show_records, stdin_is_terminal
from classic_rescue.cli.places import Places, places_of
from classic_rescue.cli.plan import show_caution, show_plan
from classic_rescue.cli.progress import EventFile, Progress
from classic_rescue.cli.session import Session, open_session
from classic_rescue.cli.toolchain import Toolchain, find_toolchain
from classic_rescue.cli.views import choose_view

MIN_PARALLELISM, MAX_PARALLELISM = 10, 100
"""Hooks at once: few devices in the file can mean many that leave it; above 100 the memory of the hooks counts."""

REMOTE_RUNS = ("cloud", "remote")
"""Backends that run Terraform elsewhere and refuse -parallelism (`cdk.md` 7.1)."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for. `parallelism` is None where the number of devices decides."""

    verb: Literal["deploy", "destroy"]
    fleet_path: Path
    endpoint: str | None
    is_sure: bool
    wants_progress: bool
    parallelism: int | None
    json_wanted: bool

    @property
    def is_destroy(self) -> bool:
        """Whether every device shall leave."""
        return self.verb == "destroy"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run takes from the machine: environment, time and waiting."""

    environ: Mapping[str, str]
    now: Callable[[], datetime]
    clock: Callable[[], float]
    sleep: Callable[[float], None]


def roll_out(wish: Wish, around: Surroundings) -> int:
    """Run it. Returns the exit code; raises Failure, SettingsError and ApiError for what stops it before it starts."""
    session = open_session(
        wish.fleet_path, wish.endpoint, environ=around.environ, now=around.now(), as_json=wish.json_wanted
    )
    places = places_of(session)
    refuse_lost_stacks(places.local_states, session.fleet)
    tools = find_toolchain(session.project, session.connection.environ)
    targets = all_targets(session.fleet)
    targets = leaving(targets) if wish.is_destroy else targets
    with places.only_one() as lock:
        show_plan(session.observe(targets), err=wish.json_wanted)
        show_caution(is_destroy=wish.is_destroy, err=wish.json_wanted)
        if not places.is_rehearsal:
            _ask(wish)
        return _Run(wish, around, session, places, tools, targets).go(lock)


def _ask(wish: Wish) -> None:
    if wish.is_sure:
        return
    if not stdin_is_terminal():
        raise Failure(f"{wish.verb}: not confirmed, since there is no terminal to ask; nothing was touched; add --yes")
    answer = click.prompt(f"Type yes to {wish.verb}", default="", show_default=False, err=True)
    if answer.strip() != "yes":
        raise Failure(f"{wish.verb}: not confirmed; nothing was touched")


@dataclass(frozen=True, slots=True)
class _Run:
    """A run that has been agreed to."""

    wish: Wish
    around: Surroundings
    session: Session
    places: Places
    tools: Toolchain
    targets: list[Target]

    def go(self, lock: int) -> int:
        """Run cdktf, then tell and prove what it did."""
        log = new_log(self.places.logs, self.wish.verb, self.around.now())
        self._say(f"cdktf {self.wish.verb} begins; its output: {_short(log)}")
        speed = self.session.connection.clock_speed
        progress = Progress(lambda: self.around.clock() * speed)
        ended = self._run(log, progress, lock)
        if ended.is_interrupted:
            return self._tell_interrupted(progress)
        rows = self._observe()
        self._tell_results(rows, progress, ended, log)
        missing = self._tell_missing(rows, progress)
        if ended.code != 0:
            self._tell_failure(ended, log)
            return ERROR
        return DIFFERENT if missing else 0

    def _run(self, log: Path, progress: Progress, lock: int) -> Ended:
        view = choose_view(wants_progress=self.wish.wants_progress, json_wanted=self.wish.json_wanted)
        with tempfile.TemporaryDirectory(prefix="classic-rescue-") as private, view:
            events = EventFile(Path(private, "events.jsonl"))

            def tick() -> None:
                new = events.read_new()
                for event in new:
                    progress.take(event)
                view.show(progress, new)

            return run_cdktf(
                Toolchain(self.tools.command, self._environ(events.path)),
                self._arguments(),
                cwd=self.session.project,
                log=log,
                held_open=lock,
                tick=tick,
                sleep=self.around.sleep,
            )

    def _environ(self, events: Path) -> dict[str, str]:
        own = {
            "CLASSIC_RESCUE_COMMAND": own_command(),
            "CLASSIC_RESCUE_EVENTS": str(events),
            "CLASSIC_RESCUE_FLEET": str(self.wish.fleet_path.absolute()),
        }
        if self.wish.is_destroy:
            own["CLASSIC_RESCUE_DESTROY"] = "1"
        inherited = {key: value for key, value in self.tools.environ.items() if key != "CLASSIC_RESCUE_DESTROY"}
        return {**inherited, **own, **self.places.settings()}

    def _arguments(self) -> list[str]:
        """`*` means every stack."""
        arguments = [self.wish.verb, "*", "--auto-approve"]
        backend = self.session.fleet.backend
        if self.places.is_rehearsal:
            arguments += ["--output", self.places.output]
        elif backend is not None and backend.type in REMOTE_RUNS:
            return arguments
        usual = min(max(len(self.targets), MIN_PARALLELISM), MAX_PARALLELISM)
        return [*arguments, "--terraform-parallelism", str(self.wish.parallelism or usual)]

    def _observe(self) -> list[Row]:
        """The fleet after the run; a service that does not answer makes unread rows, since the run must be told."""
        try:
            return self.session.observe(self.targets)
        except ApiError as problem:
            return [Row(target, error=str(problem)) for target in self.targets]

    def _tell_results(self, rows: Sequence[Row], progress: Progress, ended: Ended, log: Path) -> None:
        found = results.results_of(rows, progress.devices)
        if self.wish.json_wanted:
            outcome = "failed" if ended.code else "done"
            say_json({"result": outcome, "log": str(log), "devices": [results.as_json(result) for result in found]})
            return
        if found:
            say()
            show_records(results.COLUMNS, [results.record(result) for result in found])
        if ended.code == 0 and not any(result.result == "changed" for result in found):
            say("nothing was changed on any device")

    def _tell_missing(self, rows: Sequence[Row], progress: Progress) -> bool:
        """Name every device that is not where it shall be. Returns whether there is one."""
        missing = [row for row in rows if not (row.has_left if self.wish.is_destroy else row.agrees)]
        for row in missing:
            device = progress.devices.get(row.target.order.device.key)
            has_failed = device is not None and (device.outcome is None or device.outcome.step == "stopped")
            say_wrapped(
                f"NOT AS WANTED: {row.target.name}: {_what_is_wrong(row)}. {self._advice(row, has_failed)}", err=True
            )
        return bool(missing)

    def _advice(self, row: Row, has_failed: bool) -> str:
        if self.wish.is_destroy:
            return f"Bring it back: {own_command()} leave {row.target.name}"
        if has_failed:
            return f"Its hook failed, which Terraform has on record: mend the cause, then run {self.wish.verb} again"
        return (
            "Terraform's state says that it is there, so another deploy does nothing: set it to `boot: os`, deploy,"
            " set it back, deploy"
        )

    def _tell_failure(self, ended: Ended, log: Path) -> None:
        say(f"cdktf {self.wish.verb} failed (exit code {ended.code}); from its output:", err=True)
        for line in errors_in(log.read_text(encoding="utf-8", errors="replace")):
            say(f"  {line}", err=True)
        say(f"all of it: {_short(log)}", err=True)

    def _tell_interrupted(self, progress: Progress) -> int:
        self._say(f"cdktf {self.wish.verb} was interrupted. What each device told last:", err=True)
        for device in progress.devices.values():
            say_wrapped((device.outcome or device.last).text, label=f"  {device.name}: ", err=True)
        if not progress.devices:
            say("  nothing was started", err=True)
        say(f"run {self.wish.verb} again to go on; {own_command()} status shows what the devices run", err=True)
        return INTERRUPTED

    def _say(self, text: str, *, err: bool = False) -> None:
        say(text, err=err or self.wish.json_wanted)


def _what_is_wrong(row: Row) -> str:
    if row.seen is None:
        return f"wanted {row.target.desired}, but it cannot be read: {row.error}"
    return f"wanted {row.target.desired}, but it is seen as {row.seen} ({row.seen.evidence})"


def _short(path: Path) -> str:
    """The path as seen from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
