"""Asking a thousand devices for their host keys, beside an asyncssh that is called directly, with
servers on this machine.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import print_table
from classic_rescue.witness.prober import Prober, Question

SIZES = (1, 100, 1_000)
SERVERS = 20
FLOOR = """
import asyncio, asyncssh, json, sys
async def main(ports):
    seats = asyncio.Semaphore(200)
    async def one(port):
        async with seats:
            return await asyncssh.get_server_host_key("127.0.0.1", port, config=None)
    await asyncio.gather(*map(one, ports))
asyncio.run(main(json.load(sys.stdin)))
"""
SERVER = """
import asyncio, asyncssh, sys
async def main():
    key = asyncssh.generate_private_key("ssh-ed25519")
    for port in map(int, sys.argv[1:]):
        await asyncssh.listen("127.0.0.1", port, server_host_keys=[key])
    print("ready", flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


def main() -> None:
    """Print the table."""
    rows = []
    with _servers() as ports, tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            asked = [ports[number % len(ports)] for number in range(size)]
            floor_s, floor_cpu_s = _floor(asked)
            prober = Prober(os.environ, folder)
            questions = [Question("127.0.0.1", port) for port in asked]
            began = time.perf_counter()
            heard = prober.ask(questions)
            wall_s = time.perf_counter() - began
            memory_mb, cpu_s = _process(prober)
            prober.close()
            failed = sum(one.what != "key" for one in heard)
            rows.append(
                (
                    f"{size:,}",
                    f"{failed}",
                    f"{wall_s:.1f} / {floor_s:.1f}",
                    f"{wall_s / floor_s:.2f}x",
                    f"{cpu_s / size * 1000:.1f} / {floor_cpu_s / size * 1000:.1f}",
                    f"{memory_mb:.0f}",
                )
            )
    head = (
        "devices",
        "failed (goal: 0)",
        "seconds, ours / asyncssh (goal at 1,000: 15)",
        "beside asyncssh",
        "CPU ms a device, ours / asyncssh, its start included",
        "memory of the asking process, MB (goal at 1,000: 80)",
    )
    print_table("Asking devices for their host keys", head, rows)


@contextmanager
def _servers() -> Iterator[list[int]]:
    """The ports of SSH servers in a process of their own."""
    free = [socket.socket() for _ in range(SERVERS)]
    for one in free:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in free]
    for one in free:
        one.close()
    command = [sys.executable, "-c", SERVER, *map(str, ports)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout  # noqa: S101 it is a pipe
        process.stdout.readline()
        yield ports
    finally:
        process.kill()
        process.wait()


def _floor(ports: list[int]) -> tuple[float, float]:
    """Wall and CPU seconds of asyncssh alone."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", FLOOR], input=json.dumps(ports).encode(), check=True)
    wall_s = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall_s, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _process(prober: Prober) -> tuple[float, float]:
    """Peak memory in MB and CPU seconds of the asking process."""
    assert prober._process  # noqa: S101 it has asked
    place = Path(f"/proc/{prober._process.pid}")
    rows = dict(row.split(":", 1) for row in (place / "status").read_text().splitlines())
    fields = (place / "stat").read_text().rpartition(")")[2].split()
    cpu_s = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return int(rows["VmHWM"].split()[0]) / 1024, cpu_s


if __name__ == "__main__":
    main()
