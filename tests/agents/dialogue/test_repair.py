"""A dialogue in a world is taken up again as late as its faults allow: what was done before stays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.checks.registry import run_checks
from agents.defects.misdeeds.commit import commit
from agents.defects.misdeeds.kinds import Misdeed
from agents.dialogue.repair import taken_up
from agents.dialogue.stage import Talk
from scenarios.loading import Loaded, load
from scenarios.messages import Message, Speech
from scenarios.records import Candidate, Problem, Slip, Status
from scenarios.worlds.blueprint import Blueprint, Ending
from scenarios.worlds.exemplar import Enacted, exemplar
from tests.agents.proof.dialogues import WORLDS, a_blueprint, candidate, right


def problems(loaded: Loaded, made: Candidate) -> list[Problem]:
    """What the checks of the shipped scenario find."""
    found = [one for one in run_checks(loaded, made) if one.status is Status.FAIL]
    return [Problem(problem=one.detail, turn=one.turn, check=one.check) for one in found]


def with_words(blueprint: Blueprint, goal: int, words: str) -> tuple[Enacted, int]:
    """The right dialogue of the library with other words in place of a goal's answer, and where they stand."""
    made = right(WORLDS["library"], blueprint)
    answer = blueprint.goals[goal].answer
    place = next(n for n, message in enumerate(made.messages) if message.content == answer)
    other = made.messages[place].model_copy(update={"content": words})
    return replace(made, messages=(*made.messages[:place], other, *made.messages[place + 1 :])), place


def test_what_was_not_told_is_told_at_the_end_and_no_call_is_made_again() -> None:
    loaded = load("library")
    taken = 0
    for seed in range(2, 30, 3):
        blueprint = a_blueprint("library", seed)
        made, place = with_words(blueprint, 0, "That is done. Anything else?")
        found = problems(loaded, candidate(blueprint, made))
        if "told" not in {one.check for one in found}:
            continue
        start, note = taken_up(loaded, candidate(blueprint, made), found)
        assert start == len(made.messages) - 2 > place
        assert "It does not tell the user" in note
        assert not [one for one in made.messages[start:] if one.tool_calls]
        taken += 1
    assert taken > 2


def test_a_fault_of_conduct_is_made_again_where_it_is() -> None:
    loaded = load("cloakroom")
    blueprint = a_blueprint("cloakroom", 2)
    made = commit(Misdeed.INVENTED_FEE, WORLDS["cloakroom"], blueprint)
    assert made is not None
    place = next(n for n, message in enumerate(made.messages) if "The fee for that is" in message.content)
    start, note = taken_up(loaded, candidate(blueprint, made), problems(loaded, candidate(blueprint, made)))
    assert start == place
    assert "which no result" in note


@pytest.mark.parametrize("turn", [None, 99])
def test_a_fault_that_stands_nowhere_throws_only_the_last_move_away(turn: int | None) -> None:
    blueprint = a_blueprint("cloakroom", 2)
    made = replace(right(WORLDS["cloakroom"], blueprint), ending=Ending.TOO_LONG)
    what = Problem(problem="does not come to an end", turn=turn, check="assistant_ended")
    start, note = taken_up(load("cloakroom"), candidate(blueprint, made), [what])
    assert start == len(made.messages) - 1
    assert note == "It does not come to an end."


def test_a_move_is_taken_up_with_its_call_and_not_between_call_and_result() -> None:
    blueprint = a_blueprint("cloakroom", 2)
    made = right(WORLDS["cloakroom"], blueprint)
    result = next(n for n, message in enumerate(made.messages) if message.role is Speech.TOOL)
    what = Problem(problem="x", turn=result, check="replay")
    start, _ = taken_up(load("cloakroom"), candidate(blueprint, made), [what])
    assert made.messages[start].tool_calls
    assert exemplar(WORLDS["cloakroom"], blueprint)


def test_a_refused_draw_still_counts_when_its_beginning_is_thrown_away() -> None:
    words = tuple(Message(role=Speech.USER, content=text) for text in ("Hi.", "Ho."))
    slips = tuple(Slip(place=place, messages=(words[0],), check="told", problem="x") for place in (0, 1, 2))
    cut = Talk(messages=words, slips=slips).cut(1)
    assert [slip.place for slip in cut.slips] == [0, 1, 2]
    assert [bool(slip.messages) for slip in cut.slips] == [True, True, False]
    assert [slip.said() for slip in cut.slips] == ["Hi.", "Hi.", "Hi."]
