"""The shape of a fleet file's `policy:`, as pydantic models, and the terms that they give."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    WithJsonSchema,
)

from classic_rescue.fleet import policy_values as values
from classic_rescue.fleet.parts import IMAGE_SCHEMA, Flag, Image, Part, Reason, Until, as_text
from classic_rescue.fleet.values import TAG_PATTERN
from classic_rescue.policy.patterns import MAX_CHARACTERS
from classic_rescue.policy.terms import BreakGlass, Limit, Policy, Window

_LIMIT_SCHEMA: dict[str, Any] = {
    "oneOf": [
        {"type": "integer", "minimum": 1, "maximum": values.MAX_DEVICES},
        {"type": "string", "pattern": f"^{values.PERCENT_PATTERN}$"},
    ]
}
_DAYS_SCHEMA: dict[str, Any] = {
    "oneOf": [
        {"type": "string", "pattern": f"^{values.DAYS_PATTERN}$"},
        {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string", "pattern": f"^{values.DAYS_PATTERN}$"},
        },
    ]
}
_NAMES_SCHEMA = {"type": "string", "pattern": f"^{values.NAMES_PATTERN}$"}


Pattern = Annotated[
    str | None,
    PlainValidator(values.read_pattern),
    as_text(maxLength=MAX_CHARACTERS, minLength=1),
]
Length = Annotated[int | None, PlainValidator(values.read_length_s), as_text(values.LENGTH_PATTERN)]
LimitValue = Annotated[int | str, PlainValidator(values.read_limit), WithJsonSchema(_LIMIT_SCHEMA)]
Names = Annotated[str, PlainValidator(values.read_names), WithJsonSchema(_NAMES_SCHEMA)]
OneTag = Annotated[str, PlainValidator(values.read_tag), as_text(TAG_PATTERN)]
Protected = Annotated[
    tuple[Names, ...],
    BeforeValidator(values.read_protected),
    WithJsonSchema({"type": "array", "items": _NAMES_SCHEMA}),
]
Images = Annotated[
    tuple[Image, ...] | None,
    BeforeValidator(values.read_images),
    WithJsonSchema({"type": "array", "items": IMAGE_SCHEMA}),
]
ScriptPattern = Annotated[
    str, PlainValidator(values.read_script_pattern), as_text(values.SCRIPT_PATTERN)
]
Scripts = Annotated[
    tuple[ScriptPattern, ...] | None,
    BeforeValidator(values.read_scripts),
    WithJsonSchema(
        {"type": "array", "items": {"type": "string", "pattern": f"^{values.SCRIPT_PATTERN}$"}}
    ),
]
Days = Annotated[tuple[int, ...], PlainValidator(values.read_days), WithJsonSchema(_DAYS_SCHEMA)]
Start = Annotated[time, PlainValidator(values.read_start), as_text(values.START_PATTERN)]
End = Annotated[time, PlainValidator(values.read_end), as_text(values.END_PATTERN)]
Zone = Annotated[str, PlainValidator(values.read_zone), as_text(values.ZONE_PATTERN)]


class LimitModel(Part):
    """How many devices of a group may be down at once."""

    model_config = ConfigDict(json_schema_extra={"not": {"required": ["names", "tag"]}})

    limit: LimitValue = Field(
        description="A number of devices, or a percentage of the group,"
        " rounded down but at least one.",
        examples=[5, "10%"],
    )
    names: Names = Field(
        default="", description="The group: names that match, as in a shell.", examples=["web-*"]
    )
    tag: OneTag = Field(
        default="", description="The group: devices with this tag.", examples=["db"]
    )


class WindowModel(Part):
    """Hours of the week in which systems that run may be taken down."""

    days: Days = Field(
        description="The days on which it opens.", examples=["mon-fri", "daily", ["sat", "sun"]]
    )
    start: Start = Field(alias="from", description="When it opens.", examples=["22:00"])
    end: End = Field(
        alias="to",
        description="When it closes; on the next day where it is not after `from`.",
        examples=["06:00"],
    )
    zone: Zone = Field(
        description="Whose clock counts, as an IANA name.", examples=["Europe/Rome", "UTC"]
    )


class BreakGlassModel(Part):
    """The policy is set aside, loudly, for a reason and until a time."""

    reason: Reason = Field(description="Why, in one line.", examples=["CHG-9 outage"])
    until: Until = Field(description="From this time on the policy counts again.")


MaxDown = Annotated[
    Annotated[LimitValue, Tag("<limit>")]
    | Annotated[
        tuple[LimitModel, ...],
        BeforeValidator(values.refuse_no_limit),
        Field(json_schema_extra={"minItems": 1}),
        Tag("<limits>"),
    ],
    Discriminator(lambda value: "<limits>" if isinstance(value, list | tuple) else "<limit>"),
]
Windows = Annotated[
    tuple[WindowModel, ...],
    BeforeValidator(values.read_windows),
    Field(json_schema_extra={"minItems": 1}),
]


class PolicyModel(Part):
    """What may be done to the devices of the fleet, how many at once and when."""

    require_ids: Flag = Field(
        default=False,
        description="Devices are named by `virtual_guest` or `hardware`, never by a host name or an"
        " address.",
    )
    require_reason: Pattern = Field(
        default=None,
        description="A regular expression that the whole reason"
        " of each device in rescue or an image must match.",
        examples=["CHG-[0-9]+( .*)?"],
    )
    require_until: Flag = Field(
        default=False, description="Devices go into rescue or an image only with `until`."
    )
    max_until: Length = Field(
        default=None,
        description="The longest time from now to `until`.",
        examples=["72h", "7d", "1d12h"],
    )
    images_allowed: Images = Field(
        default=None,
        description="The only images to boot.",
        examples=[["WindowsRescueStandalone.iso"]],
    )
    scripts_allowed: Scripts = Field(
        default=None,
        description="The only scripts that `repair:` and `classic-rescue run` take: patterns of"
        " paths relative to the fleet file, or of the names of those that ship.",
        examples=[["repairs/*", "fsck"]],
    )
    max_down: MaxDown = Field(
        default=(),
        description="How many devices may be down at once.",
        examples=[5, "10%", [{"tag": "db", "limit": 1}]],
    )
    protected: Protected = Field(
        default=(),
        description="Names of devices that are taken down only with `allow_reboot: true`.",
        examples=[["db-*"]],
    )
    windows: Windows = Field(
        default=(), description="The only hours in which systems that run are taken down."
    )
    break_glass: BreakGlassModel | None = Field(
        default=None, description="Sets all of this aside, for an emergency."
    )

    def terms(self) -> Policy:
        """Return the policy that is meant."""
        glass = self.break_glass
        return Policy(
            require_ids=self.require_ids,
            require_reason=self.require_reason,
            require_until=self.require_until,
            max_until_s=self.max_until,
            images_allowed=self.images_allowed,
            scripts_allowed=self.scripts_allowed,
            max_down=_limits(self.max_down),
            protected=self.protected,
            windows=tuple(
                Window(window.days, window.start, window.end, window.zone)
                for window in self.windows
            ),
            break_glass=BreakGlass(glass.reason or "", glass.until) if glass else None,
        )


def _limits(given: int | str | tuple[LimitModel, ...]) -> tuple[Limit, ...]:
    if isinstance(given, tuple):
        return tuple(_limit(model.limit, model.names, model.tag) for model in given)
    return (_limit(given),)


def _limit(value: int | str, names: str = "", tag: str = "") -> Limit:
    if isinstance(value, str):
        return Limit(percent=int(value.removesuffix("%")), names=names, tag=tag)
    return Limit(devices=value, names=names, tag=tag)
