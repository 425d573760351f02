"""The Containerfile, read: its stages with their instructions."""

from __future__ import annotations

import io
import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dockerfile_parse import DockerfileParser

ROOT = Path(__file__).resolve().parents[2]
CONTAINERFILE = ROOT / "Containerfile"


@dataclass
class Stage:
    """One image: what it begins with, its name, and its instructions in order."""

    base: str
    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def last(self, instruction: str) -> str:
        """The value of the last such instruction; empty where there is none."""
        return next((value for name, value in reversed(self.steps) if name == instruction), "")


def stages() -> list[Stage]:
    """All of them, the one that is built last."""
    found: list[Stage] = []
    for row in DockerfileParser(fileobj=io.BytesIO(CONTAINERFILE.read_bytes())).structure:
        if row["instruction"] == "FROM":
            base, _, name = row["value"].partition(" AS ")
            found.append(Stage(base, name))
        elif row["instruction"] != "COMMENT":
            found[-1].steps.append((row["instruction"], row["value"]))
    return found


def settings(value: str) -> dict[str, str]:
    """The variables of an ENV."""
    return dict(word.split("=", 1) for word in shlex.split(value))


def words(value: str) -> list[str]:
    """The command of a CMD."""
    return [str(word) for word in json.loads(value)]


def sources(stage: Stage) -> Iterator[str]:
    """What it copies from the checkout."""
    for name, value in stage.steps:
        if name == "COPY" and not value.startswith("--from="):
            yield from value.split()[:-1]
