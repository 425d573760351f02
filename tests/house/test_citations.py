"""Whatever a file names of another exists: pages, sections, decisions, anchors, links, modules."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.house.citations import (
    Citation,
    Link,
    Page,
    Repository,
    citations_of,
    foreign_pages,
    links_of,
    modules_of,
    prose_lines,
    slug,
)

ROOT = Path(__file__).resolve().parents[2]
# Reports that commands write. The bare name of a page that is not ours stands in
# docs/classic-api.md with its source.
WRITTEN = {"review.md", "preflight.md"}
NOT_TEXT = {".png", ".lock"}
MADE_UP = {Path(__file__).name, "package-lock.json"}  # breaches on purpose; not ours
MODULE_BASES = (ROOT, ROOT / "constructs" / "classic_rescue", ROOT / "mock_api")
OTHERS_MODULES = {"classic-api.md", "CHANGELOG.md"}  # the clients' own; what was true at the time


def tracked() -> list[Path]:
    """Every text file of the repository."""
    told = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    paths = [ROOT / name for name in told.splitlines()]
    return [
        path
        for path in paths
        if path.is_file() and path.suffix not in NOT_TEXT and path.name not in MADE_UP
    ]


def test_every_citation_leads_somewhere() -> None:
    """A reader who follows a page, a section, an anchor or a link finds what was meant."""
    facts = (ROOT / "docs" / "classic-api.md").read_text(encoding="utf-8")
    repository = Repository(ROOT, foreign_pages(facts) | WRITTEN)
    wrong = [what for path in tracked() for what in repository.problems(path)]
    assert not wrong, "\n".join(wrong)


def test_every_module_that_a_page_names_exists() -> None:
    """A page that sends its reader to a file sends them to one that is there."""
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {name} is not in the repository"
        for path in tracked()
        if path.suffix == ".md" and path.name not in OTHERS_MODULES
        for line, name in modules_of(path.read_text(encoding="utf-8"))
        if not any((base / name).is_file() for base in MODULE_BASES)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A small one, with a numbered page, another page and one decision."""
    decisions = tmp_path / "docs" / "decisions"
    decisions.mkdir(parents=True)
    (tmp_path / "docs" / "api.md").write_text("# Api\n\n## 1. One\n\n### 1.1 Deep\n\n## 2. Two\n")
    (tmp_path / "docs" / "guide.md").write_text("# Guide\n\n## How to\n\n## How to\n")
    (decisions / "07-once.md").write_text("# Once\n")
    return Repository(tmp_path.resolve(), {"theirs.md"})


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.py", "# see gone.md", "a.py:1: gone.md is not in the repository"),
        (
            "a.py",
            'X = 1\n"""Why: docs/gone.md."""',
            "a.py:2: docs/gone.md is not in the repository",
        ),
        ("a.py", "X = 'api.md 1.7'", "a.py:1: api.md has no section 1.7"),
        ("a.py", "# api.md 1, 2 and 3", "a.py:1: api.md has no section 3"),
        ("a.py", "# api.md 1.1-2.2", "a.py:1: api.md has no section 2.2"),
        ("a.py", "# api.md 2 to 1", "a.py:1: api.md: 2 comes after 1"),
        ("a.py", "# guide.md 1", "a.py:1: guide.md has no numbered sections, but 1 is cited"),
        ("a.py", "# docs/guide.md#why", "a.py:1: docs/guide.md has no heading #why"),
        ("a.py", "# api.md section 1.7", "a.py:1: api.md has no section 1.7"),
        ("a.py", "# `api.md`, sections 1 or 1.7", "a.py:1: api.md has no section 1.7"),
        ("a.py", "# api.md §1.7", "a.py:1: api.md has no section 1.7"),
        ("a.py", "# api.md 1/1.7", "a.py:1: api.md has no section 1.7"),
        ("a.md", "[Decisions 7 and 7](docs/api.md)", "the link says Decisions 7 and 7, but leads"),
        ("a.py", "# decision 8", "a.py:1: there is no decision 8"),
        ("a.py", "# Decision\n# 8", "a.py:1: there is no decision 8"),
        ("a.py", "# decisions 7 and 8", "a.py:1: there is no decision 8"),
        ("a.py", "# docs/decisions/08-x.md", "docs/decisions/08-x.md is not in the repository"),
        ("a.py", "# docs/decisions/08-….md", "docs/decisions/08-….md is not in the repository"),
        ("a.json", '{"description": "see docs/gone.md"}', "docs/gone.md is not in the repository"),
        ("a.md", "see [it](gone.md)", "a.md:1: the link to gone.md leads nowhere"),
        ("a.md", "\n![p](docs/gone.png)", "a.md:2: the link to docs/gone.png leads nowhere"),
        ("a.md", "[it](docs/guide.md#why)", "the link to docs/guide.md#why names no heading"),
        ("a.md", "[it](#why)", "the link to #why names no heading of that page"),
        ("a.md", "[it](../x)", "the link to ../x leads nowhere"),
        ("a.md", "[decision 7](docs/api.md)", "the link says decision 7, but leads to api.md"),
        ("a.md", "text\n\n[x]: gone.md\n", "a.md:3: the link to gone.md leads nowhere"),
    ],
)
def test_a_breach_of_each_kind_is_found(
    repository: Repository, name: str, text: str, said: str
) -> None:
    """With the file, the line and what is wrong."""
    place = repository.root / name
    place.write_text(text)
    assert said in "\n".join(repository.problems(place))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", "# `api.md` 1, 1.1 and 2; api.md 1-2; decision 7; docs/decisions/07-….md"),
        ("a.py", 'open("report.md")'),
        ("a.py", "# VSD theirs.md; https://example.com/gone.md; *.md"),
        ("a.py", "# docs/guide.md#how-to-1 and docs/guide.md 2026-11-22"),
        ("a.md", "[a](docs/api.md#11-deep) [b](https://x.example/gone.md) [c](docs/decisions)"),
        ("a.md", "```\n[a](gone)\n```\n`[b](gone)`"),
        (
            "docs/a.md",
            "[`api.md`](api.md), [up](../docs/guide.md), [decision 7](decisions/07-once.md)",
        ),
    ],
)
def test_what_exists_is_no_breach(repository: Repository, name: str, text: str) -> None:
    """Neither is what others have, what a program writes, or what stands in code."""
    place = repository.root / name
    place.write_text(text)
    assert list(repository.problems(place)) == []


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("1.4 Leaving rescue and power control", "14-leaving-rescue-and-power-control"),
        ("One `for_each` block, _always_", "one-for_each-block-_always_"),
        ("What [it](x.md) is: A & B", "what-it-is-a--b"),
        ("`constructs/` is a root", "constructs-is-a-root"),
    ],
)
def test_anchors_are_those_of_github(heading: str, anchor: str) -> None:
    """Lower case, hyphens for spaces, and nothing but letters, digits, hyphens and underscores."""
    assert slug(heading) == anchor


def test_a_page_knows_its_sections_and_anchors() -> None:
    """Headings in code are none, and a second one of the same name gets a number."""
    page = Page("# A\n## 1. B\n```\n# no\n```\n### 1.2 C\n## A\n")
    assert page.sections == {"1": "1-b", "1.2": "12-c"}
    assert page.anchors == {"a", "1-b", "12-c", "a-1"}


def test_sections_are_read_over_the_end_of_a_line() -> None:
    """In a comment, too; a number that says something else is none."""
    assert list(citations_of("# see `api.md`\n# 1.1, 2 and\n# 3; 4")) == [
        Citation(1, "api.md", "", (("1.1", "1.1"), ("2", "2"))),
    ]
    assert list(citations_of("x.md has 3, y.md 120 and z.md 2026-01-02")) == [
        Citation(1, "x.md", ""),
        Citation(1, "y.md", ""),
        Citation(1, "z.md", ""),
    ]


def test_links_have_their_lines_and_texts() -> None:
    """Also those with a picture or code in their text."""
    assert list(links_of("a\n[`b` c](d#e) ![f](g.png)")) == [
        Link(2, "xxx c", "d#e"),
        Link(2, "f", "g.png"),
    ]


def test_pages_of_others_stand_behind_their_source() -> None:
    """One source may have several."""
    text = "VSD a.md, b.md; SRC article/c.md | d.md"
    assert foreign_pages(text) == {"a.md", "b.md", "c.md"}


def test_prose_is_comments_and_docstrings() -> None:
    """A text in code is none."""
    assert prose_lines('"""A\nb."""\nx = "r.md"\ny = 1  # why\n') == {1, 2, 4}
