"""Plays one plan with real hooks: the run, what goes wrong in it, and the mending afterwards."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from classic_rescue.cli.terraform.conducting import Conducting, conducting, for_clients
from classic_rescue.stack.blocks import HookCall
from tests.campaign.bench import MOST_MENDINGS, SPEED, ProcessBench, Record, Row, processes
from tests.campaign.host import OUR_KEY, ROOT, US
from tests.campaign.meddlings import MOCK_FAULTS, Director
from tests.campaign.plan import ISO_NAMES, Errand, Plan

MINUTE_S = 20.0
"""Real: a minute at the clock's speed would be over before an answer could be late."""
MENDING_TIMEOUT_S = 7200
LISTEN_S = 0.02
_ALONE = {
    verb: (sys.executable, "-m", "classic_rescue.hook", verb, "--json")
    for verb in ("enter", "leave")
}
SECRETS = (OUR_KEY, base64.b64encode(f"{US}:{OUR_KEY}".encode()).decode())


@dataclass
class Run:
    """One run of ours: how it ended, what it said, and what was true then.

    `heard_until` counts the calls of all runs that the proxy had heard by then.
    """

    name: str
    errand: Errand
    is_mending: bool = False
    code: int | None = None
    out: str = ""
    err: str = ""
    took_s: float = 0.0
    is_late: bool = False
    left_over: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    device: Row = field(default_factory=dict)
    heard_until: int = 0
    killed_by: str = ""

    @property
    def last(self) -> str:
        """The last line, without its time and its name."""
        return str(self.rows[-1]["text"]) if self.rows else ""

    @property
    def result(self) -> str:
        """What the last row calls its result."""
        return str(self.rows[-1].get("result") or "") if self.rows else ""


@dataclass
class Story(Record):
    """What happened: the oracle judges it, people read it."""

    plan: Plan
    speed: float = SPEED
    runs: list[Run] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)


class Bench(ProcessBench):
    """Plays one plan after the other. `site` is a folder with a hook in the product's place."""

    def __init__(self, folder: Path, *, speed: float = SPEED, site: Path | None = None) -> None:
        super().__init__(folder, speed=speed)
        self.site = site
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self._conductors: dict[str, int] = {}
        self._waiting: list[Run] = []
        self._story = Story(Plan(0, "virtual_guest", ()))

    def play(self, plan: Plan) -> Story:
        """Run the plan, then mend the world and run again until the order is reached."""
        story = Story(plan, self.speed)
        self._story = story
        self._processes.clear()
        self._conductors.clear()
        self.prepare(plan)
        for row in plan.meddlings:
            if row.deed in MOCK_FAULTS:
                rule = {"operation": row.where.calls, "times": 1, "fault": {"kind": row.deed}}
                self.host.steer("POST", "faults", rule)
        director = Director(plan, self.host, self.proxy, self)
        self.proxy.begin(director.meddle)
        story.before = self.host.devices()
        runs = [Run(f"run-{number + 1}", row) for number, row in enumerate(plan.errands)]
        self._waiting = runs[1:]
        self._run(runs[0])
        if self._waiting and not any(row.deed == "second run" for row in plan.meddlings):
            self.start_next()
        self.mend(story, director)
        self._run_again(story)
        self.gather(story, director)
        for name in ("journal.jsonl", "events.jsonl"):
            self._keep_file(story, self.place / name)
        return story

    def _run_again(self, story: Story) -> None:
        """The last order, until two runs in a row have nothing to do."""
        last = story.plan.errands[-1]
        for number in range(MOST_MENDINGS):
            again = replace(last, timeout_s=MENDING_TIMEOUT_S)
            run = Run(f"mend-{number + 1}", again, is_mending=True)
            self._run(run)
            before = story.runs[-2] if len(story.runs) > 1 else None
            if _is_calm(run) and before is not None and before.is_mending and _is_calm(before):
                break

    def _keep_file(self, story: Story, path: Path) -> None:
        if not path.exists():
            return
        text = path.read_text(errors="replace")
        story.kept.append(text)
        for line in text.splitlines():
            try:
                json.loads(line or "{}")
            except ValueError:
                story.torn.append(f"{path.name}: {line[:200]!r}")

    # What meddlings do to runs.

    def send_signal(self, run: str, number: signal.Signals, who: str = "hook") -> None:
        """End the run that made a call."""
        for row in self._story.runs:
            if row.name == run:
                row.killed_by = number.name
        # With a conductor, half of the plans kill that one in place of its client.
        is_conductor = number is signal.SIGKILL and self._story.plan.seed % 2
        with suppress(KeyError, ProcessLookupError):
            if is_conductor and run in self._conductors:
                os.kill(self._conductors[run], number)
            else:
                self._processes[run].send_signal(number)

    def start_next(self) -> None:
        """Start the next run beside this one."""
        if self._waiting:
            run = self._waiting.pop(0)
            self.start_beside(lambda: self._run(run))

    # One process.

    def _run(self, run: Run) -> None:
        self._story.runs.append(run)
        began = time.monotonic()
        if self._story.plan.is_conducted:
            self._run_conducted(run)
        else:
            process = self._start(run, _ALONE[run.errand.verb], self._environ(run))
            self._wait_for(run, process)
            for line in run.out.splitlines():
                try:
                    run.rows.append(json.loads(line))
                except ValueError:
                    run.torn.append(line)
        run.took_s = time.monotonic() - began
        run.device = self.host.devices().get(self._story.plan.device, {})
        run.heard_until = len(self.proxy.heard)

    def _run_conducted(self, run: Run) -> None:
        """The hook as Terraform starts it in a deploy: what it prints ends with what is told."""
        environ = self._environ(run)
        with conducting(environ) as conductor:
            self._conductors[run.name] = conductor.pid
            command = HookCall(sys.executable, str(ROOT / "constructs"), None)
            verb: Literal["enter", "leave"] = "leave" if run.errand.verb == "leave" else "enter"
            words = ["/bin/sh", "-c", command.command(verb).replace("$${", "${")]
            process = self._start(run, words, for_clients(environ, conductor))
            listener = threading.Thread(target=self._listen, args=(run, conductor, process))
            listener.start()
            self._wait_for(run, process)
            listener.join()
            run.rows += _rows_of(conductor)
        run.left_over += left_over(conductor.pid)
        if run.killed_by and run.code == 130 and not _has_ended(run):
            # The conductor is gone: its client has the last word.
            text = run.err.strip().rpartition("\n")[2]
            run.rows.append({"step": "stopped", "result": "interrupted", "text": text})

    def _listen(self, run: Run, conductor: Conducting, process: subprocess.Popen[str]) -> None:
        while process.poll() is None:
            run.rows += _rows_of(conductor)
            time.sleep(LISTEN_S)

    def _start(
        self, run: Run, words: Sequence[str], environ: Mapping[str, str]
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            words,
            cwd=self.place,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._processes[run.name] = process
        return process

    def _wait_for(self, run: Run, process: subprocess.Popen[str]) -> None:
        try:
            run.out, run.err = process.communicate(timeout=longest_s(run.errand, self.speed))
        except subprocess.TimeoutExpired:
            run.is_late = True
            process.kill()
            run.out, run.err = process.communicate()
        run.code = process.returncode
        run.left_over = left_over(process.pid)

    def _environ(self, run: Run) -> dict[str, str]:
        path = [str(self.site)] if self.site else []
        return {
            **self.environ(run.name),
            "PYTHONPATH": os.pathsep.join([*path, str(ROOT / "constructs")]),
            "CLASSIC_RESCUE_ORDER": json.dumps(order(self._story.plan, run.errand)),
            "CLASSIC_RESCUE_EVENTS": str(self.place / "events.jsonl"),
            "CLASSIC_RESCUE_JOURNAL": str(self.place / "journal.jsonl"),
        }


def _rows_of(conductor: Conducting) -> list[Row]:
    """What was told since the last look."""
    return [asdict(event) | dict(event.fields) for event in conductor.read_new()]


def _has_ended(run: Run) -> bool:
    """Whether the order itself told how it ended."""
    return any(row["step"] in ("done", "stopped") for row in run.rows)


def _is_calm(run: Run) -> bool:
    """Whether it ended well, and sent nothing."""
    return run.code == 0 and run.result == "unchanged"


def order(plan: Plan, errand: Errand) -> dict[str, object]:
    """The order as Terraform hands it over."""
    return {
        "name": "dev",
        "device": f"{plan.kind}/{plan.device}",
        "boot": errand.boot,
        "image": ISO_NAMES[errand.image] if errand.image else None,
        "no_os_environment": None,
        "timeout_s": errand.timeout_s,
        "reason": None,
    }


def longest_s(errand: Errand, speed: float) -> float:
    """Real seconds within which a run has ended: its timeout, and what counts as a minute."""
    return errand.timeout_s / speed + MINUTE_S


def left_over(session: int) -> list[str]:
    """The processes that are still in the session of a run that has ended."""
    found = processes(lambda entry, of: of == session)
    return [f"{process} {' '.join(words)[:120]}" for process, words in found]
