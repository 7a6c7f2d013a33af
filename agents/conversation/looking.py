"""What is there on live servers of tools, looked up by the writer before it sets a scene, so that the two agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from agents.cast import Cast
from agents.dialogue.team import SpeakersAccess
from agents.models.calls import Call, ToolCall, asker_of
from agents.parts import writer_view
from agents.tools.simulated import EarlierCall, earlier_calls
from scenarios.messages import Message, Speech
from scenarios.records import Brief, Usage
from scenarios.schema.conversation import WRITER
from scenarios.schema.plans import Decoding
from scenarios.schema.styles import Style
from scenarios.seeds import seed_of

_MOST_ROUNDS = 4
"""Answers of the writer: a list, what is in it, once more after a mistake, and the scene."""
_MOST_CALLS = 8


@dataclass(frozen=True)
class Look:
    """What the writer looked up."""

    shown: tuple[EarlierCall, ...] = ()
    """Each is a real call of this sample in the journal, as those of the conversation are."""
    text: str = ""
    """What it wrote behind it: the scene, if all went well."""
    spent: Mapping[str, Usage] = field(default_factory=dict)
    """By role."""


async def look(cast: Cast, brief: Brief, step: str, scripted: str) -> Look:
    """Let the writer call the tools that only read, if they have a server. `scripted` is what the scripted backend writes.
    Raises as Gateway.ask."""
    box = cast.toolbox.for_looking() if cast.toolbox else None
    if box is None:
        return Look()
    loaded, role, model = cast.loaded, cast.loaded.scenario.roles[WRITER], cast.models[WRITER]
    prompt = loaded.prompt(role.prompt, Style.CHAT).messages(writer_view(loaded, brief, looking=True))
    decoding = role.decoding.get(model.style, Decoding(max_tokens=2000))
    access, made, text = SpeakersAccess(cast.gateway), list[Message](), ""
    for number in range(_MOST_ROUNDS):
        asker = asker_of(brief, f"{step}/look/{number}")
        call = Call(
            role=WRITER, asker=asker, model=model, messages=(*prompt, *made), decoding=decoding,
            seed=seed_of(brief.seed, asker.step, asker.attempt), tools=box.schemas(), verbatim=scripted,
        )  # fmt: skip
        answer = await access.ask(call)
        if not answer.tool_calls:
            text = answer.text
            break
        calls = answer.tool_calls[:_MOST_CALLS]
        made.append(Message(role=Speech.ASSISTANT, content=answer.text, tool_calls=tuple(c.openai() for c in calls)))
        for called in calls:
            result = await box.call(access, brief, made, called, step=asker.step)
            made.append(result.message(called))
    return Look(tuple(one for one in earlier_calls(made) if not box.fault(_call_of(one))), text, access.spent)


def _call_of(one: EarlierCall) -> ToolCall:
    return ToolCall(id="call", name=one.name, arguments=one.arguments)
