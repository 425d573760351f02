"""`python -m mock_api` and `classic-mock`."""

from __future__ import annotations

import signal
import sys


def main() -> int:
    """Run the command line.

    Loading it takes a third of a second, and Ctrl-C meanwhile must show no traceback.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from mock_api.command_line import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
