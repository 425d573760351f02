"""What the commands say of devices that are asked themselves: a real mock, and real key exchanges
with servers in the devices' place.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from click.testing import Result

from tests.desktops import Desktop, desktop, serving
from tests.machines import Machine, machines, new_key

pytestmark = pytest.mark.slow

Run = Callable[..., Result]
WEB_1 = 124929698
RESCUE_IT = f"SoftLayer_Virtual_Guest/{WEB_1}/executeRescueLayer"
slow = pytest.mark.slow


class Device:
    """web-1, with a system and a rescue system of its own."""

    def __init__(self, machine: Machine, fleet: Path) -> None:
        self.machine = machine
        self.system = new_key()
        self.rescue = new_key()
        self._fleet = fleet
        self.declare()

    def declare(self, boot: str = "rescue", ssh: str = "") -> None:
        """Write the fleet file."""
        way = f"address: 127.0.0.1, port: {self.machine.port}{ssh}"
        self._fleet.write_text(
            f"devices:\n  web-1: {{virtual_guest: {WEB_1}, boot: {boot}, reason: CHG-1,"
            f" ssh: {{{way}}}}}\n"
        )

    def runs(self, key: asyncssh.SSHKey | None) -> None:
        """Boot what has this key, or power off."""
        self.machine.runs(*([key] if key else []))


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """One address for all."""
    with machines() as make:
        yield make()


@pytest.fixture
def web_1(machine: Machine, project: Path, mock: Any) -> Device:
    """A device that runs its operating system."""
    device = Device(machine, project / "fleet.yaml")
    device.runs(device.system)
    return device


def fingerprint(key: asyncssh.SSHKey) -> str:
    """As OpenSSH prints it."""
    return str(key.get_fingerprint())


def status(run: Run) -> dict[str, Any]:
    """The row of web-1."""
    row: dict[str, Any] = json.loads(run("status", "--json").stdout)["devices"][0]
    return row


def rescued(run: Run, mock: Any, web_1: Device) -> None:
    """Its key is recorded; then it is in rescue, by its own word, too."""
    run("status")
    mock.act(RESCUE_IT)
    web_1.runs(web_1.rescue)


def test_status_tells_the_devices_own_word(run: Run, mock: Any, web_1: Device) -> None:
    """The system's key is recorded; another one supports what the service says of rescue."""
    row = status(run)
    assert fingerprint(web_1.system) in row["evidence"]
    assert (row["testimony"]["heard"], row["verdict"]) == ("os_key", "differs")
    mock.act(RESCUE_IT)
    web_1.runs(web_1.rescue)
    row = status(run)
    assert (row["testimony"]["heard"], row["verdict"]) == ("other_key", "as_desired")
    assert f"another host key answers ({fingerprint(web_1.rescue)}), first heard" in row["evidence"]
    assert "after the request" in row["evidence"]


def test_a_restart_from_inside_is_seen_though_the_service_has_no_trace(
    run: Run, mock: Any, web_1: Device
) -> None:
    """By status and preflight alike."""
    rescued(run, mock, web_1)
    web_1.runs(web_1.system)
    ended = run("status", "--long")
    assert ended.exit_code == 2
    assert "observed  os\n" in ended.stdout
    assert "the service has no trace of that" in " ".join(ended.stdout.split())
    (ready,) = json.loads(run("preflight", "--json").stdout)["devices"]
    assert ready["requests"] == ["executeRescueLayer"]


def test_an_image_is_not_imported_that_does_not_run(run: Run, mock: Any, web_1: Device) -> None:
    """`import` sees with the same eyes."""
    rescued(run, mock, web_1)
    fleet = Path("fleet.yaml")
    way = f"address: 127.0.0.1, port: {web_1.machine.port}"
    fleet.write_text(f"defaults: {{ssh: {{{way}}}}}\ndevices: {{}}\n")
    imported = run("import", f"virtual_guest/{WEB_1}", "--reason", "CHG-1")
    assert "boot: rescue" in imported.stdout
    assert "boot: rescue" in run("import", "--all", "--reason", "CHG-1").stdout
    web_1.runs(web_1.system)
    assert "boot: os" in run("import", f"virtual_guest/{WEB_1}", "--reason", "CHG-1").stdout
    assert "web-1" not in run("import", "--all", "--reason", "CHG-1").stdout


def test_a_changed_key_is_not_proven_until_somebody_accepts_it(
    run: Run, mock: Any, web_1: Device
) -> None:
    """A second key of the system is shown and never overwritten silently."""
    web_1.declare("os")
    run("status")
    changed = new_key()
    web_1.runs(changed)
    assert run("status").exit_code == 5
    assert status(run)["verdict"] == "not_proven"
    shown = run("host-keys")
    assert shown.exit_code == 2
    assert "ANOTHER KEY" in shown.stdout
    assert run("host-keys", "--accept").exit_code == 1
    accepted = run("host-keys", "web-1", "--accept")
    assert accepted.exit_code == 0, accepted.output
    assert f"on record  {fingerprint(changed)}" in " ".join(accepted.stdout.split(" ")) or (
        fingerprint(changed) in accepted.stdout
    )
    assert run("status").exit_code == 0


def test_the_key_of_a_rescue_system_is_not_accepted(run: Run, mock: Any, web_1: Device) -> None:
    """Only of a device that runs its system by all that the service tells."""
    rescued(run, mock, web_1)
    ended = run("host-keys", "web-1", "--accept")
    assert ended.exit_code == 1
    assert "it does not run its operating system" in ended.stderr
    assert "nothing was recorded" in ended.stderr
    assert fingerprint(web_1.system) in run("host-keys").stdout


def test_keys_are_written_for_ci_and_read_back(
    run: Run, mock: Any, web_1: Device, project: Path
) -> None:
    """A file in the repository outlives a job; what else is in it stays."""
    file = project / "known_hosts"
    file.write_text("# ours\nbastion ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIqp\n")
    for _ in range(2):
        assert run("host-keys", "--write", "known_hosts").exit_code == 0
    lines = file.read_text().splitlines()
    public = web_1.system.export_public_key("openssh").decode().split()[:2]
    assert lines == [
        "# ours",
        "bastion ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIqp",
        f"[127.0.0.1]:{web_1.machine.port},web-1 {' '.join(public)}",
    ]
    (project / ".classic-rescue/host-keys.json").unlink()
    web_1.declare(ssh=", known_hosts: known_hosts")
    assert status(run)["testimony"]["known"] == "in known_hosts"
    mock.act(RESCUE_IT)
    web_1.runs(web_1.rescue)
    assert status(run)["testimony"]["heard"] == "other_key"
    file.unlink()
    row = status(run)
    assert row["testimony"]["heard"] == "not_asked"
    assert "known_hosts: No such file or directory" in row["evidence"]


def test_required_proof_makes_silence_uncertain(run: Run, mock: Any, web_1: Device) -> None:
    """What is only the service's word is not proven."""
    web_1.declare(ssh=", proof: required")
    rescued(run, mock, web_1)
    assert run("status").exit_code == 0
    web_1.runs(None)
    assert "not proven: no key heard" in run("status").stdout
    ended = run("status", "web-1")
    assert ended.exit_code == 5
    assert "proof is required, and no host key from 127.0.0.1" in " ".join(ended.stdout.split())


def test_access_leads_to_the_very_key_that_answered(
    run: Run, mock: Any, web_1: Device, project: Path
) -> None:
    """A password goes to nobody else: ssh gets a file with this one key, and takes no other."""
    rescued(run, mock, web_1)
    shown = run("access", "web-1").stdout
    path = f".classic-rescue/known-hosts/virtual_guest-{WEB_1}"
    assert (
        f"ssh -o UserKnownHostsFile={path} -o StrictHostKeyChecking=yes"
        f" -p {web_1.machine.port} root@127.0.0.1"
    ) in shown
    assert fingerprint(web_1.rescue) in shown
    assert "/dev/null" not in shown
    public = web_1.rescue.export_public_key("openssh").decode().split()[:2]
    file = project / path
    assert file.read_text() == f"[127.0.0.1]:{web_1.machine.port} {' '.join(public)}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(run("access", "web-1", "--json").stdout)["known_hosts"] == path


def test_access_to_a_device_that_is_silent_asks_before_it_trusts(
    run: Run, mock: Any, web_1: Device, project: Path
) -> None:
    """An old key is not offered as today's."""
    rescued(run, mock, web_1)
    run("access", "web-1")
    web_1.runs(None)
    shown = run("access", "web-1").stdout
    assert "StrictHostKeyChecking" not in shown
    assert "give no password to a strange one" in " ".join(shown.split())
    assert (project / f".classic-rescue/known-hosts/virtual_guest-{WEB_1}").read_text() == ""


@pytest.mark.parametrize("names", [(), ("web-1",)])
def test_a_fleet_that_asks_nobody_says_so(
    run: Run, mock: Any, project: Path, names: tuple[str, ...]
) -> None:
    """And no other command asks, records or imports anything for it."""
    ended = run("host-keys", *names)
    assert ended.exit_code == 1
    assert "`ssh:`" in ended.stderr
    assert "{{" not in ended.stderr
    run("status")
    assert not (project / ".classic-rescue/host-keys.json").exists()


@slow
def test_deploy_waits_for_the_devices_own_word(run: Run, mock: Any, web_1: Device) -> None:
    """A rescue boot that ended while the machine booted its disk is a failure."""
    web_1.declare(ssh=", proof: required")
    run("status")
    ended = run("deploy", "--yes")
    assert ended.exit_code == 1
    text = " ".join(ended.output.split())
    assert "rescue was not reached: the host key of the operating system answers" in text
    web_1.runs(web_1.rescue)
    assert run("deploy", "--yes").exit_code == 0
    assert mock.changes() == [f"executeRescueLayer {WEB_1}"]
    web_1.runs(web_1.system)
    drift = run("drift", "--long")
    assert drift.exit_code == 4
    assert "the service has no trace of that" in " ".join(drift.stdout.split())
    web_1.runs(None)
    assert run("drift").exit_code == 5
    web_1.runs(web_1.system)
    run("deploy", "--reconcile", "--yes")
    assert mock.changes() == [f"executeRescueLayer {WEB_1}"]


WIN_1 = 124929702
ISO = 34291701


class Windows:
    """win-1, with a Remote Desktop that has a key of its own."""

    def __init__(self, machine: Machine, fleet: Path) -> None:
        self.machine = machine
        self.desktop = desktop()
        fleet.write_text(
            f"devices:\n  win-1: {{virtual_guest: {WIN_1}, boot: {{image: {ISO}}}, reason: CHG-1,"
            f" rdp: {{address: 127.0.0.1, port: {machine.port}}}}}\n"
        )

    def runs(self, one: Desktop | None) -> None:
        """Boot a Windows with this Remote Desktop, or Windows PE."""
        self.machine.behaves(serving(one)) if one else self.machine.runs()


@pytest.fixture
def win_1(machine: Machine, project: Path, mock: Any) -> Windows:
    """A Windows that runs its operating system."""
    device = Windows(machine, project / "fleet.yaml")
    device.runs(device.desktop)
    return device


def test_a_windows_is_asked_by_its_remote_desktop(run: Run, mock: Any, win_1: Windows) -> None:
    """Its recorded key says that the image does not run; silence says nothing."""
    row = status(run)
    assert (row["testimony"]["heard"], row["testimony"]["type"]) == ("os_key", "rdp")
    mock.act(f"SoftLayer_Virtual_Guest/{WIN_1}/mountIsoImage", ISO)
    win_1.runs(None)
    row = status(run)
    assert (row["testimony"]["heard"], row["verdict"]) == ("refused", "as_desired")
    assert "no Remote Desktop key from 127.0.0.1" in row["evidence"]
    win_1.runs(win_1.desktop)
    row = status(run)
    assert row["observed"] == "unknown"
    assert "the Remote Desktop key of the operating system answers" in row["evidence"]
    win_1.runs(desktop())
    assert status(run)["verdict"] == "not_proven"


def test_the_key_of_a_remote_desktop_is_only_on_record(
    run: Run, mock: Any, win_1: Windows, project: Path
) -> None:
    """It is shown and accepted like another one; a file of known hosts has no place for it."""
    shown = run("host-keys", "--write", "known_hosts")
    assert shown.exit_code == 0, shown.output
    assert "recorded now" in shown.stdout
    assert "(rdp)" in shown.stdout
    text = " ".join(shown.stdout.split())
    assert "known_hosts has the keys of 0 devices" in text
    assert "win-1: left out, since a file of known hosts has no place" in text
    assert (project / "known_hosts").read_text() == ""
    win_1.runs(desktop())
    assert run("host-keys").exit_code == 2
    assert run("host-keys", "win-1", "--accept").exit_code == 0
    assert status(run)["testimony"]["heard"] == "os_key"


def test_access_to_a_windows_says_what_it_said(
    run: Run, mock: Any, win_1: Windows, project: Path
) -> None:
    """There is nothing for ssh to hold on to."""
    assert "$ mstsc /v:" in run("access", "win-1").stdout
    mock.act(f"SoftLayer_Virtual_Guest/{WIN_1}/mountIsoImage", ISO)
    win_1.runs(None)
    assert "use the KVM console" in " ".join(run("access", "win-1").stdout.split())
    assert not (project / ".classic-rescue/known-hosts").exists()
    refused = run("run", "win-1", "fsck")
    assert "scripts run over SSH" in " ".join(refused.output.split())
