"""Machines in QEMU, in software: one process a boot, without a network but the way to their SSH
port.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from mock_api.domain.facts import Facts
from mock_api.domain.states import Boot
from mock_api.machines.programs import program
from mock_api.machines.protocol import Ended, MachineError
from mock_api.machines.usage import Boots

QMP_PATIENCE_S = 30.0
"""How long QEMU may take to open its control socket, on a machine with much else to do."""

QEMU = "qemu-system-x86_64"


@dataclass(frozen=True)
class Disk:
    """What a disk is a copy of, and what boots it; without an initramfs it boots by itself."""

    image: str
    rescue: str = "rescue.cpio.gz"
    boot: str | None = None


DISKS = {
    "plain": Disk("system.ext4", boot="boot.cpio.gz"),
    "volumes": Disk("volumes.disk", "rescue-volumes.cpio.gz", "boot-volumes.cpio.gz"),
    "debian": Disk("debian.disk"),
}


@dataclass
class Running:
    """One boot that is under way. `events` is QEMU's control connection (QMP)."""

    process: subprocess.Popen[bytes]
    events: socket.socket
    boots: Boots
    read: bytes = b""
    reason: str = ""


class QemuMachines:
    """The machines of these devices. `folder` gets their disks, consoles and passwords; `images`
    has what `machines/images.py` builds. `clock` tells the seconds since 1970.
    """

    def __init__(
        self,
        devices: Mapping[int, Facts],
        images: Path,
        folder: Path,
        clock: Callable[[], float],
    ) -> None:
        self._devices = devices
        self._clock = clock
        self._images = images
        self._folder = folder
        self._running: dict[int, Running] = {}
        self._boots: dict[int, Boots] = {}

    def boot(self, device: int, what: Boot) -> None:
        """Start it, or start it again, with this system. Raises MachineError."""
        self.off(device)
        facts = self._devices.get(device)
        if facts is None:
            raise MachineError(
                "it came with a world that was loaded later; start the mock with that world"
            )
        place = self._folder / str(device)
        try:
            self._prepare(facts, place)
            process, events = _start(self._command(facts, place, what), place)
        except OSError as problem:
            raise MachineError(f"its machine cannot be started: {problem}") from None
        boots = self._boots.setdefault(device, Boots(place, self._clock))
        boots.began(process.pid, what)
        self._running[device] = Running(process, events, boots)

    def _prepare(self, facts: Facts, place: Path) -> None:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        disk = place / "disk"
        if not disk.exists():
            assert facts.machine  # noqa: S101 as in `_command`
            image = self._images / DISKS[facts.machine.qemu.disk].image
            # Not by shutil: a disk is mostly holes.
            _copy(image, place / "disk.new")
            (place / "disk.new").replace(disk)
        password = os.open(place / "password", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(password, "w", encoding="utf-8") as stream:
            stream.write(facts.password)
        (place / "qmp").unlink(missing_ok=True)

    def _command(self, facts: Facts, place: Path, what: Boot) -> list[str]:
        assert facts.machine  # noqa: S101 the caller's devices have one
        qemu = facts.machine.qemu
        way = f"user,id=net,restrict=on,hostfwd=tcp:{facts.public_ip}:{qemu.ssh_port}-:22"
        # q35: microvm hangs without hardware acceleration in most starts. setpriv: a machine whose
        # mock was killed would keep its port.
        command = [program("setpriv"), "--pdeathsig", "KILL", program(QEMU)]
        command += ["-machine", "q35", "-accel", "tcg", "-smp", "1", "-m", str(qemu.memory_mb)]
        command += ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"]
        console = self.console(facts.id)
        command += ["-chardev", f"file,id=console,path={console},append=on"]
        command += [
            "-serial",
            "chardev:console",
            "-qmp",
            f"unix:{place / 'qmp'},server=on,wait=off",
        ]
        command += ["-netdev", way, "-device", "virtio-net-pci,netdev=net,romfile="]
        command += ["-drive", f"file={place / 'disk'},format=raw,if=virtio"]
        command += ["-fw_cfg", f"name=opt/drill/password,file={place / 'password'}"]
        if what is Boot.IMAGE:
            iso = self._images / "rescue.iso"
            return [*command, "-drive", f"file={iso},media=cdrom,readonly=on", "-boot", "d"]
        disk = DISKS[qemu.disk]
        initrd = disk.rescue if what is Boot.RESCUE else disk.boot
        if initrd is None:
            return command
        kernel = ["-kernel", str(self._images / "vmlinux"), "-initrd", str(self._images / initrd)]
        return [*command, *kernel, "-append", "console=ttyS0 quiet panic=-1"]

    def off(self, device: int) -> None:
        """Switch it off, as by the power button held down."""
        running = self._running.pop(device, None)
        if running:
            running.boots.ended()
            running.process.kill()
            running.process.wait()
            running.events.close()

    def pause(self, device: int) -> None:
        """Let it stand still."""
        self._tell(device, "stop")

    def resume(self, device: int) -> None:
        """Let it go on."""
        self._tell(device, "cont")

    def _tell(self, device: int, command: str) -> None:
        if running := self._running.get(device):
            with contextlib.suppress(OSError):  # it has just ended, which is told by itself
                running.events.sendall(_line(command))

    def ended(self) -> Iterable[tuple[int, Ended]]:
        """Which ended by themselves since the last call."""
        for device, running in list(self._running.items()):
            _listen(running)
            running.boots.look()
            if running.process.poll() is not None:
                _listen(running)
                self.off(device)
                yield device, _how(running)

    def console(self, device: int) -> Path:
        """The file that gets what it prints at its console."""
        return self._folder / str(device) / "console"

    def close(self) -> None:
        """Switch all off."""
        for device in list(self._running):
            self.off(device)


def _line(command: str) -> bytes:
    return json.dumps({"execute": command}).encode() + b"\n"


def _copy(image: Path, target: Path) -> None:
    """A copy with the holes of the original. Raises OSError."""
    command = [program("cp"), "--sparse=auto", "--reflink=auto", str(image), str(target)]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 paths of ours
    if done.returncode:
        raise OSError(done.stderr.decode(errors="replace").strip())


def _start(command: list[str], place: Path) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """The process, and its control connection. Raises MachineError, OSError."""
    with (place / "errors").open("w+b") as errors:
        process = subprocess.Popen(  # noqa: S603 QEMU, with paths of ours and numbers of the world
            command,
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
        )
        events = socket.socket(socket.AF_UNIX)
        try:
            _connect(events, place / "qmp", process)
            events.sendall(_line("qmp_capabilities"))
        except OSError:
            process.kill()
            process.wait()
            events.close()
            raise MachineError(_why_not(errors)) from None
    events.setblocking(False)
    return process, events


def _connect(events: socket.socket, path: Path, process: subprocess.Popen[bytes]) -> None:
    """To the control socket once QEMU has opened it. Raises OSError."""
    pause_s = 0.01
    waited_s = 0.0
    while True:
        try:
            return events.connect(str(path))
        except OSError:
            if process.poll() is not None or waited_s > QMP_PATIENCE_S:
                raise
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(pause_s)
        waited_s += pause_s


def _why_not(errors: IO[bytes]) -> str:
    """QEMU's own words, with what is usually behind them."""
    errors.seek(0)
    lines = errors.read().decode(errors="replace").strip().splitlines()
    said = lines[-1] if lines else "QEMU ended without a word"
    if "host forwarding rule" in said:
        return f"{said}; another process has this port, perhaps a machine of a mock that was killed"
    return said


def _listen(running: Running) -> None:
    """Read what QEMU tells: why the machine stops is the last of it."""
    with contextlib.suppress(OSError):
        while more := running.events.recv(65536):
            running.read += more
    *lines, running.read = running.read.split(b"\n")
    for line in lines:
        said: dict[str, Any] = json.loads(line)
        if said.get("event") == "SHUTDOWN":
            running.reason = said["data"]["reason"]


def _how(running: Running) -> Ended:
    if running.reason == "guest-reset":
        return Ended.RESTARTED
    return Ended.POWERED_OFF if running.reason == "guest-shutdown" else Ended.DIED
