"""`python -m mock_api` and `classic-mock`."""

from __future__ import annotations

import os
import signal
import sys


def main() -> int:
    """Run the command line.

    Loading it takes a third of a second, and Ctrl-C meanwhile must show no traceback. Closed
    streams lead nowhere; of an error that nobody foresaw only the kind is said.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _open_missing_streams()
    try:
        from mock_api.command_line import main as run
    except ImportError as problem:
        sys.stderr.write(f"mock_api: it cannot start: {problem}\n")
        return 1
    try:
        return run()
    except Exception as problem:  # noqa: BLE001 the rim: whatever it is, a person gets a sentence
        sys.stderr.write(f"mock_api: {_say_unexpected(problem)}\n")
        return 1


def _open_missing_streams() -> None:
    """Else the next file that is opened gets the number of a closed stream."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            stream = os.fdopen(number, "w" if number else "r", closefd=False)
            setattr(sys, name, stream)


def _say_unexpected(problem: Exception) -> str:
    """Its kind, and the file for the user alone that has the rest: nobody knows what it quotes."""
    import tempfile
    import traceback

    kind = type(problem).__name__
    try:
        descriptor, path = tempfile.mkstemp(prefix="classic-mock-defect-", suffix=".txt")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write("".join(traceback.format_exception(problem)))
    except OSError as obstacle:
        path = f"no file ({obstacle.strerror})"
    return f"a defect of the mock: {kind}; the details are in {path}; please report it"


if __name__ == "__main__":
    sys.exit(main())
