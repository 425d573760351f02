"""How the code reads: what fits a screen, one thing at a time, and a sentence in every test.

The width of a line is ruff's to check (`line-length` in pyproject.toml).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

import pytest

from tests.house.sources import Source, everything

MOST_LINES = 60
MOST_POSITIONAL = 4
UNEXPLAINED = re.compile(r"# (?:noqa:(?:,? [A-Z]+\d+)+|type: ignore\[[a-z, -]+\])\s*$")

Row = ast.Tuple | ast.List
Function = ast.FunctionDef | ast.AsyncFunctionDef


def long_functions(source: Source) -> Iterator[str]:
    """What does not fit a screen is split."""
    for node in source.nodes:
        if isinstance(node, Function) and (node.end_lineno or 0) - node.lineno >= MOST_LINES:
            yield f"{source.place}:{node.lineno} {node.name} has over {MOST_LINES} lines"


def nested_choices(source: Source) -> Iterator[str]:
    """`a if b else c if d else e` is read twice, and still wrongly at night."""
    for node in source.nodes:
        inner = (more for more in ast.walk(node) if more is not node)
        if isinstance(node, ast.IfExp) and any(isinstance(more, ast.IfExp) for more in inner):
            yield f"{source.place}:{node.lineno} a conditional expression inside another"


def long_calls(source: Source) -> Iterator[str]:
    """The fifth value of a row says nothing without its name."""
    for node in source.nodes:
        if isinstance(node, ast.Call) and (given := sum(map(_values, node.args))) > MOST_POSITIONAL:
            yield f"{source.place}:{node.lineno} a call with {given} positional arguments"


def _values(argument: ast.expr) -> int:
    """How many values stand there: those of a row behind a star, too."""
    if isinstance(argument, ast.Starred) and isinstance(argument.value, (ast.Tuple, ast.List)):
        return sum(map(_values, argument.value.elts))
    return 1


def packed_assignments(source: Source) -> Iterator[str]:
    """Two statements are two lines; a tuple on the left takes one value apart, or swaps."""
    for node in source.nodes:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, Row):
            continue
        for target in node.targets:
            if isinstance(target, Row) and not _is_swap(target, node.value):
                yield f"{source.place}:{node.lineno} several assignments in one"


def _is_swap(target: Row, value: Row) -> bool:
    """Whether the names on both sides are the same, or the right side takes something apart."""
    left = sorted(ast.unparse(part) for part in target.elts)
    right = sorted(ast.unparse(part) for part in value.elts)
    return left == right or any(isinstance(part, ast.Starred) for part in value.elts)


def silent_tests(source: Source) -> Iterator[str]:
    """A test without a sentence is a riddle when it fails at night."""
    if not source.place.rpartition("/")[2].startswith("test_"):
        return
    for node in source.nodes:
        if not isinstance(node, Function) or not node.name.startswith("test_"):
            continue
        if not ast.get_docstring(node):
            yield f"{source.place}:{node.lineno} {node.name} does not say what it holds"


def unexplained_exceptions(source: Source) -> Iterator[str]:
    """Whoever reads `noqa` or `type: ignore` asks why."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if UNEXPLAINED.search(line):
            yield f"{source.place}:{number} an exception of lint or types without its reason"


Rule = Callable[[Source], Iterator[str]]
RULES: tuple[Rule, ...] = (
    long_functions,
    nested_choices,
    long_calls,
    packed_assignments,
    silent_tests,
    unexplained_exceptions,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_file_reads_well(rule: Rule) -> None:
    """Product, tests, benchmarks and helpers alike."""
    assert [problem for source in everything() for problem in rule(source)] == []


BREACHES: dict[Rule, str] = {
    long_functions: "def f():\n" + "    pass\n" * MOST_LINES,
    nested_choices: "x = a if b else (c if d else e)",
    long_calls: "f(1, 2, 3, 4, 5)",
    packed_assignments: "a, b = 1, 2",
    silent_tests: "def test_it():\n    pass",
    unexplained_exceptions: "import late  # noqa: E402",
}


HIDDEN: tuple[tuple[Rule, str], ...] = (
    (long_calls, "f(*(1, 2, 3, 4, 5))"),
    (long_calls, "f(1, *[2, 3, 4, *(5, 6)])"),
    (nested_choices, "x = [a if b else c for d in e] if f else g"),
    (packed_assignments, "[a, b] = 1, 2"),
    (packed_assignments, "a, b = [1, 2]"),
    (unexplained_exceptions, "x = 1  # type: ignore[attr-defined]"),
    (unexplained_exceptions, "x = 1  # noqa: S101, PT018  "),
    (silent_tests, "class TestIt:\n    async def test_it(self):\n        pass"),
)


@pytest.mark.parametrize(("rule", "text"), [*BREACHES.items(), *HIDDEN])
def test_a_planted_breach_is_seen(rule: Rule, text: str) -> None:
    """Each rule can fail, and sees odd forms, too."""
    assert len(list(rule(Source("tests/test_planted.py", text)))) == 1


GOOD = """
def test_it():
    \"\"\"It holds.\"\"\"
    first, second = pair
    first, second = second, first
    name, *rest = text.split(), *more
    return f(1, 2, 3, 4, five=5), f(1, *rest), f(*more, *(1, 2, 3)), (a if b else c)
"""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_what_is_allowed_passes(rule: Rule) -> None:
    """Unpacking, swapping, four values by position, one choice."""
    assert list(rule(Source("tests/test_planted.py", GOOD))) == []
