"""How a command ends when it cannot do its work.

click.ClickException
└── Failure     one sentence, or several lines, for standard error; exit code 1
"""

from __future__ import annotations

from typing import IO, Any, NamedTuple

import click

from classic_rescue.cli.terminal.output import clean
from classic_rescue.rim.printing import no_command

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


class ExitCode(NamedTuple):
    """What an exit code means, and which commands end with it; none named means every command."""

    code: int
    meaning: str
    commands: tuple[str, ...] = ()


_CHANGING = ("deploy", "destroy", "apply")

EXIT_CODES = (
    ExitCode(0, "done, or everything is as it must be"),
    ExitCode(ERROR, "an error, also a device that could not be read and what was not reviewed"),
    ExitCode(DIFFERENT, "a device differs from what is wanted", ("status", *_CHANGING)),
    ExitCode(DIFFERENT, "the script ended with another exit code than 0", ("run",)),
    ExitCode(DIFFERENT, "another key than the recorded one answers", ("host-keys",)),
    ExitCode(DIFFERENT, "a file differs from what this version writes", ("init",)),
    ExitCode(RESTARTS, "devices restart or run a script, and may", ("plan", "review")),
    ExitCode(REFUSED, "the policy refuses", ("plan", "review", "apply")),
    ExitCode(REFUSED, "something forbids the change", ("preflight",)),
    ExitCode(REFUSED, "no script may run in that device now", ("run",)),
    ExitCode(DRIFT, "a device has drifted", ("drift", "plan", "review")),
    ExitCode(
        UNCERTAIN,
        "it worked as far as can be told, but something that matters cannot be known",
        ("status", "preflight", "plan", "drift", *_CHANGING, "leave", "host-keys", "run"),
    ),
    ExitCode(INTERRUPTED, "interrupted: the last line says what is under way"),
)
"""The one table of them; the hook has its own (`hook/exits.py`)."""


def error_as_json(text: str, code: int) -> dict[str, object]:
    """Why a command ended without a result, for programs: the same words as for people."""
    lines = (clean(line) for line in text.splitlines())
    return {"error": "\n".join(lines), "exit_code": code}


class Failure(click.ClickException):
    """The command cannot go on.

    The text says what is wrong, what is allowed and what to do; no traceback follows.
    """

    exit_code = ERROR

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the text, one line or several."""
        lines = self.message.splitlines() or [""]
        click.echo(
            no_command("\n".join(f"classic-rescue: {clean(line)}" for line in lines)),
            file=file,
            err=file is None,
        )
