"""Plans as files: their text, or why it cannot be had."""

from __future__ import annotations

import codecs
import json
import os
import sys
from pathlib import Path
from typing import BinaryIO

from classic_rescue.cli.terminal.report_files import STDOUT
from classic_rescue.review.document import HOW_TO_MAKE, MAX_CHARACTERS, too_large
from classic_rescue.review.errors import PlanNotUnderstood
from classic_rescue.review.plans import StackPlan, read_plan

STDIN_NAME = "standard input"


def read_plans(paths: tuple[Path, ...]) -> tuple[list[StackPlan], list[str]]:
    """Every plan that is understood, and every reason why others are not."""
    plans: list[StackPlan] = []
    problems: list[str] = []
    for path in paths:
        source = STDIN_NAME if path == STDOUT else str(path)
        try:
            plans.append(read_plan(_text(path, source), source))
        except PlanNotUnderstood as problem:
            problems += problem.problems
    return plans, problems


def _text(path: Path, source: str) -> str:
    try:
        if path == STDOUT:
            content = _read(sys.stdin.buffer)
        else:
            with path.open("rb") as file:
                if os.fstat(file.fileno()).st_size > MAX_CHARACTERS:
                    raise too_large(source)
                content = _read(file)
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the name
        reason = getattr(problem, "strerror", None) or str(problem)
        raise PlanNotUnderstood(source, [f"the plan cannot be read: {reason}"]) from None
    if len(content) > MAX_CHARACTERS:
        raise too_large(source)
    if content.startswith(b"PK\x03\x04"):
        return content[:64].decode("latin-1")
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode(json.detect_encoding(content))
    except UnicodeDecodeError:
        raise PlanNotUnderstood(source, [f"this is not text in UTF-8; {HOW_TO_MAKE}"]) from None


def _read(file: BinaryIO) -> bytes:
    """At most one byte more than a plan may have:
    the rest of an endless stream is not even read.
    """
    return file.read(MAX_CHARACTERS + 1)
