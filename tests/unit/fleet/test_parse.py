"""What a right fleet file means."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path

import pytest

from classic_rescue.boot.repair import Repair, Then
from classic_rescue.boot.ssh import RDP_PORT, Login, Proof, Protocol, SshAccess
from classic_rescue.boot.states import (
    DEFAULT_TIMEOUT_S,
    BootState,
    DeviceRef,
    Goal,
    NoOsEnvironment,
    Order,
    ReferenceField,
)
from classic_rescue.fleet import FleetErrors, PgBackend, read_fleet
from tests.unit.fleet.asking import NOW, device, fleet_of, only_problem

WHOLE = """\
# a comment
endpoint: http://127.0.0.1:8080/rest/v3.1/
shards: 2
shard_size: 10
requests_per_second: 20
backend: {type: pg, schema: ops}
defaults: {timeout: 45m, reason: "CHG-1234"}
devices:
  web-1: {virtual_guest: 124929698, boot: rescue, reason: "CHG-1 root disk full", timeout: 30m}
  win-1: {virtual_guest: 124929702, boot: {image: WindowsRescueStandalone.iso}}
  db-1:
    hardware: 310001
    boot: rescue
    no_os_environment: LINUX
  app-1: {hostname: app-1.example.com, boot: os}
  old: {ip: 10.1.2.3, boot: {image: 4711}}
"""


def test_a_whole_file_is_read_as_it_is_meant() -> None:
    """Every field of the file arrives, typed, in the order of the file,
    with the line of each device.
    """
    fleet = fleet_of(WHOLE)
    web, win, db, app, old = fleet.devices
    assert (fleet.source, fleet.endpoint, fleet.shards, fleet.shard_size) == (
        "fleet.yaml",
        "http://127.0.0.1:8080/rest/v3.1/",
        2,
        10,
    )
    assert fleet.requests_per_second == 20
    assert fleet.backend == PgBackend(type="pg", schema="ops")
    assert web.order == Order(
        "web-1",
        DeviceRef(ReferenceField.VIRTUAL_GUEST, 124929698),
        Goal(BootState.RESCUE),
        timeout_s=1800,
        reason="CHG-1 root disk full",
    )
    assert win.order.goal == Goal(BootState.IMAGE, image="WindowsRescueStandalone.iso")
    assert win.order.timeout_s == 2700
    assert win.order.reason == "CHG-1234"
    assert db.order.goal == Goal(BootState.RESCUE, no_os_environment=NoOsEnvironment.LINUX)
    assert db.order.device.key == "hardware/310001"
    assert app.order.device == DeviceRef(ReferenceField.HOSTNAME, "app-1.example.com")
    assert app.order.goal == Goal(BootState.OS)
    assert old.order.device == DeviceRef(ReferenceField.IP, "10.1.2.3")
    assert old.order.goal == Goal(BootState.IMAGE, image=4711)
    assert [entry.line for entry in fleet.devices] == [9, 10, 11, 15, 16]


@pytest.mark.parametrize(
    "text",
    ["devices:", "devices: {}", "devices: null\n", "---\ndevices: {}\n...\n", "\ufeffdevices: ~"],
)
def test_an_empty_fleet_is_a_fleet(text: str) -> None:
    """Null and an empty mapping say on purpose that no
    device is wanted anywhere but in its system.
    """
    fleet = fleet_of(text)
    assert fleet.devices == ()
    assert (fleet.endpoint, fleet.backend, fleet.shards, fleet.shard_size) == (None, None, 1, 100)
    assert fleet.requests_per_second is None
    assert fleet.ssh is None
    assert fleet.shard(0) == ()
    assert fleet.stack_name(0) == "fleet-0"


def test_without_defaults_the_domain_s_timeout_counts() -> None:
    """A device that says nothing waits as long as the domain's default, and gives no reason."""
    (entry,) = fleet_of("defaults:\n" + device("virtual_guest: 1, boot: os")).devices
    assert (entry.order.timeout_s, entry.order.reason, entry.until) == (
        DEFAULT_TIMEOUT_S,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("written", "timeout_s"),
    [
        ("90s", 90),
        ("45m", 2700),
        ("1h30m", 5400),
        ("1h0m1s", 3601),
        ("24h", 86400),
        ("1440m", 86400),
        ("1", 1),
        ("86400", 86400),
    ],
)
def test_a_timeout_is_a_duration(written: str, timeout_s: int) -> None:
    """Hours, minutes and seconds or whole seconds, up to a day."""
    (entry,) = fleet_of(device(f"virtual_guest: 1, boot: os, timeout: {written}")).devices
    assert entry.order.timeout_s == timeout_s


@pytest.mark.parametrize(
    ("written", "time"),
    [
        (
            "2026-12-01T06:00:00+01:00",
            datetime(2026, 12, 1, 6, tzinfo=timezone(timedelta(hours=1))),
        ),
        (
            "2026-12-01 06:00:00 +01:00",
            datetime(2026, 12, 1, 6, tzinfo=timezone(timedelta(hours=1))),
        ),
        ('"2026-12-01T06:00Z"', datetime(2026, 12, 1, 6, tzinfo=UTC)),
        (
            "2026-12-01T06:00:00.5-11:30",
            datetime(
                2026, 12, 1, hour=6, microsecond=500000, tzinfo=timezone(-timedelta(hours=11.5))
            ),
        ),
    ],
)
def test_until_keeps_its_zone(written: str, time: datetime) -> None:
    """The time is the one that was written, with the offset that was written."""
    (entry,) = fleet_of(device(f"virtual_guest: 1, boot: rescue, until: {written}")).devices
    assert entry.until == time
    assert entry.until is not None
    assert entry.until.utcoffset() == time.utcoffset()


@pytest.mark.parametrize(
    ("seconds", "goal"), [(-1, BootState.RESCUE), (0, BootState.OS), (1, BootState.OS)]
)
def test_from_until_on_the_goal_is_the_operating_system(seconds: int, goal: BootState) -> None:
    """At the very second of `until`, and later, the order says os,
    while the declared goal stays as it was written.
    """
    text = device("virtual_guest: 1, boot: rescue, until: 2026-12-01T06:00:00+01:00")
    now = datetime(2026, 12, 1, 5, tzinfo=UTC) + timedelta(seconds=seconds)
    (entry,) = fleet_of(text, now).devices
    assert entry.order.goal == Goal(goal)
    assert entry.declared == Goal(BootState.RESCUE)
    assert entry.has_expired is (goal is BootState.OS)


def test_an_expired_device_without_a_system_forgets_its_rescue_environment() -> None:
    """Past `until` the goal is plain os, also where the declared goal names a rescue kernel."""
    text = device(
        "hardware: 1, boot: rescue, no_os_environment: WINDOWS, until: 2026-01-01T00:00:00Z"
    )
    (entry,) = fleet_of(text).devices
    assert entry.order.goal == Goal(BootState.OS)
    assert entry.declared.no_os_environment is NoOsEnvironment.WINDOWS


def test_a_device_s_own_until_wins_over_the_default() -> None:
    """A default `until` that has passed does not end a device with a later one of its own."""
    text = (
        "defaults: {until: 2026-01-01T00:00:00Z}\ndevices:\n  a: {virtual_guest: 1, boot: rescue}\n"
        "  b: {virtual_guest: 2, boot: rescue, until: 2027-01-01T00:00:00Z}\n"
    )
    assert [entry.order.goal.state for entry in fleet_of(text).devices] == [
        BootState.OS,
        BootState.RESCUE,
    ]


def test_a_clock_without_zone_is_the_caller_s_mistake() -> None:
    """`now` without a zone would compare with nothing."""
    with pytest.raises(ValueError, match="zone"):
        fleet_of("devices: {}", NOW.replace(tzinfo=None))


def test_names_that_look_like_yaml_words_can_stand_in_quotes() -> None:
    """In quotes `no`, `123` and `2026` are names like any other."""
    text = (
        'devices: {"no": {ip: 1.2.3.4, boot: os}, "123": {ip: 1.2.3.5, boot: os},'
        " x_.-9: {ip: 1.2.3.6, boot: os}}"
    )
    assert [entry.order.name for entry in fleet_of(text).devices] == ["no", "123", "x_.-9"]


def test_how_a_device_is_asked_itself() -> None:
    """What a device leaves open is taken from the defaults; `off` is nobody."""
    fleet = fleet_of(
        """
        defaults: {ssh: {port: 2222, known_hosts: keys/known_hosts, proof: required}}
        devices:
          usual: {virtual_guest: 1, boot: rescue}
          own: {virtual_guest: 2, boot: os, ssh: {address: Private, proof: welcome, port: "22"}}
          mute: {virtual_guest: 3, boot: os, ssh: {proof: off}}
          far: {virtual_guest: 4, boot: os, ssh: {address: "2001:db8::7", jump: "ops@[::1]:2022"}}
        """
    )
    usual, own, mute, far = (entry.order.ssh for entry in fleet.devices)
    required = SshAccess(port=2222, known_hosts="keys/known_hosts", proof=Proof.REQUIRED)
    assert usual == fleet.ssh == required
    assert own == required._replace(address="private", port=22, proof=Proof.WELCOME)
    assert mute is None
    assert far == required._replace(address="2001:db8::7", jump="ops@[::1]:2022")


def test_a_windows_is_asked_by_its_remote_desktop() -> None:
    """The way to it is that of the defaults, and nothing else of `ssh` there; it travels with the
    order.
    """
    fleet = fleet_of(
        """
        defaults: {ssh: {address: private, jump: ops@b, port: 22, known_hosts: k, proof: required}}
        devices:
          usual: {virtual_guest: 1, boot: rescue, rdp: {}}
          own: {virtual_guest: 2, boot: os, rdp: {address: win.example.com, port: 13389}}
        """
    )
    usual, own = (entry.order for entry in fleet.devices)
    way = SshAccess("private", RDP_PORT, jump="ops@b", protocol=Protocol.RDP)
    assert usual.ssh == way
    assert own.ssh == way._replace(address="win.example.com", port=13389)
    assert Order.from_dict(json.loads(json.dumps(own.to_dict()))) == own
    (alone,) = fleet_of("devices: {a: {virtual_guest: 1, boot: os, rdp: {}}}").devices
    assert alone.order.ssh == SshAccess(port=RDP_PORT, protocol=Protocol.RDP)


def test_an_empty_mapping_asks_as_usual() -> None:
    """And a fleet file that says nothing asks nobody: nothing else changes in an order."""
    text = "devices: {a: {virtual_guest: 1, boot: os, ssh: {}}, b: {virtual_guest: 2, boot: os}}"
    asked, mute = fleet_of(text).devices
    assert asked.order.ssh == SshAccess()
    assert asked.order.to_dict()["ssh"] == {"proof": "welcome"}
    assert "ssh" not in mute.order.to_dict()


def test_what_is_done_in_a_rescue_system(tmp_path: Path) -> None:
    """The text is told by its SHA-256, and travels with the order; once `until` has passed nothing
    is done any more.
    """
    folder = tmp_path / "fleet"
    (folder / "repairs").mkdir(parents=True)
    (folder / "repairs" / "fix.sh").write_bytes(b"one\ntwo\n")
    (folder / "fleet.yaml").write_text(
        """
        defaults: {ssh: {login: {key: agent}}}
        devices:
          own: {virtual_guest: 1, boot: rescue, repair: {script: ./repairs/fix.sh}}
          ready: {virtual_guest: 2, boot: rescue, repair: {script: fsck, timeout: 2h, then: Leave}}
          over: {virtual_guest: 3, boot: rescue, until: 2020-01-01T00:00Z, repair: {script: fsck}}
        """
    )
    fleet = read_fleet(folder / "fleet.yaml", now=NOW, environ={})
    own, ready, over = fleet.devices
    digest = sha256(b"one\ntwo\n").hexdigest()
    path = os.path.relpath(folder / "repairs" / "fix.sh")
    assert own.order.repair == Repair(path, digest, 2)
    assert own.script == "repairs/fix.sh"
    assert own.order.settled == Goal(BootState.RESCUE)
    assert ready.order.settled == Goal(BootState.OS)
    assert ready.order.repair is not None
    assert ready.order.repair[3:] == (7200, Then.LEAVE)
    assert over.order.repair is None
    assert Order.from_dict(json.loads(json.dumps(ready.order.to_dict()))) == ready.order


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"a\r\nb", "line 1: ends as in Windows"),
        (b"a\0b", "a binary file"),
        (b"#!sh\n", "line 1: not `#!` and the path of a program"),
        (b"x" * ((1 << 20) + 1), "more than 1 MB"),
    ],
)
def test_a_script_that_no_shell_reads_is_refused(
    tmp_path: Path, content: bytes, words: str
) -> None:
    """Where it stands in the file, before anything is planned."""
    (tmp_path / "fix.sh").write_bytes(content)
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text(
        "devices:\n  a: {virtual_guest: 1, boot: rescue, ssh: {login: {key: agent}},"
        " repair: {script: fix.sh}}\n"
    )
    with pytest.raises(FleetErrors) as caught:
        read_fleet(fleet, now=NOW, environ={})
    (problem,) = caught.value.problems
    assert (problem.line, problem.field) == (2, "devices.a.repair.script")
    assert words in problem.message


@pytest.mark.parametrize(
    ("given", "login"),
    [
        ("{key: agent}", Login("agent")),
        ("{key: ~/.ssh/rescue, user: rescue}", Login("~/.ssh/rescue", "rescue")),
        ("{password: stored, unverified: true}", Login(unverified=True)),
    ],
)
def test_how_scripts_log_in(given: str, login: Login) -> None:
    """It travels with the order, and holds no secret."""
    fleet = fleet_of(f"devices: {{a: {{virtual_guest: 1, boot: os, ssh: {{login: {given}}}}}}}")
    order = fleet.devices[0].order
    assert order.ssh == SshAccess(login=login)
    assert Order.from_dict(json.loads(json.dumps(order.to_dict()))) == order


@pytest.mark.parametrize("given", ["hunter2", "5", "[hunter2]", "'stored hunter2'"])
def test_a_password_in_the_file_is_refused_and_never_shown(given: str) -> None:
    """The service keeps it."""
    text = f"devices: {{}}\ndefaults: {{ssh: {{login: {{password: {given}}}}}}}"
    problem = str(only_problem(text))
    assert "does not go into this file" in problem
    assert "hunter2" not in problem
