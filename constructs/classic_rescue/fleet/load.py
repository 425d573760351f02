"""From a file or a text to a fleet, or to everything that is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from classic_rescue.boot import environment
from classic_rescue.boot.repair import DEFAULT_TIMEOUT_S as REPAIR_TIMEOUT_S
from classic_rescue.boot.repair import Repair, Then
from classic_rescue.boot.script import READY, Script, as_path, read_script
from classic_rescue.boot.ssh import RDP_PORT, Login, Proof, Protocol, SshAccess
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
from classic_rescue.fleet.policy_model import PolicyModel
from classic_rescue.fleet.policy_rules import check_policy_rules
from classic_rescue.fleet.policy_values import POLICY_ALLOWED
from classic_rescue.fleet.reading import read_tree
from classic_rescue.fleet.repair_model import RepairModel
from classic_rescue.fleet.rules import check_rules
from classic_rescue.fleet.scalars import show
from classic_rescue.fleet.ssh_model import SshModel
from classic_rescue.fleet.translate import check_backend, check_fleet, check_policy_shape
from classic_rescue.fleet.tree import Tree
from classic_rescue.policy.terms import NO_POLICY

Beside = Callable[[str], tuple[str, str]]
"""Reads a file by its name relative to the fleet file: what to call it, and its text.
Raises FleetErrors.
"""

ReadScript = Callable[[str], Script]
"""Reads a script by its path relative to the fleet file, or its name. Raises ValueError."""

_POLICY = ("policy",)


def read_fleet(
    path: str | os.PathLike[str],
    *,
    now: datetime,
    environ: Mapping[str, str],
    project: str | os.PathLike[str] = "",
) -> Fleet:
    """Return the fleet of a file.
    A backend in CLASSIC_RESCUE_BACKEND takes precedence over the file's. `project` is the folder
    that orders name their files from; empty: the current one.

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
        text = read_text(path)
        fleet = parse_fleet(text, source=os.fspath(path), now=now, project=os.fspath(project))
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


def parse_fleet(
    text: str,
    *,
    source: str,
    now: datetime,
    beside: Beside | None = None,
    script: ReadScript | None = None,
    project: str = "",
) -> Fleet:
    """Return the fleet of a text; `source` is the name that problems carry. Raises FleetErrors.

    `beside` reads a policy that is in a file of its own, `script` a script; by default relative to
    `source`. `project`: see `read_fleet`.
    """
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
    model, policy, problems = _check(tree, beside or partial(_read_beside, source))
    if problems or model is None:
        raise FleetErrors(problems)
    folder = os.path.dirname(source)
    scripts = _scripts(model, tree, script or partial(read_script, folder=folder))
    # Orders name files relative to the project: a state holds nothing of one machine.
    beside_it = os.path.relpath(folder or os.curdir, project or os.curdir)
    return Fleet(
        source=source,
        endpoint=model.endpoint,
        backend=model.backend,
        shards=model.shards,
        shard_size=model.shard_size,
        requests_per_second=model.requests_per_second,
        devices=_entries(model, tree, scripts, folder=beside_it, now=now),
        policy=policy.terms() if policy else NO_POLICY,
        ssh=_ssh((model.defaults or DefaultsModel()).ssh, None, beside_it),
        notify=tuple(channel.terms() for channel in model.notify),
    )


def _read_beside(source: str, name: str) -> tuple[str, str]:
    path = os.path.join(os.path.dirname(source), name)
    return path, read_text(path)


def _check(
    tree: Tree, beside: Beside
) -> tuple[FleetModel | None, PolicyModel | None, list[Problem]]:
    """Return the model, the policy, and all problems.

    A text that could not be read to its end is not judged further.
    """
    if not tree.is_whole:
        return None, None, tree.problems
    if tree.root is None:
        empty = Problem(
            file=tree.source,
            message="the file holds nothing",
            allowed="`devices: {}` for an empty fleet",
        )
        return None, None, tree.problems or [empty]
    policy = None
    of_policy = check_policy_rules(tree)
    named = tree.find(_POLICY)
    if isinstance(named, str) and isinstance(tree.root, dict):
        policy, of_policy = _policy_in(named, tree, beside)
        tree = replace(tree, root={**tree.root, "policy": None})
    model, problems = check_fleet(tree)
    if model and model.policy:
        policy = model.policy
    return model, policy, [*tree.problems, *problems, *check_rules(tree), *of_policy]


def _policy_in(name: str, tree: Tree, beside: Beside) -> tuple[PolicyModel | None, list[Problem]]:
    """The policy in a file of its own, or its problems."""
    if not name.strip() or os.path.isabs(name):
        return None, [tree.problem(_POLICY, "this names no file", POLICY_ALLOWED, show(name))]
    try:
        source, text = beside(name)
    except FleetErrors as errors:
        problem = errors.problems[0]
        path = problem.file if problem.file.isprintable() else ascii(problem.file)
        message = f"the policy's file {path} cannot be read: {problem.message}"
        return None, [tree.problem(_POLICY, message, POLICY_ALLOWED, show(name))]
    found = read_tree(text, source, _POLICY)
    if not found.is_whole:
        return None, found.problems
    if found.root is None:
        nothing = Problem(file=source, message="the file holds no rule", allowed="`{}` for none")
        return None, found.problems or [nothing]
    model, problems = check_policy_shape(found)
    return model, [*found.problems, *problems, *check_policy_rules(found)]


def _scripts(model: FleetModel, tree: Tree, read: ReadScript) -> dict[str, Script]:
    """The scripts that devices name, each read once. Raises FleetErrors."""
    scripts: dict[str, Script] = {}
    problems: list[Problem] = []
    for name, device in (model.devices or {}).items():
        wanted = device.repair.script if device.repair else ""
        if not wanted or wanted in scripts:
            continue
        try:
            scripts[wanted] = read(wanted)
        except ValueError as problem:
            place = ("devices", name, "repair", "script")
            allowed = "a text beside this file, such as repairs/fix-grub.sh"
            problems.append(tree.problem(place, str(problem), allowed))
    if problems:
        raise FleetErrors(problems)
    return scripts


def _entries(
    model: FleetModel, tree: Tree, scripts: Mapping[str, Script], *, folder: str, now: datetime
) -> tuple[DeviceEntry, ...]:
    defaults = model.defaults or DefaultsModel()
    devices = (model.devices or {}).items()
    lines = tree.places.get(("devices",), {})
    return tuple(
        _entry(
            name,
            device,
            defaults,
            lines[name][0],
            folder=folder,
            scripts=scripts,
            now=now,
        )
        for name, device in devices
    )


def _entry(
    name: str,
    device: DeviceModel,
    defaults: DefaultsModel,
    line: int,
    *,
    folder: str,
    scripts: Mapping[str, Script],
    now: datetime,
) -> DeviceEntry:
    until = device.until or defaults.until
    has_expired = until is not None and until <= now
    declared = _goal(device)
    repair = device.repair if not has_expired else None
    order = Order(
        name=without_dot(name),
        device=_reference(device),
        goal=Goal(BootState.OS) if has_expired else declared,
        timeout_s=device.timeout or defaults.timeout or DEFAULT_TIMEOUT_S,
        reason=device.reason or defaults.reason,
        ssh=_way(defaults.ssh, device, folder),
        repair=_repair(repair, scripts[repair.script], folder) if repair else None,
    )
    return DeviceEntry(
        order,
        declared,
        until,
        line,
        tags=frozenset(device.tags),
        allow_reboot=device.allow_reboot,
        script=repair.script if repair else "",
    )


def _way(usual: SshModel | None, device: DeviceModel, folder: str) -> SshAccess | None:
    """How a device is asked itself; None where it is not. The way to a Remote Desktop is that to
    an SSH server, and neither its port nor whether its word must be had.
    """
    if device.rdp is None:
        return _ssh(usual, device.ssh, folder)
    way = usual.model_dump(include={"address", "jump"}, exclude_none=True) if usual else {}
    own = device.rdp.model_dump(exclude_none=True)
    return SshAccess(**{"port": RDP_PORT, **way, **own, "protocol": Protocol.RDP})


def _ssh(usual: SshModel | None, own: SshModel | None, folder: str) -> SshAccess | None:
    """How a device is asked itself; None where it is not."""
    said = [given.model_dump(exclude_none=True) for given in (usual, own) if given]
    if not said:
        return None
    merged = {key: value for given in said for key, value in given.items()}
    if login := merged.get("login"):
        merged["login"] = Login(**{key: login[key] for key in login if key != "password"})
    ssh = SshAccess(**merged)
    if ssh.proof is Proof.OFF:
        return None
    path = ssh.known_hosts and os.path.normpath(os.path.join(folder, ssh.known_hosts))
    return ssh._replace(known_hosts=path)


def _repair(given: RepairModel, script: Script, folder: str) -> Repair:
    path = given.script
    if path not in READY:
        path = as_path(os.path.normpath(os.path.join(folder, path)))
    return Repair(
        path,
        script.digest,
        script.lines,
        timeout_s=given.timeout or REPAIR_TIMEOUT_S,
        then=given.then or Then.STAY,
    )


def _goal(device: DeviceModel) -> Goal:
    if isinstance(device.boot, ImageModel):
        return Goal(BootState.IMAGE, image=device.boot.image)
    return Goal(device.boot, no_os_environment=device.no_os_environment)


_REFERENCES = tuple(ReferenceField)


def _reference(device: DeviceModel) -> DeviceRef:
    given = ((field, getattr(device, field)) for field in _REFERENCES)
    return next(DeviceRef(field, value) for field, value in given if value is not None)
