"""Troubleshooting goes by messages: each that the page names is one that the code can print."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.docs.blocks import ROOT
from tests.house.sources import product

PAGE = ROOT / "docs" / "troubleshooting.md"
HEAD = "| it says |"


def messages() -> list[str]:
    """What stands in the first column of its tables."""
    found: list[str] = []
    is_inside = False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        is_inside = line.startswith("|") and (is_inside or line.startswith(HEAD))
        if is_inside and not line.startswith((HEAD, "| ---")):
            found += re.findall(r"`([^`]+)`", line.split("|")[1])
    return found


@cache
def texts() -> str:
    """Every text of the program, one after the other; `…` is where a value goes."""
    nodes = (node for source in product() for node in source.nodes)
    parts = (_text(node) for node in nodes if isinstance(node, ast.Constant | ast.JoinedStr))
    return "\n".join(" ".join(part.split()) for part in parts if part)


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "".join(
        _text(value) if isinstance(value, ast.Constant) else "…" for value in node.values
    )


def is_said(message: str) -> bool:
    """Whether one text of the program has its parts, in order; capital letters do not count."""
    parts = [part.strip() for part in message.split("…") if part.strip()]
    return re.search("[^\n]*?".join(map(re.escape, parts)), texts(), re.IGNORECASE) is not None


@pytest.mark.parametrize("message", messages())
def test_every_message_is_one_of_ours(message: str) -> None:
    """A reader who looks for it finds it as it was printed."""
    assert is_said(message)


def test_another_message_is_seen() -> None:
    """What is worded otherwise would fail; and there are many messages."""
    assert len(messages()) > 40
    assert not is_said("no device has that, or your user has no access")
