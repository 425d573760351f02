"""What nobody foresaw: its kind is said, and its details are in a file that only the user can read.

Its own text is never printed: nobody knows what it quotes.
"""

from __future__ import annotations

import os
from collections.abc import Callable


def say_unexpected(program: str, problem: BaseException, hide: Callable[[str], str]) -> str:
    """Write the details down, and give the sentence for people, of one line."""
    kind = type(problem).__name__
    try:
        place = f"the details are in {_write(problem, hide)}"
    except OSError as obstacle:
        place = f"the details could not be written ({obstacle.strerror})"
    return f"a defect of {program}: {kind}; {place}; please report it, without secrets"


def _write(problem: BaseException, hide: Callable[[str], str]) -> str:
    import tempfile  # both cost a hook's start, and no run needs them
    import traceback

    text = hide("".join(traceback.format_exception(problem)))
    descriptor, path = tempfile.mkstemp(prefix="classic-rescue-defect-", suffix=".txt")
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return path
