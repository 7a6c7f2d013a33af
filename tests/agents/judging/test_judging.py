"""The table of judging roles: one row for each kind, and nobody else who knows a kind by its name."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from agents.cast import Cast
from agents.judging.roles import JUDGES, hear, malformed, rate
from agents.steps import STEPS
from scenarios.briefs import plan_brief
from scenarios.records import Candidate
from scenarios.schema.roles import JUDGING, Duty, RoleKind, judging_roles, model_checks, required_checks
from scenarios.schema.scenario import Scenario
from scenarios.schema.topology import NodeKind
from tests.helpers import REPO, TALK, loaded, models, scripted_gateway

ROOMS = ("scenarios", "memory", "agents", "evaluation", "graphs")
HOMES = {
    "scenarios/schema/roles.py", "scenarios/schema/topology.py",
    "graphs/experimenting/file.py", "graphs/experimenting/report.py",
}  # fmt: skip
"""Where a kind has its name; the step `judge` is called like the role, and so is the judge outside of an experiment's arms."""
ANSWERS = {
    RoleKind.CRITIC: ({"problems": []}, {"problems": [{"problem": "No."}]}),
    RoleKind.VERIFIER: ({"settled": True}, {"settled": False}),
    RoleKind.JUDGE: ({"scores": {"clear": 5, "kind": 5}}, {"scores": {"clear": 2, "kind": 1}}),
}
"""What a role says of a sound sample, and of a flawed one."""


def test_every_kind_has_its_rows() -> None:
    assert set(JUDGING) == set(JUDGES) == set(RoleKind)
    steps = [rule.step for rule in JUDGING.values()]
    assert len(set(steps)) == len(steps), "a step asks one kind"
    assert set(steps) <= set(STEPS) == set(NodeKind)
    for rule in JUDGING.values():
        assert bool(rule.needs) == bool(rule.lacks)
        assert not rule.needs or rule.needs in Scenario.model_fields


def test_no_other_module_knows_a_kind_by_its_name() -> None:
    for room in ROOMS:
        for path in sorted((REPO / room).rglob("*.py")):
            words = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}
            if str(path.relative_to(REPO)) not in HOMES:
                assert not words & {kind.value for kind in RoleKind}, path


@pytest.mark.parametrize("kind", RoleKind)
async def test_a_kind_is_asked_rated_and_read_again(kind: RoleKind, tmp_path: Path) -> None:
    """What it gives as evidence has the form that it must have, and it rates a sound sample higher."""
    scenario = loaded(tmp_path, TALK, min_score=3)
    candidate = Candidate(brief=plan_brief(scenario, 0, 0, 0, 0))
    rated = []
    for answer in ANSWERS[kind]:
        gateway, asked = scripted_gateway(lambda call, answer=answer: json.dumps(answer))  # type: ignore[misc]
        cast = Cast(scenario, gateway, models(scenario))
        after = await hear(cast, candidate, Duty(JUDGING[kind].step, kind.value, kind=kind), "a step")
        assert [(call.role, call.asker.step) for call in asked.asked] == [(kind, "a step")]
        assert after.usage.keys() == {kind}
        assert len(after.evidence) == 1
        for evidence in after.evidence:
            assert evidence.check == kind
            assert not malformed(scenario, evidence, after.scores)
        rated.append(await rate(cast, kind, candidate, "rating"))
    assert rated[0].value > rated[1].value
    assert [one.objects for one in rated] == [False, True]


async def test_a_duty_without_a_judging_role_asks_nobody(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, TALK)
    candidate = Candidate(brief=plan_brief(scenario, 0, 0, 0, 0))
    gateway, asked = scripted_gateway()
    assert (
        await hear(Cast(scenario, gateway, models(scenario)), candidate, Duty(NodeKind.VERIFY), "verify") == candidate
    )
    assert not asked.asked


def test_a_speaker_with_the_name_of_a_kind_judges_nothing(tmp_path: Path) -> None:
    court = {"speaks_as": "assistant", "label": "Judge", "prompt": "clerk.jinja", "sees": ["mood"]}
    turns = [{"speaker": "guest", "act": "pleads"}, {"speaker": "judge", "act": "decides"}]
    scenario = loaded(tmp_path, TALK, turns=turns, roles={"judge": None, "clerk": None} | {"judge": court}).scenario
    assert list(judging_roles(scenario)) == ["critic", "verifier"]
    assert model_checks(scenario) == {"verifier"}
    assert required_checks(scenario) == {plan.name for plan in scenario.checks}
