"""What is there on live servers of tools, looked up by the writer before it sets a scene, so that the two agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.cast import Cast
from agents.dialogue.team import SpeakersAccess
from agents.focus import advised, focused
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
    view = writer_view(cast.loaded, brief, looking=True)
    access, made, text = SpeakersAccess(cast.gateway), list[Message](), ""
    for number in range(_MOST_ROUNDS):
        call = writer_call(cast, brief, f"{step}/look/{number}", view, scripted)
        call = call.model_copy(update={"messages": (*call.messages, *made), "tools": box.schemas()})
        answer = await access.ask(call)
        if not answer.tool_calls:
            text = answer.text
            break
        calls = answer.tool_calls[:_MOST_CALLS]
        made.append(Message(role=Speech.ASSISTANT, content=answer.text, tool_calls=tuple(c.openai() for c in calls)))
        for called in calls:
            result = await box.call(access, brief, made, called, step=call.asker.step)
            made.append(result.message(called))
    return Look(tuple(one for one in earlier_calls(made) if not box.fault(_call_of(one))), text, access.spent)


def writer_call(cast: Cast, brief: Brief, step: str, view: Mapping[str, Any], scripted: str) -> Call:
    """What the writer is asked in a step. `scripted` is what the scripted backend answers."""
    role, model, asker = cast.loaded.scenario.roles[WRITER], cast.models[WRITER], asker_of(brief, step)
    prompt = cast.loaded.prompt(role.prompt, Style.CHAT).messages(dict(view))
    return Call(
        role=WRITER, asker=asker, model=model,
        messages=advised(focused(prompt, role, Style.CHAT), brief.advice, Style.CHAT),
        decoding=role.decoding.get(model.style, Decoding(max_tokens=2000)),
        seed=seed_of(brief.seed, asker.step, asker.attempt), verbatim=scripted,
    )  # fmt: skip


def _call_of(one: EarlierCall) -> ToolCall:
    return ToolCall(id="call", name=one.name, arguments=one.arguments)
