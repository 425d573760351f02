"""What happens to each device, and why: one row a situation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.facts import Transaction
from classic_rescue.boot.script import read_script
from classic_rescue.boot.states import BootState
from classic_rescue.review.changes import Change, Effect, Restart, Why
from classic_rescue.review.review import Review, Verdict
from classic_rescue.review.words import downtime_words, effect_words, why_words
from tests.unit.review.building import (
    DB,
    REQUESTED,
    TAINTED,
    WEB,
    Json,
    change,
    created,
    kept,
    order,
    recorded,
    removed,
    replaced,
    review,
)

OS = order(boot="os")
RESCUE = order()
IMAGE = order(boot="image", image="a.iso")
PAST = "2026-11-01T00:00:00Z"
BOOTS = {"os": "boot: os", "rescue": "boot: rescue", "image": "boot: {image: a.iso}"}


def file(boot: str, more: str = "") -> str:
    """A fleet file of one device."""
    return f"devices:\n  web-1: {{virtual_guest: 1, {BOOTS.get(boot, boot)}{more}}}\n"


class Row(NamedTuple):
    """A fleet file, what Terraform plans for its device, and what the review must say."""

    file: str
    plan: list[Json]
    effect: Effect
    why: Why
    usual_s: int
    said: str
    cause: str = ""


ROWS = {
    "nothing": Row(
        file("rescue"),
        kept(RESCUE),
        effect=Effect.NOTHING,
        why=Why.NONE,
        usual_s=0,
        said="stays in its rescue kernel",
    ),
    "new rescue": Row(
        file("rescue"),
        created(RESCUE),
        effect=Effect.ENTERS_RESCUE,
        why=Why.DECLARED,
        usual_s=300,
        said="goes down and enters rescue",
        cause="declared for the first time",
    ),
    "new image": Row(
        file("image"),
        created(IMAGE),
        effect=Effect.BOOTS_IMAGE,
        why=Why.DECLARED,
        usual_s=300,
        said="goes down and boots image a.iso",
    ),
    "new os": Row(
        file("os"),
        created(OS),
        effect=Effect.IS_LOOKED_AT,
        why=Why.DECLARED,
        usual_s=60,
        said="is looked at; restarts only if it is not in its operating system",
    ),
    "new, time over": Row(
        file("rescue", f", until: '{PAST}'"),
        created(OS),
        effect=Effect.IS_LOOKED_AT,
        why=Why.TIME_LIMIT,
        usual_s=60,
        said="is looked at",
        cause="its time limit, 2026-11-01 00:00:00+00:00, is over",
    ),
    "os → rescue": Row(
        file("rescue"),
        replaced(OS, RESCUE),
        effect=Effect.ENTERS_RESCUE,
        why=Why.CHANGED,
        usual_s=300,
        said="goes down",
        cause="changed in the file: os → rescue",
    ),
    "rescue → image": Row(
        file("image"),
        replaced(RESCUE, IMAGE),
        effect=Effect.BOOTS_IMAGE,
        why=Why.CHANGED,
        usual_s=300,
        said="goes down",
        cause="rescue → image a.iso",
    ),
    "image → rescue": Row(
        file("rescue"),
        replaced(IMAGE, RESCUE),
        effect=Effect.ENTERS_RESCUE,
        why=Why.CHANGED,
        usual_s=360,
        said="goes down",
        cause="image a.iso → rescue",
    ),
    "image → image": Row(
        file("boot: {image: b.iso}"),
        replaced(IMAGE, order(boot="image", image="b.iso")),
        effect=Effect.BOOTS_IMAGE,
        why=Why.CHANGED,
        usual_s=300,
        said="boots image b.iso",
    ),
    "rescue → os": Row(
        file("os"),
        replaced(RESCUE, OS),
        effect=Effect.RETURNS_TO_OS,
        why=Why.CHANGED,
        usual_s=60,
        said="restarts into its operating system",
    ),
    "image → os": Row(
        file("os"),
        replaced(IMAGE, OS),
        effect=Effect.RETURNS_TO_OS,
        why=Why.CHANGED,
        usual_s=60,
        said="restarts into",
    ),
    "time over": Row(
        file("rescue", f", until: '{PAST}'"),
        replaced(RESCUE, OS),
        effect=Effect.RETURNS_TO_OS,
        why=Why.TIME_LIMIT,
        usual_s=60,
        said="restarts into",
        cause="its time limit",
    ),
    "failed": Row(
        file("rescue"),
        replaced(RESCUE, RESCUE, TAINTED),
        effect=Effect.ENTERS_RESCUE,
        why=Why.EARLIER_FAILED,
        usual_s=300,
        said="goes down",
        cause="an earlier attempt failed",
    ),
    "failed return": Row(
        file("os"),
        replaced(OS, OS, TAINTED),
        effect=Effect.IS_LOOKED_AT,
        why=Why.EARLIER_FAILED,
        usual_s=60,
        said="is looked at",
    ),
    "failed, then changed": Row(
        file("os"),
        replaced(RESCUE, OS, TAINTED),
        effect=Effect.IS_LOOKED_AT,
        why=Why.CHANGED,
        usual_s=60,
        said="is looked at",
        cause="the last attempt, to rescue, failed",
    ),
    "repair to rescue": Row(
        file("rescue"),
        replaced(RESCUE, RESCUE, REQUESTED),
        effect=Effect.ENTERS_RESCUE,
        why=Why.REPAIR,
        usual_s=300,
        said="goes down",
        cause="repair of drift",
    ),
    "repair to os": Row(
        file("os"),
        replaced(OS, OS, REQUESTED),
        effect=Effect.RETURNS_TO_OS,
        why=Why.REPAIR,
        usual_s=60,
        said="restarts into",
        cause="repair of drift",
    ),
    "unfinished": Row(
        file("rescue"),
        [change("boot", ["create"], None, RESCUE), change("release", ["no-op"], RESCUE, RESCUE)],
        effect=Effect.ENTERS_RESCUE,
        why=Why.UNFINISHED,
        usual_s=300,
        said="goes down",
        cause="an earlier attempt ended before it",
    ),
    "removed from rescue": Row(
        "devices: {}",
        removed(RESCUE),
        effect=Effect.RETURNS_TO_OS,
        why=Why.REMOVED,
        usual_s=60,
        said="restarts into",
        cause="removed from the file",
    ),
    "removed from os": Row(
        "devices: {}",
        removed(OS),
        effect=Effect.IS_FORGOTTEN,
        why=Why.REMOVED,
        usual_s=0,
        said="is forgotten",
    ),
    "removed, leave failed before": Row(
        "devices: {}",
        removed(RESCUE)[1:],
        effect=Effect.RETURNS_TO_OS,
        why=Why.REMOVED,
        usual_s=60,
        said="restarts into",
    ),
    "removed os, leave failed before": Row(
        "devices: {}",
        removed(OS)[1:],
        effect=Effect.IS_LOOKED_AT,
        why=Why.REMOVED,
        usual_s=60,
        said="is looked at",
    ),
    "on paper": Row(
        file("rescue", ", reason: CHG-2, timeout: 90s"),
        recorded(RESCUE, order(reason="CHG-2", timeout_s=90)),
        effect=Effect.IS_RECORDED,
        why=Why.CHANGED,
        usual_s=0,
        said="is changed on paper only",
        cause="changed in the file: timeout, reason",
    ),
    "renamed": Row(
        file("rescue"),
        recorded(order(name="old"), RESCUE),
        effect=Effect.IS_RECORDED,
        why=Why.CHANGED,
        usual_s=0,
        said="is changed on paper only",
        cause="changed in the file: name",
    ),
    "release record lost": Row(
        file("rescue"),
        [change("boot", ["no-op"], RESCUE, RESCUE), change("release", ["create"], None, RESCUE)],
        effect=Effect.IS_RECORDED,
        why=Why.CHANGED,
        usual_s=0,
        said="on paper only",
        cause="Terraform's record of it changes",
    ),
}


def only(found: Review) -> Change:
    """The one device of a review."""
    assert found.problems == ()
    (change,) = found.changes
    return change


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_each_plan_says_what_happens_and_why(row: Row) -> None:
    """Effect, cause and duration, in an operator's words."""
    seen = only(review(row.file, row.plan))
    assert (seen.effect, seen.why, seen.usual_s) == (row.effect, row.why, row.usual_s)
    assert row.said in effect_words(seen)
    assert row.cause in why_words(seen)
    assert bool(downtime_words(seen)) == (seen.restart is not Restart.NO)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_the_verdict_is_restarts_where_something_may_restart(row: Row) -> None:
    """Clean says that nothing restarts, whatever a device runs."""
    found = review(row.file, row.plan)
    restarts = only(found).restart is not Restart.NO
    assert found.verdict is (Verdict.RESTARTS if restarts else Verdict.CLEAN)


def test_another_rescue_kernel_alone_restarts_only_what_is_not_in_rescue() -> None:
    """The hook finds the device in rescue, and leaves it alone."""
    before = order(DB, name="db-1")
    after = order(DB, name="db-1", no_os_environment="LINUX")
    text = "devices: {db-1: {hardware: 3, boot: rescue, no_os_environment: LINUX}}"
    assert only(review(text, replaced(before, after))).effect is Effect.IS_LOOKED_AT


def test_bare_metal_takes_longer() -> None:
    """The table of transitions knows how long each kind usually takes."""
    text = "devices: {db-1: {hardware: 3, boot: rescue}}"
    assert only(review(text, created(order(DB, name="db-1")))).usual_s == 600


def test_a_device_of_unknown_kind_gets_the_longer_time() -> None:
    """A host name may be that of bare metal; it is also where the device answers."""
    text = "devices: {db-1: {hostname: DB-1.example.com, boot: rescue}}"
    seen = only(review(text, created(order("hostname/db-1.example.com", name="db-1"))))
    assert (seen.usual_s, seen.address) == (600, "DB-1.example.com")


def test_an_address_that_was_looked_up_is_shown() -> None:
    """Where somebody looked, the review says where the device answers."""
    assert (
        only(review(file("rescue"), created(RESCUE), addresses={WEB: "198.51.100.1"})).address
        == "198.51.100.1"
    )


SINCE = datetime(2026, 11, 25, tzinfo=UTC)
IN_OS = Observation(BootState.OS, "no sign of rescue")
IN_RESCUE = Observation(BootState.RESCUE, "transaction 7", SINCE)
IN_IMAGE = Observation(BootState.IMAGE, "mounted", SINCE, image="a.iso", image_id=5)
OFF = Observation(BootState.UNKNOWN, "powered off", is_off=True)
UNCLEAR = Observation(BootState.UNKNOWN, "requested only")
MOVING = Observation(BootState.UNKNOWN, "under way", in_motion=Transaction(9, friendly="Rescue"))


@pytest.mark.parametrize(
    ("text", "plan", "seen", "effect", "usual_s"),
    [
        (file("rescue"), created(RESCUE), IN_RESCUE, Effect.IS_THERE, 0),
        (file("rescue"), created(RESCUE), IN_OS, Effect.ENTERS_RESCUE, 300),
        (file("rescue"), created(RESCUE), IN_IMAGE, Effect.ENTERS_RESCUE, 360),
        (file("rescue"), created(RESCUE), MOVING, Effect.ENTERS_RESCUE, 300),
        (file("rescue"), created(RESCUE), UNCLEAR, Effect.ENTERS_RESCUE, 300),
        (file("image"), created(IMAGE), IN_IMAGE, Effect.IS_THERE, 0),
        (file("os"), created(OS), IN_OS, Effect.IS_THERE, 0),
        (file("os"), created(OS), IN_RESCUE, Effect.RETURNS_TO_OS, 60),
        (file("os"), created(OS), OFF, Effect.RETURNS_TO_OS, 60),
        (file("os"), replaced(RESCUE, OS), IN_OS, Effect.IS_THERE, 0),
        (file("rescue"), replaced(RESCUE, RESCUE, TAINTED), IN_RESCUE, Effect.IS_THERE, 0),
        (file("rescue"), replaced(RESCUE, RESCUE, REQUESTED), IN_OS, Effect.ENTERS_RESCUE, 300),
        ("devices: {}", removed(RESCUE), IN_OS, Effect.IS_FORGOTTEN, 0),
        ("devices: {}", removed(RESCUE), OFF, Effect.IS_FORGOTTEN, 0),
        ("devices: {}", removed(OS), IN_RESCUE, Effect.RETURNS_TO_OS, 60),
        ("devices: {}", removed(RESCUE), IN_IMAGE, Effect.RETURNS_TO_OS, 60),
    ],
)
def test_with_a_look_at_the_device_the_answer_is_exact(
    text: str, plan: list[Json], seen: Observation, effect: Effect, usual_s: int
) -> None:
    """The same table of transitions that the hook asks gives the requests, or none."""
    found = only(review(text, plan, observed={WEB: seen}))
    assert (found.effect, found.usual_s) == (effect, usual_s)


@pytest.mark.parametrize(
    ("boot", "seen", "drifted", "verdict"),
    [
        ("rescue", IN_RESCUE, False, Verdict.CLEAN),
        ("rescue", IN_OS, True, Verdict.DRIFT),
        ("os", IN_RESCUE, True, Verdict.DRIFT),
        ("image", IN_IMAGE, False, Verdict.CLEAN),
        (
            "image",
            Observation(BootState.IMAGE, "mounted", image="b.iso", image_id=6),
            True,
            Verdict.DRIFT,
        ),
        ("rescue", MOVING, False, Verdict.CLEAN),
        ("os", UNCLEAR, False, Verdict.CLEAN),
        ("os", OFF, False, Verdict.CLEAN),
        ("os", OFF._replace(image="a.iso"), True, Verdict.DRIFT),
        ("rescue", OFF, True, Verdict.DRIFT),
    ],
)
def test_a_no_op_that_is_not_there_is_drift(
    boot: str, seen: Observation, drifted: bool, verdict: Verdict
) -> None:
    """Motion is said and is no drift; what cannot be told is none either."""
    same = {"os": OS, "rescue": RESCUE, "image": IMAGE}[boot]
    found = review(file(boot), kept(same), observed={WEB: seen})
    assert only(found).has_drifted is drifted
    assert found.verdict is verdict
    assert bool(found.shown) == (drifted or seen is MOVING)


def test_drift_says_what_it_runs_and_that_it_stays() -> None:
    """An operator must not think that the deploy mends it."""
    said = effect_words(only(review(file("os"), kept(OS), observed={WEB: IN_RESCUE})))
    assert (
        said
        == "has drifted: runs rescue, must be in its operating system; this plan leaves it there"
    )


@pytest.mark.parametrize(
    ("plan", "what", "why"),
    [
        (
            kept(RESCUE),
            "is in motion",
            "transaction 9 (Rescue) is under way: this plan runs no hook for it",
        ),
        (
            replaced(RESCUE, RESCUE, TAINTED),
            "goes down and enters rescue",
            "transaction 9 (Rescue) is under way: the hook waits for it, then looks again",
        ),
    ],
)
def test_motion_is_said_with_its_transaction(plan: list[Json], what: str, why: str) -> None:
    """Whoever reads the review can look it up. Only where a hook runs does somebody wait for it."""
    seen = only(review(file("rescue"), plan, observed={WEB: MOVING}))
    assert (effect_words(seen), why_words(seen).split("; ")[-1]) == (what, why)


def test_a_device_that_is_off_is_not_said_to_run() -> None:
    """The leave hook leaves it alone, since its next start boots the operating system."""
    said = effect_words(only(review("devices: {}", removed(RESCUE), observed={WEB: OFF})))
    assert said == "is forgotten without a restart; it is powered off"


FSCK = read_script("fsck")
LOGGED_IN = {"proof": "welcome", "login": {"password": "stored", "unverified": True}}
IN_RESCUE = Observation(BootState.RESCUE, evidence="e")
IN_OS = Observation(BootState.OS, evidence="e")


def repaired(then: str = "stay", digest: str = FSCK.digest) -> Json:
    """An order with a repair."""
    said = {"script": "fsck", "sha256": digest, "lines": FSCK.lines, "timeout_s": 1800}
    return order(ssh=LOGGED_IN, repair={**said, "then": then})


def with_repair(then: str = "stay") -> str:
    """A fleet file with the same."""
    login = "ssh: {login: {password: stored, unverified: true}}"
    return file("rescue", f", {login}, repair: {{script: fsck, then: {then}}}")


def test_a_script_is_said_with_what_comes_then() -> None:
    """Whoever agrees to a rescue agrees to it."""
    found = review(with_repair(), created(repaired()))
    words = effect_words(only(found))
    assert words.startswith(
        "goes down and enters rescue; once its rescue system answers, fsck (sha"
    )
    assert words.endswith("runs in it; then it stays there")
    assert "its stored password goes to a host key that nobody can verify" in why_words(only(found))
    assert found.scripted == (only(found),)


def test_a_device_that_comes_back_restarts_twice() -> None:
    """And is away there and back, besides the time of its script."""
    found = review(with_repair("leave"), created(repaired("leave")))
    assert only(found).restart is Restart.YES
    assert "where that ends with 0, it restarts into its operating system" in effect_words(
        only(found)
    )
    stays = only(review(with_repair(), created(repaired())))
    assert only(found).usual_s == stays.usual_s + 60
    assert "and as long as its script takes, 30 min at most" in downtime_words(only(found))


def test_a_script_alone_is_agreed_to_as_well() -> None:
    """Nothing restarts, and yet it is no quiet plan."""
    found = review(with_repair(), replaced(RESCUE, repaired()), observed={WEB: IN_RESCUE})
    change = only(found)
    assert (change.effect, change.restart) == (Effect.IS_THERE, Restart.NO)
    assert (change.why, found.verdict) == (Why.SCRIPT, Verdict.RESTARTS)
    assert change.is_loud


def test_a_device_in_rescue_that_is_to_leave_restarts() -> None:
    """And nothing else is said of it."""
    plan = replaced(repaired("leave", "a" * 64), repaired("leave"))
    change = only(review(with_repair("leave"), plan, observed={WEB: IN_RESCUE}))
    assert change.restart is Restart.YES
    assert "does not restart" not in effect_words(change)


@pytest.mark.parametrize(("seen", "has_drifted"), [(IN_OS, False), (IN_RESCUE, True)])
def test_a_repaired_device_is_wanted_at_home(seen: Observation, has_drifted: bool) -> None:
    """Once that was deployed."""
    plan = kept(repaired("leave"))
    change = only(review(with_repair("leave"), plan, observed={WEB: seen}))
    assert (change.repair, change.has_drifted) == (None, has_drifted)


def test_another_text_than_the_files_is_not_judged() -> None:
    """The plan is an old one, or the script was changed since."""
    found = review(with_repair(), created(repaired(digest="a" * 64)))
    assert found.verdict is Verdict.NOT_UNDERSTOOD
    assert "repair" in " ".join(found.problems)
