"""One order, carried out to its end: what was asked for, what is said, recorded and returned is the
same wherever it runs, in a process of its own or in one that runs many.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from classic_rescue.api.devices import DeviceId, Devices, LookupFailedError
from classic_rescue.api.errors import (
    ApiError,
    Denied,
    NotFound,
    SettingsError,
    SignInRefused,
)
from classic_rescue.api.fleetwide import Census, Fleetwide
from classic_rescue.api.settings import HOW_TO_SIGN_IN, Settings, is_loopback, read_settings
from classic_rescue.api.softlayer_file import secrets_in_files
from classic_rescue.boot import environment
from classic_rescue.boot.labels import Label, labels_with
from classic_rescue.boot.limits import WHO_GRANTS
from classic_rescue.boot.states import Order
from classic_rescue.hook import gate, journal
from classic_rescue.hook.absence import explain_not_found
from classic_rescue.hook.app_files import count_devices
from classic_rescue.hook.asking import Asking
from classic_rescue.hook.context import UntilTimeout
from classic_rescue.hook.declarations import read_declarations
from classic_rescue.hook.device_files import device_files
from classic_rescue.hook.exits import Exit, HookStopped, Interrupted
from classic_rescue.hook.journal import End, Start
from classic_rescue.hook.report import Report
from classic_rescue.hook.reviewed import Reviewed, what_was_reviewed
from classic_rescue.hook.run import DeclaredElsewhere, Transition
from classic_rescue.rim.hiding import Form, forms_of, hide, secrets_of
from classic_rescue.rim.streams import Writer
from classic_rescue.rim.unexpected import say_unexpected

if TYPE_CHECKING:
    from classic_rescue.boot.testimony import Testimony
    from classic_rescue.hook.down_claims import Claim, DownClaims
    from classic_rescue.hook.repairing import Repairing
    from classic_rescue.witness.scripting import Scripts
    from classic_rescue.witness.witness import Asked

USAGE = (
    "usage: python -m classic_rescue.hook enter|leave [--json] [--again], with the order as JSON in"
    " CLASSIC_RESCUE_ORDER"
)


class Host(NamedTuple):
    """Where an order is carried out: what its run has of the world around it.

    `directory` is the folder that Terraform runs in. `now` is the moment in UTC, `clock` counts
    real seconds, `sleep` waits them; an interrupt is raised from there as `Interrupted`. `events`
    takes each step as a line of JSON. `connect` gives the devices of an account, and gets what to
    sleep with. `listen` begins to pass interrupts on to a report, `deafen` ends that. `keep` adds a
    line to the journal. `meet` is that of `Asking`. `ask_device` asks a device of a project for its
    host key, `scripts` gives who runs scripts for a project; None: in a process of this order's
    own. `is_alone`: the other hooks of the run make requests of their own.
    """

    environ: Mapping[str, str]
    directory: str
    out: Writer
    err: Writer
    now: Callable[[], datetime]
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    connect: Callable[[Settings, Sequence[Label], Callable[[float], None]], Devices]
    events: Callable[[str], None] | None
    listen: Callable[[Report], None]
    deafen: Callable[[], None]
    keep: Callable[[str, journal.Line, str | None], str] = journal.keep
    meet: Callable[..., DownClaims] | None = None
    ask_device: Callable[[str, Asked], Testimony] | None = None
    scripts: Callable[[str], Scripts] | None = None
    is_alone: bool = True


def carry_out(arguments: Sequence[str], host: Host) -> Exit:
    """Run one order. Returns how it ended; every problem is one line on standard error,
    never a traceback.
    """
    environ = host.environ
    verbs = [argument for argument in arguments if argument not in ("--json", "--again")]
    if verbs not in (["enter"], ["leave"]):
        text = f"{' '.join(arguments) or 'nothing'}: not understood; {USAGE}"
        return fail(Exit.USAGE, text, host.err)
    try:
        order = _order(environ)
    except ValueError as problem:
        return fail(Exit.USAGE, str(problem), host.err)
    start = Start(verbs[0], order, host.now())
    try:
        given = _given(order, environ)
    except (SettingsError, ValueError) as problem:
        _record(start, End(Exit.USAGE, host.now(), {"text": str(problem)}), host)
        return fail(Exit.USAGE, str(problem), host.err)
    settings = given.settings
    report = Report(
        order.name,
        order.device.key,
        now=host.now,
        out=host.out,
        err=host.err,
        as_json="--json" in arguments,
        events=host.events,
        secrets=forms(environ, settings),
    )
    start = start._replace(endpoint=settings.endpoint, user=settings.credentials.user)
    claims: list[Claim] = []
    transition = _transition(given, report, host, asks_again="--again" in arguments, claims=claims)
    host.listen(report)
    try:
        return _run_recorded(start, transition, host)
    finally:
        for claim in claims:
            claim.close()
        transition.devices.leave_turn()


class _Given(NamedTuple):
    """What a run is told from outside, checked. `speed`: how many times as fast as real time a
    mock's clock runs.
    """

    order: Order
    settings: Settings
    speed: float
    labels: Sequence[Label]
    reviewed: Reviewed


def _given(order: Order, environ: Mapping[str, str]) -> _Given:
    """Raises SettingsError, ValueError."""
    settings = _settings(environ)
    return _Given(
        order=order,
        settings=settings,
        speed=clock_speed(environ, settings),
        labels=labels_with(environ.get(environment.LABELS)),
        reviewed=what_was_reviewed(environ, order),
    )


def _transition(
    given: _Given, report: Report, host: Host, *, asks_again: bool, claims: list[Claim]
) -> Transition:
    environ = host.environ
    settings = given.settings
    speed = given.speed
    sleep = sleeper(report, host.sleep, speed)
    devices = host.connect(settings, given.labels, sleep)
    files = device_files(environ, settings.endpoint)

    def survey(only: set[DeviceId] | None) -> Census:
        eyes = files.eyes(given.labels)
        return Fleetwide(devices.api, given.labels, observe=eyes).read(only=only)

    asking = Asking(
        directory=host.directory,
        environ=environ,
        survey=survey,
        account=f"{settings.credentials.user} at {settings.endpoint}",
        sleep=host.sleep,
        clock_speed=speed,
        claims=claims,
        meet=host.meet,
    )
    transition = Transition(
        given.order,
        devices,
        report,
        files=files,
        clock=lambda: host.clock() * speed,
        sleep=sleep,
        server_now=lambda: devices.api.server_time,
        labels=given.labels,
        command=environ.get(environment.COMMAND) or "classic-rescue",
        ask=lambda context, goal, seen: gate.check(asking, context, goal, seen),
        asks_again=asks_again,
        reviewed=given.reviewed,
    )
    if given.order.ssh:
        # Only a device that is asked itself needs it.
        from classic_rescue.hook.listening import asking_alone, listener

        ask = host.ask_device or asking_alone(environ)
        transition.hear = listener(given.order, given.order.ssh, host.directory, ask)
    transition.is_proof_needed = given.order.repair is not None
    if host.is_alone:
        transition.pace = transition.pace.among(count_devices(host.directory))
    devices.api.patience = UntilTimeout(transition, speed)
    return transition


def sleeper(
    report: Report, sleep: Callable[[float], None], speed: float
) -> Callable[[float], None]:
    """Waiting that an interrupt ends, also one that was lost: Python drops an exception that a
    handler raises while a stream is finalised (iobase_finalize in CPython).
    """

    def wait(seconds: float) -> None:
        if report.is_interrupted:
            raise Interrupted
        sleep(seconds / speed)

    return wait


def run(verb: str, transition: Transition, environ: Mapping[str, str], directory: str) -> Exit:
    """Run it in the folder of its stack; an interrupt at any moment, also while another problem is
    being explained, ends it in order.
    """
    try:
        return _run(verb, transition, environ, directory)
    except (Interrupted, KeyboardInterrupt):
        transition.report.is_interrupted = False
        return _stop(transition, Exit.INTERRUPTED, "", "run again to go on")


def _run(verb: str, transition: Transition, environ: Mapping[str, str], directory: str) -> Exit:
    """One handler for everything that can go wrong, each with its exit code."""
    try:
        if verb == "enter":
            transition.enter()
        else:
            transition.leave(_declared_elsewhere(transition.order, environ, directory))
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
        secrets = transition.report.secrets
        text = say_unexpected("classic-rescue", problem, lambda said: hide(said, secrets))
        return _cut_off(transition, Exit.FAILED, text)
    return Exit.DONE


def _repairing(order: Order, host: Host, keep: Callable[[End], None]) -> Repairing | None:
    """What is done to the device in its rescue system. Raises HookStopped where the script is
    another one than was planned.
    """
    if order.repair is None:
        return None
    # Only a device with a repair needs it.
    from classic_rescue.hook.in_vain import agent_in
    from classic_rescue.hook.repairing import Repairing, scripts_alone

    return Repairing(
        order.repair,
        host.directory,
        scripts=host.scripts or scripts_alone(host.environ),
        keep=keep,
        clock=host.clock,
        agent=agent_in(host.environ),
    )


def _run_recorded(start: Start, transition: Transition, host: Host) -> Exit:
    """Run it, and record how it ended, also when that is a defect."""
    exit = Exit.FAILED
    report = transition.report

    def keep(end: End) -> None:
        """The script of its repair has a line of its own."""
        user = transition.user.name if transition.user else start.user
        told = start._replace(verb="run", user=user, secrets=report.secrets)
        _record(told, end, host)

    try:
        transition.make_repairing = lambda: _repairing(start.order, host, keep)
        exit = run(start.verb, transition, host.environ, host.directory)
    except BaseException as problem:
        if not report.has_ended:
            report.told["text"] = f"ended by {type(problem).__name__}"
        raise
    finally:
        host.deafen()
        end = End(
            exit=exit,
            ended=host.now(),
            told=report.told,
            took_s=round(transition.clock() - transition.started, 1) if report.told else None,
            device=transition.found.key if transition.found else "",
            requests=tuple(str(sent.action) for sent in transition.sent),
        )
        user = transition.user.name if transition.user else start.user
        _record(start._replace(user=user, secrets=report.secrets), end, host)
    return exit


def _record(start: Start, end: End, host: Host) -> None:
    """Add one line to the journal. One that cannot be written is said, and changes nothing."""
    environ = host.environ
    is_rehearsal = bool(start.endpoint) and is_loopback(start.endpoint)
    project = journal.project_around(host.directory)
    place = journal.place(environ, project, directory=host.directory, is_rehearsal=is_rehearsal)
    if not place:
        return
    key = journal.key_of(place, environ)
    start = start._replace(secrets=start.secrets or forms(environ))
    line = journal.line_of(start, end, environ)
    if problem := host.keep(place, line, key):
        host.err.write(
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


def fail(exit: Exit, text: str, err: Writer) -> Exit:
    """Say what is wrong where there is no order yet that names a device."""
    err.write(f"classic-rescue hook: {text}\n")
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


def forms(environ: Mapping[str, str], settings: Settings | None = None) -> tuple[Form, ...]:
    """What no line of this run may hold."""
    users = [environ.get(environment.SL_USERNAME, "")]
    secrets = [*secrets_of(environ), *secrets_in_files(environ)]
    if settings:
        users.append(settings.credentials.user)
        secrets += settings.secrets
    return forms_of(secrets, users=users)


def clock_speed(environ: Mapping[str, str], settings: Settings) -> float:
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


def _declared_elsewhere(
    order: Order, environ: Mapping[str, str], directory: str
) -> DeclaredElsewhere:
    if environ.get(environment.DESTROY):  # all of the app goes: nothing moves
        return lambda names: None
    declarations = read_declarations(directory)
    return lambda names: declarations.elsewhere(order.device.key, names)
