"""Where a dialogue in a world is taken up again, so that as much as possible of it stays. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from agents.proof.proof import CLAIMS, Owner, prove
from agents.redraw import remark
from scenarios.loading import Loaded
from scenarios.messages import Message, Speech
from scenarios.records import Candidate, Problem


def taken_up(loaded: Loaded, candidate: Candidate, problems: Sequence[Problem]) -> tuple[int, str]:
    """The message from which a dialogue is made again, and what is to be said to whoever makes it.

    What is missing and may still come is made up for at the end: all that was done before it stays. Anything else is made
    again from the first message at fault, which what follows may hang on.
    """
    assert loaded.world is not None
    faults = prove(loaded.world, candidate).faults
    places: list[tuple[int, str]] = []
    for problem in problems:
        flaw = faults.get(problem.check)
        late = flaw is not None and flaw.late and CLAIMS[problem.check].owner is Owner.ASSISTANT
        turn = _last_words(candidate.messages) if late else problem.turn
        if turn is None:
            continue
        places.append((_begin(candidate.messages, turn), remark(problem)))
    start = min((place for place, _ in places), default=_begin(candidate.messages, len(candidate.messages)))
    said = [why for place, why in places if place <= start + 1] or list(map(remark, problems))
    return start, " ".join(dict.fromkeys(said))


def _last_words(messages: Sequence[Message]) -> int:
    """The assistant's last words."""
    spoken = (
        n for n in range(len(messages) - 1, -1, -1) if messages[n].role is Speech.ASSISTANT and messages[n].content
    )
    return next(spoken, 0)


def _begin(messages: Sequence[Message], turn: int) -> int:
    """Where the move begins that holds a message; the last move if the dialogue ends before it."""
    place = max(0, min(turn, len(messages) - 1))
    while place and messages[place].role is Speech.TOOL:
        place -= 1
    return place
