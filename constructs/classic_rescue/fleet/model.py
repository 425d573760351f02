"""The shape of a fleet file, as pydantic models: what is checked and what an editor helps with.

Each model knows one level of the file. Rules that look at several fields stand in `rules.py`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    WithJsonSchema,
)
from pydantic.config import JsonDict

from classic_rescue.boot.states import DEFAULT_TIMEOUT_S, BootState, NoOsEnvironment
from classic_rescue.fleet import urls, values
from classic_rescue.fleet.backends import (
    CloudBackend,
    HttpBackend,
    LocalBackend,
    PgBackend,
    RemoteBackend,
    S3Backend,
    read_backend_shape,
)
from classic_rescue.fleet.notify_model import Channels
from classic_rescue.fleet.parts import (
    Flag,
    Image,
    Part,
    Reason,
    Timeout,
    Until,
    as_text,
    as_whole,
)
from classic_rescue.fleet.policy_model import PolicyModel
from classic_rescue.fleet.repair_model import RepairShape
from classic_rescue.fleet.ssh_model import Rdp, Ssh

WORD = "<word>"
IMAGE = "<image>"


Id = Annotated[int | None, PlainValidator(values.read_id), as_whole(values.MAX_ID)]
Hostname = Annotated[
    str | None,
    PlainValidator(values.read_hostname),
    as_text(values.HOSTNAME_PATTERN, maxLength=253),
]
Ip = Annotated[str | None, PlainValidator(values.read_ip), as_text(format="ipv4")]
BootWord = Annotated[
    BootState,
    PlainValidator(values.read_boot_word),
    WithJsonSchema({"type": "string", "enum": [BootState.OS, BootState.RESCUE]}),
]
Environment = Annotated[
    NoOsEnvironment | None,
    PlainValidator(values.read_environment),
    WithJsonSchema({"type": "string", "enum": list(NoOsEnvironment)}),
]
Tags = Annotated[
    tuple[str, ...],
    PlainValidator(values.read_tags),
    WithJsonSchema(
        {"type": "array", "items": {"type": "string", "pattern": f"^{values.TAG_PATTERN}$"}}
    ),
]
Endpoint = Annotated[
    str | None,
    PlainValidator(urls.read_endpoint),
    as_text(r"https?://[^@?#\s]+/rest/v3(\.[0-9]+)?(/.*)?"),
]
Shards = Annotated[int, PlainValidator(values.read_shards), as_whole(values.MAX_SHARDS)]
ShardSize = Annotated[int, PlainValidator(values.read_shard_size), as_whole(values.MAX_SHARD_SIZE)]
RequestsPerSecond = Annotated[
    int | None,
    PlainValidator(values.read_requests_per_second),
    as_whole(values.MAX_REQUESTS_PER_SECOND),
]


class ImageModel(Part):
    """Boot from an ISO image; virtual servers only."""

    image: Image = Field(
        description="The name or the numeric id of the image in the account.",
        examples=["WindowsRescueStandalone.iso"],
    )


Boot = Annotated[
    Annotated[BootWord, Tag(WORD)] | Annotated[ImageModel, Tag(IMAGE)],
    Discriminator(lambda value: IMAGE if isinstance(value, dict | ImageModel) else WORD),
]


class DefaultsModel(Part):
    """Values for every device that does not give its own."""

    reason: Reason = Field(
        default=None,
        description="Why, in one line: a change number, a ticket.",
        examples=["CHG-1 root disk full"],
    )
    until: Until = Field(
        default=None,
        description="From this time on, given with its zone,"
        " the device must run its operating system again.",
        examples=["2026-12-01T06:00:00+01:00"],
    )
    timeout: Timeout = Field(
        default=None,
        description="The longest wait for the change, at most 24h."
        f" Without it {DEFAULT_TIMEOUT_S} seconds.",
        examples=["90s", "45m", "1h30m", 1800],
    )
    ssh: Ssh = Field(
        default=None,
        description="Ask the device itself which system it runs, by its SSH host key. `{}` as"
        " usual; what a device leaves open is taken from the defaults.",
        examples=[{"proof": "required"}],
    )


_DEVICE_RULES: JsonDict = {
    "oneOf": [{"required": [name]} for name in ("virtual_guest", "hardware", "hostname", "ip")],
    "allOf": [
        {
            "if": {"required": ["hardware"]},
            "then": {"properties": {"boot": {"type": "string"}}},
        },
        {
            "if": {"required": ["no_os_environment"]},
            "then": {
                "not": {"required": ["virtual_guest"]},
                "properties": {"boot": {"const": "rescue"}},
            },
        },
        {
            "if": {"required": ["repair"]},
            "then": {"properties": {"boot": {"const": "rescue"}}},
        },
        {"not": {"required": ["ssh", "rdp"]}},
    ],
}


class DeviceModel(DefaultsModel):
    """One device: which one it is, and what it must run."""

    model_config = ConfigDict(json_schema_extra=_DEVICE_RULES)

    virtual_guest: Id = Field(
        default=None, description="The id of a virtual server.", examples=[124929698]
    )
    hardware: Id = Field(
        default=None, description="The id of a bare-metal server.", examples=[310001]
    )
    hostname: Hostname = Field(
        default=None,
        description="A host name that exactly one device of the account has.",
        examples=["app-1.example.com"],
    )
    ip: Ip = Field(
        default=None,
        description="An IPv4 address that exactly one device of the account has.",
        examples=["10.1.2.3"],
    )
    boot: Boot = Field(
        description="What the device must run: its operating system,"
        " the rescue kernel or an ISO image.",
        examples=["rescue", "os", {"image": "WindowsRescueStandalone.iso"}],
    )
    rdp: Rdp = Field(
        default=None,
        description="In the place of `ssh`, for a Windows: ask the device itself which system it"
        " runs, by the key of its Remote Desktop. `{}` as usual.",
        examples=[{"address": "private"}],
    )
    no_os_environment: Environment = Field(
        default=None,
        description="Which rescue kernel, for bare metal ordered without an operating system.",
    )
    repair: RepairShape = Field(
        default=None,
        description="A script that runs in the rescue system once that answers. With `boot: rescue`"
        " and a `login:` in `ssh:`.",
        examples=[{"script": "fsck", "then": "leave"}],
    )
    tags: Tags = Field(
        default=(),
        description="Groups for the policy's limits; not the tags in the account.",
        examples=[["web"]],
    )
    allow_reboot: Flag = Field(
        default=False, description="Allows taking this device down although the policy protects it."
    )


BackendShape = Annotated[
    Annotated[
        Annotated[LocalBackend, Tag("<local>")]
        | Annotated[PgBackend, Tag("<pg>")]
        | Annotated[S3Backend, Tag("<s3>")]
        | Annotated[HttpBackend, Tag("<http>")]
        | Annotated[CloudBackend, Tag("<cloud>")]
        | Annotated[RemoteBackend, Tag("<remote>")],
        Discriminator(lambda value: f"<{value['type']}>"),
    ]
    | None,
    BeforeValidator(read_backend_shape),
]

DeviceName = Annotated[str, PlainValidator(values.read_name), as_text(values.NAME_PATTERN)]


class FleetModel(Part):
    """The whole file."""

    devices: dict[DeviceName, DeviceModel] | None = Field(
        description="Every device by a name of your choice."
        " `{}` is an empty fleet: devices leave rescue and images.",
        json_schema_extra={"propertyNames": {"pattern": f"^{values.NAME_PATTERN}$"}},
    )
    endpoint: Endpoint = Field(
        default=None,
        description="The REST API to talk to."
        " Without it the setting of the person or job that runs Terraform counts.",
        examples=[
            "https://api.softlayer.com/rest/v3.1/",
            "https://api.service.softlayer.com/rest/v3.1/",
        ],
    )
    shards: Shards = Field(
        default=1, description="Over how many Terraform stacks the devices are spread."
    )
    shard_size: ShardSize = Field(
        default=100,
        description="How many devices a stack is made for;"
        " more than shards x shard_size are refused.",
    )
    requests_per_second: RequestsPerSecond = Field(
        default=None,
        description="How many requests a second `deploy`, `destroy` and `apply` send at most."
        " The service allows an account 50, all its users together; without it 45."
        " CLASSIC_RESCUE_REQUESTS_PER_SECOND in the environment wins.",
        examples=[20],
    )
    backend: BackendShape = Field(
        default=None,
        description="Where Terraform keeps its state. No secrets here."
        " CLASSIC_RESCUE_BACKEND in the environment wins.",
        examples=["local", {"type": "pg", "schema": "classic_rescue"}],
    )
    defaults: DefaultsModel | None = Field(
        default=None, description="Values for every device that does not give its own."
    )
    policy: PolicyModel | None = Field(
        default=None,
        description="What may be done to the devices, how many at once and when;"
        " review and hook enforce it. Or the path of a file with the rules.",
    )
    notify: Channels = Field(
        default=(), description="Who is told of what: a list of channels. No secrets here."
    )
