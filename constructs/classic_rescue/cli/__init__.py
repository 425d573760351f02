"""The `classic-rescue` command.

This module imports nothing heavy: every start of the command pays for it.
"""

from __future__ import annotations


def main() -> None:
    """Run the command line; ends the process with its exit code."""
    from classic_rescue.rim.platforms import stop_elsewhere

    stop_elsewhere("classic-rescue")
    # Here, so that importing the package costs nothing.
    from classic_rescue.cli.app import app
    from classic_rescue.rim.streams import open_missing_streams

    open_missing_streams()
    app(prog_name="classic-rescue")
