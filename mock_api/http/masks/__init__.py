"""Object masks: what of an object an answer shows (classic-api.md 4.5)."""

from mock_api.http.masks.plans import Plan, compile_mask

__all__ = ["Plan", "compile_mask"]
