"""Asks the devices of all orders for their host keys, those together that come together."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from classic_rescue.boot.testimony import Testimony
from classic_rescue.conductor.rounds import Round
from classic_rescue.conductor.waiting import Waiting
from classic_rescue.hook.listening import witness_of
from classic_rescue.witness.scripting import Scripts
from classic_rescue.witness.witness import Asked

GAP_S = 0.25
"""How long a question waits for others like it."""


class Listening:
    """One asking process and one record for each project."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._lock = threading.Lock()
        self._rounds: dict[str, Round[Asked, Testimony]] = {}
        self._scripts: dict[str, Scripts] = {}

    def ask(self, project: str, asked: Asked, waiting: Waiting) -> Testimony:
        """What the device answers. Raises Interrupted."""
        with self._lock:
            if project not in self._rounds:
                self._rounds[project] = self._round(project)
            round = self._rounds[project]
        told = round.ask(asked, waiting, None)
        assert told is not None  # noqa: S101 every question has an answer
        return told

    def scripts(self, project: str) -> Scripts:
        """Who runs scripts for all orders of a project, in one process."""
        with self._lock:
            if project not in self._scripts:
                self._scripts[project] = Scripts(self._environ, project)
            return self._scripts[project]

    def _round(self, project: str) -> Round[Asked, Testimony]:
        witness = witness_of(project, self._environ)

        def answer(wanted: set[Asked]) -> Mapping[Asked, Testimony]:
            asked = sorted(wanted, key=lambda one: one.key)
            return dict(zip(asked, witness.hear(asked), strict=True))

        return Round("host keys", answer, gap_s=lambda: GAP_S)
