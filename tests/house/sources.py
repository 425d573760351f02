"""The project's own source, parsed once, and the one reader of its imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WINGS = {"classic_rescue": ROOT / "constructs" / "classic_rescue", "mock_api": ROOT / "mock_api"}


@dataclass(frozen=True)
class Import:
    """One module that a file imports, wherever in it: at the top, late, or for the type checker."""

    module: str
    line: int


@dataclass(frozen=True)
class Source:
    """One file. `place` is its path from the wing's parent,
    such as `classic_rescue/hook/run.py`.
    """

    place: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax."""
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of it."""
        return tuple(ast.walk(self.tree))

    @property
    def module(self) -> str:
        """Its dotted name."""
        return self.place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def imports(self, modules: frozenset[str]) -> Iterator[Import]:
        """What it imports. `from a import b` is a.b where that is one of these modules, else a.

        By name, too: `import_module("a.b")`.
        """
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(alias.name, node.lineno)
            elif isinstance(node, ast.ImportFrom):
                base = f"{'.' * node.level}{node.module or ''}"
                for alias in node.names:
                    full = f"{base}.{alias.name}"
                    yield Import(full if full in modules else base, node.lineno)
            elif isinstance(node, ast.Call) and _loader(node.func) and node.args:
                name = node.args[0]
                if isinstance(name, ast.Constant) and isinstance(name.value, str):
                    yield Import(name.value, node.lineno)

    @property
    def blind_imports(self) -> Iterator[int]:
        """The lines that import what only a run can tell."""
        for node in self.nodes:
            if not isinstance(node, ast.Call) or not _loader(node.func):
                continue
            if not node.args or not isinstance(node.args[0], ast.Constant):
                yield node.lineno


def _loader(called: ast.expr) -> bool:
    """Whether a call of it imports a module by its name."""
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in ("import_module", "__import__", "run_module", "resolve_name")


def read_source(path: Path, root: Path) -> Source:
    """One file, named by its path below `root`."""
    return Source(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))


@cache
def product() -> tuple[Source, ...]:
    """Every file of both wings, and main.py."""
    paths = [(path, wing.parent) for wing in WINGS.values() for path in sorted(wing.rglob("*.py"))]
    return tuple(read_source(path, root) for path, root in [*paths, (ROOT / "main.py", ROOT)])


@cache
def everything() -> tuple[Source, ...]:
    """Every Python file that people read: product, tests, benchmarks and helpers of CI."""
    folders = ("tests", "benchmarks", ".ci")
    more = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    more = (path for path in more if "node_modules" not in path.parts)
    return (*product(), *(read_source(path, ROOT) for path in more))


def modules_of(sources: tuple[Source, ...]) -> frozenset[str]:
    """Their dotted names."""
    return frozenset(source.module for source in sources)
