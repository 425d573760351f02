"""The JSON of one plan as a whole: is it one, is it complete, is it of a version that is known?

Sources for what stands in it: `internal/command/jsonplan` of Terraform (up to 1.17-dev) and of
OpenTofu (up to 1.13-dev), read on 2026-11-24; recorded with Terraform 1.11.4 and 1.15.5. OpenTofu
writes neither `applyable` nor `complete`, so what a plan leaves out is also found by comparing it
with the state before (`plans.py`) and with the fleet file (`stacks.py`).
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from classic_rescue.review.errors import PlanNotUnderstood

MAX_CHARACTERS = 100_000_000
"""A plan of 10,000 devices in one stack has 20 million."""

MAJOR = 1
NEWEST_MINOR = 2
"""`format_version` as of Terraform 1.5; the first was 1.0, with Terraform 1.1."""

READ_OR_HARMLESS = frozenset(
    {
        "format_version",
        "terraform_version",
        "variables",
        "planned_values",
        "resource_drift",
        "resource_changes",
        "output_changes",
        "prior_state",
        "configuration",
        "relevant_attributes",
        "checks",
        "timestamp",
        "applyable",
        "complete",
        "errored",
    }
)
"""Sections that are read, or that change nothing.

Any other must be empty: deferred_changes, action_invocations, …
"""

HOW_TO_MAKE = "write it with `terraform show -json PLANFILE > PLAN.json`"
PLAN_AGAIN = "plan again"
BLOCKS = ("terraform_data.boot", "terraform_data.release")

Section = dict[str, Any]


def read_document(text: str, source: str, *, is_targeted: bool = False) -> Section:
    """The plan as JSON. Raises PlanNotUnderstood for what is not one whole plan of this project.

    `is_targeted`: it was made with -target on purpose, so it may be incomplete.
    """
    plan = _json(text, source)
    if not isinstance(plan, dict) or "format_version" not in plan:
        raise PlanNotUnderstood(source, [f"this JSON is not a Terraform plan; {HOW_TO_MAKE}"])
    if "configuration" not in plan:  # every plan has it
        raise PlanNotUnderstood(
            source, [f"this is the JSON of a state, not of a plan; {HOW_TO_MAKE}"]
        )
    problems = [_version_problem(plan["format_version"])]
    problems = [
        problem
        for problem in (
            *problems,
            *_state_problems(plan, is_targeted=is_targeted),
            *_section_problems(plan),
        )
        if problem
    ]
    if not problems and not _is_ours(plan):
        problems = [
            (
                f"its configuration does not have the blocks {' and '.join(BLOCKS)}:"
                " a plan of another project"
            )
        ]
    if problems:
        raise PlanNotUnderstood(source, problems)
    return plan


def _json(text: str, source: str) -> object:
    if not text.strip():
        raise PlanNotUnderstood(source, [f"the plan is empty; {HOW_TO_MAKE}"])
    if len(text) > MAX_CHARACTERS:
        raise too_large(source)
    if text.startswith("PK\x03\x04"):
        raise PlanNotUnderstood(source, [f"this is Terraform's binary plan file; {HOW_TO_MAKE}"])
    if text.startswith('{"@level"'):
        raise PlanNotUnderstood(
            source, [f"this is the log of `terraform plan -json`, not the plan; {HOW_TO_MAKE}"]
        )
    try:
        return json.loads(text, object_pairs_hook=_object)
    except ValueError as problem:
        if _is_cut_off(text):
            raise PlanNotUnderstood(
                source, [f"the JSON ends in the middle; {HOW_TO_MAKE}"]
            ) from None
        reason = getattr(problem, "msg", str(problem))
        where = f" (line {problem.lineno})" if isinstance(problem, json.JSONDecodeError) else ""
        raise PlanNotUnderstood(
            source, [f"not JSON: {reason}{where}; one plan a file; {HOW_TO_MAKE}"]
        ) from None


def _object(pairs: list[tuple[str, Any]]) -> Section:
    """An object in which no name comes twice: readers differ in which of the two counts."""
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(
            name for name, number in Counter(name for name, _ in pairs).items() if number > 1
        )
        raise ValueError(f"{twice!r} stands twice in one object")
    return found


def too_large(source: str) -> PlanNotUnderstood:
    """The refusal of a plan that nobody should read to its end."""
    limit = f"at most {MAX_CHARACTERS // 1_000_000} MB"
    return PlanNotUnderstood(source, [f"too large for a plan of one stack; allowed: {limit}"])


def _is_cut_off(text: str) -> bool:
    return text.lstrip().startswith("{") and text.count("{") > text.count("}")


def _version_problem(version: object) -> str:
    major, dot, minor = version.partition(".") if isinstance(version, str) else ("", "", "")
    is_known = dot and major == str(MAJOR) and minor in map(str, range(NEWEST_MINOR + 1))
    if is_known:
        return ""
    return (
        f"format_version {version!r} is not known; known: {MAJOR}.0 to {MAJOR}.{NEWEST_MINOR}; use"
        " a Terraform or OpenTofu that writes one of these, or a newer classic-rescue"
    )


def _state_problems(plan: Section, *, is_targeted: bool) -> list[str]:
    problems = []
    if plan.get("errored", False) is not False:
        problems.append(
            f"Terraform stopped with an error while it planned; see its output, then {PLAN_AGAIN}"
        )
    if plan.get("complete", True) is not True and not is_targeted:
        problems.append(
            "the plan is incomplete (made with -target, or with changes put off);"
            f" {PLAN_AGAIN} without it"
        )
    return problems


def _section_problems(plan: Section) -> list[str]:
    unknown = sorted(
        name
        for name, value in plan.items()
        if name not in READ_OR_HARMLESS and not _is_empty(value)
    )
    return [
        (
            f"it has a section {name!r} that classic-rescue cannot judge;"
            " allowed: none, or an empty one"
        )
        for name in unknown
    ]


def _is_empty(value: object) -> bool:
    return value is None or value is False or value == "" or value == [] or value == {}


def _is_ours(plan: Section) -> bool:
    """Whether its configuration holds both blocks.

    An empty plan of any other project would look clean otherwise.
    """
    resources = section(section(plan, "configuration"), "root_module").get("resources")
    rows = resources if isinstance(resources, list) else []
    return set(BLOCKS) <= {str(row.get("address")) for row in rows if isinstance(row, dict)}


def section(value: object, name: str) -> Section:
    """A part of the JSON that is an object; an empty one where there is none."""
    part = value.get(name) if isinstance(value, dict) else None
    return part if isinstance(part, dict) else {}
