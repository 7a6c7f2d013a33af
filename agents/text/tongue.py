"""The language that a text is in, by py3langid (Lui and Baldwin 2012): no download, no chance, no state. Pure.

A text is only said to be in another language if that is beyond doubt: what it names, quotes or copies is left out first, and
the rest must be long enough and far likelier in the other language.
"""

from __future__ import annotations

from functools import lru_cache

import regex
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from agents.text.scripts import UNSPACED, spaced, word_set
from scenarios.schema.languages import ENGLISH, LANGUAGES, code_of, language_of
from scenarios.text import folded

_SURE = 25.0
"""By how much the other language's log-likelihood must be greater. Of 300 lines of chats in fifteen languages none was more
than 10 below the best, and 99 % of those of six words or more were 30 above every other language."""
_OF_A_VARIETY = 2 * _SURE
"""Nobody knows how a dialect is spelled."""
_FEWEST_WORDS, _FEWEST_SIGNS = 4, 8
_FREQUENT = 2
"""Frequent words of English that a line in another language, full of terms of the trade, does not have."""
_AHEAD = (60.0, 30.0, 15.0)
"""By how much the best must be likelier than the next in Latin letters, with none, one and more of its frequent words, if the text
may be a spelling in these letters of a language that is written in others. Of 29 such lines none was."""
_ALIKE = (
    frozenset({"hr", "sr", "sl"}), frozenset({"id", "ms"}), frozenset({"da", "no"}), frozenset({"cs", "sk"}),
)  # fmt: skip
"""Languages whose short lines can be each other's."""
_SLAVIC = frozenset({"bg", "cs", "hr", "pl", "ru", "sk", "sl", "sr", "uk"})
"""Russian in Latin letters is read as another of them."""
_LEFT_OUT = regex.compile(
    r"```.*?(?:```|\Z)|`[^`\n]{0,400}`|^ ?>[^\n]*"
    r"|\"[^\"\n]{0,400}\"|“[^“”\n]{0,400}”|„[^„“”\n]{0,400}[“”]|«[^«»\n]{0,400}»|»[^«»\n]{0,400}«"
    r"|「[^「」\n]{0,400}」|『[^『』\n]{0,400}』|《[^《》\n]{0,400}》"
    r"|(?<!\w)['‘‚][^'’‘\n]{2,400}['’‘](?!\w)"
    r"|\[[^\[\]\n]{0,400}\]\([^()\n]{0,400}\)|</?[a-zA-Z][^<>\n]{0,200}>|\{\{[^{}]{0,200}\}\}"
    r"|(?:https?://|www\.)\S+|(?<![\w.+-])[\w.+-]++@[\w-]+(?:\.[\w-]+)+|[@#][\w-]+"
    r"|(?<![a-zA-Z\d-])[a-zA-Z\d-]++(?:[./\\_][a-zA-Z\d-]++)+"
    r"|(?<![a-zA-Z'’-])[a-zA-Z'’-]*+\d[a-zA-Z\d'’,.:%-]*",
    regex.DOTALL | regex.MULTILINE,
)
"""What says nothing of the language around it: code, quotations, markup, addresses, file names, numbers and codes."""
_WORD = regex.compile(rf"(?:[[\p{{L}}\p{{M}}'’]--[{UNSPACED}]])+|[{UNSPACED}]\p{{M}}*", regex.V1)
_NAME = regex.compile(r"(?<=[\p{L}\p{M}\p{N},;:/&'’\"()–—-][ \n]?)\b\p{Lu}[\p{L}\p{M}'’-]*")
"""A capital inside a sentence: a name, a product, an abbreviation; in German also any noun."""
_SIGNS = regex.compile(rf"[{UNSPACED}]")
_LATIN = "Latin"
_SHARE = 0.75


def reads(wanted: str) -> bool:
    """Whether it can be told that a text is not in the language of this name."""
    return code_of(wanted) in _labels()


@lru_cache(maxsize=8192)
def other_language(text: str, wanted: str) -> str:
    """The name of the language that a text is surely in, if that is not the `wanted` one; else an empty string, also for a
    text that is too short to tell, that has a line in the wanted language (it may show a draft or a verse in the other), and if
    nothing is known of the wanted language (see `reads`)."""
    if not reads(wanted):
        return ""
    lines = text.split("\n")
    found = _surely(_words_of(text), wanted)
    return (
        ""
        if found and len(lines) > 1 and any(_likeliest(_words_of(line)) == code_of(wanted) for line in lines)
        else found
    )


def _likeliest(left: str) -> str:
    """The code of the language that words are most likely in; empty without words."""
    return _identifier().rank(left)[0][0] if left else ""


def _surely(left: str, wanted: str) -> str:
    """The name of the language that words are surely in, if it is not the `wanted` one."""
    if not left:
        return ""
    ranked = _identifier().rank(left)
    (best, most), mine = ranked[0], code_of(wanted)
    variety = language_of(wanted).name not in LANGUAGES
    if most - dict(ranked)[mine] < (_OF_A_VARIETY if variety else _SURE) or _alike(best, mine):
        return ""
    found = _by_code()[best]
    said = word_set(left)
    frequent, own = len(said & LANGUAGES[found].common), len(said & language_of(wanted).common)
    if own > frequent or (own == frequent > 0 and spaced(left)):
        return ""
    if _may_be_spelled_in_latin(left, wanted):
        if {best, mine} <= _SLAVIC:
            return ""
        ahead = most - next(score for code, score in ranked if code != best and not _alike(code, best))
        return found if ahead >= _AHEAD[min(frequent, len(_AHEAD) - 1)] else ""
    return "" if found == ENGLISH and frequent < _FREQUENT else found


def _words_of(text: str) -> str:
    """The words of a text that are its own, or an empty string if they are too few."""
    shown = regex.sub(r"[^\S\n]+", " ", folded(text))
    if shown.isupper():
        shown = shown.lower()
    own = _NAME.sub(" ", _LEFT_OUT.sub(" ", shown))
    words = _WORD.findall(own)
    signs = sum(_SIGNS.match(word) is not None for word in words)
    lower = sum(not word[0].isupper() for word in words) - signs
    enough = signs >= _FEWEST_SIGNS or lower >= _FEWEST_WORDS or (lower >= 2 and lower + signs >= _FEWEST_SIGNS)
    return " ".join(own.split()) if enough else ""


def _alike(one: str, other: str) -> bool:
    return any({one, other} <= group for group in _ALIKE)


def _may_be_spelled_in_latin(text: str, wanted: str) -> bool:
    """Whether a text in Latin letters is to be in a language that is written in others, and that people also type in these."""
    letters = regex.findall(r"\p{L}", text)
    latin = sum(regex.match(r"\p{Latin}", letter) is not None for letter in letters)
    return _LATIN not in language_of(wanted).scripts and latin >= _SHARE * len(letters)


@lru_cache(maxsize=1)
def _by_code() -> dict[str, str]:
    return {language.code: name for name, language in LANGUAGES.items()}


@lru_cache(maxsize=1)
def _labels() -> frozenset[str]:
    return frozenset(_identifier().labels)


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    """The model, which takes half a second to load, among the languages that have a name here."""
    found = LanguageIdentifier.from_model_file(MODEL_FILE)
    found.set_languages(sorted(set(found.labels) & set(_by_code())))
    return found
