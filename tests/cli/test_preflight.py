"""`classic-rescue preflight`: the hook's own rules for the whole fleet,
and never a changing call.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from classic_rescue.boot.states import BootState, DeviceRef, Goal, Order
from classic_rescue.cli.commands.preflight import section
from classic_rescue.cli.session import observed as observing
from classic_rescue.cli.session import readiness
from classic_rescue.cli.session.fleet_file import Target
from classic_rescue.cli.session.observed import Row
from classic_rescue.cli.terminal.footnotes import MOST, Footnotes
from classic_rescue.hook.__main__ import SIGNALS
from classic_rescue.hook.__main__ import main as run_hook

Run = Callable[..., Result]
WEB = 124929698
WIN = 124929702
APP = 124929706
BIG = 124929710
OFF = 124929714
DB = 218027101
VIEWER = {
    "SL_USERNAME": "307608_viewer@example.com",
    "SL_API_KEY": "mock-viewer-classic-key-000000000000000000000000000000000000000b",
}
NEWCOMER = {
    "SL_USERNAME": "307608_newcomer@example.com",
    "SL_API_KEY": "mock-newcomer-classic-key-0000000000000000000000000000000000000c",
}


@pytest.fixture(autouse=True)
def nothing_is_changed(mock: Any) -> Iterator[None]:
    """Whatever a test checks: no request that changes a device was ever sent by a preflight."""
    mock.control_call("DELETE", "faults")
    mock.control_call("POST", "clock", {"pause": True})
    yield
    changing = [row for row in mock.control_call("GET", "journal") if row["kind"] == "changing"]
    assert changing == []


@pytest.fixture
def write(project: Path) -> Callable[[str], None]:
    """Write the fleet file."""

    def write(devices: str) -> None:
        (project / "fleet.yaml").write_text(f"devices:\n{devices}" if devices else "devices: {}")

    return write


def checked(run: Run, *arguments: str, **more: Any) -> tuple[int, dict[str, Any]]:
    """Exit code, and the devices by name."""
    ended = run("preflight", "--json", *arguments, **more)
    assert ended.stdout, ended.output
    return ended.exit_code, {row["name"]: row for row in json.loads(ended.stdout)["devices"]}


def test_what_is_allowed_is_ready(run: Run) -> None:
    """Only devices that would change are checked; the requests are named."""
    code, rows = checked(run)
    assert code == 0
    assert list(rows) == ["web-1"]
    assert (rows["web-1"]["verdict"], rows["web-1"]["requests"]) == (
        "ready",
        ["executeRescueLayer"],
    )
    shown = run("preflight").stdout
    assert "1 of 2 devices would change: 1 ready" in shown
    assert "Devices that were taken out of the file are checked with --plan only." in shown


def test_a_fleet_that_is_where_it_shall_be(run: Run, write: Callable[[str], None]) -> None:
    """Nothing to check is said; so is an empty fleet."""
    write(f"  app-1: {{virtual_guest: {APP}, boot: os}}")
    ended = run("preflight")
    assert (
        ended.exit_code,
        "nothing to check: all 1 devices are where they must be" in ended.stdout,
    ) == (0, True)
    write("")
    ended = run("preflight")
    assert (ended.exit_code, "no device to check" in ended.stdout) == (0, True)


CASES: dict[str, tuple[DeviceRef, Goal, str]] = {
    "windows": (
        DeviceRef.from_key(f"virtual_guest/{WIN}"),
        Goal(BootState.RESCUE),
        "use `boot: {image: Windows",
    ),
    "large": (
        DeviceRef.from_key(f"virtual_guest/{BIG}"),
        Goal(BootState.RESCUE),
        "256 GiB of memory",
    ),
    "no-image": (
        DeviceRef.from_key(f"virtual_guest/{WEB}"),
        Goal(BootState.IMAGE, "Nothing.iso"),
        "there is no image 'Nothing.iso', or the user may not see it; bootable are: Windows",
    ),
    "no-iso": (
        DeviceRef.from_key(f"virtual_guest/{WEB}"),
        Goal(BootState.IMAGE, "web-golden-2026"),
        "is not an ISO",
    ),
    "far-image": (
        DeviceRef.from_key(f"virtual_guest/{APP}"),
        Goal(BootState.IMAGE, "ops-toolbox-1.4.iso"),
        "is in dal13, the device is in fra02",
    ),
    "nobody": (DeviceRef.from_key("hostname/nobody"), Goal(BootState.RESCUE), "no device has it"),
    "gone": (
        DeviceRef.from_key("virtual_guest/7"),
        Goal(BootState.RESCUE),
        "either there is no such device, or user",
    ),
    "bare-metal-image": (
        DeviceRef.from_key("hostname/db-1"),
        Goal(BootState.IMAGE, "WindowsRescueStandalone.iso"),
        "bare metal cannot boot an image",
    ),
}


def yaml_of(name: str, ref: DeviceRef, goal: Goal) -> str:
    """A line of the fleet file."""
    boot = f"{{image: {goal.image}}}" if goal.image else str(goal)
    return f"  {name}: {{{ref.field}: {ref.value}, boot: {boot}}}\n"


def hook_exit(ref: DeviceRef, goal: Goal, environ: dict[str, str]) -> int:
    """How the hook ends with the same device and goal."""
    import signal

    before = [(number, signal.getsignal(number)) for number in SIGNALS]
    order = json.dumps(Order("dev", ref, goal, 60).to_dict())
    try:
        return run_hook(
            ["enter"], {**environ, "CLASSIC_RESCUE_ORDER": order, "CLASSIC_RESCUE_JOURNAL": "off"}
        )
    finally:
        for number, handler in before:
            signal.signal(number, handler)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_what_the_hook_refuses_is_forbidden(
    run: Run, write: Callable[[str], None], name: str, capsys: pytest.CaptureFixture[str], mock: Any
) -> None:
    """Exit 3, with the reason that the hook itself gives for the same device:
    one set of rules, not two.
    """
    ref, goal, words = CASES[name]
    write(yaml_of(name, ref, goal))
    code, rows = checked(run)
    assert (code, rows[name]["verdict"]) == (3, "forbidden")
    (refusal,) = rows[name]["refusals"]
    assert words in refusal
    environ = {"SL_USERNAME": "tester", "SL_API_KEY": "a-key-for-tests-only-0123456789"}
    assert hook_exit(ref, goal, {**environ, "CLASSIC_RESCUE_ENDPOINT": mock.rest}) == 3
    assert refusal in capsys.readouterr().out


def test_every_refusal_is_told_at_once_and_the_worst_stands_first(
    run: Run, write: Callable[[str], None]
) -> None:
    """All devices are checked, whatever one of them lacks."""
    refused = "".join(yaml_of(name, *CASES[name][:2]) for name in ("windows", "large", "nobody"))
    write(refused + "  w: {ip: 198.51.100.11, boot: rescue}")
    code, rows = checked(run)
    assert code == 3
    assert [row["verdict"] for row in rows.values()] == ["forbidden"] * 3 + ["ready"]
    shown = run("preflight", "windows", "w")
    assert shown.exit_code == 3
    assert "FORBIDDEN" in shown.stdout
    assert "2 of 2 devices would change: 1 forbidden, 1 ready" in shown.stdout


def test_preflight_has_one_line_a_device_and_each_reason_once(
    run: Run, write: Callable[[str], None]
) -> None:
    """Below the table stands why, by the numbers in its lines; CSV has the sentences."""
    servers = "".join(
        f"  {name}: {{hardware: {number}, boot: rescue}}\n" for name, number in (("db-1", DB),)
    )
    write(f"{servers}  w: {{ip: 198.51.100.11, boot: rescue}}\n")
    shown = run("preflight", env=VIEWER).stdout.splitlines()
    begin = next(number for number, line in enumerate(shown) if line.startswith("  name "))
    assert max(map(len, shown[1:])) <= 80
    assert shown[begin + 1].split()[1:5] == ["db-1", "forbidden", "os", "rescue"]
    assert shown[begin + 1].split()[5:] == ["bootToRescueLayer", "[1]"]
    assert shown[begin + 2].startswith("? w     doubtful ")
    assert "\n[1]  " in "\n".join(shown)
    text = run("preflight", "-o", "csv", env=VIEWER).stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["verdict"] for row in rows] == ["forbidden", "doubtful"]
    assert "lacks permission SERVER_RELOAD" in rows[0]["refusals"]
    assert rows[0]["requests"] == "bootToRescueLayer"


def test_many_reasons_are_not_all_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Each is numbered, the first are told, and where the rest is."""
    notes = Footnotes()
    assert notes.marks(["a", "b", "a"]) == "[1] [2]"
    notes.marks(map(str, range(MOST)))
    notes.show(rest="elsewhere")
    assert capsys.readouterr().out.splitlines()[-1] == f"[{MOST + 1}] to [{MOST + 2}]: elsewhere"


def test_a_missing_permission_says_who_grants_it(run: Run, write: Callable[[str], None]) -> None:
    """A documented one forbids; one that nobody documents makes it doubtful,
    and both name who can help.
    """
    write(
        f"  db-1: {{hardware: {DB}, boot: rescue}}\n"
        f"  web-1: {{virtual_guest: {WEB}, boot: rescue}}\n"
    )
    code, rows = checked(run, env=VIEWER)
    assert (code, rows["db-1"]["verdict"], rows["web-1"]["verdict"]) == (3, "forbidden", "doubtful")
    assert (
        "lacks permission SERVER_RELOAD (OS Reloads and Rescue Kernel); the account owner"
        in rows["db-1"]["refusals"][0]
    )
    assert (
        "which executeRescueLayer probably needs; the account owner" in rows["web-1"]["doubts"][0]
    )
    assert checked(run, "web-1", env=VIEWER)[0] == 5


def test_a_reader_is_not_asked_what_it_may_do(run: Run, write: Callable[[str], None]) -> None:
    """A pull request is planned by a user that can only look;
    what else forbids it is still told.
    """
    write(
        f"  db-1: {{hardware: {DB}, boot: rescue}}\n"
        f"  web-1: {{virtual_guest: {WEB}, boot: rescue}}\n"
        f"  win-1: {{virtual_guest: {WIN}, boot: rescue}}\n"
    )
    code, rows = checked(run, "--reader", env=VIEWER)
    assert code == 3
    assert {name: row["verdict"] for name, row in rows.items()} == {
        "win-1": "forbidden",
        "db-1": "ready",
        "web-1": "ready",
    }


def test_no_access_to_a_device_is_forbidden(run: Run) -> None:
    """The service hides such a device, so both readings are named."""
    code, rows = checked(run, "web-1", env=NEWCOMER)
    assert (code, rows["web-1"]["verdict"]) == (3, "forbidden")
    assert (
        "VIRTUAL_GUEST_VIEW (View Virtual Server Details) and device access"
        in rows["web-1"]["refusals"][0]
    )


def test_a_user_that_cannot_be_read_leaves_a_doubt(run: Run, mock: Any) -> None:
    """Its permissions are then not checked, and that is said."""
    refusal = {
        "kind": "error",
        "status": 403,
        "code": "SoftLayer_Exception_Public",
        "text": "no permission",
    }
    mock.control_call(
        "POST",
        "faults",
        {"operation": "SoftLayer_Account.getCurrentUser", "times": 9, "fault": refusal},
    )
    code, rows = checked(run)
    assert code == 5
    assert (
        "the user cannot be read, so its permissions are not checked" in rows["web-1"]["doubts"][0]
    )


def test_two_names_of_one_device_are_forbidden(run: Run, write: Callable[[str], None]) -> None:
    """Also where the one that agrees is not a change by itself."""
    write(
        f"  app-1: {{virtual_guest: {APP}, boot: os}}\n  twin: {{hostname: app-1, boot: rescue}}\n"
    )
    code, rows = checked(run)
    assert code == 3
    assert {name: row["refusals"] for name, row in rows.items()} == {
        name: ["app-1 and twin are one device; remove all but one"] for name in ("app-1", "twin")
    }


def test_a_lookup_that_matches_several_is_forbidden(
    run: Run, write: Callable[[str], None], mock: Any
) -> None:
    """Which one is meant must be said by its id."""
    world = mock.control_call("GET", "world")
    guests = [
        {**guest, "hostname": "web-1"} if guest["id"] == APP else guest for guest in world["guests"]
    ]
    mock.control_call("PATCH", "world", {"guests": guests})
    write("  web-1: {hostname: web-1, boot: rescue}")
    code, rows = checked(run)
    assert code == 3
    assert "2 devices have it" in rows["web-1"]["refusals"][0]


def test_a_transaction_under_way_only_delays(
    run: Run, write: Callable[[str], None], mock: Any
) -> None:
    """It is named, with how long it usually takes; what comes after it is not forbidden yet."""
    write(f"  db-1: {{hardware: {DB}, boot: os}}\n  web-1: {{virtual_guest: {WEB}, boot: os}}\n")
    mock.start("SoftLayer_Virtual_Guest/124929698/executeRescueLayer")
    mock.control_call("DELETE", "journal")
    mock.control_call("POST", "clock", {"advance_s": 60})
    code, rows = checked(run)
    assert code == 0
    assert list(rows) == ["web-1"]
    assert rows["web-1"]["verdict"] == "waits"
    assert "is under way" in rows["web-1"]["delays"][0]
    assert "it is waited for, then the device is looked at again" in rows["web-1"]["delays"][0]


def test_what_a_device_in_motion_will_need_is_a_note(
    run: Run, write: Callable[[str], None], mock: Any
) -> None:
    """It may be on its way to where it must be: then its hook needs no permission for anything."""
    write(f"  db-1: {{hardware: {DB}, boot: rescue}}\n")
    mock.start(f"SoftLayer_Hardware_Server/{DB}/bootToRescueLayer", "LINUX")
    mock.control_call("DELETE", "journal")
    mock.control_call("POST", "clock", {"advance_s": 120})
    code, rows = checked(run, env=VIEWER)
    assert (code, rows["db-1"]["refusals"]) == (0, [])
    assert rows["db-1"]["notes"][0].startswith(
        "unless that leads to rescue: user 307608_viewer@example.com lacks"
    )


def test_a_boot_that_was_just_requested_only_delays(
    run: Run, mock: Any, write: Callable[[str], None]
) -> None:
    """Its transaction takes seconds to appear; until then only the event log tells."""
    write(f"  web-1: {{virtual_guest: {WEB}, boot: os}}\n")
    mock.start("SoftLayer_Virtual_Guest/124929698/executeRescueLayer")
    mock.control_call("DELETE", "journal")
    code, rows = checked(run)
    assert (code, rows["web-1"]["verdict"]) == (0, "waits")


@pytest.mark.parametrize(
    ("timeout", "words"), [("1h", "reboots are refused for "), ("1m", "its timeout of 1 min")]
)
def test_the_lock_out_of_bare_metal_only_delays(
    run: Run, write: Callable[[str], None], mock: Any, timeout: str, words: str
) -> None:
    """Reboots are refused for 20 minutes after one; the time left is told,
    and whether the hook would wait so long.
    """
    mock.start(f"SoftLayer_Hardware_Server/{DB}/rebootDefault")
    mock.act(f"SoftLayer_Hardware_Server/{DB}/bootToRescueLayer", "LINUX")
    mock.control_call("DELETE", "journal")
    write(f"  db-1: {{hardware: {DB}, boot: os, timeout: {timeout}}}")
    code, rows = checked(run)
    assert (code, rows["db-1"]["verdict"], rows["db-1"]["requests"]) == (
        0,
        "waits",
        ["rebootDefault"],
    )
    assert "it was rebooted less than 20 minutes ago" in rows["db-1"]["delays"][0]
    assert words in rows["db-1"]["delays"][0]


def test_names_choose_and_strangers_are_refused(run: Run) -> None:
    """A device outside the file is wanted nowhere, so there is nothing to check."""
    assert checked(run, "app-1") == (0, {})
    ended = run("preflight", f"virtual_guest/{BIG}")
    assert ended.exit_code == 1
    assert "not in the fleet file, so nothing is wanted of it" in ended.stderr


def test_many_devices_are_read_in_lists(
    run: Run, write: Callable[[str], None], mock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond a few devices the account's lists are read first, and tell the same."""
    write(
        "".join(yaml_of(name, *CASES[name][:2]) for name in ("windows", "large", "nobody", "gone"))
        + "  w: {ip: 198.51.100.11, boot: rescue}\n"
        + f"  app-1: {{virtual_guest: {APP}, boot: os}}\n"
        f"  off-1: {{virtual_guest: {OFF}, boot: os}}\n"
    )
    singly = checked(run)
    monkeypatch.setattr(observing, "MOST_SINGLY", 0)
    mock.control_call("DELETE", "journal")
    assert checked(run) == singly
    assert singly[0] == 3


def test_the_section_for_a_pull_request(
    run: Run, write: Callable[[str], None], project: Path
) -> None:
    """What stands in the way, in a table; on standard output it stands alone."""
    write("  gone: {virtual_guest: 7, boot: rescue}\n  web-1: {ip: 198.51.100.11, boot: rescue}")
    assert run("preflight", "--markdown", "section.md").exit_code == 3
    text = (project / "section.md").read_text()
    assert text.startswith(
        "### ⛔ Preflight: 2 of 2 devices would change: 1 forbidden, 1 ready\n\n| device |"
    )
    assert text.count("\n|") == 3
    assert (
        "| <code>gone</code><br><code>virtual_guest/7</code> | not read → rescue | **forbidden** | "
        in text
    )
    assert run("preflight", "--markdown", "-").stdout == text


@pytest.mark.parametrize(
    ("fate", "sign"),
    [({}, "✅"), ({"delays": ("w",)}, "✅"), ({"doubts": ("d",)}, "⚠️"), ({"error": "e"}, "⛔")],
)
def test_the_sign_of_the_section_is_that_of_its_worst_device(
    fate: dict[str, Any], sign: str
) -> None:
    """What the service probably refuses is not green,
    though nobody documents it and the exit code is 0.
    """
    order = Order("web-1", DeviceRef.from_key("virtual_guest/7"), Goal(BootState.RESCUE))
    row = Row(Target(order, order.goal))
    ready = [readiness.Readiness(row), readiness.Readiness(row, **fate)]
    assert section(ready, 2).startswith(f"### {sign} Preflight: 2 of 2 devices would change: ")


def test_no_text_from_elsewhere_speaks_markdown() -> None:
    """Names, evidence and refusals come from other systems."""
    hostile = "<script>`a`|b @team #1\n| x |"
    order = Order(hostile, DeviceRef.from_key("virtual_guest/7"), Goal(BootState.RESCUE))
    ready = readiness.Readiness(Row(Target(order, order.goal)), refusals=(hostile,))
    text = section([ready], 1)
    assert text.count("\n") == 5
    assert not any(syntax in text for syntax in ("<script", "`", "|b", "@team", " #1", "| x"))


def test_a_long_section_is_cut_and_counted(run: Run, write: Callable[[str], None]) -> None:
    """It shares a comment with the review, and a comment has a limit."""
    write(
        "".join(
            f"  gone-{number}: {{virtual_guest: {number + 1}, boot: rescue}}\n"
            for number in range(60)
        )
    )
    text = run("preflight", "--markdown", "-").stdout
    assert len(text.encode()) < 5_000
    assert "more; `classic-rescue preflight` shows all" in text


def test_a_report_never_replaces_a_plan_or_the_fleet_file(run: Run, project: Path) -> None:
    """`--markdown fleet.yaml` is a slip."""
    ended = run("preflight", "--markdown", "fleet.yaml")
    assert ended.exit_code == 1
    assert "web-1" in (project / "fleet.yaml").read_text()


def test_a_plan_that_is_not_understood(run: Run, project: Path) -> None:
    """One sentence, exit 1, and nothing is checked by guess."""
    (project / "p.json").write_text("{}")
    ended = run("preflight", "--plan", "p.json")
    assert ended.exit_code == 1
    assert "this JSON is not a Terraform plan" in ended.stderr


@pytest.mark.slow
def test_the_folder_of_a_plan_is_checked(run: Run, project: Path) -> None:
    """What `classic-rescue plan` wrote; one that was made elsewhere, or is damaged, is refused."""
    assert run("plan", "--out", "reviewed").exit_code == 2
    code, rows = checked(run, "--plan", "reviewed")
    assert (code, list(rows)) == (0, ["web-1"])
    assert rows["web-1"]["requests"] == ["executeRescueLayer"]
    essence = project / "reviewed" / "essence.json"
    text = essence.read_text()
    for damaged, said in (
        (text.replace('"http://127.0.0.1:', '"https://api.softlayer.com:'), "the endpoint"),
        (text.replace("virtual_guest/", "toaster/"), "'toaster/124929698' is not a device"),
        ("{", "not readable"),
    ):
        essence.write_text(damaged)
        ended = run("preflight", "--plan", "reviewed")
        assert ended.exit_code == 1, damaged
        assert said in ended.stderr
