"""Requests a second: the mock beside bare Flask on the same waitress, and beside moto.

Requests are slcli's own.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks import mock_wire
from benchmarks.measure import print_table
from benchmarks.mock_load import Load, Target, load, send_one
from benchmarks.mock_servers import BARE, Server, bare_server, ec2, mock_server, moto_server

ROUNDS = 7
CLIENTS = 8
GUESTS = 10_000
INSTANCES = 100
RESET = b"POST /_mock/reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True)
class Case:
    """What a round sends to one server, and how a right answer is known."""

    name: str
    server: Server
    requests: Sequence[bytes]
    expected: Callable[[bytes], bool]
    before: bytes | None = None
    clients: int = CLIENTS

    def round(self) -> Load:
        """Send everything once."""
        if self.before:
            send_one(Target(self.server.port, self.before))
        return load(self.server.port, self.requests, self.clients, self.expected)


def main() -> None:
    """Print the tables. Each round runs every case once,
    so that a slow minute of the machine hits all alike.
    """
    with (
        mock_server("--generate", f"{GUESTS},0", "--speed", "0") as mock,
        bare_server() as bare,
        moto_server() as moto,
    ):
        _make_instances(moto)
        cases = [*_mock_cases(mock), *_bare_cases(bare, mock), _moto_case(moto)]
        rounds: dict[str, list[Load]] = {case.name: [] for case in cases}
        for _ in range(ROUNDS):
            for case in cases:
                rounds[case.name].append(case.round())
        memory = {"mock_api": mock.memory_mb(), "Flask": bare.memory_mb(), "moto": moto.memory_mb()}
    head = (
        "request",
        "a second",
        "p50, ms",
        "p99, ms",
        "bytes",
        "beside bare Flask",
        "the same request and size",
    )
    print_table(
        f"Requests, {CLIENTS} clients, {GUESTS:,} guests"
        " (goal for getObject: at least 0.7 of bare Flask)",
        head,
        [
            _row(name, found, rounds[BARE_SMALL], rounds[BARE_SIZED])
            for name, found in rounds.items()
            if name != MOTO
        ],
    )
    factor = _ratio(rounds[LISTING], rounds[MOTO])
    _, p50, p99, size = _figures(rounds[MOTO])
    per_s = statistics.median(row.per_s for row in rounds[MOTO])
    print_table(
        f"The page of {mock_wire.PAGE} beside moto's describe_instances of {INSTANCES}"
        " with one client (goal: 20x)",
        ("server", "a second", "p50, ms", "p99, ms", "bytes", "beside moto", "memory, MB"),
        [
            ("mock_api", *_figures(rounds[LISTING]), f"{factor:.0f}x", f"{memory['mock_api']:.0f}"),
            ("moto", f"{per_s:.1f}", p50, p99, size, "1x", f"{memory['moto']:.0f}"),
        ],
    )


DETAIL = "getObject, slcli's detail mask"
LISTING = f"getVirtualGuests, page of {mock_wire.PAGE}"
BARE_SMALL = "bare Flask, a small request and object"
BARE_SIZED = "bare Flask, slcli's detail request, an object of that size"
MOTO = "describe_instances"


def _mock_cases(mock: Server) -> list[Case]:
    numbers = range(mock_wire.GUEST, mock_wire.GUEST + 2000)
    details, rescues = (
        [mock_wire.for_guest(request, number) for number in numbers]
        for request in (mock_wire.detail(), mock_wire.rescue())
    )
    page = [mock_wire.listing()] * 150
    return [
        Case(DETAIL, mock, details, lambda body: b'"operatingSystem"' in body),
        Case(LISTING, mock, page, lambda body: body.count(b'"hostname"') == mock_wire.PAGE),
        Case(
            "executeRescueLayer, each another guest",
            mock,
            rescues,
            expected=lambda body: body == b"true",
            before=RESET,
        ),
    ]


def _bare_cases(bare: Server, mock: Server) -> list[Case]:
    """Reading a request of three kilobytes costs waitress a tenth of a small one's whole time,
    so both are asked.
    """
    detail = mock_wire.detail()
    size = len(send_one(Target(mock.port, detail)))
    _, question, rest = detail.partition(b"?")
    sized = b"GET /sized/%d" % size + question + rest
    return [
        Case(BARE_SMALL, bare, [BARE] * 2000, bool),
        Case(BARE_SIZED, bare, [sized] * 2000, bool),
    ]


def _moto_case(moto: Server) -> Case:
    """One client: with eight, moto answers half as many a second."""
    requests = [ec2("DescribeInstances")] * 6
    return Case(
        MOTO, moto, requests, lambda body: body.count(b"<instanceId>") == INSTANCES, clients=1
    )


def _make_instances(moto: Server) -> None:
    sizes = f"ImageId=ami-12c6146b&InstanceType=t3.micro&MinCount={INSTANCES}&MaxCount={INSTANCES}"
    send_one(Target(moto.port, ec2("RunInstances", sizes)))


def _row(name: str, found: list[Load], small: list[Load], sized: list[Load]) -> tuple[str, ...]:
    return name, *_figures(found), f"{_ratio(found, small):.2f}", f"{_ratio(found, sized):.2f}"


def _figures(found: list[Load]) -> tuple[str, str, str, str]:
    """Medians over the rounds."""
    per_s, p50, p99 = (
        statistics.median(getattr(row, name) for row in found)
        for name in ("per_s", "p50_ms", "p99_ms")
    )
    return f"{per_s:,.0f}", f"{p50:.1f}", f"{p99:.1f}", f"{found[-1].body_bytes:,}"


def _ratio(found: list[Load], other: list[Load]) -> float:
    """The median of the ratios within each round."""
    return statistics.median(one.per_s / two.per_s for one, two in zip(found, other, strict=True))


if __name__ == "__main__":
    main()
