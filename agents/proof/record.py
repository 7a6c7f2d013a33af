"""The proof of the record: it has the format that it claims, and playing its calls again gives its results. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from agents.proof.case import Case
from agents.proof.trace import Called, Flaw, action_of
from scenarios.messages import Message, Speech
from scenarios.worlds.blueprint import Side


def tool_format(case: Case) -> Flaw | None:
    """The messages are in OpenAI's format: roles in an order that chat templates take, a result for each call."""
    return next(_malformed(case), None)


def _malformed(case: Case) -> Iterator[Flaw]:
    messages = case.trace.messages
    waiting: list[str] = []
    used: set[str] = set()
    before: Speech | None = None
    for turn, message in enumerate(messages):
        if message.role is Speech.TOOL:
            yield from _misplaced_result(turn, message, waiting)
        else:
            if waiting:
                yield Flaw(turn, f"the call {waiting[0]} has no result before this message")
            yield from _misplaced(turn, message, before)
            waiting = []
            for call in message.tool_calls or ():
                id_ = call.get("id")
                if message.role is not Speech.ASSISTANT:
                    yield Flaw(turn, f"a call of a tool in a message of the {message.role}")
                elif not isinstance(id_, str) or not id_ or call.get("type") != "function":
                    yield Flaw(turn, "a call without an id, or of another type than 'function'")
                elif id_ in used:
                    yield Flaw(turn, f"the call id {id_} is used twice")
                elif action_of(call) is None:
                    yield Flaw(turn, f"the call {id_} has no name, or arguments that are no JSON object")
                else:
                    waiting.append(id_)
                    used.add(id_)
        before = message.role
    if waiting:
        yield Flaw(len(messages), f"the call {waiting[0]} has no result")
    last = 0
    for private in case.trace.private_calls:
        if not last <= private.before <= len(messages) or private.action.side is not Side.USER:
            yield Flaw(min(last, len(messages)), f"the user's call of {private.action.tool} stands out of order")
        last = max(last, private.before)


def _misplaced_result(turn: int, message: Message, waiting: list[str]) -> Iterator[Flaw]:
    if not waiting:
        yield Flaw(turn, "a result without a call")
    elif message.tool_call_id != waiting[0]:
        yield Flaw(turn, f"a result for {message.tool_call_id}, where that of {waiting[0]} has to stand")
    elif message.tool_calls:
        yield Flaw(turn, "a result that calls a tool")
    else:
        waiting.pop(0)


def _misplaced(turn: int, message: Message, before: Speech | None) -> Iterator[Flaw]:
    if message.role is Speech.SYSTEM:
        if turn:
            yield Flaw(turn, "a system message after the beginning")
        return
    if message.tool_call_id is not None:
        yield Flaw(turn, "a call id in a message that is no result")
    if not message.content.strip() and not message.tool_calls:
        yield Flaw(turn, f"the {message.role} neither speaks nor calls a tool")
    if message.role is Speech.USER and before in (Speech.USER, Speech.TOOL):
        yield Flaw(turn, f"the user speaks after a message of the role {before}")
    if message.role is Speech.ASSISTANT and before in (None, Speech.SYSTEM, Speech.ASSISTANT):
        yield Flaw(turn, "the assistant's turn follows " + (f"a message of the role {before}" if before else "nothing"))


def replay(case: Case) -> Flaw | None:
    """The recorded results are those that the world gives, byte for byte, for the calls of both sides."""
    for event in case.trace.events:
        if isinstance(event, Called) and event.recorded is not None and event.recorded != event.replayed:
            return Flaw(
                event.turn, f"{event.action.tool} is recorded with {event.recorded}, and gives {event.replayed}"
            )
    return None
