"""`pytest --times`: where the time of a run went, by folder and by test.

Beside the time on the clock it tells the processor time, of the test itself and of the programs
that it started and that have ended: that hardly depends on what else the machine does.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Generator
from dataclasses import dataclass

import pytest

SLOWEST = 10
_BEFORE = pytest.StashKey[float]()


@dataclass
class Spent:
    """Seconds on the clock, and of processors."""

    clock_s: float = 0.0
    processor_s: float = 0.0

    def add(self, report: pytest.TestReport) -> None:
        """Count set-up, test or tear-down."""
        self.clock_s += report.duration
        self.processor_s += getattr(report, "processor_s", 0.0)

    def line(self, name: str) -> str:
        """A row of a table."""
        return f"{self.clock_s:9.1f} s {self.processor_s:9.1f} s  {name}"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Nobody who runs one test wants a table."""
    parser.addoption("--times", action="store_true", help="tell where the time went")


def _processor_s() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool, bool]:
    """What the test before spent is not this one's."""
    item.stash[_BEFORE] = _processor_s()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A worker sends its report, this field included, to the process that tells."""
    report = yield
    now_s = _processor_s()
    report.processor_s = now_s - item.stash[_BEFORE]  # type: ignore[attr-defined] # ours
    item.stash[_BEFORE] = now_s
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Both tables, the longest first."""
    if not terminalreporter.config.getoption("--times"):
        return
    folders: dict[str, Spent] = defaultdict(Spent)
    tests: dict[str, Spent] = defaultdict(Spent)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                folders[report.nodeid.partition("::")[0].rpartition("/")[0]].add(report)
                tests[report.nodeid].add(report)
    terminalreporter.section("time on the clock, time of processors")
    for table, most in ((folders, len(folders)), (tests, SLOWEST)):
        rows = sorted(table.items(), key=lambda row: row[1].clock_s, reverse=True)[:most]
        for name, spent in rows:
            terminalreporter.write_line(spent.line(name))
        terminalreporter.write_line("")
