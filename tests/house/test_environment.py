"""Every environment variable stands in `boot/environment.py`, and nobody else spells its name."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from typing import TypeGuard

import pytest

from classic_rescue.boot import environment
from tests.house.sources import ROOT, Source, everything, product

TABLE = "classic_rescue/boot/environment.py"
OURS = re.compile(r"\bCLASSIC_RESCUE_[A-Z_]*[A-Z]\b")
FAMILIES = re.compile(
    r"(CLASSIC_RESCUE|SL|IC|TF|CDKTF|JSII|GITHUB|GITLAB|CI)_[A-Z][A-Z0-9_]*(_[a-z]+)?"
)
"""Whose variables a text of this form certainly names."""

NAME = re.compile(r"[A-Z][A-Za-z0-9_]*|[a-z]+_proxy")
"""What else a variable is called, where something called an environment is asked for it."""

READERS = {"get", "pop", "setdefault", "getenv", "putenv", "unsetenv", "setting"}
OF_TERRAFORM = "classic_rescue/fleet/backends.py"
"""Tells which variables of Terraform's backends to set; Terraform alone reads them."""

ELSEWHERE = {"PATH_INFO", "QUERY_STRING", "REQUEST_METHOD", "CONTENT_LENGTH"}
"""What a WSGI request calls its environment is none of the process."""


class Text(ast.Constant):
    """A constant that is a text."""

    value: str


def names() -> dict[str, str]:
    """The variables by the names of their constants."""
    return {
        constant: value
        for constant, value in vars(environment).items()
        if constant.isupper() and not constant.startswith("_") and isinstance(value, str)
    }


def spelt(sources: tuple[Source, ...]) -> Iterator[str]:
    """Every variable whose name is spelt outside the table."""
    known = set(names().values())
    for source in sources:
        if source.place in (TABLE, OF_TERRAFORM):
            continue
        spelled = {(text.lineno, str(text.value)) for text in asked(source)}
        parts = {
            id(part)
            for node in source.nodes
            if isinstance(node, ast.JoinedStr)
            for part in node.values
        }
        texts = [node for node in source.nodes if _is_text(node)]
        spelled |= {
            (text.lineno, text.value)
            for text in texts
            if FAMILIES.fullmatch(text.value) and id(text) not in parts
        }
        for line, name in sorted(spelled):
            yield f"{source.place}:{line} spells {name}"
        for text in texts:
            unknown = set(OURS.findall(text.value)) - known
            if unknown and (text.lineno, text.value) not in spelled:
                yield f"{source.place}:{text.lineno} names {', '.join(unknown)}, which nobody reads"


def asked(source: Source) -> Iterator[ast.Constant]:
    """The names by which something called an environment is asked or changed."""
    bound = _bound(source)
    for node in source.nodes:
        for key in (*_keys(node), *_new_keys(node)):
            values = bound.get(key.id, []) if isinstance(key, ast.Name) else [key]
            for text in (part for value in values for part in _parts(value)):
                if _is_text(text) and NAME.fullmatch(text.value):
                    yield text


def _bound(source: Source) -> dict[str, list[ast.expr]]:
    """What names of the file stand for: a value, or one of a row after the other."""
    bound: dict[str, list[ast.expr]] = {}
    for node in source.nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            bound.setdefault(node.targets[0].id, []).append(node.value)
        elif (
            isinstance(node, (ast.For, ast.comprehension))
            and isinstance(node.target, ast.Name)
            and isinstance(node.iter, (ast.Tuple, ast.List, ast.Set))
        ):
            bound.setdefault(node.target.id, []).extend(node.iter.elts)
    return bound


def _parts(value: ast.expr) -> Iterator[ast.expr]:
    """A value with what it is put together from; not what it is looked up by."""
    yield value
    if not isinstance(value, (ast.Call, ast.Subscript)):
        for part in ast.iter_child_nodes(value):
            if isinstance(part, ast.expr):
                yield from _parts(part)


def _keys(node: ast.AST) -> Iterator[ast.expr]:
    """What an environment is asked for."""
    if isinstance(node, ast.Subscript) and _is_environment(node.value):
        yield node.slice
    elif isinstance(node, ast.Compare) and any(map(_is_environment, node.comparators)):
        yield node.left
    elif isinstance(node, ast.Call):
        called = _name(node.func)
        asks = isinstance(node.func, ast.Attribute) and _is_environment(node.func.value)
        if (asks and called in READERS) or called in ("getenv", "putenv", "unsetenv"):
            yield from node.args[:1]
        elif any(map(_is_environment, node.args)):
            yield from (given for given in node.args if isinstance(given, ast.Constant))
        for given in node.keywords:
            if given.arg in ("envvar", "auto_envvar_prefix"):
                yield given.value


def _new_keys(node: ast.AST) -> Iterator[ast.expr]:
    """What is written into an environment, or beside it into one of a child."""
    added: list[ast.expr] = []
    if isinstance(node, ast.Dict):
        is_merged = any(key is None and _is_environment(value) for key, value in _items(node))
        added = [node] if is_merged else []
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        sides = (node.left, node.right)
        added = [*sides] if any(map(_is_environment, sides)) else []
    elif isinstance(node, ast.AugAssign) and _is_environment(node.target):
        added = [node.value]
    elif isinstance(node, ast.Call):
        added = [given.value for given in node.keywords if given.arg in ("env", "environ")]
        is_update = isinstance(node.func, ast.Attribute) and _is_environment(node.func.value)
        if is_update or (_name(node.func) == "dict" and any(map(_is_environment, node.args))):
            added += node.args
            yield from (
                ast.Constant(given.arg, lineno=node.lineno) for given in node.keywords if given.arg
            )
    for value in added:
        if isinstance(value, ast.Dict):
            yield from (key for key, _ in _items(value) if key is not None)


def _items(mapping: ast.Dict) -> Iterator[tuple[ast.expr | None, ast.expr]]:
    return zip(mapping.keys, mapping.values, strict=True)


def _is_text(node: ast.AST) -> TypeGuard[Text]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_environment(node: ast.expr) -> bool:
    name = _name(node)
    return name.endswith("environ") or name in ("environment", "env")


def _name(node: ast.expr) -> str:
    return str(node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", ""))


def is_of_wsgi(problem: str) -> bool:
    """Whether it is about a request to the mock."""
    name = problem.rpartition(" ")[2]
    return problem.startswith("mock_api/") and (
        name in ELSEWHERE or name.startswith(("HTTP_", "SERVER_"))
    )


def test_names_are_spelt_in_the_table_alone() -> None:
    """Whoever adds a variable adds a constant and a row, and so a line in docs/reference.md."""
    mock_only = {f"spells {environment.PYTHONPATH}"}  # the wings import nothing of one another
    problems = [problem for problem in spelt(product()) if not is_of_wsgi(problem)]
    assert [p for p in problems if p.partition(" ")[2] not in mock_only] == []


def test_helpers_of_ci_read_what_the_table_knows() -> None:
    """They run before anything is installed and import nothing, so they spell the names."""
    helpers = tuple(source for source in everything() if source.place.startswith(".ci/"))
    found = {problem.rpartition(" ")[2] for problem in spelt(helpers)}
    assert "PATH" in found
    assert found <= set(names().values())


def test_every_constant_has_a_row_and_every_row_a_constant() -> None:
    """So that the page tells all, and nothing else; no name stands twice."""
    rows = [row.name for row in environment.variables()]
    assert sorted(rows) == sorted(names().values())
    assert len(set(rows)) == len(rows)
    for row in environment.variables():
        assert row.set_by, row
        assert row.read_by, row
        assert row.meaning, row


def test_every_variable_is_used() -> None:
    """A constant that no code uses is a variable that nobody reads any more."""
    users = [source for source in everything() if source.place != TABLE]
    files = ["Makefile", ".gitlab/fleet.yml", *(str(p) for p in (ROOT / ".github").rglob("*.yml"))]
    files += [str(path) for path in (ROOT / "constructs" / "classic_rescue").rglob("*.sh")]
    texts = [source.text for source in users if not source.place.startswith("tests/")]
    texts += [(ROOT / name).read_text() for name in files]
    for constant, value in names().items():
        used = re.compile(rf"\benvironment\.{constant}\b|\b{value}\b")
        assert any(used.search(text) for text in texts), value


def test_documents_name_variables_that_exist() -> None:
    """A page, workflow or test that names one of ours which nobody reads would mislead."""
    known = set(names().values())
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.split():
        path = ROOT / name
        if path.suffix in (".md", ".yml", ".yaml", ".py", ".toml", "") and path.is_file():
            named = set(OURS.findall(path.read_text(errors="replace"))) - known
            unknown = {one for one in named if not one.startswith(environment.NOTIFY_PREFIX)}
            assert not unknown or name == "tests/house/test_environment.py", (name, unknown)


BREACHES = {
    "read": 'value = os.environ.get("SOME_SETTING")',
    "read by key": 'value = environ["HOME"]',
    "asked": 'if "CI" in os.environ: pass',
    "getenv": 'value = os.getenv("SOME_SETTING")',
    "getenv by its name": 'value = getenv("SOME_SETTING")',
    "putenv": 'os.putenv("SOME_SETTING", "x")',
    "taken out": 'value = environ.pop("SOME_SETTING", None)',
    "of an attribute": 'value = self._environ.get("SOME_SETTING")',
    "one of two": 'value = environ.get("SOME_SETTING" if x else table["y"])',
    "put together": 'value = environ.get(f"SOME_{setting}")',
    "under a name": 'NAME = "SOME_SETTING"\nvalue = os.environ[NAME]',
    "in a row": 'values = [environ.get(name) for name in ("SOME_SETTING", environment.CI)]',
    "by a function": 'value = setting(environ, "SOME_SETTING", "a sentence")',
    "by click": '@click.option("--x", envvar="SOME_SETTING")\ndef f(): pass',
    "by click, one of two": 'option = click.option("--x", envvar=["SOME_SETTING", other])',
    "merged": 'more = os.environ | {"SOME_SETTING": "x"}',
    "merged in place": 'environ |= {"SOME_SETTING": "x"}',
    "in a copy": 'more = {**os.environ, "SOME_SETTING": "x"}',
    "in a copy by keyword": 'more = dict(os.environ, SOME_SETTING="x")',
    "updated": 'os.environ.update({"SOME_SETTING": "x"})',
    "updated by keyword": 'os.environ.update(SOME_SETTING="x")',
    "of a child": 'run(command, env={"SOME_SETTING": "x"})',
    "written": 'more = {"CLASSIC_RESCUE_EVENTS": "x"}',
    "of a family": 'NAME = "TF_CLI_ARGS_plan"',
    "of a family with a digit": 'NAME = "CI_API_V5_URL"',
    "in a sentence": 'text = "set CLASSIC_RESCUE_NOTHING to 1"',
    "in a sentence with a value": 'text = f"set CLASSIC_RESCUE_NOTHING to {value}"',
}


@pytest.mark.parametrize("text", BREACHES.values(), ids=BREACHES)
def test_a_planted_variable_is_seen(text: str) -> None:
    """The rule can fail."""
    assert len(list(spelt((Source("classic_rescue/hook/planted.py", text),)))) == 1


@pytest.mark.parametrize(
    "text",
    [
        'value = environ.get(environment.CI) or other["SOME_SETTING"]',
        'filters = templates.env.get("filters")',
        'value = table.get("SOME_SETTING")',
        'run(command, env={**environ, environment.CI: "SOME"})',
        'value = environ.get(names["SOME_SETTING"])',
        'note = "CI_x"',
    ],
)
def test_what_is_no_variable_passes(text: str) -> None:
    """Keys of other tables, values, and names from the table of variables."""
    assert list(spelt((Source("classic_rescue/hook/planted.py", text),))) == []
