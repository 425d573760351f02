"""The devices that reviewed plans would change, as targets: with those that leave the fleet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from classic_rescue.boot.states import DeviceRef, Order
from classic_rescue.cli.plans.files import read_plans
from classic_rescue.cli.plans.folder import read_reviewed
from classic_rescue.cli.plans.staleness import refuse_other_place
from classic_rescue.cli.session.fleet_file import Target
from classic_rescue.cli.session.session import Session
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.review.build import review_of
from classic_rescue.review.changes import Restart
from classic_rescue.review.plans import StackPlan
from classic_rescue.review.prediction import TO_OS


def planned_targets(
    session: Session, paths: tuple[Path, ...], *, now: datetime
) -> tuple[list[Target], frozenset[str]]:
    """What the plans may restart, and the keys of the devices that leave the fleet.

    A path is Terraform's JSON of a plan, or a folder of `classic-rescue plan`. Raises Failure for
    what is not understood.
    """
    plans, problems = read_plans(tuple(path for path in paths if not path.is_dir()))
    if problems:
        raise Failure("\n".join(problems))
    names = dict(_restarting(session, plans, now=now)) if plans else {}
    for folder in filter(Path.is_dir, paths):
        reviewed = read_reviewed(folder)
        refuse_other_place(reviewed, session)
        devices = reviewed.essence.devices
        names |= {key: one["name"] for key, one in devices.items() if one["restarts"] != "no"}
    entries = {entry.order.device.key: entry for entry in session.fleet.devices}
    source = session.fleet.source
    targets = [
        Target(entries[key].order, entries[key].order.settled, f"{source}:{entries[key].line}")
        if key in entries
        else Target(_leaving(key, name), TO_OS, "")
        for key, name in names.items()
    ]
    return targets, frozenset(names.keys() - entries.keys())


def _restarting(
    session: Session, plans: list[StackPlan], *, now: datetime
) -> Iterator[tuple[str, str]]:
    """Key and name of each device that these may restart."""
    review = review_of(plans, session.fleet, now, is_partial=True)
    if review.problems:
        raise Failure("\n".join(review.problems))
    for change in review.changes:
        if change.restart is not Restart.NO:
            yield change.key, change.name


def _leaving(key: str, name: str) -> Order:
    """What is known of a device that leaves the fleet."""
    try:
        return Order(name, DeviceRef.from_key(key), TO_OS)
    except ValueError as problem:
        raise Failure(f"{problem}; plan again") from None
