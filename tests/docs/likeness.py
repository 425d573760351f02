"""Whether what a command prints is what a page shows, whatever the time, the ports and the ids."""

from __future__ import annotations

import re

_UNLIKE = (
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?", "TIME"),
    (r"\b\d{4}-\d\d-\d\d\b", "TIME"),
    (r"\b\d\d-\d\d \d\d:\d\d\b", "TIME"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"\b3105\d{5}\b", "NUMBER"),
    (r"SHA256:\S+", "SHA256"),
    (r"\b\d+ (h|min|s)( \d+ (min|s))?\b", "DURATION"),
    (r"\b\d+[hms]( \d+[ms])?\b", "DURATION"),
    (r"\d+ API calls?", "API calls"),
)
"""What is another one in each run, and what stands in its place."""


def plain(text: str) -> list[str]:
    """Its lines, alike in every run."""
    for pattern, word in _UNLIKE:
        text = re.sub(pattern, word, text)
    return [" ".join(line.split()) for line in text.strip("\n").split("\n")]


def is_like(shown: str, printed: str) -> bool:
    """Whether the page's text fits; a line `…` stands for any number of lines."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*") + r"\n"
        for line in plain(shown)
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in plain(printed))) is not None
