"""The shape of `notify:`: who is told of what, and the terms that it gives."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic.config import JsonDict

from classic_rescue.boot import environment
from classic_rescue.boot.channels import PORTS, Channel, Email, Form, Kind, Tls, Webhook
from classic_rescue.fleet import notify_values as values
from classic_rescue.fleet.parts import LINE, Part, as_text
from classic_rescue.fleet.policy_model import Protected
from classic_rescue.fleet.ssh_model import Port
from classic_rescue.fleet.values import HOSTNAME_PATTERN, TAG_PATTERN, read_tags

ChannelName = Annotated[str, PlainValidator(values.read_channel_name), as_text(values.NAME_PATTERN)]
Variable = Annotated[str, PlainValidator(values.read_variable), as_text(values.VARIABLE_PATTERN)]
OptionalVariable = Annotated[
    str | None, PlainValidator(values.read_variable), as_text(values.VARIABLE_PATTERN)
]
FormWord = Annotated[
    Form,
    PlainValidator(values.read_form),
    WithJsonSchema({"type": "string", "enum": list(Form)}),
]
TlsWord = Annotated[
    Tls, PlainValidator(values.read_tls), WithJsonSchema({"type": "string", "enum": list(Tls)})
]
MailHost = Annotated[
    str | None,
    PlainValidator(values.read_host),
    as_text(rf"({HOSTNAME_PATTERN}|[0-9A-Fa-f:.]+)", maxLength=253),
]
Mail = Annotated[str, PlainValidator(values.read_mail), as_text(values.MAIL_PATTERN)]
Recipients = Annotated[
    tuple[Mail, ...],
    BeforeValidator(values.read_recipients),
    WithJsonSchema(
        {
            "type": "array",
            "minItems": 1,
            "maxItems": values.MAX_RECIPIENTS,
            "items": {"type": "string", "pattern": f"^{values.MAIL_PATTERN}$"},
        }
    ),
]
Words = Annotated[
    tuple[str, ...],
    PlainValidator(values.read_command),
    WithJsonSchema(
        {
            "type": "array",
            "minItems": 1,
            "maxItems": values.MAX_WORDS,
            "items": {"type": "string", "pattern": f"^{LINE}$"},
        }
    ),
]
Events = Annotated[
    frozenset[Kind],
    PlainValidator(values.read_events),
    WithJsonSchema(
        {"type": "array", "minItems": 1, "items": {"type": "string", "enum": sorted(Kind)}}
    ),
]
Tags = Annotated[
    tuple[str, ...],
    PlainValidator(read_tags),
    WithJsonSchema({"type": "array", "items": {"type": "string", "pattern": f"^{TAG_PATTERN}$"}}),
]


class WebhookModel(Part):
    """A URL that takes a POST; the file names the variable that holds it."""

    form: FormWord = Field(description="What it takes.", examples=list(Form))
    url_from: Variable = Field(
        description="The environment variable that holds the URL. The URL itself is a secret.",
        examples=[f"{environment.NOTIFY_PREFIX}OPS"],
    )


_ONE_HOST: JsonDict = {
    "oneOf": [{"required": ["host"]}, {"required": ["host_from"]}],
    "dependencies": {"password_from": ["user_from"]},
}


class EmailModel(Part):
    """Mail by SMTP."""

    model_config = ConfigDict(json_schema_extra=_ONE_HOST)

    host: MailHost = Field(
        default=None,
        description="The mail server. CLASSIC_RESCUE_TRUSTED_HOSTS must name it where this runs.",
        examples=["mail.example.com"],
    )
    host_from: OptionalVariable = Field(
        default=None,
        description="In the place of `host`: the environment variable that holds it.",
        examples=[f"{environment.NOTIFY_PREFIX}HOST"],
    )
    port: Port = Field(
        default=None, description="Its port. Without it 587 for starttls, 465 for tls."
    )
    tls: TlsWord = Field(
        default=Tls.STARTTLS,
        description="How it is encrypted. `none` only for a server on this machine.",
    )
    sender: Mail = Field(alias="from", description="Who writes.", examples=["rescue@example.com"])
    to: Recipients = Field(description="Who gets it.", examples=[["ops@example.com"]])
    user_from: OptionalVariable = Field(
        default=None,
        description="The environment variable that holds the user.",
        examples=[f"{environment.NOTIFY_PREFIX}USER"],
    )
    password_from: OptionalVariable = Field(
        default=None,
        description="The environment variable that holds the password.",
        examples=[f"{environment.NOTIFY_PREFIX}PASSWORD"],
    )


WebhookShape = Annotated[WebhookModel | None, BeforeValidator(values.read_webhook_shape)]
EmailShape = Annotated[EmailModel | None, BeforeValidator(values.read_email_shape)]

_ONE_WAY: JsonDict = {"oneOf": [{"required": [way]} for way in ("webhook", "email", "command")]}


class ChannelModel(Part):
    """One way to tell somebody."""

    model_config = ConfigDict(json_schema_extra=_ONE_WAY)

    name: ChannelName = Field(description="What warnings call it.", examples=["ops"])
    webhook: WebhookShape = Field(default=None, description="A chat, or whatever takes JSON.")
    email: EmailShape = Field(default=None, description="Mail by SMTP.")
    command: Words | None = Field(
        default=None,
        description="A program, which gets one JSON document on standard input, seen from the fleet"
        " file's folder. It runs in `deploy`, `destroy` and `apply` alone.",
        examples=[["./page.sh", "--quiet"]],
    )
    events: Events | None = Field(
        default=None,
        description="Of which events it tells. Without it all.",
        examples=[["down", "failed", "overdue"]],
    )
    devices: Protected = Field(
        default=(),
        description="Of which devices it tells: names that match, as in a shell.",
        examples=[["db-*"]],
    )
    tags: Tags = Field(
        default=(), description="Of which devices it tells, by their tags.", examples=[["db"]]
    )

    def terms(self) -> Channel:
        """The channel, without what only a file needs."""
        return Channel(
            name=self.name,
            webhook=Webhook(self.webhook.form, self.webhook.url_from) if self.webhook else None,
            email=_email(self.email) if self.email else None,
            command=self.command or (),
            events=self.events or frozenset(Kind),
            devices=self.devices,
            tags=frozenset(self.tags),
        )


def _email(given: EmailModel) -> Email:
    return Email(
        host=given.host or "",
        host_from=given.host_from or "",
        port=given.port or PORTS[given.tls],
        tls=given.tls,
        sender=given.sender,
        to=given.to,
        user_from=given.user_from or "",
        password_from=given.password_from or "",
    )


ChannelShape = Annotated[ChannelModel, BeforeValidator(values.read_channel_shape)]
Channels = Annotated[tuple[ChannelShape, ...], BeforeValidator(values.read_channels)]
