"""The options that commands share, and what they stand for."""

from __future__ import annotations

import os
import re
from enum import StrEnum
from pathlib import Path

import click
from click.core import ParameterSource

from classic_rescue.boot import environment
from classic_rescue.boot.blank import is_blank
from classic_rescue.cli.terminal.failures import Failure

FLEET_FILE = "fleet.yaml"


def _looked_for_upwards(context: click.Context, parameter: click.Parameter, value: Path) -> Path:
    """The project's fleet file from a folder below it, as git finds its repository."""
    source = context.get_parameter_source(parameter.name or "")
    if source is not ParameterSource.DEFAULT or value.exists():
        return value
    above = project_folder(Path.cwd()) / FLEET_FILE
    return Path(os.path.relpath(above)) if above.is_file() else value


def project_folder(start: Path) -> Path:
    """The folder of the project: the nearest one, from `start` upwards, that holds a cdktf.json;
    else the nearest one with a fleet file; else `start` itself.
    """
    for name in ("cdktf.json", FLEET_FILE):
        for folder in (start, *start.parents):
            if (folder / name).is_file():
                return folder
    return start


fleet_option = click.option(
    "--fleet",
    "fleet_path",
    type=click.Path(path_type=Path),
    envvar=environment.FLEET,
    default=FLEET_FILE,
    show_default=True,
    show_envvar=True,
    callback=_looked_for_upwards,
    metavar="PATH",
    help="The fleet file; without a name it is looked for upwards, too.",
)
endpoint_option = click.option(
    "--endpoint",
    metavar="URL",
    help="REST endpoint; wins over CLASSIC_RESCUE_ENDPOINT and the fleet file.",
)
json_option = click.option("--json", "json_wanted", is_flag=True, help="Print the result as JSON.")


class Form(StrEnum):
    """How a command prints what it found of each device."""

    TABLE = "table"
    WIDE = "wide"
    LONG = "long"
    JSON = "json"
    CSV = "csv"

    @property
    def is_for_programs(self) -> bool:
        """Whether standard output has nothing else."""
        return self in (Form.JSON, Form.CSV)


output_option = click.option(
    "-o",
    "--output",
    "output",
    type=click.Choice([form.value for form in Form if form is not Form.LONG]),
    help="How to print it: one line a device, the same with nothing shortened, JSON, or CSV.",
)
long_option = click.option(
    "--long", "is_long", is_flag=True, help="All that is known of each device, one fact a line."
)

only_option = click.option(
    "--only",
    type=click.Choice(["differs"]),
    help="Leave out the devices that are known to be as they must be; they are counted.",
)


def form_of(
    output: str | None, *, is_long: bool, json_wanted: bool, usual: Form = Form.TABLE
) -> Form:
    """The one form that these options mean; `usual` where there is none. Raises Failure."""
    given = {
        f"-o {output}": Form(output) if output else None,
        "--long": Form.LONG if is_long else None,
        "--json": Form.JSON if json_wanted else None,
    }
    wanted = {option: form for option, form in given.items() if form}
    if len(set(wanted.values())) > 1:
        raise Failure(f"{' and '.join(wanted)} do not go together; allowed: one of them")
    return next(iter(wanted.values()), usual)


yes_option = click.option("--yes", "is_confirmed", is_flag=True, help="Do not ask.")


def _with_a_reason(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> str | None:
    if value is not None and is_blank(value):
        raise Failure(
            "--break-glass: no reason is given; allowed: a reason, such as --break-glass 'CHG-9"
            " outage'"
        )
    return value


break_glass_option = click.option(
    "--break-glass",
    metavar="REASON",
    callback=_with_a_reason,
    envvar=environment.BREAK_GLASS,
    show_envvar=True,
    help="Set the policy aside for this run; the reason is shown everywhere.",
)

base_option = click.option(
    "--base",
    metavar="REV",
    help="Compare endpoint, backend and policy with the fleet file of this commit, and tell which"
    " guard is another one or gone.",
)

_WAIT = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,4})m)?(?:(\d{1,6})s)?")


def _seconds(context: click.Context, parameter: click.Parameter, value: str | None) -> float:
    found = _WAIT.fullmatch(value or "0s")
    if found is None or not any(found.groups()):
        raise Failure(
            f"--wait={value}: not understood; allowed: --wait, or a duration such as --wait=90s or"
            " --wait=1h30m"
        )
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(hours * 3600 + minutes * 60 + seconds)


wait_option = click.option(
    "--wait",
    "wait_s",
    metavar="DURATION",
    is_flag=False,
    flag_value="30m",
    callback=_seconds,
    help="Where another run has the project, wait for it: --wait=10m, or up to 30 minutes.",
)

progress_option = click.option(
    "--no-progress",
    "hides_progress",
    is_flag=True,
    help="Do not show what is being done, only what was.",
)
parallelism_option = click.option(
    "--parallelism",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="Devices of a stack at once; default: all.",
)
