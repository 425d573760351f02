"""One exercise with real machines: its folder, its commands, and what answers."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from drill.figures import Proof, answers, boots_in, table
from drill.shell import door_in, run

USER = "operator"
KEY = "drill-key-0123456789"
DEVICES = {"web-1": 1000001, "web-2": 1000002, "db-1": 1000003, "deb-1": 1000004}
UP_S = 180.0
"""How long machines may take to come up, on a computer with much else to do."""

SLOW_UP_S = {"deb-1": 900.0}


class DrillError(Exception):
    """The drill cannot go on: one sentence."""


class Drill:
    """One exercise in a folder of its own, which is there to be looked at afterwards."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ: dict[str, str] = {}
        self._began = time.monotonic()
        self._boots: dict[str, str] = {}
        self.proofs: list[Proof] = []

    def say(self, text: str) -> None:
        """A heading, with the seconds since the beginning."""
        print(f"\n=== {time.monotonic() - self._began:5.1f} s  {text}", flush=True)

    def declare(self, **boots: str) -> None:
        """Write the fleet file; devices that are not named stay as they were declared."""
        self._boots |= {name.replace("_", "-"): boot for name, boot in boots.items()}
        rows = [
            f"  {name}: {{virtual_guest: {DEVICES[name]}, boot: {boot}}}\n"
            for name, boot in self._boots.items()
        ]
        login = "login: {password: stored, unverified: true}"
        head = f"defaults: {{reason: drill, ssh: {{port: 2222, proof: required, {login}}}}}\n"
        head += "devices:\n"
        (self.folder / "fleet.yaml").write_text(head + "".join(rows))

    def command(self, *words: str, expects: int | None = 0, is_shown: bool = True) -> str:
        """Run one of our commands. Raises DrillError where it ends otherwise."""
        if is_shown:
            print(f"$ classic-rescue {' '.join(words)}", flush=True)
        done = subprocess.run(
            [sys.executable, "-m", "classic_rescue.cli", *words],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=None if is_shown else subprocess.PIPE,
            text=True,
            check=False,
        )
        if is_shown:
            print(done.stdout, end="", flush=True)
        if expects is not None and done.returncode != expects:
            raise DrillError(
                f"`classic-rescue {' '.join(words)}` ended with {done.returncode}, not {expects}"
            )
        return done.stdout

    def deploy(self, expects: int = 0) -> None:
        """Bring them where they are declared, and note since when they answer. Raises DrillError,
        OSError.
        """
        record = self.folder / ".classic-rescue/host-keys.json"
        before = answers(record, DEVICES)
        self.command("deploy", "--yes", expects=expects)
        for name, at_s in answers(record, DEVICES).items():
            if at_s != before.get(name):
                boot = "os" if "then: leave" in self._boots[name] else self._boots[name]
                self.proofs.append(Proof(name, boot, at_s))

    def tell_figures(self) -> None:
        """What has been measured, once all machines are off."""
        self.say("the figures of this drill")
        print(table(boots_in(self.folder, DEVICES), self.proofs))
        print(f"\nthe whole drill: {time.monotonic() - self._began:.0f} s", flush=True)

    def status(self, name: str) -> dict[str, object]:
        """What `status` says of a device, for programs."""
        told = json.loads(self.command("status", name, "--json", expects=None, is_shown=False))
        row: dict[str, object] = told["devices"][0]
        return row

    def wait(self, what: str, is_there: Callable[[], bool], longest_s: float = UP_S) -> None:
        """Until it is so. Raises DrillError."""
        give_up = time.monotonic() + longest_s
        while not is_there():
            if time.monotonic() > give_up:
                raise DrillError(f"{what}: not within {longest_s:.0f} s; see {self.folder}")
            time.sleep(1)

    def heard(self, name: str) -> str:
        """What answers at a machine's SSH port."""
        testimony = self.status(name)["testimony"]
        return str(testimony["heard"]) if isinstance(testimony, dict) else "nothing"

    def fault(self, operation: str, kind: str) -> None:
        """Let the next call of this operation go wrong."""
        rule = {"operation": f"*.{operation}", "fault": {"kind": kind}}
        self._send(f"{self.environ['MOCK_CONTROL'].rstrip('/')}/faults", rule)

    def at_the_portal(self, name: str, call: str) -> None:
        """A call of somebody else, of which our commands do not know."""
        service = f"SoftLayer_Virtual_Guest/{DEVICES[name]}/{call}.json"
        self._send(f"{self.environ['CLASSIC_RESCUE_ENDPOINT']}{service}", None)

    def _send(self, url: str, content: object) -> None:
        """Raises DrillError."""
        request = urllib.request.Request(url)  # noqa: S310 of the mock that we started
        login = base64.b64encode(f"{USER}:{KEY}".encode()).decode()
        request.add_header("Authorization", f"Basic {login}")
        if content is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(content).encode()
        try:
            urllib.request.urlopen(request, timeout=30).close()  # noqa: S310 as above
        except OSError as problem:
            raise DrillError(f"{url}: {problem}") from None

    def wait_for_systems(self, *names: str) -> None:
        """Until the operating systems of these answer with their keys. Raises DrillError."""
        for name in names:
            longest_s = SLOW_UP_S.get(name, UP_S)
            self.wait(f"{name} comes up", partial(self._runs_system, name), longest_s)

    def _runs_system(self, name: str) -> bool:
        return self.heard(name) == "os_key"

    def inside(self, name: str, commands: str) -> tuple[int | None, str]:
        """Run commands in a machine, logged in as `access` says."""
        access = self.command("access", name, "--json", is_shown=False)
        door = door_in(access, f"drill-{name}")
        door = replace(door, known_hosts=str(self.folder / door.known_hosts))
        code, said = run(door, commands)
        for line in said.splitlines():
            print(f"{name}# {line}", flush=True)
        return code, said

    def expect(self, name: str, commands: str, said: str) -> None:
        """Raises DrillError where commands in a machine print something else."""
        found = self.inside(name, commands)[1].strip()
        if found != said:
            raise DrillError(f"{name}: `{commands}` printed {found!r}, not {said!r}")

    @property
    def declared(self) -> tuple[str, ...]:
        """The devices of the fleet file."""
        return tuple(self._boots)

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """One of our commands, which goes on beside what follows."""
        print(f"$ classic-rescue {' '.join(words)} &", flush=True)
        return subprocess.Popen(
            [sys.executable, "-m", "classic_rescue.cli", *words],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def finish(self, command: subprocess.Popen[str], said: str, *, expects: int) -> None:
        """Raises DrillError where it does not say this, or ends otherwise."""
        found = command.communicate()[0]
        print(found, end="", flush=True)
        if command.returncode != expects or said not in " ".join(found.split()):
            raise DrillError(f"it ended with {command.returncode}, or does not say {said!r}")

    def tells(self, said: str, *words: str, expects: int) -> None:
        """Raises DrillError where a command does not say this."""
        if said not in " ".join(self.command(*words, expects=expects).split()):
            raise DrillError(f"`classic-rescue {' '.join(words)}` does not say {said!r}")
