"""The device list."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from mock_api.console.page import render


def show() -> ResponseReturnValue:
    """The devices that exist for the user."""
    return render("devices.html", section="devices")
