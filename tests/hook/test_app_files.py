"""The one reader of a synthesised app: what it understands, and what it says of what is damaged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from classic_rescue.hook.app_files import (
    order_fields,
    output_folder,
    read_stack,
    stack_folders,
    unescape,
)
from classic_rescue.hook.declarations import read_declarations
from classic_rescue.hook.members import read_members

DEEP = "[" * 100_000


def manifest(folder: Path, content: object) -> None:
    """Write the manifest of an app: JSON, or a text as it is."""
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "manifest.json").write_text(text)


def configuration(folder: Path, content: object) -> Path:
    """Write a stack's configuration: JSON, or a text as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "cdk.tf.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_stacks_are_where_the_manifest_says(tmp_path: Path) -> None:
    """In its order; where it says nothing, where cdktf always puts them."""
    manifest(tmp_path, {"stacks": {"b": {"workingDirectory": "elsewhere/b"}, "a": {}}})
    assert stack_folders(str(tmp_path)) == {
        "b": str(tmp_path / "elsewhere/b"),
        "a": str(tmp_path / "stacks/a"),
    }


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "manifest.json is missing"),
        ("{", "manifest.json cannot be read"),
        (DEEP, "manifest.json cannot be read"),
        ("\ud800".encode("utf-16", "surrogatepass").decode("latin-1"), "cannot be read"),
        ([], "lists no stacks"),
        ("null", "lists no stacks"),
        ({}, "lists no stacks"),
        ({"stacks": ["a"]}, "lists no stacks"),
        ({"stacks": {"a": 7}}, "does not say where the stack a is"),
        ({"stacks": {"a": {"workingDirectory": 7}}}, "does not say where the stack a is"),
    ],
)
def test_a_damaged_manifest_is_said(tmp_path: Path, content: object, words: str) -> None:
    """With the file's name. A device that leaves is let go by whoever asks for declarations."""
    if content is not None:
        manifest(tmp_path, content)
    with pytest.raises(ValueError, match=words):
        stack_folders(str(tmp_path))
    assert not any(read_declarations(str(tmp_path / "stacks" / "own")).stacks.values())


@pytest.mark.parametrize(
    "content", ["{", DEEP, [], {"locals": []}, {"locals": "x"}, "7", "null", "\0"]
)
def test_a_damaged_configuration_is_said(tmp_path: Path, content: object) -> None:
    """With the file's name, never as a defect."""
    configuration(tmp_path, content)
    with pytest.raises(ValueError, match=r"cdk\.tf\.json"):
        read_stack(str(tmp_path))


def test_a_missing_configuration_is_none(tmp_path: Path) -> None:
    """Which the hook of a stack without a policy may let pass."""
    assert read_stack(str(tmp_path)) is None


def test_locals_of_another_kind_are_refused_when_asked_for(tmp_path: Path) -> None:
    """Devices are a mapping, the policy is a text; without either there are none."""
    configuration(tmp_path, {"locals": {"devices": [], "policy": {}}})
    stack = read_stack(str(tmp_path))
    assert stack is not None
    with pytest.raises(ValueError, match=r"cdk\.tf\.json: locals\.devices is not a mapping"):
        stack.devices()
    with pytest.raises(ValueError, match=r"cdk\.tf\.json: locals\.policy is not a text"):
        stack.policy_text()
    configuration(tmp_path, {})
    empty = read_stack(str(tmp_path))
    assert empty is not None
    assert (empty.has_locals, dict(empty.devices()), empty.policy_text()) == (False, {}, None)


def test_one_damaged_stack_hides_no_other(tmp_path: Path) -> None:
    """A device that only moved to a stack that can be read is still found there."""
    manifest(tmp_path, {"stacks": {"broken": {}, "good": {}, "own": {}}})
    configuration(tmp_path / "stacks" / "broken", "{")
    configuration(tmp_path / "stacks" / "good", {"locals": {"devices": {"virtual_guest/1": ""}}})
    declared = read_declarations(str(tmp_path / "stacks" / "own"))
    assert declared.elsewhere("virtual_guest/1", []) == ("good", "virtual_guest/1")


def test_one_damaged_entry_hides_no_other(tmp_path: Path) -> None:
    """Nor does a stack that the manifest does not place: what only moved is not brought back."""
    manifest(tmp_path, {"stacks": {"broken": 7, "lost": {"workingDirectory": 7}, "good": {}}})
    configuration(tmp_path / "stacks" / "good", {"locals": {"devices": {"virtual_guest/1": ""}}})
    declared = read_declarations(str(tmp_path / "stacks" / "own"))
    assert declared.elsewhere("virtual_guest/1", []) == ("good", "virtual_guest/1")


def test_a_problem_names_its_file_once(tmp_path: Path) -> None:
    """However many readers it came through."""
    with pytest.raises(ValueError, match="lists the stacks") as caught:
        read_members(str(tmp_path / "stacks" / "own"))
    assert str(caught.value).count("manifest.json") == 1
    manifest(tmp_path, {"stacks": {"own": {}}})
    configuration(tmp_path / "stacks" / "own", {"locals": {"devices": []}})
    with pytest.raises(ValueError, match="is damaged") as caught:
        read_members(str(tmp_path / "stacks" / "own"))
    assert str(caught.value).count("cdk.tf.json") == 1


def test_what_terraform_would_evaluate_is_unescaped() -> None:
    """An order is one expression, whose texts may hold what looks like more of them."""
    assert unescape("$${a} %%{b}") == "${a} %{b}"
    assert order_fields('${{"name": "web-$${1}"}}') == {"name": "web-${1}"}


def test_the_output_folder_is_two_above_the_stack(tmp_path: Path) -> None:
    """Terraform runs in OUTPUT/stacks/STACK."""
    assert output_folder(str(tmp_path / "stacks" / "own")) == str(tmp_path)
