"""The checks of evolved instructions: whether an operation did with a parent what it says, as far as text can show it.

They read the field that the scenario evolves, the brief's parent, and the value of the axis `operation`. Some are exact
(`keeping.py`). The others (`guesses.py`) guess from lists of words, for models that cannot judge: a verifier whose judgement
counts is asked in their place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from agents.checks.check import NOTHING, Check, Finding, Reading, of_english
from agents.checks.evolve.guesses import OPERATIONS, one_instruction, own_wording, parent_again, runs
from agents.checks.evolve.keeping import KEEPING, kept
from agents.checks.kept import figures, word_list
from agents.text.phrases import words
from scenarios.records import Status

OPERATION = "operation"
"""The axis whose value says what was to be done."""
_LABEL = re.compile(
    r"^(?:First|Then|Limit|More|For|About|Begins|New):|\b(?:New instruction|Instruction|Idea|What to do):"
)
_COPIED_RUN = 9
"""Words in a row that may not be a demonstration's. Shorter runs are common to all plain English."""


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


def one_line(parent: str, child: str) -> str:
    """The text is one line, without a label of the prompt before it."""
    if "\n" in child.strip():
        return "has more than one line"
    label = _LABEL.search(child)
    return f"writes the label {label.group()!r}" if label and label.group() not in parent else ""


def _own_words(reading: Reading) -> Finding:
    """The text has no long run of words of a demonstration that the parent and the idea have not got."""
    parent, child = _texts(reading)
    given = [parent, *reading.candidate.brief.texts.values(), *_attributes(reading)]
    mine = runs(words(child), _COPIED_RUN) - {run for text in given for run in runs(words(text), _COPIED_RUN)}
    for text in _demonstrated(reading):
        if run := min(mine & runs(words(text), _COPIED_RUN), default=()):
            return Finding(f"copies {' '.join(run)!r} from an example")
    return NOTHING


def _attributes(reading: Reading) -> Iterator[str]:
    for attributes in reading.candidate.brief.attributes.values():
        yield from attributes.values()


def _own_wording(reading: Reading) -> Finding:
    """The text has no phrase or label that a prompt would have, and neither the words nor the matter of a demonstration, as far
    as words show it."""
    return Finding(own_wording(*_texts(reading), _demonstrated(reading)))


def _demonstrated(reading: Reading) -> Iterator[str]:
    for shown in reading.loaded.shown(reading.candidate.brief):
        yield from (*shown.fields.values(), shown.texts.get("parent", ""))


def _operation_done(reading: Reading) -> Finding:
    """The instruction is what the operation makes of the parent: constrain, deepen, concretise, broaden or paraphrase, as far as
    words show it."""
    name = reading.candidate.brief.cell.get(OPERATION, "")
    if name not in OPERATIONS:
        return Finding(f"no proof is known for the operation {name!r}", given=Status.UNVERIFIABLE)
    return Finding(parent_again(*_texts(reading)) or OPERATIONS[name](*_texts(reading)))


def _parent_kept(reading: Reading) -> Finding:
    """What the operation has to keep of the parent is there: its numbers by their value, its names, a word that denies if it
    denies something, and the kind of text that it asks for. A paraphrase adds no number and no name."""
    parent, child = _texts(reading)
    if not reading.in_english:
        unread = f"only digits are read in {reading.candidate.brief.language}"
        gone = (
            figures(parent) - figures(child) if reading.candidate.brief.cell.get(OPERATION) in KEEPING else frozenset()
        )
        return (
            Finding(f"leaves out {min(gone)} of the first instruction")
            if gone
            else Finding(unread, given=Status.UNVERIFIABLE)
        )
    return Finding(kept(reading.candidate.brief.cell.get(OPERATION, ""), parent, child))


EVOLUTION: dict[str, Check] = {
    "not_parent": Check(_of_texts(not_parent), version=2, early=True, evolves=True),
    "one_line": Check(_of_texts(one_line), early=True, evolves=True),
    "own_words": Check(_own_words, version=2, early=True, evolves=True),
    "parent_kept": Check(_parent_kept, version=2, early=True, evolves=True),
    "one_instruction": Check(of_english(_of_texts(one_instruction)), version=2, early=True, meaning=True, evolves=True),
    "own_wording": Check(of_english(_own_wording), early=True, meaning=True, evolves=True),
    "operation_done": Check(of_english(_operation_done), version=2, early=True, meaning=True, evolves=True),
}
"""The checks of scenarios with `evolve`."""
