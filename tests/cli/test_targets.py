"""Which devices the names on a command line mean, and what is said of those that mean none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from classic_rescue.cli.session.fleet_file import find_targets
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.fleet import Fleet, parse_fleet

TEXT = """\
devices:
  web-1: {virtual_guest: 101, boot: os}
  web-2.example.com.: {virtual_guest: 102, boot: os}
  app: {hostname: App-1.example.com., boot: os}
  db: {ip: 10.1.2.3, boot: os}
"""


@pytest.fixture
def fleet() -> Fleet:
    """A fleet with a device of each kind of reference."""
    return parse_fleet(TEXT, source="fleet.yaml", now=datetime(2026, 11, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("web-1", "virtual_guest/101"),
        ("web-1.", "virtual_guest/101"),
        (" web-1 ", "virtual_guest/101"),
        ("web-2.example.com", "virtual_guest/102"),
        ("web-2.example.com.", "virtual_guest/102"),
        ("hostname/app-1.example.com", "hostname/app-1.example.com"),
        ("hostname/APP-1.example.com.", "hostname/app-1.example.com"),
        ("virtual_guest/101", "virtual_guest/101"),
    ],
)
def test_a_name_in_other_words_means_the_same_device(fleet: Fleet, name: str, key: str) -> None:
    """A final dot and white space change nothing, nor do capitals of a host's key."""
    (target,) = find_targets(fleet, [name])
    assert (target.order.device.key, bool(target.place)) == (key, True)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("web1", "Did you mean web-1?"),
        ("WEB-1", "Did you mean web-1?"),
        ("web-1.example.org", "Did you mean web-"),
        ("app.example.org", "Did you mean app?"),
        ("101", "calls the device virtual_guest/101 web-1"),
        ("app-1.example.com.", "calls the device hostname/app-1.example.com app"),
        ("10.1.2.3", "calls the device ip/10.1.2.3 db"),
        ("virtual_gest/101", "did you mean virtual_guest/?"),
        ("quite-another", "It names: web-1, web-2.example.com, app, db."),
    ],
)
def test_a_name_that_means_none_is_told_with_the_nearest(
    fleet: Fleet, name: str, words: str
) -> None:
    """By its name, or by what the file says of the device; nothing is guessed."""
    with pytest.raises(Failure) as caught:
        find_targets(fleet, [name])
    assert words in caught.value.message
