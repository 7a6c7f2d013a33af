"""A call on its way: what was sent for it so far."""

from __future__ import annotations

from agents.models.calls import Call, Reservation
from agents.models.faults import FaultKind
from agents.models.limits.contact import FirstContact
from agents.models.limits.presence import Presence


class Request:
    """A call on its way: what was sent for it so far."""

    def __init__(self, call: Call, key: bytes, presence: Presence, contact: FirstContact, ticket: bytes) -> None:
        self.call = call
        self.key = key
        self.presence = presence
        self.contact = contact
        self.ticket = ticket
        """Names it in the journal's list of what was asked; no two of a run have the same."""
        self.sent = 0
        self.failures = 0
        self.throttlings = 0
        """Waits in a row."""
        self.throttled_since: float | None = None
        self.throttled_at = float("-inf")
        self.passed_over = 0
        """Refusals before which another call was answered."""
        self.held: Reservation | None = None
        self.in_batch = False
        """It is in a batch that the journal knows, whose reply may still come."""
        self.lost = Reservation(tokens=0, usd=0.0)
        """What its failed requests may have cost."""

    def count(self, kind: FaultKind) -> None:
        """Count a fault against the call."""
        if kind is not FaultKind.FORM:  # the ladder of structured answers has an end of its own
            self.throttlings, self.failures = 0, self.failures + 1
