"""What a role may see: the values that its prompt is rendered with, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from agents.focus import focused
from agents.parts import judging_view
from agents.text.remarks import asked_for, ruled_out, sentence
from scenarios.briefs import questions_about
from scenarios.loading import Loaded, shared_prompt
from scenarios.messages import Message, Speech
from scenarios.records import Brief, Candidate, Problem, Turn
from scenarios.schema.languages import ENGLISH, LANGUAGE, LanguageName
from scenarios.schema.plans import ItemKind, Role
from scenarios.schema.roles import MOST_PROBLEMS
from scenarios.schema.scenario import Family
from scenarios.schema.styles import Style
from scenarios.templates import Prompt

_IN_LANGUAGE = shared_prompt("language.chat.jinja")


def labels(loaded: Loaded) -> dict[str, str]:
    """The label before each speaker's lines, by role."""
    return {name: role.label or name.capitalize() for name, role in loaded.scenario.roles.items() if role.speaks_as}


def lines(loaded: Loaded, brief: Brief, messages: Sequence[Message]) -> list[dict[str, str]]:
    """The lines so far, each with its speaker, label, text and planned act."""
    named = labels(loaded)
    return [
        {"speaker": turn.speaker, "label": named[turn.speaker], "text": message.content, "act": turn.act}
        for turn, message in zip(brief.turns, messages, strict=False)
    ]


def world_lines(loaded: Loaded, candidate: Candidate) -> list[dict[str, str]]:
    """A dialogue in a world as those see it who read all of it: words, and the calls of both sides with their results, each
    under the name of the message (`line_NUMBER`) that it is of, or that it comes before."""
    named, sides = labels(loaded), loaded.scenario.sides
    private, found = list(candidate.private_calls), list[dict[str, str]]()

    def add(kind: str, place: int, side: Speech, text: str) -> None:
        speaker = sides.get(side, "")
        found.append(
            {"kind": kind, "key": f"line_{place}", "speaker": speaker, "label": named.get(speaker, ""), "text": text}
        )

    def add_private(place: int) -> None:
        while private and private[0].before <= place:
            call = private.pop(0)
            add("called", place, Speech.USER, f"{call.action.tool} {orjson.dumps(call.action.arguments).decode()}")
            add("result", place, Speech.USER, call.result)

    for place, message in enumerate(candidate.messages):
        add_private(place)
        if message.content:
            add("result" if message.role is Speech.TOOL else "said", place, message.role, message.content)
        for call in message.tool_calls or ():
            add("called", place, message.role, f"{call['function']['name']} {call['function']['arguments']}")
    add_private(len(candidate.messages))
    return found


def _demonstrations(loaded: Loaded, brief: Brief) -> list[dict[str, Any]]:
    named = labels(loaded)
    return [
        {
            "cell": demo.cell,
            "facts": demo.facts,
            "texts": demo.texts,
            "fields": demo.fields,
            "lines": [{**line, "label": named.get(line.get("speaker", ""), "")} for line in demo.lines],
        }
        for demo in loaded.shown(brief)
    ]


def view(loaded: Loaded, role: Role, brief: Brief) -> dict[str, Any]:
    """The values every prompt of `role` may use: what it sees of the brief, and what all may see."""
    everything = brief.values()
    if loaded.world:
        everything["policy"] = loaded.world.policy
    return {
        LANGUAGE: LanguageName(brief.language),
        "parts": [],
        "missed": list(brief.missed),
        **{name: everything[name] for name in role.sees},
        "labels": labels(loaded),
        "demonstrations": _demonstrations(loaded, brief),
        "avoid": list(brief.avoid),
        "description": loaded.scenario.description,
        "rubric": loaded.scenario.rubric,
        "questions": questions_about(loaded, brief, ItemKind.SAMPLE),
    }


def turn_view(
    loaded: Loaded, brief: Brief, turn: Turn, messages: Sequence[Message], note: str, judged: bool
) -> dict[str, Any]:
    """A speaker's values for one line. `turn` has what the line has to say and may not say, and both as sentences (`asked`), if
    that is going to be asked of it: signs of meaning are not, if the sample is `judged` by a verifier whose judgement counts."""
    role = loaded.scenario.roles[turn.speaker]
    groups = turn.must if judged else (*turn.must, *turn.cues)
    must = [list(group) for group in dict.fromkeys(tuple(dict.fromkeys(group)) for group in groups)]
    must_not = [] if judged else list(turn.must_not)
    return {
        **view(loaded, role, brief),
        "label": labels(loaded)[turn.speaker],
        "lines": lines(loaded, brief, messages),
        "turn": {
            "act": turn.act,
            "must": must,
            "must_not": must_not,
            "asked": [*map(asked_for, must), *([ruled_out(must_not)] if must_not else [])],
        },
        "note": note,
    }


def world_view(loaded: Loaded, role: Role, brief: Brief, **more: Any) -> dict[str, Any]:
    """The values of a speaker in a world. `more` are its tools, the lines as it sees them, examples, and a note."""
    return {
        **view(loaded, role, brief),
        "label": role.label,
        "tools": [],
        "lines": [],
        "examples": [],
        "note": "",
        **more,
    }


def sample_view(loaded: Loaded, role: Role, candidate: Candidate, **more: Any) -> dict[str, Any]:
    """The values of a role that reads or rewrites a whole candidate. `found` is what checks found wrong with it, in sentences."""
    if loaded.scenario.family is Family.CONVERSATION:
        asked = {
            "questions": questions_about(loaded, candidate.brief, ItemKind.SAMPLE),
            "rubric": loaded.scenario.rubric,
            "parts": [],
            "most_problems": MOST_PROBLEMS,
        }
        return {**judging_view(loaded, candidate), **asked, **more}
    return {
        **view(loaded, role, candidate.brief),
        "lines": world_lines(loaded, candidate) if loaded.world else lines(loaded, candidate.brief, candidate.messages),
        "fields": candidate.fields,
        "draft": candidate.fields,
        "field": "",
        "note": "",
        "most_problems": MOST_PROBLEMS,
        "found": [_computed(loaded, one) for one in candidate.problems if one.check],
        "results": {plan.name: "" for plan in loaded.scenario.fields if plan.runs},
        **more,
    }


def _computed(loaded: Loaded, problem: Problem) -> str:
    """What a check found, as a sentence, behind the name of the field or line that it is about unless it names it itself."""
    said, at = sentence(problem.problem), problem.turn
    if at is None or not problem.problem[:1].islower():
        return said
    names = [plan.name for plan in loaded.scenario.fields]
    return f"{names[at] if at < len(names) else f'line {at}'}: {said}"


def prompt_messages(loaded: Loaded, role: Role, style: Style, values: Mapping[str, Any]) -> tuple[Message, ...]:
    """The rendered prompt of a role that writes, for a style of model."""
    return focused(in_language(loaded.prompt(role.prompt, style), style, values), role, style)


def in_language(prompt: Prompt, style: Style, values: Mapping[str, Any]) -> tuple[Message, ...]:
    """A rendered prompt. If the text is not to be English, and the prompt does not speak of its language itself, a chat model
    is told the language at the end of the system message."""
    messages, named = prompt.messages(values), values[LANGUAGE]
    name = named["name"] if isinstance(named, Mapping) else named
    if style is not Style.CHAT or name == ENGLISH or prompt.uses(LANGUAGE):
        return messages
    (asked,) = _IN_LANGUAGE.messages({LANGUAGE: name})
    if not messages or messages[0].role is not Speech.SYSTEM:
        return (asked, *messages)
    first = messages[0].model_copy(update={"content": f"{messages[0].content}\n\n{asked.content}"})
    return (first, *messages[1:])
