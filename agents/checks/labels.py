"""Texts with a label: the label is the planned one, the text does not name it, and it has the form of a line. Pure."""

from __future__ import annotations

import re

from agents.checks.check import NOTHING, Check, Finding, Reading
from agents.text.prose import markup_in
from agents.text.scripts import counted

LABEL = "label"
"""The brief's text that holds the label which a sample is made for."""
_PLANNED = "label_planned"
_AGAIN = (
    "is another label than the one that the text was written for, or none of the list. Read the text again by itself; if your "
    "label was right, give it once more"
)


def _planned(reading: Reading) -> Finding:
    """The label that a reader gives the text, without having seen the plan, is the planned one."""
    field = next((plan.field for plan in reading.loaded.scenario.checks if plan.name == _PLANNED), "") or LABEL
    wanted, given = reading.candidate.brief.texts[LABEL], reading.candidate.fields.get(field, "")
    if given == wanted:
        return NOTHING
    return Finding(f"The text was written for {wanted!r}, and its reader takes it for {given[:80]!r}", again=_AGAIN)


def _unsaid(reading: Reading) -> Finding:
    """The text does not name its label, if this is no plain word: nobody but a program writes card_not_working."""
    label = reading.candidate.brief.texts[LABEL]
    if label.isalpha():
        return NOTHING
    name = re.compile(rf"(?<!\w){re.escape(label)}(?!\w)", re.IGNORECASE)
    for place, passage in reading.passages:
        if passage.prose and name.search(passage.text):
            return Finding(f"names its label {label!r}", place)
    return NOTHING


def _line(reading: Reading) -> Finding:
    """Each text is one line with as many words as it may have, without markup or a placeholder. It need not end with a mark."""
    for place, passage in reading.passages:
        text = passage.text.strip()
        if not passage.prose:
            continue
        least, most = counted(text)
        if most < passage.min_words or least > passage.max_words:
            return Finding(f"has {least} words, not {passage.min_words} to {passage.max_words}", place)
        if "\n" in text:
            return Finding("has several lines: give the text alone, on one line", place)
        if found := markup_in(text, passage.given, passage.markup):
            return Finding(f"holds markup or a placeholder: {found!r}", place)
    return NOTHING


LABELLED: dict[str, Check] = {
    _PLANNED: Check(_planned, texts=(LABEL,), at=("utterance", "text", "intent", LABEL)),
    "label_unsaid": Check(_unsaid, texts=(LABEL,)),
    "line_form": Check(_line),
}
"""The checks of scenarios whose samples are a text and its label."""
