"""The device list."""

from __future__ import annotations

from mock_api.console.words.row import Words

WORDS = {
    "devices.title": Words("Device list", "Elenco dei dispositivi"),
}
