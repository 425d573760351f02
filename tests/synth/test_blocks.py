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
from tests.patience import PATIENCE_S

CONSTRUCTS = Path(classic_rescue.__file__).parents[1]


def as_terraform_has_it(command: str) -> str:
    """The command once Terraform has undone its escapes."""
    return command.replace("$${", "${").replace("%%{", "%{")


@pytest.mark.parametrize(
    "python", ["/usr/bin/python3", "/my path/it's $HOME/python", "/a;b/${x}/%{y}/python"]
)
def test_python_reaches_the_shell_unchanged(python: str) -> None:
    """Once Terraform has undone its escapes, the shell runs exactly this interpreter."""
    command = as_terraform_has_it(blocks.HookCall(python, None, None).command("leave"))
    done = subprocess.run(
        ["sh", "-c", command.replace("PYTHONPATH=", "printf '%s\\n' PYTHONPATH=")],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    assert done.stdout.splitlines() == [
        *("PYTHONPATH=", "exec"),
        *(python, "-P", "-m", "classic_rescue.hook", "leave"),
    ]


@pytest.mark.parametrize("import_path", ["../there", None])
@pytest.mark.parametrize("before", ["", "/somewhere:/else", ":."])
def test_the_user_s_import_path_counts_for_nothing(before: str, import_path: str | None) -> None:
    """The hook's folder stands alone: what PYTHONPATH names comes before the standard library."""
    hook = blocks.HookCall(sys.executable, import_path, None)
    command = as_terraform_has_it(hook.command("enter"))
    show = command.replace(
        "-m classic_rescue.hook enter", "-c 'import os; print(os.environ[\"PYTHONPATH\"])'"
    )
    environment = {**os.environ, "PYTHONPATH": before}
    done = subprocess.run(
        ["sh", "-c", show],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        timeout=PATIENCE_S,
    )
    assert done.stdout.strip() == (import_path or "")


TRAP = "from pathlib import Path\nPath(__file__).with_suffix('.ran').touch()\nraise SystemExit(3)\n"
TRAPS = ("json.py", "http.py", "sitecustomize.py", "usercustomize.py", "classic_rescue/__init__.py")


@pytest.mark.parametrize("import_path", [str(CONSTRUCTS), None])
@pytest.mark.parametrize("variable", ["", ":", ".", "HERE"])
def test_nothing_in_the_folder_runs_instead(
    tmp_path: Path, import_path: str | None, variable: str
) -> None:
    """Modules in the folder that Terraform runs the hook in stay where they are, also with a
    PYTHONPATH that leads there; the hook itself answers.
    """
    for name in TRAPS:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(TRAP)
    hook = blocks.HookCall(sys.executable, import_path, None)
    command = as_terraform_has_it(hook.command("enter"))
    done = subprocess.run(
        ["sh", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": variable.replace("HERE", str(tmp_path))},
        timeout=PATIENCE_S,
    )
    assert (done.returncode, list(tmp_path.rglob("*.ran"))) == (2, []), done.stderr
    assert "CLASSIC_RESCUE_ORDER is not set" in done.stderr


def test_a_folder_of_packages_that_only_a_variable_names_is_given_to_the_hook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`pip install --target` makes one: the hook would not find it without the variable."""
    packages = tmp_path / "site-packages"
    monkeypatch.setattr(
        blocks, "__file__", str(packages / "classic_rescue" / "stack" / "blocks.py")
    )
    monkeypatch.setenv("PYTHONPATH", f"/elsewhere:{packages}")
    assert blocks.find_import_path(tmp_path) == "site-packages"


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
