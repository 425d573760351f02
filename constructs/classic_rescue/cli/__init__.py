"""The `classic-rescue` command. This module imports nothing heavy: every start of the command pays for it."""

from __future__ import annotations


def main() -> None:
    """Run the command line; ends the process with its exit code."""
    from classic_rescue.cli.app import app  # here, so that importing the package costs nothing

    app(prog_name="classic-rescue")
