"""Turns what pydantic reports into problems in our own words, each with its line."""

from __future__ import annotations

import re
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from classic_rescue.fleet import notify_values, policy_values, repair_values, ssh_values, values
from classic_rescue.fleet.backends import BACKENDS, SECRETS, TYPES_ALLOWED, Backend
from classic_rescue.fleet.errors import Problem
from classic_rescue.fleet.model import (
    BackendShape,
    DefaultsModel,
    DeviceModel,
    FleetModel,
    ImageModel,
)
from classic_rescue.fleet.nearest import did_you_mean
from classic_rescue.fleet.notify_model import ChannelModel, EmailModel, WebhookModel
from classic_rescue.fleet.policy_model import BreakGlassModel, LimitModel, PolicyModel, WindowModel
from classic_rescue.fleet.refusal import REFUSED
from classic_rescue.fleet.repair_model import RepairModel
from classic_rescue.fleet.scalars import UNREADABLE, show
from classic_rescue.fleet.spelling import odd_sign, small
from classic_rescue.fleet.ssh_model import LoginModel, RdpModel, SshModel
from classic_rescue.fleet.tree import Trail, Tree

_NO_MAPPING = ("model_type", "dict_type", "model_attributes_type")

_CREDENTIALS = (
    "password",
    "passwd",
    "secret",
    "token",
    "api_key",
    "apikey",
    "access_key",
    "username",
    "user",
)
_FREE_TEXTS = ("reason", "image", "images_allowed", "require_reason")
_CREDENTIALS_GO = "SL_USERNAME and SL_API_KEY in the environment, or ~/.softlayer"

_ALLOWED = {
    "devices": (
        "names and devices, such as {web-1: {virtual_guest: 101, boot: os}};"
        " `devices: {}` for an empty fleet"
    ),
    "defaults": "a mapping such as {timeout: 45m}",
    "boot": values.BOOT_ALLOWED,
    "image": values.IMAGE_ALLOWED,
    "bucket": "the name of a bucket",
    "address": "an https URL with {stack} in it",
    "organization": "the name of the organization",
    "type": TYPES_ALLOWED,
    "policy": policy_values.POLICY_ALLOWED,
    "limit": policy_values.LIMIT_ALLOWED,
    "max_down": "a mapping such as {limit: 5} or {names: 'web-*', limit: 1}",
    "windows": "a mapping such as {days: mon-fri, from: '22:00', to: '06:00', zone: Europe/Rome}",
    "days": policy_values.DAYS_ALLOWED,
    "from": policy_values.START_ALLOWED,
    "to": policy_values.END_ALLOWED,
    "zone": policy_values.ZONE_ALLOWED,
    "break_glass": "a mapping such as {reason: CHG-9 outage, until: 2026-12-01T06:00:00+01:00}",
    "reason": values.REASON_ALLOWED,
    "until": values.UNTIL_ALLOWED,
    "ssh": ssh_values.SSH_ALLOWED,
    "rdp": ssh_values.RDP_ALLOWED,
    "login": ssh_values.LOGIN_ALLOWED,
    "repair": repair_values.REPAIR_ALLOWED,
    "script": repair_values.SCRIPT_ALLOWED,
    "name": notify_values.NAME_ALLOWED,
    "form": notify_values.FORM_ALLOWED,
    "url_from": notify_values.VARIABLE_ALLOWED,
}
_Model = TypeVar("_Model")
_FLEET: TypeAdapter[FleetModel | None] = TypeAdapter(FleetModel)
_DEVICE: TypeAdapter[DeviceModel | None] = TypeAdapter(DeviceModel)
_POLICY: TypeAdapter[PolicyModel | None] = TypeAdapter(PolicyModel)
_BACKEND: TypeAdapter[Backend | None] = TypeAdapter(BackendShape)

_DEVICE_ALLOWED = "a mapping such as {virtual_guest: 101, boot: rescue}"


def check_fleet(tree: Tree) -> tuple[FleetModel | None, list[Problem]]:
    """Return the fleet of the tree, or the problems of its shape.

    Repeated devices are looked at too.
    """
    model, problems = _check(_FLEET, tree.root, (), tree)
    for trail, value in tree.repeated:
        if len(trail) == 2 and trail[0] == "devices":
            problems += _check(_DEVICE, value, trail, tree)[1]
    return model, problems


def check_backend(tree: Tree) -> tuple[Backend | None, list[Problem]]:
    """Return the backend that is the whole of the tree, or its problems."""
    return _check(_BACKEND, tree.root, tree.start, tree)


def check_policy_shape(tree: Tree) -> tuple[PolicyModel | None, list[Problem]]:
    """Return the policy that is the whole of the tree, or the problems of its shape."""
    return _check(_POLICY, tree.root, tree.start, tree)


def _check(
    shape: TypeAdapter[_Model], value: object, start: Trail, tree: Tree
) -> tuple[_Model | None, list[Problem]]:
    try:
        return shape.validate_python(value), []
    except ValidationError as error:
        found = (_problem(details, start, tree) for details in error.errors(include_url=False))
        return None, [problem for problem in found if problem]


def _problem(details: ErrorDetails, start: Trail, tree: Tree) -> Problem | None:
    """Return the problem, or None when it only follows from one
    that the reading of the tree has reported.
    """
    if details["input"] is UNREADABLE and details["type"] != "extra_forbidden":
        return None
    kind = details["type"]
    trail = _trail((*start, *details["loc"]), is_refused=kind == REFUSED)
    if kind == REFUSED:
        return _refused(details, trail, tree)
    if kind == "extra_forbidden":
        return _unknown_key(trail, tree)
    if kind == "missing":
        return _missing(trail, tree)
    allowed = _allowed(trail)
    if kind in _NO_MAPPING:
        return _no_mapping(details["input"], trail, allowed, tree)
    given = "" if trail[:1] == ("notify",) else show(details["input"])
    return tree.problem(trail, f"not accepted: {details['msg']}", allowed, given)


def _trail(parts: Trail, *, is_refused: bool) -> Trail:
    """Return the trail in the file: pydantic adds the tag of a union, and a mark to keys.

    The unions are `backend`, `boot` and `max_down`.
    By position, since a user's key can read like any tag.
    """
    match parts:
        case ("backend", _, *below):
            return ("backend", *below)
        case ("policy", "max_down", _, *below):
            return ("policy", "max_down", *below)
        case ("devices", name, "boot", _, *below):
            return ("devices", name, "boot", *below)
        case ("devices", name, "[key]") if is_refused:
            return ("devices", name)
        case _:
            return parts


def _refused(details: ErrorDetails, trail: Trail, tree: Tree) -> Problem:
    """Return the words of our own check; see `refusal.refuse`."""
    words = details["ctx"]
    if words["part"]:
        trail = (*trail, words["part"])
    if words["is_secret"]:
        return tree.problem(trail, words["message"], words["allowed"])
    given = _given(details, trail, tree)
    odd = odd_sign(given, is_free=trail[-1] in _FREE_TEXTS) if isinstance(given, str) else ""
    return tree.problem(trail, words["message"] + odd, words["allowed"], show(given))


def _given(details: ErrorDetails, trail: Trail, tree: Tree) -> object:
    """Return what was given at the trail; for a part of a mapping not the whole mapping."""
    return tree.find(trail) if details["ctx"]["part"] else details["input"]


def _allowed(trail: Trail) -> str:
    """Return what is allowed at a trail; an item of a list goes by the list's name."""
    if _is_device(trail):
        return _DEVICE_ALLOWED
    names = [str(part) for part in trail if not isinstance(part, int)]
    return _ALLOWED.get(names[-1], "") if names else ""


def _is_device(trail: Trail) -> bool:
    return len(trail) == 2 and trail[0] == "devices"


def _model_at(trail: Trail, tree: Tree) -> type[BaseModel]:
    """Return the model of the mapping at the trail."""
    match trail:
        case ("backend",):
            return BACKENDS[str(_backend_type(tree))]
        case ("defaults",):
            return DefaultsModel
        case ("devices", _):
            return DeviceModel
        case ("devices", _, "boot"):
            return ImageModel
        case ("defaults", "ssh") | ("devices", _, "ssh"):
            return SshModel
        case ("devices", _, "repair"):
            return RepairModel
        case ("devices", _, "rdp"):
            return RdpModel
        case (*_, "ssh", "login"):
            return LoginModel
        case ("notify", _):
            return ChannelModel
        case ("notify", _, "webhook"):
            return WebhookModel
        case ("notify", _, "email"):
            return EmailModel
        case ("policy",):
            return PolicyModel
        case ("policy", "max_down", _):
            return LimitModel
        case ("policy", "windows", _):
            return WindowModel
        case ("policy", "break_glass"):
            return BreakGlassModel
        case _:
            return FleetModel


def _backend_type(tree: Tree) -> object:
    """Return the type of backend; `local` where it could not be read, as
    `backends.read_backend_shape` does.
    """
    written = tree.find(("backend", "type"))
    return "local" if written is UNREADABLE else small(written)


def _unknown_key(trail: Trail, tree: Tree) -> Problem:
    """Report a key, never its value: what stands under a mistyped key may be a secret."""
    above = trail[:-1]
    key = str(trail[-1])
    model = _model_at(above, tree)
    known = [field.alias or name for name, field in model.model_fields.items()]
    allowed = ", ".join(sorted(known))
    if above == ("backend",) and (variable := SECRETS[str(_backend_type(tree))].get(key.lower())):
        return tree.problem(
            trail, "secrets and connections do not go into this setting", f"set {variable} instead"
        )
    if key.lower() in _CREDENTIALS:
        return tree.problem(trail, "credentials do not go into this file", _CREDENTIALS_GO)
    before = re.match(r"[A-Za-z_]+(?=[:\uff1a])", key)
    if before and before[0] in known:
        message = f"unknown key; a blank is missing after the colon of `{before[0]}`"
        return tree.problem(trail, message + odd_sign(key), f"`{before[0]}: ` and its value")
    hint = did_you_mean(key.strip(), known)
    return tree.problem(trail, f"unknown key{hint}{odd_sign(key)}", allowed)


def _missing(trail: Trail, tree: Tree) -> Problem | None:
    if trail[:-1] in tree.incomplete:
        return None
    return tree.problem(trail, "missing", _allowed(trail))


def _no_mapping(value: object, trail: Trail, allowed: str, tree: Tree) -> Problem:
    if not trail:
        return tree.problem(
            trail, "the top must be a mapping", "`devices:` and what belongs to it", show(value)
        )
    if value is None:
        return tree.problem(trail, "nothing is given here", allowed)
    return tree.problem(trail, "this must be a mapping", allowed, show(value))
