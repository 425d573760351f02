"""REST paths below a method: SERVICE/METHOD/ID/PROPERTY... (classic-api.md 4.1)."""

from __future__ import annotations

import pytest

from tests.mock.stagehand import DB, GUEST, HARDWARE, WEB, Play


@pytest.fixture
def rest() -> Play:
    """The demo world over REST, the only door with paths."""
    return Play()


def test_from_a_list_to_an_object_to_its_list(rest: Play) -> None:
    """The example of the documentation: the network components of one of the account's servers."""
    answer = rest.send(
        "GET", f"SoftLayer_Account/getHardware/{DB}/getNetworkComponents.json", mask="mask[port]"
    )
    assert answer.body == [{"port": 0}, {"port": 1}]
    assert answer.total == 2


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (f"{GUEST}/{WEB}/Datacenter/name.json", "dal13"),
        (f"{GUEST}/{WEB}/getDatacenter/longName", "Dallas 13"),
        (f"SoftLayer_Account/VirtualGuests/{WEB}/hostname", "web-1"),
        (f"SoftLayer_Account/Hardware/{DB}/lastTransaction", None),
        (
            f"{GUEST}/{WEB}/getObject/operatingSystem/softwareLicense/softwareDescription/referenceCode",
            "UBUNTU_22_64",
        ),
    ],
)
def test_down_to_a_value(rest: Play, path: str, found: object) -> None:
    """A path may go down as far as there are properties, by name or getter;
    null where there is nothing.
    """
    assert rest.send("GET", path).body == found


def test_filters_begin_at_the_property_of_the_path(rest: Play) -> None:
    """As for the method getX, the filter's path begins with the property that the list is."""
    path = f"SoftLayer_Account/getHardware/{DB}/getNetworkComponents.json"
    wanted = '{"networkComponents":{"port":{"operation":1}}}'
    assert rest.send("GET", path, filter=wanted, mask="mask[port]").body == [{"port": 1}]


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        (
            "SoftLayer_Account/getHardware/1/getNetworkComponents",
            404,
            "Unable to find object with id of '1'.",
        ),
        (f"SoftLayer_Account/getHardware/{DB}/nonsense", 500, "nonsense"),
        ("SoftLayer_Account/getHardware/hostname", 500, "hostname"),
        (f"{GUEST}/{WEB}/getObject/hostname/length", 500, "length"),
        ("SoftLayer_Account/getVirtualGuests/" + "9" * 5000, 404, "Unable to find object"),
    ],
)
def test_paths_that_lead_nowhere(rest: Play, path: str, status: int, text: str) -> None:
    """An unknown id is not found, an unknown name is no method."""
    answer = rest.send("GET", path)
    assert (answer.status, text in str(answer.body)) == (status, True), answer.body


@pytest.mark.parametrize(
    "path", [f"{GUEST}/{WEB}/executeRescueLayer/x", f"{HARDWARE}/{DB}/bootToRescueLayer/LINUX/x"]
)
def test_nothing_changes_with_a_segment_too_many(rest: Play, path: str) -> None:
    """A call that reboots is refused when the path says more than the call takes."""
    before = rest.stage.document()
    assert rest.send("GET", path).body["code"] == "SoftLayer_Exception_InvalidValue"  # type: ignore[index] # JSON
    assert rest.stage.document().moving.states == before.moving.states  # type: ignore[union-attr] # a dump has it


def test_head_runs_nothing(rest: Play) -> None:
    """Flask takes HEAD for GET, and a GET may reboot a device here."""
    from werkzeug.test import Client

    from mock_api.control.plane import ControlPlane
    from mock_api.http.app import create_app

    client = Client(create_app(rest.stage, ControlPlane()))
    headers = {"Authorization": rest.login("SL307608")}
    assert (
        client.head(
            f"/rest/v3.1/{GUEST}/{WEB}/executeRescueLayer.json", headers=headers
        ).status_code
        == 405
    )
    assert rest.stage.journal.rows() == []
