"""What curation found, in a few lines for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from graphs.curating.curation import Curated, doubts_of
from graphs.curating.learning_numbers import foreseen
from graphs.curating.measuring import FEWEST, believable, reads_labels
from graphs.curating.repair import RepairOutcome, Repairs
from graphs.curating.signals import Doubt, SampleSignals
from graphs.files.wording import many
from scenarios.cleaning import one_line
from scenarios.text import shortened

_WORST = 5
_WIDEST = 60


def lines_of_report(found: Curated) -> Iterator[str]:
    """What was found, the most doubtful samples, and which files say more."""
    yield f"{many(len(found.signals), 'sample')} · " + (_doubted(found) or "nothing is doubted")
    yield from _student(found)
    if found.stopped:
        yield f"stopped by {found.stopped}: the rest was not asked; the same command goes on"
    worst = sorted((one for one in found.signals if one.rank is not None and one.doubts), key=lambda one: one.rank or 0)
    for one in worst[:_WORST]:
        yield f"  {_short(one.id)}: {_said_of(one)} ({', '.join(one.doubts)})"
    if found.repairs:
        yield from _repaired(found.repairs, found.places.repairs.name)
    elif found.places.repairs.exists():
        yield (
            f"{found.places.repairs.name} is of an earlier action, of which {found.places.curated.name} has nothing now: with the same action= it "
            "has it again, and no answer is paid twice"
        )
    if found.dropped:
        reasons = Counter(found.dropped.values())
        told = ", ".join(f"{why} {reasons[why]}" for why in Doubt if reasons[why])
        yield f"dropped: {many(len(found.dropped), 'sample')} ({told})"
        for id_, why in list(found.dropped.items())[:_WORST]:
            yield f"  {_short(id_)}: {why}"
        if len(found.dropped) > _WORST:
            yield f"  and {len(found.dropped) - _WORST} more: those of {found.places.signals.name} that {found.places.curated.name} lacks"
    yield f"signals: {found.places.signals}   curated: {found.places.curated}"


def _said_of(one: SampleSignals) -> str:
    if one.residual is not None:
        return f"has {one.number:g}, a scorer expects {one.predicted:.2f}, residual {one.residual:+.2f}"
    student = "" if one.student == one.label else f", a student says {_short(one.student)}"
    return f"labelled {_short(one.label)}{student}, margin {one.margin:.2f}"


def _worth(repairs: Repairs) -> str:
    """What the reader's word is worth, and what follows."""
    worth = repairs.worth
    read = f"{repairs.model} reads {worth.hits} of {worth.of} labels that nobody doubts as they are"
    if worth.value is not None:
        read += f" ({worth.value:.0%}, 95 % from {worth.low:.0%})"
    if repairs.counts:
        return read
    if repairs.stopped:
        return f"{read}: what its word is worth was not known when it was stopped, so that nothing was changed"
    if repairs.too_few:
        return f"{read}: that is too few to measure a reader by, so that nothing was changed; it takes more samples of each label"
    return f"{read}: that is not surely more than half, so its word counts for nothing and nothing was changed"


def _repaired(repairs: Repairs, file: str) -> Iterator[str]:
    """What the reader's word is worth, and what came of the doubtful."""
    if not repairs.rows:
        yield f"action={repairs.action}: nothing that of= names is doubted, so that nobody was asked"
        return
    yield _worth(repairs)
    if repairs.unread:
        yield f"{many(repairs.unread, 'answer')} to these could not be used, the first since {_short(repairs.why)}"
    counts = Counter(one.outcome for one in repairs.rows)
    told = ", ".join(f"{outcome} {counts[outcome]}" for outcome in RepairOutcome if counts[outcome])
    yield f"{many(len(repairs.rows), 'doubtful sample')}: {told} ({file} has each)"
    for one in [one for one in repairs.rows if one.outcome in {RepairOutcome.RELABELLED, RepairOutcome.REDONE}][
        :_WORST
    ]:
        yield f"  {_short(one.id)}: " + (
            f"{_short(one.label)} is now {_short(one.to)}" if one.to else f"now “{_short(one.text)}”"
        )


def _doubted(found: Curated) -> str:
    counts = doubts_of(found.signals)
    return ", ".join(f"{doubt} {counts[doubt]}" for doubt in Doubt if counts[doubt])


def _student(found: Curated) -> Iterator[str]:
    met, numbers = believable(found.signals), foreseen(found.signals)
    if not found.target:
        yield "no label shows, so that no student learned: write target=NAME, an axis or a field"
    elif numbers is not None:
        yield f"target={found.target}: scorers that did not learn from a sample foresee {max(0.0, numbers.explained):.0%} of its number's variance"
        if not numbers.reads:
            yield "  no better than always the mean: the number cannot be read from the text, so nothing is doubted for it"
    elif met is None:
        yield f"target={found.target}: no student learned; it takes {FEWEST} samples or more with a number, or with labels of two classes or more that repeat"
    else:
        yield f"target={found.target}: students that did not learn from a sample predict its label in {met[0]:.0%}; the commonest label is {met[1]:.0%}"
        learned = sum(one.student is not None and one.label is not None for one in found.signals)
        if not reads_labels(*met, learned):
            yield "  no better than always the commonest: the label cannot be read from the text, so nothing is doubted for it"
        guessed = Counter(one.student for one in found.signals if one.student is not None and one.label is None)
        if guessed:
            told = ", ".join(f"{_short(label)} {count}" for label, count in guessed.most_common(_WORST))
            yield f"  of {many(sum(guessed.values()), 'sample')} without a label a student says: {told}"


def _short(text: str | None) -> str:
    return shortened(one_line(text or ""), _WIDEST)
