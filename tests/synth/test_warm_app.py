"""What tests are given by the warm app is what the app writes and says."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT, Mock
from tests.timekeeper import keeping_time
from tests.warm_app import APP, address, ask

pytestmark = pytest.mark.slow

FLEET = """\
endpoint: http://127.0.0.1:2222/rest/v3.1/
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
    every file below the output with its mode, with the folder's name taken out.
    """

    def run(
        name: str, *, is_warm: bool = True, more: str = "", trusted: str = HOST, **also: str
    ) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
        test = tmp_path / name
        project = test / "project"
        project.mkdir(parents=True)
        fleet = test / "fleet.yaml"
        fleet.write_text(FLEET.format(more=more))
        with keeping_time(fresh_mock, test / "steering", is_warm=is_warm) as steering:
            settings = {"CLASSIC_RESCUE_FLEET": str(fleet), "CLASSIC_RESCUE_TRUSTED_HOSTS": trusted}
            done = subprocess.run(
                [sys.executable, "-P", str(APP)],
                cwd=project,
                env={**os.environ, **steering, **settings, **also},
                capture_output=True,
                text=True,
                check=False,
            )
        files = {
            f"{path.relative_to(project)} {path.stat().st_mode:o}": path.read_text().replace(
                str(test), "<test>"
            )
            for path in project.rglob("*")
            if path.is_file()
        }
        done.stderr = done.stderr.replace(str(test), "<test>")
        return done, files

    return run


BREAK_GLASS = {"CLASSIC_RESCUE_BREAK_GLASS": "CHG-9 outage"}


@pytest.mark.parametrize(
    ("more", "also"),
    [
        ("", {}),
        (", until: 2099-01-01T00:00:00Z", {}),
        (", reason: CHG-2", BREAK_GLASS),
        ("", {"CDKTF_CONTEXT_JSON": '{"excludeStackIdFromLogicalIds": "true", "a": {"b": 1}}'}),
        ("", {"CDKTF_CONTEXT_JSON": "{"}),
        ("", {"CDKTF_OUTDIR": "another"}),
        ("", {"CDKTF_TARGET_STACK_ID": "fleet-1"}),
        (", boot: sleep", {}),
    ],
    ids=["plain", "time", "words", "context", "no context", "folder", "target", "refused"],
)
def test_it_is_what_the_app_writes(synthesise: Synthesise, more: str, also: dict[str, str]) -> None:
    """With the same modes, words and exit code."""
    warm, files = synthesise("warm", more=more, **also)
    real, real_files = synthesise("real", is_warm=False, more=more, **also)
    assert files == real_files
    assert (warm.returncode, warm.stdout, warm.stderr) == (
        real.returncode,
        real.stdout,
        real.stderr,
    )
    assert ("web-1" in "".join(files.values())) is (real.returncode == 0)


def test_one_after_another(synthesise: Synthesise) -> None:
    """Nothing of a fleet gets into the next one's."""
    first = synthesise("first")
    synthesise("second", more=", reason: CHG-2", **BREAK_GLASS)
    synthesise("third", trusted="")
    again, files = synthesise("fourth")
    assert files == first[1]
    assert again.stderr == first[0].stderr


def test_who_is_trusted_is_asked_each_time(
    synthesise: Synthesise, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written where the endpoint was named outside the file is no answer elsewhere."""
    monkeypatch.setenv("CLASSIC_RESCUE_ENDPOINT", "http://127.0.0.1:2222/rest/v3.1/")
    done, _ = synthesise("first", trusted="")
    assert done.returncode == 0, done.stderr
    monkeypatch.delenv("CLASSIC_RESCUE_ENDPOINT")
    refused, files = synthesise("second", trusted="")
    assert refused.returncode == 1
    assert "only the fleet file names '127.0.0.1'" in refused.stderr
    assert files == {}


def test_it_really_is_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the tests above would compare the app with itself. It is asked only what it can know."""
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text(FLEET.format(more=""))
    monkeypatch.setenv("CLASSIC_RESCUE_FLEET", str(fleet))
    monkeypatch.setenv("CLASSIC_RESCUE_TRUSTED_HOSTS", HOST)
    monkeypatch.chdir(tmp_path)
    assert ask(str(tmp_path / "nobody"), APP) is None
    assert ask(address(), ROOT / "cdktf.json") is None
    for name, value in (("CDKTF_TARGET_STACK_ID", "{}"), ("JSII_NODE", "/bin/true")):
        with monkeypatch.context() as other:
            other.setenv(name, value)
            assert ask(address(), APP) is None
    assert list(tmp_path.iterdir()) == [fleet]
    assert ask(address(), APP) == ""
    assert (tmp_path / "cdktf.out" / "manifest.json").exists()
