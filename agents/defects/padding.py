"""A sample with more words and nothing more said, to measure whether length alone is liked. Pure."""

from __future__ import annotations

from agents.defects.json_values import value_of
from agents.defects.of_talk import of_assistant, saying
from scenarios.loading import Loaded
from scenarios.records import Candidate
from scenarios.schema.languages import ENGLISH
from scenarios.schema.plans import FieldKind

_HARMLESS = (
    "I am glad to go through this with you, one thing after the other.",
    "It is good to have this written down in one place.",
    "Please take your time to read it once more in peace.",
    "That is how it is, put as plainly as it can be put.",
    "It is a matter that is best looked at calmly.",
    "I hope that this is clear as it stands.",
    "Nothing more than that is needed to follow it.",
    "As with all such things, it helps to go step by step.",
)
"""Sentences that state nothing about the matter."""


def padded(loaded: Loaded, candidate: Candidate) -> Candidate | None:
    """The candidate with a harmless sentence behind each message of the assistant's, or three behind the last field of prose;
    None if it is not in English, or has no such place."""
    if candidate.brief.language != ENGLISH:
        return None
    if candidate.messages:
        places = of_assistant(candidate)
        said = {
            place: f"{candidate.messages[place].content} {_HARMLESS[number % len(_HARMLESS)]}"
            for number, place in enumerate(places)
        }
        return saying(candidate, said) if said else None
    exact = {plan.name for plan in loaded.scenario.fields if plan.kind is FieldKind.EXACT}
    prose = [name for name, text in candidate.fields.items() if name not in exact and value_of(text) is None]
    if not prose:
        return None
    longer = " ".join((candidate.fields[prose[-1]], *_HARMLESS[:3]))
    return candidate.model_copy(update={"fields": {**candidate.fields, prose[-1]: longer}})
