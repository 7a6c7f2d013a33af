"""What an audit's verdicts come to: a label for each sample of a beginning of its order, and how well its reviewers see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphs.reviewing.order import AuditSet, audit_order
from graphs.reviewing.queues import decided
from graphs.reviewing.verdicts import PersonVerdict, Queue, Said, standing

_WORDS = {Said.ACCEPT, Said.REJECT}


@dataclass(frozen=True)
class AuditLabels:
    """The labels of an audit."""

    checked: tuple[str, ...]
    """The ids that count: the longest beginning of the order in which somebody judged, or skipped, every one."""
    flawed: frozenset[str]
    """Of these: rejected, judged differently by two with nothing settled, or skipped by all who saw them."""
    skipped: frozenset[str]
    """Of the flawed: those that nobody judged."""
    beyond: int
    """Samples judged behind the first one that nobody looked at; they do not count yet."""
    reviewers: Mapping[str, int]
    """Verdicts that count, by reviewer."""
    twice: tuple[tuple[Said, Said], ...]
    """Of samples that were shown twice on purpose: the first verdict and the second."""
    planted: int
    """Flawed copies that were shown to see how well the reviewers see, and"""
    noticed: int
    """those that they rejected."""
    changed: int
    """Words on samples that were taken back, or that the same reviewer said otherwise later."""


def labels_of(drawn_from: AuditSet, seed: int, said: Sequence[PersonVerdict]) -> AuditLabels:
    """The labels of the audit of a set. Only its own verdicts count, and those that settled a disagreement over what it showed: what
    was routed to reviewers because something seemed wrong says nothing of the rest."""
    ours = [v for v in said if v.queue is Queue.AUDIT and (v.dataset, v.seed) == (drawn_from.digest, seed)]
    numbers = {v.number for v in ours}
    taking_back = [v for v in said if v.said is Said.UNDO and v.undoes in numbers and v.number not in numbers]
    stands = [v for v in standing([*ours, *taking_back]) if v.said in _WORDS]
    settled = [v for v in standing(said) if v.queue is Queue.ADJUDICATE and v.said in _WORDS]
    by_sample: dict[str, list[PersonVerdict]] = {}
    for verdict in [*stands, *settled]:
        if not verdict.planted and drawn_from.contents.get(verdict.sample) == verdict.content:
            by_sample.setdefault(verdict.sample, []).append(verdict)
    judged = {id_ for id_, verdicts in by_sample.items() if any(v.queue is Queue.AUDIT for v in verdicts)}
    skipped = {v.sample for v in ours if v.said is Said.SKIP} - judged
    checked = _beginning(audit_order(drawn_from, seed), judged, skipped)
    left_out = frozenset(id_ for id_ in checked if id_ in skipped)
    flawed = left_out | {id_ for id_ in checked if id_ in judged and decided(by_sample[id_]) is not Said.ACCEPT}
    counted = [v for id_ in checked for v in by_sample.get(id_, ()) if v.queue is Queue.AUDIT]
    shown = [v for v in stands if v.planted]
    return AuditLabels(
        checked=tuple(checked), flawed=frozenset(flawed), skipped=left_out, beyond=len(judged - set(checked)),
        reviewers={name: sum(v.reviewer == name for v in counted) for name in sorted({v.reviewer for v in counted})},
        twice=tuple(_twice(by_sample)), planted=len(shown), noticed=sum(v.said is Said.REJECT for v in shown),
        changed=sum(v.said in _WORDS for v in ours) - len(stands),
    )  # fmt: skip


def _beginning(order: Sequence[str], judged: set[str], skipped: set[str]) -> list[str]:
    """The ids before the first that nobody looked at, without skipped ones at the end: a reviewer may still come back to them."""
    end = next((place for place, id_ in enumerate(order) if id_ not in judged and id_ not in skipped), len(order))
    while end and end < len(order) and order[end - 1] in skipped:
        end -= 1
    return list(order[:end])


def _twice(by_sample: Mapping[str, Sequence[PersonVerdict]]) -> list[tuple[Said, Said]]:
    found = []
    for verdicts in by_sample.values():
        first = next((v.said for v in verdicts if v.queue is Queue.AUDIT and not v.repeat), None)
        second = next((v.said for v in verdicts if v.queue is Queue.AUDIT and v.repeat), None)
        if first and second:
            found.append((first, second))
    return found
