"""Guards: pure functions that find what is wrong with one text. Used while a sample is made and to check it after.

Each takes a `Passage` and returns what is wrong, or an empty string; its docstring says what holds if nothing is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from agents.text.phrases import begins, held, holds, similarity, word_set, words
from scenarios.frozen import Frozen
from scenarios.text import codes

_NAME = re.compile(r"(?<=[a-z0-9,;:'’] )[A-Z][A-Za-z0-9'’-]+")
_OWN = {"i", "i'm", "i've", "i'd", "i'll", "ok", "tv", "usb"}
_MARKUP = re.compile(r"[\[\]{}<>*#|\\`^~=]|https?:|www\.|_{2,}|\(|\)|\.{4,}|!{2,}|\?{2,}|--")
_LEAKS = (
    "as an ai", "language model", "i am a bot", "the customer", "the agent", "transcript", "the instructions",
    "my instructions", "system prompt", "role-play", "roleplay", "this dialogue", "demonstration", "private goal",
)  # fmt: skip
_SIMILAR = 0.7
_COPIED = 0.85
_COPIED_RUN = 12
"""Words in a row that may not be a demonstration's. Shorter runs are common to all plain English."""


class Passage(Frozen):
    """One line or field, with all that a guard compares it with."""

    text: str
    must: tuple[tuple[str, ...], ...] = ()
    must_not: tuple[str, ...] = ()
    given: str = ""
    """Everything that its writer has seen so far."""
    earlier: tuple[str, ...] = ()
    """Earlier lines of the same sample."""
    demonstrated: tuple[str, ...] = ()
    """Texts of the demonstrations that were shown."""
    foreign: tuple[str, ...] = ()
    """Names that belong to other briefs."""
    never: tuple[str, ...] = ()
    """Phrases that show a flipped role."""
    labels: tuple[str, ...] = ()
    act: str = ""
    min_words: int = 2
    max_words: int = 45
    steps: tuple[int, int] | None = None
    prose: bool = True
    """False for code, data and values, which the guards of language pass over."""


def must_say(passage: Passage) -> str:
    """The text says every phrase that the plan demands, and none that it rules out.

    A demanded phrase may be inflected, but codes have to be whole.
    """
    for group in passage.must:
        said = (holds if any(c.isdigit() for c in phrase) else begins for phrase in group)
        if not any(test(phrase, passage.text) for test, phrase in zip(said, group, strict=True)):
            return f"does not say {' or '.join(repr(phrase) for phrase in group)}"
    for phrase in held(passage.must_not, passage.text):
        return f"says {phrase!r}, so it does not do what was planned"
    return ""


def facts_consistent(passage: Passage) -> str:
    """The text says no number or code that nobody gave, and no name that nobody mentioned or that belongs to another brief."""
    given = set(codes(passage.given.lower()))
    body = re.sub(r"(?m)^\d{1,2}\. ", "", passage.text) if passage.steps else passage.text
    for code in codes(body):
        if code.lower() not in given:
            return f"says {code!r}, which nobody gave"
    told = word_set(passage.given)
    for name in _NAME.findall(passage.text):
        if not word_set(name.removesuffix("'s").removesuffix("’s")) - _OWN <= told:
            return f"names {name!r}, whom nobody mentioned"
    for name in held(passage.foreign, passage.text):
        if not holds(name, passage.given):
            return f"names {name!r}, which is not in the brief"
    return ""


def no_repetition(passage: Passage) -> str:
    """The text says no earlier line again, and repeats neither itself nor a demonstration."""
    mine = words(passage.text)
    for line in passage.earlier:
        if mine and (mine == words(line) or (len(mine) >= 5 and similarity(passage.text, line) >= _SIMILAR)):
            return f"repeats the earlier line {line!r}"
    for line in passage.demonstrated:
        if len(mine) >= 7 and similarity(passage.text, line) >= _COPIED:
            return f"copies a demonstration: {line!r}"
        if len(mine) >= _COPIED_RUN and (run := _common_run(mine, words(line))):
            return f"copies {' '.join(run)!r} from a demonstration"
    grams = [mine[i : i + 4] for i in range(len(mine) - 3)]
    for place, gram in enumerate(grams):
        if gram in grams[:place]:
            return f"repeats {' '.join(gram)!r} within itself"
    for place in range(len(mine) - 2):
        if mine[place] == mine[place + 1] == mine[place + 2]:
            return f"says {mine[place]!r} three times in a row"
    sentences = [words(part) for part in re.split(r"[.!?\n]+", passage.text)]
    for place, sentence in enumerate(sentences):
        if len(sentence) >= 3 and sentence in sentences[:place]:
            return f"says {' '.join(sentence)!r} twice"
    return ""


def _common_run(mine: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """The first run of `_COPIED_RUN` words that both texts have, or an empty one."""
    theirs = frozenset(_runs(other))
    return next((run for run in _runs(mine) if run in theirs), ())


@lru_cache(maxsize=8192)
def _runs(text: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Every `_COPIED_RUN` words in a row."""
    return tuple(text[place : place + _COPIED_RUN] for place in range(len(text) - _COPIED_RUN + 1))


def in_role(passage: Passage) -> str:
    """The speaker says nothing that only the other could say."""
    for phrase in held(passage.never, passage.text):
        return f"speaks out of role: {phrase!r}"
    return ""


def no_leak(passage: Passage) -> str:
    """The text shows nothing of the instructions that it was made from."""
    lowered = passage.text.lower()
    for phrase in _LEAKS:
        if phrase in lowered:
            return f"leaks its instructions: {phrase!r}"
    for label in passage.labels:
        if re.search(rf"(?<!\w){re.escape(label.lower())}\s*[:(]", lowered):
            return f"writes the label {label!r}"
    act, mine = words(passage.act), words(passage.text)
    if len(act) >= 3 and mine[: min(len(act), 4)] == act[:4]:
        return "recites its stage direction"
    return ""


def plain_language(passage: Passage) -> str:
    """The text is plain sentences: no markup, not cut off, neither too short nor too long, and written in plain letters."""
    text, count = passage.text.strip(), len(words(passage.text))
    if not passage.min_words <= count <= passage.max_words:
        return f"has {count} words, not {passage.min_words} to {passage.max_words}"
    if found := _MARKUP.search(text):
        return f"holds markup or a placeholder: {found.group()!r}"
    if not (text[0].isalnum() or text[0] in "\"'“‘"):
        return f"starts with {text[0]!r}"
    if text.rstrip("\"'”’")[-1:] not in {".", "!", "?"}:
        return "does not end as a sentence"
    if sum(not (c.isascii() or c in "’‘“”–—…£€é") for c in text) > 0:
        return "is not written in plain letters"
    return ""


def numbered_steps(passage: Passage) -> str:
    """The text is a list numbered 1., 2., 3. … of the wanted length, with no step twice."""
    if passage.steps is None:
        return ""
    least, most = passage.steps
    rows = [row for row in passage.text.strip().splitlines() if row.strip()]
    for place, row in enumerate(rows, 1):
        if not row.strip().startswith(f"{place}. "):
            return f"line {place} does not start with '{place}. '"
        for other in rows[: place - 1]:
            if similarity(row[3:], other[3:]) >= _SIMILAR:
                return f"step {place} repeats an earlier one"
    if not least <= len(rows) <= most:
        return f"has {len(rows)} steps, not {least} to {most}"
    return ""


Guard = Callable[[Passage], str]

GUARDS: dict[str, Guard] = {
    guard.__name__: guard
    for guard in (must_say, facts_consistent, no_repetition, in_role, no_leak, plain_language, numbered_steps)
}

GUESSING = frozenset({"in_role"})
"""Guards that guess meaning from lists of words."""
_OF_LANGUAGE = frozenset({"facts_consistent", "no_repetition", "in_role", "no_leak", "plain_language"})


def fault(name: str, passage: Passage) -> str:
    """What the named guard finds in a passage."""
    return "" if name in _OF_LANGUAGE and not passage.prose else GUARDS[name](passage)
