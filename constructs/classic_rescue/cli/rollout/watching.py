"""A run of hooks, whoever starts Terraform: shown while it goes on, told and proved at its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from classic_rescue.api.errors import ApiError
from classic_rescue.boot import environment
from classic_rescue.cli.rollout.counts import write_counts
from classic_rescue.cli.rollout.ending import Ending, Part
from classic_rescue.cli.rollout.results import Outcome, Repair, Result, results_of
from classic_rescue.cli.rollout.told import HookTeller
from classic_rescue.cli.rollout.views import choose_view
from classic_rescue.cli.session.fleet_file import Target
from classic_rescue.cli.session.observed import Row, unread
from classic_rescue.cli.session.outage import Outage, outage_of
from classic_rescue.cli.session.session import Session
from classic_rescue.cli.session.telling import Telling
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terminal.options import Form
from classic_rescue.cli.terminal.output import command_of_hooks, say
from classic_rescue.cli.terraform.conducting import conducting, for_clients
from classic_rescue.cli.terraform.hook_events import HookEvent, Progress
from classic_rescue.hook.exits import Exit
from classic_rescue.notify.teller import FINISH_S
from classic_rescue.policy.judge import set_aside

End = TypeVar("End")
IMPATIENT_S = 1.0
"""How long who has interrupted a run waits for channels."""

Start = Callable[[Mapping[str, str], Callable[[], None]], End]
"""Runs the programs to their end.

Takes their environment, and what to call again and again.
"""


@dataclass(frozen=True)
class Watch:
    """What a run is about. `run_again` says how to go on after a failure, `repair` is our command
    that takes up what has drifted, with --reconcile; `clock` counts seconds.
    """

    verb: str
    run_again: str
    session: Session
    targets: list[Target]
    is_destroy: bool
    wants_progress: bool
    form: Form
    clock: Callable[[], float]
    repair: Repair = "deploy"

    @cached_property
    def telling(self) -> Telling:
        """Who is told of it, by every channel that the fleet file names."""
        return Telling(self.session, self.verb, runs_commands=True)

    @property
    def json_wanted(self) -> bool:
        """Whether standard output is for programs alone."""
        return self.form.is_for_programs

    @property
    def nothing(self) -> Progress:
        """What the hooks of a run told that started none."""
        return Progress(self.clock)

    def say(self, text: str, *, err: bool = False) -> None:
        """Say a line to people: beside the result where that is for programs."""
        say(text, err=err or self.json_wanted)

    def run(self, start: Start[End], environ: Mapping[str, str]) -> tuple[End, Progress, str]:
        """Run the programs, whose hooks the conductor serves, and show what these tell.

        Gives how the programs ended, all that was told, and why the conductor ended before its
        time, if it did. Raises Failure where there can be no conductor.
        """
        speed = self.session.connection.clock_speed
        progress = Progress(lambda: self.clock() * speed)
        view = choose_view(wants_progress=self.wants_progress, json_wanted=self.json_wanted)
        own = {**environ, environment.COMMAND: command_of_hooks()}
        pace = self.session.fleet.requests_per_second
        if pace and not own.get(environment.REQUESTS_PER_SECOND, "").strip():
            own[environment.REQUESTS_PER_SECOND] = str(pace)
        told = self._told(own)
        with conducting(own) as conductor, view:

            def take(new: Sequence[HookEvent]) -> None:
                for event in new:
                    progress.take(event)
                told.take(new)
                view.show(progress, new)

            ended = start(for_clients(own, conductor), lambda: take(conductor.read_new()))
            problem = conductor.problem
            take(conductor.end())
            write_counts(self.session, self.verb, conductor.counts)
            self.telling.end()
            return ended, progress, problem

    def _told(self, environ: Mapping[str, str]) -> HookTeller:
        """Who is told meanwhile, also that the policy is set aside."""
        told = HookTeller(self.telling)
        if not self.is_destroy:
            glass = environ.get(environment.BREAK_GLASS)
            told.set_aside(set_aside(self.session.fleet.policy, self.session.opened, glass))
        return told

    def tell(
        self,
        parts: Sequence[Part],
        progress: Progress,
        about: Mapping[str, object],
        *,
        note: str = "",
        is_interrupted: bool = False,
    ) -> int:
        """Look at the devices, and tell how the run ended. Returns the exit code.

        `about` is what the result for programs holds besides, `note` one sentence more that
        counts. Who has interrupted it does not want to wait for another look.
        """
        rows: list[Row] = []
        if not is_interrupted:
            try:
                rows = self._observe()
            except KeyboardInterrupt:  # the run has ended, and must be told all the same
                is_interrupted = True
            except Failure as problem:
                note = f"{note} {problem.message}".strip()
        results = results_of(
            rows,
            progress.devices,
            names={target.order.device.key: target.name for target in self.targets},
            is_destroy=self.is_destroy,
            run_again=self.run_again,
            repair=self.repair,
        )
        ending = Ending(
            verb=self.verb,
            run_again=self.run_again,
            results=results,
            parts=parts,
            outage=_outage(results, rows, progress),
            is_interrupted=is_interrupted,
            is_looked_at=bool(rows) or not self.targets,
            note=note,
            about=about,
            is_mock_time=self.session.connection.clock_speed != 1,
        )
        with suppress(KeyboardInterrupt):  # the run has ended, and must be told all the same
            longest_s = IMPATIENT_S if is_interrupted else FINISH_S
            self.telling.say_warnings(self.clock, longest_s=longest_s)
        ending.show(self.form)
        return ending.exit_code

    def _observe(self) -> list[Row]:
        """The fleet after the run; a service that does not answer makes unread rows,
        since the run must be told.
        """
        try:
            return self.session.observe(self.targets)
        except ApiError as problem:
            return unread(self.targets, problem)


def _outage(results: Sequence[Result], rows: Sequence[Row], progress: Progress) -> Outage | None:
    """The outage that kept devices from being looked at which no hook has told of. A hook that
    met it before tells since when.
    """
    unread = {result.name for result in results if result.outcome is Outcome.NOT_LOOKED_AT}
    met = [
        _moment(device.outcome.time)
        for device in progress.devices.values()
        if device.outcome and device.outcome.number("exit") == Exit.UNREACHABLE
    ]
    return outage_of(
        [(row.target.name, row.problem) for row in rows if row.target.name in unread],
        others=sum(1 for row in rows if row.seen),
        since=[*met, *(row.at for row in rows if row.seen is None)],
    )


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
