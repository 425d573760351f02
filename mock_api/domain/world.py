"""The world: everything the mock holds at one instant."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timezone
from functools import cache
from operator import attrgetter
from typing import NamedTuple, TypeVar

from mock_api.domain import chance, dates
from mock_api.domain.clock import VirtualClock
from mock_api.domain.errors import ObjectNotFound
from mock_api.domain.events import Event
from mock_api.domain.facts import (
    Account,
    Datacenter,
    DedicatedHost,
    DiskImage,
    Edits,
    Facts,
    GuestFacts,
    HardwareFacts,
    ImageGroup,
    Kind,
    Record,
    Software,
    edited,
)  # fmt: skip
from mock_api.domain.fault_rules import FaultRule
from mock_api.domain.journal import Secrets
from mock_api.domain.labels import Labels
from mock_api.domain.people import Profile, User
from mock_api.domain.settings import Settings
from mock_api.domain.states import Power
from mock_api.domain.transitions import DeviceState, settle

Somebody = TypeVar("Somebody", bound=Profile)


@dataclass(frozen=True)
class ClockSetting(Record):
    """The clock of a world file. `now` is an ISO date; none means the real time at start."""

    now: str | None = None
    utc_offset: str = "-06:00"
    speed: float | None = None


@dataclass(frozen=True)
class Moving(Record):
    """The part of a world that changes while it runs; a saved world carries it."""

    now_s: float
    speed: float
    next_id: int
    states: Mapping[int, DeviceState] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    faults: tuple[FaultRule, ...] = ()
    draws: int = 0
    resume_speed: float | None = None
    profiles: Mapping[int, Profile] = field(default_factory=dict)


@dataclass(frozen=True)
class WorldDocument(Record):
    """A world file. `moving` is only there in a dump or a saved world."""

    account: Account
    users: tuple[User, ...]
    datacenters: tuple[Datacenter, ...]
    software: tuple[Software, ...] = ()
    disk_images: tuple[DiskImage, ...] = ()
    image_groups: tuple[ImageGroup, ...] = ()
    guests: tuple[GuestFacts, ...] = ()
    hardware: tuple[HardwareFacts, ...] = ()
    dedicated_hosts: tuple[DedicatedHost, ...] = ()
    clock: ClockSetting = ClockSetting()
    settings: Settings = field(default_factory=Settings)
    labels: Labels = field(default_factory=Labels)
    first_new_id: int = 310529980
    seed: int = 0
    moving: Moving | None = None
    format: int = 1


def without_device(document: WorldDocument, number: int) -> WorldDocument:
    """The same world without a device, and without what users see and states say of it; its audit
    rows stay.
    """
    gone = {number}
    moving = document.moving
    if moving is not None:
        moving = replace(
            moving,
            states={key: row for key, row in moving.states.items() if key != number},
            profiles={key: _blind(row, gone) for key, row in moving.profiles.items()},
        )
    return replace(
        document,
        guests=tuple(row for row in document.guests if row.id != number),
        hardware=tuple(row for row in document.hardware if row.id != number),
        users=tuple(_blind(row, gone) for row in document.users),
        moving=moving,
    )


def _blind(person: Somebody, gone: set[int]) -> Somebody:
    return replace(
        person, guest_ids=person.guest_ids - gone, hardware_ids=person.hardware_ids - gone
    )


class MovedStates(dict[int, DeviceState]):
    """The states that are not the world file's, by device.

    `touched` are those that changed since the last save.
    """

    def __init__(self, states: Mapping[int, DeviceState]) -> None:
        super().__init__(states)
        self.touched: set[int] = set()

    def take_touched(self) -> dict[int, DeviceState]:
        """The states that changed since this was last called."""
        taken = {number: self[number] for number in self.touched}
        self.touched = set()
        return taken


class Device:
    """A device: its facts, and its state as of the last change. Read it through `World.view`."""

    __slots__ = ("_given", "_moved", "_state", "facts", "kind")

    def __init__(self, kind: Kind, facts: Facts, moved: MovedStates) -> None:
        self.kind = kind
        self._given = facts
        self._moved = moved
        self._state = moved.get(facts.id) or initial_state(facts.power)
        self.facts = edited(facts, self._state.edits)

    @property
    def state(self) -> DeviceState:
        """The state as of the last change."""
        return self._state

    @state.setter
    def state(self, state: DeviceState) -> None:
        if state is not self._state:
            self._state = state
            self._moved[self.facts.id] = state
            self._moved.touched.add(self.facts.id)

    def edit(self, edits: Edits, now_s: float) -> None:
        """Change facts; what is not in `edits` stays as earlier edits left it."""
        merged = replace(self.state.edits, **edits.changes())  # type: ignore[arg-type] # the fields are those of Edits
        self.state = replace(settle(self.state, now_s), edits=merged, modified_s=now_s)
        self.facts = edited(self._given, merged)


@cache
def initial_state(power: str) -> DeviceState:
    """The state of every device that the world file gives this power."""
    return DeviceState(power=Power(power))


class DeviceView(NamedTuple):
    """A device as it is at one instant.

    A tuple, since a filtered list makes one of each of ten thousand devices.
    """

    kind: Kind
    facts: Facts
    state: DeviceState
    now_s: float


class World:
    """All objects by id, the clock, and the counters. Hold the stage's lock while you use it."""

    def __init__(self, document: WorldDocument, clock: VirtualClock) -> None:
        moving = document.moving
        self.document = document
        self.clock = clock
        self.settings = document.settings
        self.labels = document.labels
        self.account = document.account
        self.tz: timezone = dates.zone(document.clock.utc_offset)
        self.users = {user.id: user for user in document.users}
        self.profiles: Mapping[int, Profile] = {}  # those that are not the world file's any more
        for number, profile in (moving.profiles if moving else {}).items():
            if number in self.users:
                self.change_profile(number, profile)
        self.datacenters = {row.name: row for row in document.datacenters}
        self.software = {row.key: row for row in document.software}
        self.disk_images = {row.id: row for row in document.disk_images}
        self.image_groups = {row.id: row for row in document.image_groups}
        self.dedicated_hosts = {row.id: row for row in document.dedicated_hosts}
        self.moved = MovedStates(moving.states if moving else {})
        facts: dict[Kind, tuple[Facts, ...]] = {
            Kind.GUEST: document.guests,
            Kind.HARDWARE: document.hardware,
        }
        # In the order of their ids: lists come so, which makes the usual order by id free.
        self.devices: dict[Kind, dict[int, Device]] = {
            kind: {
                row.id: Device(kind, row, self.moved) for row in sorted(rows, key=attrgetter("id"))
            }
            for kind, rows in facts.items()
        }
        self.device_ids_by_guid = {
            device.facts.guid: device.facts.id
            for group in self.devices.values()
            for device in group.values()
        }
        self.cancelled: list[int] = []  # devices that a call has cancelled, until the stage lets go
        self.events: list[Event] = list(moving.events) if moving else []
        self.faults: tuple[FaultRule, ...] = moving.faults if moving else ()
        self._next_id = moving.next_id if moving else document.first_new_id
        self._draws = moving.draws if moving else 0
        known = (*document.users, *self.users.values())
        self.secrets = Secrets(
            keys=tuple(dict.fromkeys(secret for user in known for secret in user.secrets())),
            passwords=frozenset(device.facts.password for device in self.all_devices()),
        )
        # Ids, not users: a user that a call changes is another object, and no index goes stale.
        self._ids_by_username = {user.username: user.id for user in document.users}
        self._ids_by_cloud_key = {
            user.ibm_cloud_api_key: user.id for user in document.users if user.ibm_cloud_api_key
        }
        self._ids_by_token = {user.iam_token: user.id for user in document.users if user.iam_token}

    def new_id(self) -> int:
        """The next id of the world's counter; the same run gives the same ids."""
        self._next_id += 1
        return self._next_id - 1

    def draw(self) -> float:
        """The next random value of the world's seed, at least 0 and below 1;
        the same run gives the same values.
        """
        self._draws += 1
        return chance.draw(self.document.seed, self._draws - 1)

    def hide_password(self, password: str) -> None:
        """Keep one more password out of the journal."""
        self.secrets = replace(self.secrets, passwords=self.secrets.passwords | {password})

    def change_settings(self, settings: Settings) -> None:
        """Other settings from now on; they are part of the world's document."""
        self.settings = settings
        self.document = replace(self.document, settings=settings)

    def view(self, device: Device, now_s: float) -> DeviceView:
        """The device at `now_s`. Changes nothing."""
        return DeviceView(device.kind, device.facts, settle(device.state, now_s), now_s)

    def all_devices(self) -> Iterable[Device]:
        """Every device, guests first."""
        return (device for group in self.devices.values() for device in group.values())

    def get_device(self, kind: Kind, identifier: int | str) -> Device:
        """The device of a number or GUID. Raises ObjectNotFound."""
        number = (
            self.device_ids_by_guid.get(identifier.lower())
            if isinstance(identifier, str)
            else identifier
        )
        device = self.devices[kind].get(number) if number is not None else None
        if device is None:
            raise ObjectNotFound(identifier)
        return device

    def find_user_by_key(self, username: str, api_key: str) -> User | None:
        """The user that a Basic login proves: classic key,
        or the literal user `apikey` with an IBM Cloud key.
        """
        if username == "apikey":
            return self._find_user(self._ids_by_cloud_key, api_key)
        user = self._find_user(self._ids_by_username, username)
        return user if user and user.api_key and user.api_key == api_key else None

    def find_user_by_token(self, token: str) -> User | None:
        """The user of an IAM token."""
        return self._find_user(self._ids_by_token, token)

    def find_user_by_portal_token(self, user_id: str, token: str) -> User | None:
        """The user of a portal token, which comes with the user's number."""
        user = self.users.get(int(user_id)) if user_id.isascii() and user_id.isdecimal() else None
        return user if user and user.portal_token and user.portal_token == token else None

    def give_key(self, user_id: int) -> str:
        """A new classic key for a user, hidden in the journal from now on;
        the same run gives the same keys.
        """
        key = hashlib.sha256(f"{self.account.id}/{user_id}/{self.new_id()}".encode()).hexdigest()
        self.change_profile(user_id, replace(self.users[user_id].profile, api_key=key))
        self.secrets = replace(self.secrets, keys=(*self.secrets.keys, key))
        return key

    def _find_user(self, ids: Mapping[str, int], text: str) -> User | None:
        number = ids.get(text)
        return None if number is None else self.users[number]

    def change_profile(self, user_id: int, profile: Profile) -> None:
        """What a user may do, see and say of itself from now on. Its name and its keys stay."""
        started = next(user for user in self.document.users if user.id == user_id)
        others = {number: row for number, row in self.profiles.items() if number != user_id}
        self.profiles = others if profile == started.profile else {**others, user_id: profile}
        self.users[user_id] = started.with_profile(profile)

    def moving_head(self) -> Moving:
        """The clock and the counters at this instant, without the long lists."""
        return Moving(
            now_s=self.clock.now_s(), speed=self.clock.speed, next_id=self._next_id,
            draws=self._draws, resume_speed=self.clock.resume_speed,
        )  # fmt: skip

    def moving(self, states: Mapping[int, DeviceState] | None = None) -> Moving:
        """The part that changes, at this instant, with these states,
        or those of all devices that ever changed.
        """
        return replace(
            self.moving_head(),
            states=dict(self.moved) if states is None else states,
            events=tuple(self.events),
            faults=self.faults,
            profiles=self.profiles,
        )

    def last_due_s(self, devices: Iterable[Device] | None = None) -> float | None:
        """When the last move under way (of some devices) ends;
        None if nothing is under way or what is never ends.
        """
        now_s = self.clock.now_s()
        looked_at = self.all_devices() if devices is None else devices
        ends = (settle(device.state, now_s).last_due_s() for device in looked_at)
        return max((due_s for due_s in ends if due_s is not None), default=None)
