"""What the transition promises, put to scenarios in which anything may happen.

`play` plays one and raises Broken for the first promise that does not stand.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from classic_rescue.api.client import ClassicApi
from classic_rescue.api.devices import DeviceId, Devices
from classic_rescue.api.settings import Settings, basic
from classic_rescue.boot import environment
from classic_rescue.boot.states import BootState, DeviceRef, Goal, Kind, Order
from classic_rescue.conductor.account import Line
from classic_rescue.conductor.shared_devices import SharedDevices
from classic_rescue.conductor.waiting import Waiting
from classic_rescue.hook.context import UNCHANGED, UntilTimeout
from classic_rescue.hook.device_files import DeviceFiles
from classic_rescue.hook.exits import Exit
from classic_rescue.hook.orders import run
from classic_rescue.hook.report import Report
from classic_rescue.hook.run import Transition
from mock_api.domain.states import Boot, Power
from tests.hook.direct_account import direct_account
from tests.hook.meddled_world import BLIND, IDS, IMAGE, OPERATOR, MeddledWorld, Truth
from tests.hook.meddling import UNTOUCHED, Fate, Killed, Meddler, Script, Step, Tape

SLACK_S = 60.0
MOST_CLEAN_RUNS = 4
RESTARTING = frozenset({"reboot", "off", "on", "inside"})
"""What somebody else may do that leaves a trace in the event log alone."""
GOALS = {
    "os": Goal(BootState.OS),
    "rescue": Goal(BootState.RESCUE),
    "image": Goal(BootState.IMAGE, IMAGE),
}


@dataclass(frozen=True)
class Turn:
    """One run of the hook, and what happens in it. `wanted` is a key of GOALS, or `leave`."""

    wanted: str = "rescue"
    timeout_s: int = 3600
    script: Script = UNTOUCHED


@dataclass(frozen=True)
class Scenario:
    """What was before, and the runs in their order; the last wish is the one that counts.
    `is_shared`: the runs are orders of a conductor.
    """

    kind: Kind = Kind.VIRTUAL_GUEST
    before: tuple[str, ...] = ()
    settings: tuple[tuple[str, Any], ...] = ()
    sees_events: bool = True
    turns: tuple[Turn, ...] = (Turn(),)
    is_shared: bool = False


class Broken(AssertionError):
    """A promise that does not stand, with what happened."""

    def __init__(self, promise: str, text: str, played: Played) -> None:
        self.promise = promise
        super().__init__(f"{promise}: {text}\n{played}")


@dataclass
class Played:
    """One run as it was. `code` is None where it was killed."""

    turn: Turn
    tape: Tape
    begun_at: float
    code: Exit | None = None
    lines: list[dict[str, Any]] = field(default_factory=list)
    ended: Truth | None = None
    ended_at: float = 0.0
    passed_s: float = 0.0

    @property
    def text(self) -> str:
        """The last line."""
        return str(self.lines[-1]["text"]) if self.lines else ""

    @property
    def result(self) -> str:
        """The result that the last line tells."""
        return str(self.lines[-1].get("result", "")) if self.lines else ""

    @property
    def accepted(self) -> list[Step]:
        """The requests of this run that the mock accepted."""
        return [step for step in self.tape.steps if step.is_accepted]

    def __str__(self) -> str:
        """Say what happened, step by step."""
        told: list[tuple[float, str]] = []
        acts = dict.fromkeys((number for number, _ in self.tape.others), "")
        for number, act in self.tape.others:
            acts[number] += f" [somebody: {act}]"
        for step in self.tape.steps:
            fate = "" if step.fate.answer == "own" and step.fate.is_delivered else f" {step.fate}"
            seconds = f" {step.seconds:g} s" if step.what == "sleep" else ""
            mark = f" → {step.status}, before: {step.before}" if step.is_change else ""
            line = f"{step.number}{acts.get(step.number, '')} {step.what}{seconds}{fate}{mark}"
            told.append((step.at, line))
        said = [f"{line['time'][11:19]} {line['step']}: {line['text']}" for line in self.lines]
        steps = [f"{at - self.begun_at:8.1f} {line}" for at, line in told]
        head = f"{self.turn.wanted}, timeout {self.turn.timeout_s} s → {self.code}, {self.ended}"
        return "\n".join([head, *steps, *said])


def play(scenario: Scenario) -> list[Played]:
    """Play it, and then run again without meddling. Raises Broken."""
    world = MeddledWorld(scenario.kind, dict(scenario.settings))
    for act in scenario.before:
        world.act(act)
    with tempfile.TemporaryDirectory(dir=_memory()) as folder:
        done = []
        for turn in scenario.turns:
            played = _run(scenario, turn, world, folder=folder)
            _check(scenario, played, world)
            done.append(played)
        if not any("stuck" in fate.outcome for fate in _sends(scenario)):
            done += _arrive(scenario, world, folder)
    return done


def _memory() -> str | None:
    """A folder without a disk below it, where there is one."""
    return "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 a folder of its own is made in it


def _sends(scenario: Scenario) -> list[Fate]:
    return [fate for turn in scenario.turns for fate in turn.script.sends]


def _run(
    scenario: Scenario, turn: Turn, world: MeddledWorld, *, folder: str, again: bool = False
) -> Played:
    key = f"{scenario.kind}/{IDS[scenario.kind]}"
    is_leaving = turn.wanted == "leave"
    goal = GOALS["rescue" if is_leaving else turn.wanted]
    order = Order("dev", DeviceRef.from_key(key), goal, turn.timeout_s)
    user = OPERATOR if scenario.sees_events else BLIND
    credentials = basic(user, world.mock.key_of(user), "test")
    settings = Settings(world.mock.rest, "test", credentials)
    files = DeviceFiles(f"{folder}/locks", world.mock.rest)
    device = DeviceId(scenario.kind, IDS[scenario.kind])

    def is_note_open() -> bool:
        note = files.restart(device)
        return note is not None and note.is_shown is False

    tape = Tape(world, turn.script, is_note_open)
    devices = _devices(scenario, settings, tape)
    api = devices.api
    out = io.StringIO()
    report = Report(
        "dev",
        key,
        now=lambda: datetime.fromtimestamp(world.now_s, UTC),
        out=out,
        err=out,
        as_json=True,
    )
    transition = Transition(
        order,
        devices,
        report,
        files=files,
        clock=lambda: world.now_s,
        sleep=tape.sleep,
        server_now=lambda: api.server_time,
        asks_again=again,
    )
    api.patience = UntilTimeout(transition, 1.0)
    played = Played(turn, tape, world.now_s)
    passed_s = world.passed_s
    try:
        verb = "leave" if is_leaving else "enter"
        played.code = run(verb, transition, {environment.DESTROY: "1"}, folder)
    except Killed:
        pass
    except BaseException as problem:
        played.lines = [json.loads(line) for line in out.getvalue().splitlines()]
        text = f"{type(problem).__name__}: {problem}"
        raise Broken("6: nothing comes out of the run", text, played) from problem
    played.lines = [json.loads(line) for line in out.getvalue().splitlines()]
    if "a defect of" in out.getvalue():
        raise Broken("6: nothing is a defect", str(played.lines[-1]["text"]), played)
    played.ended = world.truth()
    played.ended_at = world.now_s
    played.passed_s = world.passed_s - passed_s
    return played


def _devices(scenario: Scenario, settings: Settings, tape: Tape) -> Devices:
    meddler = Meddler(settings, tape)
    if not scenario.is_shared:
        api = ClassicApi(settings, sleep=tape.sleep, chance=lambda: 0.5)
        api._transport = meddler
        return Devices(api)
    account = direct_account(settings, lambda: meddler)
    line = Line(account, Waiting(), sleep=tape.sleep)
    line._chance = lambda: 0.5
    return SharedDevices(account, line)


def _check(scenario: Scenario, played: Played, world: MeddledWorld) -> None:
    _sends_once(played)
    _restarts_once(scenario, played, world)
    _sends_on_a_fresh_look(played)
    if played.code is None:
        return
    _is_where_it_says(scenario, played, world)
    _says_what_it_sent(played)
    _ends_in_time(played)


def _goal(turn: Turn) -> Goal:
    return GOALS["os" if turn.wanted == "leave" else turn.wanted]


def _sends_once(played: Played) -> None:
    """1: in one run no request goes out again, unless the one before was surely not done."""
    open_requests: set[str] = set()
    for step in played.tape.steps:
        if not step.is_change:
            continue
        if step.what in open_requests:
            raise Broken("1: a request is sent once", step.what, played)
        is_refused = step.status not in (None, 200) and step.fate.answer == "own"
        if not step.fate.is_surely_not_done and not is_refused:
            open_requests.add(step.what)


def _restarts_once(scenario: Scenario, played: Played, world: MeddledWorld) -> None:
    """1: over all runs no restart where one of ours is at work, or the goal is reached."""
    goal = _goal(played.turn)
    for step in played.accepted:
        is_blind = not scenario.sees_events and scenario.kind is Kind.VIRTUAL_GUEST
        if step.is_note_open or (is_blind and _others_restarted(scenario)):
            continue
        if step.own_under_way:
            raise Broken("1: no restart while one of ours is at work", step.what, played)
        seen_at = _seen_at(played, step.number)
        others = any(number > seen_at for number, _ in played.tape.others)
        # What was accepted and did nothing leaves it unknown what the device runs.
        is_unknown = others or world.was_restarted_inside or world.is_doubtful
        # With an image in the drive, too, nobody can tell which of the two runs, nor what a restart
        # by somebody else booted.
        is_unclear = goal.state is BootState.RESCUE or _others_restarted(scenario)
        is_ambiguous = is_unclear and bool(step.before.image)
        if step.before.is_in(goal) and not is_unknown and not is_ambiguous:
            raise Broken("1: no restart of what is there", step.what, played)


def _others_restarted(scenario: Scenario) -> bool:
    """Whether somebody else restarted the device at any time: without the event log nobody sees
    it.
    """
    acts = {act for turn in scenario.turns for _, act in turn.script.others}
    return not RESTARTING.isdisjoint({*scenario.before, *acts})


def _seen_at(played: Played, number: int) -> int:
    """The step at which the oldest part of the last look before this one was true."""
    looks = [step.number for step in played.tape.steps if step.is_look and step.number < number]
    if not looks:
        return -1
    first = looks[-1]
    parts = [step.data_from for step in played.tape.steps[first:number] if step.what != "sleep"]
    return min(parts)


def _sends_on_a_fresh_look(played: Played) -> None:
    """4: no request without a look since the last wait and since the last request."""
    is_fresh = False
    for step in played.tape.steps:
        if step.is_look and step.fate.answer in ("own", "stale"):
            is_fresh = True
        elif step.what == "sleep" and step.seconds > 0:
            is_fresh = False
        elif step.is_change:
            if not is_fresh:
                raise Broken("4: nothing is sent on an old look", step.what, played)
            is_fresh = False


def _is_where_it_says(scenario: Scenario, played: Played, world: MeddledWorld) -> None:
    """2: what is said to be reached is reached, or was so at the last look."""
    if played.code is not Exit.DONE:
        return
    if played.result == "unproven":
        if "UNPROVEN" not in played.text:
            raise Broken("2: unproven is said", played.text, played)
        return
    if played.result not in ("changed", "unchanged"):
        raise Broken("2: the result is known", played.result, played)
    assert played.ended
    goal = _goal(played.turn)
    if played.ended.is_in(goal) or _is_excused(scenario, played, world):
        return
    seen_at = _seen_at(played, len(played.tape.steps))
    if not any(number > seen_at for number, _ in played.tape.others):
        raise Broken("2: it is where the run says", f"{played.ended}", played)


def _is_excused(scenario: Scenario, played: Played, world: MeddledWorld) -> bool:
    """What no call of the API tells: a restart from inside; whether bare metal is switched on; and,
    without the event log, what was asked for so lately that its transaction is not seen yet. And a
    device that is off runs its operating system at its next start.
    """
    goal = _goal(played.turn)
    ended = played.ended
    assert ended
    if world.was_restarted_inside and goal.state is BootState.RESCUE:
        return True
    if not scenario.sees_events and _was_too_early(played, world):
        return True
    is_off = ended.power is Power.HALTED
    if is_off and scenario.kind is Kind.HARDWARE:
        return ended._replace(power=Power.RUNNING).is_in(goal) or "may be off" in played.text
    return is_off and played.turn.wanted == "leave" and not ended.image


def _was_too_early(played: Played, world: MeddledWorld) -> bool:
    """Whether what was asked for last, by somebody or a run before, could not be seen yet."""
    looks = [step.at for step in played.tape.steps if step.is_look]
    return bool(looks) and looks[-1] < world.acted_at_s + world.appears_after_s


def _says_what_it_sent(played: Played) -> None:
    """3: what is said of the requests is true."""
    if played.code is Exit.DONE:
        if "nothing sent" in played.text and played.accepted:
            raise Broken("3: nothing was sent", played.text, played)
        return
    if UNCHANGED in played.text and played.accepted:
        raise Broken("3: nothing was changed", played.text, played)
    for step in played.accepted:
        if step.what not in played.text:
            raise Broken("3: the last line names each request", step.what, played)
    delivered = [s for s in played.tape.steps if s.is_change and not s.fate.is_surely_not_done]
    if played.code is Exit.UNDER_WAY and not delivered:
        raise Broken("3: something is under way", played.text, played)
    assert played.ended
    own_work = played.accepted and played.ended.is_busy and not played.tape.others
    may_be_open = (Exit.UNDER_WAY, Exit.UNREACHABLE, Exit.INTERRUPTED, Exit.FAILED)
    if own_work and played.code not in may_be_open:
        raise Broken("3: a request of ours is under way", played.text, played)


def _ends_in_time(played: Played) -> None:
    """5: it ends within its timeout and a minute."""
    took_s = played.ended_at - played.begun_at - played.passed_s
    if took_s > played.turn.timeout_s + SLACK_S:
        raise Broken("5: it ends in time", f"{took_s} s", played)


def _arrive(scenario: Scenario, world: MeddledWorld, folder: str) -> list[Played]:
    """7: without meddling a few more runs reach the goal."""
    done = []
    wanted = scenario.turns[-1].wanted
    turn = Turn(wanted)
    world.mock.clear_faults()
    for attempt in range(MOST_CLEAN_RUNS):
        is_asked_again = attempt >= MOST_CLEAN_RUNS // 2
        played = _run(scenario, turn, world, folder=folder, again=is_asked_again)
        _check(scenario, played, world)
        done.append(played)
        assert played.ended
        if played.code is Exit.DONE and played.ended.is_in(_goal(turn)):
            return done
        world.pass_s(200)
    if _is_excused(scenario, done[-1], world) or _is_unproven_for_ever(scenario, done[-1]):
        return done
    raise Broken("7: it arrives", f"{done[-1].ended} after {MOST_CLEAN_RUNS} runs", done[-1])


def _is_unproven_for_ever(scenario: Scenario, played: Played) -> bool:
    """A goal of rescue that a restart was asked for: without the event log nobody can tell."""
    assert played.ended
    is_believed = played.result == "unproven" and played.turn.wanted == "rescue"
    return is_believed and not scenario.sees_events and played.ended.boot is Boot.OS
