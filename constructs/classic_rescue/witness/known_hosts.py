"""Files of known hosts in OpenSSH's format, as far as we write them. asyncssh reads them
(`witness/__main__.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from classic_rescue.boot.ssh import DEFAULT_PORT
from classic_rescue.witness.keys import Key


def host_pattern(host: str, port: int) -> str:
    """How a host stands in such a file."""
    return host if port == DEFAULT_PORT else f"[{host}]:{port}"


def line_of(hosts: Iterable[str], key: Key) -> str:
    """One line, without its end."""
    return f"{','.join(hosts)} {key.kind} {key.blob}"


def updated(text: str, keys: Mapping[str, tuple[str, Iterable[Key]]]) -> str:
    """The text of a file with the keys of these hosts; all other lines stay as they are.

    `keys`: by a host's pattern another name of it, and its keys. Lines of ours for the host go,
    those that name other hosts, too, stay.
    """
    ours = {f"{host},{name}" for host, (name, _) in keys.items()} | set(keys)
    kept = [line for line in text.splitlines() if (line.split() or [""])[0] not in ours]
    new = [
        line_of((host, name), key) for host, (name, found) in sorted(keys.items()) for key in found
    ]
    return "".join(f"{line}\n" for line in (*kept, *new))
