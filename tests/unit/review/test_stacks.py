"""Several plans: which stack each is of, moves between them,
and plans that do not fit the fleet file.
"""

from __future__ import annotations

from typing import Any

import pytest

from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.states import BootState
from classic_rescue.review.build import review_of
from classic_rescue.review.changes import Effect, Why
from classic_rescue.review.plans import StackPlan
from classic_rescue.review.review import Review, Verdict
from classic_rescue.review.words import effect_words
from tests.unit.review.building import (
    NOW,
    TAINTED,
    Json,
    created,
    fleet,
    kept,
    order,
    plan,
    removed,
    replaced,
    review,
)

THREE = "shards: 3\ndevices:\n" + "".join(
    f"  vg-{n}: {{virtual_guest: {n}, boot: rescue}}\n" for n in range(1, 7)
)
FLEET = fleet(THREE)


def orders(stack: int) -> list[Json]:
    """The orders of a stack, as Terraform carries them."""
    return [dict(wanted.to_dict()) for wanted in FLEET.shard(stack)]


def plans(make: Any = kept, stacks: tuple[int, ...] = (0, 1, 2)) -> list[StackPlan]:
    """A plan a stack, from files whose names tell nothing."""
    return [plan(*map(make, orders(number)), source=f"{number}.json") for number in stacks]


def problems(found: Review) -> str:
    """What is said of plans that do not fit."""
    assert found.verdict is Verdict.NOT_UNDERSTOOD
    assert found.changes == ()
    return "\n".join(found.problems)


def test_each_stack_of_the_example_has_devices() -> None:
    """The tests below mean what they say."""
    assert [len(orders(number)) > 0 for number in range(3)] == [True] * 3


def test_the_devices_tell_the_stack() -> None:
    """In any order, under any file name."""
    found = review_of(list(reversed(plans())), FLEET, NOW)
    assert found.stacks == ("fleet-0", "fleet-1", "fleet-2")
    assert {change.stack for change in found.changes} == {"fleet-0", "fleet-1", "fleet-2"}
    assert found.verdict is Verdict.CLEAN


def test_missing_stacks_are_refused_by_name() -> None:
    """A plan that is not given may restart anything."""
    said = problems(review_of(plans(stacks=(0,)), FLEET, NOW))
    assert "no plan is given for fleet-1, fleet-2" in said
    assert "--partial" in said


def test_partial_reviews_say_what_is_missing() -> None:
    """Allowed when asked for, and never without a word."""
    found = review_of(plans(stacks=(0,)), FLEET, NOW, is_partial=True)
    assert found.missing == ("fleet-1", "fleet-2")
    assert len(found.changes) == len(orders(0))


def test_a_stack_given_twice_is_refused() -> None:
    """One of the two is older."""
    said = problems(review_of([*plans(), plans()[1]], FLEET, NOW))
    assert "1.json: the same stack as 1.json, fleet-1" in said


def test_a_plan_of_other_shards_is_refused() -> None:
    """Devices of several stacks in one plan: `shards:` was another number."""
    everything = plan(*map(kept, [wanted for number in range(3) for wanted in orders(number)]))
    assert "not a plan for `shards: 3`" in problems(review_of([everything], FLEET, NOW))


def test_a_stack_that_the_fleet_does_not_have_is_refused() -> None:
    """`shards:` was lowered, and the plan is of before."""
    said = problems(review_of([*plans(), plan(source="fleet-7.json")], FLEET, NOW))
    assert "fleet-7.json: fleet.yaml has no stack fleet-7 (`shards: 3`)" in said


def test_a_plan_without_devices_is_that_of_a_stack_without_devices() -> None:
    """Nothing in its JSON says which; their number counts."""
    one = fleet("shards: 3\ndevices: {web-1: {virtual_guest: 1, boot: rescue}}")
    full = plan(kept(order()), source="a.json")
    empty = [plan(source=name) for name in ("b.json", "c.json")]
    assert review_of([full, *empty], one, NOW).verdict is Verdict.CLEAN
    assert "no plan is given for" in problems(review_of([full, empty[0]], one, NOW))
    assert "declares no device" in problems(
        review_of([full, *empty, plan(source="d.json")], one, NOW)
    )


def test_an_empty_plan_for_a_full_stack_is_refused() -> None:
    """A plan of before the devices were declared looks clean by itself."""
    assert "0.json: it declares no device" in problems(
        review_of([plan(source="0.json"), *plans(stacks=(1, 2))], FLEET, NOW)
    )


def test_an_empty_fleet_has_an_empty_plan() -> None:
    """Clean, with no device at all."""
    found = review("devices: {}")
    assert (found.verdict, found.changes) == (Verdict.CLEAN, ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "devices:\n  web-1: {virtual_guest: 1, boot: os}",
            "would go to rescue, but fleet.yaml:2 wants os",
        ),
        (
            "devices:\n  web-1: {virtual_guest: 1, boot: rescue, reason: x}",
            "has another reason than in fleet.yaml:2",
        ),
        ("devices:\n  web-2: {virtual_guest: 1, boot: rescue}", "has another name than"),
        (
            "devices:\n  web-1: {virtual_guest: 1, boot: rescue, timeout: 5m}",
            "has another timeout_s than",
        ),
        ("devices: {}", "virtual_guest/1 would be declared, but it is not in fleet.yaml"),
        (
            "devices:\n  web-1: {virtual_guest: 1, boot: rescue, until: '2026-11-25T11:59:00Z'}",
            (
                "would go to rescue, but its time limit 2026-11-25 11:59:00+00:00 is over"
                " (fleet.yaml:2); plan again"
            ),
        ),
        (
            "devices:\n  web-1: {virtual_guest: 1, boot: rescue}\n"
            "  web-2: {virtual_guest: 2, boot: rescue}",
            "web-2 (virtual_guest/2) is not in it, but fleet.yaml:3 declares it",
        ),
    ],
)
@pytest.mark.parametrize("make", [created, kept], ids=["new", "kept"])
def test_a_plan_of_another_file_is_refused(text: str, said: str, make: Any) -> None:
    """Older plans, plans that a time limit has overtaken, and plans of other files:
    also where nothing changes.
    """
    assert said in problems(review(text, make(order())))


def test_a_plan_to_destroy_is_refused() -> None:
    """The file declares what it would remove."""
    rows = removed(order())
    for row in rows:
        del row["action_reason"]
    said = problems(review("devices: {web-1: {virtual_guest: 1, boot: rescue}}", rows))
    assert (
        "would be removed, but fleet.yaml:1 declares it:"
        " the plan is older, or was made with -destroy" in said
    )


def test_many_differences_are_counted() -> None:
    """Twenty in full, the rest as a number: a plan of another file differs in everything."""
    text = "devices:\n" + "".join(
        f"  vg-{n}: {{virtual_guest: {n}, boot: rescue}}\n" for n in range(1, 51)
    )
    lines = problems(review(text)).splitlines()
    assert len(lines) == 21
    assert "and 30 more differences" in lines[-1]


def test_capitals_of_a_host_name_are_no_difference() -> None:
    """Its key is in small letters, and so is the order that is read back from it."""
    found = review(
        "devices: {web-1: {hostname: WEB-1.Example.com, boot: rescue}}",
        kept(order("hostname/web-1.example.com")),
    )
    assert found.verdict is Verdict.CLEAN


# virtual_guest/1 is in fleet-1 of three stacks, and was in the only one before.
ONE = "shards: 3\ndevices: {web-1: {virtual_guest: 1, boot: %s}}"


def move(
    before: Json, *, boot: str = "rescue", after: list[Json] | None = None, **more: Any
) -> Review:
    """The review of a device that leaves fleet-0 for the stack that it belongs to now."""
    wanted = fleet(ONE % boot)
    home = wanted.stack_of(wanted.devices[0].order.device)
    tainted = more.pop("tainted", ())
    given = {
        home: plan(after or created(order(boot=boot)), source=f"{home}.json"),
        "fleet-0": plan(removed(before), source="fleet-0.json", tainted=tainted),
    }
    rest = [
        plan(source=f"fleet-{number}.json") for number in range(3) if f"fleet-{number}" not in given
    ]
    return review_of([*given.values(), *rest], wanted, NOW, **more)


def test_a_move_restarts_nothing_and_is_one_line() -> None:
    """The leave hook sees that it is declared elsewhere, the enter hook that it is there."""
    (moved,) = move(order()).changes
    assert (moved.effect, moved.why, moved.usual_s) == (Effect.MOVES, Why.MOVED, 0)
    assert not moved.takes_down
    by_record = (
        "moves to stack fleet-1 without a restart,"
        " as it is in its rescue kernel by Terraform's record"
    )
    assert effect_words(moved) == by_record


def test_a_move_whose_new_end_is_there_already_is_a_move() -> None:
    """Its new stack was deployed before the old one."""
    (moved,) = move(order(), after=kept(order())).changes
    assert moved.effect is Effect.MOVES


def test_a_move_with_another_boot_state_goes_there() -> None:
    """The enter hook of the new stack brings it there."""
    (moved,) = move(order(boot="os")).changes
    assert (moved.effect, moved.why) == (Effect.ENTERS_RESCUE, Why.CHANGED)
    (moved,) = move(order(), boot="os").changes
    assert (moved.effect, moved.why) == (Effect.RETURNS_TO_OS, Why.CHANGED)


def test_a_move_after_a_failed_attempt_goes_there() -> None:
    """The old record was never reached, so the new hook does what the old one could not."""
    (moved,) = move(order(), tainted=['terraform_data.boot["virtual_guest/1"]']).changes
    assert moved.effect is Effect.ENTERS_RESCUE


def test_a_move_of_a_device_that_is_elsewhere_goes_there() -> None:
    """With a look at the device the answer is exact: somebody had brought it back."""
    seen = {"virtual_guest/1": Observation(BootState.OS, "no sign")}
    (moved,) = move(order(), observed=seen).changes
    assert moved.effect is Effect.ENTERS_RESCUE
    (moved,) = move(
        order(), observed={"virtual_guest/1": Observation(BootState.RESCUE, "t")}
    ).changes
    assert moved.effect is Effect.MOVES
    assert effect_words(moved) == "moves to stack fleet-1 without a restart"


def test_a_move_to_a_stack_without_a_plan_is_a_move_with_a_note() -> None:
    """The file still declares it, so the leave hook leaves it alone."""
    leaving = plan(removed(order()), source="fleet-0.json")
    found = review_of([leaving], fleet(ONE % "rescue"), NOW, is_partial=True)
    assert [(change.effect, change.stack) for change in found.changes] == [
        (Effect.MOVES, "fleet-1")
    ]
    assert "not given" in found.changes[0].note


def test_the_same_name_under_another_key_gets_a_note() -> None:
    """Only the hooks can tell whether both are one device; the review counts the worse case."""
    text = "devices: {web-1: {hostname: web-1.example.com, boot: rescue}}"
    found = review(text, removed(order()), created(order("hostname/web-1.example.com")))
    assert {change.effect for change in found.changes} == {
        Effect.ENTERS_RESCUE,
        Effect.RETURNS_TO_OS,
    }
    assert all("if both are the same device" in change.note for change in found.changes)


def test_two_devices_that_change_keep_their_own_words() -> None:
    """A mixed stack: one comes, one goes, one stays, one changes, heaviest first."""
    text = """devices:
  vg-1: {virtual_guest: 1, boot: os}
  vg-2: {virtual_guest: 2, boot: rescue}
  vg-3: {virtual_guest: 3, boot: rescue}
"""
    failed = order("virtual_guest/2", "rescue", "vg-2")
    devices = [
        kept(order("virtual_guest/1", "os", "vg-1")),
        replaced(failed, failed, TAINTED),
        created(order("virtual_guest/3", "rescue", "vg-3")),
        removed(order("virtual_guest/4", "rescue", "vg-4")),
    ]
    found = review(text, *devices)
    assert [change.name for change in found.changes] == ["vg-2", "vg-3", "vg-4", "vg-1"]
    assert [change.name for change in found.going_down] == ["vg-2", "vg-3"]
    assert [change.name for change in found.returning] == ["vg-4"]
