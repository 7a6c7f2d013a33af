"""What people said of a run's samples, as labels to measure roles by. Pure.

Audit verdicts are of samples drawn at random. Those of other queues are of samples that somebody doubted: what is measured by them holds
for such samples alone, so that the two are never pooled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from evaluation.verdicts.agreement import RaterAgreement, agreement
from graphs.calibrating.worth import Drawn, PeopleSaid
from graphs.reviewing.verdicts import PersonVerdict, Queue, Said, content_digest, standing
from scenarios.records import Candidate, Record, Verdict

_LABELS = {Said.ACCEPT: True, Said.REJECT: False}
_OF = {Queue.AUDIT: Drawn.AUDIT, Queue.ROUTED: Drawn.ROUTED}


@dataclass(frozen=True)
class Labelled:
    """A sample, and whether people found it sound."""

    sample: Candidate
    sound: bool
    reasons: tuple[str, ...] = ()
    """Why not, as they named it."""


@dataclass(frozen=True)
class Edited:
    """A sample as a person found it, and as they put it right."""

    before: Candidate
    after: Candidate


@dataclass(frozen=True)
class People:
    """What people said of a run's samples."""

    labels: Mapping[Drawn, tuple[Labelled, ...]] = field(default_factory=dict)
    edits: tuple[Edited, ...] = ()
    said: PeopleSaid | None = None
    """None if they said nothing."""

    def samples(self) -> list[Candidate]:
        """All samples with a label or an edit, each once."""
        every = [one.sample for many in self.labels.values() for one in many] + [one.before for one in self.edits]
        return list({one.brief.id: one for one in every}.values())


def people_of(reviews: Iterable[PersonVerdict], records: Iterable[Record]) -> People:
    """The labels and edits of samples whose content is still what the reviewers saw.

    A sample has the label that most of its reviewers gave it in a queue, unless an adjudication decided; a tie gives none. Verdicts
    on copies with a planted defect measure the reviewer and are left out, as are those of pairs. A sample that was accepted with an
    edit has no label: it was sound only once it was changed.
    """
    stands = [
        one for one in standing(reviews) if not one.planted and one.queue is not Queue.PAIRS and one.said in _LABELS
    ]
    if not stands:
        return People()
    wanted = {one.sample for one in stands}
    found = {
        record.candidate.brief.id: (record.candidate, content_digest(record.line()))
        for record in records
        if record.candidate.brief.id in wanted and record.verdict is not Verdict.UNDECIDED
    }
    told = [one for one in stands if one.sample in found and one.content == found[one.sample][1]]
    samples = {name: sample for name, (sample, _) in found.items()}
    labels, disputed = dict[Drawn, tuple[Labelled, ...]](), 0
    for drawn in Drawn:
        by_sample = _by_sample(told, drawn)
        decided = {name: _label(many) for name, many in by_sample.items()}
        disputed += sum(label is None for label in decided.values())
        labels[drawn] = tuple(
            Labelled(samples[name], label, _reasons(by_sample[name]))
            for name, label in decided.items()
            if label is not None
        )
    edits = tuple(_edits(told, samples))
    reviewers = sorted({one.reviewer for one in told})
    said = PeopleSaid(
        reviewers=len(reviewers),
        verdicts=len(told),
        of_other_content=len(stands) - len(told),
        disputed=disputed,
        edits=len(edits),
        agreement=_agreement(told, reviewers),
    )
    return People(labels, edits, said)


def _by_sample(told: Sequence[PersonVerdict], drawn: Drawn) -> dict[str, list[PersonVerdict]]:
    """The verdicts that decide a sample's label: those of a queue, and of who adjudicated between them."""
    found: dict[str, list[PersonVerdict]] = {}
    for one in told:
        if _OF.get(one.queue) is drawn and not (one.edit and one.said is Said.ACCEPT):
            found.setdefault(one.sample, []).append(one)
    for one in told:
        if one.queue is Queue.ADJUDICATE and one.sample in found:
            found[one.sample].append(one)
    return found


def _label(told: Sequence[PersonVerdict]) -> bool | None:
    """What most said, or whoever adjudicated last; None at a tie. Who was shown it twice has one voice, their last."""
    if last := [one for one in told if one.queue is Queue.ADJUDICATE]:
        return _LABELS[last[-1].said]
    voices = list({one.reviewer: _LABELS[one.said] for one in told}.values())
    return None if 2 * sum(voices) == len(voices) else 2 * sum(voices) > len(voices)


def _reasons(told: Sequence[PersonVerdict]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reason for one in told if one.said is Said.REJECT for reason in one.reasons))


def _edits(told: Sequence[PersonVerdict], samples: Mapping[str, Candidate]) -> Iterator[Edited]:
    """The last edit of each sample by each reviewer."""
    last = {(one.sample, one.reviewer): one.edit for one in told if one.edit}
    for (name, _), edit in last.items():
        if (after := edited(samples[name], edit)) is not None:
            yield Edited(samples[name], after)


def edited(sample: Candidate, edit: Mapping[str, str]) -> Candidate | None:
    """A sample with a person's texts in place of its own; None if they name a field or message that it does not have, or
    change nothing."""
    if sample.fields:
        after = sample.model_copy(update={"fields": {**sample.fields, **edit}})
        return after if edit.keys() <= sample.fields.keys() and after != sample else None
    if not all(name.isdecimal() and int(name) < len(sample.messages) for name in edit):
        return None
    lines = list(sample.messages)
    for name, text in edit.items():
        lines[int(name)] = lines[int(name)].model_copy(update={"content": text})
    after = sample.model_copy(update={"messages": tuple(lines)})
    return after if after != sample else None


def _agreement(told: Sequence[PersonVerdict], reviewers: Sequence[str]) -> RaterAgreement | None:
    """How far reviewers agree on the samples that several of them read; None if none was."""
    said: dict[tuple[str, Queue], dict[str, bool]] = {}
    for one in told:
        if one.queue is not Queue.ADJUDICATE:
            said.setdefault((one.sample, one.queue), {})[one.reviewer] = _LABELS[one.said]
    if not any(len(row) > 1 for row in said.values()):
        return None
    return agreement([[row.get(name) for name in reviewers] for row in said.values()], categories=2)
