"""The values of a fleet file, one function each: it returns the value or raises the refusal."""

from __future__ import annotations

import re
from datetime import datetime
from ipaddress import AddressValueError, IPv4Address, ip_address

from classic_rescue.boot.blank import INVISIBLE, is_blank
from classic_rescue.boot.states import BootState, NoOsEnvironment, without_dot
from classic_rescue.fleet.lengths import short_length, two_lengths
from classic_rescue.fleet.nearest import did_you_mean
from classic_rescue.fleet.refusal import refuse, refuse_no_text, refuse_number
from classic_rescue.fleet.scalars import BareBoolean, resolve_plain, show
from classic_rescue.fleet.spelling import trim, whole, word

MAX_ID = 2**53 - 1
"""The largest whole number that every JSON reader on the way through Terraform keeps exactly."""

MAX_TIMEOUT_S = 24 * 3600
MAX_SHARDS = 1_000
MAX_SHARD_SIZE = 10_000
MAX_REQUESTS_PER_SECOND = 1_000
MAX_REASON_CHARACTERS = 500
MAX_IMAGE_CHARACTERS = 255

ID_ALLOWED = f"a whole number from 1 to {MAX_ID}, without quotes"
NAME_ALLOWED = (
    "1 to 128 of the letters a-z and A-Z, digits, `.`, `_`, `-`, the first a letter, a digit or `_`"
)
HOSTNAME_ALLOWED = "a host name such as app-1.example.com"
IP_ALLOWED = "an IPv4 address such as 10.1.2.3"
BOOT_ALLOWED = "os, rescue or {image: NAME-or-id}"
IMAGE_ALLOWED = (
    "the name or the id of an image, such as {image: WindowsRescueStandalone.iso} or {image: 12345}"
)
REASON_ALLOWED = f"one line of 1 to {MAX_REASON_CHARACTERS} characters"
UNTIL_ALLOWED = "a time with its zone, such as 2026-12-01T06:00:00+01:00 or 2026-12-01T05:00:00Z"
TIMEOUT_ALLOWED = "such as 90s, 45m, 1h30m or whole seconds; more than 0, at most 24h"
TAGS_ALLOWED = (
    "a list such as [web, frankfurt], each tag of 1 to 64 of a-z, A-Z, digits, `.`, `_`, `:`, `-`"
)
ENVIRONMENT_ALLOWED = ", ".join(NoOsEnvironment)

NAME_PATTERN = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"
TAG_PATTERN = r"[A-Za-z0-9_][A-Za-z0-9._:-]{0,63}"
HOSTNAME_PATTERN = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*"
DURATION_PATTERN = r"(?=.)([0-9]{1,2}h)?([0-9]{1,4}m)?([0-9]{1,5}s)?"
TIME_PATTERN = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"( ?(Z|[+-][0-9]{2}:[0-9]{2}))"
)

_NAME = re.compile(NAME_PATTERN)
_TAG = re.compile(TAG_PATTERN)
_HOSTNAME = re.compile(HOSTNAME_PATTERN)
_DURATION = re.compile(DURATION_PATTERN)
_TIME = re.compile(TIME_PATTERN)
_TIME_WITHOUT_ZONE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"
)
_TIME_IN_OTHER_WORDS = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:.]{5,15} ?([Zz]|[Uu][Tt][Cc]|[+-][0-9]{2}([0-9]{2})?)\Z"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_name(value: object) -> str:
    """Return a device name: names go to terminals and shells,
    so plain signs only and no leading `-`.
    """
    if not isinstance(value, str):
        raise refuse_no_text(value, "a device name", NAME_ALLOWED)
    if not value:
        raise refuse("a device name cannot be empty", NAME_ALLOWED)
    if len(value) > 128:
        raise refuse(f"a device name of {len(value)} characters is too long", NAME_ALLOWED)
    if not _NAME.fullmatch(value):
        raise refuse("this cannot be a device name", NAME_ALLOWED)
    return value


def read_id(value: object) -> int:
    """Return a device id."""
    value = whole(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise refuse_number(value, "a device id", ID_ALLOWED)
    if not 1 <= value <= MAX_ID:
        raise refuse("this is not a device id", ID_ALLOWED)
    return value


def read_hostname(value: object) -> str:
    """Return a host name for the lookup, without a final dot."""
    if not isinstance(value, str):
        raise refuse_no_text(value, "a host name", HOSTNAME_ALLOWED)
    value = without_dot(trim(value))
    if is_ip(value):
        raise refuse(
            "this is an IP address, not a host name",
            f"{HOSTNAME_ALLOWED}; for an address use `ip:`",
        )
    if len(value) > 253 or not _HOSTNAME.fullmatch(value):
        raise refuse(f"this is not a host name{_why_no_host(value)}", HOSTNAME_ALLOWED)
    return value


def _why_no_host(value: str) -> str:
    """What else it is, where that can be told."""
    if "://" in value:
        return " but a URL; give its host alone"
    if re.fullmatch(rf"{HOSTNAME_PATTERN}\.?(:[0-9]+|/.*)", value):
        return "; give it without a port or a path"
    if value.isascii() or not value.isprintable():
        return ""
    try:
        coded = value.encode("idna").decode()
    except UnicodeError:
        return ""
    # Some letters have two codings (https://www.unicode.org/reports/tr46/), so it is not taken.
    return f"; the service has names in ASCII: `{coded}`?" if "xn--" in coded else ""


def is_ip(value: str) -> bool:
    """Whether a text is an address, of whichever version."""
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


def read_ip(value: object) -> str:
    """Return an IPv4 address for the lookup, which compares the
    primary and the private IPv4 address of devices.
    """
    if not isinstance(value, str):
        raise refuse_no_text(value, "an IP address", IP_ALLOWED)
    value = trim(value)
    try:
        return str(IPv4Address(value))
    except AddressValueError:
        raise refuse(f"this is not an IPv4 address{_why_no_ip(value)}", IP_ALLOWED) from None


def _why_no_ip(value: str) -> str:
    """What else it is, where that can be told."""
    if re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,4}){3}", value) and re.search(r"\b0[0-9]", value):
        plain = ".".join(str(int(part)) for part in value.split("."))
        return f"; numbers with leading zeros are octal for some readers: `{plain}`?"
    if re.fullmatch(r"\[.*\]", value):
        return "; drop the brackets"
    if found := re.fullmatch(r"[0-9.]+([/:])[0-9.]+", value):
        return " but a network" if found[1] == "/" else "; give it without a port"
    return "; lookups compare IPv4 addresses alone" if ":" in value and is_ip(value) else ""


def read_boot_word(value: object) -> BootState:
    """Return the boot state that one word asks for."""
    if not isinstance(value, str):
        raise refuse_no_text(value, "a boot state", BOOT_ALLOWED)
    value = trim(value)
    if value.lower() in (BootState.OS, BootState.RESCUE):
        return BootState(value.lower())
    if value.lower() in ("image", "iso"):
        raise refuse("an image is asked for, but not which one", "{image: NAME-or-id}")
    raise refuse(
        f"no such boot state{did_you_mean(value.lower(), (BootState.OS, BootState.RESCUE))}",
        BOOT_ALLOWED,
    )


def read_image(value: object) -> int | str:
    """Return the name or the id of an image."""
    value = word(value) if isinstance(value, str) else whole(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if 1 <= value <= MAX_ID:
            return value
        raise refuse("this is not an image id", IMAGE_ALLOWED)
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        what = "with leading zeros" if value.startswith("0") else "in quotes"
        mend = "the zeros" if value.startswith("0") else "the quotes"
        raise refuse(f"digits {what} are neither a name nor an id; drop {mend}", IMAGE_ALLOWED)
    return read_line(value, "an image", IMAGE_ALLOWED, MAX_IMAGE_CHARACTERS)


def read_reason(value: object) -> str:
    """Return the reason for a change."""
    return read_line(word(value) or value, "a reason", REASON_ALLOWED, MAX_REASON_CHARACTERS)


def read_line(value: object, wanted: str, allowed: str, max_characters: int) -> str:
    """Return one line of text that terminals, logs and Terraform can take as it is."""
    if not isinstance(value, str):
        raise refuse_no_text(value, wanted, allowed)
    if is_blank(value):
        seen = "; nothing in this text can be seen" if value.strip() else ""
        raise refuse(f"{wanted} cannot be empty{seen}", allowed)
    if len(value) > max_characters:
        raise refuse(f"{len(value)} characters are too many", allowed)
    if not value.isprintable() or not INVISIBLE.isdisjoint(value):
        raise refuse("line breaks, control and invisible characters are not allowed here", allowed)
    if "${" in value or "%{" in value:
        raise refuse("`${` and `%{` are refused: Terraform would run what follows", allowed)
    return value


def read_tags(value: object) -> tuple[str, ...]:
    """Return the tags of a device."""
    if not isinstance(value, list):
        raise refuse("tags are a list", TAGS_ALLOWED)
    tags = [word(tag) for tag in value]
    for tag in tags:
        if not isinstance(tag, str) or not _TAG.fullmatch(tag):
            raise refuse(f"{show(tag)} cannot be a tag", TAGS_ALLOWED)
    return tuple(map(str, tags))


def read_until(value: object) -> datetime:
    """Return the time from which the device must run its operating system again."""
    if not isinstance(value, str):
        raise refuse_no_text(value, "a time", UNTIL_ALLOWED)
    value = _plain_time(trim(value))
    if _DATE.fullmatch(value):
        raise refuse(
            "a date without a time", f"{UNTIL_ALLOWED}; for this date {value}T06:00:00+01:00"
        )
    if _TIME_WITHOUT_ZONE.fullmatch(value):
        raise refuse(
            "a time without its zone",
            f"{UNTIL_ALLOWED}; for this time {value.replace(' ', 'T')}+01:00",
        )
    if not _TIME.fullmatch(value):
        raise refuse("this is not a time", UNTIL_ALLOWED)
    return _read_time(value)


def _plain_time(value: str) -> str:
    """Return a time with its zone as `Z` or `+01:00`; small letters and `UTC` mean the same."""
    if not _TIME_IN_OTHER_WORDS.match(value):
        return value
    value = re.sub(r" ?UTC$", "Z", value.upper())
    return re.sub(r"([+-][0-9]{2})([0-9]{2})?$", lambda zone: f"{zone[1]}:{zone[2] or '00'}", value)


def _read_time(value: str) -> datetime:
    try:
        time = datetime.fromisoformat(
            value.replace(" Z", "Z").replace(" +", "+").replace(" -", "-")
        )
    except ValueError as error:
        raise refuse(f"there is no such time: {error}", UNTIL_ALLOWED) from None
    if not 2000 <= time.year <= 9998:
        raise refuse(
            f"the year {time.year} is out of range", f"{UNTIL_ALLOWED}; years 2000 to 9998"
        )
    return time


def read_timeout_s(value: object) -> int:
    """Return a duration in seconds: `90s`, `45m`, `1h30m` or a whole number."""
    value = whole(value)
    timeout_s = value if isinstance(value, int) else _read_duration_s(value)
    if timeout_s < 1:
        raise refuse("a timeout must be more than 0", TIMEOUT_ALLOWED)
    if timeout_s > MAX_TIMEOUT_S:
        raise refuse(f"a timeout of {timeout_s} s is more than 24 hours", TIMEOUT_ALLOWED)
    return timeout_s


def _read_duration_s(value: object) -> int:
    found = _DURATION.fullmatch(short_length(value)) if isinstance(value, str) else None
    if not found:
        if isinstance(value, str) and value.startswith("-"):
            raise refuse("a timeout must be more than 0", TIMEOUT_ALLOWED)
        if isinstance(value, str) and not value.isdecimal():
            raise refuse(f"this is not a duration{two_lengths(value)}", TIMEOUT_ALLOWED)
        raise refuse_number(value, "a duration", TIMEOUT_ALLOWED)
    hours, minutes, seconds = (int(part[:-1]) if part else 0 for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def read_environment(value: object) -> NoOsEnvironment:
    """Return the rescue kernel for bare metal without an operating system."""
    if not isinstance(value, str):
        raise refuse_no_text(value, "a rescue environment", ENVIRONMENT_ALLOWED)
    value = trim(value).upper()
    if value not in set(NoOsEnvironment):
        raise refuse(
            f"no such rescue environment{did_you_mean(value.upper(), NoOsEnvironment)}",
            ENVIRONMENT_ALLOWED,
        )
    return NoOsEnvironment(value)


def read_shards(value: object) -> int:
    """Return the number of stacks."""
    return read_count(value, MAX_SHARDS)


def read_shard_size(value: object) -> int:
    """Return the number of devices that one stack is made for."""
    return read_count(value, MAX_SHARD_SIZE)


def read_requests_per_second(value: object) -> int:
    """Return how many requests a second go to the service at most."""
    return read_count(value, MAX_REQUESTS_PER_SECOND)


def read_count(value: object, highest: int, lowest: int = 1) -> int:
    """Return a whole number within its limits."""
    allowed = f"a whole number from {lowest} to {highest}"
    value = whole(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise refuse_number(value, "a whole number", allowed)
    if not lowest <= value <= highest:
        raise refuse("this is out of range", allowed)
    return value


def read_flag(value: object) -> bool:
    """Return yes or no."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and isinstance(said := resolve_plain(trim(value)), BareBoolean):
        return said.is_true
    if not isinstance(value, BareBoolean):
        raise refuse_number(value, "yes or no", "true or false")
    return value.is_true
