"""What capable models say: sound lines pass, wrong ones are found, and each wish is recognised in its own words."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest

from agents.proof.case import case_of
from agents.proof.trace import trace_of
from scenarios.worlds.blueprint import Side
from scenarios.worlds.world import World
from tests.agents.proof.dialogues import WORLDS, a_blueprint, candidate, failing, proof_of, right
from tests.agents.proof.lines import Line, faults, lines

ATOMS = [(world, atom.name) for world in WORLDS.values() for atom in world.atoms]


@pytest.mark.parametrize("side", list(Side))
def test_sound_lines_pass_and_wrong_ones_are_found(side: Side) -> None:
    given = list(lines(side))
    count = Counter(line.verdict for line in given)
    assert count["sound"] >= 60
    assert count["wrong"] >= 50
    refused = [(line, found) for line in given if line.verdict == "sound" and (found := faults(line))]
    accepted = [line for line in given if line.verdict == "wrong" and not faults(line)]
    assert not refused
    assert not accepted


def test_what_nothing_computed_can_tell_is_stated() -> None:
    """If one of these is found one day, it belongs to the wrong lines."""
    beyond = [line for side in Side for line in lines(side) if line.verdict == "beyond"]
    assert beyond
    assert not [line for line in beyond if faults(line)]


def in_the_first_person(wants: str) -> str:
    """A wish as its user would say it: 'you want your coat' becomes 'I want my coat'."""
    said = {"you want": "I want", "you have": "I have", "you are": "I am", "yours": "mine", "your": "my", "you": "I"}
    words = re.sub(r"\b(?:you want|you have|you are|yours|your|you)\b", lambda found: said[found[0].lower()], wants)
    words = re.sub(r"\b(to|for|with|from|of) I\b", r"\1 me", words)
    return f"{words[:1].upper()}{words[1:]}."


@pytest.mark.parametrize(("world", "atom"), ATOMS, ids=[f"{world.name}-{atom}" for world, atom in ATOMS])
def test_each_wish_is_recognised_in_the_first_person(world: World, atom: str) -> None:
    for seed in range(2):
        blueprint = a_blueprint(world.name, seed, atom)
        made = right(world, blueprint)
        for hello in ("", "Good morning. "):
            text = f"{hello}{in_the_first_person(blueprint.goals[0].wants)}"
            opening = made.messages[0].model_copy(update={"content": text})
            other = replace(made, messages=(opening, *made.messages[1:]))
            wrong = failing(proof_of(world, blueprint, other)) - {"read_first"}
            assert not wrong, (text, wrong)
            (standing,) = case_of(trace_of(world, candidate(blueprint, other))).standings
            assert standing.raised == 0


def a_line(world: str, task: str, place: int, side: Side, text: str, user: str = "cooperative") -> Line:
    return Line(world, task, "easy", user, place, side, text, "sound")


@pytest.mark.parametrize(
    ("user", "refused"), [("cooperative", {"user_discloses"}), ("argues", {"user_discloses"}), ("forthcoming", set())]
)
def test_only_a_forthcoming_user_says_unasked_who_it_is(user: str, refused: set[str]) -> None:
    text = "Good evening, I am Ben Okoro, my PIN is 3777, and I would like to have my red scarf."
    assert set(faults(a_line("cloakroom", "fetch", 0, Side.USER, text, user))) == refused


@pytest.mark.parametrize("text", ["Maybe hook H10 would do, or another.", "Could it hang on H11?"])
def test_a_user_that_wavers_names_no_value_but_its_own(text: str) -> None:
    assert "user_faithful" in faults(a_line("cloakroom", "move", 10, Side.USER, text, "wavers"))


def test_what_is_missing_is_named_all_at_once_and_without_names_of_ours() -> None:
    for text in ("I've opened a claim for you.", "All done."):
        found = faults(a_line("courier", "misdelivered", 15, Side.ASSISTANT, text))
        assert found["told"] == "does not tell the user the day (27 June) and the claim number (K-45950)"
    said = " ".join(faults(a_line("courier", "misdelivered", 15, Side.ASSISTANT, "All done.")).values())
    assert "_" not in said
