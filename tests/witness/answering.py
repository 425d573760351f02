"""Devices that answer without a network."""

from __future__ import annotations

from collections.abc import Sequence

from classic_rescue.witness.keys import Key
from classic_rescue.witness.prober import Heard, Prober, Question


class Answering(Prober):
    """Devices that answer with one key each, by their hosts; all others refuse."""

    def __init__(self) -> None:
        super().__init__({}, "/")
        self.keys: dict[str, Key] = {}
        self.pins: dict[str, list[str]] = {}
        self.asked: list[Question] = []

    def ask(self, questions: Sequence[Question]) -> list[Heard]:
        """Without a process."""
        self.asked += questions
        return [self._answer(self.keys.get(one.host)) for one in questions]

    def _answer(self, key: Key | None) -> Heard:
        if key is None:
            return Heard("refused", pins=self.pins)
        return Heard("key", key.kind, key.blob, pins=self.pins)
