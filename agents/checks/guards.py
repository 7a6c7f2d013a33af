"""Guards: pure functions that look for what is wrong with one text. Used while a sample is made and to check it after.

Each takes a `Passage` and returns a `Ruling`; its docstring says what holds if nothing is wrong. A guard that cannot read the
passage's language says so: UNVERIFIABLE neither refuses a draw nor rejects.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from agents.text.leaks import confession, direction_in, label_in, recited
from agents.text.phrases import begins, held, holds, similarity, words
from agents.text.prose import address_in, ended, markup_in, odd_start
from agents.text.quantities import known_forms, strange_number
from agents.text.repetition import SIMILAR, copied, repeated, repeats_itself
from agents.text.scripts import bare, counted, english, strange_letters
from agents.text.tongue import other_language, reads
from agents.text.values import given_words, names
from scenarios.frozen import Frozen
from scenarios.records import Status
from scenarios.schema.languages import ENGLISH, language_of
from scenarios.text import folded

_OWN = {"i", "i'm", "i've", "i'd", "i'll", "ok", "tv", "usb"}
_SMALL_NUMBER = 31
"""Numbers that most languages have short words for: one in digits may have been given in words."""


class Ruling(NamedTuple):
    """What a guard found: PASS, FAIL with what is wrong, or UNVERIFIABLE with why nobody can tell."""

    status: Status = Status.PASS
    detail: str = ""

    @property
    def fault(self) -> str:
        """What is wrong, or an empty string."""
        return self.detail if self.status is Status.FAIL else ""


SOUND = Ruling()


def wrong(detail: str) -> Ruling:
    """The ruling that something is wrong, in words that go on after "It …"."""
    return Ruling(Status.FAIL, detail)


def unread(detail: str) -> Ruling:
    """The ruling that nobody can tell."""
    return Ruling(Status.UNVERIFIABLE, detail)


class Passage(Frozen):
    """One line or field, with all that a guard compares it with."""

    text: str
    language: str = ENGLISH
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
    instructions: tuple[str, ...] = ()
    """The sources of the prompts that it was written by."""
    min_words: int = 2
    max_words: int = 45
    steps: tuple[int, int] | None = None
    prose: bool = True
    """False for code, data and values, which the guards of language pass over."""
    markup: bool = False
    """Lists, headings and other Markdown are wanted."""
    cut_off: bool = False
    """Its model was stopped by the limit on tokens."""
    judged: bool = False
    """A verifier whose judgement counts reads the sample: guesses of meaning are left to it."""

    @property
    def translated(self) -> bool:
        """Whether it is in another language than the material that it was made from, which is then not found word by word."""
        return language_of(self.language).name != ENGLISH and english(f"{self.act}\n{self.given}")


def must_say(passage: Passage) -> Ruling:
    """The text says every phrase that the plan demands, and none that it rules out.

    A demanded phrase may be inflected, but codes have to be whole. Of a text in another language than its material, codes
    alone can be looked for.
    """
    unsure = SOUND
    for group in passage.must:
        if any(_says(phrase, passage.text) for phrase in group):
            continue
        said = " or ".join(repr(phrase) for phrase in dict.fromkeys(group))
        if passage.translated and not all(_is_code(phrase) for phrase in group):
            unsure = unread(f"does not say {said}, which may be said in {passage.language}")
            continue
        return wrong(f"does not say {said}")
    for phrase in held(passage.must_not, passage.text):
        return wrong(f"says {phrase!r}, so it does not do what was planned")
    return unsure


def _says(phrase: str, text: str) -> bool:
    return holds(phrase, text) if any(c.isdigit() for c in phrase) else begins(phrase, text)


def _is_code(phrase: str) -> bool:
    """Whether a phrase is said in the same letters in every language: letters and digits together, or a long number."""
    digits = sum(c.isdigit() for c in phrase)
    return digits > 2 or (digits > 0 and any(c.isalpha() for c in phrase) and " " not in phrase)


def facts_consistent(passage: Passage) -> Ruling:
    """The text says no number or code that nobody gave, and no name that nobody mentioned or that belongs to another brief.

    What is a name is told by its capital, and only in English: elsewhere, and if a verifier whose judgement counts reads the
    sample, that is left open.
    """
    body = (
        re.sub(r"(?m)^\s*\d{1,2}[.)] ", "", folded(passage.text)) if passage.steps or passage.markup else passage.text
    )
    in_english = language_of(passage.language).name.endswith(ENGLISH)
    unsure = SOUND
    if number := strange_number(body, known_forms(passage.given)):
        parts = number.split("-")
        if not in_english and all(part.isdigit() and int(part) <= _SMALL_NUMBER for part in parts):
            unsure = unread(f"says {number!r}, which nobody gave in digits")
        else:
            return wrong(f"says {number!r}, which nobody gave")
    for name in held(passage.foreign, passage.text):
        if not holds(name, passage.given):
            return wrong(f"names {name!r}, which is not in the brief")
    if not in_english:
        return unsure if unsure is not SOUND else _unread_names(passage)
    told = given_words(passage.given)
    for name in names(passage.text):
        if not {word for word in map(bare, words(name.removesuffix("'s"))) if word not in _OWN} <= told:
            if passage.judged:
                return unread(f"names {name!r}: whether that is a name is left to the verifier")
            return wrong(f"names {name!r}, whom nobody mentioned")
    return SOUND


def _unread_names(passage: Passage) -> Ruling:
    """A language other than English shows its names in another way, or not at all."""
    known = given_words(passage.given) | given_words("\n".join(passage.foreign))
    if all(word in known or not any(c.isalpha() for c in word) for word in map(bare, words(passage.text))):
        return SOUND
    return unread(f"names cannot be told from other words in {passage.language}")


def no_repetition(passage: Passage) -> Ruling:
    """The text says no earlier line again, and repeats neither itself nor an example that its writer was shown."""
    if found := repeated(passage.text, passage.earlier) or copied(passage.text, passage.demonstrated):
        return wrong(found)
    return wrong(found) if (found := repeats_itself(passage.text)) else SOUND


def in_role(passage: Passage) -> Ruling:
    """The speaker says nothing that only the other could say."""
    for phrase in held(passage.never, passage.text):
        return wrong(f"speaks as somebody else would: {phrase!r}")
    if passage.never and passage.translated:
        return unread(f"the phrases that show it are not in {passage.language}")
    return SOUND


def no_leak(passage: Passage) -> Ruling:
    """The text shows nothing of the instructions that it was made from: neither their words nor a label or a stage direction,
    and it does not say that a machine wrote it."""
    if phrase := confession(passage.text, passage.given):
        return wrong(f"speaks of its instructions or of a machine that writes: {phrase!r}")
    if label := label_in(passage.text, passage.labels):
        return wrong(f"writes the label {label!r} before its words")
    if direction := direction_in(passage.text, passage.act):
        return wrong(f"says what it should do, as a stage direction does, and not the words themselves: {direction!r}")
    if run := recited(passage.text, passage.instructions, passage.given):
        return wrong(f"recites its instructions: {run!r}")
    return SOUND


def language_kept(passage: Passage) -> Ruling:
    """The text is in its language: it has no letters that this is not written in, and is not surely in another. Names, codes,
    quotations, terms of a trade and lines that are too short to tell are in any language."""
    text, language = passage.text.strip(), passage.language
    if (found := strange_letters(text, language)) and not strange_letters(passage.given, language):
        return wrong(f"has letters that {language} is not written in: {found!r}")
    if other := other_language(text, language):
        return wrong(f"is in {other}, not in {language}")
    return SOUND if reads(language) else unread(f"whether it is in {language} cannot be told")


def plain_language(passage: Passage) -> Ruling:
    """The text is plain sentences in its language: no markup, not cut off, neither too short nor too long."""
    text = passage.text.strip()
    least, most = counted(text)
    if most < passage.min_words or least > passage.max_words:
        return wrong(f"has {_number_of(least, most)} words, not {passage.min_words} to {passage.max_words}")
    if found := markup_in(text, passage.given, passage.markup):
        return wrong(f"holds markup or a placeholder: {found!r}")
    if not passage.markup and (found := address_in(text, passage.given)):
        return wrong(f"names a web address that nobody gave: {found!r}")
    if found := odd_start(text):
        return wrong(f"starts with {found!r}")
    if (kept := language_kept(passage)).fault:
        return kept
    end = True if passage.markup and not passage.cut_off else ended(text, passage.language)
    if passage.cut_off and not end:
        return wrong("was cut off because it is too long")
    if end is False:
        return wrong("does not end with a full stop, a question mark or an exclamation mark")
    if least < passage.min_words or most > passage.max_words:
        return unread(f"has {least} to {most} words, which cannot be counted exactly in {passage.language}")
    return (
        SOUND if end else unread(f"has no mark at its end: whether it was cut off cannot be told in {passage.language}")
    )


def _number_of(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} to {most}"


def numbered_steps(passage: Passage) -> Ruling:
    """The text is a list numbered 1., 2., 3. … of the wanted length, with no step twice."""
    if passage.steps is None:
        return SOUND
    least, most = passage.steps
    rows = [row for row in folded(passage.text).strip().splitlines() if row.strip()]
    for place, row in enumerate(rows, 1):
        if not re.match(rf"\s*{place}\.(?!\d)", row):
            return wrong(f"has a line {place} that does not start with '{place}. '")
        for other in rows[: place - 1]:
            if similarity(row.strip()[3:], other.strip()[3:]) >= SIMILAR:
                return wrong(f"has a step {place} that repeats an earlier one")
    if not least <= len(rows) <= most:
        return wrong(f"has {len(rows)} steps, not {least if least == most else f'{least} to {most}'}")
    return SOUND


Guard = Callable[[Passage], Ruling]

GUARDS: dict[str, Guard] = {
    guard.__name__: guard
    for guard in (
        must_say,
        facts_consistent,
        no_repetition,
        in_role,
        no_leak,
        language_kept,
        plain_language,
        numbered_steps,
    )
}
VERSIONS = {**dict.fromkeys(GUARDS, 2), "language_kept": 1, "plain_language": 3}
"""The version of every guard."""

GUESSING = frozenset({"in_role"})
"""Guards that guess meaning from lists of words."""
_OF_LANGUAGE = frozenset({"facts_consistent", "no_repetition", "in_role", "no_leak", "language_kept", "plain_language"})


def ruling(name: str, passage: Passage) -> Ruling:
    """What the named guard finds in a passage."""
    return SOUND if name in _OF_LANGUAGE and not passage.prose else GUARDS[name](passage)


def fault(name: str, passage: Passage) -> str:
    """What the named guard finds wrong with a passage, or an empty string."""
    return ruling(name, passage).fault
