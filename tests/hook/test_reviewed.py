"""The device that was reviewed is the device that restarts, wherever its name leads since."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from classic_rescue.api.errors import SettingsError
from classic_rescue.boot.states import BootState, DeviceRef, Goal, Order
from classic_rescue.hook.exits import Exit
from classic_rescue.hook.reviewed import NOTHING, Reviewed, what_was_reviewed

if TYPE_CHECKING:
    from tests.hook.conftest import Bench

NAME = "hostname/web-1.example.com"
WEB = "virtual_guest 124929698"
VARIABLE = "CLASSIC_RESCUE_REVIEWED"
SEVEN = json.dumps({NAME: 7})
IMAGE = json.dumps({NAME: {"device": WEB, "image": "x"}})


@pytest.mark.parametrize("verb", ["enter", "leave"])
def test_another_device_is_refused(bench: Bench, verb: str) -> None:
    """Both are named, nothing is sent, and what to do is said."""
    assert bench.enter(NAME, verb=verb, reviewed=Reviewed("virtual_guest 7")) is Exit.REFUSED
    assert bench.mock.changes() == []
    assert (
        f"{NAME} leads to {WEB} now, and was reviewed as virtual_guest 7; nothing was changed"
        in bench.text
    )
    assert "plan again" in bench.text


def test_the_reviewed_device_is_changed(bench: Bench) -> None:
    """As is one that nobody has reviewed."""
    assert bench.enter(NAME, reviewed=Reviewed(WEB)) is Exit.DONE, bench.text
    assert bench.mock.changes() == ["executeRescueLayer 124929698"]
    assert bench.leave(NAME) is Exit.DONE, bench.text
    assert bench.mock.changes() == ["rebootDefault 124929698"]


def test_another_image_is_refused(bench: Bench) -> None:
    """A name that leads to another image since: both are named, and nothing is sent."""
    key = "virtual_guest/124929698"
    image = "WindowsRescueStandalone.iso"
    other = Reviewed(image_id=7)
    assert bench.enter(key, "image", image, reviewed=other) is Exit.REFUSED
    assert bench.mock.changes() == []
    assert (
        "leads to the public image 34291701 now, and was reviewed as 7; nothing was" in bench.text
    )
    assert bench.text.count("nothing was changed") == 1
    assert bench.text.endswith("; find out who made the other image, then plan again")
    same = Reviewed(image_id=34291701)
    assert bench.enter(key, "image", image, reviewed=same) is Exit.DONE, bench.text


def order(key: str) -> Order:
    """One of this device."""
    return Order("web-1", DeviceRef.from_key(key), Goal(BootState.RESCUE))


def test_it_is_handed_on_in_a_file(tmp_path: Path) -> None:
    """For names and addresses; an id is who it is."""
    path = tmp_path / "devices.json"
    seen = {
        NAME: {"device": WEB, "image": None},
        "virtual_guest/7": {"device": "virtual_guest 8", "image": 4567},
    }
    path.write_text(json.dumps(seen))
    environ = {VARIABLE: str(path)}
    assert what_was_reviewed(environ, order(NAME)) == Reviewed(WEB)
    assert what_was_reviewed(environ, order("hostname/other.example.com")) == NOTHING
    assert what_was_reviewed(environ, order("virtual_guest/7")) == Reviewed(image_id=4567)
    assert what_was_reviewed({}, order(NAME)) == NOTHING


@pytest.mark.parametrize("text", [None, "", "[]", "7", "[" * 100_000, "\0", SEVEN, IMAGE])
def test_a_file_that_does_not_tell_refuses(tmp_path: Path, text: str | None) -> None:
    """Rather than to restart whatever the name leads to."""
    path = tmp_path / "devices.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SettingsError, match="does not tell which devices were reviewed"):
        what_was_reviewed({VARIABLE: str(path)}, order(NAME))
