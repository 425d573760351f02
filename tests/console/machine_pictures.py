"""The pictures of docs/drill.md: the page of a device while the real machine behind it comes up, is
broken, and is in rescue. `make pictures` writes them; it starts QEMU, so no test does.

docs/console/machine-made-from.txt holds what they were made from.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncssh
from playwright.sync_api import Page, expect, sync_playwright

from mock_api.harness import QUICK, MockServer
from mock_api.machines.images import build, check_packages
from tests.conftest import ROOT
from tests.console.conftest import FLAGS, find_chromium

PICTURES = ROOT / "docs" / "console"
MADE_FROM = "machine-made-from.txt"
NAMES = ("machine-os", "machine-broken", "machine-rescue")
TEMPLATES = ROOT / "mock_api" / "console" / "templates" / "console"
SOURCES = (TEMPLATES / "device.html", TEMPLATES / "device_machine.html", Path(__file__))
SIZE = {"width": 1280, "height": 900}
MARGIN_PX = 16
PNGQUANT = "pngquant"
"""Makes a picture of few colours a third as large."""
DEVICE = 1000001
ADDRESS = "127.0.0.11"
PORT = 2232  # another one than the drill's, which may run at the same time
PASSWORD = "of-the-pictures"
WORLD = {
    "account": {"id": 307608},
    "settings": {**QUICK, "appears_after_s": 0},
    "guests": [
        {
            "id": DEVICE,
            "hostname": "web-1",
            "public_ip": ADDRESS,
            "password": PASSWORD,
            "machine": {"qemu": {"ssh_port": PORT}},
        }
    ],
}
BREAK = """
dd if=/dev/zero of=/dev/vda bs=1024 seek=1 count=1 conv=notrunc,fsync 2>/dev/null
echo b > /proc/sysrq-trigger
"""
"""The superblock is gone, and it restarts: what the drill does to web-1, too."""


def digest() -> str:
    """A checksum of what shows a machine, and of the steps that lead to the pictures."""
    text = b"".join(path.read_bytes() for path in SOURCES)
    return hashlib.sha256(text).hexdigest()


def make(folder: Path, machines: Path) -> None:
    """All of them into a folder; `machines` has the images that they boot, or gets them."""
    build(machines / "images", _say)
    shutil.rmtree(machines / "devices" / str(DEVICE), ignore_errors=True)
    with MockServer(WORLD, machines=machines) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        page = browser.new_page(viewport=SIZE, locale="en", reduced_motion="reduce")  # type: ignore[arg-type] # a size
        page.goto(server.control.replace("/_mock/", "/console/"))
        page.locator("button", has_text=server.username).click()
        page.get_by_role("link", name="web-1").click()
        _take(page, folder, "machine-os", until="operating system is up")
        with ThreadPoolExecutor() as pool:  # this thread's event loop is Playwright's
            pool.submit(_break).result()
        _take(page, folder, "machine-broken", until="EMERGENCY")
        page.get_by_role("button", name="Actions").click()
        page.get_by_role("button", name="Rescue mode").click()
        page.get_by_role("dialog").get_by_role("button", name="Yes").click()
        _take(page, folder, "machine-rescue", until="rescue system is up")
        browser.close()
    (folder / MADE_FROM).write_text(f"{digest()}\n")


def _break() -> None:
    with contextlib.suppress(asyncssh.Error, OSError, TimeoutError):  # it goes away meanwhile
        asyncio.run(asyncio.wait_for(_run_inside(BREAK), 60))


async def _run_inside(commands: str) -> None:
    async with asyncssh.connect(
        ADDRESS,
        PORT,
        username="root",
        password=PASSWORD,
        known_hosts=None,  # a machine of this minute, on this computer
        server_host_key_algs=["ssh-ed25519"],
        client_keys=None,
        config=None,
    ) as connection:
        await connection.run("sh", input=commands)


def _take(page: Page, folder: Path, name: str, *, until: str) -> None:
    """The page from its top to the end of the console, once the machine has printed this."""
    machine = page.locator("#device-machine")
    expect(machine).to_contain_text(until)
    page.mouse.move(0, 0)
    page.evaluate("scrollTo(0, 0)")
    box = machine.bounding_box()
    assert box
    height = box["y"] + box["height"] + MARGIN_PX
    clip = {"x": 0, "y": 0, "width": SIZE["width"], "height": height}
    path = folder / f"{name}.png"
    page.screenshot(path=path, animations="disabled", full_page=True, clip=clip)  # type: ignore[arg-type] # a part
    subprocess.run([PNGQUANT, "--ext", ".png", "--force", "--strip", "256", path], check=True)
    _say(path.name)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Returns the exit code: 0 made, 1 could not. A folder may keep the images of the machines."""
    if find_chromium() is None or shutil.which(PNGQUANT) is None:
        _say("Chromium or pngquant is missing: apt-get install chromium-headless-shell pngquant")
        return 1
    check_packages()
    with tempfile.TemporaryDirectory() as passing:
        make(PICTURES, Path(arguments[0] if arguments else passing).absolute())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
