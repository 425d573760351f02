"""A hook in miniature that brings a guest into rescue, and breaks one promise on purpose.

It stands in the product's place, so that the oracle is tested against each promise, whatever the
product does. It runs as `classic_rescue.hook`, from a folder that `install` makes; `MODE` beside
it says what it does wrong.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

MODES = {
    "good": "",
    "sends twice": "restart",
    "does nothing": "reached",
    "is done too early": "truth",
    "says nothing was changed": "truth",
    "has an exit code of its own": "truth",
    "says it is unproven": "truth",
    "gives the device up": "back",
    "shows a traceback": "clean",
    "tells the key": "clean",
    "leaves a process": "clean",
    "tears a line": "clean",
    "never ends": "time",
    "reboots another device": "others",
}
"""What it can do wrong, and the promise that is broken then."""

OTHER_GUEST = 124929706
POLL_S = 0.02


def install(folder: Path, mode: str) -> Path:
    """A folder for PYTHONPATH that holds this hook in the product's place."""
    package = folder / "classic_rescue" / "hook"
    package.mkdir(parents=True, exist_ok=True)
    for place in (package.parent, package):
        (place / "__init__.py").write_text("")
    shutil.copy(__file__, package / "__main__.py")
    (package / "MODE").write_text(mode)
    return folder


def main() -> int:
    """One order, one promise broken."""
    mode = (Path(__file__).parent / "MODE").read_text()
    verb = sys.argv[1]
    order = json.loads(os.environ["CLASSIC_RESCUE_ORDER"])
    number = int(order["device"].partition("/")[2])
    say("start", f"wanted: {order['boot']}")
    seen = call(number, "getObject", "mask[id,lastTransaction[id,transactionGroup[name]]]")
    if mode == "gives the device up":
        return end("deleted", "the device does not exist any more")
    if mode == "does nothing":
        return end("unchanged", "already rescue: nothing to do")
    if verb == "leave" or "Rescue" in json.dumps(seen):
        return end("unchanged", f"already {order['boot']}: nothing to do")
    return change(mode, number)


def change(mode: str, number: int) -> int:
    """Send the request, and do one thing wrong."""
    misdeed(mode, number)
    call(number, "executeRescueLayer")
    if mode == "is done too early":
        return end("changed", "os → rescue")
    if mode == "says nothing was changed":
        say("stopped", "refused: it may not; nothing was changed", result="refused")
        return 3
    if mode == "has an exit code of its own":
        say("stopped", "executeRescueLayer was sent", result="odd")
        return 42
    first = wait(number)
    if mode == "sends twice":
        call(number, "executeRescueLayer")
        wait(number, first)
    if mode == "says it is unproven":
        return end("unproven", "executeRescueLayer was accepted, nothing shows that it was done")
    return end("changed", "os → rescue")


def misdeed(mode: str, number: int) -> None:
    """What is wrong without a word about the device."""
    if mode == "shows a traceback":
        sys.stderr.write("Traceback (most recent call last):\n")
    elif mode == "tells the key":
        sys.stderr.write(f"{os.environ['SL_API_KEY']}\n")
    elif mode == "leaves a process":
        subprocess.Popen(["sleep", "3"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    elif mode == "tears a line":
        with Path(os.environ["CLASSIC_RESCUE_JOURNAL"]).open("a") as journal:
            journal.write('{"half": \n')
    elif mode == "never ends":
        time.sleep(1000)
    elif mode == "reboots another device":
        call(OTHER_GUEST, "rebootDefault")


def wait(number: int, before: int = 0) -> int:
    """Until a transaction newer than this one came and went, however fast; its number."""
    while True:
        seen = call(number, "getObject", "mask[id,activeTransaction[id],lastTransaction[id]]")
        last = seen.get("lastTransaction", {}).get("id", 0)
        if last > before and "activeTransaction" not in seen:
            return int(last)
        time.sleep(POLL_S)


def call(number: int, method: str, mask: str = "") -> Any:
    """One call to the service."""
    both = f"{os.environ['SL_USERNAME']}:{os.environ['SL_API_KEY']}".encode()
    query = f"?objectMask={mask}" if mask else ""
    url = os.environ["CLASSIC_RESCUE_ENDPOINT"]
    request = urllib.request.Request(  # noqa: S310 always http on this machine
        f"{url}SoftLayer_Virtual_Guest/{number}/{method}.json{query}",
        headers={"Authorization": "Basic " + base64.b64encode(both).decode()},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:  # noqa: S310 always http on this machine
            return json.loads(reply.read())
    except urllib.error.HTTPError as problem:
        return json.loads(problem.read())


def end(result: str, text: str) -> int:
    """The last words of a run that says it is done."""
    say("done", text, result=result)
    return 0


def say(step: str, text: str, **more: str) -> None:
    """One row."""
    row = json.dumps({"step": step, "text": text, **more})
    sys.stdout.write(row + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
