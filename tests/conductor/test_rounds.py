"""Questions that are put together: nobody gets an answer that is older than the question."""

from __future__ import annotations

import threading

import pytest

from classic_rescue.api.errors import ApiError, Unanswered
from classic_rescue.conductor.rounds import Round
from classic_rescue.conductor.waiting import Waiting
from classic_rescue.hook.exits import Interrupted
from tests.patience import PATIENCE_S


class Service:
    """Answers with how often it was asked; `gate` holds an answer back."""

    def __init__(self) -> None:
        self.asked: list[set[str]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.began = threading.Event()
        self.problem: Exception | None = None
        self.together = threading.Event()

    def answer(self, keys: set[str]) -> dict[str, int]:
        """The number of this time, for all but `unknown`."""
        self.asked.append(keys)
        number = len(self.asked)
        self.began.set()
        self.gate.wait(PATIENCE_S)
        if self.problem:
            raise self.problem
        return {key: number for key in keys if key != "unknown"}


def a_round(service: Service, *, age_s: float = 0.0) -> Round[str, int]:
    """A round of questions to it, which goes to ask once `together` is set."""

    def gap_s() -> float:
        service.together.wait(PATIENCE_S)
        return 0.0

    return Round("questions", service.answer, gap_s=gap_s, age_s=age_s)


def until_asked(round: Round[str, int], count: int) -> None:
    """Wait until so many questions wait to be put."""
    while sum(map(len, round._asked.values())) < count:
        threading.Event().wait(0.001)


def ask_in_threads(
    round: Round[str, int], keys: list[str]
) -> tuple[list[threading.Thread], list[object]]:
    """Ask for all of them at once; the answers come into the list."""
    found: list[object] = [None] * len(keys)

    def ask(number: int) -> None:
        try:
            found[number] = round.ask(keys[number], Waiting(), PATIENCE_S)
        except ApiError as problem:
            found[number] = problem

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(keys))]
    for thread in threads:
        thread.start()
    return threads, found


def test_questions_that_come_together_are_one_call() -> None:
    """Also two of the same device."""
    service = Service()
    round = a_round(service)
    threads, found = ask_in_threads(round, ["a", "b", "a"])
    until_asked(round, 3)
    service.together.set()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert found == [1, 1, 1]
    assert service.asked == [{"a", "b"}]


def test_an_answer_on_its_way_is_not_for_who_comes_later() -> None:
    """It was read before the question: what happened in between it would not show."""
    service = Service()
    service.gate.clear()
    service.together.set()
    round = a_round(service)
    first, early = ask_in_threads(round, ["a"])
    assert service.began.wait(PATIENCE_S)
    second, late = ask_in_threads(round, ["a"])
    until_asked(round, 1)
    service.gate.set()
    for thread in (*first, *second):
        thread.join(PATIENCE_S)
    assert (early, late) == ([1], [2])


def test_a_failure_reaches_all_who_asked_and_ends_nothing() -> None:
    """The next question is asked again."""
    service = Service()
    service.problem = Unanswered("no answer")
    round = a_round(service)
    threads, found = ask_in_threads(round, ["a", "b"])
    until_asked(round, 2)
    service.together.set()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert [str(one) for one in found] == ["no answer"] * 2
    service.problem = None
    assert round.ask("a", Waiting(), PATIENCE_S) == 2


def test_what_is_left_out_has_no_answer_this_way() -> None:
    """The asker then asks singly."""
    service = Service()
    service.together.set()
    assert a_round(service).ask("unknown", Waiting(), PATIENCE_S) is None


def test_an_answer_may_be_so_old() -> None:
    """Where that is said."""
    service = Service()
    service.together.set()
    round = a_round(service, age_s=PATIENCE_S)
    assert [round.ask("a", Waiting(), PATIENCE_S) for _ in range(3)] == [1, 1, 1]


def test_nobody_waits_longer_than_wanted() -> None:
    """The end of one's time, and an interrupt."""
    service = Service()
    service.gate.clear()
    service.together.set()
    round = a_round(service)
    with pytest.raises(Unanswered, match="questions: no answer within"):
        round.ask("a", Waiting(), 0.01)
    waiting = Waiting()
    waiting.stop()
    with pytest.raises(Interrupted):
        round.ask("a", waiting, PATIENCE_S)
    service.gate.set()
