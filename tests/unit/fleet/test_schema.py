"""The JSON Schema: current, valid, and of one mind with the reader."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import classic_rescue
from classic_rescue.fleet import FleetErrors, json_schema
from classic_rescue.fleet.schema import render
from tests.unit.fleet.asking import fleet_of

PROJECT = Path(classic_rescue.__file__).parents[2]
VALIDATOR = jsonschema.Draft7Validator(json_schema())


def test_the_schema_in_docs_is_current() -> None:
    """When this fails: PYTHONPATH=constructs python -m
    classic_rescue.fleet.schema > docs/fleet.schema.json
    """
    assert (PROJECT / "docs" / "fleet.schema.json").read_text(encoding="utf-8") == render()


def test_the_module_prints_the_schema_and_nothing_else() -> None:
    """The command of the message above writes exactly the file, without a warning."""
    environ = {**os.environ, "PYTHONPATH": str(PROJECT / "constructs")}
    command = [sys.executable, "-W", "error", "-m", "classic_rescue.fleet.schema"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (render(), "")


def test_the_schema_is_a_schema() -> None:
    """It keeps to the dialect it names."""
    jsonschema.Draft7Validator.check_schema(json_schema())


def _objects(node: object) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for part in node for found in _objects(part)]
    if not isinstance(node, dict):
        return []
    below = _objects(list(node.values()))
    return [node, *below] if "properties" in node and "type" in node else below


def test_every_level_is_closed_and_every_key_explained() -> None:
    """An editor warns of unknown keys on every level and has words for every key."""
    levels = _objects(json_schema())
    assert len(levels) == 21
    for level in levels:
        assert level["additionalProperties"] is False
        assert all(
            "description" in key or "const" in key for key in level["properties"].values()
        ), level


GUEST = {"virtual_guest": 1, "boot": "os"}
IMAGE = {"virtual_guest": 1, "boot": {"image": "a.iso"}}
URL_FROM = "CLASSIC_RESCUE_NOTIFY_OPS"
HOOK = {"name": "ops", "webhook": {"form": "slack", "url_from": URL_FROM}}
MAIL: dict[str, Any] = {
    "name": "mail",
    "email": {"host": "mail.example.com", "from": "a@example.com", "to": ["b@example.com"]},
}
WINDOW = {"days": "mon-fri", "from": "22:00", "to": "06:00", "zone": "Europe/Rome"}
RIGHT: list[dict[str, Any]] = [
    {"devices": {}},
    {"devices": None},
    {"devices": {"a": GUEST, "b-_.9": {"ip": "10.1.2.3", "boot": "rescue"}}},
    {"devices": {"a": IMAGE}},
    {"devices": {"a": {**GUEST, "boot": {"image": 5}}}},
    {"devices": {"a": {"hardware": 1, "boot": "rescue", "no_os_environment": "LINUX"}}},
    {"devices": {"a": {"hostname": "a.b", "boot": "rescue", "no_os_environment": "WINDOWS"}}},
    {
        "devices": {
            "a": {**GUEST, "until": "2026-12-01T06:00:00+01:00", "timeout": "1h30m", "reason": "x"}
        }
    },
    {"devices": {}, "defaults": {"timeout": 90, "reason": "ü", "until": "2026-12-01 06:00 Z"}},
    {
        "devices": {},
        "shards": 7,
        "shard_size": 5,
        "requests_per_second": 20,
        "endpoint": "https://api.softlayer.com/rest/v3.1/",
    },
    {"devices": {}, "backend": "pg"},
    {"devices": {}, "backend": {"type": "local"}},
    {"devices": {}, "backend": {"type": "pg", "schema": "a", "skip_index_creation": False}},
    {"devices": {}, "backend": {"type": "s3", "bucket": "my-state", "endpoint": "https://a"}},
    {"devices": {}, "backend": {"type": "http", "address": "https://a/{stack}/x"}},
    {"devices": {}, "backend": {"type": "cloud", "organization": "o"}},
    {"devices": {"a": {**GUEST, "tags": ["web"], "allow_reboot": True}}},
    {"devices": {}, "policy": {}},
    {
        "devices": {},
        "policy": {"require_reason": "CHG-[0-9]+", "require_until": True, "max_until": "1d12h"},
    },
    {"devices": {}, "policy": {"images_allowed": [], "protected": ["db-*"], "max_down": 5}},
    {"devices": {}, "policy": {"images_allowed": ["a.iso", 5], "max_down": "10%"}},
    {
        "devices": {},
        "policy": {
            "max_down": [
                {"limit": "100%"},
                {"limit": 1, "names": "web-*"},
                {"limit": 2, "tag": "a"},
            ]
        },
    },
    {
        "devices": {},
        "policy": {"windows": [WINDOW, {**WINDOW, "days": ["sat", "mon-tue"], "to": "24:00"}]},
    },
    {"devices": {}, "policy": {"break_glass": {"reason": "x", "until": "2026-12-01T06:00:00Z"}}},
    {"devices": {}, "notify": [HOOK, {**MAIL, "events": ["down", "overdue"], "tags": ["db"]}]},
    {"devices": {}, "notify": [{"name": "page", "command": ["./page.sh"], "devices": ["db-*"]}]},
]
WRONG: list[dict[str, Any]] = [
    {},
    {"devices": [], "shards": 1},
    {"devices": {}, "devises": {}},
    {"devices": {"a b": GUEST}},
    {"devices": {"-a": GUEST}},
    {"devices": {"": GUEST}},
    {"devices": {"a": None}},
    {"devices": {"a": {"boot": "os"}}},
    {"devices": {"a": {"virtual_guest": 1}}},
    {"devices": {"a": {**GUEST, "hardware": 1}}},
    {"devices": {"a": {**GUEST, "virtual_guest": 0}}},
    {"devices": {"a": {**GUEST, "boot": "image"}}},
    {"devices": {"a": {**GUEST, "boot": False}}},
    {"devices": {"a": {**GUEST, "boot": {"image": ""}}}},
    {"devices": {"a": {**GUEST, "boot": {"image": "12"}}}},
    {"devices": {"a": {"hardware": 1, "boot": {"image": "a.iso"}}}},
    {"devices": {"a": {"hardware": 1, "boot": "os", "no_os_environment": "LINUX"}}},
    {"devices": {"a": {**GUEST, "boot": "rescue", "no_os_environment": "LINUX"}}},
    {"devices": {"a": {**GUEST, "until": "2026-12-01"}}},
    {"devices": {"a": {**GUEST, "until": "2026-12-01T06:00:00"}}},
    {"devices": {"a": {**GUEST, "timeout": 0}}},
    {"devices": {"a": {**GUEST, "timeout": ""}}},
    {"devices": {"a": {**GUEST, "reason": "a\nb"}}},
    {"devices": {"a": {**GUEST, "reason": " "}}},
    {"devices": {}, "shards": 0},
    {"devices": {}, "endpoint": "https://a/xmlrpc/v3.1/"},
    {"devices": {}, "endpoint": "https://u:p@a/rest/v3.1/"},
    {"devices": {}, "defaults": {"boot": "os"}},
    {"devices": {}, "backend": "s3"},
    {"devices": {}, "backend": None},
    {"devices": {}, "backend": {"type": "s3"}},
    {"devices": {}, "backend": {"type": "pg", "conn_str": "x"}},
    {"devices": {}, "backend": {"type": "http", "address": "https://a/"}},
    {"devices": {"a": {**GUEST, "tags": "web"}}},
    {"devices": {}, "policy": {"max_dwn": 5}},
    {"devices": {}, "policy": {"require_reason": ""}},
    {"devices": {}, "policy": {"require_until": 1}},
    {"devices": {}, "policy": {"max_until": 72}},
    {"devices": {}, "policy": {"max_until": ""}},
    {"devices": {}, "policy": {"images_allowed": "a.iso"}},
    {"devices": {}, "policy": {"max_down": 0}},
    {"devices": {}, "policy": {"max_down": "0%"}},
    {"devices": {}, "policy": {"max_down": "101%"}},
    {"devices": {}, "policy": {"max_down": []}},
    {"devices": {}, "policy": {"max_down": [{"limit": 1, "names": "a", "tag": "b"}]}},
    {"devices": {}, "policy": {"max_down": [{"names": "a"}]}},
    {"devices": {}, "policy": {"protected": ["a b"]}},
    {"devices": {}, "policy": {"windows": []}},
    {"devices": {}, "policy": {"windows": [{**WINDOW, "from": "24:00"}]}},
    {"devices": {}, "policy": {"windows": [{**WINDOW, "zone": "../etc"}]}},
    {"devices": {}, "policy": {"break_glass": {"reason": "x"}}},
    {"devices": {}, "notify": HOOK},
    {"devices": {}, "notify": [{"name": "a"}]},
    {"devices": {}, "notify": [{"webhook": HOOK["webhook"]}]},
    {"devices": {}, "notify": [{**HOOK, "command": ["a"]}]},
    {"devices": {}, "notify": [{**HOOK, "webhook": "https://hooks.example/secret"}]},
    {"devices": {}, "notify": [{**HOOK, "webhook": {"form": "slack", "url": "https://a"}}]},
    {"devices": {}, "notify": [{**HOOK, "webhook": {"form": "slack", "url_from": "SL_API_KEY"}}]},
    {"devices": {}, "notify": [{**HOOK, "events": []}]},
    {"devices": {}, "notify": [{**HOOK, "events": ["dwn"]}]},
    {"devices": {}, "notify": [{"name": "a", "email": {"host": "a", "to": ["b@c.d"]}}]},
    {"devices": {}, "notify": [{"name": "a", "email": {**MAIL["email"], "password": "x"}}]},
    {"devices": {}, "notify": [{"name": "a", "email": {**MAIL["email"], "host_from": URL_FROM}}]},
    {"devices": {}, "notify": [{"name": "a", "command": "page.sh"}]},
]


@pytest.mark.parametrize("fleet", RIGHT, ids=repr)
def test_the_schema_takes_what_the_reader_takes(fleet: dict[str, Any]) -> None:
    """An editor does not warn of a right file."""
    fleet_of(json.dumps(fleet))
    VALIDATOR.validate(fleet)


@pytest.mark.parametrize("fleet", WRONG, ids=repr)
def test_the_schema_refuses_what_the_reader_refuses(fleet: dict[str, Any]) -> None:
    """An editor warns of what would be refused later, as far as a schema can say it."""
    with pytest.raises(FleetErrors):
        fleet_of(json.dumps(fleet))
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(fleet)


@pytest.mark.parametrize(
    "fleet",
    [
        {"devices": {"a": {**GUEST, "virtual_guest": "1"}}},
        {"devices": {"a": {**GUEST, "timeout": "5 m"}}},
        {"devices": {"a": {**GUEST, "allow_reboot": "yes"}}},
        {"devices": {"a": {"hostname": "a.example.com.", "boot": "OS"}}},
        {"devices": {}, "policy": {"max_down": "10 %"}},
        {"devices": {}, "policy": {"windows": [{**WINDOW, "days": "monday"}]}},
    ],
    ids=repr,
)
def test_the_schema_wants_the_plain_spelling(fleet: dict[str, Any]) -> None:
    """What the reader takes in other words too, an editor offers in one."""
    fleet_of(json.dumps(fleet))
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(fleet)
