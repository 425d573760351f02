"""Devices added to the text of a fleet file."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classic_rescue.fleet import parse_fleet
from classic_rescue.fleet.adding import CannotAdd, with_devices
from tests.cli.conftest import ROOT

NOW = datetime(2026, 11, 24, tzinfo=UTC)
A = "devices:\n  a:\n    hardware: 1\n    boot: os\n"
ADDED = "  # seen\n  new-1:\n    virtual_guest: 9\n    boot: rescue\n"
BLOCK = ["# seen", "new-1:", "  virtual_guest: 9", "  boot: rescue"]


def names(text: str) -> list[str]:
    """The devices of a fleet file."""
    return [entry.order.name for entry in parse_fleet(text, source="f", now=NOW).devices]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("devices: {}\n", f"devices:\n{ADDED}"),
        ("devices: {}", f"devices:\n{ADDED}"),
        ("devices: {}  # none yet\nshards: 2\n", f"devices:  # none yet\n{ADDED}shards: 2\n"),
        ("devices:\nshards: 2\n", f"devices:\n{ADDED}shards: 2\n"),
        ("shards: 2\n", f"shards: 2\ndevices:\n{ADDED}"),
        (
            "devices:\n    a: {hardware: 1, boot: os}  # why\n    # last words\n\nshards: 2\n",
            "devices:\n    a: {hardware: 1, boot: os}  # why\n"
            "    # seen\n    new-1:\n      virtual_guest: 9\n"
            "      boot: rescue\n    # last words\n\nshards: 2\n",
        ),
        (
            "devices:\n  a:\n    hardware: 1\n    boot: os",
            f"devices:\n  a:\n    hardware: 1\n    boot: os\n{ADDED}",
        ),
        (
            "devices:\r\n  a: {hardware: 1, boot: os}\r\n",
            "devices:\n  a: {hardware: 1, boot: os}\n".replace("\n", "\r\n")
            + ADDED.replace("\n", "\r\n"),
        ),
        (
            f"{A}    tags:\n      - x\n      - y # z\n# end\n",
            f"{A}    tags:\n      - x\n      - y # z\n{ADDED}# end\n",
        ),
        (
            f"{A}    reason: >-\n      long\n      story\nshards: 1\n",
            f"{A}    reason: >-\n      long\n      story\n{ADDED}shards: 1\n",
        ),
        (f'{A}    reason: "a\n      b"\n', f'{A}    reason: "a\n      b"\n{ADDED}'),
    ],
)
def test_lines_go_below_the_last_device_and_nothing_else_changes(before: str, after: str) -> None:
    """In the file's own indent and line ends; comments stay where they are."""
    assert with_devices(before, [BLOCK]) == after
    assert names(after)[-1] == "new-1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{devices: {}}", "not written one key a line"),
        ("devices: {a: {hardware: 1, boot: os}}", "in braces on one line"),
        ("devices: {\n}\n", "not written as `devices:`"),
    ],
)
def test_what_cannot_be_added_to_safely_is_refused(text: str, words: str) -> None:
    """A person can; a program would have to guess."""
    with pytest.raises(CannotAdd, match=words):
        with_devices(text, [BLOCK])


def test_the_example_keeps_every_line() -> None:
    """The project's own file: all lines are still there, in order,
    and one device more is declared.
    """
    before = (ROOT / "fleet.yaml").read_text()
    after = with_devices(before, [BLOCK])
    assert names(after) == [*names(before), "new-1"]
    rest = iter(after.splitlines())
    assert all(line in rest for line in before.splitlines())


@given(
    between=st.lists(st.sampled_from(["\n", "# c\n", "  # c\n", "    # c\n"]), max_size=4),
    behind=st.lists(st.sampled_from(["\n", "# c\n", "  # c\n", "    # c\n"]), max_size=4),
    indent=st.integers(1, 6),
    tail=st.sampled_from(["", "shards: 3\n", "endpoint: https://x.example/rest/v3.1/\n"]),
    count=st.integers(1, 3),
)
def test_wherever_comments_and_empty_lines_stand(
    between: list[str], behind: list[str], indent: int, tail: str, count: int
) -> None:
    """The old devices and the new one are read, and only lines were added."""
    pad = " " * indent
    devices = "".join(
        f"{pad}a{number}:\n{pad}  hardware: {number + 1}\n{pad}  boot: os\n{''.join(between)}"
        for number in range(count)
    )
    before = f"devices:\n{devices}{''.join(behind)}{tail}"
    after = with_devices(before, [BLOCK])
    assert names(after) == [*names(before), "new-1"]
    rest = iter(after.splitlines())
    assert all(line in rest for line in before.splitlines())
