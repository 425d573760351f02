"""The shape of `repair:`: what is done to a device in its rescue system."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from classic_rescue.boot.repair import DEFAULT_TIMEOUT_S, Then
from classic_rescue.boot.script import READY
from classic_rescue.fleet import repair_values
from classic_rescue.fleet.parts import LINE, Part, Timeout, as_text

ScriptPath = Annotated[
    str,
    PlainValidator(repair_values.read_script_path),
    as_text(rf"(?![/~]){LINE}", maxLength=repair_values.MAX_PATH_CHARACTERS),
]
ThenWord = Annotated[
    Then | None,
    PlainValidator(repair_values.read_then),
    WithJsonSchema({"type": "string", "enum": list(Then)}),
]


class RepairModel(Part):
    """A script that runs in the rescue system of the device, once."""

    script: ScriptPath = Field(
        description=f"A script, relative to the fleet file, or one that ships: {', '.join(READY)}.",
        examples=["repairs/fix-grub.sh", "fsck"],
    )
    timeout: Timeout = Field(
        default=None,
        description="How long the script may take, at most 24h."
        f" Without it {DEFAULT_TIMEOUT_S} seconds.",
        examples=["30m"],
    )
    then: ThenWord = Field(
        default=None,
        description="What comes after a script that has ended with 0. `stay`: the device stays in"
        " rescue. `leave`: it goes back to its operating system. Without it `stay`.",
        examples=["leave"],
    )


RepairShape = Annotated[RepairModel | None, BeforeValidator(repair_values.read_repair_shape)]
