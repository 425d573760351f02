"""The event file, what it says of each device, the live rows and the results."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path

from classic_rescue.api.devices import DeviceId
from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.facts import Facts
from classic_rescue.boot.states import BootState, DeviceRef, Goal, Kind, Order, ReferenceField
from classic_rescue.cli.rollout.results import results_of
from classic_rescue.cli.rollout.views import caption, rows
from classic_rescue.cli.session.fleet_file import Target
from classic_rescue.cli.session.observed import Row
from classic_rescue.cli.terraform.hook_events import EventFile, HookEvent, Progress
from classic_rescue.hook.report import Report, appender

KEY = "virtual_guest/7"


def event(step: str, text: str = "", key: str = KEY, **fields: object) -> HookEvent:
    """An event of a hook."""
    return HookEvent(
        "2026-11-23T00:00:00Z", "web-1", key, step=step, text=text or step, fields=fields
    )


def test_reads_what_the_hook_writes(tmp_path: Path) -> None:
    """The hook's own report is read back: device, step and fields."""
    path = tmp_path / "events"
    report = Report(
        "web-1",
        KEY,
        now=lambda: datetime.now(UTC),
        out=io.StringIO(),
        err=io.StringIO(),
        events=appender(str(path), io.StringIO()),
    )
    report.say("request", "it goes down", usual_s=300.0)
    (read,) = EventFile(path).read_new()
    assert (read.name, read.device, read.step, read.number("usual_s")) == (
        "web-1",
        KEY,
        "request",
        300.0,
    )


def test_half_a_line_waits_for_its_end(tmp_path: Path) -> None:
    """A line is taken once, when it is whole; a line that is no event is passed over."""
    path = tmp_path / "events"
    line = json.dumps({"time": "", "name": "a", "device": KEY, "step": "done", "text": ""})
    file = EventFile(path)
    assert file.read_new() == []
    path.write_text("not json\n[]\n" + line[:20])
    assert file.read_new() == []
    with path.open("a") as more:
        more.write(line[20:] + "\n")
    assert [read.step for read in file.read_new()] == ["done"]
    assert file.read_new() == []


def test_row_says_for_how_long_and_how_long_it_usually_takes() -> None:
    """The time of a wait counts from its first event, in seconds of the devices' clock."""
    now = [0.0]
    progress = Progress(lambda: now[0])
    progress.take(event("request", usual_s=300.0))
    now[0] = 10
    progress.take(event("wait", "waiting"))
    now[0] = 70
    progress.take(event("wait", "waiting", usual_s=231.0))
    now[0] = 100
    assert rows(progress) == [("web-1", "waiting", "1 min 30 s", "3 min 51 s")]
    assert caption(progress).startswith("0 of 1 devices")


def test_stopped_hook_outweighs_a_move() -> None:
    """Of two hooks of one device the one that failed counts;
    one that changed it counts more than one that did not.
    """
    progress = Progress(lambda: 0.0)
    progress.take(event("done", result="changed", before="os", after="rescue", took_s=3.0))
    progress.take(event("done", result="moved"))
    device = progress.devices[KEY]
    assert device.outcome is not None
    assert device.outcome.word("result") == "changed"
    progress.take(event("stopped", "refused: no"))
    assert device.outcome.step == "stopped"


def row(seen: BootState, name: str = "web-1") -> Row:
    """A row of a device of the fleet."""
    order = Order(name, DeviceRef(ReferenceField.VIRTUAL_GUEST, 7), Goal(BootState.OS))
    facts = Facts(Kind.VIRTUAL_GUEST, 7, public_ip="198.51.100.1")
    return Row(
        Target(order, order.goal), DeviceId(Kind.VIRTUAL_GUEST, 7), facts, Observation(seen, "seen")
    )


def test_device_without_a_hook_is_unchanged() -> None:
    """Nothing was told of it: it is listed as it was observed."""
    (result,) = results_of([row(BootState.OS)], {})
    assert (result.outcome.word, result.after, result.address) == (
        "unchanged",
        "os",
        "198.51.100.1",
    )
    assert result.access == "classic-rescue access web-1"


def test_failed_and_removed_devices_are_listed() -> None:
    """A hook that stopped is a failure with its words;
    a device that left the fleet is listed by its key.
    """
    progress = Progress(lambda: 0.0)
    progress.take(event("look", state="os"))
    progress.take(event("stopped", "refused: no permission"))
    progress.take(
        event("done", key="hardware/9", result="changed", before="rescue", after="os", took_s=1.5)
    )
    first, second = results_of([row(BootState.OS)], progress.devices)
    assert (first.outcome.word, first.before, first.evidence) == (
        "failed",
        "os",
        "refused: no permission",
    )
    assert (second.outcome.word, second.access, second.took_s) == (
        "changed",
        "classic-rescue access hardware/9",
        1.5,
    )


def test_renamed_device_keeps_its_new_name() -> None:
    """The hook of a removal knows the name of the last deploy;
    the result has the one in the fleet file.
    """
    progress = Progress(lambda: 0.0)
    progress.take(event("done", result="changed"))
    (result,) = results_of([row(BootState.OS, "web-2")], progress.devices)
    assert (result.name, result.outcome.word) == ("web-2", "changed")


def test_unfinished_hook_tells_its_last_words() -> None:
    """A hook that was killed leaves what it told last, and the last look what is seen now."""
    progress = Progress(lambda: 0.0)
    progress.take(event("wait", "waiting for transaction 5"))
    (result,) = results_of([row(BootState.OS)], progress.devices)
    evidence = "waiting for transaction 5. Seen now: os; seen"
    assert (result.outcome.word, result.evidence) == ("unfinished", evidence)
