"""The images that machines boot: built from packages of the Debian that this runs on, without root.

Kernel and programs are the distribution's own; what ties them together is in `guest/`.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from mock_api.domain.locking import fcntl
from mock_api.machines import programs, volumes
from mock_api.machines.programs import ImagesError, fed, run, why_not, with_libraries

PACKAGES = "qemu-system-x86 busybox-static dropbear-bin e2fsprogs cpio xorriso isolinux"
PACKAGES += " syslinux-common lz4"
KERNEL = "linux-image-cloud-amd64"
MODULES = (
    "virtio_pci", "virtio_blk", "virtio_net", "qemu_fw_cfg", "ext4", "isofs", "ata_piix", "ahci",
    "sr_mod",
)  # fmt: skip
PROGRAMS = (
    "/usr/sbin/dropbear", "/usr/bin/dropbearkey", "/sbin/e2fsck", "/sbin/blkid", "/sbin/resize2fs",
)  # fmt: skip
BUSYBOX = "/bin/busybox"
NEEDED = (
    "qemu-system-x86_64", "setpriv", "dpkg-deb", "apt-get", "apt-cache", "mke2fs", "cpio", "lz4",
    "xorriso",
)  # fmt: skip
ISOLINUX = ("/usr/lib/ISOLINUX/isolinux.bin", "/usr/lib/syslinux/modules/bios/ldlinux.c32")
DISK_MB = 64
GUEST = Path(__file__).with_name("guest")
_LZ4_LEGACY = b"\x02\x21\x4c\x18"
_PARTS = (
    "vmlinux", "vmlinuz", "boot.cpio.gz", "rescue.cpio.gz", "system.ext4", "rescue.iso",
    "boot-volumes.cpio.gz", "rescue-volumes.cpio.gz", "volumes.disk",
)  # fmt: skip


def missing() -> list[str]:
    """What this machine lacks."""
    files = (BUSYBOX, *PROGRAMS, *ISOLINUX)
    return [
        *(name for name in NEEDED if not shutil.which(name, path=programs.PATH)),
        *(path for path in files if not os.path.exists(path)),
    ]


def check_packages() -> None:
    """Raises ImagesError with the one line that installs what is missing."""
    if lacking := missing():
        raise ImagesError(
            f"{', '.join(lacking)}: not on this machine; on Debian: sudo apt-get install -y"
            f" --no-install-recommends {PACKAGES}"
        )


def are_built(folder: Path) -> bool:
    """Whether a folder has all of them."""
    return all((folder / name).is_file() for name in _PARTS)


def build(folder: Path, tell: Callable[[str], None]) -> None:
    """Build all of them in a folder, which is there afterwards whole or not at all. `tell` gets a
    line a step. Raises ImagesError.
    """
    check_packages()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{folder}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not are_built(folder):  # by somebody else meanwhile
            _build(folder, tell)


def _build(folder: Path, tell: Callable[[str], None]) -> None:
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _Builder(work, tell).build()
        shutil.rmtree(folder, ignore_errors=True)
        (work / "images").rename(folder)
    except (OSError, subprocess.CalledProcessError) as problem:
        raise ImagesError(why_not(problem)) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)


class _Builder:
    """One building. `work` is a folder of its own."""

    def __init__(self, work: Path, tell: Callable[[str], None]) -> None:
        self._work = work
        self._out = work / "images"
        self._tell = tell

    def build(self) -> None:
        self._out.mkdir()
        release = self._unpack_kernel()
        modules = self._modules(release, MODULES)
        self._tell("the rescue system, the boot of the disk, the disk and the ISO")
        rescue = self._root("rescue", "classic-rescue drill: rescue system")
        self._pack(rescue, "rescue.sh", modules, "rescue.cpio.gz")
        self._pack(self._root("boot", ""), "boot.sh", modules, "boot.cpio.gz")
        iso = self._root("iso", "classic-rescue drill: system of the image")
        self._pack(iso, "rescue.sh", modules, "iso.cpio.gz")
        self._make_disk()
        self._make_iso()
        self._make_volumes(release, modules)

    def _unpack_kernel(self) -> str:
        """Returns its release."""
        shown = run(["apt-cache", "depends", KERNEL], self._work)
        found = re.search(r"Depends: (linux-image-\S+)", shown)
        if not found:
            raise ImagesError(f"apt-cache does not know {KERNEL}; run: sudo apt-get update")
        self._tell(f"the kernel, {found[1]}, which is only unpacked")
        run(["apt-get", "download", found[1]], self._work)
        (package,) = self._work.glob("linux-image-*.deb")
        run(["dpkg-deb", "-x", str(package), "kernel"], self._work)
        package.unlink()
        (vmlinuz,) = (self._work / "kernel/boot").glob("vmlinuz-*")
        packed = vmlinuz.read_bytes()
        start = packed.find(_LZ4_LEGACY)
        if start < 0:
            raise ImagesError(f"{found[1]} is not packed with lz4, as it was known to be")
        # lz4 says that what follows the kernel is none of its own; the kernel is whole then.
        unpack = ["lz4", "-d", "-q", "-", "-"]
        unpacked = fed(unpack, packed[start:], self._work, may_complain=True)
        if not unpacked.startswith(b"\x7fELF"):
            raise ImagesError(f"{found[1]} cannot be unpacked")
        (self._out / "vmlinux").write_bytes(unpacked)
        shutil.copy(vmlinuz, self._out / "vmlinuz")
        return vmlinuz.name.removeprefix("vmlinuz-")

    def _modules(self, release: str, names: Iterable[str]) -> Sequence[Path]:
        """The kernel's modules of these names, each after those that it needs."""
        root = self._work / "kernel"
        run([BUSYBOX, "depmod", "-b", str(root), release], self._work)
        base = root / "lib/modules" / release
        needs: dict[str, list[str]] = {}
        for line in (base / "modules.dep").read_text().splitlines():
            module, _, needed = line.partition(":")
            needs[module] = needed.split()
        places = {Path(path).name.partition(".")[0].replace("-", "_"): path for path in needs}
        order: list[str] = []

        def add(path: str) -> None:
            for needed in reversed(needs[path]):
                add(needed)
            if path not in order:
                order.append(path)

        for name in names:
            if name in places:  # the others are in the kernel, or it has none such
                add(places[name])
        return [base / path for path in order]

    def _root(self, name: str, issue: str) -> Path:
        """A root file system with the programs in it."""
        root = self._work / name
        for place in ("bin", "sbin", "etc/dropbear", "dev", "proc", "sys", "run", "tmp", "root"):
            (root / place).mkdir(parents=True)
        for place in ("mnt", "system", "usr/bin", "usr/sbin"):
            (root / place).mkdir(parents=True)
        shutil.copy(BUSYBOX, root / "bin/busybox")
        for applet in run([BUSYBOX, "--list"], self._work).split():
            if not (root / "bin" / applet).exists():
                (root / "bin" / applet).symlink_to("busybox")
        for program in PROGRAMS:
            with_libraries(program, root)
        (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
        (root / "etc/group").write_text("root:x:0:\n")
        (root / "etc/shadow").write_text("root:*:19000:0:99999:7:::\n")
        (root / "etc/shells").write_text("/bin/sh\n")
        (root / "etc/issue").write_text(f"{issue}\n")
        return root

    def _pack(self, root: Path, script: str, modules: Iterable[Path], name: str) -> None:
        """The root file system as an initramfs, whose files belong to root."""
        _add_modules(root, modules, "order")
        shutil.copy(GUEST / "start.sh", root / "start.sh")
        shutil.copy(GUEST / script, root / "init")
        (root / "init").chmod(0o755)
        self._archive(root, self._out / name)

    def _archive(self, root: Path, target: Path) -> None:
        names = sorted(str(path.relative_to(root)) for path in root.rglob("*"))
        listed = "".join(f"{one}\n" for one in names).encode()
        archive = fed(["cpio", "-o", "-H", "newc", "-R", "0:0", "--quiet"], listed, root)
        target.write_bytes(gzip.compress(archive, 1))

    def _make_volumes(self, release: str, present: Sequence[Path]) -> None:
        """What a machine with volumes has besides, and its disk."""
        self._tell("a disk with LVM, md and xfs, which a machine makes")
        more = self._work / "more"
        more.mkdir()
        volumes.add_programs(more, self._work)
        modules = self._modules(release, volumes.MODULES)
        _add_modules(more, (one for one in modules if one not in present), "order.volumes")
        packed = self._work / "more.cpio.gz"
        self._archive(more, packed)
        self._pack(self._root("install", ""), "install.sh", present, "install.cpio.gz")
        for name in ("boot", "rescue", "install"):
            initrd = self._out / f"{name}.cpio.gz"
            volumes.added(initrd, packed, self._out / f"{name}-volumes.cpio.gz")
        disk = self._out / "volumes.disk"
        volumes.partitioned(disk)
        volumes.install(
            disk,
            kernel=self._out / "vmlinux",
            initrd=self._out / "install-volumes.cpio.gz",
            system=self._out / "system.ext4",
        )
        for needless in self._out.glob("install*"):
            needless.unlink()

    def _make_disk(self) -> None:
        """The disk that each machine's own is a copy of: one ext4 file system."""
        root = self._root("disk", "classic-rescue drill: operating system")
        shutil.copy(GUEST / "system.sh", root / "sbin/init")
        (root / "sbin/init").chmod(0o755)
        (root / "etc/fstab").write_text("/dev/vda / ext4 defaults 0 1\n")
        disk = self._out / "system.ext4"
        command = ["mke2fs", "-q", "-t", "ext4", "-L", "system", "-d", str(root)]
        run([*command, "-E", "root_owner=0:0", str(disk), f"{DISK_MB}M"], self._work)

    def _make_iso(self) -> None:
        """An ISO that boots by itself, as a rescue medium does."""
        tree = self._work / "tree"
        (tree / "isolinux").mkdir(parents=True)
        for path in ISOLINUX:
            shutil.copy(path, tree / "isolinux")
        shutil.move(self._out / "iso.cpio.gz", tree / "initrd.gz")
        shutil.copy(self._out / "vmlinuz", tree / "vmlinuz")
        (tree / "isolinux/isolinux.cfg").write_text(
            "default drill\nprompt 0\ntimeout 1\nserial 0 115200\nlabel drill\n kernel /vmlinuz\n"
            " append initrd=/initrd.gz console=ttyS0 quiet panic=-1\n"
        )
        catalogue = ["-b", "isolinux/isolinux.bin", "-c", "isolinux/boot.cat", "-no-emul-boot"]
        run(
            ["xorriso", "-as", "mkisofs", "-quiet", "-o", str(self._out / "rescue.iso"), *catalogue,
             "-boot-load-size", "4", "-boot-info-table", "-V", "RESCUE", str(tree)],
            self._work,
        )  # fmt: skip


def _add_modules(root: Path, modules: Iterable[Path], order: str) -> None:
    (root / "modules").mkdir()
    names = [Path(shutil.copy(module, root / "modules")).name for module in modules]
    (root / "modules" / order).write_text("".join(f"{name}\n" for name in names))
