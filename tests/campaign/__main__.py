"""The campaign's command line: `python -m tests.campaign --runs 200 --seed 1`."""

from __future__ import annotations

import argparse
import http.client
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from tests.campaign import command_oracle, commands
from tests.campaign.bench import SPEED
from tests.campaign.commands import CommandBench
from tests.campaign.generation import generate
from tests.campaign.hooks import Bench
from tests.campaign.oracle import Broken, judge
from tests.campaign.story import shrink, tell

Kind = TypeVar("Kind", Bench, CommandBench)


def main() -> int:
    """Play; exit code 1 where a promise was broken."""
    options = parser().parse_args()
    seed = options.seed if options.seed is not None else int(time.time())
    hooks = [str(seed + number) for number in range(options.runs)]
    commands = [f"c{seed + number}" for number in range(options.commands)]
    names = options.replay or [*commands, *hooks]
    say(f"campaign: {len(names)} runs, from --seed {seed}")
    folder = Path(tempfile.mkdtemp(prefix="campaign-"))
    players = Players(folder, options)
    began = time.monotonic()
    try:
        with ThreadPoolExecutor(options.jobs) as pool:
            list(pool.map(players.play, names))
    finally:
        players.stop()
    say(f"campaign: {len(names)} runs in {time.monotonic() - began:.0f} s; {players.summary()}")
    if players.broken:
        say(f"campaign: again with --replay {' '.join(sorted(players.broken))}")
    elif not options.keep:
        shutil.rmtree(folder)
    return 1 if players.broken else 0


class Players:
    """Benches for several plans side by side, and what came out."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder = folder
        self.options = options
        self.broken: list[str] = []
        self.promises: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()
        self._benches: list[Bench | CommandBench] = []
        self._local = threading.local()
        self._lock = threading.Lock()

    def stop(self) -> None:
        """End all mocks."""
        for bench in self._benches:
            bench.stop()

    def summary(self) -> str:
        """What came out, in a line."""
        ends = dict(sorted(self.ends.items()))
        return f"{len(self.broken)} broke a promise {dict(self.promises)}; ends {ends}"

    def play(self, name: str) -> None:
        """Play the run of this seed; tell its story where a promise is broken."""
        try:
            broken, text = self._play_command(name) if name[0] == "c" else self._play_hook(name)
        except (OSError, RuntimeError, http.client.HTTPException) as problem:
            broken = [Broken("campaign", name, f"the campaign itself failed: {problem!r}")]
            text = str(broken[0])
        if broken or self.options.verbose:
            say(text)
        if broken:
            with self._lock:
                self.broken.append(name)
                self.promises.update({row.promise for row in broken})

    def _play_hook(self, name: str) -> tuple[list[Broken], str]:
        bench = self._bench(Bench)
        story = bench.play(generate(int(name)))
        broken = judge(story)
        with self._lock:
            self.ends.update(f"{run.code} {run.result}" for run in story.runs)
        if broken and not self.options.keep:
            story, broken = shrink(bench, story, broken)
        return broken, tell(story, broken)

    def _play_command(self, name: str) -> tuple[list[Broken], str]:
        story = self._bench(CommandBench).play(commands.generate(int(name[1:])))
        broken = command_oracle.judge(story)
        with self._lock:
            self.ends.update(f"{row.arguments[0]} {row.code}" for row in story.commands)
        return broken, command_oracle.tell(story, broken)

    def _bench(self, kind: type[Kind]) -> Kind:
        """This thread's own bench of a kind."""
        if not hasattr(self._local, kind.__name__):
            with self._lock:
                made = kind(self.folder / str(len(self._benches)), speed=self.options.speed)
                self._benches.append(made)
            setattr(self._local, kind.__name__, made)
        bench: Kind = getattr(self._local, kind.__name__)
        return bench


def parser() -> argparse.ArgumentParser:
    """What it takes."""
    made = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    made.add_argument("--runs", type=int, default=100, help="how many runs of hooks")
    made.add_argument("--commands", type=int, default=0, help="how many runs of commands")
    made.add_argument("--seed", type=int, help="of the first; a fresh one otherwise")
    made.add_argument("--replay", nargs="+", help="only these seeds; c7 is one of commands")
    made.add_argument("--jobs", type=int, default=4, help="how many side by side")
    made.add_argument("--speed", type=float, default=SPEED, help="of the mock's clock")
    made.add_argument(
        "--keep", action="store_true", help="keep the folder; look for no smaller plan"
    )
    made.add_argument("--verbose", action="store_true", help="tell every story")
    return made


def say(text: str) -> None:
    """One line, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
