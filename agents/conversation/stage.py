"""What everybody who makes one conversation shares, and one message of a speaker: drawn until no exact check finds a fault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agents.cast import Cast
from agents.checks.conversation.citing import citations_of, without_citations
from agents.checks.conversation.sources import cites_wanted, plain_brackets
from agents.checks.passages import message_passage
from agents.checks.registry import DrawFault, draw_faults
from agents.dialogue.moves import SIGNAL
from agents.dialogue.team import NoDraw, SpeakersAccess
from agents.focus import advised, focused
from agents.models.calls import Call, ToolCall, asker_of
from agents.parts import TOOLS, bounds, cited, framed, part_of, plan_of, serves, speaker_view, spoken
from agents.redraw import asked_again, faults_in, reasons_of, refusal
from agents.text.prose import tidied_field
from agents.tools.toolbox import Toolbox
from scenarios.loading import CUE, Loaded
from scenarios.material.tools.spec import Grade
from scenarios.messages import Message, Speech
from scenarios.records import Brief, Candidate, Slip
from scenarios.scene import ConversationScene
from scenarios.schema.plans import Decoding
from scenarios.schema.styles import Style
from scenarios.seeds import seed_of
from scenarios.worlds.blueprint import Ending

_NEAR, _SOON = 3, 6
"""Messages before the limit from which on every speaker hears how it is to end."""
_MOST_ROUNDS = 6
"""Answers in a row that only call tools."""
_MOST_CALLS = 16
"""Calls in one answer: each may be paid for."""


@dataclass(frozen=True)
class Set:
    """Where a conversation plays: its cast, its brief, its scene, and the step that makes it."""

    cast: Cast
    brief: Brief
    scene: ConversationScene
    step: str

    def tools_of(self, name: str) -> Toolbox | None:
        """What a speaker may call."""
        sees = self.cast.loaded.scenario.roles[name].sees
        return self.cast.toolbox if self.cast.toolbox and self.cast.toolbox.specs and TOOLS in sees else None


@dataclass(frozen=True)
class SpokenTurn:
    """One message as it was drawn, with the calls that came before it."""

    messages: tuple[Message, ...]
    """Calls of tools with their results, if there are any, and the words behind them."""
    ending: Ending | None
    """What its speaker signals: that nothing is left to say, or that it gives up."""
    grades: dict[str, Grade]
    """What stands behind the results, by the id of their call."""


@dataclass(frozen=True)
class FaultyMessage:
    """What is wrong with a message that is written anew."""

    text: str
    """The message as it is."""
    reasons: tuple[str, ...]


async def say(
    place: Set,
    access: SpeakersAccess,
    name: str,
    said: Sequence[Message],
    slips: list[Slip],
    remark: FaultyMessage | None = None,
) -> SpokenTurn:
    """The next message of a speaker after what was `said`, with the calls of tools before it, or the same anew because of a
    `remark`; refused draws go to `slips`.

    Raises NoDraw, and as Gateway.ask.
    """
    made, grades = list[Message](), dict[str, Grade]()
    toolbox = place.tools_of(name)
    for _ in range(_MOST_ROUNDS if toolbox else 1):
        drawn = await _draw(place, access, name, (*said, *made), slips, toolbox, remark)
        if toolbox is None or not drawn.called:
            return SpokenTurn((*made, drawn.message), drawn.ending, grades)
        made.append(drawn.message)
        for called in drawn.called:
            step = f"{place.step}/{len(said) + len(made)}"
            result = await toolbox.call(
                access, place.brief, (*said, *made), called, step=step, facts=_truth(place, name)
            )
            grades[called.id] = result.grade
            made.append(result.message(called))
    raise NoDraw(
        "tool_calls", f"message {len(said)} ({name}): calls tools again and again, {_MOST_ROUNDS} times, without a word"
    )


def _truth(place: Set, name: str) -> dict[str, str]:
    """What a simulated tool knows to be true: the scene, the policy, and what each speaker knows; who comes as the user may be
    wrong, so it is said whose words they are."""
    loaded, scene = place.cast.loaded, place.scene
    told = {
        "the place": loaded.scenario.description,
        "its rules": loaded.scenario.policy,
        "what has happened": scene.situation,
        "where the conversation that these calls belong to will lead, if what they show decides it": scene.outcome,
        "the case, as who calls it knows it": part_of(scene, name).goal,
    }
    for owner, part in scene.parts.items():
        told |= {f"{fact.what}, as {owner} knows it": fact.value for fact in part.facts}
    return {what: text for what, text in told.items() if text}


@dataclass(frozen=True)
class _Drawn:
    message: Message
    ending: Ending | None = None
    called: tuple[ToolCall, ...] = ()


async def _draw(
    place: Set, access: SpeakersAccess, name: str, said: Sequence[Message], slips: list[Slip],
    toolbox: Toolbox | None, remark: FaultyMessage | None,
) -> _Drawn:  # fmt: skip
    """Words or calls of a speaker in which nothing is wrong. Raises NoDraw, and as Gateway.ask."""
    cast, brief, number = place.cast, place.brief, len(said)
    role, model = cast.loaded.scenario.roles[name], cast.models[name]
    decoding = role.decoding.get(model.style, Decoding(max_tokens=500))
    prompt = _prompt(place, name, said)
    refused, reasons = (remark.text, list(remark.reasons)) if remark else ("", [])
    for draw in range(cast.loaded.scenario.redraws):
        asker = asker_of(brief, f"{place.step}/{number}", draw)
        call = Call(
            role=name, asker=asker, model=model, messages=asked_again(prompt, model.style, refused, reasons, calls=toolbox is not None),
            decoding=decoding.warmed(draw), seed=seed_of(brief.seed, asker.step, asker.attempt),
            tools=toolbox.schemas() if toolbox else (), expects=_due(place, name, said),
        )  # fmt: skip
        answer = await access.ask(call)
        cut_off = answer.finish == "length"
        text, ending = read_message(answer.text, role.label, brief.language, cut_off)
        assert role.speaks_as is not None
        calls = tuple(called.openai() for called in answer.tool_calls) if toolbox else ()
        message = with_cites(
            cast.loaded, brief, said, Message(role=role.speaks_as, content=text, name=name, tool_calls=calls or None)
        )
        faults: Sequence[DrawFault] = _wrong_calls(toolbox, answer.tool_calls) if toolbox and calls else ()
        if not faults:
            made = Candidate(brief=brief, scene=place.scene, messages=(*said, message))
            passages = [] if calls and not text else [message_passage(cast.loaded, made, number, cut_off)]
            faults = faults_in(Style.CHAT, draw_faults(cast.loaded, made, number, passages, cast.judged))
        if not faults:
            return _Drawn(message, ending, answer.tool_calls if calls else ())
        shown = " ".join(filter(None, [text, *(f"[calls {one.name} {one.arguments}]" for one in answer.tool_calls)]))
        refused, reasons = shown or "(nothing)", reasons_of(faults)
        slips.append(refusal(faults, call, number, messages=(message,)))
    raise NoDraw(slips[-1].check, f"message {number} ({name}): {slips[-1].problem}")


def _wrong_calls(toolbox: Toolbox, calls: Sequence[ToolCall]) -> list[DrawFault]:
    if len(calls) > _MOST_CALLS:
        return [DrawFault("tool_calls", f"calls {len(calls)} tools at once; at most {_MOST_CALLS} are possible")]
    return [DrawFault("tool_calls", found) for called in calls if (found := toolbox.fault(called))]


def with_cites(loaded: Loaded, brief: Brief, said: Sequence[Message], message: Message) -> Message:
    """A message after what was `said`, with what it cites beside its text, unless the scenario wants citations in it."""
    if not loaded.passages or plan_of(loaded).cites:
        return message
    plain = plain_brackets(loaded, brief, said)
    if not (named := citations_of(message.content, plain)):
        return message
    return message.model_copy(update={"content": without_citations(message.content, plain), "cites": tuple(named)})


def read_message(text: str, label: str, language: str, cut_off: bool) -> tuple[str, Ending | None]:
    """A message without what surrounds it, and the signal behind it."""
    body, ending = text.strip(), None
    if found := SIGNAL.search(body):
        body, ending = body[: found.start()], Ending(found[1].lower())
    return tidied_field(body, label, language, cut_off, stop=False), ending


def _due(place: Set, name: str, said: Sequence[Message]) -> tuple[str, ...]:
    """What a speaker still has to bring up; only the scripted backend reads it."""
    part = place.scene.parts.get(name)
    text = "\n".join(message.content for message in said)
    due = tuple(fact.value for fact in part.facts if fact.said and fact.value not in text) if part else ()
    return (*due, *scripted_cites(place.brief)) if serves(place.cast.loaded.scenario.roles[name]) else due


def scripted_cites(brief: Brief) -> tuple[str, ...]:
    """The citations that a conversation has to have; only the scripted backend writes them."""
    wanted = brief.passages[: cites_wanted(brief)]
    return ("".join(f"[{id_}]" for id_ in wanted),) if wanted else ()


def _prompt(place: Set, name: str, said: Sequence[Message]) -> tuple[Message, ...]:
    """A speaker's prompt, then the messages so far as it sees them: its own as the assistant's, the others' as the user's."""
    loaded = place.cast.loaded
    role = loaded.scenario.roles[name]
    prompt = loaded.prompt(role.prompt, Style.CHAT).messages(speaker_view(loaded, place.brief, place.scene, name))
    prompt = advised(focused(prompt, role, Style.CHAT), place.brief.advice, Style.CHAT)
    many = len(loaded.scenario.speakers) > 2
    most = bounds(place.brief)[1]
    left = most - len(spoken(said))
    shown = list(prompt)
    if said and said[0].name == name:
        _add(shown, Speech.USER, framed(loaded, CUE, {"first": True, "again": False, "left": 0, "outcome": ""}))
    cue = {
        "first": not said,
        "again": bool(said) and said[-1].name == name,
        "left": left if left <= max(_NEAR, min(_SOON, most // 2)) else 0,
    }
    for message in said:
        mine = message.name == name
        if message.role is Speech.TOOL or message.tool_calls:
            if TOOLS in role.sees:
                shown.append(message)
            if message.role is Speech.TOOL or not message.content or TOOLS in role.sees:
                continue
        label = loaded.scenario.roles[message.name or ""].label
        text = cited(message) if mine else f"{label}: {message.content}" if many else message.content
        _add(shown, Speech.ASSISTANT if mine else Speech.USER, text)
    if any(cue.values()):
        _add(shown, Speech.USER, framed(loaded, CUE, {**cue, "outcome": place.scene.outcome if role.briefed else ""}))
    return tuple(shown)


def _add(shown: list[Message], role: Speech, text: str) -> None:
    """Some servers take no two messages of one role in a row: they become one."""
    if shown and shown[-1].role is role and role is not Speech.SYSTEM:
        shown[-1] = shown[-1].model_copy(update={"content": f"{shown[-1].content}\n\n{text}"})
    else:
        shown.append(Message(role=role, content=text))
