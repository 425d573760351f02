"""Asks the device of one order for its host key. Loaded only where the fleet file wants it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime

from classic_rescue.api.devices import DeviceId
from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.facts import Facts
from classic_rescue.boot.ssh import SshAccess
from classic_rescue.boot.states import Order
from classic_rescue.boot.testimony import Testimony
from classic_rescue.hook.journal import project_around
from classic_rescue.hook.testifying import Hear
from classic_rescue.witness.prober import Prober
from classic_rescue.witness.record import FOLDER, Record
from classic_rescue.witness.witness import Asked, Witness, asked_of


def record_of(project: str | os.PathLike[str]) -> Record:
    """The record in a project's folder."""
    return Record(os.path.join(project, FOLDER))


def witness_of(project: str | os.PathLike[str], environ: Mapping[str, str]) -> Witness:
    """The witness of a project, with its record, and with files of known hosts seen from there."""
    return Witness(record_of(project), Prober(environ, os.fspath(project)))


def listener(
    order: Order, ssh: SshAccess, directory: str, ask: Callable[[str, Asked], Testimony]
) -> Hear:
    """How an order asks its device, in the folder that Terraform runs in. `ask` gets the project's
    folder.
    """
    project = project_around(directory) or directory

    def hear(device: DeviceId, facts: Facts, seen: Observation, at: datetime) -> Testimony:
        return ask(project, asked_of(order.name, ssh, device.key, facts=facts, seen=seen, at=at))

    return hear


def asking_alone(environ: Mapping[str, str]) -> Callable[[str, Asked], Testimony]:
    """Ask in a process of this order's own, which ends with this one."""

    def ask(project: str, asked: Asked) -> Testimony:
        (told,) = witnesses.setdefault(project, witness_of(project, environ)).hear([asked])
        return told

    witnesses: dict[str, Witness] = {}
    return ask
