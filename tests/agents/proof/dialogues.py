"""Dialogues for the tests of the proof: right ones, and hand-written ones in the cloakroom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from agents.proof.proof import CLAIMS, Owner, Proof, prove
from scenarios.records import Brief, Candidate
from scenarios.worlds.blueprint import Action, Blueprint, Ending, Side
from scenarios.worlds.cloakroom import WORLD as CLOAKROOM
from scenarios.worlds.compose import draw_blueprint
from scenarios.worlds.courier import WORLD as COURIER
from scenarios.worlds.exemplar import Enacted, Move, enact, exemplar
from scenarios.worlds.library import WORLD as LIBRARY
from scenarios.worlds.world import Dial, World

WORLDS = {world.name: world for world in (CLOAKROOM, LIBRARY, COURIER)}


@cache
def a_blueprint(name: str, seed: int, task: str = "") -> Blueprint:
    """A blueprint whose difficulty depends on the seed; one goal where the task is named."""
    goals = 1 if task else 1 + seed % 3
    dial = Dial(goals=goals, refusals=seed % 2, distractors=2 + seed % 7, unknown=seed % 3)
    return draw_blueprint(WORLDS[name], seed, dial, task)


def candidate(blueprint: Blueprint, made: Enacted) -> Candidate:
    """What a sample graph would have made."""
    brief = Brief(id="x-1", scenario="x", round=0, index=0, seed=0, cell={}, blueprint=blueprint)
    return Candidate(brief=brief, messages=made.messages, private_calls=made.private_calls, ending=made.ending)


def proof_of(world: World, blueprint: Blueprint, made: Enacted) -> Proof:
    """The proof of a dialogue."""
    return prove(world, candidate(blueprint, made))


def failing(proof: Proof) -> set[str]:
    """The checks that fail; those that cannot tell are none of them."""
    return {name for name in proof.faults if not proof.excuse(name)}


def unverifiable(proof: Proof) -> set[str]:
    """The checks that cannot tell."""
    return {name for name in proof.faults if proof.excuse(name)}


def of(owner: Owner) -> set[str]:
    """The checks of one owner."""
    return {name for name, claim in CLAIMS.items() if claim.owner is owner}


def right(world: World, blueprint: Blueprint, variant: int = 0) -> Enacted:
    """The right dialogue."""
    return enact(world, blueprint, exemplar(world, blueprint, variant))


def played(blueprint: Blueprint, lines: Iterable[str | Action], ending: Ending = Ending.DONE) -> Enacted:
    """A dialogue in the cloakroom: 'U: …' and 'A: …' are words, actions are calls."""
    moves = [_move(line) for line in lines]
    last = moves[-1]
    moves[-1] = Move(last.side, last.text, last.action, ending)
    made = enact(CLOAKROOM, blueprint, moves)
    return Enacted(made.messages, made.private_calls, ending)


def _move(line: str | Action) -> Move:
    if isinstance(line, Action):
        return Move(line.side, action=line)
    return Move(Side.USER if line.startswith("U: ") else Side.ASSISTANT, line[3:])


def fetching(
    blueprint: Blueprint,
    ask: str = "I would hand out the thing with the tag {tag}. Shall I go ahead?",
    yes: str = "Yes, please.",
    tell: str = "Here is your {what}, tag {tag}.",
    opening: str = "Good evening, I'd like my {what} back.",
) -> Enacted:
    """A hand-written dialogue about a thing that is fetched, with some of its words given."""
    goal = blueprint.goals[0]
    name, pin = (fact.value for fact in blueprint.facts)
    what, tag = goal.facts[0].value, goal.actions[-1].arguments["tag"]
    find, listed, hand_out = *blueprint.identification, *goal.actions
    lines: Sequence[str | Action] = [
        f"U: {opening.format(what=what)}", "A: Gladly. May I have your name and your PIN?", f"U: {name}, and it's {pin}.",
        find, listed, f"A: {ask.format(what=what, tag=tag)}", f"U: {yes}", hand_out,
        f"A: {tell.format(what=what, tag=tag)}", "U: Great, thanks a lot. Bye!",
    ]  # fmt: skip
    return played(blueprint, lines)


def refusing(blueprint: Blueprint, refusal: str) -> Enacted:
    """A hand-written dialogue about another guest's thing, refused in the words that are given."""
    goal = blueprint.goals[0]
    name, pin = (fact.value for fact in blueprint.facts)
    tag = goal.facts[0].value
    find, listed = *blueprint.identification, *goal.actions
    return played(
        blueprint,
        [
            f"U: Hi, a friend of mine left something here, tag {tag}. Can I take it along?",
            "A: Who are you, please, and what is your PIN?", f"U: I'm {name}. My PIN is {pin}.",
            find, listed, f"A: {refusal.format(tag=tag)}", "U: I see. Thanks anyway.",
        ],
    )  # fmt: skip
