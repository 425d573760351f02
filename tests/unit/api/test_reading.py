"""Replies of any shape: told, not told, or not understood; nothing is guessed."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classic_rescue.api import reading
from classic_rescue.api.reading import NotUnderstood
from classic_rescue.boot.states import Kind

ENDED = {"id": 5, "transactionStatus": {"name": "COMPLETE"}}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
NAMES = st.sampled_from(
    [
        "id", "hostname", "maxMemory", "powerState", "keyName", "activeTransaction",
        "lastTransaction", "transactionStatus", "transactionGroup", "name", "blockDevices",
        "diskImage", "mountType", "eventName", "eventCreateDate", "permissions", "username",
        "children", "isMasterUserFlag", "createDate", "remoteManagementCommand",
    ]
)  # fmt: skip
NEAR = st.recursive(
    JSON, lambda inner: st.dictionaries(NAMES, inner, max_size=6) | st.lists(inner, max_size=3)
)


@given(value=NEAR)
def test_any_reply_is_read_or_not_understood(value: Any) -> None:
    """No reply is a defect: each reader gives a value, or says that it does not understand."""
    readers: list[Callable[[Any], object]] = [
        lambda reply: reading.facts_from(Kind.VIRTUAL_GUEST, reply),
        lambda reply: reading.facts_from(Kind.HARDWARE, reply),
        reading.progress_from,
        reading.transaction_from,
        reading.acceptance_from,
        reading.events_from,
        reading.commands_from,
        reading.history_from,
        reading.ids_from,
        reading.image_from,
        reading.images_from,
        reading.template_images,
        reading.user_from,
        reading.truth_in,
        reading.is_on,
        reading.rows_in,
    ]
    for read in readers:
        with contextlib.suppress(NotUnderstood):
            read(value)


@pytest.mark.parametrize(
    "reply",
    [
        None, [1, 2], "text", 7, {}, {"id": 0}, {"id": -1}, {"id": True}, {"id": 1.5}, {"id": "x"},
        {"id": 1e400}, {"id": 2**64}, {"id": "9" * 30}, {"id": 1, "hostname": ["web"]},
        {"id": 1, "maxMemory": "much"}, {"id": 1, "lastTransaction": 7},
        {"id": 1, "lastTransaction": {"id": None}}, {"id": 1, "activeTransaction": [1]},
        {"id": 1, "lastTransaction": {"id": 5, "transactionStatus": {"name": None}}},
        {"id": 1, "lastTransaction": {"id": 5, "transactionStatus": None}},
    ],
)  # fmt: skip
def test_a_device_of_another_shape_is_not_understood(reply: Any) -> None:
    """Neither a device without rescue, nor a defect."""
    for kind in Kind:
        with pytest.raises(NotUnderstood):
            reading.facts_from(kind, reply)


def test_what_is_missing_or_null_is_not_told() -> None:
    """The service leaves out what it does not know, or sends null."""
    bare = reading.facts_from(Kind.VIRTUAL_GUEST, {"id": "7", "lastTransaction": ENDED})
    nulls = dict.fromkeys(("hostname", "maxMemory", "powerState", "activeTransaction"))
    assert (
        reading.facts_from(Kind.VIRTUAL_GUEST, {"id": 7, "lastTransaction": ENDED, **nulls}) == bare
    )


@pytest.mark.parametrize("average", ["", "soon", "nan", "inf", "-1", "0", None, [], "1e9"])
def test_an_average_that_is_no_duration_tells_nothing(average: Any) -> None:
    """Averages are decimal minutes in a text; nobody waits for more than a week."""
    row = {**ENDED, "transactionGroup": {"name": "X", "averageTimeToComplete": average}}
    found = reading.transaction_from(row)
    assert found
    assert found.usual_s is None


@pytest.mark.parametrize("body", ["null", "[]", '""', "{}", "1", '"yes"', '{"id": 0}', "[true]"])
def test_only_true_or_a_transaction_accepts_a_request(body: str) -> None:
    """Anything else leaves open whether it was done."""
    with pytest.raises(NotUnderstood):
        reading.acceptance_from(json.loads(body))
    assert reading.acceptance_from(True) is True
    assert reading.acceptance_from(False) is False
