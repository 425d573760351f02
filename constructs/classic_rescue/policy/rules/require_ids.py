"""Devices are named by their ids, which nobody can give to another machine."""

from __future__ import annotations

from collections.abc import Iterator

from classic_rescue.boot.states import DeviceRef
from classic_rescue.policy.case import Case, Finding

NAME = "require_ids"


def check(case: Case) -> Iterator[Finding]:
    """One finding a device of the file that is named by a host name or an address."""
    if not case.policy.require_ids:
        return
    for subject in case.subjects:
        device = DeviceRef.from_key(subject.key)
        if subject.is_declared and device.kind is None:
            text = (
                f"{subject.name} is named by its {device.field}, which may lead to another device"
                " tomorrow; allowed: only virtual_guest or hardware with the id; `status` shows the"
                " id that it leads to now"
            )
            yield Finding(NAME, text, (subject.name,), subject.line)
