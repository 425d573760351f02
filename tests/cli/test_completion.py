"""Completion, in real shells: what the Tab key does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]
BIN = Path(sys.executable).parent

# The word that stands last is completed; each shell prints what it would offer.
BASH = """\
eval "$(classic-rescue completion bash)"
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
compopt() {{ :; }}
_classic_rescue_completion classic-rescue
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
FISH = """\
classic-rescue completion fish | source
complete -C {line} | string replace -r '\\t.*' ''
"""
ZSH = """\
compdef() {{ : }}
_describe() {{ local name=$3; print -l -- ${{${{(P)name}}%%:*}} }}
compadd() {{ local name=$5; print -l -- ${{(P)name}} }}
eval "$(classic-rescue completion zsh)"
words=({words}); CURRENT=${{#words}}
_classic_rescue_completion
"""


def quoted(words: tuple[str, ...]) -> str:
    """As elements of a shell's list."""
    return " ".join(f"'{word}'" for word in words)


def offered(shell: str, *words: str) -> list[str]:
    """What a shell offers for the last of these words; it may say nothing on standard error."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    line = "classic-rescue " + " ".join(words)
    script = {"bash": BASH, "zsh": ZSH, "fish": FISH}[shell].format(
        words=quoted(("classic-rescue", *words)), line=f"'{line}'"
    )
    plain = {"bash": "--norc", "zsh": "-f", "fish": "--no-config"}[shell]
    environ = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    ended = subprocess.run(
        [program, plain, "-c", script], env=environ, capture_output=True, text=True, check=False
    )
    assert ended.stderr == ""
    return sorted(line for line in ended.stdout.splitlines() if line)


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_completes(shell: str, project: Path) -> None:
    """Commands, options, their words, and devices of the file, also from a folder below it."""
    (below := project / "below").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(below)
        assert offered(shell, "st") == ["status"]
        assert offered(shell, "status", "--on") == ["--only"]
        assert {"table", "wide", "json", "csv"} <= set(offered(shell, "status", "-o", ""))
        assert offered(shell, "access", "") == ["app-1", "web-1"]
        assert offered(shell, "status", "web-1", "") == ["app-1"]


def completed(words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """What the command itself answers to a shell."""
    asked = {"_CLASSIC_RESCUE_COMPLETE": "bash_complete", "COMP_WORDS": f"classic-rescue {words}"}
    asked["COMP_CWORD"] = str(len(words.split(" ")))
    return subprocess.run(
        [BIN / "classic-rescue"],
        env={**os.environ, **asked, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "fleet",
    [
        None,
        "",
        "[",
        "devices: [a]",
        "devices: {1: 2}",
        "- a",
        "devices:\n  &x a: *x",
        "\0",
        "[" * 999,
    ],
)
def test_a_fleet_file_that_cannot_be_read_offers_nothing(project: Path, fleet: str | None) -> None:
    """A shell has no place for an error."""
    if fleet is None:
        (project / "fleet.yaml").unlink()
    else:
        (project / "fleet.yaml").write_text(fleet)
    ended = completed("status w")
    assert (ended.stderr, ended.stdout.strip()) == ("", "")


def test_what_is_mistyped_is_no_error(project: Path) -> None:
    """A command or an option that is not there, or a variable of a shell that nobody knows."""
    assert completed("statsu w").stderr == ""
    assert completed("status --nonsense w").stderr == ""
    assert completed("status w", COMP_CWORD="x").stderr == ""
    assert completed("status w", _CLASSIC_RESCUE_COMPLETE="ksh_complete").stderr == ""


def test_another_fleet_file_is_read(project: Path) -> None:
    """The one that the line names."""
    (project / "other.yaml").write_text("devices: {db-9: {hardware: 1, boot: os}}\n")
    assert completed("status --fleet other.yaml d").stdout == "plain,db-9\n"


def test_it_loads_little_and_asks_nobody(project: Path) -> None:
    """Neither what checks fleet files nor what talks to the service, and no mock is started."""
    code = (
        "import sys; from classic_rescue.cli.app import app\n"
        "try: app(prog_name='classic-rescue')\n"
        "except SystemExit: pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    words = {"COMP_WORDS": "classic-rescue status w", "COMP_CWORD": "2"}
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "_CLASSIC_RESCUE_COMPLETE": "bash_complete", **words},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == "plain,web-1\n"
    assert not {"pydantic", "rich", "cdktf", "asyncssh"} & set(ended.stderr.split())
    assert not (project / ".classic-rescue").exists()


def test_only_known_shells(run: Run) -> None:
    """Any other is told what is allowed."""
    ended = run("completion", "ksh")
    assert ended.exit_code == 1
    assert "'bash', 'zsh', 'fish'" in ended.stderr
