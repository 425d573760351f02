"""One run of `deploy` or `destroy`: plan, review, question, apply, and the proof that every device
is there.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from classic_rescue.boot import environment
from classic_rescue.cli.drifts.repairs import keep_left, write_repairs
from classic_rescue.cli.drifts.report import look_for_drift
from classic_rescue.cli.rollout.agreed import AgreedPlans, moved_words
from classic_rescue.cli.rollout.planning import Planned, hand_on, plan_whole
from classic_rescue.cli.rollout.watching import Watch
from classic_rescue.cli.session.fleet_file import Target, all_targets, keep_to_policy, leaving
from classic_rescue.cli.session.session import Session, open_session
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terminal.options import Form
from classic_rescue.cli.terminal.output import say_wrapped, stdin_is_terminal
from classic_rescue.cli.terraform.lost_stacks import refuse_lost_stacks
from classic_rescue.cli.terraform.run_lock import Turn
from classic_rescue.cli.terraform.terraform import Terraform, open_terraform

if TYPE_CHECKING:
    from classic_rescue.review.review import Review


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for. `parallelism` is None where all devices may go at once.

    `is_repair`: look for drift first, and repair it. `wait_s` is how long to wait for another run.
    """

    verb: Literal["deploy", "destroy"]
    fleet_path: Path
    endpoint: str | None
    is_confirmed: bool
    wants_progress: bool
    parallelism: int | None
    form: Form
    is_repair: bool = False
    wait_s: float = 0.0

    @property
    def json_wanted(self) -> bool:
        """Whether standard output is for programs alone."""
        return self.form.is_for_programs

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
    terraform = open_terraform(session)
    if wish.is_destroy:
        terraform = terraform.to_destroy()
    refuse_lost_stacks(terraform.folders.local_states, session.fleet)
    targets = all_targets(session.fleet)
    targets = leaving(targets) if wish.is_destroy else targets
    with (
        terraform.folders.locked(around.turn(wish.verb, wish.wait_s)) as lock,
        tempfile.TemporaryDirectory(prefix="classic-rescue-") as private,
    ):
        if wish.is_repair:
            ask_for_repairs(session, targets, now=around.now(), err=wish.json_wanted)
        run = _Run(wish=wish, around=around, session=session, terraform=terraform, targets=targets)
        planned, review = run.plan(Path(private))
        run.show(planned, review)
        if not planned.changing:
            return run.watch.tell([], run.watch.nothing, {"logs": {}})
        if not terraform.folders.is_rehearsal:
            _ask(wish, is_set_aside=is_set_aside)
        return run.apply(planned, hand_on(review, Path(private)), lock)


def ask_for_repairs(
    session: Session,
    targets: list[Target],
    *,
    now: datetime,
    err: bool,
) -> None:
    """Ask for the repair of everything that has drifted, and say what that is."""
    report = look_for_drift(session, targets, is_whole=True)
    for line in report.lines:
        if line.is_drift or line.is_unseen:
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
    """A run from its plans to its end."""

    wish: Wish
    around: Surroundings
    session: Session
    terraform: Terraform
    targets: list[Target]

    @property
    def watch(self) -> Watch:
        """How it is shown and told."""
        return Watch(
            verb=self.wish.verb,
            run_again=f"run {self.wish.verb} again",
            session=self.session,
            targets=self.targets,
            is_destroy=self.wish.is_destroy,
            wants_progress=self.wish.wants_progress,
            form=self.wish.form,
            clock=self.around.clock,
        )

    def plan(self, folder: Path) -> tuple[Planned, Review]:
        """Plan every stack into the folder, and review that beside the devices."""
        planned = plan_whole(
            self.terraform,
            self.session,
            folder,
            targets=self.targets,
            is_destroy=self.wish.is_destroy,
        )
        glass = self.around.environ.get(environment.BREAK_GLASS)
        return planned, planned.review(at=self.around.now(), break_glass=glass)

    def show(self, planned: Planned, review: Review) -> None:
        """Say what happens. Raises Failure for what the review refuses."""
        from classic_rescue.cli.plans.showing import show_review
        from classic_rescue.review.review import Verdict

        err = self.wish.json_wanted
        for said in planned.said:
            say_wrapped(said, err=err)
        show_review(review, err=err)
        nothing = f"{self.wish.verb}: nothing was touched"
        if review.verdict is Verdict.NOT_UNDERSTOOD:
            raise Failure(f"{nothing}: what Terraform would do is not understood; see above")
        if review.verdict is Verdict.REFUSED:
            raise Failure(f"{nothing}: the policy refuses it")

    def apply(self, planned: Planned, reviewed: Mapping[str, str], lock: int) -> int:
        """Apply exactly these plans, to the devices that were reviewed; then tell and prove what
        that did.
        """
        agreed = AgreedPlans(
            self.watch,
            self.terraform,
            planned.changing,
            parallelism=self.wish.parallelism,
            environ={**reviewed, environment.DESTROY: "1"} if self.wish.is_destroy else reviewed,
        )
        ended = agreed.apply(planned.files, lock, now=self.around.now())
        keep_left(self.session, planned.choice, ended.progress)
        return ended.tell(moved_words(ended.stale, f"run {self.wish.verb} again"))
