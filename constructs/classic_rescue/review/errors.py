"""Why a plan is refused before anything in it is judged.

Exception
└── PlanNotUnderstood     one plan that is not whole, not ours or not of a form that is known
"""

from __future__ import annotations

from collections.abc import Iterable

SHOWN_PROBLEMS = 20
"""Problems that are said of one plan; the rest are counted."""


_BEGINNING = 600
_END = 300
"""Characters of a problem that are shown: what is wrong, and what to do.

Between them stands what was given.
"""


class PlanNotUnderstood(Exception):
    """A plan of which nobody can say what it does.

    `problems` are sentences: what is wrong, what to do.
    """

    def __init__(self, source: str, problems: Iterable[str]) -> None:
        found = list(problems)
        more = len(found) - SHOWN_PROBLEMS
        shown = [
            *found[:SHOWN_PROBLEMS],
            *([f"and {more} more problems of this kind"] if more > 0 else []),
        ]
        self.problems = tuple(f"{source}: {_shortened(problem)}" for problem in shown)
        super().__init__(self.problems)

    def __str__(self) -> str:
        """Say the problems, one a line."""
        return "\n".join(self.problems)


def _shortened(problem: str) -> str:
    return (
        problem
        if len(problem) <= _BEGINNING + _END
        else f"{problem[:_BEGINNING]} … {problem[-_END:]}"
    )
