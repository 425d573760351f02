"""slcli in processes of its own, as a user types it: once a command.

Breadth is in the other files, in one process.
"""

from __future__ import annotations

import pytest

from tests.conformance.conftest import DOORS, Slcli
from tests.mock.stagehand import DB, WEB

pytestmark = pytest.mark.slow

COMMANDS: list[tuple[str, str]] = [
    ("vs list", "web-1"),
    ("vs list --search web", "web-1"),
    (f"vs detail {WEB} --passwords --price", "Mock-Passw0rd-web-1"),
    ("vs rescue web-1", ""),
    ("vs ready web-1", "READY"),
    ("vs reboot web-1 --hard", ""),
    ("vs power-off web-1", ""),
    ("vs power-on web-1", ""),
    ("vs pause web-1", ""),
    ("vs credentials web-1", "Mock-Passw0rd-web-1"),
    (f"vs access {WEB}", "-"),
    ("vs storage web-1", "100 GB"),
    (f"vs monitoring {WEB}", "SERVICE PING"),
    ("vs edit web-1 --tag x", "was updated"),
    ("vs reload web-1", ""),
    ("hardware list", "db-1"),
    (f"hardware detail {DB} --passwords --components", "Mock-Ipmi-Passw0rd-db-1"),
    ("hardware rescue db-1", ""),
    ("hardware ready db-1", "READY"),
    ("hardware reboot db-1", ""),
    ("hardware power-cycle db-1", ""),
    ("hardware power-off db-1", ""),
    ("hardware power-on db-1", ""),
    ("hardware credentials db-1", "root"),
    ("hardware toggle-ipmi db-1", "True"),
    (f"hardware sensor {DB}", "Fan 1 Tach"),
    ("hardware storage db-1", "Seagate"),
    ("hardware edit db-1 --tag x", ""),
    ("hardware reload db-1", ""),
    ("image list", "ops-toolbox-1.4.iso"),
    ("image detail 8920132", "web-golden-2026"),
    ("account summary", "Example Operations"),
    ("account events", "-"),
    ("summary", "1536"),
    ("event-log get", "Event, Object"),
    ("event-log types", "CCI"),
    ("tags list", "production"),
    ("search web", "web-1"),
    ("call-api Account getVirtualGuests --limit 1 --mask id", str(WEB)),
]


# Through one door each, in turn: starting Python is what takes the time.
TURNS = [(DOORS[number % 2], *row) for number, row in enumerate(COMMANDS)]


@pytest.mark.parametrize(
    ("url", "words", "found"), TURNS, ids=[row[1] for row in TURNS], indirect=["url"]
)
def test_command(slcli: Slcli, words: str, found: str) -> None:
    """The command succeeds and shows the world; one that changes a device says nothing."""
    done = slcli.process(*words.split())
    assert done.code == 0, done.text
    assert found in done.text if found else done.text == ""


def test_an_api_error(slcli: Slcli) -> None:
    """Exit code 1 and the API's own text."""
    done = slcli.process("vs", "resume", "web-1")
    assert (done.code, "must be Suspended" in done.text) == (1, True)


def test_wrong_credentials(slcli: Slcli) -> None:
    """Exit code 1 and `Access Denied`."""
    slcli.config.write_text(slcli.config.read_text().replace("mock-key", "wrong-key"))
    done = slcli.process("vs", "list")
    assert (done.code, "Access Denied." in done.text) == (1, True)
