"""THE table of control routes. The OpenAPI document at /_mock/openapi.json is made from it. Paths
are below /_mock/.

No GET changes anything. What a row `changes` is saved before it answers. plane.py calls the rows.
"""

from __future__ import annotations

from typing import Any

from mock_api.control import clock, contract, devices, faults, journal, openapi, worlds
from mock_api.control.route import Route
from mock_api.domain.fault_rules import FaultRule, FaultSpec
from mock_api.domain.journal import Entry
from mock_api.domain.settings import Settings
from mock_api.domain.stage import Stage
from mock_api.domain.world import WorldDocument


def get_openapi(stage: Stage) -> dict[str, Any]:
    """This table as an OpenAPI document."""
    return openapi.document(ROUTES)


ROUTES: tuple[Route, ...] = (
    Route(
        "GET", "health", worlds.get_health, summary="Whether the mock runs, and how much it holds",
        answer=worlds.Health,
    ),
    Route("GET", "openapi.json", get_openapi, summary="This description", answer=dict[str, Any]),
    Route(
        "GET", "world", worlds.get_world, summary="The world as it is now, keys and passwords too",
        answer=WorldDocument,
    ),
    Route(
        "PUT", "world", worlds.put_world,
        summary="Put another world on the stage; reset still goes back to the starting one",
        answer=worlds.Health, body=WorldDocument, patches=True, changes=True,
    ),
    Route(
        "PATCH", "world", worlds.patch_world,
        summary="Merge a JSON merge patch (RFC 7386) into the running world", answer=worlds.Health,
        body=dict[str, Any], patches=True, changes=True,
    ),
    Route(
        "POST", "reset", worlds.reset, summary="The starting world and an empty journal",
        answer=worlds.Health, changes=True,
    ),
    Route(
        "GET", "devices", devices.get_devices,
        summary="Every device with the boot state that the API never shows",
        answer=tuple[devices.DeviceNow, ...],
    ),
    Route(
        "DELETE", "devices/{number}", devices.remove_device,
        summary="Take a device out of the world, as somebody cancels it; reset brings it back",
        answer=faults.Deleted, changes=True,
    ),
    Route(
        "GET", "machines/{number}", devices.get_machine,
        summary="The real machine behind a device: what it does, and the end of its console",
        answer=devices.DeviceMachine,
    ),
    Route(
        "POST", "os_restarts/{number}", devices.restart_os,
        summary="Restart a device from inside, as its user does to leave rescue:"
            " the API never learns of it",
        answer=devices.DeviceNow, changes=True, conflicts=True,
    ),
    Route(
        "GET", "settings", worlds.get_settings,
        summary="The world's settings; durations are virtual seconds", answer=Settings,
    ),
    Route(
        "PATCH", "settings", worlds.patch_settings,
        summary="Change some settings; moves under way keep their times", answer=Settings,
        body=Settings, patches=True, changes=True,
    ),
    Route("GET", "clock", clock.get_clock, summary="The virtual clock", answer=clock.ClockNow),
    Route(
        "POST", "clock", clock.change_clock,
        summary="Set the speed, pause, resume, advance, run until stable", answer=clock.ClockNow,
        body=clock.ClockChange, changes=True,
    ),
    Route(
        "GET", "faults", faults.get_faults, summary="All fault rules with what they counted",
        answer=tuple[FaultRule, ...],
    ),
    Route(
        "POST", "faults", faults.add_fault, summary="Add a fault rule", answer=FaultRule,
        body=FaultSpec, changes=True,
    ),
    Route(
        "DELETE", "faults", faults.delete_faults, summary="Delete all fault rules",
        answer=faults.Deleted, changes=True,
    ),
    Route("GET", "faults/{number}", faults.get_fault, summary="One fault rule", answer=FaultRule),
    Route(
        "DELETE", "faults/{number}", faults.delete_fault, summary="Delete one fault rule",
        answer=faults.Deleted, changes=True,
    ),
    Route(
        "GET", "journal", journal.get_journal,
        summary="The API requests seen; unknown ones name the nearest operations",
        answer=tuple[Entry, ...], query=journal.JournalQuery,
    ),
    Route(
        "DELETE", "journal", journal.delete_journal, summary="Forget the requests seen",
        answer=faults.Deleted,
    ),
    Route(
        "GET", "contract", contract.get_contract,
        summary="The operations served, each with its evidence", answer=contract.Contract,
        query=contract.ContractQuery,
    ),
)  # fmt: skip
