"""The patterns of a policy: they mean what they mean to Python's `re`, or are refused in words,
and none is slow.
"""

from __future__ import annotations

import random
import re
import sys
from contextlib import suppress
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classic_rescue.policy.patterns import EngineMissingError, PatternError, check_pattern, matcher
from classic_rescue.policy.patterns.engine import compiled
from classic_rescue.policy.patterns.reading import read_pattern
from tests.unit.policy.cases import device, found, only

ATOMS = [
    *("a", "B", "-", "é", "]", "}", "<", "&", ".", "^", "$", r"\A", r"\Z"),
    *(r"\.", r"\<", r"\-", r"\ ", r"\é", r"\x41", r"\u00e9", r"\U00020000", r"\t"),
    *(r"\d", r"\D", r"\s", r"\S", r"\w", r"\W"),
    *("[ab]", "[^a]", "[]a]", "[^]a]", "[a-]", "[-a]", "[a-c-]", r"[\w.-]", r"[^\W-]", r"[\]\-^]"),
    *("[!-/]", "[&~|]", r"[\x41-\x43]", r"[.-\.]", "[é-ü]"),
]
REPEATS = ["", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,}", "{,2}", "{0,2}?", "{2,3}"]
SIGNS = tuple(filter(str.isprintable, map(chr, range(sys.maxunicode + 1))))
TEXTS = st.text(alphabet="aAbBcC-é½9٣中𠀀 _.<&!^]}é\u0301\t", max_size=6)


def joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Patterns that are made of other ones."""
    groups = st.sampled_from(["({})", "(?:{})"])
    repeated = st.builds(
        lambda group, part, repeat: group.format(part) + repeat,
        groups,
        inner,
        st.sampled_from(REPEATS),
    )
    chains = st.lists(repeated | inner, max_size=3).map("".join)
    return chains | st.lists(chains, min_size=2, max_size=3).map("|".join)


SINGLE = st.builds(
    lambda atom, repeat: atom if atom in ("^", "$", r"\A", r"\Z") else atom + repeat,
    st.sampled_from(ATOMS),
    st.sampled_from(REPEATS),
)
PATTERNS = st.recursive(SINGLE, joined, max_leaves=6)


@given(pattern=PATTERNS, text=TEXTS)
def test_a_pattern_means_what_it_means_to_python(pattern: str, text: str) -> None:
    """Whatever is understood gives the answer of `re.fullmatch`."""
    assert matcher(pattern)(text) == bool(re.fullmatch(pattern, text))


@pytest.mark.parametrize("pattern", [".", r"\d", r"\D", r"\s", r"\S", r"\w", r"\W", r"[^\w-]"])
def test_kinds_of_characters_are_those_of_python(pattern: str) -> None:
    """Each character that can stand in a reason, also beyond ASCII."""
    fits = matcher(pattern)
    expected = re.compile(pattern).fullmatch
    assert [sign for sign in SIGNS if fits(sign) != bool(expected(sign))] == []


def test_capital_letters_count_unless_the_pattern_says_so() -> None:
    """Letters are paired as in Python but for the Turkish ones, which docs/policy.md names."""
    fits = matcher("(?i)[a-z]")
    expected = re.compile("(?i)[a-z]").fullmatch
    assert [sign for sign in SIGNS if fits(sign) != bool(expected(sign))] == ["\u0130", "\u0131"]
    assert matcher("chg")("CHG") is False


REFUSED = [
    ("CHG-(", "an opening ( without its )"),
    ("CHG-)", "a closing ) without its ("),
    ("[a", "a bracket [ without its ]"),
    ("*", "nothing to repeat before *"),
    ("a|+", "nothing to repeat before +"),
    ("a$?", "nothing to repeat before ?: $ is an edge"),
    (r"\A{0,2}a", r"nothing to repeat before {0,2}: \A is an edge"),
    ("a++", "the second of two repeats is refused; put the first in (...) (character 2: ++)"),
    ("a{2}{3}", "the second of two repeats"),
    ("a{2}+", "the second of two repeats"),
    ("a{", r"a brace that is no repeat such as {2,4}; write \{"),
    ("a{ 3 }", "a brace that is no repeat"),
    ("a{,}", "a brace that is no repeat"),
    ("a{3,1}", "not a regular expression: invalid repetition count range"),
    ("[z-a]", "not a regular expression: invalid character class range"),
    (r"[\d-z]", "not a regular expression: invalid range boundary"),
    (r"[\w-.]", r"invalid range boundary in \w-.; write \- for a hyphen"),
    (r"[!-\w]]", r"invalid range boundary in !-\w"),
    ("[[:digit:]]+", "[ within brackets is read differently by different engines; [:digit:]"),
    ("[a[b]]", "[ within brackets"),
    ("[&&a]", "&& within brackets"),
    ("[a--b]", "-- within brackets"),
    ("[a||b]", "|| within brackets"),
    ("[a~~b]", "~~ within brackets"),
    (r"[a\b]", r"the escape \b is not understood within brackets"),
    (r"(a+)\1", "no reference back to a group is understood here (character 5"),
    ("(?P<x>a)(?P=x)", "no reference back"),
    ("(a)?(?(1)b|c)", "no reference back"),
    ("(?P<x>a)|(?P<x>b)", "two groups are called x"),
    ("(?=a)b", "no look ahead or behind"),
    ("(?!a)b", "no look ahead or behind"),
    ("(?<=a)b", "no look ahead or behind"),
    ("(?<!a)b", "no look ahead or behind"),
    ("(?>a)b", "this kind of group is not understood"),
    ("(?#why)a", "this kind of group is not understood"),
    ("a(?i)b", "of the flags only (?i) is understood here, at the beginning"),
    ("(?x)a b", "of the flags only (?i)"),
    ("(?i:a)b", "of the flags only (?i)"),
    (r"a\b", "no edge of words is understood here"),
    (r"\N{BULLET}", "this escape is not understood here"),
    (r"\p{L}", "this escape is not understood here"),
    (r"\ud800", "not a regular expression: hexadecimal literal"),
    ("\\", "this escape is not understood here"),
    ("a\nb", "line breaks"),
    ("a\ud800", "line breaks, control and invisible characters"),
    (f"{'(' * 21}a{')' * 21}", "groups within groups, more than 20 deep"),
    ("a" * 201, "201 characters, and 200 are allowed"),
    ("a{1000000}", "its repeats make it too large"),
    ("(((a{99}){99}){99}){99}", "its repeats make it too large"),
    (r"\w{250}", "its repeats make it too large"),
]


@pytest.mark.parametrize(("pattern", "words"), REFUSED)
def test_what_is_not_understood_is_refused_in_words(pattern: str, words: str) -> None:
    """Never a meaning that nobody meant, and no defect: the part is named, with what to write."""
    with pytest.raises(PatternError) as caught:
        matcher(pattern)
    assert words in str(caught.value)


@given(st.text(alphabet=r"()[]{}?*+|\^$.,-&~:<>=!#PiaxdwbZ019é " + "\n\ud800", max_size=30))
def test_any_text_is_a_pattern_or_is_refused(pattern: str) -> None:
    """No other error comes out, whatever is written."""
    with suppress(PatternError):
        check_pattern(pattern)


USUAL = [
    "CHG-[0-9]+( .*)?",
    "CHG-[0-9]{7}(, CHG-[0-9]{7})*",
    ".*CHG-[0-9]+.*",
    r"(?i).*(CHG|INC|PRB|REQ|RITM|SCTASK)[- ]?\d{4,10}.*",
    "(CHG-[0-9]+|INC-[0-9]+|PRB-[0-9]+|REQ-[0-9]+)( .*)?",
    "[A-Z]{2,10}-[0-9]+ .{10,}",
    "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    r".*https://jira\.example\.com/browse/[A-Z]+-[0-9]+.*",
    r"(\w+ ){2,10}\w+",
    "(a+)+b",
    "(a|aa)+b",
    "(a?a?){9}b",
    ".*a.*b.*c.*d",
    f"{'a?' * 12}{'a' * 12}",
    f"{'(a|aa)' * 7}b",
    "(){1000000}a",
    ".*a.{6}",
    r"\w+(ab|ba|aa)+.*",
]


@pytest.mark.parametrize("pattern", USUAL)
def test_usual_patterns_pass_and_those_that_ran_away(pattern: str) -> None:
    """Tickets of all sorts, and what kept an engine that tries every way busy for hours."""
    check_pattern(pattern)


SLOW = [
    (".*a.{20}", "leaves too much open"),
    ("[ab]*a[ab]{80}", "leaves too much open"),
    ("(.*a){50}", "leaves too much open"),
    (f".*a{'.' * 30}", "leaves too much open"),
    (f"{'(a|aa)' * 28}b", "leaves too much open"),
    (f".*a{'(a|b)' * 30}c", "leaves too much open"),
    (f"{'[a-z]{0,10}' * 9}!", "leaves too much open"),
    (f"{'a?' * 40}{'a' * 40}", "leaves too much open"),
    (".{10,400}", "more than 100 places for characters"),
    ("[ab]*(a{50}){3}", "more than 100 places for characters"),
    (r"\w{30}", "more than 100 places for characters"),
]


@pytest.mark.parametrize(("pattern", "words"), SLOW)
def test_a_pattern_that_the_engine_cannot_remember_is_refused(pattern: str, words: str) -> None:
    """It would be slow, though no more than linear; who writes it learns what to write."""
    with pytest.raises(PatternError, match=words):
        check_pattern(pattern)


def cost_s(pattern: str, texts: list[str]) -> float:
    """What judging the texts costs when it has been done before, at its best."""
    fits = compiled(read_pattern(pattern))
    spans = []
    for _ in range(4):
        start = process_time()
        for text in texts:
            fits(text)
        spans.append(process_time() - start)
    return min(spans)


@pytest.mark.parametrize("letters", ["ab", "aaab", "a𠀀", "abé𠀀1 "])
def test_the_worst_pattern_costs_little_more_than_a_harmless_one(letters: str) -> None:
    """Reasons as long as may be, of letters that keep everything open.

    `.*a.{20}` costs a hundred times as much.
    """
    chance = random.Random(7)  # noqa: S311 always the same texts
    texts = ["".join(chance.choices(letters, k=500)) for _ in range(300)]
    harmless = cost_s(".*CHG-[0-9]+.*", texts)
    worst = [pattern for pattern in USUAL if cost_s(pattern, texts) > 40 * harmless]
    assert worst == []


def test_without_an_engine_nothing_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule says so and which devices wait for it; what needs no reason needs no engine."""
    monkeypatch.setitem(sys.modules, "pydantic_core", None)
    with pytest.raises(EngineMissingError, match="pydantic_core"):
        matcher("a")
    terms = {"require_reason": "CHG-[0-9]+"}
    finding = only(found("require_reason", terms, device("web", reason="CHG-1", line=4)))
    assert (finding.names, finding.line) == (("web",), 4)
    assert "whether the reason of web fits 'CHG-[0-9]+' cannot be told" in finding.text
    assert found("require_reason", terms) == []


def test_a_pattern_that_nobody_checked_refuses() -> None:
    """A policy that was built or edited by hand: in words, as the file would say it."""
    finding = only(found("require_reason", {"require_reason": "CHG-("}, device("a", reason="x")))
    assert "cannot be told: an opening ( without its )" in finding.text
