"""What may be claimed of a set that people audited: from their verdicts alone, derived again by whoever doubts it."""
