"""The words for getting in, at the drives and out: by kind, operating system and what runs."""

from __future__ import annotations

from typing import Any

import pytest

from classic_rescue.api.client import ClassicApi
from classic_rescue.api.devices import DeviceId
from classic_rescue.api.logins import Login, read_logins
from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.facts import Facts
from classic_rescue.boot.states import BootState, Kind, NoOsEnvironment
from classic_rescue.cli.terminal.guide import Situation, sections

RESCUE = Observation(BootState.RESCUE, "seen")
OS = Observation(BootState.OS, "seen")
ISO = Observation(BootState.IMAGE, "seen", image="WindowsRescueStandalone.iso")


def guide(kind: Kind, seen: Observation, os_name: str = "Ubuntu", **more: Any) -> dict[str, str]:
    """The guide's sections as text by heading."""
    facts = Facts(
        kind,
        7,
        os_name=os_name,
        public_ip=more.pop("public_ip", "198.51.100.1"),
        private_ip="10.0.0.1",
    )
    situation = Situation(
        "web-1",
        facts,
        seen,
        users=more.pop("users", ["root"]),
        environment=more.pop("environment", None),
    )
    return {section.heading: "\n".join(section.lines) for section in sections(situation)}


@pytest.mark.parametrize(
    ("kind", "disk"), [(Kind.VIRTUAL_GUEST, "/dev/xvda2"), (Kind.HARDWARE, "/dev/sda2")]
)
def test_disks_depend_on_the_kind(kind: Kind, disk: str) -> None:
    """A virtual guest's disks are xvda, bare metal's sda; LVM gets its hint."""
    drives = guide(kind, RESCUE)["drives"]
    assert f"$ mkdir -p /mnt/system && mount {disk} /mnt/system" in drives
    assert "vgchange -ay" in drives


def test_windows_image_is_reached_by_the_console() -> None:
    """It is usually Windows PE, without a remote desktop; and diskpart instead of mount."""
    said = guide(Kind.VIRTUAL_GUEST, ISO, "Windows 2022", users=["Administrator"])
    assert "usually Windows PE" in said["log in"]
    assert "use the KVM console" in said["log in"].splitlines()[0]
    assert "user Administrator" in said["log in"].splitlines()[1]
    assert "mstsc" not in said["log in"]
    installed = guide(Kind.VIRTUAL_GUEST, OS, "Windows 2022", users=["Administrator"])
    assert "$ mstsc /v:198.51.100.1" in installed["log in"]
    assert "diskpart" in said["drives"]
    assert "Boot from image → Continue" in said["back to the operating system"]


def test_windows_kernel_without_operating_system() -> None:
    """A server without an operating system whose fleet entry asks
    for the Windows kernel gets Windows words.
    """
    said = guide(Kind.HARDWARE, RESCUE, "", users=[], environment=NoOsEnvironment.WINDOWS)
    assert "user Administrator" in said["log in"]


def test_operating_system_needs_no_drives() -> None:
    """A device in its operating system gets a login, and how to enter rescue."""
    said = guide(Kind.VIRTUAL_GUEST, OS)
    assert said["log in"].startswith("$ ssh root@198.51.100.1")
    assert "drives" not in said
    assert "classic-rescue deploy" in said["to enter rescue"]
    assert "classic-rescue deploy --reconcile" in said["to enter rescue"]


def test_private_address_needs_the_vpn() -> None:
    """Without a public address the private one is used, over the VPN."""
    said = guide(Kind.VIRTUAL_GUEST, RESCUE, public_ip="")["log in"]
    assert "VPN" in said.splitlines()[0]
    assert "root@10.0.0.1" in said


class FakeApi(ClassicApi):
    """Answers getObject with fixed passwords, and remembers the mask."""

    def __init__(self) -> None:
        self.mask = ""

    def call(self, service: str, method: str, *arguments: object, **more: Any) -> Any:
        """One reply for every call."""
        self.mask = more["mask"]
        row = {"username": "root"} | ({"password": "secret"} if "password]" in self.mask else {})
        return {"operatingSystem": {"passwords": [{"username": "backup"}, row]}}


@pytest.mark.parametrize(("asked", "password"), [(False, None), (True, "secret")])
def test_passwords_are_requested_only_when_asked_for(asked: bool, password: str | None) -> None:
    """Without the wish the mask does not name passwords, so they never travel; root comes first."""
    api = FakeApi()
    logins = read_logins(api, DeviceId(Kind.VIRTUAL_GUEST, 7), with_passwords=asked)
    assert logins[0] == Login("root", password)
    assert ("username,password" in api.mask) is asked
    assert "secret" not in repr(logins)


def test_the_way_back_keeps_the_device_in_the_file() -> None:
    """A line that is taken out would have to be written again."""
    back = guide(Kind.VIRTUAL_GUEST, RESCUE)["back to the operating system"]
    assert back.startswith("change it to `boot: os` in fleet.yaml, or reach its `until`, then: ")
