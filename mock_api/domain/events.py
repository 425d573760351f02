"""The audit rows behind SoftLayer_Event_Log."""

from __future__ import annotations

from dataclasses import dataclass

from mock_api.domain.facts import Record
from mock_api.domain.shapes import Instant

# The object names that real accounts show (classic-api.md 8, SP fixture getAllEventObjectNames).
OBJECT_NAMES = (
    "Account", "API Authentication", "Bare Metal Instance", "Bluemix LB", "CCI", "CDN",
    "Cloud Object Storage", "Facility", "Image", "Security Group", "Server", "Storage", "User",
)  # fmt: skip


@dataclass(frozen=True)
class Event(Record):
    """One action of one user on one object."""

    id: int
    event_name: str
    object_name: str
    object_id: int
    user_id: int
    username: str
    label: str
    created_s: Instant
    ip_address: str = "192.0.2.10"

    @property
    def trace_id(self) -> str:
        """A text that is unique to the event and sorts by age."""
        return f"{self.id:013x}"
