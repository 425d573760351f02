"""`classic-rescue host-keys`: which keys devices show, and which are on record."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from classic_rescue.boot.evidence import clock_time
from classic_rescue.boot.ssh import Protocol
from classic_rescue.boot.states import BootState
from classic_rescue.boot.testimony import Heard, Testimony
from classic_rescue.cli.session.devices_named import devices_argument
from classic_rescue.cli.session.fleet_file import all_targets, find_targets
from classic_rescue.cli.session.observed import Row
from classic_rescue.cli.session.session import Session, open_session
from classic_rescue.cli.terminal.csv_form import say_csv
from classic_rescue.cli.terminal.failures import DIFFERENT, ERROR, UNCERTAIN, Failure
from classic_rescue.cli.terminal.moments import moment_in_short
from classic_rescue.cli.terminal.options import (
    Form,
    endpoint_option,
    fleet_option,
    form_of,
    json_option,
    long_option,
    output_option,
)
from classic_rescue.cli.terminal.output import Record as Shown
from classic_rescue.cli.terminal.output import command_line, say_json, say_wrapped, show_records
from classic_rescue.cli.terminal.table import Column, Line, Mood, show_table
from classic_rescue.hook.listening import record_of
from classic_rescue.witness.keys import Key
from classic_rescue.witness.known_hosts import host_pattern, updated
from classic_rescue.witness.private_files import write_private
from classic_rescue.witness.record import Device, Known

COLUMNS = ("name", "answers", "on record", "recorded", "device")
CSV_COLUMNS = (
    *("name", "observed", "heard", "where", "key", "type", "is_new", "detail", "recorded"),
    "device",
)
_FILE = click.Path(path_type=Path, dir_okay=False)


@dataclass(frozen=True, slots=True)
class _Found:
    """A device that was asked, and what is on record of it."""

    row: Row
    told: Testimony
    device: Device


@click.command("host-keys")
@devices_argument
@click.option(
    "--write",
    "path",
    metavar="FILE",
    type=_FILE,
    help="Write the recorded keys into this file of known hosts; its other lines stay.",
)
@click.option(
    "--accept",
    "accepts",
    is_flag=True,
    help="Take the key that answers now for that of the operating system: of devices that you"
    " name, and that run it by all that the service tells.",
)
@output_option
@long_option
@fleet_option
@endpoint_option
@json_option
def command(
    names: tuple[str, ...],
    path: Path | None,
    accepts: bool,
    output: str | None,
    is_long: bool,
    fleet_path: Path,
    endpoint: str | None,
    json_wanted: bool,
) -> int:
    """Ask devices for their SSH host keys or the keys of their Remote Desktops, without a login,
    and show which are on record.

    DEVICE is a name in the fleet file; none means all that have `ssh:` or `rdp:` there. A key is
    recorded while the service's evidence says that the operating system runs.
    Many devices are shown with one line each, those that are named with all that is known.

    Exit codes: 0 shown, written or taken, 2 another key than the recorded one answers where the
    operating system should, 5 of at least one device no key is known, 1 error.
    """
    usual = Form.LONG if names else Form.TABLE
    form = form_of(output, is_long=is_long, json_wanted=json_wanted, usual=usual)
    if accepts and not names:
        raise Failure("--accept needs the names of the devices whose new key is right")
    now = datetime.now(UTC)
    session = open_session(
        fleet_path,
        endpoint,
        environ=os.environ,
        now=now,
        as_json=form.is_for_programs,
        takes_app=True,
    )
    found, unread = _ask(session, names)
    if accepts:
        _accept(session, found)
        found, unread = _ask(session, names)
    if path:
        _write(path, found)
    _show(found, form, now)
    if path and not form.is_for_programs:
        say_wrapped(f"{path} has the keys of {_count(found)}")
        if left_out := [one.row.target.name for one in found if _is_desktop(one)]:
            say_wrapped(f"{', '.join(left_out)}: {_LEFT_OUT}")
    for row in unread:
        say_wrapped(f"{row.target.name}: {row.error}", label="classic-rescue: ", err=True)
    return ERROR if unread else _exit_code(found)


def _ask(session: Session, names: Sequence[str]) -> tuple[list[_Found], list[Row]]:
    """What the devices say, and the rows of those that the service does not tell of."""
    targets = find_targets(session.fleet, names) if names else all_targets(session.fleet)
    if without := [target.name for target in targets if target.order.ssh is None]:
        if names:
            raise Failure(
                f"{', '.join(without)}: {session.fleet.source} has no `ssh:` or `rdp:` for it, so"
                " it is not asked"
            )
        targets = [target for target in targets if target.order.ssh]
    if not targets:
        raise Failure(
            f"{session.fleet.source} has no `ssh:` or `rdp:`, so nobody is asked;"
            " `defaults: {ssh: {}}` asks all"
        )
    rows = session.observe(targets)
    try:
        known = record_of(session.project).read()
    except (OSError, ValueError) as problem:
        raise Failure(str(problem)) from None
    found = [
        _Found(row, row.seen.testimony, known.get(row.device.key, Device()))
        for row in rows
        if row.seen and row.seen.testimony and row.device
    ]
    return found, [row for row in rows if row.seen is None]


def _accept(session: Session, found: Sequence[_Found]) -> None:
    """Record the keys that answer now. Raises Failure where one may not be the system's."""
    wrong = [text for one in found if (text := _why_not(one))]
    if wrong:
        raise Failure("\n".join([*wrong, "nothing was recorded"]))
    try:
        with record_of(session.project).changing() as devices:
            for one in found:
                key = Key(one.told.kind, one.told.blob)
                others = tuple(other for other in one.device.others if other.key != key)
                assert one.row.device is not None  # noqa: S101 it was asked
                kept = one.device.system.keys() - one.device.system_of(key.protocol).keys()
                system = {kind: one.device.system[kind] for kind in kept}
                system[key.kind] = Known(key, one.told.at, one.told.at)
                devices[one.row.device.key] = one.device._replace(system=system, others=others)
    except (OSError, ValueError) as problem:
        raise Failure(str(problem)) from None


def _why_not(one: _Found) -> str:
    seen = one.row.seen
    name = one.row.target.name
    if not one.told.has_key:
        return f"{name}: {one.told}"
    if seen is None or seen.state is not BootState.OS or seen.in_motion:
        return f"{name}: it does not run its operating system: {one.row.evidence}"
    if one.told.known and not one.device.system:
        return f"{name}: its key is {one.told.known}: change it there"
    return ""


def _write(path: Path, found: Sequence[_Found]) -> None:
    """Make or update a file of known hosts. Raises Failure."""
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        keys = {
            pattern: (one.row.target.name, keys)
            for one in found
            if (keys := _host_keys(one)) and (pattern := _pattern(one))
        }
        write_private(str(path), updated(text, keys))
    except (OSError, UnicodeDecodeError) as problem:
        why = getattr(problem, "strerror", None) or "not a text in UTF-8"
        raise Failure(f"{path} cannot be written: {why}") from None


_LEFT_OUT = (
    "left out, since a file of known hosts has no place for the key of a Remote Desktop: it is only"
    " on the record in .classic-rescue"
)


def _is_desktop(one: _Found) -> bool:
    return one.told.protocol is Protocol.RDP


def _host_keys(one: _Found) -> list[Key]:
    """What of a device belongs into a file of known hosts."""
    keys = one.device.system_of(Protocol.SSH).values()
    return [] if _is_desktop(one) else [known.key for known in keys]


def _pattern(one: _Found) -> str:
    ssh = one.row.target.order.ssh
    facts = one.row.facts
    host = ssh.host(facts.public_ip, facts.private_ip) if ssh and facts else ""
    return host_pattern(host, ssh.port) if ssh and host else ""


def _count(found: Sequence[_Found]) -> str:
    number = sum(bool(_host_keys(one)) for one in found)
    return "1 device" if number == 1 else f"{number} devices"


_WORDS = {
    Heard.OS_KEY: "the recorded key",
    Heard.OTHER_KEY: "ANOTHER KEY",
    Heard.NEW_KEY: "a key that is not recorded",
}


def _show(found: Sequence[_Found], form: Form, now: datetime) -> None:
    if form is Form.JSON:
        return say_json({"devices": [_as_json(one) for one in found]})
    if form is Form.CSV:
        return say_csv(CSV_COLUMNS, map(_flat, found))
    if not found:
        return None
    if form is Form.LONG:
        return show_records(COLUMNS, [_shown(one) for one in found])
    columns = [
        Column("name", least=8, is_name=True),
        Column("answers", least=8, has_forms=True),
        Column("key", least=15, may_go=True),
        Column("on record", least=9, has_forms=True, may_go=True),
        Column("recorded (UTC)", may_go=True),
    ]
    show_table(columns, [_line(one, now) for one in found], is_wide=form is Form.WIDE)
    return say_wrapped(f"`{command_line('host-keys', 'NAME')}` shows all of a device")


def _line(one: _Found, now: datetime) -> Line:
    told = one.told
    known = one.device.system.values()
    fingerprints = [row.key.fingerprint for row in known]
    on_record = ("; ".join(fingerprints), "another") if fingerprints else ("",)
    first = min((row.first for row in known), default=None)
    cells = (
        one.row.target.name,
        "recorded now" if told.is_new else _WORDS.get(told.heard, (str(told), str(told.heard))),
        told.key,
        "the same" if fingerprints == [told.key] else on_record,
        moment_in_short(first, now) if first else told.known,
    )
    if _is_changed(one):
        return Line(cells, Mood.BAD)
    return Line(cells, Mood.GOOD if told.known else Mood.DOUBTFUL)


def _flat(one: _Found) -> dict[str, object]:
    """A device as CSV has it."""
    known = "; ".join(row.key.fingerprint for row in one.device.system.values())
    return {**_as_json(one), "recorded": known}


def _shown(one: _Found) -> Shown:
    told = one.told
    answers = str(told)
    if told.has_key:
        word = "recorded now" if told.is_new else _WORDS[told.heard]
        answers = f"{word}: {told.key} ({told.kind})"
    on_record = "; ".join(
        f"{known.key.fingerprint} ({known.key.kind})" for known in one.device.system.values()
    )
    first = min((known.first for known in one.device.system.values()), default=None)
    recorded = clock_time(first) if first else told.known
    values = (one.row.target.name, answers, on_record, recorded, str(one.row.device))
    return Shown(values, "good" if told.heard is Heard.OS_KEY else "bad")


def _as_json(one: _Found) -> dict[str, object]:
    return {
        "name": one.row.target.name,
        "device": str(one.row.device),
        "observed": str(one.row.seen),
        "heard": one.told.heard.name.lower(),
        "where": one.told.where or None,
        "key": one.told.key or None,
        "type": one.told.kind or None,
        "is_new": one.told.is_new,
        "detail": one.told.detail or None,
        "recorded": [
            {
                "type": known.key.kind,
                "key": known.key.fingerprint,
                "first": clock_time(known.first),
                "last": clock_time(known.last),
            }
            for known in one.device.system.values()
        ],
    }


def _exit_code(found: Sequence[_Found]) -> int:
    if any(_is_changed(one) for one in found):
        return DIFFERENT
    return UNCERTAIN if any(not one.told.known for one in found) else 0


def _is_changed(one: _Found) -> bool:
    seen = one.row.seen
    runs_os = seen is not None and seen.state is BootState.OS
    return runs_os and one.told.heard is Heard.OTHER_KEY
