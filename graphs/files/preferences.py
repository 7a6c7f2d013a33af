"""Contrast pairs: two assistant messages after the same words, one of a dialogue proven right, one proven wrong.

They come from the making of accepted records alone: moves that were drawn and proven wrong where they stood, and drafts
that a refine step took up again. A fault of form makes none: another wording of the same is as good.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from agents.checks.worlds import reads
from agents.proof.proof import CLAIMS, Owner, prove
from agents.proof.trace import action_of
from agents.text.sentences import asks
from agents.text.stems import stem
from agents.text.values import content
from scenarios.frozen import Frozen
from scenarios.messages import Message, Speech
from scenarios.records import Candidate, Record, Verdict
from scenarios.text import codes
from scenarios.worlds.blueprint import PrivateCall, Side
from scenarios.worlds.world import World

_ALIKE = 0.8
"""Share of all their words that two messages have in common which say the same."""


class Pair(Frozen):
    """One pair. Both messages follow the first `turn` messages of the record."""

    record: str
    turn: int
    chosen: Message
    rejected: Message
    check: str
    reason: str


def pairs_of(record: Record, world: World) -> list[Pair]:
    """The pairs of an accepted record, in the order of their turns; none of another record.

    The rejected message is proven wrong anew where it stands, by a check whose faults are of policy, tools or truth, and it
    differs in substance from the one that was chosen.
    """
    if record.verdict is not Verdict.ACCEPTED:
        return []
    made = record.candidate
    found: dict[tuple[int, str], Pair] = {}
    for turn, messages, private, check in _wrongs(made):
        right = made.messages[turn] if turn < len(made.messages) else None
        wrong = messages[turn]
        if right is None or right.role is not Speech.ASSISTANT or same_substance(right, wrong):
            continue
        as_it_stood = {"messages": messages, "private_calls": private, "ending": None}
        reason = _proven(made.model_copy(update=as_it_stood), world, check, turn)
        if reason:
            pair = Pair(record=made.brief.id, turn=turn, chosen=right, rejected=wrong, check=check, reason=reason)
            found.setdefault((turn, wrong.model_dump_json()), pair)
    return [found[key] for key in sorted(found)]


_Wrong = tuple[int, tuple[Message, ...], tuple[PrivateCall, ...], str]


def _wrongs(made: Candidate) -> Iterator[_Wrong]:
    """Assistant messages that a check of substance rejected after a beginning that the accepted dialogue has, too: the turn,
    the dialogue up to it, the user's own calls in it, and the check."""
    for slip in made.slips:
        if slip.messages and slip.messages[0].role is Speech.ASSISTANT and _of_substance(slip.check):
            before = made.messages[: slip.place]
            private = tuple(call for call in made.private_calls if call.before < slip.place)
            yield slip.place, (*before, *slip.messages), private, slip.check
    for draft in made.drafts:
        for problem in draft.problems:
            turn = problem.turn
            if turn is None or not 0 <= turn < len(draft.messages) or not _of_substance(problem.check):
                continue
            if draft.messages[turn].role is Speech.ASSISTANT and draft.messages[:turn] == made.messages[:turn]:
                private = tuple(call for call in draft.private_calls if call.before <= turn)
                yield turn, draft.messages[: _end(draft.messages, turn)], private, problem.check


def _of_substance(check: str) -> bool:
    claim = CLAIMS.get(check)
    return claim is not None and claim.owner is Owner.ASSISTANT and claim.fault.of_substance


def _end(messages: tuple[Message, ...], turn: int) -> int:
    """Where the results of a message end."""
    end = turn + 1
    while end < len(messages) and messages[end].role is Speech.TOOL:
        end += 1
    return end


def _proven(made: Candidate, world: World, check: str, turn: int) -> str:
    """What a check finds wrong with the message at a turn in an unfinished dialogue, or nothing."""
    proof = prove(world, made)
    flaw = proof.faults.get(check) if reads(check, made.brief.language) else None
    return flaw.detail if flaw is not None and flaw.turn >= turn and not proof.excuse(check) else ""


def same_substance(left: Message, right: Message) -> bool:
    """Whether two messages call the same, and else say the same in nearly the same words."""
    if _calls(left) or _calls(right):
        return _calls(left) == _calls(right)
    said, other = left.content, right.content
    numbers = {code.lower() for code in codes(said)} == {code.lower() for code in codes(other)}
    mine, theirs = ({stem(word) for word in content(text) if "'" not in word} for text in (said, other))
    alike = len(mine & theirs) >= _ALIKE * len(mine | theirs)
    return numbers and asks(said) == asks(other) and alike


def _calls(message: Message) -> list[tuple[str, str]]:
    """The calls of a message, with their arguments in one order."""
    found = []
    for call in message.tool_calls or ():
        action = action_of(call)
        name = action.tool if action else ""
        arguments = orjson.dumps(action.arguments if action else call, option=orjson.OPT_SORT_KEYS).decode()
        found.append((name, arguments))
    return sorted(found)


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
