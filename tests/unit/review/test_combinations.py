"""What Terraform runs for a device, for every pair of actions on its two blocks."""

from __future__ import annotations

import itertools
import json

import pytest

from classic_rescue.review.combinations import ACTION_NAMES, REFUSALS, RUNS, Action, Run, refusal_of
from classic_rescue.review.errors import PlanNotUnderstood
from classic_rescue.review.plans import read_plan
from tests.unit.review.building import CHANGED, REMOVED, WEB, Json, change, document, order

REASONS = {Action.REPLACE: CHANGED, Action.DELETE: REMOVED}
WORDS = {action: list(words) for words, action in ACTION_NAMES.items()}


def step(block: str, action: Action) -> list[Json]:
    """One block's change, as Terraform would write it."""
    if action is Action.ABSENT:
        return []
    before = None if action is Action.CREATE else order()
    after = None if action in (Action.DELETE, Action.FORGET) else order()
    if action is Action.REPLACE and block == "boot":
        before = order(boot="os")
    reason = {"action_reason": REASONS[action]} if action in REASONS else {}
    return [change(block, WORDS[action], before, after, **reason)]


PAIRS = [
    pair for pair in itertools.product(Action, Action) if pair != (Action.ABSENT, Action.ABSENT)
]


@pytest.mark.parametrize(("boot", "release"), PAIRS, ids=lambda action: action.name)
def test_every_pair_has_a_run_or_is_refused(boot: Action, release: Action) -> None:
    """A pair is in the table, or the plan is refused and both actions are named:
    nothing is ever guessed.
    """
    text = json.dumps(document(step("boot", boot), step("release", release)))
    expected = RUNS.get((boot, release))
    if expected is not None:
        assert read_plan(text, "p.json").devices[WEB].run is expected
        return
    with pytest.raises(PlanNotUnderstood) as problem:
        read_plan(text, "p.json")
    assert f"boot: {boot}, release: {release}: " in str(problem.value)


@pytest.mark.parametrize("boot", Action)
def test_a_replaced_release_is_always_refused(boot: Action) -> None:
    """It runs the leave hook although the file goes on declaring the device."""
    assert (boot, Action.REPLACE) not in RUNS
    assert (
        "takes the device back to its operating system although it stays in the fleet"
        in refusal_of(boot, Action.REPLACE)
    )


@pytest.mark.parametrize(
    "release", [Action.FORGET, Action.CREATE_THEN_FORGET, Action.FORGET_THEN_CREATE]
)
def test_a_forgotten_release_is_always_refused(release: Action) -> None:
    """It runs no leave hook: the device would stay in rescue, an outage that nobody sees."""
    assert "nobody would see it" in refusal_of(Action.DELETE, release)


def test_a_deleted_boot_without_release_is_refused() -> None:
    """Without `release` in the state no leave hook would run."""
    assert "no leave hook would run" in refusal_of(Action.DELETE, Action.ABSENT)


def test_every_row_of_the_refusals_is_needed() -> None:
    """No sentence stands behind another one that always comes first."""
    said = [refusal_of(*pair) for pair in PAIRS if pair not in RUNS]
    assert all(any(sentence.endswith(text) for sentence in said) for _, _, text in REFUSALS)


def test_only_entering_and_leaving_run_a_hook() -> None:
    """Enter belongs to a created or replaced `boot`, leave to a deleted `release`,
    and to nothing else.
    """
    for (boot, release), run in RUNS.items():
        assert (run is Run.ENTER) == (boot in (Action.CREATE, Action.REPLACE))
        assert (run is Run.LEAVE) == (release is Action.DELETE)
