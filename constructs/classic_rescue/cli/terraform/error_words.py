"""The errors in a log of Terraform that nothing of ours has told already, in as few words as tell
them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from classic_rescue.cli.terraform.logs import FRAME_END, errors_in, plain

_FRAME_BEGIN = "╷"
_ERROR = "Error: "
_CLOSING = re.compile(r"Invoking Terraform CLI failed|Stacks? deploying +\d+ Stack")
"""What cdktf says after every failure."""

_COMMAND = re.compile(
    r"Error running command\s+'.*?':\s+exit\s+status\s+(\d+)\.\s+Output:\s*", re.S
)
_SIGNAL = re.compile(r"Error running command\s+'.*?':\s+signal:\s+([\w ]+)\.\s+Output:.*", re.S)
_LOCK_FIELD = re.compile(
    r"\b(ID|Who|Operation|Created):\s+(\S+(?: \S+)*?)(?=\s+[A-Z]\w+:|\s{2,}|$)"
)
STALE = "Saved plan is stale"
"""How Terraform and OpenTofu begin their refusal of a plan after its state has moved: the command
says it in its own words.
"""

HOOK_FAILED = "local-exec provisioner error"
_SAID_BY_HOOK = "(local-exec):"
"""After the block and the device, before each line of a hook."""


def unexplained(text: str, told: Iterable[str]) -> list[str]:
    """The lines of a log that tell what went wrong besides the hooks of the devices `told`, which
    are keys: how those ended is known in their own words.
    """
    marks = [f"[{json.dumps(key, ensure_ascii=False)}]" for key in told]
    own = [f"{mark} {_SAID_BY_HOOK}" for mark in marks]
    text = "\n".join(line for line in text.splitlines() if not any(said in line for said in own))
    kept: list[str] = []
    has_dropped = False
    for block in _blocks(text):
        said = " ".join(map(plain, block))
        if STALE in said or (HOOK_FAILED in said and any(mark in said for mark in marks)):
            has_dropped = True
        elif locked := lock_words(said):
            kept += [locked, FRAME_END]
        else:
            kept += [*_short(block), FRAME_END]
    is_error = any("Error" in line or "error:" in line for line in kept)
    return errors_in("\n".join(kept)) if is_error or not has_dropped else []


def _blocks(text: str) -> Iterator[list[str]]:
    """The log in parts, each error one of its own. Without colours Terraform draws no frames: then
    an error ends where the next one begins.
    """
    block: list[str] = []
    is_framed = False
    for line in text.splitlines():
        begins = _FRAME_BEGIN in line or (not is_framed and plain(line).startswith(_ERROR))
        if begins and block:
            yield block
            block = []
        is_framed = is_framed or _FRAME_BEGIN in line
        if is_framed or not _CLOSING.search(line):
            block.append(line)
        if FRAME_END in line:
            yield block
            block = []
            is_framed = False
    if block:
        yield block


def lock_words(said: str) -> str:
    """Who has the lock of a state, of Terraform's error about it; empty for any other error."""
    if "Error acquiring the state lock" not in said:
        return ""
    told = dict(_LOCK_FIELD.findall(said))
    number = told.get("ID", "")
    who = f"by {told['Who']}" if "Who" in told else "by somebody"
    since = f", since {told['Created']}" if "Created" in told else ""
    for_what = f", for {told['Operation']}" if "Operation" in told else ""
    danger = (
        f" Only where that run has certainly ended: `terraform force-unlock {number}`. While it"
        " still runs, that lets two write one state, and the record of what is in rescue is lost."
    )
    return (
        f"Error: the state is locked {who}{since}{for_what} (lock {number or 'without an id'}):"
        f" wait until that has ended.{danger if number else ''}"
    )


def _short(block: Sequence[str]) -> list[str]:
    """An error without the command of a hook, which is long and tells nothing."""
    text = "\n".join(map(plain, block))
    cut = _COMMAND.sub(r"its hook ended with exit status \1 and told nothing more:\n", text)
    # Python may still have printed where it was: that tells nobody anything.
    cut = _SIGNAL.sub(r"its hook was ended by a signal (\1) before it told anything", cut)
    return cut.splitlines()
