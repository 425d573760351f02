"""Every report: as it was, valid by what others wrote, and harmless whatever stands in it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from junitparser import JUnitXml

from classic_rescue.boot.repair import Repair
from classic_rescue.review.reports import json_report, json_schema, junit, markdown, sarif
from classic_rescue.review.review import Review
from tests.unit.review import golden
from tests.unit.review.examples import (
    EXAMPLES,
    HOSTILE,
    clean,
    every_effect,
    hostile,
    huge,
    overridden,
    refused,
)

ROOT = Path(__file__).resolve().parents[3]
SARIF_SCHEMA = ROOT / "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
REPORTS: dict[str, Callable[[Review], str]] = {
    "md": markdown.text,
    "json": json_report.text,
    "xml": junit.text,
    "sarif": sarif.text,
}
every_example = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)


@pytest.mark.parametrize("ending", REPORTS)
@every_example
def test_reports_are_as_they_were(example: Callable[[], Review], ending: str) -> None:
    """What programs and people got used to changes only on purpose."""
    text = REPORTS[ending](example())
    assert text == golden.expected(example.__name__, ending, text)


@every_example
def test_json_keeps_to_its_schema(example: Callable[[], Review]) -> None:
    """The published schema holds for every review."""
    jsonschema.validate(json.loads(json_report.text(example())), json_schema.json_schema())


def test_the_schema_is_a_schema_and_closed() -> None:
    """It keeps to its dialect, and a field that it does not name is an error."""
    jsonschema.Draft7Validator.check_schema(json_schema.json_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**json_report.as_json(clean()), "more": 1}, json_schema.json_schema())


def test_the_schema_in_docs_is_current() -> None:
    """When this fails: make docs."""
    assert (ROOT / "docs" / "review.schema.json").read_text(
        encoding="utf-8"
    ) == json_schema.render()


@every_example
def test_sarif_keeps_to_the_standard(example: Callable[[], Review]) -> None:
    """By the schema of OASIS."""
    schema = json.loads(SARIF_SCHEMA.read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(sarif.text(example())), schema)


def test_sarif_points_to_the_devices_line() -> None:
    """A finding and a change stand at the device; what is about no device stands at the file."""
    results = json.loads(sarif.text(refused()))["runs"][0]["results"]
    places = {row["ruleId"]: row["locations"][0]["physicalLocation"] for row in results}
    assert places["policy/protected"] == {
        "artifactLocation": {"uri": "fleet.yaml"},
        "region": {"startLine": 2},
    }
    assert places["policy/max_down"] == {"artifactLocation": {"uri": "fleet.yaml"}}
    assert places["drift"]["region"] == {"startLine": 7}


def test_sarif_knows_every_rule_that_it_uses() -> None:
    """And tells apart what is the same rule at two devices."""
    run = json.loads(sarif.text(refused()))["runs"][0]
    known = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {row["ruleId"] for row in run["results"]} <= known
    prints = [row["partialFingerprints"]["classicRescue/v1"] for row in run["results"]]
    assert len(set(prints)) == len(prints)


@pytest.mark.parametrize(("example", "levels"), [(refused, {"error"}), (overridden, {"warning"})])
def test_sarif_errors_are_findings_that_count(
    example: Callable[[], Review], levels: set[str]
) -> None:
    """A broken glass makes them warnings that name it."""
    results = json.loads(sarif.text(example()))["runs"][0]["results"]
    found = [row for row in results if row["ruleId"].startswith("policy/")]
    assert {row["level"] for row in found} == levels
    assert all(
        ("BREAK GLASS" in row["message"]["text"]) == (levels == {"warning"}) for row in found
    )


@every_example
def test_junit_is_read_by_a_parser_of_others(example: Callable[[], Review]) -> None:
    """Its sums are those that the parser counts itself."""
    text = junit.text(example())
    root = ElementTree.fromstring(text)  # noqa: S314 our own text
    read = JUnitXml.fromstring(text.encode())
    told = (read.tests, read.failures, read.errors)
    read.update_statistics()  # type: ignore[no-untyped-call]  # the library has no types there
    assert told == (read.tests, read.failures, read.errors)
    assert root.tag == "testsuites"


@pytest.mark.parametrize(
    ("name", "failures", "errors", "skipped"),
    [
        ("clean", 0, 0, 0),
        ("refused", 3, 0, 0),
        ("overridden", 1, 0, 2),
        ("not_understood", 0, 1, 0),
    ],
)
def test_junit_fails_where_somebody_must_act(
    name: str, failures: int, errors: int, skipped: int
) -> None:
    """Refused rules and drift are failures, plans that are not understood errors,
    overridden rules skipped.
    """
    cases = ElementTree.fromstring(junit.text(EXAMPLES[name]())).iter("testcase")  # noqa: S314 our own text
    tags = [child.tag for case in cases for child in case]
    assert (tags.count("failure"), tags.count("error"), tags.count("skipped")) == (
        failures,
        errors,
        skipped,
    )


def test_every_format_shouts_the_broken_glass_and_what_is_missing() -> None:
    """Whichever report is looked at."""
    for report in REPORTS.values():
        assert "CHG-9 outage" in report(overridden())
        assert "fleet-1" in report(refused())


def test_the_comment_begins_with_its_marker_and_the_glance() -> None:
    """A workflow finds it by the first line, people read the second."""
    lines = markdown.text(every_effect()).splitlines()
    assert lines[0] == "<!-- classic-rescue review -->"
    assert lines[2].startswith(
        "## ⚠️ classic-rescue: 3 devices go down; 1 device comes back to its operating system;"
    )


def _cells(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("| ")]


def test_nothing_hostile_is_syntax_in_markdown() -> None:
    """No tag, no cell, no fence, no mention, no reference, no emoji, no formula, no link,
    no control character.
    """
    text = markdown.text(hostile())
    assert all(line.isprintable() for line in text.splitlines())
    words = re.sub(r"```mermaid\n.*?```|&#\d+;", "", text, flags=re.DOTALL).replace(
        markdown.MARKER, ""
    )
    for bad in (
        "<script",
        "`c`",
        "@team",
        "#1",
        "**b**",
        "[l]",
        ":x:",
        "$y$",
        "www.",
        "-->",
        "http:",
        "```",
    ):
        assert bad not in words, bad
    assert set(re.findall(r"</?([a-z]+)", words)) <= {"code", "br", "sub", "details", "summary"}
    assert {line.count("|") for line in _cells(text)} == {7}


def test_nothing_hostile_is_a_link_in_sarif() -> None:
    """SARIF's messages take `[text](target)` for a link (3.11.6), and GitHub shows it as one."""
    told = json.loads(sarif.text(hostile()))["runs"][0]
    texts = [part["message"]["text"] for part in told["results"]]
    texts += [
        part["message"]["text"] for part in told["invocations"][0]["toolExecutionNotifications"]
    ]
    assert any("[l] (http://x)" in text for text in texts)
    assert not any("](" in text for text in texts)


def test_nothing_hostile_reaches_json_or_xml() -> None:
    """Control characters and half characters are gone; everything else is still there,
    escaped by the format.
    """
    for report in (json_report.text, sarif.text):
        assert "a|b`c`<script>" in str(json.loads(report(hostile())))
        assert not re.search(r"\\u00[01]|\\ud8", report(hostile()))
    suites = ElementTree.fromstring(junit.text(hostile()))  # noqa: S314 our own text
    names = [case.get("name") for case in suites.iter("testcase")]
    assert any(name and name.startswith("a|b`c`<script>") for name in names)
    assert "\n" in HOSTILE


def test_a_huge_comment_fits_and_counts_the_rest() -> None:
    """GitHub takes 65,536 characters; nothing is cut without a word."""
    text = markdown.text(huge())
    assert len(text) <= len(text.encode()) <= markdown.MOST_BYTES
    shown = len(_cells(text)) - 4  # two heads with their lines
    assert f"**{5_000 - shown} devices more do not fit into a comment**" in text
    assert re.search(r"- and \d{4} more\n", text)
    assert "<details><summary>" in text
    assert text.count("<details>") == text.count("</details>")


def test_names_of_any_length_leave_room_for_the_rest() -> None:
    """A state edited by hand, or an app of one's own, may hold names that no fleet file allows."""
    found = huge(40)
    long = tuple(change._replace(name=20_000 * "|" + change.name) for change in found.changes)
    text = markdown.text(replace(found, changes=long, findings=()))
    assert len(text.encode()) <= markdown.MOST_BYTES
    assert "40 devices go down" in text
    assert "**40 devices more do not fit into a comment**" in text


@pytest.mark.parametrize("devices", [1, 20, 21, 60])
def test_every_device_is_in_the_comment_once(devices: int) -> None:
    """Folded or not."""
    text = markdown.text(huge(devices))
    assert [
        text.count(f"<code>virtual_guest/{number}</code>") for number in range(1, devices + 1)
    ] == [1] * devices
    assert ("<details>" in text) == (devices > markdown.SHOWN_ROWS)
    assert "do not fit" not in text


def test_a_thousand_scripts_fit_into_a_comment() -> None:
    """Those that do not are counted; each is in the commit that is reviewed."""
    many = enumerate(huge(1000).changes, 1)
    changes = tuple(
        change._replace(repair=Repair(f"repairs/{number}.sh", f"{number:064x}", 1))
        for number, change in many
    )
    texts = {f"{1:064x}": "x\n", f"{2:064x}": "`" * 9000}
    text = markdown.text(replace(huge(1000), changes=changes, scripts=texts))
    assert len(text.encode()) <= markdown.MOST_BYTES
    assert re.search(r"\n\nand \d+ more scripts", text)
