"""Whether a script could run in the rescue system of a device at all: asked before the device is
taken down for it. What can only be seen there is no part of this.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping

from classic_rescue.api.client import PatientApi
from classic_rescue.api.devices import DeviceId
from classic_rescue.api.logins import read_logins
from classic_rescue.boot.facts import Facts
from classic_rescue.boot.ssh import AGENT, Login
from classic_rescue.witness.prober import AGENT_SOCKET

_ARMOUR = re.compile(rb"-----BEGIN OPENSSH PRIVATE KEY-----(.+?)-----END", re.DOTALL)
_PLAIN = b"openssh-key-v1\0\0\0\0\x04none"
_MOST_BYTES = 64 * 1024


def why_in_vain(
    login: Login, device: DeviceId, facts: Facts, *, api: PatientApi, agent: str, folder: str
) -> str:
    """Why no script could run there; empty where nothing is known against it. `agent` is the socket
    of the SSH agent, `folder` what the path of a key is relative to. Raises the errors of
    `api.errors`.
    """
    if facts.is_windows:
        return "it runs a Windows, whose rescue system has no POSIX shell"
    if login.key == AGENT:
        return "" if _is_socket(agent) else f"no SSH agent runs here ({AGENT_SOCKET})"
    if login.key:
        return _why_not_usable(os.path.join(folder, os.path.expanduser(login.key)))
    if not login.unverified:
        return (
            "its password would go to a host key that nobody has pinned: log in with a key, or"
            " write `unverified: true` beside `password: stored`"
        )
    known = read_logins(api, device, with_passwords=True)
    user = login.user or (known[0].user if known else "root")
    if not any(one.user == user and one.password for one in known):
        return f"the service keeps no password of {user}, or shows none to this user"
    return ""


def agent_in(environ: Mapping[str, str]) -> str:
    """The socket of the SSH agent; empty where there is none."""
    return environ.get(AGENT_SOCKET, "")


def _is_socket(path: str) -> bool:
    return bool(path) and os.path.exists(path)


def _why_not_usable(path: str) -> str:
    try:
        with open(path, "rb") as stream:
            content = stream.read(_MOST_BYTES)
    except OSError as problem:
        return f"the private key {path} cannot be read: {problem.strerror}"
    if _has_passphrase(content):
        return (
            f"the private key {path} has a passphrase: `ssh-add` it, and log in with `key: agent`"
        )
    return ""


def _has_passphrase(content: bytes) -> bool:
    """By the two ways in which OpenSSH writes it."""
    found = _ARMOUR.search(content)
    if not found:
        return b"ENCRYPTED" in content
    try:
        return not base64.b64decode(found[1]).startswith(_PLAIN)
    except ValueError:
        return False
