"""From a path to a fleet: what can be wrong with the file itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from classic_rescue.fleet import Fleet, FleetErrors, LocalBackend, PgBackend, file, read_fleet
from classic_rescue.fleet.file import MAX_BYTES
from tests.unit.fleet.asking import NOW


def _read(path: Path | str, **environ: str) -> Fleet:
    return read_fleet(path, now=NOW, environ=environ)


def test_a_file_is_read_and_named_as_it_was_given(tmp_path: Path) -> None:
    """The source is the caller's path; a byte-order mark at the beginning does no harm."""
    path = tmp_path / "fleet.yaml"
    path.write_bytes(
        b"\xef\xbb\xbfdevices:\n  a: {virtual_guest: 1, boot: os, reason: \xc3\xbcber}\n"
    )
    fleet = _read(path)
    assert fleet.source == str(path)
    assert fleet.devices[0].order.reason == "über"


def _huge(path: Path) -> None:
    with path.open("wb") as huge:
        huge.truncate(50_000_000)


def _inside(path: Path) -> None:
    path.mkdir()
    (path / "fleet.yaml").touch()


def _loop(path: Path) -> None:
    path.symlink_to(path)


FILES: list[tuple[Callable[[Path], object], str]] = [
    (
        lambda path: None,
        "there is no such file; allowed: a YAML file; the shortest is the one line `devices: {}`",
    ),
    (lambda path: path.mkdir(), "this is a folder"),
    (os.mkfifo, "not a regular file"),
    (_huge, "the file has 50.0 MB, too much for a fleet; allowed: at most 10 MB"),
    (_loop, "cannot be read"),
    (lambda path: path.symlink_to("nowhere.yaml"), "a link to nowhere.yaml, which is not there"),
    (lambda path: path.with_name("fleet.yml").touch(), "fleet.yml?"),
    (lambda path: (path / "fleet.yaml").mkdir(parents=True), "name the file in the folder; `cd`"),
    (_inside, "name the file in the folder: "),
    (
        lambda path: path.write_bytes(b"devices: {}\n# caf\xe9\n"),
        "not UTF-8: the byte 0xe9 on line 2",
    ),
    (
        lambda path: path.write_bytes("devices: {}".encode("utf-16")),
        "not UTF-8: the byte 0xff on line 1",
    ),
    (
        lambda path: path.write_bytes("devices: {}".encode("utf-16")),
        "it looks like UTF-16; allowed: a YAML text in UTF-8; save the file as UTF-8",
    ),
    (lambda path: path.write_bytes("devices: {}".encode("utf-16-be")), "it looks like UTF-16"),
    (lambda path: path.write_bytes("devices: {}".encode("utf-32")), "it looks like UTF-32"),
    (lambda path: path.write_bytes(b"devices: {}\n# \0\n"), "a NUL (U+0000) on line 2"),
    (lambda path: path.write_bytes(b"\x7fELF\x02\x01\x00\x00"), "binary"),
    (lambda path: path.write_bytes(b""), "holds nothing"),
]


@pytest.mark.parametrize(("make", "words"), FILES)
def test_a_file_that_cannot_be_used_is_one_problem(
    tmp_path: Path, make: Callable[[Path], object], words: str
) -> None:
    """The problem names the file, the reason and what to do; nothing else escapes."""
    path = tmp_path / "fleet.yaml"
    make(path)
    with pytest.raises(FleetErrors) as caught:
        _read(path)
    (problem,) = caught.value.problems
    assert problem.file == str(path)
    assert words in str(problem)


def test_a_file_of_the_largest_size_is_read(tmp_path: Path) -> None:
    """The limit itself is still allowed, one byte more is not."""
    path = tmp_path / "fleet.yaml"
    text = b"devices: {}\n#"
    path.write_bytes(text + b"x" * (MAX_BYTES - len(text)))
    assert _read(path).devices == ()
    path.write_bytes(text + b"x" * (MAX_BYTES - len(text) + 1))
    with pytest.raises(FleetErrors, match=r"10\.0 MB"):
        _read(path)


def test_a_file_that_grows_while_it_is_read_is_still_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The size that the system told is not trusted: no more than the limit is read.

    The growth is played.
    """
    monkeypatch.setattr(file, "_check_status", lambda _source, _status: None)
    _huge(tmp_path / "fleet.yaml")
    with pytest.raises(FleetErrors, match="too much for a fleet"):
        _read(tmp_path / "fleet.yaml")


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, ""])
def test_a_path_that_no_file_can_have_is_a_problem(name: str) -> None:
    """Odd paths come from odd environments; they are told like any other mistake."""
    with pytest.raises(FleetErrors) as caught:
        _read(name)
    assert "\0" not in str(caught.value)


def test_a_file_that_may_not_be_read_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's own reason is told.

    Played, since permissions do not stop the root user of a container.
    """

    def refuse(*_arguments: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "fleet.yaml"
    path.write_text("devices: {}")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(FleetErrors, match="cannot be read: Permission denied"):
        _read(path)


def test_the_backend_of_the_environment_takes_precedence(tmp_path: Path) -> None:
    """CI can send the state elsewhere without a change to the file."""
    path = tmp_path / "fleet.yaml"
    path.write_text("backend: local\ndevices: {}")
    assert _read(path).backend == LocalBackend(type="local")
    assert _read(path, CLASSIC_RESCUE_BACKEND="pg").backend == PgBackend(type="pg")


def test_mistakes_of_file_and_environment_are_told_together(tmp_path: Path) -> None:
    """One run shows both."""
    path = tmp_path / "fleet.yaml"
    path.write_text("devices: 5")
    with pytest.raises(FleetErrors) as caught:
        _read(path, CLASSIC_RESCUE_BACKEND="gp")
    assert {problem.file for problem in caught.value.problems} == {
        str(path),
        "CLASSIC_RESCUE_BACKEND",
    }


def test_a_missing_file_says_where_was_looked_and_how_to_name_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder, `cd`, the option and the variable; a file further up is found."""
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    with pytest.raises(FleetErrors) as caught:
        _read("fleet.yaml")
    for words in (f"looked for in {below}", "`cd` ", "--fleet PATH", "CLASSIC_RESCUE_FLEET=PATH"):
        assert words in str(caught.value)
    (tmp_path / "fleet.yaml").touch()
    with pytest.raises(FleetErrors, match=f"mean {tmp_path}/fleet.yaml, after `cd {tmp_path}`"):
        _read("fleet.yaml")
    with pytest.raises(FleetErrors, match=r"nor its folder .*/nope; allowed"):
        _read("nope/fleet.yaml")
    below.rmdir()
    with pytest.raises(FleetErrors, match="started in is not there any more; allowed: `cd`"):
        _read("fleet.yaml")
