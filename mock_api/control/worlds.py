"""Health, the world, reset, the devices' private states, and settings."""

from __future__ import annotations

import json
from dataclasses import asdict

from mock_api.control.body import read_object
from mock_api.domain import dates
from mock_api.domain.document import SETTINGS, read_document, read_value, to_json
from mock_api.domain.stage import Stage
from mock_api.domain.world import DeviceView


def health(stage: Stage, body: bytes) -> object:
    """That the mock runs, and how much it holds."""
    with stage.lock:
        return {"status": "ok", "devices": {kind.value: len(rows) for kind, rows in stage.world.devices.items()}}


def get_world(stage: Stage, body: bytes) -> object:
    """The world as a document that PUT takes back; holds the mock's keys and passwords."""
    return json.loads(to_json(stage.document()))


def put_world(stage: Stage, body: bytes) -> object:
    """Put another world on the stage; reset still goes back to the one the mock was started with."""
    stage.load(read_document(body, "world"))
    return health(stage, b"")


def reset(stage: Stage, body: bytes) -> object:
    """The starting world and an empty journal."""
    stage.reset()
    return health(stage, b"")


def get_devices(stage: Stage, body: bytes) -> object:
    """Every device as it is now, with the boot state that the API never shows."""
    with stage.lock:
        world = stage.world
        now_s = world.clock.now_s()
        return [_device(world.view(device, now_s)) for device in world.all_devices()]


def _device(view: DeviceView) -> dict[str, object]:
    state, pending = view.state, view.state.pending
    active = state.active_transaction(view.now_s)
    due_s = pending.due_s if pending else None
    return {
        "id": view.facts.id,
        "kind": view.kind.value,
        "hostname": view.facts.hostname,
        "boot": state.boot.value,
        "power": state.power.value,
        "iso_image_id": state.iso_image_id,
        "move": pending.move if pending else None,
        "due": dates.utc_text(due_s) if due_s is not None else None,
        "active_transaction_id": active.id if active else None,
    }


def get_settings(stage: Stage, body: bytes) -> object:
    """The world's settings; durations are virtual seconds."""
    with stage.lock:
        return asdict(stage.world.settings)


def change_settings(stage: Stage, body: bytes) -> object:
    """Change some settings of the running world; moves under way keep their times."""
    raw = read_object(body, "settings")
    with stage.lock:
        changed = read_value(SETTINGS, {**asdict(stage.world.settings), **raw}, "settings")
        stage.world.change_settings(changed)
        stage.mark_changed()
        return asdict(changed)
