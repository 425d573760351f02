"""JSON merge patch, RFC 7386: an object is merged field by field, null removes a field,
anything else replaces.
"""

from __future__ import annotations


def merged(target: object, patch: object) -> object:
    """The target with the patch applied; neither is changed."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result
