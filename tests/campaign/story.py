"""A story for people, and the smallest plan that still tells it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.campaign.hooks import Bench, Story
from tests.campaign.oracle import Broken, judge
from tests.campaign.plan import Plan

MOST_TRIES = 12


def tell(story: Story, broken: list[Broken]) -> str:
    """The whole story: the plan, each call that was struck or changes something, what was said."""
    plan = story.plan
    world = {name: value for name, value in plan.settings.items() if not name.endswith("_s")}
    lines = [
        f"seed {plan.seed}: {plan.kind} {plan.device}; log open: {plan.log_open};"
        f" {'with a conductor' if plan.is_conducted else 'hooks alone'}; {world}",
        *(f"  before: {row.method}, {row.then_s:g} s ago" for row in plan.past),
        *(f"  asked: {row}" for row in plan.errands),
        *(f"  wrong: {row}" for row in plan.meddlings),
    ]
    for run in story.runs:
        lines.append(f"  {run.name}: exit {run.code} after {run.took_s:.1f} s, {run.result}")
        lines += [f"      {heard}" for heard in story.heard if _is_told(heard.run, run.name, heard)]
        lines += [f"      | {row['text']}" for row in run.rows[-6:]]
        if run.err.strip():
            lines.append(f"      ! {run.err.strip()[-400:]}")
        lines.append(f"      true: {run.device}")
    lines += [f"  BROKEN {row}" for row in broken]
    lines.append(f"  plan: {plan.to_json()}")
    return "\n".join(lines)


def _is_told(name: str, wanted: str, heard: object) -> bool:
    return name == wanted and bool(
        getattr(heard, "struck", None) or getattr(heard, "is_changing", False)
    )


def shrink(bench: Bench, story: Story, broken: list[Broken]) -> tuple[Story, list[Broken]]:
    """The smallest plan found that breaks one of the same promises."""
    wanted = {row.promise for row in broken}
    tries = 0
    found = True
    while found and tries < MOST_TRIES:
        found = False
        for plan in smaller(story.plan):
            tries += 1
            again = bench.play(plan)
            still = [row for row in judge(again) if row.promise in wanted]
            if still:
                story = again
                broken = still
                found = True
                break
            if tries >= MOST_TRIES:
                break
    return story, broken


def smaller(plan: Plan) -> Iterator[Plan]:
    """The same with one thing less."""
    for number in range(len(plan.meddlings)):
        rest = plan.meddlings[:number] + plan.meddlings[number + 1 :]
        yield replace(plan, meddlings=rest)
    for number in range(len(plan.past)):
        yield replace(plan, past=plan.past[:number] + plan.past[number + 1 :])
    if len(plan.errands) > 1:
        yield replace(plan, errands=plan.errands[:1])
    if plan.is_conducted:
        yield replace(plan, is_conducted=False)
    if not plan.log_open:
        yield replace(plan, log_open=True)
    for name in ("rescue_starts_lockout", "reboot_makes_transaction"):
        if plan.settings.get(name):
            yield replace(plan, settings={**plan.settings, name: False})
