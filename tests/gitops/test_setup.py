"""What `make setup` and `make develop` install, without installing it."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from classic_rescue.installation import installer
from tests.gitops.conftest import ROOT, load

SetUp = Callable[..., list[list[str]]]


class Terminal(io.StringIO):
    """A person looks at it."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.fixture
def set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SetUp:
    """Run it in a folder with the lock files alone. Gives the commands that it ran; of a file with
    requirements the lines instead of its name.
    """
    setup = load("setup", monkeypatch)
    for name in ("Pipfile.lock", "pyproject.toml", "package-lock.json", "mock_api"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, tmp_path / name)
    (tmp_path / ".ci/cdktn").mkdir(parents=True)
    shutil.copy(ROOT / ".ci/cdktn/package-lock.json", tmp_path / ".ci/cdktn")
    packages = tmp_path / ".venv/lib/python3/site-packages"
    packages.mkdir(parents=True)
    (tmp_path / ".venv/bin").mkdir()
    (tmp_path / ".venv/bin/python").touch()
    ran: list[list[str]] = []

    def run(command: list[str], heard: Callable[[str], None]) -> None:
        given = command[-1]
        of_file = Path(given).read_text().splitlines() if given.endswith(".txt") else [given]
        ran.append([*command[1:-1], *of_file])

    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(setup, "BIN", tmp_path / ".venv/bin")
    monkeypatch.setattr(setup, "MOCK_FOLDER", tmp_path / ".venv/mock")
    monkeypatch.setattr(setup, "run", run)
    monkeypatch.setattr(setup, "compile_all", lambda *folders: None)
    monkeypatch.setattr(setup, "has_terraform", lambda: True)
    monkeypatch.setenv("PATH", "/usr/bin")  # without the uv of the checks

    def main(*more: str) -> list[list[str]]:
        ran.clear()
        assert setup.main(*more) == 0
        return list(ran)

    return main


def test_no_secret_of_a_job_reaches_an_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    """GitLab sets every variable of the project in every job: only what pip and npm need is handed
    on, whatever a secret is called.
    """
    setup = load("setup", monkeypatch)
    secrets = ("SL_API_KEY", "PG_CONN_STR", "TF_HTTP_PASSWORD", "AWS_SECRET_ACCESS_KEY",
               "GITLAB_TOKEN", "CI_JOB_TOKEN", "OUR_KEY", "PATHS", "IC_IAM_TOKEN")  # fmt: skip
    needed = ("HOME", "PIP_INDEX_URL", "https_proxy", "NO_PROXY", "npm_config_registry", "LC_ALL",
              "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")  # fmt: skip
    for name in (*secrets, *needed):
        monkeypatch.setenv(name, "x")
    told = setup.environment()
    assert not set(secrets) & set(told)
    assert set(needed) <= set(told)
    assert told["PATH"].startswith(f"{setup.BIN}:")
    programs = (ROOT / ".ci" / "setup.py", Path(str(installer.__file__)))
    for found in (path.read_text() for path in programs):
        started = found.count("subprocess.run(") + found.count("subprocess.Popen(")
        guarded = found.count("env=environment()") + found.count("env=for_an_installation(")
        assert started == guarded


def test_commands_need_no_command_line_of_cdktf(set_up: SetUp) -> None:
    """Only the packages of the commands, each with its version and its hashes; and once."""
    categories = json.loads((ROOT / "Pipfile.lock").read_text())
    locked: dict[str, dict[str, str]] = {}
    for name in ("default", "node", "checkout", "build"):
        locked |= categories[name]
    environment, packages, _ = set_up()
    assert environment[:3] == ["-m", "venv", "--clear"]
    lines = packages[packages.index("-r") + 1 :]
    assert "--require-hashes" in packages
    assert {line.partition("==")[0] for line in lines} == set(locked)
    assert len(lines) == len(locked)
    for line in lines:
        lock = locked[line.partition("==")[0]]
        assert lock["version"] in line
        assert line.count("--hash=sha256:") == len(lock["hashes"])
        assert lock.get("markers", "") in line
    assert set_up() == []


def test_a_deploy_installs_no_tool_of_the_checks(set_up: SetUp) -> None:
    """`make deploy` needs what runs, `make test` all; the Makefile says which is which."""
    tools = {"pytest", "python-terraform", "mypy", "ruff", "hypothesis", "playwright", "uv"}
    _, packages, _ = set_up()
    assert not tools & {line.partition("==")[0] for line in packages}
    *_, packages = set_up("develop")
    assert tools <= {line.partition("==")[0] for line in packages}
    makefile = (ROOT / "Makefile").read_text()
    for target in ("deploy", "destroy", "status", "access", "validate", "drill"):
        assert f"\n{target}: setup ##" in makefile
    for target in ("test", "coverage", "quick", "lint", "types"):
        assert f"\n{target}: develop" in makefile


def test_uv_installs_from_the_same_lock(set_up: SetUp, tmp_path: Path) -> None:
    """Where it is on PATH: no pip is made for the environment, and no settings of the folder are
    read, which may be those of a pull request.
    """
    uv = tmp_path / "uv"
    uv.write_text("")
    uv.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        environment, packages, _ = set_up()
    assert "--without-pip" in environment
    assert packages[:3] == ["--no-config", "pip", "install"]
    assert "--require-hashes" in packages


def test_the_uv_of_the_checks_installs_nothing(set_up: SetUp, tmp_path: Path) -> None:
    """It lies in the environment that is made, and would go with the old one half-way."""
    uv = tmp_path / ".venv" / "bin" / "uv"
    uv.write_text("")
    uv.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{uv.parent}:/usr/bin")
        environment, packages, _ = set_up()
    assert "--without-pip" not in environment
    assert "--no-config" not in packages


def test_the_package_carries_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `make docs` writes beside the code is what Pipfile.lock says now."""
    setup = load("setup", monkeypatch)
    for name, folder in setup.WRITTEN.items():
        written = (folder / f"{name}.txt").read_text()
        assert written == "".join(setup.locked(name))


def test_a_line_grows_for_who_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each package that pip or uv names; nothing where nobody looks at a terminal."""
    setup = load("setup", monkeypatch)
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.delenv("CI", raising=False)
    with setup.Bar() as bar:
        for line in (
            "Collecting click==8.5.1 (from -r x)\n",
            "  Using cached\n",
            " + rich==14.3.3\n",
        ):
            bar.heard(line)
        assert "[##" in terminal.getvalue().rpartition("\r")[2]
        assert "2 packages, rich" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\033[K")
    monkeypatch.setenv("CI", "true")
    before = terminal.getvalue()
    with setup.Bar() as bar:
        bar.heard("Collecting click\n")
    assert terminal.getvalue() == before


def test_cdktf_comes_at_its_first_use(set_up: SetUp) -> None:
    """Its command line alone, of the lock file, and none of its packages runs a script."""
    set_up()
    (npm,) = set_up("cdktf")
    assert npm[:2] == ["ci", "--ignore-scripts"]
    assert set_up("cdktf") == []


def test_the_checks_need_all(set_up: SetUp) -> None:
    """The packages for them, and both command lines."""
    set_up()
    _, packages, cdktf, cdktn = set_up("develop", "cdktf", "cdktn")
    assert any(line.startswith("mypy==") for line in packages)
    assert Path(cdktn[-1]) == Path(cdktf[-1]) / ".ci/cdktn"
