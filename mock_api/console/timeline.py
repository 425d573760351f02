"""What happened on a device:
its transactions and its rows of the event log in one list, newest first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from mock_api.contract import find_operation
from mock_api.domain.events import Event
from mock_api.domain.world import DeviceView
from mock_api.operations.types.table import Look
from mock_api.operations.types.views import TransactionView, transaction_history

SHOWN = 100
LOG = find_operation("SoftLayer_Event_Log", "getAllObjects")


@dataclass(frozen=True)
class Happening:
    """A row. An event has a user; a transaction has the name of its group,
    and an end unless it is under way.
    """

    at_s: float
    name: str
    id: int
    username: str | None = None
    ip_address: str = ""
    status: str = ""
    ended_s: float | None = None
    under_way: bool = False
    failed: bool = False


def read_timeline(view: DeviceView, look: Look, with_events: bool) -> list[Happening]:
    """The newest rows. Hold the stage's lock."""
    rows = [_transaction(row, look) for row in transaction_history(view)]
    if with_events:
        rows.extend(islice(map(_event, events_of(view, look)), SHOWN))
    return sorted(rows, key=lambda row: (row.at_s, row.id), reverse=True)[:SHOWN]


def events_of(view: DeviceView, look: Look) -> Iterator[Event]:
    """The device's rows of the event log, newest first."""
    return (
        row
        for row in reversed(look.world.events)
        if row.object_id == view.facts.id and row.object_name != "User"
    )


def _transaction(row: TransactionView, look: Look) -> Happening:
    transaction = row.transaction
    name = look.world.labels.name
    return Happening(
        at_s=transaction.created_s,
        name=name(f"{transaction.label}.group"),
        id=transaction.id,
        status=name(f"{row.label}.friendly"),
        ended_s=transaction.ended_s,
        under_way=row.label == transaction.label,
        failed=row.label == "failed",
    )


def _event(row: Event) -> Happening:
    return Happening(
        at_s=row.created_s,
        name=row.event_name,
        id=row.id,
        username=row.username,
        ip_address=row.ip_address,
    )
