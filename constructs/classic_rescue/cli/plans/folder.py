"""The folder of a reviewed plan: Terraform's plan files, the review, and what ties them to a
checkout and an endpoint.

manifest.json   written last: without it the folder is not finished
fleet-N.tfplan  one a stack
review.md, review.json, junit.xml, review.sarif
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terraform.checkout import Checkout

SCHEMA_VERSION = 1
MANIFEST = "manifest.json"
REPORTS = {
    "review.md": "markdown",
    "review.json": "json_report",
    "junit.xml": "junit",
    "review.sarif": "sarif",
}
"""File → its module in `review.reports`."""

BESIDE = "preflight.md"
"""What `classic-rescue preflight` may have written there."""

PLAN_AGAIN = "plan again, and have that reviewed"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a plan was made from, and the SHA-256 of its files, by stack.

    `endpoint` is None for the offline mock. `repaired` are the keys of devices that it repairs of
    drift. `returns` is None for a whole plan; otherwise it only brings back these devices, by key,
    which were over their time limit.
    """

    created: str
    terraform_version: str
    endpoint: str | None
    fleet_path: str
    fleet_sha256: str
    checkout: Checkout | None
    verdict: str
    repaired: tuple[str, ...]
    interpreters: tuple[str, ...]
    stacks: Mapping[str, str]
    returns: tuple[str, ...] | None = None

    def files(self, folder: Path) -> dict[str, Path]:
        """The plan files, by stack."""
        return {stack: plan_file(folder, stack) for stack in self.stacks}


def plan_file(folder: Path, stack: str) -> Path:
    """The plan file of a stack."""
    return folder / f"{stack}.tfplan"


def make_room(folder: Path) -> None:
    """An empty folder, or one with a former plan, which goes.

    Raises Failure for one that holds something else.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = {path.name for path in folder.iterdir()}
    except OSError as problem:
        raise Failure(
            f"{folder}: cannot be used for a plan ({problem.strerror}); name another folder"
        ) from None
    known = {MANIFEST, BESIDE, *REPORTS}
    ours = {name for name in found if name in known or name.endswith(".tfplan")}
    if foreign := sorted(found - ours):
        raise Failure(
            f"{folder}: holds {foreign[0]}, which no plan put there; name an empty folder, or a new"
            " one"
        )
    # The manifest first: half a plan is none.
    for name in sorted(ours, key=lambda name: name != MANIFEST):
        (folder / name).unlink()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Finish the folder."""
    text = json.dumps({"schema_version": SCHEMA_VERSION, **asdict(manifest)}, indent=2)
    fresh = folder / f".{MANIFEST}.new"
    fresh.write_text(text + "\n", encoding="utf-8")
    fresh.replace(folder / MANIFEST)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a finished folder. Raises Failure for anything else."""
    path = folder / MANIFEST
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Failure(
            f"{folder}: no {MANIFEST} is there, so this is not the folder of a finished plan; make"
            f" one: classic-rescue plan --out {folder}"
        ) from None
    except (OSError, ValueError) as problem:
        raise Failure(f"{path}: not readable ({problem}); {PLAN_AGAIN}") from None
    version = given.get("schema_version") if isinstance(given, dict) else None
    if version != SCHEMA_VERSION:
        raise Failure(
            f"{path}: schema_version {version!r}; this version of classic-rescue reads"
            f" {SCHEMA_VERSION}; {PLAN_AGAIN}"
        )
    try:
        return _manifest(given)
    except (KeyError, TypeError, AttributeError, ValueError) as problem:
        raise Failure(
            f"{path}: not a manifest of a plan ({type(problem).__name__}: {problem}); {PLAN_AGAIN}"
        ) from None


def _manifest(given: Mapping[str, Any]) -> Manifest:
    texts = {
        name: given[name]
        for name in ("created", "terraform_version", "fleet_path", "fleet_sha256", "verdict")
    }
    endpoint = given["endpoint"]
    stacks = given["stacks"]
    values = [*texts.values(), *stacks, *stacks.values()]
    if endpoint is not None:
        values.append(endpoint)
    are_texts = all(isinstance(value, str) for value in values)
    if not are_texts or any(os.sep in stack for stack in stacks):
        raise ValueError("a text is missing")
    checkout = given["checkout"]
    if checkout is not None:
        checkout = Checkout(str(checkout["commit"]), str(checkout["tree"]))
    returns = given.get("returns")
    return Manifest(
        **texts,
        endpoint=endpoint,
        checkout=checkout,
        repaired=tuple(map(str, given["repaired"])),
        interpreters=tuple(map(str, given["interpreters"])),
        stacks=stacks,
        returns=None if returns is None else tuple(map(str, returns)),
    )


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, as `sha256sum` prints it. Raises Failure."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as problem:
        raise Failure(f"{path}: cannot be read ({problem.strerror}); {PLAN_AGAIN}") from None


def changed_since(manifest: Manifest, folder: Path) -> Iterable[str]:
    """What is wrong with the plan files, a sentence each."""
    for stack, sha256 in manifest.stacks.items():
        path = plan_file(folder, stack)
        if not path.is_file():
            yield f"{path} is missing; {PLAN_AGAIN}"
        elif sha256_of(path) != sha256:
            yield f"{path} is not the file that was reviewed: its SHA-256 differs; {PLAN_AGAIN}"
