"""What this process never prints nor writes down: one list, for everything that goes out."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from classic_rescue.rim.hiding import Form, forms_of, hide, hide_in_file

_forms: list[Form] = []


def hide_from_now_on(secrets: Iterable[str], *, users: Iterable[str] = ()) -> None:
    """Begin a list, of these secrets and no others."""
    _forms[:] = forms_of(secrets, users=users)


def hide_also(secrets: Iterable[str]) -> None:
    """Add secrets that came up later."""
    _forms.extend(forms_of(secrets))


def all_hidden() -> tuple[Form, ...]:
    """All of them, for what writes by itself."""
    return tuple(_forms)


def hidden(text: str) -> str:
    """The text without any of them."""
    return hide(text, _forms)


def hide_in_log(path: Path) -> None:
    """Take them out of a log that another program has written, where it can be written."""
    with suppress(OSError):
        hide_in_file(str(path), _forms)
