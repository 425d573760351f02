"""The users: who they are, what they may do, and which devices they reach;
changed by the API's calls alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, NotFound

from mock_api.console.desk import get_desk, look_now
from mock_api.console.door import call_api
from mock_api.console.page import render
from mock_api.console.people import (
    count_unknown,
    find_subject,
    groups,
    holders_below,
    people,
    reached,
)
from mock_api.http.exchange import Answer
from mock_api.operations.user_customer import SERVICE

_SHEETS = ("permissions", "all")
_METHODS = {
    ("add", "virtual_guest"): "addBulkVirtualGuestAccess",
    ("add", "hardware"): "addBulkHardwareAccess",
    ("remove", "virtual_guest"): "removeBulkVirtualGuestAccess",
    ("remove", "hardware"): "removeBulkHardwareAccess",
}


@dataclass(frozen=True)
class Outcome:
    """What became of a call: `refusal` is the API's sentence, nothing where it did as told.

    `is_clear`: what came back was the API's own answer.
    """

    deed: str
    names: tuple[str, ...]
    refusal: str
    is_clear: bool

    @property
    def is_done(self) -> bool:
        """Whether the API did as told."""
        return self.is_clear and not self.refusal


def show_all() -> ResponseReturnValue:
    """The users that the viewer may see."""
    with get_desk().stage.lock:
        look = look_now()
        return render(
            "users.html",
            section="users",
            people=people(look),
            subject=find_subject(look, look.user.id),
        )


def list_part() -> ResponseReturnValue:
    """The list alone."""
    with get_desk().stage.lock:
        return render("users_list.html", people=people(look_now()))


def show(number: int) -> ResponseReturnValue:
    """One user."""
    with get_desk().stage.lock:
        look = look_now()
        query = request.args.get("q", "")
        subject = find_subject(look, number)
        if subject is None:
            raise NotFound("users.missing")
        found, count = reached(look, subject, query)
        return render(
            "user.html", section="users", subject=subject,
            sheets=[(name, groups(subject, name)) for name in _SHEETS],
            found=found, count=count, query=query, unknown=count_unknown(look, subject.user),
        )  # fmt: skip


def permissions(number: int, sheet: str) -> ResponseReturnValue:
    """The permissions of a sheet."""
    return _permissions(number, sheet)


def change_permissions(number: int, sheet: str) -> ResponseReturnValue:
    """Take and give what differs between the boxes as they
    were shown and as they are ticked now.
    """
    had = set(request.form.getlist("had"))
    wanted = set(request.form.getlist("wanted"))
    cascade = "cascade" in request.form
    outcomes: list[Outcome] = []
    for deed, method, names, more in (
        ("remove", "removeBulkPortalPermission", had - wanted, (cascade,)),
        ("add", "addBulkPortalPermission", wanted - had, ()),
    ):
        if names and all(outcome.is_done for outcome in outcomes):
            templates = [{"keyName": name} for name in sorted(names)]
            arguments = (templates, *more)
            outcomes.append(_outcome(deed, names, call_api(SERVICE, method, number, *arguments)))
    return _permissions(number, sheet, outcomes, had=had, wanted=wanted)


def devices(number: int) -> ResponseReturnValue:
    """The devices that the user reaches, or those with a text."""
    return _devices(number)


def change_device(number: int) -> ResponseReturnValue:
    """Give or take access to one device."""
    method = _METHODS.get((request.form.get("deed", ""), request.form.get("kind", "")))
    device = request.form.get("device", "")
    if method is None or not (device.isascii() and device.isdecimal() and len(device) < 20):
        raise BadRequest("request.stale")
    deed = request.form["deed"]
    return _devices(
        number, [_outcome(deed, {device}, call_api(SERVICE, method, number, [int(device)]))]
    )


def _permissions(
    number: int,
    sheet: str,
    outcomes: list[Outcome] | None = None,
    had: set[str] | None = None,
    wanted: set[str] | None = None,
) -> ResponseReturnValue:
    if sheet not in _SHEETS:
        raise NotFound("page.missing.why")
    is_refused = any(not outcome.is_done for outcome in outcomes or ())
    with get_desk().stage.lock:
        look = look_now()
        subject = find_subject(look, number)
        if subject is None:
            return render("user_gone.html")
        unwanted = (had or set()) - (wanted or set())
        below = holders_below(look, subject.user, unwanted) if is_refused else []
        return render(
            "user_permissions.html", subject=subject, sheet=sheet, groups=groups(subject, sheet),
            outcomes=outcomes, below=below, unwanted=unwanted if is_refused else set(),
            extra=(wanted or set()) if is_refused else set(),
        )  # fmt: skip


def _devices(number: int, outcomes: list[Outcome] | None = None) -> ResponseReturnValue:
    query = request.values.get("q", "")
    with get_desk().stage.lock:
        look = look_now()
        subject = find_subject(look, number)
        if subject is None:
            return render("user_gone.html")
        found, count = reached(look, subject, query)
        return render(
            "user_devices.html", subject=subject, found=found, count=count, query=query,
            outcomes=outcomes, unknown=count_unknown(look, subject.user),
        )  # fmt: skip


def _outcome(deed: str, names: set[str], answer: Answer) -> Outcome:
    body = answer.body
    is_clear = not answer.dropped and not answer.effects.spoils
    refusal = (
        str(body.get("error", ""))
        if is_clear and answer.status >= 400 and isinstance(body, dict)
        else ""
    )
    return Outcome(deed, tuple(sorted(names)), refusal, is_clear)
