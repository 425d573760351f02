"""What a drill measures of itself: how long until the proof, and what each machine takes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mock_api.machines.usage import Row, read


@dataclass(frozen=True)
class Proof:
    """A system has answered with a host key that proves it: first at `at_s`, whole seconds."""

    name: str
    what: str
    at_s: float


def answers(record: Path, devices: Mapping[str, int]) -> dict[str, float]:
    """Since when the key of each device answers, by the record of host keys. Raises OSError."""
    kept = json.loads(record.read_text())["devices"]
    return {
        name: datetime.fromisoformat(row["answers"]["first"]).timestamp()
        for name, number in devices.items()
        if (row := kept.get(f"virtual_guest/{number}")) and row.get("answers")
    }


def table(boots: Mapping[str, list[Row]], proofs: Iterable[Proof]) -> str:
    """Both tables, as text."""
    lines = ["from the request, in seconds; of the proof to the question that was answered:"]
    lines += [_line("machine", "boots", "the service says done", "proof")]
    lines += [_line(*row) for row in _ways(boots, proofs)]
    lines += ["", "each machine's QEMU:"]
    lines += [_line("machine", "boots", "CPU seconds", "most memory, MB")]
    for name, rows in boots.items():
        cpu_s = sum(row.cpu_s for row in rows)
        peak_mb = max(row.peak_mb for row in rows)
        lines += [_line(name, str(len(rows)), f"{cpu_s:.1f}", f"{peak_mb:.0f}")]
    return "\n".join(lines)


def _ways(boots: Mapping[str, list[Row]], proofs: Iterable[Proof]) -> Iterator[tuple[str, ...]]:
    """A row a proof: of the last boot of that system that had begun by then."""
    for proof in proofs:
        begun = [
            row
            for row in boots.get(proof.name, [])
            if row.what == proof.what and row.began_s < proof.at_s + 1
        ]
        if begun:
            asked_s = begun[-1].asked_s
            done = f"{begun[-1].began_s - asked_s:.1f}"
            yield proof.name, proof.what, done, f"{max(proof.at_s - asked_s, 0):.0f}"


def _line(*cells: str) -> str:
    widths = (9, 8, 23, 0)
    return "  " + "".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))


def boots_in(folder: Path, devices: Mapping[str, int]) -> dict[str, list[Row]]:
    """The boots of those devices that have machines."""
    found = {name: folder / "devices" / str(number) for name, number in devices.items()}
    return {name: read(place) for name, place in found.items() if (place / "boots.json").exists()}
