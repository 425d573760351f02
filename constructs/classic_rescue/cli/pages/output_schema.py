"""`python -m classic_rescue.cli.pages.output_schema` prints the JSON Schema of what commands print
with `--json`: under `$defs`, one for each command, and that of an error. `leave` prints a line for
each step, each an object of its form.

Fields may be added; one that changes its meaning or goes away has a line in the changelog.
"""

from __future__ import annotations

import json
import sys

from classic_rescue.boot.testimony import Heard
from classic_rescue.boot.transitions import Action
from classic_rescue.cli.commands.preflight import VERDICTS
from classic_rescue.cli.drifts.words import Verdict
from classic_rescue.cli.pages.output_schema_single import forms_of_single
from classic_rescue.cli.pages.schema_forms import (
    COUNT,
    FLAG,
    MOMENT,
    OPTIONAL,
    SECONDS,
    TEXT,
    Fields,
    Schema,
    closed,
    list_of,
    maybe,
    words_of,
)
from classic_rescue.cli.rollout.results import Outcome
from classic_rescue.cli.session.short import URGENCY

_NAME: Fields = {
    "name": (TEXT, "What the fleet file calls the device, else its key or its own name."),
    "key": (TEXT, "Its key in Terraform, such as `virtual_guest/124929698`."),
    "device": (OPTIONAL, "The device by kind and id; null where it was not found."),
}
_SEEN: Fields = {
    "observed": (OPTIONAL, "The boot state that was observed; null where it was not read."),
    "since": (maybe(MOMENT), "Since when, by the service's clock, where that is known."),
    "evidence": (OPTIONAL, "How that is known."),
    "unproven": (OPTIONAL, "Why it is only believed; null where there is proof."),
}
_ADDRESS: Fields = {"address": (OPTIONAL, "Where it answers: its public address, or the private.")}
_ENDPOINT: Fields = {"endpoint": (TEXT, "The API that was asked.")}
_CLOCK: Fields = {
    "clock": (
        closed(
            {
                "now": (MOMENT, "The service's time, by which all other times are."),
                "here": (MOMENT, "This machine's time at that moment."),
                "is_mock": (FLAG, "Whether the service is a mock, with a clock of its own."),
            }
        ),
        "Two times of one moment.",
    )
}


def _status() -> Schema:
    device: Fields = {
        **_NAME,
        "desired": (OPTIONAL, "What the fleet file wants; null where it does not name it."),
        "verdict": (words_of(URGENCY), "How the two compare."),
        "agrees": (FLAG, "Whether it is known to be as desired, and at rest."),
        **_SEEN,
        "in_motion": (maybe(_motion()), "The transaction that is under way."),
        "testimony": (maybe(_testimony()), "What the device itself said, where it was asked."),
        **_ADDRESS,
        "error": (OPTIONAL, "Why it could not be read."),
        "downtime": (maybe(_downtime()), "How long it is and was down; null where never."),
    }
    return closed({**_ENDPOINT, **_CLOCK, "devices": (list_of(closed(device)), "In order.")})


def _motion() -> Schema:
    return closed(
        {
            "id": (COUNT, "Its number."),
            "text": (TEXT, "It in words."),
            "since": (maybe(MOMENT), "When it began."),
            "usual_s": (SECONDS, "The service's own average."),
            "overdue": (OPTIONAL, "What to do where it is under way far beyond the usual."),
        }
    )


def _testimony() -> Schema:
    return closed(
        {
            "heard": (words_of(heard.name for heard in Heard), "What answered."),
            "where": (OPTIONAL, "Host and port that were asked."),
            "key": (OPTIONAL, "The fingerprint of the key."),
            "type": (OPTIONAL, "The type of the key."),
            "since": (maybe(MOMENT), "Since when this key has been answering."),
            "known": (OPTIONAL, "Where the operating system's key is recorded."),
            "detail": (OPTIONAL, "What else there is to say."),
        }
    )


def _downtime() -> Schema:
    return closed(
        {
            "down_since": (maybe(MOMENT), "Since when it is down; null where it is up."),
            "down_s": (SECONDS, "The seconds since `down_since`; null where it is up."),
            "down_total_s": (SECONDS, "All downtimes of the last seven days that are known."),
            "until": (maybe(MOMENT), "When that is to end, by the fleet file."),
        }
    )


def _drift() -> Schema:
    who = closed(
        {
            "user": (TEXT, "Who."),
            "event": (TEXT, "The entry of the event log."),
            "at": (MOMENT, "When."),
        }
    )
    device: Fields = {
        **_NAME,
        "verdict": (words_of(verdict.name for verdict in Verdict), "What is to be said of it."),
        "is_drift": (FLAG, "Whether it is not as declared and deployed."),
        "declared": (OPTIONAL, "By the fleet file."),
        "recorded": (OPTIONAL, "By Terraform's record."),
        **_SEEN,
        "who": (maybe(who), "Who brought it there, where the event log tells."),
        **_ADDRESS,
        "text": (TEXT, "The sentence for people."),
    }
    reconcile: Fields = {
        "file": (OPTIONAL, "What the next deploy reads, with --reconcile."),
        "keys": (list_of(TEXT), "The devices to repair."),
        "arguments": (list_of(TEXT), "For `terraform plan`."),
        "environment": ({"type": "object", "additionalProperties": TEXT}, "For plain cdktf."),
    }
    return closed(
        {
            **_ENDPOINT,
            "has_drift": (FLAG, "Whether a device has drifted."),
            "unseen": (COUNT, "How many devices could not be looked at."),
            "api_calls": (COUNT, "How many calls that took."),
            "looked_at_singly": (COUNT, "How many devices were looked at one by one."),
            "notes": (list_of(TEXT), "What limits the report."),
            **_CLOCK,
            "devices": (list_of(closed(device)), "In order."),
            "reconcile": (closed(reconcile), "How what has drifted is repaired."),
        }
    )


def _preflight() -> Schema:
    actions = list_of({"enum": sorted(map(str, Action))})
    device: Fields = {
        **_NAME,
        "observed": _SEEN["observed"],
        "wanted": (TEXT, "Where it is to go."),
        "verdict": (words_of(VERDICTS), "What stands in the way, in one word."),
        "requests": (actions, "The requests that it takes, in order."),
        "refusals": (list_of(TEXT), "What forbids it."),
        "doubts": (list_of(TEXT), "What probably forbids it, or cannot be known."),
        "delays": (list_of(TEXT), "What only holds it up."),
        "notes": (list_of(TEXT), "What else should be known."),
        "error": (OPTIONAL, "Why it could not be checked."),
    }
    return closed({**_ENDPOINT, "devices": (list_of(closed(device)), "Those that would change.")})


def _rollout() -> Schema:
    device: Fields = {
        "name": _NAME["name"],
        "key": _NAME["key"],
        "result": (words_of(outcome.word for outcome in Outcome), "How the run ended for it."),
        "before": (OPTIONAL, "What it ran before."),
        "after": (OPTIONAL, "What it runs now."),
        "evidence": (OPTIONAL, "How that is known, or why it failed."),
        "to_do": (OPTIONAL, "What to do about it."),
        "took_s": (SECONDS, "The seconds that the change took, by the service's clock."),
        **_ADDRESS,
        "access": (OPTIONAL, "The command that shows how to log in."),
    }
    return closed(
        {
            "result": (words_of(("done", "failed", "interrupted")), "How the run ended."),
            "exit_code": (COUNT, "The exit code of the command."),
            "logs": (
                {"type": "object", "additionalProperties": TEXT},
                "All that Terraform said, a file a stack.",
            ),
            "devices": (list_of(closed(device)), "What needs attention first."),
            "outage": (OPTIONAL, "Why devices could not be looked at."),
            "note": (OPTIONAL, "What else counts."),
            "terraform": (list_of(TEXT), "What Terraform said of failures that no hook has told."),
            "text": (TEXT, "The last line for people."),
        }
    )


def _error() -> Schema:
    return closed(
        {
            "error": (TEXT, "Why there is no result, in the words for people."),
            "exit_code": (COUNT, "The exit code of the command."),
        }
    )


def json_schema() -> Schema:
    """The schema of all."""
    rollout = _rollout()
    forms = {
        "status": _status(),
        "drift": _drift(),
        "preflight": _preflight(),
        "deploy": rollout,
        "destroy": rollout,
        "apply": rollout,
        **forms_of_single(),
    }
    definitions = {name: _or_error(form) for name, form in forms.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What classic-rescue prints with --json, a definition a command",
        "$defs": {**definitions, "error": _error()},
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in forms],
    }


def _or_error(form: Schema) -> Schema:
    return {"anyOf": [form, {"$ref": "#/$defs/error"}]}


def render() -> str:
    """The schema as it stands in docs/output.schema.json."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render())
