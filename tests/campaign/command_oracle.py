"""The oracle of commands: the same promises, for all devices of a fleet at once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from tests.campaign.bench import Row
from tests.campaign.commands import PLAN, Command, CommandStory
from tests.campaign.hooks import SECRETS
from tests.campaign.oracle import (
    OUR_FAULT,
    WITHOUT_TRANSACTION,
    Act,
    Broken,
    accepted,
    is_restarted_inside,
    repeats,
    was_hard_to_see,
)
from tests.campaign.plan import GUEST, ISO, SERVER

LAST_LOOK = 25
CODES = frozenset({0, 1, 2, 3, 4, 5, 130})
DONE = 0
UNCERTAIN = 5
NOTHING_DONE = re.compile(r"nothing was (touched|done)")
OURS = (GUEST, SERVER)


@dataclass
class Case:
    """A story, and what follows from the mock's journal."""

    story: CommandStory
    acts: list[Act] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def command(self, name: str) -> Command:
        """The command of this name."""
        return [row for row in self.story.commands if row.name == name][-1]

    def is_excused(self, command: Command) -> bool:
        """Whether its last look was disturbed by what nobody can tell from the truth."""
        calls = [heard.number for heard in self.story.heard if heard.run == command.name]
        begin = calls[max(0, len(calls) - LAST_LOOK)] if calls else 0
        lies = [
            heard.number for heard, deed, _ in self.story.deeds if deed in ("stale", "body")
        ] + [act.at for act in self.acts if act.run != command.name]
        return any(begin <= number <= command.heard_until for number in lies)

    def ours(self, command: Command) -> dict[int, str]:
        """Its goals, without the devices that had left and were then changed by somebody else:
        nothing of ours brings those back, and the commands say so. Of what was restarted from
        inside nobody can tell what it runs.
        """
        return {
            number: goal
            for number, goal in command.goals.items()
            if not self._is_lost(number, command, goal)
        }

    def _is_lost(self, device: int, command: Command, goal: str) -> bool:
        acts = [row for row in self.acts if row.device == device and row.at <= command.heard_until]
        is_foreign = bool(acts) and not acts[-1].run
        return is_foreign and (goal == "os" or is_restarted_inside(acts, device))


def judge(story: CommandStory) -> list[Broken]:
    """Every promise that the story breaks."""
    case = Case(story, *accepted(story))
    found = [Broken("oracle", "", text) for text in case.problems]
    for promise, check in PROMISES.items():
        found += [Broken(promise, *row) for row in check(case)]
    return found


Found = Iterator[tuple[str, str]]


def no_restart_twice(case: Case) -> Found:
    """No restart twice for one change."""
    for device in OURS:
        acts = [act for act in case.acts if act.device == device]
        unasked = [act for act in acts if act.run and device not in case.command(act.run).goals]
        for act in unasked:
            yield act.run, f"{act.method} was sent to {device}, which it is not about"
        yield from repeats(
            [act for act in acts if act not in unasked],
            goal_of=partial(_goal, case, device),
            may_be_repeated=partial(_may_be_repeated, case),
        )


def _goal(case: Case, device: int, name: str) -> str:
    return case.command(name).goals[device]


def _may_be_repeated(case: Case, act: Act, name: str) -> bool:
    if act.run == name:
        return False
    if act.fate:
        return True
    makes_one = case.story.course.world.settings.get("reboot_makes_transaction")
    is_silent = act.method in WITHOUT_TRANSACTION and not makes_one
    return is_silent and case.command(act.run).code != DONE


def _is_there(device: Row, goal: str) -> bool:
    if not device or device["move"] or device["boot"] != goal or device["power"] != "RUNNING":
        return False
    return goal != "image" or device["iso_image_id"] == ISO


def _missing(devices: dict[int, Row], goals: dict[int, str]) -> list[str]:
    return [
        f"{number} runs {devices[number]['boot']} ({devices[number]['power']},"
        f" {devices[number]['move'] or 'at rest'}), not {goal}"
        for number, goal in goals.items()
        if not _is_there(devices[number], goal)
    ]


def order_is_reached(case: Case) -> Found:
    """The order is reached after mending."""
    yield from _ends_well(case, "mend")


def comes_back(case: Case) -> Found:
    """What is taken out of the file comes back to its operating system."""
    yield from _ends_well(case, "empty")


def _ends_well(case: Case, kind: str) -> Found:
    last = [row for row in case.story.commands if row.name.startswith(kind)][-1]
    goals = case.ours(last)
    missing = _missing(last.devices, goals)
    if not missing and len(goals) < len(last.goals):
        return
    is_unproven = last.code == UNCERTAIN and was_hard_to_see(
        case.story.course.world, case.acts, case.story.deeds
    )
    if missing or (last.code != DONE and not is_unproven):
        yield last.name, f"exit {last.code}; {missing}; it said {last.out[-900:]!r}"


def exit_codes_are_true(case: Case) -> Found:
    """The exit code is true."""
    for command in case.story.commands:
        if command.killed_by or command.is_late:
            continue
        if command.code not in CODES:
            yield command.name, f"ended with {command.code}: {command.out[-400:]!r}"
        if command.code == DONE and not case.is_excused(command):
            for text in _missing(command.devices, case.ours(command)):
                yield command.name, f"exit 0, but {text}"
        if NOTHING_DONE.search(command.out) and command.sent:
            yield command.name, f"it says that nothing was done: {command.out[-400:]!r}"
        if command.arguments == PLAN and command.sent:
            yield command.name, "a plan sent a request"


def leaves_nothing_behind(case: Case) -> Found:
    """No secret, traceback, defect, process or torn file is left."""
    for command in case.story.commands:
        if fault := OUR_FAULT.search(command.out):
            yield command.name, f"it says {command.out[max(0, fault.start() - 300) :][:1200]!r}"
        if any(secret in command.out for secret in SECRETS):
            yield command.name, "a secret is in what it says"
        if command.left_over:
            yield command.name, f"processes are left: {command.left_over}"
    for place, text in case.story.files.items():
        if any(secret in text for secret in SECRETS):
            yield "", f"a secret is in {place}"
        if problem := _torn(place, text):
            yield "", f"{place} is torn: {problem}"


def _torn(place: str, text: str) -> str:
    if place.endswith(".log"):
        return ""
    parts = text.splitlines() if place.endswith(".jsonl") else [text]
    for part in filter(str.strip, parts):
        try:
            json.loads(part)
        except ValueError as problem:
            return f"{problem}: {part[:200]!r}"
    return ""


def ends_in_time(case: Case) -> Found:
    """It ends in time."""
    for command in case.story.commands:
        if command.is_late:
            yield command.name, f"still running after {command.took_s:.0f} s"


def touches_no_other(case: Case) -> Found:
    """No other device is touched."""
    for act in case.acts:
        if act.run and act.device not in OURS:
            yield act.run, f"{act.method} was sent to {act.device}"
    for number, row in case.story.before.items():
        if number not in OURS and case.story.after.get(number) != row:
            yield "", f"device {number} was {row}, is {case.story.after.get(number)}"


PROMISES: dict[str, Callable[[Case], Found]] = {
    "restart": no_restart_twice,
    "reached": order_is_reached,
    "truth": exit_codes_are_true,
    "back": comes_back,
    "clean": leaves_nothing_behind,
    "time": ends_in_time,
    "others": touches_no_other,
}
"""Every promise, by the name that a broken one is told with."""


def tell(story: CommandStory, broken: list[Broken]) -> str:
    """The whole story: what was struck, what was sent, and what was said."""
    course = story.course
    lines = [
        f"seed c{course.seed}: first {course.first}; struck {course.struck}",
        f"  log open: {course.world.log_open}; {course.world.settings}",
        *(f"  wrong: {row}" for row in course.meddlings),
    ]
    for command in story.commands:
        killed = f", {command.killed_by}" if command.killed_by else ""
        words = " ".join(command.arguments)
        lines.append(
            f"  {command.name}: {words}: exit {command.code} after {command.took_s:.0f} s{killed}"
        )
        lines += [
            f"      {heard}"
            for heard in story.heard
            if heard.run == command.name and (heard.struck or heard.is_changing)
        ]
        lines += [f"      | {line}" for line in command.out.splitlines()[-14:]]
        runs = {number: row["boot"] for number, row in command.devices.items()}
        lines.append(f"      true: {runs}")
    lines += [f"  BROKEN {row}" for row in broken]
    return "\n".join(lines)
