"""A device's page: what it is, what it runs, its logins, its drives, and what happened on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from flask import Response, make_response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, NotFound

from mock_api.console.actions import ACTIONS, Action, Obstacle, find_obstacle
from mock_api.console.conditions import condition, since_s
from mock_api.console.desk import get_desk, look_now
from mock_api.console.feed import machine_topic, topic_of
from mock_api.console.grantors import grantors
from mock_api.console.page import render
from mock_api.console.timeline import LOG, Happening, read_timeline
from mock_api.domain.actions import Wait, find_wait
from mock_api.domain.audit import note_credentials
from mock_api.domain.facts import DiskImage, Family, Kind, Software
from mock_api.domain.people import User
from mock_api.domain.world import Device, DeviceView
from mock_api.operations.types.table import Look
from mock_api.operations.types.views import (
    BlockDevice,
    Login,
    Part,
    TransactionView,
    active_transaction,
    block_devices,
    device_status,
    logins,
    management_logins,
    parts,
    software_component,
)  # fmt: skip

KINDS = {"virtual-guest": Kind.GUEST, "hardware": Kind.HARDWARE}
T = TypeVar("T")
PARTS = ("now", "machine", "timeline", "menu")
SECTION = "devices"
PATHS = {kind: path for path, kind in KINDS.items()}


@dataclass(frozen=True)
class Seen:
    """A device that the user sees, at one instant.

    Only `look_at` makes one; read it under the stage's lock.
    """

    look: Look
    device: Device

    @cached_property
    def view(self) -> DeviceView:
        """The device at that instant."""
        return self.look.world.view(self.device, self.look.now_s)

    @property
    def software(self) -> Software | None:
        """The operating system that it was ordered with."""
        return self.look.world.software.get(self.device.facts.os or "")

    @property
    def is_windows(self) -> bool:
        """Whether that is a Windows."""
        return self.software is not None and self.software.family is Family.WINDOWS

    @property
    def loaded_image(self) -> DiskImage | None:
        """The image in the CD drive."""
        return self.look.world.disk_images.get(self.view.state.iso_image_id or 0)

    @property
    def system_logins(self) -> list[Login]:
        """The recorded administrator login."""
        component = software_component(self.view, self.look.world)
        return logins(component) if component else []

    def obstacle(self, action: Action) -> Obstacle | None:
        """What keeps the user from an action."""
        return find_obstacle(self.look.world, self.look.user, action.operation(self.device.kind))

    def wait(self, action: Action) -> Wait | None:
        """What must be over before the API takes an action."""
        return find_wait(self.device, action.method(self.device.kind), self.look.now_s)


def look_at(kind: str, number: str, read: Callable[[Seen], T]) -> T:
    """What `read` makes of the device of an address, under the stage's lock.

    Whoever may not see a device gets the same page as for one that does not exist. No template may
    be rendered with the lock held: the feed has a lock of its own, and takes the stage's after it.
    """
    with get_desk().stage.lock:
        look = look_now()
        device = _find(look, kind, number)
        if device is not None:
            return read(Seen(look, device))
        granting = grantors(look.world, look.user)
    raise HTTPException(response=_unknown(kind, granting))


def show(kind: str, number: str) -> ResponseReturnValue:
    """The page."""
    return _render("device.html", kind, number)


def part(kind: str, number: str, name: str) -> ResponseReturnValue:
    """A part of the page, as it is now."""
    if name not in PARTS:
        raise NotFound
    return _render(f"device_{name}.html", kind, number, fragment=True)


def hide_login(kind: str, number: str) -> ResponseReturnValue:
    """The logins, hidden."""
    return _render("device_login.html", kind, number)


def show_login(kind: str, number: str) -> ResponseReturnValue:
    """The logins. That somebody looked at them is noted in the event log."""
    shown = look_at(kind, number, _open_logins)
    get_desk().stage.save()
    return _render("device_login.html", kind, number, shown=shown)


def _open_logins(seen: Seen) -> dict[str, list[Login]]:
    note_credentials(seen.look.world, seen.device, seen.look.user, seen.look.now_s)
    get_desk().stage.mark_changed()
    return {"system": seen.system_logins, "management": management_logins(seen.view)}


def common_values(seen: Seen) -> dict[str, object]:
    """What every template of a device may name."""
    facts = seen.device.facts
    kind = seen.device.kind
    return {
        "facts": facts,
        "kind": kind,
        "path": {"kind": PATHS[kind], "number": facts.id},
        "topic": topic_of(kind, facts.id),
        "machine_topic": machine_topic(kind, facts.id),
        "granting": grantors(seen.look.world, seen.look.user),
        "is_windows": seen.is_windows,
        "is_guest": kind is Kind.GUEST,
        "state": seen.view.state,
        "wait": None,
    }


@dataclass(frozen=True)
class Progress:
    """What is under way: the transaction that shows, when it ends, and what it is called."""

    transaction: TransactionView
    due_s: float | None
    name: str


def _render(template: str, kind: str, number: str, **more: object) -> str:
    values = look_at(kind, number, _page_values)
    # Called by the template that shows it, alone: then the lock is free, and the file may be slow.
    read_machine = get_desk().stage.machines.read
    common = {"shown": None, "fragment": False, "read_machine": read_machine}
    return render(template, SECTION, **{**common, **values, **more})


def _page_values(seen: Seen) -> dict[str, object]:
    look = seen.look
    view = seen.view
    log_obstacle = find_obstacle(look.world, look.user, LOG)
    timeline: list[Happening] = read_timeline(view, look, with_events=log_obstacle is None)
    blocks: list[BlockDevice] = block_devices(view, look.world)
    drives: list[Part] = [row for row in parts(view) if row.type_key == "HARD_DRIVE"]
    return {
        **common_values(seen),
        "software": seen.software,
        "datacenter": look.world.datacenters[view.facts.datacenter],
        "status": look.world.labels.name(device_status(view)),
        "condition": condition(view),
        "since_s": since_s(view),
        "progress": _progress(seen),
        "loaded_image": seen.loaded_image,
        "timeline": timeline,
        "log_obstacle": log_obstacle,
        "blocks": [(row, row.make_image() if row.make_image else None) for row in blocks],
        "drives": drives,
        "menu": [
            (row, seen.obstacle(row), seen.wait(row)) for row in ACTIONS.values() if row.in_menu
        ],
        "has_login": bool(seen.system_logins),
        "now_s": look.now_s,
    }


def _progress(seen: Seen) -> Progress | None:
    row = active_transaction(seen.view)
    pending = seen.view.state.pending
    if row is None or pending is None:
        return None
    return Progress(row, pending.due_s, seen.look.world.labels.name(f"{row.label}.friendly"))


def _find(look: Look, kind: str, number: str) -> Device | None:
    if kind not in KINDS or not (number.isascii() and number.isdecimal() and len(number) < 20):
        return None
    device = look.world.devices[KINDS[kind]].get(int(number))
    return device if device and look.user.sees(device.kind, device.facts.id) else None


def _unknown(kind: str, granting: list[User]) -> Response:
    """Unknown Device. The open page of a device that vanished loads itself again,
    and then says so.
    """
    if request.headers.get("HX-Request"):
        return make_response("", 204, {"HX-Refresh": "true"})
    known = KINDS.get(kind, Kind.GUEST)
    return make_response(render("device_unknown.html", SECTION, granting=granting, kind=known), 404)
