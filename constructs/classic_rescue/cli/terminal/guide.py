"""How to get into a device, at its drives, and out again: words only, by what the device runs.

Source: VSD vsi_launch_rescue.md and IMD boot-vsi-image.md (`classic-api.md` 7.1, 7.2, 1.4). What
they do not say, such as the LVM hint, is ordinary Linux and Windows practice.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.facts import Facts
from classic_rescue.boot.ssh import DEFAULT_PORT
from classic_rescue.boot.states import BootState, Kind, NoOsEnvironment
from classic_rescue.boot.testimony import Testimony
from classic_rescue.cli.terminal.output import command_line

COMMAND = "$ "
"""How a line begins that is a command to copy; the others are sentences."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its lines."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """How a device that was asked itself is reached: `told` is what it said, `known_hosts` the file
    that holds the key that it showed, empty where it showed none.
    """

    host: str
    port: int
    jump: str
    told: Testimony
    known_hosts: str


@dataclass(frozen=True, slots=True)
class Situation:
    """What the words depend on.

    `environment` is what the fleet file says for a server without operating system. `way` is None
    where the device was not asked itself.
    """

    name: str
    facts: Facts
    seen: Observation
    users: Sequence[str]
    environment: NoOsEnvironment | None = None
    fleet_file: str = "fleet.yaml"
    way: Way | None = None

    @property
    def runs_windows(self) -> bool:
        """Whether a Windows is running now, as far as it can be told."""
        if self.seen.state is BootState.IMAGE:
            return self.facts.is_windows or "windows" in self.seen.image.casefold()
        return self.facts.is_windows or self.environment is NoOsEnvironment.WINDOWS

    @property
    def is_rescued(self) -> bool:
        """Whether it runs something else than its operating system, or may do so."""
        return self.seen.state is not BootState.OS

    @property
    def user(self) -> str:
        """Who logs in."""
        standard = "Administrator" if self.runs_windows else "root"
        return standard if standard in self.users or not self.users else self.users[0]


def sections(situation: Situation) -> list[Section]:
    """The guide for one device, in the order in which it is needed."""
    drives = [_drives(situation)] if situation.is_rescued else []
    return [_login(situation), *drives, _ways_out(situation)]


def _login(situation: Situation) -> Section:
    facts = situation.facts
    way = situation.way
    address = way.host if way else facts.public_ip or facts.private_ip
    lines = []
    if not address:
        lines.append("the service tells no address; use the KVM console in the portal")
        return Section("log in", tuple(lines))
    if address == facts.private_ip and not (way and way.jump):
        lines.append("the address is a private one: connect to IBM Cloud's VPN (SSL VPN) first")
    if situation.runs_windows and situation.seen.state is BootState.IMAGE:
        lines.append(
            "a Windows from an image is usually Windows PE, which has no remote desktop and no SSH"
            " server: use the KVM console in the portal, over the VPN"
        )
        lines.append(f"another one: remote desktop (RDP) to {address}, user {situation.user}")
        return Section("log in", tuple(lines))
    if situation.runs_windows:
        lines += _desktop(situation.user, address)
    else:
        lines += _shell(situation, address)
    lines.append("no answer: the KVM console in the portal, over the VPN")
    return Section("log in", tuple(lines))


def _shell(situation: Situation, address: str) -> tuple[str, ...]:
    if situation.way:
        return _known_shell(situation, situation.way)
    if not situation.is_rescued:
        return (f"$ ssh {situation.user}@{address}",)
    return (
        f"$ ssh -o UserKnownHostsFile=/dev/null {situation.user}@{address}",
        (
            "the rescue system may show another host key than the operating system; the option"
            " above ignores the known one"
        ),
    )


def _known_shell(situation: Situation, way: Way) -> tuple[str, ...]:
    """To the very key that was heard, or with a question where none was."""
    words = ["ssh"]
    words += [f"-o UserKnownHostsFile={shlex.quote(way.known_hosts)}"] if way.known_hosts else []
    words += ["-o StrictHostKeyChecking=yes"] if way.told.has_key else []
    words += [f"-p {way.port}"] if way.port != DEFAULT_PORT else []
    words += [f"-J {way.jump}"] if way.jump else []
    words.append(f"{situation.user}@{way.host}")
    line = COMMAND + " ".join(words)
    if way.told.has_key:
        return (line, f"{way.told}; the file above holds this key, and ssh takes no other")
    return (line, f"{way.told}; ssh asks before it takes a key: give no password to a strange one")


def _desktop(user: str, address: str) -> tuple[str, ...]:
    return (f"remote desktop (RDP) to {address}, user {user}", f"$ mstsc /v:{address}")


def _drives(situation: Situation) -> Section:
    if situation.runs_windows:
        return Section("drives", _windows_drives())
    return Section("drives", _linux_drives(situation.facts.kind))


def _linux_drives(kind: Kind) -> tuple[str, ...]:
    """The system disks are those of the documentation's password-reset example."""
    disk = "/dev/sda" if kind is Kind.HARDWARE else "/dev/xvda"
    system = f"{disk}2"
    boot = f"{disk}1"
    return (
        "drives are not necessarily mounted; list them:",
        "$ lsblk -f",
        f"usually {system} is the system disk and {boot} is /boot; check with lsblk, then:",
        f"$ fsck -n {system}",
        f"$ mkdir -p /mnt/system && mount {system} /mnt/system",
        f"$ mount {boot} /mnt/system/boot",
        "LVM (lsblk shows LVM2_member): activate the volumes, then mount /dev/GROUP/VOLUME:",
        "$ vgchange -ay && lvs",
        "before you leave:",
        "$ sync && umount -R /mnt/system",
    )


def _windows_drives() -> tuple[str, ...]:
    return (
        "drives are not necessarily online, and letters may differ from the usual ones; in a"
        " command prompt:",
        "$ diskpart",
        (
            "list disk, then for a disk that is offline: select disk N, online disk, attributes"
            " disk clear readonly"
        ),
        "list volume, then for a volume without a letter: select volume N, assign letter=W",
    )


def _ways_out(situation: Situation) -> Section:
    name = situation.name
    file = situation.fleet_file
    if not situation.is_rescued:
        lines = [
            f"declare it in {file}, then: {command_line('deploy')}",
            f"where it is declared and has drifted: {command_line('deploy', '--reconcile')}",
        ]
        return Section("to enter rescue", tuple(lines))
    lines = [
        f"change it to `boot: os` in {file}, or reach its `until`, then: {command_line('deploy')}",
        f"at once, before the file changes: {command_line('leave', name)}",
    ]
    if situation.facts.kind is Kind.VIRTUAL_GUEST:
        lines.append("console (portal): restart it")
    else:
        lines.append(
            "console (portal): Actions → Reboot; bare metal refuses another one for 20 minutes"
            " after it"
        )
    if situation.seen.image:
        lines.append(
            "console, for an image: Actions → Boot from image → Continue, which unloads it"
        )
    inside = "shutdown /r /t 0" if situation.runs_windows else "reboot"
    return Section("back to the operating system", (*lines, f"inside: {inside}"))
