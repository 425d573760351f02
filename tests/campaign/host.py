"""One mock of a campaign: a process that is given world after world, and may be killed at any
moment; it starts again from its save file, on the same port.
"""

from __future__ import annotations

import base64
import http.client
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from tests.campaign.plan import GUEST, OTHER_GUEST, OTHER_SERVER, SERVER, Plan

ROOT = Path(__file__).resolve().parents[2]
US = "307608_campaign@example.com"
US_ID = 7651001
OUR_KEY = "campaign-our-own-key-0123456789abcdef0123456789abcdef0123456789abcd"
COLLEAGUE = "307608_colleague@example.com"
COLLEAGUE_KEY = "campaign-key-of-a-colleague-0123456789abcdef0123456789abcdef012345"
MASTER = "SL307608"
MASTER_KEY = "campaign-key-of-the-master-0123456789abcdef0123456789abcdef0123456"
LOG = "USER_EVENT_LOG_VIEW"
RIGHTS = (
    "ACCESS_ALL_GUEST",
    "ACCESS_ALL_HARDWARE",
    "HARDWARE_VIEW",
    "REMOTE_MANAGEMENT",
    "SERVER_RELOAD",
    "VIRTUAL_GUEST_VIEW",
)
IDLE_EXIT_S = 900
Json = Any


def document(plan: Plan, speed: float) -> dict[str, Json]:
    """The world of a plan: its device, another of each kind, our user and a colleague."""
    raw: dict[str, Json] = json.loads((ROOT / "mock_api" / "worlds" / "demo.json").read_text())
    master = {**raw["users"][0], "api_key": MASTER_KEY}
    ours = [*RIGHTS, LOG] if plan.log_open else list(RIGHTS)
    raw["users"] = [
        master,
        user(US_ID, US, OUR_KEY, ours),
        user(7651002, COLLEAGUE, COLLEAGUE_KEY, [*RIGHTS, LOG]),
    ]
    raw["guests"] = [row for row in raw["guests"] if row["id"] in (GUEST, OTHER_GUEST)]
    raw["hardware"] = [row for row in raw["hardware"] if row["id"] in (SERVER, OTHER_SERVER)]
    raw["settings"] = plan.settings
    raw["seed"] = plan.seed
    raw["clock"] = {"utc_offset": "-06:00", "speed": speed, "now": "2026-03-01T08:00:00Z"}
    return raw


def user(number: int, name: str, key: str, rights: list[str]) -> dict[str, Json]:
    """A row of a user."""
    return {
        "id": number,
        "username": name,
        "parent_id": 167758,
        "api_key": key,
        "first_name": "A",
        "last_name": "User",
        "email": "user@example.com",
        "permissions": rights,
    }


class Host:
    """A mock process and its control plane. `rows` is the journal of the run, also over a kill."""

    def __init__(self, folder: Path, speed: float) -> None:
        self.folder = folder
        self.speed = speed
        self.port = 0
        self._kept: list[dict[str, Json]] = []
        self._process: subprocess.Popen[str] | None = None
        self._is_there = threading.RLock()
        folder.mkdir(parents=True, exist_ok=True)
        self.start()

    def start(self) -> None:
        """Start it, from its save file where there is one."""
        command = [sys.executable, "-m", "mock_api", "--save", str(self.folder / "world.json")]
        command += ["--port", str(self.port), "--idle-exit", str(IDLE_EXIT_S)]
        with (self.folder / "mock.log").open("a") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the mock did not start: {self.folder / 'mock.log'}")
        self.port = int(json.loads(line)["rest"].split(":")[2].split("/")[0])

    def stop(self) -> None:
        """End it."""
        if self._process:
            self._process.terminate()
            self._process.communicate()

    def kill(self) -> None:
        """Kill it as a crash would, and start it again: the world is as it was saved."""
        with self._is_there:
            self._kept = self.journal()
            before_s = self.now_s()
            assert self._process
            self._process.kill()
            self._process.communicate()
            self.start()
            lost_s = before_s - self.now_s()  # the file notes the clock now and then
            self.steer("POST", "clock", {"advance_s": max(lost_s, 0.0)})

    def now_s(self) -> float:
        """The mock's time."""
        return float(self.steer("GET", "clock")["now_s"])

    def begin(self, plan: Plan) -> None:
        """The world of a plan, after its past; an empty journal."""
        self.steer("PUT", "world", document(plan, self.speed))
        self.steer("POST", "clock", {"speed": 0})
        for row in plan.past:
            self.act(row.method, plan)
            self.steer("POST", "clock", {"advance_s": row.then_s})
        self.steer("POST", "clock", {"speed": self.speed})
        self._kept = []
        self.steer("DELETE", "journal")

    def act(self, call: str, plan: Plan) -> int:
        """A colleague's call on the device of the plan, such as `mountIsoImage 34291701`.

        Gives the status.
        """
        service = "Virtual_Guest" if plan.kind == "virtual_guest" else "Hardware_Server"
        method, _, argument = call.partition(" ")
        path = f"/rest/v3.1/SoftLayer_{service}/{plan.device}/{method}.json"
        body = json.dumps({"parameters": [int(argument)]}).encode() if argument else None
        return self._ask("POST" if body else "GET", path, body)[0]

    def restart_inside(self, device: int) -> bool:
        """What somebody does at the device itself. Whether it could be done: it must run."""
        status, _ = self._ask("POST", f"/_mock/os_restarts/{device}", None)
        return status == 200

    def steer(self, verb: str, path: str, body: object = None) -> Json:
        """One call to the control plane; it must work."""
        data = None if body is None else json.dumps(body).encode()
        status, value = self._ask(verb, f"/_mock/{path}", data)
        if status != 200:
            raise RuntimeError(f"{verb} {path}: {status} {value}")
        return value

    def _ask(self, verb: str, path: str, body: bytes | None) -> tuple[int, Json]:
        both = base64.b64encode(f"{COLLEAGUE}:{COLLEAGUE_KEY}".encode()).decode()
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {both}"}
        with self._is_there:  # not while it starts again
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            try:
                connection.request(verb, path, body, headers)
                reply = connection.getresponse()
                return reply.status, json.loads(reply.read() or b"null")
            finally:
                connection.close()

    def journal(self) -> list[dict[str, Json]]:
        """Every request of the run, oldest first."""
        return [*self._kept, *self.steer("GET", "journal")]

    def devices(self) -> dict[int, dict[str, Json]]:
        """Every device with what it truly runs, by its id."""
        return {row["id"]: row for row in self.steer("GET", "devices")}

    def set_rights(self, rights: list[str]) -> None:
        """What our user may do from now on."""
        world = self.steer("GET", "world")
        users = [
            {**row, "permissions": rights} if row["id"] == US_ID else row for row in world["users"]
        ]
        self.steer("PATCH", "world", {"users": users})

    def mend(self) -> None:
        """All goes well from now on: no faults, all rights, and what hangs is cleared."""
        self.steer("DELETE", "faults")
        self.set_rights([*RIGHTS, LOG])
        world = self.steer("GET", "world")
        states = world["moving"]["states"]
        cleared = {
            number: {"pending": {"due_s": world["moving"]["now_s"], "outcome": "fail"}}
            for number, row in states.items()
            if row.get("pending") and row["pending"].get("due_s") is None
        }
        if cleared:
            self.steer("PATCH", "world", {"moving": {"states": cleared}})
