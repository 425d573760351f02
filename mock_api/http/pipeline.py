"""THE pipeline: every request of every door takes these steps, in this order.

The journal entry is open from the start and closed with the answer, whatever happens in between.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Callable, Sequence
from typing import cast

from mock_api.contract import SERVICES, all_operations, find_operation
from mock_api.domain import dates
from mock_api.domain.errors import (
    ApiError,
    InternalError,
    NoObject,
    NoPermission,
    PermissionDenied,
    UnknownMethod,
    UnknownService,
)  # fmt: skip
from mock_api.domain.faults import Drop, count_call
from mock_api.domain.stage import Stage
from mock_api.domain.world import Device
from mock_api.http import arguments, credentials, paths
from mock_api.http.exchange import Answer, Exchange, Request
from mock_api.http.filters import parse_filter, select
from mock_api.http.masks import compile_mask, render
from mock_api.operations.call import Call
from mock_api.operations.registry import HANDLERS, find_object
from mock_api.operations.types import TYPES, Look

LOG = logging.getLogger("mock_api")
Step = Callable[[Exchange], None]


class Dropped(Exception):
    """The connection shall be closed without an answer."""


class Pipeline:
    """Runs requests against a stage. `sleep` is only for the fault `delay`."""

    def __init__(self, stage: Stage, sleep: Callable[[float], None]) -> None:
        self.stage = stage
        self.sleep = sleep
        self.steps: tuple[Step, ...] = (
            authenticate,
            route,
            find_row,
            find_target,
            check_permission,
            meet_faults,
            self.wait,
            run,
            self.save,
            drop_after,
        )

    def answer(self, request: Request) -> Answer:
        """The answer to a request. The one place that turns errors into answers."""
        exchange = open_exchange(self.stage, request)
        try:
            for step in self.steps:
                step(exchange)
            answer = Answer(200, exchange.result, exchange.total)
        except ApiError as error:
            answer = error_answer(error)
        except Dropped:
            answer = Answer(0, None, dropped=True)
        except Exception:  # the rim: a fault of the mock becomes the API's own error, and is logged
            LOG.exception("The mock failed at %s %s", request.http_method, request.path)
            answer = error_answer(InternalError())
        close_entry(exchange, answer)
        return answer

    def wait(self, exchange: Exchange) -> None:
        """Play the fault `delay`, without the lock."""
        if exchange.effects.delay_s:
            self.sleep(exchange.effects.delay_s)

    def save(self, exchange: Exchange) -> None:
        """Write the change before its answer is sent."""
        self.stage.save()


def error_answer(error: ApiError) -> Answer:
    """An error in the API's shape (classic-api.md 4.7)."""
    return Answer(error.status, {"error": error.text, "code": error.code})


def open_exchange(stage: Stage, request: Request) -> Exchange:
    """Step 0: the journal entry."""
    with stage.lock:
        now = dates.utc_text(stage.world.clock.now_s())
        path = stage.world.secrets.hide_path(request.path)
        return Exchange(stage, request, stage.journal.open_entry(now, request.http_method, path))


def authenticate(exchange: Exchange) -> None:
    """Who calls."""
    exchange.user = credentials.authenticate(exchange.request.authorization, exchange.stage.world)
    exchange.entry.user = exchange.user.username


def route(exchange: Exchange) -> None:
    """What the path and the body say."""
    request, entry = exchange.request, exchange.entry
    try:
        target = paths.read_path(request.http_method, request.path)
    except UnknownService:
        entry.service = entry.path.split("/")[0].removesuffix(".json")[:100]
        entry.nearest = nearest_rows(request.path.removesuffix(".json").replace("/", "::"))
        raise
    exchange.service, exchange.identifier, exchange.method = target.service, target.identifier, target.method
    secrets = exchange.stage.world.secrets
    entry.service, entry.method = target.service, str(secrets.hide(target.method))
    entry.id = None if target.identifier is None else str(target.identifier)
    exchange.arguments = [*target.arguments, *paths.read_arguments(request.http_method, request.body)]
    entry.parameters = [secrets.hide(argument) for argument in exchange.arguments]


def find_row(exchange: Exchange) -> None:
    """The row of the contract, and the mask against its type: a bad mask must not let a call take effect."""
    row = find_operation(exchange.service, exchange.method)
    if row is None:
        exchange.entry.nearest = nearest_rows(f"{exchange.service}::{exchange.method}")
        raise UnknownMethod(exchange.method)
    exchange.operation = row
    exchange.entry.kind = "changing" if row.changes else "read-only"
    if row.returns in TYPES:
        exchange.plan = compile_mask(row.returns, exchange.request.mask)


def find_target(exchange: Exchange) -> None:
    """The object exists and the caller may see it."""
    row = exchange.row
    if row.needs_id and exchange.identifier is None:
        raise NoObject(row.service, row.method)
    if row.needs_id or exchange.identifier is not None:
        find_object(SERVICES[row.service].objects, look_now(exchange), exchange.identifier)


def check_permission(exchange: Exchange) -> None:
    """The caller holds the permission that the row names."""
    row = exchange.row
    if row.permission and not exchange.caller.holds(row.permission):
        raise PermissionDenied if row.reads_log else NoPermission


def meet_faults(exchange: Exchange) -> None:
    """Count the call in the fault rules and play what strikes before the operation."""
    stage = exchange.stage
    with stage.lock:
        if not stage.world.faults:
            return
        operation = f"{exchange.service}.{exchange.method}"
        counted, effects = count_call(stage.world.faults, operation, device_id(exchange))
        if counted != stage.world.faults:
            stage.world.faults = counted
            stage.mark_changed()
    exchange.effects = effects
    if effects.drop is Drop.BEFORE:
        exchange.entry.dropped = Drop.BEFORE
        raise Dropped
    if effects.error:
        raise effects.error


def device_id(exchange: Exchange) -> int | None:
    """The number of the object called; a GUID counts as the device it names."""
    identifier = exchange.identifier
    if isinstance(identifier, str):
        return exchange.stage.world.device_ids_by_guid.get(identifier.lower())
    return identifier


def run(exchange: Exchange) -> None:
    """Run the operation and render its result, all at one instant of one world."""
    row = exchange.row
    given = arguments.read_arguments(row, exchange.arguments)
    with exchange.stage.lock:
        look = look_now(exchange)
        target = target_of(exchange, look)
        if row.property_name is not None:
            result = (
                TYPES[SERVICES[row.service].type].properties[row.property_name].compute(as_object(target, look), look)
            )
        else:
            call = Call(look, target, given, exchange.effects.outcome)
            result = HANDLERS[(row.service, row.method)](call)
        if row.changes:
            exchange.stage.mark_changed()
        exchange.result = shape(exchange, result, look)


def target_of(exchange: Exchange, look: Look) -> object:
    """The object that the call goes to, looked up in the world that is on stage now."""
    service = SERVICES[exchange.row.service]
    if exchange.row.needs_id or service.default_id or exchange.identifier is not None:
        return find_object(service.objects, look, exchange.identifier)
    return None


def as_object(target: object, look: Look) -> object:
    """What properties are computed from: a device's view, or the object itself."""
    return look.world.view(target, look.now_s) if isinstance(target, Device) else target


def shape(exchange: Exchange, result: object, look: Look) -> object:
    """Filter, page and mask a result."""
    plan, row = exchange.plan, exchange.row
    if row.many and result is not None:
        rows = page(exchange, pick(exchange, cast(Sequence[object], result), look))
        return [render(plan, item, look) for item in rows] if plan is not None else rows
    return render(plan, result, look) if plan is not None and result is not None else result


def pick(exchange: Exchange, rows: Sequence[object], look: Look) -> Sequence[object]:
    """The rows that the object filter leaves."""
    row = exchange.row
    if not exchange.request.filter or row.returns not in TYPES:
        return rows
    if not row.filterable:
        exchange.entry.notes.append("objectFilter: this method is not filterable, the filter was ignored")
        return rows
    roots = (row.root, *row.roots_accepted) if row.root else ()
    selection = parse_filter(exchange.request.filter, roots, look)
    exchange.entry.notes.extend(f"objectFilter: {part} has no effect" for part in selection.ignored)
    return select(rows, selection, row.returns, look)


def page(exchange: Exchange, rows: Sequence[object]) -> Sequence[object]:
    """The page that resultLimit asks for; notes the total for the header."""
    exchange.total = len(rows)
    numbers = [part.strip() for part in (exchange.request.limit or "").split(",")]
    if not all(part.isdecimal() for part in numbers):
        return rows
    offset, limit = (0, int(numbers[0])) if len(numbers) == 1 else (int(numbers[0]), int(numbers[1]))
    return rows[offset : offset + limit] if limit else rows[offset:]


def drop_after(exchange: Exchange) -> None:
    """Close the connection after the operation took effect, if a fault says so."""
    if exchange.effects.drop is Drop.AFTER:
        exchange.entry.dropped = Drop.AFTER
        raise Dropped


def look_now(exchange: Exchange) -> Look:
    """A look at the world on stage, now."""
    world = exchange.stage.world
    return Look(world, exchange.caller, world.clock.now_s())


def nearest_rows(name: str) -> list[str]:
    """The three operations whose names are closest, for the journal."""
    return difflib.get_close_matches(name, [row.name for row in all_operations()], n=3, cutoff=0.0)


def close_entry(exchange: Exchange, answer: Answer) -> None:
    """Note the answer in the journal."""
    entry, body = exchange.entry, answer.body
    entry.status = None if answer.dropped else answer.status
    if answer.status >= 400 and isinstance(body, dict):
        entry.error_code = str(body.get("code"))
