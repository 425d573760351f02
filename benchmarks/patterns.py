"""What the patterns of a policy cost:
ten thousand reasons of the greatest length, judged by one pattern each.

The texts are letters that keep everything open at once. The last two patterns are refused by a
policy: what they would cost stands beside the others.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from time import process_time

from benchmarks.measure import print_table
from classic_rescue.fleet.values import MAX_REASON_CHARACTERS
from classic_rescue.policy.patterns import PatternError, check_pattern, matcher

REASONS = 10_000
LETTERS = ("ab", "aaab", "aé", "a𠀀", "abé𠀀 1", "a")
PATTERNS = (
    "CHG-[0-9]+( .*)?",
    ".*CHG-[0-9]+.*",
    ".*a.{6}",
    "(a+)+b",
    ".*a.*b.*c.*d.*e.*f",
    r"\w+(ab|ba|aa)+.*",
    ".*a.{20}",
    r"\d*([\w*]\w|(a|\W{0,70})[0-9a]((a|b)?ba|aa)*)*\w+",
)


def main() -> None:
    """Print the table; seconds of the processor."""
    chance = random.Random(7)  # noqa: S311 always the same texts
    texts = {
        letters: ["".join(chance.choices(letters, k=MAX_REASON_CHARACTERS)) for _ in range(REASONS)]
        for letters in LETTERS
    }
    print_table(
        f"{REASONS} reasons of {MAX_REASON_CHARACTERS} characters by one pattern"
        " (goal: under a second)",
        ("pattern", "taken", "checking it", "the slowest letters"),
        [(f"`{pattern}`".replace("|", "\\|"), *_row(pattern, texts)) for pattern in PATTERNS],
    )


def _row(pattern: str, texts: dict[str, list[str]]) -> tuple[str, str, str]:
    start = process_time()
    taken = "yes"
    try:
        check_pattern(pattern)
    except PatternError:
        taken = "no"
    checking_s = process_time() - start
    judging_s = max(_judging_s(pattern, each) for each in texts.values())
    return taken, f"{checking_s * 1000:.1f} ms", f"{judging_s:.2f} s"


def _judging_s(pattern: str, texts: Iterable[str]) -> float:
    start = process_time()
    fits = matcher(pattern)
    for text in texts:
        fits(text)
    return process_time() - start


if __name__ == "__main__":
    main()
