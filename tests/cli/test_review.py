"""`classic-rescue review`: plans from files, every report, exit codes,
and what is typed wrong at night.
"""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result

from classic_rescue.cli.plans.showing import show_review
from classic_rescue.cli.terminal import output
from classic_rescue.review.review import Review
from tests.unit.review import golden
from tests.unit.review.building import Json, created, document, kept, order, removed, replaced
from tests.unit.review.examples import EXAMPLES, hostile

Run = Callable[..., Result]
ROOT = Path(__file__).parents[2]
FLEET = "devices:\n  web-1: {virtual_guest: 1, boot: rescue}\n"
PROTECTED = f"policy: {{protected: [web-*]}}\n{FLEET}"


@pytest.fixture
def plan(project: Path) -> Callable[..., str]:
    """Write a fleet file and a plan into the project; the plan's name."""

    def write(*devices: list[Json], fleet: str = FLEET, name: str = "fleet-0.json") -> str:
        (project / "fleet.yaml").write_text(fleet)
        (project / name).write_text(json.dumps(document(*devices)))
        return name

    return write


def test_nothing_to_do_is_0(run: Run, plan: Callable[..., str]) -> None:
    """One line that says so, and how many devices it is about."""
    ended = run("review", plan(kept(order())))
    assert (ended.exit_code, ended.stdout) == (
        0,
        "1 device not touched\npolicy in force: none\nno device restarts: clean\n",
    )


def test_a_restart_that_is_allowed_is_2(run: Run, plan: Callable[..., str]) -> None:
    """The device, what happens to it and why; the sum stands last, next to the prompt."""
    ended = run("review", plan(created(order())))
    assert ended.exit_code == 2
    assert ended.stdout.splitlines()[0] == (
        "web-1: not deployed yet → rescue: goes down and enters rescue, usually about 5 min;"
        " declared for the first time; virtual_guest/1"
    )
    assert ended.stdout.splitlines()[-1] == "1 device goes down: allowed"


def test_what_is_not_understood_is_1(run: Run, project: Path) -> None:
    """One sentence a plan, with its name: all of them, not only the first."""
    (project / "fleet.yaml").write_text(FLEET)
    (project / "a.json").write_text("{")
    (project / "b.plan").write_bytes(b"PK\x03\x04\xff\xfe")
    (project / "c.json").write_bytes(b'{"format_version": "\xff"}')
    plans = ("a.json", "b.plan", "c.json", "d.json", ".")
    ended = run("review", *plans)
    said = " ".join(ended.stderr.split())
    assert ended.exit_code == 1
    for sentence in (
        "a.json: the JSON ends in the middle",
        "b.plan: this is Terraform's binary plan file; write it with `terraform show -json",
        "c.json: this is not text in UTF-8",
        "d.json: the plan cannot be read: No such file or directory",
        ".: the plan cannot be read: Is a directory",
    ):
        assert sentence in said
    assert "nothing is judged" in ended.stdout


def test_a_file_that_is_much_too_large_is_not_read(run: Run, project: Path) -> None:
    """500 MB: refused, and only the first part of it was read."""
    (project / "fleet.yaml").write_text(FLEET)
    with (project / "huge.json").open("wb") as file:
        file.write(b"{")
        file.truncate(500_000_000)
    ended = run("review", "huge.json")
    assert ended.exit_code == 1
    assert "huge.json: too large for a plan of one stack; allowed: at most 100 MB" in " ".join(
        ended.stderr.split()
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_encodings_of_shells_are_read(
    run: Run, plan: Callable[..., str], encoding: str
) -> None:
    """PowerShell's `>` writes UTF-16 or a byte order mark."""
    path = Path(plan(kept(order())))
    path.write_text(path.read_text(), encoding=encoding)
    assert run("review", str(path)).exit_code == 0


def test_standard_input_is_read(run: Run, plan: Callable[..., str]) -> None:
    """`terraform show -json PLANFILE | classic-rescue review -`."""
    ended = run("review", "-", input=Path(plan(created(order()))).read_text())
    assert ended.exit_code == 2
    assert "standard input: the plan is empty" in run("review", "-", input="").stderr


def test_a_fleet_file_that_is_wrong_is_1(run: Run, plan: Callable[..., str]) -> None:
    """With its line, as `validate` says it."""
    ended = run(
        "review", plan(kept(order()), fleet="devices:\n  web-1: {virtual_guest: x, boot: rescue}\n")
    )
    assert ended.exit_code == 1
    assert "fleet.yaml:2" in ended.stderr


def test_missing_stacks_need_a_word(run: Run, plan: Callable[..., str]) -> None:
    """Refused by name; with --partial reviewed, and said loudly."""
    name = plan(
        name="fleet-0.json", fleet="shards: 2\ndevices: {web-1: {virtual_guest: 1, boot: rescue}}"
    )
    refused = run("review", name)
    assert refused.exit_code == 1
    assert "no plan is given for fleet-1" in " ".join(refused.stderr.split())
    partial = run("review", "--partial", name)
    assert partial.exit_code == 0
    assert "NOT ALL STACKS: no plan was given for fleet-1" in partial.stdout


def test_all_reports_at_once(run: Run, plan: Callable[..., str], project: Path) -> None:
    """Each in its file, whole, with no left-over beside it."""
    name = plan(created(order()))
    before = set(os.listdir(project))
    reports = ("--markdown=r.md", "--json=r.json", "--junit=r.xml", "--sarif=r.sarif")
    ended = run("review", name, *reports)
    assert ended.exit_code == 2
    assert set(os.listdir(project)) - before == {"r.md", "r.json", "r.xml", "r.sarif"}
    assert Path("r.md").read_text().startswith("<!-- classic-rescue review -->\n")
    assert json.loads(Path("r.json").read_text())["verdict"] == "restarts"
    assert json.loads(Path("r.sarif").read_text())["version"] == "2.1.0"
    assert "<testsuites" in Path("r.xml").read_text()


def test_json_without_a_file_is_printed_alone(run: Run, plan: Callable[..., str]) -> None:
    """Standard output is JSON and nothing else; people read the rest on standard error."""
    ended = run("review", plan(created(order())), "--json")
    assert json.loads(ended.stdout)["counts"]["going_down"] == 1
    assert ended.stderr.splitlines()[-1] == "1 device goes down: allowed"


def test_an_older_report_never_stays(run: Run, plan: Callable[..., str]) -> None:
    """A comment that still says `clean` beside a plan that is not understood would mislead:
    it is written again.
    """
    name = plan(kept(order()))
    Path("r.md").write_text("an older one")
    Path(name).write_text("{")
    assert run("review", name, "--markdown=r.md", "--json=r.json").exit_code == 1
    assert "not understood" in Path("r.md").read_text()
    assert json.loads(Path("r.json").read_text())["problems"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["PLAN", "--json", "other.json"],
            "other.json: this is a Terraform plan, which a report would replace",
        ),
        (["PLAN", "--json", "PLAN"], "this is read, or gets another report already"),
        (["PLAN", "--markdown", "fleet.yaml"], "fleet.yaml: this is read"),
        (
            ["PLAN", "--markdown", "r", "--junit", "./r"],
            "r: this is read, or gets another report already",
        ),
        (
            ["PLAN", "--markdown", "-", "--json", "-"],
            "-: this is read, or gets another report already",
        ),
        (["PLAN", "--break-glass", " "], "--break-glass: no reason is given"),
        (["PLAN", "--break-glass", "\u3164"], "--break-glass: no reason is given"),
        (["PLAN", "--at", "tomorrow"], "--at: "),
        (["PLAN", "--at", "2026-11-25 12:00"], "--at: "),
        ([], "Missing argument 'PLAN.json...'"),
    ],
)
def test_what_is_typed_wrong_changes_no_file(
    run: Run, plan: Callable[..., str], project: Path, arguments: list[str], said: str
) -> None:
    """A report in the place of a plan, of the fleet file or of another report;
    a time that is none.
    """
    name = plan(created(order()))
    (project / "other.json").write_text(json.dumps(document(kept(order()))))
    before = {path.name: path.read_text() for path in project.glob("*.*") if path.is_file()}
    ended = run("review", *[name if word == "PLAN" else word for word in arguments])
    assert ended.exit_code == 1
    assert said in " ".join(ended.stderr.split())
    assert {path.name: path.read_text() for path in project.glob("*.*") if path.is_file()} == before


def test_a_report_that_cannot_be_written_is_a_sentence(run: Run, plan: Callable[..., str]) -> None:
    """A folder that is not there."""
    ended = run("review", plan(created(order())), "--markdown", "nowhere/r.md")
    assert ended.exit_code == 1
    assert "nowhere/r.md: the report cannot be written: No such file or directory" in ended.stderr


def test_a_full_disk_leaves_the_older_report_whole(
    run: Run, plan: Callable[..., str], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a report is worse than an old one."""

    def full(path: Path, content: bytes) -> int:
        with path.open("wb") as file:
            file.write(content[:10])
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    name = plan(created(order()))
    Path("r.md").write_text("an older one")
    monkeypatch.setattr(Path, "write_bytes", full)
    ended = run("review", name, "--markdown", "r.md")
    assert ended.exit_code == 1
    assert "r.md: the report cannot be written: No space left on device" in ended.stderr
    assert Path("r.md").read_text() == "an older one"
    assert not list(project.glob(".r.md*"))


def test_what_is_no_file_is_written_to_and_not_replaced(
    run: Run, plan: Callable[..., str], tmp_path: Path
) -> None:
    """`--junit /dev/null` must not turn /dev/null into a file (a pipe stands for it here);
    a link is followed.
    """
    name = plan(created(order()))
    os.mkfifo("pipe")
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    Path("link.md").symlink_to(tmp_path / "real.md")
    assert run("review", name, "--junit=pipe", "--markdown=link.md").exit_code == 2
    assert os.read(reader, 100_000).startswith(b"<?xml")
    os.close(reader)
    assert Path("pipe").is_fifo()
    assert Path("link.md").is_symlink()
    assert (tmp_path / "real.md").is_file()


def test_the_moment_decides_about_time_limits(run: Run, plan: Callable[..., str]) -> None:
    """A plan that is good now is refused for a time at which a limit will be over."""
    text = "devices:\n  web-1: {virtual_guest: 1, boot: rescue, until: '2999-01-01T00:00:00Z'}\n"
    name = plan(kept(order()), fleet=text)
    assert run("review", name).exit_code == 0
    late = run("review", name, "--at", "2999-01-02T00:00:00Z")
    assert late.exit_code == 1
    assert "its time limit 2999-01-01 00:00:00+00:00 is over" in " ".join(late.stderr.split())


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (PROTECTED, 3, "refused: protected fleet.yaml:3: web-1 is protected"),
        (
            f"policy: {{require_reason: 'CHG-[0-9]+'}}\n{FLEET}",
            3,
            "refused: require_reason fleet.yaml:3",
        ),
        (f"policy: {{max_down: 1}}\n{FLEET}", 2, "1 device goes down: allowed"),
    ],
)
def test_the_policy_of_the_file_decides(
    run: Run, plan: Callable[..., str], text: str, code: int, said: str
) -> None:
    """Refused is 3, with the rule, the line and what to do."""
    ended = run("review", plan(created(order()), fleet=text))
    assert ended.exit_code == code
    assert said in " ".join(ended.stdout.split())


def test_a_broken_glass_makes_refused_allowed_and_loud(run: Run, plan: Callable[..., str]) -> None:
    """2 instead of 3; the findings are still there."""
    ended = run("review", plan(created(order()), fleet=PROTECTED), "--break-glass", "CHG-9")
    assert ended.exit_code == 2
    assert "overridden: protected fleet.yaml:3" in ended.stdout
    assert "1 finding overridden" in " ".join(ended.stdout.split())


WINDOWS = "policy: {windows: [{days: %s, from: '22:00', to: '06:00', zone: UTC}]}\n" + FLEET


def test_windows_are_judged_at_the_moment_of_the_apply(run: Run, plan: Callable[..., str]) -> None:
    """Refused at noon, allowed at night, and allowed at the moment when the next window opens."""
    name = plan(created(order()), fleet=WINDOWS % "daily")
    assert run("review", name, "--at", "2026-11-25T12:00:00Z").exit_code == 3
    assert run("review", name, "--at", "2026-11-25T23:00:00Z").exit_code == 2
    ended = run("review", name, "--at=window", "--json")
    assert ended.exit_code == 2
    assert json.loads(ended.stdout)["at"]


def test_without_windows_any_moment_will_do(run: Run, plan: Callable[..., str]) -> None:
    """The next window is now."""
    assert run("review", plan(created(order())), "--at", "window").exit_code == 2


def test_a_broken_glass_is_said_without_a_policy_too(
    run: Run, plan: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The option or the environment; the reason is shown."""
    name = plan(kept(order()))
    monkeypatch.setenv("CLASSIC_RESCUE_BREAK_GLASS", "CHG-9")
    assert (
        "BREAK GLASS: the policy is set aside (CHG-9, for this run)" in run("review", name).stdout
    )
    assert (
        "set aside (CHG-10, for this run)" in run("review", name, "--break-glass", "CHG-10").stdout
    )


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_the_terminal_shows_what_it_showed(
    example: Callable[[], Review], capsys: pytest.CaptureFixture[str]
) -> None:
    """What operators got used to changes only on purpose."""
    show_review(example(), err=True)
    shown = capsys.readouterr().err
    assert shown == golden.expected(example.__name__, "txt", shown)


def test_nothing_hostile_steers_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line a device, however long: no escape, no line break and no text direction from
    elsewhere reaches it.
    """
    monkeypatch.setattr(output, "stdout_is_terminal", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    found = hostile()
    odd = tuple(change._replace(name=f"{change.name}\u202e\r\x9b2J") for change in found.changes)
    show_review(replace(found, changes=odd), err=False)
    lines = capsys.readouterr().out.splitlines()
    assert all(line.isprintable() for line in lines)
    assert sum(line.startswith(odd[0].name[:5]) for line in lines) >= len(found.shown)


def test_a_name_that_no_stack_writes_is_refused(run: Run, plan: Callable[..., str]) -> None:
    """A state that was edited by hand: what stands in it is said, harmlessly."""
    ended = run("review", plan(removed(order(name="\x1b[31mred")), fleet="devices: {}"))
    assert ended.exit_code == 1
    assert "name: '\\x1b[31mred'; allowed: one line without control" in " ".join(
        ended.stderr.split()
    )


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "utf-8"])
def test_a_terminal_that_has_no_arrow_still_gets_its_review(
    plan: Callable[..., str], encoding: str
) -> None:
    """What its encoding lacks is written as an escape, which is JSON, too; it is no defect."""
    name = plan(replaced(order(boot="os"), order()))
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "constructs"), "PYTHONIOENCODING": encoding}
    command = [sys.executable, "-m", "classic_rescue.cli", "review", name]
    done = subprocess.run(command, env=environ, capture_output=True, check=False)
    assert done.returncode == 2, done.stderr
    assert done.stdout.splitlines()[-1] == b"1 device goes down: allowed"
    told = subprocess.run([*command, "--json"], env=environ, capture_output=True, check=False)
    assert json.loads(told.stdout)["devices"][0]["why_text"] == "changed in the file: os → rescue"


@pytest.mark.slow
def test_it_starts_fast(plan: Callable[..., str], project: Path) -> None:
    """What only other commands need is not imported: no HTTP, no cdktf, no rich."""
    name = plan(created(order()))
    code = (
        "import sys; from classic_rescue.cli.app import app\n"
        f"try: app.main(['review', '{name}'])\n"
        "except SystemExit as end:"
        " print(end.code, sorted({'jsii', 'cdktf', 'rich', 'urllib3'} & set(sys.modules)))"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "constructs")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "2 []"
