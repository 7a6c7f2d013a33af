"""Guesses about what became of an instruction, from lists of words: for models that cannot judge.

They compare words: that a limit is sensible, a question deep or a paraphrase true they do not prove.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from agents.checks.evolve.instructions import (
    asks,
    depths,
    kinds,
    limits,
    matter,
    names,
    negated,
    numbers,
    sentences,
    stands_for,
)
from agents.text.phrases import held, words
from agents.text.stems import stem

_ANSWERS = re.compile(
    r"^(?:sure|certainly|of course|here (?:is|are)|here's|yes\b|no,|answer|okay|ok\b|thanks|thank you|the answer|in short)"
    r"|(?:^|\s)(?:1[.)]|step 1)\s"
)
_PROMPTS = (
    "given instruction", "given prompt", "new instruction", "first instruction", "original instruction", "previous instruction",
    "instruction above", "above instruction", "this instruction", "the instruction", "rewritten", "rephrased", "paraphrase",
    "paraphrased", "evolved", "the prompt", "new prompt", "in other words", "made concrete", "same kind", "with a limit",
    "the parent", "the operation", "the idea", "new version", "harder version",
)  # fmt: skip
_LABEL = re.compile(r"\b(?:First|Then|Limit|More|For|About|Begins|New):")
_RUN = 5
"""Words in a row that may not be a demonstration's, where the parent has not got them: few, so that only a small model, which
copies, is refused for them."""
_COPIED = 0.4
"""Its part of the runs of three words that may be a demonstration's."""
_MOST_SENTENCES = 5
_KEPT, _HALF, _ALL_BUT = 0.6, 0.5, 0.7
_REWORDED = 0.5
"""Pairs of neighbouring words that a paraphrase may share with its parent."""


def parent_again(parent: str, child: str) -> str:
    """Why a text is its parent with other words that add nothing, or an empty string."""
    said, again = words(parent), words(child)
    same = matter(parent) == matter(child) and numbers(parent) == numbers(child)
    if same and _share(again, said) >= 0.8 and len(again) <= len(said) + 2:
        return "is the first instruction again but for words without weight"
    return ""


def one_instruction(parent: str, child: str) -> str:
    """The text is one instruction: at most five sentences, one of which asks for something, and no answer."""
    if child.strip()[:1].islower():
        return "begins with a small letter"
    if found := _ANSWERS.search(child.strip().lower().replace("’", "'")):
        return f"begins as an answer does: {found.group().strip()!r}"
    parts = sentences(child)
    if len(parts) > _MOST_SENTENCES:
        return f"has {len(parts)} sentences, and {_MOST_SENTENCES} are the most"
    return "" if any(map(asks, parts)) else "asks for nothing: it is no instruction"


def own_wording(parent: str, child: str, demonstrated: Iterable[str]) -> str:
    """The text has no phrase that a prompt would have, and neither the words nor the matter of a demonstration, as far as words
    show it."""
    for phrase in held(_PROMPTS, child):
        if not held((phrase,), parent):
            return f"says {phrase!r}, which is the prompt's"
    if label := _LABEL.search(child):
        return f"writes the label {label.group()!r}"
    mine = runs(words(child)) - runs(words(parent))
    for text in demonstrated:
        if _share(words(child), words(text), 3) > _COPIED:
            return f"is worded as the example {text!r}"
        for run in sorted(mine & runs(words(text))):
            if len(matter(" ".join(run))) >= 2:
                return f"copies {' '.join(run)!r} from an example"
        new = matter(child) - matter(parent)
        if len(new) >= 3 and len(new & matter(text)) >= 0.6 * len(new):
            return f"is about what an example is about: {_said(new & matter(text), child)}"
    return ""


def constrained(parent: str, child: str) -> str:
    """Why a text is not its parent with a further limit, or an empty string."""
    if strayed := _lost(parent, child, _KEPT) or _other_kind(parent, child):
        return strayed
    if not (limits(child) - limits(parent) or numbers(child) - numbers(parent)):
        return "sets no limit that the first instruction has not"
    return (
        ""
        if len(words(child)) > len(words(parent))
        else "is no longer than the first instruction, so nothing was added"
    )


def deepened(parent: str, child: str) -> str:
    """Why a text does not ask for more thought about its parent's matter, or an empty string."""
    if strayed := _lost(parent, child, _KEPT) or _other_kind(parent, child):
        return strayed
    if not depths(child) - depths(parent):
        return "asks for no reasons, steps, comparison, examples or consequences that the first instruction does not ask for"
    return "" if len(words(child)) >= len(words(parent)) + 3 else "asks for no more than the first instruction"


def concretised(parent: str, child: str) -> str:
    """Why a text is not its parent made concrete, or an empty string."""
    if strayed := _lost(parent, child, _HALF) or _other_kind(parent, child):
        return strayed
    new = {*(matter(child) - matter(parent)), *(numbers(child) - numbers(parent))}
    told = {*(names(child) - names(parent)), *(numbers(child) - numbers(parent))}
    least = 2 if told else 3
    return (
        ""
        if len(new) >= least
        else f"names {len(new)} things that the first instruction does not name, and {least} are the least"
    )


def broadened(parent: str, child: str) -> str:
    """Why a text is not about another matter of the same kind, or an empty string."""
    mine, its = matter(child), matter(parent)
    if len(new := mine - its) < 2:
        return f"names {len(new)} things of its own, and 2 are the least"
    if len(mine & its) > 0.4 * len(mine) or len(mine & its) > _HALF * len(its):
        return f"is about the same matter: {_said(mine & its, child)}"
    if kinds(parent) and not kinds(parent) & kinds(child):
        return f"asks for another kind of thing ({_or_none(kinds(child))}), and the first instruction for ({_or_none(kinds(parent))})"
    if len(words(child)) > 2 * len(words(parent)) + 10:
        return "is far longer than the first instruction"
    return ""


def paraphrased(parent: str, child: str) -> str:
    """Why a text does not say the same in other words, as far as words show it; or an empty string."""
    if changed := numbers(parent) ^ numbers(child):
        return f"has other numbers than the first instruction: {', '.join(sorted(changed))}"
    known = {word.removesuffix("'s") for word in words(parent)}
    if new := sorted(names(child) - known):
        return f"names {', '.join(new)}, whom the first instruction does not name"
    if unnamed := sorted(names(parent) - {word.removesuffix("'s") for word in words(child)}):
        return f"does not name {', '.join(unnamed)}"
    if strayed := _lost(parent, child, _ALL_BUT) or _other_kind(parent, child):
        return strayed
    added = matter(child) - matter(parent)
    if len(added) > max(1, len(matter(parent)) // 3):
        return f"adds {_said(added, child)}"
    if negated(parent) is not negated(child):
        return "excludes something and the first instruction does not, or the other way around"
    if (share := _share(words(child), words(parent))) > _REWORDED:
        return f"shares {share:.0%} of its pairs of words with the first instruction, and {_REWORDED:.0%} are the most"
    return ""


OPERATIONS: dict[str, Callable[[str, str], str]] = {
    "constrain": constrained,
    "deepen": deepened,
    "concretise": concretised,
    "broaden": broadened,
    "paraphrase": paraphrased,
}
"""Operation → its proof, by the parent's text and the evolved one."""


def _lost(parent: str, child: str, least: float) -> str:
    """What of the parent's matter a text has lost, where that is too much of it; its numbers all have to stay."""
    if gone := numbers(parent) - numbers(child):
        return f"leaves out numbers of the first instruction: {', '.join(sorted(gone))}"
    its = matter(parent)
    lost = its - matter(child) - {stem(word) for word in words(child)}
    if len(its) - len(lost) >= least * len(its):
        return ""
    return f"leaves out what the first instruction is about: {_said(lost, parent)}"


def _said(stems: Iterable[str], text: str) -> str:
    """The words of a text whose stems these are."""
    wanted = set(stems)
    return ", ".join(dict.fromkeys(word for word in words(text) if stands_for(word) in wanted))


def _other_kind(parent: str, child: str) -> str:
    """Why a text asks for another kind of thing than its parent, where the kinds of both are known; or an empty string."""
    if kinds(parent) and kinds(child) and not kinds(parent) & kinds(child):
        return f"asks for another kind of thing ({_or_none(kinds(child))}), and the first instruction for ({_or_none(kinds(parent))})"
    return ""


def _or_none(found: frozenset[str]) -> str:
    return " or ".join(sorted(found)) or "none that is known"


def _share(mine: tuple[str, ...], other: tuple[str, ...], size: int = 2) -> float:
    """Which part of the runs of `size` words another text has, too."""
    mine_runs = runs(mine, size)
    return len(mine_runs & runs(other, size)) / len(mine_runs) if mine_runs else 0.0


def runs(text: tuple[str, ...], size: int = _RUN) -> set[tuple[str, ...]]:
    """Every so many words in a row."""
    return {text[place : place + size] for place in range(len(text) - size + 1)}
