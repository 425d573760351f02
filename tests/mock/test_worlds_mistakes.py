"""Mistakes in world files: all at once, each with its line, what was given and what is allowed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_api import worlds
from mock_api.domain.document import DocumentError, read_document, read_world, to_json
from tests.mock.stagehand import Play

DEMO: dict[str, Any] = json.loads(to_json(worlds.demo()))


def refused(folder: Path, text: str | bytes, name: str = "w.yaml") -> list[str]:
    """The lines of the error that a file with this text ends in, without the folder."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DocumentError) as caught:
        worlds.load_file(path)
    return str(caught.value).replace(f"{folder}/", "").splitlines()


def broken(path: str, value: object) -> bytes:
    """The demo world with one value replaced; `path` is like guests.0.os."""
    world = json.loads(json.dumps(DEMO))
    *way, last = path.split(".")
    place: Any = world
    for part in way:
        place = place[int(part)] if part.isdecimal() else place[part]
    place[int(last) if last.isdecimal() else last] = value
    return json.dumps(world).encode()


def moved(**state: object) -> dict[str, object]:
    """A moving part with the state of one guest of the demo world."""
    return {"now_s": 1, "speed": 1, "next_id": 1, "states": {"124929698": state}}


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("guests.0.memory_mb", "lots",
         'w.json: guests[0].memory_mb: must be a whole number; given was "lots".'),
        ("guests.0.memory_mb", "0",
         "w.json: guests[0].memory_mb: must be 1 to 2147483648; given was 0."),
        ("guests.0.memory_mb", 0,
         "w.json: guests[0].memory_mb: must be 1 to 2147483648; given was 0."),
        ("guests.1.colour", "red",
         "w.json: guests[1].colour: this field is not known; allowed are "),
        ("guests.1.host_name", "x",
         'w.json: guests[1].host_name: this field is not known; did you mean "hostname"?'),
        ("guests.0.os", "plan9",
         "w.json: guests[0].os: allowed are centos-7, coreos, ubuntu-22, windows-2022 (null"),
        ("guests.0.datacenter", "mars",
         "w.json: guests[0].datacenter: allowed are dal13, fra02; given was"),
        ("disk_images.0.datacenter", "dal31", 'did you mean "dal13"?; given was "dal31".'),
        ("hardware.0.power", "MAYBE",
         "w.json: hardware[0].power: allowed are HALTED, PAUSED, RUNNING"),
        ("hardware.0.owner", "nobody", "w.json: hardware[0].owner: allowed are"),
        ("guests.1.id", 124929698,
         "every id of guests and hardware may be there only once; given was 124929698."),
        ("hardware.0.id", 124929698,
         "hardware[0].id: every id of guests and hardware may be there only once"),
        ("hardware.0.ipmi_ip", "10.93.20.11",
         "hardware[0].ipmi_ip: every IP address of guests and hardware may be"),
        ("guests.0.public_ip", "1.2.3",
         'guests[0].public_ip: must be an IPv4 address; given was "1.2.3".'),
        ("guests.0.hostname", "web 1",
         "guests[0].hostname: allowed are letters, digits, dots and hyphens"),
        ("users.1.permissions", ["FLY"], "w.json: users[1].permissions[0]: allowed are ACCESS_ALL"),
        ("users.1.permissions", ["SERVER_RELAOD"],
         'users[1].permissions[0]: did you mean "SERVER_RELOAD"?'),
        ("users.1.master", True, "exactly one user must be the master user"),
        ("users.1.parent_id", 5,
         "w.json: users[1].parent_id: must be the id of a row of users (null for none)"),
        ("users.1.parent_id", 7651001, "w.json: users[1].parent_id: no user may be below itself"),
        ("users.1.guest_ids", [5],
         "w.json: users[1].guest_ids[0]: must be the id of a row of guests; given was 5."),
        ("users.1.username", "SL307608",
         "w.json: users[1].username: every username may be there only once"),
        ("datacenters.1.name", "dal13",
         "w.json: datacenters[1].name: every name may be there only once"),
        ("software.1.key", "coreos", "every key may be there only once"),
        ("labels.names", {"x.y": "z"},
         "w.json: labels.names.x.y: this label is not known; allowed are "),
        ("labels.refusals", {"lockout": {"status": 200}},
         "must be an HTTP status of an error, 400 to 599"),
        ("image_groups.0.disk_image_ids", [1],
         "w.json: image_groups[0].disk_image_ids[0]: must be the id of a row of"),
        ("image_groups.0.image_type", "IMG",
         "w.json: image_groups[0].image_type: allowed are DISK_CAPTURE, ISO, SYST"),
        ("clock.now", "yesterday", "w.json: clock: The date 'yesterday' is not understood"),
        ("clock.utc_offset", "6", "w.json: clock: The UTC offset '6' is not understood"),
        ("clock.speed", -1, "w.json: clock: The speed -1"),
        ("settings.guest_rescue_s", -1, "w.json: settings.guest_rescue_s: must be 0 to"),
        ("settings.guest_rescue_s", float("nan"),
         "w.json: settings.guest_rescue_s: must be a number with an end"),
        ("guests.0.created_s", 1e300, "w.json: guests[0].created_s: must be 0 to 253402300799"),
        ("format", 2, "w.json: format: this mock reads format 1; given was 2."),
        ("moving", {"now_s": 1, "speed": 1, "next_id": 1, "states": {"5": {}}},
         "moving.states.5: must be the id of a"),
        ("moving", moved(pending={"move": "fly"}),
         "moving.states.124929698.pending.move: allowed are "),
        ("moving", moved(job={"move": "fly"}), "moving.states.124929698.job.move: allowed are "),
        ("moving", moved(iso_image_id=5),
         "moving.states.124929698.iso_image_id: must be the id of a row of disk_im"),
        ("moving", moved(transactions=[{"label": "x"}]),
         "states.124929698.transactions[0].label: allowed are guest_"),
        ("account", [], "w.json: account: must be an object."),
    ],
)  # fmt: skip
def test_broken_worlds(path: str, value: object, text: str) -> None:
    """A world that cannot be used is refused with place, what was given and what is allowed,
    one line a mistake.
    """
    with pytest.raises(DocumentError) as caught:
        read_document(broken(path, value), "w.json")
    lines = str(caught.value).splitlines()
    assert any(text in line for line in lines)
    assert all(line.startswith("w.json: ") and line[-1] in ".?" for line in lines)


MISTAKES = """\
account: {id: one}
guests:
  - hostname: web-1
    memory_mb: lots
    datacentre: dal13
  - {id: 7, os: ubunto-22}
hardware:
  - id: 7
userz: []
"""
SAID = [
    'account.id: must be a whole number; given was "one".',
    'guests[0].memory_mb: must be a whole number; given was "lots".',
    'guests[0].datacentre: this field is not known; did you mean "datacenter"?',
    "guests[1].os: allowed are centos-7, coreos, ubuntu-22, windows-2022,"
    ' did you mean "ubuntu-22"? (null for none); given was "ubunto-22".',
    "hardware[0].id: every id of guests and hardware may be there only once; given was 7.",
    'userz: this field is not known; did you mean "users"?',
]  # fmt: skip


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    """Types, unknown fields, references, what is there twice: together, in the file's order,
    with their places.
    """
    places = ["1:11", "4:5", "5:5", "6:13", "8:5", "9:1"]
    assert refused(tmp_path, MISTAKES) == [
        f"w.yaml:{at}: {text}" for at, text in zip(places, SAID, strict=True)
    ]


def test_json_mistakes_have_their_lines(tmp_path: Path) -> None:
    """Also in a file that tabs indent."""
    text = (
        '{\n\t"account": {"id": 1},\n'
        '\t"guests": [\n\t\t{"os": "ubuntu-22"},\n\t\t{"os": "beos"}\n\t]\n}'
    )
    (line,) = refused(tmp_path, text, "w.json")
    assert line.startswith("w.json:5:4: guests[1].os: allowed are")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "w.yaml: the file is empty; a world needs an account: see docs/mock-worlds.md."),
        ("# nothing\n", "w.yaml: must be an object."),
        ("- 1\n", "w.yaml:1:1: must be an object."),
        (
            "a: b: c",
            "w.yaml:1:5: this is not YAML: mapping values are not allowed in this context.",
        ),
        ("account: {id: 1}\naccount: {id: 1}\n", "w.yaml:2:1: account: this key is there twice."),
        ("account: {id: 1, id: 2}\n", "w.yaml:1:18: account.id: this key is there twice."),
        ("a: &a [*a]", "w.yaml:1:8: the alias *a has no anchor before it."),
        (
            "a: !!python/object:os.system x",
            "w.yaml:1:4: tags such as !!str are not used in world files.",
        ),
        ("a: 1\n---\nb: 2\n", "w.yaml:2:1: a second document starts here; a world is one."),
        ("? [a]\n: 1", "w.yaml:1:3: a key must be a plain word."),
        ("[" * 100_000, "w.yaml:1:52: this is nested deeper than 50 levels."),
        (
            "a: \x01",
            (
                "w.yaml: this is not YAML: unacceptable character #x0001:"
                " control characters are not allowed. It stands at 1:4,"
            ),
        ),
        ("a:\n\tb: 1\n", "w.yaml:2:1: a tab indents this line; YAML takes blanks for that."),
        (
            "account:\n  id:1\n  email: x\n",
            "w.yaml:2:5: a blank is missing after the colon of `id`.",
        ),
        (
            "account: {id: " + "9" * 5000 + "}",
            "w.yaml:1:11: account.id: must be a whole number of fewer digits; given",
        ),
        (
            b"account: {id: 1, email: \xff}",
            "w.yaml: this is not UTF-8 (byte 0xff at 24); save it as UTF-8.",
        ),
        (
            "account: {id: 1}".encode("utf-16"),
            "w.yaml: this is not UTF-8 (byte 0xff at 0); save it as UTF-8. It looks like UTF-16.",
        ),
    ],
)
def test_what_is_no_world_at_all(tmp_path: Path, text: str | bytes, said: str) -> None:
    """One sentence, also for what would break the reader."""
    (line,) = refused(tmp_path, text)
    assert line.startswith(said)


@pytest.mark.parametrize("name", ["w.yaml", "w.json"])
def test_a_mark_and_tabs_that_mean_nothing_are_no_mistake(tmp_path: Path, name: str) -> None:
    """A byte order mark, a line of a tab alone, a tab before a comment."""
    text = '{"account": {"id": 1}}\n\t\n' + ("\t# a comment\n" if name == "w.yaml" else "")
    (tmp_path / name).write_bytes(text.encode("utf-8-sig"))
    assert worlds.load_file(tmp_path / name).account.id == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"account": {"id": 1,}}', "w.json:1:22: this is not JSON: Expecting property name"),
        ('{"account": {"id": 1, "id": 2}}', "w.json:1:23: account.id: this key is there twice."),
        ("[" * 100_000, "w.json:1:52: this is nested deeper than 50 levels."),
        (
            '{"account": {"id": ' + "9" * 5000 + "}}",
            "w.json: this is not JSON that can be read: Exceeds the limit",
        ),
    ],
)
def test_what_is_no_json(tmp_path: Path, text: str, said: str) -> None:
    """The same for a file that says it is JSON."""
    (line,) = refused(tmp_path, text, "w.json")
    assert line.startswith(said)


def test_aliases_cannot_multiply_without_end(tmp_path: Path) -> None:
    """The billion laughs are counted, not built."""
    rows = "\n".join(
        f"{name}: &{name} [{','.join([f'*{before}'] * 20)}]"
        for before, name in zip("abcdef", "bcdefg", strict=True)
    )
    (line,) = refused(tmp_path, f"a: &a [1]\n{rows}\n")
    assert "more than 5000000 values, those of its aliases counted" in line


def test_too_large_a_file(tmp_path: Path) -> None:
    """A file beyond 64 MB is not read to its end."""
    with (tmp_path / "w.yaml").open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    with pytest.raises(DocumentError, match="the file is larger than"):
        worlds.load_file(tmp_path / "w.yaml")


def test_unreadable_files(tmp_path: Path) -> None:
    """No file, a folder, a name that no file can have."""
    for path, reason in [
        (tmp_path / "none.yaml", "No such file"),
        (tmp_path, "Is a directory"),
        (Path("a\0b"), "null byte"),
        (tmp_path / ("x" * 300), "File name too long"),
    ]:
        with pytest.raises(DocumentError, match=f"the world file cannot be read .*{reason}"):
            worlds.load_file(path)


@pytest.mark.parametrize(
    "text",
    [
        "users: [{id: 1, username: a, master: true, api_key: [s3cret]}]",
        "users: [{id: 1, username: a, master: true, api_kee: s3cret}]",
        "users: [s3cret]",
        (
            "users: [{id: 1, username: a, master: true, iam_token: s3cret},"
            " {id: 2, username: b, iam_token: s3cret}]"
        ),
        "guests: [{password: {x: s3cret}}]",
        "users: {api_key: s3cret}",
    ],
)
def test_a_secret_is_not_shown(tmp_path: Path, text: str) -> None:
    """An error about a key or password does not repeat it, even where its field is misspelt."""
    lines = refused(tmp_path, f"account: {{id: 1}}\n{text}\n")
    assert lines
    assert not any("s3cret" in line for line in lines)


def test_a_terminal_is_safe_from_a_file(tmp_path: Path) -> None:
    """Control characters in names come out escaped."""
    (line,) = refused(tmp_path, 'account: {id: 1}\n"\\e[31m": 1\n')
    assert "\x1b" not in line
    assert r"\x1b[31m" in line


def test_many_mistakes_end_in_a_number(tmp_path: Path) -> None:
    """Nobody reads a thousand lines."""
    lines = refused(
        tmp_path, json.dumps({"account": {"id": 1}, "guests": [{"os": "x"}] * 1000}), "w.json"
    )
    assert len(lines) == 51
    assert lines[-1] == "w.json: and 950 more mistakes."


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = st.sampled_from(sorted(DEMO))
ROWS = st.sampled_from(
    ["guests", "hardware", "users", "datacenters", "disk_images", "image_groups", "software"]
)


@given(field=FIELDS, value=VALUES)
def test_any_value_in_a_field_ends_in_a_world_or_a_sentence(field: str, value: object) -> None:
    """No value of any type breaks the reader."""
    ends_well({**DEMO, field: value})


@given(name=ROWS, data=st.data(), value=VALUES)
def test_any_value_in_a_row_ends_in_a_world_or_a_sentence(
    name: str, data: st.DataObject, value: object
) -> None:
    """Nor does any in a row of a list."""
    first, *others = DEMO[name]
    field = data.draw(st.sampled_from(sorted(first)))
    ends_well({**DEMO, name: [{**first, field: value}, *others]})


def ends_well(values: dict[str, Any]) -> None:
    """The values are a world that can be written and read, or are refused."""
    try:
        world = read_world(values, "w")
    except DocumentError as error:
        assert str(error).isprintable() or "\n" in str(error)  # noqa: PT017 (either end is good)
    else:
        assert read_document(to_json(world), "w") == world
        assert Play(world).send("GET", "SoftLayer_Account/getObject.json", user=None).status == 401
