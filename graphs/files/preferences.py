"""Contrast pairs: two assistant messages after the same words, one of a dialogue proven right, one proven wrong.

They come from the making of accepted records alone: moves that were drawn and proven wrong where they stood, and drafts
that a refine step took up again before their first proven mistake.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scenarios.frozen import Frozen
from scenarios.messages import Message, Speech
from scenarios.records import Candidate, Record, Verdict
from scenarios.worlds.blueprint import Side
from scenarios.worlds.world import World


class Pair(Frozen):
    """One pair. Both messages follow the first `turn` messages of the record."""

    record: str
    turn: int
    chosen: Message
    rejected: Message
    check: str
    reason: str


def pairs_of(record: Record) -> list[Pair]:
    """The pairs of an accepted record, in the order of their turns; none of another record."""
    if record.verdict is not Verdict.ACCEPTED:
        return []
    found: dict[tuple[int, str], Pair] = {}
    for turn, wrong, check, reason in _wrongs(record.candidate):
        right = record.candidate.messages[turn] if turn < len(record.candidate.messages) else None
        if right is None or right.role is not Speech.ASSISTANT or _same(right, wrong):
            continue
        made = Pair(
            record=record.candidate.brief.id, turn=turn, chosen=right, rejected=wrong, check=check, reason=reason
        )
        found.setdefault((turn, wrong.model_dump_json()), made)
    return [found[key] for key in sorted(found)]


def _wrongs(made: Candidate) -> Iterator[tuple[int, Message, str, str]]:
    """Assistant messages that were proven wrong after a beginning that the accepted dialogue has, too."""
    for slip in made.slips:
        if slip.messages:
            yield slip.place, slip.messages[0], slip.check, slip.problem
    for draft in made.drafts:
        for problem in draft.problems:
            turn = problem.turn
            if turn is None or not problem.check or not 0 <= turn < len(draft.messages):
                continue
            if draft.messages[turn].role is Speech.ASSISTANT and draft.messages[:turn] == made.messages[:turn]:
                yield turn, draft.messages[turn], problem.check, problem.problem


def _same(left: Message, right: Message) -> bool:
    """Whether two messages say and call the same."""
    return left.content == right.content and left.tool_calls == right.tool_calls


def pair_line(pair: Pair, record: Record, world: World) -> dict[str, Any]:
    """A pair as a line of preferences.jsonl, in the form that preference trainers read."""
    before = record.candidate.messages[: pair.turn]
    policy = Message(role=Speech.SYSTEM, content=world.policy)
    return {
        "id": f"{pair.record}/{pair.turn}",
        "prompt": [message.model_dump(mode="json", exclude_none=True) for message in (policy, *before)],
        "chosen": [pair.chosen.model_dump(mode="json", exclude_none=True)],
        "rejected": [pair.rejected.model_dump(mode="json", exclude_none=True)],
        "tools": [tool.schema() for tool in world.of(Side.ASSISTANT)],
        "check": pair.check,
        "reason": pair.reason,
    }
