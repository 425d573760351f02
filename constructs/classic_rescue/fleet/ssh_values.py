"""The values of `ssh:`, one function each: it returns the value or raises the refusal."""

from __future__ import annotations

import os
import re

from classic_rescue.boot.ssh import PRIVATE, PUBLIC, STORED, Proof
from classic_rescue.fleet.nearest import did_you_mean
from classic_rescue.fleet.refusal import refuse, refuse_no_text, refuse_number
from classic_rescue.fleet.spelling import trim, whole, word
from classic_rescue.fleet.values import HOSTNAME_PATTERN, is_ip, read_line

SSH_ALLOWED = "a mapping such as {proof: required} or {address: private, port: 22}; {} for as usual"
RDP_ALLOWED = "a mapping such as {address: private, port: 3389}; {} for as usual"
ADDRESS_ALLOWED = "public, private, or a host name or IP address such as web-1.example.com"
PORT_ALLOWED = "a whole number from 1 to 65535"
KNOWN_HOSTS_ALLOWED = "the path of a file beside this one, such as known_hosts"
JUMP_ALLOWED = "USER@HOST or USER@HOST:PORT, such as ops@bastion.example.com"
LOGIN_ALLOWED = "a mapping such as {key: agent}, {key: ~/.ssh/rescue} or {password: stored}"
KEY_ALLOWED = "agent, or the path of a private key such as ~/.ssh/rescue"
USER_ALLOWED = "a name such as root"
PROOF_ALLOWED = ", ".join(Proof)
USER_PATTERN = r"[A-Za-z_][A-Za-z0-9._-]{0,63}"
JUMP_PATTERN = rf"{USER_PATTERN}@({HOSTNAME_PATTERN}|\[[0-9A-Fa-f:]+\])(:[0-9]{{1,5}})?"
MAX_PATH_CHARACTERS = 1000

_JUMP = re.compile(JUMP_PATTERN)
_HOST = re.compile(HOSTNAME_PATTERN)


def read_ssh_shape(value: object) -> object:
    """Return what is to be read as a mapping. `ssh:` alone could mean yes and no."""
    if value is None:
        raise refuse("nothing is given here", SSH_ALLOWED)
    return value


def read_rdp_shape(value: object) -> object:
    """Return what is to be read as a mapping. What a rescue system cannot give is not asked for."""
    if value is None:
        raise refuse("nothing is given here", RDP_ALLOWED)
    if isinstance(value, dict) and "proof" in value:
        raise refuse(
            "a rescue system has no Remote Desktop, so its key is welcome and never required",
            "leave it out",
            part="proof",
        )
    if isinstance(value, dict) and "known_hosts" in value:
        raise refuse(
            "a file of known hosts has no place for the key of a Remote Desktop",
            "leave it out; the key is recorded while the system runs",
            part="known_hosts",
        )
    return value


def read_ssh_address(value: object) -> str:
    """Return where a device answers: one of two words, a host name or an IP address."""
    if not isinstance(value, str):
        raise refuse_no_text(value, "an address", ADDRESS_ALLOWED)
    value = trim(value)
    if value.lower() in (PUBLIC, PRIVATE):
        return value.lower()
    if is_ip(value) or (len(value) <= 253 and _HOST.fullmatch(value)):
        return value
    hint = did_you_mean(value.lower(), (PUBLIC, PRIVATE))
    if re.fullmatch(rf"{HOSTNAME_PATTERN}:[0-9]+", value):
        hint = "; give the port with `port:`"
    elif "@" in value:
        hint = "; nobody logs in for a proof, so give the host without a user"
    raise refuse(f"this is no address{hint}", ADDRESS_ALLOWED)


def read_port(value: object) -> int:
    """Return a port."""
    value = whole(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise refuse_number(value, "a port", PORT_ALLOWED)
    if not 1 <= value <= 65535:
        raise refuse("there is no such port", PORT_ALLOWED)
    return value


def read_known_hosts(value: object) -> str:
    """Return the path of a file, relative to the fleet file. What is in it is read when devices are
    asked.
    """
    value = read_line(value, "a file", KNOWN_HOSTS_ALLOWED, MAX_PATH_CHARACTERS)
    if os.path.isabs(value) or value.startswith("~"):
        raise refuse(
            "this path is one of this machine alone; the file belongs beside the fleet file",
            KNOWN_HOSTS_ALLOWED,
        )
    return os.path.normpath(value)


def read_jump(value: object) -> str:
    """Return a host to go through."""
    if not isinstance(value, str):
        raise refuse_no_text(value, "a host to go through", JUMP_ALLOWED)
    value = trim(value)
    if not _JUMP.fullmatch(value):
        hint = "; its user is missing" if _HOST.fullmatch(value) else ""
        hint = "; one host only" if "," in value else hint
        raise refuse(f"this is not a host to go through{hint}", JUMP_ALLOWED)
    port = value.rpartition("@")[2].rpartition("]")[2].partition(":")[2]
    if port and not 1 <= int(port) <= 65535:
        raise refuse("there is no such port", JUMP_ALLOWED)
    return value


def read_login_shape(value: object) -> object:
    """Return what is to be read as a mapping: it names one way to log in."""
    if not isinstance(value, dict):
        raise refuse("this says not how to log in", LOGIN_ALLOWED)
    if ("key" in value) == ("password" in value):
        raise refuse("one way to log in, a key or the password", LOGIN_ALLOWED)
    return value


def read_key(value: object) -> str:
    """Return the path of a private key, or `agent`."""
    value = read_line(word(value) or value, "a key", KEY_ALLOWED, MAX_PATH_CHARACTERS)
    if "PRIVATE KEY" in value:
        raise refuse("a key itself does not go into this file", KEY_ALLOWED, is_secret=True)
    return value


def read_stored(value: object) -> str:
    """Return the one word that there is; anything else may be a password, and is never shown."""
    if not isinstance(value, str) or trim(value).lower() != STORED:
        raise refuse(
            "a password does not go into this file: it is asked of the service, live",
            STORED,
            is_secret=True,
        )
    return STORED


def read_user(value: object) -> str:
    """Return a user of the rescue system."""
    if not isinstance(value, str):
        raise refuse_no_text(value, "a user", USER_ALLOWED)
    value = trim(value)
    if not re.fullmatch(USER_PATTERN, value):
        raise refuse("this is no name of a user", USER_ALLOWED)
    return value


def read_proof(value: object) -> Proof:
    """Return whether a device must testify itself."""
    # YAML reads a bare `off` as a boolean, and nothing else can be meant by it.
    written = getattr(value, "written", value)
    if not isinstance(written, str):
        raise refuse_no_text(value, "a kind of proof", PROOF_ALLOWED)
    text = trim(written).lower()
    if text not in tuple(Proof):
        raise refuse(f"no such kind of proof{did_you_mean(text, tuple(Proof))}", PROOF_ALLOWED)
    return Proof(text)
