"""What kind of fault a check finds. Only some kinds make a message worse than the one that took its place."""

from __future__ import annotations

from enum import StrEnum


class FaultOf(StrEnum):
    """What is wrong with a sample in which a check finds something."""

    POLICY = "policy"
    """Something was done or said that the policy forbids, or before the policy allows it."""
    TOOLS = "tools"
    """A tool was called wrongly, or the wrong one, or with what nobody gave."""
    TRUTH = "truth"
    """Something was said that is not so, or that nobody could know."""
    FORM = "form"
    """How it was said, in which order, or how much of it: another wording of the same is as good."""

    @property
    def of_substance(self) -> bool:
        """Whether it makes the sample worse, and not only different from what was asked for."""
        return self is not FaultOf.FORM
