"""The review as JUnit XML: a test case a device and a rule,
so that CI systems show what is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as Xml

from classic_rescue.policy.judge import RULES
from classic_rescue.review.changes import Change
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

NAME = "classic-rescue review"


def text(review: Review) -> str:
    """The review as JUnit XML."""
    suites = list(_suites(review))
    root = Xml.Element("testsuites", {"name": NAME, **_sums(suites)})
    root.extend(suites)
    Xml.indent(root)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"
    )


def _suites(review: Review) -> Iterator[Xml.Element]:
    said = "\n".join(
        one_line(line)
        for line in (headline(review), banner(review), missing_words(review), *base_words(review))
        if line
    )
    yield _suite("plans", [_case("plans", "understood", errors=review.problems)], said)
    if review.problems:
        return
    yield _suite("policy", [_rule(review, rule) for rule in RULES], "")
    stacks: dict[str, list[Xml.Element]] = {}
    for change in review.changes:
        stacks.setdefault(change.stack, []).append(_device(change))
    for stack, cases in stacks.items():
        yield _suite(stack, cases, "")


def _rule(review: Review, rule: str) -> Xml.Element:
    texts = tuple(finding.text for finding in review.findings if finding.rule == rule)
    if review.break_glass and texts:
        return _case(
            "policy",
            rule,
            said=" | ".join((*texts, banner(review))),
            skipped="overridden: break glass",
        )
    return _case("policy", rule, failures=texts)


def _device(change: Change) -> Xml.Element:
    said = f"{change.name} {effect_words(change)}" + (
        f" ({why})" if (why := why_words(change)) else ""
    )
    name = f"{change.name} ({change.key})"
    if change.unseen:
        return _case(change.stack, name, errors=(said,))
    if change.has_drifted:
        return _case(change.stack, name, failures=(said,))
    return _case(change.stack, name, said=said)


def _case(
    suite: str,
    name: str,
    *,
    said: str = "",
    failures: tuple[str, ...] = (),
    errors: tuple[str, ...] = (),
    skipped: str = "",
) -> Xml.Element:
    case = Xml.Element(
        "testcase", {"classname": f"{NAME}.{one_line(suite)}", "name": one_line(name), "time": "0"}
    )
    for tag, texts in (("failure", failures), ("error", errors)):
        if texts:
            lines = [one_line(line) for line in texts]
            Xml.SubElement(
                case, tag, {"message": lines[0], "type": one_line(suite)}
            ).text = "\n".join(lines)
    if skipped:
        Xml.SubElement(case, "skipped", {"message": skipped})
    if said:
        Xml.SubElement(case, "system-out").text = one_line(said)
    return case


def _suite(name: str, cases: list[Xml.Element], said: str) -> Xml.Element:
    suite = Xml.Element("testsuite", {"name": one_line(name), "time": "0"})
    suite.extend(cases)
    counts = {
        tag: sum(case.find(child) is not None for case in cases) for tag, child in _CHILDREN.items()
    }
    suite.attrib.update(
        {"tests": str(len(cases)), **{tag: str(count) for tag, count in counts.items()}}
    )
    if said:
        Xml.SubElement(suite, "system-out").text = said
    return suite


_CHILDREN = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def _sums(suites: list[Xml.Element]) -> dict[str, str]:
    return {
        tag: str(sum(int(suite.attrib[tag]) for suite in suites))
        for tag in ("tests", "failures", "errors")
    }
