"""What a line of a table has no room for, below the table: each sentence once, however many devices
it is true of.
"""

from __future__ import annotations

from collections.abc import Iterable

from classic_rescue.cli.terminal.output import say_wrapped

MOST = 25
"""More sentences than this nobody reads below a table."""


class Footnotes:
    """Sentences with their numbers, in the order in which they were first asked for."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def marks(self, sentences: Iterable[str]) -> str:
        """What stands in the table in the place of the sentences: `[1] [3]`."""
        numbers = [
            self._numbers.setdefault(sentence, len(self._numbers) + 1) for sentence in sentences
        ]
        return " ".join(f"[{number}]" for number in dict.fromkeys(numbers))

    def show(self, *, rest: str = "", err: bool = False) -> None:
        """Print them; `rest` says where those are that are too many here, empty: none is."""
        most = MOST if rest else len(self._numbers)
        for sentence, number in list(self._numbers.items())[:most]:
            say_wrapped(sentence, label=f"{f'[{number}]':<5}", err=err)
        if len(self._numbers) > most:
            say_wrapped(f"[{MOST + 1}] to [{len(self._numbers)}]: {rest}", err=err)
