"""`classic-rescue apply`: exactly the plan files that were reviewed, or nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from classic_rescue.boot import environment
from classic_rescue.boot.evidence import clock_time
from classic_rescue.cli.drifts.repairs import choose, keep_left, read_repairs
from classic_rescue.cli.plans.folder import (
    PLAN_AGAIN,
    Applied,
    Manifest,
    find_applied,
    read_manifest,
    write_applied,
)
from classic_rescue.cli.plans.returns import with_only
from classic_rescue.cli.plans.showing import exit_code, show_review
from classic_rescue.cli.plans.staleness import refuse_other_hooks, refuse_other_stacks, refuse_stale
from classic_rescue.cli.rollout.agreed import AgreedPlans
from classic_rescue.cli.rollout.rollout import Surroundings
from classic_rescue.cli.rollout.watching import Watch
from classic_rescue.cli.session.fleet_file import Target, all_targets
from classic_rescue.cli.session.observed import Row
from classic_rescue.cli.session.session import Session, open_session
from classic_rescue.cli.terminal.failures import REFUSED, Failure
from classic_rescue.cli.terminal.options import (
    break_glass_option,
    endpoint_option,
    fleet_option,
    json_option,
    parallelism_option,
    progress_option,
    wait_option,
)
from classic_rescue.cli.terminal.output import say
from classic_rescue.cli.terraform.kept_state import refuse_lost_state, why_no_mock
from classic_rescue.cli.terraform.run_lock import user_at_host
from classic_rescue.cli.terraform.terraform import Stack, Terraform, open_terraform


@dataclass(frozen=True, slots=True)
class ApplyWish:
    """What the command line asks for."""

    folder: Path
    fleet_path: Path
    endpoint: str | None
    break_glass: str | None
    wants_progress: bool
    parallelism: int | None
    json_wanted: bool
    wait_s: float = 0.0


@click.command("apply")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@progress_option
@parallelism_option
@wait_option
@fleet_option
@endpoint_option
@break_glass_option
@json_option
def command(
    folder: Path,
    hides_progress: bool,
    parallelism: int | None,
    fleet_path: Path,
    endpoint: str | None,
    break_glass: str | None,
    json_wanted: bool,
    wait_s: float,
) -> int:
    """Apply exactly the plans in DIR, which `classic-rescue plan --out DIR` wrote and somebody has
    reviewed.

    Refuses before it touches a device: plan files that were changed, another checkout, fleet file
    or endpoint than was planned, hooks that cannot start on this machine, and whatever the policy
    refuses now. Terraform refuses plans after their state has moved, also by this very plan: then
    it says when and by whom it was applied, and what the devices run now. Does not ask.

    Exit codes: 0 every device is as declared, 1 error, also a stale plan, 2 done, but a device is
    not as declared, 3 refused by the policy, 5 done, but of a device that cannot be known, 130
    interrupted.
    """
    wish = ApplyWish(
        folder=folder,
        fleet_path=fleet_path,
        endpoint=endpoint,
        break_glass=break_glass,
        wants_progress=not hides_progress,
        parallelism=parallelism,
        json_wanted=json_wanted,
        wait_s=wait_s,
    )
    return apply_plan(
        wish, Surroundings(os.environ, lambda: datetime.now(UTC), time.monotonic, time.sleep)
    )


def apply_plan(wish: ApplyWish, around: Surroundings) -> int:
    """Check and apply. Returns the exit code; raises Failure,
    SettingsError and ApiError for what stops it before.
    """
    manifest = read_manifest(wish.folder)
    session = open_session(
        wish.fleet_path,
        wish.endpoint,
        environ=around.environ,
        now=around.now(),
        as_json=wish.json_wanted,
        why_no_mock=why_no_mock(around.environ),
    )
    refuse_lost_state(session, around.environ)
    refuse_stale(manifest, wish.folder, session, around.environ)
    terraform = open_terraform(session)
    if manifest.returns is not None:
        if not manifest.returns:
            say("no device is to be brought back; nothing was touched", err=wish.json_wanted)
            return 0
        terraform = terraform.aside()
        session = with_only(session, manifest.returns)
    with terraform.folders.locked(around.turn("apply", wish.wait_s)) as lock:
        stacks = _stacks(terraform, manifest)
        terraform.init(stacks)
        files = manifest.files(wish.folder)
        texts = terraform.plan_texts(stacks, files)
        refuse_other_hooks(texts, stacks)
        targets = all_targets(session.fleet)
        run = _Apply(
            wish=wish,
            around=around,
            session=session,
            terraform=terraform,
            stacks=stacks,
            targets=targets,
            rows=session.observe(targets),
            is_whole=manifest.returns is None,
        )
        return run.refusal(texts) or run.go(files, lock)


def _stacks(terraform: Terraform, manifest: Manifest) -> list[Stack]:
    """The stacks of this checkout that were planned. Raises Failure where they are others."""
    stacks = terraform.synthesise()
    if manifest.returns is not None:
        stacks = [stack for stack in stacks if stack.name in manifest.stacks]
    refuse_other_stacks(manifest, [stack.name for stack in stacks])
    return stacks


@dataclass(frozen=True, slots=True)
class _Apply:
    """Plans that are those of this checkout, endpoint and machine.

    Those that are not whole only bring back devices.
    """

    wish: ApplyWish
    around: Surroundings
    session: Session
    terraform: Terraform
    stacks: Sequence[Stack]
    targets: list[Target]
    rows: Sequence[Row]
    is_whole: bool

    def refusal(self, texts: Mapping[str, str]) -> int:
        """Judge the plans again, since they get old.

        Returns the exit code of a refusal, or 0; raises Failure.
        """
        from classic_rescue.cli.plans.judging import judge_plans, no_returns

        review = judge_plans(
            texts,
            self.session,
            self.rows,
            at=self.around.now(),
            break_glass=self.wish.break_glass,
            only_returns=not self.is_whole,
        )
        show_review(review, err=self.wish.json_wanted)
        if review.problems:
            raise Failure(
                "the plan does not fit to the fleet file as it counts now; nothing was applied;"
                f" {PLAN_AGAIN}"
            )
        code = exit_code(review)
        if code == REFUSED:
            say("classic-rescue: the policy refuses this now; nothing was applied", err=True)
            return REFUSED
        if others := [] if self.is_whole else no_returns(review):
            names = ", ".join(change.name for change in others)
            raise Failure(
                f"the plan must only bring devices back, and takes others down: {names}; nothing"
                " was applied"
            )
        return 0

    def go(self, files: Mapping[str, Path], lock: int) -> int:
        """Apply, then tell and prove what it did."""
        watch = Watch(
            verb="apply",
            run_again=PLAN_AGAIN,
            session=self.session,
            targets=self.targets,
            is_destroy=False,
            wants_progress=self.wish.wants_progress,
            json_wanted=self.wish.json_wanted,
            clock=self.around.clock,
            repair="plan",
        )
        glass = self.wish.break_glass
        agreed = AgreedPlans(
            watch,
            self.terraform,
            self.stacks,
            parallelism=self.wish.parallelism,
            environ={environment.BREAK_GLASS: glass} if glass else {},
        )
        ended = agreed.apply(files, lock, now=self.around.now())
        if self.is_whole:
            keep_left(self.session, choose(read_repairs(self.session), self.rows), ended.progress)
        code = ended.tell(" ".join(_why_stale(stack, self.wish.folder) for stack in ended.stale))
        codes = ended.ends.codes
        if taken := {key: codes[key] for key in codes if key not in ended.stale}:
            now = clock_time(self.around.now())
            applied = Applied(now, user_at_host(), exit_code=code, stacks=taken)
            write_applied(self.wish.folder, applied)
        return code


def _why_stale(stack: str, folder: Path) -> str:
    """What has moved it, as far as this folder tells."""
    if applied := find_applied(folder, stack):
        ended = "" if applied.exit_code == 0 else f", and ended with {applied.exit_code}"
        return (
            f"stale: {stack} was applied already: it was this plan, applied at {applied.at} by"
            f" {applied.who}{ended}. What the devices run now is told above; for what is still to"
            f" do, {PLAN_AGAIN}."
        )
    return (
        f"stale: {stack} has moved since it was planned: somebody deployed it, or applied this plan"
        f" from another copy. Nothing of it was applied to its devices now; {PLAN_AGAIN}."
    )
