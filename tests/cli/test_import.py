"""`classic-rescue import`: lines for devices that are in rescue or on an image already."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from classic_rescue.api.devices import DeviceId
from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.facts import Facts
from classic_rescue.boot.states import BootState, Kind
from classic_rescue.cli.commands.import_devices import Entry, Seen, entries_for
from classic_rescue.cli.session import fleet_text
from classic_rescue.fleet import adding

Run = Callable[..., Result]
WEB = 124929698
WIN = 124929702
APP = 124929706
OFF = 124929714
WRITE = ("--write", "--reason", "CHG-7")
IN_RESCUE = f"SoftLayer_Virtual_Guest/{WEB}/executeRescueLayer"


@pytest.fixture(autouse=True)
def fleet(project: Path) -> Path:
    """A fleet that names app-1 only, by its host name."""
    path = project / "fleet.yaml"
    path.write_text("# ours\ndevices:\n  app-1: {hostname: app-1, boot: os}  # leave it\n")
    return path


def sent(mock: Any) -> list[str]:
    """The requests that change a device since the last look."""
    rows = [
        row["method"] for row in mock.control_call("GET", "journal") if row["kind"] == "changing"
    ]
    mock.control_call("DELETE", "journal")
    return rows


def in_rescue(mock: Any) -> None:
    """Bring web-1 into rescue, past everything."""
    mock.act(IN_RESCUE)
    sent(mock)


@pytest.mark.parametrize(
    "name",
    [f"virtual_guest/{WEB}", "web-1", "web-1.example.com", "198.51.100.11", "ip/10.93.20.11"],
)
def test_the_lines_of_a_device_in_rescue(run: Run, mock: Any, fleet: Path, name: str) -> None:
    """By id, whatever it was called; with the evidence, and the reason open.

    Nothing is sent, the file is untouched.
    """
    in_rescue(mock)
    before = fleet.read_text()
    ended = run("import", name)
    assert ended.exit_code == 0, ended.output
    comment, *lines = ended.stdout.splitlines()
    assert comment.startswith("  # web-1.example.com, 198.51.100.11: rescue since 20")
    assert "last transaction" in comment
    assert lines == [
        "  web-1:",
        f"    virtual_guest: {WEB}",
        "    boot: rescue",
        '    reason: ""  # fill in why',
    ]
    assert sent(mock) == []
    assert fleet.read_text() == before


def test_write_adds_the_lines_and_the_fleet_is_as_desired(run: Run, mock: Any, fleet: Path) -> None:
    """Comments and format stay; the next status finds nothing to do; permissions stay,
    a link stays a link.
    """
    in_rescue(mock)
    real = fleet.rename(fleet.with_name("real.yaml"))
    real.chmod(0o640)
    fleet.symlink_to(real)
    ended = run("import", "web-1", "--write", '--reason=CHG-7 "disk" full: # 1')
    assert ended.exit_code == 0, ended.output
    text = fleet.read_text()
    assert text.startswith(
        "# ours\ndevices:\n  app-1: {hostname: app-1, boot: os}  # leave it\n  # web-1.example.com"
    )
    assert '    reason: "CHG-7 \\"disk\\" full: # 1"\n' in text
    assert (fleet.is_symlink(), real.stat().st_mode & 0o777) == (True, 0o640)
    assert sorted(path.name for path in fleet.parent.glob("*.new")) == []
    assert run("status").exit_code == 0
    assert sent(mock) == []
    again = run("import", "web-1", *WRITE)
    assert again.exit_code == 1
    assert "it is in the fleet already, as web-1 (fleet.yaml:5)" in " ".join(again.stderr.split())


def test_all_takes_every_stranger_that_is_down(run: Run, mock: Any, fleet: Path) -> None:
    """In rescue or on an image, and not in the file; what nobody knows is a note."""
    in_rescue(mock)
    mock.act(f"SoftLayer_Virtual_Guest/{WIN}/mountIsoImage", 34291701)
    mock.act(f"SoftLayer_Virtual_Guest/{APP}/executeRescueLayer")
    ended = run("import", "--all", "--json")
    assert ended.exit_code == 0, ended.output
    devices = json.loads(ended.stdout)["devices"]
    assert [(device["name"], device["boot"]) for device in devices] == [
        ("web-1", "rescue"),
        ("win-1", "image WindowsRescueStandalone.iso"),
    ]
    assert "off-1" in ended.stderr
    assert "what it runs is not known (powered off)" in " ".join(ended.stderr.split())
    written = run("import", "--all", *WRITE)
    assert written.exit_code == 0, written.output
    assert "    boot: {image: WindowsRescueStandalone.iso}" in fleet.read_text()
    assert run("status", "web-1", "win-1").exit_code == 0
    nothing = run("import", "--all")
    assert (nothing.exit_code, nothing.stdout) == (0, "")
    assert "no device outside the fleet is in rescue or on an image" in nothing.stderr


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            f"virtual_guest/{OFF}",
            "what it runs is not known (powered off), so a line for it could restart it",
        ),
        ("app-1", "it is in the fleet already, as app-1 (fleet.yaml:3)"),
        ("nobody", "no device has it"),
        ("virtual_guest/7", "Unable to find object with id of '7'"),
    ],
)
def test_what_cannot_be_imported_says_why(
    run: Run, mock: Any, fleet: Path, name: str, words: str
) -> None:
    """One bad name, and nothing is printed or written for the others."""
    in_rescue(mock)
    before = fleet.read_text()
    ended = run("import", "web-1", name, *WRITE)
    assert ended.exit_code == 1
    assert words in " ".join(ended.stderr.split())
    assert (ended.stdout, fleet.read_text()) == ("", before)


def test_a_device_in_motion_is_refused(run: Run, mock: Any) -> None:
    """Where it will be is not known before it is there."""
    mock.control_call("POST", "clock", {"pause": True})
    mock.start(IN_RESCUE)
    mock.control_call("POST", "clock", {"advance_s": 60})
    ended = run("import", "web-1")
    assert ended.exit_code == 1
    assert "import it once that has ended" in " ".join(ended.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "name devices, or say --all; not both"),
        (("web-1", "--all"), "name devices, or say --all; not both"),
        (("web-1", "--write"), "--write needs --reason TEXT"),
        (("web-1", "--write", "--reason", " "), "--write needs --reason TEXT"),
        (("web-1", "--write", "--reason", "\u3164"), "--write needs --reason TEXT"),
        (("web-1", "--write", "--reason", "a\nb"), "--write needs --reason TEXT"),
        (
            ("guest/1",),
            (
                "'guest/1' is not a device;"
                " allowed: virtual_guest, hardware, hostname, ip followed by /VALUE"
            ),
        ),
        (("web-1", f"virtual_guest/{WEB}"), "are one device"),
        (("web-1", "--until=tomorrow"), "--until tomorrow: this is not a time; allowed:"),
        (("web-1", "--until=2020-01-01T00:00:00Z"), "this time is over"),
    ],
)
def test_a_wrong_call(run: Run, mock: Any, arguments: tuple[str, ...], words: str) -> None:
    """One sentence, and nothing is done."""
    ended = run("import", *arguments)
    assert (ended.exit_code, words in ended.stderr) == (1, True), ended.output


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "devices: {app-1: {hostname: app-1, boot: os}}",
            "`devices` is written in braces on one line; nothing was",
        ),
        (
            "defaults: {until: 2020-01-01T00:00:00Z}\ndevices: {}",
            (
                "the file's defaults would bring web-1 to os at the next deploy,"
                " and it is seen as rescue"
            ),
        ),
    ],
)
def test_a_file_that_cannot_take_the_lines(
    run: Run, mock: Any, fleet: Path, text: str, words: str
) -> None:
    """It is left as it is; a line that would restart the device is never written."""
    in_rescue(mock)
    fleet.write_text(text)
    ended = run("import", "web-1", *WRITE)
    assert ended.exit_code == 1
    assert words in ended.stderr
    assert fleet.read_text() == text


def test_lines_that_the_files_own_policy_refuses_are_not_written(
    run: Run, mock: Any, fleet: Path
) -> None:
    """They would have every deploy of the file refused, the return of other devices included."""
    in_rescue(mock)
    before = "policy: {require_until: true, require_reason: 'CHG-[0-9]+'}\ndevices: {}\n"
    fleet.write_text(before)
    ended = run("import", "web-1", "--write", "--reason=just so")
    said = " ".join(ended.stderr.split())
    assert (ended.exit_code, fleet.read_text()) == (1, before)
    assert (
        "policy.require_reason: web-1 is declared rescue, and the reason 'just so' does not fit"
        in said
    )
    assert "policy.require_until: web-1 is declared rescue without an end" in said
    assert "fleet.yaml: with the new lines; nothing was written; add the lines by hand" in said
    words = ("--reason=CHG-1", "--until=2999-01-01T06:00:00+01:00")
    assert run("import", "web-1", "--write", *words).exit_code == 0
    assert "    until: 2999-01-01T06:00:00+01:00\n" in fleet.read_text()
    fleet.write_text(before)
    glass = {"CLASSIC_RESCUE_BREAK_GLASS": "CHG-9 outage"}
    assert run("import", "web-1", "--write", "--reason=just so", env=glass).exit_code == 0
    again = run("import", "win-1", "--write", "--reason=CHG-1")
    assert again.exit_code == 0, again.stderr  # what broke the policy before is not held against it


def test_a_file_that_changed_meanwhile_is_left_alone(
    run: Run, mock: Any, fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two people at once: the later one is asked to run again."""
    in_rescue(mock)
    real = fleet_text._compare

    def somebody_writes(*arguments: Any) -> None:
        real(*arguments)
        fleet.write_text("devices: {}\n")

    monkeypatch.setattr(fleet_text, "_compare", somebody_writes)
    ended = run("import", "web-1", *WRITE)
    assert ended.exit_code == 1
    assert "somebody has changed it meanwhile; nothing was written: run again" in ended.stderr
    assert fleet.read_text() == "devices: {}\n"
    assert list(fleet.parent.glob(".fleet*")) == []


def test_an_edit_that_would_change_another_device_is_never_written(
    run: Run, mock: Any, fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever went wrong with the text: the devices that
    were there are compared before and after.
    """
    in_rescue(mock)
    before = fleet.read_text()
    real = adding.with_devices

    def clumsy(text: str, blocks: Any) -> str:
        return real(text, blocks).replace("app-1, boot: os", "app-1, boot: rescue")

    monkeypatch.setattr(adding, "with_devices", clumsy)
    ended = run("import", "web-1", *WRITE)
    assert ended.exit_code == 1
    assert "the edit would change more than the new lines; nothing was written" in ended.stderr
    assert fleet.read_text() == before


def test_a_file_that_is_read_only_is_left_alone(
    run: Run, mock: Any, fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Replacing it needs no permission of the file itself;
    who took that away did not want it written.
    """
    in_rescue(mock)
    before = fleet.read_text()
    monkeypatch.setattr(
        os, "access", lambda path, mode: mode != os.W_OK
    )  # for root every file can be written
    ended = run("import", "web-1", *WRITE)
    assert ended.exit_code == 1
    assert "fleet.yaml: cannot be written: it is read-only; the file is as it was" in ended.stderr
    assert fleet.read_text() == before


def test_a_folder_that_cannot_be_written(
    run: Run, mock: Any, fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk leaves the file as it was, and no half file beside it."""
    in_rescue(mock)
    before = fleet.read_text()

    def full(path: Path, content: bytes) -> int:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    ended = run("import", "web-1", *WRITE)
    assert ended.exit_code == 1
    assert "No space left on device; the file is as it was" in ended.stderr
    assert fleet.read_text() == before
    assert list(fleet.parent.glob(".fleet*")) == []


def seen(number: int, hostname: str, image: str = "") -> Seen:
    """A guest on an image, or in rescue."""
    state = BootState.IMAGE if image else BootState.RESCUE
    facts = Facts(Kind.VIRTUAL_GUEST, number, hostname=hostname)
    return Seen(
        DeviceId(Kind.VIRTUAL_GUEST, number),
        facts,
        Observation(state, "e\x1b[31m\n# x", image=image, image_id=5),
    )


def test_names_are_free_and_can_be_names() -> None:
    """A host name that is taken, or cannot stand in the file, gets the id."""
    found = [
        seen(1, "web"),
        seen(2, "web"),
        seen(3, "bad name"),
        seen(4, ""),
        seen(5, "x" * 128),
        seen(6, "taken"),
    ]
    assert [entry.name for entry in entries_for(found, {"taken"})] == [
        "web",
        "web-2",
        "virtual_guest-3",
        "virtual_guest-4",
        "x" * 128,
        "taken-6",
    ]


@pytest.mark.parametrize(
    ("name", "image", "words"),
    [
        ("off", "", '"off":'),
        ("1e3", "", '"1e3":'),
        ("web", "a: {b} # c.iso", 'boot: {image: "a: {b} # c.iso"}'),
    ],
)
def test_what_yaml_would_read_otherwise_is_quoted(name: str, image: str, words: str) -> None:
    """Names such as `off`, images with signs; and no control character gets into a comment."""
    lines = Entry(name, seen(1, name, image)).lines("CHG-7")
    assert words in "\n".join(lines)
    assert all(line.isprintable() for line in lines)
