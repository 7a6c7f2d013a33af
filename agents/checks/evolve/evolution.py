"""The checks of evolved instructions: whether an operation did with a parent what it says, as far as text can show it.

They read the field that the scenario evolves, the brief's parent, and the value of the axis `operation`. Some are exact
(`keeping.py`). The others guess from lists of words, for models that cannot judge: that a limit is sensible, a question
deep or a paraphrase true they do not prove.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from agents.checks.check import NOTHING, Check, Finding, Reading
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
from agents.checks.evolve.keeping import kept
from agents.checks.kept import word_list
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
"""Words in a row that may not be a demonstration's, where the parent has not got them: few, so that only a small model, which
copies, is refused for them."""
_COPIED_RUN = 9
"""As before, for any model. Shorter runs are common to all plain English."""
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
    """The instruction is not its parent again, word by word."""
    return "is the first instruction, word by word" if word_list(parent) == word_list(child) else ""


def _parent_again(parent: str, child: str) -> str:
    """Why a text is its parent with other words that add nothing, or an empty string."""
    said, again = words(parent), words(child)
    same = matter(parent) == matter(child) and numbers(parent) == numbers(child)
    if same and _share(again, said) >= 0.8 and len(again) <= len(said) + 2:
        return "is the first instruction again but for words without weight"
    return ""


def one_line(parent: str, child: str) -> str:
    """The text is one line, without a label of the prompt before it."""
    if "\n" in child.strip():
        return "has more than one line"
    label = _LABEL.search(child)
    return f"writes the label {label.group()!r}" if label and label.group() not in parent else ""


def one_instruction(parent: str, child: str) -> str:
    """The text is one instruction: at most five sentences, one of which asks for something, and no answer. Words show it, as far
    as they can."""
    if child.strip()[:1].islower():
        return "begins with a small letter"
    if found := _ANSWERS.search(child.strip().lower().replace("’", "'")):
        return f"begins as an answer does: {found.group().strip()!r}"
    parts = sentences(child)
    if len(parts) > _MOST_SENTENCES:
        return f"has {len(parts)} sentences, and {_MOST_SENTENCES} are the most"
    return "" if any(map(asks, parts)) else "asks for nothing: it is no instruction"


def _own_words(reading: Reading) -> Finding:
    """The text has no long run of words of a demonstration that the parent and the idea have not got."""
    parent, child = _texts(reading)
    given = [parent, *reading.candidate.brief.texts.values(), *_attributes(reading)]
    mine = _runs(words(child), _COPIED_RUN) - {run for text in given for run in _runs(words(text), _COPIED_RUN)}
    for text in _demonstrated(reading):
        if run := min(mine & _runs(words(text), _COPIED_RUN), default=()):
            return Finding(f"copies {' '.join(run)!r} from an example")
    return NOTHING


def _attributes(reading: Reading) -> Iterator[str]:
    for attributes in reading.candidate.brief.attributes.values():
        yield from attributes.values()


def _own_wording(reading: Reading) -> Finding:
    """The text has no phrase that a prompt would have, and neither the words nor the matter of a demonstration, as far as words
    show it."""
    parent, child = _texts(reading)
    for phrase in held(_PROMPTS, child):
        if not held((phrase,), parent):
            return Finding(f"says {phrase!r}, which is the prompt's")
    mine = _runs(words(child)) - _runs(words(parent))
    for text in _demonstrated(reading):
        if _share(words(child), words(text), 3) > _COPIED:
            return Finding(f"is worded as the example {text!r}")
        for run in sorted(mine & _runs(words(text))):
            if len(matter(" ".join(run))) >= 2:
                return Finding(f"copies {' '.join(run)!r} from an example")
        new = matter(child) - matter(parent)
        if len(new) >= 3 and len(new & matter(text)) >= 0.6 * len(new):
            return Finding(f"is about what an example is about: {_said(new & matter(text), child)}")
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
        return "sets no limit that the first instruction has not"
    return (
        ""
        if len(words(child)) > len(words(parent))
        else "is no longer than the first instruction, so nothing was added"
    )


def deepened(parent: str, child: str) -> str:
    """Why a text does not ask for more thought about its parent's matter, or an empty string."""
    if lost := _lost(parent, child, _KEPT):
        return lost
    if other := _other_kind(parent, child):
        return other
    if not depths(child) - depths(parent):
        return "asks for no reasons, steps, comparison, examples or consequences that the first instruction does not ask for"
    return "" if len(words(child)) >= len(words(parent)) + 3 else "asks for no more than the first instruction"


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
    if lost := _lost(parent, child, _ALL_BUT):
        return lost
    if other := _other_kind(parent, child):
        return other
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


def _operation_done(reading: Reading) -> Finding:
    """The instruction is what the operation makes of the parent: constrain, deepen, concretise, broaden or paraphrase, as far as
    words show it."""
    name = reading.candidate.brief.cell.get(OPERATION, "")
    if name not in OPERATIONS:
        return Finding(f"no proof is known for the operation {name!r}", given=Status.UNVERIFIABLE)
    return Finding(_parent_again(*_texts(reading)) or OPERATIONS[name](*_texts(reading)))


def _parent_kept(reading: Reading) -> Finding:
    """What the operation has to keep of the parent is there: its numbers by their value, its names, a word that denies if it
    denies something, and the kind of text that it asks for. A paraphrase adds no number and no name."""
    return Finding(kept(reading.candidate.brief.cell.get(OPERATION, ""), *_texts(reading)))


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
    runs = _runs(mine, size)
    return len(runs & _runs(other, size)) / len(runs) if runs else 0.0


def _runs(text: tuple[str, ...], size: int = _RUN) -> set[tuple[str, ...]]:
    return {text[place : place + size] for place in range(len(text) - size + 1)}


EVOLUTION: dict[str, Check] = {
    "not_parent": Check(_of_texts(not_parent), version=2, early=True, evolves=True),
    "one_line": Check(_of_texts(one_line), early=True, evolves=True),
    "own_words": Check(_own_words, version=2, early=True, evolves=True),
    "parent_kept": Check(_parent_kept, early=True, evolves=True),
    "one_instruction": Check(_of_texts(one_instruction), version=2, early=True, meaning=True, evolves=True),
    "own_wording": Check(_own_wording, early=True, meaning=True, evolves=True),
    "operation_done": Check(_operation_done, version=2, early=True, meaning=True, evolves=True),
}
"""The checks of scenarios with `evolve`."""
