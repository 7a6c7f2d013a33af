"""The scripted model: deterministic, no weights. For tests and dry runs; its text means nothing, and all of it is made here.

It answers a call from the call alone: word for word what the call says, or the phrases that a right answer has to hold,
padded with words drawn by the call's key, or a JSON object that fits the schema. What a call says is put into it by those
who ask, with the functions at the end.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import orjson

from agents.models.calls import Answer, Call, TokenOdds, ToolCall, call_id
from agents.text.scripts import english, pieces, strange_letters, unspaced
from scenarios.briefs import must_groups
from scenarios.loading import Loaded
from scenarios.records import Brief, Candidate, Usage
from scenarios.schema.languages import ENGLISH, language_of
from scenarios.schema.plans import FieldPlan
from scenarios.schema.styles import Style
from scenarios.seeds import seed_of
from scenarios.templates import render
from scenarios.worlds.exemplar import Move

WORDS = [
    "amber", "anchor", "apple", "arch", "autumn", "bakery", "bamboo", "barn", "basil", "beacon", "bench", "birch",
    "blanket", "bottle", "branch", "brick", "bridge", "brook", "butter", "button", "cabin", "candle", "canvas",
    "cedar", "cellar", "chalk", "cherry", "chimney", "cinder", "cliff", "clover", "coast", "copper", "coral",
    "cotton", "cradle", "creek", "cricket", "crystal", "daisy", "dawn", "delta", "drift", "dune", "echo", "ember",
    "falcon", "fern", "ferry", "field", "flint", "forest", "fountain", "garden", "garnet", "ginger", "glacier",
    "granite", "grove", "harbor", "hazel", "heather", "heron", "hollow", "honey", "indigo", "island", "ivory",
    "jasmine", "juniper", "kettle", "lantern", "laurel", "lemon", "lilac", "linen", "lodge", "maple", "marble",
    "marsh", "meadow", "mint", "mirror", "moss", "nectar", "oak", "oasis", "olive", "onyx", "orchard", "otter",
    "paddle", "pebble", "pepper", "pine", "plum", "pollen", "poppy", "prairie", "quartz", "quill", "rabbit",
    "raven", "reed", "ridge", "river", "robin", "saffron", "sage", "sail", "sand", "shell", "silver", "slate",
    "sparrow", "spruce", "stone", "summit", "sunrise", "tern", "thistle", "timber", "trail", "tulip", "valley",
    "velvet", "violet", "walnut", "water", "willow", "window", "winter", "wren", "yarrow", "zephyr",
]  # fmt: skip


_FEW = 12
"""Words that a text of nine is drawn from, at the least."""


class Scripted:
    """The scripted transport. `script` may answer calls itself, in words or whole; where it returns None the default answers."""

    def __init__(self, script: Callable[[Call], str | Answer | None] | None = None) -> None:
        self._script = script
        self.asked: list[Call] = []
        """Every call that was sent, in order."""

    async def send(self, call: Call) -> Answer:
        """Answer at once; equal calls get equal answers."""
        self.asked.append(call)
        text = self._script(call) if self._script else None
        if isinstance(text, Answer):
            return text
        if text is None:
            text = call.verbatim or scripted_text(call)
        usage = Usage(
            calls=1,
            prompt_tokens=sum(len(message.content.split()) for message in call.messages),
            completion_tokens=len(text.split()),
        )
        asked = _tool_call(call, text)
        odds = _odds(text) if call.top_logprobs else ()
        return (
            Answer(text=text, odds=odds, usage=usage)
            if asked is None
            else Answer(text="", tool_calls=(asked,), usage=usage)
        )

    async def close(self) -> None:
        """Nothing is held."""


def _odds(text: str) -> tuple[TokenOdds, ...]:
    """Each digit of a text as a token of its own, of which the model is nearly sure: the next lower one could stand there, too."""
    return tuple(
        TokenOdds(start=place, text=digit, odds={digit: 0.9, str((int(digit) - 1) % 10): 0.1})
        for place, digit in enumerate(text)
        if digit in "0123456789"
    )


def _tool_call(call: Call, text: str) -> ToolCall | None:
    """The tool call that a text of the form `NAME {json}` stands for, where the call offers that tool."""
    name, _, arguments = text.partition(" ")
    if name not in call.tool_names() or not arguments.startswith("{"):
        return None
    return ToolCall(id=call_id(call.key(), 0), name=name, arguments=arguments)


def scripted_text(call: Call) -> str:
    """The default answer to a call."""
    rng = random.Random(call.key())
    if call.answer_schema is not None:
        return orjson.dumps(_fitting(call.answer_schema, call.answer_schema, rng)).decode()
    if len(call.expects) == 1 and _is_whole(call.expects[0]):
        return call.expects[0]
    words = [rng.choice(call.words or WORDS) for _ in range(9)]
    for place, phrase in enumerate(call.expects):
        words.insert(min(1 + 2 * place, len(words)), phrase)
    if not call.words:
        return f"{' '.join(words).capitalize()}."
    text = ("" if unspaced(words[0]) else " ").join(words)
    return f"{text[:1].upper()}{text[1:]}{call.stop}"


def _is_whole(phrase: str) -> bool:
    """True where what is expected is an answer by itself: sentences, or a JSON object."""
    return phrase.endswith((".", "?", "}")) and " " in phrase


def _fitting(schema: dict[str, Any], root: dict[str, Any], rng: random.Random) -> Any:
    """A value that fits a JSON schema: favourable, with empty lists."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
    if "anyOf" in schema:
        return _fitting(schema["anyOf"][0], root, rng)
    kind = schema.get("type")
    if kind == "object":
        return {name: _fitting(part, root, rng) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        return []
    if kind == "boolean":
        return True
    if kind in {"integer", "number"}:
        return rng.choice([4, 5])
    return rng.choice(WORDS)


# -- what a call says ------------------------------------------------------------------------------------------


def filling(brief: Brief) -> tuple[tuple[str, ...], str]:
    """The words that a brief's dry texts are filled with, and the mark behind them, if they are not to be English: words of
    its own material, so that the guards meet what they will meet; frequent ones of the language if the material is English."""
    if brief.language == ENGLISH:
        return (), "."
    language = language_of(brief.language)
    parts = [*brief.texts.values(), *(turn.act for turn in brief.turns)]
    parts += [text for said in brief.attributes.values() for text in said.values()]
    material = "\n".join(parts)
    own = () if english(material) else pieces(material)
    found = dict.fromkeys(word for word in own if not strange_letters(word, brief.language))
    if len(found) < _FEW:
        found = dict.fromkeys(sorted(language.common) or WORDS)
    return tuple(found), language.stop if language.known else "."


def expected(loaded: Loaded, candidate: Candidate, plan: FieldPlan | None) -> tuple[str, ...]:
    """What the scripted model has to say in a field; nothing where there is none."""
    if plan is None:
        return ()
    if plan.scripted:
        return (render(plan.scripted, candidate.brief.values(), plan.name),)
    said = tuple(group[0] for group in must_groups((*plan.must, *plan.cues), candidate.brief.values(), plan.name))
    if plan.steps is None:
        return said
    if words := filling(candidate.brief)[0]:
        count = min(max(plan.steps[0], len(said)), plan.steps[1])
        rows = [
            [*said[place::count], *(words[(4 * place + n) % len(words)] for n in range(4))] for place in range(count)
        ]
        return tuple(f"{place + 1}. {' '.join(row)}." for place, row in enumerate(rows))
    ways = ("Take", "Put", "Then use", "Now check", "Clean", "Finish with", "Dry")
    others = ("a soft cloth", "your left hand", "the small lid", "warm water", "every corner", "a dry rag", "the rest")
    count = min(max(plan.steps[0], len(said)), plan.steps[1])
    things = [" and ".join(said[place::count]) or others[place % len(others)] for place in range(count)]
    return tuple(f"{place + 1}. {ways[place % len(ways)]} {thing} slowly." for place, thing in enumerate(things))


def scripted_move(script: Sequence[Move], made: int, style: Style) -> str:
    """The words of a dialogue in a world after so many moves of its script; nothing where it is over."""
    if made >= len(script):
        return ""
    said = _verbatim(script[made])
    return said if style is Style.CHAT else f"{' calls' if script[made].action else ''}: {said}"


def _verbatim(move: Move) -> str:
    """Words with the signal behind them, or `name {json}`."""
    if move.action is not None:
        return f"{move.action.tool} {orjson.dumps(move.action.arguments).decode()}"
    return f"{move.text} [{move.ending}]" if move.ending else move.text


class ValuesAsked(Protocol):
    """What an ideator is asked for."""

    @property
    def axis(self) -> str:
        """The axis."""
        ...

    @property
    def parent(self) -> str:
        """The value of another axis that they are to belong to, if any."""
        ...

    @property
    def count(self) -> int:
        """How many values."""
        ...

    @property
    def number(self) -> int:
        """Which call for this list it is."""
        ...


def scripted_proposals(question: ValuesAsked, seed: int) -> list[tuple[str, float]]:
    """Values of two words each, with their probabilities. Every fourth says the same as the one before it; of an axis with
    `each`, the first of a call is proposed for every value of that axis."""
    rng, common = random.Random(seed), random.Random(seed_of(question.axis, question.number))
    found: list[tuple[str, float]] = []
    for place in range(question.count):
        words = common if question.parent and not place else rng
        value = f"{words.choice(WORDS)} {words.choice(WORDS)}"
        if place % 4 == 3:
            value = f"The {found[-1][0]}s."
        found.append((value, round(rng.uniform(0.001, 0.3), 3)))
    return found


def scripted_values(question: ValuesAsked, seed: int) -> str:
    """The proposals as JSON."""
    found = scripted_proposals(question, seed)
    return orjson.dumps({"values": [{"value": value, "probability": share} for value, share in found]}).decode()


def scripted_lines(question: ValuesAsked, seed: int) -> str:
    """The proposals as lines, the last of them cut off."""
    lines = [f"{value} | {share:.3f}" for value, share in scripted_proposals(question, seed)]
    return "\n- ".join([*lines, "an unfinished"])


def scripted_fits(parent: str, groups: Sequence[str], values: Sequence[str]) -> str:
    """Each fits its own group; of many, the last one fits all."""
    fits = [{"value": value, "groups": [parent]} for value in values]
    if len(fits) > 5:
        fits[-1]["groups"] = list(groups)
    return orjson.dumps({"fits": fits}).decode()
