"""From answers to testimonies, and what stays on record of them."""

from __future__ import annotations

import json
import os
import stat
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from classic_rescue.boot.ssh import Protocol, SshAccess
from classic_rescue.boot.testimony import Heard as Said
from classic_rescue.boot.testimony import Testimony
from classic_rescue.witness.keys import Key
from classic_rescue.witness.prober import Heard
from classic_rescue.witness.record import MOST_OTHERS, Device, Known, Record
from classic_rescue.witness.witness import Asked, Witness
from tests.witness.answering import Answering

NOW = datetime.fromisoformat("2026-12-01T06:00:00.250000+00:00")
SYSTEM, RESCUE, STRANGER = (
    Key("ssh-ed25519", blob) for blob in ("AAAAC3Nz", "AAAAC3Ny", "AAAAC3Nx")
)


class Scene:
    """A record in a folder, and devices that answer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.prober = Answering()
        self.record = Record(str(folder))
        self.witness = Witness(self.record, self.prober)
        self.at = NOW
        self.protocol = Protocol.SSH

    def hear(
        self, key: Key | None, *, runs_os: bool, device: int = 1, later_s: float = 60
    ) -> Testimony:
        """What a device says that shows this key now."""
        self.at += timedelta(seconds=later_s)
        self.prober.keys = {f"10.0.0.{device}": key} if key else {}
        (told,) = self.witness.hear([self.asked(device, runs_os=runs_os)])
        return told

    def asked(self, device: int, *, runs_os: bool) -> Asked:
        """A question to a device."""
        return Asked(
            key=f"virtual_guest/{device}",
            name=f"web-{device}",
            host=f"10.0.0.{device}",
            ssh=SshAccess(known_hosts="k" if self.prober.pins else "", protocol=self.protocol),
            names=(),
            runs_os=runs_os,
            at=self.at,
        )


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Nothing on record."""
    return Scene(tmp_path / ".classic-rescue")


def test_a_key_is_recorded_while_the_system_runs(scene: Scene) -> None:
    """And only then: later it is the system's, and another one is not."""
    first = scene.hear(SYSTEM, runs_os=True)
    assert (first.heard, first.is_new, first.key) == (Said.OS_KEY, True, SYSTEM.fingerprint)
    assert first.known == "recorded at 2026-12-01T06:01:00Z"
    again = scene.hear(SYSTEM, runs_os=False)
    assert (again.heard, again.is_new) == (Said.OS_KEY, False)
    assert scene.hear(RESCUE, runs_os=False).heard is Said.OTHER_KEY


def test_a_key_that_is_heard_in_rescue_is_not_the_systems(scene: Scene) -> None:
    """Nor later, where the service says that the system runs: it may be a stale rescue."""
    assert scene.hear(RESCUE, runs_os=False).heard is Said.NEW_KEY
    assert scene.hear(RESCUE, runs_os=True).heard is Said.NEW_KEY
    assert scene.record.read()["virtual_guest/1"].system == {}
    assert scene.hear(SYSTEM, runs_os=True).is_new


def test_a_second_key_never_overwrites_the_first(scene: Scene) -> None:
    """It is shown as another one, however often it answers."""
    scene.hear(SYSTEM, runs_os=True)
    assert [scene.hear(STRANGER, runs_os=True).heard for _ in range(2)] == [Said.OTHER_KEY] * 2
    system = scene.record.read()["virtual_guest/1"].system
    assert [known.key for known in system.values()] == [SYSTEM]


def test_since_when_a_key_answers(scene: Scene) -> None:
    """From the first time after another one; silence in between ends nothing."""
    scene.hear(SYSTEM, runs_os=True)
    rescue = scene.hear(RESCUE, runs_os=False)
    assert rescue.since == scene.at
    since = scene.at
    assert scene.hear(None, runs_os=False).heard is Said.REFUSED
    later = scene.hear(RESCUE, runs_os=False)
    assert (later.since, later.came_back) == (since, False)
    scene.hear(SYSTEM, runs_os=True)
    back = scene.hear(RESCUE, runs_os=False)
    assert (back.since, back.came_back) == (scene.at, True)


def test_one_key_in_the_rescue_image_is_noticed(scene: Scene) -> None:
    """Of devices that showed it while they ran something else than their system."""
    for device in (1, 2, 3):
        scene.hear(Key("ssh-ed25519", f"AAA{device}"), runs_os=True, device=device)
    assert scene.hear(RESCUE, runs_os=False, device=1).shared == []
    assert scene.hear(RESCUE, runs_os=False, device=2).shared == ["web-1"]
    assert scene.hear(RESCUE, runs_os=False, device=3).shared == ["web-1", "web-2"]


def test_a_file_of_known_hosts_outranks_what_was_learnt(scene: Scene) -> None:
    """Its keys are the system's, whatever was recorded; nothing is recorded beside it."""
    scene.hear(STRANGER, runs_os=True)
    scene.prober.pins = {SYSTEM.kind: [SYSTEM.blob]}
    assert scene.hear(STRANGER, runs_os=True).heard is Said.OTHER_KEY
    told = scene.hear(SYSTEM, runs_os=False)
    assert (told.heard, told.known) == (Said.OS_KEY, "in k")
    assert scene.hear(None, runs_os=False).known == "in k"


def test_the_types_on_record_are_asked_for_first(scene: Scene) -> None:
    """Compared is a key of the same type."""
    rsa = Key("ssh-rsa", "AAAAB3Nz")
    scene.hear(rsa, runs_os=True)
    scene.hear(rsa, runs_os=True)
    assert [one.kinds for one in scene.prober.asked] == [(), ("ssh-rsa",)]


def test_a_device_without_an_address_is_not_asked(scene: Scene) -> None:
    """The others are."""
    scene.prober.keys = {"10.0.0.2": SYSTEM}
    nowhere = scene.asked(1, runs_os=True)._replace(host="")
    told = scene.witness.hear([nowhere, scene.asked(2, runs_os=True)])
    assert [one.heard for one in told] == [Said.NO_ADDRESS, Said.OS_KEY]
    assert scene.witness.hear([]) == []


def test_keys_are_compared_with_those_of_their_kind(scene: Scene) -> None:
    """A Windows that was asked by SSH and then by its Remote Desktop shows no other key; both stay
    on record.
    """
    desktop = Key("rdp", "MFkwEwYH")
    scene.hear(SYSTEM, runs_os=True)
    scene.protocol = Protocol.RDP
    assert scene.hear(None, runs_os=True).known == ""
    assert scene.hear(desktop, runs_os=False).heard is Said.NEW_KEY
    scene.hear(desktop._replace(blob="MFkwEwYI"), runs_os=True)
    told = scene.hear(desktop._replace(blob="MFkwEwYI"), runs_os=False)
    assert (told.heard, told.known) == (Said.OS_KEY, "recorded at 2026-12-01T06:04:00Z")
    assert str(scene.hear(desktop, runs_os=False)).startswith("another Remote Desktop key answers")
    scene.protocol = Protocol.SSH
    assert scene.hear(SYSTEM, runs_os=False).heard is Said.OS_KEY
    assert [one.kinds for one in scene.prober.asked][-2:] == [("rdp",), ("ssh-ed25519",)]


def test_what_stands_in_the_way_of_a_remote_desktop_is_said_of_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody reads of SSH who has not asked for it."""
    scene.protocol = Protocol.RDP
    said = {}
    for what in ("no_rdp", "no_key", "refused"):
        monkeypatch.setattr(scene.prober, "_answer", lambda key, what=what: Heard(what))
        told = scene.hear(None, runs_os=True)
        said[told.heard] = str(told).partition(": ")[2]
        assert str(told).startswith("no Remote Desktop key from 10.0.0.1:22")
    assert said == {
        Said.NO_RDP: "something accepts connections, and no Remote Desktop answers",
        Said.NO_KEY: "something answers, and shows no Remote Desktop key in time",
        Said.REFUSED: "it refuses connections",
    }


@pytest.mark.parametrize(
    ("what", "heard", "words"),
    [
        ("refused", Said.REFUSED, "it refuses connections"),
        ("silence", Said.SILENCE, "nothing answers"),
        ("unreachable", Said.UNREACHABLE, "no way leads there from here"),
        ("no_ssh", Said.NO_SSH, "something accepts connections, and no SSH server answers"),
        ("no_key", Said.NO_KEY, "something answers, and shows no host key in time"),
        ("name", Said.UNREACHABLE, "its name cannot be looked up"),
        ("jump", Said.NOT_ASKED, "the host to go through, cannot be used"),
        ("known_hosts", Said.NOT_ASKED, "No such file"),
        ("failed", Said.NOT_ASKED, "the process that asks has ended"),
    ],
)
def test_what_stood_in_the_way_is_said_in_our_own_words(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, what: str, heard: Said, words: str
) -> None:
    """Each in a sentence of its own."""
    problem = "No such file" if what == "known_hosts" else ""
    monkeypatch.setattr(scene.prober, "_answer", lambda key: Heard(what, problem=problem))
    told = scene.hear(None, runs_os=True)
    assert told.heard is heard
    assert words in str(told)


def test_the_record_is_private_and_whole(scene: Scene) -> None:
    """Mode 0600, in a folder of mode 0700; JSON that says what a fingerprint is of."""
    scene.hear(SYSTEM, runs_os=True)
    path = scene.folder / "host-keys.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(scene.folder.stat().st_mode) == 0o700
    (key,) = json.loads(path.read_text())["devices"]["virtual_guest/1"]["system"]
    assert (key["type"], key["fingerprint"]) == ("ssh-ed25519", SYSTEM.fingerprint)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"version": 2, "devices": {}}',
        '{"version": 1, "devices": []}',
        '{"version": 1, "devices": {"a": {"name": "a", "system": [{}], "others": []}}}',
        "[" * 100_000,
    ],
)
def test_a_damaged_record_is_told_and_left_alone(scene: Scene, content: str) -> None:
    """Nobody is asked: an answer could not be compared."""
    scene.folder.mkdir(mode=0o700)
    path = scene.folder / "host-keys.json"
    path.write_text(content)
    told = scene.hear(SYSTEM, runs_os=True)
    assert told.heard is Said.NOT_ASKED
    assert "host-keys.json is damaged" in told.detail
    assert "move it away" in told.detail
    assert (path.read_text(), scene.prober.asked) == (content, [])


def test_a_record_that_cannot_be_written_is_told_and_costs_no_answer(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, or a folder of somebody else."""
    scene.hear(SYSTEM, runs_os=True)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    told = scene.hear(RESCUE, runs_os=False)
    assert told.heard is Said.OTHER_KEY
    assert "No space left on device" in told.not_kept
    assert sorted(path.name for path in scene.folder.iterdir()) == [
        "host-keys.json",
        "host-keys.json.lock",
    ]


def test_many_keys_are_not_kept_for_ever(scene: Scene) -> None:
    """A server that shows another key each time fills no disk."""
    scene.hear(SYSTEM, runs_os=True)
    for number in range(MOST_OTHERS + 10):
        scene.hear(Key("ssh-ed25519", f"AAAA{number:04}"), runs_os=False)
    assert len(scene.record.read()["virtual_guest/1"].others) == MOST_OTHERS


def test_two_that_record_at_once_lose_nothing(tmp_path: Path) -> None:
    """Hooks that run alone share the file."""
    record = Record(str(tmp_path))

    def add(number: int) -> None:
        with Record(str(tmp_path)).changing() as devices:
            devices[f"virtual_guest/{number}"] = Device("a", {SYSTEM.kind: Known(SYSTEM, NOW, NOW)})

    threads = [threading.Thread(target=add, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(record.read()) == 20


def test_a_clock_that_goes_back_undoes_nothing(scene: Scene) -> None:
    """`last` is the latest moment."""
    scene.hear(SYSTEM, runs_os=True)
    scene.hear(SYSTEM, runs_os=True, later_s=-3600)
    (known,) = scene.record.read()["virtual_guest/1"].system.values()
    assert known.first == known.last == NOW + timedelta(seconds=60)
