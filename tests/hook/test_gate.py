"""The policy at apply time, in front of a mock: what is refused before anything is sent,
and what passes.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from classic_rescue.api.client import ClassicApi
from classic_rescue.api.fleetwide import Census, Fleetwide
from classic_rescue.api.settings import Settings, basic
from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.labels import LABELS, Label, Meaning
from classic_rescue.boot.states import BootState
from classic_rescue.conductor import shared_claims
from classic_rescue.conductor.shared_claims import SharedClaims
from classic_rescue.hook.asking import Asking
from classic_rescue.hook.down_claims import DownClaims, Reading
from classic_rescue.hook.exits import Exit
from classic_rescue.hook.gate import check, may_run, posted_text
from classic_rescue.policy.posted import write_posted
from classic_rescue.policy.terms import BreakGlass, Limit, Policy, Traits, Window
from tests.conftest import KEY, USER

if TYPE_CHECKING:
    from classic_rescue.api.devices import DeviceId
    from tests.hook.conftest import Bench

WEB = "virtual_guest/124929698"
WIN = "virtual_guest/124929702"
APP = "virtual_guest/124929706"
DB = "hardware/218027101"
GUEST = "SoftLayer_Virtual_Guest"
ISO = "WindowsRescueStandalone.iso"
NAMES = {WEB: "dev", WIN: "win-1", APP: "app-1", DB: "db-1"}
NEVER = (Window((), time(0), time(0), "UTC"),)
ALWAYS = (Window(tuple(range(7)), time(0), time(0), "UTC"),)
MARKED = {"CLASSIC_RESCUE_POLICY": "enforced"}


@dataclass
class App:
    """A synthesised app of two stacks, and the hooks that Terraform would run in the first."""

    bench: Bench
    folder: Path
    environ: dict[str, str] = field(default_factory=lambda: dict(MARKED))
    asked: list[set[DeviceId] | None] = field(default_factory=list)
    shared: shared_claims.App = field(default_factory=shared_claims.App)

    @property
    def surveys(self) -> int:
        """How often the fleet was looked at."""
        return len(self.asked)

    def write(
        self,
        policy: Policy,
        traits: dict[str, Traits] | None = None,
        names: dict[str, str] | None = None,
    ) -> None:
        """Synthesise: the devices by key and name, the last one in the second stack."""
        text = write_posted(policy, traits or {}).replace("${", "$${")
        orders = {
            key: "${" + json.dumps({"name": name}) + "}" for key, name in (names or NAMES).items()
        }
        *first, last = orders
        self.stack("fleet-0", {"devices": {key: orders[key] for key in first}, "policy": text})
        self.stack("fleet-1", {"devices": {last: orders[last]}, "policy": text})
        (self.folder / "manifest.json").write_text('{"stacks": {"fleet-0": {}, "fleet-1": {}}}')

    def stack(self, name: str, settings: object) -> Path:
        """Write one stack's configuration."""
        path = self.folder / "stacks" / name / "cdk.tf.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"locals": settings}))
        return path

    def hook(self, device: str = WEB, boot: str = "rescue", **more: Any) -> Exit:
        """Run one hook."""
        held: list[Any] = []
        directory = str(self.folder / "stacks" / "fleet-0")
        asking = Asking(
            directory=directory,
            environ=self.environ,
            survey=self._survey,
            account="me",
            sleep=self.bench.sleep,
            clock_speed=1.0,
            claims=held,
            meet=partial(SharedClaims, self.shared) if self.bench.is_shared else None,
        )
        self.bench.ask = lambda context, goal, seen: check(asking, context, goal, seen)
        ended = self.bench.enter(device, boot, **more)
        while held:  # what the end of the process does
            held.pop().close()
        return ended

    def _survey(self, only: set[DeviceId] | None) -> Census:
        self.asked.append(only)
        settings = Settings(self.bench.mock.rest, "test", basic(USER, KEY, "test"))
        return Fleetwide(ClassicApi(settings, sleep=self.bench.sleep)).read(only=only)

    def forget(self) -> None:
        """As a run that begins long after."""
        shutil.rmtree(self.folder / ".policy")
        self.shared = shared_claims.App()

    def rescue(self, device: int) -> None:
        """Somebody in the console takes a guest down."""
        self.bench.mock.call_as_somebody_else(GUEST, device, "executeRescueLayer")
        self.bench.mock.control_call("clock", {"advance_s": 900}, method="POST")
        self.bench.mock.changes()


@pytest.fixture
def app(bench: Bench, tmp_path: Path) -> App:
    """An app without a policy so far."""
    return App(bench, tmp_path)


def assert_refused(app: App, ended: Exit, *words: str) -> None:
    """The hook's own exit code, words that help, and no request that changes anything."""
    assert ended is Exit.POLICY, app.bench.text
    for part in (*words, "nothing was changed", "CLASSIC_RESCUE_BREAK_GLASS=REASON"):
        assert part in app.bench.text
    assert app.bench.rows[-1]["exit"] == 7
    assert app.bench.steps() == ["start", "look", "stopped"]
    assert app.bench.mock.changes() == []


def test_without_a_policy_nothing_is_asked(app: App) -> None:
    """Neither where the stack has none nor where the hook runs outside of a stack."""
    app.environ.clear()
    assert app.hook() is Exit.DONE
    app.stack("fleet-0", {"devices": {}})
    assert app.hook(APP) is Exit.DONE
    assert app.surveys == 0


def test_a_closed_window_is_refused_and_an_open_one_passes(app: App) -> None:
    """By the clock at the very moment; the text names the hours."""
    app.write(Policy(windows=NEVER))
    words = ("rule `windows`", "dev would be taken down at", "outside of every window")
    assert_refused(app, app.hook(), *words)
    app.write(Policy(windows=ALWAYS))
    assert app.hook() is Exit.DONE


def test_a_window_closes_while_the_lockout_is_waited_out(app: App) -> None:
    """The policy is asked right before the request, also after twenty minutes of waiting,
    and each time again.
    """
    moments = iter([datetime(2026, 1, 1, minute=minute, tzinfo=UTC) for minute in range(60)])
    asked: list[datetime] = []

    def now() -> datetime:
        return asked[-1] if asked else datetime(2026, 1, 1, tzinfo=UTC)

    app.bench.now = now
    app.write(Policy(windows=(Window(tuple(range(7)), time(0), time(0, 1), "UTC"),)))
    fault = {
        "status": 500,
        "code": "SoftLayer_Exception",
        "text": "wait 20 minutes since the last reboot",
    }
    app.bench.mock.fault(f"{GUEST}.executeRescueLayer", "error", **fault)
    sleep = app.bench.sleep

    def slow(seconds: float) -> None:
        asked.append(next(moments).replace(hour=1))
        sleep(seconds)

    app.bench.sleep = slow  # type: ignore[method-assign]  # time passes with the waiting
    ended = app.hook()
    assert ended is Exit.POLICY, app.bench.text
    assert "rule `windows`" in app.bench.text
    assert app.bench.mock.changes() == []
    assert app.bench.steps() == ["start", "look", "request", "lockout", "stopped"]


def test_a_protected_device_needs_its_own_word(app: App) -> None:
    """By its name in the order; `allow_reboot` in the file lets it pass."""
    app.write(Policy(protected=("d*",)))
    words = ("rule `protected`", "dev is protected (by 'd*')", "`allow_reboot: true`")
    assert_refused(app, app.hook(), *words)
    app.write(Policy(protected=("d*",)), {WEB: Traits(allow_reboot=True)})
    assert app.hook() is Exit.DONE


def test_a_refused_device_takes_no_place(app: App) -> None:
    """It is refused before anybody is counted: the next one finds the only place free."""
    app.write(Policy(protected=("d*",), max_down=(Limit(1),)))
    app.bench.now = lambda: datetime(2026, 1, 1, tzinfo=UTC)
    assert_refused(app, app.hook(), "rule `protected`")
    assert app.surveys == 0
    assert app.hook(APP) is Exit.DONE, app.bench.text


def test_the_name_of_now_counts_and_not_the_plan_s(app: App) -> None:
    """The plan calls it dev; the file has renamed it since to a protected name."""
    app.write(Policy(protected=("core-*",)), names={WEB: "core-1", APP: "app-1"})
    assert_refused(app, app.hook(), "core-1 is protected")


def test_a_device_that_went_down_meanwhile_takes_the_place(app: App) -> None:
    """Devices in other stacks of the app count, and the text names who is down."""
    app.write(Policy(max_down=(Limit(1),)), names={WEB: "dev", DB: "db-1", APP: "app-1"})
    app.rescue(124929706)
    words = ("rule `max_down`", "takes down dev, while app-1 is down", "allowed: 1")
    assert_refused(app, app.hook(), *words)
    app.write(Policy(max_down=(Limit(2),)), names={WEB: "dev", DB: "db-1", APP: "app-1"})
    assert app.hook() is Exit.DONE


def test_only_the_group_of_the_device_is_counted(app: App) -> None:
    """By names, by tag and by percent of the devices in the file;
    a device in no group is not looked up at all.
    """
    app.rescue(124929706)
    app.write(
        Policy(max_down=(Limit(1, names="win-*"), Limit(1, tag="db"))),
        {APP: Traits(frozenset({"db"}))},
    )
    assert app.hook() is Exit.DONE
    assert app.surveys == 0
    app.bench.mock.changes()
    tags = {WIN: Traits(frozenset({"db"})), APP: Traits(frozenset({"db"}))}
    app.write(Policy(max_down=(Limit(percent=50, tag="db"),)), tags)
    assert_refused(
        app,
        app.hook(WIN, "image", image=ISO),
        "2 of the devices with the tag 'db'",
        "allowed: 1 (50%",
    )
    app.write(Policy(max_down=(Limit(percent=100, tag="db"),)), tags)
    assert app.hook(WIN, "image", image=ISO) is Exit.DONE


def test_lookups_are_counted_as_the_devices_they_find(app: App) -> None:
    """A device that the file names by its host name or address is the same device, down or not."""
    names = {WEB: "dev", "hostname/app-1.example.com": "app-1"}
    app.write(Policy(max_down=(Limit(1),)), names=names)
    app.bench.mock.fault(
        f"{GUEST}.executeRescueLayer", "error", status=500, code="SoftLayer_Exception", text="no"
    )
    assert app.hook() is Exit.REFUSED, app.bench.text  # by the service: the policy let it pass
    assert app.asked == [None]
    app.forget()
    app.rescue(124929706)
    assert_refused(app, app.hook(), "while app-1 is down")


def test_of_a_fleet_named_by_ids_nothing_else_is_looked_at(app: App) -> None:
    """An account may hold ten thousand devices that are not in the file."""
    app.write(Policy(max_down=(Limit(3),)))
    assert app.hook() is Exit.DONE, app.bench.text
    (only,) = app.asked
    assert only is not None
    assert {device.key for device in only} == set(NAMES)


def test_a_declared_device_that_nobody_sees_counts(app: App) -> None:
    """Nobody can tell that it runs: it may be in rescue, unseen by this user."""
    app.write(Policy(max_down=(Limit(1),)), names={WEB: "dev", "virtual_guest/7": "ghost"})
    assert_refused(app, app.hook(), "while ghost is down, coming back or not to be seen")


def test_one_look_serves_the_hooks_of_a_run(app: App) -> None:
    """And a device that was sent down a moment ago counts although the look is older."""
    app.write(Policy(max_down=(Limit(2),)))
    app.bench.now = lambda: datetime(2026, 1, 1, tzinfo=UTC)
    assert app.hook(WEB) is Exit.DONE
    assert app.hook(APP) is Exit.DONE
    app.bench.mock.changes()
    assert_refused(app, app.hook(DB), "while dev, app-1 are down")
    assert app.surveys == 1


def test_a_device_takes_its_own_place_again(app: App) -> None:
    """A run after a failed one is not refused because of its own claim."""
    app.write(Policy(max_down=(Limit(1),)))
    app.bench.now = lambda: datetime(2026, 1, 1, tzinfo=UTC)
    app.bench.mock.fault(
        f"{GUEST}.executeRescueLayer", "error", status=500, code="SoftLayer_Exception", text="no"
    )
    assert app.hook() is Exit.REFUSED
    assert app.hook() is Exit.DONE, app.bench.text


def test_a_place_is_held_until_the_hook_ends(app: App) -> None:
    """However long it waits, for the lockout or for its transaction,
    and also when it has asked again.
    """
    app.write(Policy(max_down=(Limit(1),)))
    fault = {
        "status": 500,
        "code": "SoftLayer_Exception",
        "text": "wait 20 minutes since the last reboot",
    }
    app.bench.mock.fault(f"{GUEST}.executeRescueLayer", "error", **fault)
    claims = DownClaims(
        str(app.folder), now=lambda: 9e9, sleep=app.bench.sleep, appear_s=0, age_s=0
    )
    held: list[set[str]] = []
    sleep = app.bench.sleep

    def look(seconds: float) -> None:
        with claims.locked():
            held.append(
                claims.claimed(Reading("me", 9e9, 9e9, {}))
            )  # a look that shows all that was ever sent
        sleep(seconds)

    app.bench.sleep = look  # type: ignore[method-assign]  # the hook waits, and somebody else counts
    assert app.hook() is Exit.DONE, app.bench.text
    assert "lockout" in app.bench.steps()
    assert len(held) > 2
    assert all(keys == {WEB} for keys in held)
    assert claims.claimed(Reading("me", 9e9, 9e9, {})) == set()


def test_who_is_down_already_passes(app: App) -> None:
    """From rescue to an image: no system that runs is taken down, whatever the policy says."""
    assert app.bench.enter(WEB) is Exit.DONE
    app.write(Policy(max_down=(Limit(1),), protected=("*",), windows=NEVER))
    assert app.hook(WEB, "image", image=ISO) is Exit.DONE, app.bench.text
    assert app.hook(WEB, "rescue") is Exit.DONE, app.bench.text


@pytest.mark.parametrize("verb", ["enter", "leave"])
def test_coming_back_is_never_refused(app: App, verb: str) -> None:
    """Neither at the end of `until` nor by removal, and nobody is counted."""
    assert app.bench.enter(WEB) is Exit.DONE
    app.bench.mock.changes()
    app.write(Policy(max_down=(Limit(1),), protected=("*",), windows=NEVER))
    assert app.hook(WEB, "os", verb=verb) is Exit.DONE, app.bench.text
    assert app.bench.mock.changes() == ["rebootDefault 124929698"]
    assert app.surveys == 0


def test_a_return_from_nobody_knows_what_is_guarded(app: App) -> None:
    """The device may run its system, so windows and protection count;
    but it is no more down afterwards than before.
    """
    assert app.bench.enter(WEB) is Exit.DONE
    app.rescue(124929706)
    unclear = (Label(Meaning.UNCLEAR, ("rescue",), "configured", "this test"), *LABELS)
    app.write(Policy(windows=NEVER, max_down=(Limit(1),)))
    assert_refused(app, app.hook(WEB, "os", labels=unclear), "rule `windows`")
    app.write(Policy(protected=("dev",)))
    assert_refused(
        app, app.hook(WEB, "os", labels=unclear), "put it back into the file with `boot: os`"
    )
    app.write(Policy(windows=ALWAYS, max_down=(Limit(1),)))
    assert app.hook(WEB, "os", labels=unclear) is Exit.DONE, app.bench.text
    assert app.surveys == 0


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (Observation(BootState.OS, ""), True),
        (Observation(BootState.UNKNOWN, ""), True),
        (Observation(BootState.UNKNOWN, "", image="a", image_id=1), True),
        (Observation(BootState.UNKNOWN, "", is_off=True), False),
        (Observation(BootState.RESCUE, ""), False),
        (Observation(BootState.IMAGE, "", image="a"), False),
    ],
)
def test_which_devices_may_run(seen: Observation, expected: bool) -> None:
    """Everything but what is surely off or surely out of its system."""
    assert may_run(seen) is expected


EVERYTHING = Policy(max_down=(Limit(1),), protected=("*",), windows=NEVER)


@pytest.mark.parametrize("where", ["environment", "file"])
def test_a_reason_that_cannot_be_seen_breaks_no_glass(app: App, where: str) -> None:
    """Neither in the variable nor in a stack that is there already."""
    glass = BreakGlass("\u3164") if where == "file" else None
    app.write(Policy(protected=("*",), break_glass=glass))
    if where == "environment":
        app.environ["CLASSIC_RESCUE_BREAK_GLASS"] = "\u3164"
    assert_refused(app, app.hook(), "protected")


@pytest.mark.parametrize("where", ["environment", "file"])
def test_break_glass_passes_and_says_what_it_overrides(app: App, where: str) -> None:
    """Loudly, with the reason, and with every rule that would have refused."""
    app.rescue(124929706)
    glass = BreakGlass("CHG-9 outage", datetime(2999, 1, 1, tzinfo=UTC))
    app.write(EVERYTHING._replace(break_glass=glass if where == "file" else None))
    if where == "environment":
        app.environ["CLASSIC_RESCUE_BREAK_GLASS"] = "CHG-9 outage"
    assert app.hook() is Exit.DONE, app.bench.text
    said = [str(row["text"]) for row in app.bench.rows if row["step"] == "break_glass"]
    assert said[0].startswith("BREAK GLASS: the policy is set aside ")
    assert said[0].endswith("reason: CHG-9 outage")
    assert [text.split("`")[1] for text in said[1:]] == ["protected", "windows", "max_down"]
    assert all(text.startswith("OVERRIDDEN, rule") for text in said[1:])


def test_who_went_down_by_break_glass_takes_a_place_too(app: App) -> None:
    """The hooks without it count that device, although the look at the fleet is older."""
    app.rescue(124929706)
    app.write(Policy(max_down=(Limit(1),)))
    app.bench.now = lambda: datetime(2026, 1, 1, tzinfo=UTC)
    app.environ["CLASSIC_RESCUE_BREAK_GLASS"] = "CHG-9"
    assert app.hook() is Exit.DONE, app.bench.text
    app.bench.mock.changes()
    del app.environ["CLASSIC_RESCUE_BREAK_GLASS"]
    assert_refused(app, app.hook(DB), "while dev, app-1 are down")
    assert app.surveys == 1


def test_a_break_glass_that_is_over_counts_no_more(app: App) -> None:
    """The file's ends at its time."""
    app.write(
        EVERYTHING._replace(break_glass=BreakGlass("CHG-9", datetime(2020, 1, 1, tzinfo=UTC)))
    )
    assert_refused(app, app.hook(), "rule `protected`", "rule `windows`")


DAMAGES = [
    ("fleet-0", None, "is missing, and with it the policy"),
    ("fleet-0", "", "cannot be read"),
    ("fleet-0", '{"locals": ', "cannot be read"),
    ("fleet-0", "[]", "is not the configuration of a stack"),
    ("fleet-0", "{}", "holds no locals"),
    ("fleet-0", '{"locals": 7}', "is not the configuration of a stack"),
    ("fleet-0", '{"locals": {"policy": {}}}', "locals.policy is not a text"),
    ("fleet-0", '{"locals": {"policy": "{"}}', "the policy cannot be read"),
    ("fleet-0", '{"locals": {"policy": "{}"}}', "the policy cannot be read"),
    ("fleet-1", None, "is missing: synthesise the app again"),
    ("fleet-1", "{", "cannot be read"),
    ("fleet-1", '{"locals": {"devices": 7}}', "is damaged"),
    ("fleet-1", '{"locals": {"devices": {"virtual_guest/1": 7}}}', "is damaged"),
    (
        "fleet-1",
        '{"locals": {"devices": {"nonsense": "${{\\"name\\": \\"a\\"}}"}}}',
        "cannot be counted",
    ),
    ("fleet-1", '{"locals": {"devices": {}, "policy": "x"}}', "is damaged"),
    ("manifest", None, "manifest.json, which lists the stacks of the app, cannot be read"),
    ("manifest", "[]", "manifest.json, which lists"),
    ("manifest", '{"stacks": 7}', "manifest.json, which lists"),
]


@pytest.mark.parametrize(("place", "text", "words"), DAMAGES)
def test_what_cannot_be_read_is_refused(app: App, place: str, text: str | None, words: str) -> None:
    """A lost or damaged policy is never taken for none,
    and a stack that cannot be counted is not left out.
    """
    app.write(Policy(max_down=(Limit(3),)))
    path = app.folder / ("manifest.json" if place == "manifest" else f"stacks/{place}/cdk.tf.json")
    path.unlink() if text is None else path.write_text(text)
    assert_refused(app, app.hook(), words)
    app.environ["CLASSIC_RESCUE_BREAK_GLASS"] = "CHG-9"
    assert app.hook() is Exit.DONE, app.bench.text


def deny(app: App, operation: str) -> None:
    """Let the service refuse an operation from now on, for want of a permission."""
    fault = {
        "kind": "error",
        "status": 403,
        "code": "SoftLayer_Exception_PermissionDenied",
        "text": "no",
    }
    app.bench.mock.control_call(
        "faults", {"operation": operation, "times": None, "fault": fault}, method="POST"
    )


def test_a_device_that_is_gone_takes_its_place_although_the_log_is_closed(app: App) -> None:
    """The log has nothing to do with it: one of two places is left,
    and who reads no log may take it.
    """
    app.write(
        Policy(max_down=(Limit(2),)), names={WEB: "dev", APP: "app-1", "virtual_guest/7": "ghost"}
    )
    deny(app, "SoftLayer_Event_Log.*")
    assert app.hook() is Exit.DONE, app.bench.text
    app.bench.mock.changes()
    assert_refused(app, app.hook(APP), "while dev, ghost are down", "allowed: 2")


def test_a_list_that_is_refused_matters_where_devices_are_missing(app: App) -> None:
    """A user who may not see bare metal cannot count a fleet with some;
    one of guests alone can be counted.
    """
    app.write(Policy(max_down=(Limit(3),)))
    deny(app, "SoftLayer_Account.getHardware")
    assert_refused(
        app, app.hook(), "how many devices are down cannot be counted", "no hardware can be seen"
    )
    app.write(
        Policy(max_down=(Limit(3),)), names={WEB: "dev", "hostname/app-1.example.com": "app-1"}
    )
    assert app.hook() is Exit.DONE, app.bench.text


@pytest.mark.parametrize(
    "bench", ["alone"], indirect=True
)  # it looks by the same call as the count
def test_a_fleet_that_cannot_be_looked_at_is_refused(app: App) -> None:
    """Without an answer nobody knows how many are down; break glass passes all the same."""
    app.write(Policy(max_down=(Limit(3),)))
    fault = {"kind": "error", "status": 500, "text": "no"}
    rule = {"operation": "SoftLayer_Account.getVirtualGuests", "times": None, "fault": fault}
    app.bench.mock.control_call("faults", rule, method="POST")
    assert_refused(
        app, app.hook(), "rule `max_down`", "how many devices are down cannot be counted"
    )
    app.environ["CLASSIC_RESCUE_BREAK_GLASS"] = "CHG-9"
    assert app.hook() is Exit.DONE, app.bench.text


def test_a_folder_that_cannot_be_written_is_refused(app: App) -> None:
    """Without a claim two hooks could take the same place."""
    app.write(Policy(max_down=(Limit(3),)))
    (app.folder / ".policy").write_text("no folder")
    assert_refused(app, app.hook(), "cannot be counted")


def test_a_full_disk_is_refused_and_leaves_no_place_taken(app: App) -> None:
    """A claim that cannot be written whole is none; when there is room again,
    the only place is free.
    """
    app.write(Policy(max_down=(Limit(1),)))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))  # Python ignores SIGXFSZ
    try:
        ended = app.hook()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert_refused(app, ended, "how many devices are down cannot be counted", "File too large")
    assert app.hook(APP) is Exit.DONE, app.bench.text


def test_a_file_of_somebody_else_is_no_policy(tmp_path: Path) -> None:
    """Outside of our stacks there is nothing to ask;
    a policy that came later counts all the same.
    """
    assert posted_text(str(tmp_path), must_exist=False) is None
    (tmp_path / "cdk.tf.json").write_text("{}")
    assert posted_text(str(tmp_path), must_exist=False) is None
    (tmp_path / "cdk.tf.json").write_text('{"locals": {"policy": "x"}}')
    assert posted_text(str(tmp_path), must_exist=False) == "x"


def test_a_policy_that_was_taken_out_of_the_file_refuses_nothing(app: App) -> None:
    """The plan is older than the file: what the file says now counts, in both directions."""
    app.stack("fleet-0", {"devices": {}})
    assert app.hook() is Exit.DONE


def test_a_hook_loads_what_few_need_only_where_it_is_needed(source_root: Path) -> None:
    """It starts once a device; most need no request, and most fleets ask no device itself."""
    code = "import sys, classic_rescue.hook.__main__; print(*sys.modules)"
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(source_root)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "classic_rescue.hook.gate" in loaded
    heavy = (
        "classic_rescue.policy",
        "classic_rescue.hook.judgement",
        "classic_rescue.hook.listening",
        "classic_rescue.witness",
        "subprocess",
        "zoneinfo",
    )
    assert loaded.isdisjoint(heavy)
