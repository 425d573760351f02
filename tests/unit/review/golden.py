"""Golden files: the reports of one example are kept whole,
those of the others as what sets them apart.

A line `= 1-118` stands for those lines of the whole one, so that a file and the whole one give
every character of a report. WRITE_GOLDEN=yes writes the files again; look at what changed before
you commit it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"
WHOLE = "refused"
SHORTEST = 3  # lines in a row that a reference takes the place of


def expected(example: str, ending: str, text: str) -> str:
    """What the report of an example was; this text where the golden files are being written."""
    path = FOLDER / f"{example}.{ending}"
    whole = (FOLDER / f"{WHOLE}.{ending}").read_text(encoding="utf-8") if example != WHOLE else ""
    if os.environ.get("WRITE_GOLDEN") == "yes":
        path.write_text("".join(_shorten(text, whole)), encoding="utf-8")
    return "".join(_expand(path.read_text(encoding="utf-8"), whole))


def _shorten(text: str, whole: str) -> Iterator[str]:
    lines = text.splitlines(keepends=True)
    others = whole.splitlines(keepends=True)
    end = 0
    for block in SequenceMatcher(None, others, lines, autojunk=False).get_matching_blocks():
        if block.size >= SHORTEST or block.b == len(lines):
            yield from lines[end : block.b]
            end = block.b + block.size
            if block.size:
                yield f"= {block.a + 1}-{block.a + block.size}\n"


def _expand(golden: str, whole: str) -> Iterator[str]:
    others = whole.splitlines(keepends=True)
    for line in golden.splitlines(keepends=True):
        reference = re.fullmatch(r"= (\d+)-(\d+)\n", line)
        if reference:
            yield from others[int(reference[1]) - 1 : int(reference[2])]
        else:
            yield line
