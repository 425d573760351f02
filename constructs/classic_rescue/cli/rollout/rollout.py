"""One run of `cdktf deploy` or `cdktf destroy`,
from the fleet file to the proof that every device is there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import click

from classic_rescue.boot import environment
from classic_rescue.cli.drifts.repairs import (
    Choice,
    choose,
    keep_left,
    read_repairs,
    with_repairs,
    write_repairs,
)
from classic_rescue.cli.drifts.report import look_for_drift
from classic_rescue.cli.rollout.ending import Part, short
from classic_rescue.cli.rollout.outlook import show_caution, show_plan
from classic_rescue.cli.rollout.watching import Watch
from classic_rescue.cli.session.fleet_file import Target, all_targets, keep_to_policy, leaving
from classic_rescue.cli.session.readiness import warnings_of
from classic_rescue.cli.session.session import Session, open_session
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terminal.output import say_wrapped, stdin_is_terminal
from classic_rescue.cli.terraform.cdktf_run import Ended, new_log, run_cdktf
from classic_rescue.cli.terraform.lost_stacks import refuse_lost_stacks
from classic_rescue.cli.terraform.run_lock import Turn
from classic_rescue.cli.terraform.toolchain import Toolchain, find_toolchain
from classic_rescue.cli.terraform.working_folders import (
    WorkingFolders,
    has_remote_runs,
    working_folders_of,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for. `parallelism` is None where the number of devices decides.

    `is_repair`: look for drift first, and repair it. `wait_s` is how long to wait for another run.
    """

    verb: Literal["deploy", "destroy"]
    fleet_path: Path
    endpoint: str | None
    is_confirmed: bool
    wants_progress: bool
    parallelism: int | None
    json_wanted: bool
    is_repair: bool = False
    wait_s: float = 0.0

    @property
    def is_destroy(self) -> bool:
        """Whether every device must leave."""
        return self.verb == "destroy"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run takes from the machine: environment, time and waiting."""

    environ: Mapping[str, str]
    now: Callable[[], datetime]
    clock: Callable[[], float]
    sleep: Callable[[float], None]

    def turn(self, command: str, wait_s: float) -> Turn:
        """The asking for the project by this command."""
        return Turn(command, self.now(), wait_s=wait_s, sleep=self.sleep)


def roll_out(wish: Wish, around: Surroundings) -> int:
    """Run it. Returns the exit code; raises Failure,
    SettingsError and ApiError for what stops it before it starts.
    """
    session = open_session(
        wish.fleet_path,
        wish.endpoint,
        environ=around.environ,
        now=around.now(),
        as_json=wish.json_wanted,
    )
    is_set_aside = not wish.is_destroy and keep_to_policy(
        session.fleet, at=around.now(), environ=around.environ
    )
    folders = working_folders_of(session)
    refuse_lost_stacks(folders.local_states, session.fleet)
    tools = find_toolchain(session.project, session.connection.environ)
    targets = all_targets(session.fleet)
    targets = leaving(targets) if wish.is_destroy else targets
    with folders.locked(around.turn(wish.verb, wish.wait_s)) as lock:
        if wish.is_repair:
            ask_for_repairs(
                session, targets, now=around.now(), sleep=around.sleep, err=wish.json_wanted
            )
        rows = session.observe(targets)
        choice = Choice() if wish.is_destroy else choose(read_repairs(session), rows)
        tools = replace(tools, environ=with_repairs(tools.environ, choice.keys))
        differing = [row for row in rows if not row.has_left]
        warnings = warnings_of(differing, session, is_leaving=wish.is_destroy)
        show_plan(
            rows,
            choice.keys,
            warnings=warnings,
            is_destroy=wish.is_destroy,
            err=wish.json_wanted,
        )
        for said in choice.said:
            say_wrapped(said, err=wish.json_wanted)
        show_caution(is_destroy=wish.is_destroy, err=wish.json_wanted)
        if not folders.is_rehearsal:
            _ask(wish, is_set_aside=is_set_aside)
        return _Run(
            wish=wish,
            around=around,
            session=session,
            folders=folders,
            tools=tools,
            targets=targets,
            choice=choice,
        ).go(lock)


def ask_for_repairs(
    session: Session,
    targets: list[Target],
    *,
    now: datetime,
    sleep: Callable[[float], None],
    err: bool,
) -> None:
    """Ask for the repair of everything that has drifted, and say what that is."""
    report = look_for_drift(session, targets, is_whole=True, sleep=sleep)
    for line in report.lines:
        if line.is_drift:
            say_wrapped(f"{line.verdict.upper()}: {line.name}: {line.text}", err=err)
    write_repairs(session, report.repairs(session.fleet), now)


def _ask(wish: Wish, *, is_set_aside: bool) -> None:
    if wish.is_confirmed:
        return
    if not stdin_is_terminal():
        raise Failure(
            f"{wish.verb}: not confirmed, since there is no terminal to ask; nothing was touched;"
            " add --yes"
        )
    loud = "The policy is set aside. " if is_set_aside else ""
    answer = click.prompt(
        f"{loud}Type yes to {wish.verb}", default="", show_default=False, err=True
    )
    if answer.strip() != "yes":
        raise Failure(f"{wish.verb}: not confirmed; nothing was touched")


@dataclass(frozen=True, slots=True)
class _Run:
    """A run that has been agreed to."""

    wish: Wish
    around: Surroundings
    session: Session
    folders: WorkingFolders
    tools: Toolchain
    targets: list[Target]
    choice: Choice

    def go(self, lock: int) -> int:
        """Run cdktf, then tell and prove what it did."""
        verb = self.wish.verb
        log = new_log(self.folders.logs, verb, self.around.now())
        watch = Watch(
            verb=verb,
            run_again=f"run {verb} again",
            session=self.session,
            targets=self.targets,
            is_destroy=self.wish.is_destroy,
            wants_progress=self.wish.wants_progress,
            json_wanted=self.wish.json_wanted,
            clock=self.around.clock,
        )
        watch.say(f"cdktf {verb} begins; its output: {short(log)}")

        def start(own: dict[str, str], tick: Callable[[], None]) -> Ended:
            return run_cdktf(
                Toolchain(self.tools.command, self._environ(own)),
                self._arguments(watch),
                cwd=self.session.project,
                log=log,
                held_open=lock,
                tick=tick,
                sleep=self.around.sleep,
            )

        ended, progress = watch.run(start)
        keep_left(self.session, self.choice, progress)
        return watch.tell(
            [Part(f"cdktf {verb}", ended.code, log)],
            progress,
            {"log": str(log)},
            is_interrupted=ended.is_interrupted,
        )

    def _environ(self, own: dict[str, str]) -> dict[str, str]:
        own |= {environment.FLEET: str(self.wish.fleet_path.absolute())}
        if self.wish.is_destroy:
            own[environment.DESTROY] = "1"
        said_by_us = (environment.DESTROY, environment.ASIDE)
        inherited = {
            key: value for key, value in self.tools.environ.items() if key not in said_by_us
        }
        return {**inherited, **own, **self.folders.settings()}

    def _arguments(self, watch: Watch) -> list[str]:
        """`*` means every stack."""
        arguments = [self.wish.verb, "*", "--auto-approve"]
        if self.folders.is_rehearsal:
            arguments += ["--output", self.folders.output]
        elif has_remote_runs(self.session.fleet):
            return arguments
        return [
            *arguments,
            "--terraform-parallelism",
            str(watch.parallelism(self.wish.parallelism)),
        ]
