"""The page of commands, written from their help: `make docs`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator

import click

from classic_rescue.cli.app import COMMANDS, app
from classic_rescue.cli.pages.markdown import table
from classic_rescue.cli.terminal.examples import examples_of
from classic_rescue.cli.terminal.failures import EXIT_CODES

HEAD = """\
# Commands

Written by `make docs` from the commands' own help; a test says when it is stale.

In a checkout they are in `.venv/bin`. Each takes `--help`; most take `--fleet`, `--endpoint` and,
where they print results, `--json` ([schema](output.schema.json)); an error is then an object with
`error` and `exit_code` on standard output. Where another run has the project, it is said who, and
`--wait` waits for it. Names of commands, options and devices are completed by
[your shell](#completion). What a message means: [troubleshooting](troubleshooting.md).
"""


def commands_page() -> str:
    """The page as Markdown."""
    context = click.Context(app, info_name="classic-rescue", **app.context_settings)
    commands = {name: app.get_command(context, name) for name in COMMANDS}
    rows = (
        (f"[`{name}`](#{name})", command.get_short_help_str(200))
        for name, command in commands.items()
        if command
    )
    parts = [HEAD, *table(("command", "does"), rows), *_exit_codes()]
    for name, command in commands.items():
        parts += _of(name, command, context) if command else []
    return "\n".join(parts)


def _exit_codes() -> Iterator[str]:
    yield "## Exit codes\n"
    rows = (
        (row.code, row.meaning, ", ".join(f"`{name}`" for name in row.commands) or "all")
        for row in EXIT_CODES
    )
    yield from table(("code", "meaning", "commands"), rows)
    page = "reference.md#exit-codes-of-the-hook"
    yield f"Those of the hooks that Terraform runs: [reference.md]({page}).\n"


def _of(name: str, command: click.Command, above: click.Context) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=above)
    yield f"## {name}\n"
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"`classic-rescue {name} {usage}`\n"
    yield inspect.cleandoc(command.help or "").replace("\b\n", "") + "\n"
    yield "```sh not-run parsed"
    yield "\n".join(examples_of(name)) + "\n```\n"
    given = (one for one in command.get_params(context) if isinstance(one, click.Option))
    records = (one.get_help_record(context) for one in given)
    options = ((f"`{record[0]}`", record[1]) for record in records if record)
    yield from table(("option", "means"), options)


if __name__ == "__main__":
    sys.stdout.write(commands_page())
