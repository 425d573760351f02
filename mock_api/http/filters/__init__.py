"""Object filters: which rows of a list stay, and in which order (classic-api.md 4.6)."""

from mock_api.http.filters.reading import parse_filter
from mock_api.http.filters.selection import EVERYTHING, Selection, select

__all__ = ["EVERYTHING", "Selection", "parse_filter", "select"]
