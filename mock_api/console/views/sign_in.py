"""Signing in and out, and the language.

Where the control plane answers this browser, so that it could read every key anyway, a user is
chosen without a key; everywhere else the key is asked for, as the API asks for it.
"""

from __future__ import annotations

from flask import g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from mock_api.console import guard, words
from mock_api.console.desk import get_desk, why_not_steered
from mock_api.console.page import render
from mock_api.domain.audit import note_login
from mock_api.domain.errors import ApiError
from mock_api.domain.people import User
from mock_api.http.credentials import Login, Scheme, authenticate


def show() -> ResponseReturnValue:
    """The sign-in page."""
    return _page()


def sign_in() -> ResponseReturnValue:
    """Sign in as the user of the form."""
    desk = get_desk()
    name = request.form.get("username", "")
    try:
        with desk.stage.lock:
            user = authenticate(_login(name, request.form.get("key", "")), desk.stage.world)
    except ApiError as error:
        _note(name, success=False)
        return _page(name, error.text), error.status
    _note(name, success=True)
    guard.forget()
    session["id"] = desk.new_token()
    desk.signed_in.add(session["id"], user.id)
    return redirect(url_for("console.devices"), 303)


def sign_out() -> ResponseReturnValue:
    """End the session, for every page that it is open in."""
    guard.forget()
    return redirect(url_for("console.sign_in"), 303)


def choose_language() -> ResponseReturnValue:
    """Keep the language that was chosen by hand, and show the page it was chosen on."""
    wanted = request.form.get("language", "")
    if wanted in words.LANGUAGES:
        session["language"] = wanted
        g.language = wanted
    back = request.form.get("back", "")
    # Only a path of our own, never `//elsewhere`.
    return redirect(back if back.startswith("/console/") else url_for("console.devices"), 303)


def _page(name: str = "", refusal: str = "") -> str:
    users = _users() if _is_open() else []
    return render("sign_in.html", users=users, name=name, refusal=refusal)


def _note(username: str, *, success: bool) -> None:
    """The attempt in the event log; a name that nobody has leaves no row,
    since a row belongs to a user.
    """
    stage = get_desk().stage
    with stage.lock:
        user = next(
            (user for user in stage.world.users.values() if user.username == username), None
        )
        if user is not None:
            note_login(stage.world, user, stage.world.clock.now_s(), success)
            stage.mark_changed()
    stage.save()


def _users() -> list[User]:
    desk = get_desk()
    with desk.stage.lock:
        return sorted(desk.stage.world.users.values(), key=lambda user: not user.master)


def _is_open() -> bool:
    """Whether this browser may use the control plane, which tells every key."""
    return why_not_steered() is None


def _login(username: str, key: str) -> Login:
    user = next((user for user in _users() if user.username == username), None)
    if user is not None and _is_open():
        return Login(Scheme.SESSION, str(user.id), "")
    return Login(Scheme.KEY, username, key)
