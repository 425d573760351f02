"""An image's name is what a file says; what it leads to is reviewed, and nothing else is booted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]

pytestmark = pytest.mark.slow

NAME = "ops-toolbox-1.4.iso"
ID = 51830045
FLEET = f"devices: {{web-1: {{virtual_guest: 124929698, boot: {{image: {NAME}}}}}}}\n"


def other_image(mock: Any, *, number: int, is_added: bool) -> None:
    """Make a private image of this name, beside the one that is there or in its place."""
    world = mock.control_call("GET", "world")
    kept = [image for image in world["disk_images"] if is_added or image["id"] != ID]
    image = {"id": number, "name": NAME, "datacenter": "dal13", "public": False}
    group = next(group for group in world["image_groups"] if group["name"] == NAME)
    groups = [row for row in world["image_groups"] if is_added or row is not group]
    groups.append({**group, "id": 7, "disk_image_ids": [number], "global_identifier": ""})
    mock.control_call("PATCH", "world", {"disk_images": [*kept, image], "image_groups": groups})


@pytest.fixture
def project_with_image(project: Path, mock: Any) -> Path:
    """A fleet whose one device boots a private image by its name."""
    (project / "fleet.yaml").write_text(FLEET)
    return project


def test_the_review_names_what_the_name_leads_to(run: Run, mock: Any, project: Path) -> None:
    """Its id, and whether it is one of the service's own or of the account's: in every form."""
    public = "  win-1: {virtual_guest: 124929706, boot: {image: WindowsRescueStandalone.iso}}"
    devices = f"devices:\n  web-1: {{virtual_guest: 124929698, boot: {{image: {NAME}}}}}\n"
    (project / "fleet.yaml").write_text(f"{devices}{public}\n")
    said = run("plan", "--long", "--out", "reviewed").stdout
    assert f"web-1: os → image {NAME}: goes down and boots image {NAME} (private image {ID}" in said
    assert "(public image 34291702)" in said
    review = json.loads((project / "reviewed" / "review.json").read_text())
    images = {device["name"]: device["image"] for device in review["devices"]}
    assert images["web-1"] == {"id": ID, "name": NAME, "owner": "private"}
    assert images["win-1"]["owner"] == "public"
    for form in ("review.md", "junit.xml", "review.sarif"):
        assert f"private image {ID}" in (project / "reviewed" / form).read_text()
    assert f"(private image {ID})" in run("deploy").stdout
    assert mock.changes() == []


def test_two_of_one_name_are_told_before_anybody_agrees(
    run: Run, mock: Any, project_with_image: Path
) -> None:
    """Both ids are named, in the review and in the question; the hook boots neither."""
    other_image(mock, number=8, is_added=True)
    refusal = f"its hook will refuse: 2 images that it could boot are called '{NAME}', with the"
    planned = run("plan", "--out", "reviewed")
    assert refusal in " ".join(planned.stdout.split())
    review = json.loads((project_with_image / "reviewed" / "review.json").read_text())
    assert f"the ids 8 and {ID}" in review["devices"][0]["warning"]
    assert review["devices"][0]["image"] is None
    assert refusal in run("deploy").stdout
    ended = run("deploy", "--yes")
    assert ended.exit_code == 1
    assert f"the ids 8 and {ID}" in " ".join(ended.output.split())
    assert mock.changes() == []


def test_a_name_that_leads_to_another_image_since_is_refused(
    run: Run, mock: Any, project_with_image: Path
) -> None:
    """`apply` names both, and touches nothing."""
    assert run("plan", "--out", "reviewed").exit_code == 2
    other_image(mock, number=8, is_added=False)
    ended = run("apply", "reviewed")
    assert ended.exit_code == 1
    said = " ".join(ended.stderr.split())
    assert f"reviewed: goes down and boots image {NAME} (private image {ID}); now: " in said
    assert "(private image 8)" in said
    assert mock.changes() == []


def test_one_that_changes_while_somebody_answers_is_refused_by_the_hook(
    run: Run, mock: Any, project_with_image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the question and the request: nothing is booted but what the question named."""
    from classic_rescue.cli.rollout import rollout

    asked = rollout._ask

    def change_meanwhile(*given: Any, **more: Any) -> None:
        asked(*given, **more)
        other_image(mock, number=8, is_added=False)

    monkeypatch.setattr(rollout, "_ask", change_meanwhile)
    ended = run("deploy", "--yes")
    assert ended.exit_code == 1
    said = " ".join(ended.output.split())
    assert f"leads to the private image 8 now, and was reviewed as {ID}" in said
    assert mock.changes() == []
