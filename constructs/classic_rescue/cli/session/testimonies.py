"""What devices say of themselves, for the rows that commands show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from classic_rescue.api.devices import DeviceId, LookupFailedError
from classic_rescue.api.fleetwide import Census
from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.facts import Facts
from classic_rescue.boot.proof import requested_at, weigh
from classic_rescue.boot.ssh import Proof, SshAccess
from classic_rescue.boot.testimony import Testimony
from classic_rescue.cli.session.fleet_file import Target
from classic_rescue.cli.session.observed import Row
from classic_rescue.cli.terminal.output import say_wrapped
from classic_rescue.hook.listening import witness_of
from classic_rescue.witness.record import FOLDER
from classic_rescue.witness.started import Started, key_of, read_started
from classic_rescue.witness.witness import Asked, asked_of


def testified(
    rows: Sequence[Row], project: Path, environ: Mapping[str, str], now: datetime
) -> list[Row]:
    """The rows, each device that the fleet file wants to be asked with its own word. `now`: where
    the service tells no time.
    """
    asked = {number: one for number, row in enumerate(rows) if (one := _asked(row, now))}
    told = dict(zip(asked, hear(list(asked.values()), project, environ), strict=True))
    started = _started(rows, project)
    return [
        replace(_with(row, told.get(number)), repair=_repair_of(row, started))
        for number, row in enumerate(rows)
    ]


def _started(rows: Sequence[Row], project: Path) -> Mapping[str, Started]:
    """What is remembered of scripts, where a device is declared with one."""
    if not any(row.target.order.repair for row in rows):
        return {}
    with suppress(OSError, ValueError):  # `deploy` says what is wrong with the file
        return read_started(str(project / FOLDER))
    return {}


def _repair_of(row: Row, started: Mapping[str, Started]) -> str:
    repair = row.target.order.repair
    if repair is None or row.device is None:
        return ""
    one = started.get(key_of(row.device.key, repair.sha256))
    since = row.seen.since if row.seen else None
    if one is None or (since and one.at < since):
        return ""
    if one.code is None:
        return f"its repair, {repair.script}, was started, and nobody has seen its end"
    return f"its repair, {repair.script}, ended with exit code {one.code}"


def _asked(row: Row, now: datetime) -> Asked | None:
    ssh = row.target.order.ssh
    if ssh is None or row.device is None or row.facts is None or row.seen is None:
        return None
    name = row.target.name
    return asked_of(name, ssh, row.device.key, facts=row.facts, seen=row.seen, at=row.at or now)


def _with(row: Row, told: Testimony | None) -> Row:
    ssh = row.target.order.ssh
    if told is None or ssh is None or row.facts is None or row.seen is None:
        return row
    return replace(row, seen=weighed(row.seen, row.facts, told, ssh))


def heard_in(
    census: Census,
    targets: Sequence[Target],
    project: Path,
    environ: Mapping[str, str],
    *,
    at: datetime,
) -> Census:
    """A look at the account in which the devices of these targets that are to be asked have had
    their word.
    """
    asked: dict[DeviceId, Asked] = {}
    for target in targets:
        device = _device_of(target, census)
        seen = census.observation(device) if device else None
        if device and seen and target.order.ssh and device in census.facts:
            facts = census.facts[device]
            asked[device] = asked_of(
                target.name, target.order.ssh, device.key, facts=facts, seen=seen, at=at
            )
    told = dict(zip(asked, hear(list(asked.values()), project, environ), strict=True))

    def observe(device: DeviceId, facts: Facts) -> Observation:
        seen = census.observe(device, facts)
        if device not in told:
            return seen
        return weighed(seen, facts, told[device], asked[device].ssh)

    return census._replace(observe=observe)


def _device_of(target: Target, census: Census) -> DeviceId | None:
    try:
        return census.find(target.order.device)
    except LookupFailedError:
        return None


def hear(asked: Sequence[Asked], project: Path, environ: Mapping[str, str]) -> list[Testimony]:
    """What devices answer; says once where that cannot be kept."""
    if not asked:
        return []
    witness = witness_of(project, environ)
    try:
        told = witness.hear(asked)
    finally:
        witness.close()
    if why := next((one.not_kept for one in told if one.not_kept), ""):
        say_wrapped(f"classic-rescue: what devices say is not kept: {why}", err=True)
    return told


def weighed(seen: Observation, facts: Facts, told: Testimony, ssh: SshAccess) -> Observation:
    """What a device runs, now that it was asked itself."""
    return weigh(
        seen,
        told,
        requested_at=requested_at(facts, seen),
        is_required=ssh.proof is Proof.REQUIRED,
    )
