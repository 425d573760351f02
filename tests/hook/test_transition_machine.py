"""The transition against every answer, lost or not, at every step, with others acting in between.

Everything is real but the transport (`meddling.py`); what is checked is in `promises.py`.
MACHINE_EXAMPLES=20000 searches long, and each time elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classic_rescue.api import client
from classic_rescue.boot import evidence
from classic_rescue.boot.states import Kind
from classic_rescue.boot.waiting import Waiter
from classic_rescue.hook import orders
from classic_rescue.hook.context import UNCHANGED, Context
from classic_rescue.hook.exits import Exit, HookStopped
from classic_rescue.hook.request import Requests
from classic_rescue.hook.run import Transition
from tests.hook.meddling import ANSWERS, Fate, Script
from tests.hook.promises import Broken, Scenario, Turn, play

DEEP = os.environ.get("MACHINE_EXAMPLES")

ANY_ANSWER = st.sampled_from(["own", "lost", "no connection", "stale", *ANSWERS])
OUTCOMES = st.sampled_from(
    ["", "", "", "", "no_transaction", "failing_transaction", "stuck_transaction"]
)
SENDS = st.builds(Fate, st.booleans(), ANY_ANSWER | st.just("killed"), OUTCOMES)
READS = st.tuples(
    st.integers(0, 12),
    st.builds(Fate, st.booleans(), ANY_ANSWER, st.just("")),
    st.sampled_from([1, 1, 1, 2, 3, 8, 5000]),
)
SHARED_ACTS = ["reboot", "rescue", "off", "on", "inside", "pass 3", "pass 90", "finish"]
ACTS = {
    Kind.VIRTUAL_GUEST: [*SHARED_ACTS, "mount", "mount other", "unmount"],
    Kind.HARDWARE: SHARED_ACTS,
}
BEFORE = {
    Kind.VIRTUAL_GUEST: ["rescue", "reboot", "mount", "off", "finish", "pass 30", "pass 2000"],
    Kind.HARDWARE: ["rescue", "reboot", "off", "finish", "pass 30", "pass 2000"],
}
WANTED = {
    Kind.VIRTUAL_GUEST: ["rescue", "os", "leave", "image"],
    Kind.HARDWARE: ["rescue", "os", "leave"],
}
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "appears_after_s": st.sampled_from([0.0, 20.0, 100.0]),
        "reboot_makes_transaction": st.just(value=True),
        "reboot_clears_iso": st.just(value=False),
        "rescue_starts_lockout": st.just(value=True),
    },
).map(lambda given: tuple(given.items()))


@st.composite
def scripts(draw: st.DrawFn, kind: Kind) -> Script:
    """What happens in one run."""
    act = st.tuples(st.integers(0, 15), st.sampled_from(ACTS[kind]))
    end = st.tuples(st.integers(0, 60), st.sampled_from(["interrupt", "kill"]))
    return Script(
        sends=tuple(draw(st.lists(SENDS, max_size=3))),
        reads=tuple(draw(st.lists(READS, max_size=3))),
        others=tuple(draw(st.lists(act, max_size=3))),
        end=draw(st.none() | end),
    )


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """What was before, and up to three runs."""
    kind = draw(st.sampled_from(Kind))
    turn = st.builds(
        Turn,
        st.sampled_from(WANTED[kind]),
        st.sampled_from([3600, 3600, 300, 40, 5]),
        scripts(kind),
    )
    return Scenario(
        kind=kind,
        before=tuple(draw(st.lists(st.sampled_from(BEFORE[kind]), max_size=4))),
        settings=draw(SETTINGS),
        sees_events=draw(st.sampled_from([True, True, False])),
        turns=tuple(draw(st.lists(turn, min_size=1, max_size=3))),
        is_shared=draw(st.booleans()),
    )


@settings(
    max_examples=int(DEEP or 150),
    derandomize=not DEEP,
    suppress_health_check=list(HealthCheck),
)
@given(scenario=scenarios())
def test_the_transition_keeps_its_promises(scenario: Scenario) -> None:
    """Whatever happens to the exchanges, and whoever acts meanwhile, each promise stands."""
    play(scenario)


@pytest.mark.parametrize("is_shared", [False, True])
@pytest.mark.parametrize("kind", Kind)
def test_an_untouched_run_arrives(kind: Kind, *, is_shared: bool) -> None:
    """Without meddling one run enters and the next leaves."""
    turns = (Turn("rescue"), Turn("leave"))
    done = play(Scenario(kind, turns=turns, is_shared=is_shared))
    assert [played.result for played in done] == ["changed", "changed", "unchanged"]


LOST = Fate(is_delivered=False, answer="lost")
UNKNOWN_WORDS = Fate(answer="unknown words")

FOUND = {
    "a pause in the middle of a look": Scenario(
        turns=(Turn("rescue", script=Script(reads=((1, LOST, 1),))),),
    ),
    "a pause between a look and its request": Scenario(
        turns=(Turn("image", script=Script(reads=((3, LOST, 1),))),),
    ),
    "a reboot while the look pauses": Scenario(
        before=("rescue", "pass 2000"),
        turns=(Turn("os", script=Script(reads=((2, LOST, 1),), others=((3, "reboot"),))),),
    ),
    "done, refused in unknown words, and seen late": Scenario(
        settings=(("appears_after_s", 100.0),),
        sees_events=False,
        turns=(Turn("rescue", script=Script(sends=(UNKNOWN_WORDS,))),),
    ),
    "done, answered false, and nothing to be seen": Scenario(
        sees_events=False,
        turns=(
            Turn("rescue", script=Script(sends=(Fate(answer="false", outcome="no_transaction"),))),
        ),
    ),
    "killed before the answer, where the log is closed": Scenario(
        before=("rescue", "finish"),
        sees_events=False,
        turns=(Turn("os", script=Script(sends=(Fate(answer="killed"),))), Turn("os")),
    ),
    "a lost ping, and then a lost reboot": Scenario(
        before=("rescue", "finish"),
        turns=(
            Turn(
                "os",
                script=Script(
                    sends=(Fate(is_delivered=False),),
                    reads=((3, Fate(is_delivered=False, answer="false"), 1),),
                ),
            ),
        ),
    ),
    "a rescue in the second in which a start was seen": Scenario(
        before=("off",),
        turns=(Turn("os", script=Script(others=((8, "rescue"),))),),
    ),
}


@pytest.mark.parametrize("is_shared", [False, True])
@pytest.mark.parametrize("found", FOUND)
def test_what_it_found_stays_mended(found: str, *, is_shared: bool) -> None:
    """Each broke a promise once; an order of a conductor keeps it, too."""
    play(replace(FOUND[found], is_shared=is_shared))


class Mutant(NamedTuple):
    """A defect, put in on purpose: `place.name` is replaced; the scenario must break the promise of
    this number.
    """

    promise: int
    place: Any
    name: str
    replacement: Callable[[Any], Any]
    scenario: Scenario


def _always(value: Any) -> Callable[[Any], Any]:
    return lambda original: lambda *given, **named: value


def _ready_after_a_wait(original: Any) -> Any:
    def is_ready(*given: Any, **named: Any) -> bool:
        original(*given, **named)
        return True

    return is_ready


def _forget_what_is_lost(self: Requests, device: Any, look: Any, sent: Any, row: Any) -> None:
    self.sent.remove(sent)
    self.wait(self.pace.first_s)


def _believe_any_error(self: Requests, *given: Any, **more: Any) -> None:
    self.sent.clear()
    raise HookStopped(Exit.REFUSED, "refused")


def _proves_itself(original: Any) -> Any:
    def event_sign(*given: Any) -> Any:
        sign = original(*given)
        return sign and sign._replace(is_proof=True)

    return event_sign


def _waits_longer(original: Any) -> Any:
    def waiter(self: Context, device: Any) -> Waiter:
        found: Waiter = original(self, device)
        return found._replace(deadline=found.deadline + 1000)

    return waiter


def _as_it_comes(transition: Transition, exit: Exit, text: str) -> Exit:
    return orders._stop(transition, exit, text)


IN_RESCUE = ("rescue", "pass 2000")
NOT_DONE = Fate(outcome="no_transaction")
CLOSED = (14, Fate(is_delivered=False, answer="401"), 5000)

MUTANTS = {
    "a lost request is sent again": Mutant(
        promise=1,
        place=Requests,
        name="_follow_lost",
        replacement=lambda _: _forget_what_is_lost,
        scenario=Scenario(turns=(Turn("rescue", script=Script(sends=(LOST, LOST))),)),
    ),
    "a second run does not wait for what the first one sent": Mutant(
        promise=1,
        place=Transition,
        name="_may_show_yet",
        replacement=_always(value=False),
        scenario=Scenario(
            before=IN_RESCUE,
            turns=(Turn("os", script=Script(end=(7, "kill"))), Turn("os")),
        ),
    ),
    "a request proves that it was done": Mutant(
        promise=2,
        place=evidence,
        name="_event_sign",
        replacement=_proves_itself,
        scenario=Scenario(before=IN_RESCUE, turns=(Turn("os", script=Script(sends=(NOT_DONE,))),)),
    ),
    "any error counts as a refusal": Mutant(
        promise=3,
        place=Requests,
        name="_refused",
        replacement=lambda _: _believe_any_error,
        scenario=Scenario(turns=(Turn("rescue", script=Script(sends=(UNKNOWN_WORDS,))),)),
    ),
    "the last line forgets what was sent": Mutant(
        promise=3,
        place=Context,
        name="account",
        replacement=_always(UNCHANGED),
        scenario=Scenario(turns=(Turn("rescue", script=Script(end=(20, "interrupt"))),)),
    ),
    "a refused look says that all was refused": Mutant(
        promise=3,
        place=orders,
        name="_cut_off",
        replacement=lambda _: _as_it_comes,
        scenario=Scenario(turns=(Turn("rescue", script=Script(reads=(CLOSED,))),)),
    ),
    "after a wait it sends on the look before": Mutant(
        promise=4,
        place=Transition,
        name="_is_ready",
        replacement=_ready_after_a_wait,
        scenario=Scenario(
            Kind.HARDWARE, before=("reboot", "finish", "rescue", "finish"), turns=(Turn("os"),)
        ),
    ),
    "a wait goes on after the timeout": Mutant(
        promise=5,
        place=Context,
        name="waiter",
        replacement=_waits_longer,
        scenario=Scenario(
            turns=(Turn("rescue", 300, Script(sends=(Fate(outcome="stuck_transaction"),))),)
        ),
    ),
    "what is not understood comes out": Mutant(
        promise=6,
        place=client,
        name="NotUnderstood",
        replacement=lambda _: LookupError,
        scenario=Scenario(
            turns=(Turn("rescue", script=Script(reads=((0, Fate(answer="null"), 1),))),)
        ),
    ),
    "a restart that nothing showed is never asked for again": Mutant(
        promise=7,
        place=Transition,
        name="_may_ask_again",
        replacement=_always(value=False),
        scenario=Scenario(before=IN_RESCUE, turns=(Turn("os", script=Script(sends=(NOT_DONE,))),)),
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_it_finds_what_is_broken_on_purpose(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each promise is seen not to stand, in a scenario in which it stands without the defect."""
    mutant = MUTANTS[name]
    play(mutant.scenario)
    original = getattr(mutant.place, mutant.name)
    monkeypatch.setattr(mutant.place, mutant.name, mutant.replacement(original))
    with pytest.raises(Broken, match=rf"^{mutant.promise}: "):
        play(mutant.scenario)
