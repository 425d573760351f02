"""The texts: complete in every language, used, and the only ones that templates have."""

from __future__ import annotations

import re
from html import unescape
from string import Formatter

import pytest
from werkzeug.datastructures import LanguageAccept

from mock_api.console.words import LANGUAGES, WORDS, chosen_language, counted, text
from tests.mock.stagehand import ROOT

CONSOLE = ROOT / "mock_api" / "console"
TEMPLATES = sorted((CONSOLE / "templates").rglob("*.html"))
SOURCE = "\n".join(
    path.read_text() for path in (*TEMPLATES, *CONSOLE.rglob("*.py")) if "words" not in path.parts
)


def test_a_text_says_the_same_in_every_language() -> None:
    """Nothing is empty, and every language shows the same values."""
    for key, row in WORDS.items():
        shown = [{name for _, name, _, _ in Formatter().parse(words) if name} for words in row]
        assert all(words.strip() for words in row), key
        assert all(names == shown[0] for names in shown), key


def test_languages_and_fields_are_the_same() -> None:
    """A language that can be chosen has a column."""
    assert set(LANGUAGES) == set(WORDS["yes"]._fields)


def test_templates_hold_no_texts_of_their_own() -> None:
    """A literal text would be shown in one language to everybody."""
    for path in TEMPLATES:
        bare = re.sub(
            r"{#.*?#}|{%.*?%}|{{.*?}}|<svg.*?</svg>", " ", path.read_text(), flags=re.DOTALL
        )
        bare = unescape(re.sub(r"<[^>]*>", " ", bare))
        assert set(re.findall(r"[^\W\d_]{2,}", bare)) <= {"UTC", "MB", "GB"}, path


def test_every_text_is_used() -> None:
    """A key that nothing names is dead; families of keys are named by their stem."""
    families = {
        match.rpartition(".")[0]
        for match in re.findall(r"[a-z_.]+\.(?=[\"']|\{|' ~)", SOURCE + '"')
    }
    for key in WORDS:
        stem = key.rpartition(".")[0]
        named = f'"{key}"' in SOURCE or f"'{key}'" in SOURCE or f'"{stem}"' in SOURCE
        assert named or any(key.startswith(f"{family}.") for family in families if family), key


def test_values_are_escaped() -> None:
    """What comes from the world is never markup."""
    assert text("en", "sign_in.refused", name="<script>") == "&lt;script&gt; cannot sign in."


def test_one_is_not_many() -> None:
    """Both languages tell one from many."""
    assert [str(counted("it", "sign_in.permissions", number)) for number in (0, 1, 2)] == [
        "0 permessi",
        "1 permesso",
        "2 permessi",
    ]


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        (None, [("it-IT", 1)], "it"),
        (None, [("fr", 1), ("it", 0.5)], "it"),
        (None, [("fr", 1)], "en"),
        (None, [], "en"),
        ("it", [("en", 1)], "it"),
        ("xx", [("it", 1)], "it"),
    ],
)
def test_the_language_is_chosen_or_the_browser_s(
    chosen: str | None, accepted: list[tuple[str, float]], language: str
) -> None:
    """What was chosen by hand comes first,
    then the browser's languages in their order, then English.
    """
    assert chosen_language(chosen, LanguageAccept(accepted)) == language
