"""Before and after every page: who is signed in, that a change comes from our own page,
and the security headers.
"""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from flask import Flask, Request, Response, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as AnyResponse

from mock_api.console.desk import get_desk
from mock_api.domain.errors import ApiError
from mock_api.http.credentials import Login, Scheme, authenticate

_READS = ("GET", "HEAD")
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # With no-referrer, browsers send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Sessions(SecureCookieSessionInterface):
    """Flask's signed cookies, one name a port: cookies know no ports,
    and two mocks may run on one machine.
    """

    def get_cookie_name(self, app: Flask) -> str:
        """The cookie of the port that the browser asked."""
        return f"classic_mock_{request.environ.get('SERVER_PORT', '')}"

    def get_cookie_path(self, app: Flask) -> str:
        """Only the console's pages: the API's doors know no cookies."""
        return "/console/"

    def get_cookie_samesite(self, app: Flask) -> str:
        """Never with a request that another site makes."""
        return "Strict"

    def get_cookie_httponly(self, app: Flask) -> bool:
        """No script reads it."""
        return True

    def get_cookie_secure(self, app: Flask) -> bool:
        """Over TLS alone, where a proxy offers it; the mock itself speaks plain HTTP."""
        return request.is_secure


def check_forgery(asked: Request) -> None:
    """Let a change pass that one of our own pages makes. Raises Forbidden."""
    if asked.method in _READS:
        return
    given = asked.headers.get("X-CSRF-Token") or asked.form.get("csrf", "")
    origin = asked.headers.get("Origin")
    own = origin is None or urlsplit(origin).netloc.lower() == asked.host.lower()
    if not own or not hmac.compare_digest(given.encode(), csrf_token().encode()):
        raise Forbidden("request.stale")


def csrf_token() -> str:
    """The token that every change of this session carries."""
    if "csrf" not in session:
        session["csrf"] = get_desk().new_token()
    return str(session["csrf"])


def find_viewer() -> bool:
    """Note who is signed in; whether somebody is.

    A user that is gone or may not log in any more is not.
    """
    desk = get_desk()
    number = desk.signed_in.find(session.get("id"))
    if number is None:
        return False
    try:
        with desk.stage.lock:
            g.viewer = authenticate(Login(Scheme.SESSION, str(number), ""), desk.stage.world)
    except ApiError:
        desk.signed_in.remove(session.get("id"))
        return False
    return True


def forget() -> None:
    """End the session of this browser; the language stays."""
    get_desk().signed_in.remove(session.get("id"))
    for name in ("id", "csrf"):
        session.pop(name, None)


def ask_to_sign_in() -> AnyResponse:
    """The way to the sign-in page; htmx takes it from a header."""
    target = url_for("console.sign_in")
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": target})
    return redirect(target)


def protect(response: AnyResponse) -> AnyResponse:
    """The answer with the security headers; pages are kept nowhere."""
    response.headers.extend(HEADERS)
    if request.endpoint != "console.static":
        response.headers["Cache-Control"] = "no-store"
    return response
