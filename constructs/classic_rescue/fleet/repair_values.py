"""The values of `repair:`, one function each: it returns the value or raises the refusal."""

from __future__ import annotations

import os

from classic_rescue.boot.repair import Then
from classic_rescue.boot.script import READY, as_path
from classic_rescue.fleet.nearest import did_you_mean
from classic_rescue.fleet.refusal import refuse, refuse_no_text
from classic_rescue.fleet.spelling import trim, word
from classic_rescue.fleet.values import read_line

SCRIPT_ALLOWED = (
    "the path of a file beside this one, such as repairs/fix-grub.sh, or one that ships:"
    f" {', '.join(READY)}"
)
REPAIR_ALLOWED = "a mapping such as {script: fsck} or {script: repairs/fix-grub.sh, then: leave}"
THEN_ALLOWED = ", ".join(Then)
MAX_PATH_CHARACTERS = 1000


def read_repair_shape(value: object) -> object:
    """Return what is to be read as a mapping. `repair:` alone names no script."""
    if isinstance(value, str):
        raise refuse("a script stands below `script:`", REPAIR_ALLOWED)
    if value is None:
        raise refuse("nothing is given here", REPAIR_ALLOWED)
    return value


def read_script_path(value: object) -> str:
    """Return the path of a script, relative to the fleet file, or the name of one that ships."""
    value = read_line(word(value) or value, "a script", SCRIPT_ALLOWED, MAX_PATH_CHARACTERS)
    if os.path.isabs(value) or value.startswith("~"):
        raise refuse(
            "this path is one of this machine alone; the file belongs beside the fleet file",
            SCRIPT_ALLOWED,
        )
    path = os.path.normpath(value)
    return path if path == value else as_path(path)


def read_then(value: object) -> Then:
    """Return what comes after a script that has ended with 0."""
    if not isinstance(value, str):
        raise refuse_no_text(value, "what comes then", THEN_ALLOWED)
    text = trim(value).lower()
    if text not in tuple(Then):
        raise refuse(f"no such word{did_you_mean(text, tuple(Then))}", THEN_ALLOWED)
    return Then(text)
