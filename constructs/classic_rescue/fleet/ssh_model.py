"""The shape of `ssh:`: how a device is asked itself."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from classic_rescue.boot.ssh import DEFAULT_PORT, Proof
from classic_rescue.fleet import ssh_values
from classic_rescue.fleet.parts import LINE, Part, as_text, as_whole

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
ProofWord = Annotated[
    Proof | None,
    PlainValidator(ssh_values.read_proof),
    WithJsonSchema({"type": "string", "enum": list(Proof)}),
]


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


Ssh = Annotated[SshModel | None, BeforeValidator(ssh_values.read_ssh_shape)]
