"""The rules of the house, as tests: layers, sizes, names, generated pages."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

import pytest

import classic_rescue.fleet
import classic_rescue.stack
from classic_rescue.cli.reference import reference_page

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "constructs" / "classic_rescue"
SOURCES = sorted([*PACKAGE.rglob("*.py"), *(ROOT / "mock_api").rglob("*.py")])
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))

# What a folder may import of the project, besides itself (design.md, "The house"; ARCHITECTURE.md says what was added).
ARROWS = {
    "boot": set(),
    "policy": {"boot"},
    "fleet": {"boot", "policy"},
    "api": {"boot"},
    "hook": {"boot", "api", "policy"},
    "stack": {"boot", "fleet", "policy"},
    "review": {"boot", "fleet", "policy"},
    "cli": {"boot", "api", "fleet", "hook", "policy", "review"},
}
FOREIGN = {
    "boot": set(),
    "api": set(),
    "hook": set(),
    "policy": {"pydantic_core"},
    "review": set(),
    "fleet": {"pydantic", "pydantic_core", "yaml", "annotated_types"},
    "stack": {"cdktf", "cdktn", "constructs", "jsii"},
    "cli": {"click", "rich"},
}
# Rims: the only places that take time and chance from the system. Everything else gets them handed in.
CLOCK_RIMS = {
    "api/client.py",
    "cli",
    "hook/__main__.py",
}


@cache
def tree(path: Path) -> ast.Module:
    """The syntax of a file, parsed once for all tests."""
    return ast.parse(path.read_text())


def imports(path: Path) -> set[str]:
    """Every module that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(str(node.module))
    return found


@pytest.mark.parametrize("folder", sorted(ARROWS))
def test_arrows_point_one_way(folder: str) -> None:
    """Each folder imports only what its arrows allow, of the project and of others."""
    for path in (PACKAGE / folder).rglob("*.py"):
        for name in imports(path):
            parts = name.split(".")
            if parts[0] == "classic_rescue":
                assert len(parts) == 1 or parts[1] in ARROWS[folder] | {folder}, (
                    f"{path} imports {name}"
                )
            elif parts[0] not in __import__("sys").stdlib_module_names:
                assert parts[0] in FOREIGN[folder], f"{path} imports {name}"


def test_client_and_mock_meet_only_over_http() -> None:
    """Neither imports the other, so neither can know what the other means."""
    for path in PACKAGE.rglob("*.py"):
        assert not any(name.startswith("mock_api") for name in imports(path)), path
    for path in (ROOT / "mock_api").rglob("*.py"):
        assert not any(name.startswith("classic_rescue") for name in imports(path)), path


def test_cdktf_comes_through_one_module() -> None:
    """So that its successor is one environment variable away."""
    users = {
        path.name
        for path in SOURCES
        if {"cdktf", "cdktn"} & {name.partition(".")[0] for name in imports(path)}
    }
    assert users == {"_cdk.py"}


def test_the_source_root_hides_no_package() -> None:
    """An __init__.py in constructs/ would hide PyPI's constructs, and cdktf could not be imported."""
    assert not (ROOT / "constructs" / "__init__.py").exists()


def test_time_and_chance_are_handed_in() -> None:
    """Only rims import time or random."""
    for path in PACKAGE.rglob("*.py"):
        place = path.relative_to(PACKAGE)
        is_rim = str(place) in CLOCK_RIMS or place.parts[0] in CLOCK_RIMS
        assert is_rim or not {"time", "random"} & imports(path), path


def test_no_function_is_longer_than_sixty_lines() -> None:
    """What does not fit a screen is split."""
    for path in (*SOURCES, *TESTS):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 60, (
                    f"{path}:{node.lineno} {node.name}"
                )


def test_every_test_says_what_it_holds() -> None:
    """A test without a sentence is a riddle when it fails at night."""
    for path in TESTS:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                assert ast.get_docstring(node), f"{path}:{node.lineno} {node.name}"


@pytest.mark.parametrize(
    "package", [classic_rescue.fleet, classic_rescue.stack], ids=lambda package: package.__name__
)
def test_public_names_are_complete_and_sorted(package: object) -> None:
    """What users import is listed, in order, and exists."""
    names = list(package.__all__)  # type: ignore[attr-defined]  # a module with __all__
    assert names == sorted(names)
    assert all(hasattr(package, name) for name in names)


def test_generated_pages_are_current() -> None:
    """`make docs` writes them; a stale one misleads."""
    assert (ROOT / "docs" / "reference.md").read_text() == reference_page()


def test_no_path_of_one_machine_is_committed() -> None:
    """Every path is relative, free-chosen or a parameter."""
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    home = str(Path.home())
    for name in tracked:
        path = ROOT / name
        if path.is_file() and path.suffix in (
            ".py",
            ".md",
            ".json",
            ".yaml",
            ".toml",
            ".txt",
            ".lock",
        ):
            text = path.read_text(errors="replace")
            assert str(ROOT) not in text, name
            assert len(home) < 4 or f"{home}/" not in text, name
