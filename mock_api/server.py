"""The process around the app: waitress, signals, idleness, and the save file's folder."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from waitress.server import create_server

from mock_api.control.access import Access
from mock_api.control.plane import ControlPlane
from mock_api.domain.errors import NotSaved
from mock_api.domain.stage import Stage
from mock_api.http.app import create_app

if TYPE_CHECKING:
    from types import FrameType

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

THREADS = 24
WATCH_EVERY_S = 0.5


class Server:
    """A mock that listens from construction on; requests wait until `run`. Raises OSError if the port is taken."""

    def __init__(
        self, stage: Stage, host: str, port: int, idle_exit_s: float | None = None, access: Access | None = None
    ) -> None:
        self.stage = stage
        self._idle_exit_s = idle_exit_s
        self._last_request_s = time.monotonic()
        self._exit_code = 0
        self._stopped = threading.Event()
        self._host = host
        self._waitress = create_server(
            self._counting(create_app(stage, ControlPlane(access))), host=host, port=port, threads=THREADS,
            connection_limit=2000, asyncore_use_poll=True, ident=None, clear_untrusted_proxy_headers=False,
        )  # fmt: skip

    def urls(self) -> dict[str, str]:
        """Where clients and tests find the mock."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        base = f"http://{host}:{self._waitress.effective_port}"
        return {"rest": f"{base}/rest/v3.1/", "xmlrpc": f"{base}/xmlrpc/v3.1/", "control": f"{base}/_mock/"}

    def run(self) -> int:
        """Serve until told to stop; answers the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _interrupt)
        threading.Thread(target=self._watch, daemon=True).start()
        with contextlib.suppress(KeyboardInterrupt):
            self._waitress.run()
        self._stopped.set()
        self._save_last()
        return self._exit_code

    def _save_last(self) -> None:
        try:
            with self.stage.lock:
                self.stage.mark_changed()
            self.stage.save()
        except NotSaved as error:
            self._complain(error.text)

    def _counting(self, app: WSGIApplication) -> WSGIApplication:
        def run(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            self._last_request_s = time.monotonic()
            try:
                return app(environ, start_response)
            finally:
                self._last_request_s = time.monotonic()

        return run

    def _watch(self) -> None:
        while not self._stopped.wait(WATCH_EVERY_S):
            if self._folder_vanished():
                self._complain("The folder of the save file is gone, so the mock stops.")
                break
            if self._idle_exit_s is not None and time.monotonic() - self._last_request_s >= self._idle_exit_s:
                break
            self._save_time()
        if not self._stopped.is_set():
            os.kill(os.getpid(), signal.SIGTERM)

    def _save_time(self) -> None:
        try:
            self.stage.save_time()
        except OSError as error:
            self._complain(f"The clock could not be saved ({error.strerror}).")

    def _folder_vanished(self) -> bool:
        save_file = self.stage.save_file
        return save_file is not None and not save_file.path.absolute().parent.is_dir()

    def _complain(self, text: str) -> None:
        if self._exit_code == 0:
            sys.stderr.write(f"mock_api: {text}\n")
        self._exit_code = 1


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
