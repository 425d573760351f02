"""Which known word a mistyped one was meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

MAX_CHARACTERS = 60
"""Longer words are not compared: nobody mistypes a key that far, and comparing takes time."""


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Return `; did you mean `reason`?`, or nothing when no known word is near."""
    nearest = _find_nearest(given, tuple(known)) if len(given) <= MAX_CHARACTERS else None
    return f"; did you mean `{nearest}`?" if nearest else ""


@lru_cache(maxsize=1024)
def _find_nearest(given: str, known: tuple[str, ...]) -> str | None:
    """Remember answers: in a large file the same mistake is made a thousand times."""
    folded = {str(word).lower(): str(word) for word in known}
    found = get_close_matches(given.lower().replace("-", "_"), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None
