"""How a hook ends: the one table of exit codes."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of the hook; what each means to an operator is in `EXIT_MEANINGS`."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    BUSY = 4
    TIMED_OUT = 5
    UNREACHABLE = 6
    POLICY = 7
    INTERRUPTED = 130


EXIT_MEANINGS = {
    Exit.DONE: "the device is in its desired state, and there is evidence for it",
    Exit.FAILED: "the request was accepted, but the evidence does not show the desired state",
    Exit.USAGE: (
        "the order, the endpoint or the credentials are missing or unusable; nothing was sent"
    ),
    Exit.REFUSED: (
        "a permission, device access or a limit forbids it; the text names which and who can grant"
        " it"
    ),
    Exit.BUSY: (
        "another transaction, or the 20 minutes after a reboot, outlasted the timeout; nothing was"
        " changed"
    ),
    Exit.TIMED_OUT: "the request was accepted and its work is still under way",
    Exit.UNREACHABLE: (
        "no usable answer from the API; a request that may have arrived is never sent again"
    ),
    Exit.POLICY: (
        "the fleet's policy forbids it now; the text names the rule and what to do; nothing was"
        " changed"
    ),
    Exit.INTERRUPTED: "stopped by SIGINT or SIGTERM; the last line says what is still under way",
}


class HookStopped(Exception):
    """The hook cannot go on. `exit` tells the kind; the text tells what, why and what to do."""

    def __init__(self, exit: Exit, text: str) -> None:
        self.exit = exit
        super().__init__(text)


class Interrupted(BaseException):
    """SIGINT or SIGTERM arrived. Not an Exception, so that nothing on the way swallows it."""
