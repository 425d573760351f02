"""What the files of the repository cite of each other: pages, their sections, decisions and links.

A page is cited as `classic-api.md 2.3`, as a path such as docs/policy.md#the-rules,
or by a Markdown link.
"""

from __future__ import annotations

import ast
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote

# A name that ends in .md, not inside a URL; `…` stands for the rest of a name.
_PAGE = re.compile(r"(?<![\w/.:*<{-])((?:\.{0,2}/)?(?:[\w.…-]+/)*[\w.…-]+\.md)\b(#[\w-]+)?")
_NUMBER = r"\d{1,2}(?:\.\d{1,2})?(?![\d.]*\d|:\d)"
_BESIDE = r"(?:,\s+(?:(?:and|or)\s+)?|\s+(?:and|or|&)\s+|/)"
_JOINT = rf"(?:{_BESIDE}|\s+to\s+|\s?[\u2013-]\s?)"
_SAID = r"(?:,?[\s#]+sections?\b[\s#]*|,?[\s#]+§+\s?|[\s#]+)"
_SECTIONS = re.compile(rf"`?{_SAID}({_NUMBER}(?:{_JOINT}{_NUMBER})*)")
_DECISION = re.compile(r"\b[Dd]ecisions?[\s#]+(\d{1,2}(?:(?:, | and | or )\d{1,2})*)\b")
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
_SECTION_OF_HEADING = re.compile(r"(\d+(?:\.\d+)?)\.? ")
_LINK = re.compile(r"!?\[((?:[^\[\]]|\[[^\]]*\])*)\]\(<?([^()\s<>]*)>?(?:\s+\"[^\"]*\")?\)")
_REFERENCE = re.compile(r"^\s{0,3}\[[^\]]+\]:\s+<?(\S+?)>?\s*$", re.MULTILINE)
_FENCE = re.compile(r"^ {0,3}(```|~~~)", re.MULTILINE)
_CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_MODULE = re.compile(r"`((?:[\w-]+/)+[\w.-]+\.py)`")
_SOURCES = r"(?:VSD|BMD|IMD|IAMD|SRC|SRC2019|BOSH)"
_FOREIGN = re.compile(rf"\b{_SOURCES} ((?:[\w/.-]+\.md(?:, )?)+)")


class Citation(NamedTuple):
    """A page that a text names; `sections` as written, `anchor` with its #."""

    line: int
    page: str
    anchor: str
    sections: tuple[tuple[str, str], ...] = ()

    @property
    def is_explicit(self) -> bool:
        """Whether it can be nothing else: it names a section, an anchor or a folder of pages."""
        is_ours = self.page.startswith(("docs/", "decisions/"))
        return bool(self.sections or self.anchor or is_ours)


class Link(NamedTuple):
    """A link of Markdown."""

    line: int
    text: str
    target: str


class Page:
    """A page of Markdown: what in it can be cited."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def headings(self) -> list[str]:
        """The texts of its headings, in their order."""
        lines = without_fences(self.text).split("\n")
        return [match[2] for line in lines if (match := _HEADING.match(line))]

    @cached_property
    def anchors(self) -> set[str]:
        """What may stand behind # in a link, by GitHub's rules: the second of a name gets -1."""
        seen: Counter[str] = Counter()
        anchors = set()
        for heading in self.headings:
            name = slug(heading)
            anchors.add(f"{name}-{seen[name]}" if seen[name] else name)
            seen[name] += 1
        return anchors

    @cached_property
    def sections(self) -> dict[str, str]:
        """The numbers of its numbered sections, each with its anchor."""
        return {
            match[1]: slug(heading)
            for heading in self.headings
            if (match := _SECTION_OF_HEADING.match(heading))
        }


def slug(heading: str) -> str:
    """The anchor that GitHub makes of a heading."""
    text = _LINK.sub(r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def without_fences(text: str) -> str:
    """The text with fenced code blanked out, line by line."""
    lines = []
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        is_edge = mark is not None and fence in ("", mark[1])
        lines.append("" if is_edge or fence else line)
        if is_edge and mark:
            fence = "" if fence else mark[1]
    return "\n".join(lines)


def citations_of(text: str) -> Iterator[Citation]:
    """Every page that a text names, with the sections that follow its name."""
    for match in _PAGE.finditer(text):
        found = None if match[2] else _SECTIONS.match(text, match.end())
        sections = tuple(_ranges(found[1])) if found else ()
        yield Citation(line_of(text, match.start()), match[1], match[2] or "", sections)


def _ranges(text: str) -> Iterator[tuple[str, str]]:
    """`1.3, 2.4 and 5` as (1.3, 1.3), (2.4, 2.4), (5, 5); `4.1-4.3` as (4.1, 4.3)."""
    for part in re.split(_BESIDE, text):
        ends = re.split(r"\s+to\s+|\s?[\u2013-]\s?", part)
        yield ends[0], ends[-1]


def decisions_of(text: str) -> Iterator[tuple[int, int]]:
    """Line and number of each `decision 8`."""
    for match in _DECISION.finditer(text):
        for number in re.findall(r"\d+", match[1]):
            yield line_of(text, match.start()), int(number)


def links_of(text: str) -> Iterator[Link]:
    """Every link of a Markdown page, outside code."""
    plain = _CODE.sub(lambda code: re.sub(r"[^\n]", "x", code[0]), without_fences(text))
    for match in _LINK.finditer(plain):
        yield Link(line_of(plain, match.start()), match[1], match[2])
    for match in _REFERENCE.finditer(plain):
        yield Link(line_of(plain, match.start(1)), "", match[1])


def modules_of(text: str) -> Iterator[tuple[int, str]]:
    """Line and path of each Python file that a page names in code."""
    for match in _MODULE.finditer(text):
        yield line_of(text, match.start()), match[1]


def foreign_pages(text: str) -> set[str]:
    """The pages of others that a text names behind one of their sources,
    such as `VSD device-status.md`.
    """
    names = (name for match in _FOREIGN.finditer(text) for name in match[1].split(","))
    return {PurePosixPath(name.strip()).name for name in names if name.strip()}


def line_of(text: str, position: int) -> int:
    """The number of the line that a position is in."""
    return text.count("\n", 0, position) + 1


def prose_lines(source: str) -> set[int]:
    """The lines of a Python file that are comments or docstrings, where a bare name is a citation.

    Anywhere else such a name is that of a file which the program reads or writes.
    """
    lines = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            lines |= {*range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    for token in tokenize.generate_tokens(iter(source.splitlines(keepends=True)).__next__):
        if token.type == tokenize.COMMENT:
            lines.add(token.start[0])
    return lines


class Repository:
    """The files that may be cited, below a root. `foreign`: names of pages that are not ours."""

    def __init__(self, root: Path, foreign: set[str]) -> None:
        self.root = root
        self.foreign = foreign
        self._pages: dict[Path, Page] = {}

    def problems(self, place: Path) -> Iterator[str]:
        """What is wrong with the citations of one file, each with its line."""
        text = place.read_text(encoding="utf-8")
        name = place.relative_to(self.root)
        for line, what in self._problems(place, text):
            yield f"{name}:{line}: {what}"

    def _problems(self, place: Path, text: str) -> Iterator[tuple[int, str]]:
        for citation in _meant(place, text):
            for what in self._wrong_citation(place, citation):
                yield citation.line, what
        for line, number in decisions_of(text):
            if not self._decisions(f"{number:02}-"):
                yield line, f"there is no decision {number}"
        if place.suffix == ".md":
            for link in links_of(text):
                for what in self._wrong_link(place, link):
                    yield link.line, what

    def _wrong_citation(self, place: Path, citation: Citation) -> Iterator[str]:
        name = citation.page
        if PurePosixPath(name).name in self.foreign:
            return
        found = self._find(place, name)
        if found is None:
            yield f"{name} is not in the repository"
            return
        page = self._page(found)
        if citation.anchor and citation.anchor[1:] not in page.anchors:
            yield f"{name} has no heading {citation.anchor}"
        for first, last in citation.sections:
            if not page.sections:
                yield f"{name} has no numbered sections, but {first} is cited"
            for number in dict.fromkeys((first, last)):
                if page.sections and number not in page.sections:
                    yield f"{name} has no section {number}"
            if _order(last) < _order(first):
                yield f"{name}: {first} comes after {last}"

    def _wrong_link(self, place: Path, link: Link) -> Iterator[str]:
        path, _, anchor = unquote(link.target).partition("#")
        if re.match(r"[a-z][a-z0-9+.-]*:", path):
            return
        found = (place.parent / path).resolve() if path else place
        if not found.exists() or self.root not in (found, *found.parents):
            yield f"the link to {link.target} leads nowhere"
            return
        if anchor and (found.suffix != ".md" or anchor not in self._page(found).anchors):
            yield f"the link to {link.target} names no heading of that page"
        said = [number for _, number in decisions_of(link.text)]
        if said and not found.name.startswith(tuple(f"{number:02}-" for number in said)):
            yield f"the link says {link.text}, but leads to {found.name}"

    def _find(self, place: Path, name: str) -> Path | None:
        for folder in (place.parent, self.root, self.root / "docs"):
            if "…" in name:
                start, _, end = name.rpartition("…")
                found = [*folder.glob(f"{start}*{end}")]
                if len(found) == 1:
                    return found[0]
            elif (folder / name).is_file():
                return folder / name
        return None

    def _page(self, path: Path) -> Page:
        if path not in self._pages:
            self._pages[path] = Page(path.read_text(encoding="utf-8"))
        return self._pages[path]

    def _decisions(self, start: str) -> list[Path]:
        return [*(self.root / "docs" / "decisions").glob(f"{start}*.md")]


def _meant(place: Path, text: str) -> list[Citation]:
    """The citations of a file without the names that a program only writes."""
    found = list(citations_of(text))
    if place.suffix != ".py" or all(citation.is_explicit for citation in found):
        return found
    prose = prose_lines(text)
    return [citation for citation in found if citation.is_explicit or citation.line in prose]


def _order(section: str) -> tuple[int, ...]:
    return tuple(int(part) for part in section.split("."))
