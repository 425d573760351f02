"""`classic-rescue import`: a device that is in rescue or on an
image already becomes part of the fleet, as it is.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path

import click

from classic_rescue.api.client import ClassicApi
from classic_rescue.api.devices import DeviceId
from classic_rescue.api.fleetwide import Census, Fleetwide
from classic_rescue.boot.blank import is_blank
from classic_rescue.boot.evidence import Observation, clock_time
from classic_rescue.boot.facts import Facts
from classic_rescue.boot.ssh import SshAccess
from classic_rescue.boot.states import BootState, DeviceRef, Goal, Order, ReferenceField
from classic_rescue.cli.session.fleet_file import Target
from classic_rescue.cli.session.fleet_text import add_to_file
from classic_rescue.cli.session.observed import PATIENCE, outage_in
from classic_rescue.cli.session.session import Session, open_session
from classic_rescue.cli.terminal.failures import ERROR, Failure
from classic_rescue.cli.terminal.options import endpoint_option, fleet_option, json_option
from classic_rescue.cli.terminal.output import clean, say, say_json, say_wrapped
from classic_rescue.fleet.values import UNTIL_ALLOWED, read_until

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_PLAIN_TEXT = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
_YAML_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))


@dataclass(frozen=True, slots=True)
class Seen:
    """A device as it was found."""

    device: DeviceId
    facts: Facts
    seen: Observation


@dataclass(frozen=True, slots=True)
class Entry:
    """A device for the fleet file: its goal is what it runs now,
    so that nothing needs to be done.
    """

    name: str
    found: Seen

    @property
    def goal(self) -> Goal:
        """What is observed, as a wish."""
        seen = self.found.seen
        image = (seen.image or seen.image_id) if seen.state is BootState.IMAGE else None
        return Goal(seen.state, image)

    def lines(self, reason: str | None, until: datetime | None = None) -> list[str]:
        """The lines of the file, the name not indented. Without a reason its place is left open."""
        seen = self.found.seen
        facts = self.found.facts
        since = f" since {clock_time(seen.since)}" if seen.since else ""
        address = facts.public_ip or facts.private_ip or "no address"
        boot = f"{{image: {as_yaml(str(self.goal.image))}}}" if self.goal.image else str(self.goal)
        why = 'reason: ""  # fill in why'
        if reason and not is_blank(reason):
            why = f"reason: {json.dumps(reason, ensure_ascii=False)}"
        host = facts.fqdn or facts.hostname or "no host name"
        return [
            clean(f"# {host}, {address}: {seen}{since}; {seen.evidence}"),
            f"{as_yaml(self.name)}:",
            f"  {self.found.device.kind}: {self.found.device.id}",
            f"  boot: {boot}",
            f"  {why}",
            *([f"  until: {until.isoformat()}"] if until else []),
        ]


@click.command("import")
@click.argument("devices", metavar="[DEVICE]...", nargs=-1)
@click.option(
    "--all",
    "is_all",
    is_flag=True,
    help="Every device of the account that is in rescue or on an image.",
)
@click.option("--reason", metavar="TEXT", help="Why they are there.")
@click.option(
    "--until", metavar="TIME", help="When they come back, with its zone: 2026-12-01T06:00:00+01:00."
)
@click.option(
    "--write", "writes", is_flag=True, help="Add the lines to the fleet file; needs --reason."
)
@fleet_option
@endpoint_option
@json_option
def command(
    devices: tuple[str, ...],
    is_all: bool,
    reason: str | None,
    until: str | None,
    writes: bool,
    fleet_path: Path,
    endpoint: str | None,
    json_wanted: bool,
) -> int:
    """Print the fleet file's lines for a device that is in rescue or on an image, so that it is
    managed from now on.

    DEVICE is a key such as virtual_guest/124929698, a host name or an IP address. Nothing is sent
    to it, now or at the next deploy, which finds it where the file says. The lines go below
    `devices:`; only --write touches the file.

    Exit codes: 0 printed or written, 1 error, also when a device cannot be imported.
    """
    if bool(devices) == is_all:
        raise Failure("import: name devices, or say --all; not both")
    if writes and not (reason and not is_blank(reason) and reason.isprintable()):
        raise Failure(
            "--write needs --reason TEXT, one line: the file must say why the device is in that"
            " state"
        )
    now = datetime.now(UTC)
    end = None if until is None else _end(until, now)
    session = open_session(fleet_path, endpoint, environ=os.environ, now=now, as_json=True)
    found, refusals = _everywhere(session) if is_all else _named(session, devices)
    for refusal in refusals:
        say_wrapped(refusal, label="classic-rescue: ", err=True)
    if refusals and not is_all:
        return ERROR
    entries = entries_for(found, {entry.order.name for entry in session.fleet.devices})
    if writes and entries:
        added = [(entry.goal, entry.found.seen, entry.lines(reason, end)) for entry in entries]
        add_to_file(fleet_path, session.fleet, added, now=now, environ=os.environ)
    lines = [line for entry in entries for line in entry.lines(reason, end)]
    _tell(entries, lines, session, writes=writes, json_wanted=json_wanted)
    return 0


def _end(text: str, now: datetime) -> datetime:
    """The time of --until, as the fleet file takes it, and still to come."""
    try:
        end = read_until(text)
    except ValueError as problem:
        raise Failure(f"--until {text}: {problem}; allowed: {UNTIL_ALLOWED}") from None
    if end <= now:
        raise Failure(
            f"--until {text}: this time is over, so the next deploy would restart what is imported"
        )
    return end


def _named(session: Session, names: Sequence[str]) -> tuple[list[Seen], list[str]]:
    """The devices of these names, and a sentence for each that cannot be imported."""
    targets = [_target(name, _reference(name), session.fleet.ssh) for name in dict.fromkeys(names)]
    found = []
    refusals = []
    outage, rows = outage_in(session.observe(targets))
    refusals += [str(outage)] if outage else []
    for row in rows:
        if row.device is None or row.facts is None or row.seen is None:
            refusals.append(f"{row.target.name}: {row.error}")
        elif refusal := _refusal(session, row.facts, row.seen):
            refusals.append(f"{row.target.name} ({row.device}): {refusal}")
        else:
            found.append(Seen(row.device, row.facts, row.seen))
    return found, refusals


def _target(name: str, device: DeviceRef, ssh: SshAccess | None) -> Target:
    return Target(Order(name, device, Goal(BootState.OS), ssh=ssh), None)


def _reference(name: str) -> DeviceRef:
    try:
        if "/" in name:
            return DeviceRef.from_key(name)
        return DeviceRef(ReferenceField.IP if _is_ip(name) else ReferenceField.HOSTNAME, name)
    except ValueError as problem:
        raise Failure(f"{problem}; or a host name, or an IP address") from None


def _is_ip(name: str) -> bool:
    try:
        IPv4Address(name)
    except AddressValueError:
        return False
    return True


def _everywhere(session: Session) -> tuple[list[Seen], list[str]]:
    """Every device of the account that is out of its operating system and not in the fleet;
    and what nobody knows.
    """
    api = ClassicApi(session.connection.settings, patience=PATIENCE)
    census = Fleetwide(api, session.labels, observe=session.eyes).read()
    if session.fleet.ssh:
        at = api.server_time or session.opened
        census = _heard(census, session, session.fleet.ssh, at)
    found = []
    refusals = [f"note: {note}" for note in census.notes]
    for device, facts in sorted(census.facts.items()):
        seen = census.observation(device)
        if seen is None or seen.state is BootState.OS or _known_as(session, facts):
            continue
        if refusal := _refusal(session, facts, seen):
            refusals.append(f"note: {facts.hostname or device} ({device}): {refusal}")
        else:
            found.append(Seen(device, facts, seen))
    return found, refusals


def _heard(census: Census, session: Session, ssh: SshAccess, at: datetime) -> Census:
    """The look, in which the devices that may be imported have had their word."""
    from classic_rescue.cli.session.testimonies import heard_in

    targets = [
        _target(facts.hostname or str(device), DeviceRef.from_key(device.key), ssh)
        for device, facts in census.facts.items()
        if (seen := census.observation(device)) and seen.state is not BootState.OS
    ]
    return heard_in(census, targets, session.project, session.connection.environ, at=at)


def _refusal(session: Session, facts: Facts, seen: Observation) -> str:
    """Why a device cannot be imported; empty where it can."""
    if known := _known_as(session, facts):
        return f"it is in the fleet already, as {known}"
    if seen.in_motion:
        return f"in motion: {seen.evidence}; import it once that has ended"
    if seen.unproven:
        return f"seen as {seen}, which is not proven ({seen.unproven}): a line may restart it"
    if seen.state is BootState.UNKNOWN:
        return f"what it runs is not known ({seen.evidence}), so a line for it could restart it"
    return ""


def _known_as(session: Session, facts: Facts) -> str:
    """The name and place in the fleet file; empty for a stranger."""
    names = facts.names
    for entry in session.fleet.devices:
        if entry.order.device.key in names:
            return f"{entry.order.name} ({session.fleet.source}:{entry.line})"
    return ""


def entries_for(found: Iterable[Seen], taken: set[str]) -> list[Entry]:
    """An entry for each device, named by its host name where that is free and can be a name,
    else with its id.
    """
    entries = []
    for one in found:
        host = one.facts.hostname
        is_plain = _PLAIN_NAME.fullmatch(host) is not None
        if is_plain and host not in taken:
            name = host
        else:
            name = f"{host[:100] if is_plain else one.device.kind}-{one.device.id}"
        taken = taken | {name}
        entries.append(Entry(name, one))
    return entries


def _tell(
    entries: Sequence[Entry],
    lines: Sequence[str],
    session: Session,
    *,
    writes: bool,
    json_wanted: bool,
) -> None:
    source = session.fleet.source
    if json_wanted:
        devices = [_as_json(entry) for entry in entries]
        say_json({"fleet": source, "is_written": writes and bool(entries), "devices": devices})
    elif not entries:
        say("no device outside the fleet is in rescue or on an image", err=True)
    elif writes:
        say(f"{source}: {', '.join(entry.name for entry in entries)} added")
    else:
        for line in lines:
            say(f"  {line}")
    if entries:
        first = f"Paste the lines below `devices:` of {source} and fill in what is open. "
        if writes:
            first = ""
        then = (
            "The next deploy finds them where the file says and sends nothing. Taking a device out"
            " of the file later"
        )
        say_wrapped(f"{first}{then} brings it back to its operating system.", err=True)


def _as_json(entry: Entry) -> dict[str, object]:
    return {
        "name": entry.name,
        "key": entry.found.device.key,
        "boot": str(entry.goal),
        "since": clock_time(entry.found.seen.since) if entry.found.seen.since else None,
        "evidence": entry.found.seen.evidence,
    }


def as_yaml(text: str) -> str:
    """The text as a YAML scalar that is read as this very text."""
    is_plain = _PLAIN_TEXT.fullmatch(text) and text.casefold() not in _YAML_WORDS
    return text if is_plain else json.dumps(text, ensure_ascii=False)
