"""Who did what to which object: the rows that actions leave in the event log.

Two actions are only the console's,
since no call of the API is a sign-in or a look at one device's credentials.
"""

from __future__ import annotations

from mock_api.domain.events import Event
from mock_api.domain.facts import Kind
from mock_api.domain.people import User
from mock_api.domain.world import Device, World

_OBJECT_NAME = {Kind.GUEST: "CCI", Kind.HARDWARE: "Server"}


def note_action(world: World, device: Device, user: User, *, name: str, at_s: float) -> None:
    """A user did something to a device; `name` is a key of the labels."""
    facts = device.facts
    target = (_OBJECT_NAME[device.kind], facts.id, facts.fqdn)
    _note(world, user, target, name=name, at_s=at_s)


def note_credentials(world: World, device: Device, user: User, now_s: float) -> None:
    """A user looked at the login of a device."""
    note_action(world, device, user, name="event.view_password", at_s=now_s)


def note_login(world: World, user: User, now_s: float, success: bool) -> None:
    """A user signed in, or somebody tried to in that user's name."""
    name = "event.login" if success else "event.login_failed"
    _note(world, user, ("User", user.id, user.username), name=name, at_s=now_s)


def _note(
    world: World, user: User, target: tuple[str, int, str], *, name: str, at_s: float
) -> None:
    object_name, object_id, label = target
    event = Event(
        id=world.new_id(),
        event_name=world.labels.name(name),
        object_name=object_name,
        object_id=object_id,
        user_id=user.id,
        username=user.username,
        label=label,
        created_s=at_s,
    )
    world.events.append(event)
