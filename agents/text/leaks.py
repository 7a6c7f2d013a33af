"""What shows that a text was made by a machine from instructions: its own words on that, a label, a stage direction, the
instructions themselves. Exact phrases that nobody says of their own affairs. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from agents.text.phrases import held
from agents.text.scripts import plain, spaced, words
from agents.text.synonyms import listed

_MACHINE = (
    "as a language model", "as a large language model", "i am a language model", "i am an ai language model",
    "i'm an ai language model", "i'm just an ai", "i am just an ai", "i am only an ai", "i am a bot playing",
    "als ki-sprachmodell", "als ein ki-sprachmodell", "als sprachmodell kann", "als künstliche intelligenz",
    "en tant que modèle de langage", "en tant qu'ia", "en tant qu'intelligence artificielle",
    "como modelo de lenguaje", "como una ia", "como inteligencia artificial", "como modelo de linguagem",
    "como uma ia", "come modello linguistico", "in quanto ia", "als ai-taalmodel", "als taalmodel",
    "som en språkmodell", "som en sprogmodel", "jako model językowy", "jako jazykový model", "bir yapay zeka",
    "bir dil modeli olarak", "как языковая модель", "как ии", "як мовна модель", "ως γλωσσικό μοντέλο",
    "بصفتي نموذج", "كنموذج لغوي", "بصفتي ذكاء", "כמודל שפה", "एक ai", "एक भाषा मॉडल", "作为一个人工智能", "作为人工智能",
    "作为ai", "作为一个ai", "作为语言模型", "aiとして", "ai言語モデル", "言語モデルとして", "인공지능 언어 모델", "ai로서", "ai 언어 모델",
)  # fmt: skip
_INSTRUCTED = (
    "my system prompt", "my instructions say", "my instructions are", "my instructions tell", "my instructions were",
    "according to my instructions", "my private goal", "my private goals", "my private notes", "my private instructions",
    "stay in character", "staying in character", "my stage direction", "in this role-play", "in this roleplay",
    "i was instructed to play", "i was told to play", "i am playing the role of", "i'm playing the role of",
    "write only the words of the line", "here is the next line", "here's the next line", "here is my next line",
    "here's my next line", "here is the line", "here's the line", "here is the rewritten", "here's the rewritten",
    "here is the revised", "here's the revised",
)  # fmt: skip
_AS_AN_AI = re.compile(
    r"\bas an (?:ai|artificial intelligence)(?=\s*[,.;:!?]|\s+(?:language|model|assistant|chatbot|system|i)\b|$)"
)
_DIRECTION = re.compile(r"\s*\((?:[^\W\d_]|[ ,'-]){2,40}\)\s*\S")
"""A stage direction before the words: '(smiling) Hello.'"""
_NO_VERBS = listed(
    """is was has does this thus yes its it's that's what's there's here's let's thanks always perhaps sometimes
    plus besides unless across towards as us his hers ours yours theirs goods news glasses needless various gas
    bus"""
)
_RECITED = 8
"""Words in a row of the instructions that nobody says by chance."""
_JINJA = re.compile(r"\{[{%#].*?[}%#]\}", re.DOTALL)
_QUOTED = re.compile(r"[\"“«„].{0,300}?[\"”»“]", re.DOTALL)


def confession(text: str, given: str = "") -> str:
    """The phrase by which a text says that a machine wrote it, or that it was instructed, unless it was given to it."""
    said = plain(text)
    found = [*held(_MACHINE + _INSTRUCTED, text), *_AS_AN_AI.findall(said)]
    return next((phrase for phrase in found if plain(phrase) not in plain(given)), "")


def label_in(text: str, labels: Iterable[str]) -> str:
    """The first of `labels` that a text writes before words, at its beginning, a line's or a sentence's."""
    for label in labels:
        if label and re.search(rf"(?:^|\n|[.!?…\"”)]\s)\W*{re.escape(label)}\W*(?:\([^)\n]*\)\s*)?[:：]", text):
            return label
    return ""


def direction_in(text: str, act: str) -> str:
    """The stage direction that a text begins with: in parentheses, or in the words of its planned `act`."""
    if found := _DIRECTION.match(text):
        return found.group().strip()[:-1].strip()
    mine, planned = words(text), words(act)
    start = mine[: min(len(planned), 4)]
    verb = planned[0] if planned else ""
    third_person = verb.endswith("s") and len(verb) > 3 and verb not in _NO_VERBS
    return " ".join(start) if len(planned) >= 3 and third_person and start == planned[:4] else ""


def recited(text: str, instructions: Iterable[str], given: str = "") -> str:
    """The first words in a row of the instructions that a text recites, unless they were given to it."""
    length = _RECITED if spaced(text) else 3 * _RECITED
    mine = words(text)
    if len(mine) < length:
        return ""
    runs = [mine[place : place + length] for place in range(len(mine) - length + 1)]
    known = frozenset(_runs(given, length))
    for source in instructions:
        theirs = _instructing(source, length)
        if run := next((one for one in runs if one in theirs and one not in known), None):
            return " ".join(run)
    return ""


@lru_cache(maxsize=256)
def _instructing(source: str, length: int) -> frozenset[tuple[str, ...]]:
    """The runs of words that a prompt's own text has, without what it is filled with and what it quotes."""
    parts = _QUOTED.sub("\n", _JINJA.sub("\n", source)).split("\n")
    return frozenset(run for part in parts for run in _runs(part, length))


def _runs(text: str, length: int) -> Iterator[tuple[str, ...]]:
    said = words(text)
    return (said[place : place + length] for place in range(len(said) - length + 1))
