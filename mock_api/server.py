"""The process around the app: signals, idleness, the save file's folder, and the last save."""

from __future__ import annotations

import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mock_api.console.app import install as install_console
from mock_api.console.desk import Desk
from mock_api.console.feed import Feed
from mock_api.control.access import Access
from mock_api.control.plane import ControlPlane
from mock_api.domain.errors import NotSaved
from mock_api.domain.stage import Stage
from mock_api.http.app import create_app
from mock_api.http.pipeline import Pipeline
from mock_api.listener import Listener
from mock_api.machines.follower import Follower

if TYPE_CHECKING:
    from types import FrameType

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from mock_api.machines.protocol import Machines

WATCH_EVERY_S = 0.5


class Activity:
    """How many requests are under way, and when there was none since."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way = 0
        self._quiet_since_s = time.monotonic()

    def counting(self, app: WSGIApplication) -> WSGIApplication:
        """The app, counted."""

        def run(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            with self.one():
                return app(environ, start_response)

        return run

    def idle_s(self) -> float:
        """Seconds without a request; 0 during one."""
        with self._lock:
            return 0.0 if self._under_way else time.monotonic() - self._quiet_since_s

    @contextmanager
    def one(self) -> Iterator[None]:
        """Count a request as long as it is under way."""
        with self._lock:
            self._under_way += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1
                self._quiet_since_s = time.monotonic()


class Server:
    """A mock that listens from construction on; requests wait until `run`.

    `machines` run what the devices are said to run. Raises OSError if the port is taken.
    """

    def __init__(
        self,
        stage: Stage,
        host: str,
        port: int,
        idle_exit_s: float | None = None,
        access: Access | None = None,
        machines: Machines | None = None,
    ) -> None:
        self.stage = stage
        self._activity = Activity()
        self._idle_exit_s = idle_exit_s
        self._exit_code = 0
        self._obeys_signals = False
        self._host = host
        self._ended = threading.Event()
        control = ControlPlane(access)
        app = create_app(stage, control, sleep=self._sleep)
        install_console(app, self._desk(app.pipeline, control))
        self._listener = Listener(self._activity.counting(app), host, port)
        self._follower = Follower(stage, machines, self._warn) if machines else None
        if self._follower:
            stage.machines = self._follower

    def urls(self) -> dict[str, str]:
        """Where clients and tests find the mock."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        base = f"http://{host}:{self._listener.port}"
        return {
            "rest": f"{base}/rest/v3.1/",
            "xmlrpc": f"{base}/xmlrpc/v3.1/",
            "control": f"{base}/_mock/",
            "console": f"{base}/console/",
        }

    def obey_signals(self) -> None:
        """Let SIGTERM and SIGINT stop it, however often they come.

        Only the main thread may call it.
        """
        self._obeys_signals = True
        _handle_signals(self._stop_on_signal)

    def stop(self) -> None:
        """Let `run` end; any thread may call it."""
        self._listener.stop()

    @contextmanager
    def streaming(self, environ: WSGIEnvironment) -> Iterator[Callable[[], bool]]:
        """As Listener.streaming; a mock with an open page is not idle. Raises StreamRefused."""
        with self._activity.one(), self._listener.streaming(environ) as is_over:
            yield is_over

    def run(self) -> int:
        """Serve until told to stop; answers the exit code."""
        threads = [threading.Thread(target=self._watch, daemon=True)]
        if self._follower:
            follow = self._follower.run
            threads.append(threading.Thread(target=follow, args=(self._ended,), daemon=True))
        for thread in threads:
            thread.start()
        self._listener.run()
        self._ended.set()
        for thread in threads:
            thread.join()
        self._listener.close()
        self._save_last()
        if self._obeys_signals:
            # Python's own end puts the default handlers back,
            # and a late signal would kill what has ended well.
            _handle_signals(signal.SIG_IGN)
        return self._exit_code

    def _desk(self, pipeline: Pipeline, control: ControlPlane) -> Desk:
        return Desk(
            stage=self.stage,
            pipeline=pipeline,
            control=control,
            streaming=self.streaming,
            wait=self._sleep,
            new_token=secrets.token_urlsafe,
            feed=Feed(self.stage, time.monotonic),
        )

    def _stop_on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stop()

    def _sleep(self, seconds_s: float) -> None:
        """What the fault `delay` waits with: a stop ends it."""
        self._listener.stopping.wait(seconds_s)

    def _save_last(self) -> None:
        try:
            with self.stage.lock:
                self.stage.mark_changed()
            self.stage.save()
        except NotSaved as error:
            self._complain(error.text)

    def _watch(self) -> None:
        while not self._ended.wait(WATCH_EVERY_S):
            if self._folder_vanished():
                self._complain("The folder of the save file is gone, so the mock stops.")
                break
            if self._is_idle():
                break
            self._save_time()
        self.stop()

    def _is_idle(self) -> bool:
        """A mock with a machine that runs is not: somebody may be at work in there."""
        if self._idle_exit_s is None or (self._follower and self._follower.has_running):
            return False
        return self._activity.idle_s() >= self._idle_exit_s

    def _save_time(self) -> None:
        try:
            self.stage.save_time()
        except OSError as error:
            self._complain(f"The clock could not be saved ({error.strerror}).")

    def _folder_vanished(self) -> bool:
        save_file = self.stage.save_file
        return save_file is not None and not save_file.path.absolute().parent.is_dir()

    def _warn(self, text: str) -> None:
        sys.stderr.write(f"mock_api: {text}\n")

    def _complain(self, text: str) -> None:
        if self._exit_code == 0:
            sys.stderr.write(f"mock_api: {text}\n")
        self._exit_code = 1


def _handle_signals(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)
