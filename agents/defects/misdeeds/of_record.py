"""Misdeeds of the record: what it says is not what was done. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from agents.defects.misdeeds.kinds import Misdeed
from agents.defects.misdeeds.script import Script, fresh
from scenarios.messages import Message, Speech
from scenarios.worlds.exemplar import Enacted


def _results(made: Enacted) -> list[int]:
    return [place for place, message in enumerate(made.messages) if message.role is Speech.TOOL]


def _with(made: Enacted, place: int, *messages: Message) -> Enacted:
    return replace(made, messages=(*made.messages[:place], *messages, *made.messages[place + 1 :]))


def _changed(made: Enacted, place: int, **changes: object) -> Enacted:
    return _with(made, place, made.messages[place].model_copy(update=changes))


def altered_result(script: Script) -> Enacted | None:
    """A digit of a recorded result is another."""
    made = script.played(script.moves)
    places = [p for p in _results(made) if any(c.isdigit() for c in made.messages[p].content)]
    if not places:
        return None
    place = script.rng.choice(places)
    return _changed(made, place, content=fresh(made.messages[place].content, script.rng))


def result_of_another_call(script: Script) -> Enacted | None:
    """A call is recorded with the result of another one."""
    made = script.played(script.moves)
    texts = {made.messages[place].content for place in _results(made)}
    place = script.rng.choice(_results(made))
    others = sorted(texts - {made.messages[place].content})
    return _changed(made, place, content=script.rng.choice(others)) if others else None


def altered_private_result(script: Script) -> Enacted | None:
    """A result of the user's own tool is recorded as another."""
    made = script.played(script.moves)
    places = [p for p, one in enumerate(made.private_calls) if any(c.isdigit() for c in one.result)]
    if not places:
        return None
    calls = list(made.private_calls)
    place = script.rng.choice(places)
    calls[place] = calls[place].model_copy(update={"result": fresh(calls[place].result, script.rng)})
    return replace(made, private_calls=tuple(calls))


def call_without_result(script: Script) -> Enacted | None:
    """A result is missing."""
    made = script.played(script.moves)
    return _with(made, script.rng.choice(_results(made)))


def result_without_call(script: Script) -> Enacted | None:
    """A result stands there twice."""
    made = script.played(script.moves)
    place = script.rng.choice(_results(made))
    return _with(made, place, made.messages[place], made.messages[place])


def malformed_arguments(script: Script) -> Enacted | None:
    """The arguments of a call are cut off."""
    made = script.played(script.moves)
    place = script.rng.choice(_results(made)) - 1
    calls = made.messages[place].tool_calls
    assert calls is not None
    function = {**calls[0]["function"], "arguments": calls[0]["function"]["arguments"][:-1]}
    return _changed(made, place, tool_calls=({**calls[0], "function": function},))


def foreign_call_id(script: Script) -> Enacted | None:
    """A result bears the id of no call."""
    made = script.played(script.moves)
    return _changed(made, script.rng.choice(_results(made)), tool_call_id="call_x")


def dropped_message(script: Script) -> Enacted | None:
    """Words of the user's in the middle are missing."""
    made = script.played(script.moves)
    places = [p for p, m in enumerate(made.messages) if m.role is Speech.USER and 0 < p < len(made.messages) - 1]
    places = [p for p in places if made.messages[p + 1].role is Speech.ASSISTANT]
    return _with(made, script.rng.choice(places)) if places else None


OF_RECORD: dict[Misdeed, Callable[[Script], Enacted | None]] = {
    Misdeed.ALTERED_RESULT: altered_result,
    Misdeed.RESULT_OF_ANOTHER_CALL: result_of_another_call,
    Misdeed.ALTERED_PRIVATE_RESULT: altered_private_result,
    Misdeed.CALL_WITHOUT_RESULT: call_without_result,
    Misdeed.RESULT_WITHOUT_CALL: result_without_call,
    Misdeed.MALFORMED_ARGUMENTS: malformed_arguments,
    Misdeed.FOREIGN_CALL_ID: foreign_call_id,
    Misdeed.DROPPED_MESSAGE: dropped_message,
}
