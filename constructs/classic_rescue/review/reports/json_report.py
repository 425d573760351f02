"""The review for programs: `docs/review.schema.json` is its schema, and a promise."""

from __future__ import annotations

import json
from datetime import datetime

from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.facts import Image
from classic_rescue.policy.case import Finding
from classic_rescue.review.changes import Change
from classic_rescue.review.escaping import one_line
from classic_rescue.review.review import Review
from classic_rescue.review.words import effect_words, headline, why_words

SCHEMA_VERSION = 1


def text(review: Review) -> str:
    """The review as JSON, one line a field, ending with a line break."""
    return json.dumps(as_json(review), indent=2, ensure_ascii=False) + "\n"


def as_json(review: Review) -> dict[str, object]:
    """The review as JSON values."""
    glass = review.break_glass
    return {
        "schema_version": SCHEMA_VERSION,
        "verdict": review.verdict.value,
        "headline": one_line(headline(review)),
        "fleet": one_line(review.fleet_source),
        "at": review.at.isoformat(),
        "stacks": [one_line(stack) for stack in review.stacks],
        "missing_stacks": [one_line(stack) for stack in review.missing],
        "looked_at_devices": review.is_live,
        "place": {name: one_line(value) for name, value in review.place.items()} or None,
        "rules": list(review.rules),
        "base": one_line(review.base) or None,
        "against_base": [one_line(said) for said in review.against_base],
        "counts": {
            "devices": len(review.changes),
            "going_down": len(review.going_down),
            "returning": len(review.returning),
            "may_restart": len(review.maybe),
            "scripted": len(review.scripted),
            "drifted": len(review.drifted),
            "in_motion": sum(change.is_in_motion for change in review.changes),
            "unseen": len(review.unseen),
        },
        "break_glass": {"reason": one_line(glass.reason), "until": _moment(glass.until)}
        if glass
        else None,
        "findings": [
            _finding(finding, is_overridden=glass is not None) for finding in review.findings
        ],
        "problems": [one_line(problem) for problem in review.problems],
        "devices": [_device(change) for change in review.changes],
    }


def _finding(finding: Finding, *, is_overridden: bool) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "text": one_line(finding.text),
        "devices": [one_line(name) for name in finding.names],
        "line": finding.line or None,
        "overridden": is_overridden,
    }


def _device(change: Change) -> dict[str, object]:
    return {
        "name": one_line(change.name),
        "key": one_line(change.key),
        "device": one_line(change.device) or None,
        "stack": one_line(change.stack),
        "effect": change.effect.value,
        "restarts": change.restart.name.lower(),
        "takes_down": change.takes_down,
        "why": change.why.value or None,
        "text": one_line(f"{change.name} {effect_words(change)}"),
        "why_text": one_line(why_words(change)) or None,
        "from": one_line(str(change.before)) if change.before else None,
        "to": one_line(str(change.after)),
        "usual_s": change.usual_s,
        "address": one_line(change.address) or None,
        "reason": one_line(change.reason) if change.reason else None,
        "until": _moment(change.until),
        "line": change.line or None,
        "in_fleet": change.is_in_fleet,
        "drifted": change.has_drifted,
        "in_motion": change.is_in_motion,
        "unseen": one_line(change.unseen) or None,
        "image": _image(change.image),
        "repair": change.repair.to_dict() if change.repair else None,
        "warning": one_line(change.warning) or None,
        "observed": _observed(change.observed),
    }


def _image(image: Image | None) -> dict[str, object] | None:
    if image is None:
        return None
    return {"id": image.id, "name": one_line(image.name), "owner": image.owner}


def _observed(seen: Observation | None) -> dict[str, object] | None:
    if seen is None:
        return None
    return {
        "state": one_line(str(seen)),
        "since": _moment(seen.since),
        "evidence": one_line(seen.evidence),
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
