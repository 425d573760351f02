"""The review as the comment on a pull request: one glance, then what is refused,
then the details.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from classic_rescue.policy.case import Finding
from classic_rescue.review.changes import Change, Restart
from classic_rescue.review.escaping import block, code, prose
from classic_rescue.review.review import Review, Verdict
from classic_rescue.review.timeline import Outage, mermaid_gantt
from classic_rescue.review.words import (
    banner,
    base_words,
    counted,
    counted_lines,
    downtime_words,
    effect_words,
    headline,
    missing_words,
    place_words,
    quiet_words,
    some,
    why_words,
)

MARKER = "<!-- classic-rescue review -->"
"""The first line, by which a workflow finds the comment that it made before."""

MOST_BYTES = 60_000
"""GitHub refuses comments above 65,536 characters; the rest is room for a workflow's own words."""

SHOWN_ROWS = 20
"""Rows of the table that are open; more are folded."""

_FOR_FINDINGS = 20_000
_FOR_SCRIPTS = 16_000
_HEAD = (
    "| device | what happens | why | away | address | stack |\n"
    "| --- | --- | --- | --- | --- | --- |"
)
_SIGNS = {
    Verdict.CLEAN: "✅",
    Verdict.RESTARTS: "⚠️",
    Verdict.REFUSED: "⛔",
    Verdict.UNSEEN: "❓",
    Verdict.DRIFT: "🔎",
    Verdict.NOT_UNDERSTOOD: "⛔",
}


def text(review: Review) -> str:
    """The review as GitHub's and GitLab's Markdown, at most `MOST_BYTES` long;
    what does not fit is counted.
    """
    parts = [
        MARKER,
        f"## {_SIGNS[review.verdict]} classic-rescue: {prose(headline(review))}",
        *([] if review.problems else [prose(place_words(review))]),
        *_guards(review),
        *_glance(review),
    ]
    if review.problems:
        parts += _problems(review.problems)
    parts += [*_findings(review), *_picture(review), *_scripts(review)]
    body = "\n\n".join(parts)
    foot = _foot(review)
    room = MOST_BYTES - len(body.encode()) - len(foot.encode()) - 500
    return "\n\n".join(part for part in (body, _details(review.shown, room), foot) if part) + "\n"


def _guards(review: Review) -> Iterator[str]:
    if lines := [f"> **{prose(line)}**" for line in base_words(review)]:
        yield "> [!WARNING]\n" + "\n>\n".join(_fitting(lines, _FOR_FINDINGS))


def _glance(review: Review) -> Iterator[str]:
    if review.break_glass:
        yield f"> [!CAUTION]\n> **{prose(banner(review))}**"
    if review.missing:
        yield f"> [!WARNING]\n> **{prose(missing_words(review))}**"
    groups = (
        ("Go down", review.going_down),
        ("Come back", review.returning),
        ("May restart", review.maybe),
        ("Run a script", review.scripted),
        ("Drifted", review.drifted),
        ("Could not be looked at", review.unseen),
    )
    lines = [
        f"- **{title}:** {prose(some([change.name for change in changes]))}"
        for title, changes in groups
        if changes
    ]
    if lines:
        yield "\n".join(lines)


def _problems(problems: Sequence[str]) -> Iterator[str]:
    yield "### Why\n\nNothing can be said about what a deploy would do, so it must not be deployed."
    yield _list(map(prose, problems))


def _findings(review: Review) -> Iterator[str]:
    if not review.findings:
        return
    title = (
        "What the policy has against it (overridden)"
        if review.break_glass
        else "Refused by the policy"
    )
    yield f"### {title}"
    yield _list(_finding(finding, review.fleet_source) for finding in review.findings)


def _finding(finding: Finding, source: str) -> str:
    place = f" ({prose(source)}:{finding.line})" if finding.line else ""
    return f"**{prose(finding.rule)}**{place}: {prose(finding.text)}"


def _picture(review: Review) -> Iterator[str]:
    """The planned downtime as a diagram, as if the apply began at the moment that is judged."""
    restarting = [change for change in review.changes if change.restart is Restart.YES]
    outages = [
        Outage(change.name, review.at, change.usual_s, state=str(change.after), until=change.until)
        if change.takes_down
        else Outage(change.name, review.at, change.usual_s)
        for change in restarting
    ]
    if diagram := mermaid_gantt(outages):
        yield f"```mermaid\n{diagram}```"


def _scripts(review: Review) -> Iterator[str]:
    """The text of each script that would run, as far as there is room."""
    by_digest: dict[str, list[Change]] = {}
    for change in review.scripted:
        if change.repair:
            by_digest.setdefault(change.repair.sha256, []).append(change)
    if not by_digest:
        return
    yield "### Scripts that run as root in rescue systems"
    room = _FOR_SCRIPTS
    for number, (digest, changes) in enumerate(by_digest.items()):
        repair = changes[0].repair
        assert repair is not None  # noqa: S101 only those that have one are here
        names = some([change.name for change in changes])
        said = f"{code(repair.script)}: {counted_lines(repair.lines)}, in {prose(names)}"
        head = f"<details><summary>{said}</summary>\n\nsha256 {code(digest)}\n\n"
        shown = _text_of(review.scripts.get(digest), room - len(head.encode()))
        room -= len(f"{head}{shown}".encode())
        if room < 0:
            yield f"and {len(by_digest) - number} more scripts: the reviewed commit has them"
            return
        yield f"{head}{shown}\n\n</details>"


def _text_of(text: str | None, room: int) -> str:
    if text is None:
        return "Its text is not here; the commit that is reviewed has it."
    if len(block(text).encode()) > room:
        return "Its text is too long for a comment; the commit that is reviewed has it."
    return block(text)


def _list(items: Iterable[str]) -> str:
    """A list of at most `_FOR_FINDINGS` bytes; the rest is counted."""
    lines = [f"- {item}" for item in items]
    kept = _fitting(lines, _FOR_FINDINGS)
    left = len(lines) - len(kept)
    return "\n".join([*kept, *([f"- and {left} more"] if left else [])])


def _fitting(lines: Iterable[str], room: int) -> list[str]:
    """The first lines that fit into so many bytes."""
    kept: list[str] = []
    for line in lines:
        room -= len(line.encode()) + 1
        if room < 0:
            break
        kept.append(line)
    return kept


def _details(changes: Sequence[Change], room: int) -> str:
    """The table: its first rows open, the others folded, what does not fit counted."""
    if not changes:
        return ""
    rows = _fitting(map(_row, changes), room - 2 * len(_HEAD))
    shown = rows[:SHOWN_ROWS]
    folded = rows[SHOWN_ROWS:]
    left = len(changes) - len(rows)
    parts = ["### Details\n\n" + "\n".join([_HEAD, *shown])]
    if folded:
        table = "\n".join([_HEAD, *folded])
        parts.append(
            f"<details><summary>{counted(len(folded))} more</summary>\n\n{table}\n\n</details>"
        )
    if left:
        parts.append(
            f"**{counted(left)} more do not fit into a comment**:"
            " see the other reports of this run."
        )
    return "\n\n".join(parts)


def _row(change: Change) -> str:
    name = f"{code(change.name)}<br>{code(change.key)}"
    what = prose(effect_words(change))
    cells = (
        name,
        f"**{what}**" if change.is_loud else what,
        prose(why_words(change)),
        prose(downtime_words(change)),
        code(change.address),
        code(change.stack),
    )
    return f"| {' | '.join(cells)} |"


def _foot(review: Review) -> str:
    parts = [quiet_words(review)] if not review.problems else []
    looked = "" if review.problems else _looked(review)
    parts += [
        looked,
        f"fleet file {review.fleet_source}, judged at {review.at.isoformat(' ', 'minutes')}",
    ]
    return f"<sub>{prose('; '.join(part for part in parts if part))}</sub>"


def _looked(review: Review) -> str:
    if not review.is_live:
        return "by Terraform's record, the devices were not looked at"
    if not review.unseen:
        return "devices were looked at"
    seen = len(review.changes) - len(review.unseen)
    return f"{seen} of {counted(len(review.changes))} looked at"
