"""Whether a device that leaves a stack is declared elsewhere in the app,
told from the synthesised files.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from classic_rescue.hook.declarations import read_declarations

WEB = "virtual_guest/1"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An app of two stacks: alpha declares guest 1 no more, beta declares it,
    gamma is an old folder.
    """
    declared = {
        "alpha": ["hardware/7"],
        "beta": [WEB, "hostname/web.example.com"],
        "gamma": ["hardware/9"],
    }
    for stack, keys in declared.items():
        folder = tmp_path / "cdktf.out" / "stacks" / stack
        folder.mkdir(parents=True)
        tree = {"locals": {"devices": dict.fromkeys(keys, "…")}}
        (folder / "cdk.tf.json").write_text(json.dumps(tree))
    (tmp_path / "cdktf.out" / "manifest.json").write_text(
        json.dumps({"stacks": {"alpha": {}, "beta": {}}})
    )
    return tmp_path / "cdktf.out" / "stacks"


def test_another_stack_that_declares_the_device_makes_it_a_move(app: Path) -> None:
    """By its key, or by any other of its names."""
    declarations = read_declarations(str(app / "alpha"))
    assert declarations.elsewhere(WEB, []) == ("beta", WEB)
    assert declarations.elsewhere("ip/10.0.0.1", ["hostname/Web.example.com"]) == (
        "beta",
        "hostname/web.example.com",
    )
    assert declarations.elsewhere("virtual_guest/2", ["hostname/other"]) is None


def test_the_own_stack_counts_only_under_another_name(app: Path) -> None:
    """A destroy finds the device in its own stack still: that is no move."""
    declarations = read_declarations(str(app / "beta"))
    assert declarations.elsewhere(WEB, []) is None
    assert declarations.elsewhere(WEB, [WEB, "hostname/web.example.com"]) == (
        "beta",
        "hostname/web.example.com",
    )


def test_a_folder_of_an_earlier_synthesis_counts_for_nothing(app: Path) -> None:
    """Only the stacks of the manifest are declared."""
    assert read_declarations(str(app / "alpha")).elsewhere("hardware/9", []) is None


@pytest.mark.parametrize(
    "text", [None, "", "{", "[]", '{"stacks": 7}', '{"stacks": {"beta": {}, "none": {}}}']
)
def test_unreadable_files_mean_that_nothing_is_known(app: Path, text: str | None) -> None:
    """Terraform alone, without the app's output: the device leaves."""
    manifest = app.parent / "manifest.json"
    manifest.unlink() if text is None else manifest.write_text(text)
    (app / "beta" / "cdk.tf.json").write_text('{"locals": {"devices": 7}}')
    assert read_declarations(str(app / "alpha")).elsewhere(WEB, []) is None
