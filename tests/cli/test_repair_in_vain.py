"""A repair that could never run: no device is taken down for it."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from click.testing import Result

from tests.cli.test_repair import WEB_1, Site, deployed, prepared
from tests.cli.test_repair import make as make
from tests.cli.test_repair import site as site

Run = Callable[..., Result]
STORED = "{password: stored, unverified: true}"
pytestmark = pytest.mark.slow


@pytest.fixture
def refused(site: Site, run: Run, mock: Any) -> Iterator[Callable[[str], str]]:
    """Deploys a repair, and gives what is told of it."""

    def deploy(login: str = STORED) -> str:
        fleet = Path("fleet.yaml")
        fleet.write_text(fleet.read_text().replace(STORED, login))
        _, row = deployed(run)
        assert row["result"] in ("refused", "failed"), row
        return str(row["evidence"])

    prepared(site, run, "echo mended\n")
    yield deploy
    assert mock.changes() == []
    assert site.devices[WEB_1].boots == 0


def test_a_key_that_is_not_there(refused: Callable[[str], str]) -> None:
    """Nor one with a passphrase, which nobody types."""
    assert "the private key" in refused("{key: not-there}")
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key("locked", "pkcs8-pem", passphrase="secret")
    fleet = Path("fleet.yaml")
    fleet.write_text(fleet.read_text().replace("not-there", "locked"))
    assert "has a passphrase" in refused("")
    words = base64.b64encode(b"openssh-key-v1\0\0\0\0\x0aaes256-ctr").decode()
    armour = "-----{} OPENSSH PRIVATE KEY-----\n"
    Path("locked").write_text(f"{armour.format('BEGIN')}{words}\n{armour.format('END')}")
    assert "has a passphrase" in refused("")


def test_no_agent(refused: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a job that has none."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    assert "no SSH agent runs here" in refused("{key: agent}")


def test_a_password_that_may_go_nowhere(refused: Callable[[str], str]) -> None:
    """Or that the service does not keep."""
    assert "unverified: true" in refused("{password: stored}")
    fleet = Path("fleet.yaml")
    login = "{password: stored, user: nobody, unverified: true}"
    fleet.write_text(fleet.read_text().replace("{password: stored}", login))
    assert "keeps no password of nobody" in refused("")


def test_what_is_remembered_is_damaged(refused: Callable[[str], str]) -> None:
    """Whether it ran already could not be told."""
    Path(".classic-rescue/scripts.json").write_text("{")
    assert "scripts.json is damaged" in refused(STORED)


def test_no_asyncssh(
    refused: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Which only this needs."""
    (tmp_path / "asyncssh.py").write_text("raise ImportError\n")
    path = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(tmp_path), path))))
    assert "asyncssh is not installed" in refused(STORED)
