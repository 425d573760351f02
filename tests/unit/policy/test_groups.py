"""Patterns of names, as in a shell: none can keep a run busy."""

from __future__ import annotations

import pytest

from classic_rescue.policy.groups import first_match

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
