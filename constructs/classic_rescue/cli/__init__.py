"""The `classic-rescue` command.

This module imports nothing heavy: every start of the command pays for it.
"""

from __future__ import annotations

import io
import sys


def main() -> None:
    """Run the command line; ends the process with its exit code."""
    from classic_rescue.cli.app import app  # here, so that importing the package costs nothing

    # A terminal in Latin-1 has no arrow: an escape, as in standard error.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    app(prog_name="classic-rescue")
