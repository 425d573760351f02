"""The oracle: holds a story against the promises. It believes the mock's world and journal, never
our words; those it judges.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from tests.campaign.answers import BODIES
from tests.campaign.bench import Record, Row
from tests.campaign.hooks import SECRETS, Run, Story
from tests.campaign.host import COLLEAGUE, US
from tests.campaign.plan import CHANGING, Errand, Plan
from tests.campaign.proxy import Heard

LAST_LOOK = 8
"""How many calls a run's last look may take: what happens during them may be missed."""

LONGEST_UNSEEN_S = 60.0
"""How long after a request its transaction appears in the worlds of a campaign, at most."""

LONGEST_WORK_S = 4000.0
"""How long ago something may have been asked for that is still under way."""

DONE = 0
FAILED = 1
UNDER_WAY = 5
UNREACHABLE = 6
CODES = frozenset({0, 1, 2, 3, 4, 5, 6, 7, 130})
NOTHING_DONE = re.compile(r"nothing was (changed|sent|started|done)|already .*: nothing to do")
ENDED = re.compile(r"its work has ended|showed the restart")
"""What says that the request has done its work: true where nothing is under way any more."""
UNSURE = re.compile(r"\bmay\b|whether|not known|unknown|nobody (could|knows)|nothing shows")
PASSING = frozenset({"reset", "hang up", "silence", "cut off", "drip", "delay", "kill the mock"})
PASSING_ERRORS = frozenset({"429", "429 page", "rate limit", "502 page", "503 page", "504 page"})
"""What goes by: a run waits for that as long as its order has time."""

OUR_FAULT = re.compile(r"Traceback|\bdefect\b|please report")
INSIDE = "restart from inside"
"""What somebody does at the device itself: no call of the API can tell."""

WITHOUT_TRANSACTION = frozenset({"rebootDefault", "powerOn", INSIDE})
PATHS = {
    "os": (("rebootDefault",), ("unmountIsoImage",), ("powerOn",), ("unmountIsoImage", "powerOn")),
    "rescue": (
        ("executeRescueLayer",),
        ("bootToRescueLayer",),
        ("unmountIsoImage", "executeRescueLayer"),
    ),
    "image": (("mountIsoImage",), ("unmountIsoImage", "mountIsoImage")),
}
"""The requests that one change may take, by its goal."""


class Broken(NamedTuple):
    """One promise that was not kept."""

    promise: str
    run: str
    text: str

    def __str__(self) -> str:
        """Say it as a story does."""
        return f"[{self.promise}] {self.run}: {self.text}"


@dataclass
class Act:
    """One request that the service accepted: in the journal's order. `run` is empty for others'.

    `at` is the number of the call that it was, or came with. `fate` is what the mock's own faults
    made of it. `is_late`: it was held up on its way, until call number `arrived` had been sent.
    """

    run: str
    method: str
    at: int
    device: int
    fate: str = ""
    is_late: bool = False
    arrived: int = 0


@dataclass
class Case:
    """A story, and what follows from the mock's journal."""

    story: Story
    acts: list[Act] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def calls(self, run: Run) -> list[Heard]:
        """What this run asked."""
        return [heard for heard in self.story.heard if heard.run == run.name]

    def attempts(self, run: Run) -> list[Heard]:
        """What this run sent that changes a device, whether it arrived or not."""
        return [heard for heard in self.calls(run) if heard.is_changing]

    def of(self, run: Run) -> list[Act]:
        """What was accepted of this run."""
        return [act for act in self.acts if act.run == run.name]

    def since_last_look(self, run: Run) -> list[Act]:
        """What others did while this run looked for the last time, or until it was looked at."""
        calls = self.calls(run)
        begin = calls[max(0, len(calls) - LAST_LOOK)].number if calls else 0
        others = [act for act in self.acts if act.run != run.name]
        return [act for act in others if begin <= act.at <= run.heard_until]


def judge(story: Story) -> list[Broken]:
    """Every promise that the story breaks."""
    case = read(story)
    found = [Broken("oracle", "", text) for text in case.problems]
    for promise, check in PROMISES.items():
        found += [Broken(promise, *row) for row in check(case)]
    return found


def read(story: Story) -> Case:
    """A story with its accepted requests."""
    case = Case(story)
    case.acts, case.problems = accepted(story)
    return case


def accepted(story: Record) -> tuple[list[Act], list[str]]:
    """The accepted requests of the mock's journal, beside the calls that the proxy heard; and where
    the two do not fit together.
    """
    acts: list[Act] = []
    problems = list(story.failures)
    ours = sorted(
        (heard for heard in story.heard if heard.was_accepted), key=lambda heard: heard.passed_as
    )
    foreign = [heard.number for heard, deed, _ in story.deeds if deed == "somebody else"]
    faults = list(story.struck)
    for row in story.journal:
        if row["method"] not in CHANGING or row["status"] != 200 or row["kind"] != "changing":
            continue
        act = Act("", row["method"], 0, int(row["id"]))
        if row["user"] == US:
            if not ours or ours[0].method != act.method:
                problems.append(f"the journal has a {act.method} of ours that nobody heard")
                continue
            heard = ours.pop(0)
            act.run = heard.run
            act.at = heard.number
            act.arrived = heard.passed_at
            act.is_late = any(deed.startswith("late") for deed in heard.struck)
        elif row["user"] == COLLEAGUE:
            act.at = _next(foreign)
        act.fate = _fate(act, faults)
        acts.append(act)
    for number, device in story.inside:
        place = next((i for i, act in enumerate(acts) if act.at > number), len(acts))
        acts.insert(place, Act("", INSIDE, number, device))
    if ours:
        problems.append(f"the journal lacks {ours[0].method} of {ours[0].run}")
    return acts, problems


def _next(numbers: list[int]) -> int:
    return numbers.pop(0) if numbers else 0


def _fate(act: Act, faults: list[Row]) -> str:
    """The mock's own fault that struck this request; each strikes once."""
    for rule in faults:
        if str(rule["operation"]).endswith(f".{act.method}"):
            faults.remove(rule)
            return str(rule["fault"]["kind"])
    return ""


Found = Iterator[tuple[str, str]]


def no_restart_twice(case: Case) -> Found:
    """No restart twice for one change."""
    runs = {run.name: run for run in case.story.runs}
    acts = [act for act in case.acts if act.device == case.story.plan.device]
    return repeats(
        acts,
        goal_of=lambda name: runs[name].errand.goal,
        may_be_repeated=lambda act, name: _may_be_repeated(case, act, runs[name]),
    )


def repeats(
    acts: Sequence[Act],
    *,
    goal_of: Callable[[str], str],
    may_be_repeated: Callable[[Act, str], bool],
) -> Found:
    """What was sent to one device beyond what each change needs.

    What somebody else does begins a new change; so does another goal. One of an earlier run that
    arrives only when a later run has sent its own is not held against anybody: no look could show
    it.
    """
    so_far: list[Act] = []
    goal = ""
    for number, act in enumerate(acts):
        if not act.run:
            so_far = []
            continue
        before = [row for row in acts[:number] if row.run not in ("", act.run)]
        if act.is_late and any(row.at > act.at for row in before):
            continue
        if goal_of(act.run) != goal:
            so_far = []
            goal = goal_of(act.run)
        so_far = [
            row
            for row in so_far
            if not may_be_repeated(row, act.run) and not _could_not_be_seen(row, act)
        ]
        so_far.append(act)
        sent = tuple(row.method for row in so_far)
        if not any(path[: len(sent)] == sent for path in PATHS[goal]):
            told = ", ".join(f"{row.method} of {row.run}" for row in so_far)
            yield act.run, f"more was sent than the change to {goal} needs: {told}"
            so_far = [act]


def _could_not_be_seen(earlier: Act, act: Act) -> bool:
    """Whether it reached the service only when a later run's own was on its way already."""
    return earlier.is_late and earlier.run != act.run and earlier.arrived >= act.at


def _may_be_repeated(case: Case, act: Act, run: Run) -> bool:
    """Whether a later run may ask once more for what an earlier one asked."""
    if act.run == run.name:
        return False
    if act.fate:
        return True
    if act.method not in WITHOUT_TRANSACTION:
        return False
    earlier = next(row for row in case.story.runs if row.name == act.run)
    makes_one = case.story.plan.settings.get("reboot_makes_transaction")
    return not makes_one and not (earlier.code == DONE and earlier.result == "changed")


def is_reached(device: Row, errand: Errand) -> bool:
    """Whether the device truly runs what was ordered, and nothing is under way."""
    if not device or device["move"]:
        return False
    is_guest = device["kind"] == "virtual_guest"
    is_off = is_guest and device["power"] != "RUNNING"
    if errand.verb == "leave" and is_off:
        return device["iso_image_id"] is None
    if is_off or device["boot"] != errand.goal:
        return False
    return errand.goal != "image" or device["iso_image_id"] == errand.image


def is_restarted_inside(acts: Sequence[Act], device: int) -> bool:
    """Whether the last that was done to the device left no trace: nobody can tell what it runs."""
    done = [act for act in acts if act.device == device]
    return bool(done) and done[-1].method == INSIDE


def _without_restart(device: Row) -> Row:
    """The same, where somebody else restarts what runs its system already."""
    is_restarting = str(device.get("move")).endswith("_reboot")
    return {**device, "move": None} if is_restarting else device


def order_is_reached(case: Case) -> Found:
    """The order is reached after mending."""
    last = case.story.runs[-1]
    device = _without_restart(case.story.after.get(case.story.plan.device, {}))
    if case.story.plan.is_absent:
        wanted = 0 if last.errand.verb == "leave" else 3
        if last.code != wanted:
            yield last.name, f"the device does not exist: exit {last.code}, not {wanted}"
        return
    if last.code == DONE and is_restarted_inside(case.acts, case.story.plan.device):
        return  # it runs its system since, and nothing says so
    is_unseen = last.result == "unproven" and not any(act.run for act in case.acts)
    if last.code == DONE and is_unseen and _is_hard_to_see(case):
        return  # somebody else's restart that did nothing: only a person can tell
    if last.code != DONE or not is_reached(device, last.errand):
        yield (
            last.name,
            f"not reached after mending: exit {last.code}, {last.last!r}; {_seen(device)}",
        )


def _seen(device: Row) -> str:
    move = f", {device['move']} until {device['due']}" if device.get("move") else ""
    iso = f", ISO {device['iso_image_id']}" if device.get("iso_image_id") else ""
    return (
        f"it runs {device.get('boot')}{iso}, {device.get('power')}{move}" if device else "no device"
    )


def last_line_is_true(case: Case) -> Found:
    """The last line and the exit code are true."""
    for run in case.story.runs:
        if run.killed_by == "SIGKILL" and run.code == -9:
            continue
        if run.is_late:
            continue
        if run.code not in CODES:
            yield run.name, f"ended with {run.code}, which is no exit code of the hook"
            continue
        if not run.rows and run.code != 2:
            yield run.name, f"ended with {run.code} and said nothing: {run.err[-300:]!r}"
            continue
        told = (
            *_false_done(case, run),
            *_false_stop(case, run),
            *_false_words(case, run),
            *_too_hasty(case, run),
        )
        for text in told:
            yield run.name, f"exit {run.code}, {run.result}: {run.last!r}; but {text}"


def _false_done(case: Case, run: Run) -> Iterator[str]:
    if run.code != DONE:
        return
    device = run.device
    if run.result == "deleted":
        if device:
            yield "the device is there"
        return
    if run.result == "unproven":
        if not _is_hard_to_see(case):
            yield "the service shows that it was done"
        return
    if run.result not in ("changed", "unchanged"):
        yield f"{run.result} is no result"
    if case.since_last_look(run) or _was_lied_to(case, run) or _is_unseen_yet(case, run):
        return
    until = [act for act in case.acts if act.at <= run.heard_until]
    if is_restarted_inside(until, case.story.plan.device):
        return
    if not case.of(run):
        device = _without_restart(device)
    if not is_reached(device, run.errand):
        yield _seen(device)
    elif case.of(run):
        yield from _too_early(case, run)


def _too_early(case: Case, run: Run) -> Iterator[str]:
    """It came up only after the run's last look."""
    dates = [heard.date_s for heard in case.calls(run) if heard.date_s]
    since = run.device.get("boot_since")
    if dates and since:
        late_s = datetime.fromisoformat(since).timestamp() - dates[-1]
        if late_s > 1.5:
            yield f"it came up only {late_s:.0f} s after the last look"


def _is_hard_to_see(case: Case) -> bool:
    return was_hard_to_see(case.story.plan, case.acts, case.story.deeds)


def was_hard_to_see(
    plan: Plan, acts: Sequence[Act], deeds: Sequence[tuple[Heard, str, str]]
) -> bool:
    """Whether something of a story may have happened unseen: the event log was closed or struck, or
    a restart made no transaction.
    """
    is_struck = any(
        heard.service == "SoftLayer_Event_Log" or deed == "take away" for heard, deed, _ in deeds
    )
    methods = [*(act.method for act in acts), *(row.method for row in plan.past)]
    return not plan.log_open or is_struck or bool(WITHOUT_TRANSACTION & set(methods))


def _is_unseen_yet(case: Case, run: Run) -> bool:
    """Whether somebody asked for something so lately that nothing shows it to a user without the
    event log.
    """
    plan = case.story.plan
    is_recent = bool(plan.past) and plan.past[-1].then_s < LONGEST_UNSEEN_S
    return is_recent and not plan.log_open and not run.is_mending


def _was_lied_to(case: Case, run: Run) -> bool:
    """Whether the last look was answered with what nobody can tell from the truth."""
    for heard in case.calls(run)[-LAST_LOOK:]:
        for row, deed, value in case.story.deeds:
            if row is heard and (deed == "stale" or (deed == "body" and value in BODIES)):
                return True
    return False


def _false_stop(case: Case, run: Run) -> Iterator[str]:
    """A run that did not end well: whether its exit code fits what became of its request."""
    attempts = case.attempts(run)
    if run.code == UNDER_WAY and not attempts and not _may_be_moving(case, run):
        yield "nothing was asked for, and nothing was under way"
    is_accepted = bool(attempts) and attempts[-1].was_accepted
    has_ended = ENDED.search(run.last) and not run.device.get("move")
    if run.code in (2, 3, 4, 7) and is_accepted and not has_ended:
        yield f"its {attempts[-1].method} was accepted"
    is_left_open = has_ended or UNSURE.search(run.last)
    if run.code == UNREACHABLE and is_accepted and not is_left_open:
        yield f"its {attempts[-1].method} was accepted, and it does not leave that open"
    if run.code == FAILED and not attempts:
        yield "it sent nothing"
    acts = [act for act in case.acts if act.at <= run.heard_until]
    is_ours = is_accepted and acts and acts[-1].run == run.name
    is_moving = is_ours and run.device.get("move") and not _was_lied_to(case, run)
    if run.code == FAILED and is_moving:
        yield f"its {attempts[-1].method} is under way: {_seen(run.device)}"


def _too_hasty(case: Case, run: Run) -> Iterator[str]:
    """It gave up what would have passed within the order's time."""
    struck = [row for row in case.story.deeds if row[0].run == run.name]
    is_passing = all(
        deed in PASSING or (deed == "error" and value in PASSING_ERRORS)
        for _, deed, value in struck
    )
    gone_s = run.took_s * case.story.speed
    is_early = gone_s < run.errand.timeout_s / 2
    if run.code == UNREACHABLE and is_early and is_passing and not case.attempts(run):
        yield f"{gone_s:.0f} s of {run.errand.timeout_s} s were over"


def _false_words(case: Case, run: Run) -> Iterator[str]:
    said = run.last
    acts = case.of(run)
    attempts = case.attempts(run)
    if NOTHING_DONE.search(said) and acts and run.code not in (2, 3, 4, 7):
        yield f"its {acts[-1].method} was accepted"
    is_accepted = bool(attempts) and attempts[-1].was_accepted
    is_named = is_accepted and (attempts[-1].method in said or "transaction" in said)
    if run.code != DONE and is_accepted and not is_named:
        yield f"it does not name {attempts[-1].method}, which was accepted"
    if "under way" in said and not UNSURE.search(said) and not _may_be_moving(case, run):
        yield "nothing is under way"


def _may_be_moving(case: Case, run: Run) -> bool:
    """Whether anything was under way on the device while this run looked, as far as is known."""
    is_recent = any(row.then_s < LONGEST_WORK_S for row in case.story.plan.past)
    acts = [act for act in case.acts if act.at <= run.heard_until]
    return bool(acts or is_recent or run.device.get("move"))


def comes_back(case: Case) -> Found:
    """What leaves comes back to its operating system."""
    for run in case.story.runs:
        if run.errand.verb != "leave" or run.code != DONE or run.result == "unproven":
            continue
        if run.result == "deleted" and run.device:
            yield run.name, f"given up as deleted: {_seen(run.device)}"


def leaves_nothing_behind(case: Case) -> Found:
    """No secret, traceback, defect, process or torn file is left."""
    for run in case.story.runs:
        said = run.out + run.err
        if fault := OUR_FAULT.search(said):
            at = fault.start()
            yield run.name, f"it says {said[max(0, at - 200) : at + 900]!r}"
        if any(secret in said for secret in SECRETS):
            yield run.name, "a secret is in what it says"
        if run.left_over:
            yield run.name, f"processes are left: {run.left_over}"
        if run.torn and run.code != -9:
            yield run.name, f"no JSON: {run.torn[0][:300]!r}"
    if any(secret in text for secret in SECRETS for text in case.story.kept):
        yield "", "a secret is in a file"
    for text in case.story.torn:
        yield "", f"a torn line: {text}"


def ends_in_time(case: Case) -> Found:
    """It ends within its timeout and a minute."""
    for run in case.story.runs:
        if run.is_late:
            yield run.name, f"still running after {run.took_s:.0f} s; last: {run.last!r}"


def touches_no_other(case: Case) -> Found:
    """No other device is touched."""
    device = case.story.plan.device
    for act in case.acts:
        if act.run and act.device != device:
            yield act.run, f"{act.method} was sent to {act.device}"
    for number, row in case.story.before.items():
        if number != device and case.story.after.get(number) != row:
            yield "", f"device {number} was {row}, is {case.story.after.get(number)}"


PROMISES: dict[str, Callable[[Case], Found]] = {
    "restart": no_restart_twice,
    "reached": order_is_reached,
    "truth": last_line_is_true,
    "back": comes_back,
    "clean": leaves_nothing_behind,
    "time": ends_in_time,
    "others": touches_no_other,
}
"""Every promise, by the name that a broken one is told with."""
