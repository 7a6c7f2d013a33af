"""What became of briefs, as far as planning goes by it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from agents.models.calls import draw_of
from graphs.planning.steering import about_of, peer_of
from graphs.sampling.decision import CURATE, CurationReason
from scenarios.records import Candidate, Parent, Record, Slip, Usage, Verdict
from scenarios.schema.axes import Cell
from scenarios.schema.demonstrations import Peer


@dataclass(frozen=True)
class DeadEnd:
    """A brief that was given up since every draw of one of its lines, fields or moves failed the same checks."""

    cell: Cell
    checks: tuple[str, ...]
    """The checks that refused each of those draws."""
    text: str
    """The last of them."""
    reason: str
    """What was wrong with it."""
    usage: Mapping[str, Usage]
    """What the brief's sample took, by role."""


@dataclass(frozen=True)
class BriefOutcome:
    """What became of a brief, as far as planning goes by it."""

    cell: Cell
    verdict: Verdict
    stage: str = ""
    reason: str = ""
    id: str = ""
    about: str = ""
    """What an accepted sample is about."""
    nearest: str | None = None
    """The accepted sample that it is nearest to."""
    lineage: tuple[str, ...] = ()
    peer: Peer | None = None
    """An accepted sample as a demonstration, if the run shows such ones."""
    parent: Parent | None = None
    """What it evolved."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Of an accepted sample that others may evolve."""
    whole: bool = False
    """Whether a whole version of it was made: then some draw passed each check that refuses draws."""
    dead_end: DeadEnd | None = None
    """Where it was given up, if every draw there failed the same check."""

    @property
    def passed(self) -> bool:
        """Whether it passed its checks: then it was accepted, or curation rejected it."""
        return self.verdict is Verdict.ACCEPTED or self.stage == CURATE

    @property
    def too_near(self) -> bool:
        """Whether it was too near to others."""
        return self.verdict is Verdict.REJECTED and self.stage == CURATE and self.reason != CurationReason.QUOTA

    @property
    def telling(self) -> bool:
        """Whether it says something of its cell: failed machinery and a full quota do not."""
        return self.verdict is not Verdict.UNDECIDED and self.reason != CurationReason.QUOTA


def outcome_of(record: Record, peers: bool = False) -> BriefOutcome:
    """The outcome that a record is; as a demonstration, too, if `peers` are shown."""
    made, accepted = record.candidate, record.verdict is Verdict.ACCEPTED
    parent = made.brief.parent
    return BriefOutcome(
        made.brief.cell, record.verdict, record.stage, record.reason, id=made.brief.id, lineage=made.brief.lineage,
        about=about_of(made) if accepted else "", nearest=record.novelty.nearest,
        peer=peer_of(made) if accepted and peers else None,
        parent=parent, fields=made.fields if accepted and parent else {},
        whole=was_whole(made), dead_end=dead_end_of(made),
    )  # fmt: skip


def was_whole(made: Candidate) -> bool:
    """Whether a whole version of a candidate was made, whatever became of it later."""
    others = made.selection.contenders if made.selection else ()
    if made.drafts or any(one.unmet is not None for one in others):
        return True
    began = bool(made.messages or made.fields)
    return began and not made.given_up and (made.failure is None or bool(made.evidence))


def dead_end_of(made: Candidate) -> DeadEnd | None:
    """Where a candidate was given up, if every draw there failed the same check and no whole version was ever made.

    None also for candidates of older runs, which do not hold the draws that were refused.
    """
    if not made.given_up or not made.slips or was_whole(made):
        return None
    last = made.slips[-1]
    there = [slip for slip in made.slips if slip.step == last.step]
    if _one_passed(there):
        return None
    common = set.intersection(*({slip.check, *slip.also} for slip in there))
    if not common:
        return None
    checks = tuple(name for name in (last.check, *last.also) if name in common)
    return DeadEnd(made.brief.cell, checks, last.said(), last.problem, made.usage)


def _one_passed(refused: list[Slip]) -> bool:
    """Whether a draw of the same place was taken after an earlier backtrack: then fewer were refused than after the last."""
    by_backtrack: dict[int, int] = {}
    for slip in refused:
        backtrack, _ = draw_of(slip.attempt)
        by_backtrack[backtrack] = by_backtrack.get(backtrack, 0) + 1
    *earlier, last = by_backtrack.values()
    return any(count < last for count in earlier)
