"""What those who make and judge a conversation are shown. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agents.tools.simulated import EarlierCall
from scenarios.loading import CASE, SYSTEM, Loaded
from scenarios.messages import Message, Speech
from scenarios.records import Brief, Candidate
from scenarios.scene import ConversationScene, Part, PrivateFact
from scenarios.schema.conversation import CITES, ConversationPlan, How, Order
from scenarios.schema.languages import LANGUAGE, LanguageName
from scenarios.schema.plans import PASSAGE, Role
from scenarios.schema.styles import PerStyle, Style

POLICY, PASSAGES, TOOLS = "policy", "passages", "tools"
"""What a speaker may see beside the parts of other speakers."""
_WRITERS = "plan"
"""The text of an axis's value that is for the writer."""
_AUDIENCES = ("user", "assistant")
_APART, _PLACES = 7, 60
"""How far the writers of two rounds begin apart in a list of records, and where they begin anew."""
_MOST_DESCRIPTION = 240
"""Characters of a tool's description for those who do not call it."""


def plan_of(loaded: Loaded) -> ConversationPlan:
    """How the scenario's conversations go."""
    plan = loaded.scenario.conversation
    assert plan is not None
    return plan


def bounds(brief: Brief) -> tuple[int, int]:
    """The least and the most messages."""
    assert brief.messages is not None
    return brief.messages


def opener(loaded: Loaded) -> str:
    """Who writes the first message."""
    return plan_of(loaded).opens or _first(loaded, Speech.USER)


def closer(loaded: Loaded) -> str:
    """Who writes the last message."""
    return plan_of(loaded).closes or _first(loaded, Speech.ASSISTANT)


def _first(loaded: Loaded, side: Speech) -> str:
    return next(name for name, role in loaded.scenario.speakers.items() if role.speaks_as is side)


def spoken(messages: Sequence[Message]) -> list[Message]:
    """The messages that are words, without calls of tools and their results."""
    return list(filter(is_words, messages))


def is_words(message: Message) -> bool:
    """Whether a message is words: no call of a tool, and no result of one."""
    return message.role is not Speech.TOOL and not message.tool_calls


def serves(role: Role) -> bool:
    """Whether a speaker is the assistant's side, which states and decides by its policy alone."""
    return role.speaks_as is Speech.ASSISTANT


def manner_of(loaded: Loaded, brief: Brief, name: str) -> list[str]:
    """How a speaker is in this conversation, axis by axis."""
    side = loaded.scenario.roles[name].speaks_as
    texts = (said.get(key, "") for said in brief.attributes.values() for key in (name, str(side)))
    return [text for text in texts if text]


def persona_of(brief: Brief, name: str) -> str:
    """What a speaker is like, in words; empty if it has no persona."""
    said = brief.attributes.get(name, {})
    parts = [f"{key.replace('_', ' ')}: {text}" for key, text in said.items() if key != "name" and text]
    return "; ".join(parts) or said.get("name", "")


def part_of(scene: ConversationScene | None, name: str) -> Part:
    """What a speaker wants and knows at first."""
    return scene.parts.get(name, Part()) if scene else Part()


def own_facts(loaded: Loaded, brief: Brief, name: str) -> tuple[PrivateFact, ...]:
    """The scenario's facts that a speaker knows at first. Of those that several know, the first brings up what has to come up:
    an agent does not read out a number that the customer has to give."""
    scenario = loaded.scenario
    first = {fact: other for other, role in reversed(scenario.speakers.items()) for fact in role.knows}
    return tuple(
        PrivateFact(
            what=fact.replace("_", " "),
            value=brief.facts[fact],
            said=scenario.facts[fact].said and first[fact] == name,
        )
        for fact in scenario.roles[name].knows
        if fact in brief.facts
    )


def material(loaded: Loaded, brief: Brief) -> dict[str, str]:
    """The facts that no speaker knows yet: the writer may use them."""
    known = {fact for role in loaded.scenario.speakers.values() for fact in role.knows}
    return {name: value for name, value in brief.facts.items() if name not in known}


def passages_of(loaded: Loaded, brief: Brief) -> list[dict[str, str]]:
    """The passages that ground a conversation."""
    there = {one.id: one for one in loaded.passages}
    return [there[id_].model_dump(include={"id", "title", "text"}) for id_ in brief.passages if id_ in there]


def _speaker(loaded: Loaded, brief: Brief, scene: ConversationScene | None, name: str) -> dict[str, Any]:
    role, part = loaded.scenario.roles[name], part_of(scene, name)
    facts = part.facts or own_facts(loaded, brief, name)
    return {
        "name": name,
        "label": role.label or name.capitalize(),
        "who": role.who or f"the {name.replace('_', ' ')}",
        "serves": serves(role),
        "briefed": role.briefed,
        "persona": persona_of(brief, name),
        "goal": part.goal or brief.goals.get(name, ""),
        "facts": [fact.model_dump() for fact in facts],
        "manner": manner_of(loaded, brief, name),
    }


def speakers_of(loaded: Loaded, brief: Brief, scene: ConversationScene | None) -> list[dict[str, Any]]:
    """Every speaker with its part, in the order of the scenario."""
    return [_speaker(loaded, brief, scene, name) for name in loaded.scenario.speakers]


def cited(message: Message) -> str:
    """What a message says, with the passages that it rests on behind it."""
    return f"{message.content} [{', '.join(message.cites)}]" if message.cites else message.content


def lines_of(loaded: Loaded, messages: Sequence[Message]) -> list[dict[str, str]]:
    """The messages so far, each with its speaker, label and text; calls of tools and their results as text, too."""
    labels = {name: role.label or name.capitalize() for name, role in loaded.scenario.speakers.items()}
    found = []
    for message in messages:
        called = [f"{call['function']['name']} {call['function']['arguments']}" for call in message.tool_calls or ()]
        text = " ".join(filter(None, [cited(message), *(f"[calls {call}]" for call in called)]))
        label = f"{message.name} returned" if message.role is Speech.TOOL else labels.get(message.name or "", "")
        found.append({"speaker": message.name or "", "label": label, "text": text, "act": ""})
    return found


def tools_of(loaded: Loaded) -> list[dict[str, Any]]:
    """The tools as those read them who do not call them: name, what each takes (`?` behind what may be left out), what it does."""
    return [
        {
            "name": spec.name,
            "takes": ", ".join(f"{name}{'' if name in spec.parameters.get('required', ()) else '?'}" for name in spec.parameters.get("properties", {})),
            "description": _shortened(spec.description),
            "writes": spec.writes,
        }
        for spec in loaded.tools
    ]  # fmt: skip


def _shortened(text: str) -> str:
    return text if len(text) <= _MOST_DESCRIPTION else f"{text[:_MOST_DESCRIPTION].rsplit(' ', 1)[0]} …"


def speaker_view(loaded: Loaded, brief: Brief, scene: ConversationScene | None, name: str) -> dict[str, Any]:
    """The values of a speaker's prompt: its own part, and what it may see of the rest."""
    role, plan = loaded.scenario.roles[name], plan_of(loaded)
    everybody = {one["name"]: one for one in speakers_of(loaded, brief, scene)}
    me = everybody[name]
    return {
        "about": loaded.scenario.description,
        "least": bounds(brief)[0],
        "most": bounds(brief)[1],
        "most_words": plan.most_words,
        "me": me,
        "others": [one["who"] for other, one in everybody.items() if other != name],
        **{key: me[key] for key in ("persona", "goal", "facts", "manner")},
        "known": [everybody[other] for other in role.sees if other in everybody and other != name],
        POLICY: loaded.scenario.policy if POLICY in role.sees else "",
        PASSAGES: passages_of(loaded, brief) if PASSAGES in role.sees else [],
        TOOLS: tools_of(loaded) if TOOLS in role.sees else [],
        LANGUAGE: LanguageName(brief.language),
        "markup": role.markup or (plan.markup and serves(role)),
        "free_figures": plan.free_figures,
        "cites": bool(brief.passages) and serves(role),
    }


def writer_view(
    loaded: Loaded, brief: Brief, shown: Sequence[EarlierCall] = (), *, looking: bool = False
) -> dict[str, Any]:
    """The values of the writer's prompt. `shown` is what the tools gave it that it called before; `looking` says that it may
    call them now."""
    plan, (least, most) = plan_of(loaded), bounds(brief)
    return {
        "about": loaded.scenario.description,
        "speakers": speakers_of(loaded, brief, None),
        POLICY: loaded.scenario.policy,
        PASSAGES: passages_of(loaded, brief),
        LANGUAGE: LanguageName(brief.language),
        "plan": _planned(loaded, brief),
        "material": material(loaded, brief),
        "avoid": list(brief.avoid),
        "missed": list(brief.missed),
        TOOLS: tools_of(loaded),
        "looking": looking,
        "shown": [vars(one) for one in shown],
        "place": 1 + (brief.index + _APART * brief.round) % _PLACES,
        "whole": plan.how is How.WHOLE,
        "least": least, "most": most, "most_words": plan.most_words, "opens": opener(loaded), "closes": closer(loaded),
        "alternate": plan.order is Order.ALTERNATE,
        "markup": plan.markup, "cites": bool(brief.passages), "free_figures": plan.free_figures,
    }  # fmt: skip


def _planned(loaded: Loaded, brief: Brief) -> dict[str, str]:
    """What the cell means for the scene: of each axis what is for the writer, or its name and what else it says. An axis that
    facts are made of is in those facts."""
    found, made_of = {}, "\n".join(plan.text for plan in loaded.scenario.facts.values())
    for axis, said in brief.attributes.items():
        if axis in loaded.scenario.speakers or axis in (LANGUAGE, PASSAGE, "length"):
            continue
        if _WRITERS in said:
            found[axis] = said[_WRITERS]
        elif f"{axis}." not in made_of and not any(key in said for key in (*_AUDIENCES, *loaded.scenario.speakers)):
            found[axis] = "; ".join(text for key, text in said.items() if text and key != CITES)
    return found | brief.texts


def _case(loaded: Loaded, candidate: Candidate) -> dict[str, Any]:
    brief, scene = candidate.brief, candidate.scene or ConversationScene(situation="")
    return {
        "about": loaded.scenario.description,
        "scene": scene.model_dump(include={"situation", "outcome"}),
        "speakers": speakers_of(loaded, brief, scene),
        POLICY: loaded.scenario.policy,
        PASSAGES: passages_of(loaded, brief),
        LANGUAGE: LanguageName(brief.language),
        "free_figures": plan_of(loaded).free_figures,
        "lines": lines_of(loaded, candidate.messages),
        TOOLS: tools_of(loaded),
        "called": any(message.role is Speech.TOOL for message in candidate.messages),
    }


def judging_view(loaded: Loaded, candidate: Candidate) -> dict[str, Any]:
    """The values of those who read a whole conversation: `case` is all of it, in the same words for each of them, so that
    their prompts begin alike."""
    values = _case(loaded, candidate)
    return {**values, "case": framed(loaded, CASE, values)}


def moderator_view(
    loaded: Loaded, brief: Brief, scene: ConversationScene | None, messages: Sequence[Message]
) -> dict[str, Any]:
    """The values of the moderator's prompt, but for who may write next."""
    least, most = bounds(brief)
    return {
        **_case(loaded, Candidate(brief=brief, scene=scene, messages=tuple(messages))),
        "least": least, "most": most, "in_a_row": plan_of(loaded).in_a_row,
    }  # fmt: skip


def system_text(loaded: Loaded, brief: Brief, scene: ConversationScene | None) -> str:
    """The system message of the assistant that a dataset has; empty if the scenario wants none."""
    if not plan_of(loaded).system:
        return ""
    view: Mapping[str, Any] = speaker_view(loaded, brief, scene, _first(loaded, Speech.ASSISTANT))
    return framed(loaded, SYSTEM, view)


def framed(loaded: Loaded, prompt: PerStyle, values: Mapping[str, Any]) -> str:
    """A prompt that belongs to no role, as a text. A scenario may bring its own, which may say nothing."""
    return "".join(one.content for one in loaded.prompt(prompt, Style.CHAT).messages(values))
