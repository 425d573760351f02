"""Plays whole commands with real Terraform: a small project in a folder of its own, a mock and a
proxy; the fleet is deployed, changed and emptied again, and things go wrong meanwhile.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from tests.campaign import generation
from tests.campaign.bench import MOST_MENDINGS, SPEED, ProcessBench, Record, Row, processes
from tests.campaign.host import ROOT
from tests.campaign.meddlings import Director
from tests.campaign.plan import GUEST, ISO, ISO_NAMES, SERVER, Meddling, Moment, Plan, Where

LONGEST_S = 150.0
GONE_WITHIN_S = 40.0
TIMEOUT = "45m"
MARK = "CAMPAIGN_OF"
WEB = "web-1"
DB = "db-1"
DEVICES = {WEB: GUEST, DB: SERVER}
RECONCILE = ("deploy", "--yes", "--reconcile", "--no-progress")
DESTROY = ("destroy", "--yes", "--no-progress")
LEAVE = ("leave", f"virtual_guest/{GUEST}", "--yes")
PLAN = ("plan", "--out", "reviewed", "--zero-if-allowed")
APPLY = ("apply", "reviewed")


@dataclass(frozen=True)
class Step:
    """Commands one after the other, with what the file declares from then on: a state a name."""

    declared: dict[str, str]
    commands: tuple[tuple[str, ...], ...]
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Course:
    """All of one run: what is done in peace first, what is struck, and how it is mended."""

    seed: int
    world: Plan
    first: Step | None
    struck: Step

    @property
    def mending(self) -> tuple[str, ...]:
        """What is run until all is as the struck step wanted it."""
        return DESTROY if self.struck.commands[-1] == DESTROY else RECONCILE

    @property
    def meddlings(self) -> tuple[Meddling, ...]:
        """What goes wrong."""
        return self.world.meddlings


@dataclass
class Command:
    """One command: how it ended, what it said, and what was true then.

    Commands of one step have one name and one endpoint; `sent` counts what was accepted meanwhile.
    """

    name: str
    arguments: tuple[str, ...]
    goals: dict[int, str]
    is_mending: bool = False
    code: int | None = None
    out: str = ""
    took_s: float = 0.0
    is_late: bool = False
    killed_by: str = ""
    sent: int = 0
    heard_until: int = 0
    left_over: list[str] = field(default_factory=list)
    devices: dict[int, Row] = field(default_factory=dict)


@dataclass
class CommandStory(Record):
    """What happened: the oracle judges it, people read it."""

    course: Course
    commands: list[Command] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)


def generate(seed: int) -> Course:
    """The course of this seed: always the same one."""
    chance = Random(f"command {seed}")
    declared = {WEB: chance.choice(["rescue", "rescue", "image", "os"]), DB: "rescue"}
    if chance.random() < 0.4:
        del declared[DB]
    world = Plan(
        seed=seed,
        kind="virtual_guest",
        errands=(),
        settings=generation.settings(chance),
        log_open=chance.random() < 0.85,
    )
    rows = [_meddling(chance, world) for _ in range(chance.choice([1, 1, 2, 2, 3]))]
    world = replace(world, meddlings=tuple(rows))
    deploy = ("deploy", "--yes", "--no-progress")
    first = Step(declared, (deploy,))
    roll = chance.random()
    if roll < 0.35:
        return Course(seed, world, None, first)
    if roll < 0.5:
        return Course(seed, world, None, Step(declared, (PLAN, APPLY)))
    if roll < 0.65:
        return Course(seed, world, first, Step(declared, (DESTROY,)))
    if roll < 0.85:
        return Course(seed, world, first, Step({**declared, WEB: ""}, (deploy,)))
    if roll < 0.93:
        other = "image" if declared[WEB] == "rescue" else "rescue"
        return Course(seed, world, first, Step({**declared, WEB: other}, (deploy,)))
    return Course(seed, world, first, Step({**declared, WEB: ""}, (deploy,), beside=LEAVE))


def _meddling(chance: Random, world: Plan) -> Meddling:
    """As for hooks; but what is killed may be any of the programs, and calls are counted over a
    whole command.
    """
    row = generation.meddling(chance, world)
    if chance.random() < 0.3:
        who = chance.choice(["hook", "terraform", "command"])
        number = chance.choice(["SIGKILL", "SIGTERM", "SIGINT"])
        where = Where("*", chance.randint(1, 40), 1, chance.choice(list(Moment)))
        return Meddling(where, "kill", f"{number} {who}")
    if row.deed == "kill":
        return replace(row, value=f"{row.value} hook")
    if row.where.calls == "*":
        row = replace(row, where=replace(row.where, nth=chance.randint(1, 40)))
    return row


class CommandBench(ProcessBench):
    """A project with Terraform: plays one course after the other."""

    def __init__(self, folder: Path, *, speed: float = SPEED) -> None:
        super().__init__(folder, speed=speed)
        self._story: CommandStory
        self._token = ""
        self._beside: tuple[str, ...] = ()

    def play(self, course: Course) -> CommandStory:
        """Deploy in peace where the course says so, strike, mend, and take all out again."""
        story = CommandStory(course)
        self._story = story
        self.prepare(course.world)
        for name in ("cdktf.json", "main.py", "mock_api", "constructs", "node_modules"):
            (self.place / name).symlink_to(ROOT / name)
        self._token = f"{os.getpid()}-{course.seed}-{time.monotonic_ns()}"
        director = Director(course.world, self.host, self.proxy, self)
        director.is_on = False
        self.proxy.begin(director.meddle)
        story.before = self.host.devices()
        if course.first:
            self._step(course.first, "first", is_mending=True)
        self._beside = course.struck.beside
        director.is_on = True
        struck = self._step(course.struck, "struck")
        self.mend(story, director)
        if course.struck.beside:  # only now it is known what neither of them has ended
            struck.left_over = self._left_over(is_killed=(struck.code or 0) < 0)
        self._until_done(Step(course.struck.declared, (course.mending,)), "mend")
        self._until_done(Step({}, (RECONCILE,)), "empty")
        self.gather(story, director)
        self._keep_files(story)
        return story

    def _until_done(self, step: Step, name: str) -> None:
        for number in range(MOST_MENDINGS):
            if self._step(step, f"{name}-{number + 1}", is_mending=True).code == 0:
                break

    def _keep_files(self, story: CommandStory) -> None:
        own = self.place / ".classic-rescue"
        for path in [*self.place.glob("*.tfstate"), *own.rglob("*")]:
            if path.is_file() and path.suffix in (".tfstate", ".json", ".jsonl", ".log"):
                place = str(path.relative_to(self.place))
                story.files[place] = path.read_text(errors="replace")

    def _step(self, step: Step, name: str, *, is_mending: bool = False) -> Command:
        (self.place / "fleet.yaml").write_text(fleet(step.declared))
        command = Command(name, (), {})
        for arguments in step.commands:
            command = Command(name, arguments, goals(step, arguments), is_mending=is_mending)
            before = self._accepted()
            self._run(command)
            command.sent = self._accepted() - before
            if command.code != 0:
                break
        return command

    def _accepted(self) -> int:
        return sum(heard.was_accepted for heard in self.proxy.heard)

    # What meddlings do to commands.

    def send_signal(self, run: str, number: signal.Signals, who: str = "hook") -> None:
        """To the hook that works, to Terraform, or to the command itself."""
        for command in self._story.commands:
            if command.code is None:
                command.killed_by = f"{number.name} {who}"
        for process, words in self.processes():
            if _is_meant(who, words):
                with suppress(ProcessLookupError):
                    os.kill(process, number)
                return

    def start_next(self) -> None:
        """Start the command that goes beside the struck one, once."""
        if self._beside:
            goal = {DEVICES[WEB]: "os"}
            command = Command("beside", self._beside, goal)
            self._beside = ()
            self.start_beside(lambda: self._run(command))

    def processes(self) -> list[tuple[int, list[str]]]:
        """Every process of this course that is still there, with its words."""
        mark = f"{MARK}={self._token}".encode()
        return processes(lambda entry, _: mark in (entry / "environ").read_bytes().split(b"\0"))

    # One command.

    def _run(self, command: Command) -> None:
        self._story.commands.append(command)
        began = time.monotonic()
        log = self.folder / f"{command.name} {command.arguments[0]}.out"
        with log.open("w") as stream:
            process = subprocess.Popen(
                [sys.executable, "-m", "classic_rescue.cli", *command.arguments],
                cwd=self.place,
                env=self._environ(command),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            if command.name == "struck":
                self.start_next()
            try:
                command.code = process.wait(timeout=LONGEST_S)
            except subprocess.TimeoutExpired:
                command.is_late = True
                process.kill()
                command.code = process.wait()
        command.took_s = time.monotonic() - began
        if not self.threads:
            command.left_over = self._left_over(is_killed=(command.code or 0) < 0)
        command.out = log.read_text(errors="replace")
        command.devices = self.host.devices()
        command.heard_until = len(self.proxy.heard)

    def _left_over(self, *, is_killed: bool) -> list[str]:
        """What still runs although the command has ended; after a kill it has some time to end."""
        until = time.monotonic() + (GONE_WITHIN_S if is_killed else 2.0)
        while (left := self.processes()) and time.monotonic() < until:
            time.sleep(0.1)
        for process, _ in left:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        return [f"{process} {' '.join(words)[:160]}" for process, words in left]

    def _environ(self, command: Command) -> dict[str, str]:
        return {
            **self.environ(command.name),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONPATH": str(ROOT / "constructs"),
            "CHECKPOINT_DISABLE": "1",
            "NO_COLOR": "1",
            MARK: self._token,
        }


def fleet(declared: dict[str, str]) -> str:
    """The fleet file; a device without a state is not in it."""
    lines = [f"defaults: {{timeout: {TIMEOUT}}}", "devices:"]
    kinds = {WEB: "virtual_guest", DB: "hardware"}
    for name, state in declared.items():
        boot = f"{{image: {ISO_NAMES[ISO]}}}" if state == "image" else state
        if state:
            lines.append(f"  {name}: {{{kinds[name]}: {DEVICES[name]}, boot: {boot}}}")
    return "\n".join(lines) + "\n" if len(lines) > 2 else "devices: {}\n"


def goals(step: Step, arguments: tuple[str, ...]) -> dict[int, str]:
    """What each device must run when the command has done its work."""
    if arguments == PLAN:
        return {}
    if arguments == LEAVE:
        return {GUEST: "os"}
    is_destroy = arguments == DESTROY
    return {
        number: "os" if is_destroy else (step.declared.get(name) or "os")
        for name, number in DEVICES.items()
    }


def _is_meant(who: str, words: list[str]) -> bool:
    if who == "hook":
        return "classic_rescue.hook" in words
    if who == "terraform":
        return Path(words[0]).name == "terraform" and bool({"apply", "destroy"} & set(words))
    return "classic_rescue.cli" in words
