"""`classic-rescue init`: a folder in which every command works."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from email.message import Message
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import Result

from classic_rescue.boot.states import Kind
from classic_rescue.cli.commands.import_devices import as_yaml
from classic_rescue.cli.session import new_jobs
from classic_rescue.cli.session.new_project import Device, files_of
from classic_rescue.fleet import parse_fleet
from tests.cli.conftest import ROOT
from tests.patience import PATIENCE_S
from tests.unit.fleet.asking import NOW

Run = Callable[..., Result]
FILES = {
    "fleet.yaml",
    "policy.yaml",
    "fleet.schema.json",
    "cdktf.json",
    "package.json",
    ".gitignore",
    ".pre-commit-config.yaml",
    "README.md",
}


SHA = "3d3c42e5aac5ba805825da76410c181273ba90b1"
JOBS = {
    "github": {
        ".github/workflows/apply.yml",
        ".github/workflows/plan.yml",
        ".github/workflows/schedule.yml",
    },
    "gitlab": {".gitlab-ci.yml"},
    "atlantis": {"atlantis.yaml"},
}


class Package(NamedTuple):
    """What an installer has noted of the package."""

    metadata: Message
    version: str = "1.2.3"
    origin: str | None = None

    def read_text(self, name: str) -> str | None:
        """A file beside the metadata."""
        return self.origin if name == "direct_url.json" else None


def package(*urls: str, origin: object = None) -> Package:
    """A package with such addresses in its metadata, installed from such an origin."""
    metadata = Message()
    for url in urls:
        metadata["Project-URL"] = url
    return Package(metadata, origin=json.dumps(origin) if origin else None)


@pytest.fixture
def empty(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with nothing in it."""
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def a_device(name: str, number: int, about: str = "", **more: Any) -> Device:
    """One of the account."""
    facts = {"kind": Kind.HARDWARE, "place": "dal13", **more}
    return Device(name=name, id=number, about=about, **facts)


def fleet(devices: list[Device] | None) -> str:
    """The fleet file of these devices."""
    return files_of(devices, project_id="p", schema="{}", yaml=as_yaml)["fleet.yaml"]


def test_what_it_writes_is_right(empty: Path, run: Run) -> None:
    """The file that it begins with keeps to its own policy; nothing is there beside it."""
    assert run("init").exit_code == 0
    assert {path.name for path in empty.iterdir()} == FILES
    assert {path.stat().st_mode & 0o777 for path in empty.iterdir()} == {0o644}
    assert run("validate").exit_code == 0
    ids = {json.loads((empty / "cdktf.json").read_text())["projectId"]}
    assert run("init", "other").exit_code == 0
    ids.add(json.loads((empty / "other" / "cdktf.json").read_text())["projectId"])
    assert len(ids) == 2


@pytest.mark.slow
def test_devices_of_the_account_are_declared_as_they_are(empty: Path, run: Run, mock: Any) -> None:
    """What `boot: os` would restart is left out, and told."""
    mock.act("SoftLayer_Virtual_Guest/124929698/executeRescueLayer")
    ended = run("init", "--from-account")
    assert ended.exit_code == 0, ended.output
    assert "6 of 8 devices of the account are declared" in ended.stdout
    text = (empty / "fleet.yaml").read_text()
    assert "# web-1 (virtual_guest/124929698): rescue; last transaction" in text
    assert "# off-1 (virtual_guest/124929714): " in text
    assert "  app-1: {virtual_guest: 124929706, boot: os}  # app-1.example.com, 198" in text
    assert run("status").exit_code == 0
    mock.control_call("DELETE", "journal")
    assert run("deploy", "--yes").exit_code == 0
    assert mock.changes() == []


def test_nothing_is_overwritten(empty: Path, run: Run) -> None:
    """What is missing is written, and the rest named."""
    (empty / "fleet.yaml").write_text("devices: {}\n")
    (empty / "README.md").symlink_to(empty / "nowhere")
    ended = run("init")
    assert ended.exit_code == 0
    told = " ".join(ended.stdout.split())
    assert "left as they are: fleet.yaml, README.md" in told
    assert (empty / "fleet.yaml").read_text() == "devices: {}\n"
    assert not (empty / "nowhere").exists()
    assert not list(empty.glob("*.new"))


def test_an_upgrade_shows_and_writes_nothing(empty: Path, run: Run) -> None:
    """The user's own files and the project's id are no difference."""
    run("init")
    assert run("init", "--upgrade").exit_code == 0
    (empty / "fleet.yaml").write_text("devices: {}\n")
    (empty / "package.json").write_text("{}\n")
    (empty / ".gitignore").unlink()
    ended = run("init", "--upgrade")
    assert ended.exit_code == 2
    assert "-{}" in ended.stdout
    assert "+.classic-rescue/" in ended.stdout
    assert "fleet.yaml" not in ended.stdout
    assert not (empty / ".gitignore").exists()


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_what_is_no_folder_is_refused(empty: Path, run: Run, name: str) -> None:
    """In words."""
    (empty / "file").write_text("")
    ended = run("init", name)
    assert ended.exit_code == 1
    assert f"{name}: cannot be made" in ended.stderr


def test_names_of_devices_can_be_anything() -> None:
    """YAML reads each as what it is; nothing in a comment ends it."""
    names = ["no", "1", "a", "null", "x-1.example"]
    devices = [
        a_device(name, number, "a\nb: {boot: rescue}", kind=Kind.VIRTUAL_GUEST)
        for number, name in enumerate(names, 1)
    ]
    devices.append(a_device("away", 9, why_not="x\nboot: rescue"))
    found = parse_fleet(
        fleet(devices), source="fleet.yaml", now=NOW, beside=lambda name: (name, "{}")
    )
    assert [entry.order.name for entry in found.devices] == names
    assert {str(entry.declared) for entry in found.devices} == {"os"}


def test_many_devices_have_stacks_enough() -> None:
    """And room for some more."""
    devices = [a_device(f"d-{number}", number) for number in range(1, 1001)]
    found = parse_fleet(
        fleet(devices), source="fleet.yaml", now=NOW, beside=lambda name: (name, "{}")
    )
    assert (len(found.devices), found.shards) == (1000, 13)


def test_nobody_to_declare_is_said() -> None:
    """An account without devices is another thing than one that nobody has looked at."""
    assert "shows no device to this user" in fleet([])
    assert "shows no device" not in fleet(None)
    for text in (fleet([]), fleet(None)):
        assert (
            parse_fleet(text, source="f", now=NOW, beside=lambda name: (name, "{}")).devices == ()
        )


@pytest.mark.slow
def test_the_command_line_of_cdktf_works_there(empty: Path, run: Run) -> None:
    """With the file that it has for it, and what npm would install."""
    run("init")
    (empty / "node_modules").symlink_to(ROOT / "node_modules")
    environ = {**os.environ, "HOME": str(empty), "CI": "1", "CHECKPOINT_DISABLE": "1"}
    environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    node = shutil.which("node", path=environ["PATH"])
    assert node
    done = subprocess.run(
        [str(empty / "node_modules" / ".bin" / "cdktf"), "synth"],
        cwd=empty,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (empty / "cdktf.out" / "stacks" / "fleet-0" / "cdk.tf.json").is_file()


@pytest.mark.parametrize("forge", JOBS)
def test_jobs_of_a_forge(empty: Path, run: Run, forge: str) -> None:
    """Beside what every fleet has; what only the user knows is left open, and said, each time."""
    source = [] if forge == "atlantis" else ["--source", f"acme/classic-rescue@{SHA}"]
    words = ["--forge", forge, *source]
    ended = run("init", *words)
    assert ended.exit_code == 0, ended.output
    found = {str(path.relative_to(empty)) for path in empty.rglob("*") if path.is_file()}
    assert found == FILES | JOBS[forge] | {"CODEOWNERS", "requirements.txt"}
    assert "@owners.invalid" in (empty / "CODEOWNERS").read_text()
    for told in (ended, run("init", *words)):
        said = " ".join(told.stderr.split())
        assert "CODEOWNERS is not finished: it names nobody" in said
        assert "requirements.txt is not finished: put the hash" in said
        assert "can be moved" not in said
    (empty / "CODEOWNERS").write_text("* @acme/night-shift\n")
    again = run("init", *words)
    assert "CODEOWNERS is not" not in again.stderr
    assert (empty / "CODEOWNERS").read_text() == "* @acme/night-shift\n"
    assert run("validate").exit_code == 0


def test_without_a_forge_it_says_so(empty: Path, run: Run) -> None:
    """Nobody waits for jobs that nobody has written."""
    assert "no jobs are written; --forge github" in run("init").stdout


@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_jobs_must_know_where_to_call(empty: Path, run: Run, forge: str) -> None:
    """No repository is guessed, and nothing is written before."""
    ended = run("init", "--forge", forge)
    assert ended.exit_code == 1
    assert f"--forge {forge} needs --source OWNER/REPO@REF" in ended.stderr
    wrong = run("init", f"--forge={forge}", "--source=classic-rescue")
    assert wrong.exit_code == 1
    assert "--source classic-rescue: not understood; allowed: OWNER/REPO@REF" in wrong.stderr
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize(
    "source",
    [
        "a/../b@v1",
        "./.@v1",
        "a/b@-v",
        "a/b@v..w",
        "\N{LATIN SMALL LETTER E WITH ACUTE}/b@v1",
        "a/b/c@v1",
    ],
)
def test_a_source_that_no_forge_has_is_refused(empty: Path, run: Run, source: str) -> None:
    """A job that calls from there would only fail after the merge."""
    ended = run("init", "--forge=github", f"--source={source}")
    assert ended.exit_code == 1
    assert f"--source {source}: not understood; allowed: OWNER/REPO@REF" in ended.stderr
    assert list(empty.iterdir()) == []


def test_the_next_line_can_be_typed(empty: Path, run: Run) -> None:
    """A folder's name is quoted where a shell would take it apart."""
    assert "next: cd 'my fleet', then" in run("init", "my fleet").stdout


def test_a_source_without_a_use_is_refused(empty: Path, run: Run) -> None:
    """Whoever gives it means a forge."""
    for words in ([], ["--forge", "atlantis"], ["--forge", "none"]):
        ended = run("init", *words, "--source", "acme/classic-rescue@v1")
        assert ended.exit_code == 1
        assert "allowed: --source with --forge github or gitlab" in ended.stderr


def test_a_tag_can_be_moved(empty: Path, run: Run) -> None:
    """It may be given, and what that means is said."""
    ended = run("init", "--forge=github", "--source=acme/classic-rescue@v0.1.0")
    assert ended.exit_code == 0
    assert "note: v0.1.0 can be moved by whoever may write to" in ended.stderr
    assert "fleet-plan.yml@v0.1.0\n" in (empty / ".github/workflows/plan.yml").read_text()


def test_the_package_may_name_its_repository(
    empty: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the tag of its version there is meant; one of another forge is none."""
    known = package("Homepage, https://example.com", "Repository, https://github.com/Acme/cr.git")
    monkeypatch.setattr(new_jobs, "distribution", lambda name: known)
    assert run("init", "--forge", "github").exit_code == 0
    text = (empty / ".github/workflows/apply.yml").read_text()
    assert "uses: Acme/cr/.github/workflows/fleet-apply.yml@v1.2.3\n" in text
    assert run("init", "other", "--forge", "gitlab").exit_code == 1


@pytest.mark.parametrize(
    "archive",
    [{"hashes": {"sha256": "ab12"}}, {"hash": "sha256=ab12"}, {}],
    ids=["hashes", "hash", "none"],
)
def test_the_hash_of_the_wheel_is_taken_over(
    empty: Path, run: Run, monkeypatch: pytest.MonkeyPatch, archive: dict[str, object]
) -> None:
    """Where the installer has noted it; else it is left open."""
    known = package(origin={"url": "file:///x.whl", "archive_info": archive})
    monkeypatch.setattr(new_jobs, "distribution", lambda name: known)
    run("init", "--forge", "atlantis")
    line = (empty / "requirements.txt").read_text().splitlines()[-1]
    assert line == f"classic-rescue==1.2.3 --hash=sha256:{'ab12' if archive else 'FILL-IN'}"


@pytest.mark.parametrize(
    ("forge", "project"),
    [("github", "acme/classic-rescue"), ("gitlab", "acme/group/classic-rescue")],
)
def test_an_upgrade_of_jobs_shows_what_is_newer(
    empty: Path, run: Run, monkeypatch: pytest.MonkeyPatch, *, forge: str, project: str
) -> None:
    """It sees which forge it is and where the jobs call from; a newer version is a line."""
    source = f"{project}@{SHA}"
    run("init", f"--forge={forge}", f"--source={source}")
    assert run("init", "--upgrade").exit_code == 0
    newer = run("init", "--upgrade", "--source", f"acme/classic-rescue@{'7' * 40}")
    assert newer.exit_code == 2
    assert f"@{SHA}" in newer.stdout or f'"{SHA}"' in newer.stdout
    assert "7777777" in newer.stdout
    monkeypatch.setattr(new_jobs, "distribution", lambda name: package())
    ended = run("init", "--upgrade")
    assert ended.exit_code == 2
    assert "+classic-rescue==1.2.3 --hash" in ended.stdout
    assert "CODEOWNERS" not in ended.stdout


def test_a_pipeline_of_others_is_none_of_ours(empty: Path, run: Run) -> None:
    """An upgrade looks at what `init` has written, and at nothing else."""
    run("init")
    (empty / ".gitlab-ci.yml").write_text("test: {script: [make]}\n")
    ended = run("init", "--upgrade")
    assert (ended.exit_code, ended.stdout) == (0, "nothing differs\n")
