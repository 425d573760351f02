"""Every text of the console, in all languages side by side: what one language has, the others have
too.

A text may hold values as `{name}`; the values are escaped where the text is put into a page. A text
that depends on a number has two rows, KEY.one and KEY.other.
"""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup
from werkzeug.datastructures import LanguageAccept

from mock_api.console.words import common, device, devices, steering, users
from mock_api.console.words.row import Words

LANGUAGES = {"en": "English", "it": "Italiano"}
_TABLES = (common.WORDS, device.WORDS, devices.WORDS, steering.WORDS, users.WORDS)


def _all_words() -> dict[str, Words]:
    found: dict[str, Words] = {}
    for table in _TABLES:
        repeated = found.keys() & table.keys()
        if repeated:
            raise ValueError(f"The words {', '.join(sorted(repeated))} are there twice.")
        found.update(table)
    return found


WORDS: Mapping[str, Words] = _all_words()


def text(language: str, key: str, /, **values: object) -> Markup:
    """A text in one language, its values escaped.

    Raises KeyError for a key that the table does not have.
    """
    return Markup(getattr(WORDS[key], language)).format(**values)  # noqa: S704 (the table's own text; format escapes)


def counted(language: str, key: str, number: int, /, **values: object) -> Markup:
    """A text that depends on a number, which it may show as `{n}`."""
    form = "one" if number == 1 else "other"
    return text(language, f"{key}.{form}", n=number, **values)


def chosen_language(wanted: str | None, accepted: LanguageAccept) -> str:
    """The language: the one that was chosen by hand, or the browser's first that the console has,
    or English.
    """
    if wanted in LANGUAGES:
        return wanted
    return accepted.best_match(LANGUAGES, "en")
