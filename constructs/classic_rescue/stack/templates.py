"""Values as Terraform's JSON syntax wants them: there, every text is a template that Terraform evaluates."""

from __future__ import annotations

import re

from classic_rescue.boot.states import Order

NULL = "${null}"
"""Terraform's null. A JSON null would not arrive: jsii drops it from maps."""

_NAME = re.compile(r"[A-Za-z0-9._/-]{1,255}")
_KEY = re.compile(r"[a-z_]+/[A-Za-z0-9._:-]+")


def escape(text: str) -> str:
    """The text with template openings made literal, so that Terraform evaluates nothing in it."""
    return text.replace("${", "$${").replace("%{", "%%{")


def order_value(order: Order) -> dict[str, str | int]:
    """The order as the map value in `locals.devices`: `Order.to_dict`, with texts escaped and nulls written out."""
    return {field: _template(value) for field, value in order.to_dict().items()}


def _template(value: str | int | None) -> str | int:
    if value is None:
        return NULL
    return escape(value) if isinstance(value, str) else value


def check_order(order: Order) -> None:
    """Raise ValueError for a text that Terraform or a shell cannot carry unchanged."""
    if not _NAME.fullmatch(order.name):
        raise ValueError(
            f"name: {order.name!r}; allowed: letters, digits, `.`, `_`, `-` and `/`, up to 255; give `name=`"
        )
    if not _KEY.fullmatch(order.device.key):
        raise ValueError(
            f"device: {order.device.key!r}; allowed in a hostname or IP: letters, digits, `.`, `_`, `:` and `-`"
        )
    for field, value in (("reason", order.reason), ("image", order.goal.image)):
        if isinstance(value, str) and "TfToken[" in value:
            raise ValueError(
                f"{field}: a reference to another resource; allowed: a plain text, since the plan must know it"
            )
