"""The logs of Terraform: which are kept, and what is worth reading in them."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from classic_rescue.cli.terraform.logs import KEPT_LOGS, errors_in, new_log


def test_errors_are_found_in_the_log() -> None:
    """Terraform's framed error is shown without frame, colour and repetition; the rest is not."""
    text = (
        "fleet-0  Initializing\nfleet-0  \x1b[31m╷\x1b[0m\n"
        "         \x1b[31m│\x1b[0m \x1b[1m\x1b[31mError: \x1b[0mno lock\n"
        "         │ held by somebody\n         ╵\n" * 2
    )
    assert errors_in(text) == ["Error: no lock", "held by somebody"]


def test_log_without_an_error_gives_its_end() -> None:
    """Where no line says error, the last lines are shown, whole."""
    assert errors_in("a b\n\nInvoking failed\n") == ["a b", "Invoking failed"]


def test_newest_logs_are_kept(tmp_path: Path) -> None:
    """A new log is private, and the oldest one above ten goes."""
    folder = tmp_path / "logs"
    folder.mkdir()
    for number in range(KEPT_LOGS + 3):
        path = folder / f"deploy-{number}.log"
        path.touch()
        os.utime(path, (number, number))
    log = new_log(folder, "destroy", datetime(2026, 11, 23, tzinfo=UTC))
    left = {path.name for path in folder.iterdir()}
    assert len(left) == KEPT_LOGS
    assert "deploy-3.log" not in left
    assert "deploy-4.log" in left
    assert log.stat().st_mode & 0o777 == 0o600
