"""The control plane's table: looking changes nothing, reset restores everything,
rows and handlers agree.
"""

from __future__ import annotations

import inspect
import json
from typing import get_type_hints

import jsonschema
import pytest

from mock_api import worlds
from mock_api.control.openapi import document
from mock_api.control.route import Route
from mock_api.control.routes import ROUTES
from mock_api.domain.document import to_json
from mock_api.domain.journal import Journal
from mock_api.domain.stage import Stage
from tests.mock.stagehand import APP, GUEST, HARDWARE, ISO_DAL, WEB, Play

BIG_GUEST = 124929710
VIEWER_ID = 7651001


def busy(play: Play) -> Play:
    """A world with moves under way, done, a mounted image, a changed user, a fault that drew lots,
    a paused clock.
    """
    play.guest("executeRescueLayer")
    play.guest("mountIsoImage", ISO_DAL, number=BIG_GUEST)
    play.server("rebootDefault")
    assert play.guest("editObject", {"notes": "changed"}, number=APP) is True
    assert (
        play.call("SoftLayer_User_Customer", "editObject", VIEWER_ID, {"firstName": "Changed"}).body
        is True
    )
    play.advance(130)
    play.steer(
        "POST", "faults", {"fault": {"kind": "rate_limit"}, "probability": 0.5, "times": None}
    )
    play.guest("getObject", number=APP)
    play.steer("POST", "clock", {"pause": True})
    return play


def path_of(row: Route) -> str:
    """A path that the row answers in a busy world."""
    is_device = row.path.startswith(("devices", "machines", "os_restarts"))
    return row.path.replace("{number}", str(APP) if is_device else "1")


@pytest.mark.parametrize("verb", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize(
    "row", [row for row in ROUTES if row.verb == "GET"], ids=lambda row: row.path
)
def test_looking_changes_nothing(play: Play, row: Route, verb: str) -> None:
    """Every look leaves the world and the journal byte for byte as they were,
    and so does a second one its answer.
    """
    busy(play)
    before = to_json(play.stage.document()), json.dumps(play.stage.journal.rows())
    first = play.ask(verb, path_of(row))
    assert first.status in (200, 204)
    assert play.ask(verb, path_of(row)) == first
    assert (to_json(play.stage.document()), json.dumps(play.stage.journal.rows())) == before


def test_api_reads_change_nothing(play: Play) -> None:
    """Neither do reads through the API, also past the end of a move."""
    busy(play)
    play.steer("DELETE", "faults")
    play.steer("POST", "clock", {"advance_s": 10000})
    before = to_json(play.stage.document())
    for method in ("getObject", "getActiveTransaction", "getBlockDevices", "getIsoBootImage"):
        play.call(GUEST, method, WEB)
    play.call(HARDWARE, "getTransactionHistory", 218027101)
    play.call("SoftLayer_Account", "getVirtualGuests")
    assert to_json(play.stage.document()) == before


# At least one body for each changing row: the test below goes over the table.
BODIES: dict[tuple[str, str], list[object]] = {
    ("PUT", "world"): [json.loads(to_json(worlds.generate(2, 1)))],
    ("PATCH", "world"): [
        {"users": [{"id": 9, "username": "only", "api_key": "key", "master": True}]},
        {"seed": 7, "labels": {"names": {"event.rescue": "Rescued"}}},
        {"moving": {"draws": 12}},
    ],
    ("PATCH", "settings"): [{"guest_rescue_s": 1, "reboot_clears_iso": False}],
    ("POST", "clock"): [
        {"speed": 7},
        {"advance_s": 100},
        {"resume": True},
        {"run_until_stable": True},
    ],
    ("POST", "faults"): [{"fault": {"kind": "rate_limiter", "requests": 1}}],
    ("DELETE", "faults"): [None],
    ("DELETE", "faults/{number}"): [None],
    ("DELETE", "devices/{number}"): [None],
    ("POST", "reset"): [None],
    ("POST", "os_restarts/{number}"): [None],
}
CASES = [(row, body) for row in ROUTES if row.changes for body in BODIES[(row.verb, row.path)]]


@pytest.mark.parametrize(
    ("row", "body"), CASES, ids=lambda part: part.path if isinstance(part, Route) else None
)
def test_reset_restores_everything(row: Route, body: object) -> None:
    """After any change, reset gives the starting world, an empty journal,
    and the same future as a fresh mock.
    """
    play = Play()
    start = to_json(play.stage.document())
    before = to_json(busy(play).stage.document())
    play.steer(row.verb, path_of(row), body)
    assert to_json(play.stage.document()) != before
    play.steer("POST", "reset")
    assert to_json(play.stage.document()) == start
    assert play.steer("GET", "journal") == []
    fresh = Play()
    fresh.advance(play.real.now_s)
    fresh.steer("POST", "reset")
    assert to_json(busy(play).stage.document()) == to_json(busy(fresh).stage.document())
    assert play.steer("GET", "journal") == fresh.steer("GET", "journal")


def test_rows_and_handlers_agree() -> None:
    """A handler takes what its row has, in that order, and gives what the row says;
    no handler has two rows.
    """
    for row in ROUTES:
        hints = get_type_hints(row.handler)
        answer = hints.pop("return")
        expected: list[object] = [
            Stage,
            *([int] if row.has_number else []),
            *([row.query] if row.query else []),
        ]
        if row.body is not None:
            expected.append(dict[str, object] if row.patches else row.body)
        assert list(hints.values()) == expected, row
        assert answer == row.answer, row
        assert inspect.getdoc(row.handler), row
    assert (
        len({row.handler for row in ROUTES})
        == len({(row.verb, row.path) for row in ROUTES})
        == len(ROUTES)
    )


def test_only_rows_that_look_are_gets() -> None:
    """Every other row changes the world, and is saved, or the journal, which is not."""
    looks = [row for row in ROUTES if not row.changes]
    assert {row.path for row in looks if row.verb != "GET"} == {"journal"}
    assert not [row for row in ROUTES if row.verb == "GET" and row.changes]


def test_the_mock_serves_its_openapi_document(play: Play) -> None:
    """It comes back from JSON as it was made."""
    assert play.steer("GET", "openapi.json") == document(ROUTES)


def test_every_row_is_described() -> None:
    """Each row is an operation with its summary, its query parameters, and one shape of errors;
    nothing else is.
    """
    described = document(ROUTES)
    operations = {(path, verb) for path, verbs in described["paths"].items() for verb in verbs}
    assert operations == {(f"/{row.path}", row.verb.lower()) for row in ROUTES}
    for row in ROUTES:
        operation = described["paths"][f"/{row.path}"][row.verb.lower()]
        assert operation["summary"] == row.summary
        errors = [value for status, value in operation["responses"].items() if status >= "400"]
        refs = {value["content"]["application/json"]["schema"]["$ref"] for value in errors}
        assert refs == {"#/components/schemas/Problem"}
    names = {parameter["name"] for parameter in described["paths"]["/journal"]["get"]["parameters"]}
    assert names == {"service", "method", "device_id", "user", "status", "kind", "since", "limit"}


def test_a_world_comes_back_as_it_was(play: Play) -> None:
    """PUT of what GET gave is the same world, with moves under way, faults,
    random values and the pause.
    """
    world = busy(play).steer("GET", "world")
    other = Play()
    other.steer("PUT", "world", world)
    assert other.steer("GET", "world") == world
    assert other.steer("GET", "devices") == play.steer("GET", "devices")
    assert (other.boot(WEB), other.boot(BIG_GUEST)) == ("os", "image")
    assert other.steer("POST", "clock", {"resume": True}) == play.steer(
        "POST", "clock", {"resume": True}
    )


def test_a_patch_merges(play: Play) -> None:
    """Fields of a patch are merged, null removes one, lists are replaced,
    and what is under way goes on.
    """
    play.guest("executeRescueLayer")
    patch = {
        "account": {"company_name": "Patched"},
        "image_groups": [],
        "labels": {"names": {"event.rescue": "Rescued"}},
        "moving": {"states": {str(BIG_GUEST): {"power": "HALTED"}}},
    }
    play.steer("PATCH", "world", patch)
    world = play.steer("GET", "world")
    assert world["account"]["company_name"] == "Patched"
    assert world["account"]["id"] == worlds.demo().account.id
    rows = {row["id"]: row for row in play.steer("GET", "devices")}
    assert rows[WEB]["move"] == "guest_rescue"
    assert (rows[BIG_GUEST]["power"], world["image_groups"]) == ("HALTED", [])
    play.steer("PATCH", "world", {"moving": {"states": {str(BIG_GUEST): None}}})
    assert {row["id"]: row["power"] for row in play.steer("GET", "devices")}[BIG_GUEST] == "RUNNING"


@pytest.mark.parametrize(
    ("name", "number", "kept_in"),
    [("guests", BIG_GUEST, "states"), ("users", VIEWER_ID, "profiles")],
)
def test_a_patch_takes_rows_out_with_their_changes(
    play: Play, name: str, number: int, kept_in: str
) -> None:
    """What changed of a device or user that is gone goes too; the others keep theirs."""
    busy(play)
    before = play.steer("GET", "world")
    play.steer("PATCH", "world", {name: [row for row in before[name] if row["id"] != number]})
    changes = before["moving"][kept_in]
    assert changes.pop(str(number))
    assert play.steer("GET", "world")["moving"][kept_in] == changes


@pytest.mark.parametrize(
    ("verb", "body", "word"),
    [
        ("PUT", {}, "account"),
        ("PATCH", {"acount": {}}, "not known"),
        ("PATCH", {"account": None}, "account"),
        ("PATCH", {"guests": [{"id": "x"}]}, "guests[0]"),
        ("PATCH", {"clock": {"speed": 2}}, "/_mock/clock"),
        ("PATCH", {"first_new_id": 2}, "changes nothing"),
        ("PATCH", {"guests": 1}, "guests"),
        ("PATCH", {"moving": []}, "moving"),
        ("PATCH", {"moving": {"states": 7}, "hardware": []}, "states"),
        ("PATCH", {"moving": {"speed": -1}}, "speed"),
        ("PATCH", {"moving": {"now_s": 1e300}}, "1970 to 9998"),
        ("PATCH", {"moving": {"faults": [{"fault": {"kind": "explode"}}]}}, "explode"),
        (
            "PATCH",
            {
                "moving": {
                    "states": {str(WEB): {"pending": {"move": "guest_rescue", "due_s": 1e300}}}
                }
            },
            "due_s",
        ),
        ("PATCH", {"moving": {"states": {str(WEB): {"modified_s": -1}}}}, "modified_s"),
    ],
)
def test_a_bad_world_changes_nothing(play: Play, verb: str, body: object, word: str) -> None:
    """A world is checked wholly before anything changes."""
    busy(play)
    before = to_json(play.stage.document())
    answer = play.ask(verb, "world", json.dumps(body).encode())
    assert (answer.status, word in str(json.loads(answer.body)["error"])) == (400, True), (
        answer.body
    )
    assert to_json(play.stage.document()) == before


def test_devices_show_the_private_state(play: Play) -> None:
    """The control plane tells what no API field does."""
    play.guest("executeRescueLayer")
    row = play.steer("GET", "devices")[0]
    assert (row["id"], row["boot"], row["move"], row["active_transaction_id"]) == (
        WEB,
        "os",
        "guest_rescue",
        None,
    )
    play.steer("POST", "clock", {"run_until_stable": True})
    row = play.steer("GET", "devices")[0]
    assert (row["boot"], row["move"]) == ("rescue", None)


def test_the_contract_tells_its_evidence(play: Play) -> None:
    """All rows with evidence and source, or those of one service;
    a service that is not served is refused.
    """
    rows = play.steer("GET", "contract")["operations"]
    assert all(row["evidence"] and row["source"] for row in rows)
    one = play.steer("GET", "contract", query="service=SoftLayer_Event_Log")["operations"]
    assert one == [row for row in rows if row["service"] == "SoftLayer_Event_Log"]
    assert len(one) > 1
    assert (
        b"SoftLayer_Account" in play.ask("GET", "contract", query="service=SoftLayer_Nonsense").body
    )


@pytest.fixture
def talk(play: Play) -> Play:
    """Five requests: two reads, a change by GUID, an unknown method, and a stranger."""
    guid = play.guest("getObject")["globalIdentifier"]
    play.server("getObject")
    play.call(GUEST, "executeRescueLayer", guid)
    play.guest("executeRescueLayr")
    play.call("SoftLayer_Account", "getObject", user="307608_viewer@example.com")
    return play


@pytest.mark.parametrize(
    ("query", "sequences"),
    [
        ("", [1, 2, 3, 4, 5]),
        ("service=SoftLayer_Hardware_Server", [2]),
        ("method=getObject", [1, 2, 5]),
        (f"device_id={WEB}", [1, 3, 4]),
        ("user=307608_viewer%40example.com", [5]),
        ("status=500", [4]),
        ("kind=changing", [3]),
        ("kind=read-only&method=getObject&limit=2", [1, 2]),
        ("kind=unknown", [4]),
        ("since=3", [4, 5]),
        ("since=1&limit=2", [2, 3]),
        ("since=5", []),
    ],
)
def test_the_journal_is_filtered(talk: Play, query: str, sequences: list[int]) -> None:
    """Each filter alone and together; since and limit make pages."""
    assert [row["sequence"] for row in talk.steer("GET", "journal", query=query)] == sequences


def test_the_journal_names_the_nearest_and_is_cleared(talk: Play) -> None:
    """An unknown method has its nearest rows; numbers go on after clearing,
    so that `since` misses none.
    """
    (row,) = talk.steer("GET", "journal", query="kind=unknown")
    assert row["nearest"][0] == f"{GUEST}::executeRescueLayer"
    assert talk.steer("DELETE", "journal") == {"deleted": 5}
    assert talk.steer("GET", "journal") == []
    talk.guest("getObject")
    assert [row["sequence"] for row in talk.steer("GET", "journal", query="since=5")] == [6]


def test_the_journal_can_always_be_read() -> None:
    """Half a surrogate pair and NaN, which JSON parsers let through, are refused and break nothing;
    NaN that comes as XML is shown as a text.
    """
    play = Play()
    play.send(
        "POST",
        f"{GUEST}/{WEB}/mountIsoImage",
        body=rb'{"parameters": ["\ud800", NaN, {"a": [Infinity]}]}',
    )
    play.door = "xmlrpc"
    play.guest("mountIsoImage", float("nan"))
    refused, shown = play.steer("GET", "journal")
    assert (refused["parameters"], refused["status"]) == ([], 500)
    assert shown["parameters"] == ["nan"]


def test_the_journal_forgets_the_oldest() -> None:
    """It keeps a bounded number of entries."""
    journal = Journal(kept=3)
    for number in range(5):
        journal.open_entry("", "GET", str(number))
    assert [entry.path for entry in journal.entries()] == ["2", "3", "4"]


@pytest.mark.parametrize(
    "row", [row for row in ROUTES if row.verb == "GET"], ids=lambda row: row.path
)
def test_a_busy_world_fits_the_schemas(row: Route) -> None:
    """What a look answers is what the OpenAPI document says, also with moves,
    faults and a journal to show.
    """
    described = document(ROUTES)
    answer = described["paths"][f"/{row.path}"]["get"]["responses"]["200"]
    schema = {
        **answer["content"]["application/json"]["schema"],
        "components": described["components"],
    }
    jsonschema.validate(busy(Play()).steer("GET", path_of(row)), schema)
