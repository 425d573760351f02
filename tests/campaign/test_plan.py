"""Plans: the same seed is the same plan, and a plan can be written down."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta

from tests.campaign.answers import ANSWERS, ERRORS, Answer, StepBack, odd, set_back
from tests.campaign.generation import generate
from tests.campaign.meddlings import DEEDS, MOCK_FAULTS
from tests.campaign.plan import Moment, Plan, Where
from tests.campaign.story import smaller

MANY = range(3000)


def test_a_seed_is_a_plan() -> None:
    """What broke once can be played again."""
    assert all(generate(seed) == generate(seed) for seed in MANY)


def test_a_plan_can_be_written_down() -> None:
    """A named test holds the plan that was found."""
    assert all(Plan.from_json(generate(seed).to_json()) == generate(seed) for seed in MANY)


def test_every_deed_and_answer_comes_up() -> None:
    """Nothing in the tables waits for ever."""
    seen = Counter(row.deed for seed in MANY for row in generate(seed).meddlings)
    assert set(seen) == {*DEEDS, *ANSWERS, *MOCK_FAULTS, "late"}
    values = {row.value for seed in MANY for row in generate(seed).meddlings if row.deed == "error"}
    assert values == set(ERRORS)


def test_which_calls_are_struck() -> None:
    """From the nth on, as often as is said."""
    where = Where("*.getObject", 2, 2, Moment.BEFORE)
    assert where.matches("SoftLayer_Virtual_Guest", "getObject")
    assert not where.matches("SoftLayer_Virtual_Guest", "rebootDefault")
    assert [where.strikes(count) for count in range(1, 6)] == [False, True, True, False, False]
    assert Where("changing", times=None).strikes(99)
    assert Where("changing").matches("SoftLayer_Virtual_Guest", "rebootDefault")


def test_smaller_plans_are_smaller() -> None:
    """Each has one thing less."""
    for seed in MANY[:200]:
        plan = generate(seed)
        assert all(one != plan for one in smaller(plan))


def test_a_clock_that_was_set_back_dates_only_what_comes_after() -> None:
    """In the head and in the body, each in its own zone."""
    at = datetime.fromisoformat("2026-03-01T08:00:00Z")
    body = b'[{"a":"2026-03-01T02:00:00-06:00"},{"b":"2026-03-01T02:01:00.5-06:00"}]'
    truth = Answer(200, body, (("Date", "Sun, 01 Mar 2026 08:01:30 GMT"),))
    told = set_back(truth, [StepBack(at, timedelta(seconds=20))])
    assert told.headers == (("Date", "Sun, 01 Mar 2026 08:01:10 GMT"),)
    assert json.loads(told.body) == [
        {"a": "2026-03-01T02:00:00-06:00"},
        {"b": "2026-03-01T02:00:40.500000-06:00"},
    ]
    assert set_back(truth, []) is truth


def test_odd_values_stand_in_place_of_the_true_ones() -> None:
    """Everywhere in the answer."""
    truth = Answer(200, b'{"id": 1, "inner": {"id": 2, "name": "x"}}')
    assert odd("ids text", truth).body == b'{"id": "x1", "inner": {"id": "x2", "name": "x"}}'
    assert odd("names null", truth).body == b'{"id": 1, "inner": {"id": 2, "name": null}}'
    assert odd("objects lists", truth).body == b'{"id": 1, "inner": [1]}'
    assert odd("ids NaN", truth).body == b'{"id": NaN, "inner": {"id": NaN, "name": "x"}}'
