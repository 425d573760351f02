"""How a command ends when it cannot do its work.

click.ClickException
└── Failure     one sentence, or several lines, for standard error; exit code 1
"""

from __future__ import annotations

from typing import IO, Any

import click

from classic_rescue.cli.terminal.output import clean

# Exit codes besides 0. DIFFERENT: it worked, and a device is not where it must be. UNCERTAIN: it
# worked as far as can be told, but something that matters cannot be known.
ERROR = 1
DIFFERENT = 2
UNCERTAIN = 5
INTERRUPTED = 130

# Exit codes of review, plan and drift: devices restart and may; the policy refuses; devices have
# drifted.
RESTARTS = 2
REFUSED = 3
DRIFT = 4


class Failure(click.ClickException):
    """The command cannot go on.

    The text says what is wrong, what is allowed and what to do; no traceback follows.
    """

    exit_code = ERROR

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the text, one line or several."""
        lines = self.message.splitlines() or [""]
        click.echo(
            "\n".join(f"classic-rescue: {clean(line)}" for line in lines),
            file=file,
            err=file is None,
        )
