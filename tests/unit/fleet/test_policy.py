"""The policy of a fleet file: what it means, and one problem for each mistake in it."""

from __future__ import annotations

from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from classic_rescue.fleet import check_policy, policy_notes
from classic_rescue.fleet.policy_model import PolicyModel
from classic_rescue.policy.judge import RULES
from classic_rescue.policy.terms import NO_POLICY, BreakGlass, Limit, Policy, Traits, Window
from tests.unit.fleet.asking import NOW, fleet_of, only_problem, problems_of

DEVICES = "devices: {web-1: {virtual_guest: 1, boot: os}}\n"
WHOLE = """\
policy:
  require_ids: true
  require_reason: 'CHG-[0-9]+'
  require_until: true
  max_until: 72h
  images_allowed: [WindowsRescueStandalone.iso, 12345]
  max_down: [{limit: 5}, {names: "web-*", limit: 1}, {tag: db, limit: 50%}]
  protected: [db-*, '*-core']
  windows:
    - {days: mon-fri, from: 22:00, to: "06:00", zone: Europe/Rome}
    - {days: [sat, sun], from: "00:00", to: "24:00", zone: UTC}
  break_glass: {reason: CHG-9 outage, until: 2026-11-25T06:00:00+01:00}
"""


def policy_of(fields: str) -> Policy:
    """Give the policy of a fleet whose file holds these fields on line 2."""
    return fleet_of(f"{DEVICES}policy: {{{fields}}}").policy


def test_a_whole_policy_is_read_as_it_is_meant() -> None:
    """Every term arrives, typed."""
    assert fleet_of(DEVICES + WHOLE).policy == Policy(
        require_ids=True,
        require_reason="CHG-[0-9]+",
        require_until=True,
        max_until_s=72 * 3600,
        images_allowed=("WindowsRescueStandalone.iso", 12345),
        max_down=(Limit(5), Limit(1, names="web-*"), Limit(percent=50, tag="db")),
        protected=("db-*", "*-core"),
        windows=(
            Window((0, 1, 2, 3, 4), time(22), time(6), "Europe/Rome"),
            Window((5, 6), time(0), time(0), "UTC"),
        ),
        break_glass=BreakGlass(
            "CHG-9 outage", datetime(2026, 11, 25, 6, tzinfo=timezone(timedelta(hours=1)))
        ),
    )


def test_every_rule_has_its_key_in_the_file() -> None:
    """A term that cannot be written would be none."""
    assert set(PolicyModel.model_fields) == {*RULES, "break_glass"}


@pytest.mark.parametrize("text", ["", "policy:\n", "policy: {}\n", "policy: {break_glass: }\n"])
def test_without_terms_there_is_no_policy(text: str) -> None:
    """Nothing is forbidden by a file that says nothing."""
    assert fleet_of(DEVICES + text).policy == NO_POLICY


@pytest.mark.parametrize(
    ("written", "limit"),
    [("5", Limit(5)), ("10%", Limit(percent=10)), ("100%", Limit(percent=100))],
)
def test_one_limit_for_the_whole_fleet_is_short(written: str, limit: Limit) -> None:
    """A number or a percentage alone."""
    assert policy_of(f"max_down: {written}").max_down == (limit,)


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("mon", (0,)),
        ("mon-fri", (0, 1, 2, 3, 4)),
        ("fri-mon", (4, 5, 6, 0)),
        ("sun-sun", (6,)),
        ("daily", (0, 1, 2, 3, 4, 5, 6)),
        ("[sat, sun]", (5, 6)),
        ("[mon-wed, wed, sat]", (0, 1, 2, 5)),
    ],
)
def test_days_of_a_window(written: str, days: tuple[int, ...]) -> None:
    """A day, a range, also over the week's end, every day, or a list of those; each day once."""
    (window,) = policy_of(
        f"windows: [{{days: {written}, from: '01:00', to: '02:00', zone: UTC}}]"
    ).windows
    assert window.days == days


@pytest.mark.parametrize(
    ("written", "seconds"), [("90m", 5400), ("7d", 604800), ("1d12h", 129600), ("366d", 31622400)]
)
def test_lengths_know_days(written: str, seconds: int) -> None:
    """More than a day, which is all that a timeout may be."""
    assert policy_of(f"max_until: {written}").max_until_s == seconds


@pytest.mark.parametrize(
    "pattern",
    [
        "CHG-[0-9]+",
        "(CHG|INC)-[0-9]{1,9}( .*)?",
        "CHG-[0-9]{7}(, CHG-[0-9]{7})*",
        "(?i)chg.+",
        ".*CHG-[0-9]+.*",
        "(CHG|CTASK|INC)-[0-9]+( [A-Za-z]+)?(: .*)?",
        "(CHG-[0-9]+|INC-[0-9]+|PRB-[0-9]+|REQ-[0-9]+)( .*)?",
        "[A-Z]+",
    ],
)
def test_usual_patterns_are_taken(pattern: str) -> None:
    """Ticket numbers of all sorts."""
    assert policy_of(f"require_reason: '{pattern}'").require_reason == pattern


WINDOW = "days: mon, from: '22:00', to: '06:00', zone: UTC"
MISTAKES = [
    # in the policy's braces, the field, words of the message or of what is allowed
    ("max_dwn: 5", "max_dwn", "did you mean `max_down`?"),
    ("require_reason: ", "require_reason", "nothing is not a pattern"),
    ("require_reason: ''", "require_reason", "cannot be empty"),
    ('require_reason: "\\u3164"', "require_reason", "nothing in this text can be seen"),
    ("require_reason: 7", "require_reason", "in quotes"),
    ("require_reason: 'CHG-('", "require_reason", "an opening ( without its )"),
    ("require_reason: '*'", "require_reason", "nothing to repeat"),
    ("require_reason: '[[:digit:]]+'", "require_reason", "[:digit:] and the like are not known"),
    ("require_reason: '.*'", "require_reason", "fits an empty text too"),
    ("require_reason: 'a?'", "require_reason", "fits an empty text too"),
    ("require_reason: '.*a.{20}'", "require_reason", "leaves too much open"),
    ("require_reason: '.{10,400}'", "require_reason", "more than 100 places"),
    ("require_reason: 'a{1000000}'", "require_reason", "make it too large"),
    (r"require_reason: '(a+)\1'", "require_reason", "no reference back"),
    (f"require_reason: {'a' * 201}", "require_reason", "201 characters"),
    ("require_ids: [yes]", "require_ids", "true or false"),
    ("require_until: maybe", "require_until", "true or false"),
    ("require_until: ", "require_until", "nothing is not yes or no"),
    ("max_until: 72", "max_until", "without its unit"),
    ("max_until: 0h", "max_until", "out of range"),
    ("max_until: 367d", "max_until", "at most 366d"),
    ("max_until: ''", "max_until", "not a length of time"),
    ("max_until: -5d", "max_until", "not a length of time"),
    ("max_until: 1.5d", "max_until", "not a length of time"),
    ("max_until: ", "max_until", "not a length of time"),
    ("images_allowed: a.iso", "images_allowed", "a list"),
    ("images_allowed: ", "images_allowed", "a list"),
    ("images_allowed: ['12']", "images_allowed.[0]", "drop the quotes"),
    ("images_allowed: [a.iso, no]", "images_allowed.[1]", "reads `no` as yes or no"),
    ("max_down: 0", "max_down", "to forbid all: `protected: ['*']`"),
    ("max_down: -1", "max_down", "out of range"),
    ("max_down: 0%", "max_down", "from 1% to 100%"),
    ("max_down: 101%", "max_down", "from 1% to 100%"),
    ("max_down: 1.5", "max_down", "a number is not a number of devices"),
    ("max_down: many", "max_down", "a text is not a number of devices"),
    ("max_down: yes", "max_down", "reads `yes` as yes or no"),
    ("max_down: ", "max_down", "nothing is not a number of devices"),
    ("max_down: {limit: 5}", "max_down", "a mapping is not a number of devices"),
    ("max_down: []", "max_down", "an empty list limits nothing"),
    ("max_down: [5]", "max_down.[0]", "{limit: 5}"),
    ("max_down: [{names: a}]", "max_down.[0].limit", "missing"),
    ("max_down: [{limit: 1, nams: a}]", "max_down.[0].nams", "did you mean `names`?"),
    (
        "max_down: [{limit: 1, names: a, tag: b}]",
        "max_down.[0].tag",
        "one group, here by names and by tag",
    ),
    ("max_down: [{limit: 1, names: 'a b'}]", "max_down.[0].names", "no device name can match"),
    ("max_down: [{limit: 1, names: }]", "max_down.[0].names", "nothing is not a pattern of names"),
    ("max_down: [{limit: 1, tag: 'a b'}]", "max_down.[0].tag", "cannot be a tag"),
    ("max_down: [{limit: 0, tag: a}]", "max_down.[0].limit", "out of range"),
    ("max_down: [{limit: 1}, {limit: 2}]", "max_down.[1]", "the same group as the limit on line 2"),
    ("max_down: [{limit: 1, tag: a}, {limit: 2, tag: a}]", "max_down.[1]", "the same group"),
    ("protected: db-*", "protected", "a list"),
    ("protected: ", "protected", "a list"),
    ("protected: ['']", "protected.[0]", "no device name can match"),
    ("protected: [a/b]", "protected.[0]", "no device name can match"),
    ("protected: [1]", "protected.[0]", "in quotes"),
    ("protected: [*db]", "protected", "aliases"),
    ("windows: []", "windows", "always or never"),
    ("windows: daily", "windows", "a list"),
    ("windows: ", "windows", "a list"),
    ("windows: [daily]", "windows.[0]", "this must be a mapping"),
    ("windows: [{from: '22:00', to: '06:00', zone: UTC}]", "windows.[0].days", "missing"),
    ("windows: [{days: mon, to: '06:00', zone: UTC}]", "windows.[0].from", "missing"),
    ("windows: [{days: mon, from: '22:00', zone: UTC}]", "windows.[0].to", "missing"),
    ("windows: [{days: mon, from: '22:00', to: '06:00'}]", "windows.[0].zone", "missing"),
    (f"windows: [{{{WINDOW}, zon: a}}]", "windows.[0].zon", "did you mean `zone`?"),
    (f"windows: [{{{WINDOW.replace('mon', 'mon-')}}}]", "windows.[0].days", "is no day"),
    (f"windows: [{{{WINDOW.replace('mon', '[]')}}}]", "windows.[0].days", "would never open"),
    (
        f"windows: [{{{WINDOW.replace('mon', '[sat, 7]')}}}]",
        "windows.[0].days",
        "a number is not a day",
    ),
    (f"windows: [{{{WINDOW.replace('mon', '')}}}]", "windows.[0].days", "nothing is not a day"),
    (
        f"windows: [{{{WINDOW.replace('22:00', '24:00')}}}]",
        "windows.[0].from",
        "for midnight 00:00",
    ),
    (
        f"windows: [{{{WINDOW.replace('22:00', '7:00')}}}]",
        "windows.[0].from",
        "for this time 07:00",
    ),
    (f"windows: [{{{WINDOW.replace('22:00', '22:60')}}}]", "windows.[0].from", "not a time of day"),
    (
        f"windows: [{{{WINDOW.replace('22:00', '22:00:00')}}}]",
        "windows.[0].from",
        "not a time of day",
    ),
    (
        f"windows: [{{{WINDOW.replace(chr(39) + '22:00' + chr(39), '22')}}}]",
        "windows.[0].from",
        "in quotes",
    ),
    (f"windows: [{{{WINDOW.replace('06:00', '25:00')}}}]", "windows.[0].to", "not a time of day"),
    (f"windows: [{{{WINDOW.replace('06:00', '22:00')}}}]", "windows.[0].to", "zero length"),
    (
        f"windows: [{{{WINDOW.replace('UTC', 'Europe/Rom')}}}]",
        "windows.[0].zone",
        "did you mean `Europe/Rome`?",
    ),
    (
        f"windows: [{{{WINDOW.replace('UTC', 'europe/rome')}}}]",
        "windows.[0].zone",
        "did you mean `Europe/Rome`?",
    ),
    (
        f"windows: [{{{WINDOW.replace('UTC', 'localtime')}}}]",
        "windows.[0].zone",
        "no such time zone",
    ),
    (
        f"windows: [{{{WINDOW.replace('UTC', '../etc/passwd')}}}]",
        "windows.[0].zone",
        "no such time zone",
    ),
    (f"windows: [{{{WINDOW.replace('UTC', 'Europe')}}}]", "windows.[0].zone", "no such time zone"),
    (
        f"windows: [{{{WINDOW.replace('UTC', '1')}}}]",
        "windows.[0].zone",
        "a number is not a time zone",
    ),
    ("break_glass: CHG-9", "break_glass", "this must be a mapping"),
    ("break_glass: {reason: CHG-9}", "break_glass.until", "missing"),
    ("break_glass: {until: 2026-11-25T06:00:00Z}", "break_glass.reason", "missing"),
    (
        'break_glass: {reason: "\\u2800", until: 2026-11-25T06:00:00Z}',
        "break_glass.reason",
        "nothing in this text can be seen",
    ),
    (
        "break_glass: {reason: '', until: 2026-11-25T06:00:00Z}",
        "break_glass.reason",
        "cannot be empty",
    ),
    (
        "break_glass: {reason: CHG-9, until: 2026-11-25T06:00:00}",
        "break_glass.until",
        "without its zone",
    ),
    (
        "break_glass: {reason: CHG-9, until: 2026-11-25T06:00:00Z, why: x}",
        "break_glass.why",
        "unknown key",
    ),
]


@pytest.mark.parametrize(("fields", "field", "words"), MISTAKES)
def test_a_wrong_term_is_one_problem_with_its_place(fields: str, field: str, words: str) -> None:
    """Each mistake gives exactly one problem, with file, line, field and words that help."""
    problem = only_problem(f"{DEVICES}policy: {{{fields}}}")
    assert (problem.file, problem.line, problem.field) == ("fleet.yaml", 2, f"policy.{field}")
    assert words in str(problem)
    assert problem.allowed
    assert len(str(problem)) < 450


def test_a_policy_is_a_mapping() -> None:
    """Or names a file with one: any other word in its place is a problem of its own."""
    problem = only_problem(f"{DEVICES}policy: strict")
    assert "strict cannot be read: there is no such file" in problem.message
    assert "{max_down: 5}" in problem.allowed


def test_each_line_of_a_list_is_found() -> None:
    """In a long policy the problem names the line of the item."""
    second = "    - days: mon\n      from: '9'\n      to: '10:00'\n      zone: UTC\n"
    text = f"{DEVICES}policy:\n  windows:\n    - {{{WINDOW}}}\n{second}"
    assert (only_problem(text).line, only_problem(text).field) == (6, "policy.windows.[1].from")


def test_a_machine_without_zone_data_can_read_the_file_but_not_use_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`status` and `leave` work there; validate and synthesis say what to install.

    UTC needs no data.
    """

    def nothing(name: str) -> ZoneInfo:
        raise KeyError(name)

    monkeypatch.setattr("classic_rescue.policy.openings.ZoneInfo", nothing)
    monkeypatch.setattr("classic_rescue.fleet.policy_values.available_timezones", set)
    rome = f"{DEVICES}policy: {{windows: [{{{WINDOW.replace('UTC', 'Europe/Rome')}}}]}}"
    verdict = check_policy(fleet_of(rome), NOW, {})
    assert verdict.refuses
    assert verdict.lines()[0].startswith(
        "fleet.yaml: policy.windows: this machine has no time zone data for 'Europe/Rome'"
    )
    assert "`tzdata`" in verdict.lines()[0]
    assert not check_policy(
        fleet_of(f"{DEVICES}policy: {{windows: [{{{WINDOW}}}]}}"), NOW, {}
    ).refuses
    assert "no such time zone" in only_problem(rome.replace("Europe/Rome", "../etc")).message


TAGS = [
    ("tags: web", "tags", "a list"),
    ("tags: [a b]", "tags", "'a b' cannot be a tag"),
    ("tags: [1]", "tags", "1 cannot be a tag"),
    ("tags: ['']", "tags", "cannot be a tag"),
    ("allow_reboot: sure", "allow_reboot", "true or false"),
]


@pytest.mark.parametrize(("fields", "field", "words"), TAGS)
def test_what_devices_say_for_the_policy_is_checked(fields: str, field: str, words: str) -> None:
    """Tags are a list of plain words, `allow_reboot` is yes or no."""
    problem = only_problem(f"devices:\n  a: {{virtual_guest: 1, boot: os, {fields}}}")
    assert (problem.line, problem.field) == (2, f"devices.a.{field}")
    assert words in str(problem)


def test_tags_and_allow_reboot_belong_to_the_device_alone() -> None:
    """They reach the entry and the traits, and not the order:
    changing them must never touch Terraform's state.
    """
    fleet = fleet_of(
        "devices: {a: {virtual_guest: 1, boot: os, tags: [db, 'x:y'], allow_reboot: true},"
        " b: {ip: 10.0.0.1, boot: os}}"
    )
    first, second = fleet.devices
    assert (first.tags, first.allow_reboot) == (frozenset({"db", "x:y"}), True)
    assert (second.tags, second.allow_reboot) == (frozenset(), False)
    assert fleet.traits == {"virtual_guest/1": Traits(frozenset({"db", "x:y"}), True)}
    assert "tags" not in first.order.to_dict()


def test_defaults_do_not_allow_reboots() -> None:
    """What lifts a protection is said at the device itself, or it protects nobody."""
    problems = problems_of(f"{DEVICES}defaults: {{allow_reboot: true, tags: [a]}}")
    assert {problem.field for problem in problems} == {"defaults.allow_reboot", "defaults.tags"}


STRICT = """\
devices:
  web-1: {virtual_guest: 1, boot: rescue, reason: because}
  win-1: {virtual_guest: 2, boot: {image: a.iso}, reason: CHG-1, until: 2026-11-02T00:00:00Z}
  old-1: {virtual_guest: 3, boot: rescue, until: 2026-10-01T00:00:00Z}
  app-1: {virtual_guest: 4, boot: os}
policy: {require_reason: 'CHG-[0-9]+', require_until: true, images_allowed: [b.iso]}
"""


def test_a_file_that_breaks_its_own_policy_is_told_line_by_line() -> None:
    """One problem a device and rule, at the device's line;
    none for who runs its system or is past its time.
    """
    verdict = check_policy(fleet_of(STRICT), NOW, {})
    assert verdict.refuses
    assert [(problem.line, problem.field) for problem in verdict.problems] == [
        (2, "policy.require_reason"),
        (2, "policy.require_until"),
        (3, "policy.images_allowed"),
    ]
    assert verdict.lines()[0].startswith(
        "fleet.yaml:2: policy.require_reason: web-1 is declared rescue, and the reason"
    )


def test_the_rules_about_runs_are_not_asked_of_a_file() -> None:
    """A file may declare what no single run could do: that is for review and hook to say."""
    text = (
        STRICT.partition("policy:")[0]
        + f"policy: {{max_down: 1, protected: ['*'], windows: [{{{WINDOW}}}]}}"
    )
    assert check_policy(fleet_of(text), NOW, {}).problems == ()


def test_taking_a_device_out_of_rescue_satisfies_every_rule() -> None:
    """What each text advises works: leaving never waits for a policy."""
    text = STRICT.replace("boot: rescue, reason: because", "boot: os").replace(
        "{image: a.iso}", "os"
    )
    assert not check_policy(fleet_of(text), NOW, {}).refuses


@pytest.mark.parametrize(
    "environ",
    [
        {"CLASSIC_RESCUE_BREAK_GLASS": "CHG-9"},
        {"CLASSIC_RESCUE_DESTROY": "1"},
        {"CLASSIC_RESCUE_ASIDE": "1"},
    ],
)
def test_break_glass_and_destroy_let_a_file_pass_and_say_so(environ: dict[str, str]) -> None:
    """Nothing is hidden: the problems are told as overridden, and the break-glass comes first."""
    verdict = check_policy(fleet_of(STRICT), NOW, environ)
    assert not verdict.refuses
    assert len(verdict.problems) == 3
    lines = verdict.lines()
    if "CLASSIC_RESCUE_BREAK_GLASS" in environ:
        assert (
            lines.pop(0)
            == "!!! BREAK GLASS: the policy is set aside for this run; reason: CHG-9 !!!"
        )
        assert all(line.startswith("overridden by break glass: fleet.yaml:") for line in lines)
    assert len(lines) == 3


@pytest.mark.parametrize(
    ("until", "refuses"), [("2026-11-01T12:00:01Z", False), ("2026-11-01T12:00:00Z", True)]
)
def test_the_file_s_break_glass_ends_by_itself(until: str, refuses: bool) -> None:
    """From its `until` on the policy counts again."""
    text = STRICT.replace(
        "policy: {", f"policy: {{break_glass: {{reason: CHG-9, until: {until}}}, "
    )
    assert check_policy(fleet_of(text), NOW, {}).refuses is refuses


def test_a_fleet_without_devices_has_no_note_of_terms() -> None:
    """What `init` writes has a policy before it has a device."""
    text = "devices: {}\npolicy: {max_down: 20%, protected: ['db-*']}\n"
    assert list(policy_notes(fleet_of(text), NOW)) == []


def test_notes_tell_what_is_perhaps_not_meant() -> None:
    """Terms that concern no device, and a break-glass that is over."""
    text = f"""{DEVICES}policy:
  max_down: [{{names: 'web-*', limit: 1}}, {{tag: db, limit: 1}}]
  protected: ['web-*', 'db-*']
  break_glass: {{reason: CHG-9, until: 2026-10-01T00:00:00Z}}
"""
    notes = list(policy_notes(fleet_of(text), NOW))
    assert len(notes) == 3
    assert "'db-*' protects no device" in notes[0]
    assert "with the tag 'db' concerns no device" in notes[1]
    assert "ended at 2026-10-01T00:00:00+00:00" in notes[2]
