"""What README and docs tell a reader to type works, and prints what stands there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from classic_rescue.fleet import FleetErrors, check_policy, read_fleet
from mock_api import worlds
from tests.docs import recording
from tests.docs.blocks import ROOT, Block, blocks_of, pages, problem_of
from tests.docs.likeness import is_like, plain
from tests.docs.project import Project, in_future

RUN = [page for page in pages() if any(block.kind == "run" for block in blocks_of(page))]
IN_AN_EMPTY_FOLDER = {"first-rescue.md"}
PART = """\
from classic_rescue.policy.terms import *
from classic_rescue.stack import *
from classic_rescue.policy.terms import Limit, Policy, Traits
app = App()
"""


class Yaml12(yaml.SafeLoader):
    """As the product and editors read YAML: `off` and times are texts."""


Yaml12.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in rows if not tag.endswith((":timestamp", ":bool"))]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Yaml12.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), ["t", "f"])


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """One for all pages: its mock starts once."""
    folder = tmp_path_factory.mktemp("reader") / "project"
    folder.mkdir()
    reader = Project(folder)
    yield reader
    reader.stop()


def name_of(page: Path) -> str:
    """How a failing test names it."""
    return str(page.relative_to(ROOT))


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN, ids=name_of)
def test_a_page_does_what_it_says(project: Project, page: Path) -> None:
    """From its first command to its last, in one project; what it prints is shown as it is."""
    is_readme = page.name == "README.md" and page.parent == ROOT
    project.begin(is_checkout=is_readme, is_empty=page.name in IN_AN_EMPTY_FOLDER)
    try:
        for block in blocks_of(page):
            wrong = play(project, block)
            assert not wrong, wrong
    finally:
        project.end()


@pytest.mark.slow
def test_the_picture_is_of_this_version(project: Project) -> None:
    """Whoever changes what it shows makes it again: `make recording`."""
    recording.play_up_to_the_plan(project)
    shown = recording.text_of(recording.PICTURE.read_text(encoding="utf-8"))
    now = recording.text_of(recording.as_svg(recording.recorded(project)))
    assert plain(shown) == plain(now)


def play(project: Project, block: Block) -> str:
    """Do what a block says. Returns what is wrong; empty where nothing is."""
    match block.language, block.kind:
        case "sh", "run":
            return project.run(block)
        case "text", "output":
            return different(block, project.printed)
        case "yaml", "fleet" if "save" in block.words:
            project.save(block.text)
        case "yaml", "world" if "save" in block.words:
            (project.folder / block.words[-1]).write_text(block.text)
        case "diff", "apply":
            project.change(block.text)
    return ""


def different(block: Block, printed: str) -> str:
    """How what is shown differs from what was printed; empty where it does not."""
    if is_like(block.text, printed):
        return ""
    shown = "\n".join(plain(block.text))
    return f"{block.place} shows\n{shown}\n\nbut printed is\n{printed}"


def test_every_block_is_marked() -> None:
    """Run, compared, checked, or with one of the reasons why it is not."""
    wrong = [text for page in pages() for block in blocks_of(page) if (text := problem_of(block))]
    assert not wrong, "\n".join(wrong)


def test_every_page_is_in_the_index() -> None:
    """Nobody has to guess that a page is there."""
    index = (ROOT / "docs" / "README.md").read_text()
    missing = [path.name for path in (ROOT / "docs").glob("*.md") if f"({path.name})" not in index]
    assert missing == ["README.md"]


def test_what_is_shown_follows_what_is_run() -> None:
    """An output has a command before it."""
    for page in pages():
        before = ""
        for block in blocks_of(page):
            assert block.kind != "output" or before == "run", block.place
            before = block.kind if block.language in ("sh", "text") else before


CHECKED = [
    block
    for page in pages()
    for block in blocks_of(page)
    if block.language in ("yaml", "python", "json")
]


def of_kind(kind: str) -> list[Any]:
    """Those blocks, named by their places."""
    found = [block for block in CHECKED if block.kind == kind]
    return [pytest.param(block, id=block.place) for block in found]


@pytest.mark.parametrize("block", of_kind("fleet"))
def test_fleet_files_can_be_copied(block: Block, tmp_path: Path) -> None:
    """By the schema for editors, and by the reader of fleet files with its policy."""
    path = tmp_path / "fleet.yaml"
    given = yaml.load(block.text, yaml.BaseLoader)  # noqa: S506 only texts, as the schema wants dates
    text = in_future(block.text) + ("\n" if "devices" in given else "\ndevices: {}\n")
    path.write_text(text)
    (tmp_path / "policy.yaml").write_text("require_ids: true\n")
    (tmp_path / "known_hosts").touch()
    (tmp_path / "repairs").mkdir()
    (tmp_path / "repairs" / "fix-grub.sh").write_text("#!/bin/sh\ntrue\n")
    now = datetime.now(UTC)
    try:
        fleet = read_fleet(path, now=now, environ={}, project=tmp_path)
    except FleetErrors as errors:
        pytest.fail("\n".join(map(str, errors.problems)))
    assert not check_policy(fleet, now, {}).refuses
    schema = json.loads((ROOT / "docs" / "fleet.schema.json").read_text())
    jsonschema.validate(yaml.load(text, Yaml12), schema)  # noqa: S506 a kind of SafeLoader


@pytest.mark.parametrize("block", of_kind("value"))
def test_values_are_json(block: Block) -> None:
    """A program can read them."""
    assert json.loads(block.text)


@pytest.mark.parametrize("block", of_kind("world"))
def test_worlds_can_be_copied(block: Block, tmp_path: Path) -> None:
    """The mock starts with them."""
    path = tmp_path / "my-world.yaml"
    path.write_text(block.text)
    assert worlds.load_file(path).guests


@pytest.mark.parametrize("block", of_kind("workflow"))
def test_workflows_are_such(block: Block, tmp_path: Path) -> None:
    """By GitHub's schema; what a part leaves out is added."""
    given = yaml.safe_load(block.text)
    for job in given["jobs"].values():
        job.setdefault("runs-on", "ubuntu-latest")
    path = tmp_path / "workflow.yml"
    path.write_text(json.dumps({"on": "push", **given}))
    run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(path))


@pytest.mark.parametrize("block", of_kind("pre-commit"))
def test_settings_of_pre_commit_are_such(block: Block, tmp_path: Path) -> None:
    """By its own judgement."""
    path = tmp_path / "config.yaml"
    path.write_text(block.text)
    run("pre-commit", "validate-config", str(path))


@pytest.mark.slow
def test_apps_can_be_synthesised(tmp_path: Path) -> None:
    """A whole one as it stands; a part inside a stack. All in one process, since node starts
    slowly.
    """
    (tmp_path / "repairs").mkdir()
    (tmp_path / "repairs" / "fix-grub.sh").write_text("#!/bin/sh\ntrue\n")
    programs = []
    for block in CHECKED:
        if block.language != "python" or block.kind not in ("app", "part"):
            continue
        lines = block.text
        if block.kind == "part":
            kind = "TerraformStack" if "BootStates(" in block.text else "BootStateStack"
            more = "from cdktf import TerraformStack\n" if kind == "TerraformStack" else ""
            lines = f"{more}{PART}stack = {kind}(app, 'part')\n{block.text}\napp.synth()\n"
        programs.append((block.place, lines))
    assert len(programs) > 2
    source = f"for place, text in {programs!r}:\n    exec(compile(text, place, 'exec'), {{}})\n"
    (tmp_path / "all.py").write_text(source)
    subprocess.run([sys.executable, "-P", "all.py"], cwd=tmp_path, check=True)


def run(*words: str) -> None:
    """A program of the checks; it must agree."""
    program = Path(sys.prefix, "bin", words[0])
    ended = subprocess.run([program, *words[1:]], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
