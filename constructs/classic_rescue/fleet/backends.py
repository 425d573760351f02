"""Where Terraform keeps its state: one model a type, without any secret.

Each type takes its credentials from the environment variables that Terraform itself reads; see
`SECRETS`.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema

from classic_rescue.boot.states import without_dot
from classic_rescue.fleet import urls, values
from classic_rescue.fleet.nearest import did_you_mean
from classic_rescue.fleet.refusal import refuse, refuse_no_text
from classic_rescue.fleet.scalars import UNREADABLE
from classic_rescue.fleet.spelling import trim, word

STACK = "{stack}"

_TYPE_WORDS = ("local", "pg", "s3", "http", "cloud", "remote")
TYPES_ALLOWED = ", ".join(_TYPE_WORDS)

_PG = "PG_CONN_STR, or PGPASSWORD and the other PG variables"
_S3 = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
_HTTP = "TF_HTTP_USERNAME and TF_HTTP_PASSWORD"
_CLOUD = "TF_TOKEN_app_terraform_io (TF_TOKEN_ and the host name, dots as underscores)"

SECRETS: dict[str, dict[str, str]] = {
    "local": {},
    "pg": dict.fromkeys(
        ("conn_str", "connection_string", "user", "username", "password", "host", "token"), _PG
    ),
    "s3": dict.fromkeys(
        ("access_key", "secret_key", "access_key_id", "secret_access_key", "password"), _S3
    )
    | {
        "token": "AWS_SESSION_TOKEN",
        "session_token": "AWS_SESSION_TOKEN",
        "sse_customer_key": "AWS_SSE_CUSTOMER_KEY",
    },
    "http": dict.fromkeys(("username", "user", "password", "token"), _HTTP)
    | {"client_private_key_pem": "TF_HTTP_CLIENT_PRIVATE_KEY_PEM"},
    "cloud": dict.fromkeys(("token", "password", "api_key"), _CLOUD),
    "remote": dict.fromkeys(("token", "password", "api_key"), _CLOUD),
}
"""For each type the keys that are refused, and the environment variable to set instead."""


def _option(
    pattern: str, allowed: str, *, max_characters: int = 200
) -> tuple[PlainValidator, WithJsonSchema]:
    compiled = re.compile(pattern)

    def read(value: object) -> str:
        text = values.read_line(word(value) or value, "this option", allowed, max_characters)
        text = without_dot(text) if pattern == values.HOSTNAME_PATTERN else text
        if not compiled.fullmatch(text):
            raise refuse("this value does not fit", allowed)
        return text

    return PlainValidator(read), WithJsonSchema(
        {"type": "string", "pattern": f"^{pattern}$", "maxLength": max_characters}
    )


def _url(allowed: str, *, has_stack: bool) -> tuple[PlainValidator, WithJsonSchema]:
    def read(value: object) -> str:
        url = urls.read_url(value, allowed)
        if has_stack and STACK not in url:
            raise refuse("without {stack} all stacks would share one state", allowed)
        return url

    pattern = (
        r"^https?://[^@?#\s]+$" if not has_stack else r"^https?://[^@?#\s]*\{stack\}[^@?#\s]*$"
    )
    return PlainValidator(read), WithJsonSchema({"type": "string", "pattern": pattern})


def _number(highest: int) -> tuple[PlainValidator, WithJsonSchema]:
    def read(value: object) -> int:
        return values.read_count(value, highest, lowest=0)

    return PlainValidator(read), WithJsonSchema(
        {"type": "integer", "minimum": 0, "maximum": highest}
    )


_HTTP_URL = (
    "an https URL with {stack} in it, such as https://state.example.com/classic-rescue/{stack}"
)

OptionalFlag = Annotated[
    bool | None, PlainValidator(values.read_flag), WithJsonSchema({"type": "boolean"})
]
Schema = Annotated[
    str,
    *_option(
        r"[a-z_][a-z0-9_]{0,39}",
        "1 to 40 small letters, digits and `_`, the first no digit",
        max_characters=40,
    ),
]
Bucket = Annotated[
    str, *_option(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}", "a bucket name such as my-terraform-state")
]
Prefix = Annotated[
    str,
    *_option(
        r"[A-Za-z0-9._/-]+", "letters, digits, `.`, `_`, `-` and `/`, such as classic-rescue/"
    ),
]
Word = Annotated[
    str | None, *_option(r"[A-Za-z0-9._:/-]+", "letters, digits, `.`, `_`, `:`, `/` and `-`")
]
Organization = Annotated[str, *_option(r"[A-Za-z0-9_-]+", "letters, digits, `_` and `-`")]
WorkspacePrefix = Annotated[
    str, *_option(r"[A-Za-z0-9_-]+", "letters, digits, `_` and `-`", max_characters=60)
]
Host = Annotated[
    str | None, *_option(values.HOSTNAME_PATTERN, "a host name such as app.terraform.io")
]
S3Endpoint = Annotated[
    str | None,
    *_url("a URL such as https://s3.eu-de.cloud-object-storage.appdomain.cloud", has_stack=False),
]
Address = Annotated[str, *_url(_HTTP_URL, has_stack=True)]
OptionalAddress = Annotated[str | None, *_url(_HTTP_URL, has_stack=True)]
Method = Annotated[
    str | None, *_option(r"[A-Z]{1,20}", "an HTTP method such as POST, PUT, LOCK or UNLOCK")
]
Retries = Annotated[int | None, *_number(100)]


class _Backend(BaseModel):
    """Common to all: no unknown keys, values that do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LocalBackend(_Backend):
    """A file beside the project, one a stack."""

    type: Literal["local"]


class PgBackend(_Backend):
    """PostgreSQL. Where it is and who asks: PG_CONN_STR, or PGHOST, PGUSER,
    PGPASSWORD and so on.
    """

    type: Literal["pg"]
    schema_name: Schema = Field(
        default="classic_rescue",
        alias="schema",
        description="The schema; each stack adds its own name to it.",
    )
    skip_schema_creation: OptionalFlag = Field(
        default=None, description="The schema is there already."
    )
    skip_table_creation: OptionalFlag = Field(
        default=None, description="The table is there already."
    )
    skip_index_creation: OptionalFlag = Field(
        default=None, description="The index is there already."
    )


class S3Backend(_Backend):
    """S3, IBM Cloud Object Storage and the like.

    Credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
    """

    type: Literal["s3"]
    bucket: Bucket = Field(description="The bucket, which must exist.")
    key_prefix: Prefix = Field(
        default="classic-rescue/", description="What the key of each stack begins with."
    )
    region: Word = Field(default=None, description="The region.", examples=["eu-de"])
    endpoint: S3Endpoint = Field(default=None, description="The URL of an S3-compatible service.")
    profile: Word = Field(default=None, description="The profile of the AWS configuration files.")
    dynamodb_table: Word = Field(
        default=None, description="The table for locks, where there is no lock file."
    )
    use_lockfile: OptionalFlag = Field(
        default=None, description="Lock with a file in the bucket (Terraform 1.10)."
    )
    encrypt: OptionalFlag = Field(default=None, description="Ask the service to encrypt the state.")
    use_path_style: OptionalFlag = Field(
        default=None, description="https://HOST/BUCKET instead of https://BUCKET.HOST."
    )
    skip_credentials_validation: OptionalFlag = Field(
        default=None, description="For services without AWS STS."
    )
    skip_region_validation: OptionalFlag = Field(
        default=None, description="For regions that AWS does not have."
    )
    skip_requesting_account_id: OptionalFlag = Field(
        default=None, description="For services without AWS IAM."
    )
    skip_metadata_api_check: OptionalFlag = Field(default=None, description="Outside of AWS.")
    skip_s3_checksum: OptionalFlag = Field(
        default=None, description="For services without the newer checksums."
    )


class HttpBackend(_Backend):
    """A REST service such as GitLab's. Credentials: TF_HTTP_USERNAME and TF_HTTP_PASSWORD."""

    type: Literal["http"]
    address: Address = Field(
        description="The URL of a state; {stack} becomes the name of the stack.",
        examples=["https://state.example.com/classic-rescue/{stack}"],
    )
    lock_address: OptionalAddress = Field(
        default=None, description="The URL to lock a state, with {stack}."
    )
    unlock_address: OptionalAddress = Field(
        default=None, description="The URL to unlock a state, with {stack}."
    )
    update_method: Method = Field(
        default=None, description="The method to write a state. Terraform's own: POST."
    )
    lock_method: Method = Field(
        default=None, description="The method to lock. Terraform's own: LOCK."
    )
    unlock_method: Method = Field(
        default=None, description="The method to unlock. Terraform's own: UNLOCK."
    )
    retry_max: Retries = Field(
        default=None, description="How often a request is repeated. Terraform's own: 2."
    )


class _Workspaces(_Backend):
    """Common to both ways of HCP Terraform: one workspace a stack."""

    organization: Organization = Field(description="The organization.")
    workspace_prefix: WorkspacePrefix = Field(
        default="classic-rescue-", description="What the workspace of each stack begins with."
    )
    hostname: Host = Field(default=None, description="The host. Terraform's own: app.terraform.io.")


class CloudBackend(_Workspaces):
    """HCP Terraform or Terraform Enterprise.

    Credentials: TF_TOKEN_app_terraform_io or `terraform login`.
    """

    type: Literal["cloud"]


class RemoteBackend(_Workspaces):
    """The older way to the same service.

    Credentials: TF_TOKEN_app_terraform_io or `terraform login`.
    """

    type: Literal["remote"]


Backend = LocalBackend | PgBackend | S3Backend | HttpBackend | CloudBackend | RemoteBackend

BACKENDS: dict[str, type[_Backend]] = {
    "local": LocalBackend,
    "pg": PgBackend,
    "s3": S3Backend,
    "http": HttpBackend,
    "cloud": CloudBackend,
    "remote": RemoteBackend,
}
"""Each model by its `type`."""


def read_backend_shape(value: object) -> object:
    """Return the mapping with a known `type`; a type alone, such as `pg`,
    stands for `{type: pg}`.
    """
    if isinstance(value, dict):
        if "type" not in value:
            raise refuse("the type of the backend is missing", TYPES_ALLOWED, part="type")
        if value["type"] is UNREADABLE:
            return {"type": "local"}
        return {**value, "type": _read_type(value["type"], "type")}
    if value is UNREADABLE:
        return {"type": "local"}
    return {"type": _read_type(value, "")}


def _read_type(value: object, part: str) -> str:
    """Return the type of a backend.

    An unknown one is not shown: a connection string with a password may have been pasted here.
    """
    if not isinstance(value, str):
        raise refuse_no_text(value, "a type of backend", TYPES_ALLOWED, part=part)
    written = trim(value).lower()
    if written not in BACKENDS:
        hint = did_you_mean(value, _TYPE_WORDS)
        raise refuse(f"no such type of backend{hint}", TYPES_ALLOWED, part=part, is_secret=True)
    return written
