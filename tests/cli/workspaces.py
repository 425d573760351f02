"""A stand-in for HCP Terraform: as much of its API as Terraform itself asks for, to keep the state
of workspaces in it and to run elsewhere, or not, as each workspace's execution mode says.

Source: the API's public documentation (developer.hashicorp.com/terraform/cloud-docs/api-docs:
workspaces, state versions, runs), and what Terraform 1.11.4 asks, seen here. It runs nothing.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HOST = "app.terraform.io"
ORGANIZATION = "acme"
TOKEN = "a-token-for-tests-only"
RIGHTS = (
    "can-update",
    "can-lock",
    "can-unlock",
    "can-queue-run",
    "can-read-settings",
    "can-create-state-versions",
    "can-read-state-versions",
)
SERVICES = ("tfe.v2", "tfe.v2.1", "tfe.v2.2", "state.v2")
NOT_FOUND = {"errors": [{"status": "404", "title": "not found"}]}

Answer = tuple[int, Any]
"""A status, and JSON or bytes."""


@dataclass
class Workspaces:
    """The workspaces of one organization, by name; `mode` is that of new ones: `local` or
    `remote`.
    """

    mode: str = "local"
    states: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def newest(self, name: str) -> bytes:
        """The newest state of a workspace, as Terraform wrote it."""
        state: bytes = self.states[name][-1]["state"]
        return state

    def workspace(self, name: str) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "id": f"ws-{name}",
            "type": "workspaces",
            "attributes": {
                "name": name,
                "execution-mode": self.mode,
                "operations": self.mode != "local",
                "locked": name in self.locked,
                "terraform-version": "latest",
                "permissions": dict.fromkeys(RIGHTS, True),
            },
            "relationships": {
                "organization": {"data": {"id": ORGANIZATION, "type": "organizations"}}
            },
        }

    def state_version(self, name: str) -> dict[str, Any]:
        """The newest state, as the API shows it."""
        newest = self.states[name][-1]
        place = f"{self.url}states/{name}/{len(self.states[name])}"
        return {
            "id": f"sv-{name}-{len(self.states[name])}",
            "type": "state-versions",
            "attributes": {
                "serial": newest["serial"],
                "hosted-state-download-url": place,
                "hosted-state-upload-url": place,
                "hosted-json-state-upload-url": f"{self.url}json-states/{name}",
                "status": "finalized",
            },
        }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """Any request."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        self.server.workspaces.asked.append(f"{self.command} {path}")
        status, answer = self.server.answer(self.command, path.strip("/").split("/"), body)
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/vnd.api+json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("TFP-API-Version", "2.6")
        self.send_header("TFP-AppName", "HCP Terraform")
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_PATCH = do_PUT = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: `asked` has it."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    workspaces: Workspaces

    def answer(self, verb: str, path: list[str], body: bytes) -> Answer:
        """What the API says to one request."""
        match path:
            case ["ping"]:
                return 204, b""
            case ["organizations", _, *rest]:
                return self._of_organization(verb, rest, body)
            case ["workspaces", number, *rest]:
                return self._of_workspace(verb, number.removeprefix("ws-"), rest, body=body)
            case ["state-versions", number]:
                name = number.removeprefix("sv-").rpartition("-")[0]
                return 200, {"data": self.workspaces.state_version(name)}
            case ["states", name, version]:
                return self._state(verb, self.workspaces.states[name][int(version) - 1], body)
            case ["json-states", _]:
                return 200, b""
        return 404, NOT_FOUND

    def _of_organization(self, verb: str, path: list[str], body: bytes) -> Answer:
        known = self.workspaces
        match verb, path:
            case "GET", []:
                return 200, {"data": {"id": ORGANIZATION, "type": "organizations"}}
            case "GET", ["entitlement-set"]:
                rights = {"operations": True, "state-storage": True}
                return 200, {"data": {"id": "e", "type": "entitlement-sets", "attributes": rights}}
            case "POST", ["workspaces"]:
                name = json.loads(body)["data"]["attributes"]["name"]
                known.states.setdefault(name, [])
                return 201, {"data": known.workspace(name)}
            case "GET", ["workspaces", name] if name in known.states:
                return 200, {"data": known.workspace(name)}
        return 404, NOT_FOUND

    def _of_workspace(self, verb: str, name: str, path: list[str], *, body: bytes) -> Answer:
        known = self.workspaces
        match verb, path:
            case "POST", ["actions", "lock"]:
                known.locked.add(name)
                return 200, {"data": known.workspace(name)}
            case "POST", ["actions", "unlock"]:
                known.locked.discard(name)
                return 200, {"data": known.workspace(name)}
            case "GET", ["current-state-version"] if known.states.get(name):
                return 200, {"data": known.state_version(name)}
            case "POST", ["state-versions"]:
                given = json.loads(body)["data"]["attributes"]
                state = base64.b64decode(given.get("state") or "")
                known.states[name].append({"serial": given["serial"], "state": state})
                return 201, {"data": known.state_version(name)}
        return 404, NOT_FOUND

    def _state(self, verb: str, version: dict[str, Any], body: bytes) -> Answer:
        if verb == "PUT":
            version["state"] = body
            return 200, b""
        return 200, version["state"]


@contextmanager
def workspaces_served(config: Path) -> Iterator[Workspaces]:
    """Serve them, and write the command-line configuration that leads Terraform here."""
    server = _Server(("127.0.0.1", 0), _Handler)
    known = Workspaces(url=f"http://127.0.0.1:{server.server_port}/")
    server.workspaces = known
    services = "\n".join(f'    "{name}" = "{known.url}"' for name in SERVICES)
    config.write_text(
        f'host "{HOST}" {{\n  services = {{\n{services}\n  }}\n}}\n'
        f'credentials "{HOST}" {{\n  token = "{TOKEN}"\n}}\n'
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
