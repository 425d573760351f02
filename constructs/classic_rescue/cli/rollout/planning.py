"""Plans of Terraform's with their review, for every command that shows or applies one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from classic_rescue.boot import environment
from classic_rescue.cli.drifts.repairs import Choice, choose, read_repairs, replace_arguments
from classic_rescue.cli.plans.returns import find_due, with_only
from classic_rescue.cli.session.fleet_file import Target, all_targets
from classic_rescue.cli.session.observed import Row
from classic_rescue.cli.session.session import Session
from classic_rescue.cli.terraform.terraform import Stack, Terraform, changes_anything

if TYPE_CHECKING:
    from classic_rescue.fleet import Fleet
    from classic_rescue.review.review import Review


@dataclass(frozen=True, slots=True)
class Planned:
    """What Terraform would do to a session's fleet: the stacks, their plan files and those as JSON,
    and the devices as they were just seen.

    `choice` are the repairs of drift that were asked for. `returns` is None for a whole plan;
    otherwise it only brings back these devices, by key.
    """

    session: Session
    rows: Sequence[Row]
    stacks: Sequence[Stack]
    files: Mapping[str, Path]
    texts: Mapping[str, str]
    said: Sequence[str] = ()
    choice: Choice = field(default_factory=Choice)
    returns: tuple[str, ...] | None = None
    is_destroy: bool = False

    @property
    def changing(self) -> list[Stack]:
        """The stacks in which anything changes."""
        return [stack for stack in self.stacks if changes_anything(self.texts[stack.name])]

    def review(self, *, at: datetime, break_glass: str | None, is_reader: bool = False) -> Review:
        """What that does to each device, and whether the policy allows it. `is_reader`: another
        user applies it.
        """
        from classic_rescue.cli.plans.judging import judge_plans  # pydantic and yaml cost 0.2 s

        return judge_plans(
            self.texts,
            self.session,
            self.rows,
            at=at,
            break_glass=break_glass,
            is_reader=is_reader,
            only_returns=self.returns is not None,
            is_destroy=self.is_destroy,
        )


def hand_on(review: Review, folder: Path) -> dict[str, str]:
    """Write which devices and images were reviewed under their names, for the hooks.

    Gives what their environment must say.
    """
    path = folder / "devices.json"
    seen = {
        change.key: {"device": change.device, "image": change.image.id if change.image else None}
        for change in review.changes
        if change.device
    }
    path.write_text(json.dumps(seen), encoding="utf-8")
    return {environment.REVIEWED: str(path)}


def plan_whole(
    terraform: Terraform,
    session: Session,
    folder: Path,
    *,
    targets: list[Target],
    is_destroy: bool = False,
) -> Planned:
    """Plan every stack into the folder, with the repairs that were asked for."""
    rows = session.observe(targets)
    choice = Choice() if is_destroy else choose(read_repairs(session), rows)
    stacks = terraform.synthesise()
    terraform.init(stacks)
    wanted = ["-destroy"] if is_destroy else replace_arguments(choice.keys)
    arguments = {stack.name: wanted for stack in stacks}
    planned = _plan(terraform, stacks, folder, arguments=arguments, session=session, rows=rows)
    return replace(planned, said=choice.said, choice=choice, is_destroy=is_destroy)


def plan_returns(terraform: Terraform, session: Session, folder: Path, *, now: datetime) -> Planned:
    """Plan into the folder the return of devices that are over their time, in the stacks that have
    any. `terraform` is one that works aside.
    """
    stacks = terraform.synthesise()
    terraform.init(stacks)
    whole = session.fleet
    due = find_due(whole, terraform.state_texts(stacks))
    keys = tuple(due.all_keys)
    session = with_only(session, keys)
    rows = session.observe(all_targets(session.fleet))
    stacks = [stack for stack in stacks if stack.name in due.keys]
    planned = _plan(terraform, stacks, folder, arguments=due.targets, session=session, rows=rows)
    return replace(planned, said=[*_about_policy(whole, now), *due.said], returns=keys)


def _plan(
    terraform: Terraform,
    stacks: Sequence[Stack],
    folder: Path,
    *,
    arguments: Mapping[str, Sequence[str]],
    session: Session,
    rows: Sequence[Row],
) -> Planned:
    files = terraform.plan(stacks, folder, arguments)
    texts = terraform.plan_texts(stacks, files)
    return Planned(session=session, rows=rows, stacks=stacks, files=files, texts=texts)


def _about_policy(fleet: Fleet, now: datetime) -> Iterator[str]:
    """That no other change of this file can be deployed, where that is so:
    a return must not hide it.
    """
    from classic_rescue.fleet import check_policy

    if check_policy(fleet, now, {}).refuses:
        yield (
            f"{fleet.source} breaks its own policy, which is not held against returns; `validate`"
            " says where"
        )
