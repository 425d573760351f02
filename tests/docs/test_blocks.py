"""How the blocks of pages are read and judged: a planted breach of each kind is seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs import blocks
from tests.docs.blocks import blocks_of, problem_of
from tests.docs.likeness import is_like


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("```sh\nls\n```", "is not marked"),
        ("```\nls\n```", "an unmarked block"),
        ("text\n\n    ls\n", "an unmarked block"),
        ("```sh output\nls\n```", "allowed: run, not-run REASON"),
        ("```yaml not-run lazy\na: 1\n```", "'lazy' is no reason"),
        ("```sh not-run\nls\n```", "'' is no reason"),
        ("```sh not-run elsewhere tests/gone.py\nls\n```", "There is no tests/gone.py"),
        ("```mermaid\ngraph\n```", "no program has drawn"),
        ("```sh run\nls\n```", ""),
        ("```sh not-run elsewhere tests/docs/test_blocks.py\nls\n```", ""),
        ("- a point\n\n    of a list\n", ""),
    ],
)
def test_marks_are_judged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, said: str
) -> None:
    """With the place and what is allowed."""
    (page := tmp_path / "page.md").write_text(text)
    with monkeypatch.context() as patch:
        patch.setattr(blocks, "ROOT", tmp_path)
        found = blocks_of(page)
    problems = [problem_of(block) for block in found]
    if said:
        assert said in problems[0]
    else:
        assert not any(problems)


def test_hidden_commands_and_quotations_are_blocks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What nobody sees runs too, and a quotation is what its command prints."""
    monkeypatch.setattr(blocks, "ROOT", tmp_path)
    (page := tmp_path / "page.md").write_text(
        "<!-- before:\ntrue\n-->\n\n<!-- output: cat x -->\n> # a\n>\n> b\n\nend\n"
    )
    told = [(block.language, block.words, block.text) for block in blocks_of(page)]
    assert told == [
        ("sh", ("run", "before"), "true"),
        ("sh", ("run",), "cat x"),
        ("text", ("output",), "# a\n\nb"),
    ]


@pytest.mark.parametrize(
    ("shown", "printed", "fits"),
    [
        ("took 4 min 12 s", "took 9 s", True),
        ("at 2026-11-30T20:26:43Z", "at 2027-01-01T00:00:00Z", True),
        ("…\nb", "a\na\nb", True),
        ("name…", "names and more", True),
        ("a  b", "a    b", True),
        ("1 drifted", "2 drifted", False),
        ("a\nb", "a\nx\nb", False),
        ("b", "a\nb", False),
    ],
)
def test_likeness(shown: str, printed: str, fits: bool) -> None:
    """Times and widths may be others, words and numbers of devices may not."""
    assert is_like(shown, printed) is fits
