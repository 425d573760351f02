"""A fleet repository as `init --forge` writes it, on GitHub and on GitLab, and its jobs, step by
step: from the pull request to the device, and every refusal.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import KEY, USER, Mock
from tests.gitops.forges import Forge
from tests.gitops.jobs import Ended, Package, Runner, git
from tests.gitops.test_reviewed import give_plan, merged_request, plan_run
from tests.timekeeper import keeping_time

pytestmark = pytest.mark.slow


class Project:
    """A project on one of the services: pull requests, merges and schedules,
    with the mock as the account.
    """

    def __init__(self, runner: Runner, mock: Mock) -> None:
        self.forge = runner.forge
        self.mock = mock
        self.runner = runner
        state = f"{self.forge.url}/state/{{stack}}"
        runner.variables |= {
            "CLASSIC_RESCUE_ENDPOINT": mock.rest,
            "CLASSIC_RESCUE_TRUSTED_HOSTS": "127.0.0.1",
        }
        self.head = (
            f'backend: {{type: http, address: "{state}",'
            f' lock_address: "{state}", unlock_address: "{state}"}}\n'
            "policy: {protected: [db-*]}\n"
        )
        self.commit("the beginning", "{}")
        self.plans = 0

    def commit(self, message: str, devices: str, **files: str) -> str:
        """Commit a fleet file with these devices, as YAML, to the branch that is checked out."""
        return self.runner.commit(message, fleet_yaml=f"{self.head}devices: {devices}\n", **files)

    def pull_request(self, devices: str) -> Ended:
        """Open request 7 from a branch, and run its plan job on what a merge would give."""
        new_branch = ("checkout", "-qB", "change", "main")
        git(self.runner.origin, *new_branch)
        self.plan_head = self.commit("the change", devices)
        git(self.runner.origin, "checkout", "-q", "main")
        ended = self.run("plan", "plan", self.plan_head)
        self.plans += 1
        if ended.is_success:
            give_plan(self.forge, plan_run(self.forge, self.plans), self.runner.artifacts[-1])
        return ended

    def merge(self) -> Ended:
        """Merge the request as one new commit, and run the apply job of main."""
        squash = ("merge", "-q", "--squash", "change")
        git(self.runner.origin, *squash)
        git(self.runner.origin, "commit", "-qm", "the change (#7)")
        return self._apply(git(self.runner.origin, "rev-parse", "HEAD"))

    def merge_onto(self, devices: str) -> Ended:
        """The same, where main has moved and the file then has these devices."""
        return self._apply(self.commit("the change (#7)", devices))

    def _apply(self, sha: str) -> Ended:
        self.forge.requests_of = {sha: [merged_request(self.forge)]}
        return self.run("apply", "apply", sha)

    def schedule(self) -> Ended:
        """Run the scheduled job of main."""
        return self.run("schedule", "returns", git(self.runner.origin, "rev-parse", "main"))

    def run(self, workflow: str, job: str, commit: str) -> Ended:
        """Run a job."""
        ended = (
            self.runner.gitlab(job, commit)
            if self.forge.is_gitlab
            else self.runner.github(workflow, job, commit)
        )
        assert KEY not in ended.said
        assert "Traceback" not in ended.said, ended.said
        return ended

    @property
    def comment(self) -> str:
        """The one comment on the request."""
        assert len(self.forge.comments) == 1
        return str(self.forge.comments[0]["body"])

    @property
    def open_issues(self) -> list[dict[str, Any]]:
        """The issues that are not closed."""
        return [row for row in self.forge.issues if not row.get("is_closed")]


@pytest.fixture
def mock(fresh_mock: Mock) -> Mock:
    """A mock in which only the waiting of hooks moves the time."""
    return fresh_mock


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the jobs of this worker run, as on a machine of one's own."""
    return tmp_path_factory.mktemp("work") / "fleet"


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The wheel that the jobs install."""
    return Package.made_in(tmp_path_factory.mktemp("package"))


@pytest.fixture
def runner(tmp_path: Path, workspace: Path, forge: Forge, package: Package) -> Runner:
    """A machine that runs the jobs of a new fleet repository."""
    secrets = {"SL_USERNAME": USER, "SL_API_KEY": KEY}
    return Runner(tmp_path, workspace, forge, package, secrets=secrets, network={})


@pytest.fixture
def project(runner: Runner, mock: Mock) -> Iterator[Project]:
    """A project with an empty fleet."""
    with keeping_time(mock, runner.folder / "steering") as steering:
        runner.network |= steering
        yield Project(runner, mock)


OS = "{app-1: {virtual_guest: 124929706, boot: os}, web-1: {virtual_guest: 124929698, boot: os}}"
RESCUE = OS.replace("124929698, boot: os", "124929698, boot: rescue, reason: CHG-1")
EXPIRED = RESCUE.replace("reason: CHG-1", "reason: CHG-1, until: 2026-01-01T00:00:00Z")


def test_from_the_pull_request_to_the_device_and_back(project: Project) -> None:
    """The comment says what reboots, the merge does exactly that; the schedule brings back
    what reached its limit.
    """
    planned = project.pull_request(RESCUE)
    assert planned.is_success, planned.said
    assert "1 device goes down" in project.comment
    assert "web-1" in project.comment
    assert "Preflight: 1 of 2 devices would change: 1 ready" in project.comment
    assert project.mock.changes() == []

    applied = project.merge()
    assert applied.is_success, applied.said
    assert project.mock.changes() == ["executeRescueLayer 124929698"]
    assert project.forge.locks == {}

    quiet = project.schedule()
    assert quiet.is_success, quiet.said
    assert project.mock.changes() == []
    assert project.forge.issues == []

    project.commit("as if its time had come", EXPIRED)
    returned = project.schedule()
    assert returned.is_success, returned.said
    assert project.mock.changes() == ["rebootDefault 124929698"]
    assert project.open_issues == []


def test_a_policy_refusal_fails_the_check(project: Project) -> None:
    """The comment says why, the job fails, and a merge all the same finds no reviewed plan."""
    planned = project.pull_request("{db-1: {hardware: 218027101, boot: rescue}}")
    assert not planned.is_success
    assert "refused" in project.comment
    assert "db-1" in project.comment
    merged = project.merge()
    assert not merged.is_success
    assert "has no successful" in merged.plain
    assert "Nothing was applied." in merged.plain
    assert project.mock.changes() == []


def test_a_moved_main_counts_where_it_changes_the_effect(project: Project) -> None:
    """Another merge in between: where more would happen than was reviewed, nothing does, and the
    job says what; a merge that changes no device is told, and no reason to refuse.
    """
    assert project.pull_request(RESCUE).is_success
    project.commit("somebody else's merge", OS.replace("boot: os}, web", "boot: rescue}, web"))
    merged = project.merge_onto(RESCUE.replace("boot: os}, web", "boot: rescue}, web"))
    assert not merged.is_success
    assert "app-1: reviewed: is in its operating system already" in merged.plain
    assert "now: goes down and enters rescue" in merged.plain
    assert "plan again" in merged.plain
    assert project.mock.changes() == []

    project.runner.commit(
        "another one", cdktf_json='{"language": "python", "app": "classic-rescue-app"}\n'
    )
    applied = project.merge_onto(RESCUE)
    assert applied.is_success, applied.said
    assert "the plan was made from commit" in applied.plain
    assert project.mock.changes() == ["executeRescueLayer 124929698"]


def test_a_broken_fleet_file_is_told_in_the_comment(project: Project) -> None:
    """No plan could be made: the comment of an earlier plan does not stay."""
    assert project.pull_request(RESCUE).is_success
    broken = project.pull_request("{web-1: {virtual_guest: 124929698, boot: sleep}}")
    assert not broken.is_success
    assert "fleet.yaml:3: devices.web-1.boot" in broken.plain
    assert "no plan could be made" in project.comment


def test_what_nobody_approved_becomes_an_issue(project: Project) -> None:
    """The schedule does not touch drift or what waits for a person: it opens one issue,
    and closes it in the end.
    """
    assert project.pull_request(OS).is_success
    assert project.merge().is_success
    project.mock.call_as_somebody_else("SoftLayer_Virtual_Guest", 124929706, "executeRescueLayer")
    project.mock.control_call("clock", {"run_until_stable": True}, method="POST")
    project.mock.changes()
    for _ in range(2):
        drifted = project.schedule()
        assert not drifted.is_success
    assert project.mock.changes() == []
    assert len(project.open_issues) == 1
    text = project.open_issues[0]["description" if project.forge.is_gitlab else "body"]
    assert "app-1" in text
    assert "drifted" in text

    project.mock.call_as_somebody_else("SoftLayer_Virtual_Guest", 124929706, "rebootDefault")
    project.mock.control_call("clock", {"run_until_stable": True}, method="POST")
    mended = project.schedule()
    assert mended.is_success, mended.said
    assert project.open_issues == []


def test_a_return_waits_for_nobody(project: Project) -> None:
    """Beside a rescue that nobody has applied and in a file that breaks its policy, the device
    whose time is over comes back; the rest becomes the issue, which is closed when that is mended.
    """
    assert project.pull_request(RESCUE).is_success
    assert project.merge().is_success
    project.mock.changes()
    kept = project.head
    project.head = kept.replace("{protected: [db-*]}", "{require_until: true}")
    project.commit("pushed past the checks", EXPIRED.replace("boot: os", "boot: rescue"))
    alarmed = project.schedule()
    assert not alarmed.is_success
    assert project.mock.changes() == ["rebootDefault 124929698"]
    assert "policy.require_until" in alarmed.plain
    assert len(project.open_issues) == 1

    project.head = kept
    project.commit("mended", EXPIRED)
    quiet = project.schedule()
    assert quiet.is_success, quiet.said
    assert project.mock.changes() == []
    assert project.open_issues == []


def test_one_device_that_cannot_be_seen_keeps_nobody_away(project: Project) -> None:
    """Of two devices whose time is over one was deleted: the other one comes back, and the job
    fails and says of the first what nobody could see.
    """
    both = RESCUE.replace("boot: os}, web", "boot: rescue}, web")
    assert project.pull_request(both).is_success
    assert project.merge().is_success
    project.mock.changes()
    world = project.mock.control_call("world")
    users = [
        {**user, "guest_ids": [number for number in user["guest_ids"] if number != 124929706]}
        for user in world["users"]
    ]
    left = [guest for guest in world["guests"] if guest["id"] != 124929706]
    project.mock.control_call("world", {"guests": left, "users": users}, method="PATCH")
    over = EXPIRED.replace("boot: os}, web", "boot: rescue, until: 2026-01-01T00:00:00Z}, web")
    project.commit("as if their time had come", over)
    alarmed = project.schedule()
    assert not alarmed.is_success
    assert project.mock.changes() == ["rebootDefault 124929698"]
    assert "1 device could not be looked at: not all was seen" in alarmed.plain
    assert len(project.open_issues) == 1


def test_a_job_without_secrets_plans_nothing(project: Project) -> None:
    """Without credentials or without a shared state the job fails: a mock's answer,
    or a lost record, would mislead.
    """
    project.runner.secrets.clear()
    planned = project.pull_request(RESCUE)
    assert not planned.is_success
    assert "is configured, but no credentials: set SL_USERNAME and SL_API_KEY" in planned.plain
    project.runner.secrets |= {"SL_USERNAME": USER, "SL_API_KEY": KEY}
    project.head = ""
    planned = project.pull_request(RESCUE)
    assert not planned.is_success
    assert "gone with it" in planned.plain
    assert shutil.which("terraform")  # it was not for want of it


def test_the_fleet_file_does_not_say_who_gets_the_key(project: Project) -> None:
    """Neither its endpoint nor its backend: the job's own endpoint wins, and a backend that nobody
    outside the file has named gets nothing.
    """
    evil = "https://evil.example/state/{stack}"
    kept = project.head
    project.head = f"endpoint: https://evil.example/rest/v3.1/\n{kept}"
    planned = project.pull_request(RESCUE)
    assert planned.is_success, planned.said
    assert f"endpoint: {project.mock.rest}" in planned.plain
    head = project.comment.partition("### Details")[0]
    assert "ANOTHER GUARD THAN IN " in head
    assert "endpoint: none → https" in head
    project.head = f"backend: {{type: http, address: '{evil}'}}\n"
    refused = project.pull_request(RESCUE)
    assert not refused.is_success
    assert "only the fleet file names 'evil.example', so it gets no credentials" in refused.plain
    assert "CLASSIC_RESCUE_TRUSTED_HOSTS=evil.example" in refused.plain
    assert project.mock.changes() == []


def test_forks_only_validate(project: Project) -> None:
    """The job that runs for forks has no secret; its check of the fleet file is the real one."""
    sha = project.commit("a fork's change", "{web-1: {virtual_guest: 7, boot: sleep}}")
    project.runner.secrets.clear()
    ended = project.run("plan", "validate", sha)
    assert not ended.is_success
    assert "fleet.yaml:3: devices.web-1.boot" in ended.plain
    good = project.commit("mended", RESCUE)
    assert project.run("plan", "validate", good).is_success
