"""A hook that asks the device itself, alone and in the conductor: what the service says and what
runs need not be the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from classic_rescue.api.devices import DeviceId
from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.facts import Facts
from classic_rescue.boot.ssh import RDP_PORT, Proof, Protocol, SshAccess
from classic_rescue.boot.testimony import Testimony
from classic_rescue.hook.exits import Exit
from classic_rescue.witness.keys import Key
from classic_rescue.witness.record import Record
from classic_rescue.witness.witness import Witness, asked_of
from tests.hook.conftest import Bench
from tests.witness.answering import Answering

GUEST_ID = 124929698
GUEST = f"virtual_guest/{GUEST_ID}"
SYSTEM = Key("ssh-ed25519", "AAAAC3Nz")
RESCUE = Key("ssh-ed25519", "AAAAC3Ny")
DESKTOP = Key("rdp", "MFkwEwYH")
ISO = "WindowsRescueStandalone.iso"


class Inside:
    """What really runs on the device: by default what the service says, and nothing while it is
    moved. `runs` can say otherwise.
    """

    def __init__(self, bench: Bench, folder: Path) -> None:
        self.bench = bench
        self.prober = Answering()
        self.witness = Witness(Record(str(folder)), self.prober)
        self.runs: Callable[[dict[str, Any]], Key | None] = self.as_told
        self.probes = 0

    @staticmethod
    def as_told(row: dict[str, Any]) -> Key | None:
        """The key that belongs to what the service says."""
        if row["move"]:
            return None
        return SYSTEM if row["boot"] == "os" else RESCUE

    def hear(self, device: DeviceId, facts: Facts, seen: Observation, at: datetime) -> Testimony:
        """As a hook asks."""
        self.probes += 1
        asked = asked_of(
            "dev", self.bench.ssh or SshAccess(), device.key, facts=facts, seen=seen, at=at
        )
        rows = self.bench.mock.control_call("devices")
        row = next(row for row in rows if row["id"] == device.id)
        key = self.runs(row)
        self.prober.keys = {asked.host: key} if key else {}
        (told,) = self.witness.hear([asked])
        return told


@pytest.fixture
def inside(bench: Bench, tmp_path: Path) -> Inside:
    """A bench whose hooks ask."""
    found = Inside(bench, tmp_path / "record")
    bench.ssh = SshAccess()
    bench.hear = found.hear
    return found


def required(bench: Bench) -> None:
    """No success without the device's own word."""
    bench.ssh = SshAccess(proof=Proof.REQUIRED)


def test_rescue_is_told_with_the_devices_own_word(bench: Bench, inside: Inside) -> None:
    """Another key than the recorded one, first heard after the request."""
    assert bench.enter(GUEST) is Exit.DONE
    assert f"another host key answers ({RESCUE.fingerprint}), first heard" in bench.text
    assert "after the request" in bench.text
    assert inside.probes == 2


def test_what_the_device_says_is_said_once(bench: Bench, inside: Inside) -> None:
    """Also where nothing had to be sent."""
    assert bench.enter(GUEST, boot="os") is Exit.DONE
    assert bench.text.count("the host key of the operating system answers") == 1
    assert bench.enter(GUEST) is Exit.DONE
    required(bench)
    assert bench.enter(GUEST) is Exit.DONE
    assert bench.text.count("another host key answers") == 1
    inside.runs = lambda row: None
    bench.enter(GUEST, timeout_s=600)
    assert bench.text.count("no host key from") == 1


def test_the_moment_of_a_word_is_that_of_the_word(bench: Bench, inside: Inside) -> None:
    """The service's time stands still while nobody asks it: what is heard later is later."""
    asked: list[object] = []

    def late(row: dict[str, Any]) -> Key | None:
        if row["boot"] == "os" or row["move"]:
            return inside.as_told(row)
        asked.append(row)
        return RESCUE if len(asked) > 12 else None

    inside.runs = late
    assert bench.enter(GUEST) is Exit.DONE
    took_s = float(bench.rows[-1]["took_s"] or 0)
    (after_s,) = re.findall(r"first heard (?:(\d+) min )?(\d+) s after the request", bench.text)
    assert abs(int(after_s[0] or 0) * 60 + int(after_s[1]) - took_s) < 10


def test_the_key_of_the_system_contradicts_a_rescue_that_the_service_tells(
    bench: Bench, inside: Inside
) -> None:
    """The work ended well while the machine booted its disk."""
    inside.runs = lambda row: None if row["move"] else SYSTEM
    assert bench.enter(GUEST) is Exit.FAILED
    assert "rescue was not reached: the host key of the operating system answers" in bench.text
    assert "executeRescueLayer was accepted" in bench.text
    assert bench.mock.changes() == [f"executeRescueLayer {GUEST_ID}"]


def test_what_still_goes_down_is_not_taken_for_what_comes_up(bench: Bench, inside: Inside) -> None:
    """The old system may answer a little longer than the service says."""
    told = []

    def late(row: dict[str, Any]) -> Key | None:
        if row["move"] or row["boot"] == "os":
            return SYSTEM
        told.append(row)
        return SYSTEM if len(told) < 4 else RESCUE

    inside.runs = late
    assert bench.enter(GUEST) is Exit.DONE
    assert "another host key answers" in bench.text
    assert len(told) == 4


def test_a_device_that_comes_up_later_is_waited_for(bench: Bench, inside: Inside) -> None:
    """It answered before the request, so it can be heard from here."""
    silent = []

    def slow(row: dict[str, Any]) -> Key | None:
        if row["boot"] == "os" or row["move"]:
            return inside.as_told(row)
        silent.append(row)
        return RESCUE if len(silent) > 10 else None

    inside.runs = slow
    assert bench.enter(GUEST) is Exit.DONE
    assert "another host key answers" in bench.text
    said = [str(row["text"]) for row in bench.rows if row["step"] == "wait"]
    assert any("waiting for its own host key, 5 min at most" in text for text in said)


def test_welcome_proof_that_cannot_be_had_holds_nothing_up(bench: Bench, inside: Inside) -> None:
    """A device that was never heard is asked once more, and what is believed is told as before."""
    inside.runs = lambda row: None
    assert bench.enter(GUEST) is Exit.DONE
    assert "no host key from" in bench.text
    assert inside.probes == 2


def test_a_device_that_falls_silent_is_given_up_in_time(bench: Bench, inside: Inside) -> None:
    """Five minutes, not the hour of the order."""
    inside.runs = lambda row: SYSTEM if row["boot"] == "os" else None
    began = bench.elapsed_s
    assert bench.enter(GUEST) is Exit.DONE
    assert "it refuses connections" in bench.text
    assert bench.elapsed_s - began < 1200


def test_an_image_without_an_ssh_server_holds_nothing_up(bench: Bench, inside: Inside) -> None:
    """A rescue ISO of Windows has none: only a contradiction is waited for."""
    inside.runs = lambda row: SYSTEM if row["boot"] == "os" else None
    assert bench.enter(GUEST, "image", "WindowsRescueStandalone.iso") is Exit.DONE
    assert float(bench.rows[-1]["took_s"] or 0) < 300
    inside.runs = lambda row: None if row["move"] else SYSTEM
    assert bench.leave(GUEST) is Exit.DONE
    assert bench.enter(GUEST, "image", "WindowsRescueStandalone.iso") is Exit.FAILED
    assert "image WindowsRescueStandalone.iso was not reached" in bench.text


def desktop(bench: Bench) -> None:
    """A Windows, asked by its Remote Desktop."""
    bench.ssh = SshAccess(port=RDP_PORT, protocol=Protocol.RDP)


@pytest.mark.parametrize(("boot", "image"), [("image", ISO), ("rescue", None)])
def test_a_windows_that_boots_its_rescue_image_falls_silent(
    bench: Bench, inside: Inside, boot: str, image: str | None
) -> None:
    """That proves nothing, and holds little up; its return is seen."""
    desktop(bench)
    inside.runs = lambda row: DESKTOP if row["boot"] == "os" and not row["move"] else None
    assert bench.enter(GUEST, boot, image) is Exit.DONE
    said = [str(row["text"]) for row in bench.rows if row["step"] == "wait"]
    assert any("waiting for its own Remote Desktop key, 1 min at most" in text for text in said)
    assert "no Remote Desktop key from" in bench.text
    assert bench.leave(GUEST) is Exit.DONE
    assert "the Remote Desktop key of the operating system answers" in bench.text


def test_a_windows_that_comes_up_in_place_of_its_image_is_a_failure(
    bench: Bench, inside: Inside
) -> None:
    """The recorded key answers after the request."""
    desktop(bench)
    inside.runs = lambda row: None if row["move"] else DESKTOP
    assert bench.enter(GUEST, "image", ISO) is Exit.FAILED
    text = f"image {ISO} was not reached: the Remote Desktop key of the operating system answers"
    assert text in bench.text


def test_a_windows_with_a_new_certificate_is_not_taken_for_its_image(
    bench: Bench, inside: Inside
) -> None:
    """It makes one at its start, so another key supports nothing."""
    desktop(bench)
    other = DESKTOP._replace(blob="MFkwEwYI")
    inside.runs = lambda row: DESKTOP if row["boot"] == "os" and not row["move"] else other
    assert bench.enter(GUEST, "image", ISO) is Exit.DONE
    assert bench.rows[-1]["result"] == "unproven"
    assert "another Remote Desktop key answers" in bench.text


def test_a_system_that_was_not_heard_before_is_given_time_to_go_down(
    bench: Bench, inside: Inside
) -> None:
    """Its key contradicts only once a restart would be over."""
    bench.enter(GUEST, boot="os")
    told: list[object] = []

    def late(row: dict[str, Any]) -> Key | None:
        if row["boot"] == "os":
            return None
        told.append(row)
        return SYSTEM if len(told) < 4 else RESCUE

    inside.runs = late
    assert bench.enter(GUEST) is Exit.DONE
    assert "another host key answers" in bench.text


def test_required_proof_is_waited_for_and_then_missed(bench: Bench, inside: Inside) -> None:
    """The order's own timeout ends it; nothing is sent again at the next run."""
    required(bench)
    inside.runs = lambda row: SYSTEM if row["boot"] == "os" else None
    assert bench.enter(GUEST, timeout_s=1800) is Exit.FAILED
    assert "rescue is not proved: no host key from" in bench.text
    assert bench.mock.changes() == [f"executeRescueLayer {GUEST_ID}"]
    inside.runs = inside.as_told
    assert bench.enter(GUEST, timeout_s=1800) is Exit.DONE
    assert "another host key answers" in bench.text
    assert bench.mock.changes() == []


def test_required_proof_that_could_never_be_had_is_refused_before_the_outage(
    bench: Bench, inside: Inside
) -> None:
    """No key of its operating system is known: nothing could be compared."""
    required(bench)
    inside.runs = lambda row: None
    assert bench.enter(GUEST) is Exit.REFUSED
    assert "proof is required, and could never be had" in bench.text
    assert "proof: welcome" in bench.text
    assert bench.mock.changes() == []


def test_a_restart_from_inside_is_found_and_rescue_entered_again(
    bench: Bench, inside: Inside
) -> None:
    """The service goes on saying rescue, and the recorded key answers."""
    assert bench.enter(GUEST) is Exit.DONE
    bench.mock.changes()
    inside.runs = lambda row: (
        SYSTEM if row["boot"] == "rescue" and not moved else inside.as_told(row)
    )
    moved: list[str] = []
    bench.enter(GUEST)
    look = next(row for row in bench.rows if row["step"] == "look")
    assert "now: os; the host key of the operating system answers" in str(look["text"])
    assert "the service has no trace of that" in str(look["text"])
    assert bench.mock.changes() == [f"executeRescueLayer {GUEST_ID}"]


def test_a_device_that_came_back_by_itself_is_left_without_a_restart(
    bench: Bench, inside: Inside
) -> None:
    """A restart of a system that runs is an outage."""
    assert bench.enter(GUEST) is Exit.DONE
    bench.mock.changes()
    inside.runs = lambda row: SYSTEM
    assert bench.leave(GUEST) is Exit.DONE
    assert bench.mock.changes() == []
    assert "already os: nothing to do" in bench.text


def test_a_return_is_proved_by_the_systems_key(bench: Bench, inside: Inside) -> None:
    """Also where no ping shows the restart."""
    required(bench)
    assert bench.enter(GUEST) is Exit.DONE
    assert bench.leave(GUEST) is Exit.DONE
    assert "the host key of the operating system answers" in bench.text
    assert "UNPROVEN" not in bench.text


def test_a_return_that_the_device_does_not_confirm_is_none(bench: Bench, inside: Inside) -> None:
    """It stays in rescue, whatever the service says."""
    required(bench)
    assert bench.enter(GUEST) is Exit.DONE
    bench.mock.changes()
    inside.runs = lambda row: RESCUE
    assert bench.leave(GUEST, timeout_s=900) is Exit.FAILED
    assert "os is not proved: another host key answers" in bench.text
    assert bench.mock.changes() == [f"rebootDefault {GUEST_ID}"]


def test_a_key_that_was_there_before_shows_no_new_boot(bench: Bench, inside: Inside) -> None:
    """A stale rescue: the same other key before and after, and never a silence."""
    bench.enter(GUEST, boot="os")  # its own key is recorded
    inside.runs = lambda row: RESCUE
    assert bench.enter(GUEST) is Exit.DONE
    assert bench.rows[-1]["result"] == "unproven"
    assert "answered already at" in bench.text
    assert "before the request" in bench.text


def test_without_ssh_nobody_is_asked(bench: Bench, inside: Inside) -> None:
    """And the words are those of before."""
    bench.ssh = bench.hear = None
    assert bench.enter(GUEST) is Exit.DONE
    assert inside.probes == 0
    assert "host key" not in " ".join(str(row["text"]) for row in bench.rows)
