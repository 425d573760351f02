"""THE table of control routes, and the one handler of their errors.

Every GET leaves the world as it is. Paths are below /_mock/. Errors: {"error": TEXT} with 400, 404, 405 or 413.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from mock_api.control import clock, contract, faults, journal, worlds
from mock_api.control.body import ControlError
from mock_api.domain.document import DocumentError
from mock_api.domain.errors import NotSaved
from mock_api.domain.stage import Stage

LOG = logging.getLogger("mock_api")
Handler = Callable[[Stage, bytes], object]


@dataclass(frozen=True)
class Route:
    """A row: `changes` routes are saved before they answer."""

    verb: str
    path: str
    handler: Handler
    changes: bool = False


ROUTES: tuple[Route, ...] = (
    Route("GET", "health", worlds.health),
    Route("GET", "world", worlds.get_world),
    Route("PUT", "world", worlds.put_world, changes=True),
    Route("POST", "reset", worlds.reset, changes=True),
    Route("GET", "devices", worlds.get_devices),
    Route("GET", "settings", worlds.get_settings),
    Route("POST", "settings", worlds.change_settings, changes=True),
    Route("GET", "clock", clock.get_clock),
    Route("POST", "clock", clock.change_clock, changes=True),
    Route("GET", "faults", faults.get_faults),
    Route("POST", "faults", faults.add_fault, changes=True),
    Route("DELETE", "faults", faults.delete_faults, changes=True),
    Route("GET", "journal", journal.get_journal),
    Route("DELETE", "journal", journal.delete_journal),
    Route("GET", "contract", contract.get_contract),
)


def answer_control(stage: Stage, verb: str, path: str, body: bytes) -> tuple[int, object]:
    """HTTP status and JSON value of a control request."""
    try:
        route = _find(verb, path)
        answer = route.handler(stage, body)
        if route.changes:
            stage.save()
    except ControlError as error:
        return error.status, {"error": str(error)}
    except DocumentError as error:
        return 400, {"error": str(error)}
    except NotSaved as error:
        return error.status, {"error": error.text}
    except Exception:  # the rim: a fault of the mock becomes one sentence, and is logged
        LOG.exception("The control plane failed at %s /_mock/%s", verb, path)
        return 500, {"error": "The mock failed at this request; start it with --verbose to see why."}
    return 200, answer


def _find(verb: str, path: str) -> Route:
    there = [route for route in ROUTES if route.path == path.strip("/")]
    if not there:
        known = ", ".join(sorted({f"/_mock/{route.path}" for route in ROUTES}))
        raise ControlError(404, f"There is no /_mock/{path}. There are: {known}.")
    for route in there:
        if route.verb == verb:
            return route
    allowed = " and ".join(route.verb for route in there)
    raise ControlError(405, f"{verb} /_mock/{path} is not possible; {allowed} is.")
