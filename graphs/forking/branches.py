"""From a record and a turn to the briefs of its branches. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import orjson

from agents.dialogue.moves import SIGNAL
from graphs.files.calls import StoredCall
from scenarios.errors import SettingsError
from scenarios.loading import Loaded
from scenarios.messages import Message, Speech
from scenarios.opening import Opening
from scenarios.records import Brief, Record
from scenarios.schema.conversation import MODERATOR
from scenarios.schema.scenario import Family
from scenarios.seeds import seed_of
from scenarios.worlds.blueprint import Ending

_LONGEST = 150
"""Characters of an id that a branch's is made of."""
_ALIKE = 40
"""Characters by which a message is known again in the answer that it was made of, where its citations still stand."""
_END = "end"


def check_turn(loaded: Loaded, record: Record, turn: int) -> None:
    """Raise SettingsError unless a sample has branches from a turn on."""
    id_, said = record.candidate.brief.id, record.candidate.messages
    if loaded.scenario.family is Family.FIELDS:
        raise SettingsError(
            f"id={id_}: is a task with fields, which has no turns; conversations and dialogues can be forked"
        )
    if record.candidate.brief.opening and record.candidate.brief.opening.changes:
        raise SettingsError(
            f"id={id_}: is a branch with settings of its own; fork {record.candidate.brief.opening.of}, from which it stems"
        )
    if not said:
        raise SettingsError(
            f"id={id_}: has no messages: {record.stage or 'its making'} ended it before the first; choose another"
        )
    if turn >= len(said):
        raise SettingsError(
            f"turn={turn}: is not there: {id_} has the messages 0 to {len(said) - 1}; python -m graphs.trace shows them"
        )
    if said[turn].role is Speech.TOOL:
        call = max(n for n in range(turn) if said[n].role is not Speech.TOOL) if turn else 0
        raise SettingsError(f"turn={turn}: is the result of a tool, which no speaker writes; turn={call} is the call")
    if len(id_) > _LONGEST:
        raise SettingsError(f"id={id_[:40]}…: is a branch of branches; fork the sample from which they stem")


def briefs_of(
    loaded: Loaded,
    record: Record,
    calls: Sequence[StoredCall],
    turn: int,
    pairs: int,
    changes: Mapping[str, str],
    digest: str,
) -> list[Brief]:
    """The briefs of a sample's branches: all that its own brief says, with another id and other seeds. If settings differ, each
    is followed by its other half, which has the same seeds, says what differs, and has the `digest` of that in its id."""
    brief = record.candidate.brief
    found = []
    for number in range(pairs):
        for half, differ in enumerate([{}, dict(changes)] if changes else [{}]):
            id_ = "-".join(filter(None, [brief.id, f"t{turn}", str(number + 1), digest if differ else ""]))
            opening = _opening(loaded, record, calls, turn)
            found.append(
                brief.model_copy(
                    update={
                        "id": id_, "round": 0, "index": number * (2 if changes else 1) + half,
                        "seed": seed_of(brief.seed, "branch", turn, number),
                        "lineage": (brief.id, *record.lineage),
                        "opening": opening.model_copy(update={"changes": differ}),
                    }
                )
            )  # fmt: skip
    return found


def _opening(loaded: Loaded, record: Record, calls: Sequence[StoredCall], turn: int) -> Opening:
    made = record.candidate
    kept = made.messages[:turn]
    results = {message.tool_call_id for message in kept}
    return Opening(
        of=made.brief.id, turn=turn, speaker=made.messages[turn].name or _speaker(loaded, made.brief, turn), messages=kept,
        private_calls=tuple(call for call in made.private_calls if call.before < turn), scene=made.scene, system=made.system,
        grades={id_: grade for id_, grade in made.grades.items() if id_ in results},
        signals=tuple(_signals(kept, calls)),
    )  # fmt: skip


def _speaker(loaded: Loaded, brief: Brief, turn: int) -> str:
    return brief.turns[turn].speaker if turn < len(brief.turns) else ""


def _signals(kept: Sequence[Message], calls: Sequence[StoredCall]) -> Iterator[tuple[int, Ending]]:
    """Where somebody said that the conversation is to end: no message shows it, and the calls behind the messages do."""
    signals = [
        (call.role, _plain(text[: found.start()]), Ending(found[1].lower()))
        for call in calls
        if (found := SIGNAL.search(text := call.answer.text.strip()))
    ]
    ended = [call for call in calls if call.role == MODERATOR and _ends(call)]
    places = {int(part) for call in ended for part in call.step.split("/") if part.isdecimal()}
    for number, message in enumerate(kept):
        begins = _plain(message.content)[:_ALIKE]
        said = (ending for name, text, ending in signals if name == message.name and begins and text.startswith(begins))
        if (ending := next(said, None)) is not None:
            yield number, ending
        elif number + 1 in places:
            yield number, Ending.MODERATED


def _ends(call: StoredCall) -> bool:
    """Whether a moderator's answer ends the conversation."""
    try:
        said = orjson.loads(call.answer.text)
    except orjson.JSONDecodeError:
        return False
    return isinstance(said, dict) and said.get("next") == _END


def _plain(text: str) -> str:
    return " ".join(text.split())
