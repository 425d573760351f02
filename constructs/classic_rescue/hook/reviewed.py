"""Which device and image a person has seen under a name: the command that asked hands it on, in a
file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from classic_rescue.api.errors import SettingsError
from classic_rescue.boot import environment
from classic_rescue.boot.states import Order


class Reviewed(NamedTuple):
    """What was seen of one device when its change was reviewed.

    `device` is what its name or address led to, such as `virtual_guest 101`; empty for one that is
    named by its id. `image_id` is what its image's name led to. Both are empty where nobody looked.
    """

    device: str = ""
    image_id: int | None = None


NOTHING = Reviewed()
"""Nobody looked."""


def what_was_reviewed(environ: Mapping[str, str], order: Order) -> Reviewed:
    """What a person has seen of the device of this order. Raises SettingsError."""
    path = environ.get(environment.REVIEWED)
    if not path:
        return NOTHING
    try:
        with open(path, encoding="utf-8") as file:
            seen = json.load(file).get(order.device.key, {})
        device = "" if order.device.kind is not None else str(seen.get("device") or "")
        image = seen.get("image")
        return Reviewed(device, None if image is None else int(image))
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as problem:
        raise SettingsError(
            f"{environment.REVIEWED}: {path} does not tell which devices were reviewed ({problem});"
            " run the command again"
        ) from None
