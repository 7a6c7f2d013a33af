"""Passages: what a guard reads of a line follows its turn's plan."""

from __future__ import annotations

import pytest

from agents.checks.guards import no_repetition
from agents.checks.passages import line_passage, unfenced
from scenarios.briefs import plan_brief
from scenarios.loading import load
from tests.helpers import PLANNED


def test_only_a_routine_line_may_be_worded_as_a_demonstration_is() -> None:
    loaded = load(PLANNED)
    brief = plan_brief(loaded, 0, 0, 0, 0)
    shown = max((line["text"] for i in brief.demonstrations for line in loaded.demonstrations[i].lines), key=len)
    found = {
        turn.routine: no_repetition(line_passage(loaded, brief, place, shown, [])).fault
        for place, turn in enumerate(brief.turns)
    }
    assert "example" in found[False]
    assert found[True] == ""


def test_a_line_is_read_with_what_its_turn_demands_and_rules_out() -> None:
    loaded = load(PLANNED)
    brief = plan_brief(loaded, 0, 0, 0, 0)
    for place, turn in enumerate(brief.turns):
        passage = line_passage(loaded, brief, place, "Thank you.", [])
        assert (passage.must, passage.must_not) == ((*turn.must, *turn.cues), turn.must_not)
        asked = line_passage(loaded, brief, place, "Thank you.", [], judged=True)
        assert (asked.must, asked.must_not) == (turn.must, ())


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("x = 1", "x = 1"),
        ("```python\nx = 1\n```", "x = 1"),
        ("Here:\n```\ndef f():\n    return 1\n```\nIt returns 1.", "def f():\n    return 1"),
        ("```py\nx = 1", "x = 1"),
        ("```\na\n```\nor\n```\nb\n```", "a"),
        ("", ""),
        ("x = '```'", "x = '```'"),
    ],
)
def test_code_is_taken_out_of_its_fence(text: str, left: str) -> None:
    assert unfenced(text) == left
