"""`classic-rescue apply`: what was reviewed, by a plan of its own, or nothing."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classic_rescue.boot import environment
from classic_rescue.boot.evidence import clock_time
from classic_rescue.cli.drifts.repairs import keep_left
from classic_rescue.cli.plans.essence import essence_of
from classic_rescue.cli.plans.folder import (
    PLAN_AGAIN,
    Applied,
    Reviewed,
    read_reviewed,
    write_applied,
)
from classic_rescue.cli.plans.showing import exit_code, show_review
from classic_rescue.cli.plans.staleness import (
    changes_since,
    refuse_other_effect,
    refuse_other_place,
)
from classic_rescue.cli.rollout.agreed import AgreedPlans, moved_words
from classic_rescue.cli.rollout.planning import Planned, hand_on, plan_returns, plan_whole
from classic_rescue.cli.rollout.rollout import Surroundings, ask_for_repairs
from classic_rescue.cli.rollout.watching import Watch
from classic_rescue.cli.session.fleet_file import all_targets
from classic_rescue.cli.session.session import Session, open_session
from classic_rescue.cli.terminal.failures import REFUSED, Failure
from classic_rescue.cli.terminal.options import (
    Form,
    break_glass_option,
    endpoint_option,
    fleet_option,
    form_of,
    json_option,
    long_option,
    output_option,
    parallelism_option,
    progress_option,
    wait_option,
)
from classic_rescue.cli.terminal.output import say, say_wrapped
from classic_rescue.cli.terraform.kept_state import refuse_lost_state, why_no_mock
from classic_rescue.cli.terraform.lost_stacks import refuse_lost_stacks
from classic_rescue.cli.terraform.run_lock import user_at_host
from classic_rescue.cli.terraform.terraform import Terraform, open_terraform

if TYPE_CHECKING:
    from classic_rescue.review.review import Review


@dataclass(frozen=True, slots=True)
class ApplyWish:
    """What the command line asks for."""

    folder: Path
    fleet_path: Path
    endpoint: str | None
    break_glass: str | None
    wants_progress: bool
    parallelism: int | None
    form: Form
    is_repair: bool = False
    wait_s: float = 0.0

    @property
    def json_wanted(self) -> bool:
        """Whether standard output is for programs alone."""
        return self.form.is_for_programs


@click.command("apply")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--reconcile",
    "is_repair",
    is_flag=True,
    help="Look for drift first, and repair it: for a plan that was made with it elsewhere.",
)
@output_option
@long_option
@progress_option
@parallelism_option
@wait_option
@fleet_option
@endpoint_option
@break_glass_option
@json_option
def command(
    folder: Path,
    is_repair: bool,
    output: str | None,
    is_long: bool,
    hides_progress: bool,
    parallelism: int | None,
    fleet_path: Path,
    endpoint: str | None,
    break_glass: str | None,
    json_wanted: bool,
    wait_s: float,
) -> int:
    """Apply what was reviewed in DIR, which `classic-rescue plan --out DIR` wrote, or nothing.

    Makes a plan of its own, with this checkout and this key, and compares: endpoint, backend,
    policy, the code of the hooks, and for each device what happens to it, who it is and where it
    answers. Where anything differs, or where the policy refuses it now, nothing is applied, and
    each difference is told. Then exactly that plan is applied. Does not ask.

    Exit codes: 0 every device is as declared, 1 error, also what was not reviewed, 2 done, but a
    device is not as declared, 3 refused by the policy, 5 done, but of a device that
    cannot be known, 130 interrupted.
    """
    wish = ApplyWish(
        folder=folder,
        fleet_path=fleet_path,
        endpoint=endpoint,
        break_glass=break_glass,
        wants_progress=not hides_progress,
        parallelism=parallelism,
        form=form_of(output, is_long=is_long, json_wanted=json_wanted),
        is_repair=is_repair,
        wait_s=wait_s,
    )
    return apply_plan(
        wish, Surroundings(os.environ, lambda: datetime.now(UTC), time.monotonic, time.sleep)
    )


def apply_plan(wish: ApplyWish, around: Surroundings) -> int:
    """Plan, compare and apply. Returns the exit code; raises Failure,
    SettingsError and ApiError for what stops it before.
    """
    reviewed = read_reviewed(wish.folder)
    session = open_session(
        wish.fleet_path,
        wish.endpoint,
        environ=around.environ,
        now=around.now(),
        as_json=wish.json_wanted,
        why_no_mock=why_no_mock(around.environ),
    )
    refuse_lost_state(session, around.environ)
    refuse_other_place(reviewed, session)
    for said in changes_since(reviewed, session, around.environ):
        say_wrapped(f"{said}; what counts is what it does", err=wish.json_wanted)
    if reviewed.returns == ():
        say("no device is to be brought back; nothing was touched", err=wish.json_wanted)
        return 0
    terraform = open_terraform(session)
    refuse_lost_stacks(terraform.folders.local_states, session.fleet)
    if reviewed.returns is not None:
        terraform = terraform.aside()
    with (
        terraform.folders.locked(around.turn("apply", wish.wait_s)) as lock,
        tempfile.TemporaryDirectory(prefix="classic-rescue-") as private,
    ):
        run = _Apply(wish, around, reviewed, terraform)
        planned = run.plan(session, Path(private))
        review = planned.review(at=around.now(), break_glass=wish.break_glass)
        code = run.refusal(planned, review)
        return code or run.go(planned, hand_on(review, Path(private)), lock)


@dataclass(frozen=True, slots=True)
class _Apply:
    """A plan of our own, held against what was reviewed."""

    wish: ApplyWish
    around: Surroundings
    reviewed: Reviewed
    terraform: Terraform

    def plan(self, session: Session, folder: Path) -> Planned:
        """The same as was reviewed: everything, or only what is over its time."""
        now = self.around.now()
        if self.reviewed.returns is not None:
            return plan_returns(self.terraform, session, folder, now=now)
        targets = all_targets(session.fleet)
        if self.wish.is_repair:
            ask_for_repairs(session, targets, now=now, err=self.wish.json_wanted)
        return plan_whole(self.terraform, session, folder, targets=targets)

    def refusal(self, planned: Planned, review: Review) -> int:
        """Show its review, and compare.

        Returns the exit code of a refusal, or 0; raises Failure.
        """
        from classic_rescue.cli.plans.judging import no_returns

        err = self.wish.json_wanted
        for said in planned.said:
            say_wrapped(said, err=err)
        show_review(review, err=err)
        if review.problems:
            raise Failure(
                "what Terraform would do now is not understood; nothing was applied; see above"
            )
        essence = essence_of(review, planned.session)
        refuse_other_effect(self.wish.folder, self.reviewed, essence, review)
        code = exit_code(review)
        if code == REFUSED:
            say("classic-rescue: the policy refuses this now; nothing was applied", err=True)
            return REFUSED
        if others := [] if planned.returns is None else no_returns(review):
            names = ", ".join(change.name for change in others)
            raise Failure(
                f"only devices are to come back, and this takes others down: {names}; nothing was"
                " applied"
            )
        return 0

    def go(self, planned: Planned, reviewed: Mapping[str, str], lock: int) -> int:
        """Apply, to the devices that were reviewed; then tell and prove what it did."""
        watch = Watch(
            verb="apply",
            run_again=PLAN_AGAIN,
            session=planned.session,
            targets=all_targets(planned.session.fleet),
            is_destroy=False,
            wants_progress=self.wish.wants_progress,
            form=self.wish.form,
            clock=self.around.clock,
            repair="plan",
        )
        if not planned.changing:
            return watch.tell([], watch.nothing, {"logs": {}})
        glass = self.wish.break_glass
        agreed = AgreedPlans(
            watch,
            self.terraform,
            planned.changing,
            parallelism=self.wish.parallelism,
            environ={**reviewed, environment.BREAK_GLASS: glass} if glass else reviewed,
        )
        ended = agreed.apply(planned.files, lock, now=self.around.now())
        if planned.returns is None:
            keep_left(planned.session, planned.choice, ended.progress)
        code = ended.tell(moved_words(ended.stale, PLAN_AGAIN))
        codes: Mapping[str, int] = ended.ends.codes
        if taken := {key: codes[key] for key in codes if key not in ended.stale}:
            now = clock_time(self.around.now())
            applied = Applied(now, user_at_host(), exit_code=code, stacks=taken)
            write_applied(self.wish.folder, applied)
        return code
