"""How a judge is asked: all criteria at once, one by one, or in a drawn order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agents.cast import Cast
from agents.judging.judge import criteria_in_order, rate_reversed
from agents.judging.roles import check_asking, rate
from agents.models.calls import Call
from scenarios.briefs import plan_brief
from scenarios.errors import ScenarioError
from scenarios.loading import Loaded
from scenarios.records import Candidate
from scenarios.schema.plans import Asking
from tests.helpers import TALK, loaded, models, scripted_gateway

RUBRIC = {"clear": "Is it clear?", "kind": "Is it kind?", "rich": "Is it rich?"}


def criteria(call: Call) -> list[str]:
    """What a call asks about."""
    assert call.answer_schema is not None
    return [*call.answer_schema["$defs"]["Scores"]["properties"]]


def asked_so(folder: Path, asking: Asking, **changes: Any) -> Loaded:
    """A scenario whose judge is asked so."""
    return loaded(folder, TALK, rubric=RUBRIC, roles={"judge": {"asking": asking.value}}, **changes)


def a_cast(scenario: Loaded) -> tuple[Cast, list[Call]]:
    """Who judges it, and the calls that are made."""
    places = {name: 2 + place for place, name in enumerate(RUBRIC)}
    gateway, transport = scripted_gateway(
        lambda call: json.dumps({"scores": {name: places[name] for name in criteria(call)}})
    )
    return Cast(scenario, gateway, models(scenario)), transport.asked


@pytest.mark.parametrize("asking", Asking)
async def test_scores_are_the_same_however_a_fair_judge_is_asked(asking: Asking, tmp_path: Path) -> None:
    scenario = asked_so(tmp_path, asking)
    check_asking(scenario)
    cast, asked = a_cast(scenario)
    found = await rate(cast, "judge", Candidate(brief=plan_brief(scenario, 0, 0, 0, 0)), "judge")
    assert dict(found.scores) == {"clear": 2, "kind": 3, "rich": 4}
    assert [*found.scores] == [*RUBRIC]
    assert (found.value, found.objects) == (3, True)
    assert found.usage.calls == len(asked) == (3 if asking is Asking.EACH else 1)
    if asking is Asking.EACH:
        assert [(call.asker.step, criteria(call)) for call in asked] == [(f"judge/{name}", [name]) for name in RUBRIC]
        assert all(
            call.messages[-1].content.endswith(f"Criteria: {name}") for name, call in zip(RUBRIC, asked, strict=True)
        )


async def test_a_drawn_order_is_the_samples_own_and_can_be_reversed(tmp_path: Path) -> None:
    scenario = asked_so(tmp_path, Asking.PERMUTED)
    cast, asked = a_cast(scenario)
    made = [Candidate(brief=plan_brief(scenario, 0, 0, n, n)) for n in range(12)]
    for candidate in made:
        await rate(cast, "judge", candidate, "judge")
    assert [tuple(criteria(call)) for call in asked] == [criteria_in_order(scenario, one, "judge") for one in made]
    assert len({tuple(criteria(call)) for call in asked}) > 3
    await rate_reversed(cast, made[0], "judge", "reversed")
    assert criteria(asked[-1]) == criteria(asked[0])[::-1]


def test_the_usual_way_leaves_no_trace_in_a_scenario(tmp_path: Path) -> None:
    usual, drawn = asked_so(tmp_path, Asking.SINGLE), asked_so(tmp_path, Asking.PERMUTED)
    assert "asking" not in usual.scenario.roles["judge"].model_dump()
    assert drawn.scenario.roles["judge"].model_dump()["asking"] is Asking.PERMUTED


def test_who_cannot_be_asked_so(tmp_path: Path) -> None:
    scenario = loaded(tmp_path / "one", TALK, roles={"critic": {"asking": "each"}})
    with pytest.raises(ScenarioError, match=r"roles\.critic\.asking: only a judge"):
        check_asking(scenario)
    scenario = loaded(tmp_path / "two", TALK, roles={"judge": {"asking": "each", "prompt": "text.jinja"}})
    with pytest.raises(ScenarioError, match="does not use 'rubric'"):
        check_asking(scenario)
