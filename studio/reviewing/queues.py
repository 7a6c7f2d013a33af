"""Which samples a reviewer is shown next, and how far the queue is."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from pydantic import Field

from evaluation.verdicts.audit import audited, clean_until
from graphs.reviewing.verdicts import PersonVerdict, Queue, Said, standing
from scenarios.frozen import Frozen
from studio.reviewing.reviewed_set import ReviewedSet


class QueueItem(Frozen):
    """One thing to review."""

    sample: str
    against: str = ""
    content: str
    queue: Queue
    planted: str = ""
    repeat: bool = False
    dataset: str = ""
    seed: int = 0
    why: str = ""
    """Of a routed one: what doubts it."""

    @property
    def key(self) -> str:
        """By this the page names what it holds."""
        return f"{self.sample}|{self.against}"


class Progress(Frozen):
    """How far a reviewer is in a queue."""

    done: int
    left: int
    accepted: int = 0
    rejected: int = 0
    size: int = 0
    at_most: float | None = Field(default=None, description="of an audit: the share that is flawed at the most")
    flawed: int = 0
    checked: int = 0
    clean_until: int | None = None
    """Clean ones more until the goal is met."""


class Work(Frozen):
    """A queue of a set for a reviewer."""

    reviewer: str
    queue: Queue
    seed: int = 0
    goal: float = 0.05


def items(reviewed: ReviewedSet, said: Sequence[PersonVerdict], work: Work) -> Iterator[QueueItem]:
    """What is left of a queue for a reviewer, in its order."""
    done = {(one.sample, one.content) for one in said if _by(one, work) and one.said is not Said.UNDO}
    done -= _taken_back(said, work)
    for item in _all(reviewed, said, work):
        if (item.sample, item.content) not in done:
            yield item


def progress(reviewed: ReviewedSet, said: Sequence[PersonVerdict], work: Work) -> Progress:
    """How far a queue is."""
    stands = [one for one in standing(said) if one.queue is work.queue]
    own = [one for one in stands if one.reviewer == work.reviewer]
    counts = {kind: sum(one.said is kind for one in own) for kind in Said}
    left = sum(1 for _ in items(reviewed, said, work))
    told = Progress(
        done=len(own),
        left=left,
        accepted=counts[Said.ACCEPT],
        rejected=counts[Said.REJECT],
        size=len(reviewed.contents),
    )
    return told.model_copy(update=_bound(reviewed, stands, work)) if work.queue is Queue.AUDIT else told


def last_said(said: Sequence[PersonVerdict], work: Work, before: str) -> PersonVerdict | None:
    """The last of a reviewer's words in a queue that was said before a moment, skips included, and was not taken back."""
    undone = {one.undoes for one in said}
    for one in reversed(said):
        if _by(one, work) and one.undoes is None and one.number not in undone and (not before or one.at < before):
            return one
    return None


def item_of(reviewed: ReviewedSet, work: Work, told: PersonVerdict) -> QueueItem | None:
    """What a verdict was said of, if it is still there."""
    if told.against:
        both = pair_digest(reviewed.contents.get(told.sample, ""), reviewed.contents.get(told.against, ""))
    else:
        both = reviewed.contents.get(told.sample, "")
    if both != told.content:
        return None
    why = reviewed.doubts[told.sample][1] if work.queue is Queue.ROUTED else ""
    return QueueItem(
        sample=told.sample, against=told.against, content=told.content, queue=told.queue, planted=told.planted,
        repeat=told.repeat, dataset=told.dataset, seed=told.seed, why=why,
    )  # fmt: skip


def _bound(reviewed: ReviewedSet, stands: Sequence[PersonVerdict], work: Work) -> dict[str, object]:
    flawed_by = dict[str, bool]()
    for one in stands:
        counts = one.dataset == reviewed.digest and one.seed == work.seed and not one.planted
        if counts and reviewed.contents.get(one.sample) == one.content:
            flawed_by[one.sample] = flawed_by.get(one.sample, False) or one.said is Said.REJECT
    size, checked, flawed = len(reviewed.contents), len(flawed_by), sum(flawed_by.values())
    if not size:
        return {}
    bound = audited(size, checked, flawed)
    more = clean_until(size, checked, flawed, work.goal)
    return {"at_most": bound.share, "flawed": flawed, "checked": checked, "clean_until": more}


def _by(one: PersonVerdict, work: Work) -> bool:
    return one.reviewer == work.reviewer and one.queue is work.queue


def _taken_back(said: Sequence[PersonVerdict], work: Work) -> set[tuple[str, str]]:
    undone = {one.undoes for one in said if _by(one, work) and one.said is Said.UNDO}
    last = {(one.sample, one.content): one.number for one in said if _by(one, work) and one.said is not Said.UNDO}
    return {key for key, number in last.items() if number in undone}


def _all(reviewed: ReviewedSet, said: Sequence[PersonVerdict], work: Work) -> Iterator[QueueItem]:
    contents = reviewed.contents
    if work.queue is Queue.AUDIT:
        for id_ in sorted(contents, key=lambda id_: _draw(reviewed.digest, work.seed, id_)):
            yield QueueItem(
                sample=id_, content=contents[id_], queue=work.queue, dataset=reviewed.digest, seed=work.seed
            )
    elif work.queue is Queue.ROUTED:
        for id_ in sorted(contents, key=lambda id_: (-reviewed.doubts[id_][0], id_)):
            if reviewed.doubts[id_][0] > 0:
                yield QueueItem(sample=id_, content=contents[id_], queue=work.queue, why=reviewed.doubts[id_][1])
    elif work.queue is Queue.PAIRS:
        yield from _pairs(contents, work)
    else:
        yield from _disputed(contents, said, work.queue)


def _pairs(contents: dict[str, str], work: Work) -> Iterator[QueueItem]:
    order = sorted(contents, key=lambda id_: _draw("pairs", work.seed, id_))
    for one, other in zip(order[::2], order[1::2], strict=False):
        left, right = (
            (one, other)
            if _draw(work.reviewer, work.seed, one) < _draw(work.reviewer, work.seed, other)
            else (other, one)
        )
        both = pair_digest(contents[left], contents[right])
        yield QueueItem(sample=left, against=right, content=both, queue=work.queue)


def pair_digest(left: str, right: str) -> str:
    """What a verdict on a pair is tied to, given the digests of both contents."""
    return hashlib.sha256(f"{left}{right}".encode()).hexdigest()


def _disputed(contents: dict[str, str], said: Collection[PersonVerdict], queue: Queue) -> Iterator[QueueItem]:
    by = defaultdict[str, dict[str, Said]](dict)
    for one in standing(said):
        if one.queue in (Queue.AUDIT, Queue.ROUTED) and contents.get(one.sample) == one.content:
            by[one.sample][one.reviewer] = one.said
    for id_, words in by.items():
        if len(set(words.values())) > 1:
            yield QueueItem(
                sample=id_,
                content=contents[id_],
                queue=queue,
                why="; ".join(f"{who}: {what.value}" for who, what in sorted(words.items())),
            )


def _draw(of: str, seed: int, id_: str) -> str:
    return hashlib.sha256(f"{of}/{seed}/{id_}".encode()).hexdigest()
