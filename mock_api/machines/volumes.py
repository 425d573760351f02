"""A disk with volumes: its system's root on LVM, and data on an md array with xfs. Only a kernel
can make that, so that a machine does it, once.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

from mock_api.machines.programs import ImagesError, program, unpack

PACKAGES = ("lvm2", "mdadm", "xfsprogs")
MODULES = ("dm_mod", "md_mod", "raid1", "xfs")
PROGRAMS = ("lvm", "mdadm", "xfs_repair")
MAKERS = ("mke2fs", "mkfs.xfs")
LVM = ("pvcreate", "vgcreate", "lvcreate", "lvextend", "vgchange", "vgs", "lvs", "pvs")
"""Names of the one program."""

PARTITIONS_MB = ((0x8E, 96), (0xFD, 40), (0xFD, 40), (0x82, 2))
"""Types and sizes: LVM's, the two halves of the array, and swap."""

LONGEST_S = 180
MADE = "the disk is made"
"""What `guest/install.sh` says at its end."""

_SECTORS_A_MB = 2048
_NAME = struct.pack("<IH", 0xC1A551C0, 0)
_FAR = b"\xfe\xff\xff"
"""In place of cylinder, head and sector, which nobody reads any more."""


def add_programs(root: Path, work: Path) -> None:
    """Into an empty root file system. Raises CalledProcessError, OSError."""
    unpacked = unpack(PACKAGES, work)
    for name in (*PROGRAMS, *MAKERS):
        unpacked.copy(name, root)
    (place,) = root.glob("**/lvm")
    for name in LVM:
        (place.parent / name).symlink_to("lvm")


def partitioned(disk: Path) -> None:
    """An empty disk with its partition table, in the format of a PC's BIOS."""
    start = _SECTORS_A_MB
    rows = b""
    for kind, size_mb in PARTITIONS_MB:
        size = size_mb * _SECTORS_A_MB
        rows += b"\0" + _FAR + bytes([kind]) + _FAR + struct.pack("<II", start, size)
        start += size
    with disk.open("wb") as stream:
        stream.write(bytes(440) + _NAME + rows.ljust(64, b"\0") + b"\x55\xaa")
        stream.truncate(start * 512)


def install(disk: Path, *, kernel: Path, initrd: Path, system: Path) -> None:
    """Let a machine put the small system onto it. Raises ImagesError, CalledProcessError,
    OSError.
    """
    drives = ["-drive", f"file={disk},format=raw,if=virtio,cache=unsafe"]
    drives += ["-drive", f"file={system},format=raw,if=virtio,readonly=on"]
    command = [program("qemu-system-x86_64"), "-machine", "q35", "-accel", "tcg", "-m", "192"]
    command += ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"]
    command += ["-serial", "stdio", *drives, "-kernel", str(kernel), "-initrd", str(initrd)]
    command += ["-append", "console=ttyS0 quiet panic=-1"]
    try:
        done = subprocess.run(  # noqa: S603 QEMU, with paths of ours
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LONGEST_S,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise ImagesError(f"the disk with volumes: not made within {LONGEST_S} s") from None
    said = done.stdout.decode(errors="replace")
    if MADE not in said:
        raise ImagesError(f"the disk with volumes cannot be made: {said.strip()[-300:]}")


def added(initrd: Path, more: Path, target: Path) -> None:
    """One initramfs after another in one file: the kernel unpacks both."""
    with target.open("wb") as stream:
        for one in (initrd, more):
            with one.open("rb") as part:
                shutil.copyfileobj(part, stream)
