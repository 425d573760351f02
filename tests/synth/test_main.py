"""`python main.py`: a fleet file becomes stacks, and whatever is wrong becomes a line on stderr."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import main
from classic_rescue import app
from classic_rescue.cli.session.children import safe_environ
from classic_rescue.policy.posted import read_posted
from classic_rescue.policy.terms import Limit
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.slow

MAIN = Path(main.__file__)
FLEET = """
shards: 2
backend: {type: local}
devices:
  web-1: {virtual_guest: 124929698, boot: rescue}
  app-1: {hostname: app-1.example.com, boot: os}
"""

RunPython = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a small fleet file."""
    (tmp_path / "fleet.yaml").write_text(FLEET)
    return tmp_path


def run_main(
    run_python: RunPython, folder: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run main.py in a folder with its fleet file."""
    return run_python(MAIN, cwd=folder, CLASSIC_RESCUE_FLEET="fleet.yaml", **environment)


def test_every_shard_becomes_a_stack(run_python: RunPython, folder: Path) -> None:
    """Each shard is a stack that keeps its state where the environment says;
    together they hold every device.
    """
    done = run_main(run_python, folder, CLASSIC_RESCUE_BACKEND="pg")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    texts = {
        path.parent.name: path.read_text() for path in folder.glob("cdktf.out/stacks/*/cdk.tf.json")
    }
    assert set(texts) == {"fleet-0", "fleet-1"}
    assert '"virtual_guest/124929698"' in "".join(texts.values())
    assert '"hostname/app-1.example.com"' in "".join(texts.values())
    assert '"schema_name": "classic_rescue_fleet-1"' in texts["fleet-1"]


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        (
            {"CLASSIC_RESCUE_CDK": "cdk8s"},
            "CLASSIC_RESCUE_CDK: 'cdk8s' is not a library; allowed: cdktf, cdktn",
        ),
        (
            {"JSII_NODE": "/nowhere/node"},
            "/nowhere/node was not found; run inside the project's environment",
        ),
        ({"CDKTF_OUTDIR": "fleet.yaml/out"}, "fleet.yaml/out"),
    ],
)
def test_unusable_surroundings(
    run_python: RunPython, folder: Path, environment: dict[str, str], words: str
) -> None:
    """What cannot work ends with exit code 1 and a sentence;
    there is no traceback and no line of node's.
    """
    done = run_main(run_python, folder, **environment)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "    at " not in done.stderr


def test_every_problem_of_the_file_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each problem of a fleet file is one line with its place, and the exit code is 1."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CLASSIC_RESCUE_FLEET", "fleet.yaml")
    (folder / "fleet.yaml").write_text(
        "devices:\n  a: {virtual_guest: 1, boot: on fire}\n  b: {boot: os}\n"
    )
    assert app.main(Path("fleet.yaml")) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" ")[0] for line in lines] == ["fleet.yaml:2:", "fleet.yaml:3:"]


BROKEN = (
    "devices: {a: {virtual_guest: 1, boot: rescue}}\npolicy: {require_until: true, max_down: 1}\n"
)


def test_a_file_that_breaks_its_own_policy_makes_no_stack(
    run_python: RunPython, folder: Path
) -> None:
    """So plain `cdktf deploy` cannot deploy it either."""
    (folder / "fleet.yaml").write_text(BROKEN)
    done = run_main(run_python, folder)
    assert done.returncode == 1
    assert done.stderr.startswith(
        "fleet.yaml:1: policy.require_until: a is declared rescue without an end"
    )
    assert not (folder / "cdktf.out").exists()


@pytest.mark.parametrize(
    "environment", [{"CLASSIC_RESCUE_BREAK_GLASS": "CHG-9"}, {"CLASSIC_RESCUE_DESTROY": "1"}]
)
def test_break_glass_and_destroy_make_the_stacks(
    run_python: RunPython, folder: Path, environment: dict[str, str]
) -> None:
    """What is overridden is said on stderr; the hook finds the policy in the stack all the same."""
    (folder / "fleet.yaml").write_text(BROKEN)
    done = run_main(run_python, folder, **environment)
    assert done.returncode == 0
    assert "fleet.yaml:1: policy.require_until: a is declared rescue without an end" in done.stderr
    assert ("BREAK GLASS" in done.stderr) is ("CLASSIC_RESCUE_BREAK_GLASS" in environment)
    tree = json.loads((folder / "cdktf.out/stacks/fleet-0/cdk.tf.json").read_text())
    assert read_posted(tree["locals"]["policy"]).policy.max_down == (Limit(1),)


def test_the_app_is_started_on_a_safe_path(tmp_path: Path) -> None:
    """What lies beside main.py runs neither instead of the standard library nor of a package;
    `constructs/` beside it does not hide PyPI's.
    """
    for name in ("main.py", "cdktf.json", "constructs"):
        source = MAIN.parent / name
        copy = shutil.copytree if source.is_dir() else shutil.copyfile
        copy(source, tmp_path / name)
    (tmp_path / "fleet.yaml").write_text(FLEET)
    for name in ("json.py", "yaml.py", "cdktf.py", "sitecustomize.py"):
        (tmp_path / name).write_text("raise SystemExit('a trap has run')\n")
    words = shlex.split(json.loads((tmp_path / "cdktf.json").read_text())["app"])
    done = subprocess.run(
        [sys.executable, *words[1:]],
        cwd=tmp_path,
        env=safe_environ({**os.environ, "PYTHONPATH": ":."}) | {"PYTHONSAFEPATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("is_there", [False, True])
def test_what_is_written_is_for_this_user_only(
    run_python: RunPython, folder: Path, is_there: bool
) -> None:
    """Under umask 0, too, and where cdktf has made the output folder first."""
    out = folder / "cdktf.out"
    if is_there:
        (out / "stacks").mkdir(parents=True)
        out.chmod(0o777)
    before = os.umask(0)
    try:
        done = run_main(run_python, folder)
    finally:
        os.umask(before)
    assert done.returncode == 0, done.stderr
    files = [path for path in out.rglob("*") if path.is_file()]
    assert out.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_an_empty_variable_means_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a name, the fleet file is the `fleet.yaml` beside main.py."""
    monkeypatch.setenv("CLASSIC_RESCUE_FLEET", "")
    assert app.main(tmp_path / "fleet.yaml") == 1
    assert f"{tmp_path / 'fleet.yaml'}: there is no such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("endpoint: https://evil.example/rest/v3.1/", "endpoint: https://evil.example/rest/v3.1/"),
        (
            "backend: {type: http, address: 'https://evil.example/{stack}'}",
            "backend: address: https://evil.example/{stack}",
        ),
    ],
)
def test_no_stack_sends_credentials_where_only_the_file_says(
    run_python: RunPython, folder: Path, line: str, place: str
) -> None:
    """Plain cdktf, too, would hand them on: it gets no stack, until somebody names the host."""
    (folder / "fleet.yaml").write_text(line + FLEET.replace("backend: {type: local}", ""))
    refused = run_main(run_python, folder)
    assert refused.returncode == 1
    assert f"fleet.yaml: {place}: only the fleet file names 'evil.example'" in refused.stderr
    assert not list(folder.glob("cdktf.out/stacks/*"))
    named = run_main(run_python, folder, CLASSIC_RESCUE_TRUSTED_HOSTS="evil.example")
    assert (named.returncode, named.stderr) == (0, "")
