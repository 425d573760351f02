"""What is judged, and what a rule says about it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from classic_rescue.boot.states import Goal
from classic_rescue.policy.terms import Policy


class Subject(NamedTuple):
    """One device as the policy sees it.

    `goal` is what counts now: the operating system for a device that leaves the fleet or is past
    its `until`. `takes_down`: this run takes a system that may be running down, on purpose: into
    rescue or an image. `is_down`: it is out of its operating system before, during or after this
    run, whoever brought it there. `script` is what is to run in its rescue system; empty: nothing.
    `line` is where it stands in the fleet file, 0 where it does not.
    `is_declared`: it is in the fleet, and so counts for percentages; False for one that leaves.
    """

    key: str
    name: str
    goal: Goal
    reason: str | None = None
    until: datetime | None = None
    tags: frozenset[str] = frozenset()
    allow_reboot: bool = False
    takes_down: bool = False
    is_down: bool = False
    line: int = 0
    is_declared: bool = True
    script: str = ""


class Case(NamedTuple):
    """All devices of a fleet, and those that leave it, at one moment, in UTC."""

    policy: Policy
    subjects: tuple[Subject, ...]
    at: datetime


class Finding(NamedTuple):
    """What breaks a rule in a run. `names` are the devices meant; `line` is the first one's, 0
    where none is.

    `text` says what is wrong, what was given, what is allowed and what to do.
    """

    rule: str
    text: str
    names: tuple[str, ...] = ()
    line: int = 0
