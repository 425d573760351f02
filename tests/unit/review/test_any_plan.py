"""Whatever a plan holds: a review or a refusal, never a traceback,
and never clean where something runs.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classic_rescue.review.build import review_of
from classic_rescue.review.errors import PlanNotUnderstood
from classic_rescue.review.plans import read_plan
from classic_rescue.review.reports import json_report, junit, markdown, sarif
from classic_rescue.review.review import Verdict
from tests.unit.review.building import (
    NOW,
    created,
    document,
    fleet,
    kept,
    order,
    recorded,
    removed,
    replaced,
)
from tests.unit.review.mutation import assert_not_waved_through, mutated

OS = order(boot="os")
RESCUE = order()
FLEETS = [
    fleet(f"devices: {{web-1: {{virtual_guest: 1, boot: {boot}}}}}")
    for boot in ("os", "rescue", "{image: a.iso}")
] + [fleet("devices: {}")]
DOCUMENTS = [
    document(created(RESCUE)),
    document(kept(RESCUE)),
    document(kept(OS)),
    document(replaced(OS, RESCUE)),
    document(removed(RESCUE)),
    document(removed(OS)),
    document(recorded(order(reason="x"), RESCUE)),
    document(removed(OS), tainted=['terraform_data.boot["virtual_guest/1"]']),
]


@settings(max_examples=300)
@given(mutated(DOCUMENTS))
def test_no_change_of_a_plan_passes_unseen(plan: dict[str, object]) -> None:
    """Unknown actions refuse, and clean means that no hook runs which could restart something."""
    try:
        read = read_plan(json.dumps(plan), "p.json")
    except PlanNotUnderstood:
        return
    for wanted in FLEETS:
        found = review_of([read], wanted, NOW)
        if found.verdict is not Verdict.NOT_UNDERSTOOD:
            assert_not_waved_through(plan, found)
        for report in (markdown, json_report, junit, sarif):
            assert report.text(found).encode()


@given(st.text() | st.binary().map(lambda content: content.decode("latin-1")))
def test_any_text_is_a_plan_or_a_sentence(text: str) -> None:
    """Never a traceback."""
    with pytest.raises(PlanNotUnderstood):
        read_plan(text, "p.json")


@given(st.integers(0, 5_000))
def test_a_plan_that_is_cut_off_anywhere_is_refused(length: int) -> None:
    """However much of it is there."""
    whole = json.dumps(document(created(RESCUE)))
    with pytest.raises(PlanNotUnderstood):
        read_plan(whole[: min(length, len(whole) - 1)], "p.json")
