"""The rim of the hook: environment in, exit code out.

The only place that takes the clock, signals and streams.
"""

from __future__ import annotations

if __name__ == "__main__":
    import signal

    # Ctrl-C during the imports ends it at once: nothing was sent, and Python's own answer would be
    # a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from classic_rescue.rim.platforms import stop_elsewhere

    stop_elsewhere("classic-rescue")

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import FrameType

from classic_rescue.api.client import ClassicApi
from classic_rescue.api.devices import Devices
from classic_rescue.api.settings import Settings
from classic_rescue.boot import environment
from classic_rescue.boot.labels import Label
from classic_rescue.hook.exits import Exit, Interrupted
from classic_rescue.hook.orders import Host, carry_out, fail, forms
from classic_rescue.hook.report import Report, appender
from classic_rescue.rim.hiding import hide
from classic_rescue.rim.streams import Outlet, open_missing_streams
from classic_rescue.rim.unexpected import say_unexpected

# SIGHUP: cdktf ends Terraform by closing its terminal.
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> Exit:
    """Run one order in this process. Returns how it ended."""
    events = environ.get(environment.EVENTS)
    host = Host(
        environ=environ,
        directory=os.getcwd(),
        out=sys.stdout,
        err=sys.stderr,
        now=lambda: datetime.now(UTC),
        clock=time.monotonic,
        sleep=time.sleep,
        connect=_connect,
        events=appender(events, sys.stderr) if events else None,
        listen=_listen,
        deafen=_ignore_signals,
    )
    return carry_out(arguments, host)


def _connect(
    settings: Settings, labels: Sequence[Label], sleep: Callable[[float], None]
) -> Devices:
    """A client of its own: `labels` are for hosts that read many devices at once."""
    return Devices(ClassicApi(settings, sleep=sleep))


def _listen(report: Report) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        # Terraform and its terminal may both send one; the second must not end the last words.
        _ignore_signals()
        if not report.has_ended:
            report.is_interrupted = True
            raise Interrupted

    for number in SIGNALS:
        signal.signal(number, stop)


def _ignore_signals() -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _run_process() -> int:
    """The whole process: what is printed stops nothing and holds no secret, and of an error that
    nobody foresaw only the kind is said.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    secrets = forms(os.environ)

    def hidden(text: str) -> str:
        return hide(text, secrets)

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
        code = fail(Exit.INTERRUPTED, "interrupted; nothing was started", err)
    except Exception as problem:  # noqa: BLE001 the rim: Terraform prints what is said here
        code = fail(Exit.FAILED, say_unexpected("classic-rescue", problem, hidden), err)
    if out.lost:
        err.write(f"note: standard output cannot be written: {out.lost.strerror}\n")
    err.flush()
    return code


if __name__ == "__main__":
    # Cleaning up modules, which a process about to end does not need, costs it a tenth.
    os._exit(_run_process())
