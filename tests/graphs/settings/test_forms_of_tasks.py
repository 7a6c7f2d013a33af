"""Which form of a task scenario is taken: by the models of those who write its fields."""

from __future__ import annotations

import pytest

from graphs.settings.models import base_model_speaks
from graphs.settings.schema import Settings
from scenarios.loading import for_base_models, load

SERVED = {"base_url": "http://127.0.0.1:1/v1", "model": "some"}


@pytest.mark.parametrize("name", ["math", "code", "howto", "extract"])
def test_a_task_that_a_base_model_writes_takes_the_form_for_base_models(name: str) -> None:
    scenario = load(name).scenario
    assert base_model_speaks(Settings(), scenario.writers), "the packaged model"
    assert not base_model_speaks(Settings.model_validate({"llm": SERVED}), scenario.writers)
    one = {"llm": SERVED, "roles": {scenario.writers[-1]: {"llm": {"style": "transcript"}}}}
    assert base_model_speaks(Settings.model_validate(one), scenario.writers), "one writer is enough"
    judged = {"llm": SERVED, "roles": {"judge": {"llm": {"style": "transcript"}}}}
    assert not base_model_speaks(Settings.model_validate(judged), scenario.writers), "a judge writes nothing"


@pytest.mark.parametrize("name", ["math", "code", "howto", "extract"])
def test_the_form_for_base_models_is_the_planned_one(name: str) -> None:
    planned = for_base_models(load(name)).scenario
    assert planned.name == name
    assert "plan" not in {plan.name for plan in planned.fields}
    assert planned.writers[0] == "generator"
