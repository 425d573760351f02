"""From lines of the journal to times spent down."""

from __future__ import annotations

from typing import Any

import pytest

from classic_rescue.review.runs import downtimes, run_from

WEB = "virtual_guest/1"


def line(
    at: str, before: str | None, after: str | None, result: str = "changed", **more: Any
) -> dict[str, Any]:
    """A line whose run began at `at`:00 and ended 5 minutes later."""
    return {
        "schema_version": 1,
        "time": f"2026-11-24T{at}:05:00Z",
        "started": f"2026-11-24T{at}:00:00Z",
        "name": "web-1",
        "key": WEB,
        "device": WEB,
        "from": before,
        "to": after,
        "result": result,
        "exit": 0,
        "requests": ["x"] if result == "changed" else [],
        **more,
    }


def spans(*lines: dict[str, Any]) -> list[str]:
    """The spans of web-1, by hour and minute."""
    found = downtimes(map(run_from, lines)).get(WEB, ())
    return [f"{span.start:%H:%M}-{span.end and format(span.end, '%H:%M')}" for span in found]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line("01", "os", "rescue"), line("03", "rescue", "os")], ["01:00-03:05"]),
        ([line("03", "rescue", "os"), line("01", "os", "rescue")], ["01:00-03:05"]),
        ([line("01", "os", "rescue")], ["01:00-None"]),
        ([line("01", "os", "rescue"), line("02", "rescue", "image a"), line("03", "image a", "os")],
         ["01:00-03:05"]),
        ([line("01", "rescue", "rescue", "unchanged")], ["01:00-None"]),
        ([line("01", "os", "os", "unchanged")], []),
        ([line("01", "os", None, "under_way", exit=5, requests=["executeRescueLayer"])],
         ["01:00-None"]),
        ([line("01", "os", None, "refused", exit=3)], []),
        ([line("01", "os", "rescue"), line("02", None, None, "moved"), line("03", "rescue", "os")],
         ["01:00-03:05"]),
        ([line("01", "os", "rescue"), line("02", None, None, "deleted")], ["01:00-02:05"]),
        ([line("01", "os", "rescue"), line("02", "unknown", "unknown", "unchanged")],
         ["01:00-02:05"]),
        ([line("01", "rescue", "os")], ["01:00-01:05"]),
        ([line("01", "os", "rescue"), line("02", "rescue", None, "unreachable", exit=6)],
         ["01:00-None"]),
    ],
)  # fmt: skip
def test_runs_make_downtimes(lines: list[dict[str, Any]], expected: list[str]) -> None:
    """Down from the first request on, until it is back, deleted,
    or powered off by somebody else.
    """
    assert spans(*lines) == expected


def test_a_renamed_device_is_the_same_device() -> None:
    """Its id joins what two names and keys tell."""
    lines = [
        line("01", "os", "rescue", key="hostname/web-1"),
        line("02", "rescue", "os", name="renamed"),
    ]
    assert spans(*lines) == ["01:00-02:05"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "not an object"),
        ({}, "schema_version None"),
        ({**line("01", None, None), "schema_version": 2}, "schema_version 2; this version knows 1"),
        ({**line("01", None, None), "time": "soon"}, "soon"),
        ({**line("01", None, None), "time": "2026-11-24T01:00:00"}, "without its zone"),
        ({**line("01", None, None), "name": 7}, "another kind"),
        ({**line("01", None, None), "requests": 7}, "another kind"),
        ({**line("01", None, None), "exit": None}, "another kind"),
        ({**line("01", None, None), "exit": float("inf")}, "another kind"),
        ({**line("01", None, None), "took_s": float("nan")}, "another kind"),
        ({**line("01", None, None), "took_s": float("inf")}, "another kind"),
        ({**line("01", None, None), "time": "0001-01-01T00:00:00+01:00"}, "out of range"),
        ({**line("01", None, None), "started": "9999-12-31T23:59:59-01:00"}, "out of range"),
        ({key: value for key, value in line("01", None, None).items() if key != "key"}, "no key"),
    ],
)
def test_what_is_no_line_says_why(given: object, words: str) -> None:
    """Anything else in a journal is named, never guessed at."""
    with pytest.raises(ValueError, match=words):
        run_from(given)
