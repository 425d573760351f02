"""Connections to the hosts that lead on to devices."""

from __future__ import annotations

import asyncio
from typing import Any

JUMP_S = 20.0


class Jumps:
    """Connections to the hosts that lead on to devices, each made once."""

    def __init__(self) -> None:
        self._known: dict[str, asyncio.Task[Any]] = {}

    async def to(self, jump: str) -> Any:  # noqa: ANN401 an SSHClientConnection
        """A connection that is up. Raises what the connecting raised."""
        task = self._known.get(jump)
        if task is None or (task.done() and not _is_up(task)):
            task = self._known[jump] = asyncio.create_task(self._connect(jump))
        return await asyncio.shield(task)

    @staticmethod
    async def _connect(jump: str) -> Any:  # noqa: ANN401 an SSHClientConnection
        import asyncssh

        user, _, place = jump.rpartition("@")
        host, port = _split(place)
        # With the user's own agent, keys and known_hosts, and nothing that asks: nobody sits here.
        return await asyncio.wait_for(
            asyncssh.connect(
                host, port, username=user, config=None, password_auth=False, kbdint_auth=False
            ),
            JUMP_S,
        )


def _is_up(task: asyncio.Task[Any]) -> bool:
    return not task.cancelled() and not task.exception() and not task.result().is_closed()


def _split(place: str) -> tuple[str, int]:
    """Host and port; brackets around an IPv6 address."""
    if place.startswith("["):
        host, _, port = place[1:].partition("]")
        return host, int(port.removeprefix(":") or 22)
    host, _, port = place.partition(":")
    return host, int(port or 22)
