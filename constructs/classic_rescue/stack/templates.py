"""Values as Terraform's JSON syntax wants them: there,
every text is a template that Terraform evaluates.
"""

from __future__ import annotations

import json
import re

from classic_rescue.boot.states import Order

_NAME = re.compile(r"[A-Za-z0-9._/-]{1,255}")
_KEY = re.compile(r"[a-z_]+/[A-Za-z0-9._:-]+")


def escape(text: str) -> str:
    """The text with template openings made literal, so that Terraform evaluates nothing in it."""
    return text.replace("${", "$${").replace("%{", "%%{")


def order_value(order: Order) -> str:
    """The order as one Terraform expression, an object: `${{"name": "web-1", "image": null, …}}`.

    JSON is a valid object expression. One text a device instead of a map of seven values: maps of
    5,000 devices cost jsii a second, and texts a tenth of it.
    """
    return "${" + escape(json.dumps(order.to_dict(), ensure_ascii=False)) + "}"


def check_order(order: Order) -> None:
    """Raise ValueError for a text that Terraform or a shell cannot carry unchanged."""
    if not _NAME.fullmatch(order.name):
        raise ValueError(
            f"name: {order.name!r}; allowed: letters, digits, `.`, `_`, `-` and `/`, up to 255;"
            " give `name=`"
        )
    if not _KEY.fullmatch(order.device.key):
        raise ValueError(
            f"device: {order.device.key!r}; allowed in a hostname or IP: letters, digits, `.`, `_`,"
            " `:` and `-`"
        )
    for field, value in (("reason", order.reason), ("image", order.goal.image)):
        if isinstance(value, str) and "TfToken[" in value:
            raise ValueError(
                f"{field}: a reference to another resource; allowed: a plain text, since the plan"
                " must know it"
            )
        if isinstance(value, str) and not value.isprintable():
            raise ValueError(f"{field}: {value!r}; allowed: one line without control characters")
