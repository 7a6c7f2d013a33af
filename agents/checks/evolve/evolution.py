"""The checks of evolved instructions: whether an operation did with a parent what it says, as far as text can show it.

They read the field that the scenario evolves, the brief's parent, and the value of the axis `operation`. They compare
words: that a limit is sensible, a question deep or a paraphrase true they do not prove.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from agents.checks.check import NOTHING, Check, Finding, Reading
from agents.checks.evolve.instructions import asks, depths, kinds, limits, matter, names, negated, numbers, sentences
from agents.text.phrases import held, words
from agents.text.stems import stem
from scenarios.records import Status

OPERATION = "operation"
"""The axis whose value says what was to be done."""
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
_LABEL = re.compile(r"\b(?:First|Then|Limit|More|For|About|Begins|Idea|Instruction|New instruction|New|What to do):")
_RUN = 5
"""Words in a row that may not be a demonstration's, where the parent has not got them."""
_COPIED = 0.4
"""Its part of the runs of three words that may be a demonstration's."""
_MOST_SENTENCES = 5
_KEPT, _HALF, _ALL_BUT = 0.6, 0.5, 0.7
_REWORDED = 0.5
"""Pairs of neighbouring words that a paraphrase may share with its parent."""


def _texts(reading: Reading) -> tuple[str, str]:
    """The parent's text, and the evolved one."""
    plan, parent = reading.loaded.scenario.evolve, reading.candidate.brief.parent
    assert plan is not None
    assert parent is not None
    return parent.text, reading.candidate.fields.get(plan.field, "")


def _of_texts(test: Callable[[str, str], str]) -> Callable[[Reading], Finding]:
    """The check that tests the parent's text and the evolved one; `test` returns what is wrong, or an empty string."""
    return lambda reading: Finding(test(*_texts(reading)))


def not_parent(parent: str, child: str) -> str:
    """The instruction is not its parent again."""
    said, again = words(parent), words(child)
    if said == again:
        return "is the parent, word by word"
    same = matter(parent) == matter(child) and numbers(parent) == numbers(child)
    if same and _share(again, said) >= 0.8 and len(again) <= len(said) + 2:
        return "is the parent again but for words without weight"
    return ""


def one_instruction(parent: str, child: str) -> str:
    """The text is one instruction: one line, at most five sentences, one of which asks for something, and no answer."""
    if "\n" in child.strip():
        return "has more than one line"
    if child.strip()[:1].islower():
        return "begins with a small letter"
    if found := _ANSWERS.search(child.strip().lower().replace("’", "'")):
        return f"begins as an answer does: {found.group().strip()!r}"
    parts = sentences(child)
    if len(parts) > _MOST_SENTENCES:
        return f"has {len(parts)} sentences, and {_MOST_SENTENCES} are the most"
    return "" if any(map(asks, parts)) else "asks for nothing: it is no instruction"


def _own_words(reading: Reading) -> Finding:
    """The text has no words of the prompt and no run of words of a demonstration."""
    parent, child = _texts(reading)
    for phrase in held(_PROMPTS, child):
        if not held((phrase,), parent):
            return Finding(f"says {phrase!r}, which is the prompt's")
    if label := _LABEL.search(child):
        return Finding(f"writes the label {label.group()!r}")
    mine = _runs(words(child)) - _runs(words(parent))
    for text in _demonstrated(reading):
        if _share(words(child), words(text), 3) > _COPIED:
            return Finding(f"is worded as the demonstration {text!r}")
        for run in sorted(mine & _runs(words(text))):
            if len(matter(" ".join(run))) >= 2:
                return Finding(f"copies {' '.join(run)!r} from a demonstration")
        new = matter(child) - matter(parent)
        if len(new) >= 3 and len(new & matter(text)) >= 0.6 * len(new):
            return Finding(f"is about what a demonstration is about: {', '.join(sorted(new & matter(text)))}")
    return NOTHING


def _demonstrated(reading: Reading) -> Iterator[str]:
    for shown in reading.loaded.shown(reading.candidate.brief):
        yield from (*shown.fields.values(), shown.texts.get("parent", ""))


def constrained(parent: str, child: str) -> str:
    """Why a text is not its parent with a further limit, or an empty string."""
    if lost := _lost(parent, child, _KEPT):
        return lost
    if other := _other_kind(parent, child):
        return other
    if not (limits(child) - limits(parent) or numbers(child) - numbers(parent)):
        return "sets no limit that the parent has not"
    return "" if len(words(child)) > len(words(parent)) else "is no longer than the parent, so nothing was added"


def deepened(parent: str, child: str) -> str:
    """Why a text does not ask for more thought about its parent's matter, or an empty string."""
    if lost := _lost(parent, child, _KEPT):
        return lost
    if other := _other_kind(parent, child):
        return other
    if not depths(child) - depths(parent):
        return "asks for no reasons, steps, comparison, examples or consequences that the parent does not ask for"
    return "" if len(words(child)) >= len(words(parent)) + 3 else "asks for no more than the parent"


def concretised(parent: str, child: str) -> str:
    """Why a text is not its parent made concrete, or an empty string."""
    if lost := _lost(parent, child, _HALF):
        return lost
    if other := _other_kind(parent, child):
        return other
    new = {*(matter(child) - matter(parent)), *(numbers(child) - numbers(parent))}
    told = {*(names(child) - names(parent)), *(numbers(child) - numbers(parent))}
    least = 2 if told else 3
    return (
        "" if len(new) >= least else f"names {len(new)} things that the parent does not name, and {least} are the least"
    )


def broadened(parent: str, child: str) -> str:
    """Why a text is not about another matter of the same kind, or an empty string."""
    mine, its = matter(child), matter(parent)
    if len(new := mine - its) < 2:
        return f"names {len(new)} things of its own, and 2 are the least"
    if len(mine & its) > 0.4 * len(mine) or len(mine & its) > _HALF * len(its):
        return f"is about the same matter: {', '.join(sorted(mine & its))}"
    if kinds(parent) and not kinds(parent) & kinds(child):
        return f"asks for another kind of thing ({_or_none(kinds(child))}) than the parent ({_or_none(kinds(parent))})"
    if len(words(child)) > 2 * len(words(parent)) + 10:
        return "is far longer than the parent"
    return ""


def paraphrased(parent: str, child: str) -> str:
    """Why a text does not say the same in other words, as far as words show it; or an empty string."""
    if changed := numbers(parent) ^ numbers(child):
        return f"has other numbers than the parent: {', '.join(sorted(changed))}"
    known = {word.removesuffix("'s") for word in words(parent)}
    if new := sorted(names(child) - known):
        return f"names {', '.join(new)}, whom the parent does not name"
    if unnamed := sorted(names(parent) - {word.removesuffix("'s") for word in words(child)}):
        return f"does not name {', '.join(unnamed)}"
    if lost := _lost(parent, child, _ALL_BUT):
        return lost
    if other := _other_kind(parent, child):
        return other
    added = matter(child) - matter(parent)
    if len(added) > max(1, len(matter(parent)) // 3):
        return f"adds {', '.join(sorted(added))}"
    if negated(parent) is not negated(child):
        return "excludes something and the parent does not, or the other way around"
    if (share := _share(words(child), words(parent))) > _REWORDED:
        return f"shares {share:.0%} of its pairs of words with the parent, and {_REWORDED:.0%} are the most"
    return ""


OPERATIONS: dict[str, Callable[[str, str], str]] = {
    "constrain": constrained,
    "deepen": deepened,
    "concretise": concretised,
    "broaden": broadened,
    "paraphrase": paraphrased,
}
"""Operation → its proof, by the parent's text and the evolved one."""


def _operation_done(reading: Reading) -> Finding:
    """The instruction is what the operation makes of the parent: constrain, deepen, concretise, broaden or paraphrase."""
    name = reading.candidate.brief.cell.get(OPERATION, "")
    if name not in OPERATIONS:
        return Finding(f"no proof is known for the operation {name!r}", given=Status.UNVERIFIABLE)
    fault = OPERATIONS[name](*_texts(reading))
    return Finding(f"{name}: {fault}" if fault else "")


def _lost(parent: str, child: str, least: float) -> str:
    """What of the parent's matter a text has lost, where that is too much of it; its numbers all have to stay."""
    if gone := numbers(parent) - numbers(child):
        return f"has lost the parent's numbers: {', '.join(sorted(gone))}"
    its = matter(parent)
    lost = its - matter(child) - {stem(word) for word in words(child)}
    if len(its) - len(lost) >= least * len(its):
        return ""
    return f"has lost the parent's matter: {', '.join(sorted(lost))}"


def _other_kind(parent: str, child: str) -> str:
    """Why a text asks for another kind of thing than its parent, where the kinds of both are known; or an empty string."""
    if kinds(parent) and kinds(child) and not kinds(parent) & kinds(child):
        return f"asks for another kind of thing ({_or_none(kinds(child))}) than the parent ({_or_none(kinds(parent))})"
    return ""


def _or_none(found: frozenset[str]) -> str:
    return " or ".join(sorted(found)) or "none that is known"


def _share(mine: tuple[str, ...], other: tuple[str, ...], size: int = 2) -> float:
    """Which part of the runs of `size` words another text has, too."""
    runs = _runs(mine, size)
    return len(runs & _runs(other, size)) / len(runs) if runs else 0.0


def _runs(text: tuple[str, ...], size: int = _RUN) -> set[tuple[str, ...]]:
    return {text[place : place + size] for place in range(len(text) - size + 1)}


EVOLUTION: dict[str, Check] = {
    "not_parent": Check(_of_texts(not_parent), early=True, evolves=True),
    "one_instruction": Check(_of_texts(one_instruction), early=True, evolves=True),
    "own_words": Check(_own_words, early=True, evolves=True),
    "operation_done": Check(_operation_done, early=True, evolves=True),
}
"""The checks of scenarios with `evolve`."""
