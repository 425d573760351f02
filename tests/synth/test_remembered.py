"""What tests are given in place of a synthesis is what the synthesis gives."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT, Mock
from tests.remembered_app import STORE
from tests.timekeeper import keeping_time

pytestmark = pytest.mark.slow

FLEET = """\
endpoint: http://127.0.0.1:{port}/rest/v3.1/
shards: 2
policy: {{protected: [app-*]}}
devices:
  web-1: {{virtual_guest: 124929698, boot: rescue{more}}}
  app-1: {{virtual_guest: 124929706, boot: os}}
"""

HOST = "127.0.0.1"

Synthesise = Callable[..., tuple[subprocess.CompletedProcess[str], dict[str, str]]]


@pytest.fixture
def synthesise(tmp_path: Path, fresh_mock: Mock) -> Synthesise:
    """Synthesise a fleet file in a new folder below a steered test's. Gives how that ended and
    every file below the output, with the folder's name taken out.
    """

    def run(
        name: str, store: str, *, port: int = 1111, more: str = "", trusted: str = HOST
    ) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
        test = tmp_path / name
        project = test / "project"
        project.mkdir(parents=True)
        fleet = test / "fleet.yaml"
        fleet.write_text(FLEET.format(port=port, more=more))
        with keeping_time(fresh_mock, test / "steering") as steering:
            settings = {"CLASSIC_RESCUE_FLEET": str(fleet), "CLASSIC_RESCUE_TRUSTED_HOSTS": trusted}
            environ = {**os.environ, **steering, **settings, STORE: store}
            done = subprocess.run(
                [sys.executable, "-P", str(ROOT / "main.py")],
                cwd=project,
                env=environ,
                capture_output=True,
                text=True,
                check=False,
            )
        files = {
            str(path.relative_to(project)): path.read_text().replace(str(test), "<test>")
            for path in project.rglob("*")
            if path.is_file()
        }
        return done, files

    return run


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Where this test keeps what it remembers."""
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


def test_it_is_what_the_app_writes(synthesise: Synthesise, store: Path) -> None:
    """In another folder, for a mock at another port, with the same modes and words."""
    synthesise("first", str(store))
    (kept,) = store.iterdir()
    remembered, files = synthesise("second", str(store), port=2222)
    assert list(store.iterdir()) == [kept]
    real, real_files = synthesise("third", "", port=2222)
    assert files == real_files
    assert sorted(files) == [
        "cdktf.out/manifest.json",
        "cdktf.out/stacks/fleet-0/cdk.tf.json",
        "cdktf.out/stacks/fleet-1/cdk.tf.json",
    ]
    assert "http://127.0.0.1:2222/" in "".join(files.values())
    assert (remembered.returncode, remembered.stdout) == (real.returncode, real.stdout)
    assert remembered.stderr == real.stderr


def test_it_really_is_not_the_app(synthesise: Synthesise, store: Path) -> None:
    """Else the test above would compare the app with itself."""
    synthesise("first", str(store))
    (kept,) = store.iterdir()
    kept.write_text(kept.read_text().replace("web-1", "kept-1"))
    _, files = synthesise("second", str(store))
    assert "kept-1" in "".join(files.values())


@pytest.mark.parametrize(
    "more", [", until: 2099-01-01T00:00:00Z", ", boot: sleep"], ids=["time", "refused"]
)
def test_nothing_is_kept(synthesise: Synthesise, store: Path, more: str) -> None:
    """Of what is another thing tomorrow, or did not work."""
    synthesise("first", str(store), more=more)
    assert list(store.iterdir()) == []


def test_who_is_trusted_is_part_of_the_question(
    synthesise: Synthesise, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written where the endpoint was named outside the file is no answer elsewhere."""
    monkeypatch.setenv("CLASSIC_RESCUE_ENDPOINT", "http://127.0.0.1:1111/rest/v3.1/")
    done, _ = synthesise("first", str(store), trusted="")
    assert done.returncode == 0, done.stderr
    monkeypatch.delenv("CLASSIC_RESCUE_ENDPOINT")
    refused, files = synthesise("second", str(store), trusted="")
    assert refused.returncode == 1
    assert "only the fleet file names '127.0.0.1'" in refused.stderr
    assert files == {}


def test_what_is_new_is_asked(synthesise: Synthesise, store: Path) -> None:
    """Another fleet is another question."""
    synthesise("first", str(store))
    _, files = synthesise("second", str(store), more=", reason: CHG-2")
    assert "CHG-2" in "".join(files.values())
    assert len(list(store.iterdir())) == 2
