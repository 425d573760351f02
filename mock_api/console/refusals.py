"""What an answer of the API means for the person who asked:
the key of a text of words/device.py.
"""

from __future__ import annotations

from mock_api.domain.errors import Refused
from mock_api.domain.world import World
from mock_api.http.exchange import Answer

OUTSTANDING = "refused.outstanding"
# What a client would read is no answer of the API, so the effect is not known.
UNCLEAR = "refused.unclear"
OTHER = "refused.other"
_WORDED = (
    "outstanding", "permission", "lockout", "bad_image", "not_an_iso", "other_datacenter",
    "already_mounted", "not_mounted", "rescue_memory", "rescue_windows", "rescue_coreos",
)  # fmt: skip


def find_refusal(world: World, answer: Answer, given: object, name: str) -> str | None:
    """Why the call did not go well, or None if it did.

    `given` is the call's argument, `name` the device's full name: refusals quote them.
    """
    if answer.dropped or answer.effects.spoils:
        return UNCLEAR
    if answer.status < 400:
        return None
    said = api_text(answer)
    worded = (
        (key, Refused(world.labels.refusal(key), id=given, name=name).text) for key in _WORDED
    )
    return next((f"refused.{key}" for key, text in worded if said == text), OTHER)


def api_text(answer: Answer) -> str:
    """The API's own words; nothing if what came is no answer of the API."""
    is_error = isinstance(answer.body, dict) and not answer.dropped and not answer.effects.spoils
    return str(answer.body["error"]) if is_error and answer.status >= 400 else ""  # type: ignore[index] # a dict
