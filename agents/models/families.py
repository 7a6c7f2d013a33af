"""Which models are of one family: a judge likes what a relative wrote better than it is. Pure."""

from __future__ import annotations

import re

from agents.models.calls import Backend, Model

_FAMILIES = {
    "Claude": "claude",
    "Command": "command|c4ai|aya",
    "DeepSeek": "deepseek",
    "Falcon": "falcon",
    "Gemini and Gemma": "gemini|gemma",
    "GLM": "glm|chatglm",
    "GPT": "gpt|chatgpt|o[1345]",
    "Granite": "granite",
    "Grok": "grok",
    "Kimi": "kimi|moonshot",
    "Llama": "llama|vicuna|alpaca|tulu|hermes|nemotron",
    "Mistral": "mistral|mixtral|ministral|codestral|devstral|magistral|pixtral|zephyr",
    "OLMo": "olmo",
    "Phi": "phi",
    "Qwen": "qwen|qwq",
    "SmolLM": "smollm",
    "Yi": "yi",
}
"""By the words that the names of models have. A name can have several: a distilled model is of both families."""
_READ = {name: re.compile(rf"(?<![a-z])(?:{words})(?![a-z])") for name, words in _FAMILIES.items()}


def families_of(name: str) -> frozenset[str]:
    """The families that a model's name tells of; none if it tells of none."""
    said = name.lower()
    return frozenset(family for family, words in _READ.items() if words.search(said))


def related(one: Model, other: Model) -> str:
    """What two models have in common, in words; empty if it is nothing that their names tell. A scripted model has no taste."""
    if Backend.SCRIPTED in (one.backend, other.backend):
        return ""
    if one.name == other.name:
        return f"the model {one.name}"
    shared = sorted(families_of(one.name) & families_of(other.name))
    return f"the family {shared[0]}" if shared else ""
