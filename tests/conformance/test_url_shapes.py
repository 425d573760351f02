"""Requests as softlayer-go (Terraform, `ibmcloud sl`) sends them: the verb alone, numbers as texts,
nulls in bodies.
"""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.conformance.conftest import KEY, USER, World
from tests.mock.stagehand import DB, ISO_DAL, SPARE, WEB, MockProcess
from tests.patience import PATIENCE_S


class Go:
    """softlayer-go's session: answers status and JSON value."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __call__(self, verb: str, path: str, *parameters: object) -> tuple[int, Any]:
        """One request; parameters make a body."""
        body = json.dumps({"parameters": parameters}).encode() if parameters else None
        request = urllib.request.Request(self._url + path, body, method=verb)  # noqa: S310 (always this machine)
        request.add_header(
            "Authorization", "Basic " + base64.b64encode(f"{USER}:{KEY}".encode()).decode()
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as reply:  # noqa: S310 (http)
                return reply.status, json.loads(reply.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())


@pytest.fixture(params=["v3.1", "v3"])
def go(request: pytest.FixtureRequest, server: MockProcess, world: World) -> Go:
    """A session on each version of the endpoint."""
    return Go(server.urls["rest"].replace("v3.1", str(request.param)))


def test_get_is_get_object(go: Go) -> None:
    """GET of an object, with and without .json; numbers and GUIDs."""
    for path in (f"{WEB}.json", f"{WEB}", "077246a2-000a-4000-8000-0000077246a2.json"):
        status, guest = go("GET", f"SoftLayer_Virtual_Guest/{path}")
        assert (status, guest["hostname"]) == (200, "web-1")


def test_put_is_edit_object(go: Go) -> None:
    """PUT edits; a property that nobody can edit is refused and nothing changes."""
    assert go("PUT", f"SoftLayer_Virtual_Guest/{WEB}.json", {"notes": "by Terraform"}) == (
        200,
        True,
    )
    assert go("GET", f"SoftLayer_Virtual_Guest/{WEB}/getObject.json")[1]["notes"] == "by Terraform"
    status, body = go(
        "PUT", f"SoftLayer_Virtual_Guest/{WEB}.json", {"hostname": "new", "maxCpu": 64}
    )
    assert (status, body["code"]) == (500, "SoftLayer_Exception_InvalidValue")
    assert "maxCpu" in body["error"]
    assert go("GET", f"SoftLayer_Virtual_Guest/{WEB}.json")[1]["hostname"] == "web-1"


@pytest.mark.parametrize("service", ["SoftLayer_Virtual_Guest", "SoftLayer_Hardware_Server"])
def test_orders_and_cancellations_are_refused(go: Go, world: World, service: str) -> None:
    """POST and DELETE of a device say clearly that this mock does neither."""
    number = WEB if service.endswith("Guest") else DB
    for answer in (
        go("POST", f"{service}.json", {"hostname": "new"}),
        go("DELETE", f"{service}/{number}.json"),
    ):
        assert (answer[0], "orders and cancels nothing" in answer[1]["error"]) == (500, True)
    assert len(world.call("GET", "devices")) == 8


@pytest.mark.parametrize("parameters", [(), (None,), ("LINUX",), ("WINDOWS",)])
def test_rescue_bodies(go: Go, world: World, parameters: tuple[object, ...]) -> None:
    """`ibmcloud sl hardware rescue` posts a null; softlayer-go also names the kernel."""
    verb = "POST" if parameters else "GET"
    assert go(verb, f"SoftLayer_Hardware_Server/{SPARE}/bootToRescueLayer.json", *parameters) == (
        200,
        True,
    )
    world.settle()
    assert world.device(SPARE)["boot"] == "rescue"


@pytest.mark.parametrize("image", [ISO_DAL, str(ISO_DAL)])
def test_numbers_as_texts(go: Go, world: World, image: object) -> None:
    """An id in a body may be a text of digits, as call-api sends it."""
    status, transaction = go("POST", f"SoftLayer_Virtual_Guest/{WEB}/mountIsoImage.json", image)
    assert (status, transaction["guestId"]) == (200, WEB)
    assert world.device(WEB)["move"] == "guest_iso_mount"


def test_booleans_as_texts(go: Go, world: World) -> None:
    """toggleManagementInterface takes true as JSON and as text, and nothing else."""
    path = f"SoftLayer_Hardware_Server/{DB}/toggleManagementInterface.json"
    assert go("POST", path, "false") == go("POST", path, False) == (200, True)
    status, body = go("POST", path, "perhaps")
    assert (status, body["code"]) == (500, "SoftLayer_Exception_InvalidValue")
    world.settle()
    assert go("GET", f"SoftLayer_Hardware_Server/{DB}/getIsIpmiDisabled.json") == (200, True)
