"""What the page gets of a sample that is to be reviewed: in an audit, nothing that checks or judges said of it."""

from __future__ import annotations

from pydantic import Field

from agents.checks.registry import run_checks
from graphs.reviewing.verdicts import Queue, content_digest
from memory.journal.reading import JournalReader
from scenarios.frozen import Frozen
from scenarios.loading import Loaded
from scenarios.messages import Message, Speech
from scenarios.records import Candidate, Evidence, Record, Status
from studio.reviewing.posted import UnfitError
from studio.reviewing.queues import Progress, QueueItem
from studio.runs.sample import SampleShown, shown

_BLIND = (
    "evidence", "problems", "drafts", "refused", "scores", "usage", "revisions", "given_up", "nearest", "distance", "grades",
    "stage", "reason", "detail", "ending",
)  # fmt: skip
"""What the machinery found or spent."""
_LONG = ("drafts", "refused", "usage")
"""What a reviewer is not shown in any queue; the view of samples has it."""


class ReviewItem(Frozen):
    """One thing to review, with all that the page draws of it."""

    key: str
    item: QueueItem
    sample: SampleShown
    right: SampleShown | None = None


class ReviewPage(Frozen):
    """What is next, and how far the queue is."""

    items: tuple[ReviewItem, ...]
    progress: Progress
    conversation: bool
    reviewers: tuple[str, ...] = Field(default=(), description="everybody who said something of this run")


def review_item(reading: JournalReader, item: QueueItem) -> ReviewItem | None:
    """An item with its samples; None if the journal holds another content than the dataset. Raises as `read_journal`'s work
    may."""
    one = _sample(reading, item.sample, item.queue)
    other = _sample(reading, item.against, item.queue) if item.against else None
    if one is None or (item.against and other is None):
        return None
    return ReviewItem(key=item.key, item=item, sample=one, right=other)


def _sample(reading: JournalReader, id_: str, queue: Queue) -> SampleShown | None:
    record = reading.record(id_)
    if record is None:
        return None
    found = shown(record)
    without = _BLIND if queue in (Queue.AUDIT, Queue.PAIRS) else _LONG
    fresh = SampleShown.model_fields
    return found.model_copy(update={name: fresh[name].get_default(call_default_factory=True) for name in without})


def failing_checks(record: Record, loaded: Loaded, content: str, edit: dict[str, str]) -> list[Evidence]:
    """The checks that fail once texts are put in the place of others. Raises UnfitError if the edit fits no text."""
    if content_digest(record.line()) != content:
        raise UnfitError("the sample has changed since the page was given it; load the page again")
    found = run_checks(loaded, edited(record.candidate, edit))
    return [one for one in found if one.status in (Status.FAIL, Status.ERROR)]


def edited(made: Candidate, edit: dict[str, str]) -> Candidate:
    """A candidate with texts in the place of others: of a task by field, of a conversation by the number of the message in the
    dataset's line. Raises UnfitError if there is no such text."""
    if made.fields:
        if unknown := set(edit) - set(made.fields):
            raise UnfitError(f"an edit names {min(unknown)!r}, which is no field of the sample")
        return made.model_copy(update={"fields": {**made.fields, **edit}})
    offset = 1 if made.system else 0
    messages = list(made.messages)
    for name, text in edit.items():
        place = int(name) - offset if name.isascii() and name.isdigit() and len(name) < 6 else -1
        if not 0 <= place < len(messages) or messages[place].role is Speech.TOOL:
            raise UnfitError(f"an edit names message {name!r}, which is none that a person may write")
        messages[place] = Message.model_validate({**messages[place].model_dump(), "content": text})
    return made.model_copy(update={"messages": tuple(messages)})
