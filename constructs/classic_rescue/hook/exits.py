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
    UNDER_WAY = 5
    UNREACHABLE = 6
    POLICY = 7
    INTERRUPTED = 130


EXIT_MEANINGS = {
    Exit.DONE: (
        "the device is in its desired state; the result `unproven` says that a restart was"
        " accepted, or that nobody could see one, and that nothing shows what the device runs"
    ),
    Exit.FAILED: "the request was accepted, but the evidence does not show the desired state",
    Exit.USAGE: (
        "the order, the endpoint or the credentials are missing or unusable; nothing was sent"
    ),
    Exit.REFUSED: (
        "a permission, device access or a limit forbids it; the text names which and who can grant"
        " it"
    ),
    Exit.BUSY: (
        "another transaction, another run, the service's limit or the 20 minutes after a reboot"
        " outlasted the timeout"
    ),
    Exit.UNDER_WAY: (
        "a request was accepted, or was sent and nobody could look since, and its end was not seen:"
        " the text says what is known, and since when; run again to go on waiting"
    ),
    Exit.UNREACHABLE: (
        "no usable answer from the API; a request of which nothing shows that it arrived is not"
        " sent again by this run"
    ),
    Exit.POLICY: (
        "the fleet's policy forbids it now; the text names the rule and what to do; nothing was"
        " changed"
    ),
    Exit.INTERRUPTED: "stopped by SIGINT or SIGTERM; the last line says what is still under way",
}


class HookStopped(Exception):
    """The hook cannot go on. `exit` tells the kind; the text tells what and why, `advice` what to
    do. What was sent is added by the rim: `Context.account`.
    """

    def __init__(self, exit: Exit, text: str, advice: str = "") -> None:
        self.exit = exit
        self.advice = advice
        super().__init__(text)


class Interrupted(BaseException):
    """SIGINT or SIGTERM arrived. Not an Exception, so that nothing on the way swallows it."""
