"""What a change does to the guards of a fleet, against the fleet file of another commit: to its
endpoint, its backend, its policy and who is told.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from classic_rescue.boot import environment
from classic_rescue.boot.durations import duration
from classic_rescue.boot.script import Script
from classic_rescue.cli.plans.essence import backend_words
from classic_rescue.cli.terminal.failures import Failure
from classic_rescue.fleet import FleetErrors, Problem, parse_fleet, read_fleet
from classic_rescue.policy.terms import NO_POLICY, Limit, Policy, Window, rule_name

if TYPE_CHECKING:
    from classic_rescue.fleet import Fleet


def changes_against(
    base: str, fleet: Fleet, *, at: datetime, environ: Mapping[str, str]
) -> tuple[str, ...]:
    """A sentence for each guard that is another one than in the commit `base`; of rules those that
    forbid less, or that nobody can tell.

    Raises Failure where git cannot tell what was there.
    """
    path = Path(fleet.source)
    commit = _commit(base, path.parent, environ)
    text = commit.read(path.name)
    if text is None:
        return (f"{path.name} is new: {base} has none",)

    def beside(name: str) -> tuple[str, str]:
        source = f"{base}:{name}"
        there = commit.read(name)
        if there is None:
            missing = "there is no such file in that commit"
            raise FleetErrors([Problem(file=source, message=missing, allowed="")])
        return source, there

    try:
        before = parse_fleet(
            text, source=f"{base}:{path.name}", now=at, beside=beside, script=_any_script
        )
    except FleetErrors as errors:
        return (f"nothing is compared, since that file cannot be read: {errors.problems[0]}",)
    # Not `fleet` itself: a variable may have replaced its backend.
    now = read_fleet(path, now=at, environ={})
    return tuple(differences(before, now))


def _any_script(name: str) -> Script:
    """Scripts are no guards: which one a device had does not count."""
    return Script(name, b"", ())


@dataclass(frozen=True, slots=True)
class _Commit:
    """The files of a commit, by their paths relative to a folder of the checkout."""

    base: str
    name: str
    git: str
    folder: Path
    environ: Mapping[str, str]

    def ask(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        """Run git in the folder."""
        return subprocess.run(  # noqa: S603 the system's git; no word of a user's is an option
            [self.git, *words], cwd=self.folder, env=self.environ, capture_output=True, check=False
        )

    def read(self, name: str) -> str | None:
        """The text of a file; None where the commit has no such file.

        Raises Failure where git cannot tell.
        """
        within = os.fsdecode(self._answer(name, ("rev-parse", "--show-prefix"))).rstrip("\n")
        path = os.path.normpath(os.path.join(within, name))
        listed = self._answer(name, (*_LIST, self.name, "--", path))
        if not listed:
            return None
        blob = os.fsdecode(listed.split(b"\t")[0].split()[-1])
        return self._answer(name, ("cat-file", "blob", blob)).decode(errors="replace")

    def _answer(self, name: str, words: Sequence[str]) -> bytes:
        ended = self.ask(*words)
        if ended.returncode:
            raise Failure(
                f"--base {self.base}: git cannot read {name} of that commit{_because(ended)}; `git"
                " fsck` tells what is missing; a fresh clone has all of it"
            )
        return ended.stdout


_LIST = ("--literal-pathspecs", "ls-tree", "-z", "--full-tree")
_VERIFY = ("rev-parse", "--verify", "--quiet", "--end-of-options")


def _commit(base: str, folder: Path, environ: Mapping[str, str]) -> _Commit:
    """The commit that a person calls so. Raises Failure where git knows none."""
    git = shutil.which("git", path=environ.get(environment.PATH, os.defpath))
    if not git:
        raise Failure("--base: git is missing, and it knows what was there; install git")
    quiet = {key: value for key, value in environ.items() if not key.startswith("GIT_")}
    asked = _Commit(base=base, name="", git=git, folder=folder, environ=quiet)
    known = asked.ask(*_VERIFY, f"{base}^{{commit}}")
    if known.returncode:
        raise Failure(
            f"--base {base}: git knows no such commit here{_because(known)}; allowed: a commit,"
            " branch or tag of this checkout, such as origin/main; a shallow clone has to fetch it"
            " first"
        )
    return replace(asked, name=known.stdout.decode().strip())


def _because(ended: subprocess.CompletedProcess[bytes]) -> str:
    said = " ".join(ended.stderr.decode(errors="replace").split())
    return f" ({said})" if said else ""


def differences(before: Fleet, now: Fleet) -> Iterator[str]:
    """The sentences, of two fleets as their files give them."""
    if before.endpoint != now.endpoint:
        yield f"endpoint: {before.endpoint or 'none'} → {now.endpoint or 'none'}"
    if (old := backend_words(before.backend)) != (new := backend_words(now.backend)):
        yield f"backend: {old} → {new}"
    yield from _channels(before, now)
    yield from _rules(before.policy, now.policy)
    yield from _traits(before, now)


def _channels(before: Fleet, now: Fleet) -> Iterator[str]:
    """What was said of who is told, by the channels' names: one that is new is told, too, since
    another one learns of everything then.
    """
    old = {channel.name: str(channel) for channel in before.notify}
    new = {channel.name: str(channel) for channel in now.notify}
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) == new.get(name):
            continue
        if name not in new:
            yield f"notify: {name} is removed; it was {old[name]}"
        elif name not in old:
            yield f"notify: {name} is new: {new[name]}"
        else:
            yield f"notify: {name} is changed: {old[name]} → {new[name]}"


def _rules(before: Policy, now: Policy) -> Iterator[str]:
    for rule in Policy._fields:
        old = getattr(before, rule)
        new = getattr(now, rule)
        none = getattr(NO_POLICY, rule)
        if old in (new, none) or rule == "break_glass" or _is_stricter(rule, old, new):
            continue
        if new == none:
            yield f"policy: {rule_name(rule)} is removed; it was {_term(rule, old)}"
        else:
            yield f"policy: {rule_name(rule)} is changed: {_term(rule, old)} → {_term(rule, new)}"


def _is_stricter(rule: str, old: object, new: object) -> bool:
    """Whether a rule certainly forbids all that it forbade."""
    match rule, old, new:
        case "max_until_s", int(), int():
            return new < old
        case "images_allowed" | "scripts_allowed", tuple(), tuple():
            return set(new) <= set(old)
        case "protected", tuple(), tuple():
            return set(new) >= set(old)
        case "max_down", tuple(), tuple():
            return set(new) >= set(old) or _are_lower(old, new)
        case "windows", tuple(), tuple():
            return bool(new) and set(new) <= set(old)
    return False


def _are_lower(old: tuple[Limit, ...], new: tuple[Limit, ...]) -> bool:
    """Whether every limit is there with a number that is not higher."""
    lower = {limit._replace(devices=None): limit.devices for limit in new if limit.devices}
    return all(
        limit in new or (limit.devices or 0) >= lower.get(limit._replace(devices=None), 1 << 30)
        for limit in old
    )


def _term(rule: str, value: object) -> str:
    """What a rule says, as a person would."""
    return duration(value) if rule == "max_until_s" and isinstance(value, int) else _said(value)


def _said(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, Limit):
        group = value.names or (f"tag {value.tag}" if value.tag else "")
        number = f"{value.percent}%" if value.percent else str(value.devices)
        return f"{number} of {group}" if group else number
    if isinstance(value, Window):
        days = ", ".join(_DAYS[day] for day in value.days)
        return f"{days} {value.start:%H:%M}-{value.end:%H:%M} {value.zone}"
    if isinstance(value, tuple):
        return "; ".join(map(_said, value)) or "none"
    return str(value)


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _traits(before: Fleet, now: Fleet) -> Iterator[str]:
    """What the file says of devices for the policy's sake, where that may forbid less."""
    old = before.traits
    new = now.traits
    named = {entry.order.device.key: entry.order.name for entry in now.devices}
    has_groups = any(limit.tag for limit in (*before.policy.max_down, *now.policy.max_down))
    for key, name in named.items():
        was_allowed = key in old and old[key].allow_reboot
        if key in new and new[key].allow_reboot and not was_allowed:
            yield f"{name}: allow_reboot is new: no `protected` keeps it from a restart"
        lost = (old[key].tags if key in old else frozenset()) - (
            new[key].tags if key in new else frozenset()
        )
        if lost and has_groups:
            yield f"{name}: leaves the group of tag {', '.join(sorted(lost))}"
