"""The shape of `ssh:` and `rdp:`: how a device is asked itself."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from classic_rescue.boot.ssh import DEFAULT_PORT, RDP_PORT, STORED, Proof
from classic_rescue.fleet import ssh_values
from classic_rescue.fleet.parts import LINE, Flag, Part, as_text, as_whole

Address = Annotated[
    str | None, PlainValidator(ssh_values.read_ssh_address), as_text(r"[A-Za-z0-9_.:-]{1,253}")
]
Port = Annotated[int | None, PlainValidator(ssh_values.read_port), as_whole(65535)]
KnownHosts = Annotated[
    str | None,
    PlainValidator(ssh_values.read_known_hosts),
    as_text(rf"(?![/~]){LINE}", maxLength=ssh_values.MAX_PATH_CHARACTERS),
]
Jump = Annotated[str | None, PlainValidator(ssh_values.read_jump), as_text(ssh_values.JUMP_PATTERN)]
Key = Annotated[
    str | None,
    PlainValidator(ssh_values.read_key),
    as_text(LINE, maxLength=ssh_values.MAX_PATH_CHARACTERS),
]
Stored = Annotated[
    str | None,
    PlainValidator(ssh_values.read_stored),
    WithJsonSchema({"type": "string", "const": STORED}),
]
User = Annotated[str | None, PlainValidator(ssh_values.read_user), as_text(ssh_values.USER_PATTERN)]
ProofWord = Annotated[
    Proof | None,
    PlainValidator(ssh_values.read_proof),
    WithJsonSchema({"type": "string", "enum": list(Proof)}),
]


class LoginModel(Part):
    """How scripts log in to a rescue system."""

    key: Key = Field(
        default=None,
        description="`agent`, or the path of a private key without a passphrase.",
        examples=["agent"],
    )
    password: Stored = Field(
        default=None,
        description="`stored`: the password that the service keeps for the device, asked live. It"
        " goes only to a host key of `known_hosts`, or with `unverified: true`.",
        examples=["stored"],
    )
    user: User = Field(
        default=None,
        description="Who logs in. Without it root, or whom the service names.",
        examples=["root"],
    )
    unverified: Flag = Field(
        default=False,
        description="The password may go to whoever shows a host key that is not the operating"
        " system's: nobody can tell a rescue system's key from another one.",
    )


LoginShape = Annotated[LoginModel | None, BeforeValidator(ssh_values.read_login_shape)]


class SshModel(Part):
    """How a device is asked itself which system it runs: its SSH host key, without a login."""

    address: Address = Field(
        default=None,
        description="Where it answers: `public` or `private`, or a host name or IP address."
        " Without it the public address, or the private one where there is none.",
        examples=["private"],
    )
    port: Port = Field(
        default=None, description=f"The port of its SSH server. Without it {DEFAULT_PORT}."
    )
    known_hosts: KnownHosts = Field(
        default=None,
        description="A file in OpenSSH's format, relative to the fleet file, with the host keys of"
        " the operating systems. It outranks what was recorded.",
        examples=["known_hosts"],
    )
    jump: Jump = Field(
        default=None,
        description="A host to go through, as with `ssh -J`.",
        examples=["ops@bastion.example.com"],
    )
    proof: ProofWord = Field(
        default=None,
        description="`welcome`: the device's own word is used where it can be had."
        " `required`: no success without it. `off`: it is not asked. Without it `welcome`.",
        examples=["required"],
    )
    login: LoginShape = Field(
        default=None,
        description="How `classic-rescue run` logs in. Without it no script is run.",
        examples=[{"key": "agent"}],
    )


class RdpModel(Part):
    """How a device is asked itself which system it runs: the key of its Remote Desktop, without a
    login.
    """

    address: Address = Field(
        default=None,
        description="Where it answers, as with `ssh`. Without it as `ssh` in the defaults says.",
        examples=["private"],
    )
    port: Port = Field(
        default=None, description=f"The port of its Remote Desktop. Without it {RDP_PORT}."
    )
    jump: Jump = Field(
        default=None,
        description="A host to go through, as with `ssh -J`. Without it as `ssh` in the defaults"
        " says.",
        examples=["ops@bastion.example.com"],
    )


Ssh = Annotated[SshModel | None, BeforeValidator(ssh_values.read_ssh_shape)]
Rdp = Annotated[RdpModel | None, BeforeValidator(ssh_values.read_rdp_shape)]
