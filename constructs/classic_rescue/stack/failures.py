"""What went wrong at synthesis, in words for an operator: no stack trace,
no advice that would do harm.
"""

from __future__ import annotations

_HARMFUL_ADVICE = "If you wish to ignore these validations"
_NOISE = ("Error: ", "@jsii/kernel.RuntimeError: ", "@jsii/kernel.Fault: ")


def explain(error: Exception) -> str:
    """The message of an error that a synthesis raised, one problem a line.

    jsii hands on node's own text: `Error: ...`, a stack of `    at ...` lines, and cdktf's advice
    to skip validation.
    """
    text = str(error).partition(_HARMFUL_ADVICE)[0]
    lines = (line.strip() for line in text.splitlines() if not line.startswith("    at "))
    return "\n".join(filter(None, map(_without_noise, lines))) or type(error).__name__


def _without_noise(line: str) -> str:
    for noise in _NOISE:
        line = line.removeprefix(noise)
    return line
