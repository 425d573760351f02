"""What a device runs, told from the traces that the API keeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from classic_rescue.boot.evidence import Sign, observe
from classic_rescue.boot.facts import Event, Facts, Image, Power, Transaction
from classic_rescue.boot.labels import LABELS, Meaning, labels_with, meaning_of
from classic_rescue.boot.states import BootState, Goal, Kind

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
GUEST = Facts(Kind.VIRTUAL_GUEST, 1, power=Power.RUNNING)
ISO = Image(7, "WindowsRescueStandalone.iso")


def ended(group: str, minute: int, status: str = "COMPLETE") -> Transaction:
    """A transaction that ended so many minutes after noon."""
    at = NOON + timedelta(minutes=minute)
    return Transaction(90 + minute, status=status, group=group, created=at, modified=at)


def event(name: str, minute: int) -> Event:
    """An event so many minutes after noon."""
    return Event(name, NOON + timedelta(minutes=minute), "SL123")


@pytest.mark.parametrize(
    ("facts", "state", "words"),
    [
        (GUEST, BootState.OS, "no sign of rescue"),
        (GUEST._replace(events=None), BootState.OS, "cannot be seen without the event log"),
        (GUEST._replace(last=ended("Service Setup", 0)), BootState.OS, "no sign"),
        (
            GUEST._replace(last=ended("Rescue Boot", 5)),
            BootState.RESCUE,
            "transaction 95: Rescue Boot",
        ),
        (
            GUEST._replace(last=ended("Rescue Boot", 5, "RESCUE_FAILED")),
            BootState.UNKNOWN,
            "ended as RESCUE_FAILED",
        ),
        (
            GUEST._replace(last=ended("Rescue Boot", 5), events=(event("Reboot", 9),)),
            BootState.OS,
            "Reboot by SL123",
        ),
        (
            GUEST._replace(last=ended("Rescue Boot", 5), events=(event("Reboot", 1),)),
            BootState.RESCUE,
            "Rescue Boot",
        ),
        (GUEST._replace(last=ended("Cloud ISO Teardown", 5)), BootState.OS, "Cloud ISO Teardown"),
        (
            GUEST._replace(events=(event("Rescue", 3),)),
            BootState.UNKNOWN,
            "no transaction shows that it was done",
        ),
        (
            GUEST._replace(events=(event("Unload Image", 3),), mounted=ISO),
            BootState.UNKNOWN,
            "requested, but",
        ),
        (GUEST._replace(mounted=ISO), BootState.IMAGE, "WindowsRescueStandalone.iso is mounted"),
        (
            GUEST._replace(mounted=ISO, events=(event("Reboot", 9),)),
            BootState.UNKNOWN,
            "but later: event log: Reboot",
        ),
        (
            GUEST._replace(events=(event("Boot From Image", 3),)),
            BootState.UNKNOWN,
            "requested, but",
        ),
        (
            GUEST._replace(events=(event("Boot From Image", 3),), mounted=ISO),
            BootState.IMAGE,
            "is mounted",
        ),
        (
            GUEST._replace(last=ended("Cloud ISO Setup", 5)),
            BootState.OS,
            "no image is mounted any more",
        ),
        (GUEST._replace(power=Power.HALTED, mounted=ISO), BootState.UNKNOWN, "powered off"),
        (
            GUEST._replace(active=ended("Rescue Boot", 0, "RESCUE_BOOT")),
            BootState.UNKNOWN,
            "is under way",
        ),
    ],
)
def test_the_newest_trace_tells_the_state(facts: Facts, state: BootState, words: str) -> None:
    """The last sign in time counts; what cannot be told is unknown, and the evidence is named."""
    seen = observe(facts)
    assert seen.state is state
    assert words in seen.evidence


def test_bare_metal_is_told_from_its_management_commands_and_history() -> None:
    """A server's reboot shows among its recent remote-management commands,
    its rescue boot in the history.
    """
    server = Facts(Kind.HARDWARE, 2, history=(event("RESCUE_BOOT", 3),))
    assert observe(server).state is BootState.RESCUE
    assert observe(server._replace(commands=(event("rebootDefault", 4),))).state is BootState.OS


RESCUED = GUEST._replace(last=ended("Rescue Boot", 5))


@pytest.mark.parametrize(
    ("facts", "state", "words"),
    [
        (RESCUED._replace(events=(event("Reboot", 9),)), BootState.OS, "nothing shows that it was"),
        (RESCUED._replace(events=None), BootState.RESCUE, "later restarts cannot be seen"),
        (RESCUED._replace(events=(event("Power On", 9),)), BootState.RESCUE, "only a device that"),
        (
            RESCUED._replace(events=(event("Power Off", 8), event("Power On", 9))),
            BootState.OS,
            "Power On by SL123",
        ),
        (
            RESCUED._replace(
                kind=Kind.HARDWARE, power=None, events=None, commands=(event("powerOff", 9),)
            ),
            BootState.OS,
            "it may be off",
        ),
        (
            GUEST._replace(last=ended("Rescue Boot", 5, "FAILED"), events=(event("Reboot", 9),)),
            BootState.OS,
            "nothing shows",
        ),
    ],
)
def test_what_only_repeats_a_request_is_not_proof(
    facts: Facts, state: BootState, words: str
) -> None:
    """The state is believed and said as that, with why."""
    seen = observe(facts)
    assert seen.state is state
    assert words in seen.unproven


@pytest.mark.parametrize(
    "facts",
    [
        GUEST,
        GUEST._replace(events=(event("Reboot", 9),)),
        RESCUED,
        RESCUED._replace(kind=Kind.HARDWARE, power=None, events=None),
        GUEST._replace(last=ended("Cloud ISO Setup", 5), events=(event("Reboot", 9),)),
        GUEST._replace(last=ended("Cloud ISO Teardown", 5), events=(event("Reboot", 9),)),
        RESCUED._replace(last=ended("Reboot", 6), events=(event("Reboot", 5),)),
    ],
)
def test_what_the_service_shows_is_proof(facts: Facts) -> None:
    """A restart of a system that ran leaves it the system; work that ended was done."""
    assert observe(facts).unproven == ""


def test_a_restart_leaves_the_state_open_for_as_long_as_it_usually_takes() -> None:
    """With the service's own time; then it is believed."""
    facts = RESCUED._replace(events=(event("Reboot", 9),))
    young = observe(facts, now=NOON + timedelta(minutes=9, seconds=59))
    old = observe(facts, now=NOON + timedelta(minutes=10))
    assert (young.state, old.state) == (BootState.UNKNOWN, BootState.OS)
    assert young.restart_at == old.restart_at == NOON + timedelta(minutes=9)


def test_of_two_equal_times_the_event_is_the_later_one() -> None:
    """Transactions are kept in whole seconds: a reboot in the
    same second came after the rescue had ended.
    """
    facts = GUEST._replace(last=ended("Rescue Boot", 5), events=(event("Reboot", 5),))
    assert observe(facts).state is BootState.OS


def test_what_this_run_started_is_evidence() -> None:
    """A sign of this process counts where the service's own name for it is not known."""
    sign = Sign(Meaning.RESCUE, NOON, "transaction 5, started by this run")
    assert observe(GUEST, seen=[sign]).state is BootState.RESCUE


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("RESCUE_BOOT", Meaning.RESCUE),
        ("Cloud ISO Teardown", Meaning.UNLOAD),
        ("Cloud ISO Setup", Meaning.IMAGE),
        ("Power Off", Meaning.OFF),
        ("MS OS Reload", Meaning.RESTART),
        ("Login Successful", None),
    ],
)
def test_labels(name: str, meaning: Meaning | None) -> None:
    """Names are recognised whatever their case and underscores."""
    assert meaning_of([name]) is meaning


def test_every_label_says_how_well_it_is_known() -> None:
    """Nothing undocumented passes as a fact."""
    assert {label.evidence for label in LABELS} <= {"recorded", "documented", "assumed"}


def test_labels_can_be_added_without_a_release() -> None:
    """CLASSIC_RESCUE_LABELS puts rows first; what is not usable says what is allowed."""
    labels = labels_with('[["rescue", ["xen", "layer"]]]')
    assert meaning_of(["Xen Layer Boot"], labels) is Meaning.RESCUE
    assert (
        observe(GUEST._replace(events=(event("Xen Layer", 3),)), labels=labels).state
        is BootState.RESCUE
    )
    assert labels_with(None) is LABELS
    for wrong in ("{", '[["flying", ["x"]]]', "[1]", "7"):
        with pytest.raises(ValueError, match="allowed: a JSON list"):
            labels_with(wrong)


class DeviceLife(RuleBasedStateMachine):
    """A guest that lives through any order of requests;
    its traces must never tell a wrong state.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.number = 100
        self.truth = BootState.OS
        self.facts = GUEST
        self.then: BootState | None = None

    def _trace(self, name: str, group: str, leads_to: BootState, mounted: Image | None) -> None:
        self.now += timedelta(seconds=30)
        self.number += 1
        self.facts = self.facts._replace(
            events=(*(self.facts.events or ()), Event(name, self.now, "SL123")),
            active=Transaction(
                self.number, "UNDER_WAY", group=group, created=self.now, modified=self.now
            ),
            mounted=mounted,
        )
        self.then = leads_to

    @precondition(lambda self: self.then is None)
    @rule(named=st.booleans())
    def rescue(self, named: bool) -> None:
        """A rescue boot starts, with or without an event that is recognised."""
        self._trace("Rescue" if named else "Something", "Rescue Boot", BootState.RESCUE, None)

    @precondition(lambda self: self.then is None)
    @rule()
    def mount(self) -> None:
        """An image boot starts."""
        self._trace("Boot From Image", "Cloud ISO Setup", BootState.IMAGE, ISO)

    @precondition(lambda self: self.then is None)
    @rule()
    def unmount(self) -> None:
        """The image is unloaded."""
        self._trace("Unload Image", "Cloud ISO Teardown", BootState.OS, None)

    @precondition(lambda self: self.then is None and self.truth is not BootState.IMAGE)
    @rule()
    def reboot(self) -> None:
        """A reboot, which leaves no transaction."""
        self.now += timedelta(seconds=30)
        self.facts = self.facts._replace(
            events=(*(self.facts.events or ()), Event("Reboot", self.now, "SL123"))
        )
        self.truth = BootState.OS

    @precondition(lambda self: self.then is not None)
    @rule()
    def complete(self) -> None:
        """The work under way ends well."""
        self.now += timedelta(minutes=4)
        active = self.facts.active
        assert active is not None
        assert self.then is not None
        last = active._replace(status="COMPLETE", modified=self.now.replace(microsecond=0))
        self.facts = self.facts._replace(active=None, last=last)
        self.truth = self.then
        self.then = None

    @invariant()
    def never_wrong(self) -> None:
        """While work is under way the state is unknown; otherwise it is the true one."""
        seen = observe(self.facts)
        assert seen.state is (BootState.UNKNOWN if self.then else self.truth)
        assert bool(seen.in_motion) == bool(self.then)
        assert not (self.then and seen.satisfies(Goal(BootState.OS)))


DeviceLife.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestDeviceLife = DeviceLife.TestCase
