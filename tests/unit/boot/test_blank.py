"""Texts in which nothing can be seen are empty, whichever characters they are made of."""

from __future__ import annotations

import sys
from unicodedata import category

import pytest

from classic_rescue.boot.blank import is_blank

INVISIBLE = {
    "nothing": "",
    "spaces": " \t\n",
    "control characters": "\x00\x7f\x9b",
    "no-break space": "\u00a0",
    "ideographic space": "\u3000",
    "Hangul filler": "\u3164",
    "half-width Hangul filler": "\uffa0",
    "Hangul choseong filler": "\u115f\u1160",
    "zero width space": "\u200b",
    "zero width joiner": "\u200d",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "blank Braille": "\u2800",
    "tags": "\U000e0001\U000e0043\U000e0048\U000e0047",
    "variation selectors": "\ufe0f\U000e0100",
    "marks of right-to-left": "\u200f\u202e\u2067",
    "combining marks alone": "\u0301\u0489\u20dd",
    "combining grapheme joiner": "\u034f",
    "Khmer inherent vowels": "\u17b4\u17b5",
    "Mongolian selectors": "\u180b\u180e",
    "null notehead": "\U0001d159",
    "line and paragraph separator": "\u2028\u2029",
    "interlinear annotation": "\ufff9",
    "private use": "\ue000\U000f0000",
    "unassigned": "\U000e0fff",
    "a surrogate": "\ud800",
}


@pytest.mark.parametrize("text", INVISIBLE.values(), ids=INVISIBLE)
def test_what_cannot_be_seen_is_blank(text: str) -> None:
    """Each of them alone, and among spaces, makes no text."""
    assert is_blank(text)
    assert is_blank(f" {text} ")


@pytest.mark.parametrize(
    "text", ["x", "CHG-1", "-", "0", "é", "e\u0301", "理由", "한", "⚠\ufe0f", "€"]
)
def test_what_can_be_seen_is_not(text: str) -> None:
    """One letter, digit or sign is enough, also beside what cannot be seen."""
    assert not is_blank(text)
    assert not is_blank(f"\u3164{text}\u200b")


def test_every_character_without_ink_is_blank() -> None:
    """No space, control, format, mark, private or unassigned code point makes a text."""
    signs = map(chr, range(sys.maxunicode + 1))
    assert all(is_blank(sign) for sign in signs if category(sign)[0] in "ZCM")
