"""Puts the console into the mock's Flask app: the rows of the table with the guard around them,
and the error pages.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps

from flask import Blueprint, Flask, g, request, session
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, NotFound

from mock_api.console import guard, words
from mock_api.console.desk import Desk, get_desk
from mock_api.console.page import render
from mock_api.console.routes import ROUTES, Route
from mock_api.domain.errors import NotSaved

LOG = logging.getLogger("mock_api")
PREFIX = "/console"


def install(app: Flask, desk: Desk) -> None:
    """Serve the console at /console/."""
    app.extensions["console"] = desk
    app.secret_key = desk.new_token()
    app.session_interface = guard.Sessions()
    blueprint = Blueprint(
        "console", __name__, url_prefix=PREFIX, template_folder="templates", static_folder="static",
    )  # fmt: skip
    blueprint.before_request(_prepare)
    blueprint.after_request(guard.protect)
    blueprint.register_error_handler(HTTPException, _refused)
    blueprint.register_error_handler(NotSaved, _not_saved)
    blueprint.register_error_handler(Exception, _broken)
    for row in ROUTES:
        blueprint.add_url_rule(f"/{row.path}", row.name, _guarded(row), methods=[row.verb])
    blueprint.add_url_rule("/<path:rest>", "missing", _missing)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.register_blueprint(blueprint)


def _prepare() -> None:
    g.language = words.chosen_language(session.get("language"), request.accept_languages)
    g.newest = (
        get_desk().feed.newest()
    )  # before anything is read: what changes meanwhile is told once more


def _guarded(row: Route) -> Callable[..., ResponseReturnValue]:
    @wraps(row.view)
    def view(**values: object) -> ResponseReturnValue:
        guard.check_forgery(request)
        signed_in = guard.find_viewer()
        if not signed_in and not row.open:
            return guard.ask_to_sign_in()
        return row.view(**values)

    return view


def _missing(rest: str) -> ResponseReturnValue:
    guard.find_viewer()
    raise NotFound("page.missing.why")


def _refused(error: HTTPException) -> ResponseReturnValue:
    """What the views refuse: their description is a key of the table of words."""
    key = error.description if error.description in words.WORDS else "page.missing.why"
    title = "page.missing" if error.code == NotFound.code else "page.refused"
    return render("problem.html", title=title, why=key), error.code or NotFound.code


def _not_saved(error: NotSaved) -> ResponseReturnValue:
    """The change took effect, but a full disk or a lost folder keeps it from being saved."""
    return render(
        "problem.html", title="page.not_saved", why="page.not_saved.why", said=error.text
    ), error.status


def _broken(error: Exception) -> ResponseReturnValue:
    """The rim: a fault of the console becomes a page, and is logged."""
    LOG.error("The console failed at %s %s", request.method, request.path, exc_info=error)
    return render("problem.html", title="page.broken", why="page.broken.why"), 500
