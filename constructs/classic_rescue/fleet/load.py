"""From a file or a text to a fleet, or to everything that is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from classic_rescue.boot import environment
from classic_rescue.boot.states import (
    DEFAULT_TIMEOUT_S,
    BootState,
    DeviceRef,
    Goal,
    Order,
    ReferenceField,
    without_dot,
)
from classic_rescue.fleet.backends import Backend
from classic_rescue.fleet.entries import DeviceEntry, Fleet
from classic_rescue.fleet.errors import FleetErrors, Problem
from classic_rescue.fleet.file import MAX_BYTES, read_text
from classic_rescue.fleet.model import DefaultsModel, DeviceModel, FleetModel, ImageModel
from classic_rescue.fleet.policy_rules import check_policy_rules
from classic_rescue.fleet.reading import read_tree
from classic_rescue.fleet.rules import check_rules
from classic_rescue.fleet.translate import check_backend, check_fleet
from classic_rescue.fleet.tree import Tree
from classic_rescue.policy.terms import NO_POLICY


def read_fleet(path: str | os.PathLike[str], *, now: datetime, environ: Mapping[str, str]) -> Fleet:
    """Return the fleet of a file.
    A backend in CLASSIC_RESCUE_BACKEND takes precedence over the file's.

    `now`, a time with its zone, decides which `until` has passed. Raises FleetErrors with every
    problem of both.
    """
    problems: list[Problem] = []
    fleet = backend = None
    try:
        backend = read_backend(environ)
    except FleetErrors as errors:
        problems += errors.problems
    try:
        fleet = parse_fleet(read_text(path), source=os.fspath(path), now=now)
    except FleetErrors as errors:
        problems += errors.problems
    if fleet is None or problems:
        raise FleetErrors(problems)
    return replace(fleet, backend=backend) if backend else fleet


def read_backend(environ: Mapping[str, str]) -> Backend | None:
    """Return the backend that CLASSIC_RESCUE_BACKEND names: a mapping in JSON or YAML, or a type
    such as `pg`.

    None when the variable is missing or empty. Raises FleetErrors.
    """
    text = environ.get(environment.BACKEND, "")
    if not text.strip():
        return None
    tree = read_tree(text, environment.BACKEND, ("backend",))
    backend, problems = check_backend(tree) if tree.is_whole else (None, [])
    if problems or tree.problems:
        raise FleetErrors([*tree.problems, *problems])
    return backend


def parse_fleet(text: str, *, source: str, now: datetime) -> Fleet:
    """Return the fleet of a text; `source` is the name that problems carry. Raises FleetErrors."""
    if now.tzinfo is None:
        raise ValueError("now: a time without its zone; allowed: a datetime with tzinfo")
    if len(text) > MAX_BYTES:
        raise FleetErrors(
            [
                Problem(
                    file=source, message=f"{len(text)} characters", allowed=f"at most {MAX_BYTES}"
                )
            ]
        )
    tree = read_tree(text, source)
    model, problems = _check(tree)
    if problems or model is None:
        raise FleetErrors(problems)
    return Fleet(
        source=source,
        endpoint=model.endpoint,
        backend=model.backend,
        shards=model.shards,
        shard_size=model.shard_size,
        devices=_entries(model, tree, now),
        policy=model.policy.terms() if model.policy else NO_POLICY,
    )


def _check(tree: Tree) -> tuple[FleetModel | None, list[Problem]]:
    """Return the model, and all problems.

    A text that could not be read to its end is not judged further.
    """
    if not tree.is_whole:
        return None, tree.problems
    if tree.root is None:
        empty = Problem(
            file=tree.source,
            message="the file holds nothing",
            allowed="`devices: {}` for an empty fleet",
        )
        return None, tree.problems or [empty]
    model, problems = check_fleet(tree)
    return model, [*tree.problems, *problems, *check_rules(tree), *check_policy_rules(tree)]


def _entries(model: FleetModel, tree: Tree, now: datetime) -> tuple[DeviceEntry, ...]:
    defaults = model.defaults or DefaultsModel()
    devices = (model.devices or {}).items()
    lines = tree.places.get(("devices",), {})
    return tuple(
        _entry(name, device, defaults, lines[name][0], now=now) for name, device in devices
    )


def _entry(
    name: str, device: DeviceModel, defaults: DefaultsModel, line: int, *, now: datetime
) -> DeviceEntry:
    until = device.until or defaults.until
    declared = _goal(device)
    order = Order(
        name=without_dot(name),
        device=_reference(device),
        goal=Goal(BootState.OS) if until is not None and until <= now else declared,
        timeout_s=device.timeout or defaults.timeout or DEFAULT_TIMEOUT_S,
        reason=device.reason or defaults.reason,
    )
    return DeviceEntry(
        order, declared, until, line, tags=frozenset(device.tags), allow_reboot=device.allow_reboot
    )


def _goal(device: DeviceModel) -> Goal:
    if isinstance(device.boot, ImageModel):
        return Goal(BootState.IMAGE, image=device.boot.image)
    return Goal(device.boot, no_os_environment=device.no_os_environment)


_REFERENCES = tuple(ReferenceField)


def _reference(device: DeviceModel) -> DeviceRef:
    given = ((field, getattr(device, field)) for field in _REFERENCES)
    return next(DeviceRef(field, value) for field, value in given if value is not None)
