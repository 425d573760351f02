"""A disk with a whole Debian: its own kernel, GRUB, systemd and OpenSSH. It boots as on a PC."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from mock_api.machines.programs import ImagesError, program, run, why_not

PACKAGES = "systemd-sysv udev openssh-server linux-image-cloud-amd64 initramfs-tools zstd"
PACKAGES += " grub-pc-bin grub-common iproute2 passwd"
NEEDED = "mmdebstrap"
IMAGE = "debian.disk"
SIZE_MB = 1024
INITRAMFS = ("MODULES=list", "virtio_pci\nvirtio_blk\next4\n")
_SECTOR = 512
_START = 2048
_CODE = 440
"""Of the first sector, what is not the partition table."""


def lacking() -> str:
    """Why it cannot be built here; empty where it can."""
    if os.geteuid() != 0:
        return "the disk with Debian is made by root only, since its files belong to many users"
    if program(NEEDED) == NEEDED:
        return f"{NEEDED}: not on this machine; on Debian: apt-get install -y {NEEDED}"
    return ""


def build(images: Path, tell: Callable[[str], None]) -> None:
    """Into the folder of the other images. Raises ImagesError."""
    if why := lacking():
        raise ImagesError(why)
    suite = platform.freedesktop_os_release().get("VERSION_CODENAME", "stable")
    tell(f"a disk with Debian {suite}")
    with tempfile.TemporaryDirectory(prefix=".debian-", dir=images) as folder:
        try:
            _build(Path(folder), suite).replace(images / IMAGE)
        except (OSError, subprocess.CalledProcessError) as problem:
            raise ImagesError(why_not(problem)) from None


def _build(work: Path, suite: str) -> Path:
    root = work / "root"
    run(_bootstrap(suite, root), work)
    partition = work / "partition"
    # What GRUB of Debian 12 does not read.
    command = ["mke2fs", "-q", "-t", "ext4", "-O", "^metadata_csum_seed,^orphan_file"]
    run([*command, "-d", str(root), str(partition), f"{SIZE_MB}M"], work)
    disk = work / IMAGE
    _bootable(disk, root, partition)
    return disk


def _bootstrap(suite: str, root: Path) -> list[str]:
    settings, modules = INITRAMFS
    # Only what this machine needs: unpacking is slow without hardware acceleration.
    before = (
        'mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/usr/share/initramfs-tools/modules.d";'
        f' echo {settings} > "$1/etc/initramfs-tools/conf.d/drill";'
        f' printf %s {shlex.quote(modules)} > "$1/usr/share/initramfs-tools/modules.d/drill"'
    )
    after = shlex.quote(str(Path(__file__).with_name("guest") / "debian.sh"))
    command = [NEEDED, "--quiet", "--mode=root", "--format=directory", "--variant=essential"]
    command += [f"--include={PACKAGES.replace(' ', ',')}", f"--essential-hook={before}"]
    command += [f'--customize-hook=sh {after} "$1"']
    for unneeded in ("doc", "man", "locale", "info"):
        command += [f"--dpkgopt=path-exclude=/usr/share/{unneeded}/*"]
    return [*command, suite, str(root)]


def _bootable(disk: Path, root: Path, partition: Path) -> None:
    """GRUB, then the partition table with one partition, then that."""
    core = (root / "boot/grub/core.img").read_bytes()
    if len(core) > (_START - 1) * _SECTOR:
        raise ImagesError("GRUB does not fit before the first partition")
    far = b"\xfe\xff\xff"
    row = b"\x80" + far + b"\x83" + far + _START.to_bytes(4, "little")
    row += (partition.stat().st_size // _SECTOR).to_bytes(4, "little")
    code = (root / "usr/lib/grub/i386-pc/boot.img").read_bytes()[:_CODE]
    table = code.ljust(_CODE, b"\0") + bytes(6) + row.ljust(64, b"\0") + b"\x55\xaa"
    with disk.open("wb") as stream:
        stream.write(table + core)
    command = ["dd", f"if={partition}", f"of={disk}", f"bs={_SECTOR * _START}", "seek=1"]
    run([*command, "conv=notrunc,sparse"], root)
