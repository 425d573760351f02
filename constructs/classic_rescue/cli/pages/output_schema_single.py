"""The forms of what the smaller commands print with `--json`."""

from __future__ import annotations

from classic_rescue.boot.testimony import Heard
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

_NAME = (TEXT, "What the device is called.")
_DEVICE = (TEXT, "The device by kind and id.")


def forms_of_single() -> dict[str, Schema]:
    """Command → the form of its result."""
    return {
        "validate": _validate(),
        "access": _access(),
        "import": _import(),
        "host-keys": _host_keys(),
        "run": _run(),
        "notify": _notify(),
        "history": _history(),
    }


def _notify() -> Schema:
    channel: Fields = {
        "name": (TEXT, "What the fleet file calls the channel."),
        "way": (TEXT, "What it is, of which events and devices."),
        "told": (maybe(FLAG), "Whether it took the test message; null where none was sent."),
        "answer": (OPTIONAL, "What it answered."),
        "problem": (OPTIONAL, "Why nobody was told there, or would be."),
    }
    return closed({"channels": (list_of(closed(channel)), "In the order of the file.")})


def _validate() -> Schema:
    problem: Fields = {
        "file": (TEXT, "The fleet file, or the one of its policy."),
        "line": (COUNT, "From 1; 0: the file as a whole."),
        "column": (COUNT, "From 1; 0: the file as a whole."),
        "field": (TEXT, "The key; empty where none is meant."),
        "given": (OPTIONAL, "What was given, shortened."),
        "message": (TEXT, "What is wrong with it."),
        "allowed": (TEXT, "What is allowed; empty where that is clear."),
    }
    glass: Fields = {
        "reason": (TEXT, "Why the policy is set aside."),
        "until": (OPTIONAL, "Until when; null: for this run."),
    }
    fields: Fields = {
        "problems": (list_of(closed(problem)), "Every mistake; where there are any, all there is."),
        "devices": (
            {"type": "object", "additionalProperties": COUNT},
            "How many devices are to be in which boot state.",
        ),
        "stacks": (COUNT, "How many stacks the devices are spread over."),
        "break_glass": (maybe(closed(glass)), "Set where the policy does not count."),
        "overridden": (list_of(closed(problem)), "What the policy would refuse."),
    }
    return closed(fields, may_lack=("devices", "stacks", "break_glass", "overridden"))


def _access() -> Schema:
    login: Fields = {
        "user": (TEXT, "Who logs in."),
        "password": (OPTIONAL, "Only with --show-password."),
    }
    return closed(
        {
            "name": _NAME,
            "device": _DEVICE,
            "observed": (TEXT, "The boot state that was observed."),
            "evidence": (TEXT, "How that is known."),
            "public_ip": (OPTIONAL, "Its public address."),
            "private_ip": (OPTIONAL, "Its private address."),
            "logins": (list_of(closed(login, may_lack=("password",))), "Who may log in."),
            "known_hosts": (OPTIONAL, "The file with the key that answered, where it was asked."),
            "guide": (
                {"type": "object", "additionalProperties": list_of(TEXT)},
                "Heading → lines for people.",
            ),
        }
    )


def _import() -> Schema:
    device: Fields = {
        "name": _NAME,
        "key": (TEXT, "Its key in Terraform."),
        "boot": (TEXT, "Where it is, and is to stay."),
        "since": (maybe(MOMENT), "Since when, where that is known."),
        "evidence": (TEXT, "How that is known."),
    }
    return closed(
        {
            "fleet": (TEXT, "The fleet file."),
            "is_written": (FLAG, "Whether they were added to it."),
            "devices": (list_of(closed(device)), "Those that were found."),
        }
    )


def _host_keys() -> Schema:
    known: Fields = {
        "type": (TEXT, "The type of the key."),
        "key": (TEXT, "Its fingerprint."),
        "first": (MOMENT, "When it was first heard."),
        "last": (MOMENT, "When it was last heard."),
    }
    device: Fields = {
        "name": _NAME,
        "device": _DEVICE,
        "observed": (TEXT, "The boot state that was observed."),
        "heard": (words_of(heard.name for heard in Heard), "What answered."),
        "where": (OPTIONAL, "Host and port that were asked."),
        "key": (OPTIONAL, "The fingerprint of the key."),
        "type": (OPTIONAL, "The type of the key."),
        "is_new": (FLAG, "Whether it was recorded just now."),
        "detail": (OPTIONAL, "What else there is to say."),
        "recorded": (list_of(closed(known)), "The keys of its operating system on record."),
    }
    return closed({"devices": (list_of(closed(device)), "In the order of the file.")})


def _run() -> Schema:
    return closed(
        {
            "name": _NAME,
            "device": _DEVICE,
            "script": (TEXT, "The script."),
            "sha256": ({"type": "string", "pattern": "^[0-9a-f]{64}$"}, "Its digest."),
            "host_key": (TEXT, "The fingerprint of the key over which it was started."),
            "exit_code": ({"type": ["integer", "null"]}, "Its exit code, where it is known."),
            "is_known": (FLAG, "Whether it is known how it ended."),
            "output": (TEXT, "What it printed."),
            "is_cut": (FLAG, "Whether there was more."),
            "files": (OPTIONAL, "Where what it left is."),
            "took_s": (SECONDS, "How many seconds it took."),
            "text": (TEXT, "The sentence for people."),
        }
    )


def _history() -> Schema:
    span: Fields = {
        "start": (MOMENT, "When it began."),
        "end": (maybe(MOMENT), "When it ended; null: it goes on."),
    }
    downtime: Fields = {
        "name": _NAME,
        "device": (TEXT, "The device by its key."),
        "spans": (list_of(closed(span)), "In order of time."),
    }
    return closed(
        {
            "journal": (TEXT, "Where it was read."),
            "runs": (
                list_of({"type": "object"}),
                "The lines that were asked for, newest first: docs/history.schema.json.",
            ),
            "downtimes": (list_of(closed(downtime)), "By the journal alone."),
            "damaged": (list_of(TEXT), "A sentence for each line that is not understood."),
        }
    )
