"""`classic-rescue status`, against a real mock."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from classic_rescue.cli.session import observed as observing

Run = Callable[..., Result]
WEB_1 = 124929698
APP_1 = 124929706
DB_1 = 218027101


def test_first_line_is_the_endpoint(run: Run, mock: Any) -> None:
    """The endpoint, who chose it, the user and where the
    user comes from stand in the first line.
    """
    first = run("status").stdout.splitlines()[0]
    assert first.startswith(
        f"endpoint: {mock.rest} (CLASSIC_RESCUE_ENDPOINT), user tester (SL_USERNAME)"
    )


def test_difference_is_exit_code_2(run: Run, mock: Any) -> None:
    """A device that is not as desired ends with 2, and its row says observed and desired."""
    ended = run("status", "--long")
    assert ended.exit_code == 2
    assert "web-1\n  verdict   DIFFERS\n  desired   rescue\n  observed  os\n" in ended.stdout
    assert "app-1\n  verdict   as desired\n" in ended.stdout


def test_agreement_is_exit_code_0(run: Run, mock: Any) -> None:
    """When every device is as desired the command ends with 0, with time and evidence."""
    mock.act(f"SoftLayer_Virtual_Guest/{WEB_1}/executeRescueLayer")
    ended = run("status", "--json")
    web_1 = json.loads(ended.stdout)["devices"][0]
    assert ended.exit_code == 0
    assert web_1["observed"] == "rescue"
    assert web_1["since"].endswith("Z")
    assert web_1["evidence"]
    assert web_1["address"] == "198.51.100.11"
    assert ended.stderr.startswith("endpoint: ")


def test_motion_names_the_transaction(run: Run, mock: Any) -> None:
    """A device with a transaction under way is in motion: exit code 2."""
    mock.control_call("POST", "clock", {"pause": True})
    rule = {
        "operation": "SoftLayer_Virtual_Guest.executeRescueLayer",
        "fault": {"kind": "stuck_transaction"},
    }
    mock.control_call("POST", "faults", rule)
    mock.act(f"SoftLayer_Virtual_Guest/{WEB_1}/executeRescueLayer")
    mock.control_call("POST", "clock", {"advance_s": 60})
    ended = run("status", "web-1", "--json")
    row = json.loads(ended.stdout)["devices"][0]
    assert ended.exit_code == 2
    assert str(row["in_motion"]["id"]) in row["in_motion"]["text"]


def test_unreadable_device_is_exit_code_1(run: Run, mock: Any, project: Path) -> None:
    """A device that cannot be read is a row that says why; the others are still shown."""
    (project / "fleet.yaml").write_text(
        "devices:\n  gone: {virtual_guest: 999, boot: os}\n"
        f"  app-1: {{virtual_guest: {APP_1}, boot: os}}\n"
    )
    ended = run("status", "--long")
    assert ended.exit_code == 1
    assert "Unable to find object with id of '999'" in " ".join(ended.stdout.split())
    assert "app-1\n  verdict   as desired" in ended.stdout


def test_two_names_of_one_device_are_an_error(run: Run, mock: Any, project: Path) -> None:
    """A lookup that leads to a device named elsewhere is an error with both names and lines."""
    (project / "fleet.yaml").write_text(
        f"devices:\n  app-1: {{virtual_guest: {APP_1}, boot: os}}\n"
        "  twin: {hostname: app-1, boot: rescue}\n"
    )
    ended = run("status")
    assert ended.exit_code == 1
    assert (
        f"app-1 (fleet.yaml:2) and twin (fleet.yaml:3) are one device, virtual_guest {APP_1}"
        in ended.stderr
    )


def test_unknown_name_gets_the_nearest(run: Run, mock: Any) -> None:
    """A name that the fleet does not have is an error with the name it may mean."""
    ended = run("status", "web1")
    assert ended.exit_code == 1
    assert "Did you mean web-1?" in ended.stderr


def test_a_key_names_a_device_outside_the_fleet(run: Run, mock: Any) -> None:
    """A device that the file does not name is shown by its key, and cannot differ."""
    ended = run("status", f"hardware/{DB_1}")
    assert ended.exit_code == 0
    assert "not in the fleet" in ended.stdout


def test_a_key_names_a_device_of_the_fleet(run: Run, mock: Any) -> None:
    """A device of the file can be named by its key, too:
    it has its name and what is desired of it.
    """
    ended = run("status", f"virtual_guest/{WEB_1}")
    assert ended.exit_code == 2
    assert "web-1\n  verdict   DIFFERS\n  desired   rescue\n" in ended.stdout


def test_wrong_key_is_one_error(run: Run, mock: Any) -> None:
    """Refused credentials are said once, not once a device, and the key is not shown."""
    ended = run("status", env={"SL_API_KEY": "not-the-right-key"})
    assert ended.exit_code == 1
    assert ended.stderr.count("Access Denied") == 1
    assert "not-the-right-key" not in ended.output


def test_plain_output_fits_80_columns(run: Run, mock: Any) -> None:
    """Without a terminal every line but the first fits 80 columns, and no evidence is cut."""
    mock.act(f"SoftLayer_Virtual_Guest/{WEB_1}/executeRescueLayer")
    lines = run("status", "--long").stdout.splitlines()[1:]
    assert max(map(len, lines)) <= 80
    assert "complete at 20" in " ".join(" ".join(lines).split())


def test_many_devices_are_read_in_lists(
    run: Run, project: Path, mock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond a few devices the account's lists are read, which takes less calls,
    and every row tells the same.
    """
    lines = [
        f"  v{number}: {{virtual_guest: {APP_1 + number}, boot: os}}\n" for number in range(26)
    ]
    (project / "fleet.yaml").write_text(
        f"devices:\n  web-1: {{ip: 198.51.100.11, boot: rescue}}\n  db-1: {{hardware: {DB_1}, boot:"
        " os}\n" + "".join(lines)
    )
    mock.act(f"SoftLayer_Virtual_Guest/{WEB_1}/executeRescueLayer")
    mock.act(f"SoftLayer_Hardware_Server/{DB_1}/bootToRescueLayer")
    mock.act(f"SoftLayer_Virtual_Guest/{APP_1}/rebootDefault")
    mock.control_call("DELETE", "journal")
    listed = observed(run)
    of_lists = len(mock.control_call("GET", "journal"))
    monkeypatch.setattr(observing, "MOST_SINGLY", 1_000)
    assert observed(run) == listed
    assert of_lists < len(mock.control_call("GET", "journal")) - of_lists
    assert [row["observed"] for row in listed[:3]] == ["rescue", "rescue", "os"]
    assert listed[2]["evidence"].startswith("event log: Reboot by tester")


def observed(run: Run) -> list[dict[str, Any]]:
    """What `status` tells of each device, without what grows while it is asked."""
    rows = json.loads(run("status", "--json").stdout)["devices"]
    return [{key: value for key, value in row.items() if key != "downtime"} for row in rows]
