"""What happens in the drill, scene by scene."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from drill.exercise import Drill, DrillError

ROOT = Path(__file__).resolve().parents[1]

BREAK_WEB = """
echo '/dev/vdb /data ext4 defaults 0 2' >> /etc/fstab
sync
dd if=/dev/zero of=/dev/vda bs=1024 seek=1 count=1 conv=notrunc,fsync 2>/dev/null
echo b > /proc/sysrq-trigger
"""
"""A disk that was taken away and is still in fstab, and a superblock that is gone."""

BREAK_DB = """
echo '/dev/system/old /old ext4 defaults 0 2' >> /etc/fstab
echo 'of before' > /data/file
sync
i=0; while [ $i -lt 200 ]; do echo $i > /data/new-$i; i=$((i + 1)); done
dd if=/dev/zero of=/data/more bs=1024 count=1 conv=fsync 2>/dev/null
dd if=/dev/zero of=/dev/mapper/system-root bs=1024 seek=1 count=1 conv=notrunc,fsync 2>/dev/null
echo b > /proc/sysrq-trigger
"""
"""A volume that is no more, a journal of xfs that has not been written to its place, and the
superblock of the root file system.
"""


def exercise(drill: Drill, *, repairs: bool, with_debian: bool) -> None:
    """From machines that run to machines that run. Raises DrillError."""
    drill.declare(web_1="os", web_2="os", db_1="os")
    if with_debian:
        drill.declare(deb_1="os")
    drill.say("the machines start; the first look at each records its host key")
    drill.wait_for_systems(*drill.declared)
    drill.command("host-keys")

    drill.say("web-1 and db-1 are broken from inside, and restart: they do not come up any more")
    drill.inside("web-1", BREAK_WEB)
    drill.inside("db-1", BREAK_DB)
    drill.wait("web-1 is gone", lambda: drill.heard("web-1") != "os_key")
    drill.wait("db-1 is gone", lambda: drill.heard("db-1") != "os_key")

    drill.say("a reviewed line takes them into rescue; success is what the machines show")
    drill.declare(web_1="rescue", db_1="rescue")
    if repairs:
        drill.declare(web_2="rescue")
    drill.deploy()
    drill.command("access", "web-1")
    if not repairs:
        _hand_over(drill)
        return
    if with_debian:
        whole_debian(drill)
    stale(drill)
    drill.say(
        "back to their operating systems, which must answer with their own keys: db-1 at once,"
    )
    drill.say("web-1 after a last script that the fleet file declares, and that the deploy runs")
    drill.declare(web_1="rescue, repair: {script: collect, then: leave}", db_1="os")
    drill.deploy(expects=5)
    drill.tells("ended with exit code 0", "history", "web-1", expects=0)
    drill.expect("db-1", "df -P -m / | awk 'END { print ($2 > 60) }'", "1")
    drill.expect("db-1", "cat /data/file", "of before")
    restart_inside(drill)
    drill.say("all as it should be")


def stale(drill: Drill) -> None:
    """A rescue system of before is not taken for a new one. Raises DrillError."""
    drill.say("web-2: a reboot that the service accepts and forgets; its rescue system runs on")
    drill.fault("rebootDefault", "no_transaction")
    drill.at_the_portal("web-2", "rebootDefault")
    drill.say("web-2: a new rescue, which is done, says the service; nothing has restarted")
    drill.fault("executeRescueLayer", "untrue_transaction")
    # Beside the repair, since it waits for a sign of the reboot, and then for another key.
    with drill.begin("deploy", "--reconcile", "--yes") as deploy:
        repair(drill)
        drill.say("the same from a test of your own: the fixture real_device")
        check_fixture(drill)
        drill.say("what came of the new rescue of web-2: it is not proven")
        drill.finish(deploy, "before the request: a rescue system of before", expects=5)


def repair(drill: Drill) -> None:
    """By the scripts that ship. Raises DrillError."""
    drill.say("web-1 and db-1 are repaired, over connections to the very keys that were heard")
    for name in ("web-1", "db-1"):
        drill.command("run", name, "fsck")
        drill.tells("1 lines commented out", "run", name, "fstab-check", expects=0)
    drill.say("the volumes of db-1 are mounted, and its root grows into the rest of its group")
    drill.command("run", "db-1", "mount")
    drill.expect("db-1", "cat /mnt/system/data/file", "of before")
    drill.expect("db-1", "umount /mnt/system/data /mnt/system && echo unmounted", "unmounted")
    drill.command("run", "db-1", "grow-root")
    drill.command("run", "db-1", "collect")


def restart_inside(drill: Drill) -> None:
    """Only the machine itself shows it. Raises DrillError."""
    drill.say("web-2 restarts from inside: the service has no trace of that")
    drill.inside("web-2", "echo b > /proc/sysrq-trigger")
    drill.wait_for_systems("web-2")
    drill.tells("the service has no trace of that", "status", "web-2", expects=2)


def whole_debian(drill: Drill) -> None:
    """The proof with OpenSSH's server. Raises DrillError."""
    drill.say("deb-1, a whole Debian with OpenSSH, goes into rescue and comes back")
    drill.expect("deb-1", "systemctl is-active ssh", "active")
    drill.declare(deb_1="rescue")
    drill.deploy()
    drill.command("run", "deb-1", "fsck")
    drill.declare(deb_1="os")
    drill.deploy()


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
    drill.say(
        "now it is your turn; the passwords are drill-web-1 and drill-db-1. In another terminal:"
    )
    print(f"cd {drill.folder}")
    for name in names:
        print(f"export {name}={drill.environ[name]}")
    print(f"export PATH={Path(sys.executable).parent}:$PATH")
    print(
        "Find out why they do not come up, repair them, write `boot: os` into fleet.yaml, deploy.\n"
        f"The mock's console is at {drill.environ['MOCK_CONSOLE']}\nCtrl-C here switches all off."
    )
    sys.stdout.flush()
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        drill.say("all off")
