"""From scenario to brief: pure functions of the scenario, the seed, the round and the index."""

from __future__ import annotations

import random
import string
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from scenarios.errors import ScenarioError, nearest
from scenarios.evolution import seed_parent
from scenarios.loading import Loaded
from scenarios.records import Brief, Parent, Turn, with_language
from scenarios.schema.axes import completed, makes_sense
from scenarios.schema.conversation import bounds_of
from scenarios.schema.corpus import draw_questions, kinds_of
from scenarios.schema.demonstrations import Peer, chosen
from scenarios.schema.plans import INGREDIENTS, PARENT, PASSAGE, FactPlan, ItemKind, TurnPlan
from scenarios.seeds import seed_of
from scenarios.templates import render
from scenarios.worlds.blueprint import Blueprint, Temper
from scenarios.worlds.compose import draw_blueprint, with_temper
from scenarios.worlds.world import Dial

_DRAWS = 1000
"""Draws that a brief tries for a cell that makes sense."""


def cell_of(loaded: Loaded, seed: int, number: int) -> dict[str, str]:
    """The cell of the run's brief `number` (from 0), drawn by chance: each axis by itself, each value by its weight.

    If a cell makes no sense, another is drawn.
    """
    scenario, rng = loaded.scenario, random.Random(seed_of(seed, "cell by chance", number))
    for _ in range(_DRAWS):
        cell = {axis: rng.choices(plan.names, plan.weights)[0] for axis, plan in scenario.axes.items()}
        if makes_sense(cell, scenario.exclude):
            return cell
    return completed({axis: plan.names for axis, plan in scenario.axes.items()}, scenario.exclude, {}) or {}


def plan_brief(
    loaded: Loaded, seed: int, round_: int, index: int, number: int, cell: dict[str, str] | None = None,
    parent: Parent | None = None, peers: Sequence[Peer] = (),
) -> Brief:  # fmt: skip
    """The brief of sample `index` of round `round_`, which is brief `number` of the run. Without a cell it gets one
    by chance; without a parent its seed, if the scenario evolves. `peers` are shown in place of as many of the
    scenario's demonstrations."""
    planned = cell_of(loaded, seed, number) if cell is None else cell
    return brief_of(loaded, seed_of(seed, loaded.scenario.name, number), planned, round_, index, parent, peers)


def brief_of(
    loaded: Loaded, own: int, cell: dict[str, str], round_: int, index: int,
    parent: Parent | None = None, peers: Sequence[Peer] = (),
) -> Brief:  # fmt: skip
    """The brief that follows from its own seed, its cell, its parent and its peers. Raises ScenarioError, and KeyError for
    a cell that is none."""
    scenario = loaded.scenario
    rng = random.Random(own)
    attributes = {
        # With seeds of their own: the facts are drawn from the brief's.
        axis: plan.attributes(cell[axis], seed_of(own, "axis", axis))
        for axis, plan in scenario.axes.items()
    }
    facts = _facts(loaded, cell, attributes, rng)
    facts |= _asked(loaded, cell, {**attributes, "facts": facts}, own)
    blueprint = _blueprint(loaded, own, attributes)
    language = scenario.language_in(cell)
    values: dict[str, Any] = {**with_language(attributes, language), "facts": facts}
    if blueprint:
        at_first = [fact.model_dump(mode="json") for fact in blueprint.at_first]
        values["blueprint"] = blueprint.model_dump(mode="json", exclude={"state"}) | {"at_first": at_first}
    evolves = parent or seed_parent(scenario, cell)
    if evolves:
        values[PARENT] = evolves.model_dump()
    texts: dict[str, str] = {}
    for name, source in scenario.brief.items():
        texts[name] = render(source, {**values, **texts}, f"{scenario.name}: brief.{name}")
    turns = tuple(
        _turn(plan, {**values, **texts}, f"{scenario.name}: turns.{place}")
        for place, plan in enumerate(scenario.turns)
        if all(cell[axis] in names for axis, names in plan.when.items())
    )
    return Brief(
        **_of_conversation(loaded, cell, {**values, **texts}),
        id=f"{scenario.name}-{seed_of(own, 'id'):016x}",
        scenario=scenario.name,
        round=round_,
        index=index,
        seed=own,
        cell=cell,
        attributes=attributes,
        facts=facts,
        texts=texts,
        turns=turns,
        demonstrations=_demonstrations(loaded, cell, len(peers), rng),
        peers=tuple(peers),
        blueprint=blueprint,
        parent=evolves,
        language=language,
    )


def _of_conversation(loaded: Loaded, cell: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    """What the brief of a conversation has beside the others: its bounds, its speakers' goals, its passages."""
    scenario = loaded.scenario
    plan = scenario.conversation
    if plan is None:
        return {}
    where = f"{scenario.name}: conversation.messages"
    try:
        messages = bounds_of(render(plan.messages, values, where))
    except ValueError as error:
        raise ScenarioError(f"{where}: {error}") from None
    goals = {
        name: render(role.goal, values, f"{scenario.name}: roles.{name}.goal")
        for name, role in scenario.speakers.items()
        if role.goal
    }
    passages: tuple[str, ...] = ()
    if loaded.passages:
        from scenarios.material.documents.related import related  # loaded if there are documents

        others = related(loaded.passages, cell[PASSAGE], plan.passages - 1, plan.most_of_one_document)
        passages = (cell[PASSAGE], *(one.id for one in others))
    return {"messages": messages, "goals": goals, "passages": passages}


def _blueprint(loaded: Loaded, own: int, attributes: Mapping[str, Any]) -> Blueprint | None:
    """The task of a brief, if its scenario plays in a world. Raises ScenarioError."""
    plan, world = loaded.scenario.world, loaded.world
    if plan is None or world is None:
        return None
    where = f"{loaded.scenario.name}: world"
    dial = {name: render(getattr(plan, name), attributes, f"{where}.{name}") for name in Dial.model_fields}
    try:
        chosen = Dial.model_validate(dial)
    except ValidationError as error:
        first = error.errors()[0]
        raise ScenarioError(f"{where}.{first['loc'][0]}={first['input']}: {first['msg']}") from None
    made = draw_blueprint(world, own, chosen, render(plan.task, attributes, f"{where}.task"))
    temper = render(plan.user, attributes, f"{where}.user")
    if not temper:
        return made
    if temper not in list(Temper):
        raise ScenarioError(f"{where}.user={temper}: is none of {', '.join(Temper)}{nearest(temper, list(Temper))}")
    return with_temper(world, made, Temper(temper), own)


def must_groups(
    musts: tuple[str | tuple[str, ...], ...], values: Mapping[str, Any], where: str
) -> tuple[tuple[str, ...], ...]:
    """The rendered phrase groups of a turn or field: one phrase of each group has to be said."""
    groups = ((must,) if isinstance(must, str) else must for must in musts)
    return tuple(
        tuple(part.strip() for phrase in group for part in render(phrase, values, where).split("|")) for group in groups
    )


def questions_about(loaded: Loaded, brief: Brief, kind: ItemKind) -> dict[str, str]:
    """The verifier's questions of a kind of item, by name, as they are asked of a brief's sample. Raises ScenarioError."""
    asked = loaded.scenario.questions_of(kind)
    return {
        name: render(ask, brief.values(), f"{loaded.scenario.name}: questions.{name}") for name, ask in asked.items()
    }


def _turn(plan: TurnPlan, values: Mapping[str, Any], where: str) -> Turn:
    ruled_out = (phrase for group in must_groups(plan.must_not, values, where) for phrase in group if phrase)
    return Turn(
        speaker=plan.speaker,
        act=render(plan.act, values, where),
        must=must_groups(plan.must, values, where),
        cues=must_groups(plan.cues, values, where),
        must_not=tuple(ruled_out),
        routine=plan.routine,
    )


def _asked(loaded: Loaded, cell: Mapping[str, str], values: Mapping[str, Any], seed: int) -> dict[str, str]:
    """The questions about the cell's passage, if the scenario has a corpus."""
    plan, corpus = loaded.scenario.corpus, loaded.corpus
    if plan is None or corpus is None:
        return {}
    where = f"{loaded.scenario.name}: corpus.ask"
    kinds = kinds_of(render(plan.ask, values, where), where)
    return draw_questions(corpus.passage(cell[PASSAGE]), kinds, random.Random(seed_of(seed, "questions")), where)


def _facts(
    loaded: Loaded, cell: Mapping[str, str], attributes: Mapping[str, Any], rng: random.Random
) -> dict[str, str]:
    """The facts of a cell, in the order of the file: a template may use those before it."""
    scenario = loaded.scenario
    values = with_language(attributes, scenario.language_in(cell))
    found = dict[str, str]()
    for name, plan in scenario.facts.items():
        if all(cell[axis] in names for axis, names in plan.when.items()):
            where = f"{scenario.name}: facts.{name}"
            found[name] = (
                render(plan.text, {**values, "facts": found}, where).strip() if plan.text else _draw(plan, rng)
            )
    return found


def _draw(plan: FactPlan, rng: random.Random) -> str:
    if plan.choice:
        return rng.choice(plan.choice)
    if plan.words:
        return INGREDIENTS.join(rng.sample(plan.words, plan.count))
    kinds = {"#": string.digits[1:], "@": "ABCDEFGHJKLMNPQRSTUVWXYZ"}
    return "".join(rng.choice(kinds[c]) if c in kinds else c for c in plan.pattern or "")


def _demonstrations(loaded: Loaded, cell: dict[str, str], peers: int, rng: random.Random) -> tuple[int, ...]:
    """The scenario's own demonstrations that a brief is given beside its peers."""
    plan = loaded.scenario.demonstrations
    return chosen(loaded.demonstrations, cell, plan.choose, plan.count - peers, rng) if plan else ()
