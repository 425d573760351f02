"""The panel of the mock's own controls: its clock, its faults, and the world's reset.

The real console has nothing like it. Every change is a request to the control plane; its refusals
are shown as they are; where it refuses this browser altogether, the panel shows the clock alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from flask import Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from mock_api.console.desk import said, steer
from mock_api.console.fault_form import NoNumber, kinds, read_number, read_rule
from mock_api.console.page import render
from mock_api.contract import SERVICES, all_operations
from mock_api.domain.facts import Kind

_DEEDS = ("pause", "resume", "run_until_stable")
_AMOUNTS = ("speed", "advance_s")


def clock() -> ResponseReturnValue:
    """The clock."""
    return render("mock_clock.html")


def change_clock() -> ResponseReturnValue:
    """Do to the clock what the form says."""
    try:
        amounts = {
            name: read_number(request.form, name) for name in _AMOUNTS if name in request.form
        }
    except NoNumber as error:
        return _not_done("mock_clock.html", error)
    if None in amounts.values():
        return _not_done("mock_clock.html", NoNumber(next(iter(amounts)), ""))
    return _done(
        "mock_clock.html",
        "POST",
        "clock",
        amounts | {name: True for name in _DEEDS if name in request.form},
    )


def faults() -> ResponseReturnValue:
    """The fault rules."""
    return render("mock_faults.html")


def fault_fields() -> ResponseReturnValue:
    """The fields of the kind of fault that was chosen."""
    kind = request.args.get("kind", "")
    if kind not in kinds():
        raise NotFound("page.missing.why")
    return render("mock_fields.html", kind=kind, fields=kinds()[kind])


def operations() -> ResponseReturnValue:
    """What a rule can name: the operations that devices answer to."""
    rows = (row for row in all_operations() if SERVICES[row.service].objects in set(Kind))
    return render(
        "mock_operations.html", operations=sorted(f"{row.service}.{row.method}" for row in rows)
    )


def add_fault() -> ResponseReturnValue:
    """Add the rule of the form."""
    try:
        rule = read_rule(request.form)
    except NoNumber as error:
        return _not_done("mock_faults.html", error)
    return _done("mock_faults.html", "POST", "faults", rule)


def delete_faults() -> ResponseReturnValue:
    """Delete all rules."""
    return _done("mock_faults.html", "DELETE", "faults", take_focus=True)


def delete_fault(number: int) -> ResponseReturnValue:
    """Delete one rule."""
    return _done("mock_faults.html", "DELETE", f"faults/{number}", take_focus=True)


def ask_reset() -> ResponseReturnValue:
    """The question before the world is reset."""
    return render("mock_reset.html", refusal="")


def reset() -> ResponseReturnValue:
    """The starting world again; the page shows it, or asks to sign in where the user is gone."""
    answer = steer("POST", "reset")
    if answer.status != HTTPStatus.OK:
        return render("mock_reset.html", refusal=said(answer))
    return Response(headers={"HX-Refresh": "true"})


def _done(
    part: str,
    verb: str,
    path: str,
    body: Mapping[str, object] | None = None,
    take_focus: bool = False,
) -> ResponseReturnValue:
    answer = steer(verb, path, json.dumps(body).encode() if body else b"")
    return render(part, refusal=said(answer), take_focus=take_focus, says=True)


def _not_done(part: str, error: NoNumber) -> ResponseReturnValue:
    return render(part, wrong=error, says=True)
