"""Planted defects: every kind and strength changes the sample, says so truly, and is the same each time."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path

import pytest

from agents.defects.kinds import Defect, DefectStrength
from agents.defects.misdeeds.kinds import Misdeed
from agents.defects.of_talk import spoken
from agents.defects.padding import padded
from agents.defects.planting import kinds_of, plant
from agents.defects.texts import broken_off, numbers_in, other_number, renumbered
from scenarios.briefs import plan_brief
from scenarios.loading import Loaded, load
from scenarios.messages import Message, Speech
from scenarios.records import Candidate
from scenarios.schema.scenario import Family
from tests.agents.defects.samples import conversations, desks, is_words, pages, with_calls
from tests.helpers import TALK, loaded

SCRIPT = (
    "A map, please.",
    "Which code is it?",
    "It is QX-4812, from Friday.",
    "Here it is. Goodbye, and thank you for your visit.",
)


def _planned(folder: Path) -> tuple[Loaded, Candidate, None]:
    scenario = loaded(folder, TALK)
    brief = plan_brief(scenario, 0, 0, 0, 0)
    brief = brief.model_copy(update={"facts": {"code": "QX-4812", "day": "Friday"}})
    sides = [Speech.USER, Speech.ASSISTANT] * 2
    lines = tuple(Message(role=side, content=text) for side, text in zip(sides, SCRIPT, strict=True))
    return scenario, Candidate(brief=brief, messages=lines), None


def _check(scenario: Loaded, made: Candidate, stranger: Candidate | None) -> set[tuple[Defect, DefectStrength]]:
    """Plants everything; returns what had a place."""
    found = set()
    for kind in Defect:
        for strength in DefectStrength:
            planted = [plant(scenario, made, kind, strength, seed, stranger) for seed in (0, 0, 1)]
            assert planted[0] == planted[1]
            one = planted[0]
            if one is None:
                continue
            found.add((kind, strength))
            assert (one.defect, one.strength) == (kind, strength)
            flawed, sound = one.flawed, one.sound
            assert (flawed.messages, flawed.fields, flawed.private_calls, flawed.ending) != (
                sound.messages, sound.fields, sound.private_calls, sound.ending,
            ), kind  # fmt: skip
            assert flawed.brief == made.brief
            assert one.said
            places = len(flawed.messages) or len(flawed.fields)
            assert all(0 <= turn < places for turn in one.turns), (kind, one.turns)
            if flawed.messages and one.turns and len(flawed.messages) == len(sound.messages):
                changed = {n for n, (a, b) in enumerate(zip(flawed.messages, sound.messages, strict=True)) if a != b}
                assert changed == set(one.turns), (kind, strength)
            if flawed.fields:
                changed = {n for n, name in enumerate(sound.fields) if flawed.fields[name] != sound.fields[name]}
                assert changed == set(one.turns), (kind, strength)
    return found


def test_every_kind_and_strength_has_a_place_in_a_conversation(tmp_path: Path) -> None:
    found = _check(*conversations(tmp_path))
    wanted = {(kind, strength) for kind in kinds_of(Family.CONVERSATION) for strength in DefectStrength}
    assert wanted - found == set()


def test_every_kind_and_strength_has_a_place_in_a_task() -> None:
    scenario, made, strange = pages()
    assert {(kind, strength) for kind in kinds_of(Family.FIELDS) for strength in DefectStrength} == _check(
        scenario, made, strange
    )


def test_every_kind_of_wrong_dialogue_that_a_reader_can_see_has_its_turn() -> None:
    courier, found = load("courier"), set[str]()
    for number in range(60):
        sample = Candidate(brief=plan_brief(courier, 0, 0, number, number))
        for kind, strength in itertools.product(Defect, DefectStrength):
            if kind.value.startswith("world_") and (made := plant(courier, sample, kind, strength)):
                found.add(made.act)
    assert {*Misdeed} - found == {Misdeed.FOREIGN_CALL_ID}, "nobody is shown the ids of calls"
    assert len(found) == 61


def test_every_misdeed_of_a_world_is_planted_beside_its_right_dialogue() -> None:
    scenario, made = desks()
    found = _check(scenario, made, made)
    of_worlds = {kind for kind in Defect if kind.value.startswith("world_")}
    assert {kind for kind, _ in found} >= of_worlds
    one = plant(scenario, made, Defect.WORLD_ACTS, DefectStrength.PLAIN)
    assert one is not None
    assert one.sound != made  # the right dialogue of the blueprint, in the words that the flawed one is made from


def test_what_has_no_place_is_no_other_kind(tmp_path: Path) -> None:
    scenario, made, _ = _planned(tmp_path)
    # Neither a policy nor a tool, and no other sample; nobody says what the assistant may do.
    assert plant(scenario, made, Defect.UNFOUNDED, DefectStrength.PLAIN) is None
    assert plant(scenario, made, Defect.FALSE_ACTION, DefectStrength.GROSS) is None
    assert plant(scenario, made, Defect.IGNORED, DefectStrength.GROSS) is None
    assert plant(scenario, made, Defect.VALUE_CHANGED, DefectStrength.PLAIN) is None
    short = made.model_copy(update={"messages": made.messages[:2]})
    assert plant(scenario, short, Defect.ROLE_FLIP, DefectStrength.PLAIN) is None
    assert plant(scenario, short, Defect.CUT_OFF, DefectStrength.GROSS) is None


def test_a_planned_dialogue_has_the_usual_kinds(tmp_path: Path) -> None:
    found = _check(*_planned(tmp_path))
    usual = (Defect.ROLE_FLIP, Defect.REPETITION, Defect.WRONG_FACT, Defect.CUT_OFF, Defect.LEAK)
    assert {(kind, DefectStrength.PLAIN) for kind in usual} <= found
    assert (Defect.TOLD_EARLY, DefectStrength.PLAIN) in found


def test_calls_and_results_stay_unless_the_defect_is_that_they_are_missing(tmp_path: Path) -> None:
    scenario, talk, strange = conversations(tmp_path)
    made = with_calls(talk)
    for kind in kinds_of(Family.CONVERSATION):
        for strength in DefectStrength:
            planted = plant(scenario, made, kind, strength, 0, strange)
            if planted is None:
                continue
            kept = [message for message in planted.flawed.messages if not is_words(message)]
            given = [message for message in made.messages if not is_words(message)]
            assert kept == (given[: len(kept)] if kind in (Defect.FALSE_ACTION, Defect.CUT_OFF) else given), kind
    gone = [plant(scenario, made, Defect.FALSE_ACTION, strength) for strength in DefectStrength]
    calls = [sum(bool(m.tool_calls) for m in one.flawed.messages) for one in gone if one]
    assert calls == [1, 0, 0]


def test_strength_grows(tmp_path: Path) -> None:
    scenario, made, strange = conversations(tmp_path)

    def changed(kind: Defect, strength: DefectStrength) -> int:
        planted = plant(scenario, made, kind, strength, 0, strange)
        assert planted is not None
        return len(planted.flawed.messages) if kind is Defect.CUT_OFF else len(planted.turns)

    assert changed(Defect.CUT_OFF, DefectStrength.MILD) == len(made.messages)
    assert (
        changed(Defect.CUT_OFF, DefectStrength.GROSS)
        < changed(Defect.CUT_OFF, DefectStrength.PLAIN)
        < len(made.messages)
    )
    assert (
        changed(Defect.ROLE_FLIP, DefectStrength.PLAIN)
        < changed(Defect.ROLE_FLIP, DefectStrength.GROSS)
        == len(spoken(made))
    )
    assert changed(Defect.REPETITION, DefectStrength.PLAIN) < changed(Defect.REPETITION, DefectStrength.GROSS)


@pytest.mark.parametrize("number", ["5", "84.60", "48213", "9", "12:59", "sixty"])
def test_another_number_is_another_one(number: str) -> None:
    for strength in DefectStrength:
        assert other_number(number, strength, random.Random(1)) != number
    if number[0].isdigit():
        assert len(other_number(number, DefectStrength.MILD, random.Random(1))) == len(number)


def test_numbers_of_lists_and_passages_are_none() -> None:
    assert numbers_in("It costs seven euros, and the two of us are in it for 3 days.") == ["seven", "3"]
    assert numbers_in("The fee is 3 euros [fees-2][hours-1].") == ["3"]
    assert numbers_in("1. Put 5 litres\n  12) Take QP-48213 at 12:59.") == ["5", "48213", "12:59"]


def test_a_json_keeps_its_keys() -> None:
    scenario, made, _ = pages()
    only = made.model_copy(update={"fields": {"plan": made.fields["plan"]}})
    for strength in DefectStrength:
        planted = plant(scenario, only, Defect.VALUE_CHANGED, strength)
        assert planted is not None
        before, after = json.loads(only.fields["plan"]), json.loads(planted.flawed.fields["plan"])
        assert list(before) == list(after)
        assert before != after


def test_lines_count_up_again_and_texts_break_off_inside_a_sentence() -> None:
    assert renumbered(["1. a", "3. b", "c", "4) d"]) == ["1. a", "2. b", "c", "3) d"]
    assert broken_off("It is here. We go on with it until the very end.") == "It is here. We go on with"
    assert broken_off("Too short.") == ""


def test_padding_says_nothing_more_and_changes_no_word(tmp_path: Path) -> None:
    scenario, made, _ = conversations(tmp_path)
    longer = padded(scenario, made)
    assert longer is not None
    for before, after in zip(made.messages, longer.messages, strict=True):
        assert after.content.startswith(before.content)
        assert (after.content != before.content) is (after.role is Speech.ASSISTANT)
    german = made.model_copy(update={"brief": made.brief.model_copy(update={"language": "German"})})
    assert padded(scenario, german) is None
    scenario, made, _ = pages()
    longer = padded(scenario, made)
    assert longer is not None
    assert [name for name in made.fields if made.fields[name] != longer.fields[name]] == ["answer"]
