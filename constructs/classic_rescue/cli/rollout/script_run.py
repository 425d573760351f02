"""One script in the rescue system of one device: whether it may run there, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from classic_rescue.api.client import ClassicApi
from classic_rescue.api.devices import DeviceId
from classic_rescue.boot import environment
from classic_rescue.boot.durations import duration
from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.facts import Facts
from classic_rescue.boot.ssh import Login, SshAccess
from classic_rescue.boot.states import BootState
from classic_rescue.boot.testimony import Heard, Testimony
from classic_rescue.cli.session.connection import journal_place
from classic_rescue.cli.session.logins import read_logins
from classic_rescue.cli.session.observed import PATIENCE, Row
from classic_rescue.cli.session.session import Session
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.cli.terminal.output import clean, say, say_wrapped
from classic_rescue.hook import journal
from classic_rescue.hook.exits import Exit
from classic_rescue.hook.orders import forms
from classic_rescue.witness.keys import Key
from classic_rescue.witness.record import FOLDER
from classic_rescue.witness.script import Script
from classic_rescue.witness.scripting import Step, Target, run_script
from classic_rescue.witness.started import Started, keep_started, key_of, read_started

_WHY = {
    "another_key": "another host key answers now: it has restarted since it was asked",
    "no_login": "it does not let the user in",
    "no_key": "the private key cannot be read, or has a passphrase",
}


@dataclass
class Ended:
    """What became of a script. `code` is its exit code; None where nobody knows."""

    text: str
    code: int | None = None
    is_known: bool = False
    output: list[str] = field(default_factory=list)
    took_s: float = 0.0
    is_cut: bool = False
    was_started: bool = True


Clock = Callable[[], float]
"""Counts real seconds."""


class Ready(NamedTuple):
    """A device that a script may run in, with all that this takes."""

    row: Row
    device: DeviceId
    facts: Facts
    seen: Observation
    told: Testimony
    ssh: SshAccess
    login: Login


def ready_or_refusal(row: Row) -> Ready | str:
    """The device, or why no script may run there."""
    ssh = row.target.order.ssh
    seen = row.seen
    if ssh is None or ssh.login is None:
        return "the fleet file does not say how to log in: `ssh: {login: {key: agent}}` does"
    told = seen.testimony if seen else None
    if seen is None or told is None or row.device is None or row.facts is None:
        return "it was not asked itself"
    if seen.in_motion or seen.state not in (BootState.RESCUE, BootState.IMAGE):
        return f"it is not in rescue: {row.evidence}"
    if told.heard is not Heard.OTHER_KEY:
        return f"nothing shows that its rescue system answers: {told}"
    if seen.unproven:
        return f"it is not proven to be in rescue: {seen.unproven}"
    if _runs_windows(row, seen):
        return "a Windows answers there, which has no POSIX shell"
    if not ssh.login.key and not ssh.login.unverified:
        return (
            f"its password would go to a host key that nobody has pinned ({told.key}): log in with"
            " a key, or write `unverified: true` beside `password: stored`"
        )
    return Ready(row, row.device, row.facts, seen=seen, told=told, ssh=ssh, login=ssh.login)


def _runs_windows(row: Row, seen: Observation) -> bool:
    if seen.state is BootState.IMAGE:
        return "windows" in seen.image.casefold()
    return bool(row.facts and row.facts.is_windows)


class ScriptRun:
    """One script in one device that it may run in."""

    def __init__(
        self, session: Session, ready: Ready, script: Script, *, timeout_s: int, clock: Clock
    ) -> None:
        self.session = session
        self.ready = ready
        self.name = ready.row.target.name
        self.script = script
        self._key = key_of(ready.device.key, script.digest)
        self._timeout_s = timeout_s
        self._clock = clock
        self._folder = str(session.project / FOLDER)
        user, password = self._login(ready.login)
        self.target = Target(
            host=ready.ssh.host(ready.facts.public_ip, ready.facts.private_ip),
            port=ready.ssh.port,
            jump=ready.ssh.jump,
            user=user,
            key=Key(ready.told.kind, ready.told.blob),
            login=ready.login,
            name=script.digest[:32],
            password=password,
        )

    def _login(self, login: Login) -> tuple[str, str | None]:
        """Who logs in, with which password, asked of the service only where one is needed."""
        wants_password = not login.key
        api = ClassicApi(self.session.connection.settings, patience=PATIENCE)
        known = read_logins(api, self.ready.device, with_passwords=wants_password)
        user = login.user or (known[0].user if known else "root")
        if not wants_password:
            return user, None
        password = next((one.password for one in known if one.user == user), None)
        if not password:
            raise Failure(f"{self.name}: the service keeps no password of {user}")
        return user, password

    def carry_out(self, *, again: bool, is_shown: bool) -> Ended:
        """Run it, or wait for the run that there is; show what it prints meanwhile."""
        try:
            started = read_started(self._folder)
        except (OSError, ValueError) as problem:
            raise Failure(str(problem)) from None
        before = started.get(self._key)
        since = self.ready.seen.since
        if before and since and before.at < since:
            before = None  # of an earlier rescue
        at = self.ready.row.at or self.session.opened
        name = self.target.name
        if again:  # the first run has the folder of that name in the device
            name = f"{name}-{at:%Y%m%d%H%M%S}"
        one = Started(at, name)
        # A run whose end nobody has seen is waited for, also with --again.
        is_resumed = before is not None and before.code is None
        if before and (is_resumed or not again):
            one = before
        target = self.target._replace(name=one.name, is_resumed=is_resumed)
        self._note(started, one)
        began = self._clock()
        steps = run_script(target, self.script, self._timeout_s, self.session.connection.environ)
        try:
            ended = self._follow(steps, is_shown=is_shown)
        except KeyboardInterrupt:
            say_wrapped(
                f"{self.name}: the script goes on in the device, and the same command"
                " waits for its end",
                err=True,
            )
            raise
        ended.took_s = round(self._clock() - began, 1)
        if ended.is_known:
            self._note(started, one._replace(code=ended.code))
        return ended

    def _note(self, started: dict[str, Started], one: Started) -> None:
        started[self._key] = one
        try:
            keep_started(self._folder, started)
        except OSError as problem:
            say_wrapped(f"classic-rescue: what runs is not kept: {problem.strerror}", err=True)

    def _follow(self, steps: Iterator[Step], *, is_shown: bool) -> Ended:
        output: list[str] = []
        rest = ""
        why_away = ""
        for step in steps:
            if step.what == "output":
                why_away = ""
                output.append(step.output)
                *lines, rest = (rest + step.output).split("\n")
                for line in lines if is_shown else ():
                    say(f"{self.name} | {clean(line)}")
            elif step.what == "known" and is_shown:
                say_wrapped(f"{self.name}: it was started in this rescue already: this is that run")
            elif step.what == "away" and why_away != step.said["why"]:
                why_away = step.said["why"]
                say_wrapped(f"{self.name}: {why_away}: trying again", err=True)
            elif step.what == "end":
                if rest and is_shown:
                    say(f"{self.name} | {clean(rest)}")
                ended = _ended(step.said, self._timeout_s)
                ended.output = output
                return ended
        return Ended("the process that runs it has ended")

    def keep(self, ended: Ended, *, started: datetime, over: datetime) -> None:
        """One line in the journal."""
        settings = self.session.connection.settings
        environ = self.session.connection.environ
        place = journal_place(environ, self.session.project, settings)
        if not place or not ended.was_started:
            return
        is_done = ended.is_known and ended.code == 0
        known = Exit.FAILED if ended.is_known else Exit.UNDER_WAY
        told: dict[str, Any] = {
            "step": "done" if is_done else "failed",
            "result": "ran",
            "before": str(self.ready.seen),
            "after": str(self.ready.seen),
            "evidence": str(self.ready.told),
            "text": f"{self.script}: {ended.text}",
        }
        order = self.ready.row.target.order
        start = journal.Start(
            "run",
            order,
            started,
            endpoint=settings.endpoint,
            user=settings.credentials.user,
            secrets=forms(environ, settings),
        )
        end = journal.End(
            Exit.DONE if is_done else known,
            over,
            told,
            took_s=ended.took_s,
            device=self.ready.device.key,
        )
        token = environ.get(environment.JOURNAL_TOKEN)
        why = journal.keep(place, journal.line_of(start, end, environ), token)
        if why:
            say_wrapped(f"classic-rescue: the journal cannot be written: {why}", err=True)


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
        return Ended("the rescue system has restarted meanwhile: how the script ended is unknown")
    if end == "lost":
        text = f"it is away ({said['why']}): how the script ended is unknown; run it again to look"
        return Ended(text)
    why = _WHY.get(end) or str(said.get("why", end))
    return Ended(f"nothing was run: {why}", was_started=False)
