"""Which texts count as empty: those in which nothing can be seen.

The one definition for every text that must not be empty, whichever door it comes by: a reason, a
name, an image, a break-glass. A character can be seen when Unicode puts it among letters, numbers,
punctuation or symbols (general categories L, N, P and S) and it is none of `INVISIBLE`. So space,
control and format characters, variation selectors, tags, marks that combine with nothing, private
and unassigned code points alone make no text.
"""

from __future__ import annotations

INVISIBLE = frozenset(
    "\u115f\u1160\u3164\uffa0"  # fillers of Hangul: letters, with Default_Ignorable_Code_Point
    "\u2800\U0001d159\U00013441\U00013442"  # drawn without ink
)
"""Letters and symbols without ink.

All other code points with Unicode's property Default_Ignorable_Code_Point are marks, format
characters or unassigned, so that their category says it
(https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt).
"""


def is_blank(text: str) -> bool:
    """Whether nothing in the text can be seen."""
    if text.isascii():  # nearly every text: a hook does not load Unicode's tables for it
        return not any("!" <= sign <= "~" for sign in text)
    from unicodedata import category

    return not any(category(sign)[0] in "LNPS" and sign not in INVISIBLE for sign in text)
