"""What a device runs, from the service's word and its own: one row a case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.facts import Facts, Transaction
from classic_rescue.boot.proof import requested_at, weigh
from classic_rescue.boot.ssh import Protocol
from classic_rescue.boot.states import BootState, Goal, Kind
from classic_rescue.boot.testimony import Heard, Testimony

NOW = datetime(2026, 12, 1, 6, tzinfo=UTC)
ASKED = NOW - timedelta(minutes=10)
OS = Observation(BootState.OS, "no sign of rescue")
RESCUE = Observation(BootState.RESCUE, "last transaction 7: Rescue", ASKED)
IMAGE = Observation(BootState.IMAGE, "image w is mounted", ASKED, image="w")
NO_LOG = "later restarts cannot be seen without the event log"


def told(heard: Heard, **more: Any) -> Testimony:
    """A testimony of this moment."""
    has_key = heard in (Heard.OS_KEY, Heard.OTHER_KEY, Heard.NEW_KEY)
    one = Testimony(
        heard, NOW, "10.0.0.1:22", key="SHA256:abc" if has_key else "", known="recorded"
    )
    return one._replace(**more)


@pytest.mark.parametrize(
    ("seen", "heard", "state", "words"),
    [
        (OS, told(Heard.OS_KEY), BootState.OS, "the host key of the operating system answers"),
        (RESCUE, told(Heard.OS_KEY), BootState.OS, "the service has no trace of that"),
        (OS._replace(state=BootState.UNKNOWN), told(Heard.OS_KEY), BootState.OS, "the service:"),
        (RESCUE, told(Heard.REFUSED), BootState.RESCUE, "no host key from 10.0.0.1:22"),
        (RESCUE, told(Heard.NEW_KEY), BootState.RESCUE, "none is recorded to compare it with"),
        (IMAGE, told(Heard.OTHER_KEY), BootState.IMAGE, "another host key answers"),
        (OS, told(Heard.SILENCE, detail="nothing answers"), BootState.OS, "nothing answers"),
        (OS, told(Heard.NO_SSH, detail="no SSH server"), BootState.OS, "no SSH server"),
        (OS, told(Heard.NO_ADDRESS, where="", detail="no address"), BootState.OS, "; no address"),
    ],
)
def test_what_is_known_then(
    seen: Observation, heard: Testimony, state: BootState, words: str
) -> None:
    """The recorded key outweighs the service; silence changes nothing; all of it is said."""
    found = weigh(seen, heard, requested_at=ASKED)
    assert found.state is state
    assert words in found.evidence
    assert found.testimony is heard
    assert found.unproven == ""


def test_the_systems_key_proves_a_restart_that_nothing_else_shows() -> None:
    """A return whose end the service does not tell is told by the device."""
    unproven = Observation(BootState.OS, "restart asked for", unproven="x", restart_at=ASKED)
    found = weigh(unproven, told(Heard.OS_KEY))
    assert (found.state, found.unproven, found.restart_at) == (BootState.OS, "", None)


def test_another_key_makes_up_for_a_closed_event_log() -> None:
    """Had the device restarted, its recorded key would answer."""
    blind = RESCUE._replace(unproven=NO_LOG)
    fresh = told(Heard.OTHER_KEY, since=ASKED + timedelta(seconds=41))
    found = weigh(blind, fresh, requested_at=ASKED)
    assert found.unproven == ""
    assert "another host key answers (SHA256:abc), first heard 41 s after the request" in (
        found.evidence
    )
    assert weigh(blind, told(Heard.SILENCE), requested_at=ASKED).unproven == NO_LOG


def test_a_key_that_answered_before_the_request_shows_no_rescue() -> None:
    """It may be a rescue system of before, or another system."""
    stale = told(Heard.OTHER_KEY, since=ASKED - timedelta(seconds=1))
    found = weigh(RESCUE, stale, requested_at=ASKED)
    assert found.state is BootState.RESCUE
    assert "answered already at 2026-12-01T05:49:59Z, before the request" in found.unproven


def test_a_key_of_many_devices_tells_no_boot_from_another() -> None:
    """One key in the rescue image: it is said, and still no operating system's."""
    fresh = told(Heard.OTHER_KEY, since=NOW, shared=("db-1", "web-2"))
    found = weigh(RESCUE, fresh, requested_at=ASKED)
    assert "db-1 and web-2 show the same key" in found.evidence
    one = weigh(RESCUE, fresh._replace(shared=("db-1",)), requested_at=ASKED)
    assert "db-1 shows the same key" in one.evidence
    many = fresh._replace(shared=tuple("abcdefg"))
    assert "; a, b, c and 4 more show" in weigh(RESCUE, many, requested_at=ASKED).evidence
    back = told(Heard.OTHER_KEY, since=NOW, came_back=True)
    assert "it answered before, too" in weigh(RESCUE, back, requested_at=ASKED).evidence


def test_another_key_where_the_system_should_answer_is_not_proven() -> None:
    """New keys of the system, or a rescue system that the service does not know of."""
    found = weigh(OS, told(Heard.OTHER_KEY))
    assert found.state is BootState.OS
    assert "another host key answers (SHA256:abc) than that of the operating system" in (
        found.unproven
    )
    assert not found.satisfies(Goal(BootState.RESCUE))


def test_an_image_that_is_mounted_while_the_system_answers_is_not_what_runs() -> None:
    """It is known what runs, and it is not what is wanted; the image has to be unmounted."""
    found = weigh(IMAGE, told(Heard.OS_KEY))
    assert (found.state, found.image, found.is_contradicted) == (BootState.UNKNOWN, "w", True)
    assert not found.satisfies(Goal(BootState.IMAGE, "w"))
    assert not found.satisfies(Goal(BootState.OS))


def test_a_remote_desktop_contradicts_rescue_and_never_supports_it() -> None:
    """Its recorded key does; another one may be of a new certificate of the same Windows."""
    known = told(Heard.OS_KEY, protocol=Protocol.RDP, where="10.0.0.1:3389")
    runs = weigh(IMAGE, known, requested_at=ASKED)
    assert (runs.state, runs.is_contradicted) == (BootState.UNKNOWN, True)
    assert "the Remote Desktop key of the operating system answers (SHA256:abc" in runs.evidence
    fresh = known._replace(heard=Heard.OTHER_KEY, since=NOW)
    for seen in (IMAGE, RESCUE):
        for heard in (fresh, fresh._replace(heard=Heard.NEW_KEY)):
            found = weigh(seen, heard, requested_at=ASKED)
            assert found.state is seen.state
            assert "rescue systems usually have no Remote Desktop" in found.unproven
    silent = known._replace(heard=Heard.SILENCE, detail="nothing answers")
    mute = weigh(IMAGE, silent, requested_at=ASKED)
    assert (mute.state, mute.unproven) == (BootState.IMAGE, "")
    assert "; no Remote Desktop key from 10.0.0.1:3389: nothing answers" in mute.evidence
    changed = weigh(OS, fresh)
    assert "another Remote Desktop key answers (SHA256:abc) than that of" in changed.unproven


@pytest.mark.parametrize(
    "seen",
    [
        RESCUE._replace(in_motion=Transaction(id=1)),
        Observation(BootState.UNKNOWN, "requested", requested_at=NOW),
        Observation(BootState.UNKNOWN, "restart", requested_at=NOW, restart_at=NOW),
    ],
)
def test_what_answers_while_work_is_under_way_changes_nothing(seen: Observation) -> None:
    """It may be gone in a moment."""
    found = weigh(seen, told(Heard.OS_KEY), is_required=True)
    assert found == seen._replace(testimony=found.testimony)


def test_a_device_that_is_off_and_answers_is_told() -> None:
    """Two words that cannot both be true: nobody decides by one."""
    off = Observation(BootState.UNKNOWN, "powered off", is_off=True)
    found = weigh(off, told(Heard.OS_KEY))
    assert (found.state, found.is_off) == (BootState.UNKNOWN, True)
    assert "powered off; yet the host key of the operating system answers" in found.evidence


@pytest.mark.parametrize("seen", [OS, RESCUE, IMAGE])
@pytest.mark.parametrize("heard", [Heard.SILENCE, Heard.REFUSED, Heard.NO_SSH, Heard.NOT_ASKED])
def test_where_proof_is_required_silence_is_none(seen: Observation, heard: Heard) -> None:
    """The state is believed, and told as that."""
    found = weigh(seen, told(heard, detail="nothing answers"), is_required=True)
    assert found.state is seen.state
    assert found.unproven == "proof is required, and no host key from 10.0.0.1:22: nothing answers"


def test_where_proof_is_required_a_key_without_another_to_compare_is_none() -> None:
    """Of rescue: nobody knows the operating system's."""
    assert weigh(RESCUE, told(Heard.NEW_KEY), is_required=True).unproven
    assert not weigh(RESCUE, told(Heard.OTHER_KEY, since=NOW), is_required=True).unproven


def test_a_state_was_requested_when_its_transaction_began() -> None:
    """Where the service tells only when it ended, then."""
    work = Transaction(id=1, created=ASKED, modified=NOW)
    facts = Facts(Kind.VIRTUAL_GUEST, 1, last=work)
    ended = RESCUE._replace(since=NOW)
    assert requested_at(facts, ended) == ASKED
    assert requested_at(facts._replace(last=None), ended) == NOW
    assert requested_at(facts, RESCUE._replace(since=None)) is None
