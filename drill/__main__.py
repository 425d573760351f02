"""Two real machines in QEMU behind the mock. One is broken, so that it does not come up any more.
It is taken into rescue, with proof, and you repair it. With --repair all is done by itself, and
then a restart from inside is found that only a host key shows.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from drill.shell import door_in, run
from mock_api.machines.images import PACKAGES, ImagesError, are_built, build, missing

ROOT = Path(__file__).resolve().parents[1]
USER = "operator"
KEY = "drill-key-0123456789"
WEB_1 = 1000001
WEB_2 = 1000002
PASSWORDS = {"web-1": "drill-web-1", "web-2": "drill-web-2"}
UP_S = 180.0
"""How long machines may take to come up, on a computer with much else to do."""

BREAK = """
echo '/dev/vdb /data ext4 defaults 0 2' >> /etc/fstab
sync
dd if=/dev/zero of=/dev/vda bs=1024 seek=1 count=1 conv=notrunc,fsync 2>/dev/null
echo b > /proc/sysrq-trigger
"""
"""A disk that was taken away and is still in fstab, and a superblock that is gone."""


class DrillError(Exception):
    """The drill cannot go on: one sentence."""


class Drill:
    """One exercise in a folder of its own, which is there to be looked at afterwards."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ: dict[str, str] = {}
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """A heading, with the seconds since the beginning."""
        print(f"\n=== {time.monotonic() - self._began:5.1f} s  {text}", flush=True)

    def declare(self, **boots: str) -> None:
        """Write the fleet file."""
        numbers = {"web_1": WEB_1, "web_2": WEB_2}
        rows = [
            f"  {name.replace('_', '-')}: {{virtual_guest: {numbers[name]}, boot: {boot}}}\n"
            for name, boot in boots.items()
        ]
        login = "login: {password: stored, unverified: true}"
        head = f"defaults: {{reason: drill, ssh: {{port: 2222, proof: required, {login}}}}}\n"
        head += "devices:\n"
        (self.folder / "fleet.yaml").write_text(head + "".join(rows))

    def command(self, *words: str, expects: int | None = 0, is_shown: bool = True) -> str:
        """Run one of our commands. Raises DrillError where it ends otherwise."""
        if is_shown:
            print(f"$ classic-rescue {' '.join(words)}", flush=True)
        done = subprocess.run(
            [sys.executable, "-m", "classic_rescue.cli", *words],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=None if is_shown else subprocess.PIPE,
            text=True,
            check=False,
        )
        if is_shown:
            print(done.stdout, end="", flush=True)
        if expects is not None and done.returncode != expects:
            raise DrillError(
                f"`classic-rescue {' '.join(words)}` ended with {done.returncode}, not {expects}"
            )
        return done.stdout

    def status(self, name: str) -> dict[str, object]:
        """What `status` says of a device, for programs."""
        told = json.loads(self.command("status", name, "--json", expects=None, is_shown=False))
        row: dict[str, object] = told["devices"][0]
        return row

    def wait(self, what: str, is_there: Callable[[], bool]) -> None:
        """Until it is so. Raises DrillError."""
        give_up = time.monotonic() + UP_S
        while not is_there():
            if time.monotonic() > give_up:
                raise DrillError(f"{what}: not within {UP_S:.0f} s; see {self.folder}")
            time.sleep(1)

    def heard(self, name: str) -> str:
        """What answers at a machine's SSH port."""
        testimony = self.status(name)["testimony"]
        return str(testimony["heard"]) if isinstance(testimony, dict) else "nothing"

    def wait_for_systems(self, *names: str) -> None:
        """Until the operating systems of these answer with their keys. Raises DrillError."""
        for name in names:
            self.wait(f"{name} comes up", partial(self._runs_system, name))

    def _runs_system(self, name: str) -> bool:
        return self.heard(name) == "os_key"

    def inside(self, name: str, commands: str) -> tuple[int | None, str]:
        """Run commands in a machine, logged in as `access` says."""
        access = self.command("access", name, "--json", is_shown=False)
        door = door_in(access, PASSWORDS[name])
        door = replace(door, known_hosts=str(self.folder / door.known_hosts))
        code, said = run(door, commands)
        for line in said.splitlines():
            print(f"{name}# {line}", flush=True)
        return code, said


def prepare(folder: Path, drill: Drill) -> None:
    """Packages, images, and a project in the folder. Raises DrillError, ImagesError."""
    if missing():
        command = ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES.split()]
        if os.geteuid() == 0:
            drill.say(f"installing packages: {' '.join(command)}")
            subprocess.run(["apt-get", "update", "-q"], stdout=subprocess.DEVNULL, check=False)
            subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        if missing():
            raise DrillError(
                f"{', '.join(missing())}: not on this machine. On Debian: sudo {' '.join(command)}"
            )
    if not are_built(folder / "images"):
        drill.say("building the images, once")
        build(folder / "images", lambda text: print(text, flush=True))
    for old in ("devices", ".classic-rescue", "cdktf.out"):
        shutil.rmtree(folder / old, ignore_errors=True)
    for state in folder.glob("*.tfstate*"):
        state.unlink()
    for needed in ("cdktf.json", "main.py", "constructs"):
        (folder / needed).unlink(missing_ok=True)
        (folder / needed).symlink_to(ROOT / needed)


@contextmanager
def mock(folder: Path) -> Iterator[dict[str, str]]:
    """The mock with its machines, and the environment of an operator who works with it."""
    command = [sys.executable, "-m", "mock_api", "--world", str(ROOT / "drill/world.yaml")]
    command += ["--machines", str(folder), "--master-user", f"{USER}:{KEY}"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        if not first:
            raise DrillError("the mock did not start")
        yield {
            **os.environ,
            "SL_USERNAME": USER,
            "SL_API_KEY": KEY,
            "CLASSIC_RESCUE_ENDPOINT": json.loads(first)["rest"],
            "CLASSIC_RESCUE_LOCKS": str(folder / ".classic-rescue/locks"),
            "MOCK_CONSOLE": json.loads(first)["console"],
        }
    finally:
        process.terminate()
        process.wait(30)


def exercise(drill: Drill, *, repairs: bool) -> None:
    """From two machines that run to two machines that run. Raises DrillError."""
    drill.declare(web_1="os", web_2="os")
    drill.say("two machines start; the first look at each records its host key")
    drill.wait_for_systems("web-1", "web-2")
    drill.command("host-keys")

    drill.say("web-1 is broken from inside, and restarts: it does not come up any more")
    drill.inside("web-1", BREAK)
    drill.wait("web-1 is gone", lambda: drill.heard("web-1") != "os_key")

    drill.say("a reviewed line takes it into rescue; success is what the machine shows")
    drill.declare(web_1="rescue", web_2="os")
    drill.command("deploy", "--yes")
    drill.command("access", "web-1")
    if not repairs:
        _hand_over(drill)
        return

    drill.say("it is repaired in rescue, over a connection to the very key that was heard")
    drill.command("run", "web-1", "fsck")
    drill.command("run", "web-1", "fstab-check")

    drill.say("back to its operating system, which must answer with its own key")
    drill.declare(web_1="os", web_2="os")
    drill.command("deploy", "--yes")

    drill.say("web-2 goes into rescue, and restarts from inside: the service has no trace of that")
    drill.declare(web_1="os", web_2="rescue")
    drill.command("deploy", "--yes")
    drill.inside("web-2", "echo b > /proc/sysrq-trigger")
    drill.wait_for_systems("web-2")
    said = drill.command("status", "web-2", expects=2)
    if "the service has no trace of that" not in " ".join(said.split()):
        raise DrillError("the restart from inside was not found")
    drill.say("the same from a test of your own: the fixture real_device")
    check_fixture(drill)
    drill.say("all as it should be")


def check_fixture(drill: Drill) -> None:
    """Raises DrillError where the fixture for other people's tests does not work."""
    # As in another project: without the settings and plugins of this one.
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", str(ROOT)]
    command += ["-p", "no:cacheprovider", "-p", "mock_api.pytest_plugin"]
    command += ["-o", f"mock_api_machines={drill.folder}", "drill/test_real_device.py"]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise DrillError("the test with the fixture real_device failed")


def _hand_over(drill: Drill) -> None:
    names = ("SL_USERNAME", "SL_API_KEY", "CLASSIC_RESCUE_ENDPOINT", "CLASSIC_RESCUE_LOCKS")
    drill.say("now it is your turn; its password is drill-web-1. In another terminal:")
    print(f"cd {drill.folder}")
    for name in names:
        print(f"export {name}={drill.environ[name]}")
    print(f"export PATH={Path(sys.executable).parent}:$PATH")
    print(
        "Find out why it does not come up, repair it, write `boot: os` into fleet.yaml, deploy.\n"
        f"The mock's console is at {drill.environ['MOCK_CONSOLE']}\nCtrl-C here switches all off."
    )
    sys.stdout.flush()
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        drill.say("all off")


def main(arguments: Sequence[str]) -> int:
    """Returns the exit code: 0 all as it should be, 1 not, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="make drill", description=__doc__)
    parser.add_argument("--repair", action="store_true", help="do all of it; 0 if it went well")
    parser.add_argument(
        "--folder",
        type=Path,
        default=ROOT / ".classic-rescue/drill",
        help="where images, disks and the fleet file are (default: %(default)s)",
    )
    options = parser.parse_args(arguments)
    folder = options.folder.absolute()
    drill = Drill(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        prepare(folder, drill)
        with mock(folder) as environ:
            drill.environ = environ
            exercise(drill, repairs=options.repair)
    except (DrillError, ImagesError, OSError) as problem:
        print(f"drill: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
