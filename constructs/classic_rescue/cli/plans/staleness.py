"""Whether what was reviewed still is what a plan made now would do, and what else has changed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from classic_rescue.cli.plans.essence import Essence, other_devices, other_places, place_of
from classic_rescue.cli.plans.folder import PLAN_AGAIN, Reviewed, find_applied, sha256_of
from classic_rescue.cli.session.session import Session
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terraform.checkout import Checkout, checkout_of

if TYPE_CHECKING:
    from classic_rescue.review.review import Review

MOST_TOLD = 20
"""Differences that are told one by one."""


def refuse_other_place(reviewed: Reviewed, session: Session) -> None:
    """Raise Failure with everything that differs before any program is started."""
    _refuse(list(other_places(reviewed.essence.place, place_of(session))))


def refuse_other_effect(folder: Path, reviewed: Reviewed, now: Essence, review: Review) -> None:
    """Raise Failure with every device to which something else would happen than was reviewed."""
    problems = list(other_devices(reviewed.essence, now, review))
    if problems and (applied := find_applied(folder)):
        problems.append(str(applied))
    _refuse(problems)


def _refuse(problems: Sequence[str]) -> None:
    if not problems:
        return
    told = list(problems[:MOST_TOLD])
    if more := len(problems) - len(told):
        told.append(f"and {more} more")
    raise Failure("\n".join([*told, f"nothing was applied; {PLAN_AGAIN}"]))


def changes_since(
    reviewed: Reviewed, session: Session, environ: Mapping[str, str]
) -> Iterator[str]:
    """What else is not as it was, a sentence each: it matters only where the effect differs."""
    planned = reviewed.checkout
    here = checkout_of(session.project, environ)
    if planned != here and (planned and planned.tree) != (here and here.tree):
        yield f"the plan was made from {_described(planned)}, and this is {_described(here)}"
    path = os.path.relpath(session.fleet.source, session.project)
    if path != reviewed.fleet_path:
        yield f"the plan was made of {reviewed.fleet_path[:200]}, and this run reads {path}"
    elif sha256_of(Path(session.fleet.source)) != reviewed.fleet_sha256:
        yield f"{path} has changed since it was planned"


def _described(checkout: Checkout | None) -> str:
    if checkout is None:
        return "a folder that is not in git"
    return f"commit {checkout.commit[:12] or '(none)'} with tree {checkout.tree[:12]}"
