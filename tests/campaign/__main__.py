"""The campaign's command line: `python -m tests.campaign --runs 200 --seed 1`."""

from __future__ import annotations

import argparse
import http.client
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.campaign.generation import generate
from tests.campaign.hooks import SPEED, Bench
from tests.campaign.oracle import judge
from tests.campaign.plan import Plan
from tests.campaign.story import shrink, tell


def main() -> int:
    """Play; exit code 1 where a promise was broken."""
    options = parser().parse_args()
    seed = options.seed if options.seed is not None else int(time.time())
    seeds = options.replay or list(range(seed, seed + options.runs))
    say(f"campaign: {len(seeds)} hook runs from seed {seeds[0] if seeds else seed}")
    folder = Path(tempfile.mkdtemp(prefix="campaign-"))
    players = Players(folder, options)
    began = time.monotonic()
    with ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(players.play, [generate(number) for number in seeds]))
    players.stop()
    took_s = time.monotonic() - began
    say(
        f"campaign: {len(seeds)} runs in {took_s:.0f} s, {players.hooks} hooks;"
        f" {len(players.broken)} runs broke a promise {dict(players.promises)}; ends"
        f" {dict(sorted(players.ends.items()))}"
    )
    if players.broken:
        say(f"campaign: again with --replay {' '.join(map(str, sorted(players.broken)))}")
    return 1 if players.broken else 0


class Players:
    """Benches for several plans side by side, and what came out."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder = folder
        self.options = options
        self.broken: list[int] = []
        self.promises: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()
        self.hooks = 0
        self._benches: list[Bench] = []
        self._local = threading.local()
        self._lock = threading.Lock()

    def stop(self) -> None:
        """End all mocks."""
        for bench in self._benches:
            bench.stop()

    def play(self, plan: Plan) -> None:
        """Play one plan; tell its story where a promise is broken."""
        bench = self._bench()
        try:
            story = bench.play(plan)
        except (OSError, RuntimeError, http.client.HTTPException) as problem:
            say(f"seed {plan.seed}: the campaign itself failed: {problem!r}")
            with self._lock:
                self.broken.append(plan.seed)
                self.promises["campaign"] += 1
            return
        broken = judge(story)
        with self._lock:
            self.hooks += len(story.runs)
            self.ends.update(f"{run.code} {run.result}" for run in story.runs)
        if self.options.verbose:
            say(tell(story, broken))
        if not broken:
            return
        if not self.options.keep:
            story, broken = shrink(bench, story, broken)
        with self._lock:
            self.broken.append(plan.seed)
            self.promises.update({row.promise for row in broken})
        say(tell(story, broken))

    def _bench(self) -> Bench:
        if not hasattr(self._local, "bench"):
            with self._lock:
                number = len(self._benches)
                self._benches.append(Bench(self.folder / f"{number}", speed=self.options.speed))
            self._local.bench = self._benches[number]
        bench: Bench = self._local.bench
        return bench


def parser() -> argparse.ArgumentParser:
    """What it takes."""
    made = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    made.add_argument("--runs", type=int, default=100, help="how many hook runs")
    made.add_argument("--seed", type=int, help="of the first; a fresh one otherwise")
    made.add_argument("--replay", type=int, nargs="+", help="only these seeds")
    made.add_argument("--jobs", type=int, default=4, help="how many side by side")
    made.add_argument("--speed", type=float, default=SPEED, help="of the mock's clock")
    made.add_argument("--keep", action="store_true", help="do not look for smaller plans")
    made.add_argument("--verbose", action="store_true", help="tell every story")
    return made


def say(text: str) -> None:
    """One line, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
