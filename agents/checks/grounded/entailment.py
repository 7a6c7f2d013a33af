"""Whether words say what other words say, as far as words alone can tell. Strict: what is not found is not entailed.

A claim may use the words of its spans, of the question and the title, and words that add nothing. It may not bring
a number, a date, a quantity, a comparison or a negation of its own, nor turn one around. What this cannot see is in
docs/how-to-make-task-datasets.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import pairwise

from agents.text.numbers import is_number, tokens
from agents.text.stems import stem, stems
from agents.text.synonyms import ALIKE, BOUNDS, CARRIERS, DATES, DEGREES, FREE, HEDGES, NEGATIONS, OPPOSITES, QUANTITIES

_OBLIGED = re.compile(r"\b(must|has to|have to|needs? to|required|obligatory|compulsory)\b")
_PERMITTED = re.compile(r"\b(can|may|could|allowed|permitted|free to|welcome to)\b")
_AUX = r"(?:is|are|was|were|can|may|must|do|does|did|will|has|have|had|cannot|\w+n't)"
_CLAUSE = re.compile(
    rf"[.;:!?,]\s+|[.;:!?,]$|\b(?:but|while|although|though|because|unless|except)\b|\band\b(?=[^,.;]*?\b{_AUX}\b)"
)
_PASSIVE = re.compile(
    r"\b(?:is|are|was|were|be|been|being)\s+(?:\w+ly\s+)?(?:\w+ed|\w+en|built|made|sold|kept|held|paid|taught|found|led|sent|told|bought|brought|run|cut|put|won)\b"
)
_NAME = re.compile(r"(?<=[^\W\d_,;:'’)] )[A-Z][\w'’]*")


def unsupported(claim: str, spans: Iterable[str], known: str) -> str:
    """Why `spans` do not entail `claim`, or an empty string where nothing speaks against it.

    `known` is what a claim may mention besides: the question and the title.
    """
    cited = " . ".join(spans)
    for test in _TESTS:
        if found := test(claim, cited, known):
            return found
    return ""


def content(text: str) -> list[str]:
    """The words of a text that carry weight, as stems in order; numbers included."""
    return [
        stem(token) for token in tokens(text) if token not in FREE and token not in NEGATIONS and "n't" not in token
    ]


def alike(word: str, words: Iterable[str]) -> bool:
    """True where `words` (stems) have `word` or one that means the same."""
    held = set(words)
    return word in held or any(word in group and group & held for group in ALIKE)


def polarity(clause: str) -> bool:
    """True where a clause is negated an odd number of times."""
    return sum(token in NEGATIONS or token.endswith("n't") for token in tokens(clause)) % 2 == 1


@lru_cache(maxsize=4096)
def clauses(text: str) -> tuple[str, ...]:
    """The clauses of a text, as punctuation and conjunctions show them."""
    plain = re.sub(r"\b(?:no|not) (more|less|fewer|later|earlier) than\b", r"\1 than", text.replace("’", "'"))
    return tuple(part for part in _CLAUSE.split(plain) if part and part.strip())


def _numbers(claim: str, cited: str, known: str) -> str:
    told = set(tokens(cited))
    for token in tokens(claim):
        if is_number(token) and token not in told:
            return f"says {token!r}, which is not in the cited words"
    return ""


def _weights(claim: str, cited: str, known: str) -> str:
    """Dates, quantities and comparisons have to be the spans' own."""
    told = set(tokens(cited)) | set(stems(cited))
    for token in tokens(claim):
        base = stem(token)
        heavy = token in QUANTITIES or token in DATES or base in DATES or token in DEGREES
        if heavy and token not in told and base not in told and not (token not in DEGREES and alike(base, told)):
            return f"says {token!r}, which is not in the cited words"
    return ""


def _names(claim: str, cited: str, known: str) -> str:
    told = set(stems(cited)) | set(stems(known))
    for name in _NAME.findall(claim):
        if missing := [part for part in stems(name) if part not in told and part not in FREE]:
            return f"names {missing[0]!r}, which is not in the cited words"
    return ""


def _words(claim: str, cited: str, known: str) -> str:
    spans, asked = content(cited), content(known)
    for word in content(claim):
        if word in CARRIERS or alike(word, spans):
            continue
        contrary = next((other for pair in OPPOSITES for other in _other(word, pair) if other in spans), "")
        if contrary:
            return f"says {word!r} where the cited words say {contrary!r}"
        if not alike(word, asked):
            return f"says {word!r}, which is not in the cited words"
    return ""


def _other(word: str, pair: tuple[str, str]) -> tuple[str, ...]:
    return (pair[1],) if word == pair[0] else (pair[0],) if word == pair[1] else ()


def _negation(claim: str, cited: str, known: str) -> str:
    told: dict[str, set[bool]] = {}
    for clause in clauses(cited):
        for word in content(clause):
            told.setdefault(word, set()).add(polarity(clause))
    for clause in clauses(claim):
        mine = polarity(clause)
        if mine and not any(True in ways for ways in told.values()):
            return "denies what the cited words do not deny"
        for word in content(clause):
            if word in told and mine not in told[word]:
                return (
                    f"{'denies' if mine else 'affirms'} {word!r}, which the cited words {'affirm' if mine else 'deny'}"
                )
    return ""


def _modality(claim: str, cited: str, known: str) -> str:
    mine, told = claim.lower(), cited.lower()
    if _OBLIGED.search(mine) and not _OBLIGED.search(told):
        return "makes a duty of it, which the cited words do not"
    if _PERMITTED.search(mine) and _OBLIGED.search(told) and not _PERMITTED.search(told):
        return "makes a choice of a duty"
    return ""


def _hedges(claim: str, cited: str, known: str) -> str:
    """A limiting word of a clause that the claim is about may not be dropped."""
    said, mine = set(tokens(claim)), set(content(claim))
    for clause in clauses(cited):
        words = [word for word in content(clause) if word not in HEDGES]
        if len(mine & set(words)) < max(1, (len(set(words)) + 1) // 2):
            continue
        for word in tokens(clause):
            if word in HEDGES and not alike(stem(word), {*said, *map(stem, said)}):
                return f"leaves out {word!r} of the cited words"
    return ""


def _bounds(claim: str, cited: str, known: str) -> str:
    """'Until nine' is not 'at nine', and 'about six' is not 'six'."""
    told: dict[str, set[str]] = {}
    for number, bound in _bounded(cited):
        told.setdefault(number, set()).add(bound)
    for number, bound in _bounded(claim):
        if number in told and bound not in told[number]:
            theirs = " or ".join(sorted(each or "plain" for each in told[number]))
            return f"says {bound or 'plain'} {number!r} where the cited words say {theirs} {number!r}"
    return ""


def _bounded(text: str) -> list[tuple[str, str]]:
    """Each number or date with the bound before it."""
    words = [
        word for word in tokens(text) if word not in {"than", "the", "on", "in", "at", "a", "of"} or word == "least"
    ]
    return [
        (word, BOUNDS.get(words[place - 1], "") if place else "")
        for place, word in enumerate(words)
        if is_number(word) or stem(word) in DATES
    ]


def _bindings(claim: str, cited: str, known: str) -> str:
    """A number goes with the word beside it: no other number of the spans may be nearer to that word."""
    theirs = [token for token in tokens(cited) if token not in FREE]
    mine = [token for token in tokens(claim) if token not in FREE]
    for place, number in enumerate(mine):
        if not is_number(number):
            continue
        for step in (1, -1):
            word = mine[place + step : place + step + 1] if place + step >= 0 else []
            if not word or is_number(word[0]):
                continue
            beside = {n for n, near in _beside(theirs, step) if stem(near) == stem(word[0])}
            if beside and number not in beside and not (step == -1 and _apart(cited, number, beside)):
                return f"puts {number!r} with {word[0]!r}, which the cited words put with {min(beside)!r}"
    return _dated(claim, cited)


def _beside(words: list[str], step: int) -> list[tuple[str, str]]:
    """Each number with the word right after (1) or before (-1) it."""
    places = [place for place, word in enumerate(words) if is_number(word) and 0 <= place + step < len(words)]
    return [(words[place], words[place + step]) for place in places]


def _apart(cited: str, number: str, others: set[str]) -> bool:
    """True where the number stands in a clause without the others: then a verb may be left out before it."""
    return any(number in tokens(clause) and not others & set(tokens(clause)) for clause in clauses(cited))


def _dated(claim: str, cited: str) -> str:
    """A day or month of the claim stands in a clause with the claim's number, where it stands with a number at all."""
    numbers = {token for token in tokens(claim) if is_number(token)}
    for date in (word for word in stems(claim) if word in DATES):
        beside = [set(filter(is_number, tokens(clause))) for clause in clauses(cited) if date in stems(clause)]
        beside = [group for group in beside if group]
        if numbers and beside and not any(numbers & group for group in beside):
            return f"puts {min(numbers)!r} with {date!r}, which the cited words put with {min(beside[0])!r}"
    return ""


def _roles(claim: str, cited: str, known: str) -> str:
    """Two things around a word have changed places, and the voice is the same."""
    for theirs in clauses(cited):
        for mine in clauses(claim):
            if bool(_PASSIVE.search(mine)) != bool(_PASSIVE.search(theirs)):
                continue
            left, right = content(mine), content(theirs)
            order = {word: place for place, word in enumerate(right) if right.count(word) == 1}
            known_words = [word for word in left if word in order and left.count(word) == 1]
            for middle in range(1, len(known_words) - 1):
                verb = order[known_words[middle]]
                before, after = known_words[middle - 1], known_words[middle + 1]
                if order[before] > verb > order[after]:
                    return f"turns {before!r} and {after!r} around"
    swapped = _directions(claim), _directions(cited)
    for word, side in swapped[0].items():
        if word in swapped[1] and swapped[1][word] != side:
            return f"says {side} {word!r} where the cited words say {swapped[1][word]}"
    return ""


def _directions(text: str) -> dict[str, str]:
    """The words right after 'from' and 'to'."""
    words = [word for word in tokens(text) if word not in {"the", "a", "an"}]
    return {stem(after): word for word, after in pairwise(words) if word in {"from", "to"}}


_TESTS: tuple[Callable[[str, str, str], str], ...] = (
    _numbers, _weights, _names, _negation, _words, _modality, _hedges, _bounds, _bindings, _roles,
)  # fmt: skip
