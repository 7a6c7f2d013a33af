"""The scripted model: deterministic, no weights. For tests and dry runs; its text means nothing.

It answers a call from the call alone: word for word what the call says, or the phrases that a right answer has to hold,
padded with words drawn by the call's key, or a JSON object that fits the schema.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import orjson

from agents.models.calls import Answer, Call, ToolCall, call_id
from scenarios.records import Usage

WORDS = [
    "amber",
    "anchor",
    "apple",
    "arch",
    "autumn",
    "bakery",
    "bamboo",
    "barn",
    "basil",
    "beacon",
    "bench",
    "birch",
    "blanket",
    "bottle",
    "branch",
    "brick",
    "bridge",
    "brook",
    "butter",
    "button",
    "cabin",
    "candle",
    "canvas",
    "cedar",
    "cellar",
    "chalk",
    "cherry",
    "chimney",
    "cinder",
    "cliff",
    "clover",
    "coast",
    "copper",
    "coral",
    "cotton",
    "cradle",
    "creek",
    "cricket",
    "crystal",
    "daisy",
    "dawn",
    "delta",
    "drift",
    "dune",
    "echo",
    "ember",
    "falcon",
    "fern",
    "ferry",
    "field",
    "flint",
    "forest",
    "fountain",
    "garden",
    "garnet",
    "ginger",
    "glacier",
    "granite",
    "grove",
    "harbor",
    "hazel",
    "heather",
    "heron",
    "hollow",
    "honey",
    "indigo",
    "island",
    "ivory",
    "jasmine",
    "juniper",
    "kettle",
    "lantern",
    "laurel",
    "lemon",
    "lilac",
    "linen",
    "lodge",
    "maple",
    "marble",
    "marsh",
    "meadow",
    "mint",
    "mirror",
    "moss",
    "nectar",
    "oak",
    "oasis",
    "olive",
    "onyx",
    "orchard",
    "otter",
    "paddle",
    "pebble",
    "pepper",
    "pine",
    "plum",
    "pollen",
    "poppy",
    "prairie",
    "quartz",
    "quill",
    "rabbit",
    "raven",
    "reed",
    "ridge",
    "river",
    "robin",
    "saffron",
    "sage",
    "sail",
    "sand",
    "shell",
    "silver",
    "slate",
    "sparrow",
    "spruce",
    "stone",
    "summit",
    "sunrise",
    "tern",
    "thistle",
    "timber",
    "trail",
    "tulip",
    "valley",
    "velvet",
    "violet",
    "walnut",
    "water",
    "willow",
    "window",
    "winter",
    "wren",
    "yarrow",
    "zephyr",
]


class Scripted:
    """The scripted transport. `script` may answer calls itself; where it returns None the default answers."""

    def __init__(self, script: Callable[[Call], str | None] | None = None) -> None:
        self._script = script
        self.asked: list[Call] = []
        """Every call that was sent, in order."""

    async def send(self, call: Call) -> Answer:
        """Answer at once; equal calls get equal answers."""
        self.asked.append(call)
        text = self._script(call) if self._script else None
        if text is None:
            text = call.verbatim or scripted_text(call)
        usage = Usage(
            calls=1,
            prompt_tokens=sum(len(message.content.split()) for message in call.messages),
            completion_tokens=len(text.split()),
        )
        asked = _tool_call(call, text)
        return Answer(text=text, usage=usage) if asked is None else Answer(text="", tool_calls=(asked,), usage=usage)

    async def close(self) -> None:
        """Nothing is held."""


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
    words = [rng.choice(WORDS) for _ in range(9)]
    for place, phrase in enumerate(call.expects):
        words.insert(min(1 + 2 * place, len(words)), phrase)
    return f"{' '.join(words).capitalize()}."


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
