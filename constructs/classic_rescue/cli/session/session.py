"""What the commands that talk to the API have in common: fleet, connection, labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from classic_rescue.api.fleetwide import Observe
from classic_rescue.boot import environment
from classic_rescue.boot.labels import Label, labels_with
from classic_rescue.cli.session.connection import Connection, announce, connect
from classic_rescue.cli.session.fleet_file import Target, as_declared, load_fleet
from classic_rescue.cli.session.observed import Row, observe_all, shared_devices
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terminal.options import project_folder
from classic_rescue.hook.device_files import device_files

if TYPE_CHECKING:
    from classic_rescue.fleet import Fleet


@dataclass(frozen=True, slots=True)
class Session:
    """One command's fleet, and the API that it talks to. `opened` is when, by our own clock."""

    fleet: Fleet
    project: Path
    connection: Connection
    labels: tuple[Label, ...]
    opened: datetime

    @property
    def eyes(self) -> Observe:
        """What a device's facts mean, with what runs on this machine saw of its last restart."""
        endpoint = self.connection.settings.endpoint
        return device_files(self.connection.environ, endpoint).eyes(self.labels)

    def look_at(self, targets: Sequence[Target]) -> list[Row]:
        """Read the devices, and ask those themselves that the fleet file wants to be asked. Raises
        ApiError.
        """
        rows = observe_all(targets, self.connection.settings, self.labels, self.eyes)
        if not any(target.order.ssh for target in targets):
            return rows
        from classic_rescue.cli.session.testimonies import testified

        return testified(rows, self.project, self.connection.environ, self.opened)

    def observe(self, targets: list[Target]) -> list[Row]:
        """Read the devices. Raises Failure when two names lead to one device, and ApiError."""
        rows = self.look_at(targets)
        if shared := shared_devices(rows):
            raise Failure("\n".join(shared))
        return [self._as_declared(row) for row in rows]

    def _as_declared(self, row: Row) -> Row:
        if not row.facts:
            return row
        return replace(row, target=as_declared(self.fleet, row.target, row.facts.names))


def open_session(
    fleet_path: Path,
    endpoint: str | None,
    *,
    environ: Mapping[str, str],
    now: datetime,
    as_json: bool = False,
    why_no_mock: str = "",
    takes_app: bool = False,
) -> Session:
    """Read the fleet, connect, and print the first line. Raises Failure and SettingsError.

    `why_no_mock`: what is said instead of using the offline mock where nothing is configured.
    `takes_app`: the devices may be those of an app of one's own.
    """
    fleet = load_fleet(fleet_path, now=now, environ=environ, takes_app=takes_app)
    try:
        labels = labels_with(environ.get(environment.LABELS))
    except ValueError as problem:
        raise Failure(str(problem)) from None
    project = project_folder(Path.cwd())
    connection = connect(
        environ,
        project,
        endpoint=endpoint,
        fleet_endpoint=fleet.endpoint,
        backend=fleet.backend,
        why_no_mock=why_no_mock,
    )
    announce(connection, as_json=as_json)
    return Session(fleet, project, connection, labels, opened=now)
