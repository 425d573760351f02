"""Whatever is fed to the reader: a fleet, or problems, and nothing else."""

from __future__ import annotations

import json

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from classic_rescue.fleet import Fleet, FleetErrors, parse_fleet, read_backend
from classic_rescue.fleet.model import DeviceModel, FleetModel
from classic_rescue.fleet.policy_model import LimitModel, PolicyModel, WindowModel
from tests.unit.fleet.asking import NOW

POLICY = [
    *PolicyModel.model_fields,
    *LimitModel.model_fields,
    *WindowModel.model_fields,
    "from",
    "to",
]
KEYS = [*FleetModel.model_fields, *DeviceModel.model_fields, *POLICY, "type", "image"]
VALUES = [
    "os",
    "rescue",
    "pg",
    "s3",
    "http",
    "local",
    "no",
    "off",
    "on",
    "~",
    "<<",
    "1",
    "90s",
    "2026-12-01",
    "LINUX",
    "5%",
    "daily",
    "24:00",
    "UTC",
]
WORDS = st.sampled_from([*KEYS, *VALUES])
SCALARS = st.one_of(
    [st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), WORDS]
)
STRUCTURES = st.recursive(
    SCALARS,
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(WORDS | st.text(max_size=4), below, max_size=5)
    ),
    max_leaves=12,
)
DEVICES = st.fixed_dictionaries(
    {"boot": st.sampled_from(["os", "rescue", {"image": "a.iso"}, "image"])},
    optional={
        "virtual_guest": st.integers(-1, 3),
        "hardware": st.integers(0, 3),
        "timeout": SCALARS,
        "until": SCALARS,
    },
)
WINDOWS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(["days", "from", "to", "zone", "x"], STRUCTURES)
)
POLICIES = STRUCTURES | st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(PolicyModel.model_fields, STRUCTURES),
        "windows": st.lists(WINDOWS | STRUCTURES, max_size=2),
        "max_down": st.lists(
            st.dictionaries(st.sampled_from(["limit", "names", "tag", "x"]), SCALARS), max_size=2
        ),
    },
)
FLEETS = st.fixed_dictionaries(
    {
        "devices": st.dictionaries(
            st.sampled_from(["a", "b", "-", "c d"]), DEVICES | STRUCTURES, max_size=4
        )
    },
    optional={
        "shards": st.integers(0, 3),
        "backend": STRUCTURES,
        "defaults": STRUCTURES,
        "endpoint": SCALARS,
        "policy": POLICIES,
    },
)
SIGNS = st.text(
    st.sampled_from("{}[]:,-?&*!|>%@`#'\"\\ \n\t~<abz019.\x00\x85\u2028\ufeff\ud800é"), max_size=40
)


def _read(text: str) -> Fleet | FleetErrors:
    try:
        return parse_fleet(text, source="fleet.yaml", now=NOW)
    except FleetErrors as errors:
        return errors


def _check(text: str) -> None:
    """Read a text; problems must be complete and printable, a fleet must be whole."""
    answer = _read(text)
    if isinstance(answer, FleetErrors):
        _check_problems(answer)
        assert list(answer.problems) == sorted(answer.problems, key=lambda problem: problem.line)
        return
    orders = [order for index in range(answer.shards) for order in answer.shard(index)]
    assert len(orders) == len(answer.devices) == len({order.device.key for order in orders})


def _check_problems(errors: FleetErrors) -> None:
    assert errors.problems
    for problem in errors.problems:
        assert problem.message
        assert problem.message.isprintable()
        assert problem.allowed.isprintable()
        assert problem.allowed
        assert not problem.message.startswith(
            "not accepted"
        )  # every pydantic error has our own words
        assert (problem.given or "").isprintable()


@given(st.text() | SIGNS)
@example("? ")
@example("devices: {? : }")
@example("a: !!python/name:os.system")
@example("- - - - : : :")
@example("'\\")
@example("&a : *a")
def test_any_text_gives_a_fleet_or_problems(text: str) -> None:
    """No text makes anything else escape."""
    _check(text)


@given(STRUCTURES | FLEETS, st.booleans())
def test_any_structure_gives_a_fleet_or_problems(structure: object, as_flow: bool) -> None:
    """No structure that YAML can write makes anything else escape."""
    _check(yaml.safe_dump(structure, default_flow_style=as_flow, allow_unicode=True))


@given(FLEETS)
def test_any_fleet_as_json_gives_a_fleet_or_problems(structure: object) -> None:
    """Nor does any that JSON can write."""
    _check(json.dumps(structure))


@given(STRUCTURES | st.text())
def test_any_backend_in_the_environment_gives_one_or_problems(structure: object) -> None:
    """The environment is no safer than a file."""
    text = structure if isinstance(structure, str) else json.dumps(structure)
    _check_backend(text)


def _check_backend(text: str) -> None:
    try:
        read_backend({"CLASSIC_RESCUE_BACKEND": text})
    except FleetErrors as errors:
        _check_problems(errors)
