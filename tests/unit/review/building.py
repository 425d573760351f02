"""Plans as Terraform 1.11 writes them; tests/cycle/test_review.py holds them against real ones."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable
from datetime import UTC, datetime
from typing import Any

from classic_rescue.fleet import Fleet, parse_fleet
from classic_rescue.review.build import review_of
from classic_rescue.review.plans import StackPlan, read_plan
from classic_rescue.review.review import Review

Json = dict[str, Any]

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
WEB = "virtual_guest/1"
DB = "hardware/3"
TAINTED = "replace_because_tainted"
REQUESTED = "replace_by_request"
CHANGED = "replace_because_cannot_update"
REMOVED = "delete_because_each_key"


def order(key: str = WEB, boot: str = "rescue", name: str = "web-1", **more: Any) -> Json:
    """An order as Terraform carries it."""
    given = {"name": name, "device": key, "boot": boot, "image": None, "no_os_environment": None}
    return {**given, "timeout_s": 3600, "reason": None, **more}


def change(
    block: str,
    actions: list[str],
    before: Json | None = None,
    after: Json | None = None,
    **more: Any,
) -> Json:
    """One entry of resource_changes."""
    key = (after or before or {})["device"]
    is_update = actions == ["update"]
    values: Json = {
        "actions": actions,
        "before": before
        and {
            "id": "0-1",
            "input": before,
            "output": before,
            "triggers_replace": _triggers(block, before),
        },
        "after": after and {"input": after, "triggers_replace": _triggers(block, after)},
        "after_unknown": {},
        "before_sensitive": before is not None and _sensitive(block),
        "after_sensitive": after is not None and _sensitive(block),
    }
    if actions == ["no-op"]:
        values["after"] = values["before"]
    elif after is not None:
        unknown: Json = {"input": {}, "output": True} | (
            {"triggers_replace": {}} if block == "boot" else {}
        )
        values["after_unknown"] = unknown if is_update else {"id": True, **unknown}
        if is_update:
            values["after"]["id"] = "0-1"
    if more.get("action_reason") == CHANGED:
        values["replace_paths"] = [["triggers_replace"]]
    return {
        "address": f'terraform_data.{block}["{key}"]',
        "mode": "managed",
        "type": "terraform_data",
        "name": block,
        "index": key,
        "provider_name": "terraform.io/builtin/terraform",
        "change": values,
        **more,
    }


def _triggers(block: str, given: Json) -> Any:
    if block == "release":
        return given["device"]
    found = {field: given[field] for field in ("device", "boot", "image", "no_os_environment")}
    if repair := given.get("repair"):
        found |= {"repair": repair["sha256"], "then": repair["then"]}
    return found


def _sensitive(block: str) -> Json:
    return {"input": {}, "output": {}} | ({"triggers_replace": {}} if block == "boot" else {})


def created(after: Json) -> list[Json]:
    """A device that comes into the stack."""
    return [change("boot", ["create"], None, after), change("release", ["create"], None, after)]


def kept(same: Json) -> list[Json]:
    """A device to which nothing happens."""
    return [change("boot", ["no-op"], same, same), change("release", ["no-op"], same, same)]


def recorded(before: Json, after: Json) -> list[Json]:
    """A device of which another reason, timeout or name is written."""
    return [change("boot", ["update"], before, after), change("release", ["update"], before, after)]


def replaced(before: Json, after: Json, reason: str = CHANGED) -> list[Json]:
    """A device whose enter hook runs again."""
    release = ["no-op"] if before == after else ["update"]
    return [
        change("boot", ["delete", "create"], before, after, action_reason=reason),
        change("release", release, before, after),
    ]


def removed(before: Json) -> list[Json]:
    """A device that leaves the stack."""
    return [
        change(block, ["delete"], before, None, action_reason=REMOVED)
        for block in ("boot", "release")
    ]


def document(*devices: Iterable[Json], tainted: Container[str] = (), **sections: Any) -> Json:
    """The JSON of a whole plan; `tainted` are addresses."""
    changes = [row for device in devices for row in device]
    prior = [_on_record(row, tainted) for row in changes if row["change"].get("before")]
    blocks = [
        {"address": f"terraform_data.{name}", "mode": "managed"} for name in ("boot", "release")
    ]
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {}},
        "resource_changes": changes,
        "output_changes": {},
        "prior_state": {"format_version": "1.0", "values": {"root_module": {"resources": prior}}},
        "configuration": {"root_module": {"resources": blocks}},
        "timestamp": "2026-11-25T11:00:00Z",
        "applyable": True,
        "complete": True,
        "errored": False,
        **sections,
    }


def _on_record(row: Json, tainted: Container[str]) -> Json:
    """The resource of a change as the state before the plan has it."""
    values = {
        field: value for field, value in row.items() if field not in ("change", "action_reason")
    }
    mark = {"tainted": True} if row["address"] in tainted else {}
    return {
        **values,
        "schema_version": 0,
        "values": row["change"]["before"],
        "sensitive_values": {},
        **mark,
    }


def plan(*devices: Iterable[Json], source: str = "fleet-0.json", **more: Any) -> StackPlan:
    """A plan as it is read."""
    return read_plan(json.dumps(document(*devices, **more)), source)


def fleet(text: str, now: datetime = NOW) -> Fleet:
    """A fleet file."""
    return parse_fleet(text, source="fleet.yaml", now=now)


def review(text: str, *devices: Iterable[Json], at: datetime = NOW, **more: Any) -> Review:
    """The review of one plan of one stack."""
    keywords = {
        name: more.pop(name) for name in ("break_glass", "observed", "addresses") if name in more
    }
    return review_of([plan(*devices, **more)], fleet(text, at), at, **keywords)
