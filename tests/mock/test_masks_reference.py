"""Object masks against a slow, obvious reference, and against whatever text there is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_api.domain.errors import BadMask, MaskSyntax
from mock_api.domain.facts import Kind
from mock_api.http.masks import compile_mask
from mock_api.operations.types import TYPES, Look
from tests.mock import slow_masks
from tests.mock.stagehand import DB, ISO_DAL, MASTER, START_S, WEB, Play

ROWS = (
    "SoftLayer_Account",
    "SoftLayer_Hardware",
    "SoftLayer_Hardware_Server",
    "SoftLayer_Virtual_Guest",
)
PLENTY = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CLUTTER = st.text(alphabet="mask[](),.;_ \n'é0idhostnamefilteredMask", max_size=40) | st.text(
    max_size=30
)


def moved() -> Play:
    """The demo world after some moves, so that transactions,
    commands and a CD are there to be seen.
    """
    play = Play()
    play.guest("mountIsoImage", ISO_DAL)
    play.server("rebootDefault")
    play.server("bootToRescueLayer")
    play.advance(30)
    return play


PLAY = moved()
WORLD = PLAY.stage.world
USER = next(user for user in WORLD.users.values() if user.username == MASTER)


def look() -> Look:
    """The world as it stands; a new look has a new budget."""
    return Look(WORLD, USER, START_S + 30)


def objects(type_name: str) -> list[Any]:
    """The domain objects of a type."""
    if type_name == "SoftLayer_Account":
        return [WORLD.account]
    kind = Kind.GUEST if type_name == "SoftLayer_Virtual_Guest" else Kind.HARDWARE
    number = WEB if kind is Kind.GUEST else DB
    return [WORLD.view(WORLD.devices[kind][number], START_S + 30)]


@given(
    given=st.sampled_from(ROWS).flatmap(
        lambda name: st.tuples(st.just(name), slow_masks.trees(name))
    ),
    data=st.data(),
)
@PLENTY
def test_every_mask_shows_what_the_reference_shows(
    given: tuple[str, slow_masks.Tree], data: st.DataObject
) -> None:
    """Any tree of names, in any of the documented forms, gives what the obvious rendering gives."""
    type_name, tree = given
    text = data.draw(slow_masks.written(tree, type_name))
    plan = compile_mask(type_name, text)
    for obj in objects(type_name):
        assert plan(obj, look()) == slow_masks.show(obj, type_name, tree, look())


@given(tree=slow_masks.trees("SoftLayer_Virtual_Guest"))
@PLENTY
def test_a_struct_is_a_mask(tree: slow_masks.Tree) -> None:
    """The old struct form of XML-RPC adds to the local properties."""
    (guest,) = objects("SoftLayer_Virtual_Guest")
    shown = compile_mask("SoftLayer_Virtual_Guest", tree)(guest, look())
    assert shown == slow_masks.show(guest, "SoftLayer_Virtual_Guest", tree, look(), is_struct=True)


@given(text=CLUTTER, type_name=st.sampled_from(ROWS))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_mask_or_an_error_of_the_api(text: str, type_name: str) -> None:
    """Whatever stands in objectMask: a plan, or an error that the API could give."""
    try:
        plan = compile_mask(type_name, text)
    except (BadMask, MaskSyntax):
        return
    for obj in objects(type_name):
        json.dumps(plan(obj, look()))


@pytest.mark.parametrize("type_name", ROWS)
def test_no_mask_shows_the_local_properties(type_name: str) -> None:
    """No mask asks for exactly the local properties, in values that JSON has."""
    for obj in objects(type_name):
        answer = compile_mask(type_name)(obj, look())
        assert set(answer) == {
            name for name, prop in TYPES[type_name].properties.items() if prop.local
        }
        assert json.loads(json.dumps(answer)) == answer
