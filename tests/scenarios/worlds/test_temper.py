"""How a user goes about its wishes: in the brief, in the blueprint, and in nothing that was there before."""

from __future__ import annotations

import pytest

from scenarios.briefs import plan_brief
from scenarios.errors import ScenarioError
from scenarios.loading import Loaded, load
from scenarios.records import Brief
from scenarios.schema.plans import WorldPlan
from scenarios.worlds.blueprint import Blueprint, Temper
from scenarios.worlds.compose import draw_blueprint, with_temper
from scenarios.worlds.world import Dial

NAMES = ("cloakroom", "library", "courier")


def brief(name: str, user: str, task: str) -> Brief:
    manner = "plain" if name == "cloakroom" else "brief"
    cell = {"task": task, "difficulty": "easy", "user": user, "manner": manner}
    return plan_brief(load(name), 3, 0, 0, 0, cell)


def as_planned(made: Brief) -> Blueprint:
    assert made.blueprint is not None
    return made.blueprint


@pytest.mark.parametrize("name", NAMES)
def test_every_world_that_ships_has_users_of_every_temper(name: str) -> None:
    assert load(name).scenario.axes["user"].names == tuple(Temper)


@pytest.mark.parametrize(("name", "task"), [("cloakroom", "move"), ("library", "move"), ("courier", "safe_place")])
def test_the_task_is_the_same_for_every_temper(name: str, task: str) -> None:
    plain = as_planned(brief(name, "cooperative", task))
    assert "temper" not in plain.model_dump()
    for temper in Temper:
        made = as_planned(brief(name, temper, task))
        assert made.temper is temper
        assert made.model_copy(update={"temper": plain.temper, "at_first": ()}) == plain
        assert bool(made.at_first) is (temper is Temper.WAVERS)


def test_a_user_that_wavers_hears_what_it_wants_at_first() -> None:
    made = brief("library", "wavers", "move")
    (first,) = as_planned(made).at_first
    assert f"At first you say that you want {first.label}: {first.value};" in made.texts["instructions"]
    assert first.value not in as_planned(made).goals[0].model_dump_json()


def test_what_a_user_may_not_be_is_one_line() -> None:
    loaded: Loaded = load("cloakroom")
    plan = loaded.scenario.world
    assert plan is not None
    odd = loaded.scenario.model_copy(update={"world": plan.model_copy(update={"user": "wavring"})})
    with pytest.raises(ScenarioError, match="did you mean 'wavers'"):
        plan_brief(loaded.model_copy(update={"scenario": odd}), 3, 0, 0, 0)


def test_blueprints_and_plans_of_before_are_dumped_as_they_were() -> None:
    loaded = load("cloakroom")
    assert loaded.world is not None
    made = draw_blueprint(loaded.world, 1, Dial())
    assert not {"temper", "at_first"} & set(made.model_dump())
    assert Blueprint.model_validate_json(made.model_dump_json()) == made
    bold = with_temper(loaded.world, made, Temper.WAVERS, 1)
    assert Blueprint.model_validate_json(bold.model_dump_json()) == bold
    assert "user" not in WorldPlan(name="cloakroom").model_dump()
