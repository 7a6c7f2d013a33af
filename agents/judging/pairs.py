"""Which of two samples of one brief is better: a model is asked in both orders, and an answer that turns with the order is a tie.

It needs no role of the scenario, so that a judge from outside can compare samples of two runs, too: whoever asks gives the
model, and nothing in the question tells where either sample comes from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from agents.focus import focused
from agents.models.calls import Asker, Call, Model, ModelAccess, asker_of
from agents.models.structured import ask_structured
from agents.parts import lines_of, passages_of, speakers_of, tools_of
from agents.together import together
from agents.views import lines, world_lines
from scenarios.briefs import questions_about
from scenarios.frozen import Frozen
from scenarios.loading import Loaded, shared_prompt
from scenarios.messages import Message
from scenarios.records import Better, Brief, Candidate, Usage
from scenarios.schema.languages import LanguageName
from scenarios.schema.plans import Decoding, ItemKind
from scenarios.schema.roles import RoleKind
from scenarios.schema.scenario import Family
from scenarios.schema.styles import Style
from scenarios.seeds import seed_of

_PROMPT = shared_prompt("pair.chat.jinja")
PAIR_DECODING = Decoding(temperature=0, max_tokens=400)
"""How a comparison is drawn by default."""
_PLAIN = {
    "right": "Is what it says right, and does it do what the brief asks for?",
    "useful": "Would somebody who has to learn from it learn the right thing?",
    "natural": "Does it read as if a person had written it for a reason?",
}
"""What counts if a scenario has neither a rubric nor questions."""
_LONGEST = 1200
"""Characters of the reasons."""
_CONVERSATION, _SCENE = "conversation", "scene"


class PairAnswer(BaseModel):
    """What a model answers about two samples."""

    reasons: str = Field(max_length=_LONGEST)
    better: Literal["A", "B", "same"]


_READ = {"A": Better.FIRST, "B": Better.SECOND, "same": Better.TIE}


class Preference(Frozen):
    """What a model thinks of two samples, both of its answers told of the same first and second one."""

    said: tuple[Better, Better]
    """What it said when it was shown the first one first, and when it was shown the second one first."""
    words: tuple[str, str]
    """Its reasons in both orders, in which A is the sample that was shown first."""
    usage: Usage

    @property
    def better(self) -> Better:
        """The sample that it prefers in both orders; else neither."""
        return self.said[0] if self.said[0] is self.said[1] else Better.TIE

    @property
    def flipped(self) -> bool:
        """Whether its answer turned with the order: it prefers a place, not a sample."""
        return Better.TIE not in self.said and self.said[0] is not self.said[1]


async def prefer(
    gateway: ModelAccess, model: Model, loaded: Loaded, first: Candidate, second: Candidate, *,
    step: str, role: str = RoleKind.JUDGE.value, decoding: Decoding | None = None, sees: Sequence[str] | None = None, repair: bool = True,
) -> Preference:  # fmt: skip
    """Which of two samples of one brief a chat `model` finds better, asked in both orders at once.

    `loaded` gives what counts (its rubric and questions, else a plain default) and what both were made by; `sees` limits the
    brief's values that are shown. The calls are made in the name of `role`, which no scenario has to have, for the sample of
    `first` in `step/1` and `step/2`. Of two samples that say the same nobody is asked. Raises as ask_structured: an answer that
    cannot be read is no tie.
    """
    if _parts(loaded, first) == _parts(loaded, second):
        return Preference(said=(Better.TIE, Better.TIE), words=("", ""), usage=Usage())
    orders = ((first, second), (second, first))
    prompts = [_asked(loaded, left, right, sees, role) for left, right in orders]
    return await in_both_orders(
        gateway, model, prompts, [asker_of(first.brief, f"{step}/{number}") for number in (1, 2)], role=role,
        seed=first.brief.seed, steps=(f"{step}/1", f"{step}/2"), decoding=decoding, repair=repair,
    )  # fmt: skip


async def in_both_orders(
    gateway: ModelAccess, model: Model, prompts: Sequence[tuple[Message, ...]], askers: Sequence[Asker], *,
    role: str, seed: int, steps: Sequence[str], decoding: Decoding | None = None, repair: bool = True,
) -> Preference:  # fmt: skip
    """What a chat `model` says to two prompts that show the same two samples, the second one with A and B turned round. Raises as
    ask_structured: an answer that cannot be read is no tie."""
    calls = [
        Call(
            role=role, asker=asker, model=model, messages=prompt, decoding=decoding or PAIR_DECODING, seed=seed_of(seed, step),
            verbatim='{"reasons": "They say the same.", "better": "same"}',
        )
        for prompt, asker, step in zip(prompts, askers, steps, strict=True)
    ]  # fmt: skip
    (one, used), (other, more) = await together(
        ask_structured(gateway, call, PairAnswer, repair=repair) for call in calls
    )
    return Preference(
        said=(_READ[one.better], _READ[other.better].turned),
        words=(one.reasons.strip(), other.reasons.strip()),
        usage=used + more,
    )


def _asked(
    loaded: Loaded, left: Candidate, right: Candidate, sees: Sequence[str] | None, role: str
) -> tuple[Message, ...]:
    """The question in one order, with the focus of the role if it is one of the scenario."""
    prompt, plan = _PROMPT.messages(pair_view(loaded, left, right, sees)), loaded.scenario.roles.get(role)
    return focused(prompt, plan, Style.CHAT) if plan else prompt


def pair_view(loaded: Loaded, left: Candidate, right: Candidate, sees: Sequence[str] | None = None) -> dict[str, Any]:
    """The values of the prompt that compares two samples of one brief: what both had, what they have in common, and what
    differs, under A and B."""
    brief, scenario = left.brief, loaded.scenario
    talks = scenario.conversation is not None
    parts = _parts(loaded, left), _parts(loaded, right)
    # A conversation is read whole; of fields that both have, only what differs tells them apart.
    alike = {name for name, text in parts[0].items() if name != _CONVERSATION and parts[1].get(name) == text}
    return {
        "about": scenario.description,
        "policy": scenario.policy if talks else loaded.world.policy if loaded.world else "",
        "passages": passages_of(loaded, brief) if talks else [],
        "tools": tools_of(loaded) if talks else [],
        "language": LanguageName(brief.language),
        "given": _given(loaded, brief, sees),
        "shared": _named({name: parts[0][name] for name in parts[0] if name in alike}),
        "samples": [
            {"mark": mark, "parts": _named({name: text for name, text in said.items() if name not in alike})}
            for mark, said in zip("AB", parts, strict=True)
        ],
        "criteria": criteria_of(loaded, brief),
    }


def criteria_of(loaded: Loaded, brief: Brief) -> dict[str, str]:
    """What counts for samples of a scenario, by name: its rubric and the questions about the whole sample, else a plain default."""
    return {**loaded.scenario.rubric, **questions_about(loaded, brief, ItemKind.SAMPLE)} or _PLAIN


def _given(loaded: Loaded, brief: Brief, sees: Sequence[str] | None) -> list[dict[str, str]]:
    """What a brief says. Of a conversation that is in its scene."""
    if loaded.scenario.family is Family.CONVERSATION:
        return []
    values = brief.values()
    names = [*brief.texts, "facts"] if brief.texts else [*brief.cell, "facts"]
    names = [*names, *(["parent"] if brief.parent else [])] if sees is None else list(sees)
    found = {name: _said(values[name], bare="" if name == "facts" else "name") for name in names if name in values}
    return _named({name: text for name, text in found.items() if text})


def _said(value: Any, bare: str) -> str:
    """A value of a brief in words: of a mapping each text behind its key, but for that of the key `bare`."""
    if not isinstance(value, Mapping):
        return str(value).strip()
    texts = {str(key): str(text).strip() for key, text in value.items() if str(text).strip()}
    return "; ".join(text if key == bare else f"{key.replace('_', ' ')}: {text}" for key, text in texts.items())


def _named(parts: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name.replace("_", " "), "text": text} for name, text in parts.items()]


def _parts(loaded: Loaded, made: Candidate) -> dict[str, str]:
    """What a sample consists of: its fields, or its conversation with the scene that it begins with."""
    if loaded.scenario.family is Family.FIELDS:
        return dict(made.fields)
    if loaded.scenario.family is Family.CONVERSATION:
        return {_SCENE: _scene(loaded, made), _CONVERSATION: _numbered(lines_of(loaded, made.messages))}
    if loaded.world:
        return {_CONVERSATION: _numbered([_moved(line) for line in world_lines(loaded, made)])}
    return {_CONVERSATION: _numbered(lines(loaded, made.brief, made.messages))}


def _scene(loaded: Loaded, made: Candidate) -> str:
    """The scene of a conversation: the situation, how it is to end, and each speaker's part."""
    if made.scene is None:
        return ""
    rows = [made.scene.situation, f"It is to end so: {made.scene.outcome}"]
    for one in speakers_of(loaded, made.brief, made.scene):
        facts = " ".join(f"{fact['what']}: {fact['value']}." for fact in one["facts"])
        told = [one["persona"], one["goal"], facts, *(["Manner: " + " ".join(one["manner"])] if one["manner"] else [])]
        rows.append(f"- {one['label']}, {one['who']}. {' '.join(text for text in told if text)}")
    return "\n".join(rows)


def _moved(line: Mapping[str, str]) -> Mapping[str, str]:
    """A line of a dialogue in a world: a call of a tool, or its result, as what it is."""
    kind = {"called": "[calls] ", "result": "[returned] "}.get(line["kind"], "")
    return {**line, "text": f"{kind}{line['text']}"}


def _numbered(said: Sequence[Mapping[str, str]]) -> str:
    return "\n".join(f"{number}. {line['label']}: {line['text']}" for number, line in enumerate(said))
