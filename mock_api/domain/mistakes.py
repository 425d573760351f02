"""What is wrong with a document: every mistake at once, each with its place,
what was given and what is allowed.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Trail = tuple[int | str, ...]
"""The keys and indexes that lead from the top of a document to a value."""
Place = tuple[int, int]
"""Line and column, counted from 1."""
Locate = Callable[[Trail], Place | None]

SECRET_FIELDS = frozenset(
    {"api_key", "ibm_cloud_api_key", "iam_token", "portal_token", "password", "ipmi_password"}
)
SHOWN = 50  # more lines than a screen holds help nobody
FEW = 6  # more words than that are not listed where one of them is meant
LONGEST_WORD = 60  # nobody mistypes a longer word, and comparing it takes time
NOTHING = object()


@dataclass(frozen=True)
class Mistake:
    """One mistake: `message` says what is allowed.

    `given` is NOTHING where there is nothing to show.
    """

    path: Trail
    message: str
    given: object = NOTHING

    def say(self, source: str, place: Place | None) -> str:
        """The mistake in one line, ready for a terminal."""
        where = f"{source}:{place[0]}:{place[1]}" if place else source
        field = f" {say_path(self.path)}:" if self.path else ""
        given = "" if self.given is NOTHING else f"; given was {self._shown()}"
        end = "" if (self.message + given).endswith("?") else "."
        return printable(f"{where}:{field} {self.message}{given}{end}")

    def _shown(self) -> str:
        if SECRET_FIELDS.intersection(part for part in self.path if isinstance(part, str)):
            return "(not shown)"
        return shorten(self.given)


class DocumentError(Exception):
    """A document that cannot be used; the text is for people, one line a mistake."""


def refuse(mistakes: Sequence[Mistake], source: str, locate: Locate | None = None) -> DocumentError:
    """The error that says these mistakes, in the order of the file where that is known."""
    placed = [(locate(row.path) if locate else None, row) for row in mistakes]
    placed.sort(key=lambda pair: pair[0] or (0, 0))
    lines = list(dict.fromkeys(row.say(source, place) for place, row in placed))
    more = [f"{source}: and {len(lines) - SHOWN} more mistakes."] if len(lines) > SHOWN else []
    return DocumentError("\n".join([*lines[:SHOWN], *more]))


def say_path(path: Trail) -> str:
    """A path as `guests[0].memory_mb`."""
    return "".join(
        f"[{part}]" if isinstance(part, int) else f".{shorten_word(part)}" for part in path
    ).lstrip(".")


def one_of(allowed: Iterable[str], given: object = None) -> str:
    """What is allowed: the nearest word for a slip of the finger, or all of them."""
    known = sorted(allowed)
    near = find_nearest(given, known)
    return (
        f'did you mean "{near}"?'
        if near and len(known) > FEW
        else f"allowed are {', '.join(known)}{hint(near)}"
    )


def hint(near: str | None) -> str:
    """The end of a sentence that offers a word."""
    return f', did you mean "{near}"?' if near else ""


def find_nearest(given: object, known: Iterable[str]) -> str | None:
    """The known word that a mistyped one was meant to be."""
    if not isinstance(given, str) or len(given) > LONGEST_WORD:
        return None
    folded = {word.lower(): word for word in known}
    near = difflib.get_close_matches(given.lower(), folded, n=1)
    return folded[near[0]] if near else None


def shorten(value: object) -> str:
    """A value as JSON, cut where it gets long, and without what may be a secret inside."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, (list, tuple, set, frozenset)):
        return (
            f"a list of {len(value)}"
            if any(isinstance(row, (dict, list)) for row in value)
            else _cut(list(value))
        )
    return _cut(value)


def _cut(value: object) -> str:
    try:
        text = json.dumps(value, default=str)
    except ValueError:  # a whole number of more digits than Python writes out
        return "a number that is too long"
    return text if len(text) <= 80 else text[:77] + "..."


def shorten_word(word: str) -> str:
    """A key that a file gave; it can hold anything."""
    return word if len(word) <= LONGEST_WORD else word[: LONGEST_WORD - 3] + "..."


def printable(text: str) -> str:
    """The text without anything that could disturb a terminal."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
