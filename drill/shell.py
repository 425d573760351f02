"""A login to a machine of the drill, as an operator has it after `access`: to one host key."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

import asyncssh

LONGEST_S = 120.0


@dataclass(frozen=True)
class Door:
    """Where a machine answers, with which password, and with which host key only."""

    host: str
    port: int
    password: str
    known_hosts: str


def run(door: Door, commands: str) -> tuple[int | None, str]:
    """The exit code and the output of a shell; None where the machine went away meanwhile."""
    return asyncio.run(asyncio.wait_for(_run(door, commands), LONGEST_S))


async def _run(door: Door, commands: str) -> tuple[int | None, str]:
    async with asyncssh.connect(
        door.host,
        door.port,
        username="root",
        password=door.password,
        known_hosts=door.known_hosts,
        server_host_key_algs=["ssh-ed25519"],
        client_keys=None,
        config=None,
    ) as connection:
        try:
            done = await connection.run("sh", input=commands, stderr=asyncssh.STDOUT)
        except asyncssh.Error:
            return None, ""
        return done.exit_status, str(done.stdout or "")


def door_in(access: str, password: str) -> Door:
    """The way in, from `classic-rescue access --json`."""
    told = json.loads(access)
    words = next(
        line for lines in told["guide"].values() for line in lines if line.startswith("$ ssh ")
    ).split()
    port = int(words[words.index("-p") + 1]) if "-p" in words else 22
    host = words[-1].rpartition("@")[2]
    return Door(host, port, password, told["known_hosts"])
