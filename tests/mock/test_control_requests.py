"""What a request to the control plane may look like, over the whole table:
one sentence for everything else.
"""

from __future__ import annotations

import json

import pytest
from werkzeug.test import Client

from mock_api.control.merge_patch import merged
from mock_api.control.plane import ControlPlane
from mock_api.control.route import Route
from mock_api.control.routes import ROUTES
from mock_api.domain import steering
from mock_api.domain.document import to_json
from mock_api.domain.errors import NotSaved
from mock_api.domain.stage import Stage
from mock_api.domain.steering import ControlAnswer, ControlRequest
from mock_api.http.app import create_app
from tests.mock.stagehand import APP, Play

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW")
WITH_BODY = [row for row in ROUTES if row.body is not None]
by_name = pytest.mark.parametrize("row", ROUTES, ids=lambda row: f"{row.verb}-{row.path}")
for_bodies = pytest.mark.parametrize("row", WITH_BODY, ids=lambda row: f"{row.verb}-{row.path}")


@pytest.fixture
def play() -> Play:
    """One world: no request here goes through a door of the API."""
    return Play()


@pytest.fixture
def web(play: Play) -> Client:
    """The mock as a WSGI app."""
    play.steer("POST", "faults", {"fault": {"kind": "rate_limit"}})
    return Client(create_app(play.stage, ControlPlane()))


def url(row: Route) -> str:
    """Where the row answers."""
    number = APP if row.path.startswith("machines") else 1
    return f"/_mock/{row.path.replace('{number}', str(number))}"


@by_name
def test_other_verbs_are_refused(web: Client, row: Route) -> None:
    """405 with the verbs that are possible, in the header and in the sentence;
    OPTIONS tells them too.
    """
    there = {other.verb for other in ROUTES if other.path == row.path}
    allowed = sorted(there | {"OPTIONS"} | ({"HEAD"} if "GET" in there else set()))
    options = web.options(url(row))
    assert (options.status_code, options.data, options.headers["Allow"]) == (
        204,
        b"",
        ", ".join(allowed),
    )
    for verb in set(VERBS) - set(allowed):
        answer = web.open(url(row), method=verb)
        assert (answer.status_code, answer.headers["Allow"]) == (405, ", ".join(allowed)), verb
        assert verb == "HEAD" or answer.get_json()["error"].endswith(
            f"allowed are {', '.join(allowed)}."
        )


@pytest.mark.parametrize(
    "row", [row for row in ROUTES if row.verb == "GET"], ids=lambda row: row.path
)
def test_head_is_get_without_its_body(web: Client, row: Route) -> None:
    """The same headers, no body."""
    looked = web.get(url(row))
    headed = web.head(url(row))
    assert (headed.status_code, headed.data, dict(headed.headers)) == (
        200,
        b"",
        dict(looked.headers),
    )
    assert looked.content_type == "application/json"


DEEP = b"[" * 100_000
BAD_BODIES = [
    (b"{", "not JSON"),
    (b"\xff\xfe{}", "not JSON"),
    (b"hello", "not JSON"),
    (DEEP, "not JSON (recursion limit exceeded"),
    (b'{"a": ' + DEEP, "not JSON (recursion limit exceeded"),
    (b'{"speed": NaN, "fault": NaN}', "not JSON"),
    (b'{"speed": -Infinity}', "not JSON"),
    (rb'{"a": "\ud800"}', "not JSON"),
    (b'{"a": 1' + b"0" * 5000 + b"}", "not JSON (number out of range"),
    (b"[]", "JSON object"),
    (b"null", "JSON object"),
    (b"1", "JSON object"),
    (b'"text"', "JSON object"),
    (b'{"nonsense": 1, "fault": {"kind": "rate_limit"}}', "nonsense: this field is not known"),
    (b'{"": 1, "fault": {"kind": "rate_limit"}}', "this field is not known"),
]


@pytest.mark.parametrize(
    ("body", "words"), BAD_BODIES, ids=lambda part: part[:12] if isinstance(part, bytes) else ""
)
@for_bodies
def test_bad_bodies_are_explained(play: Play, row: Route, body: bytes, words: str) -> None:
    """What is no JSON, no object, or has a field that nobody knows changes nothing,
    in every row that reads a body.
    """
    before = to_json(play.stage.document())
    answer = play.ask(row.verb, row.path, body)
    sentence = json.loads(answer.body)["error"]
    assert (answer.status, list(json.loads(answer.body))) == (400, ["error"])
    if not (row.path == "world" and "not known" in words):
        assert words in sentence
    assert sentence.endswith(".")
    assert len(sentence) < 2000
    assert to_json(play.stage.document()) == before


@pytest.mark.parametrize(
    "value", ["1e999", "-1e999", "1" + "0" * 400, "-1", "true", '"1"', "[]", "{}", "null"]
)
@pytest.mark.parametrize(
    ("verb", "path", "field"),
    [
        ("POST", "clock", "device_id"),
        ("POST", "clock", "pause"),
        ("POST", "clock", "run_until_stable"),
        ("PATCH", "settings", "lockout_s"),
        ("PATCH", "settings", "rescue_max_memory_mb"),
        ("PATCH", "world", "moving"),
        ("PATCH", "world", "seed"),
        ("PATCH", "world", "settings"),
        ("POST", "faults", "fault"),
    ],
)
def test_no_value_breaks_the_mock(play: Play, verb: str, path: str, field: str, value: str) -> None:
    """Infinite, huge, negative and wrongly typed values are taken or refused;
    every look works afterwards.
    """
    answer = play.ask(verb, path, f'{{"{field}": {value}}}'.encode())
    assert answer.status in (200, 400, 404), answer.body
    for row in ROUTES:
        if row.verb == "GET" and not row.has_number:
            play.steer("GET", row.path)


@by_name
def test_bodies_and_queries_go_where_they_belong(play: Play, row: Route) -> None:
    """A row that reads no body or no query refuses one,
    so that nobody believes it had an effect.
    """
    path = row.path.replace("{number}", "1")
    if row.body is None:
        answer = play.ask(row.verb, path, b'{"speed": 1}')
        assert (answer.status, b"takes no body" in answer.body) == (400, True)
        assert play.ask(row.verb, path, b"{}").status in (200, 404)
    unknown = play.ask(row.verb, path, query="nonsense=1")
    assert (unknown.status, b"nonsense" in unknown.body) == (400, True)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("limit=0", "limit: input should be greater than or equal to 1"),
        ("limit=", "limit"),
        ("limit=many", "limit"),
        ("limit=1e3", "limit"),
        ("since=-1", "since"),
        ("since=" + "9" * 5000, "since"),
        ("status=99", "status"),
        ("kind=strange", "'changing', 'read-only', 'unknown' or 'not-played'"),
        ("limit=1&limit=2", "twice"),
        ("&".join(f"x{number}" for number in range(99)), "too many"),
        ("device_id=%FF", "device_id"),
    ],
)
def test_bad_queries_are_explained(play: Play, query: str, words: str) -> None:
    """The sentence names the parameter and what is allowed."""
    answer = play.ask("GET", "journal", query=query)
    assert (answer.status, words in json.loads(answer.body)["error"]) == (400, True), answer.body


@for_bodies
def test_other_content_types_are_refused(play: Play, row: Route) -> None:
    """415 for a form or text, which a web page could send;
    JSON, with a charset or none at all, is read.
    """
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "nonsense",
    ):
        answer = play.ask(row.verb, row.path, b"{}", headers={"content-type": kind})
        assert (answer.status, b"application/json" in answer.body) == (415, True)
    for kind in ("application/json", "application/json; charset=utf-8", "Application/JSON", ""):
        assert play.ask(row.verb, row.path, b"{}", headers={"content-type": kind}).status in (
            200,
            400,
        )


@by_name
def test_too_large_bodies_are_refused(play: Play, row: Route) -> None:
    """413 by what Content-Length says, before a byte is read."""
    headers = {"content-length": str(steering.BODY_LIMIT + 1)}
    answer = play.ask(row.verb, row.path.replace("{number}", "1"), headers=headers)
    assert (answer.status, b"allowed are 67108864" in answer.body) == (413, True)


def test_a_door_reads_no_body_over_the_limit(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control plane gets none of it."""
    seen: list[ControlRequest] = []
    plane = ControlPlane()

    def noted(stage: Stage, request: ControlRequest) -> ControlAnswer:
        seen.append(request)
        return plane(stage, request)

    app = create_app(play.stage, noted)
    monkeypatch.setattr("mock_api.http.app.BODY_LIMIT", 10)
    monkeypatch.setattr("mock_api.control.reading.BODY_LIMIT", 10)
    assert Client(app).put("/_mock/world", data=b" " * 11).status_code == 413
    assert (seen[0].body, seen[0].headers["content-length"]) == (b"", "11")


def test_unknown_paths_list_the_known_ones(web: Client) -> None:
    """404 in the same shape, and the paths that there are."""
    for path in (
        "/_mock",
        "/_mock/",
        "/_mock/nonsense",
        "/_mock/world/nonsense/more",
        "/_mock/clock/1",
        "/_mock/faults/1/2",
    ):
        answer = web.get(path)
        assert answer.status_code == 404, path
        assert "/_mock/health" in answer.get_json()["error"]
    assert "Service does not exist" in web.get("/_mocks/health").get_json()["error"]


@pytest.mark.parametrize("number", ["abc", "-1", "1.5", "%20", "٣", "9" * 30])
def test_bad_numbers_in_paths_are_explained(web: Client, number: str) -> None:
    """400 for what is no number, 404 for a rule that is not there."""
    answer = web.get(f"/_mock/faults/{number}")
    assert (answer.status_code, "whole number" in answer.get_json()["error"]) == (400, True)
    assert "no rule with the id 99" in web.delete("/_mock/faults/99").get_json()["error"]


def test_a_failure_of_the_mock_is_one_sentence(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect answers 500 in the same shape, and no traceback."""

    def broken() -> object:
        raise RuntimeError("secret")

    monkeypatch.setattr(play.stage, "document", broken)
    answer = play.ask("GET", "world")
    assert (answer.status, b"secret" in answer.body, b"--verbose" in answer.body) == (
        500,
        False,
        True,
    )


def test_a_world_that_cannot_be_saved_says_so(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is told with its reason."""

    def full() -> None:
        raise NotSaved("world.json", "No space left on device")

    monkeypatch.setattr(play.stage, "save", full)
    answer = play.ask("POST", "reset")
    assert (answer.status, b"world.json (No space left on device)" in answer.body) == (500, True)


# The examples of RFC 7386, appendix A, those with an object for a patch.
RFC_7386 = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("target", "patch", "result"), RFC_7386)
def test_merge_patch_is_rfc_7386(target: object, patch: object, result: object) -> None:
    """The RFC's own examples, and neither part is changed."""
    before = json.dumps([target, patch])
    assert merged(target, patch) == result
    assert json.dumps([target, patch]) == before
