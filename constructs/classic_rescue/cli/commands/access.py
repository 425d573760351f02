"""`classic-rescue access`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from classic_rescue.api.client import ClassicApi
from classic_rescue.api.logins import Login, read_logins
from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.facts import Facts
from classic_rescue.boot.ssh import Protocol
from classic_rescue.cli.session.devices_named import device_argument
from classic_rescue.cli.session.fleet_file import find_targets
from classic_rescue.cli.session.observed import PATIENCE, Row
from classic_rescue.cli.session.session import Session, open_session
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terminal.guide import COMMAND, Section, Situation, Way, sections
from classic_rescue.cli.terminal.options import endpoint_option, fleet_option, json_option
from classic_rescue.cli.terminal.output import say, say_json, say_wrapped
from classic_rescue.witness.keys import Key
from classic_rescue.witness.known_hosts import host_pattern, line_of
from classic_rescue.witness.private_files import write_private
from classic_rescue.witness.record import FOLDER


@dataclass(frozen=True, slots=True)
class _Access:
    """Everything that is told of one device."""

    row: Row
    facts: Facts
    seen: Observation
    logins: list[Login]
    guide: list[Section]
    way: Way | None


@click.command("access")
@device_argument
@click.option(
    "--show-password",
    is_flag=True,
    help="Fetch the password and print it, once; it is never stored.",
)
@fleet_option
@endpoint_option
@json_option
def command(
    name: str, show_password: bool, fleet_path: Path, endpoint: str | None, json_wanted: bool
) -> int:
    """Show how to log in to DEVICE, reach its drives and leave.

    Exit codes: 0 shown, 1 error.
    """
    session = open_session(
        fleet_path,
        endpoint,
        environ=os.environ,
        now=datetime.now(UTC),
        as_json=json_wanted,
        takes_app=True,
    )
    access = _read(session, name, with_passwords=show_password)
    if json_wanted:
        say_json(_as_json(access, show_password=show_password))
    else:
        _show(access, show_password=show_password)
    return 0


def _read(session: Session, name: str, *, with_passwords: bool) -> _Access:
    target = find_targets(session.fleet, [name])[0]
    row = session.observe([target])[0]
    if row.device is None or row.facts is None or row.seen is None:
        raise Failure(f"{name}: {row.error}")
    api = ClassicApi(session.connection.settings, patience=PATIENCE)
    logins = read_logins(api, row.device, with_passwords=with_passwords)
    way = _way(session, row)
    situation = Situation(
        name=name,
        facts=row.facts,
        seen=row.seen,
        users=[login.user for login in logins],
        environment=target.desired.no_os_environment if target.desired else None,
        fleet_file=session.fleet.source,
        way=way,
    )
    return _Access(
        row=row, facts=row.facts, seen=row.seen, logins=logins, guide=sections(situation), way=way
    )


def _way(session: Session, row: Row) -> Way | None:
    """How a device is reached that was asked itself; the key that it showed goes into a file of its
    own. Raises Failure.
    """
    told = row.seen.testimony if row.seen else None
    ssh = row.target.order.ssh
    if told is None or ssh is None or row.facts is None or row.device is None:
        return None
    if ssh.protocol is Protocol.RDP:  # ssh has no use for its key
        return None
    host = ssh.host(row.facts.public_ip, row.facts.private_ip)
    folder = session.project / FOLDER / "known-hosts"
    path = folder / f"{row.device.kind}-{row.device.id}"
    key = Key(told.kind, told.blob)
    text = f"{line_of([host_pattern(host, ssh.port)], key)}\n" if told.has_key else ""
    try:
        write_private(str(path), text)
    except OSError as problem:
        raise Failure(f"{path} cannot be written: {problem.strerror}") from None
    return Way(host, ssh.port, ssh.jump, told=told, known_hosts=os.path.relpath(path))


def _show(access: _Access, *, show_password: bool) -> None:
    facts = access.facts
    seen = access.seen
    nets = {"public": facts.public_ip, "private": facts.private_ip}
    addresses = [f"{ip} ({net})" for net, ip in nets.items() if ip]
    host = facts.fqdn or facts.hostname or "no host name"
    say_wrapped(f"{access.row.target.name}: {access.row.device}, {host}")
    say_wrapped(f"{seen}; {seen.evidence}", label="  runs now: ")
    say_wrapped(", ".join(addresses) or "none told", label="  address:  ")
    for line in _login_lines(access.logins, show_password=show_password):
        say(f"  {line}")
    for section in access.guide:
        say()
        say(f"{section.heading}:")
        for line in section.lines:
            if line.startswith(COMMAND):
                say(f"    {line}")
            else:
                say_wrapped(line, label="  ")


def _login_lines(logins: Sequence[Login], *, show_password: bool) -> list[str]:
    if not logins:
        return ["user:     the service keeps none (no operating system ordered?); usually root"]
    if not show_password:
        users = ", ".join(login.user for login in logins)
        return [f"user:     {users}", "password: not shown; add --show-password"]
    return [
        f"user:     {login.user}  password: {login.password or 'none kept'}" for login in logins
    ]


def _as_json(access: _Access, *, show_password: bool) -> dict[str, object]:
    logins = [
        {"user": login.user, **({"password": login.password} if show_password else {})}
        for login in access.logins
    ]
    return {
        "name": access.row.target.name,
        "device": str(access.row.device),
        "observed": str(access.seen),
        "evidence": access.seen.evidence,
        "public_ip": access.facts.public_ip or None,
        "private_ip": access.facts.private_ip or None,
        "logins": logins,
        "known_hosts": access.way.known_hosts if access.way else None,
        "guide": {section.heading: list(section.lines) for section in access.guide},
    }
