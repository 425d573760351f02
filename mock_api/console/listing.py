"""The device list: which devices a user is shown for a query,
in which order, and what each row says.

Only the devices that a page shows are settled, unless the query asks for what moves: boot state,
status, transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any
from zlib import crc32

from mock_api.console.catalogue import STANDING, Shelf, in_order, os_name
from mock_api.console.conditions import CONDITIONS, condition, since_s
from mock_api.console.list_query import BUSY, ListQuery
from mock_api.domain.facts import Kind
from mock_api.domain.people import Resource
from mock_api.domain.states import Boot
from mock_api.domain.world import Device, DeviceView
from mock_api.operations.types.table import Look
from mock_api.operations.types.views import active_transaction, device_status

PAGE_SIZE = 50
_RUNS = frozenset(Boot)


@dataclass(frozen=True, slots=True)
class Progress:
    """A transaction that shows as under way: the API's name for it,
    and from when to when (None: it never ends).
    """

    name: str
    from_s: float
    due_s: float | None
    now_s: float

    @property
    def share(self) -> float | None:
        """How much of it is over, 0 to 1."""
        if self.due_s is None:
            return None
        return min(1.0, (self.now_s - self.from_s) / max(self.due_s - self.from_s, 1.0))


@dataclass(frozen=True, slots=True)
class Row:
    """A device as the list shows it; `is_accepted`:
    a transaction was asked for that no client sees yet. `is_real`: a real machine is behind it.
    """

    kind: Kind
    number: int
    name: str
    datacenter: str
    public: str
    private: str
    os: str
    status: str
    boot: str
    image: str
    since_s: float | None
    progress: Progress | None
    is_accepted: bool
    is_real: bool

    @property
    def runs(self) -> bool:
        """Whether it runs something, rather than being off or on its way."""
        return self.boot in _RUNS


@dataclass(frozen=True)
class Listing:
    """A page of the list. `unknown` are the kinds of the
    page's devices that the user has no access to.
    """

    query: ListQuery
    rows: list[Row]
    found: int
    total: int
    pages: int
    unknown: list[Kind]
    unknown_total: int

    @property
    def frame(self) -> str:
        """What is the same as long as a page differs in its rows' values alone,
        not in which rows it has.
        """
        numbers = [row.number for row in self.rows]
        parts = (
            self.query,
            numbers,
            self.found,
            self.total,
            self.pages,
            self.unknown,
            self.unknown_total,
        )
        return f"{crc32(repr(parts).encode()):08x}"


def list_devices(look: Look, shelf: Shelf, query: ListQuery) -> Listing:
    """The page that a query asks for, or the last one if there are not so many.

    Hold the stage's lock.
    """
    hidden, visible = _split(look)
    found = _find(look, shelf, query, visible)
    strange = [] if query.is_filtered else hidden
    pages = max(1, -(-(len(found) + len(strange)) // PAGE_SIZE))
    page = min(query.page, pages)
    end = page * PAGE_SIZE
    start = end - PAGE_SIZE
    return Listing(
        query=query.on_page(page),
        rows=[_row(look.world.view(device, look.now_s), look) for device in found[start:end]],
        found=len(found),
        total=len(visible),
        pages=pages,
        unknown=strange[max(0, start - len(found)) : max(0, end - len(found))],
        unknown_total=len(hidden),
    )


def _split(look: Look) -> tuple[list[Kind], set[int]]:
    """The kinds of the devices that do not exist for the user, and the ids of those that do."""
    hidden: list[Kind] = []
    visible: set[int] = set()
    for kind, devices in look.world.devices.items():
        seen = look.user.visible(Resource(kind), devices)
        hidden += [kind] * (len(devices) - len(seen))
        visible.update(seen)
    return hidden, visible


def _find(look: Look, shelf: Shelf, query: ListQuery, visible: set[int]) -> Sequence[Device]:
    stands = query.sort in STANDING
    devices = (
        shelf.order(query.sort, descending=query.descending) if stands else shelf.order("name")
    )
    found: list[Device] = _matching(devices, look, shelf, query=query, visible=visible)
    if stands:
        return found
    key = _MOVING[query.sort]
    return in_order(
        found, _by_state(lambda view: key(view, look), look), descending=query.descending
    )


def _by_state(judge: Callable[[DeviceView], Any], look: Look) -> Callable[[Device], Any]:
    """Judge devices by their state alone: those that never moved share theirs,
    and are judged once.
    """
    known: dict[int, Any] = {}

    def judged(device: Device) -> Any:  # noqa: ANN401 (whatever `judge` gives)
        number = id(device.state)
        if number not in known:
            known[number] = judge(look.world.view(device, look.now_s))
        return known[number]

    return judged


def _matching(
    devices: list[Device], look: Look, shelf: Shelf, *, query: ListQuery, visible: set[int]
) -> list[Device]:  # fmt: skip
    found: Iterable[Device] = devices
    if len(visible) < len(devices):
        found = (device for device in found if device.facts.id in visible)
    if query.kind:
        found = (device for device in found if device.kind == query.kind)
    if query.datacenter:
        found = (device for device in found if device.facts.datacenter == query.datacenter)
    if words := query.words:
        found = (device for device in found if _holds_all(shelf.text(device), words))
    if query.boot or query.status:
        found = filter(_by_state(lambda view: _moves_as(view, query), look), found)
    return list(found)


def _holds_all(text: str, words: list[str]) -> bool:
    return all(word in text for word in words)


def _moves_as(view: DeviceView, query: ListQuery) -> bool:
    if query.boot and condition(view) != query.boot:
        return False
    if query.status == BUSY:
        return view.state.pending is not None
    return not query.status or device_status(view) == f"device_status.{query.status}"


def _row(view: DeviceView, look: Look) -> Row:
    facts = view.facts
    progress = _progress(view, look)
    return Row(
        kind=view.kind,
        number=facts.id,
        name=facts.fqdn,
        datacenter=facts.datacenter,
        public=facts.public_ip or "",
        private=facts.private_ip,
        os=os_name(facts, look.world),
        status=look.world.labels.name(device_status(view)),
        boot=condition(view),
        image=_image(view, look),
        since_s=since_s(view),
        progress=progress,
        is_accepted=view.state.is_busy and progress is None,
        is_real=facts.machine is not None,
    )


def _image(view: DeviceView, look: Look) -> str:
    image = look.world.disk_images.get(view.state.iso_image_id or 0)
    return image.name if image and condition(view) == Boot.IMAGE else ""


def _progress(view: DeviceView, look: Look) -> Progress | None:
    active = active_transaction(view)
    pending = view.state.pending
    if active is None or pending is None:
        return None
    name = look.world.labels.name(f"{active.label}.friendly")
    return Progress(name, active.transaction.created_s, pending.due_s, look.now_s)


def _begun(view: DeviceView, look: Look) -> float | None:
    """Since when it runs what it runs: what has no date is the oldest,
    what does not run comes last.
    """
    if condition(view) not in _RUNS:
        return None
    since = since_s(view)
    return -inf if since is None else since


def _transaction(view: DeviceView, look: Look) -> tuple[str, float] | None:
    """By name, then by its end; what never ends comes after those that do."""
    progress = _progress(view, look)
    if progress is None:
        return None
    return progress.name, inf if progress.due_s is None else progress.due_s


_MOVING: dict[str, Callable[[DeviceView, Look], Any]] = {
    "status": lambda view, look: look.world.labels.name(device_status(view)),
    "boot": lambda view, look: (CONDITIONS.index(condition(view)), _image(view, look)),
    "since": _begun,
    "transaction": _transaction,
}
"""The columns that moves change, with what they are sorted by."""
