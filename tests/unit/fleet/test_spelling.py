"""What can only mean one thing just works, however it is spelled."""

from __future__ import annotations

import pytest

from classic_rescue.fleet import Fleet, read_backend
from classic_rescue.fleet.adding import with_devices
from tests.unit.fleet.asking import device, fleet_of, only_problem, problems_of

DEVICES = [
    # as it is written, and the plain spelling
    ("virtual_guest: '101', boot: os", "virtual_guest: 101, boot: os"),
    ("virtual_guest: ' 101 ', boot: os", "virtual_guest: 101, boot: os"),
    ("virtual_guest: 101.0, boot: os", "virtual_guest: 101, boot: os"),
    ("virtual_guest: '101.0', boot: os", "virtual_guest: 101, boot: os"),
    ("hardware: 1.01e2, boot: os", "hardware: 101, boot: os"),
    ("hostname: app-1.example.com., boot: os", "hostname: app-1.example.com, boot: os"),
    ("hostname: ' app-1.example.com\t', boot: os", "hostname: app-1.example.com, boot: os"),
    ("ip: ' 10.1.2.3 ', boot: os", "ip: 10.1.2.3, boot: os"),
    ("virtual_guest: 1, boot: RESCUE", "virtual_guest: 1, boot: rescue"),
    ("virtual_guest: 1, boot: ' Os '", "virtual_guest: 1, boot: os"),
    ("virtual_guest: 1, boot: 'rescue\u200b'", "virtual_guest: 1, boot: rescue"),
    ("virtual_guest: 1, boot: rescue\u00a0", "virtual_guest: 1, boot: rescue"),
    ("virtual_guest: 1, boot: {image: ' a.iso '}", "virtual_guest: 1, boot: {image: a.iso}"),
    (
        "hardware: 1, boot: Rescue, no_os_environment: linux",
        "hardware: 1, boot: rescue, no_os_environment: LINUX",
    ),
    ("virtual_guest: 1, boot: os, timeout: 5 min", "virtual_guest: 1, boot: os, timeout: 5m"),
    ("virtual_guest: 1, boot: os, timeout: 90 s", "virtual_guest: 1, boot: os, timeout: 90"),
    ("virtual_guest: 1, boot: os, timeout: '90'", "virtual_guest: 1, boot: os, timeout: 90"),
    ("virtual_guest: 1, boot: os, timeout: 90.0", "virtual_guest: 1, boot: os, timeout: 90"),
    (
        "virtual_guest: 1, boot: os, timeout: '1 Hour, 30 Minutes'",
        "virtual_guest: 1, boot: os, timeout: 1h30m",
    ),
    ("virtual_guest: 1, boot: os, reason: ' CHG-1 '", "virtual_guest: 1, boot: os, reason: CHG-1"),
    ("virtual_guest: 1, boot: os, tags: [' web ']", "virtual_guest: 1, boot: os, tags: [web]"),
    (
        "virtual_guest: 1, boot: os, allow_reboot: 'true'",
        "virtual_guest: 1, boot: os, allow_reboot: true",
    ),
    (
        "virtual_guest: 1, boot: rescue, until: 2026-12-01t05:00:00z",
        "virtual_guest: 1, boot: rescue, until: 2026-12-01T05:00:00Z",
    ),
    (
        "virtual_guest: 1, boot: rescue, until: 2026-12-01 05:00 UTC",
        "virtual_guest: 1, boot: rescue, until: 2026-12-01T05:00:00Z",
    ),
    (
        "virtual_guest: 1, boot: rescue, until: 2026-12-01T06:00+0100",
        "virtual_guest: 1, boot: rescue, until: 2026-12-01T06:00+01:00",
    ),
]


@pytest.mark.parametrize(("written", "plain"), DEVICES)
def test_a_field_in_other_words_means_the_same(written: str, plain: str) -> None:
    """White space around, quotes, `.0`, units in words, capitals and a final dot change nothing."""
    assert fleet_of(device(written)) == fleet_of(device(plain))


TERMS = [
    ("max_down: 10 %", "max_down: 10%"),
    ("max_down: ' 10%'", "max_down: 10%"),
    ("max_down: 10 percent", "max_down: 10%"),
    ("max_down: 10.0", "max_down: 10"),
    ("max_down: 1e1", "max_down: 10"),
    ("max_down: '10'", "max_down: 10"),
    ("max_down: [{limit: 10 %, names: web-1.example.com.}]", "max_down: [{limit: 10%, names: X}]"),
    ("protected: [web-1.example.com.]", "protected: [X]"),
    ("protected: [' web-1.example.com ']", "protected: [X]"),
    ("max_until: 3 days", "max_until: 3d"),
    ("max_until: 72 H", "max_until: 72h"),
    ("windows: [{days: Mon - Fri, W}]", "windows: [{days: mon-fri, W}]"),
    ("windows: [{days: 'Monday, Sun', W}]", "windows: [{days: [mon, sun], W}]"),
    ("windows: [{days: DAILY, W}]", "windows: [{days: daily, W}]"),
    (
        "windows: [{days: mon, from: ' 22:00', to: '24:00 ', zone: ' UTC '}]",
        "windows: [{days: mon, from: '22:00', to: '24:00', zone: UTC}]",
    ),
]


def policy_of(terms: str) -> Fleet:
    """The fleet with these terms; `W` and `X` stand for what is too long for a table."""
    terms = terms.replace("W}", "from: '22:00', to: '06:00', zone: UTC}")
    return fleet_of(f"devices: {{}}\npolicy: {{{terms.replace('X', 'web-1.example.com')}}}\n")


@pytest.mark.parametrize(("written", "plain"), TERMS)
def test_a_term_in_other_words_means_the_same(written: str, plain: str) -> None:
    """Percentages, counts, lengths, names and days, likewise."""
    assert policy_of(written).policy == policy_of(plain).policy


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("PG", "pg"),
        ("{type: ' Pg '}", "{type: pg}"),
        (
            "{type: cloud, organization: o, hostname: app.example.com.}",
            "{type: cloud, organization: o, hostname: app.example.com}",
        ),
        (
            "{type: s3, bucket: ' my-state ', encrypt: 'yes'}",
            "{type: s3, bucket: my-state, encrypt: true}",
        ),
        ("{type: pg, skip_table_creation: 'true'}", "{type: pg, skip_table_creation: true}"),
    ],
)
def test_a_backend_in_other_words_means_the_same(written: str, plain: str) -> None:
    """In the file as in the variable."""
    assert fleet_of(f"devices: {{}}\nbackend: {written}") == fleet_of(
        f"devices: {{}}\nbackend: {plain}"
    )
    variable = "CLASSIC_RESCUE_BACKEND"
    assert read_backend({variable: written}) == read_backend({variable: plain})


@pytest.mark.parametrize("text", ["devices: {}\nshards: '2'", "devices: {}\nshards: 2.0"])
def test_a_count_in_other_words_means_the_same(text: str) -> None:
    """Also for the rule that the devices must fit."""
    assert fleet_of(text).shards == 2
    crowd = ", ".join(f"d{number}: {{hardware: {number}, boot: os}}" for number in range(1, 202))
    problem = only_problem(text.replace("{}", f"{{{crowd}}}"))
    assert "do not fit into 2 shards" in problem.message


def test_a_final_dot_of_a_name_is_no_other_name() -> None:
    """The name goes on without it, so the policy's patterns and commands find it."""
    fleet = fleet_of("devices: {web-1.example.com.: {virtual_guest: 1, boot: os}}")
    assert fleet.devices[0].order.name == "web-1.example.com"
    problem = only_problem(
        "devices:\n  a.b: {virtual_guest: 1, boot: os}\n  a.b.: {virtual_guest: 2, boot: os}\n"
    )
    assert (problem.line, "the same name as `a.b` on line 2" in problem.message) == (3, True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hostname: a.example.com", "hostname: A.Example.com."),
        ("virtual_guest: 101", "virtual_guest: '101'"),
        ("hardware: 101", "hardware: 101.0"),
        ("ip: 10.1.2.3", "ip: ' 10.1.2.3'"),
    ],
)
def test_a_device_in_other_words_is_the_same_device(one: str, other: str) -> None:
    """Two names for one device are found however they are spelled."""
    problem = only_problem(f"devices:\n  a: {{{one}, boot: os}}\n  b: {{{other}, boot: os}}\n")
    assert "the same device as `a` on line 2" in problem.message


TWO_MEANINGS = [
    # what could mean two things, or is of another alphabet: the field, and words that say why
    ("virtual_guest: 0101, boot: os", "virtual_guest", "leading zeros are octal for some readers"),
    ("virtual_guest: 1_000, boot: os", "virtual_guest", "a number with `_`"),
    ("virtual_guest: 0x65, boot: os", "virtual_guest", "a number in another base"),
    ("virtual_guest: 1:30, boot: os", "virtual_guest", "a number with `:`"),
    ("virtual_guest: [101], boot: os", "virtual_guest", "drop the brackets"),
    ("virtual_guest: “101”, boot: os", "virtual_guest", "U+201C (LEFT DOUBLE QUOTATION MARK)"),
    ("virtual_guest: \uff11, boot: os", "virtual_guest", "U+FF11 (FULLWIDTH DIGIT ONE)"),
    ("virtual_guest: 1, boot: r\u0435scue", "boot", "U+0435 (CYRILLIC SMALL LETTER IE)"),
    ("hostname: bücher.example.com, boot: os", "hostname", "`xn--bcher-kva.example.com`?"),
    ("hostname: https://a.example.com, boot: os", "hostname", "a URL; give its host alone"),
    ("hostname: a.example.com:22, boot: os", "hostname", "without a port"),
    ("hostname: a.example.com.., boot: os", "hostname", "not a host name"),
    ("ip: 010.1.2.3, boot: os", "ip", "leading zeros are octal for some readers: `10.1.2.3`?"),
    ("ip: '[10.1.2.3]', boot: os", "ip", "drop the brackets"),
    ("ip: [10.1.2.3], boot: os", "ip", "drop the brackets"),
    ("ip: 10.1.2.0/24, boot: os", "ip", "but a network"),
    ("ip: 10.1.2.3:22, boot: os", "ip", "without a port"),
    ("ip: '2001:db8::1', boot: os", "ip", "IPv4 addresses alone"),
    ("virtual_guest: 1, boot: {image: 012}", "boot.image", "drop the zeros"),
    ("virtual_guest: 1, boot: os, timeout: 1:30", "timeout", "it can mean 1h30m or 1m30s"),
    ("virtual_guest: 1, boot: os, timeout: 090", "timeout", "drop the zeros"),
    ("virtual_guest: 1, boot: os, reason: 'a\u3164b'", "reason", "U+3164 (HANGUL FILLER)"),
    ("virtual_guest: 1, boot: os, boot\u200b: x", "'boot\\u200b'", "U+200B (ZERO WIDTH SPACE)"),
    ("virtual_guest: 1, boot: os, timeout:5m", "timeout:5m", "after the colon of `timeout`"),
]


@pytest.mark.parametrize(("fields", "field", "words"), TWO_MEANINGS)
def test_what_could_mean_two_things_is_refused_with_its_cause(
    fields: str, field: str, words: str
) -> None:
    """The line, the field, the cause, and what is allowed."""
    problem = only_problem(device(fields))
    shown = f"'{field}'" if ":" in field else field
    assert (problem.line, problem.field) == (2, f"devices.web-1.{shown}")
    assert words in problem.message
    assert problem.allowed


SYNTAX = [
    # the text, line and column of the cause, words
    ("devices:\n\ta: {}\n", 2, 1, "a tab indents it in column 1"),
    ("devices:\n  a:\n  \tboot: os\n", 3, 3, "a tab indents it in column 3"),
    ("devices:\n  a:\n    boot: os\n\thardware: 1\n", 4, 1, "a tab indents it in column 1"),
    ("devices:\n  a:\n    hardware:1\n    boot: os\n", 3, 13, "after the colon of `hardware`"),
    ("devices:\n  a:\n    boot:\u00a0os\n    hardware: 1\n", 3, 10, "U+00A0 (NO-BREAK SPACE)"),
    ("devices:\n  a:\n    hardware\uff1a1\n    boot: os\n", 3, 13, "U+FF1A (FULLWIDTH COLON)"),
    ("devices: {}\n\ufeffshards: 2\n", 2, 1, "U+FEFF"),
    ("devices: {}\npolicy: {max_down: %10}\n", 2, 20, "no word begins with `%`"),
    ("devices: {}\ndefaults: {reason: @you}\n", 2, 20, "no word begins with `@`"),
    ("devices: {}\nshards: 2\x00\n", 2, 10, "a NUL (U+0000)"),
]


@pytest.mark.parametrize(("text", "line", "column", "words"), SYNTAX)
def test_what_is_not_yaml_names_the_cause(text: str, line: int, column: int, words: str) -> None:
    """Not what the parser expected there, but what stands in its way, and where."""
    problem = only_problem(text)
    assert (problem.line, problem.column) == (line, column)
    assert words in problem.message
    assert problem.allowed


TABS = [
    "devices:\n  a:\n    hardware:\t1\n    boot:\tos\n",
    "devices:\t\n  a:\t{hardware: 1, boot: os}\t\n\t\n",
    "devices:\n\t# a comment\n  a: {hardware: 1, boot: os}\t# another\n",
    "devices: {\n\ta: {hardware: 1, boot: os}\n}\n",
]


@pytest.mark.parametrize("text", TABS)
def test_a_tab_that_means_nothing_is_no_mistake(text: str) -> None:
    """After a key, at the end of a line, before a comment, in braces."""
    assert fleet_of(text) == fleet_of(text.replace("\t", " "))


@pytest.mark.parametrize("line_end", ["\r\n", "\r", "\u0085", "\u2028"])
def test_every_line_end_of_yaml_is_one(line_end: str) -> None:
    """Also for the line of a mistake."""
    text = "# first\ndevices:\n  a: {hardware: 1, boot: os}\nshards: none\n"
    assert [problem.line for problem in problems_of(text.replace("\n", line_end))] == [4]


def test_lines_are_added_to_a_file_with_a_mark_and_tabs() -> None:
    """Every other sign keeps its place."""
    text = "\ufeff# first\ndevices: {}\n\t# a comment\nshards: 2\t# two\n"
    added = with_devices(text, [["a: {hardware: 1, boot: os}"]])
    assert added == text.replace(" {}", "\n  a: {hardware: 1, boot: os}")
    assert with_devices("\ufeffdevices: {}\n", [["a: {}"]]) == "\ufeffdevices:\n  a: {}\n"
