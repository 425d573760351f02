"""`classic-rescue drift` against a real mock, with Terraform's record handed in or missing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from classic_rescue.boot.states import BootState, DeviceRef, Goal, Order
from classic_rescue.cli.drifts.comparison import Line
from classic_rescue.cli.drifts.report import Report, show_report
from classic_rescue.cli.drifts.words import Verdict
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terraform.records import Deployed, Records, devices_in
from classic_rescue.cli.terraform.working_folders import WorkingFolders

Run = Callable[..., Result]
Record = Callable[..., None]
WEB_1 = 124929698
APP_1 = 124929706
RESCUE, REBOOT = (
    f"SoftLayer_Virtual_Guest/%s/{method}" for method in ("executeRescueLayer", "rebootDefault")
)


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch) -> Record:
    """Say what is on Terraform's record: device key → boot state,
    with a `!` for an unfinished attempt.
    """

    def put(is_readable: bool = True, **states: str) -> None:
        found = {}
        for name, state in states.items():
            key = name.replace("__", "/").replace("guest", "virtual_guest")
            order = Order("old-name", DeviceRef.from_key(key), Goal(BootState(state.strip("!"))))
            found[key] = Deployed(order, "fleet-0", "!" not in state)
        records = Records(found, is_readable, "" if found else "nothing is on record")
        monkeypatch.setattr(
            "classic_rescue.cli.drifts.report.read_records", lambda session: records
        )

    put()
    return put


def lines(ended: Result) -> dict[str, Any]:
    """The devices of a report in JSON, by name."""
    return {line["name"]: line for line in json.loads(ended.stdout)["devices"]}


def test_no_drift_is_exit_code_0(run: Run, mock: Any, record: Record) -> None:
    """Declared, recorded and observed agree: one line counts them, and says what the look cost."""
    mock.act(RESCUE % WEB_1)
    record(guest__124929698="rescue", guest__124929706="os")
    ended = run("drift", "--only", "differs")
    assert (ended.exit_code, ended.stdout.splitlines()[1:]) == (0, ["2 as declared (4 API calls)"])


def test_drift_is_one_line_a_device(run: Run, mock: Any, record: Record) -> None:
    """What has drifted first, with who did it; the counts say what each mark means."""
    record(guest__124929698="rescue", guest__124929706="os")
    mock.act(RESCUE % WEB_1)
    mock.act(REBOOT % WEB_1)
    shown = run("drift").stdout.splitlines()
    begin = next(number for number, line in enumerate(shown) if line.startswith("  name "))
    assert max(map(len, shown[1:])) <= 80
    assert shown[begin + 1].split()[:5] == ["!", "web-1", "drifted", "rescue", "os"]
    assert shown[begin + 1].endswith("Reboot by tester")
    assert shown[begin + 2].split()[:4] == ["app-1", "as", "declared", "os"]
    assert shown[begin + 3].startswith("1 drifted (!), 1 as declared (")


def test_drift_as_csv(run: Run, mock: Any, record: Record) -> None:
    """Each column of its own, and the sentence whole; sorted as it is asked."""
    record(guest__124929698="rescue", guest__124929706="os")
    ended = run("drift", "-ocsv", "--sort", "name")
    rows = list(csv.DictReader(io.StringIO(ended.stdout)))
    assert [(row["name"], row["verdict"]) for row in rows] == [
        ("app-1", "as_declared"),
        ("web-1", "drifted"),
    ]
    assert rows[1]["text"].startswith("the file and Terraform say rescue, but ")
    assert "or of a mounted image" not in run("drift").stdout
    assert "no sign of rescue or of a mounted image" in run("drift", "-o", "wide").stdout


def test_drift_is_a_line_with_who_did_what(run: Run, mock: Any, record: Record) -> None:
    """In words, with the way it went and the entry of the log; exit code 4 and what repairs it."""
    record(guest__124929698="rescue", guest__124929706="os")
    mock.act(RESCUE % WEB_1)
    mock.act(REBOOT % WEB_1)
    ended = run("drift", "--long")
    said = " ".join(ended.stdout.split())
    assert ended.exit_code == 4
    assert (
        "DRIFTED: web-1: the file and Terraform say rescue,"
        " but it runs its operating system since 20" in said
    )
    assert "event log: Reboot by tester at 20" in said
    assert "1 drifted, 1 as declared" in said
    assert "deploy --reconcile` repairs what has drifted" in said


@pytest.mark.parametrize(
    ("states", "verdict", "words"),
    [
        (
            {"guest__124929698": "os"},
            "due",
            "the file says rescue, Terraform's state os; it runs its operating system",
        ),
        (
            {},
            "due",
            "the file says rescue, and that was not deployed yet; it runs its operating system",
        ),
        (
            {"guest__124929698": "rescue!"},
            "failed",
            "the last attempt to reach rescue failed or was cut off",
        ),
        (
            {"guest__124929698": "rescue"},
            "drifted",
            "the file and Terraform say rescue, but it runs",
        ),
    ],
)
def test_what_terraform_knows_tells_drift_from_a_deploy_that_is_due(
    run: Run, mock: Any, record: Record, states: dict[str, str], verdict: str, words: str
) -> None:
    """Only a device that was deployed as declared can have drifted."""
    record(**states)
    web_1 = lines(run("drift", "--json"))["web-1"]
    assert web_1["verdict"] == verdict
    assert web_1["text"].startswith(words)


def test_a_device_on_record_that_moved_to_another_name_is_due_without_a_restart(
    run: Run, mock: Any, record: Record
) -> None:
    """The hook sees that, and so does the report; one that left the file comes back."""
    record(hostname__app="os", guest__124929702="os")
    told = json.loads(run("drift", "--json").stdout)["devices"]
    texts = {line["key"]: line["text"] for line in told}
    assert texts["virtual_guest/124929702"].startswith(
        "it was taken out of the file: the next deploy brings it back"
    )
    record(**{"hostname__app-1": "os"})
    told = json.loads(run("drift", "--json").stdout)["devices"]
    moved = next(line for line in told if line["key"] == "hostname/app-1")
    assert moved["text"] == (
        "the file names it virtual_guest/124929706 now:"
        " the next deploy takes that over without a restart"
    )


def test_without_terraform_the_file_alone_is_compared(
    run: Run, mock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so, and says no more than it knows."""
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", "no-such-terraform")
    ended = run("drift", "--long")
    said = " ".join(ended.stdout.split())
    assert ended.exit_code == 4
    assert "web-1: the file says rescue, but it runs its operating system" in said
    assert (
        "note: Terraform's state was not read: no-such-terraform (TERRAFORM_BINARY_NAME) is missing"
        in said
    )


def test_who_is_not_guessed(run: Run, mock: Any, record: Record) -> None:
    """Where the log tells nothing, or may not be read, the line says which."""
    record(guest__124929698="rescue", guest__124929706="os")
    assert lines(run("drift", "--json"))["web-1"]["text"].endswith(
        "; the event log does not tell who did it"
    )
    rule = {
        "operation": "SoftLayer_Event_Log.*",
        "fault": {
            "kind": "error",
            "status": 401,
            "code": "SoftLayer_Exception_PermissionDenied",
            "text": "no",
        },
    }
    mock.control_call("POST", "faults", rule)
    web_1 = lines(run("drift", "--json"))["web-1"]
    assert web_1["who"] is None
    assert "who did it cannot be told: your user may not read the event log" in web_1["text"]


def test_a_reboot_that_cannot_be_seen_is_not_passed_over(
    run: Run, mock: Any, record: Record
) -> None:
    """A guest's reboot out of rescue stands in the event log alone:
    without it nobody can tell whether it is as declared.
    """
    record(guest__124929698="rescue", guest__124929706="os")
    mock.act(RESCUE % WEB_1)
    mock.act(REBOOT % WEB_1)
    assert lines(run("drift", "--json"))["web-1"]["verdict"] == "drifted"
    denied = {
        "kind": "error",
        "status": 401,
        "code": "SoftLayer_Exception_PermissionDenied",
        "text": "no",
    }
    mock.control_call(
        "POST", "faults", {"operation": "SoftLayer_Event_Log.*", "times": 2, "fault": denied}
    )
    told = json.loads(run("drift", "--json").stdout)
    assert told["devices"][0]["verdict"] == "unknown"
    said = " ".join(run("drift").stdout.split())
    assert (
        "note: your user may not read the event log: a restart out of rescue cannot be seen" in said
    )
    assert told["notes"][0] in said


def test_bare_metal_that_was_switched_off_is_said_to_be_maybe_off(
    run: Run, mock: Any, record: Record
) -> None:
    """No field tells a server's power; the entry that says so also tells who did it."""
    record(hardware__218027101="rescue")
    Path("fleet.yaml").write_text("devices: {db-1: {hardware: 218027101, boot: rescue}}\n")
    mock.act("SoftLayer_Hardware_Server/218027101/bootToRescueLayer")
    mock.act("SoftLayer_Hardware_Server/218027101/powerOff")
    db_1 = lines(run("drift", "--json"))["db-1"]
    assert (db_1["verdict"], db_1["who"]["event"]) == ("drifted", "Power Off")
    assert "Power Off by tester" in db_1["text"]
    assert "no start is seen since: it may be off" in db_1["text"]
    assert "does not tell who" not in db_1["text"]


def test_what_is_in_motion_says_since_when(run: Run, mock: Any, record: Record) -> None:
    """A transaction under way is no drift; its line tells since when."""
    record(guest__124929698="rescue", guest__124929706="os")
    rule = {"operation": "*.executeRescueLayer", "fault": {"kind": "stuck_transaction"}}
    mock.control_call("POST", "faults", rule)
    mock.control_call("POST", "clock", {"pause": True})
    mock.start(RESCUE % APP_1)
    mock.control_call("POST", "clock", {"advance_s": 60})
    app_1 = lines(run("drift", "--json"))["app-1"]
    mock.control_call("POST", "clock", {"resume": True})
    assert app_1["verdict"] == "in_motion"
    assert f"is under way since {app_1['since']}; the file says os" in app_1["text"]


def test_powered_off_is_drift_only_where_something_else_than_the_os_is_declared(
    run: Run, mock: Any, record: Record
) -> None:
    """Its next start boots the operating system;
    nothing here switches on what somebody switched off for that.
    """
    record(guest__124929698="rescue", guest__124929706="os")
    mock.act(RESCUE % WEB_1)
    for device in (WEB_1, APP_1):
        mock.act(f"SoftLayer_Virtual_Guest/{device}/powerOff")
    told = lines(run("drift", "--json"))
    assert (told["web-1"]["verdict"], told["app-1"]["verdict"]) == ("drifted", "as_declared")
    assert "but it is powered off" in told["web-1"]["text"]
    assert told["web-1"]["who"]["event"] == "Power Off"


def test_a_stranger_in_rescue_is_a_line_and_no_error(run: Run, mock: Any, record: Record) -> None:
    """A device left in rescue is an outage that nobody sees;
    it is named by its own name and by who did it.
    """
    mock.act(RESCUE % WEB_1)
    record(guest__124929698="rescue", guest__124929706="os")
    mock.act("SoftLayer_Hardware_Server/218027101/bootToRescueLayer")
    ended = run("drift", "--long")
    said = " ".join(ended.stdout.split())
    assert ended.exit_code == 0
    assert "in no fleet: db-1.example.com: it is in rescue since 20" in said
    assert "event log: Rescue by tester" in said


def test_named_devices_are_looked_at_alone(run: Run, mock: Any, record: Record) -> None:
    """By name or key: no strangers, and no list of the whole account."""
    record(guest__124929698="rescue", guest__124929706="os")
    mock.act("SoftLayer_Hardware_Server/218027101/bootToRescueLayer")
    mock.control_call("DELETE", "journal")
    ended = run("drift", "app-1", "--json")
    assert list(lines(ended)) == ["app-1"]
    assert [row["method"] for row in mock.control_call("GET", "journal")] == [
        "getVirtualGuests",
        "getAllObjects",
    ]
    by_key = lines(run("drift", "hardware/218027101", "--json"))
    assert next(iter(by_key.values()))["verdict"] == "undeclared"
    assert "Did you mean web-1?" in run("drift", "web1").stderr


@pytest.mark.parametrize(
    "key", [f"virtual_guest/{APP_1}", "hostname/app-1.example.com", "ip/198.51.100.13"]
)
def test_a_device_is_found_under_any_of_its_keys(
    run: Run, mock: Any, record: Record, project: Path, key: str
) -> None:
    """Who types the id of a device that the file names by its
    host name is not told that no file names it.
    """
    record(**{"hostname__app-1": "os"})
    (project / "fleet.yaml").write_text("devices: {app: {hostname: app-1, boot: os}}\n")
    mock.act(RESCUE % APP_1)
    ended = run("drift", key, "--json")
    app = lines(ended)["app"]
    assert (ended.exit_code, app["verdict"], app["key"]) == (4, "drifted", "hostname/app-1")
    seen = run("status", key)
    assert seen.exit_code == 2
    assert "app\n  verdict   DIFFERS\n  desired   os\n  observed  rescue" in seen.stdout


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (
            "{virtual_guest: 999, boot: os}",
            "virtual_guest/999 cannot be found: either there is no such device",
        ),
        (
            "{hostname: nobody, boot: os}",
            "hostname/nobody cannot be found: either there is no such device",
        ),
    ],
)
def test_a_device_that_is_not_there_is_a_line(
    run: Run, mock: Any, record: Record, project: Path, entry: str, words: str
) -> None:
    """With the words of the hook: the service does not tell deleted from hidden.

    Nothing repairs that.
    """
    (project / "fleet.yaml").write_text(f"devices: {{gone: {entry}}}\n")
    ended = run("drift", "--reconcile", "--json")
    gone = lines(ended)["gone"]
    assert (ended.exit_code, gone["verdict"]) == (1, "not_found")
    assert (gone["is_drift"], json.loads(ended.stdout)["unseen"]) == (False, 1)
    assert gone["text"].startswith(words)
    assert "user tester may not see it" in gone["text"]
    assert json.loads(ended.stdout)["reconcile"]["keys"] == []


def test_a_list_that_may_not_be_read_is_the_reason_for_what_is_not_found(
    run: Run, mock: Any, record: Record, project: Path
) -> None:
    """Nobody may say of a list that was refused that it does not have the device."""
    (project / "fleet.yaml").write_text("devices: {db-1: {hardware: 218027101, boot: os}}\n")
    denied = {
        "kind": "error",
        "status": 403,
        "code": "SoftLayer_Exception_Public",
        "text": "You have no permission.",
    }
    mock.control_call(
        "POST", "faults", {"operation": "SoftLayer_Account.getHardware", "fault": denied}
    )
    db_1 = lines(run("drift", "--json"))["db-1"]
    assert db_1["verdict"] == "not_found"
    assert (
        "(the service said: SoftLayer_Account::getHardware: the service refused: You have no p"
        in db_1["text"]
    )


def test_a_lookup_that_several_devices_match_is_a_line(
    run: Run, mock: Any, record: Record, project: Path
) -> None:
    """As everywhere it must match exactly one; nobody guesses which is meant."""
    for device in (WEB_1, APP_1):
        mock.act(f"SoftLayer_Virtual_Guest/{device}/editObject", {"hostname": "twin"})
    (project / "fleet.yaml").write_text("devices: {twin: {hostname: twin, boot: os}}\n")
    twin = lines(run("drift", "--json"))["twin"]
    assert twin["verdict"] == "not_found"
    assert twin["text"].startswith(
        "hostname twin: 2 devices have it: virtual_guest 124929698, virtual_guest 124929706"
    )


def test_what_was_requested_a_moment_ago_is_in_motion(run: Run, mock: Any, record: Record) -> None:
    """Its transaction takes seconds to appear; where none has come by then,
    nobody can tell what it runs.
    """
    record(guest__124929698="rescue", guest__124929706="os")
    mock.act(RESCUE % WEB_1)
    mock.control_call("POST", "clock", {"pause": True})
    rule = {
        "operation": "SoftLayer_Virtual_Guest.executeRescueLayer",
        "fault": {"kind": "no_transaction"},
    }
    mock.control_call("POST", "faults", rule)
    mock.act(RESCUE % APP_1)
    assert lines(run("drift", "--json"))["app-1"]["verdict"] == "in_motion"
    mock.control_call("POST", "clock", {"advance_s": 600})
    ended = run("drift", "--json")
    mock.control_call("POST", "clock", {"resume": True})
    assert (ended.exit_code, lines(ended)["app-1"]["verdict"]) == (5, "unknown")


def test_two_names_of_one_device_are_an_error(
    run: Run, mock: Any, record: Record, project: Path
) -> None:
    """As in `status`: the fleet file itself is wrong."""
    (project / "fleet.yaml").write_text(
        f"devices:\n  app-1: {{virtual_guest: {APP_1}, boot: os}}\n"
        "  twin: {hostname: app-1, boot: rescue}\n"
    )
    ended = run("drift")
    assert ended.exit_code == 1
    assert (
        f"app-1 (fleet.yaml:2) and twin (fleet.yaml:3) are one device, virtual_guest {APP_1}"
        in ended.stderr
    )


def test_wrong_credentials_are_an_error_and_no_drift(
    run: Run, mock: Any, record: Record, monkeypatch: Any
) -> None:
    """Nobody may take that for devices that are gone."""
    monkeypatch.setenv("SL_API_KEY", "wrong")
    ended = run("drift")
    assert ended.exit_code == 1
    assert "Access Denied" in ended.stderr


def test_what_the_account_says_cannot_write_to_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Names and log entries come from other people: escape codes are printed without effect."""
    hostile = Line(
        "x\x1b[2J", "virtual_guest/1", Verdict.UNDECLARED, "Rescue by \x1b]0;joe\x07 `rm` <script>"
    )
    show_report(Report((hostile,), ("\x9b31m",), calls=1, looked_at=0), [hostile])
    said = capsys.readouterr().out
    assert said.replace("\n", "").isprintable()
    assert "in no fleet: x?[2J: Rescue by ?]0;joe? `rm` <script>" in said


@pytest.mark.parametrize(
    ("count", "words"), [(1, "1 device looked at singly"), (2, "2 devices looked at singly")]
)
def test_the_last_line_counts(capsys: pytest.CaptureFixture[str], count: int, words: str) -> None:
    """In words that fit the number."""
    show_report(Report((), (), calls=9, looked_at=count), [])
    assert capsys.readouterr().out.endswith(f"(9 API calls, {words})\n")


def test_an_empty_fleet_has_no_drift(run: Run, mock: Any, record: Record, project: Path) -> None:
    """And that is said."""
    (project / "fleet.yaml").write_text("devices: {}\n")
    ended = run("drift")
    assert ended.exit_code == 0
    assert "the fleet file names no device (3 API calls)" in ended.stdout


def test_a_run_under_way_is_waited_for(run: Run, mock: Any, record: Record, project: Path) -> None:
    """Reading the record synthesises, which must not happen under a running deploy."""
    with WorkingFolders(project, is_rehearsal=False).locked():
        ended = run("drift")
    assert ended.exit_code == 1
    assert "this project is taken by `a command` of " in ended.stderr


STATE: dict[str, Any] = {
    "values": {
        "root_module": {
            "resources": [
                {
                    "type": "terraform_data",
                    "name": name,
                    "index": f"virtual_guest/{WEB_1}",
                    "values": {
                        "input": Order(
                            "web-1",
                            DeviceRef.from_key(f"virtual_guest/{WEB_1}"),
                            Goal(BootState.RESCUE),
                        ).to_dict()
                    },
                }
                for name in ("boot", "release")
            ]
        }
    }
}


def test_the_state_tells_what_was_finished() -> None:
    """A tainted boot, or none beside its release, is an attempt that failed or was cut off."""
    both = STATE["values"]["root_module"]["resources"]

    def finished(*rows: dict[str, Any]) -> list[bool]:
        text = json.dumps({"values": {"root_module": {"resources": list(rows)}}})
        return [device.is_finished for device in devices_in(text, "fleet-0").values()]

    assert finished(*both) == [True]
    assert finished({**both[0], "tainted": True}, both[1]) == [False]
    assert finished(both[1]) == [False]
    assert finished({"type": "null_resource", "name": "boot"}) == []
    assert devices_in('{"format_version": "1.0"}', "fleet-0") == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "nonsense",
        '{"values": []}',
        '{"values": {"root_module": {"resources": [{"type": "terraform_data", "name": "boot"}]}}}',
        json.dumps(STATE).replace('"rescue"', '"upside-down"'),
        json.dumps(STATE).replace('"timeout_s": 3600', '"timeout_s": "soon"'),
    ],
)
def test_a_state_that_is_not_understood_is_refused(text: str) -> None:
    """One sentence names the stack; nobody guesses what is deployed."""
    with pytest.raises(Failure, match="the state of stack fleet-7 is not understood"):
        devices_in(text, "fleet-7")
