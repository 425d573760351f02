"""Real machines behind devices: what is wanted of them, who tells whom, and how QEMU is driven."""

from __future__ import annotations

import json
import stat
import struct
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from drill.figures import Proof, table
from mock_api.command_line import main
from mock_api.domain.facts import GuestFacts, Machine, Qemu
from mock_api.domain.states import Boot, Outcome, Power
from mock_api.domain.transitions import DeviceState, Pending
from mock_api.harness import MockApi
from mock_api.machines import debian, programs, usage, volumes
from mock_api.machines.__main__ import main as build_images
from mock_api.machines.follower import Follower
from mock_api.machines.protocol import OFF, Ended, MachineError, Wanted, wanted
from mock_api.machines.qemu import DISKS, QemuMachines
from mock_api.machines.usage import Row

WEB = 1000001
GUEST = "SoftLayer_Virtual_Guest"
WORLD = {
    "account": {"id": 307608},
    "guests": [
        {"id": WEB, "hostname": "web-1", "public_ip": "127.0.0.11", "machine": {}},
        {"id": WEB + 1, "hostname": "web-2"},
    ],
}


@pytest.mark.parametrize(
    ("state", "found"),
    [
        (DeviceState(), Wanted(Power.RUNNING, Boot.OS, None)),
        (
            DeviceState(boot=Boot.RESCUE, booted_s=7.0),
            Wanted(Power.RUNNING, Boot.RESCUE, 7.0),
        ),
        (DeviceState(power=Power.HALTED), OFF),
        (DeviceState(power=Power.PAUSED, booted_s=7.0), Wanted(Power.PAUSED, Boot.OS, 7.0)),
        (DeviceState(pending=Pending("guest_rescue", 9.0, transaction_id=1)), OFF),
        (
            DeviceState(pending=Pending("guest_rescue", 9.0, Outcome.FAIL, transaction_id=1)),
            Wanted(Power.RUNNING, Boot.OS, None),
        ),
        (
            DeviceState(pending=Pending("guest_rescue", 9.0, Outcome.UNTRUE, transaction_id=1)),
            Wanted(Power.RUNNING, Boot.OS, None),
        ),
        (
            DeviceState(pending=Pending("hardware_toggle_ipmi", 9.0)),
            Wanted(Power.RUNNING, Boot.OS, None),
        ),
    ],
)
def test_what_a_state_wants(state: DeviceState, found: Wanted) -> None:
    """While a boot is under way the machine is down; a move that fails leaves it alone."""
    assert wanted(state) == found


class Played:
    """Machines that only write down what they are told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.own: list[tuple[int, Ended]] = []
        self.problem = ""
        self.folder = Path("nowhere")

    def boot(self, device: int, what: Boot) -> None:
        """As a driver."""
        self.told.append(f"boot {what}")
        if self.problem:
            raise MachineError(self.problem)

    def off(self, device: int) -> None:
        """As a driver."""
        self.told.append("off")

    def pause(self, device: int) -> None:
        """As a driver."""
        self.told.append("pause")

    def resume(self, device: int) -> None:
        """As a driver."""
        self.told.append("resume")

    def ended(self) -> list[tuple[int, Ended]]:
        """As a driver."""
        own = self.own
        self.own = []
        return own

    def console(self, device: int) -> Path:
        """As a driver."""
        return self.folder / str(device) / "console"

    def close(self) -> None:
        """As a driver."""
        self.told.append("close")


class Scene:
    """A mock, machines, and who keeps them together."""

    def __init__(self, api: MockApi) -> None:
        self.api = api
        self.machines = Played()
        self.said: list[str] = []
        self.follower = Follower(api.stage, self.machines, self.said.append)

    def look(self) -> list[str]:
        """What a look tells the machines."""
        self.machines.told.clear()
        self.follower.look()
        return list(self.machines.told)

    def does(self, method: str, *arguments: object) -> list[str]:
        """A call at the API, and what it means for the machine until nothing is under way."""
        self.api.call(GUEST, method, WEB, *arguments)
        told = self.look()
        self.api.run_until_stable()
        return [*told, *self.look()]

    def ends(self, how: Ended) -> list[str]:
        """A machine ends by itself, and what follows."""
        self.machines.own.append((WEB, how))
        told = self.look()
        self.api.run_until_stable()
        return [*told, *self.look()]


@pytest.fixture
def scene() -> Scene:
    """One device with a machine, which runs."""
    found = Scene(MockApi(world=WORLD))
    assert found.look() == ["boot os"]
    return found


def test_machines_follow_the_api(scene: Scene) -> None:
    """Each call that boots something is one boot; a look at rest tells nothing."""
    assert scene.look() == []
    assert scene.does("executeRescueLayer") == ["off", "boot rescue"]
    assert scene.does("rebootDefault") == ["off", "boot os"]
    assert scene.does("rebootDefault") == ["off", "boot os"]
    assert scene.does("pause") == ["pause"]
    assert scene.does("resume") == ["resume"]
    assert scene.does("powerOff") == ["off"]
    assert scene.does("powerOn") == ["boot os"]
    assert scene.look() == []


def test_the_mock_learns_of_a_restart_from_inside(scene: Scene) -> None:
    """It boots its disk, as a restart from inside does; the API has no trace of it."""
    scene.does("executeRescueLayer")
    events = scene.api.call("SoftLayer_Event_Log", "getAllObjects")
    assert scene.ends(Ended.RESTARTED) == ["boot os"]
    assert scene.api.steer("GET", "devices")[0]["boot"] == "os"
    assert scene.api.call("SoftLayer_Event_Log", "getAllObjects") == events


@pytest.mark.parametrize("how", [Ended.POWERED_OFF, Ended.DIED])
def test_the_mock_learns_of_a_machine_that_went_off(scene: Scene, how: Ended) -> None:
    """And switches it on again when it is told to."""
    assert scene.ends(how) == []
    assert scene.api.steer("GET", "devices")[0]["power"] == "HALTED"
    assert scene.does("powerOn") == ["boot os"]


def test_what_a_machine_does_during_a_move_changes_nothing(scene: Scene) -> None:
    """The move takes it down and up anyway."""
    scene.api.call(GUEST, "executeRescueLayer", WEB)
    assert scene.look() == ["off"]
    assert scene.ends(Ended.RESTARTED) == ["boot rescue"]


def test_a_machine_that_cannot_start_is_told_once(scene: Scene) -> None:
    """Not ten times a second; the next boot tries again."""
    scene.machines.problem = "its port is taken"
    scene.does("rebootDefault")
    scene.look()
    assert scene.said == [f"device {WEB}: its port is taken"]


def test_machines_end_with_the_mock(scene: Scene) -> None:
    """None is left running."""
    is_over = threading.Event()
    is_over.set()
    assert scene.follower.has_running
    scene.follower.run(is_over)
    assert scene.machines.told[-1] == "close"


FAKE_QEMU = """#!{python}
import json, os, signal, socket, sys, time
words = sys.argv[1:]
place = os.environ["FAKE_QEMU"]
with open(place + "/argv", "w") as file:
    json.dump(words, file)
if os.path.exists(place + "/refuse"):
    sys.exit(open(place + "/refuse").read())
path = next(word for word in words if word.startswith("unix:")).removeprefix("unix:").split(",")[0]
server = socket.socket(socket.AF_UNIX)
server.bind(path)
server.listen()
peer, _ = server.accept()
peer.sendall(b'{{"QMP": {{}}}}\\n')
stream = peer.makefile()
while True:
    command = json.loads(stream.readline())["execute"]
    with open(place + "/commands", "a") as file:
        file.write(command + "\\n")
    peer.sendall(b'{{"return": {{}}}}\\n')
    if os.path.exists(place + "/reason"):
        reason = open(place + "/reason").read()
        if reason != "crash":
            said = {{"event": "SHUTDOWN", "data": {{"guest": True, "reason": reason}}}}
            peer.sendall(json.dumps(said).encode() + b"\\n")
        sys.exit(0)
"""


class Bench:
    """The driver with a program in QEMU's place."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, qemu: Qemu | None = None
    ) -> None:
        self.folder = folder
        programs = folder / "bin"
        programs.mkdir()
        fake = programs / "qemu-system-x86_64"
        fake.write_text(FAKE_QEMU.format(python=sys.executable))
        fake.chmod(0o755)
        monkeypatch.setenv("FAKE_QEMU", str(folder))
        monkeypatch.setattr("mock_api.machines.qemu.QEMU", str(fake))
        (folder / "images").mkdir()
        for disk in DISKS.values():
            (folder / "images" / disk.image).write_text("a disk")
        self.now_s = 1_000.0
        facts = GuestFacts(
            id=WEB,
            hostname="web-1",
            domain="example.com",
            datacenter="dal13",
            private_ip="10.0.0.1",
            public_ip="127.0.0.11",
            password="a-secret-of-web-1",
            machine=Machine(qemu or Qemu()),
        )
        self.place = folder / "devices" / str(WEB)
        self.machines = QemuMachines(
            {WEB: facts}, folder / "images", folder / "devices", clock=lambda: self.now_s
        )

    @property
    def argv(self) -> list[str]:
        """How QEMU was started."""
        words: list[str] = json.loads((self.folder / "argv").read_text())
        return words

    def until_ended(self, machines: QemuMachines) -> list[tuple[int, Ended]]:
        """What ended, once something has."""
        while not (found := list(machines.ended())):
            machines._running[WEB].process.wait(60)
        return found


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A driver that ends with the test."""
    found = Bench(tmp_path, monkeypatch)
    yield found
    found.machines.close()


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (Boot.OS, "boot.cpio.gz"),
        (Boot.RESCUE, "rescue.cpio.gz"),
        (Boot.IMAGE, "rescue.iso"),
    ],
)
def test_what_is_booted(bench: Bench, what: Boot, words: str) -> None:
    """Kernel and initramfs, or the ISO; only its SSH port is reached, at this computer alone."""
    bench.machines.boot(WEB, what)
    shown = " ".join(bench.argv)
    assert words in shown
    assert "restrict=on,hostfwd=tcp:127.0.0.11:2222-:22" in shown
    assert "a-secret-of-web-1" not in shown
    secret = bench.place / "password"
    assert secret.read_text() == "a-secret-of-web-1"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert (bench.place / "disk").read_text() == "a disk"


@pytest.mark.parametrize(
    ("disk", "what", "words"),
    [
        ("volumes", Boot.OS, "boot-volumes.cpio.gz"),
        ("volumes", Boot.RESCUE, "rescue-volumes.cpio.gz"),
        ("debian", Boot.RESCUE, "rescue.cpio.gz"),
        ("debian", Boot.OS, ""),
    ],
)
def test_another_disk_boots_by_other_means(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    disk: Literal["volumes", "debian"],
    what: Boot,
    words: str,
) -> None:
    """A disk with GRUB boots by itself, without a kernel of ours."""
    bench = Bench(tmp_path, monkeypatch, Qemu(disk=disk))
    bench.machines.boot(WEB, what)
    shown = " ".join(bench.argv)
    bench.machines.close()
    assert words in shown
    assert ("-kernel" in shown) is bool(words)


def test_each_boot_is_noted(bench: Bench) -> None:
    """When it was asked for, when it began, and what QEMU has used."""
    bench.machines.boot(WEB, Boot.OS)
    bench.now_s = 1_010.0
    bench.machines.off(WEB)
    bench.now_s = 1_013.0
    bench.machines.boot(WEB, Boot.RESCUE)
    bench.machines.close()
    first, second = usage.read(bench.place)
    assert (first.what, first.asked_s, first.began_s) == ("os", 1_000.0, 1_000.0)
    assert (second.what, second.asked_s, second.began_s) == ("rescue", 1_010.0, 1_013.0)
    assert min(first.peak_mb, second.peak_mb) > 0


def test_the_figures_of_a_drill() -> None:
    """From the request to the service's word, and to the proof; what a machine takes."""
    boots = {
        "web-1": [
            Row("os", 100.0, 100.0, cpu_s=4.0, peak_mb=210.0),
            Row("rescue", 200.0, 203.2, cpu_s=5.5, peak_mb=230.0),
        ]
    }
    shown = table(boots, [Proof("web-1", "rescue", 207.0), Proof("web-1", "image", 300.0)])
    rows = [line.split() for line in shown.splitlines()]
    assert ["web-1", "rescue", "3.2", "7"] in rows
    assert ["web-1", "2", "9.5", "230"] in rows
    assert not [row for row in rows if "image" in row]


def test_a_disk_with_volumes_has_its_partitions(tmp_path: Path) -> None:
    """One after another, up to its end."""
    disk = tmp_path / "disk"
    volumes.partitioned(disk)
    table = disk.read_bytes()[446:512]
    end = 2048
    for place, (kind, size_mb) in enumerate(volumes.PARTITIONS_MB):
        row = table[place * 16 : place * 16 + 16]
        assert (row[4], *struct.unpack("<II", row[8:])) == (kind, end, size_mb * 2048)
        end += size_mb * 2048
    assert disk.stat().st_size == end * 512
    assert table[64:] == b"\x55\xaa"


def test_debian_is_made_by_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And what is missing is one sentence."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(programs.ImagesError, match="made by root only"):
        debian.build(tmp_path, print)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(programs, "PATH", str(tmp_path))
    with pytest.raises(programs.ImagesError, match="apt-get install -y mmdebstrap"):
        debian.build(tmp_path, print)


def test_a_disk_is_kept_from_boot_to_boot(bench: Bench) -> None:
    """Only the first one is a copy of the image."""
    bench.machines.boot(WEB, Boot.OS)
    (bench.place / "disk").write_text("changed inside")
    bench.machines.boot(WEB, Boot.OS)
    assert (bench.place / "disk").read_text() == "changed inside"


@pytest.mark.parametrize(
    ("reason", "how"),
    [
        ("guest-reset", Ended.RESTARTED),
        ("guest-shutdown", Ended.POWERED_OFF),
        ("crash", Ended.DIED),
    ],
)
def test_how_a_machine_ended_is_told_apart(bench: Bench, reason: str, how: Ended) -> None:
    """By QEMU's own words; without any it has died."""
    bench.machines.boot(WEB, Boot.OS)
    assert list(bench.machines.ended()) == []
    (bench.folder / "reason.new").write_text(reason)
    (bench.folder / "reason.new").rename(bench.folder / "reason")  # never seen half written
    bench.machines.pause(WEB)
    assert bench.until_ended(bench.machines) == [(WEB, how)]
    assert list(bench.machines.ended()) == []


def test_a_machine_that_is_switched_off_has_not_ended_by_itself(bench: Bench) -> None:
    """Nor one that is killed and booted again."""
    bench.machines.boot(WEB, Boot.OS)
    bench.machines.boot(WEB, Boot.RESCUE)
    bench.machines.off(WEB)
    bench.machines.off(WEB)
    assert list(bench.machines.ended()) == []


def test_why_a_machine_does_not_start_is_said(bench: Bench) -> None:
    """In QEMU's words, and what is usually behind a port that is taken."""
    (bench.folder / "refuse").write_text("Could not set up host forwarding rule 'tcp::22'")
    with pytest.raises(MachineError, match="another process has this port"):
        bench.machines.boot(WEB, Boot.OS)
    (bench.folder / "refuse").write_text("no such machine")
    with pytest.raises(MachineError, match="no such machine"):
        bench.machines.boot(WEB, Boot.OS)
    (bench.folder / "images/system.ext4").unlink()
    (bench.place / "disk").unlink()
    with pytest.raises(MachineError, match="cannot be started"):
        bench.machines.boot(WEB, Boot.OS)


def test_a_world_with_machines_needs_their_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the images in it: each is said with the command that helps."""
    world = tmp_path / "world.json"
    world.write_text(json.dumps(WORLD))
    assert main(["--world", str(world)]) == 2
    assert "give their folder as --machines FOLDER" in capsys.readouterr().err
    assert main(["--world", str(world), "--machines", str(tmp_path / "none")]) == 2
    assert f"python -m mock_api.machines {tmp_path / 'none'}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"public_ip": "198.51.100.1"}, "an address of this computer"),
        ({"public_ip": None}, "an address of this computer"),
        ({"machine": {"qemu": {"memory_mb": 64}}}, "must be 96 to"),
        ({"machine": {"qemu": {"ssh_port": 0}}}, "must be 1 to 65535"),
        ({"machine": {"qemu": {"memory": 64}}}, "not known"),
        ({"machine": {"xen": {}}}, "not known"),
    ],
)
def test_a_machine_that_cannot_be_is_a_mistake_of_the_world(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any], words: str
) -> None:
    """With its line and field."""
    world = tmp_path / "world.json"
    device = {**WORLD["guests"][0], **change}  # type: ignore[index] # the literal above
    world.write_text(json.dumps({**WORLD, "guests": [device]}, indent=1))
    assert main(["--world", str(world), "--check"]) == 2
    assert words in capsys.readouterr().err


def test_what_is_missing_for_images_is_one_line_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing is left of a building that could not begin."""
    monkeypatch.setattr(programs, "PATH", str(tmp_path))
    assert build_images([str(tmp_path / "machines")]) == 1
    said = capsys.readouterr().err
    assert "qemu-system-x86_64" in said
    assert "sudo apt-get install -y --no-install-recommends qemu-system-x86" in said
    assert not (tmp_path / "machines/images").exists()
    assert build_images([]) == 2
