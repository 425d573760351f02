"""How Terraform starts the hook: quoting, and where the hook finds its package."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import classic_rescue
from classic_rescue.stack import blocks
from classic_rescue.stack.templates import escape

CONSTRUCTS = Path(classic_rescue.__file__).parents[1]


@pytest.mark.parametrize(
    "python", ["/usr/bin/python3", "/my path/it's $HOME/python", "/a;b/${x}/%{y}/python"]
)
def test_python_reaches_the_shell_unchanged(python: str) -> None:
    """Once Terraform has undone its escapes, the shell runs exactly this interpreter."""
    command = (
        blocks.HookCall(python, None, None)
        .command("leave")
        .replace("$${", "${")
        .replace("%%{", "%{")
    )
    done = subprocess.run(
        ["sh", "-c", f"printf '%s\\n' {command}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    assert done.stdout.splitlines() == ["exec", python, "-m", "classic_rescue.hook", "leave"]


@pytest.mark.parametrize("before", ["", "/somewhere:/else"])
def test_import_path_comes_before_the_given_one(before: str) -> None:
    """The hook's folder is put before a PYTHONPATH that is there already,
    and stands alone where there is none.
    """
    python = f"{sys.executable}"
    command = blocks.HookCall(python, "../there", None).command("enter").replace("$${", "${")
    show = command.replace(
        "-m classic_rescue.hook enter", "-c 'import os; print(os.environ[\"PYTHONPATH\"])'"
    )
    environment = {**os.environ, "PYTHONPATH": before}
    done = subprocess.run(
        ["sh", "-c", show], capture_output=True, text=True, check=True, env=environment, timeout=240
    )
    assert done.stdout.strip() == ("../there:" + before if before else "../there")


def test_import_path_is_relative_to_the_working_folder(tmp_path: Path) -> None:
    """From the folder that Terraform runs in,
    the path leads to the folder that holds `classic_rescue`.
    """
    path = blocks.find_import_path(tmp_path / "cdktf.out" / "stacks" / "fleet-0")
    assert path is not None
    assert not os.path.isabs(path)
    (tmp_path / "cdktf.out" / "stacks" / "fleet-0").mkdir(parents=True)
    assert (tmp_path / "cdktf.out" / "stacks" / "fleet-0" / path).resolve() == CONSTRUCTS.resolve()


def test_an_installed_package_needs_no_import_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package in site-packages is found by its own Python."""
    installed = tmp_path / "site-packages" / "classic_rescue" / "stack" / "blocks.py"
    monkeypatch.setattr(blocks, "__file__", str(installed))
    assert blocks.find_import_path(tmp_path) is None


def test_escape_makes_templates_literal() -> None:
    """Openings of templates lose their meaning; everything else stays."""
    assert escape("a ${b} %{c} $d 5 % {e}") == "a $${b} %%{c} $d 5 % {e}"
