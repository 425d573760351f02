"""The code blocks of the pages: each says in its fence what becomes of it.

The first word of a fence is its language, as everywhere; behind it stands the mark, which no page
shows:

| mark | |
| --- | --- |
| `sh run` | run in a fresh project with the offline mock; `exit=2` at its end where that is right |
| `sh run stays` | started, and ended at the end of the page |
| `text output` | what the block before prints; a line `…` stands for any lines, `…` for any text |
| `diff apply` | a change of the fleet file, which is made |
| `yaml fleet`, `world`, `workflow`, `pre-commit` | held against its schema; `save` keeps a fleet |
| `python app`, `python part` | synthesised; a part stands in a stack |
| `json value` | it is JSON |
| `not-run REASON` | one of REASONS |

A comment `<!-- before: … -->` holds commands that nobody needs to see; a quotation below
`<!-- output: COMMAND -->` is what that command prints.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DRAWN = {"reference.md", "mock-states.md"}
"""Pages that `make docs` writes, with diagrams drawn from the tables."""

REASONS = {
    "account": "it needs a real account",
    "elsewhere": "another test runs it, which is named",
    "forge": "it needs GitHub, GitLab or Atlantis",
    "installs": "it installs packages; tests/plugin/test_packaging.py does",
    "machines": "it needs QEMU, where `make drill` runs it",
    "minutes": "it takes minutes; CI runs it at night",
    "parsed": "its commands are only understood, by tests/cli/test_help_and_errors.py",
    "place": "it names a place that only the reader knows",
    "sketch": "it is a drawing, and nothing that runs",
}
"""Why a block is not run: there are no others."""

MARKS = {
    "sh": ("run",),
    "text": ("output",),
    "diff": ("apply",),
    "yaml": ("fleet", "world", "workflow", "pre-commit"),
    "python": ("app", "part"),
    "json": ("value",),
}
_FENCE = re.compile(r"^( {0,3})(`{3,}|~{3,})(.*)$")
_BEFORE = re.compile(r"^<!-- before:$")
_QUOTED = re.compile(r"^<!-- output: (.+) -->$")


@dataclass(frozen=True)
class Block:
    """One block. `words` is its mark, behind the language."""

    page: str
    line: int
    language: str
    words: tuple[str, ...]
    text: str

    @property
    def place(self) -> str:
        """Where it stands."""
        return f"{self.page}:{self.line}"

    @property
    def kind(self) -> str:
        """The first word of its mark; empty where it has none."""
        return self.words[0] if self.words else ""

    @property
    def exit_code(self) -> int:
        """How its last command must end."""
        given = [word.removeprefix("exit=") for word in self.words if word.startswith("exit=")]
        return int(given[0]) if given else 0


def pages() -> list[Path]:
    """Every page for users, in order."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks_of(page: Path) -> list[Block]:
    """The blocks of a page, in order."""
    return list(_blocks(str(page.relative_to(ROOT)), page.read_text(encoding="utf-8")))


def _blocks(name: str, text: str) -> Iterator[Block]:
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        line = lines[number]
        start = number + 1
        if fence := _FENCE.match(line):
            language, *words = fence[3].split() or [""]
            taken = _until(lines, number + 1, fence[1] + fence[2])
            yield Block(name, start, language, tuple(words), text=_shifted(taken, len(fence[1])))
            number += len(taken) + 1
        elif _BEFORE.match(line):
            taken = _until(lines, number + 1, "-->")
            yield Block(name, start, "sh", ("run", "before"), text="\n".join(taken))
            number += len(taken) + 1
        elif quoted := _QUOTED.match(line):
            yield Block(name, start, "sh", ("run",), text=quoted[1])
            rest = lines[number + 1 :]
            taken = rest[: next((n for n, one in enumerate(rest) if not one.startswith(">")), None)]
            said = "\n".join(one.removeprefix(">").removeprefix(" ") for one in taken)
            yield Block(name, start + 1, "text", ("output",), text=said)
            number += len(taken)
        elif _is_indented_code(lines, number):
            yield Block(name, start, "", (), text=line)
        number += 1


def _until(lines: list[str], start: int, end: str) -> list[str]:
    taken = []
    for line in lines[start:]:
        if line.rstrip() == end:
            break
        taken.append(line)
    return taken


def _shifted(lines: list[str], columns: int) -> str:
    return "\n".join(line[columns:] for line in lines)


def _is_indented_code(lines: list[str], number: int) -> bool:
    is_first = lines[number].startswith("    ") and not lines[number - 1].strip()
    return is_first and not _is_in_list(lines, number)


def _is_in_list(lines: list[str], number: int) -> bool:
    """Whether an indented line belongs to a point of a list above it, and is no code."""
    for line in reversed(lines[:number]):
        if re.match(r"\s*([-*]|\d+\.) ", line):
            return True
        if line.strip() and not line.startswith(" "):
            return False
    return False


def problem_of(block: Block) -> str:
    """What is wrong with the mark of a block; empty where nothing is."""
    if not block.language and not block.words:
        return f"{block.place}: an unmarked block; write a fence with its mark ({__name__})"
    if block.language == "mermaid":
        is_drawn = Path(block.page).name in DRAWN
        return "" if is_drawn else f"{block.place}: a diagram that no program has drawn"
    if block.kind == "not-run":
        return _problem_of_reason(block)
    allowed = MARKS.get(block.language, ())
    if block.kind not in allowed:
        known = ", ".join((*allowed, "not-run REASON"))
        return f"{block.place}: ```{block.language}` is not marked; allowed: {known}"
    return ""


def _problem_of_reason(block: Block) -> str:
    reason, *more = block.words[1:] or [""]
    if reason not in REASONS:
        return f"{block.place}: {reason!r} is no reason; allowed: {', '.join(REASONS)}"
    if reason == "elsewhere" and not (more and (ROOT / more[0]).is_file()):
        return f"{block.place}: which test runs it? There is no {' '.join(more) or 'name'}"
    return ""
