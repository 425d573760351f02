"""Every environment variable stands in `boot/environment.py`, and nobody else spells its name."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator

import pytest

from classic_rescue.boot import environment
from tests.house.sources import ROOT, Source, everything, product

TABLE = "classic_rescue/boot/environment.py"
OURS = re.compile(r"\bCLASSIC_RESCUE_[A-Z_]*[A-Z]\b")
FAMILIES = re.compile(r"(CLASSIC_RESCUE|SL|IC|TF|CDKTF|JSII|GITHUB|GITLAB|CI)_[A-Z_a-z]+")
"""Whose variables a text of this form certainly names."""

READERS = {"get", "pop", "setdefault", "getenv", "setting"}
OF_TERRAFORM = "classic_rescue/fleet/backends.py"
"""Tells which variables of Terraform's backends to set; Terraform alone reads them."""

ELSEWHERE = {"wsgi.input", "PATH_INFO", "QUERY_STRING", "REQUEST_METHOD", "CONTENT_LENGTH"}
"""What a WSGI request calls its environment is none of the process."""


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
        read = {id(node) for node in _read(source)}
        parts = {
            id(part)
            for node in source.nodes
            if isinstance(node, ast.JoinedStr)
            for part in node.values
        }
        for node in source.nodes:
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            is_name = FAMILIES.fullmatch(node.value) and id(node) not in parts
            if is_name or id(node) in read:
                yield f"{source.place}:{node.lineno} spells {node.value}"
            elif unknown := set(OURS.findall(node.value)) - known:
                yield f"{source.place}:{node.lineno} names {', '.join(unknown)}, which nobody reads"


def _read(source: Source) -> Iterator[ast.expr]:
    """The texts by which something called an environment is asked."""
    for node in source.nodes:
        if isinstance(node, ast.Subscript) and _is_environment(node.value):
            yield node.slice
        elif isinstance(node, ast.Compare) and any(map(_is_environment, node.comparators)):
            yield node.left
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in READERS
            and node.args
            and (_is_environment(node.func.value) or node.func.attr == "getenv")
        ):
            yield node.args[0]


def _is_environment(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name in ("environ", "environment", "env")


def is_of_wsgi(problem: str) -> bool:
    """Whether it is about a request to the mock."""
    name = problem.rpartition(" ")[2]
    return problem.startswith("mock_api/") and (
        name in ELSEWHERE or name.startswith(("HTTP_", "SERVER_", "waitress.", "werkzeug."))
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
    assert {"GITHUB_TOKEN", "CI_JOB_URL", "PATH"} <= found
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
    files = ["Makefile", ".gitlab-ci.yml", *(str(p) for p in (ROOT / ".github").rglob("*.yml"))]
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
            unknown = set(OURS.findall(path.read_text(errors="replace"))) - known
            assert not unknown or name == "tests/house/test_environment.py", (name, unknown)


BREACHES = {
    "read": 'value = os.environ.get("SOME_SETTING")',
    "read by key": 'value = environ["HOME"]',
    "asked": 'if "CI" in os.environ: pass',
    "getenv": 'value = os.getenv("SOME_SETTING")',
    "written": 'more = {"CLASSIC_RESCUE_EVENTS": "x"}',
    "of a family": 'NAME = "TF_CLI_ARGS_plan"',
    "in a sentence": 'text = "set CLASSIC_RESCUE_NOTHING to 1"',
    "in a sentence with a value": 'text = f"set CLASSIC_RESCUE_NOTHING to {value}"',
}


@pytest.mark.parametrize("text", BREACHES.values(), ids=BREACHES)
def test_a_planted_variable_is_seen(text: str) -> None:
    """The rule can fail."""
    assert len(list(spelt((Source("classic_rescue/hook/planted.py", text),)))) == 1
