"""The texts of the scripts that plans would run, for the people who review them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from classic_rescue.boot.repair import Repair
from classic_rescue.boot.script import read_script
from classic_rescue.review.changes import Change
from classic_rescue.review.review import Review


def with_scripts(review: Review, project: Path) -> Review:
    """The review with the texts of its scripts as they are in the project's folder, and a warning
    where that is not the text that was planned: its hook would refuse it.
    """
    wanted = {change.repair for change in review.scripted if change.repair}
    if not wanted:
        return review
    texts = {repair: _text(repair, str(project)) for repair in wanted}
    scripts = {repair.sha256: text for repair, text in texts.items() if text is not None}
    changes = tuple(_warned(change, scripts) for change in review.changes)
    return replace(review, changes=changes, scripts=scripts)


def _text(repair: Repair, project: str) -> str | None:
    """None where it is another one, or cannot be read."""
    try:
        script = read_script(repair.script, project)
    except ValueError:
        return None
    is_planned = script.digest == repair.sha256
    return script.content.decode(errors="backslashreplace") if is_planned else None


def _warned(change: Change, scripts: dict[str, str]) -> Change:
    if change.repair is None or change.repair.sha256 in scripts:
        return change
    text = (
        f"{change.repair.script} is not here as it was planned, and its hook refuses another text"
    )
    return change._replace(warning="; ".join(filter(None, (change.warning, text))))
