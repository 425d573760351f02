"""References, goals and orders: what can be said, and what is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classic_rescue.boot.blank import is_blank
from classic_rescue.boot.states import (
    BootState,
    DeviceRef,
    Goal,
    NoOsEnvironment,
    Order,
    ReferenceField,
)

VISIBLE = st.text(min_size=1).filter(lambda text: not is_blank(text))
IMAGES = VISIBLE | st.integers(min_value=1)
GOALS_OF_IMAGES = IMAGES.map(lambda image: Goal(BootState.IMAGE, image))
GUEST = DeviceRef(ReferenceField.VIRTUAL_GUEST, 124929698)


def test_a_key_is_an_identity_and_reads_back() -> None:
    """Keys name kind and id, or the lookup in lower case."""
    assert GUEST.key == "virtual_guest/124929698"
    assert (
        DeviceRef(ReferenceField.HOSTNAME, "Web-1.Example.COM").key == "hostname/web-1.example.com"
    )
    assert DeviceRef.from_key(GUEST.key) == GUEST


@pytest.mark.parametrize(
    "key", ["", "virtual_guest", "disk/7", "hardware/x", "hardware/0", "ip/", "hardware/-3"]
)
def test_a_key_that_names_no_device_is_refused(key: str) -> None:
    """Every wrong key raises ValueError that says what is allowed."""
    with pytest.raises(ValueError, match="allowed"):
        DeviceRef.from_key(key)


@pytest.mark.parametrize("value", [0, -1, True, "7", 1.5, None])
def test_a_wrong_id_is_refused(value: object) -> None:
    """Ids are whole numbers from 1; texts and booleans are none."""
    with pytest.raises(ValueError, match="whole number"):
        DeviceRef(ReferenceField.HARDWARE, value)  # type: ignore[arg-type]  # the wrong type is the test


@pytest.mark.parametrize("written", ["a.example.com.", " A.example.com ", "a.example.com.\t"])
def test_a_final_dot_of_a_host_name_changes_nothing(written: str) -> None:
    """Nor does white space around it: the key is that of the plain name, and reads back."""
    reference = DeviceRef(ReferenceField.HOSTNAME, written)
    assert reference.key == "hostname/a.example.com"
    assert DeviceRef.from_key(f"hostname/{written}").key == reference.key


def test_impossible_goals_are_refused() -> None:
    """An image needs a name and a guest, an environment needs rescue and bare metal,
    a timeout is positive.
    """
    hardware = DeviceRef(ReferenceField.HARDWARE, 7)
    with pytest.raises(ValueError, match="does not go with"):
        Goal(BootState.IMAGE)
    with pytest.raises(ValueError, match="does not go with"):
        Goal(BootState.RESCUE, "a.iso")
    for image in ("", " ", 0, True, -7):
        with pytest.raises(ValueError, match="a name that is not empty"):
            Goal(BootState.IMAGE, image)
    with pytest.raises(ValueError, match="cannot be desired"):
        Goal(BootState.UNKNOWN)
    with pytest.raises(ValueError, match="only with boot: rescue"):
        Goal(BootState.OS, no_os_environment=NoOsEnvironment.LINUX)
    with pytest.raises(ValueError, match="bare metal cannot boot an image"):
        Order("db", hardware, Goal(BootState.IMAGE, "a.iso"))
    with pytest.raises(ValueError, match="only for hardware"):
        Order("web", GUEST, Goal(BootState.RESCUE, no_os_environment=NoOsEnvironment.LINUX))
    with pytest.raises(ValueError, match="1 second or more"):
        Order("web", GUEST, Goal(BootState.OS), timeout_s=0)
    with pytest.raises(ValueError, match="name: empty"):
        Order("", GUEST, Goal(BootState.OS))


@given(
    name=VISIBLE,
    goal=st.sampled_from([Goal(BootState.OS), Goal(BootState.RESCUE)]) | GOALS_OF_IMAGES,
    timeout_s=st.integers(min_value=1, max_value=10**6),
    reason=st.none() | st.text(),
)
def test_an_order_survives_its_way_through_json(
    name: str, goal: Goal, timeout_s: int, reason: str | None
) -> None:
    """What the constructs write is what the hook reads."""
    order = Order(name, GUEST, goal, timeout_s=timeout_s, reason=reason)
    assert Order.from_dict(json.loads(json.dumps(order.to_dict()))) == order


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"boot": "flying"}, "flying"),
        ({"device": 7}, "is not a device"),
        ({"timeout_s": "60"}, "whole number of seconds"),
        ({"image": [1]}, "a name, a numeric id or null"),
        ({"colour": "red"}, "unknown fields: colour"),
        ({"no_os_environment": "BSD"}, "BSD"),
    ],
)
def test_a_wrong_order_names_the_field(change: dict[str, object], words: str) -> None:
    """Every wrong field raises ValueError with what was given."""
    with pytest.raises(ValueError, match=words):
        Order.from_dict({**Order("web", GUEST, Goal(BootState.OS)).to_dict(), **change})


@pytest.mark.parametrize("text", ["", "  ", "\u3164", "\u200b\u00ad", "\u0301"])
def test_a_text_that_cannot_be_seen_is_none(text: str) -> None:
    """Names, images and lookups are refused, a reason counts as not given:
    the order of a plan or state that is there already must run.
    """
    with pytest.raises(ValueError, match="name: empty"):
        Order(text, GUEST, Goal(BootState.OS))
    with pytest.raises(ValueError, match="a name that is not empty"):
        Goal(BootState.IMAGE, text)
    with pytest.raises(ValueError, match="a text that is not empty"):
        DeviceRef(ReferenceField.HOSTNAME, text)
    assert Order("web", GUEST, Goal(BootState.OS), reason=text).reason is None
