"""docs/policy.md: what it shows can be used as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import classic_rescue
from classic_rescue.policy.judge import RULES
from tests.unit.fleet.asking import fleet_of

PAGE = (Path(classic_rescue.__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml fleet\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_is_a_right_file(example: str) -> None:
    """Put into a fleet file, it is taken."""
    text = example if example.startswith("policy:") else f"policy:\n{example}"
    assert fleet_of(text if "\ndevices:" in text else text + "devices: {}\n").policy


def test_every_rule_is_on_the_page() -> None:
    """Each has its row."""
    for rule in RULES:
        assert f"| `{rule}` |" in PAGE
