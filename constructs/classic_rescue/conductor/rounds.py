"""Questions of many threads, put to the service together: who asks while nobody has gone to ask yet
gets the same answer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from typing import Generic, TypeVar

from classic_rescue.api.errors import Unanswered
from classic_rescue.conductor.waiting import Waiting, pause, real_s

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

Answer = Callable[[set[Key]], Mapping[Key, Value]]


class Round(Generic[Key, Value]):
    """One kind of question. `answer` asks the service for all of these at once; what it leaves out
    has no answer this way.

    Every answer was asked for after its question came: a look is never older than who wants it.
    With `age_s`, in real seconds, an answer may be so old; `gap_s` tells how long to wait for more
    questions.
    """

    def __init__(
        self,
        name: str,
        answer: Answer[Key, Value],
        *,
        gap_s: Callable[[], float],
        age_s: float = 0.0,
    ) -> None:
        self._answer = answer
        self._gap_s = gap_s
        self._age_s = age_s
        self._changed = threading.Condition(threading.Lock())
        self._asked: dict[Key, list[_Question[Value]]] = {}
        self._known: dict[Key, tuple[float, Value]] = {}
        self._name = name
        self._is_over = False
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def ask(self, key: Key, waiting: Waiting, within_s: float | None) -> Value | None:
        """The answer; None where there is none this way. Raises what the asking raised, and
        Unanswered after `within_s`; Interrupted.
        """
        question: _Question[Value] = _Question(waiting)
        with self._changed:
            found = self._known.get(key)
            if found and real_s() - found[0] <= self._age_s:
                return found[1]
            self._asked.setdefault(key, []).append(question)
            self._changed.notify()
        limit_s = LONGEST_S if within_s is None else within_s
        if not waiting.until(lambda: question.is_answered, limit_s):
            raise Unanswered(f"{self._name}: no answer within {limit_s:.3g} s")
        if question.problem:
            raise question.problem
        return question.value

    def close(self) -> None:
        """Answer nothing any more."""
        with self._changed:
            self._is_over = True
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._asked and not self._is_over:
                    self._changed.wait()
                if self._is_over:
                    return
            pause(self._gap_s())
            with self._changed:
                asked = self._asked
                self._asked = {}
            began = real_s()
            found: Mapping[Key, Value] = {}
            problem: Exception | None = None
            try:
                found = self._answer(set(asked))
            except Exception as raised:  # noqa: BLE001 whoever asked gets it, and says it
                problem = raised
            if self._age_s:
                with self._changed:
                    self._known |= {key: (began, value) for key, value in found.items()}
            for key, questions in asked.items():
                for question in questions:
                    question.answered(found.get(key), problem)


LONGEST_S = 600.0
"""How long a question waits whose asker names no time."""


class _Question(Generic[Value]):
    """What one thread wants to know."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self.is_answered = False
        self.value: Value | None = None
        self.problem: Exception | None = None

    def answered(self, value: Value | None, problem: Exception | None) -> None:
        self.value = value
        self.problem = problem
        self.is_answered = True
        self._waiting.wake()
