"""The table of the service's words against every text that was published."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classic_rescue.api.words import ROWS, Meant, Row, meant_by
from tests.unit.api.published import BASE, MADE_UP, PUBLIC, PUBLISHED, Published

ALL = (*PUBLISHED, *MADE_UP)
EVIDENCE = ("recorded", "real_client", "documented", "assumed")
FAILURES = [
    word
    for row in ROWS
    for word in row.words
    if row.meant is Meant.INTERNAL and len(row.words) == 1
]


def row_of(error: Published) -> Row | None:
    """The row that decides on an error."""
    return meant_by(error.status, error.code, error.text)


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.text)
def test_each_published_text_is_understood(error: Published) -> None:
    """Every published error means what its source says, and no row before swallows it."""
    row = row_of(error)
    assert row is not None
    assert row.meant is error.meant


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.meant} {row.code}{row.words}")
def test_each_row_decides_on_a_text_of_its_own(row: Row) -> None:
    """A row that is broken, or behind one that swallows its texts, decides on nothing."""
    assert any(row_of(error) is row for error in ALL)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.meant} {row.code}{row.words}")
def test_each_row_says_how_it_is_known(row: Row) -> None:
    """A row has its evidence and its source, and its words are as texts are compared."""
    assert row.evidence in EVIDENCE
    assert row.source
    assert row.code or row.words or row.status
    assert all(word == " ".join(word.casefold().split()) for word in row.words)


@given(error=st.sampled_from(ALL), chance=st.randoms(use_true_random=False))
def test_case_and_white_space_say_nothing(error: Published, chance: random.Random) -> None:
    """A text in other case, with line breaks and runs of white space, means the same."""
    letters = (chance.choice((char.upper(), char.lower())) for char in error.text)
    text = "".join(chance.choice((" ", "  ", "\n\t")) if char == " " else char for char in letters)
    assert meant_by(error.status, error.code, text) == row_of(error)


@given(
    error=st.sampled_from(ALL),
    code=st.sampled_from(
        ["", "403", "Forbidden", "ObjectNotFound", "AccessDenied", "SOAP-ENV:Server"]
    ),
)
def test_only_an_error_of_the_service_itself_is_a_refusal(error: Published, code: str) -> None:
    """What has no exception class of the service refuses nothing, whatever its words: a page of
    something in between can hold any. The statuses 401 and 429 are the exceptions.
    """
    row = meant_by(error.status, code, error.text)
    assert row is None or row.meant is Meant.INTERNAL or error.status in (401, 429)


@given(
    error=st.sampled_from([error for error in ALL if error.code in (PUBLIC, BASE)]),
    failure=st.sampled_from(FAILURES),
)
def test_a_failure_that_quotes_a_refusal_says_nothing_for_sure(
    error: Published, failure: str
) -> None:
    """A text with the words of a failure is one, whatever else it says, unless its class or its
    status decides.
    """
    row = meant_by(500, error.code, f"{failure}: {error.text}")
    assert row is not None
    assert row.meant is Meant.INTERNAL


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No.",
        "The server could not be rebooted.",
        "An image is already mounted on this server.",
        "Access denied, not yet ready for mount",
        "This transaction could not be created.",
    ],
)
def test_words_that_nobody_knows_mean_nothing(text: str) -> None:
    """An unknown text may be a refusal or a failure: no row guesses."""
    assert meant_by(500, PUBLIC, text) is None
