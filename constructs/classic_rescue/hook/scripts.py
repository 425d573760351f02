"""One script in the rescue system of one device: whether it may run there, and how it ends."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from classic_rescue.api.client import PatientApi
from classic_rescue.api.devices import DeviceId
from classic_rescue.api.logins import read_logins
from classic_rescue.boot.durations import duration
from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.facts import Facts
from classic_rescue.boot.script import Script
from classic_rescue.boot.ssh import Login, Protocol, SshAccess
from classic_rescue.boot.states import BootState, Order
from classic_rescue.boot.testimony import Heard, Testimony
from classic_rescue.hook.exits import Exit
from classic_rescue.hook.journal import End
from classic_rescue.witness.keys import Key
from classic_rescue.witness.left_files import LeftFiles
from classic_rescue.witness.scripting import Scripts, Step, Target
from classic_rescue.witness.started import Started, keep_started, key_of, read_started

Tell = Callable[[str, str], None]
"""What to do with what happens meanwhile: its kind and a text. `output` is one line of the script,
`known` and `away` are as `Step` has them, `note` is anything else worth a word, `tick` nothing.
"""

_WHY = {
    "another_key": "another host key answers now: it has restarted since it was asked",
    "no_login": "it does not let the user in",
    "no_key": "the private key cannot be read, or has a passphrase",
}


@dataclass
class Ended:
    """What became of a script. `code` is its exit code; None where nobody knows. `was_known`: it
    had been started in this rescue before; `was_seen`: and its end was seen before, too.
    `is_lost`: nobody ever will see it; `may_go_on`: nobody can see it now. `files` is where the tar
    is with what it left.
    """

    text: str
    code: int | None = None
    is_known: bool = False
    output: list[str] = field(default_factory=list)
    took_s: float = 0.0
    is_cut: bool = False
    was_started: bool = True
    was_known: bool = False
    was_seen: bool = False
    is_lost: bool = False
    may_go_on: bool = False
    files: str = ""

    @property
    def is_done(self) -> bool:
        """Whether it has ended as it should."""
        return self.is_known and self.code == 0

    @property
    def lines(self) -> list[str]:
        """What it has printed."""
        return "".join(self.output).splitlines()


class Ready(NamedTuple):
    """A device that a script may run in, with all that this takes."""

    device: DeviceId
    facts: Facts
    seen: Observation
    told: Testimony
    ssh: SshAccess
    login: Login


def ready_or_refusal(
    order: Order, device: DeviceId | None, facts: Facts | None, seen: Observation | None
) -> Ready | str:
    """The device as it was seen, or why no script may run there."""
    ssh = order.ssh
    if ssh and ssh.protocol is Protocol.RDP:
        return "it is asked by its Remote Desktop, and scripts run over SSH"
    if ssh is None or ssh.login is None:
        return "the fleet file does not say how to log in: `ssh: {login: {key: agent}}` does"
    told = seen.testimony if seen else None
    if seen is None or told is None or device is None or facts is None:
        return "it was not asked itself"
    if seen.in_motion or seen.state not in (BootState.RESCUE, BootState.IMAGE):
        return f"it is not in rescue: {seen.evidence}"
    if told.heard is not Heard.OTHER_KEY:
        return f"nothing shows that its rescue system answers: {told}"
    if seen.unproven:
        return f"it is not proven to be in rescue: {seen.unproven}"
    if _runs_windows(facts, seen):
        return "a Windows answers there, which has no POSIX shell"
    if not ssh.login.key and not ssh.login.unverified:
        return (
            f"its password would go to a host key that nobody has pinned ({told.key}): log in with"
            " a key, or write `unverified: true` beside `password: stored`"
        )
    return Ready(device, facts, seen, told=told, ssh=ssh, login=ssh.login)


def _runs_windows(facts: Facts, seen: Observation) -> bool:
    if seen.state is BootState.IMAGE:
        return "windows" in seen.image.casefold()
    return facts.is_windows


def target_in(ready: Ready, script: Script, api: PatientApi) -> Target:
    """Where the script is to run, and as whom; the password is asked of the service only where one
    is needed. Raises ValueError where it keeps none, and the errors of `api.errors`.
    """
    wants_password = not ready.login.key
    known = read_logins(api, ready.device, with_passwords=wants_password)
    user = ready.login.user or (known[0].user if known else "root")
    password = next((one.password for one in known if one.user == user), None)
    if wants_password and not password:
        raise ValueError(f"the service keeps no password of {user}")
    return Target(
        host=ready.ssh.host(ready.facts.public_ip, ready.facts.private_ip),
        port=ready.ssh.port,
        jump=ready.ssh.jump,
        user=user,
        key=Key(ready.told.kind, ready.told.blob),
        login=ready.login,
        name=script.digest[:32],
        password=password if wants_password else None,
    )


class ScriptRun:
    """One script in one device that it may run in. `folder` is where it is remembered, `since` when
    this rescue began as far as that is known, `clock` counts real seconds.
    """

    def __init__(
        self,
        device: str,
        script: Script,
        *,
        scripts: Scripts,
        folder: str,
        since: datetime | None,
        clock: Callable[[], float],
        tell: Tell,
    ) -> None:
        self.script = script
        self._device = device
        self._key = key_of(device, script.digest)
        self._scripts = scripts
        self._folder = folder
        self._since = since
        self._clock = clock
        self._tell = tell

    def before(self) -> Started | None:
        """What is remembered of it in this rescue. Raises OSError, or ValueError where damaged."""
        one = read_started(self._folder).get(self._key)
        return None if one and self._since and one.at < self._since else one

    def carry_out(
        self, target: Target, timeout_s: int, *, at: datetime, again: bool = False
    ) -> Ended:
        """Run it, or wait for the run that there is. `again`: once more where that has ended. `at`
        is this moment by the service's time. Raises ValueError for a damaged file, OSError.
        """
        before = self.before()
        # A run whose end may still be seen is waited for, also with `again`.
        is_open = before is not None and before.code is None and not before.is_lost
        is_resumed = before is not None and (is_open or not again)
        one = before if before and is_resumed else Started(at)
        target = target._replace(is_resumed=is_resumed, is_again=again and not is_resumed)
        self._note(one)
        began = self._clock()
        stem, _ = os.path.splitext(os.path.basename(self.script.name))
        left = LeftFiles(self._folder, f"{self._device}-{stem}-{one.at:%Y%m%dT%H%M%SZ}")
        try:
            ended = self._follow(self._scripts.run(target, self.script, timeout_s), left, timeout_s)
        finally:
            left.drop()
        ended.took_s = round(self._clock() - began, 1)
        ended.was_seen = is_resumed and one.code is not None
        if ended.is_known:
            self._note(one._replace(code=ended.code))
        elif ended.is_lost:
            self._note(one._replace(is_lost=True))
        elif not ended.was_started and before is None:
            self._note(None)
        return ended

    def leave(self) -> None:
        """From here on the device is on its way home. Raises OSError, ValueError."""
        if one := self.before():
            self._note(one._replace(is_leaving=True))

    def forget(self) -> None:
        """It counts no more: the device has left this rescue."""
        self._note(None)

    def _note(self, one: Started | None) -> None:
        try:
            keep_started(self._folder, self._key, one)
        except OSError as problem:
            self._tell("note", f"what runs is not kept: {problem.strerror}")

    def _take(self, left: LeftFiles, step: Step) -> None:
        try:
            left.write(step.said["at"], step.content)
        except OSError as problem:
            left.drop()
            self._tell("note", f"the files that it left are not kept: {problem.strerror}")

    def _kept(self, left: LeftFiles) -> str:
        try:
            return left.keep()
        except OSError as problem:
            self._tell("note", f"the files that it left are not kept: {problem.strerror}")
            return ""

    def _follow(self, steps: Iterator[Step], left: LeftFiles, timeout_s: int) -> Ended:
        output: list[str] = []
        text_in = codecs.getincrementaldecoder("utf-8")("replace")
        rest = ""
        was_known = False
        why_away = ""
        for step in steps:
            if step.what == "output":
                why_away = ""
                output.append(text_in.decode(step.content))
                *lines, rest = (rest + output[-1]).split("\n")
                for line in lines:
                    self._tell("output", line)
            elif step.what == "known":
                was_known = True
                self._tell("known", "it was started in this rescue already: this is that run")
            elif step.what == "away" and why_away != step.said["why"]:
                why_away = step.said["why"]
                self._tell("away", f"{why_away}: trying again")
            elif step.what == "files":
                self._take(left, step)
            elif step.what == "no_files":
                left.drop()
                self._tell("note", f"the files that it left are not fetched: {step.said['why']}")
            elif step.what == "tick":
                self._tell("tick", "")
            elif step.what == "end":
                output.append(text_in.decode(b"", final=True))
                if rest := rest + output[-1]:
                    self._tell("output", rest)
                ended = _ended(step.said, timeout_s)
                ended.output = output
                ended.was_known = was_known
                ended.files = self._kept(left)
                return ended
        return Ended("the process that runs it has ended")


def end_of(ended: Ended, ready: Ready, script: Script, *, over: datetime) -> End:
    """How a journal's line tells it."""
    failed = Exit.FAILED if ended.is_known else Exit.UNDER_WAY
    told: dict[str, Any] = {
        "step": "done" if ended.is_done else "failed",
        "result": "ran",
        "before": str(ready.seen),
        "after": str(ready.seen),
        "evidence": str(ready.told),
        "text": f"{script}: {ended.text}",
    }
    return End(
        Exit.DONE if ended.is_done else failed,
        over,
        told,
        took_s=ended.took_s,
        device=ready.device.key,
        script={
            "name": script.name,
            "sha256": script.digest,
            "exit_code": ended.code,
            "output": ended.lines,
            "is_cut": ended.is_cut,
        },
    )


def _ended(said: Mapping[str, Any], timeout_s: int) -> Ended:
    """What the end of a run means, in words."""
    end = said["end"]
    if end == "ended":
        code = int(said["code"])
        late = f" after {duration(timeout_s)}, which was its time" if said["is_late"] else ""
        cut = "; only the first 64 kB of its output are kept" if said["is_cut"] else ""
        verb = f"was stopped{late}, with" if late else "ended with"
        return Ended(
            f"the script {verb} exit code {code}{cut}",
            code,
            is_known=True,
            is_cut=bool(said["is_cut"]),
        )
    if end == "gone":
        text = "the device has restarted meanwhile: how the script ended is unknown"
        return Ended(text, is_lost=True)
    if end == "killed":
        text = "what watched over the script was ended before it: how the script ended is unknown"
        return Ended(text, is_lost=True)
    if end == "overtime":
        text = (
            "the script runs on long after its time: how it ends is unknown; run it again to look"
        )
        return Ended(text, may_go_on=True)
    if end == "lost":
        text = f"it is away ({said['why']}): how the script ended is unknown; run it again to look"
        return Ended(text, may_go_on=True)
    why = _WHY.get(end) or str(said.get("why", end))
    return Ended(f"nothing was run: {why}", was_started=False)
