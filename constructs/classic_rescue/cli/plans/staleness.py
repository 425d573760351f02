"""Whether a plan still is that of this checkout, endpoint and machine.

Every refusal says what to do.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from classic_rescue.cli.plans.folder import PLAN_AGAIN, Manifest, changed_since, sha256_of
from classic_rescue.cli.session.session import Session
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terraform.checkout import Checkout, checkout_of
from classic_rescue.cli.terraform.hook_calls import (
    PLANNED_ELSEWHERE,
    Hooks,
    hooks_of_plan,
    hooks_of_stack,
    starts_of,
)
from classic_rescue.cli.terraform.terraform import Stack


def refuse_stale(
    manifest: Manifest, folder: Path, session: Session, environ: Mapping[str, str]
) -> None:
    """Raise Failure with everything that differs from what was planned,
    before any program is started.
    """
    problems = [
        *changed_since(manifest, folder),
        *_other_endpoint(manifest, session),
        *_other_files(manifest, session, checkout_of(session.project, environ)),
    ]
    _refuse(problems)


def _other_endpoint(manifest: Manifest, session: Session) -> Iterator[str]:
    mock = "the offline mock of a project"
    here = None if session.connection.is_embedded_mock else session.connection.settings.endpoint
    if here != manifest.endpoint:
        yield (
            f"the plan was made for {manifest.endpoint or mock}, and this run talks to"
            f" {here or mock}; use the same"
        )


def _other_files(manifest: Manifest, session: Session, checkout: Checkout | None) -> Iterator[str]:
    planned = manifest.checkout
    if planned != checkout and (planned and planned.tree) != (checkout and checkout.tree):
        yield (
            f"stale: the plan was made from {_described(planned)}, and this is"
            f" {_described(checkout)}: files have changed since; {PLAN_AGAIN}"
        )
    here = os.path.relpath(session.fleet.source, session.project)
    if here != manifest.fleet_path:
        yield (
            f"the plan was made of {manifest.fleet_path}, and this run reads {here}; use the same"
            " with --fleet"
        )
    elif sha256_of(Path(session.fleet.source)) != manifest.fleet_sha256:
        yield f"stale: {here} has changed since it was planned; {PLAN_AGAIN}"


def _described(checkout: Checkout | None) -> str:
    if checkout is None:
        return "a folder that is not in git"
    return f"commit {checkout.commit[:12] or '(none)'} with tree {checkout.tree[:12]}"


def refuse_other_stacks(manifest: Manifest, stacks: Sequence[str]) -> None:
    """Raise Failure where the checkout makes other stacks than were planned."""
    if missing := sorted(set(stacks) - set(manifest.stacks)):
        raise Failure(
            f"the plan has no file for {', '.join(missing)}, which this checkout makes;"
            f" {PLAN_AGAIN}"
        )
    if missing := sorted(set(manifest.stacks) - set(stacks)):
        raise Failure(
            f"the plan has {', '.join(missing)}, which this checkout does not make; {PLAN_AGAIN}"
        )


def refuse_other_hooks(texts: Mapping[str, str], stacks: Iterable[Stack]) -> None:
    """Raise Failure where a plan would run hooks that this machine cannot start,
    or others than this checkout has.
    """
    problems = []
    for stack in stacks:
        planned = hooks_of_plan(texts[stack.name])
        here = hooks_of_stack(stack.folder)
        whys = sorted(
            why for start in starts_of(planned) if (why := start.why_not_here(stack.folder))
        )
        if whys:
            problems.append(f"{stack.name}: {'; '.join(whys)}: {PLANNED_ELSEWHERE}")
        elif planned != here:
            problems.append(
                f"{stack.name}: the plan would run {_started(planned)}, and this checkout runs"
                f" {_started(here)}: {PLANNED_ELSEWHERE}; {PLAN_AGAIN}"
            )
    _refuse(problems)


def _started(hooks: Hooks) -> str:
    commands = sorted({str(step[0]) for steps in hooks.values() for step in steps})
    return " and ".join(commands) or "no hook"


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        raise Failure("\n".join([*problems, "nothing was applied"]))
