"""Plans that are not understood: each is refused with a sentence that says what,
where and what to do.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from classic_rescue.review import document as reading
from classic_rescue.review.errors import PlanNotUnderstood
from classic_rescue.review.plans import read_plan, stack_named_in
from tests.unit.review.building import (
    TAINTED,
    WEB,
    Json,
    change,
    created,
    document,
    kept,
    order,
    recorded,
    removed,
    replaced,
)


def refused(text: str | Json) -> str:
    """What is said of a plan that must be refused."""
    with pytest.raises(PlanNotUnderstood) as problem:
        read_plan(text if isinstance(text, str) else json.dumps(text), "p.json")
    assert all(line.startswith("p.json: ") for line in problem.value.problems)
    return str(problem.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the plan is empty"),
        (" \n", "the plan is empty"),
        ("PK\x03\x04tfplan", "Terraform's binary plan file; write it with `terraform show -json"),
        ('{"format_version": "1.2", "resource_ch', "the JSON ends in the middle"),
        ('{"format_version": "1.2"', "the JSON ends in the middle"),
        ("Terraform will perform the following actions:", "not JSON"),
        (
            '{"format_version": "1.2"} {"format_version": "1.2"}',
            "not JSON: Extra data (line 1); one plan a file",
        ),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "not a Terraform plan"),
        ("null", "not a Terraform plan"),
        ('{"version": 4, "resources": []}', "not a Terraform plan"),
        (
            '{"@level": "info", "@message": "x"}\n{"@level": "info"}\n',
            "the log of `terraform plan -json`",
        ),
        ('{"format_version": "1.0"}', "the JSON of a state, not of a plan"),
        (
            '{"format_version": "1.0", "values": {"root_module": {}}}',
            "`terraform show -json PLANFILE > PLAN.json`",
        ),
    ],
)
def test_what_is_not_a_plan_is_refused(text: str, said: str) -> None:
    """Empty, binary, cut off, prose, several, too deep, another document,
    and what a wrong command prints.
    """
    assert said in refused(text)


def test_a_name_that_comes_twice_is_refused() -> None:
    """Readers differ in which of the two counts: a second,
    empty list of changes must not make a plan clean.
    """
    text = json.dumps(document(created(order())))
    twice = text[:-1] + ', "resource_changes": []}'
    assert "not JSON: 'resource_changes' stands twice in one object" in refused(twice)


def test_a_plan_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not parsed."""
    monkeypatch.setattr(reading, "MAX_CHARACTERS", 100)
    assert "too large for a plan of one stack" in refused(document(kept(order())))


@pytest.mark.parametrize(
    "version", ["0.2", "1.3", "2.0", "1", "1.2.0", "", None, 1.2, "1.02", "1.٢"]
)
def test_unknown_versions_are_refused(version: object) -> None:
    """Other majors, newer minors and what is no version at all."""
    assert f"format_version {version!r} is not known; known: 1.0 to 1.2" in refused(
        document(format_version=version)
    )


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_known_versions_are_read(version: str) -> None:
    """From Terraform 1.1 on."""
    assert read_plan(json.dumps(document(kept(order()), format_version=version)), "p.json").devices


@pytest.mark.parametrize(
    ("section", "value", "said"),
    [
        ("errored", True, "stopped with an error"),
        ("errored", None, "stopped with an error"),
        ("complete", False, "the plan is incomplete (made with -target"),
        ("complete", "yes", "the plan is incomplete"),
        ("deferred_changes", [{}], "section 'deferred_changes'"),
        ("action_invocations", [{}], "section 'action_invocations'"),
        ("deferred_action_invocations", [{}], "section 'deferred_action_invocations'"),
        ("of_tomorrow", {"x": 1}, "section 'of_tomorrow'"),
        ("of_tomorrow", 0, "section 'of_tomorrow'"),
        ("configuration", {"root_module": {}}, "a plan of another project"),
        ("configuration", [], "a plan of another project"),
        (
            "configuration",
            {"root_module": {"resources": [{"address": []}, 1]}},
            "a plan of another project",
        ),
        ("resource_changes", {}, "resource_changes is not a list"),
        ("resource_changes", [None], "no resource change"),
        ("resource_changes", [{"change": []}], "no resource change"),
    ],
)
def test_sections_that_cannot_be_judged_are_refused(section: str, value: object, said: str) -> None:
    """Whatever is not known and not empty may do something."""
    assert said in refused({**document(), section: value})


def test_what_opentofu_leaves_out_may_be_missing() -> None:
    """OpenTofu writes neither `applyable` nor `complete`; empty sections of tomorrow do nothing."""
    given = document(kept(order()), of_tomorrow=[])
    del given["applyable"], given["complete"]
    assert read_plan(json.dumps(given), "p.json").devices


def foreign(actions: list[str], **more: Any) -> Json:
    """A resource of somebody else."""
    given = {
        "address": "aws_instance.a",
        "mode": "managed",
        "type": "aws_instance",
        "name": "a",
        **more,
    }
    return {
        **given,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {"actions": actions},
    }


@pytest.mark.parametrize(
    "actions", [["create"], ["update"], ["delete"], ["delete", "create"], ["forget"]]
)
def test_foreign_resources_that_change_are_refused(actions: list[str]) -> None:
    """Nobody here can say what they do."""
    assert "aws_instance.a" in refused(document([foreign(actions)]))


def test_foreign_resources_that_stay_are_passed_by() -> None:
    """Neither a no-op nor a read does anything; another terraform_data is foreign, too."""
    rows = [
        foreign(["no-op"]),
        foreign(["read"], mode="data"),
        foreign(["no-op"], type="terraform_data", name="other"),
    ]
    assert read_plan(json.dumps(document(rows)), "p.json").devices == {}


@pytest.mark.parametrize(
    "actions",
    [["explode"], [], None, ["no-op", "no-op"], "no-op", [["no-op"]], [1], ["create", None]],
)
def test_unknown_actions_are_refused(actions: object) -> None:
    """Of devices and of foreign resources alike."""
    for row in (kept(order())[0], foreign([])):
        row["change"]["actions"] = actions
        assert "are not known; known: no-op" in refused(document([row]))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("deposed", "abcd", "create_before_destroy"),
        ("previous_address", 'terraform_data.boot["x"]', "take the `moved` block out"),
        ("module_address", "module.m", "it is in a module"),
        ("index_unknown", True, "does not know"),
        ("of_tomorrow", [1], "does not know"),
        ("provider_name", "registry.terraform.io/x/y", "allowed: terraform.io/builtin/terraform"),
        ("index", None, "not the key of a device"),
        ("index", 7, "not the key of a device"),
        ("index", "virtual_guest/9", "not the key of a device"),
        ("action_reason", "replace_by_triggers", "because of 'replace_by_triggers' is not known"),
        ("action_reason", ["x"], "is not known"),
    ],
)
def test_fields_that_cannot_be_judged_are_refused(field: str, value: object, said: str) -> None:
    """A left-over, a move, a module, an address that does not fit,
    a cause that this project has not.
    """
    rows = replaced(order(boot="os"), order())
    rows[0][field] = value
    assert said in refused(document(rows))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("importing", {"id": "x"}, "it would be imported; that is not needed"),
        ("generated_config", "resource x", "does not know"),
        ("after_unknown", {"input": {"boot": True}}, "its order is unknown until the apply"),
        ("after_unknown", {"input": True}, "unknown"),
        ("after_unknown", True, "unknown"),
        ("after_unknown", {"triggers_replace": [{"a": [True]}]}, "unknown"),
        ("after_sensitive", {"input": {"reason": True}}, "its order is secret"),
        ("before_sensitive", True, "secret"),
        ("before", None, "does not go with its `before`"),
        ("after", None, "does not go with its `after`"),
        ("after", [], "does not go with its `after`"),
        ("after", {}, "not an order of this version"),
        ("after", {"input": None}, "not an order of this version"),
        ("after", {"input": order()}, "triggers_replace is not what"),
    ],
)
def test_values_that_cannot_be_judged_are_refused(field: str, value: object, said: str) -> None:
    """An import, unknown and secret values, and sides that do not go with the action."""
    rows = replaced(order(boot="os"), order())
    rows[0]["change"][field] = value
    assert said in refused(document(rows))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("boot", "sideways"),
        ("boot", None),
        ("device", "virtual_guest/2"),
        ("device", "toaster/1"),
        ("image", "a.iso"),
        ("image", 1.5),
        ("no_os_environment", "LINUX"),
        ("timeout_s", "1h"),
        ("timeout_s", True),
        ("timeout_s", 0),
        ("name", ""),
        ("name", None),
        ("name", "a\nb"),
        ("name", "\x1b[31mred"),
        ("name", "\ud800"),
        ("reason", 7),
        ("reason", "two\nlines"),
        ("of_tomorrow", 1),
    ],
)
def test_orders_that_do_not_parse_are_refused(field: str, value: object) -> None:
    """Wrong words, wrong types, two lines, another device, fields of another version."""
    rows = created(order())
    for row in rows:
        row["change"]["after"]["input"] = {**order(), field: value}
    assert "not an order of this version of classic-rescue" in refused(document(rows))


@pytest.mark.parametrize(
    "cause", ["delete_because_no_resource_config", "delete_because_no_module", "other"]
)
def test_a_delete_without_its_block_is_refused(cause: str) -> None:
    """Terraform skips destroy-time hooks of a block that left the
    configuration (hashicorp/terraform#34711).
    """
    rows = removed(order())
    rows[1]["action_reason"] = cause
    assert f"because of {cause!r} is not known" in refused(document(rows))


def test_what_is_on_record_and_not_in_the_plan_is_refused() -> None:
    """A -refresh-only plan holds no changes at all; where the file dropped the device,
    nothing else would tell.
    """
    given = document(removed(order()), kept(order("virtual_guest/2", name="web-2")))
    said = refused({name: value for name, value in given.items() if name != "resource_changes"})
    assert "it says nothing of 2 devices on Terraform's record, such as virtual_guest/1" in said
    assert "-refresh-only or -target" in said
    del given["resource_changes"][1]
    assert "it says nothing of 1 device on Terraform's record, such as virtual_guest/1" in refused(
        given
    )


@pytest.mark.parametrize(
    "row",
    [
        {"address": "aws_instance.a", "mode": "managed", "type": "aws_instance", "name": "a"},
        {
            "address": 'data.terraform_data.boot["x"]',
            "mode": "data",
            "type": "terraform_data",
            "name": "boot",
        },
        {"mode": "managed", "type": "terraform_data", "name": [], "index": {}},
        7,
    ],
)
def test_what_else_is_on_record_does_not_count(row: object) -> None:
    """Resources of others, data, and what is no resource."""
    given = document(kept(order()))
    given["prior_state"]["values"]["root_module"]["resources"].append(row)
    assert read_plan(json.dumps(given), "p.json").devices


def test_a_tainted_release_that_is_deleted_is_refused() -> None:
    """Terraform runs no destroy-time hook of a tainted resource:
    the device would stay in rescue, unseen.
    """
    said = refused(document(removed(order()), tainted=[f'terraform_data.release["{WEB}"]']))
    assert "without the leave hook" in said
    assert "terraform untaint" in said


def test_a_tainted_boot_that_is_deleted_is_understood() -> None:
    """It has no destroy-time hook; that of its release runs."""
    given = document(removed(order()), tainted=[f'terraform_data.boot["{WEB}"]'])
    assert read_plan(json.dumps(given), "p.json").devices[WEB].boot.is_tainted


def test_an_update_in_place_of_the_boot_state_is_refused() -> None:
    """It would change the record without the hook: another configuration than ours."""
    assert "without the enter hook" in refused(document(recorded(order(boot="os"), order())))


def test_a_no_op_that_changes_is_refused() -> None:
    """The plan contradicts itself."""
    rows = kept(order())
    rows[0]["change"]["after"] = {
        "input": order(reason="x"),
        "triggers_replace": rows[0]["change"]["after"]["triggers_replace"],
    }
    assert "no-op, yet its order would change" in refused(document(rows))


def test_two_orders_for_one_device_are_refused() -> None:
    """Both blocks carry the same order."""
    rows = [created(order())[0], created(order(reason="x"))[1]]
    assert "different orders" in refused(document(rows))


def test_a_resource_that_is_there_twice_is_refused() -> None:
    """The plan contradicts itself."""
    assert "is there twice" in refused(document(created(order()), created(order())))


def test_every_problem_is_said_and_many_are_counted() -> None:
    """Twenty in full, the rest as a number."""
    keys = (f"virtual_guest/{number}" for number in range(1, 31))
    rows = [change("boot", ["delete"], order(key), action_reason=TAINTED) for key in keys]
    said = refused(document(rows)).splitlines()
    assert len(said) == 21
    assert "and 10 more problems" in said[-1]


@pytest.mark.parametrize("place", ["after_unknown", "after_sensitive"])
def test_values_that_are_nested_too_deeply_are_refused(place: str) -> None:
    """Not too deep for a JSON parser, but for whoever looks into it."""
    rows = kept(order())
    rows[0]["change"][place] = json.loads("[" * 900 + "]" * 900)
    assert "nested too deeply" in refused(document(rows))


def test_a_value_of_any_length_leaves_room_for_what_to_do() -> None:
    """The beginning and the end of the sentence are there; a report must not be a megabyte long."""
    rows = kept(order())
    rows[0]["change"]["actions"] = ["x" * 1_000_000]
    said = refused(document(rows))
    assert said.startswith("p.json: terraform_data.boot")
    assert said.endswith("create, forget")
    assert len(said) < 1_000


@pytest.mark.parametrize(
    ("path", "stack"),
    [
        ("fleet-0.json", "fleet-0"),
        ("out/fleet-12/plan.json", "fleet-12"),
        ("out/fleet-12.tfplan.json", "fleet-12"),
        ("fleet-1/fleet-2.json", "fleet-2"),
        ("fleet-1/x/plan.json", None),
        ("plan.json", None),
        ("fleet-x.json", None),
        ("standard input", None),
    ],
)
def test_a_files_name_tells_its_stack(path: str, stack: str | None) -> None:
    """In its own name, or in that of its folder."""
    assert stack_named_in(path) == stack
