"""A short campaign of every check: seeds that never change, and one that nobody chose."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.campaign import commands
from tests.campaign.generation import generate
from tests.campaign.hooks import Bench
from tests.campaign.oracle import judge
from tests.campaign.story import tell
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

FIXED = range(1, 13)
SIDE_BY_SIDE = 3


def broken_in(folder: Path, seeds: Iterable[int]) -> list[str]:
    """The stories of the runs that break a promise."""
    chosen = list(seeds)
    shares = [chosen[number::SIDE_BY_SIDE] for number in range(SIDE_BY_SIDE)]

    def play(number: int) -> list[str]:
        bench = Bench(folder / str(number))
        try:
            stories = [bench.play(generate(seed)) for seed in shares[number]]
        finally:
            bench.stop()
        judged = [(story, judge(story)) for story in stories]
        return [tell(story, broken) for story, broken in judged if broken]

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        return [text for found in pool.map(play, range(SIDE_BY_SIDE)) for text in found]


def test_no_promise_is_broken(tmp_path: Path) -> None:
    """Twelve seeds, and a fresh one: its number is in the failure, and plays it again."""
    fresh = int(time.time())
    sys.stdout.write(f"fresh seed: {fresh}\n")
    found = broken_in(tmp_path, [*FIXED, fresh])
    assert not found, "\n".join(found)


def test_the_command_of_the_night_starts() -> None:
    """As the nightly job calls it, whatever the environment says of Python's path."""
    command = ["make", "-o", "develop", "campaign", "ARGS=--runs 1 --commands 0 --seed 1 --jobs 1"]
    environ = {**os.environ, "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 run" in done.stdout


def test_every_course_of_commands_is_in_reach() -> None:
    """Seeds of commands cover each way to strike."""
    courses = [commands.generate(seed) for seed in range(200)]
    assert {course.mending for course in courses} == {commands.RECONCILE, commands.DESTROY}
    assert any(course.struck.beside for course in courses)
    assert any(commands.APPLY in course.struck.commands for course in courses)
    assert any(course.first is None for course in courses)
    assert all(commands.generate(course.seed) == course for course in courses)
