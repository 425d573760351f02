"""Text of others on its way to a terminal or to the log of a CI system."""

from __future__ import annotations

import re

_COMMAND = re.compile(r"(?m)^(\s*):(?=:)|##(?=\[)")
"""What GitHub's runner takes for a command in a job's log: a line that begins with two colons, and
`##[` anywhere (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs).
"""


def printable(text: str) -> str:
    """The text with a question mark for each control character."""
    if text.isprintable():  # looking at each character of a fleet of 5,000 would take half a second
        return text
    return "".join(character if character.isprintable() else "?" for character in text)


def no_command(text: str) -> str:
    """Lines with a space in what would be a command: the name of a device must not become one."""
    if "::" not in text and "##[" not in text:
        return text
    return _COMMAND.sub(lambda found: f"{found[0]} ", text)
