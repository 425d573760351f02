"""The rim of the hook: environment in, exit code out.

The only place that takes the clock, signals and streams.
"""

from __future__ import annotations

# Before every other import: nothing of so short a run is garbage, and looking for it costs 4 %
# (docs/decisions/26-start-time-tricks.md has all that keeps the start short).
if __name__ == "__main__":
    import gc
    import signal

    gc.disable()
    # Ctrl-C during the imports ends it at once: nothing was sent, and Python's own answer would be
    # a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import FrameType
from typing import TYPE_CHECKING

from classic_rescue.api.client import ClassicApi
from classic_rescue.api.devices import DeviceId, Devices, LookupFailedError
from classic_rescue.api.errors import (
    ApiError,
    Denied,
    NotFound,
    SettingsError,
    SignInRefused,
)
from classic_rescue.api.settings import HOW_TO_SIGN_IN, Settings, is_loopback, read_settings
from classic_rescue.api.softlayer_file import secrets_in_files
from classic_rescue.boot import environment
from classic_rescue.boot.labels import Label, labels_with
from classic_rescue.boot.limits import WHO_GRANTS
from classic_rescue.boot.states import Order
from classic_rescue.hook import gate, journal
from classic_rescue.hook.absence import explain_not_found
from classic_rescue.hook.asking import Asking
from classic_rescue.hook.context import Ask, UntilTimeout
from classic_rescue.hook.declarations import read_declarations
from classic_rescue.hook.device_files import device_files
from classic_rescue.hook.exits import Exit, HookStopped, Interrupted
from classic_rescue.hook.journal import End, Start
from classic_rescue.hook.report import Report
from classic_rescue.hook.reviewed import what_was_reviewed
from classic_rescue.hook.run import DeclaredElsewhere, Transition
from classic_rescue.rim.hiding import Form, forms_of, hide, secrets_of
from classic_rescue.rim.streams import Outlet, open_missing_streams
from classic_rescue.rim.unexpected import say_unexpected

if TYPE_CHECKING:
    from classic_rescue.api.fleetwide import Census

USAGE = (
    "usage: python -m classic_rescue.hook enter|leave [--json] [--again], with the order as JSON in"
    " CLASSIC_RESCUE_ORDER"
)

# SIGHUP: cdktf ends Terraform by closing its terminal.
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> Exit:
    """Run one order. Returns how it ended; every problem is one line on standard error,
    never a traceback.
    """
    as_json = "--json" in arguments
    verbs = [argument for argument in arguments if argument not in ("--json", "--again")]
    if verbs not in (["enter"], ["leave"]):
        return _fail(Exit.USAGE, f"{' '.join(arguments) or 'nothing'}: not understood; {USAGE}")
    try:
        order = _order(environ)
    except ValueError as problem:
        return _fail(Exit.USAGE, str(problem))
    start = Start(verbs[0], order, datetime.now(UTC))
    try:
        settings = _settings(environ)
        speed = _clock_speed(environ, settings)
        labels = labels_with(environ.get(environment.LABELS))
    except (SettingsError, ValueError) as problem:
        _record(start, End(Exit.USAGE, datetime.now(UTC), {"text": str(problem)}), environ)
        return _fail(Exit.USAGE, str(problem))
    report = Report(
        order.name,
        order.device.key,
        now=lambda: datetime.now(UTC),
        out=sys.stdout,
        err=sys.stderr,
        as_json=as_json,
        events_path=environ.get(environment.EVENTS),
        secrets=_forms(environ, settings),
    )
    sleep = _sleeper(report)
    api = ClassicApi(settings, sleep=lambda seconds: sleep(seconds / speed))
    transition = Transition(
        order,
        Devices(api),
        report,
        files=device_files(environ, settings.endpoint),
        clock=lambda: time.monotonic() * speed,
        sleep=lambda seconds: sleep(seconds / speed),
        server_now=lambda: api.server_time,
        labels=labels,
        command=environ.get(environment.COMMAND) or "classic-rescue",
        ask=_ask(environ, api, settings, labels=labels, speed=speed),
        asks_again="--again" in arguments,
        reviewed=what_was_reviewed(environ, order),
    )
    api.patience = UntilTimeout(transition, speed)
    _listen(report)
    start = start._replace(endpoint=settings.endpoint, user=settings.credentials.user)
    return _run_recorded(start, transition, environ)


def _ask(
    environ: Mapping[str, str],
    api: ClassicApi,
    settings: Settings,
    *,
    labels: Sequence[Label],
    speed: float,
) -> Ask:
    def survey(only: set[DeviceId] | None) -> Census:
        # Only a limit on how many may be down needs it.
        from classic_rescue.api.fleetwide import Fleetwide

        files = device_files(environ, settings.endpoint)
        return Fleetwide(api, labels, observe=files.eyes(labels)).read(only=only)

    asking = Asking(
        directory=os.getcwd(),
        environ=environ,
        survey=survey,
        account=f"{settings.credentials.user} at {settings.endpoint}",
        sleep=time.sleep,
        clock_speed=speed,
        claims=[],
    )
    return lambda context, goal, seen: gate.check(asking, context, goal, seen)


def run(verb: str, transition: Transition, environ: Mapping[str, str]) -> Exit:
    """Run it; an interrupt at any moment, also while another problem is being explained,
    ends it in order.
    """
    try:
        return _run(verb, transition, environ)
    except (Interrupted, KeyboardInterrupt):
        transition.report.is_interrupted = False
        return _stop(transition, Exit.INTERRUPTED, "", "run again to go on")


def _run(verb: str, transition: Transition, environ: Mapping[str, str]) -> Exit:
    """One handler for everything that can go wrong, each with its exit code."""
    try:
        if verb == "enter":
            transition.enter()
        else:
            transition.leave(_declared_elsewhere(transition.order, environ))
    except HookStopped as problem:
        return _stop(transition, problem.exit, str(problem), problem.advice)
    except (NotFound, LookupFailedError) as problem:
        return _cut_off(transition, Exit.REFUSED, _explained(transition, problem))
    except SignInRefused as problem:
        return _cut_off(transition, Exit.REFUSED, str(problem))
    except Denied as problem:
        return _cut_off(transition, Exit.REFUSED, f"{problem}; {WHO_GRANTS}")
    except ApiError as problem:
        return _cut_off(transition, Exit.UNREACHABLE, str(problem))
    except BrokenPipeError:  # nobody reads any more: the process ends by it
        raise
    except Exception as problem:  # noqa: BLE001 what nobody foresaw must not hide what is under way
        forms = _forms(environ)
        text = say_unexpected("classic-rescue", problem, lambda said: hide(said, forms))
        return _cut_off(transition, Exit.FAILED, text)
    return Exit.DONE


def _run_recorded(start: Start, transition: Transition, environ: Mapping[str, str]) -> Exit:
    """Run it, and record how it ended, also when that is a defect."""
    exit = Exit.FAILED
    report = transition.report
    try:
        exit = run(start.verb, transition, environ)
    except BaseException as problem:
        if not report.has_ended:
            report.told["text"] = f"ended by {type(problem).__name__}"
        raise
    finally:
        _ignore_signals()
        end = End(
            exit=exit,
            ended=datetime.now(UTC),
            told=report.told,
            took_s=round(transition.clock() - transition.started, 1) if report.told else None,
            device=transition.found.key if transition.found else "",
            requests=tuple(str(sent.action) for sent in transition.sent),
        )
        user = transition.user.name if transition.user else start.user
        _record(start._replace(user=user, secrets=report.secrets), end, environ)
    return exit


def _record(start: Start, end: End, environ: Mapping[str, str]) -> None:
    """Add one line to the journal. One that cannot be written is said, and changes nothing."""
    is_rehearsal = bool(start.endpoint) and is_loopback(start.endpoint)
    place = journal.place(environ, journal.project_around(os.getcwd()), is_rehearsal=is_rehearsal)
    if not place:
        return
    token = environ.get(environment.JOURNAL_TOKEN)
    start = start._replace(secrets=start.secrets or _forms(environ))
    line = journal.line_of(start, end, environ)
    if problem := journal.keep(place, line, token):
        sys.stderr.write(
            f"note: the journal cannot be written; the device is not touched by that: {problem}\n"
        )


def _explained(transition: Transition, problem: NotFound | LookupFailedError) -> str:
    try:
        user = transition.devices.user().name
    except ApiError:
        user = "behind these credentials"
    return explain_not_found(transition.order, problem, user)


def _cut_off(transition: Transition, exit: Exit, text: str) -> Exit:
    """The service ended it. A request that may still be at work is what the exit code then says."""
    if transition.open_request is None:
        return _stop(transition, exit, text)
    return _stop(transition, Exit.UNDER_WAY, text, "run again to go on waiting")


def _stop(transition: Transition, exit: Exit, text: str, advice: str = "") -> Exit:
    """The last word: why, what was sent and what is known of it, what to do."""
    said = "; ".join(filter(None, (text, transition.account(), advice)))
    label = exit.name.replace("_", " ").lower()
    request = transition.open_request
    if exit is Exit.UNDER_WAY and request and not request.work:
        label = "unknown whether anything is under way"  # no work of its own was ever seen
    transition.report.say(
        "stopped",
        f"{label}: {said}",
        result=exit.name.lower(),
        exit=int(exit),
    )
    return exit


def _fail(exit: Exit, text: str) -> Exit:
    """Say what is wrong where there is no order yet that names a device."""
    sys.stderr.write(f"classic-rescue hook: {text}\n")
    return exit


def _order(environ: Mapping[str, str]) -> Order:
    text = environ.get(environment.ORDER)
    if not text:
        raise ValueError(f"CLASSIC_RESCUE_ORDER is not set; {USAGE}")
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(f"CLASSIC_RESCUE_ORDER is not JSON: {text[:200]!r}") from None
    if not isinstance(given, dict):
        raise ValueError(f"CLASSIC_RESCUE_ORDER is not an object: {text[:200]!r}")
    try:
        return Order.from_dict(given)
    except ValueError as problem:
        raise ValueError(f"CLASSIC_RESCUE_ORDER: {problem}") from None


def _settings(environ: Mapping[str, str]) -> Settings:
    settings = read_settings(environ, fleet=environ.get(environment.FLEET_ENDPOINT))
    if settings is None:
        raise SettingsError(f"neither endpoint nor credentials are configured: {HOW_TO_SIGN_IN}")
    return settings


def _forms(environ: Mapping[str, str], settings: Settings | None = None) -> tuple[Form, ...]:
    """What no line of this run may hold."""
    users = [environ.get(environment.SL_USERNAME, "")]
    secrets = [*secrets_of(environ), *secrets_in_files(environ)]
    if settings:
        users.append(settings.credentials.user)
        secrets += settings.secrets
    return forms_of(secrets, users=users)


def _clock_speed(environ: Mapping[str, str], settings: Settings) -> float:
    """How many times as fast as real time this run waits: only for a mock with a clock as fast."""
    text = environ.get(environment.CLOCK_SPEED, "1")
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise ValueError(f"CLASSIC_RESCUE_CLOCK_SPEED: {text!r}; allowed: a number above 0")
    if speed != 1 and not is_loopback(settings.endpoint):
        raise ValueError(
            f"CLASSIC_RESCUE_CLOCK_SPEED: {text} is only for a mock on this machine, not"
            f" {settings.endpoint}"
        )
    return speed


def _declared_elsewhere(order: Order, environ: Mapping[str, str]) -> DeclaredElsewhere:
    if environ.get(environment.DESTROY):  # all of the app goes: nothing moves
        return lambda names: None
    declarations = read_declarations(os.getcwd())
    return lambda names: declarations.elsewhere(order.device.key, names)


def _listen(report: Report) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        # Terraform and its terminal may both send one; the second must not end the last words.
        _ignore_signals()
        if not report.has_ended:
            report.is_interrupted = True
            raise Interrupted

    for number in SIGNALS:
        signal.signal(number, stop)


def _sleeper(report: Report) -> Callable[[float], None]:
    """Waiting that an interrupt ends, also one that was lost: Python drops an exception that a
    handler raises while a stream is finalised (iobase_finalize in CPython).
    """

    def sleep(seconds: float) -> None:
        if report.is_interrupted:
            raise Interrupted
        time.sleep(seconds)

    return sleep


def _ignore_signals() -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _run_process() -> int:
    """The whole process: what is printed stops nothing and holds no secret, and of an error that
    nobody foresaw only the kind is said.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    forms = _forms(os.environ)

    def hidden(text: str) -> str:
        return hide(text, forms)

    open_missing_streams()
    os.umask(0o077)  # journal, claims and events are for this user only
    # A hook must not outlive the Terraform that reads it.
    out = Outlet(sys.stdout, hidden, ends_with_reader=True)
    err = Outlet(sys.stderr, hidden)
    sys.stdout = out
    sys.stderr = err
    try:
        code = main(sys.argv[1:], os.environ)
        out.flush()
    except BrokenPipeError:
        code = Exit.FAILED
    except (Interrupted, KeyboardInterrupt):
        code = _fail(Exit.INTERRUPTED, "interrupted; nothing was started")
    except Exception as problem:  # noqa: BLE001 the rim: Terraform prints what is said here
        code = _fail(Exit.FAILED, say_unexpected("classic-rescue", problem, hidden))
    if out.lost:
        err.write(f"note: standard output cannot be written: {out.lost.strerror}\n")
    err.flush()
    return code


if __name__ == "__main__":
    # Cleaning up modules, which a process about to end does not need, costs it a tenth.
    os._exit(_run_process())
