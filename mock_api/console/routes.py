"""THE table of the console's pages. Paths are below /console/; how a row is called: app.py.

Rows that change something are POST, and carry the session's token.
Parts are what an open page fetches again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask.typing import ResponseReturnValue

from mock_api.console.views import actions, device, devices, live, sign_in, steering, users


@dataclass(frozen=True)
class Route:
    """A row. `name` is what templates link to; an `open` page needs nobody signed in."""

    verb: str
    path: str
    name: str
    view: Callable[..., ResponseReturnValue]
    open: bool = False


ROUTES: tuple[Route, ...] = (
    Route("GET", "sign-in", "sign_in", sign_in.show, open=True),
    Route("POST", "sign-in", "do_sign_in", sign_in.sign_in, open=True),
    Route("POST", "sign-out", "sign_out", sign_in.sign_out, open=True),
    Route("POST", "language", "language", sign_in.choose_language, open=True),
    Route("GET", "live", "live", live.stream),
    Route("GET", "", "devices", devices.show),
    Route("GET", "parts/devices", "devices_part", devices.part),
    Route("GET", "users", "users", users.show_all),
    Route("GET", "users/<int:number>", "user", users.show),
    Route("GET", "parts/users", "users_list", users.list_part),
    Route("GET", "parts/users/<int:number>/devices", "user_devices", users.devices),
    Route("POST", "parts/users/<int:number>/devices", "change_device", users.change_device),
    Route(
        "GET", "parts/users/<int:number>/permissions/<sheet>", "user_permissions", users.permissions
    ),
    Route(
        "POST",
        "parts/users/<int:number>/permissions/<sheet>",
        "change_permissions",
        users.change_permissions,
    ),
    Route("GET", "parts/mock/clock", "mock_clock", steering.clock),
    Route("POST", "parts/mock/clock", "change_clock", steering.change_clock),
    Route("GET", "parts/mock/faults", "mock_faults", steering.faults),
    Route("GET", "parts/mock/fault", "fault_fields", steering.fault_fields),
    Route("GET", "parts/mock/operations", "operations", steering.operations),
    Route("POST", "parts/mock/faults", "add_fault", steering.add_fault),
    Route("POST", "parts/mock/faults/delete", "delete_faults", steering.delete_faults),
    Route("POST", "parts/mock/faults/<int:number>/delete", "delete_fault", steering.delete_fault),
    Route("GET", "parts/mock/reset", "ask_reset", steering.ask_reset),
    Route("POST", "parts/mock/reset", "reset", steering.reset),
    Route("GET", "devices/<kind>/<number>", "device", device.show),
    Route("GET", "parts/devices/<kind>/<number>/<name>", "device_part", device.part),
    Route("GET", "parts/devices/<kind>/<number>/login", "device_login", device.hide_login),
    Route("POST", "parts/devices/<kind>/<number>/login", "show_device_login", device.show_login),
    Route("GET", "parts/devices/<kind>/<number>/actions/<key>", "ask_action", actions.ask),
    Route("POST", "devices/<kind>/<number>/actions/<key>", "do_action", actions.act),
    Route("POST", "devices/<kind>/<number>/restart-inside", "restart_inside", actions.restart),
)
