"""The engine: the Rust one that pydantic ships (https://docs.rs/regex).

Its time is linear in the text.
"""

from __future__ import annotations

from collections.abc import Callable

from classic_rescue.policy.patterns.reading import (
    Chain,
    Either,
    Part,
    Pattern,
    PatternError,
    Repeat,
    read_pattern,
)

Matcher = Callable[[str], bool]


class EngineMissingError(Exception):
    """This Python has no engine."""


def matcher(pattern: str) -> Matcher:
    """A test whether a text matches from its first to its last character.

    Raises PatternError, and EngineMissingError where this Python has no engine.
    """
    return compiled(read_pattern(pattern))


def compiled(pattern: Pattern) -> Matcher:
    """The test of a pattern that is read already; raises as `matcher` does."""
    try:
        from pydantic_core import SchemaError, SchemaValidator  # costs a hook that needs none
    except ImportError as problem:
        raise EngineMissingError(f"pydantic_core cannot be loaded: {problem}") from None
    text = rf"{pattern.flag}\A(?:{_written(pattern.whole)})\z"
    try:
        return SchemaValidator(
            {"type": "str", "pattern": text, "regex_engine": "rust-regex"}
        ).isinstance_python
    except SchemaError as problem:
        said = str(problem).splitlines()[-1].strip()
        if said.startswith("error: "):
            raise PatternError(f"not a regular expression: {said[7:]}") from None
        raise PatternError(
            f"its repeats make it too large ({said}); write + for {{1,500}}"
        ) from None


def _written(part: Part) -> str:
    match part:
        case Chain(parts):
            return "".join(map(_written, parts))
        case Either(parts):
            return f"(?:{'|'.join(map(_written, parts))})"
        case Repeat(repeated, least, most):
            return f"(?:{_written(repeated)}){{{least},{'' if most is None else most}}}"
        case _:
            return part.written
