"""`python -m classic_rescue.cli.pages.history_schema`
prints the JSON Schema of a journal's line.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from classic_rescue.boot.states import BootState
from classic_rescue.boot.transitions import Action
from classic_rescue.cli.commands.history import RESULTS
from classic_rescue.hook.exits import Exit
from classic_rescue.hook.journal import SCHEMA_VERSION

_TEXT = {"type": "string"}
_OPTIONAL = {"type": ["string", "null"]}
_MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
_STATES = (
    f"{', '.join(BootState)}; an image with its name, such as `image WindowsRescueStandalone.iso`"
)

FIELDS: dict[str, tuple[dict[str, Any], str]] = {
    "schema_version": ({"const": SCHEMA_VERSION}, "The version of this form."),
    "time": (_MOMENT, "When the run ended."),
    "started": (_MOMENT, "When the run began."),
    "name": (_TEXT, "What the fleet file called the device."),
    "key": (
        _TEXT,
        "How the fleet file named it: its key in Terraform, such as `virtual_guest/124929698`.",
    ),
    "device": (_OPTIONAL, "The device by kind and id; null where it was not found."),
    "verb": (
        {"enum": ["enter", "leave", "run"]},
        "Which hook ran: to a goal, or for a device that is no longer declared; or a script ran.",
    ),
    "wanted": (
        _TEXT,
        "The goal of the order. A `leave` always goes to `os`, whatever the order said.",
    ),
    "from": (_OPTIONAL, f"The boot state that was observed first: {_STATES}; null where none was."),
    "to": (_OPTIONAL, "The boot state that was proved at the end; null where none was."),
    "result": (
        {"enum": list(RESULTS)},
        "How it ended; beyond the first seven, the hook's exit code by its name.",
    ),
    "exit": ({"enum": [int(exit) for exit in Exit]}, "The hook's exit code."),
    "requests": (
        {"type": "array", "items": {"enum": sorted(map(str, Action))}},
        (
            "The requests that change a device and were taken, in order; none for a device that was"
            " there already."
        ),
    ),
    "took_s": (
        {"type": ["number", "null"]},
        "Seconds of the device's time; a mock's clock may run faster.",
    ),
    "evidence": (
        _OPTIONAL,
        "How the state at the end is known; null where the run did not get so far.",
    ),
    "text": (_OPTIONAL, "The last line that the hook printed."),
    "reason": (_OPTIONAL, "The reason in the fleet file."),
    "break_glass": (_OPTIONAL, "Why the policy was set aside; null where it was not."),
    "user": (_OPTIONAL, "The service's user, as the credentials name it."),
    "os_user": (_TEXT, "Who ran it on the machine."),
    "host": (_TEXT, "The machine."),
    "ci_actor": (
        _OPTIONAL,
        "Who started the CI run: GITHUB_ACTOR, GITLAB_USER_LOGIN or BUILD_USER_ID.",
    ),
    "ci_url": (_OPTIONAL, "The CI run."),
    "commit": (_OPTIONAL, "The commit: GITHUB_SHA, CI_COMMIT_SHA or GIT_COMMIT."),
    "endpoint": (_OPTIONAL, "The API that was talked to."),
    "script": (
        {
            "type": "object",
            "properties": {
                "name": _TEXT,
                "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                "exit_code": {"type": ["integer", "null"]},
                "output": {"type": "array", "items": _TEXT},
                "is_cut": {"type": "boolean"},
            },
            "required": ["name", "sha256", "exit_code", "output", "is_cut"],
            "additionalProperties": False,
        },
        "What ran in the rescue system, only where the verb is `run`: `exit_code` is null where"
        " nobody knows it, `output` are its lines, 64 kB at most, and `is_cut` says that there were"
        " more.",
    ),
}
_ONLY_AT_TIMES = ("script",)


def json_schema() -> dict[str, object]:
    """The schema of one line."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of classic-rescue's journal: one run of the hook for one device",
        **line_form(),
    }


def line_form() -> dict[str, object]:
    """Its form alone."""
    return {
        "type": "object",
        "properties": {
            name: {**form, "description": text} for name, (form, text) in FIELDS.items()
        },
        "required": [name for name in FIELDS if name not in _ONLY_AT_TIMES],
        "additionalProperties": False,
    }


def render() -> str:
    """The schema as it stands in docs/history.schema.json."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render())
