"""Which device a person has seen under a name: the command that asked hands it on, in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping

from classic_rescue.api.errors import SettingsError
from classic_rescue.boot import environment
from classic_rescue.boot.states import Order


def reviewed_device(environ: Mapping[str, str], order: Order) -> str:
    """The device that a lookup led to when it was reviewed, such as `virtual_guest 101`; empty for
    one that is named by its id, and where nobody has looked. Raises SettingsError.
    """
    path = environ.get(environment.REVIEWED)
    if not path or order.device.kind is not None:
        return ""
    try:
        with open(path, encoding="utf-8") as file:
            return str(json.load(file).get(order.device.key, ""))
    except (OSError, ValueError, AttributeError, RecursionError) as problem:
        raise SettingsError(
            f"{environment.REVIEWED}: {path} does not tell which devices were reviewed ({problem});"
            " run the command again"
        ) from None
