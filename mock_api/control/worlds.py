"""Health, the world, reset, and settings."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from mock_api.control.errors import BadRequest
from mock_api.control.merge_patch import merged
from mock_api.control.reading import fitting
from mock_api.domain.document import DocumentError, read_world, to_json
from mock_api.domain.facts import Kind
from mock_api.domain.settings import Settings
from mock_api.domain.stage import Stage
from mock_api.domain.world import WorldDocument

_STARTING_ONLY = ("clock", "first_new_id")
# The parts of `moving` that are kept by id, and the lists of the rows that they belong to.
_CHANGES_OF = {"states": ("guests", "hardware"), "profiles": ("users",)}


@dataclass(frozen=True)
class Health:
    """That the mock runs, and how many devices of each kind it holds."""

    status: str
    devices: dict[Kind, int]


def get_health(stage: Stage) -> Health:
    """The devices on stage, counted."""
    with stage.lock:
        return Health("ok", {kind: len(rows) for kind, rows in stage.world.devices.items()})


def get_world(stage: Stage) -> WorldDocument:
    """The world at this instant, as a document that PUT takes back."""
    return stage.document()


def put_world(stage: Stage, raw: dict[str, object]) -> Health:
    """Put another world on the stage: another one, or the running one without some of its rows."""
    with stage.lock:
        before = json.loads(to_json(stage.document())) if "moving" in raw else {}
        _load(stage, _without_orphans(before, raw))
    return get_health(stage)


def patch_world(stage: Stage, patch: dict[str, object]) -> Health:
    """Merge a patch into the running world."""
    for name in _STARTING_ONLY:
        if name in patch:
            raise BadRequest(
                f"world: {name} says how a world starts and changes nothing in one that runs; use"
                " POST /_mock/clock for the clock, or PUT /_mock/world for another world."
            )
    with stage.lock:
        before = json.loads(to_json(stage.document()))
        after = merged(before, patch)
        _load(stage, _without_orphans(before, after))
    return get_health(stage)


def _without_orphans(before: object, after: object) -> object:
    """The new world without what has changed of the devices and users that it takes out."""
    match after:
        case {"moving": dict(moving)}:
            for name, lists in _CHANGES_OF.items():
                gone = _ids(before, lists) - _ids(after, lists)
                if isinstance(changes := moving.get(name), dict):
                    moving[name] = {
                        number: row for number, row in changes.items() if number not in gone
                    }
    return after


def _ids(world: object, lists: tuple[str, ...]) -> set[str]:
    """The ids of the rows of these lists, as far as a patch left lists and rows."""
    found = [world.get(name) for name in lists] if isinstance(world, dict) else []
    rows = [row for part in found if isinstance(part, list) for row in part]
    return {str(row.get("id")) for row in rows if isinstance(row, dict)}


def _load(stage: Stage, raw: object) -> None:
    document = read_world(raw, "world")
    try:
        stage.load(document)
    except ValueError as error:  # the clock of a saved world
        raise DocumentError(f"world: moving: {error}") from None


def reset(stage: Stage) -> Health:
    """The starting world and an empty journal."""
    stage.reset()
    return get_health(stage)


def get_settings(stage: Stage) -> Settings:
    """The settings of the running world."""
    with stage.lock:
        return stage.world.settings


def patch_settings(stage: Stage, patch: dict[str, object]) -> Settings:
    """Change some settings."""
    with stage.lock:
        changed: Settings = fitting(Settings, {**asdict(stage.world.settings), **patch}, "settings")
        stage.world.change_settings(changed)
        stage.mark_changed()
        return changed
