"""The review as SARIF 2.1.0: results point to the devices' lines in the fleet file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from classic_rescue.policy.judge import RULES
from classic_rescue.review.changes import EFFECTS, Change, Effect
from classic_rescue.review.escaping import one_line
from classic_rescue.review.review import Review
from classic_rescue.review.words import (
    banner,
    base_words,
    effect_words,
    headline,
    missing_words,
    why_words,
)

Part = dict[str, Any]

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_DRIFT = "drift"
_MOTION = "in_motion"
_UNSEEN = "unseen"
_EFFECT_LEVEL = "note"


def text(review: Review) -> str:
    """The review as SARIF."""
    run = {
        "tool": {"driver": {"name": "classic-rescue review", "rules": _rules()}},
        "invocations": [_invocation(review)],
        "results": list(_results(review)),
        "columnKind": "unicodeCodePoints",
    }
    return (
        json.dumps(
            {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False
        )
        + "\n"
    )


def _rules() -> list[Part]:
    policy = [(f"policy/{rule}", f"The policy's rule {rule} of the fleet file.") for rule in RULES]
    effects = [
        (f"effect/{effect}", f"A device {_said(effect)}.")
        for effect in EFFECTS
        if effect is not Effect.NOTHING
    ]
    seen = [
        (_DRIFT, "A device is not where it must be, and the plan leaves it there."),
        (_MOTION, "A transaction is under way on a device to which the plan does nothing."),
        (_UNSEEN, "A device could not be looked at."),
    ]
    return [
        {"id": name, "shortDescription": {"text": words}}
        for name, words in (*policy, *effects, *seen)
    ]


def _said(effect: Effect) -> str:
    return EFFECTS[effect].words.format(after="the boot state that is wanted", stack="of its own")


def _invocation(review: Review) -> Part:
    notices = [
        ("note", headline(review)),
        ("warning", banner(review)),
        ("warning", missing_words(review)),
        *(("warning", said) for said in base_words(review)),
    ]
    errors = [("error", problem) for problem in review.problems]
    said = [
        {"level": level, "message": _message(words)}
        for level, words in (*notices, *errors)
        if words
    ]
    return {"executionSuccessful": not review.problems, "toolExecutionNotifications": said}


def _results(review: Review) -> Iterator[Part]:
    for finding in review.findings:
        level, more = ("warning", f" [{banner(review)}]") if review.break_glass else ("error", "")
        yield _result(
            review,
            f"policy/{finding.rule}",
            level=level,
            words=finding.text + more,
            line=finding.line,
            identity=finding.text,
        )
    for change in review.shown:
        level = "warning" if change.has_drifted or change.unseen else _EFFECT_LEVEL
        yield _result(
            review,
            _rule(change),
            level=level,
            words=_words(change),
            line=change.line,
            identity=change.key,
        )


def _rule(change: Change) -> str:
    if change.unseen:
        return _UNSEEN
    if change.has_drifted:
        return _DRIFT
    return _MOTION if change.effect is Effect.NOTHING else f"effect/{change.effect}"


def _words(change: Change) -> str:
    why = why_words(change)
    return f"{change.name} ({change.key}) {effect_words(change)}" + (f": {why}" if why else "")


def _result(review: Review, rule: str, *, level: str, words: str, line: int, identity: str) -> Part:
    place: Part = {"artifactLocation": {"uri": quote(one_line(review.fleet_source))}}
    if line:
        place["region"] = {"startLine": line}
    return {
        "ruleId": rule,
        "level": level,
        "message": _message(words),
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {
            "classicRescue/v1": sha256(f"{rule} {identity}".encode(errors="replace")).hexdigest()
        },
    }


def _message(words: str) -> Part:
    """Plain text: `[text](target)` would be a link (SARIF 3.11.6)."""
    return {"text": one_line(words).replace("](", "] (")}
