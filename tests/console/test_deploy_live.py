"""The console beside the product: a real `cdktf deploy` watched live,
and drift made by hand and found.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.conftest import KEY, ROOT, USER, Mock
from tests.console.conftest import Person

pytestmark = pytest.mark.slow

SPEED = 60
UNTIL_SEEN_S = 80_000  # of a rescue: longer than any machine needs to show it
DEPLOY_MS = 600_000
FLEET = """\
devices:
  web-1: {virtual_guest: 124929698, boot: rescue, reason: "CHG-1", timeout: 24h}
  app-1: {virtual_guest: 124929706, boot: os}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a fleet file and the app."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("cdktf.json", "main.py", "constructs", "node_modules"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "fleet.yaml").write_text(FLEET)
    return folder


@pytest.fixture
def operator(mock: Mock, tmp_path: Path) -> dict[str, str]:
    """The environment of an operator who uses the mock as the real service."""
    mock.control_call("clock", {"speed": SPEED}, method="POST")
    mock.control_call("settings", {"guest_rescue_s": UNTIL_SEEN_S}, method="PATCH")
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "TF_CLI_CONFIG_FILE" or Path(value).is_file()
    }
    return {
        **kept,
        "PATH": os.pathsep.join(
            [f"{ROOT / '.venv/bin'}", os.environ["PATH"], f"{ROOT / '.venv/terraform'}"]
        ),
        "PYTHONPATH": str(ROOT / "constructs"),
        "HOME": str(tmp_path),
        "CI": "1",
        "CHECKPOINT_DISABLE": "1",
        "SL_USERNAME": USER,
        "SL_API_KEY": KEY,
        "CLASSIC_RESCUE_ENDPOINT": mock.rest,
        "CLASSIC_RESCUE_CLOCK_SPEED": str(SPEED),
    }


def test_a_deploy_is_watched_live_and_drift_by_hand_is_found(
    project: Path, operator: dict[str, str], people: Callable[..., Person], mock: Mock
) -> None:
    """The row follows the transaction without a reload; then somebody reboots the device here,
    and `drift` says so.
    """
    page = people().sign_in(USER)
    page.evaluate("window.neverReloaded = true")
    web = page.get_by_role("row").filter(has_text="web-1")
    expect(web).to_contain_text("operating system")

    cdktf = [str(ROOT / "node_modules/.bin/cdktf"), "deploy", "*", "--auto-approve"]
    with subprocess.Popen(
        cdktf, cwd=project, env=operator, stdout=subprocess.PIPE, text=True
    ) as deploying:
        expect(web).to_contain_text("Rescue kernel is booting", timeout=DEPLOY_MS)
        expect(web.get_by_role("progressbar")).to_be_visible()
        mock.control_call("clock", {"run_until_stable": True}, method="POST")
        expect(web).to_contain_text("rescue kernel", timeout=DEPLOY_MS)
        said, _ = deploying.communicate(timeout=DEPLOY_MS / 1000)
    assert deploying.returncode == 0, said
    assert page.evaluate("window.neverReloaded") is True
    expect(page.get_by_role("row").filter(has_text="app-1")).to_contain_text("operating system")

    page.get_by_role("link", name="web-1").click()
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("button", name="Reboot", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Yes").click()
    expect(page.get_by_role("status").filter(has_text="web-1").first).to_be_visible()

    drift = [str(ROOT / ".venv/bin/classic-rescue"), "drift", "--long"]
    told = subprocess.run(
        drift, cwd=project, env=operator, capture_output=True, text=True, check=False
    )
    assert told.returncode == 4, told.stdout + told.stderr
    assert "web-1" in told.stdout
    assert f"Reboot by {USER}" in " ".join(told.stdout.split())
