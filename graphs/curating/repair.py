"""What is asked of a repair, and what came of it: the types."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import Field, ValidationError

from agents.models.limits.ledger import Budget
from evaluation.judging.shares import Hits
from graphs.curating.signals import Doubt
from graphs.settings.keys import explain
from graphs.settings.layers import over
from graphs.settings.schema import Llm
from scenarios.errors import SettingsError
from scenarios.frozen import Frozen

LABEL_DOUBTS = (Doubt.AUM, Doubt.CONFIDENCE, Doubt.STUDENT, Doubt.MIXTURE, Doubt.SWAP, Doubt.WEIGHT, Doubt.CONFLICT)
"""The doubts that say that a label may be wrong."""


_FEWEST_CONTROLS = 6
"""Of so many labels, all of them met, the exact 95 % interval lies above one half."""


class RepairAction(StrEnum):
    """What is done about doubtful samples."""

    RELABEL = "relabel"
    """A model reads their labels."""
    REDO = "redo"
    """A model writes their texts anew, so that they have their labels; it reads them blind."""


class RepairOutcome(StrEnum):
    """What came of a doubtful sample."""

    CONFIRMED = "confirmed"
    """The reader gives it the label that it has."""
    RELABELLED = "relabelled"
    """It has the reader's label now."""
    REDONE = "redone"
    """It has a new text, which the reader takes for its label."""
    UNFIT = "unfit"
    """The reader finds that it has no label of the list."""
    OPEN = "open"
    """The reader's answers do not agree, or no new text would do."""
    FAILED = "failed"
    """The model gave no answer that can be used."""
    UNASKED = "unasked"
    """A budget ended, or somebody stopped the command, before."""


SETTLED = {RepairOutcome.CONFIRMED, RepairOutcome.RELABELLED, RepairOutcome.REDONE}
"""Of these samples the doubt about the label is answered."""


class Repair(Frozen):
    """A row of repairs.jsonl: what came of one doubtful sample."""

    id: str
    content: str = Field(description="digest of what was doubted, as in signals.jsonl")
    target: str
    label: str = Field(description="the label that it had")
    action: RepairAction
    outcome: RepairOutcome
    answers: tuple[str, ...] = Field(default=(), description="what the reader said of it, one reading after the other")
    to: str | None = Field(default=None, description="its new label, if it has one")
    text: str | None = Field(default=None, description="its new text, if it has one")
    detail: str = Field(default="", description="why it is open or failed")


class RepairSettings(Frozen):
    """The settings of an action."""

    answers: int = Field(
        3, ge=1, le=15, description="readings of a text at the most, each with the labels in another order; more than half decide"
    )  # fmt: skip
    tries: int = Field(3, ge=1, le=10, description="of redo: new texts of a sample at the most")
    concurrency: int = Field(8, ge=1, le=1024, description="requests in flight at the most")
    llm: Llm = Field(Llm(), description="the model that reads, and writes anew")
    budget: Budget = Budget()


def repair_settings(typed: Mapping[str, Any], own: Mapping[str, Any]) -> RepairSettings:
    """The settings that were typed, over the model of the user's own file. Raises SettingsError."""
    try:
        return RepairSettings.model_validate(over({"llm": own["llm"]} if "llm" in own else {}, typed))
    except ValidationError as error:
        raise SettingsError(explain(error, model=RepairSettings)) from None


class Repairs(Frozen):
    """What came of an action."""

    action: RepairAction
    model: str
    worth: Hits
    """The labels that nobody doubts, and how many of them the reader met."""
    rows: tuple[Repair, ...] = ()
    """One a doubtful sample, the most doubtful first."""
    stopped: str = ""
    unread: int = 0
    """Labels of the measure to which there was no answer that can be used."""
    why: str = ""
    """Why the first of them got none."""

    @property
    def too_few(self) -> bool:
        """Whether there are so few labels that nobody doubts that not even a reader who meets all of them surely meets most."""
        return self.worth.of < _FEWEST_CONTROLS

    @property
    def counts(self) -> bool:
        """Whether the reader's word counts: it surely meets more than half of the labels that nobody doubts."""
        return self.worth.low is not None and self.worth.low > 0.5
