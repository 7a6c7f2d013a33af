"""Exact facts of a free conversation: they stand as they are given, nobody says what only another knows, and what has to come
up does. Numbers, codes, dates, amounts and names alone: what words mean is asked of a verifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product

import regex

from agents.checks.check import NOTHING, Finding, Reading
from agents.text.phrases import words
from agents.text.quantities import Form, known_forms, quantities
from agents.text.scripts import bare
from scenarios.loading import Loaded
from scenarios.messages import Message, Speech
from scenarios.records import Brief, Candidate
from scenarios.scene import ConversationScene, PrivateFact
from scenarios.text import codes, folded

_NAME = regex.compile(r"\p{Lu}[\p{Ll}\p{M}'’-]{3,}")
_CURRENCY = re.compile(
    r"[€$£¥₹₺₽₩]|\b(?:euros?|eur|dollars?|usd|pounds?|gbp|chf|cents?|yen|francs?|pesos?|rupees?|lira|zloty|kr)\b",
    re.IGNORECASE,
)
_MOST_DIGITS_OF_TIME = 4
_LEAST_DIGITS = 2
_FEW_WORDS = 5


def values_kept(reading: Reading) -> Finding:
    """No message changes a number, code or name that a speaker was given, and who serves gives no code, date or amount of
    money that follows from nothing that it was given or has read, unless figures are free. Sums of two amounts and days
    counted from a date follow."""
    scene, plan = reading.candidate.scene, reading.loaded.scenario.conversation
    if scene is None:
        return NOTHING
    free = plan is not None and plan.free_figures
    for place, message in _spoken(reading.candidate):
        known = "\n".join(_known(reading.loaded, reading.candidate, place, message.name or ""))
        role = reading.loaded.scenario.roles.get(message.name or "")
        serves = role is not None and role.speaks_as is Speech.ASSISTANT and not free
        if found := _strange_number(message.content, known, scene, serves) or _changed_name(
            message.content, known, scene
        ):
            return Finding(found, place)
    return NOTHING


def private_kept(reading: Reading) -> Finding:
    """Nobody says a number, code or name that only another speaker's notes have, before it was said."""
    scene = reading.candidate.scene
    if scene is None:
        return NOTHING
    for place, message in _spoken(reading.candidate):
        known = "\n".join(_known(reading.loaded, reading.candidate, place, message.name or ""))
        for owner, part in scene.parts.items():
            for fact in part.facts if owner != message.name else ():
                for value in _exact(fact):
                    if _says(value, message.content) and not _says(value, known):
                        return Finding(f"says {value!r}, which only {owner} knows at that point ({fact.what})", place)
    return NOTHING


def facts_conveyed(reading: Reading) -> Finding:
    """Every fact that the scene marks as one that has to come up was said by the end, if it is a number, code or name."""
    made = reading.candidate
    if made.scene is None:
        return NOTHING
    text = "\n".join(message.content for message in made.messages if message.role is not Speech.TOOL)
    for owner, part in made.scene.parts.items():
        for fact in part.facts:
            missed = next((value for value in _exact(fact) if not _says(value, text)), "")
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


def _known(loaded: Loaded, candidate: Candidate, place: int, name: str) -> list[str]:
    """All that a speaker has been given or has read before message `place`."""
    role = loaded.scenario.roles.get(name)
    calls = role is not None and "tools" in role.sees
    heard = [message.content for message in candidate.messages[:place] if calls or message.role is not Speech.TOOL]
    return [*_given(loaded, candidate.brief, candidate.scene, name), *heard]


@lru_cache(maxsize=2048)
def _given_texts(policy: str, description: str, parts: tuple[str, ...]) -> tuple[str, ...]:
    return (policy, description, *parts)


def _given(loaded: Loaded, brief: Brief, scene: ConversationScene | None, name: str) -> Sequence[str]:
    role = loaded.scenario.roles.get(name)
    seen = {name, *(role.sees if role else ())}
    parts = [text for owner, part in (scene.parts.items() if scene else ()) if owner in seen
             for text in (part.goal, *(f"{fact.what}: {fact.value}" for fact in part.facts))]  # fmt: skip
    policy = loaded.scenario.policy if "policy" in seen else ""
    passages = (
        [f"{one.title}\n{one.text}" for one in loaded.passages if one.id in brief.passages]
        if "passages" in seen
        else []
    )
    persona = list(brief.attributes.get(name, {}).values())
    return _given_texts(policy, loaded.scenario.description, (*parts, *passages, *persona))


# -- what is exact ---------------------------------------------------------------------------------------------


def _exact(fact: PrivateFact) -> list[str]:
    """What of a fact can be looked for letter by letter: all of it if it is a number of two digits or a name in few words,
    else the codes and amounts of money in it."""
    value = fact.value
    names = _names(value)
    if len(words(value)) <= _FEW_WORDS and (
        sum(map(str.isdigit, value)) >= _LEAST_DIGITS or (names and len(names) == len(words(value)))
    ):
        return [value]
    return [shown for shown, forms in quantities(value) if _is_code(shown, forms) or _is_money(value, shown)]


def _names(value: str) -> list[str]:
    """The words of a value that are written as names; none in scripts without capitals."""
    return [word for word in value.replace("-", " ").split() if word[:1].isupper()]


@lru_cache(maxsize=8192)
def _says(value: str, text: str) -> bool:
    """Whether a text says a value: its numbers and codes in any of their forms, its names with any ending."""
    numbers = quantities(value)
    if numbers:
        forms = known_forms(text)
        if all(own & forms for _, own in numbers):
            return True
        return _digits(value) != "" and len(_digits(value)) >= 5 and _digits(value) in _digits(text)
    said = [bare(word) for word in words(text)]
    return all(any(word.startswith(_stem(bare(part))) for word in said) for part in words(value))


def _digits(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", folded(text)).lower()


def _stem(word: str) -> str:
    """A name without an ending that a language may change."""
    return word[:-1] if len(word) > 5 else word


# -- what is strange -------------------------------------------------------------------------------------------


def _strange_number(text: str, known: str, scene: ConversationScene, serves: bool) -> str:
    forms = known_forms(known)
    secret = [value for part in scene.parts.values() for fact in part.facts for value in _exact(fact)]
    theirs = [fact.value for part in scene.parts.values() for fact in part.facts if _says(fact.value, known)]
    for shown, own in quantities(text):
        if own & forms or _digits(shown) in _digits(known):
            continue
        if any(_digits(shown) in _digits(value) for value in secret):
            continue  # it is right, but another's: `private_kept` says so
        code = _is_code(shown, own)
        if code and (meant := _meant(shown, theirs)):
            return f"writes {shown!r}, which looks like {meant!r} with a mistake"
        if not serves:
            continue
        if code:
            return f"gives the number {shown!r}, which it has from nowhere"
        if _is_money(text, shown) and not _follows(shown, known):
            return f"names the amount {shown!r}, which follows from nothing that it was given"
        if (day := _day(shown, own)) and not _day_follows(day, forms):
            return f"names the date {shown!r}, which follows from nothing that it was given"
    return ""


def _is_code(shown: str, forms: frozenset[Form]) -> bool:
    """Whether a number stands for something, as an order number does: letters and digits together, or five digits and more."""
    if any(isinstance(form, tuple) for form in forms):
        return False
    digits, letters = sum(c.isdigit() for c in shown), sum(c.isalpha() for c in shown)
    return (digits >= 3 and letters > 0 and not re.fullmatch(r"\d+[.,]?\d*[a-zA-Z]{1,7}", shown)) or (
        digits > _MOST_DIGITS_OF_TIME
        and not re.search(r"[.,]\d{1,2}$", shown)
        and not re.fullmatch(r"[1-9]\d{0,2}(?:000)+", re.sub(r"[.,]", "", shown))
    )


def _meant(shown: str, values: Sequence[str]) -> str:
    """The value of which a code is a misspelling: as long, and one or two signs are others."""
    own = _digits(shown)
    for value in values:
        for code in codes(value):
            other = _digits(code)
            if len(other) == len(own) >= 5 and 0 < sum(a != b for a, b in zip(own, other, strict=True)) <= 2:
                return code
    return ""


def _is_money(text: str, shown: str) -> bool:
    at = text.find(shown)
    return at >= 0 and bool(
        _CURRENCY.search(text[max(0, at - 4) : at]) or _CURRENCY.search(text[at + len(shown) : at + len(shown) + 9])
    )


def _number(text: str) -> float | None:
    plain = re.sub(r"[^\d.,]", "", text).strip(".,")
    plain = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", plain).replace(",", ".")
    try:
        return float(plain) if plain else None
    except ValueError:
        return None


@lru_cache(maxsize=2048)
def _values(known: str) -> tuple[float, ...]:
    return tuple(dict.fromkeys(value for shown, _ in quantities(known) if (value := _number(shown)) is not None))[-80:]


def _follows(shown: str, known: str) -> bool:
    """Whether an amount is a sum, difference, multiple or share of two numbers that are known."""
    value, numbers = _number(shown), _values(known)
    if value is None:
        return True
    if any(abs(value - a / 2) < 0.011 or abs(value - a * 2) < 0.011 for a in numbers):
        return True
    for a, b in product(numbers, repeat=2):
        results = [a + b, a - b, a * b, a * b / 100, a - a * b / 100, a + a * b / 100, *([a / b] if b else [])]
        if any(abs(value - result) < 0.011 for result in results):
            return True
    # Three amounts are summed, too: an order's items and its postage.
    return any(abs(value - (a + b + c)) < 0.011 for a, b, c in product(numbers[-16:], repeat=3))


def _day(shown: str, forms: frozenset[Form]) -> tuple[int, int] | None:
    """The day that a number stands for beside a month's name, or a whole date in figures; two figures may be anything."""
    if re.search(r"\d\D\d", shown) and not re.search(r"\d\D\d+\D\d", shown):
        return None
    return next(((form[1], form[2]) for form in forms if isinstance(form, tuple) and form[0] == "date"), None)


_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _day_follows(day: tuple[int, int], forms: frozenset[Form]) -> bool:
    """Whether a date lies a known number of days or weeks from a known date, weekends counted or not."""
    counts = {int(form) for form in forms if isinstance(form, str) and form.isdigit() and len(form) <= 3}
    reach = {n + extra for n in counts for extra in range(0, 2 * (n // 5) + 3)} | {7 * n for n in counts}
    known = [_of_year(form[1], form[2]) for form in forms if isinstance(form, tuple) and form[0] == "date"]
    wanted = _of_year(*day)
    return any(min((wanted - one) % 365, (one - wanted) % 365) in reach for one in known)


def _of_year(month: int, day: int) -> int:
    return sum(_LENGTHS[: month - 1]) + day


def _changed_name(text: str, known: str, scene: ConversationScene) -> str:
    """A name of the scene with a letter changed in its midst; another ending is another case of it."""
    said = set(words(known))
    names = {name for part in scene.parts.values() for fact in part.facts for name in _NAME.findall(fact.value)}
    for word in dict.fromkeys(_NAME.findall(text)):
        if word.lower() in said or word in names:
            continue
        for name in names:
            if _slipped(word, name):
                return f"writes {word!r}, which looks like {name!r} with a mistake"
    return ""


def _slipped(word: str, name: str) -> bool:
    if abs(len(word) - len(name)) > 1 or min(len(word), len(name)) < 5 or word[:2] != name[:2]:
        return False
    if word[:-1] == name[:-1] or word.startswith(name[:-1]) or name.startswith(word[:-1]):
        return False
    if len(word) == len(name):
        other = [at for at, (a, b) in enumerate(zip(word, name, strict=True)) if a != b]
        swapped = (
            len(other) == 2
            and other[1] - other[0] == 1
            and word[other[0]] + word[other[1]] == name[other[1]] + name[other[0]]
        )
        return len(other) == 1 or swapped
    short, long = sorted((word, name), key=len)
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long) - 1))
