"""Plans that somebody agreed to, applied to their end: the one way by which our commands change a
device.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from classic_rescue.cli.rollout.ending import Part, short
from classic_rescue.cli.rollout.watching import Watch
from classic_rescue.cli.terraform.error_words import STALE
from classic_rescue.cli.terraform.logs import KEPT_LOGS, new_log
from classic_rescue.cli.terraform.terraform import Stack, Terraform

PARALLELISM = 1000
"""Hooks of a stack at once: all, since they only wait, and Terraform spends nothing on it."""

if TYPE_CHECKING:
    from classic_rescue.cli.terraform.hook_events import Progress
    from classic_rescue.cli.terraform.side_by_side import Ends


@dataclass(frozen=True, slots=True)
class Applied:
    """How it ended: exit codes by stack, and what the hooks told. `stale` are the stacks that
    Terraform did not apply, since their state has moved. `problem` says why the conductor ended
    before its time.
    """

    watch: Watch
    ends: Ends
    progress: Progress
    logs: Mapping[str, Path]
    stale: Sequence[str]
    problem: str = ""

    def tell(self, note: str = "") -> int:
        """Look at the devices, and tell what became of them. Returns the exit code."""
        parts = [
            Part(f"terraform apply of {stack}", self.ends.codes.get(stack), log)
            for stack, log in self.logs.items()
        ]
        names = {stack: str(log) for stack, log in self.logs.items()}
        return self.watch.tell(
            parts,
            self.progress,
            {"logs": names},
            note="; ".join(filter(None, (note, self.problem))),
            is_interrupted=self.ends.is_interrupted,
        )


def moved_words(stacks: Sequence[str], run_again: str) -> str:
    """What to say of stacks whose state moved after they were planned; empty where none did."""
    if not stacks:
        return ""
    return (
        f"{', '.join(stacks)} moved after it was planned: somebody else deployed it. Nothing of it"
        f" was applied now; {run_again}"
    )


@dataclass(frozen=True, slots=True)
class AgreedPlans:
    """Stacks with a plan that is applied exactly as it is.

    `parallelism` is None where all devices of a stack may go at once; `environ` is added to that of
    Terraform.
    """

    watch: Watch
    terraform: Terraform
    stacks: Sequence[Stack]
    parallelism: int | None = None
    environ: Mapping[str, str] = field(default_factory=dict)

    def apply(self, files: Mapping[str, Path], lock: int, *, now: datetime) -> Applied:
        """Apply these plan files. `lock` is the descriptor of a lock that must live as long as the
        programs.
        """
        logs = self._logs(now)
        told = ", ".join(short(log) for log in logs.values())
        self.watch.say(f"terraform apply begins; its output: {told}")

        def start(environ: Mapping[str, str], tick: Callable[[], None]) -> Ends:
            return self.terraform.apply(
                self.stacks,
                files,
                logs=logs,
                arguments=[f"-parallelism={self.parallelism or PARALLELISM}"],
                environ=environ,
                tick=tick,
                held_open=[lock],
            )

        environ = {**self.terraform.environ, **self.environ}
        ends, progress, problem = self.watch.run(start, environ)
        stale = [
            stack
            for stack, log in logs.items()
            if ends.codes.get(stack) and STALE in log.read_text(encoding="utf-8", errors="replace")
        ]
        return Applied(
            watch=self.watch,
            ends=ends,
            progress=progress,
            logs=logs,
            stale=stale,
            problem=problem,
        )

    def _logs(self, now: datetime) -> dict[str, Path]:
        folder = self.terraform.folders.logs
        kept = KEPT_LOGS + len(self.stacks)
        return {
            stack.name: new_log(folder, f"{self.watch.verb}-{stack.name}", now, kept=kept)
            for stack in self.stacks
        }
