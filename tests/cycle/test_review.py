"""From plan to verdict with the real Terraform: what a review says is what an apply of that very
plan then does.

The hooks here only write down that they ran; tests/cycle/test_review_apply.py has the real ones.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classic_rescue.boot.states import Order
from classic_rescue.review.build import review_of
from classic_rescue.review.changes import Effect
from classic_rescue.review.combinations import Run
from classic_rescue.review.errors import PlanNotUnderstood
from classic_rescue.review.plans import StackPlan, read_plan
from classic_rescue.review.review import Review, Verdict
from classic_rescue.stack.blocks import HookCall, fixed_blocks
from classic_rescue.stack.templates import order_value
from tests.unit.review import building
from tests.unit.review.building import NOW, Json, fleet, order
from tests.unit.review.mutation import assert_not_waved_through, mutated

pytestmark = pytest.mark.slow

WEB = "virtual_guest/1"
FAILING = "#!/bin/sh\nexit 1\n"
WRITING = '#!/bin/sh\nfor last; do :; done\necho "$last $CLASSIC_RESCUE_ORDER" >> "$HOOK_LOG"\n'
OS = order(boot="os")
RESCUE = order()
IMAGE = order(boot="image", image="a.iso")


@dataclass
class Stack:
    """One stack with its state, and a hook that keeps a log or fails."""

    folder: Path

    def run(self, *arguments: str, code: int = 0) -> str:
        """Terraform; what it printed."""
        environ = {**os.environ, "HOOK_LOG": str(self.folder / "hooks"), "CHECKPOINT_DISABLE": "1"}
        if not Path(environ.get("TF_CLI_CONFIG_FILE", "/")).is_file():
            environ.pop("TF_CLI_CONFIG_FILE", None)
        words = ["terraform", *arguments]
        done = subprocess.run(
            words, cwd=self.folder, env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def write(self, *orders: Json, hook: str = WRITING, **more: Any) -> None:
        """The stack's configuration, as stack/boot_states.py writes it."""
        path = self.folder / "hook.sh"
        path.write_text(hook)
        path.chmod(0o755)
        parsed = [Order.from_dict(dict(given)) for given in orders]
        configuration = {
            "resource": {"terraform_data": fixed_blocks(HookCall(str(path), ".", None))},
            "locals": {"devices": {given.device.key: order_value(given) for given in parsed}},
            **more,
        }
        (self.folder / "cdk.tf.json").write_text(json.dumps(configuration))

    def apply(self, *arguments: str, code: int = 0) -> list[tuple[str, str]]:
        """Apply; which hooks ran for which devices, in order."""
        log = self.folder / "hooks"
        log.unlink(missing_ok=True)
        self.run("apply", "-input=false", "-auto-approve", *arguments, code=code)
        lines = log.read_text().splitlines() if log.exists() else []
        return [
            (verb, json.loads(given)["device"])
            for verb, _, given in (line.partition(" ") for line in lines)
        ]

    def plan(self, *arguments: str) -> Json:
        """Plan into the file `plan`; its JSON."""
        self.run("plan", "-input=false", "-out=plan", *arguments)
        found = json.loads(self.run("show", "-json", "plan"))
        assert isinstance(found, dict)
        return found


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    """A stack in which nothing was deployed yet."""
    made = Stack(tmp_path)
    made.write()
    made.run("init", "-input=false")
    return made


Prepare = Callable[[Stack], Any]


def deployed(before: Json, *more: Json) -> Prepare:
    """The stack after an apply of these orders."""

    def prepare(stack: Stack) -> None:
        stack.write(before, *more)
        stack.apply()

    return prepare


def failed(before: Json) -> Prepare:
    """The stack after an apply whose enter hook failed."""

    def prepare(stack: Stack) -> None:
        stack.write(before, hook=FAILING)
        stack.apply(code=1)

    return prepare


def without(block: str, before: Json) -> Prepare:
    """The stack after an apply, and then a record that was lost."""

    def prepare(stack: Stack) -> None:
        deployed(before)(stack)
        stack.run("state", "rm", f'terraform_data.{block}["{WEB}"]')

    return prepare


def failed_leave(before: Json) -> Prepare:
    """The stack after a removal whose leave hook failed."""

    def prepare(stack: Stack) -> None:
        deployed(before)(stack)
        stack.write(hook=FAILING)
        stack.apply(code=1)

    return prepare


def nothing(stack: Stack) -> None:
    """Nothing was deployed."""


REPLACE = f'-replace=terraform_data.boot["{WEB}"]'
UNDERSTOOD: dict[str, tuple[Prepare, list[Json], list[str], Effect, str]] = {
    # what was, what must be, arguments of the plan, the effect, the hook that runs
    "new": (nothing, [RESCUE], [], Effect.ENTERS_RESCUE, "enter"),
    "kept": (deployed(RESCUE), [RESCUE], [], Effect.NOTHING, ""),
    "reason": (deployed(RESCUE), [order(reason="x")], [], Effect.IS_RECORDED, ""),
    "renamed": (deployed(RESCUE), [order(name="other")], [], Effect.IS_RECORDED, ""),
    "os to rescue": (deployed(OS), [RESCUE], [], Effect.ENTERS_RESCUE, "enter"),
    "rescue to image": (deployed(RESCUE), [IMAGE], [], Effect.BOOTS_IMAGE, "enter"),
    "image to os": (deployed(IMAGE), [OS], [], Effect.RETURNS_TO_OS, "enter"),
    "removed": (deployed(RESCUE), [], [], Effect.RETURNS_TO_OS, "leave"),
    "removed os": (deployed(OS), [], [], Effect.IS_FORGOTTEN, "leave"),
    "failed": (failed(RESCUE), [RESCUE], [], Effect.ENTERS_RESCUE, "enter"),
    "failed, then changed": (failed(RESCUE), [OS], [], Effect.IS_LOOKED_AT, "enter"),
    "failed, then removed": (failed(RESCUE), [], [], Effect.RETURNS_TO_OS, "leave"),
    "failed, then no record": (
        failed(RESCUE),
        [order(reason="x")],
        [],
        Effect.ENTERS_RESCUE,
        "enter",
    ),
    "requested": (deployed(RESCUE), [RESCUE], [REPLACE], Effect.ENTERS_RESCUE, "enter"),
    "requested and changed": (deployed(RESCUE), [IMAGE], [REPLACE], Effect.BOOTS_IMAGE, "enter"),
    "boot lost": (without("boot", RESCUE), [RESCUE], [], Effect.ENTERS_RESCUE, "enter"),
    "boot lost, changed": (without("boot", RESCUE), [OS], [], Effect.IS_LOOKED_AT, "enter"),
    "release lost": (without("release", RESCUE), [RESCUE], [], Effect.IS_RECORDED, ""),
    "release lost, reason": (
        without("release", RESCUE),
        [order(reason="x")],
        [],
        Effect.IS_RECORDED,
        "",
    ),
    "release lost, changed": (without("release", RESCUE), [OS], [], Effect.RETURNS_TO_OS, "enter"),
    "boot lost, removed": (without("boot", RESCUE), [], [], Effect.RETURNS_TO_OS, "leave"),
    "leave failed": (failed_leave(RESCUE), [], [], Effect.RETURNS_TO_OS, "leave"),
}


def reviewed(found: Json, orders: list[Json]) -> tuple[StackPlan, Review]:
    """The plan as it is read, and the review beside a fleet file of these orders."""
    rows = "".join(f"  {given['name']}: {_row(given)}\n" for given in orders)
    wanted = fleet(f"devices:\n{rows}" if rows else "devices: {}\n")
    read = read_plan(json.dumps(found), "fleet-0.json")
    return read, review_of([read], wanted, NOW)


def _row(given: Json) -> str:
    kind, _, number = given["device"].partition("/")
    boot = f"{{image: {given['image']}}}" if given["image"] else given["boot"]
    reason = f", reason: {given['reason']}" if given["reason"] else ""
    return f"{{{kind}: {number}, boot: {boot}{reason}}}"


@pytest.mark.parametrize("case", UNDERSTOOD.values(), ids=UNDERSTOOD)
def test_the_hook_that_was_foreseen_is_the_one_that_runs(
    stack: Stack, case: tuple[Prepare, list[Json], list[str], Effect, str]
) -> None:
    """The table of pairs against Terraform itself: the review of the plan,
    then an apply of that plan file.
    """
    prepare, orders, arguments, effect, hook = case
    prepare(stack)
    stack.write(*orders)
    read, found = reviewed(stack.plan(*arguments), orders)
    assert found.problems == ()
    assert [change.effect for change in found.changes] == [effect]
    foreseen = {Run.ENTER: "enter", Run.LEAVE: "leave"}.get(read.devices[WEB].run, "")
    assert foreseen == hook
    assert stack.apply("plan") == ([(hook, WEB)] if hook else [])


FORGET = {
    "removed": [
        {"from": f"terraform_data.{block}", "lifecycle": [{"destroy": False}]}
        for block in ("boot", "release")
    ]
}
REFUSED: dict[str, tuple[Prepare, list[Json], list[str], str, list[tuple[str, str]]]] = {
    # what was, what must be, arguments of the plan, what is said, the hooks that would run
    "release replaced": (
        deployed(RESCUE),
        [RESCUE],
        [f'-replace=terraform_data.release["{WEB}"]'],
        "takes the device back to its operating system although it stays in the fleet",
        [("leave", WEB)],
    ),
    "both replaced": (
        deployed(RESCUE),
        [RESCUE],
        [REPLACE, f'-replace=terraform_data.release["{WEB}"]'],
        "takes the device back to its operating system although it stays in the fleet",
        [("leave", WEB), ("enter", WEB)],
    ),
    "release lost, then removed": (
        without("release", RESCUE),
        [],
        [],
        "no leave hook would run",
        [],
    ),
    "targeted": (
        deployed(RESCUE),
        [IMAGE],
        [f'-target=terraform_data.release["{WEB}"]'],
        "the plan is incomplete (made with -target",
        [],
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_is_refused_really_is_what_its_sentence_says(
    stack: Stack, case: tuple[Prepare, list[Json], list[str], str, list[tuple[str, str]]]
) -> None:
    """The sentence, and what an apply of that plan would have done."""
    prepare, orders, arguments, said, hooks = case
    prepare(stack)
    stack.write(*orders)
    found = stack.plan(*arguments)
    with pytest.raises(PlanNotUnderstood, match=r"^fleet-0\.json: ") as problem:
        reviewed(found, orders)
    assert said in str(problem.value)
    assert stack.apply("plan") == hooks


def test_a_tainted_release_would_leave_a_device_in_rescue(stack: Stack) -> None:
    """Terraform deletes it and runs no hook: nobody would see it. Refused."""
    deployed(RESCUE)(stack)
    stack.run("taint", f'terraform_data.release["{WEB}"]')
    stack.write()
    with pytest.raises(PlanNotUnderstood, match="without the leave hook"):
        reviewed(stack.plan(), [])
    assert stack.apply("plan") == []


def test_a_forgotten_device_would_stay_in_rescue(stack: Stack) -> None:
    """A `removed` block with destroy = false runs no hook."""
    deployed(RESCUE)(stack)
    (stack.folder / "cdk.tf.json").write_text(json.dumps(FORGET))
    with pytest.raises(PlanNotUnderstood, match="a plan of another project"):
        reviewed(stack.plan(), [])
    assert stack.apply("plan") == []


def test_a_block_that_left_the_configuration_is_refused(stack: Stack) -> None:
    """Terraform skips the destroy-time hooks of a block
    that is gone (hashicorp/terraform#34711).
    """
    deployed(RESCUE)(stack)
    (stack.folder / "cdk.tf.json").write_text("{}")
    found = stack.plan()
    assert found["resource_changes"][0]["action_reason"] == "delete_because_no_resource_config"
    with pytest.raises(PlanNotUnderstood, match="a plan of another project"):
        reviewed(found, [])
    assert stack.apply("plan") == []


def test_a_destroy_does_not_fit_the_file(stack: Stack) -> None:
    """It removes what the file declares."""
    deployed(RESCUE)(stack)
    stack.write(RESCUE)
    _, found = reviewed(stack.plan("-destroy"), [RESCUE])
    assert found.verdict is Verdict.NOT_UNDERSTOOD
    assert "-destroy or -refresh-only" in found.problems[0]


@pytest.mark.parametrize("orders", [[], [RESCUE]], ids=["dropped", "kept"])
def test_a_refresh_is_no_plan_of_everything(stack: Stack, orders: list[Json]) -> None:
    """It holds no changes at all, so that a device in rescue
    which the file has dropped would look clean.
    """
    deployed(RESCUE)(stack)
    stack.write(*orders)
    with pytest.raises(
        PlanNotUnderstood,
        match="nothing of 1 device on Terraform's record, such as virtual_guest/1",
    ):
        reviewed(stack.plan("-refresh-only"), orders)


def test_a_target_is_found_by_what_it_leaves_out(stack: Stack) -> None:
    """OpenTofu's plans do not say that they are incomplete."""
    deployed(RESCUE, order("virtual_guest/2", "os", "two"))(stack)
    stack.write()
    found = stack.plan(f'-target=terraform_data.boot["{WEB}"]')
    del found["complete"]
    found["resource_changes"] = [row for row in found["resource_changes"] if row["index"] == WEB]
    with pytest.raises(PlanNotUnderstood, match="such as virtual_guest/2"):
        reviewed(found, [])


def test_the_binary_plan_file_is_named_as_such(stack: Stack) -> None:
    """What `plan -out` writes is not what is read."""
    stack.plan()
    text = (stack.folder / "plan").read_bytes().decode("latin-1")
    with pytest.raises(PlanNotUnderstood, match="terraform show -json"):
        read_plan(text, "plan")


def _plain(changes: list[Json]) -> list[Json]:
    """Changes without the ids that Terraform makes up."""
    plain = json.loads(json.dumps(changes))
    for row in plain:
        for side in ("before", "after"):
            (row["change"][side] or {}).pop("id", None)
            (row["change"][side] or {}).pop("output", None)
    return sorted(plain, key=lambda row: str(row["address"]))


@pytest.mark.parametrize(
    ("prepare", "orders", "arguments", "built"),
    [
        (nothing, [RESCUE], [], building.created(RESCUE)),
        (deployed(RESCUE), [RESCUE], [], building.kept(RESCUE)),
        (deployed(RESCUE), [order(reason="x")], [], building.recorded(RESCUE, order(reason="x"))),
        (deployed(RESCUE), [IMAGE], [], building.replaced(RESCUE, IMAGE)),
        (failed(RESCUE), [RESCUE], [], building.replaced(RESCUE, RESCUE, building.TAINTED)),
        (
            deployed(RESCUE),
            [RESCUE],
            [REPLACE],
            building.replaced(RESCUE, RESCUE, building.REQUESTED),
        ),
        (deployed(RESCUE), [], [], building.removed(RESCUE)),
    ],
    ids=["created", "kept", "recorded", "replaced", "tainted", "requested", "removed"],
)
def test_the_plans_of_the_unit_tests_are_terraforms(
    stack: Stack, prepare: Prepare, orders: list[Json], arguments: list[str], built: list[Json]
) -> None:
    """Field for field, but for ids: what the quick tests mutate is what Terraform writes."""
    prepare(stack)
    stack.write(*orders)
    real = stack.plan(*arguments)
    assert _plain(real["resource_changes"]) == _plain(built)
    assert set(real) <= set(building.document()) | {
        "planned_values",
        "output_changes",
        "prior_state",
    }


@pytest.fixture(scope="module")
def real_plans(tmp_path_factory: pytest.TempPathFactory) -> list[Json]:
    """Plans of Terraform itself, made in this run: one of each kind."""
    made = Stack(tmp_path_factory.mktemp("real"))
    two = order("virtual_guest/2", "os", "two")
    gone = order("virtual_guest/3", "rescue", "gone")
    made.write()
    made.run("init", "-input=false")
    made.write(RESCUE, two)
    plans = [made.plan()]
    made.write(RESCUE, two, gone)
    made.apply()
    plans.append(made.plan())
    made.write(IMAGE, order("virtual_guest/2", "os", "two", reason="x"))
    plans.append(made.plan(f'-replace=terraform_data.boot["{WEB}"]'))
    return plans


def test_no_change_of_a_real_plan_passes_unseen(real_plans: list[Json]) -> None:
    """The property of tests/unit/review/test_any_plan.py, over what Terraform wrote in this run."""
    two = "  two: {virtual_guest: 2, boot: os}\n"
    gone = "  gone: {virtual_guest: 3, boot: rescue}\n"
    fleets = [
        fleet(f"devices:\n  web-1: {{virtual_guest: 1, boot: rescue}}\n{two}"),
        fleet(f"devices:\n  web-1: {{virtual_guest: 1, boot: rescue}}\n{two}{gone}"),
        fleet("devices:\n  web-1: {virtual_guest: 1, boot: {image: a.iso}}\n"
              "  two: {virtual_guest: 2, boot: os, reason: x}\n"),
    ]  # fmt: skip
    for plan, wanted in zip(real_plans, fleets, strict=True):
        assert review_of([read_plan(json.dumps(plan), "p.json")], wanted, NOW).problems == ()

    @settings(max_examples=200)
    @given(mutated(real_plans) | st.just(real_plans[0]))
    def check(plan: Json) -> None:
        try:
            read = read_plan(json.dumps(plan), "p.json")
        except PlanNotUnderstood:
            return
        for wanted in fleets:
            found = review_of([read], wanted, NOW)
            if found.verdict is not Verdict.NOT_UNDERSTOOD:
                assert_not_waved_through(plan, found)

    check()


def test_a_thousand_devices_are_reviewed(tmp_path: Path) -> None:
    """Ten stacks, planned only: half of the devices go down,
    of the others nobody knows where they are.
    """
    rows = "".join(
        f"  vg-{number}: {{virtual_guest: {number}, boot: {'rescue' if number % 2 else 'os'}}}\n"
        for number in range(1, 1001)
    )
    wanted = fleet(f"shards: 10\ndevices:\n{rows}")
    plans = []
    for number in range(10):
        folder = tmp_path / str(number)
        folder.mkdir()
        made = Stack(folder)
        made.write(*(dict(given.to_dict()) for given in wanted.shard(number)))
        made.run("init", "-input=false")
        plans.append(read_plan(json.dumps(made.plan()), f"{number}.json"))
    found = review_of(plans, wanted, NOW)
    assert len(found.changes) == 1000
    assert (len(found.going_down), len(found.maybe), found.verdict) == (500, 500, Verdict.RESTARTS)
    assert found.stacks == tuple(f"fleet-{number}" for number in range(10))
