"""The judgement as a whole, the break-glass, and the policy on its way to the hook."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classic_rescue.policy import rules
from classic_rescue.policy.judge import OF_THE_FILE, RULES, judge, set_aside
from classic_rescue.policy.posted import Posted, read_posted, write_posted
from classic_rescue.policy.terms import NO_POLICY, BreakGlass, Limit, Policy, Traits, Window
from tests.unit.policy.cases import NOW, device

STRICT = Policy(
    require_reason="CHG-[0-9]+",
    require_until=True,
    max_until_s=3600,
    images_allowed=(),
    scripts_allowed=(),
    max_down=(Limit(1),),
    protected=("*",),
    windows=(Window((0,), time(0), time(1), "UTC"),),
)


def test_every_rule_is_a_file_and_a_term() -> None:
    """A rule's name is its file, its key in the table and a field of the policy;
    none is forgotten.
    """
    files = {path.stem for path in Path(str(rules.__file__)).parent.glob("*.py")} - {
        "__init__",
        "declared",
    }
    terms = {name.removesuffix("_s") for name in Policy._fields} - {"break_glass"}
    assert set(RULES) == files == terms
    assert set(RULES) > OF_THE_FILE


def test_no_policy_forbids_nothing() -> None:
    """A fleet without terms is judged by none."""
    assert judge(NO_POLICY, [device("a"), device("b")], NOW) == []


def test_findings_come_in_the_order_of_the_table() -> None:
    """Everything is said at once."""
    said = [finding.rule for finding in judge(STRICT, [device("a"), device("b")], NOW)]
    of_other_devices = {"images_allowed", "require_ids", "scripts_allowed"}
    assert sorted(set(said), key=said.index) == [
        name for name in RULES if name not in of_other_devices
    ]


def test_set_aside_hides_nothing() -> None:
    """A break-glass is told apart from the judgement, which stays the same."""
    glass = STRICT._replace(break_glass=BreakGlass("CHG-9"))
    assert judge(glass, [device("a")], NOW) == judge(STRICT, [device("a")], NOW)


@pytest.mark.parametrize(
    ("until", "reason", "expected"),
    [
        (NOW + timedelta(seconds=1), None, "file"),
        (NOW, None, None),
        (NOW - timedelta(days=1), None, None),
        (NOW - timedelta(days=1), "run", "run"),
        (NOW + timedelta(days=1), " run\n", "run"),
        (NOW + timedelta(days=1), "  ", "file"),
        (NOW + timedelta(days=1), "\u3164", "file"),
        (NOW, "\u2800\u200b", None),
        (NOW, "\x1b[31mred", "?[31mred"),
    ],
)
def test_the_run_s_reason_counts_before_the_file_s(
    until: datetime, reason: str | None, expected: str | None
) -> None:
    """The file's break-glass ends at its time; a reason of blanks is none;
    control characters do not get through.
    """
    glass = set_aside(Policy(break_glass=BreakGlass("file", until)), NOW, reason)
    assert (glass and glass.reason) == expected


def test_a_break_glass_without_a_reason_that_can_be_seen_counts_for_nothing() -> None:
    """Neither the file's nor that of a plan or state, which the hook reads."""
    policy = Policy(break_glass=BreakGlass("\u3164"))
    assert set_aside(policy, NOW) is None
    assert set_aside(read_posted(write_posted(policy, {})).policy, NOW) is None


def test_the_break_glass_is_loud() -> None:
    """The sentence names the reason, and how long."""
    assert (
        BreakGlass("CHG-9").loud()
        == "BREAK GLASS: the policy is set aside for this run; reason: CHG-9"
    )
    assert "until 2026-11-24T12:00:00+00:00, as the fleet file says" in BreakGlass("x", NOW).loud()


TEXTS = st.text(max_size=4)
TIMES = st.sampled_from([time(0), time(6, 30), time(23, 59)])
LIMITS = st.builds(
    lambda many, names: Limit(many, names=names), st.integers(1, 9), TEXTS
) | st.builds(lambda share, tag: Limit(percent=share, tag=tag), st.integers(1, 100), TEXTS)
WINDOWS = st.builds(
    Window,
    days=st.lists(st.integers(0, 6), max_size=3).map(tuple),
    start=TIMES,
    end=TIMES,
    zone=TEXTS,
)
GLASSES = st.none() | st.builds(BreakGlass, TEXTS, st.sampled_from([None, NOW]))
POLICIES = st.builds(
    lambda limits, names, windows, glass: Policy(
        max_down=tuple(limits), protected=tuple(names), windows=tuple(windows), break_glass=glass
    ),
    limits=st.lists(LIMITS, max_size=2),
    names=st.lists(TEXTS, max_size=2),
    windows=st.lists(WINDOWS, max_size=2),
    glass=GLASSES,
)
TRAITS = st.dictionaries(
    TEXTS, st.builds(Traits, st.frozensets(TEXTS, max_size=2), st.booleans()), max_size=2
)


@given(POLICIES, TRAITS)
def test_the_hook_reads_what_the_stack_wrote(policy: Policy, traits: dict[str, Traits]) -> None:
    """Every term that the hook enforces arrives unchanged."""
    assert read_posted(write_posted(policy, traits)) == Posted(policy, traits)


def test_the_rules_of_the_file_do_not_travel() -> None:
    """Only what the hook enforces is written."""
    text = write_posted(STRICT, {})
    assert "CHG" not in text
    assert read_posted(text).policy == Policy(
        max_down=STRICT.max_down, protected=STRICT.protected, windows=STRICT.windows
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "devices"]), below, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.sampled_from(["version", "max_down", "protected", "windows", "break_glass", "devices"]), JSON
)
def test_damage_is_a_value_error_or_another_policy_but_nothing_else(
    key: str, value: object
) -> None:
    """Whatever stands in one place of it: no other error escapes,
    so the hook can refuse in words.
    """
    tree = json.loads(write_posted(STRICT, {"virtual_guest/1": Traits(frozenset({"a"}), True)}))
    with suppress(ValueError):
        assert isinstance(read_posted(json.dumps({**tree, key: value})), Posted)


@pytest.mark.parametrize(
    "text", ["", "{", "7", "[]", "{}", "null", '{"version": 2}', "[" * 100_000]
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    """It is never read as an empty one."""
    with pytest.raises(ValueError, match=r"."):
        read_posted(text)


def test_a_list_that_is_none_is_damage() -> None:
    """An empty mapping or text in its place would protect nobody."""
    tree = json.loads(write_posted(STRICT, {}))
    values: tuple[object, ...] = ({}, "", None, 7)
    for value in values:
        with pytest.raises(ValueError, match="where a list belongs"):
            read_posted(json.dumps({**tree, "protected": value}))


@pytest.mark.parametrize("missing", ["max_down", "protected", "windows", "break_glass", "devices"])
def test_a_term_that_is_lost_is_damage(missing: str) -> None:
    """A policy without one of its parts is not one that forbids less."""
    tree = json.loads(write_posted(STRICT, {}))
    del tree[missing]
    with pytest.raises(ValueError, match=missing):
        read_posted(json.dumps(tree))
