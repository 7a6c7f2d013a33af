"""Whether the results that a record calls recorded are those that its run's journal kept. Pure; nothing is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from agents.tools.requests import plain
from agents.tools.results import kept_in
from agents.tools.simulated import EarlierCall, earlier_calls
from graphs.files.calls import StoredCall
from scenarios.errors import RunDirError
from scenarios.material.tools.spec import TOOLS_ROLE, Grade
from scenarios.messages import Message
from scenarios.scene import LookedUp


def recorded_calls(calls: Iterable[StoredCall]) -> Counter[EarlierCall]:
    """The real calls of tools among the calls of a sample, with their results."""
    found = Counter[EarlierCall]()
    for call in calls:
        if call.role != TOOLS_ROLE or len(call.messages) != 1 or not call.messages[0].tool_calls:
            continue  # a simulated one
        function = call.messages[0].tool_calls[0]["function"]
        try:
            one = EarlierCall(function["name"], plain(function["arguments"]), kept_in(call.answer).content)
        except (ValueError, RunDirError):
            continue  # a row of somebody else's: it vouches for nothing
        found[one] += 1
    return found


def unrecorded(
    messages: Sequence[Message],
    grades: Mapping[str, Grade],
    calls: Iterable[StoredCall],
    looked: Iterable[LookedUp] = (),
) -> str:
    """What is wrong with the recorded results of a conversation, held against the calls in the journal of its run; empty if
    nothing is. `grades` are those of its results, by the id of their call, `looked` the calls that its writer made."""
    there = recorded_calls(calls)
    for one in looked:
        call = next((call for call, left in there.items() if left and call.looked_up() == one), None)
        if call is None:
            return f"the journal holds no call {one.name} {one.arguments} with the result on which the scene rests"
        there[call] -= 1
    for id_ in (id_ for id_, grade in grades.items() if grade is Grade.RECORDED):
        result = next((message for message in messages if message.tool_call_id == id_), None)
        of_it = [m for m in messages if m is result or any(call["id"] == id_ for call in m.tool_calls or ())]
        claimed = next(iter(earlier_calls(of_it)), None)
        if claimed is None:
            return f"the call {id_} is said to be recorded, and has no result"
        if there[claimed] < 1:
            return f"the journal holds no call {claimed.name} {claimed.arguments} with the result {claimed.result[:80]}"
        there[claimed] -= 1
    return ""
