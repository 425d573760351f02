"""Texts from elsewhere, made harmless for one format each: names, reasons,
paths and evidence may hold anything.
"""

from __future__ import annotations

import re

_SYNTAX = re.compile(r"[!#$&*<>@\[\\\]^`{|}~]|:(?=[^\s0-9])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
"""What Markdown, HTML, Mermaid or GitHub (`:emoji:`, `$formula$`, `#1`, `@name`) may take for
syntax in a line.

An underscore between letters or digits is none.
"""

_WWW = re.compile(r"(?i)\bwww\.")
_QUOTED = re.compile("&#96;(.+?)&#96;")
_ZERO_WIDTH = "&#8203;"


def one_line(text: str) -> str:
    """The text without anything that moves a cursor, breaks a line or cannot be encoded."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def code(text: str) -> str:
    """For Markdown: monospaced, and nothing in it is syntax, a link, a mention or a reference."""
    return f"<code>{_entities(text)}</code>" if text else ""


def prose(text: str) -> str:
    """For Markdown: plain words in which nothing is a link, a mention (`@name`), a reference (`#1`)
    or other syntax.

    Only what stands between two backticks is monospaced: our own sentences name settings so.
    """
    text = (
        _entities(text)
        .replace("&#64;", f"&#64;{_ZERO_WIDTH}")
        .replace("&#35;", f"&#35;{_ZERO_WIDTH}")
    )
    return _QUOTED.sub(r"<code>\1</code>", text)


def block(text: str) -> str:
    """For Markdown: a text as it is, line by line, in a block that it cannot end. What cannot be
    seen, or turns the reading around, is written as an escape.
    """
    lines = [
        "".join(sign if sign.isprintable() or sign == "\t" else ascii(sign)[1:-1] for sign in line)
        for line in text.split("\n")
    ]
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}sh", *lines, fence])


def _entities(text: str) -> str:
    escaped = _SYNTAX.sub(lambda found: f"&#{ord(found.group())};", one_line(text))
    return _WWW.sub(lambda found: found.group().replace(".", "&#46;"), escaped)
