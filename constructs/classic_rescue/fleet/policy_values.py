"""The values of a fleet file's `policy:`, one function each:
it returns the value or raises the refusal.
"""

from __future__ import annotations

import re
from datetime import time
from zoneinfo import available_timezones

from classic_rescue.boot.states import without_dot
from classic_rescue.fleet.lengths import short_length, two_lengths
from classic_rescue.fleet.nearest import did_you_mean
from classic_rescue.fleet.refusal import refuse, refuse_no_text, refuse_number
from classic_rescue.fleet.scalars import UNREADABLE, show
from classic_rescue.fleet.spelling import trim, whole, word
from classic_rescue.fleet.values import TAG_PATTERN, read_line
from classic_rescue.policy.openings import DAYS, ZoneDataMissingError, zone_of
from classic_rescue.policy.patterns import MAX_CHARACTERS, PatternError, check_pattern

MAX_DEVICES = 1_000_000
MAX_UNTIL_S = 366 * 86400

POLICY_ALLOWED = (
    "a mapping such as {max_down: 5}, or the path of a YAML file with one, relative to the fleet"
    " file, such as policy.yaml"
)
PATTERN_ALLOWED = (
    "a regular expression that the whole reason must match, such as 'CHG-[0-9]+( .*)?'"
)
LENGTH_ALLOWED = "such as 90m, 72h, 7d or 1d12h; more than 0, at most 366d"
LIMIT_ALLOWED = "a number of devices from 1 on, or a percentage from 1% to 100%"
MAX_DOWN_ALLOWED = (
    f"{LIMIT_ALLOWED}; or a list such as [{{limit: 5}}, {{names: 'web-*', limit: 1}}]"
)
NAMES_ALLOWED = (
    "a device name, with * and ? and [abc] as in a shell, such as web-*;"
    " in quotes where it begins with *"
)
PROTECTED_ALLOWED = "a list of name patterns such as [db-*, 'core-?']"
IMAGES_ALLOWED = "a list of image names or ids such as [WindowsRescueStandalone.iso, 12345]"
SCRIPTS_ALLOWED = "a list of patterns such as ['repairs/*', fsck]"
SCRIPT_ALLOWED = (
    "a path relative to the fleet file, or the name of a script that ships, with * and ? and [abc]"
    " as in a shell, such as repairs/*"
)
TAG_ALLOWED = "one tag, as `tags:` of the devices has it"
WINDOWS_ALLOWED = (
    "a list such as [{days: mon-fri, from: '22:00', to: '06:00', zone: Europe/Rome}];"
    " to forbid all times: `protected: ['*']`"
)
DAYS_ALLOWED = (
    "a day (mon, tue, wed, thu, fri, sat, sun),"
    " a range such as mon-fri, daily, or a list such as [sat, sun]"
)
START_ALLOWED = 'a time from "00:00" to "23:59"'
END_ALLOWED = 'a time from "00:00" to "24:00"; one that is not after `from` is on the next day'
ZONE_ALLOWED = "an IANA name such as Europe/Rome or UTC"

NAMES_PATTERN = r"[A-Za-z0-9._*?!\[\]-]{1,128}"
SCRIPT_PATTERN = r"[A-Za-z0-9._*?!\[\]/+@-][A-Za-z0-9._*?!\[\]/+@ -]{0,255}"
LENGTH_PATTERN = r"(?=.)([0-9]{1,3}d)?([0-9]{1,4}h)?([0-9]{1,5}m)?"
START_PATTERN = r"([01][0-9]|2[0-3]):[0-5][0-9]"
END_PATTERN = rf"({START_PATTERN}|24:00)"
PERCENT_PATTERN = r"([1-9][0-9]?|100)%"
DAY_PATTERN = rf"({'|'.join(DAYS)})"
DAYS_PATTERN = rf"(daily|{DAY_PATTERN}(-{DAY_PATTERN})?)"
ZONE_PATTERN = r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}"

_LONG_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NOT_A_ZONE = (
    "localtime",
    "posixrules",
    "Factory",
    "posix/",
    "right/",
)  # of one machine, or of another clock


def read_pattern(value: object) -> str:
    """Give the regular expression for reasons."""
    text = read_line(value, "a pattern", PATTERN_ALLOWED, MAX_CHARACTERS)
    try:
        check_pattern(text)
    except PatternError as problem:
        raise refuse(str(problem), PATTERN_ALLOWED) from None
    return text


def read_length_s(value: object) -> int:
    """Return a length of time in seconds, days among its units."""
    value = whole(value)
    if isinstance(value, int):
        raise refuse("a number without its unit", LENGTH_ALLOWED)
    found = re.fullmatch(LENGTH_PATTERN, short_length(value)) if isinstance(value, str) else None
    if not found:
        what = two_lengths(value) if isinstance(value, str) else ""
        raise refuse(f"this is not a length of time{what}", LENGTH_ALLOWED)
    days, hours, minutes = (int(part[:-1]) if part else 0 for part in found.groups())
    seconds = days * 86400 + hours * 3600 + minutes * 60
    if not 0 < seconds <= MAX_UNTIL_S:
        raise refuse("this is out of range", LENGTH_ALLOWED)
    return seconds


def read_limit(value: object) -> int | str:
    """Return a number of devices, or a percentage such as `10%`."""
    value = _plain_percentage(trim(value)) if isinstance(value, str) else value
    value = whole(value)
    if isinstance(value, str) and value.endswith("%"):
        if not re.fullmatch(PERCENT_PATTERN, value):
            raise refuse(
                "this percentage is out of range",
                f"{LIMIT_ALLOWED}; to forbid all: `protected: ['*']`",
            )
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise refuse_number(value, "a number of devices or a percentage", LIMIT_ALLOWED)
    if not 1 <= value <= MAX_DEVICES:
        raise refuse("this is out of range", f"{LIMIT_ALLOWED}; to forbid all: `protected: ['*']`")
    return value


def _plain_percentage(value: str) -> str:
    """Return `10 %`, `10.0%` and `10 percent` as `10%`, and all else as it is."""
    found = re.fullmatch(r"([0-9]+)(?:\.0+)?\s*(%|percent|per cent)", value, re.ASCII | re.I)
    return f"{found[1]}%" if found else value


def read_names(value: object) -> str:
    """Return a pattern of device names, without a final dot."""
    if not isinstance(value, str):
        raise refuse_no_text(value, "a pattern of names", NAMES_ALLOWED)
    value = without_dot(trim(value))
    if not re.fullmatch(NAMES_PATTERN, value):
        raise refuse("no device name can match this", NAMES_ALLOWED)
    return value


def read_tag(value: object) -> str:
    """Return the tag of a group."""
    value = word(value)
    if not isinstance(value, str) or not re.fullmatch(TAG_PATTERN, value):
        raise refuse("this cannot be a tag", TAG_ALLOWED)
    return value


def read_protected(value: object) -> object:
    """Return the list of protected names, each to be read by itself."""
    return _read_list(value, "the protected names are a list", PROTECTED_ALLOWED)


def read_images(value: object) -> object:
    """Return the list of images, each to be read by itself. An empty one allows none."""
    return _read_list(value, "the images are a list", IMAGES_ALLOWED)


def read_scripts(value: object) -> object:
    """Return the list of patterns, each to be read by itself. An empty one allows none."""
    return _read_list(value, "the scripts are a list", SCRIPTS_ALLOWED)


def read_script_pattern(value: object) -> str:
    """Return a pattern of scripts."""
    if not isinstance(value, str):
        raise refuse_no_text(value, "a pattern of scripts", SCRIPT_ALLOWED)
    value = trim(value)
    if value.startswith(("/", "~", "./")) or not re.fullmatch(SCRIPT_PATTERN, value):
        raise refuse("no script is called so", SCRIPT_ALLOWED)
    return value


def read_windows(value: object) -> object:
    """Return the list of windows, each to be read by itself."""
    if value == []:
        raise refuse(
            "an empty list: nobody can tell whether that means always or never", WINDOWS_ALLOWED
        )
    return _read_list(value, "the windows are a list", WINDOWS_ALLOWED)


def refuse_no_limit(value: object) -> object:
    """Return the list of limits, each to be read by itself."""
    if value == []:
        raise refuse("an empty list limits nothing", MAX_DOWN_ALLOWED)
    return value


def _read_list(value: object, words: str, allowed: str) -> object:
    if not isinstance(value, list):
        raise refuse(words, allowed)
    return value


def read_days(value: object) -> tuple[int, ...]:
    """Return the days on which a window opens, Monday is 0, each once.

    A range may go over the end of the week.
    """
    words = value if isinstance(value, list) else _listed(value)
    if not words:
        raise refuse("an empty list: the window would never open", DAYS_ALLOWED)
    days = [day for word in words if word is not UNREADABLE for day in _read_days(word)]
    return tuple(dict.fromkeys(days))


def _listed(value: object) -> list[object]:
    """`mon, wed` is a list without its brackets."""
    return [*value.split(",")] if isinstance(value, str) else [value]


def _read_days(word: object) -> list[int]:
    if not isinstance(word, str):
        raise refuse_no_text(word, "a day", DAYS_ALLOWED)
    if trim(word).lower() == "daily":
        return list(range(len(DAYS)))
    first, dash, last = (_short_day(part) for part in word.partition("-"))
    for day in (first, *([last] if dash else [])):
        if day not in DAYS:
            raise refuse(
                f"{show(day)} is no day{did_you_mean(day[:3].lower(), DAYS)}", DAYS_ALLOWED
            )
    start = DAYS.index(first)
    end = DAYS.index(last or first)
    return [(start + ahead) % len(DAYS) for ahead in range((end - start) % len(DAYS) + 1)]


def _short_day(written: str) -> str:
    """`Monday` and `MON` are `mon`; all else stays."""
    day = trim(written).lower()
    return day[:3] if day in _LONG_DAYS else day


def read_start(value: object) -> time:
    """Return the time at which a window opens."""
    return _read_time(value, START_PATTERN, START_ALLOWED)


def read_end(value: object) -> time:
    """Return the time at which a window closes; 24:00 is midnight, the end of the day."""
    return time(0) if word(value) == "24:00" else _read_time(value, END_PATTERN, END_ALLOWED)


def _read_time(value: object, pattern: str, allowed: str) -> time:
    if not isinstance(value, str):
        raise refuse_no_text(value, "a time of day", allowed)
    value = trim(value)
    if value == "24:00":
        raise refuse("a day has no 24:00 to begin at", f"{allowed}; for midnight 00:00")
    if re.fullmatch("[0-9]:[0-5][0-9]", value):
        raise refuse("the hour has one digit", f"{allowed}; for this time 0{value}")
    if not re.fullmatch(pattern, value):
        raise refuse("this is not a time of day", allowed)
    return time.fromisoformat(value)


def read_zone(value: object) -> str:
    """Return the name of a time zone.

    A machine without any time zone data takes what looks like one: devices must be able to leave
    from there, too. `check_policy` and the hook refuse such a machine.
    """
    if not isinstance(value, str):
        raise refuse_no_text(value, "a time zone", ZONE_ALLOWED)
    value = trim(value)
    looks_right = re.fullmatch(ZONE_PATTERN, value) and not value.startswith(_NOT_A_ZONE)
    if not looks_right or not (_is_known(value) or not available_timezones()):
        hint = did_you_mean(
            value,
            sorted(zone for zone in available_timezones() if not zone.startswith(_NOT_A_ZONE)),
        )
        raise refuse(f"no such time zone{hint}", ZONE_ALLOWED)
    return value


def _is_known(value: str) -> bool:
    try:
        zone_of(value)
    except ZoneDataMissingError:
        return False
    return True
