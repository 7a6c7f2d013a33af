"""Exact facts of a free conversation: they stand as they are given, nobody says what only another knows, and what has to come
up does. Numbers, codes, dates, amounts and names alone: what words mean is asked of a verifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import regex

from agents.checks.check import NOTHING, Finding, Reading
from agents.checks.conversation.citing import without_citations
from agents.checks.conversation.following import Grounds
from agents.checks.conversation.slips import misspelt_code, misspelt_name, signs
from agents.checks.conversation.sources import plain_brackets
from agents.checks.figures import NumberKind, SaidNumber, figures, hedged
from agents.parts import PASSAGES, POLICY, TOOLS, serves
from agents.text.phrases import words
from agents.text.quantities import Form, known_forms
from agents.text.scripts import bare
from scenarios.loading import Loaded
from scenarios.messages import Message, Speech
from scenarios.records import Brief, Candidate
from scenarios.scene import ConversationScene, PrivateFact
from scenarios.schema.languages import ENGLISH, language_of

_NAME = regex.compile(r"\p{Lu}['’]?\p{Lu}?[\p{Ll}\p{M}'’-]{3,}")
_MIXED = re.compile(r"\b[A-Za-z]{1,3}-?\d+(?:[.-]\d+)+\b|\b[A-Za-z]{1,3}-?\d{2,}\b")
"""A room or a shelf: letters before digits."""
_TELLING = (NumberKind.CODE, NumberKind.MONEY, NumberKind.DATE)
"""What is somebody's own."""
_LEAST_OF_CODE = 5
_LEAST_OF_NUMBER = 4
_LEAST_DIGITS = 2
_FEW_WORDS = 5


def values_kept(reading: Reading) -> Finding:
    """No message changes a number, code or name that a speaker was given, and who serves gives no code, date or amount of
    money that follows from nothing that it was given or has read, unless figures are free. Sums of two amounts and days
    counted from a date follow."""
    scene, plan = reading.candidate.scene, reading.loaded.scenario.conversation
    if scene is None:
        return NOTHING
    free, language = plan is not None and plan.free_figures, reading.candidate.brief.language
    for place, message in _spoken(reading.candidate):
        known = "\n".join(known_to(reading.loaded, reading.candidate, place, message.name or ""))
        role = reading.loaded.scenario.roles.get(message.name or "")
        bound = role is not None and serves(role) and not free
        plain = plain_brackets(reading.loaded, reading.candidate.brief, reading.candidate.messages[:place])
        text = without_citations(message.content, plain)
        if found := _strange_number(text, known, scene, bound, language) or misspelt_name(text, known, scene, language):
            return Finding(found, place)
    return NOTHING


def private_kept(reading: Reading) -> Finding:
    """Nobody says a number, code or name that only another speaker's notes have, before it was said. An amount that others come to
    is no secret."""
    scene, language = reading.candidate.scene, reading.candidate.brief.language
    if scene is None:
        return NOTHING
    for place, message in _spoken(reading.candidate):
        known = "\n".join(known_to(reading.loaded, reading.candidate, place, message.name or ""))
        for value, whose in others_secrets(scene, message.name or "", language):
            if _gives_away(value, message.content, language) and not _follows(value, known, language):
                return Finding(f"says {value!r}, which only {whose}", place)
    return NOTHING


def _gives_away(value: str, text: str, language: str) -> bool:
    """Whether a text says a value; a date by its day and month, since its number alone may count other things."""
    days = {day for one in figures(value, language) for day in one.days}
    return says(value, text, language) and (
        not days or bool(days & {d for one in figures(text, language) for d in one.days})
    )


def _follows(value: str, known: str, language: str) -> bool:
    """Whether a value was said, or is an amount that those that were said come to."""
    if says(value, known, language):
        return True
    numbers = figures(value, language)
    if any(one.days and says(one.shown, known, language) for one in numbers):
        return True  # 'on the 4th': the month goes without saying
    amount = numbers[0].value if len(numbers) == 1 and numbers[0].kind is NumberKind.MONEY else None
    grounds = Grounds(known, language, language_of(language).name == ENGLISH)
    return amount is not None and grounds.amount_follows(amount, hedged=False)


def facts_conveyed(reading: Reading) -> Finding:
    """Every fact that the scene marks as one that has to come up was said by the end, if it is a number, code or name."""
    made, language = reading.candidate, reading.candidate.brief.language
    if made.scene is None:
        return NOTHING
    text = "\n".join(message.content for message in made.messages if message.role is not Speech.TOOL)
    for owner, part in made.scene.parts.items():
        for fact in part.facts:
            missed = next((value for value in _exact(fact, language) if not says(value, text, language)), "")
            if fact.said and missed:
                places = [place for place, message in _spoken(made) if message.name == owner]
                return Finding(
                    f"never says {missed!r} ({fact.what}), which has to come up", places[-1] if places else None
                )
    return NOTHING


def _spoken(candidate: Candidate) -> Iterator[tuple[int, Message]]:
    for place, message in enumerate(candidate.messages):
        if message.role is not Speech.TOOL and message.content:
            yield place, message


def known_to(loaded: Loaded, candidate: Candidate, place: int, name: str) -> list[str]:
    """All that a speaker has been given or has read before message `place`."""
    role = loaded.scenario.roles.get(name)
    calls = role is not None and TOOLS in role.sees
    heard = [message.content for message in candidate.messages[:place] if calls or message.role is not Speech.TOOL]
    return [*_given(loaded, candidate.brief, candidate.scene, name), *heard]


def _given(loaded: Loaded, brief: Brief, scene: ConversationScene | None, name: str) -> Sequence[str]:
    role = loaded.scenario.roles.get(name)
    seen = {name, *(role.sees if role else ())}
    parts = [text for owner, part in (scene.parts.items() if scene else ()) if owner in seen
             for text in (part.goal, *(f"{fact.what}: {fact.value}" for fact in part.facts))]  # fmt: skip
    policy = loaded.scenario.policy if POLICY in seen else ""
    passages = (
        [f"{one.title}\n{one.text}" for one in loaded.passages if one.id in brief.passages] if PASSAGES in seen else []
    )
    persona = list(brief.attributes.get(name, {}).values())
    return [policy, loaded.scenario.description, *parts, *passages, *persona]


# -- what is exact ---------------------------------------------------------------------------------------------


def _exact(fact: PrivateFact, language: str) -> list[str]:
    """What of a fact can be looked for letter by letter: all of it if it is a number of two digits or a name in few words,
    else the codes, dates and amounts of money in it."""
    value = fact.value
    if len(words(value)) <= _FEW_WORDS and (sum(map(str.isdigit, value)) >= _LEAST_DIGITS or _is_name(value)):
        return [value]
    return [one.shown for one in figures(value, language) if one.kind in _TELLING]


def others_secrets(scene: ConversationScene, name: str, language: str) -> Iterator[tuple[str, str]]:
    """The secrets of all speakers but one, each with the words that say whose it is."""
    for owner, part in scene.parts.items():
        for fact in part.facts if owner != name else ():
            for value in secrets(fact, language):
                yield value, f"{owner} knows at that point ({fact.what})"


def secrets(fact: PrivateFact, language: str) -> list[str]:
    """What of a fact nobody else can hit upon: as `_exact`, without small numbers, which mean something else in other places."""
    found = figures(fact.value, language)
    telling = any(map(_own, found))
    named = _NAME.search(fact.value) is not None or _MIXED.search(fact.value) is not None
    if any(one.days for one in found) and len(words(fact.value)) <= _FEW_WORDS:
        return [fact.value]
    return _exact(fact, language) if telling or named or not found else []


def _is_name(value: str) -> bool:
    """Whether all words of a value are written as names; none are in scripts without capitals."""
    found = value.replace("-", " ").split()
    return bool(found) and all(word[:1].isupper() for word in found)


@lru_cache(maxsize=8192)
def says(value: str, text: str, language: str) -> bool:
    """Whether a text says a value: its numbers and codes in any of their forms, its names with any ending."""
    if numbers := figures(value, language):
        there = _forms(text, language)
        if all(_forms_of(one) & there for one in numbers):
            return all(
                bare(name) in words(bare(text))
                for name in _NAME.findall(value)
                if len(numbers) == 1 and not _own(numbers[0])
            )
        return len(signs(value)) >= _LEAST_OF_CODE and signs(value) in signs(text)
    said = [bare(word) for word in words(text)]
    return all(any(word.startswith(_stem(bare(part))) for word in said) for part in words(value))


def _own(one: SaidNumber) -> bool:
    """Whether a figure alone tells what it belongs to."""
    return one.kind in _TELLING or len(re.sub(r"\D", "", one.shown)) >= _LEAST_OF_NUMBER


@lru_cache(maxsize=4096)
def _forms(text: str, language: str) -> frozenset[Form]:
    """All forms of the numbers that a text says."""
    return known_forms(text).union(*(_forms_of(one) for one in figures(text, language)))


def _forms_of(one: SaidNumber) -> frozenset[Form]:
    """A date is known by its day, in whatever language its month stands, and not by the bare number."""
    if one.kind is NumberKind.DATE:
        return frozenset(("date", *day) for day in one.days)
    return one.forms


def _stem(word: str) -> str:
    """A name without an ending that a language may change."""
    return word[:-1] if len(word) > 5 else word


# -- what is strange -------------------------------------------------------------------------------------------


def _strange_number(text: str, known: str, scene: ConversationScene, bound: bool, language: str) -> str:
    forms, row = _forms(known, language), signs(known)
    facts = [fact for part in scene.parts.values() for fact in part.facts]
    secret = [value for fact in facts for value in _exact(fact, language)]
    if found := misspelt_code(
        text, known, [fact.value for fact in facts if says(fact.value, known, language)], language
    ):
        return found
    grounds: Grounds | None = None
    for one in figures(text, language):
        told = _forms_of(one) & forms or (
            one.kind is not NumberKind.DATE and len(signs(one.shown)) > 2 and signs(one.shown) in row
        )
        if told or any(_forms_of(one) & _forms(value, language) for value in secret):
            continue  # if it is right, but another's, `private_kept` says so
        if not bound:
            continue
        grounds = grounds or _grounds(known, text, language)
        if found := _from_nowhere(one, text, grounds):
            return found
        grounds.add(one)
    return ""


def _grounds(known: str, text: str, language: str) -> Grounds:
    """What amounts and dates may follow from: what is known, and the counts of the message itself."""
    grounds = Grounds(known, language, language_of(language).name == ENGLISH)
    for one in figures(text, language):
        if one.kind in (NumberKind.COUNT, NumberKind.SHARE, NumberKind.SPAN):
            grounds.add(one)
    return grounds


def _from_nowhere(one: SaidNumber, text: str, grounds: Grounds) -> str:
    if one.kind is NumberKind.CODE:
        return f"gives the number {one.shown!r}, which it has from nowhere"
    if (
        one.kind is NumberKind.MONEY
        and one.value is not None
        and not grounds.amount_follows(one.value, hedged(text, one.shown))
    ):
        return f"names the amount {one.shown!r}, which follows from nothing that it was given"
    if one.kind is NumberKind.DATE and not any(map(grounds.day_follows, one.days)):
        return f"names the date {_whole_date(one.shown, text)!r}, which follows from nothing that it was given"
    return ""


def _whole_date(shown: str, text: str) -> str:
    """A day of the month with the word that stands behind it, or before it: a bare '4' tells its writer nothing."""
    day = rf"(?<!\d){re.escape(shown)}(?!\d)"
    named = regex.search(rf"{day}(?:st|nd|rd|th|\.)?\s\p{{L}}+", text) or regex.search(rf"\p{{L}}+\s{day}", text)
    return named[0] if shown.isdigit() and named else shown
