"""What follows for a run's samples from what people said of them. Pure.

A word counts for the content that it was said of, and for no other; of pairs and of planted copies it says nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from graphs.reviewing.verdicts import PersonVerdict, Queue, Said, standing


@dataclass(frozen=True)
class PersonsNo:
    """Why people reject a sample."""

    why: str
    """Reasons, remarks and who gave them, in one line."""
    redo: bool = False
    """Its brief is to be made again."""
    advice: str = ""
    """What to do otherwise then."""


def rejections_due(said: Iterable[PersonVerdict], contents: Mapping[str, str]) -> dict[str, PersonsNo]:
    """The samples that somebody rejects as they are now, by id, in the order in which that was said.

    One reviewer's no is enough, whatever others say, unless an adjudication accepts the sample. `contents` has the digest of
    each sample that is accepted now.
    """
    found: dict[str, PersonsNo] = {}
    for id_, verdicts in _by_sample(said, contents).items():
        settled = [v.said for v in verdicts if v.queue is Queue.ADJUDICATE and v.said in {Said.ACCEPT, Said.REJECT}]
        against = [v for v in verdicts if v.said is Said.REJECT]
        if against and (not settled or settled[-1] is Said.REJECT):
            remarks = [v.remark.strip() or ", ".join(v.reasons) for v in against if v.redo]
            found[id_] = PersonsNo(
                why="; ".join(dict.fromkeys(map(_in_words, against))),
                redo=any(v.redo for v in against),
                advice=" ".join(" ".join(dict.fromkeys(filter(None, remarks))).split()),
            )
    return found


def edits_due(said: Iterable[PersonVerdict], contents: Mapping[str, str]) -> dict[str, PersonVerdict]:
    """The last verdict with an edit of each sample as it is now, by id, unless somebody rejects it."""
    said = list(said)
    gone = rejections_due(said, contents)
    found: dict[str, PersonVerdict] = {}
    for id_, verdicts in _by_sample(said, contents).items():
        edits = [v for v in verdicts if v.edit and v.said is Said.ACCEPT]
        if edits and id_ not in gone:
            found[id_] = edits[-1]
    return found


def spoken_of(said: Sequence[PersonVerdict]) -> list[str]:
    """The ids of the samples for which something may follow, each once."""
    telling = (v for v in standing(said) if v.said is Said.REJECT or v.edit)
    return list(dict.fromkeys(v.sample for v in telling if v.queue is not Queue.PAIRS and not v.planted))


def _by_sample(said: Iterable[PersonVerdict], contents: Mapping[str, str]) -> dict[str, list[PersonVerdict]]:
    found: dict[str, list[PersonVerdict]] = {}
    for verdict in standing(said):
        if verdict.queue is Queue.PAIRS or verdict.planted or contents.get(verdict.sample) != verdict.content:
            continue
        found.setdefault(verdict.sample, []).append(verdict)
    return found


def _in_words(verdict: PersonVerdict) -> str:
    """A reviewer's no in one line."""
    said = [
        *([", ".join(verdict.reasons)] if verdict.reasons else []),
        *([verdict.remark] if verdict.remark.strip() else []),
    ]
    at = f" at turn {verdict.turn}" if verdict.turn is not None else ""
    told = " ".join(": ".join(said).split()) or "rejected in a review"
    return f"{told}{at} ({' '.join(verdict.reviewer.split())})"
