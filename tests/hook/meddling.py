"""Between the hook and the mock of this process: a transport to which anything may happen.

Each exchange has a fate: whether it reaches the mock, and what comes back. Each exchange and each
sleep is a step; before a step somebody else may act, an interrupt may come, or the process dies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from classic_rescue.api.client import READ_ONLY
from classic_rescue.api.errors import Unanswered, Unreachable
from classic_rescue.api.settings import Settings
from classic_rescue.api.transport import HttpReply, Transport
from classic_rescue.hook.exits import Interrupted
from tests.direct_mock import exchange
from tests.hook.meddled_world import MeddledWorld, Truth

MOST_EXCHANGES = 4000
PUBLIC = "SoftLayer_Exception_Public"


def _error(text: str, code: str = PUBLIC) -> bytes:
    return json.dumps({"error": text, "code": code}).encode()


class Answer(NamedTuple):
    """What comes back instead of the mock's answer; `refuses`: it means for sure that nothing was
    done.
    """

    status: int
    body: bytes
    refuses: bool = False


HTML = b"<html><body>Something else answers.</body></html>"
LOCKED = "Cannot issue command at this time. A Remote management command has recently been issued."
OUTSTANDING = "There is currently an outstanding transaction for this server."
DENIED = "You do not have permission to perform this action."

ANSWERS: dict[str, Answer] = {
    "internal error": Answer(500, _error("Internal Error", "SoftLayer_Exception")),
    "bad gateway": Answer(502, HTML),
    "foreign 401": Answer(401, HTML),
    "foreign 403": Answer(403, HTML),
    "foreign 404": Answer(404, HTML),
    "captive portal": Answer(200, HTML),
    "unknown words": Answer(500, _error("The moon is in the wrong phase.")),
    "null": Answer(200, b"null"),
    "[]": Answer(200, b"[]"),
    "{}": Answer(200, b"{}"),
    "false": Answer(200, b"false"),
    "a text": Answer(200, b'"yes"'),
    "a number": Answer(200, b"7"),
    "NaN": Answer(200, b'{"id": NaN}'),
    "wrong rows": Answer(200, b'[1, "two", null]'),
    "wrong fields": Answer(200, b'{"id": {"a": []}, "activeTransaction": 7, "powerState": "x"}'),
    "401": Answer(401, _error("Invalid API token."), refuses=True),
    "403": Answer(403, _error(DENIED), refuses=True),
    "not found": Answer(
        404,
        _error("Unable to find object.", "SoftLayer_Exception_ObjectNotFound"),
        refuses=True,
    ),
    "foreign 429": Answer(429, HTML, refuses=True),
    "rate limit": Answer(
        500, _error("Rate limit exceeded.", "SoftLayer_Exception_RateLimitExceeded"), refuses=True
    ),
    "lock-out": Answer(500, _error(LOCKED), refuses=True),
    "outstanding": Answer(500, _error(OUTSTANDING), refuses=True),
}
EMPTY = frozenset({"null", "[]", "{}"})
"""Answers that are valid for a list or an image: nobody could tell them from the truth."""


class Fate(NamedTuple):
    """What happens to one exchange. `answer` is a key of ANSWERS, or `own`, the mock's; `lost`;
    `no connection`; `stale`, an earlier answer to the same call; or `killed`, the process dies
    before the answer.

    `outcome` is a fault of the mock by which a change that is accepted does not do what it should.
    """

    is_delivered: bool = True
    answer: str = "own"
    outcome: str = ""

    @property
    def is_surely_not_done(self) -> bool:
        """Whether the client can know that nothing was done."""
        known = ANSWERS.get(self.answer)
        return self.answer == "no connection" or (known is not None and known.refuses)


PASS = Fate()


class Killed(BaseException):
    """The process dies: no line of the hook runs after it."""


class Runaway(BaseException):
    """The hook asks and asks, and never ends."""


@dataclass
class Step:
    """One exchange or sleep as it was. `data_from` is the number of the step at which what was
    answered was true; `status` is the mock's own, None where nothing reached it.
    """

    number: int
    what: str
    at: float
    before: Truth
    fate: Fate = PASS
    is_change: bool = False
    is_look: bool = False
    data_from: int = 0
    status: int | None = None
    seconds: float = 0.0
    is_note_open: bool = False
    own_under_way: bool = False

    @property
    def is_accepted(self) -> bool:
        """Whether the mock accepted a change."""
        return self.is_change and self.status == 200


Act = tuple[int, str]


@dataclass(frozen=True)
class Script:
    """What happens in one run: the fates of the changing requests in their order; of reading calls
    after so many untouched ones, for so many; what others do after so many steps; and how and when
    the process is ended: `interrupt` or `kill`.
    """

    sends: tuple[Fate, ...] = ()
    reads: tuple[tuple[int, Fate, int], ...] = ()
    others: tuple[Act, ...] = ()
    end: Act | None = None


UNTOUCHED = Script()


@dataclass
class Tape:
    """What happened in one run."""

    world: MeddledWorld
    script: Script
    is_note_open: Callable[[], bool] = lambda: False
    steps: list[Step] = field(default_factory=list)
    others: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sends = iter(self.script.sends)
        self._reads = _spread(self.script.reads)
        self._others = list(self.script.others)
        self._countdown = self._others[0][0] if self._others else -1
        self._exchanges = 0

    def step(self, what: str) -> Step:
        """A new step, once what comes before it has happened."""
        while self._countdown == 0:
            act = self._others.pop(0)[1]
            if self.world.act(act):
                self.others.append((len(self.steps), act))
            self._countdown = self._others[0][0] if self._others else -1
        self._countdown -= 1
        step = Step(len(self.steps), what, self.world.now_s, self.world.truth())
        step.data_from = step.number
        self.steps.append(step)
        if self.script.end and self.script.end[0] == step.number:
            raise Interrupted if self.script.end[1] == "interrupt" else Killed
        return step

    def sleep(self, seconds: float) -> None:
        """Let the world's time pass, and with it the hook's."""
        self.step("sleep").seconds = seconds
        self.world.pass_s(seconds)

    def exchange(self, method: str, *, is_change: bool, is_look: bool) -> Step:
        """A step that is an exchange, with its fate."""
        self._exchanges += 1
        if self._exchanges > MOST_EXCHANGES:
            raise Runaway(f"{self._exchanges} exchanges, the last of them {method}")
        step = self.step(method)
        step.is_change = is_change
        step.is_look = is_look
        step.is_note_open = self.is_note_open()
        step.fate = next(self._sends if is_change else self._reads, PASS)
        return step


def _spread(reads: tuple[tuple[int, Fate, int], ...]) -> Iterator[Fate]:
    for skip, fate, times in reads:
        yield from [PASS] * skip
        yield from [fate] * times


LOOKS = frozenset({"getObject", "getVirtualGuests", "getHardware"})


class Meddler(Transport):
    """The transport of one run."""

    def __init__(self, settings: Settings, tape: Tape) -> None:
        super().__init__(settings)
        self._tape = tape
        self._earlier: dict[str, tuple[HttpReply, int]] = {}

    def send(self, call: str, path: str, body: bytes | None, **_: object) -> HttpReply:
        """One exchange, as its fate has it."""
        service = path.split("/", 1)[0]
        method = path.split("?", 1)[0].rsplit("/", 1)[1].removesuffix(".json")
        is_change = (service, method) not in READ_ONLY
        is_look = method in LOOKS and "operatingSystem" in path
        step = self._tape.exchange(method, is_change=is_change, is_look=is_look)
        fate = step.fate = _possible(step.fate, method, is_change=is_change)
        if fate.answer == "stale" and path in self._earlier:
            earlier, step.data_from = self._earlier[path]
            return earlier
        reply = self._deliver(step, path, body) if fate.is_delivered else None
        if fate.answer == "no connection":
            raise Unreachable(f"{call}: no connection")
        if fate.answer == "killed":
            raise Killed
        if fate.answer in ANSWERS:
            answer = ANSWERS[fate.answer]
            return HttpReply(answer.status, "", answer.body)
        if reply is None or fate.answer == "lost":
            raise Unanswered(f"{call}: sent, but no answer came")
        self._earlier.setdefault(path, (reply, step.number))
        return reply

    def close(self) -> None:
        """There is no connection."""

    def _deliver(self, step: Step, path: str, body: bytes | None) -> HttpReply:
        world = self._tape.world
        if step.is_change:
            step.own_under_way = world.is_own_under_way
            world.prepare(step.fate.outcome, step.what)
        reply = exchange(world.mock.wsgi, self._settings, path, body)
        assert reply is not None
        step.status = reply.status
        if step.is_accepted:
            world.note_own(is_done=step.fate.outcome != "no_transaction")
        return reply


def _possible(fate: Fate, method: str, *, is_change: bool) -> Fate:
    """The fate, without what no service could mean: a sure refusal of what was done, and a valid
    answer that is a lie.
    """
    if is_change:
        is_done = fate.is_delivered and not fate.is_surely_not_done
        answer = "own" if fate.answer == "stale" else fate.answer
        return fate._replace(is_delivered=is_done, answer=answer)
    return PASS if fate.answer in EMPTY and method != "getObject" else fate
