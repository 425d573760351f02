"""`python -m classic_rescue.review.reports.json_schema`
prints the JSON Schema of the JSON report.
"""

from __future__ import annotations

import json
import sys

from classic_rescue.boot.repair import Then
from classic_rescue.review.changes import Effect, Restart, Why
from classic_rescue.review.reports.json_report import SCHEMA_VERSION
from classic_rescue.review.review import Verdict

Schema = dict[str, object]

_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_FLAG: Schema = {"type": "boolean"}
_MOMENT: Schema = {"type": "string", "format": "date-time"}


def json_schema() -> Schema:
    """The schema as JSON values."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "classic-rescue review",
        **_closed(
            "What Terraform plans would do to the devices of a fleet.",
            {
                "schema_version": (
                    {"const": SCHEMA_VERSION},
                    "Raised when a field changes its meaning or goes away.",
                ),
                "verdict": (_words(Verdict), "How it ends; the heaviest counts."),
                "headline": (_TEXT, "The verdict and the counts for people."),
                "fleet": (_TEXT, "The fleet file."),
                "at": (_MOMENT, "The moment that windows and time limits are judged at."),
                "stacks": (_list(_TEXT), "The stacks whose plans were read."),
                "missing_stacks": (
                    _list(_TEXT),
                    "Stacks of the fleet without a plan; only with --partial.",
                ),
                "looked_at_devices": (_FLAG, "Whether the devices themselves were looked at."),
                "place": (_optional(_place()), "Where it was looked; null where nobody looked."),
                "rules": (_list(_TEXT), "The rules of the policy that were in force."),
                "base": (_optional(_TEXT), "The commit of --base; null without one."),
                "against_base": (
                    _list(_TEXT),
                    "Endpoint, backend and rules that are not as in that commit.",
                ),
                "counts": (_counts(), "How many devices."),
                "break_glass": (_optional(_break_glass()), "Set when the policy does not count."),
                "findings": (_list(_finding()), "What the policy has against it."),
                "problems": (_list(_TEXT), "Why nothing was judged; then `devices` is empty."),
                "devices": (
                    _list(_device()),
                    "Every device of the plans, the heaviest effects first.",
                ),
            },
        ),
    }


def _place() -> Schema:
    return _closed(
        "Where it acts.",
        {
            "endpoint": (_TEXT, "The address of the API, or the offline mock."),
            "user": (_TEXT, "Whose credentials look."),
            "backend": (_TEXT, "Where Terraform's state is."),
        },
    )


def _counts() -> Schema:
    return _closed(
        "Numbers of devices.",
        {
            "devices": (_COUNT, "In the plans."),
            "going_down": (_COUNT, "Taken away from a system that may be running."),
            "returning": (_COUNT, "Restarted into their operating system."),
            "may_restart": (_COUNT, "Restarted only if they are not where they must be."),
            "scripted": (_COUNT, "A script runs in their rescue systems."),
            "drifted": (_COUNT, "Brought elsewhere by somebody, and left there by the plans."),
            "in_motion": (_COUNT, "With a transaction under way."),
            "unseen": (_COUNT, "To be looked at, and could not be."),
        },
    )


def _break_glass() -> Schema:
    return _closed(
        "The policy is set aside.",
        {
            "reason": (_TEXT, "Who broke it says why."),
            "until": (_optional(_MOMENT), "null: for this run."),
        },
    )


def _finding() -> Schema:
    return _closed(
        "One finding of a rule.",
        {
            "rule": (_TEXT, "The rule's key in the fleet file, such as max_down."),
            "text": (_TEXT, "What is wrong, what is allowed and what to do."),
            "devices": (_list(_TEXT), "The names of the devices meant."),
            "line": (_optional(_COUNT), "The first one's line in the fleet file."),
            "overridden": (_FLAG, "Whether the broken glass overrides it."),
        },
    )


def _device() -> Schema:
    observed = _closed(
        "What was seen.",
        {
            "state": (_TEXT, "os, rescue, image NAME or unknown."),
            "since": (_optional(_MOMENT), "Since when, where that is known."),
            "evidence": (_TEXT, "How it is known."),
        },
    )
    image = _closed(
        "What the name of its image leads to.",
        {
            "id": (_COUNT, "The id of a SoftLayer_Virtual_Disk_Image."),
            "name": (_TEXT, "Its name."),
            "owner": ({"enum": ["public", "private"]}, "The service, or this account."),
        },
    )
    return _closed(
        "One device.",
        {
            "name": (_TEXT, "Its name in the fleet file; of one that leaves: at the last deploy."),
            "key": (_TEXT, "Its identity, such as virtual_guest/124929698."),
            "device": (_optional(_TEXT), "The device that was looked at; null where nobody could."),
            "stack": (_TEXT, "Its stack; of one that moves: the new one."),
            "effect": (_words(Effect), "What happens to it."),
            "restarts": (
                {"enum": [restart.name.lower() for restart in Restart]},
                "may: only if it is not there.",
            ),
            "takes_down": (_FLAG, "Whether a system that may be running is taken down on purpose."),
            "why": (
                _optional({"enum": [why.value for why in Why if why.value]}),
                "What brings it about.",
            ),
            "text": (_TEXT, "The effect for people."),
            "why_text": (_optional(_TEXT), "The cause for people."),
            "from": (_optional(_TEXT), "The boot state on Terraform's record."),
            "to": (_TEXT, "The boot state that counts after the run."),
            "usual_s": (_COUNT, "How many seconds it usually is away."),
            "address": (_optional(_TEXT), "Where it answers, as far as that is known."),
            "reason": (_optional(_TEXT), "The fleet file's reason."),
            "until": (_optional(_MOMENT), "The fleet file's time limit."),
            "line": (_optional(_COUNT), "Its line in the fleet file."),
            "in_fleet": (_FLAG, "Whether the fleet file has it."),
            "drifted": (
                _FLAG,
                "Whether somebody brought it elsewhere and the plan leaves it there.",
            ),
            "in_motion": (_FLAG, "Whether a transaction is under way on it."),
            "unseen": (_optional(_TEXT), "Why it could not be looked at; null where nobody tried."),
            "image": (_optional(image), "null: it boots none, or nobody asked."),
            "repair": (_optional(_repair()), "null: no script runs in it."),
            "warning": (
                _optional(_TEXT),
                "Why its hook or the service will refuse, or may; null where nothing is known.",
            ),
            "observed": (_optional(observed), "null: nobody looked, or it could not be."),
        },
    )


def _repair() -> Schema:
    return _closed(
        "What runs in its rescue system.",
        {
            "script": (_TEXT, "Its path, or the name of one that ships."),
            "sha256": (_TEXT, "Of its text, in hexadecimal digits."),
            "lines": (_COUNT, "How many it has."),
            "timeout_s": (_COUNT, "How long it may take, in seconds."),
            "then": (
                {"enum": [word.value for word in Then]},
                "After an end with 0: it stays in rescue, or leaves for its operating system.",
            ),
        },
    )


def _closed(description: str, fields: dict[str, tuple[Schema, str]]) -> Schema:
    properties = {
        name: {**schema, "description": words} for name, (schema, words) in fields.items()
    }
    return {
        "type": "object",
        "description": description,
        "additionalProperties": False,
        "required": list(fields),
        "properties": properties,
    }


def _words(kind: type[Effect] | type[Verdict]) -> Schema:
    return {"enum": [word.value for word in kind]}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _optional(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def render() -> str:
    """The schema as it stands in docs/review.schema.json."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render())
