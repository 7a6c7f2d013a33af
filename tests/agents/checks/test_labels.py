"""Texts with a label: sound work of a careful writer passes; a wrong label, a named label and a text that is no line do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.checks.registry import run_checks, suspects_of
from scenarios.briefs import brief_of
from scenarios.loading import load
from scenarios.records import Candidate, Status

INTENTS = load("intents")
SOUND: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "written" / "intents.yaml").read_text(encoding="utf-8")
)


def found_in(one: dict[str, Any], **changes: str) -> dict[str, str]:
    """What the checks find in a written sample with some fields changed."""
    made = Candidate(brief=brief_of(INTENTS, one["seed"], one["cell"], 0, 0), fields={**one["fields"], **changes})
    return {e.check: e.detail for e in run_checks(INTENTS, made, judged=True) if e.status is Status.FAIL}


def test_sound_work_passes() -> None:
    assert [found_in(one) for one in SOUND] == [{}] * len(SOUND)
    assert len(SOUND) == 64
    assert {one["cell"]["intent"] for one in SOUND} == set(INTENTS.scenario.axes["intent"].names)


@pytest.mark.parametrize(
    ("changes", "check", "detail"),
    [
        ({"intent": "card_arrival"}, "label_planned", "written for 'cancel_transfer', and its reader takes it for 'card_arrival'"),
        ({"intent": "Cancel_transfer."}, "label_planned", "takes it for 'Cancel_transfer.'"),
        ({"utterance": "How do I do a CANCEL_TRANSFER of this?"}, "label_unsaid", "names its label 'cancel_transfer'"),
        ({"utterance": "Stop it please\nand hurry, the rent is in it"}, "line_form", "has several lines"),
        ({"utterance": "Stop"}, "line_form", "has 1 words, not 2 to 60"),
        ({"utterance": "Please stop the transfer to [name] at once"}, "line_form", "a placeholder: '[name]'"),
        ({"utterance": "Ich möchte bitte, dass die Überweisung an den Verlag sofort angehalten wird"}, "language_kept", "is in German"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_found(changes: dict[str, str], check: str, detail: str) -> None:
    one = next(
        row for row in SOUND if row["cell"]["intent"] == "cancel_transfer" and row["cell"]["language"] == "English"
    )
    assert detail in found_in(one, **changes).get(check, "")


def test_the_words_of_a_label_may_be_said() -> None:
    one = next(
        row for row in SOUND if row["cell"]["intent"] == "cancel_transfer" and row["cell"]["language"] == "English"
    )
    assert found_in(one, utterance="please cancel transfer to my landlord") == {}


def test_either_field_may_be_at_fault_if_the_reader_takes_it_for_another() -> None:
    assert suspects_of(INTENTS, "label_planned") == ("utterance", "intent")
