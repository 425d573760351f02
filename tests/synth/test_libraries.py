"""Both CDK libraries: cdktf, and its successor cdktn,
write the same stacks from the same constructs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, MutableMapping
from pathlib import Path

import pytest

from classic_rescue.boot import environment
from classic_rescue.stack._cdk import LIBRARIES, LIBRARY, chosen_library
from classic_rescue.stack.node import choose_node
from tests.patience import PATIENCE_S

FOLDER = Path(__file__).parent


@pytest.mark.skipif(
    environment.CDK_LIBRARY in os.environ,
    reason="this is the run with the other library, or a chosen one",
)
@pytest.mark.slow
def test_the_other_library_passes_the_same_tests(
    run_python: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    """Every synthesis test, snapshots included, passes with the other library,
    in a process of its own.
    """
    other = next(library for library in LIBRARIES if library != LIBRARY)
    ignored = ("test_terraform.py", "test_main.py")
    options = [
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        *(f"--ignore={FOLDER / name}" for name in ignored),
    ]
    done = run_python(
        "-m", "pytest", FOLDER, *options, cwd=FOLDER.parents[1], **{environment.CDK_LIBRARY: other}
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_chosen_library_is_loaded() -> None:
    """The library that the environment names is the one whose App is used."""
    from classic_rescue.stack import App

    assert App.__module__ == os.environ.get(environment.CDK_LIBRARY, "cdktf")


@pytest.mark.parametrize("given", [None, ""])
def test_cdktf_is_the_default(given: str | None) -> None:
    """Without a name, or with an empty one, the library is cdktf."""
    assert chosen_library(given) == "cdktf"


def test_unknown_library() -> None:
    """An unknown name is refused with the known ones."""
    with pytest.raises(
        ValueError, match="CLASSIC_RESCUE_CDK: 'cdk' is not a library; allowed: cdktf, cdktn"
    ):
        chosen_library("cdk")


@pytest.fixture
def python(tmp_path: Path) -> str:
    """The path of a Python with a node beside it."""
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\n")
    node.chmod(0o755)
    return str(tmp_path / "python")


def test_node_beside_python_is_preferred(python: str, tmp_path: Path) -> None:
    """The node that came with the environment is used, whatever PATH says."""
    environ: MutableMapping[str, str] = {"PATH": os.environ["PATH"]}
    choose_node(environ, python)
    assert environ[environment.JSII_NODE] == str(tmp_path / "node")


def test_given_node_wins(python: str, tmp_path: Path) -> None:
    """A node that somebody chose is kept, also where another one stands beside Python."""
    given = shutil.copy(tmp_path / "node", tmp_path / "chosen")
    environ: MutableMapping[str, str] = {environment.JSII_NODE: str(given), "PATH": ""}
    choose_node(environ, python)
    assert environ[environment.JSII_NODE] == str(given)


@pytest.mark.parametrize(
    "environ", [{"PATH": "/nowhere"}, {environment.JSII_NODE: "/nowhere/node", "PATH": ""}]
)
def test_no_node(environ: MutableMapping[str, str]) -> None:
    """Without a node the error says how to get one."""
    with pytest.raises(ImportError, match="was not found; run inside the project's environment"):
        choose_node(environ, "/nowhere/python")


def test_unusable_home(tmp_path: Path) -> None:
    """Where jsii cannot keep its libraries, a sentence names the folder and the ways out."""
    home = tmp_path / "home"
    home.write_text("no folder\n")
    environ = {"HOME": str(home), "PATH": os.environ["PATH"]}
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "classic_rescue.app"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 1
    begin = f"constructs cannot be loaded: Cannot use the jsii package cache in {home}"
    assert ended.stderr.startswith(begin)
    assert "set JSII_RUNTIME_PACKAGE_CACHE_ROOT to a different directory" in ended.stderr
    assert "defect" not in ended.stderr
