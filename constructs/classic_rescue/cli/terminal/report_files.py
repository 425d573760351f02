"""Reports on disk: written whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import click

from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terminal.hidden import hidden
from classic_rescue.rim.printing import no_command

STDOUT = Path("-")


def check_targets(targets: Iterable[Path], inputs: Iterable[Path]) -> None:
    """Raise Failure where a report would go into the place of another, of an input or of a plan.

    `--json PLAN.json` is soon typed, and would put the report where the plan was.
    """
    taken = {os.path.realpath(path) for path in inputs if path != STDOUT}
    for path in targets:
        place = "-" if path == STDOUT else os.path.realpath(path)
        if place in taken:
            raise Failure(
                f"{path}: this is read, or gets another report already; give each report a file of"
                " its own"
            )
        taken.add(place)
        if path != STDOUT and _is_plan(path):
            raise Failure(
                f"{path}: this is a Terraform plan, which a report would replace; name another file"
            )


def _is_plan(path: Path) -> bool:
    """Whether there is a plan: Terraform's binary file, or its JSON."""
    if not path.is_file():
        return False
    with suppress(OSError), path.open("rb") as file:
        head = file.read(64)
        return head.startswith(b"PK\x03\x04") or b'"format_version"' in head
    return False


def write_reports(reports: Mapping[Path, str]) -> None:
    """Write each report. Raises Failure with the file and what is wrong."""
    for path, text in ((path, hidden(text)) for path, text in reports.items()):
        if path == STDOUT:
            click.echo(no_command(text), nl=False)
            continue
        try:
            _write(path, text.encode())
        except OSError as problem:
            raise Failure(
                f"{path}: the report cannot be written: {problem.strerror or problem}"
            ) from None


def write_for_others(path: Path, text: str) -> None:
    """Write a file that other users of this machine read, whole at any moment. Raises Failure."""
    try:
        _write(path, hidden(text).encode(), mode=0o644)
    except OSError as problem:
        raise Failure(f"{path}: cannot be written: {problem.strerror or problem}") from None


def _write(path: Path, content: bytes, mode: int | None = None) -> None:
    """Beside the target, then in its place. Without a `mode` the target's own is kept.

    A pipe or device, such as /dev/null, is written to as it is.
    """
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(path.stat().st_mode):
            path.write_bytes(content)
            return
    target = Path(os.path.realpath(path))
    fresh = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        fresh.write_bytes(content)
        with suppress(FileNotFoundError):  # a new one is for this user only
            fresh.chmod(mode or stat.S_IMODE(target.stat().st_mode))
        fresh.replace(target)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
