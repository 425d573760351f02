"""The words by which the API's transactions and events are recognised: the one table of them.

Some are recorded from the real service, others nobody documents (`classic-api.md` 9): those are
marked `assumed`. A row matches when every one of its words stands in the name, whatever the case.
The environment variable CLASSIC_RESCUE_LABELS, a JSON list of [meaning, [word, …]], puts rows
before these without a new release. A row of the event log counts as a request only, until an ended
transaction shows that it was done; a configured row counts as proof.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from classic_rescue.boot import environment


class Meaning(StrEnum):
    """What an entry says about the boot state after it."""

    RESCUE = "rescue"
    IMAGE = "image"
    UNLOAD = "unload"
    RESTART = "restart"
    START = "start"
    OFF = "off"
    UNCLEAR = "unclear"


class Label(NamedTuple):
    """One row: names that hold all `words` have this meaning.

    `evidence` is how well that is known.
    """

    meaning: Meaning
    words: tuple[str, ...]
    evidence: str
    source: str

    @property
    def is_configured(self) -> bool:
        """Whether an operator gave the row: it then proves the state even as an event alone."""
        return self.evidence == "configured"

    def matches(self, name: str) -> bool:
        """Whether every word stands in the name."""
        return all(word in name for word in self.words)


LABELS: tuple[Label, ...] = (
    Label(
        Meaning.UNLOAD,
        ("iso", "teardown"),
        "recorded",
        "softlayer-cli fixture getObject-124929698: Cloud ISO Teardown",
    ),
    Label(
        Meaning.UNLOAD,
        ("unload", "image"),
        "assumed",
        "console wording of the event, VSD vsi_launch_rescue.md",
    ),
    Label(Meaning.UNLOAD, ("unmount",), "assumed", "method name unmountIsoImage"),
    Label(
        Meaning.RESCUE,
        ("rescue",),
        "recorded",
        "softlayer-cli fixture: RESCUE_BOOT; audit-log.vsi.rescue",
    ),
    Label(Meaning.IMAGE, ("cloud", "iso"), "assumed", "counterpart of Cloud ISO Teardown"),
    Label(Meaning.IMAGE, ("boot", "image"), "assumed", "console wording; audit-log.vsi.boot"),
    Label(Meaning.IMAGE, ("mount", "iso"), "assumed", "method name mountIsoImage"),
    Label(
        Meaning.RESTART,
        ("reload",),
        "documented",
        "BMD understanding-server-transaction.md: MS OS Reload, which ends in the operating system",
    ),
    Label(Meaning.RESTART, ("reboot",), "recorded", "event log name Reboot"),
    Label(Meaning.RESTART, ("power", "cycle"), "documented", "SLDN powerCycle"),
    Label(Meaning.START, ("power", "on"), "recorded", "event log name Power On"),
    Label(Meaning.OFF, ("power", "off"), "recorded", "event log name Power Off"),
)


def label_of(names: Iterable[str], labels: Iterable[Label] = LABELS) -> Label | None:
    """The first row that matches a transaction or event of these names; None where none does."""
    said = " ".join(names).replace("_", " ").casefold()
    return next((label for label in labels if label.matches(said)), None)


def meaning_of(names: Iterable[str], labels: Iterable[Label] = LABELS) -> Meaning | None:
    """What a transaction or event of these names means for the boot state;
    None where no row matches.
    """
    label = label_of(names, labels)
    return label.meaning if label else None


def labels_with(text: str | None) -> tuple[Label, ...]:
    """The table with the rows of CLASSIC_RESCUE_LABELS before it.

    Raises ValueError that says what is allowed.
    """
    if not text:
        return LABELS
    try:
        rows = [
            Label(
                Meaning(meaning),
                tuple(str(w).casefold() for w in words),
                "configured",
                environment.LABELS,
            )
            for meaning, words in json.loads(text)
        ]
    except (ValueError, TypeError) as problem:
        allowed = ", ".join(Meaning)
        raise ValueError(
            f"CLASSIC_RESCUE_LABELS: {text!r} is not usable ({problem}); allowed: a JSON list"
            f' such as [["rescue", ["rescue boot"]]] with a meaning of {allowed}'
        ) from None
    return (*rows, *LABELS)
