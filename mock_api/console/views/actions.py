"""The actions of a device: what is asked first, then the call, then what came of it."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from mock_api.console.actions import ACTIONS, SERVICES, Action, Question, find_obstacle
from mock_api.console.desk import said, steer
from mock_api.console.door import call_api
from mock_api.console.page import render
from mock_api.console.refusals import OUTSTANDING, api_text, find_refusal
from mock_api.console.timeline import LOG, events_of
from mock_api.console.views.device import SECTION, Seen, common_values, look_at
from mock_api.domain.events import Event
from mock_api.domain.facts import DiskImage, Kind
from mock_api.domain.world import World
from mock_api.http.exchange import Answer

RESTART = "restart-inside"  # the mock's own: no call of the API does it
Dialog = tuple[str, dict[str, object]]
"""A template and its values."""


def ask(kind: str, number: str, key: str) -> ResponseReturnValue:
    """The dialog before an action."""
    if key != RESTART and key not in ACTIONS:
        raise NotFound
    template, values = look_at(kind, number, lambda seen: _question(seen, key))
    return render(template, SECTION, **values)


def act(kind: str, number: str, key: str) -> ResponseReturnValue:
    """Make the call of an action, as the user. What the menu disables is for the API to refuse."""
    if key not in ACTIONS:
        raise NotFound
    action = ACTIONS[key]
    device_kind, device_id = look_at(
        kind, number, lambda seen: (seen.device.kind, seen.device.facts.id)
    )
    arguments = _arguments(action, device_kind)
    answer = call_api(SERVICES[device_kind], action.method(device_kind), device_id, *arguments)
    template, values = look_at(kind, number, lambda seen: _outcome(seen, action, answer, arguments))
    return render(template, SECTION, **values)


def restart(kind: str, number: str) -> ResponseReturnValue:
    """Restart a device from inside, as its own user would: through the control plane,
    for devices that one sees.
    """
    values = look_at(kind, number, common_values)
    refusal = said(steer("POST", f"os_restarts/{int(number)}"))
    if not refusal:
        return render("device_done.html", SECTION, done=f"done.{RESTART}", **values)
    more = {"title": f"action.{RESTART}", "why": "refused.restart", "text": refusal}
    return render("device_refused.html", SECTION, **{**values, **more})


def _question(seen: Seen, key: str) -> Dialog:
    values = common_values(seen)
    if key == RESTART:
        return "device_ask_restart.html", values
    action = ACTIONS[key]
    obstacle = seen.obstacle(action)
    if obstacle is not None:
        return "device_blocked.html", {**values, "action": action, "obstacle": obstacle}
    if action.question is Question.IMAGE and seen.loaded_image is not None:
        action = ACTIONS["unload"]
    values |= {
        "action": action,
        "minutes": action.minutes(seen.look.world, seen.device.kind),
        "wait": seen.wait(action),
    }
    if action.question is Question.IMAGE:
        return _ask_image(seen, values)
    values |= {"loaded": seen.loaded_image, "no_os": seen.device.facts.os is None}
    return f"device_ask_{action.question}.html", values


def _arguments(action: Action, kind: Kind) -> tuple[object, ...]:
    """The call's arguments, from the form."""
    if action.question is Question.IMAGE:
        return (request.form.get("image", ""),)
    environment = request.form.get("environment")
    if action.question is Question.RESCUE and kind is Kind.HARDWARE and environment:
        return (environment,)
    return ()


def _ask_image(seen: Seen, values: dict[str, object]) -> Dialog:
    chosen = _chosen(seen.look.world)
    if chosen is not None:
        return "device_ask_boot.html", {**values, "image": chosen}
    public = request.args.get("from") != "private"
    return "device_ask_image.html", {**values, "public": public, "images": _images(seen, public)}


def _chosen(world: World) -> DiskImage | None:
    text = request.args.get("image", "")
    return (
        world.disk_images.get(int(text))
        if text.isascii() and text.isdecimal() and len(text) < 20
        else None
    )


def _images(seen: Seen, public: bool) -> list[DiskImage]:
    """The ISO images, those of the device's data centre first."""
    here = seen.device.facts.datacenter
    rows = [row for row in seen.look.world.disk_images.values() if row.iso and row.public == public]
    return sorted(rows, key=lambda row: (row.datacenter != here, row.name, row.datacenter))


def _outcome(seen: Seen, action: Action, answer: Answer, arguments: tuple[object, ...]) -> Dialog:
    values = common_values(seen)
    given = arguments[0] if arguments else ""
    why = find_refusal(seen.look.world, answer, given, seen.device.facts.fqdn)
    if why is None:
        return "device_done.html", {**values, "done": f"done.{action.key}"}
    latest = _newest_event(seen) if why == OUTSTANDING else None
    values |= {
        "title": f"action.{action.key}",
        "why": why,
        "text": api_text(answer),
        "latest": latest,
    }
    return "device_refused.html", {**values, "obstacle": seen.obstacle(action)}


def _newest_event(seen: Seen) -> Event | None:
    """Who did something last, for users who may read the event log."""
    if find_obstacle(seen.look.world, seen.look.user, LOG) is not None:
        return None
    return next(events_of(seen.view, seen.look), None)
