"""The comment kept up to date, and the issue: on both services, found again, retried, cut,
never somebody else's.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from classic_rescue.review.reports.markdown import MARKER
from tests.gitops.conftest import Ci
from tests.gitops.forges import Forge, Reply


@pytest.fixture
def review(tmp_path: Path) -> Path:
    """A report as `classic-rescue plan` writes it."""
    path = tmp_path / "review.md"
    path.write_text(f"{MARKER}\n\nweb-1 goes down\n")
    return path


def texts(rows: list[dict[str, object]], field: str = "body") -> list[str]:
    """The text of each post."""
    return [str(row[field]) for row in rows]


def test_one_comment_however_often(forge: Forge, run_ci: Ci, review: Path) -> None:
    """The first run makes it, the next one changes it; it links to the job."""
    assert run_ci("comment", str(review)).exit_code == 0
    review.write_text(f"{MARKER}\n\nnothing restarts\n")
    assert run_ci("comment", str(review)).exit_code == 0
    assert len(forge.comments) == 1
    assert "nothing restarts" in forge.comments[0]["body"]
    assert "[the job that found this](https://git" in forge.comments[0]["body"]


def test_it_is_found_on_a_later_page(forge: Forge, run_ci: Ci, review: Path) -> None:
    """Behind many other comments, on the third page, it is still the one that is changed."""
    forge.comments += [forge.post(f"talk {number}", is_own=False) for number in range(70)]
    forge.comments.append(forge.post(f"{MARKER}\n\nold"))
    forge.comments += [forge.post("bot's other talk") for _ in range(5)]
    before = len(forge.comments)
    assert run_ci("comment", str(review)).exit_code == 0
    assert len(forge.comments) == before
    assert "web-1 goes down" in forge.comments[70]["body"]


def test_nobody_elses_comment_is_touched(forge: Forge, run_ci: Ci, review: Path) -> None:
    """A person's comment with the marker, and a marker further down, are left alone."""
    forge.comments += [forge.post(f"{MARKER}\nmine", is_own=False), forge.post(f"look:\n{MARKER}")]
    assert run_ci("comment", str(review)).exit_code == 0
    assert len(forge.comments) == 3
    assert forge.comments[0]["body"].endswith("mine")


def test_a_review_that_is_no_text_is_said_as_far_as_it_is(
    forge: Forge, run_ci: Ci, tmp_path: Path
) -> None:
    """Bytes that are no text become a mark; an older comment would mislead."""
    for name in ("review.md", "more.md"):
        (tmp_path / name).write_bytes(MARKER.encode() + b"\n\n\xff web-1 goes down\n")
    ended = run_ci("comment", str(tmp_path / "review.md"), str(tmp_path / "more.md"))
    assert ended.exit_code == 0, ended.output
    assert str(forge.comments[0]["body"]).count("\N{REPLACEMENT CHARACTER} web-1 goes down") == 2


def test_a_review_that_was_not_made_is_told(forge: Forge, run_ci: Ci, tmp_path: Path) -> None:
    """Without a report the old comment is replaced: it would claim what was planned before."""
    forge.comments.append(forge.post(f"{MARKER}\n\nall is well"))
    assert run_ci("comment", str(tmp_path / "missing.md")).exit_code == 0
    assert texts(forge.comments)[0].startswith(
        f"{MARKER}\n\n## ⛔ classic-rescue: no plan could be made"
    )


def test_it_is_cut_at_the_limit(forge: Forge, run_ci: Ci, review: Path) -> None:
    """At most 65,536 characters, which is said, and the link to the job stays."""
    review.write_text(f"{MARKER}\n" + "ä" * 70_000)
    assert run_ci("comment", str(review)).exit_code == 0
    body = forge.comments[0]["body"]
    assert len(body) == 65_536
    assert "cut off: too long for a comment" in body
    assert body.endswith(")\n")


def test_refusals_of_the_moment_are_repeated(
    forge: Forge, run_ci: Ci, review: Path, waits: list[float]
) -> None:
    """A broken service and a rate limit are waited out, as long as the service says."""
    forge.first += [
        Reply(502, {}),
        Reply(429, {}, {"Retry-After": "7"}),
        Reply(403, {}, {"Retry-After": "9"}),
    ]
    assert run_ci("comment", str(review)).exit_code == 0
    assert waits == [2.0, 7.0, 9.0]
    assert len(forge.comments) == 1


def test_a_lost_answer_makes_no_second_comment(forge: Forge, run_ci: Ci, review: Path) -> None:
    """The comment was made and the answer lost: it is looked for again, and found."""
    forge.drops_next = "POST"
    assert run_ci("comment", str(review)).exit_code == 0
    assert forge.drops_next == ""
    assert len(forge.comments) == 1


def test_a_refusal_is_one_sentence(
    forge: Forge,
    run_ci: Ci,
    review: Path,
    waits: list[float],
) -> None:
    """What the service says is passed on, without the token, and not asked again in vain."""
    forge.first.append(Reply(403, {"message": "Resource not accessible\nby integration"}))
    ended = run_ci("comment", str(review))
    assert ended.exit_code == 1
    said = ended.stderr
    assert said.count("\n") == 1
    assert "was answered 403: Resource not accessible by integration" in said
    assert "forge-token" not in said
    assert waits == []


@pytest.mark.parametrize("missing", ["token", "request", "address"])
def test_a_missing_setting_is_named(forge: Forge, run_ci: Ci, review: Path, missing: str) -> None:
    """Which variable, and what it is."""
    names = {
        "token": ("GITHUB_TOKEN", "GITLAB_TOKEN"),
        "request": ("GITHUB_EVENT_PATH", "CI_MERGE_REQUEST_IID"),
        "address": ("GITHUB_REPOSITORY", "CI_API_V4_URL"),
    }[missing]
    name = names[forge.is_gitlab]
    ended = run_ci("comment", str(review), **{name: None})
    assert ended.exit_code == 1
    assert ended.stderr.startswith(f"classic-rescue: {name} is not set: ")


def test_a_page_that_is_no_api(forge: Forge, run_ci: Ci, review: Path) -> None:
    """A proxy's sign-in page instead of JSON is one sentence."""
    forge.first.append(Reply(200, b"<html>sign in</html>"))
    ended = run_ci("comment", str(review))
    assert ended.exit_code == 1
    assert "the answer is not JSON" in ended.stderr


def test_an_answer_of_another_form_is_one_sentence(forge: Forge, run_ci: Ci, review: Path) -> None:
    """JSON that is no list of comments is no traceback."""
    forge.first += [Reply(200, {"id": 7}), Reply(200, {"rows": []})]
    ended = run_ci("comment", str(review))
    assert ended.exit_code == 1
    assert "not the answer expected" in ended.stderr
    assert "Traceback" not in ended.output


def test_one_issue_until_all_is_well(forge: Forge, run_ci: Ci, review: Path) -> None:
    """Made once, changed while it lasts, closed at the end, and a new one the next time."""
    forge.issues.append(forge.post("something else", is_own=False))
    for _ in range(2):
        assert run_ci("issue", str(review), "devices differ").exit_code == 0
    assert len(forge.issues) == 2
    assert forge.issues[1]["title"] == "devices differ"
    assert "web-1 goes down" in forge.issues[1]["description" if forge.is_gitlab else "body"]
    assert run_ci("solved").exit_code == 0
    assert forge.issues[1]["is_closed"]
    assert "is_closed" not in forge.issues[0]
    assert run_ci("solved").exit_code == 0
    assert run_ci("issue", str(review), "devices differ").exit_code == 0
    assert len(forge.issues) == 3


def test_wrong_usage_shows_how(run_ci: Ci) -> None:
    """Nothing to do is not success."""
    ended = run_ci("coment")
    assert ended.exit_code == 1
    assert "coment" in ended.stderr


def test_no_secret_of_the_job_is_posted(forge: Forge, run_ci: Ci, review: Path) -> None:
    """A report that holds one all the same says *** in its place."""
    review.write_text(f"{MARKER}\n\nthe key is a-key-of-somebody\n")
    assert run_ci("comment", str(review), SL_API_KEY="a-key-of-somebody").exit_code == 0
    assert "the key is ***" in forge.comments[0]["body"]
