"""The sentences that every report shares."""

from __future__ import annotations

from collections.abc import Sequence

from classic_rescue.boot.durations import duration
from classic_rescue.boot.repair import Repair, Then
from classic_rescue.boot.states import BootState, Goal
from classic_rescue.review.changes import EFFECTS, Change, Effect, Restart, Why
from classic_rescue.review.review import Review, Verdict
from classic_rescue.review.stacks import say_stacks

SHOWN_NAMES = 5
SHOWN_CHARACTERS = 128
"""Of a name: the longest that a fleet file allows."""


def goal_words(goal: Goal) -> str:
    """A boot state for a sentence."""
    return _GOAL_WORDS.get(goal.state) or str(goal)


_GOAL_WORDS = {BootState.OS: "its operating system", BootState.RESCUE: "its rescue kernel"}


def effect_words(change: Change) -> str:
    """What happens to a device, to be read after its name."""
    words = EFFECTS[change.effect].words
    seen = change.observed
    if change.unseen:
        words = _UNSEEN.get(change.effect, f"by Terraform's record it {words}")
    elif seen is None:
        words = _BY_RECORD.get(change.effect, words)
    elif seen and seen.is_off and change.effect is Effect.IS_FORGOTTEN:
        words = "is forgotten without a restart; it is powered off"
    elif change.comes_back and change.effect is Effect.IS_THERE:
        words = "is in {after} already"
    text = words.format(
        after=goal_words(change.after),
        before=goal_words(change.before or change.after),
        stack=change.stack,
    )
    if change.unseen:
        return f"could not be looked at; {text}"
    if change.has_drifted:
        runs = "is powered off" if seen and seen.is_off else f"runs {seen}"
        return (
            f"has drifted: {runs}, must be in {goal_words(change.after)}; this plan leaves it there"
        )
    if change.effect is Effect.NOTHING and change.is_in_motion:
        return "is in motion"
    text = f"{text} ({change.image.owner} image {change.image.id})" if change.image else text
    return f"{text}; {script_words(change.repair)}" if change.repair else text


def script_words(repair: Repair) -> str:
    """What runs in a rescue system, and what comes then."""
    then = "; then it stays there"
    if repair.then is Then.LEAVE:
        then = "; where that ends with 0, it restarts into its operating system"
    return f"once its rescue system answers, {repair} runs in it{then}"


_BY_RECORD = {
    Effect.MOVES: (
        "moves to stack {stack} without a restart, as it is in {before} by Terraform's record"
    ),
    Effect.IS_FORGOTTEN: (
        "is forgotten without a restart, as it is in its operating system by Terraform's record"
    ),
}
"""Where nobody looked: the hook will, and brings a device that
was taken elsewhere into its desired state.
"""


_UNSEEN = {
    Effect.IS_LOOKED_AT: "its hook looks again, and it restarts only if it is not in {after}"
}
"""Where somebody looked in vain."""


def downtime_words(change: Change) -> str:
    """How long it usually is away; empty where it does not restart."""
    if not change.usual_s:
        return ""
    condition = "if so, " if change.restart is Restart.MAY else ""
    return f"{condition}usually about {duration(change.usual_s)}{script_time_words(change)}"


def script_time_words(change: Change) -> str:
    """How much longer it is away where a script runs first; empty where none does."""
    if not change.comes_back or change.repair is None:
        return ""
    return f" and as long as its script takes, {duration(change.repair.timeout_s)} at most"


def why_words(change: Change) -> str:
    """What brings it about, with the note where there is one; of drift: how it is known. Then why
    it could not be looked at, or will be refused; last the reason that the file gives.
    """
    parts = (_cause_words(change), change.unseen, change.warning)
    text = "; ".join(part for part in parts if part)
    return f"{text}; reason: {change.reason}" if text and change.reason else text


def _cause_words(change: Change) -> str:
    if change.has_drifted and change.observed:
        return change.observed.evidence
    text = _WHY[change.why].format(
        before=change.before or "nothing", after=change.after, until=change.until, note=change.note
    )
    if change.effect is Effect.IS_RECORDED:
        return (
            f"changed in the file: {change.note}"
            if change.note
            else "Terraform's record of it changes"
        )
    return "; ".join(part for part in (text, change.note) if part)


_WHY: dict[Why, str] = {
    Why.DECLARED: "declared for the first time",
    Why.CHANGED: "changed in the file: {before} → {after}",
    Why.TIME_LIMIT: "its time limit, {until}, is over",
    Why.EARLIER_FAILED: "an earlier attempt failed",
    Why.UNFINISHED: "an earlier attempt ended before it",
    Why.SCRIPT: "its repair is another one in the file",
    Why.REPAIR: "repair of drift, asked for with -replace",
    Why.MOVED: "its stack changed",
    Why.REMOVED: "removed from the file",
    Why.DESTROYED: "everything that was deployed goes back",
    Why.NONE: "",
}


def headline(review: Review) -> str:
    """The one line that counts: how many devices go down, and the verdict."""
    if review.verdict is Verdict.NOT_UNDERSTOOD:
        return "not understood, so nothing is judged"
    counts = [
        (len(review.going_down), "goes down", "go down"),
        (
            len(review.returning),
            "comes back to its operating system",
            "come back to their operating systems",
        ),
        (len(review.maybe), "may restart", "may restart"),
        (len(review.scripted), "runs a script in rescue", "run a script in rescue"),
        (len(review.drifted), "has drifted", "have drifted"),
        (len(review.unseen), "could not be looked at", "could not be looked at"),
    ]
    parts = [
        f"{counted(number)} {one if number == 1 else many}"
        for number, one, many in counts
        if number
    ]
    return f"{'; '.join(parts) or 'no device restarts'}: {verdict_words(review)}"


def verdict_words(review: Review) -> str:
    """The verdict in two or three words."""
    if review.break_glass and review.findings:
        return "the policy is set aside"
    return {
        Verdict.CLEAN: "clean",
        Verdict.RESTARTS: "allowed",
        Verdict.REFUSED: "refused by the policy",
        Verdict.UNSEEN: "not all was seen",
        Verdict.DRIFT: "drift",
        Verdict.NOT_UNDERSTOOD: "not understood",
    }[review.verdict]


def banner(review: Review) -> str:
    """What a broken glass says; empty without one."""
    glass = review.break_glass
    if not glass:
        return ""
    until = f", until {glass.until}" if glass.until else ", for this run"
    findings = len(review.findings)
    plural = "" if findings == 1 else "s"
    broken = f"{findings} finding{plural} overridden" if findings else "it forbids nothing here"
    return f"BREAK GLASS: the policy is set aside ({glass.reason}{until}); {broken}"


def place_words(review: Review) -> str:
    """Where it was looked and would be done, and what the policy holds against it."""
    places = [f"{name} {value}" for name, value in review.place.items()]
    rules = ", ".join(review.rules) or "none"
    return "; ".join([*places, f"policy in force: {rules}"])


def base_words(review: Review) -> list[str]:
    """The guards that are others than in the base, one a line."""
    return [f"ANOTHER GUARD THAN IN {review.base}: {said}" for said in review.against_base]


def missing_words(review: Review) -> str:
    """Which stacks were not reviewed; empty where all were."""
    if not review.missing:
        return ""
    return (
        f"NOT ALL STACKS: no plan was given for {say_stacks(review.missing)};"
        " what happens to the devices in them is not said here"
    )


def quiet_words(review: Review) -> str:
    """How many devices nothing happens to."""
    quiet = len(review.changes) - len(review.shown)
    return f"{counted(quiet)} not touched" if quiet else ""


def counted(number: int) -> str:
    """`1 device`, `2 devices`."""
    return "1 device" if number == 1 else f"{number} devices"


def counted_lines(number: int) -> str:
    """`1 line`, `2 lines`."""
    return "1 line" if number == 1 else f"{number} lines"


def some(names: Sequence[str]) -> str:
    """Some names, and how many more."""
    more = f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
    return ", ".join(name[:SHOWN_CHARACTERS] for name in names[:SHOWN_NAMES]) + more
