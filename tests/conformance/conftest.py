"""The real SoftLayer SDK and slcli, which nobody here wrote, against a real server,
over REST and XML-RPC.
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import SoftLayer
from click.testing import CliRunner
from SoftLayer.CLI.core import cli

from tests.mock.stagehand import MockProcess
from tests.patience import PATIENCE_S

USER = "tester"
KEY = "mock-key"
DOORS = ("rest", "xmlrpc")


class World:
    """The world behind the server, through its control plane:
    what no client can tell is read and changed here.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    def call(self, verb: str, path: str, body: object = None) -> Any:
        """One call of the control plane."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 (always this machine)
            self._url + path, data, {"Content-Type": "application/json"}, method=verb
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as reply:  # noqa: S310 (http)
            return json.loads(reply.read())

    def device(self, number: int) -> dict[str, Any]:
        """A device as it is now: boot, power, ISO image, move under way."""
        return next(row for row in self.call("GET", "devices") if row["id"] == number)

    def facts(self, number: int) -> dict[str, Any]:
        """What calls changed of a device's facts."""
        states = self.call("GET", "world")["moving"]["states"]
        edits: dict[str, Any] = states.get(str(number), {}).get("edits", {})
        return {name: value for name, value in edits.items() if value is not None}

    def pass_time(self, seconds_s: float) -> None:
        """Let virtual time pass."""
        self.call("POST", "clock", {"advance_s": seconds_s})

    def settle(self) -> None:
        """Let everything under way come to its end."""
        self.call("POST", "clock", {"run_until_stable": True})

    def methods(self) -> list[str]:
        """What clients called since the reset."""
        return [row["method"] for row in self.call("GET", "journal")]


@dataclass(frozen=True)
class Done:
    """A finished slcli command."""

    code: int
    text: str

    @property
    def json(self) -> Any:
        """The output as JSON; slcli prints one document a table."""
        return json.loads(self.text)


@dataclass(frozen=True)
class Slcli:
    """slcli with a configuration file, in this process, which saves its start (0.8 s) each time."""

    config: Path

    def run(self, *words: str) -> Done:
        """The outcome of a command, whatever it is; an API error is the text."""
        result = CliRunner().invoke(cli, ["-y", "-C", str(self.config), *words])
        fault = result.exception
        return Done(
            result.exit_code, result.output + (str(fault) if fault and not result.output else "")
        )

    def text(self, *words: str) -> str:
        """The output of a command that succeeds."""
        done = self.run(*words)
        assert done.code == 0, done.text
        return done.text

    def json(self, *words: str) -> Any:
        """The output of a command that succeeds, as JSON."""
        return json.loads(self.text("--format", "json", *words))

    def process(self, *words: str) -> Done:
        """The outcome of a command in a process of its own."""
        command = [
            str(Path(sys.executable).with_name("slcli")),
            "-y",
            "-C",
            str(self.config),
            *words,
        ]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
        return Done(done.returncode, done.stdout + done.stderr)


@pytest.fixture(scope="session")
def server(mock_process: MockProcess) -> MockProcess:
    """One mock process for all these tests, reset for each; its time stands still."""
    return mock_process


@pytest.fixture
def world(server: MockProcess) -> World:
    """The freshly reset world of the server."""
    plane = World(server.urls["control"])
    plane.call("POST", "reset")
    return plane


@pytest.fixture(params=DOORS)
def url(request: pytest.FixtureRequest, server: MockProcess, world: World) -> str:
    """The endpoint of each door."""
    return server.urls[str(request.param)]


@pytest.fixture
def client(url: str) -> Any:
    """The SDK's client."""
    return SoftLayer.Client(username=USER, api_key=KEY, endpoint_url=url, config_file="/dev/null")


@pytest.fixture
def slcli(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Slcli:
    """slcli as a user has it."""
    config = tmp_path / "softlayer.cfg"
    config.write_text(
        f"[softlayer]\nusername={USER}\napi_key={KEY}\nendpoint_url={url}\ntimeout=40\n"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return Slcli(config)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The SDK's own warnings; both end with a release of it for click 9."""
    for item in items:
        if "conformance" in item.path.parts:
            item.add_marker(
                pytest.mark.filterwarnings("ignore:.MultiCommand. is deprecated:DeprecationWarning")
            )
            item.add_marker(
                pytest.mark.filterwarnings(
                    "ignore:The parameter --tag is used more than once:UserWarning"
                )
            )
