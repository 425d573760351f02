"""What the hook needs of a policy, as JSON: it stands in every stack beside the devices, since
plans get old.

The rules about the file are not in it: a file that breaks them makes no stack.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any, NamedTuple

from classic_rescue.policy.terms import BreakGlass, Limit, Policy, Traits, Window

VERSION = 1


class Posted(NamedTuple):
    """The policy of a stack, and the traits of its devices by device key."""

    policy: Policy
    traits: dict[str, Traits]


def write_posted(policy: Policy, traits: Mapping[str, Traits]) -> str:
    """The JSON, always the same for the same policy."""
    glass = policy.break_glass
    return json.dumps(
        {
            "version": VERSION,
            "max_down": [limit._asdict() for limit in policy.max_down],
            "protected": policy.protected,
            "windows": [
                [window.days, window.start.isoformat(), window.end.isoformat(), window.zone]
                for window in policy.windows
            ],
            "break_glass": glass and [glass.reason, glass.until and glass.until.isoformat()],
            "devices": {
                key: [sorted(tags), allow_reboot]
                for key, (tags, allow_reboot) in sorted(traits.items())
            },
        },
        ensure_ascii=False,
    )


def read_posted(text: str) -> Posted:
    """Read back what `write_posted` wrote.

    Raises ValueError for anything else: it must never be read as no policy.
    """
    try:
        given = json.loads(text)
        if given["version"] != VERSION:
            raise ValueError(f"version {given['version']!r}, and this hook knows {VERSION}")
        return Posted(
            _policy(given), {key: _traits(said) for key, said in given["devices"].items()}
        )
    except (TypeError, KeyError, AttributeError, IndexError, RecursionError) as problem:
        raise ValueError(f"{type(problem).__name__}: {problem}") from None


def _policy(given: Mapping[str, Any]) -> Policy:
    glass = given["break_glass"]
    return Policy(
        max_down=tuple(_limit(limit) for limit in _list(given["max_down"])),
        protected=tuple(_text(pattern) for pattern in _list(given["protected"])),
        windows=tuple(
            Window(
                tuple(map(int, days)),
                time.fromisoformat(start),
                time.fromisoformat(end),
                _text(zone),
            )
            for days, start, end, zone in _list(given["windows"])
        ),
        break_glass=glass and BreakGlass(_text(glass[0]), glass[1] and _moment(glass[1])),
    )


def _limit(given: Mapping[str, Any]) -> Limit:
    limit = Limit(**given)
    numbers = [number for number in (limit.devices, limit.percent) if number is not None]
    if len(numbers) != 1 or not all(isinstance(number, int) for number in numbers):
        raise ValueError(f"a limit of {limit.devices!r} devices and {limit.percent!r} percent")
    return limit._replace(names=_text(limit.names), tag=_text(limit.tag))


def _traits(said: tuple[list[str], bool]) -> Traits:
    tags, allow_reboot = said
    return Traits(frozenset(map(_text, _list(tags))), allow_reboot is True)


def _list(given: object) -> list[Any]:
    if not isinstance(given, list):
        raise ValueError(f"{given!r} where a list belongs")
    return given


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise ValueError(f"{given!r} where a text belongs")
    return given


def _moment(given: str) -> datetime:
    moment = datetime.fromisoformat(given)
    if moment.tzinfo is None:
        raise ValueError(f"{given!r} without its zone")
    return moment
