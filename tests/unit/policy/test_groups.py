"""Patterns of names, as in a shell: none can keep a run busy."""

from __future__ import annotations

import pytest

from classic_rescue.policy.groups import first_match, is_in_group
from classic_rescue.policy.terms import Limit

NAME = "a" * 127


@pytest.mark.parametrize(
    "pattern", ["*a" * 63 + "*b", "*?" * 63 + "b", "*[ab]" * 25 + "*b", "*" * 127 + "b"]
)
def test_stars_in_a_row_are_not_tried_in_every_way(pattern: str) -> None:
    """Python's `fnmatch` gives nothing back once a star is done (3.11);
    a regular expression would not end.
    """
    assert first_match([pattern], NAME) is None
    assert first_match([pattern], NAME + "b") == pattern


@pytest.mark.parametrize("name", ["web-1.example.com", "web-1.example.com."])
@pytest.mark.parametrize("pattern", ["web-1.example.com", "web-1.example.com.", "web-*.com."])
def test_a_final_dot_counts_in_neither(name: str, pattern: str) -> None:
    """A name that says that it is complete is the same name, in an app of one's own, too."""
    assert first_match([pattern], name) == pattern
    assert is_in_group(Limit(1, names=pattern), name, frozenset())
    assert first_match([pattern], "db-1.example.com.") is None
