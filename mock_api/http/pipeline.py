"""THE pipeline: every request of every door takes these steps, in this order.

The journal entry is open from the start and closed with the answer, whatever happens in between.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import cast

from mock_api.contract import SERVICES, all_operations, find_operation, not_served
from mock_api.domain import dates
from mock_api.domain.errors import (
    ApiError,
    BadMask,
    InternalError,
    NoObject,
    NotPlayed,
    PermissionDenied,
    Refused,
    UnknownMethod,
    UnknownService,
)  # fmt: skip
from mock_api.domain.fault_rules import ApiCall, count_call
from mock_api.domain.faults import When
from mock_api.domain.stage import Stage
from mock_api.domain.world import Device
from mock_api.http import arguments, credentials
from mock_api.http.drilldown import leaf_of
from mock_api.http.exchange import Answer, Door, Exchange, Invocation
from mock_api.http.filters import EVERYTHING, Selection, parse_filter, select
from mock_api.http.formats import without_suffix
from mock_api.http.masks import compile_mask
from mock_api.operations.call import Call
from mock_api.operations.registry import HANDLERS, find_object
from mock_api.operations.types import Look, is_object, type_of

LOG = logging.getLogger("mock_api")
MOST_NOTES = 20  # of one filter; the journal keeps thousands of entries
Step = Callable[[Exchange], None]


class Dropped(Exception):
    """The connection must be closed without an answer."""


class Pipeline:
    """Runs requests against a stage. `sleep` is only for the fault `delay`."""

    def __init__(self, stage: Stage, sleep: Callable[[float], None]) -> None:
        self.stage = stage
        self.sleep = sleep
        self.steps: tuple[Step, ...] = (
            authenticate,
            route,
            keep_to_limit,
            find_row,
            find_target,
            check_permission,
            meet_faults,
            self.wait,
            run,
            self.save,
            drop_after,
        )

    def answer(self, door: Door) -> Answer:
        """The answer to a request. The one place that turns errors into answers."""
        exchange = open_exchange(self.stage, door)
        try:
            for step in self.steps:
                step(exchange)
            answer = Answer(200, exchange.result, exchange.total)
        except ApiError as error:
            if isinstance(error, BadMask):
                exchange.entry.unknown = (error.text,)
            if isinstance(error, NotPlayed):
                exchange.entry.unplayed = (error.name,)
            answer = error_answer(error)
        except Dropped:
            answer = Answer(0, None, dropped=True)
        except Exception:  # the rim: a fault of the mock becomes the API's own error, and is logged
            LOG.exception("The mock failed at %s %s", door.request.http_method, door.request.path)
            answer = error_answer(InternalError())
        close_entry(exchange, answer)
        if exchange.entry.unplayed:
            answer = replace(answer, unplayed=exchange.entry.unplayed)
        return replace(answer, effects=exchange.effects) if exchange.effects.spoils else answer

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


def open_exchange(stage: Stage, door: Door) -> Exchange:
    """Step 0: the journal entry."""
    with stage.lock:
        now = dates.utc_text(stage.world.clock.now_s())
        path = stage.world.secrets.hide_path(door.request.path)
        return Exchange(stage, door, stage.journal.open_entry(now, door.request.http_method, path))


def authenticate(exchange: Exchange) -> None:
    """Who calls."""
    exchange.user = credentials.authenticate(exchange.door.read_login(), exchange.stage.world)
    exchange.entry.user = exchange.user.username


def route(exchange: Exchange) -> None:
    """What the request calls."""
    entry = exchange.entry
    path = exchange.door.request.path
    try:
        call = exchange.door.read_invocation()
        exchange.call = call
    except (UnknownService, UnknownMethod):
        entry.service = without_suffix(entry.path.split("/")[0])[:100]
        entry.nearest = list(nearest_rows(without_suffix(path).replace("/", "::")))
        raise
    secrets = exchange.stage.world.secrets
    entry.service = call.service
    entry.method = str(secrets.hide(call.method))
    entry.id = None if call.identifier is None else str(call.identifier)
    hidden = secret_arguments(call)
    entry.path = "/".join(
        "***" if without_suffix(part) in hidden else part for part in entry.path.split("/")
    )
    entry.parameters = [
        "***" if argument in hidden else secrets.hide(argument) for argument in call.arguments
    ]


def keep_to_limit(exchange: Exchange) -> None:
    """The account has not made too many requests in this second."""
    exchange.stage.admit()


def secret_arguments(call: Invocation) -> list[object]:
    """The arguments that the row calls secret, such as a password that no device has yet."""
    row = find_operation(call.service, call.method)
    pairs = zip(row.parameters, call.arguments, strict=False) if row else ()
    return [argument for parameter, argument in pairs if parameter.secret]


def find_row(exchange: Exchange) -> None:
    """The row of the contract, and path and mask against the types:
    a bad one must not let a call take effect.
    """
    call = exchange.invocation
    row = find_operation(call.service, call.method)
    if row is None:
        refusal = not_served(call.service, call.method)
        if not isinstance(refusal, NotPlayed):
            exchange.entry.nearest = list(nearest_rows(f"{call.service}::{call.method}"))
        raise refusal
    if row.property_name is not None and (prop := row.prop) and not prop.is_played:
        exchange.entry.unplayed = (row.name,)
    exchange.operation = row
    exchange.entry.kind = "changing" if row.changes else "read-only"
    leaf = leaf_of(row, call.further)
    exchange.leaf = leaf
    if is_object(leaf.type):
        exchange.selection = read_filter(exchange)
        exchange.plan = compile_mask(leaf.type, mask_of(exchange), exchange.selection)
        if exchange.plan.unplayed:
            seen = (*exchange.entry.unplayed, *exchange.plan.unplayed[:MOST_NOTES])
            exchange.entry.unplayed = tuple(dict.fromkeys(seen))


def mask_of(exchange: Exchange) -> str | Mapping[str, object] | None:
    """The mask for the answer's own type: an old struct begins at the service's (SLDN, legacy
    object masks). Raises BadMask.
    """
    mask = exchange.invocation.mask
    root = exchange.row.root
    if mask is None or isinstance(mask, str) or root is None or exchange.answers.steps:
        return mask
    service = type_of(SERVICES[exchange.row.service].type)
    for name in mask:
        if service.find(str(name)) is None:
            raise BadMask(str(name), service.name)
    below = mask.get(root)
    return below if isinstance(below, Mapping) else {}


def read_filter(exchange: Exchange) -> Selection:
    """The object filter; the journal names what has no effect."""
    leaf = exchange.answers
    call = exchange.invocation
    notes = exchange.entry.notes
    if not call.filter:
        return EVERYTHING
    selection = parse_filter(call.filter, leaf.roots, leaf.type, look_now(exchange))
    if selection != EVERYTHING and not leaf.filterable:
        notes.append("objectFilter: this method is not filterable, the filter was ignored")
        return EVERYTHING
    if selection != EVERYTHING and not leaf.many and "filteredMask" not in (call.mask or ""):
        notes.append(
            "objectFilter: one object is not filtered, only what filteredMask asks for below it"
        )
    hide = exchange.stage.world.secrets.hide
    ignored = [
        f"objectFilter: {hide(part[:100])} has no effect" for part in selection.ignored[:MOST_NOTES]
    ]
    notes.extend(ignored)
    exchange.entry.unknown = tuple(ignored)
    exchange.entry.unplayed += selection.unplayed[:MOST_NOTES]
    return selection


def find_target(exchange: Exchange) -> None:
    """The object exists and the caller may see it."""
    row = exchange.row
    identifier = exchange.invocation.identifier
    if row.needs_id and identifier is None:
        raise NoObject(row.service, row.method)
    if row.needs_id or identifier is not None:
        find_object(row.objects, look_now(exchange), identifier)


def check_permission(exchange: Exchange) -> None:
    """The caller holds the permission that the row names."""
    row = exchange.row
    permission = row.permission_in(exchange.stage.world.settings)
    if permission and not exchange.caller.holds(permission):
        if row.reads_log:
            raise PermissionDenied
        raise Refused(exchange.stage.world.labels.refusal("permission"))


def meet_faults(exchange: Exchange) -> None:
    """Count the call in the fault rules and play what strikes before the operation."""
    stage = exchange.stage
    with stage.lock:
        if not stage.world.faults:
            return
        operation = f"{exchange.row.service}.{exchange.row.method}"
        call = ApiCall(operation, device_id(exchange), stage.world.clock.now_s())
        counted, effects = count_call(stage.world.faults, call, stage.world.draw)
        if counted != stage.world.faults:
            stage.world.faults = counted
            stage.mark_changed()
    exchange.effects = effects
    if effects.drop is When.BEFORE:
        exchange.entry.dropped = When.BEFORE
        raise Dropped
    if effects.error:
        raise effects.error


def device_id(exchange: Exchange) -> int | None:
    """The number of the object called; a GUID counts as the device it names."""
    identifier = exchange.invocation.identifier
    if isinstance(identifier, str):
        return exchange.stage.world.device_ids_by_guid.get(identifier.lower())
    return identifier


def run(exchange: Exchange) -> None:
    """Run the operation and render its result, all at one instant of one world."""
    row = exchange.row
    call = exchange.invocation
    given = arguments.read_arguments(row, call.arguments, has_null=call.has_null)
    with exchange.stage.lock:
        look = look_now(exchange)
        target = target_of(exchange, look)
        if row.property_name is not None and (prop := row.prop):
            result = prop.compute(as_object(target, look), look)
        else:
            handle = HANDLERS[(row.service, row.method)]
            result = handle(Call(look, target, given, exchange.effects.outcome))
        if row.changes:
            exchange.stage.mark_changed()
        exchange.result = shape(exchange, exchange.answers.reach(result, look), look)
        for number in look.world.cancelled:
            exchange.stage.remove(number)


def target_of(exchange: Exchange, look: Look) -> object:
    """The object that the call goes to, looked up in the world that is on stage now."""
    service = SERVICES[exchange.row.service]
    identifier = exchange.invocation.identifier
    if exchange.row.needs_id or service.default_id or identifier is not None:
        return find_object(exchange.row.objects, look, identifier)
    return None


def as_object(target: object, look: Look) -> object:
    """What properties are computed from: a device's view, or the object itself."""
    return look.world.view(target, look.now_s) if isinstance(target, Device) else target


def shape(exchange: Exchange, result: object, look: Look) -> object:
    """Filter, page and mask a result."""
    plan = exchange.plan
    if exchange.answers.many and result is not None:
        rows = select(cast(Sequence[object], result), exchange.selection, look)
        exchange.total = len(rows)
        rows = exchange.invocation.limit.page(rows)
        return [plan(item, look) for item in rows] if plan is not None else rows
    return plan(result, look) if plan is not None and result is not None else result


def drop_after(exchange: Exchange) -> None:
    """Close the connection after the operation took effect, if a fault says so."""
    if exchange.effects.drop is When.AFTER:
        exchange.entry.dropped = When.AFTER
        raise Dropped


def look_now(exchange: Exchange) -> Look:
    """A look at the world on stage, now."""
    world = exchange.stage.world
    return Look(world, exchange.caller, world.clock.now_s())


@lru_cache(
    maxsize=256
)  # looking through all of them takes 8 ms, and who calls an unknown one calls it again
def nearest_rows(name: str) -> tuple[str, ...]:
    """The three operations with the closest names, for the journal."""
    return tuple(
        difflib.get_close_matches(name, [row.name for row in all_operations()], n=3, cutoff=0.0)
    )


def close_entry(exchange: Exchange, answer: Answer) -> None:
    """Note the answer in the journal."""
    entry = exchange.entry
    body = answer.body
    entry.status = None if answer.dropped else answer.status
    if answer.status >= 400 and isinstance(body, dict):
        entry.error_code = str(body.get("code"))
