"""What curation found, in a few lines for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from graphs.curating.curation import Curated, doubts_of
from graphs.curating.measuring import FEWEST, believable, reads_labels
from graphs.curating.signals import Doubt
from graphs.files.wording import many
from scenarios.cleaning import clean

_WORST = 5
_WIDEST = 60


def lines_of_report(found: Curated) -> Iterator[str]:
    """What was found, the most doubtful samples, and which files say more."""
    yield f"{many(len(found.signals), 'sample')} · " + (_doubted(found) or "nothing is doubted")
    yield from _student(found)
    if found.stopped:
        yield f"stopped by {found.stopped}: the other likelihoods are null; the same command goes on"
    worst = sorted((one for one in found.signals if one.rank is not None and one.doubts), key=lambda one: one.rank or 0)
    for one in worst[:_WORST]:
        said = f"labelled {_short(one.label)}, a student says {_short(one.student)}"
        if one.student == one.label:
            said = f"labelled {_short(one.label)}"
        yield f"  {_short(one.id)}: {said}, margin {one.margin:.2f} ({', '.join(one.doubts)})"
    if found.dropped:
        reasons = Counter(found.dropped.values())
        told = ", ".join(f"{why} {reasons[why]}" for why in Doubt if reasons[why])
        yield f"dropped: {many(len(found.dropped), 'sample')} ({told})"
        for id_, why in list(found.dropped.items())[:_WORST]:
            yield f"  {_short(id_)}: {why}"
        if len(found.dropped) > _WORST:
            yield f"  and {len(found.dropped) - _WORST} more: those of {found.paths[0].name} that {found.paths[1].name} lacks"
    yield f"signals: {found.paths[0]}   curated: {found.paths[1]}"


def _doubted(found: Curated) -> str:
    counts = doubts_of(found.signals)
    return ", ".join(f"{doubt} {counts[doubt]}" for doubt in Doubt if counts[doubt])


def _student(found: Curated) -> Iterator[str]:
    met = believable(found.signals)
    if not found.target:
        yield "no label shows, so that no student learned: write target=NAME, an axis or a field"
    elif met is None:
        yield f"target={found.target}: no student learned; it takes {FEWEST} labelled samples or more, of two classes or more that repeat"
    else:
        yield f"target={found.target}: students that did not learn from a sample predict its label in {met[0]:.0%}; the commonest label is {met[1]:.0%}"
        if not reads_labels(*met, sum(one.student is not None for one in found.signals)):
            yield "  no better than always the commonest: the label cannot be read from the text, so nothing is doubted for it"


def _short(text: str | None) -> str:
    told = clean(" ".join((text or "").split()))
    return told if len(told) <= _WIDEST else f"{told[: _WIDEST - 1]}…"
