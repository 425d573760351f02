"""The journal of API requests."""

from __future__ import annotations

from mock_api.domain.stage import Stage


def get_journal(stage: Stage, body: bytes) -> object:
    """All entries, oldest first."""
    with stage.lock:
        return stage.journal.rows()


def delete_journal(stage: Stage, body: bytes) -> object:
    """Forget all entries."""
    with stage.lock:
        stage.journal.clear()
        return {"deleted": True}
