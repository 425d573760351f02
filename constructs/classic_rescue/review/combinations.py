"""What Terraform really runs for a device, by what it does to the two blocks of it:
the one table of that.

`boot` has a create-time hook (enter), `release` a destroy-time hook (leave): see `stack/blocks.py`.
So creating or replacing `boot` runs enter once, deleting `release` runs leave once, an update in
place runs nothing. Every pair that is not in `RUNS` is refused, with the first sentence of
`REFUSALS` that meets it.
"""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """What Terraform does to one block of a device. `ABSENT`: the plan does not name it."""

    ABSENT = "absent"
    NO_OP = "no-op"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    REPLACE = "delete, create"
    REPLACE_CREATE_FIRST = "create, delete"
    READ = "read"
    FORGET = "forget"
    FORGET_THEN_CREATE = "forget, create"
    CREATE_THEN_FORGET = "create, forget"


ACTION_NAMES: dict[tuple[str, ...], Action] = {
    tuple(action.value.split(", ")): action for action in Action if action is not Action.ABSENT
}
"""`change.actions` of the plan's JSON → the action.

Forget first is OpenTofu's, forget last Terraform's.
"""


class Run(StrEnum):
    """Which hook runs, once."""

    NOTHING = "nothing"
    RECORD = "only Terraform's record is written"
    ENTER = "enter"
    LEAVE = "leave"


RUNS: dict[tuple[Action, Action], Run] = {
    # (boot, release)
    (Action.NO_OP, Action.NO_OP): Run.NOTHING,
    (Action.NO_OP, Action.UPDATE): Run.RECORD,
    (Action.NO_OP, Action.CREATE): Run.RECORD,  # its release record was lost (terraform state rm)
    (Action.UPDATE, Action.NO_OP): Run.RECORD,
    (Action.UPDATE, Action.UPDATE): Run.RECORD,
    (Action.UPDATE, Action.CREATE): Run.RECORD,
    (Action.CREATE, Action.CREATE): Run.ENTER,
    (Action.CREATE, Action.NO_OP): Run.ENTER,  # an earlier apply stopped between the two
    (Action.CREATE, Action.UPDATE): Run.ENTER,
    (Action.REPLACE, Action.NO_OP): Run.ENTER,
    (Action.REPLACE, Action.UPDATE): Run.ENTER,
    (Action.REPLACE, Action.CREATE): Run.ENTER,
    (Action.DELETE, Action.DELETE): Run.LEAVE,
    (
        Action.ABSENT,
        Action.DELETE,
    ): Run.LEAVE,  # an earlier leave hook failed: boot is deleted first
}

_ALL = frozenset(Action)
_FORGETS = frozenset({Action.FORGET, Action.FORGET_THEN_CREATE, Action.CREATE_THEN_FORGET})

REFUSALS: tuple[tuple[frozenset[Action], frozenset[Action], str], ...] = (
    (
        _ALL,
        frozenset({Action.REPLACE, Action.REPLACE_CREATE_FIRST}),
        "its `release` would be replaced: that runs the leave hook, which takes the device back to"
        " its operating system although it stays in the fleet; plan again without -replace of"
        " `release` (`terraform untaint` where tainted)",
    ),
    (
        _ALL,
        _FORGETS,
        "Terraform would forget its `release` without running the leave hook: the device would"
        " stay as it is and nobody would see it; take the `removed` block out and delete the"
        " device from the fleet file instead",
    ),
    (
        _FORGETS,
        _ALL,
        "Terraform would forget its `boot`: what the device runs would be on record nowhere; take"
        " the `removed` block out and delete the device from the fleet file instead",
    ),
    (
        frozenset({Action.DELETE}),
        frozenset({Action.ABSENT}),
        "its `release` is not in Terraform's state, so no leave hook would run and the device"
        " would stay as it is; bring it back with `classic-rescue leave`,"
        " then delete `boot` with `terraform state rm`",
    ),
    (
        frozenset({Action.REPLACE_CREATE_FIRST}),
        _ALL,
        "its `boot` would be created before the old one is deleted, which this project never does;"
        " take create_before_destroy out of the configuration",
    ),
    (
        frozenset({Action.READ}),
        _ALL,
        (
            "Terraform would read its `boot` like a data source,"
            " which this project never does; plan again"
        ),
    ),
    (
        _ALL,
        frozenset({Action.READ}),
        (
            "Terraform would read its `release` like a data source,"
            " which this project never does; plan again"
        ),
    ),
    (
        _ALL,
        _ALL,
        (
            "this pair of actions on `boot` and `release` is not known;"
            " plan again without -target and -replace"
        ),
    ),
)
"""(boot, release, why nobody can call it harmless and what to do);
the first row that meets a pair counts.
"""


def refusal_of(boot: Action, release: Action) -> str:
    """Why a pair that is not in `RUNS` is refused."""
    text = next(text for boots, releases, text in REFUSALS if boot in boots and release in releases)
    return f"boot: {boot}, release: {release}: {text}"


class Cause(StrEnum):
    """Why Terraform does it, as far as the plan tells."""

    NONE = ""
    CHANGED = "replace_because_cannot_update"
    TAINTED = "replace_because_tainted"
    REQUESTED = "replace_by_request"
    REMOVED = "delete_because_each_key"


CAUSES: dict[Action, frozenset[Cause]] = {
    Action.REPLACE: frozenset({Cause.CHANGED, Cause.TAINTED, Cause.REQUESTED}),
    Action.DELETE: frozenset({Cause.REMOVED, Cause.NONE}),  # none: `terraform plan -destroy`
    **{
        action: frozenset({Cause.NONE})
        for action in (Action.ABSENT, Action.NO_OP, Action.CREATE, Action.UPDATE)
    },
}
"""The `action_reason` that an action can have with this project's configuration.

Not here, so refused: delete_because_no_resource_config (the block left the configuration, so that
Terraform skips its hook: hashicorp/terraform#34711), replace_by_triggers,
delete_because_no_move_target and others.
"""
