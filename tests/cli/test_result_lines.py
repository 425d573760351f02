"""What stands below the table of a run."""

from __future__ import annotations

import pytest

from classic_rescue.cli.rollout.lines import show_results
from classic_rescue.cli.rollout.results import Outcome, Result

IN = Result("in-1", "virtual_guest/1", Outcome.CHANGED, before="os", after="rescue")
BACK = Result("back-1", "virtual_guest/2", Outcome.CHANGED, before="rescue", after="os")
LOST = Result("lost-1", "virtual_guest/3", Outcome.FAILED, before="rescue", after="os")


@pytest.mark.parametrize(
    ("results", "name"),
    [([IN, BACK], "in-1"), ([LOST, BACK], "lost-1"), ([IN, LOST], "NAME"), ([BACK, BACK], "")],
)
def test_who_is_back_needs_no_way_in(
    results: list[Result], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The way in is told for what is away, or may be."""
    show_results(results, clock="", is_wide=False, err=False)
    said = [line for line in capsys.readouterr().out.splitlines() if "how to log in" in line]
    assert said == ([f"`classic-rescue access {name}` shows how to log in"] if name else [])
