"""Reviews to print: of every effect, refused, with a broken glass, not understood,
hostile and huge.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from classic_rescue.boot.evidence import Observation
from classic_rescue.boot.facts import Transaction
from classic_rescue.boot.states import BootState, Goal
from classic_rescue.policy.case import Finding
from classic_rescue.policy.terms import BreakGlass
from classic_rescue.review.build import review_of
from classic_rescue.review.changes import Change, Effect, Why
from classic_rescue.review.review import Review, not_understood
from tests.unit.review.building import (
    NOW,
    REQUESTED,
    TAINTED,
    created,
    fleet,
    kept,
    order,
    plan,
    recorded,
    removed,
    replaced,
)

FILE = """devices:
  web-1: {virtual_guest: 1, boot: rescue, reason: CHG-1, until: '2026-11-25T18:00:00Z'}
  web-2: {virtual_guest: 2, boot: {image: a.iso}}
  db-1:  {hardware: 3, boot: rescue, until: '2026-11-25T11:00:00Z'}
  app-1: {virtual_guest: 4, boot: os}
  app-2: {virtual_guest: 5, boot: os, reason: CHG-2}
  app-3: {virtual_guest: 6, boot: os}
  app-4: {hostname: app-4.example.com, boot: rescue}
  app-5: {virtual_guest: 8, boot: rescue}
  app-6: {virtual_guest: 9, boot: os}
"""


def every_effect() -> Review:
    """Each effect once, with looks at some devices: one has drifted, one is in motion,
    one is there already.
    """

    def one(number: int, boot: str, name: str, **more: object) -> dict[str, object]:
        return order(f"virtual_guest/{number}", boot, name, **more)

    devices = [
        created(one(1, "rescue", "web-1", reason="CHG-1")),
        replaced(one(2, "rescue", "web-2"), one(2, "image", "web-2", image="a.iso"), TAINTED),
        replaced(order("hardware/3", "rescue", "db-1"), order("hardware/3", "os", "db-1")),
        created(one(4, "os", "app-1")),
        recorded(one(5, "os", "app-2"), one(5, "os", "app-2", reason="CHG-2")),
        kept(one(6, "os", "app-3")),
        replaced(*2 * (order("hostname/app-4.example.com", "rescue", "app-4"),), REQUESTED),
        created(one(8, "rescue", "app-5")),
        kept(one(9, "os", "app-6")),
        removed(one(10, "os", "old-1")),
    ]
    moving = Transaction(77, friendly="Reload")
    since = datetime(2026, 11, 25, 9, tzinfo=UTC)
    observed = {
        "virtual_guest/6": Observation(
            BootState.RESCUE, "event log: Launched rescue by bob", since
        ),
        "virtual_guest/8": Observation(BootState.RESCUE, "last transaction 5", since),
        "virtual_guest/9": Observation(BootState.UNKNOWN, "under way", in_motion=moving),
    }
    addresses = {"virtual_guest/1": "198.51.100.11"}
    return review_of([plan(*devices)], fleet(FILE), NOW, observed=observed, addresses=addresses)


def unseen() -> Review:
    """Devices that could not be looked at, among them one that leaves; and one that was deleted."""
    text = """devices:
  web-1: {virtual_guest: 1, boot: rescue, reason: CHG-1}
  app-1: {virtual_guest: 4, boot: os}
  app-2: {virtual_guest: 5, boot: rescue}
  app-3: {virtual_guest: 6, boot: os}
"""

    def one(number: int, boot: str, name: str) -> dict[str, object]:
        return order(f"virtual_guest/{number}", boot, name)

    devices = [
        created(order("virtual_guest/1", reason="CHG-1", name="web-1")),
        created(one(4, "os", "app-1")),
        kept(one(5, "rescue", "app-2")),
        kept(one(6, "os", "app-3")),
        removed(one(7, "rescue", "old-1")),
        removed(one(8, "rescue", "old-2")),
        removed(one(9, "os", "old-3")),
    ]
    keys = [f"virtual_guest/{number}" for number in (1, 4, 5, 7, 9)]
    return review_of(
        [plan(*devices)],
        fleet(text),
        NOW,
        observed={"virtual_guest/6": Observation(BootState.OS, "no rescue request")},
        unseen={key: f"{key} cannot be found" for key in keys},
        gone={"virtual_guest/8", "virtual_guest/6"},
    )


def refused() -> Review:
    """The policy has two things against it, and a stack is missing."""
    findings = (
        Finding(
            "protected",
            "web-1 is protected (by 'web-*'); allowed: only with `allow_reboot: true`",
            ("web-1",),
            2,
        ),
        Finding("max_down", "4 devices would be down at once; allowed: 2", ("web-1", "web-2"), 0),
    )
    return replace(every_effect(), missing=("fleet-1",), findings=findings)


def overridden() -> Review:
    """The same, with a broken glass."""
    glass = BreakGlass("CHG-9 outage", datetime(2026, 11, 26, tzinfo=UTC))
    return replace(refused(), missing=(), break_glass=glass)


def clean() -> Review:
    """Nothing happens."""
    return review_of(
        [plan(kept(order()))], fleet("devices: {web-1: {virtual_guest: 1, boot: rescue}}"), NOW
    )


def refusal() -> Review:
    """A plan that is not understood."""
    return not_understood(
        "fleet.yaml",
        NOW,
        ["fleet-0.json: the plan is empty; write it again", "fleet.yaml:3: wrong"],
    )


HOSTILE = (
    "a|b`c`<script>alert(1)</script>@team #1 \x1b[31m\x00\ud800\n| x |\n```\n**b** _i_"
    " [l](http://x) ]]>&amp;:x:$y$ www.x.y -->"
)


def hostile() -> Review:
    """Names, reasons, paths and evidence that would like to be syntax."""
    seen = Observation(BootState.RESCUE, HOSTILE, NOW, image=HOSTILE)
    change = Change(
        key=HOSTILE,
        name=HOSTILE,
        stack=HOSTILE,
        effect=Effect.BOOTS_IMAGE,
        why=Why.CHANGED,
        before=Goal(BootState.OS),
        after=Goal(BootState.IMAGE, HOSTILE),
        usual_s=300,
        address=HOSTILE,
        reason=HOSTILE,
        observed=seen,
        note=HOSTILE,
    )
    drift = change._replace(effect=Effect.NOTHING, after=Goal(BootState.OS))
    finding = Finding("protected", HOSTILE, (HOSTILE,), 3)
    glass = BreakGlass(HOSTILE)
    return Review(
        HOSTILE,
        NOW,
        stacks=(HOSTILE,),
        missing=(HOSTILE,),
        changes=(change, drift),
        findings=(finding,),
        break_glass=glass,
        is_live=True,
    )


def huge(devices: int = 5_000) -> Review:
    """More than any comment can hold."""
    goal = Goal(BootState.RESCUE)
    changes = tuple(
        Change(
            key=f"virtual_guest/{number}",
            name=f"device-{number}.example.com",
            stack=f"fleet-{number % 50}",
            effect=Effect.ENTERS_RESCUE,
            why=Why.DECLARED,
            before=None,
            after=goal,
            usual_s=300,
            line=number,
        )
        for number in range(1, devices + 1)
    )
    findings = tuple(
        Finding(
            "protected", f"{change.name} is protected; leave it alone", (change.name,), change.line
        )
        for change in changes
    )
    return Review(
        "fleet.yaml", NOW, stacks=("fleet-0",), missing=(), changes=changes, findings=findings
    )


EXAMPLES = {
    "every_effect": every_effect,
    "unseen": unseen,
    "refused": refused,
    "overridden": overridden,
    "clean": clean,
    "not_understood": refusal,
    "hostile": hostile,
}
