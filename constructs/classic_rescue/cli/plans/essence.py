"""What of a plan people agree to, and how two plans differ in it.

`plan` keeps it beside the review; `apply` makes a plan of its own and goes on only where both say
the same. Nothing of it is executed: whoever writes such a file can at most cause a refusal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classic_rescue.cli.session.session import Session

if TYPE_CHECKING:  # pydantic and yaml cost 0.2 s
    from classic_rescue.fleet import Backend, Fleet
    from classic_rescue.review.review import Review

Device = Mapping[str, str]
"""What happens to one device: a text for each of `FIELDS`."""

FIELDS = {
    "what": "what happens",
    "restarts": "whether it restarts",
    "name": "its name",
    "stack": "its stack",
    "blocks": "what Terraform does",
    "device": "the device",
    "address": "its address",
    "goal": "its desired state",
    "image": "its image",
    "timeout": "its timeout",
    "reason": "its reason",
}
"""Each with the words for a person."""

MOCK = "the offline mock"
NO_BACKEND = "files beside the project"

_CODE = ("api", "boot", "hook", "policy", "rim", "witness")
"""The rooms that a hook is made of."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a plan would act: the same for every device of it. All are texts for a person, `policy`
    and `hooks` the first signs of a SHA-256.
    """

    endpoint: str
    backend: str
    policy: str
    hooks: str


PLACES = {
    "endpoint": "the endpoint",
    "backend": "the backend",
    "policy": "the policy",
    "hooks": "the code of the hooks",
}


@dataclass(frozen=True, slots=True)
class Essence:
    """Where a plan acts, and what it does to each device that it does anything to, by key."""

    place: Place
    devices: Mapping[str, Device]


def place_of(session: Session) -> Place:
    """Where this session's commands act."""
    connection = session.connection
    fleet = session.fleet
    return Place(
        endpoint=MOCK if connection.is_embedded_mock else connection.settings.endpoint,
        backend=NO_BACKEND if connection.is_embedded_mock else backend_words(fleet.backend),
        policy=_policy(fleet),
        hooks=hook_version(),
    )


def backend_words(backend: Backend | None) -> str:
    """Where Terraform's state is."""
    if backend is None or backend.type == "local":
        return NO_BACKEND
    told = backend.model_dump(mode="json", by_alias=True, exclude_none=True)
    return json.dumps(told, sort_keys=True)


def _policy(fleet: Fleet) -> str:
    """All that the policy says, and what the file says of devices for its sake."""
    terms = json.dumps(fleet.policy, default=str)
    traits = {
        key: [sorted(traits.tags), traits.allow_reboot] for key, traits in fleet.traits.items()
    }
    return _digest(terms.encode(), json.dumps(traits, sort_keys=True).encode())


@cache
def hook_version() -> str:
    """Which code the hooks of this installation are."""
    source = Path(__file__).resolve().parents[2]
    paths = sorted(path for room in _CODE for path in (source / room).rglob("*.py"))
    return _digest(
        *(part for path in paths for part in (bytes(path.relative_to(source)), path.read_bytes()))
    )


def _digest(*parts: bytes) -> str:
    sums = b"".join(hashlib.sha256(part).digest() for part in parts)
    return hashlib.sha256(sums).hexdigest()[:16]


def essence_of(review: Review, session: Session) -> Essence:
    """The essence of plans that were reviewed beside the live devices."""
    from classic_rescue.review.words import effect_words

    devices = {
        change.key: {
            "what": effect_words(change),
            "restarts": change.restart.name.lower(),
            "name": change.name,
            "stack": change.stack,
            "blocks": change.blocks,
            "device": change.device,
            "address": change.address,
            "goal": str(change.after),
            "image": str(change.image.id) if change.image else "",
            "timeout": f"{change.timeout_s} s",
            "reason": change.reason or "",
        }
        for change in review.changes
        if change.blocks
    }
    return Essence(place_of(session), devices)


def other_places(reviewed: Place, now: Place) -> Iterator[str]:
    """Where the two differ, a sentence each."""
    before = asdict(reviewed)
    for field, after in asdict(now).items():
        if before[field] != after:
            yield f"{PLACES[field]}: reviewed with {_said(before[field])}, now {_said(after)}"


def other_devices(reviewed: Essence, now: Essence, review: Review) -> Iterator[str]:
    """What would happen otherwise than was reviewed, a sentence a device and difference.

    `review`: that of the plan that was made now, which tells why.
    """
    from classic_rescue.review.words import why_words

    changes = {change.key: change for change in review.changes}
    for key, after in now.devices.items():
        why = f": {why_words(changes[key])}" if why_words(changes[key]) else ""
        if key in reviewed.devices:
            yield from _other_fields(reviewed.devices[key], after, why)
        else:
            yield f"{after['name']}: reviewed to stay as it is, now {after['what']}{why}"
    for key in reviewed.devices.keys() - now.devices.keys():
        before = reviewed.devices[key]
        change = changes.get(key)
        seen = f" ({change.observed.evidence})" if change and change.observed else ""
        what = f"reviewed: {_said(before['what'])}; now it stays as it is{seen}"
        yield f"{_said(before['name'])}: {what}"


def _other_fields(before: Device, after: Device, why: str) -> Iterator[str]:
    name = after["name"]
    if before["what"] != after["what"]:
        yield f"{name}: reviewed: {_said(before['what'])}; now: {after['what']}{why}"
        return
    for field, words in FIELDS.items():
        if before[field] != after[field]:
            yield f"{name}: {words}: reviewed {_said(before[field])}, now {_said(after[field])}"


def _said(text: str) -> str:
    """A text out of a file that anybody may have written, short and on one line."""
    from classic_rescue.review.escaping import one_line

    return one_line(text[:200]) or "none"


def as_json(essence: Essence) -> dict[str, object]:
    """For a file."""
    return asdict(essence)


def from_json(given: Any) -> Essence:  # noqa: ANN401 whatever a file holds
    """Read back what `as_json` gave. Raises ValueError, KeyError, TypeError and AttributeError for
    anything else.
    """
    place = Place(**{field: _text(given["place"][field]) for field in PLACES})
    devices = {
        _text(key): {field: _text(device[field]) for field in FIELDS}
        for key, device in given["devices"].items()
    }
    return Essence(place, devices)


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise ValueError(f"{given!r:.40} where a text belongs")
    return given
