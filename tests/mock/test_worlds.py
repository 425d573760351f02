"""World files: what they may leave out, the demo world, generated worlds, the editors' schema."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from mock_api import worlds
from mock_api.command_line import main
from mock_api.domain.consistency import find_mistakes
from mock_api.domain.document import DOCUMENT, read_document, read_world, to_json
from mock_api.domain.facts import Facts
from mock_api.worlds.loading import DEMO
from mock_api.worlds.schema import json_schema, render
from tests.mock.stagehand import ROOT, Play

MINIMAL = "account: {id: 307608}\nguests:\n- hostname: web-1\n"


def load(folder: Path, text: str, name: str = "w.yaml") -> worlds.WorldDocument:
    """The world of a file with this text."""
    (folder / name).write_text(text, encoding="utf-8")
    return worlds.load_file(folder / name)


def test_an_account_and_one_guest_are_a_world(tmp_path: Path) -> None:
    """What is left out has sensible values:
    a master user, places, systems, the rescue ISO, addresses.
    """
    world = load(tmp_path, MINIMAL)
    (guest,) = world.guests
    (master,) = world.users
    assert (guest.id, guest.hostname, guest.domain, guest.datacenter) == (
        1000001,
        "web-1",
        "example.com",
        "dal13",
    )
    assert (guest.os, guest.public_ip, guest.private_ip) == ("ubuntu-22", "198.18.0.2", "10.1.0.2")
    assert (master.username, master.master, bool(master.api_key)) == ("SL307608", True, True)
    assert [row.name for row in world.datacenters] == ["dal13", "fra02"]
    assert [row.datacenter for row in world.disk_images] == ["dal13", "fra02"]
    assert [row.disk_image_ids for row in world.image_groups] == [
        tuple(row.id for row in world.disk_images)
    ]


def test_a_minimal_world_runs(tmp_path: Path) -> None:
    """Its guest can be called and rescued."""
    play = Play(load(tmp_path, MINIMAL))
    assert (
        play.call("SoftLayer_Virtual_Guest", "executeRescueLayer", 1000001, user="SL307608").body
        is True
    )


def test_null_and_empty_are_said_on_purpose(tmp_path: Path) -> None:
    """`null` is no system and no public address; an empty list stays empty."""
    text = "account: {id: 1}\ndisk_images: []\nguests: [{os: null, public_ip: null}]\n"
    world = load(tmp_path, text)
    assert (world.guests[0].os, world.guests[0].public_ip, world.disk_images) == (None, None, ())


def test_what_is_left_out_meets_nothing_that_is_given(tmp_path: Path) -> None:
    """Ids and addresses that rows name are not given to others."""
    rows = [{"id": 1000002, "private_ip": "10.1.0.2"}, {}, {}, {"public_ip": "198.18.0.3"}]
    world = load(
        tmp_path,
        json.dumps({"account": {"id": 1}, "guests": rows, "hardware": [{"id": 1000001}, {}]}),
    )
    assert [row.id for row in world.guests] == [1000002, 1000003, 1000004, 1000005]
    assert (
        len({row.private_ip for row in world.guests})
        == len({row.public_ip for row in world.guests})
        == 4
    )
    assert find_mistakes(DOCUMENT.adapter.dump_python(world)) == []


@pytest.mark.parametrize(
    ("name", "write"), [("w.yaml", yaml.safe_dump), ("w.json", json.dumps), ("w", yaml.safe_dump)]
)
def test_yaml_and_json_say_the_same(tmp_path: Path, name: str, write: Callable[[Any], str]) -> None:
    """The demo world reads the same from both, by the name's ending or by the content."""
    assert load(tmp_path, write(json.loads(DEMO.read_text())), name) == worlds.demo()


def test_a_mark_at_the_start_is_no_mistake(tmp_path: Path) -> None:
    """Windows editors begin a file with a byte order mark."""
    (tmp_path / "w").write_bytes(b"\xef\xbb\xbf" + b'{"account": {"id": 1}}')
    assert worlds.load_file(tmp_path / "w").account.id == 1


def test_yaml_keeps_words_and_dates_as_they_look(tmp_path: Path) -> None:
    """`no`, a date and a time are text, as YAML 1.2 has it; anchors may be used."""
    text = (
        "account: {id: 1, company_name: no}\n"
        "clock: {now: 2026-01-01T00:00:00Z, utc_offset: +01:00}\n"
    )
    world = load(
        tmp_path, text + 'guests:\n- {tags: &t [12:30, "7"], notes: "null"}\n- {tags: *t}\n'
    )
    assert (world.account.company_name, world.clock.now) == ("no", "2026-01-01T00:00:00Z")
    assert [row.tags for row in world.guests] == [("12:30", "7")] * 2
    assert world.guests[0].notes == "null"


def test_worlds_survive_the_way_to_json_and_back() -> None:
    """A document is the same after writing and reading."""
    assert read_document(to_json(worlds.demo()), "x") == worlds.demo()


def test_the_quick_way_to_the_own_worlds_is_the_checked_one() -> None:
    """The demo and generated worlds, read without a check, are what the check gives,
    and have no mistakes.
    """
    assert worlds.load_file(DEMO) == worlds.demo()
    for world in (worlds.generate(60, 60, mixed=True), worlds.generate(0, 0)):
        assert read_world(json.loads(to_json(world)), "x") == world


def test_public_isos_exist_once_a_data_centre() -> None:
    """Every public ISO has an id of its own in each data centre."""
    rows = [(row.name, row.datacenter) for row in worlds.demo().disk_images if row.public]
    assert len(set(rows)) == len(rows) == 4


def test_generated_worlds() -> None:
    """Sequential ids and names, distinct addresses."""
    world = worlds.generate(guests=600, hardware=3)
    assert (world.guests[0].id, world.guests[-1].id, world.guests[0].hostname) == (
        1000001,
        1000600,
        "vg-0001",
    )
    assert (world.hardware[2].id, world.hardware[2].hostname) == (2000003, "hw-0003")
    assert (
        len({row.public_ip for row in world.guests} | {row.private_ip for row in world.guests})
        == 1200
    )


@pytest.mark.parametrize("count", [-1, 1_000_001])
def test_the_limit_of_generated_worlds_is_said(count: int) -> None:
    """A million of each kind."""
    with pytest.raises(ValueError, match="allowed are 0 to 1000000"):
        worlds.generate(count, 0)


def test_the_first_generated_devices_are_plain() -> None:
    """Ten of each kind hold no surprise, in worlds of every sort."""
    world = worlds.generate(10, 10, mixed=True)
    assert {(row.datacenter, row.os, row.tags, row.power) for row in world.guests} == {
        ("dal13", "ubuntu-22", (), "RUNNING")
    }
    assert {(row.datacenter, row.os, row.tags, row.power) for row in world.hardware} == {
        ("dal13", "centos-7", (), "RUNNING")
    }


def test_generated_worlds_vary_for_filters() -> None:
    """Data centres, systems, tags, sizes, notes and billing differ; all are on and run Linux."""
    for rows in (worlds.generate(300, 0).guests, worlds.generate(0, 300).hardware):
        for field in ("datacenter", "os", "tags", "notes", "hourly"):
            assert (
                min(
                    Counter(
                        getattr(row, field) is None or getattr(row, field) for row in rows
                    ).values()
                )
                < 290
            ), field
            assert len({getattr(row, field) for row in rows}) > 1, field
        assert {row.os for row in rows} == {"ubuntu-22", "centos-7"}
        assert {row.power for row in rows} == {"RUNNING"}


def test_mixed_worlds_hold_what_cannot_be_rescued() -> None:
    """Windows, CoreOS, none at all, powered off, too much memory."""
    world = worlds.generate(300, 300, mixed=True)
    devices: list[Facts] = [*world.guests, *world.hardware]
    assert {row.os for row in devices} == {"ubuntu-22", "centos-7", "windows-2022", "coreos", None}
    assert {row.power for row in devices} == {"RUNNING", "HALTED"}
    assert max(row.memory_mb for row in world.guests) > 131072


def test_every_device_of_a_generated_world_can_be_rescued() -> None:
    """Unless it is mixed: benchmarks rescue all of them."""
    play = Play(worlds.generate(60, 60))
    calls = [(("guest", "executeRescueLayer"), 1000001), (("server", "bootToRescueLayer"), 2000001)]
    for (kind, method), first in calls:
        assert all(getattr(play, kind)(method, number=first + index) is True for index in range(60))


def test_the_seed_decides() -> None:
    """The same seed gives the same world, another one another,
    and a longer world begins like a shorter one.
    """
    assert worlds.generate(80, 80, seed=5) == worlds.generate(80, 80, seed=5)
    assert worlds.generate(80, 0, seed=5).guests != worlds.generate(80, 0, seed=6).guests
    assert worlds.generate(80, 0, seed=5).guests[:40] == worlds.generate(40, 0, seed=5).guests


@pytest.mark.slow
def test_large_worlds_have_distinct_addresses() -> None:
    """Beyond 62,000 devices addresses come from wider blocks; nothing meets."""
    world = worlds.generate(63_000, 10)
    devices: list[Facts] = [*world.guests, *world.hardware]
    known = [address for row in devices for address in (row.public_ip, row.private_ip)]
    assert len(set(known)) == len(known)


def test_the_time_to_generate_grows_with_the_size() -> None:
    """Eight times the devices take about eight times as long, not the square of it."""

    def took_s(count: int) -> float:
        start_s = time.process_time()  # what else the machine does is none of it
        worlds.generate(count, 0)
        return time.process_time() - start_s

    assert min(took_s(4000) for _ in range(3)) < 24 * min(took_s(500) for _ in range(3))


def test_the_schema_is_current() -> None:
    """`make docs` writes it; a stale one misleads editors."""
    assert (ROOT / "docs" / "world.schema.json").read_text() == render()


@pytest.mark.parametrize(
    "values", [json.loads(DEMO.read_text()), yaml.safe_load(MINIMAL)], ids=["demo", "minimal"]
)
def test_worlds_match_the_schema(values: object) -> None:
    """What the mock reads, an editor does not underline."""
    jsonschema.validate(values, json_schema())


def test_dumps_match_the_schema() -> None:
    """A world of a running mock, with what moves in it, can be edited as well."""
    play = Play()
    play.guest("executeRescueLayer")
    values = json.loads(to_json(play.stage.document()))
    jsonschema.validate(values, json_schema())
    assert read_world(values, "x") == play.stage.document()


@pytest.mark.parametrize(
    "wrong",
    [
        {"guest": []},
        {"guests": [{"memory_mb": 0}]},
        {"guests": [{"power": "OFF"}]},
        {"users": [{"id": 1, "username": "a", "permissions": ["FLY"]}]},
        {"labels": {"names": {"guest_rescue": "x"}}},
    ],
)
def test_the_schema_underlines_mistakes(wrong: dict[str, object]) -> None:
    """An unknown field, a number out of range and a word that is not allowed."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"account": {"id": 1}, **wrong}, json_schema())


def test_check_only_looks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--check` says what a world holds, ends with 0, and starts nothing."""
    (tmp_path / "w.yaml").write_text(MINIMAL)
    assert main(["--world", str(tmp_path / "w.yaml"), "--check"]) == 0
    assert (
        capsys.readouterr().out == f"{tmp_path / 'w.yaml'}: fine (1 guests, 0 hardware, 1 users)\n"
    )


def test_check_names_every_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A world with two mistakes ends with 2 and two lines."""
    (tmp_path / "w.yaml").write_text("account: {id: x}\nguestz: []\n")
    assert main(["--world", str(tmp_path / "w.yaml"), "--check"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 2)
    assert f"{tmp_path / 'w.yaml'}:2:1: guestz" in err


def test_worlds_share_nothing_that_moves() -> None:
    """Two worlds of one document are independent: a change in one is none in the other."""
    first = Play(worlds.demo())
    second = Play(worlds.demo())
    first.guest("executeRescueLayer")
    assert second.stage.world.moving().states == {}
    assert replace(first.stage.document(), moving=None) == replace(
        second.stage.document(), moving=None
    )


def test_a_start_with_the_demo_world_loads_neither_pydantic_nor_yaml() -> None:
    """They would take a third of the time to the first answer."""
    start = "from mock_api.command_line import main; main(['--check'])"
    code = f"{start}; import sys; print({{'pydantic', 'yaml'}} & {{*sys.modules}})"
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    assert said.splitlines()[-1] == "set()"
