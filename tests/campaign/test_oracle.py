"""The oracle sees each promise broken: by a hook in miniature that breaks them one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.campaign import hooks
from tests.campaign.naughty import MODES, install
from tests.campaign.oracle import PROMISES, Act, accepted, is_restarted_inside, judge, repeats
from tests.campaign.plan import Errand, Meddling, Moment, Past, Plan, Where

if TYPE_CHECKING:
    from tests.campaign.hooks import Bench

pytestmark = pytest.mark.slow

PLAN = Plan(
    seed=0,
    kind="virtual_guest",
    errands=(Errand("enter", "rescue", timeout_s=1800),),
    settings={"guest_rescue_s": 60.0},
)


@pytest.fixture
def naughty(bench: Bench, site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A bench that runs the hook in miniature, and does not wait long for it."""
    monkeypatch.setattr(hooks, "MOST_MENDINGS", 2)
    monkeypatch.setattr(hooks, "MENDING_TIMEOUT_S", 60)
    bench.site = site
    yield bench
    bench.site = None


@pytest.mark.parametrize(("mode", "promise"), MODES.items())
def test_each_promise_can_be_broken(
    naughty: Bench, site: Path, monkeypatch: pytest.MonkeyPatch, mode: str, promise: str
) -> None:
    """What is done wrong is found, under the name of its promise; what is right is not."""
    install(site, mode)
    plan = PLAN
    if mode == "never ends":
        monkeypatch.setattr(hooks, "MINUTE_S", 0.5)
        plan = replace(PLAN, errands=(replace(PLAN.errands[0], timeout_s=60),))
    if mode == "gives the device up":
        plan = replace(PLAN, errands=(replace(PLAN.errands[0], verb="leave"),))
    found = {row.promise for row in judge(naughty.play(plan))}
    assert promise in found if promise else not found, found


def test_every_promise_is_broken_once() -> None:
    """No promise that nothing can break."""
    assert set(MODES.values()) - {""} == set(PROMISES)


def test_a_request_that_arrived_is_known_whatever_the_client_was_told(bench: Bench) -> None:
    """The journal counts, not the answer: a reset after the request was done is no reason to
    think that nothing was.
    """
    lost = Meddling(Where("changing", moment=Moment.AFTER), "reset")
    story = bench.play(replace(PLAN, meddlings=(lost,)))
    accepted = [heard.method for heard in story.heard if heard.was_accepted]
    assert accepted == ["executeRescueLayer"]
    assert [row["method"] for row in story.journal if row["kind"] == "changing"] == accepted
    assert judge(story) == []


def test_a_request_that_was_swallowed_is_known_to_have_done_nothing(bench: Bench) -> None:
    """A reset before it arrived: the journal has none of that run."""
    lost = Meddling(Where("changing", moment=Moment.BEFORE), "reset")
    story = bench.play(replace(PLAN, meddlings=(lost,)))
    first = [heard for heard in story.heard if heard.run == "run-1" and heard.is_changing]
    assert [heard.was_accepted for heard in first] == [False]
    assert judge(story) == []


def test_a_request_that_a_later_run_overtook_is_held_against_nobody() -> None:
    """It was on its way for so long that the run of its own had given it up. One that its own run
    sent twice counts, and so does one that was there in time.
    """
    late = Act("run-1", "executeRescueLayer", 4, PLAN.device, is_late=True)
    later = Act("run-2", "executeRescueLayer", 9, PLAN.device)

    def counted(*acts: Act) -> int:
        found = repeats(acts, goal_of=lambda _: "rescue", may_be_repeated=lambda *_: False)
        return len(list(found))

    assert counted(later, late) == 0
    assert counted(later, replace(late, is_late=False)) == 1
    assert counted(late, later) == 1
    # Both were held up, and this one reached the service first.
    assert counted(replace(late, arrived=9), later) == 0
    assert counted(replace(late, arrived=8), later) == 1
    assert counted(replace(later, run="run-1"), late) == 1


def test_no_refusal_is_told_of_what_was_done(bench: Bench) -> None:
    """Whichever way its call was chosen: nobody could see through that."""
    lie = Meddling(Where("changing", moment=Moment.AFTER), "error", "permission")
    story = bench.play(replace(PLAN, meddlings=(lie,)))
    struck = next(heard for heard in story.heard if heard.struck)
    assert (struck.method, struck.truth and struck.truth.status) == ("executeRescueLayer", 200)
    assert "permission" not in struck.told
    assert judge(story) == []


def test_a_restart_from_inside_is_held_against_nobody(bench: Bench) -> None:
    """No call tells of it, so "already rescue" is all that a run can say. As soon as the service
    was asked for something else, all counts again.
    """
    inside = Meddling(Where("*", moment=Moment.BEFORE), "restart inside")
    in_rescue = (Past("executeRescueLayer", 5000.0),)
    story = bench.play(replace(PLAN, past=in_rescue, meddlings=(inside,)))
    assert story.inside == [(1, PLAN.device)]
    assert (story.runs[0].result, story.after[PLAN.device]["boot"]) == ("unchanged", "os")
    assert judge(story) == []
    acts, _ = accepted(story)
    assert is_restarted_inside(acts, PLAN.device)
    assert not is_restarted_inside([*acts, Act("", "rebootDefault", 2, PLAN.device)], PLAN.device)
    story.inside = []
    assert {row.promise for row in judge(story)} == {"reached", "truth"}
