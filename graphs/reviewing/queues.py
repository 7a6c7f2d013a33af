"""Which samples a reviewer is shown next. Pure functions of the samples and of what was said of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphs.reviewing.order import AuditSet, audit_order, fraction
from graphs.reviewing.verdicts import PersonVerdict, Queue, Said, standing
from scenarios.cleaning import one_line

AGAIN = 0.1
"""The part of an audit that is looked at twice."""
_APART = 9
"""Samples for the first time between two for the second time."""


@dataclass(frozen=True)
class QueuePlace:
    """A sample's place in a queue."""

    sample: str
    against: str = ""
    """Of a pair, the right one."""
    repeat: bool = False
    planted: bool = False
    """A flawed copy of the sample is to be shown in its place."""
    doubt: float = 0.0
    why: str = ""
    """In a routed queue, what is doubted."""


def audit_queue(
    drawn_from: AuditSet, seed: int, said: Sequence[PersonVerdict], reviewer: str, taken: Iterable[str] = (),
    *, plant: float = 0.0,
) -> list[QueuePlace]:  # fmt: skip
    """What is left of an audit for a reviewer: what nobody judged in its fixed order, what they skipped last, and after every nine of
    these one for the second time. `taken` are those that other reviewers look at just now.

    A tenth is judged twice: by somebody else if others review, too, else by the same reviewer, at least nine samples later. After
    each sample that a hash chooses with the chance `plant`, a flawed copy of another one is shown, which comes late in the order.
    """
    audit = [v for v in said if v.queue is Queue.AUDIT and v.dataset == drawn_from.digest and v.seed == seed]
    ours = [v for v in audit if not v.planted]
    judged = [v for v in standing(ours) if v.said in {Said.ACCEPT, Said.REJECT}]
    first = {v.sample: v for v in judged if not v.repeat}
    skipped = {v.sample for v in ours if v.said is Said.SKIP and v.reviewer == reviewer}
    away = set(taken)
    order = [id_ for id_ in audit_order(drawn_from, seed) if id_ not in first]
    new = [id_ for id_ in order if id_ not in skipped and id_ not in away] + [id_ for id_ in order if id_ in skipped]
    again = _again(drawn_from, seed, judged, first, reviewer)
    since = _since_repeat(judged, reviewer)
    copies = _copies(drawn_from, seed, audit, away, plant)
    places = [QueuePlace(copies.pop(id_), planted=True) for id_ in list(copies) if id_ in first]
    for id_ in new:
        if since >= _APART and again:
            places.append(QueuePlace(again.pop(0), repeat=True))
            since = 0
        places.append(QueuePlace(id_))
        since += 1
        if id_ in copies:
            places.append(QueuePlace(copies[id_], planted=True))
    return places + [QueuePlace(id_, repeat=True) for id_ in again]


def _copies(
    drawn_from: AuditSet, seed: int, audit: Sequence[PersonVerdict], away: set[str], plant: float
) -> dict[str, str]:
    """Of what is a flawed copy to be shown, by the id of the sample after which it is."""
    order = audit_order(drawn_from, seed)
    chosen = [place for place, id_ in enumerate(order) if fraction(drawn_from.digest, seed, id_, "plant") < plant]
    shown = {v.sample for v in standing(audit) if v.planted}
    undone = {v.undoes for v in audit if v.said is Said.UNDO}
    shown |= {v.sample for v in audit if v.planted and v.said is Said.SKIP and v.number not in undone}
    pairs = [(place, len(order) - 1 - number) for number, place in enumerate(chosen)]
    found = {order[place]: order[source] for place, source in pairs if place < source}
    return {after: id_ for after, id_ in found.items() if id_ not in shown and id_ not in away}


def _again(
    drawn_from: AuditSet, seed: int, judged: Sequence[PersonVerdict], first: Mapping[str, PersonVerdict], reviewer: str
) -> list[str]:
    """What this reviewer is to see for the second time, in the order in which it was judged."""
    twice = {v.sample for v in judged if v.repeat}
    several = len({v.reviewer for v in judged} | {reviewer}) > 1
    own = [v.sample for v in first.values() if v.reviewer == reviewer]
    early = set(own[: max(0, len(own) - _APART)])
    return [
        id_
        for id_, verdict in first.items()
        if fraction(drawn_from.digest, seed, id_, "again") < AGAIN
        and id_ not in twice
        and (verdict.reviewer != reviewer if several else id_ in early)
    ]


def _since_repeat(judged: Sequence[PersonVerdict], reviewer: str) -> int:
    """How many samples the reviewer judged for the first time after the last one for the second time."""
    count = 0
    for verdict in reversed([v for v in judged if v.reviewer == reviewer]):
        if verdict.repeat:
            break
        count += 1
    return count


def routed_queue(
    doubts: Mapping[str, tuple[float, str]], contents: Mapping[str, str], said: Sequence[PersonVerdict]
) -> list[QueuePlace]:
    """The doubted samples that nobody judged as they are now, the most doubtful first; `doubts` has for each id how much, and why."""
    known = {
        (v.sample, v.content)
        for v in standing(said)
        if not v.planted and v.queue is not Queue.PAIRS and v.said in {Said.ACCEPT, Said.REJECT}
    }
    left = [(id_, doubt, why) for id_, (doubt, why) in doubts.items() if (id_, contents.get(id_)) not in known]
    return [
        QueuePlace(id_, doubt=doubt, why=why) for id_, doubt, why in sorted(left, key=lambda one: (-one[1], one[0]))
    ]


def doubts_of(
    lines: Iterable[Mapping[str, Any]], least: Mapping[str, int], near: float
) -> dict[str, tuple[float, str]]:
    """How much each sample is doubted by what its record says: scores no better than the least that their criterion lets pass
    (`least`, by criterion), evidence that could not be verified, refinements, and a neighbour closer than twice the distance
    `near`. A sample that nothing speaks against is left out."""
    found: dict[str, tuple[float, str]] = {}
    for line in lines:
        named: list[tuple[float, str]] = []
        for name, score in _scores(line.get("scores")):
            bar = least.get(name.rpartition(".")[2], 3)
            if score <= bar:
                named.append((2.0 + bar - score, f"{name} {score:g}"))
        blind = [str(e.get("check")) for e in _rows(line.get("evidence")) if e.get("status") == "UNVERIFIABLE"]
        if blind:
            named.append((0.5 + 0.1 * len(blind), f"could not be checked: {', '.join(blind)}"))
        revisions = line.get("revisions")
        if isinstance(revisions, int) and revisions > 0:
            named.append((0.25 * revisions, f"refined {revisions} times" if revisions > 1 else "refined once"))
        novelty = line.get("novelty")
        distance = novelty.get("distance") if isinstance(novelty, Mapping) else None
        if isinstance(distance, int | float) and distance < 2 * near:
            named.append((1 - distance / (2 * near), f"close to {str(novelty.get('nearest'))[:12]}" if novelty else ""))
        if named:
            found[str(line.get("id"))] = (sum(doubt for doubt, _ in named), "; ".join(why for _, why in named))
    return found


def _scores(value: Any) -> list[tuple[str, float]]:
    """The scores of a record by criterion, whichever role gave them."""
    found: list[tuple[str, float]] = []
    if isinstance(value, Mapping):
        for name, score in value.items():
            if isinstance(score, Mapping):
                found.extend((f"{name}.{inner}", one) for inner, one in _scores(score))
            elif isinstance(score, int | float) and not isinstance(score, bool):
                found.append((str(name), float(score)))
    return found


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def pairs_queue(
    pairs: Iterable[tuple[str, str]], said: Sequence[PersonVerdict], reviewer: str, *, seed: int = 0
) -> list[QueuePlace]:
    """The pairs that a reviewer has not compared, in an order and with sides that a hash decides and nothing else."""
    done = {
        frozenset((v.sample, v.against)) for v in standing(said) if v.queue is Queue.PAIRS and v.reviewer == reviewer
    }
    left = [pair for pair in pairs if frozenset(pair) not in done]
    turned = [(b, a) if fraction(a, seed, b, "side") < 0.5 else (a, b) for a, b in left]
    return [
        QueuePlace(a, b) for a, b in sorted(turned, key=lambda pair: fraction("", seed, "|".join(sorted(pair)), "pair"))
    ]


def adjudicate_queue(contents: Mapping[str, str], said: Sequence[PersonVerdict]) -> list[QueuePlace]:
    """The samples on which reviewers disagree and nobody has adjudicated since, in the order of their ids."""
    by_sample: dict[str, list[PersonVerdict]] = {}
    for verdict in standing(said):
        if verdict.queue is not Queue.PAIRS and not verdict.planted and contents.get(verdict.sample) == verdict.content:
            by_sample.setdefault(verdict.sample, []).append(verdict)
    return [
        QueuePlace(id_, why=", ".join(f"{one_line(v.reviewer)}: {v.said.value}" for v in verdicts))
        for id_, verdicts in sorted(by_sample.items())
        if decided(verdicts) is None
    ]


def decided(verdicts: Sequence[PersonVerdict]) -> Said | None:
    """What reviewers' standing verdicts on one content come to: what was adjudicated last, else what all say; None if they
    disagree or nobody has said a word."""
    settled = [v.said for v in verdicts if v.queue is Queue.ADJUDICATE and v.said in {Said.ACCEPT, Said.REJECT}]
    if settled:
        return settled[-1]
    words = {v.said for v in verdicts if v.said in {Said.ACCEPT, Said.REJECT}}
    return words.pop() if len(words) == 1 else None
