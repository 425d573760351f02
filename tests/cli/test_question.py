"""What the question lists is what the service then gets to hear, device by device: for any fleet
before, any after, and anything that somebody did between.

`make test` plays one such story. Any: QUESTION_EXAMPLES=100 pytest tests/cli/test_question.py
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

EXAMPLES = os.environ.get("QUESTION_EXAMPLES")

Run = Callable[..., Result]
Fleet = dict[str, str]
"""The boot state of each device that is in the file, by its name."""

IMAGE = "{image: WindowsRescueStandalone.iso}"
DEVICES = {
    "web": ("virtual_guest: 124929698", "SoftLayer_Virtual_Guest/124929698"),
    "app": ("hostname: app-1.example.com", "SoftLayer_Virtual_Guest/124929706"),
    "cold": ("virtual_guest: 124929714", "SoftLayer_Virtual_Guest/124929714"),
    "db": ("hardware: 218027101", "SoftLayer_Hardware_Server/218027101"),
}
"""Each with how the file names it, and its place at the service."""
NUMBERS = {place.partition("/")[2]: name for name, (_, place) in DEVICES.items()}
BOOTS = {name: ["os", "rescue"] if name == "db" else ["os", "rescue", IMAGE] for name in DEVICES}
ENTERS = {"SoftLayer_Hardware_Server": "bootToRescueLayer"}
"""What brings a device into rescue, where it is not `executeRescueLayer`."""


@dataclass(frozen=True)
class Story:
    """Two fleets, each with its number of stacks, and what somebody does between: `reboot` or
    `rescue`, by name of the device.
    """

    before: Fleet
    after: Fleet
    shards: tuple[int, int]
    deeds: tuple[tuple[str, str], ...]


fleets = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(BOOTS[name]) for name in DEVICES}
)
stories = st.builds(
    Story,
    before=fleets,
    after=fleets,
    shards=st.sampled_from([(1, 1), (1, 2), (2, 2)]),
    deeds=st.lists(
        st.tuples(st.sampled_from(list(DEVICES)), st.sampled_from(["reboot", "rescue"])),
        max_size=2,
        unique_by=lambda deed: deed[0],
    ).map(tuple),
)


def text_of(fleet: Fleet, shards: int) -> str:
    """The fleet file."""
    lines = [f"  {name}: {{{DEVICES[name][0]}, boot: {boot}}}\n" for name, boot in fleet.items()]
    devices = "devices:\n" + "".join(lines) if lines else "devices: {}\n"
    return f"shards: {shards}\n{devices}"


def listed(said: str) -> tuple[set[str], set[str]]:
    """The names of devices that restart by what was printed, and of those that may."""
    lines = [line for line in said.splitlines() if line.partition(": ")[0] in DEVICES]
    restarts = [line for line in lines if " → " in line.partition(";")[0]]
    maybe = {line.partition(": ")[0] for line in restarts if "restarts only if" in line}
    return {line.partition(": ")[0] for line in restarts} - maybe, maybe


def restarted(mock: Any) -> set[str]:
    """The names of devices that the service was asked to restart, each in one change."""
    return {NUMBERS[change.partition(" ")[2]] for change in mock.changes()}


def begin(mock: Any, project: Path) -> None:
    """The world and the project as they were at the start."""
    mock.control_call("POST", "reset")
    mock.changes()
    for path in (*project.glob("*.tfstate*"), *project.glob("cdktf.*/")):
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "cdktf.json":
            path.unlink()


def do_between(mock: Any, deeds: tuple[tuple[str, str], ...]) -> None:
    """What somebody does in the console; its work ends."""
    for name, deed in deeds:
        place = DEVICES[name][1]
        rescue = ENTERS.get(place.partition("/")[0], "executeRescueLayer")
        mock.act(f"{place}/{'rebootDefault' if deed == 'reboot' else rescue}")
    mock.control_call("POST", "clock", {"advance_s": 3600})
    mock.changes()


def agree(run: Run, mock: Any, *verb: str) -> None:
    """Ask, and see that nothing was touched; then do it, and see that it was what was asked."""
    asked = run(*verb)
    surely, maybe = listed(asked.stdout)
    assert mock.changes() == [], asked.output
    done = run(*verb, "--yes")
    unproven = [5] if maybe else []
    assert done.exit_code in [0, 2, *unproven], done.output
    changed = restarted(mock)
    assert surely <= changed <= surely | maybe, (asked.stdout, done.output)
    assert listed(done.stdout) == (surely, maybe), "what is asked is what is said when it is done"


EVERYTHING = Story(
    before={"web": "rescue", "app": IMAGE, "db": "rescue"},
    after={"web": "rescue", "app": "rescue", "cold": IMAGE},
    shards=(1, 2),
    deeds=(("web", "reboot"), ("db", "reboot")),
)
"""One drifts, one changes, one leaves and is back already, one comes, and stacks change."""


@pytest.mark.slow
@settings(
    max_examples=int(EXAMPLES or 1),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    # Nothing is made smaller: each story takes ten seconds.
    phases=[Phase.explicit, *([Phase.generate] if EXAMPLES else [])],
)
@given(story=stories)
@example(story=EVERYTHING)
def test_the_question_is_what_happens(run: Run, mock: Any, project: Path, story: Story) -> None:
    """For deploy, and for destroy after it."""
    begin(mock, project)
    fleet = project / "fleet.yaml"
    fleet.write_text(text_of(story.before, story.shards[0]))
    agree(run, mock, "deploy")
    do_between(mock, story.deeds)
    fleet.write_text(text_of(story.after, story.shards[1]))
    agree(run, mock, "deploy")
    agree(run, mock, "deploy", "--reconcile")
    agree(run, mock, "destroy")
