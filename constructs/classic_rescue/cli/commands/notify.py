"""`classic-rescue notify`: who would be told, and a test message."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from classic_rescue.boot.channels import Channel, Kind
from classic_rescue.cli.session.fleet_file import load_fleet
from classic_rescue.cli.session.telling import is_pull_request
from classic_rescue.cli.terminal.failures import ERROR, Failure
from classic_rescue.cli.terminal.options import fleet_option, json_option
from classic_rescue.cli.terminal.output import clean, command_line, say, say_json, say_wrapped
from classic_rescue.fleet.notify_values import CHANNELS_ALLOWED
from classic_rescue.notify.events import Event, Message
from classic_rescue.notify.sending import Surroundings, Told, send

if TYPE_CHECKING:  # pydantic and yaml cost 0.2 s
    from classic_rescue.fleet import Fleet


@click.command("notify")
@click.argument("names", metavar="[CHANNEL]...", nargs=-1)
@click.option("--test", "is_test", is_flag=True, help="Send each a test message, now.")
@fleet_option
@json_option
def command(names: tuple[str, ...], is_test: bool, fleet_path: Path, json_wanted: bool) -> int:
    """Show the channels of the fleet file, or test them: what each answers.

    CHANNEL is a name in `notify:`; none means all. Needs no credentials of the service.

    Exit codes: 0 all were told, or only shown, 1 an error, also a channel that was not told.
    """
    environ = os.environ
    fleet = load_fleet(fleet_path, now=datetime.now(UTC), environ=environ)
    channels = _chosen(fleet, names)
    if not channels:
        raise Failure(f"{fleet.source}: `notify:` names nobody; allowed: {CHANNELS_ALLOWED}")
    if is_test and is_pull_request(environ):
        raise Failure("this is a pull request, where the file is a proposal: nobody is told")
    told = _tested(fleet, channels, environ) if is_test else {}
    rows = [_row(channel, told.get(channel.name), environ) for channel in channels]
    if json_wanted:
        say_json({"channels": rows})
    else:
        for channel, row in zip(channels, rows, strict=True):
            say_wrapped(_sentence(channel, row, is_test=is_test))
        if not is_test:
            say(f"`{command_line('notify', '--test')}` sends each a message")
    return ERROR if any(row["problem"] for row in rows) else 0


def _chosen(fleet: Fleet, names: Sequence[str]) -> list[Channel]:
    known = [channel.name for channel in fleet.notify]
    if unknown := [name for name in names if name not in known]:
        allowed = ", ".join(known) or "none"
        raise Failure(f"{fleet.source}: no channel {', '.join(unknown)}; there are: {allowed}")
    return [channel for channel in fleet.notify if not names or channel.name in names]


def _tested(
    fleet: Fleet, channels: Sequence[Channel], environ: Mapping[str, str]
) -> dict[str, Told]:
    """Side by side: one that is silent holds up no other."""
    folder = os.path.dirname(os.path.abspath(fleet.source))
    around = Surroundings(environ, folder)
    text = "this is a test; nothing happened to any device"
    now = datetime.now(UTC)
    told: dict[str, Told] = {}

    def test(channel: Channel) -> None:
        kind = min(channel.events, key=list(Kind).index)
        event = Event(kind, text, now, name="TEST", begin="test")
        run = {"command": "notify --test", "fleet": os.path.basename(fleet.source)}
        message = Message([event], run=run, heading="a test message")
        told[channel.name] = send(channel, message, around)

    threads = [threading.Thread(target=test, args=(channel,)) for channel in channels]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def _row(
    channel: Channel, told: Told | None, environ: Mapping[str, str]
) -> dict[str, str | bool | None]:
    missing = [name for name in channel.variables if not environ.get(name)]
    problem = f"{' and '.join(missing)} is not set" if missing else ""
    if told:
        problem = told.problem
    return {
        "name": channel.name,
        "way": clean(str(channel)),
        "told": None if told is None else not told.problem,
        "answer": (told.answer or None) if told else None,
        "problem": clean(problem) or None,
    }


def _sentence(channel: Channel, row: Mapping[str, object], *, is_test: bool) -> str:
    if is_test:
        end = f"NOT TOLD: {row['problem']}" if row["problem"] else f"told; {row['answer']}"
        return f"{channel.name}: {end} ({row['way']})"
    end = f"; {row['problem']}" if row["problem"] else ""
    return f"{channel.name}: {row['way']}{end}"
