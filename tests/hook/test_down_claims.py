"""What hooks of one machine tell each other: looks at the fleet,
and claims that end with their process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from classic_rescue.conductor.shared_claims import App, SharedClaims
from classic_rescue.hook.down_claims import LOCK_PAUSE_S, LOCK_TRIES, DownClaims, Reading
from classic_rescue.hook.exits import Interrupted
from tests.patience import PATIENCE_S

SEEN = {"virtual_guest/1": "", "virtual_guest/2": "rescue"}
KEYS = set(SEEN)
APPEAR_S = 120.0
AGE_S = 30.0


class Clock:
    """Time that the test moves."""

    def __init__(self) -> None:
        """Begin somewhere."""
        self.now = 1_000_000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        """The moment."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture(params=["alone", "conductor"])
def claims(tmp_path: Path, clock: Clock, request: pytest.FixtureRequest) -> DownClaims:
    """The meeting point of an app, for hooks alone and for the orders of a conductor."""
    made = partial(SharedClaims, App()) if request.param == "conductor" else DownClaims
    return made(str(tmp_path), now=clock, sleep=clock.slept.append, appear_s=APPEAR_S, age_s=AGE_S)


def look(clock: Clock) -> Reading:
    """A look at the fleet that begins and ends now."""
    return Reading("me", clock.now, clock.now, SEEN)


@pytest.mark.parametrize(("age_s", "is_fresh"), [(0, True), (30, True), (30.1, False), (-1, False)])
def test_a_look_serves_others_for_a_while(
    claims: DownClaims, clock: Clock, age_s: float, is_fresh: bool
) -> None:
    """Up to its age; one from the future is of a clock that was set since."""
    with claims.locked():
        claims.keep(look(clock))
    clock.now += age_s
    assert (claims.fresh_reading("me", KEYS) is not None) is is_fresh


def test_a_look_by_other_eyes_or_at_fewer_devices_does_not_count(
    claims: DownClaims, clock: Clock
) -> None:
    """Another user sees other devices; a device that was declared since was not looked at."""
    with claims.locked():
        claims.keep(look(clock))
    assert claims.fresh_reading("you", KEYS) is None
    assert claims.fresh_reading("me", {*KEYS, "hardware/7"}) is None
    assert claims.fresh_reading("me", {"virtual_guest/1"}) == look(clock)


@pytest.mark.parametrize("text", ["", "{", "[]", "[1, 2, 3]", "7"])
def test_a_look_that_was_cut_off_is_none(claims: DownClaims, tmp_path: Path, text: str) -> None:
    """A full disk costs another look, nothing more."""
    with claims.locked():
        (tmp_path / ".policy" / "reading.json").write_text(text)
        assert claims.fresh_reading("me", KEYS) is None


def test_a_claim_counts_while_its_process_lives(claims: DownClaims, clock: Clock) -> None:
    """However long that takes, and whatever the look says."""
    with claims.locked():
        assert claims.claimed(look(clock)) == set()
        held = claims.claim("virtual_guest/1")
    clock.now += 10_000
    with claims.locked():
        assert claims.claimed(look(clock)) == {"virtual_guest/1"}
        assert claims.claim("virtual_guest/1") is None
    assert held is not None
    held.close()


def test_a_claim_of_a_dead_hook_counts_until_its_request_must_be_visible(
    claims: DownClaims, clock: Clock
) -> None:
    """A look that began before that may not show it; a later one does,
    so the claim is forgotten for good.
    """
    with claims.locked():
        claims.claimed(look(clock))
        held = claims.claim("virtual_guest/1")
    assert held is not None
    held.close()
    early = Reading("me", clock.now + APPEAR_S - 1, clock.now + APPEAR_S - 1, SEEN)
    late = Reading("me", clock.now + APPEAR_S, clock.now + APPEAR_S, SEEN)
    clock.now += APPEAR_S
    with claims.locked():
        assert claims.claimed(early) == {"virtual_guest/1"}
        assert claims.claimed(late) == set()
        assert claims.claimed(early) == set()


def test_a_claim_that_is_made_again_counts_like_the_first(claims: DownClaims, clock: Clock) -> None:
    """The second run of a device writes its claim again, over what the first one left;
    its time counts from then.
    """
    with claims.locked():
        claims.claimed(look(clock))
        for _ in range(2):
            held = claims.claim("virtual_guest/1")
            assert held is not None
            held.close()
            clock.now += APPEAR_S - 1
        assert claims.claimed(look(clock)) == {"virtual_guest/1"}


def test_a_claim_from_the_future_does_not_block_for_ever(claims: DownClaims, clock: Clock) -> None:
    """Where the machine's clock was set back by a year."""
    with claims.locked():
        claims.claimed(look(clock))
        held = claims.claim("virtual_guest/1")
    assert held is not None
    held.close()
    clock.now -= 365 * 86400
    with claims.locked():
        assert claims.claimed(look(clock)) == set()


CLAIMER = """
import sys, time
from classic_rescue.hook.down_claims import DownClaims, Reading
folder, key, most = sys.argv[1:]
claims = DownClaims(
    folder, now=lambda: 1_000_000.0, sleep=time.sleep, appear_s=120.0, age_s=30.0
)
with claims.locked():
    held = claims.claim(key) if len(claims.claimed(Reading("me", 0, 0, {}))) < int(most) else None
print("taken" if held else "full", flush=True)
sys.stdin.read()
"""


@contextmanager
def hooks(root: Path, folder: Path, most: int, *keys: str) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that each count, claim a place if there is one, and hold it."""
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", CLAIMER, str(folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    started = [subprocess.Popen([*command, key, str(most)], env=environ, **pipes) for key in keys]  # type: ignore[call-overload]  # text=True
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate(timeout=PATIENCE_S)


def said(process: subprocess.Popen[str]) -> str:
    """What a hook found."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_killed_hook_frees_its_place(
    claims: DownClaims, clock: Clock, tmp_path: Path, source_root: Path
) -> None:
    """kill -9 leaves the file behind, and the system releases it."""
    clock.now += APPEAR_S + 1
    with hooks(source_root, tmp_path, 1, "virtual_guest/9") as (other,):
        assert said(other) == "taken"
        with claims.locked():
            assert claims.claimed(look(clock)) == {"virtual_guest/9"}
    with claims.locked():
        assert claims.claimed(look(clock)) == set()


def test_a_lock_that_never_comes_is_an_error_in_words(
    claims: DownClaims, tmp_path: Path, clock: Clock
) -> None:
    """The waiting has an end, and the sentence says how long it was."""
    waiting = DownClaims(
        str(tmp_path), now=clock, sleep=clock.slept.append, appear_s=APPEAR_S, age_s=AGE_S
    )
    with (
        claims.locked(),
        pytest.raises(TimeoutError, match="counting for 10 minutes"),
        waiting.locked(),
    ):
        pytest.fail("two hold the lock")
    assert clock.slept == [LOCK_PAUSE_S] * LOCK_TRIES


def test_an_error_while_counting_frees_the_lock(claims: DownClaims) -> None:
    """The next hook does not wait for one that failed."""
    with pytest.raises(ValueError, match="on purpose"), claims.locked():
        raise ValueError("on purpose")
    with claims.locked():
        pass


def test_hooks_at_once_take_exactly_the_places_that_there_are(
    tmp_path: Path, source_root: Path
) -> None:
    """Counting and claiming is one step: nobody takes a place that another one has just taken."""
    keys = [f"virtual_guest/{number}" for number in range(10)]
    with hooks(source_root, tmp_path, 4, *keys) as started:
        assert sorted(map(said, started)) == ["full"] * 6 + ["taken"] * 4


def test_orders_of_a_conductor_and_hooks_alone_count_each_other(
    tmp_path: Path, clock: Clock, source_root: Path
) -> None:
    """Whoever counts, one list; what an order claimed is free for all when it has ended."""
    app = App()
    timing: Any = {"now": clock, "sleep": clock.slept.append, "appear_s": APPEAR_S, "age_s": AGE_S}
    one, two = (SharedClaims(app, str(tmp_path), **timing) for _ in range(2))
    alone = DownClaims(str(tmp_path), **timing)
    with hooks(source_root, tmp_path, 1, "virtual_guest/9") as (other,):
        assert said(other) == "taken"
        with one.locked():
            assert one.claimed(look(clock)) == {"virtual_guest/9"}
            held = [one.claim("virtual_guest/1")]
        with two.locked():
            assert two.claimed(look(clock)) == {"virtual_guest/9", "virtual_guest/1"}
            assert two.claim("virtual_guest/1") is None
            held.append(two.claim("virtual_guest/2"))
        with alone.locked():
            seen = alone.claimed(look(clock))
        assert seen == {f"virtual_guest/{number}" for number in (1, 2, 9)}
    clock.now += APPEAR_S
    for one_held in held:
        assert one_held is not None
        one_held.close()
    for claims in (two, one):
        with claims.locked():
            assert claims.claimed(look(clock)) == set()


def test_the_claims_of_a_killed_conductor_count_until_they_must_be_visible(
    tmp_path: Path, clock: Clock
) -> None:
    """As those of a hook; then its file is gone."""
    timing: Any = {"now": clock, "sleep": clock.slept.append, "appear_s": APPEAR_S, "age_s": AGE_S}
    dead = App()
    claims = SharedClaims(dead, str(tmp_path), **timing)
    with claims.locked():
        assert claims.claim("virtual_guest/1")
        assert claims.claim("virtual_guest/2")
    os.close(dead._descriptor)  # as the system does
    next_one = SharedClaims(App(), str(tmp_path), **timing)
    clock.now += APPEAR_S - 1
    with next_one.locked():
        assert next_one.claimed(look(clock)) == {"virtual_guest/1", "virtual_guest/2"}
    clock.now += 1
    with next_one.locked():
        assert next_one.claimed(look(clock)) == set()
    assert list((tmp_path / ".policy/claims").iterdir()) == []


def test_one_who_waits_for_another_to_count_can_be_interrupted(
    tmp_path: Path, clock: Clock
) -> None:
    """The look of the one before may take minutes."""

    def stop(seconds: float) -> None:
        raise Interrupted

    app = App()
    timing: Any = {"now": clock, "appear_s": APPEAR_S, "age_s": AGE_S}
    first = SharedClaims(app, str(tmp_path), sleep=clock.slept.append, **timing)
    second = SharedClaims(app, str(tmp_path), sleep=stop, **timing)
    with first.locked(), pytest.raises(Interrupted), second.locked():
        pytest.fail("two count")
    with first.locked():
        pass


def test_the_members_are_read_again_where_the_app_has_changed(tmp_path: Path) -> None:
    """And not for each of a thousand orders."""
    directory = tmp_path / "stacks/fleet-0"
    directory.mkdir(parents=True)
    (tmp_path / "manifest.json").write_text('{"stacks": {"fleet-0": {}}}')

    def write(*names: str) -> None:
        orders = {name: "${" + json.dumps({"name": name}) + "}" for name in names}
        devices = {f"virtual_guest/{name}": order for name, order in orders.items()}
        text = json.dumps({"locals": {"devices": devices}})
        (directory / "cdk.tf.json").write_text(text)

    app = App()
    write("a")
    first = app.members(str(directory))
    assert [member.name for member in first] == ["a"]
    assert app.members(str(directory)) is first
    write("a", "b")
    assert [member.name for member in app.members(str(directory))] == ["a", "b"]
    (directory / "cdk.tf.json").write_text("{")
    with pytest.raises(ValueError, match=r"cdk\.tf\.json cannot be read"):
        app.members(str(directory))
