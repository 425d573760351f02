"""World documents as JSON: reading with errors that say where, what was given and what is allowed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from mock_api.domain import dates
from mock_api.domain.clock import check_instant, check_speed
from mock_api.domain.labels import NAMES, REFUSALS
from mock_api.domain.people import find_flaw
from mock_api.domain.states import Power
from mock_api.domain.world import Moving, WorldDocument

T = TypeVar("T")
DOCUMENT = TypeAdapter(WorldDocument)
MOVING = TypeAdapter(Moving)
_SECRET_FIELDS = {"api_key", "ibm_cloud_api_key", "iam_token", "portal_token", "password", "ipmi_password"}


class DocumentError(Exception):
    """A document that cannot be used; the text is one sentence for people."""


def problem(source: str, path: str, given: object, allowed: str) -> DocumentError:
    """The error of one place in a document."""
    where = f"{source}: {path}" if path else source
    return DocumentError(f"{where}: {allowed}; given was {json.dumps(given, default=str)[:80]}.")


def read_json(adapter: TypeAdapter[T], text: str | bytes, source: str) -> T:
    """The value of a JSON text. Raises DocumentError."""
    try:
        return read_value(adapter, json.loads(text), source)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DocumentError(f"{source}: this is not JSON ({error}).") from None


def read_value(adapter: TypeAdapter[T], raw: object, source: str) -> T:
    """The value of parsed JSON. Raises DocumentError."""
    try:
        return adapter.validate_python(raw)
    except ValidationError as errors:
        raise explain(errors, source) from None


def explain(errors: ValidationError, source: str) -> DocumentError:
    """The first of pydantic's errors as one sentence."""
    first = errors.errors()[0]
    secret = bool(first["loc"]) and first["loc"][-1] in _SECRET_FIELDS
    given = "(not shown)" if secret else first["input"]
    return problem(source, _path(first["loc"]), given, _allowed(first["type"], first["msg"]))


def _allowed(kind: str, message: str) -> str:
    return "this field is not known" if kind == "unexpected_keyword_argument" else message[:1].lower() + message[1:]


def _path(location: Iterable[int | str]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")


def read_document(text: str | bytes, source: str) -> WorldDocument:
    """A world document. Raises DocumentError."""
    return check(read_json(DOCUMENT, text, source), source)


def check(document: WorldDocument, source: str) -> WorldDocument:
    """The document itself if its parts fit together. Raises DocumentError."""
    for rule in (_check_ids, _check_places, _check_software, _check_power, _check_users, _check_labels, _check_clock):
        rule(document, source)
    return document


def _check_ids(document: WorldDocument, source: str) -> None:
    for name in ("users", "datacenters", "disk_images", "image_groups", "dedicated_hosts"):
        ids: Counter[int] = Counter(row.id for row in getattr(document, name))
        if ids and ids.most_common(1)[0][1] > 1:
            raise problem(source, name, ids.most_common(1)[0][0], "every id may be there only once")
    devices = Counter([row.id for row in document.guests] + [row.id for row in document.hardware])
    twice = [number for number, count in devices.items() if count > 1]
    if twice:
        raise problem(source, "guests and hardware", twice[0], "every device id may be there only once")


def _check_places(document: WorldDocument, source: str) -> None:
    known = {row.name for row in document.datacenters}
    for name in ("guests", "hardware", "disk_images", "dedicated_hosts"):
        for index, row in enumerate(getattr(document, name)):
            if row.datacenter not in known:
                path = f"{name}[{index}].datacenter"
                raise problem(source, path, row.datacenter, f"allowed are {', '.join(sorted(known))}")
    images = {row.id for row in document.disk_images}
    for index, group in enumerate(document.image_groups):
        if not images.issuperset(group.disk_image_ids):
            path = f"image_groups[{index}].disk_image_ids"
            raise problem(source, path, list(group.disk_image_ids), "each must be the id of a row of disk_images")
        if f"image_type.{group.image_type}" not in NAMES:
            raise problem(source, f"image_groups[{index}].image_type", group.image_type, _one_of(_image_types()))


def _image_types() -> list[str]:
    return [key.removeprefix("image_type.") for key in NAMES if key.startswith("image_type.")]


def _one_of(allowed: Iterable[str]) -> str:
    return f"allowed are {', '.join(sorted(allowed))}"


def _check_software(document: WorldDocument, source: str) -> None:
    known = {row.key for row in document.software}
    for name in ("guests", "hardware"):
        for index, row in enumerate(getattr(document, name)):
            if row.os is not None and row.os not in known:
                raise problem(source, f"{name}[{index}].os", row.os, f"{_one_of(known)}, or null for none")


def _check_power(document: WorldDocument, source: str) -> None:
    for name in ("guests", "hardware"):
        for index, row in enumerate(getattr(document, name)):
            if row.power not in set(Power):
                raise problem(source, f"{name}[{index}].power", row.power, _one_of(Power))


def _check_users(document: WorldDocument, source: str) -> None:
    flaw = find_flaw(document.users, document.moving.profiles if document.moving else None)
    if flaw:
        raise problem(source, flaw.path, flaw.given, flaw.allowed)


def _check_labels(document: WorldDocument, source: str) -> None:
    unknown = document.labels.unknown_keys()
    if unknown:
        raise problem(source, "labels", unknown[0], _one_of([*NAMES, *REFUSALS]))


def _check_clock(document: WorldDocument, source: str) -> None:
    clock = document.clock
    try:
        zone = dates.zone(clock.utc_offset)
        if clock.now is not None:
            check_instant(dates.parse(clock.now, zone))
        check_speed(clock.speed if clock.speed is not None else 1.0)
    except ValueError as error:
        raise problem(source, "clock", {"now": clock.now, "speed": clock.speed}, str(error).rstrip(".")) from None


def with_master(document: WorldDocument, username: str, api_key: str) -> WorldDocument:
    """The document with another name and key for its master user. Raises DocumentError if the name is taken."""
    if any(user.username == username and not user.master for user in document.users):
        raise DocumentError(f"--master-user: the name {username!r} already belongs to an ordinary user of the world.")
    users = tuple(replace(user, username=username, api_key=api_key) if user.master else user for user in document.users)
    return replace(document, users=users, moving=_with_key(document, api_key))


def _with_key(document: WorldDocument, api_key: str) -> Moving | None:
    """The moving part, in which a key that a call gave the master user does not come before this one."""
    moving, master = document.moving, next(user for user in document.users if user.master)
    if moving is None or master.id not in moving.profiles:
        return moving
    profile = replace(moving.profiles[master.id], api_key=api_key)
    return replace(moving, profiles={**moving.profiles, master.id: profile})


def to_json(document: WorldDocument) -> str:
    """The document as JSON text."""
    return DOCUMENT.dump_json(document).decode()
