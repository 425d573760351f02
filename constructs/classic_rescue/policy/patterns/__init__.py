"""The regular expressions of a policy:
read strictly, matched by an engine that never tries a text twice.

The engine's language differs from Python's in places, so a pattern is read piece by piece
(`reading`) and written for the engine (`engine`): each piece means what it means to `re.fullmatch`,
or is refused in words. The engine is fast as long as it can remember every state that a pattern can
be in (`states`). docs/policy.md says which patterns are understood.
"""

from __future__ import annotations

from classic_rescue.policy.patterns.engine import EngineMissingError, matcher
from classic_rescue.policy.patterns.reading import MAX_CHARACTERS, PatternError
from classic_rescue.policy.patterns.states import check_pattern

__all__ = ["MAX_CHARACTERS", "EngineMissingError", "PatternError", "check_pattern", "matcher"]
