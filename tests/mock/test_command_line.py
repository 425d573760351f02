"""The command line of the mock: its help, its options, and one sentence for each that cannot be."""

from __future__ import annotations

import argparse
import json
import socket
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from mock_api import command_line as command
from mock_api.command_line import main
from tests.mock.stagehand import MockProcess, refusal
from tests.patience import PATIENCE_S


def has_ipv6_loopback() -> bool:
    """Whether this machine has one; many containers do not."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--port", "99999"), "'99999' is no port; allowed are 0 (any free one) to 65535"),
        (("--port", "-1"), "is no port"),
        (("--port", "٣"), "is no port"),
        (("--port", "9" * 6000), "is no port"),
        (("--host", ""), "'' is no address; give one of this machine such as 127.0.0.1"),
        (("--host", "nonsense.invalid"), "'nonsense.invalid' is no address"),
        (("--host", "a" * 300), "is no address"),
        (
            ("--host", "192.0.2.1"),
            "192.0.2.1:0: Cannot assign requested address; give an address of this machine",
        ),
        (("--speed", "fast"), "'fast' is no speed; allowed are 0 (stands still) to 1000000"),
        (("--speed", "nan"), "is no speed"),
        (("--speed", "1e9"), "is no speed"),
        (("--seed", "x"), "'x' is no seed; give a whole number"),
        (("--seed", "1.5"), "is no seed"),
        (("--idle-exit", "nan"), "seconds above 0"),
        (("--generate", "1,2,3"), "GUESTS,HARDWARE"),
        (("--generate=-1,2",), "GUESTS,HARDWARE"),
        (("--generate", "1,2", "--world", "w.json"), "not allowed with argument"),
        (
            ("--world", "/nowhere/w.json"),
            "/nowhere/w.json: the world file cannot be read (No such file or directory)",
        ),
        (("--master-user", ":key"), "NAME:KEY"),
        (("--control", "--no-control=1"), "--no-control"),
        (("--qqq",), "--qqq; see python -m mock_api --help"),
        (("--prot", "5"), "--prot 5; did you mean --port?"),
        (("--spee", "1x"), "is no speed"),
        (("world.json",), "world.json; see python -m mock_api --help"),
    ],
)
def test_wrong_options_are_explained(
    capsys: pytest.CaptureFixture[str], options: tuple[str, ...], words: str
) -> None:
    """Exit code 2 and one sentence, never a traceback."""
    assert words in refusal(capsys, *options)


def test_a_taken_port_is_explained(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The sentence names the port and the remedy."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        words = refusal(capsys, f"--port={port}", "--save", str(tmp_path / "world.json"))
    assert (
        f"127.0.0.1:{port}: Address already in use; give another --port, or 0 for a free one."
        in words
    )


def test_the_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    """Each option has a line of help in one of the groups, and there is an example."""
    with pytest.raises(SystemExit) as ending:
        main(["--help"])
    text = capsys.readouterr().out
    assert ending.value.code == 0
    assert [
        word
        for word in (
            "where it listens",
            "what it holds",
            "how it runs",
            "Example: python -m mock_api",
        )
        if word not in text
    ] == []
    for action in command._parser()._actions:
        assert action.option_strings
        assert all(option in text for option in action.option_strings)
        assert action.help not in (None, argparse.SUPPRESS)


@pytest.mark.slow
@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="a socket here takes one family alone")
def test_all_addresses_are_those_of_both_families() -> None:
    """`::` answers IPv4, too; `0.0.0.0` means IPv4 alone."""
    running = MockProcess("--host", "::", "--no-control")
    try:
        port = urllib.parse.urlsplit(running.urls["rest"]).port
        for address in ("127.0.0.1", *(["::1"] if has_ipv6_loopback() else [])):
            socket.create_connection((address, port), PATIENCE_S).close()
    finally:
        assert running.stop() == (0, "", "")


@pytest.mark.slow
@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.2", *(["::1"] if has_ipv6_loopback() else [])]
)
def test_it_listens_where_it_says(host: str) -> None:
    """A name or address of this machine; the printed URLs lead there,
    and loopback has the control plane.
    """
    running = MockProcess("--host", host)
    try:
        url = running.urls["control"] + "health"
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:  # noqa: S310 (http)
            assert json.load(answer)["status"] == "ok"
    finally:
        assert running.stop() == (0, "", "")
