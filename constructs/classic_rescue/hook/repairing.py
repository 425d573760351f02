"""The repair of one order: its script, in the rescue system that has just testified. Loaded only
where an order has one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta

from classic_rescue.api.devices import DeviceId
from classic_rescue.boot.evidence import clock_time
from classic_rescue.boot.repair import SHOWN_DIGITS, Repair
from classic_rescue.boot.script import Script, read_script
from classic_rescue.boot.states import BootState
from classic_rescue.hook.context import Context, Look
from classic_rescue.hook.exits import Exit, HookStopped
from classic_rescue.hook.in_vain import why_in_vain
from classic_rescue.hook.journal import FOLDER, End, project_around
from classic_rescue.hook.report import clean, duration
from classic_rescue.hook.scripts import Ended, Ready, ScriptRun, end_of, ready_or_refusal, target_in
from classic_rescue.rim.hiding import forms_of
from classic_rescue.witness.scripting import Scripts

HEARTBEAT_S = 30.0
"""How often it is said that a script still runs."""

LAST_LINES = 5
"""How many lines of its output a failed script is told with."""

MOST_CHARACTERS = 200
"""Of each such line."""

REPAIRED_FOR = timedelta(days=1)
"""How long it counts that a device was repaired whose way back then failed: so that the next run
does not begin with another rescue.
"""

Keep = Callable[[End], None]
"""Adds what became of a script to the journal."""


class Repairing:
    """The repair of one order. `directory` is the folder that Terraform runs in. `scripts` gives
    who runs scripts for a project, `clock` counts real seconds. `agent` is the SSH agent's socket.
    """

    def __init__(
        self,
        repair: Repair,
        directory: str,
        *,
        scripts: Callable[[str], Scripts],
        keep: Keep,
        clock: Callable[[], float],
        agent: str = "",
    ) -> None:
        self._repair = repair
        self._project = project_around(directory) or directory
        self._scripts = scripts
        self._keep = keep
        self._clock = clock
        self._agent = agent
        self._last_line = ""
        self._told_at = 0.0
        self._began = 0.0
        self.script = self._reviewed()

    @property
    def name(self) -> str:
        """What people call it."""
        return self._repair.script

    def _reviewed(self) -> Script:
        """The script, if it is the one that was planned. Raises HookStopped."""
        wanted = self._repair
        try:
            script = read_script(wanted.script, self._project)
        except ValueError as problem:
            raise HookStopped(Exit.REFUSED, f"its repair: {problem}", _PLAN_AGAIN) from None
        if script.digest != wanted.sha256:
            raise HookStopped(
                Exit.REFUSED,
                f"its repair: {wanted.script} is another text than was planned (sha256"
                f" {script.digest[:SHOWN_DIGITS]}, and not {wanted.sha256[:SHOWN_DIGITS]})",
                _PLAN_AGAIN,
            )
        return script

    def check(self, context: Context, device: DeviceId, look: Look) -> None:
        """Before the device is taken down for it. Raises HookStopped where it could not run there,
        or the errors of `api.errors`.
        """
        ssh = context.order.ssh
        assert ssh is not None  # noqa: S101 an order with a repair says how to log in
        assert ssh.login is not None  # noqa: S101 as before
        try:
            self._run(context, device, look).before()
        except (ValueError, OSError) as problem:
            why = str(problem)
        else:
            why = why_in_vain(
                ssh.login,
                device,
                look.facts,
                api=context.devices.api,
                agent=self._agent,
                folder=self._project,
            )
        if why:
            raise HookStopped(Exit.REFUSED, f"its repair could not run: {why}", _NOTHING)

    def is_behind(self, context: Context, device: DeviceId, look: Look) -> str:
        """What to say where this repair has been done and only the way back failed, which has
        succeeded since; empty where it has not.
        """
        seen = look.seen
        if seen.state is not BootState.OS or seen.in_motion or seen.unproven:
            return ""
        try:
            before = self._run(context, device, look).before()
        except (ValueError, OSError):
            return ""
        if before is None or not before.is_leaving or context.now - before.at > REPAIRED_FOR:
            return ""
        return f"{self.name} ended with exit code 0 in the rescue of {clock_time(before.at)}"

    def carry_out(self, context: Context, device: DeviceId, look: Look) -> str:
        """Run it where it did not run in this rescue yet, and wait for its end. Returns how it
        ended. Raises HookStopped where that is not as it should be.
        """
        ready = ready_or_refusal(context.order, device, look.facts, look.seen)
        if isinstance(ready, str):
            raise HookStopped(Exit.FAILED, f"{self.name} was not run: {ready}", _STAYS)
        try:
            target = target_in(ready, self.script, context.devices.api)
            if target.password:  # a script may print it
                context.report.secrets += forms_of([target.password])
            context.report.say(
                "repair",
                f"running {self._repair}, as {target.user} at {ready.told.where}; {ready.told}",
            )
            context.others_work = f"{self.name} may go on in the device"
            self._began = self._told_at = self._clock()
            run = self._run(context, device, look)
            ended = run.carry_out(target, self._repair.timeout_s, at=context.now)
        except (ValueError, OSError) as problem:
            raise HookStopped(Exit.FAILED, f"{self.name} was not run: {problem}", _STAYS) from None
        context.others_work = ""
        context.pauses += 1  # what was seen before is old
        if ended.files:
            path = os.path.relpath(ended.files, self._project)
            context.report.say("repair", f"{self.name}: what it left is in {path}")
        self._end(context, ready, ended)
        told = " in this rescue already" if ended.was_known else ""
        return f"{self._repair}: {ended.text}{told}, after {duration(ended.took_s)}"

    def leave(self, context: Context, device: DeviceId, look: Look) -> None:
        """It is done, and the device goes home now: see `is_behind`."""
        with suppress(OSError, ValueError):  # then the next run begins with another rescue
            self._run(context, device, look).leave()

    def forget(self, context: Context, device: DeviceId, look: Look) -> None:
        """The device has come back: the same script may run in its next rescue."""
        self._run(context, device, look).forget()

    def _run(self, context: Context, device: DeviceId, look: Look) -> ScriptRun:
        is_down = look.seen.state is BootState.RESCUE
        return ScriptRun(
            device.key,
            self.script,
            scripts=self._scripts(self._project),
            folder=os.path.join(self._project, FOLDER),
            since=look.seen.since if is_down else None,
            clock=self._clock,
            tell=lambda kind, text: self._tell(context, kind, text),
        )

    def _tell(self, context: Context, kind: str, text: str) -> None:
        if kind == "output":
            shown = clean(text.strip(), context.report.secrets)  # before it is cut
            self._last_line = shown[:MOST_CHARACTERS] or self._last_line
        elif kind != "tick":
            context.report.say("repair", f"{self.name}: {text}")
        context.pause(0)  # where an interrupt ends it
        if self._clock() - self._told_at >= HEARTBEAT_S:
            self._told_at = self._clock()
            last = f"; it says: {self._last_line}" if self._last_line else ""
            took = duration(self._clock() - self._began)
            context.report.say("repair", f"{self.name} has been running for {took}{last}")

    def _end(self, context: Context, ready: Ready, ended: Ended) -> None:
        """Record it. Raises HookStopped where it has not ended with 0."""
        if ended.was_started and not ended.was_seen:
            self._keep(end_of(ended, ready, self.script, over=context.report.now()))
        if ended.is_done:
            return
        text = f"{self._repair}: {ended.text}"
        if ended.was_known and ended.is_known:
            text += " in this rescue already, where it is not run again by itself"
        if lines := [line.strip() for line in ended.lines if line.strip()][-LAST_LINES:]:
            shown = (clean(line, context.report.secrets)[:MOST_CHARACTERS] for line in lines)
            text += f"; it said at last: {' | '.join(shown)}"
        command = f"{context.command} run {context.order.name} {self.name} --again"
        if ended.may_go_on:
            raise HookStopped(Exit.UNDER_WAY, text, "run again to look")
        if not ended.was_started:
            raise HookStopped(Exit.FAILED, text, _STAYS)
        raise HookStopped(
            Exit.FAILED, text, f"{_STAYS}; change the script, or run it once more: `{command}`"
        )


def scripts_alone(environ: Mapping[str, str]) -> Callable[[str], Scripts]:
    """Who runs scripts for one order, in a process of its own that ends with this one."""
    made: dict[str, Scripts] = {}

    def scripts(project: str) -> Scripts:
        if project not in made:
            made[project] = Scripts(environ, project)
        return made[project]

    return scripts


_NOTHING = "mend that, and run again"
_PLAN_AGAIN = "nothing was run: plan again, and have the script reviewed"
_STAYS = "it stays in rescue: look at it"
