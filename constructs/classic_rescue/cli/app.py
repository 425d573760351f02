"""The command's group, and the rim around it: every problem becomes a sentence and an exit code."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from typing import Any, NoReturn

import click
from click.shell_completion import CompletionItem, get_completion_class

from classic_rescue.api.errors import ApiError, SettingsError
from classic_rescue.api.softlayer_file import secrets_in_files
from classic_rescue.boot import environment
from classic_rescue.cli.terminal.examples import epilog_of
from classic_rescue.cli.terminal.failures import ERROR, INTERRUPTED, Failure, error_as_json
from classic_rescue.cli.terminal.hidden import hidden, hide_from_now_on
from classic_rescue.cli.terminal.output import COMMAND_NAME, say_json
from classic_rescue.rim.hiding import secrets_of
from classic_rescue.rim.streams import Outlet
from classic_rescue.rim.unexpected import say_unexpected

COMMANDS = {
    "init": "classic_rescue.cli.commands.init:command",
    "validate": "classic_rescue.cli.commands.validate:command",
    "review": "classic_rescue.cli.commands.review:command",
    "preflight": "classic_rescue.cli.commands.preflight:command",
    "plan": "classic_rescue.cli.commands.plan:command",
    "apply": "classic_rescue.cli.commands.apply:command",
    "status": "classic_rescue.cli.commands.status:command",
    "drift": "classic_rescue.cli.commands.drift:command",
    "host-keys": "classic_rescue.cli.commands.host_keys:command",
    "access": "classic_rescue.cli.commands.access:command",
    "run": "classic_rescue.cli.commands.run:command",
    "leave": "classic_rescue.cli.commands.leave:command",
    "import": "classic_rescue.cli.commands.import_devices:command",
    "metrics": "classic_rescue.cli.commands.metrics:command",
    "notify": "classic_rescue.cli.commands.notify:command",
    "history": "classic_rescue.cli.commands.history:command",
    "ci": "classic_rescue.cli.commands.ci:command",
    "deploy": "classic_rescue.cli.commands.deploy:deploy",
    "destroy": "classic_rescue.cli.commands.deploy:destroy",
    "completion": "classic_rescue.cli.commands.completion:command",
}
"""Command → its module, imported only when it is called, and its name there."""


FOR_THIS_USER_ONLY = 0o077
"""The umask of commands and of all that they start: plans, states, orders and reports."""


class App(click.Group):
    """The group: loads a command when it is called, and is the one place that catches errors."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order in which an operator meets them."""
        return list(COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What each does in a whole sentence: click would cut it where the line ends."""
        found = ((name, self.get_command(ctx, name)) for name in COMMANDS)
        rows = [(name, command.get_short_help_str(200)) for name, command in found if command]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)  # noqa: S101 our own modules; this tells the type checker
        command.epilog = epilog_of(cmd_name)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Their names alone: to load all of them for their help takes too long for a key."""
        names = [name for name in COMMANDS if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*map(CompletionItem, names), *options]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names; a mistyped one is told with the nearest."""
        if args[0] in COMMANDS or args[0].startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        near = get_close_matches(args[0].lower(), COMMANDS, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Commands: {', '.join(COMMANDS)}."
        raise click.UsageError(f"No such command {args[0]!r}. {hint}", ctx)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The words of the group itself; an option of a command must follow that command."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as problem:
            hint = f"{problem.format_message()} Options of a command follow it, as in"
            raise click.UsageError(f"{hint} `classic-rescue status --json`.", ctx) from None

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,  # noqa: ANN401 whatever click hands on
    ) -> NoReturn:
        """Run one command and end the process: 0 done, 1 error, 2 a device differs,
        130 interrupted.
        """
        if asked := os.environ.get(environment.COMPLETE):
            sys.exit(_complete(self, asked))
        call = super().main
        hide_from_now_on(
            (*secrets_of(os.environ), *secrets_in_files(os.environ)),
            users=(os.environ.get(environment.SL_USERNAME, ""),),
        )
        before = (sys.stdout, sys.stderr)
        umask = os.umask(FOR_THIS_USER_ONLY)
        out = Outlet(sys.stdout, hidden)
        err = Outlet(sys.stderr, hidden)
        sys.stdout = out
        sys.stderr = err
        try:
            end = _end_of(lambda: call(args, prog_name, complete_var, False, **extra))
            code = end.code
            if end.problem and not out.has_text and wants_json(args or sys.argv[1:]):
                say_json(error_as_json(end.problem, code))
            out.flush()
            if out.lost:
                Failure(f"standard output cannot be written: {out.lost.strerror}").show()
                code = code or ERROR
            err.flush()
        finally:
            os.umask(umask)
            sys.stdout, sys.stderr = before
        sys.exit(code)


def _complete(command: App, asked: str) -> int:
    """Print what a shell may put in the place of a word. Whatever goes wrong, it gets nothing:
    in the middle of somebody's line there is no place for an error.
    """
    shell, _, wanted = asked.partition("_")
    kind = get_completion_class(shell)
    if kind is None or wanted != "complete":
        return ERROR
    try:
        sys.stdout.write(kind(command, {}, COMMAND_NAME, environment.COMPLETE).complete() + "\n")
        sys.stdout.flush()
    except Exception:  # noqa: BLE001 see above
        return ERROR
    return 0


@dataclass(frozen=True, slots=True)
class _End:
    """How a command ended; `problem` is what was said on standard error where it could not go
    on.
    """

    code: int
    problem: str = ""


def _end_of(run: Callable[[], object]) -> _End:
    """Run the command. The one handler of everything that goes wrong;
    a traceback never reaches a user.
    """
    try:
        value = run()
    except click.ClickException as problem:
        # Also wrong usage: click would end with 2, which means `differs` here.
        problem.show()
        return _End(ERROR, problem.format_message())
    except (click.Abort, KeyboardInterrupt):
        click.echo("classic-rescue: interrupted", err=True)
        return _End(INTERRUPTED, "interrupted")
    except (ApiError, SettingsError) as problem:
        return _failed(str(problem))
    except OSError as problem:
        return _failed(f"{problem.filename or 'system'}: {problem.strerror or problem}")
    except Exception as problem:  # noqa: BLE001 the rim: whatever it is, an operator gets a sentence
        return _failed(say_unexpected("classic-rescue", problem, hidden))
    return _End(value if isinstance(value, int) else 0)


def _failed(text: str) -> _End:
    Failure(text).show()
    return _End(ERROR, text)


def wants_json(words: Sequence[str]) -> bool:
    """Whether a command line asks for its result as JSON, also one that is not understood."""
    given = list(words)
    given = given[: given.index("--")] if "--" in given else given
    if given[:1] == ["review"]:
        return False  # its --json names a file
    after = dict(pairwise(given))
    return (
        "--json" in given
        or any(after.get(option) == "json" for option in ("-o", "--output"))
        or not {"-ojson", "--output=json"}.isdisjoint(given)
    )


@click.group(
    cls=App, epilog=epilog_of(""), context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="classic-rescue")
def app() -> None:
    """Declared boot state of IBM Cloud classic devices: operating system, rescue kernel or image.

    Without an endpoint and credentials every command works on an offline mock.
    """
