"""`classic-rescue access`, against a real mock."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from click.testing import Result

Run = Callable[..., Result]
PASSWORD = "Mock-Passw0rd-web-1-Kq7x"


def test_password_is_not_even_requested(run: Run, mock: Any) -> None:
    """Without --show-password the output has no password, in JSON neither."""
    shown = run("access", "web-1")
    as_json = run("access", "web-1", "--json")
    assert shown.exit_code == as_json.exit_code == 0
    assert PASSWORD not in shown.output + as_json.output
    assert "add --show-password" in shown.stdout
    assert json.loads(as_json.stdout)["logins"] == [{"user": "root"}]


def test_password_is_printed_once_on_request(run: Run, mock: Any) -> None:
    """With --show-password it stands there once; with --json in the result."""
    assert run("access", "web-1", "--show-password").output.count(PASSWORD) == 1
    logins = json.loads(run("access", "web-1", "--show-password", "--json").stdout)["logins"]
    assert logins == [{"user": "root", "password": PASSWORD}]


def test_rescued_guest_gets_its_drives(run: Run, mock: Any) -> None:
    """In rescue the guide has the login, the drives of a virtual guest and the ways out."""
    mock.act("SoftLayer_Virtual_Guest/124929698/executeRescueLayer")
    shown = run("access", "web-1").stdout
    assert "runs now: rescue" in shown
    assert "root@198.51.100.11" in shown
    assert "/dev/xvda2" in shown
    assert "classic-rescue leave web-1" in shown


def test_unreadable_device_is_an_error(run: Run, mock: Any) -> None:
    """A device that the service does not know is one sentence."""
    ended = run("access", "virtual_guest/999")
    assert ended.exit_code == 1
    assert "Unable to find object" in ended.stderr
