"""YAML's own traps: what is not YAML, and what YAML offers and a fleet file refuses."""

from __future__ import annotations

import pytest
import yaml

from classic_rescue.fleet import reading
from tests.unit.fleet.asking import device, fleet_of, only_problem, problems_of

BROKEN = [
    # the text, the line (0 for the whole file), words
    ("devices: [", 2, "not YAML"),
    ("devices:\n\t- a", 2, "not YAML"),
    ("devices: {a: b} c", 1, "not YAML in column"),
    ('devices: "abc', 1, "not YAML"),
    ("%YAML 9.0\n---\ndevices: {}", 1, "not YAML"),
    ('devices: "\\UFFFFFFFF"', 1, "not YAML"),
    ("devices: {}\n---\ndevices: {}\n", 2, "a second YAML document"),
    ("devices: {}\nreason: a\x07b", 2, "U+0007 in column 10"),
    ("devices: {}\r\n\x1b[31m", 2, "U+001B in column 1"),
    ("devices: {}\n\ud800", 2, "U+D800"),
    ("\x00\x01\x02", 0, "binary"),
    ("[" * 9_000, 1, "nesting"),
    ("{a: " * 9_000, 1, "nesting"),
    ("\n".join(" " * i + "a:" for i in range(200)), 20, "nesting"),
]


@pytest.mark.parametrize(("text", "line", "words"), BROKEN)
def test_a_text_that_cannot_be_read_to_its_end_is_one_problem(
    text: str, line: int, words: str
) -> None:
    """The place is named, nothing after it is judged, and nothing but FleetErrors escapes."""
    problem = only_problem(text)
    if words != "nesting":
        assert problem.line == line
    assert words in str(problem)
    assert str(problem).isprintable()


@pytest.mark.parametrize(("text", "line", "words"), BROKEN)
def test_the_slow_parser_says_the_same(
    monkeypatch: pytest.MonkeyPatch, text: str, line: int, words: str
) -> None:
    """Where PyYAML has no libyaml its Python parser gives a problem as well,
    and no other exception.
    """
    monkeypatch.setattr(reading, "LOADER", yaml.SafeLoader)
    assert words in str(only_problem(text[:2000]))


EXTRAS = [
    ("devices: &all {}", "devices", "anchors"),
    ("devices: *all", "devices", "aliases"),
    ("devices: !!map {}", "devices", "tags"),
    ("devices: !!python/object/apply:os.system [id]", "devices", "tags"),
    ("!custom\ndevices: {}", "", "tags"),
    (device("virtual_guest: !!int 1, boot: os"), "devices.web-1.virtual_guest", "tags"),
    (device("virtual_guest: 1, boot: !x os"), "devices.web-1.boot", "tags"),
    (device("virtual_guest: 1, boot: *b"), "devices.web-1.boot", "aliases"),
    (device("<<: *common, virtual_guest: 1"), "devices.web-1", "merge keys"),
    (device("? [a] : b, virtual_guest: 1, boot: os"), "devices.web-1", "cannot be a key"),
    (device("? {a: b} : b, virtual_guest: 1, boot: os"), "devices.web-1", "cannot be a key"),
    (device("*k : b, virtual_guest: 1, boot: os"), "devices.web-1", "aliases"),
    ("*all", "", "aliases"),
]


@pytest.mark.parametrize(("text", "field", "words"), EXTRAS)
def test_what_yaml_offers_beyond_plain_values_is_refused_once(
    text: str, field: str, words: str
) -> None:
    """Tags, anchors, aliases, merge keys and odd keys are one clear problem each,
    without any that only follow.
    """
    problem = only_problem(text)
    assert words in problem.message
    assert problem.field == field
    assert problem.allowed


def test_an_unknown_key_with_an_unreadable_value_is_two_problems() -> None:
    """The key and the value are wrong for different reasons."""
    problems = problems_of(device("virtual_guest: 1, boot: os, reson: *x"))
    assert sorted(problem.message[:7] for problem in problems) == ["aliases", "unknown"]


def test_an_alias_bomb_does_not_go_off() -> None:
    """Nine levels of nine aliases would be 400 million values;
    here they are 82 problems and no memory.
    """
    levels = ["a: &a [x]"] + [
        f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]"
        for before, name in zip("abcdefghi", "bcdefghij", strict=True)
    ]
    problems = problems_of("\n".join(levels))
    assert sum("aliases" in problem.message for problem in problems) == 81


def test_a_merge_key_in_quotes_is_just_an_unknown_key() -> None:
    """Only the bare `<<` merges."""
    assert "unknown key" in only_problem(device('"<<": x, virtual_guest: 1, boot: os')).message


@pytest.mark.parametrize("words", ["yes", "No", "ON", "off", "True", "FALSE"])
def test_yes_and_no_in_quotes_are_text(words: str) -> None:
    """A reason may well be the word `no`, when it stands in quotes."""
    (entry,) = fleet_of(device(f'virtual_guest: 1, boot: os, reason: "{words}"')).devices
    assert entry.order.reason == words


def test_flow_block_and_json_say_the_same() -> None:
    """JSON is YAML, and both styles of YAML mean the same."""
    texts = (
        "devices:\n  a:\n    virtual_guest: 7\n    boot:\n      image: x y\n",
        "devices: {a: {virtual_guest: 7, boot: {image: x y}}}\n",
        '{"devices": {"a": {"virtual_guest": 7, "boot": {"image": "x y"}}}}',
    )
    orders = {fleet_of(text).devices[0].order for text in texts}
    assert len(orders) == 1


def test_lines_are_counted_with_any_line_break() -> None:
    """Files from Windows have the lines that an editor shows."""
    problem = only_problem("devices:\r\n  a:\r\n    virtual_guest: 0\r\n    boot: os\r\n")
    assert (problem.line, problem.column) == (3, 5)
