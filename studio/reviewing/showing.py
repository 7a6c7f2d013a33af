"""What the page gets of a sample that is to be reviewed: in an audit, nothing that checks or judges said of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from agents.checks.registry import ASIDE, run_checks
from graphs.reviewing.desk import ReviewItem
from graphs.reviewing.overlay import overlaid
from graphs.reviewing.verdicts import Queue, content_digest
from graphs.sampling.decision import decide
from memory.journal.reading import JournalReader
from scenarios.errors import RunDirError, SettingsError
from scenarios.frozen import Frozen
from scenarios.loading import Loaded
from scenarios.messages import Message
from scenarios.records import Evidence, Record, Status, Verdict
from studio.reviewing.desks import ReviewProgress
from studio.reviewing.posted import UnfitError
from studio.runs.sample import PlanShown, SampleShown, shown

_BLIND = (
    "evidence", "problems", "drafts", "refused", "scores", "usage", "revisions", "given_up", "nearest", "distance", "grades",
    "stage", "reason", "detail", "ending",
)  # fmt: skip
"""What the machinery found or spent."""
_LONG = ("drafts", "refused", "usage")
"""What a reviewer is not shown in any queue; the view of samples has it."""


class ShownItem(Frozen):
    """One thing to review, with all that the page draws of it."""

    queue: Queue
    sample: str
    against: str
    content: str
    repeat: bool
    why: str
    seed: int
    left: SampleShown
    right: SampleShown | None = None


class ReviewPage(Frozen):
    """What is next, and how far the queue is."""

    items: tuple[ShownItem, ...]
    progress: ReviewProgress
    conversation: bool


def shown_item(reading: JournalReader | None, item: ReviewItem, seed: int) -> ShownItem:
    """An item as the page shows it; without a journal, only its words. Raises as `read_journal`'s work may."""
    ids = [id_ for id_ in (item.sample, item.against) if id_]
    sides = [_side(reading, id_, line, item.queue) for id_, line in zip(ids, item.shown, strict=True)]
    return ShownItem(
        queue=item.queue, sample=item.sample, against=item.against, content=item.content, repeat=item.repeat, why=item.why,
        seed=seed, left=sides[0], right=sides[1] if item.against else None,
    )  # fmt: skip


def _side(reading: JournalReader | None, id_: str, line: dict[str, Any], queue: Queue) -> SampleShown:
    """A sample with what the journal knows of it and the words that the dataset's line has: a verdict is tied to these."""
    record = reading.record(id_) if reading else None
    if reading and record is None:
        raise RunDirError(
            f"{id_}: is in the dataset and not in the journal; python -m graphs.run writes the dataset anew"
        )
    found = shown(record) if record else _unplanned(id_)
    without = _BLIND if queue in (Queue.AUDIT, Queue.PAIRS) else _LONG
    told: dict[str, Any] = {
        name: SampleShown.model_fields[name].get_default(call_default_factory=True) for name in without
    }
    told["fields"] = {str(name): str(text) for name, text in (line.get("fields") or {}).items()}
    try:
        told["messages"] = tuple(Message.model_validate(one) for one in line.get("messages") or ())
    except ValidationError:
        raise RunDirError(f"{id_}: its line in the dataset holds no messages that can be shown") from None
    return found.model_copy(update=told)


def _unplanned(id_: str) -> SampleShown:
    """A sample of which nothing is known but its words."""
    plan = PlanShown(cell={}, facts={}, texts={}, goals={}, language="", passages=(), avoid=(), peers=())
    return SampleShown(id=id_, scenario="", round=0, index=0, seed=0, verdict=Verdict.ACCEPTED.value, brief=plan)


class EditChecked(Frozen):
    """What the checks find in a sample with other words."""

    failing: tuple[Evidence, ...]
    already: tuple[str, ...]
    """Those that fail without the edit, too."""
    refused: str
    """Why the edit could not be carried out, in a line; empty if it could."""


def edit_checked(record: Record, loaded: Loaded, content: str, edit: dict[str, str]) -> EditChecked:
    """What the checks find once texts are put in the place of others. Raises UnfitError if the edit fits no text."""
    if content_digest(record.line()) != content:
        raise UnfitError("the sample has changed since the page was given it; load the page again")
    try:
        made = overlaid(record.candidate, edit)
    except SettingsError as error:
        raise UnfitError(str(error)) from None
    judged = any(one.detail == ASIDE for one in made.evidence)
    found = {one.check: one for one in run_checks(loaded, made, judged)}
    decision = decide(
        made.model_copy(update={"evidence": tuple(found.get(one.check, one) for one in made.evidence)}), loaded.scenario
    )
    refused = "" if decision.verdict is Verdict.ACCEPTED else f"{decision.reason}: {decision.detail}"
    already = _failing(run_checks(loaded, record.candidate, judged))
    return EditChecked(failing=_failing(found.values()), already=tuple(one.check for one in already), refused=refused)


def _failing(found: Iterable[Evidence]) -> tuple[Evidence, ...]:
    return tuple(one for one in found if one.status in (Status.FAIL, Status.ERROR))
