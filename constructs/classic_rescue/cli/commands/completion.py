"""`classic-rescue completion`: what a shell needs to complete our words."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from classic_rescue.boot import environment
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terminal.output import COMMAND_NAME, say

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(context: click.Context, shell: str) -> int:
    """Print the lines with which a shell completes commands, options, and the devices of the fleet
    file.

    bash (4.4 or newer): `eval "$(classic-rescue completion bash)"` in ~/.bashrc; zsh: the same with
    zsh, in ~/.zshrc, behind compinit; fish: `classic-rescue completion fish | source` in
    ~/.config/fish/config.fish. Nothing is asked of the service for that.

    Exit codes: 0 printed, 1 error.
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise Failure(f"{shell}: this version of click cannot complete in it; install a newer one")
    completing = kind(context.find_root().command, {}, COMMAND_NAME, environment.COMPLETE)
    for line in completing.source().strip("\n").split("\n"):
        say(line)
    return 0
