"""What the processes that talk to devices have in common. Only they load asyncssh."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

NOT_INSTALLED = 3
"""The exit code of a process that lacks asyncssh."""

ALGORITHMS = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
}
"""The algorithms of each type of key, in the order in which they are asked for. Named, since with
every algorithm that asyncssh knows dropbear 2022.83 with one ed25519 key ends (mkj/dropbear#219).
"""


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> int:
    """Do the work of a whole process. Returns its exit code."""
    try:
        import asyncssh
    except ImportError:
        return NOT_INSTALLED
    asyncssh.set_log_level("CRITICAL")  # it logs what servers send
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        asyncio.run(work())
    return 0
