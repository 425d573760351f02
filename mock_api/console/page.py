"""Rendering a template: what every page and every part of one may use."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from flask import g, render_template
from markupsafe import Markup

from mock_api.console import guard, words
from mock_api.console.fault_form import kinds
from mock_api.console.panel import details, read_panel

NAVIGATION = (("devices", "nav.devices"), ("users", "nav.users"))
"""The pages that the header names: the name of a route, and the key of its word."""


def render(template: str, /, section: str = "", **values: object) -> str:
    """The text of a template, in the language that was chosen; `section` is the page of NAVIGATION
    that it belongs to.

    `t(KEY, ...)` is a text, `n(KEY, NUMBER, ...)` one that depends on a number,
    `moment(SECONDS)` an instant, `minute(SECONDS)` one to the minute.
    """
    language = g.language
    return render_template(
        f"console/{template}",
        t=partial(words.text, language),
        n=partial(words.counted, language),
        minute=minute,
        moment=moment,
        language=language,
        languages=words.LANGUAGES,
        navigation=NAVIGATION,
        section=section,
        viewer=g.get("viewer"),
        csrf=guard.csrf_token(),
        newest=g.newest,
        read_panel=read_panel,
        details=details,
        fault_kinds=kinds(),
        **values,
    )


def moment(instant_s: float | None) -> Markup:
    """An instant of the mock's clock, in UTC, readable for people and machines;
    nothing for None.
    """
    return _time(instant_s, "%Y-%m-%d %H:%M:%S UTC")


def minute(instant_s: float | None) -> Markup:
    """The same to the minute, for a list of many: machines and the pointer are told the second."""
    return _time(instant_s, "%Y-%m-%d %H:%M UTC")


def _time(instant_s: float | None, form: str) -> Markup:
    if instant_s is None:
        return Markup("")
    at = datetime.fromtimestamp(int(instant_s), UTC)
    return Markup('<time datetime="{0}" title="{0}">{1}</time>').format(
        at.isoformat(), at.strftime(form)
    )
