"""A row of the table of texts."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """One text in every language; the fields are the keys of `words.LANGUAGES`."""

    en: str
    it: str
