"""World files: clear errors, the demo world, generated worlds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mock_api import worlds
from mock_api.domain.document import DocumentError, read_document, to_json

DEMO: dict[str, Any] = json.loads(to_json(worlds.demo()))


def broken(path: str, value: object) -> bytes:
    """The demo world with one value replaced; `path` is like guests.0.os."""
    world = json.loads(json.dumps(DEMO))
    *way, last = path.split(".")
    place: Any = world
    for part in way:
        place = place[int(part)] if part.isdecimal() else place[part]
    place[int(last) if last.isdecimal() else last] = value
    return json.dumps(world).encode()


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("guests.0.memory_mb", "lots", 'w.json: guests[0].memory_mb: input should be a valid integer'),
        ("guests.1.colour", "red", 'w.json: guests[1].colour: this field is not known; given was "red".'),
        ("guests.0.os", "beos", "w.json: guests[0].os: allowed are centos-7, coreos, ubuntu-22, windows-2022, or null"),
        ("guests.0.datacenter", "mars", "w.json: guests[0].datacenter: allowed are dal13, fra02"),
        ("hardware.0.power", "MAYBE", "w.json: hardware[0].power: allowed are HALTED, PAUSED, RUNNING"),
        ("guests.1.id", 124929698, "every device id may be there only once; given was 124929698."),
        ("users.1.permissions", ["FLY"], "w.json: users[1].permissions: allowed are ACCESS_ALL"),
        ("users.1.master", True, "exactly one user must be the master user"),
        ("labels.names", {"x.y": "z"}, "w.json: labels: allowed are"),
        ("image_groups.0.disk_image_ids", [1], "w.json: image_groups[0].disk_image_ids: each must be the id"),
        ("clock.now", "yesterday", "w.json: clock: The date 'yesterday' is not understood"),
        ("clock.utc_offset", "6", "w.json: clock: The UTC offset '6' is not understood"),
    ],
)  # fmt: skip
def test_broken_worlds(path: str, value: object, text: str) -> None:
    """A world file that cannot be used is refused with place, what was given and what is allowed."""
    with pytest.raises(DocumentError) as caught:
        read_document(broken(path, value), "w.json")
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_broken_secret_is_not_shown() -> None:
    """An error about a key or password does not repeat it."""
    with pytest.raises(DocumentError, match="not shown") as caught:
        read_document(broken("users.0.api_key", ["s3cret"]), "w.json")
    assert "s3cret" not in str(caught.value)


def test_unreadable_files(tmp_path: Path) -> None:
    """No file, and a file that is no JSON."""
    with pytest.raises(DocumentError, match="cannot be read"):
        worlds.load_file(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(DocumentError, match="not JSON"):
        worlds.load_file(tmp_path / "bad.json")


def test_worlds_survive_the_way_to_json_and_back() -> None:
    """A document is the same after writing and reading."""
    assert read_document(to_json(worlds.demo()), "x") == worlds.demo()


def test_generated_worlds() -> None:
    """Sequential ids and names, distinct addresses."""
    world = worlds.generate(guests=600, hardware=3)
    assert (world.guests[0].id, world.guests[-1].id, world.guests[0].hostname) == (1000001, 1000600, "vg-0001")
    assert (world.hardware[2].id, world.hardware[2].hostname) == (2000003, "hw-0003")
    assert len({row.public_ip for row in world.guests} | {row.private_ip for row in world.guests}) == 1200
    with pytest.raises(ValueError, match="allowed are 0 to"):
        worlds.generate(-1, 0)


def test_public_isos_exist_once_a_data_centre() -> None:
    """Every public ISO has an id of its own in each data centre."""
    rows = [(row.name, row.datacenter) for row in worlds.demo().disk_images if row.public]
    assert len(set(rows)) == len(rows) == 4
