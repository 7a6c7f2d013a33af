"""The five steps of a sample, and what a judgement is worth."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.cast import Cast
from agents.models.calls import Call, Model
from agents.models.scripted import scripted_text
from graphs.sampling.decision import decide
from graphs.sampling.graph import make_candidate, sample_graph
from graphs.sampling.topology import topology_of
from scenarios.briefs import plan_brief
from scenarios.loading import Loaded, load
from scenarios.records import Candidate, Status, Verdict
from scenarios.schema.styles import Style
from tests.helpers import NOTES, SCRIPTED, TALK, loaded, models, scripted_gateway, write_scenario

Script = Callable[[Call], str | None]
CALIBRATED = {"role": "judge", "model": "scripted", "samples": 100}
GOOD = {**CALIBRATED, "auc": 0.9, "low": 0.8}
FULL: dict[str, Any] = {
    "start": "generate",
    "nodes": {step: step for step in ("generate", "critique", "refine", "verify", "judge")},
    "edges": [
        {"source": "generate", "target": "critique"},
        {"source": "critique", "target": "refine", "when": "problems"},
        {"source": "critique", "target": "verify", "when": "clean"},
        {"source": "refine", "target": "critique", "bound": 3},
        {"source": "verify", "target": "judge"},
        {"source": "judge", "target": "end"},
    ],
}
"""The shape `full`."""
BAD = {**CALIBRATED, "auc": 0.55, "low": 0.45}


async def make(scenario: Loaded, script: Script | None = None, model: Model = SCRIPTED) -> tuple[Candidate, list[Call]]:
    """One candidate of the scenario's first brief, with all calls made for it."""
    gateway, scripted = scripted_gateway(script)
    cast = Cast(scenario, gateway, models(scenario, model))
    machine = sample_graph(topology_of(scenario.scenario), cast)
    return await make_candidate(machine, plan_brief(scenario, 0, 0, 0, 0)), scripted.asked


def of(role: str, answer: Any) -> Script:
    """A script that answers one role."""
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return lambda call: text if call.role == role else None


def judged(scores: dict[str, Any]) -> Script:
    """A judge's answer."""
    return of("judge", {"scores": scores})


async def test_a_sound_sample_is_accepted_with_its_evidence(tmp_path: Path) -> None:
    scenario = loaded(tmp_path)
    made, asked = await make(scenario)
    assert decide(made, scenario.scenario).verdict is Verdict.ACCEPTED
    assert {evidence.check for evidence in made.evidence} >= {plan.name for plan in scenario.scenario.checks}
    assert {evidence.status for evidence in made.evidence} == {Status.PASS}
    assert set(made.scores) == {"clear", "kind"}
    assert made.revisions == 0
    assert {call.role for call in asked} == set(scenario.scenario.roles)
    assert {role: used.calls for role, used in made.usage.items()} == {
        role: sum(call.role == role for call in asked) for role in scenario.scenario.roles
    }


async def test_scores_are_matched_by_name_in_whatever_order_they_come(tmp_path: Path) -> None:
    scenario = loaded(tmp_path)
    one, _ = await make(scenario, judged({"clear": 2, "kind": 5}))
    other, _ = await make(scenario, judged({"kind": 5, "clear": 2}))
    assert one.scores == other.scores == {"clear": 2.0, "kind": 5.0}


@pytest.mark.parametrize(
    "answer",
    [
        "I like it.",
        "",
        {"scores": {"clear": 5}},
        {"scores": {"clear": 5, "kind": 0}},
        {"scores": [5, 5]},
        {"scores": {}},
    ],
)
async def test_a_judge_that_cannot_be_read_leaves_the_sample_undecided(tmp_path: Path, answer: Any) -> None:
    scenario = loaded(tmp_path)
    made, asked = await make(scenario, of("judge", answer))
    decision = decide(made, scenario.scenario)
    assert decision.verdict is Verdict.UNDECIDED
    assert (decision.stage, decision.reason) == ("judge", "schema")
    assert made.scores == {}
    assert sum(call.role == "judge" for call in asked) == 2, "asked, and repaired once"
    assert all(evidence.status is not Status.FAIL for evidence in made.evidence)


async def test_a_judge_that_is_not_required_leaves_an_error_and_no_score(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, NOTES, roles={"judge": {"required": False}})
    made, asked = await make(scenario, of("judge", "Well."))
    found = [evidence for evidence in made.evidence if evidence.check == "judge"]
    assert [evidence.status for evidence in found] == [Status.ERROR]
    assert made.scores == {}
    assert sum(call.role == "judge" for call in asked) == 1
    assert made.usage["judge"].calls == 1


async def test_a_failed_check_rejects_whatever_the_judge_says(tmp_path: Path) -> None:
    """Proof outranks opinion: the verifier of a required check says no, the judge is delighted."""
    scenario = loaded(tmp_path, calibration=[GOOD], min_score=3)

    def script(call: Call) -> str | None:
        if call.role == "verifier":
            return '{"settled": false, "reason": "It was not handed over."}'
        return judged({"clear": 5, "kind": 5})(call)

    always = {**FULL, "nodes": {**FULL["nodes"], "judge": {"step": "judge", "always": True}}}
    made, _ = await make(loaded(tmp_path / "always", calibration=[GOOD], min_score=3, topology=always), script)
    decision = decide(made, scenario.scenario)
    assert made.scores == {"clear": 5.0, "kind": 5.0}
    assert (decision.verdict, decision.reason, decision.stage) == (Verdict.REJECTED, "verifier", "verify")
    assert "settled: It was not handed over." in decision.detail


@pytest.mark.parametrize(
    ("objects", "asked_after"),
    [
        ({"critic": {"problems": [{"turn": 1, "problem": "It is cold."}]}}, {"critic": 2}),
        ({"verifier": {"settled": False, "reason": "It was not handed over."}}, {"critic": 1, "verifier": 1}),
        ({}, {"critic": 1, "verifier": 1, "judge": 1}),
    ],
)
async def test_nobody_is_asked_about_a_sample_that_is_lost(
    tmp_path: Path, objects: dict[str, Any], asked_after: dict[str, int]
) -> None:
    """What was not asked leaves no evidence. The sample saves two calls after a critic's no, one after a verifier's."""
    scenario = loaded(tmp_path, revisions=1)
    made, asked = await make(scenario, lambda call: json.dumps(objects[call.role]) if call.role in objects else None)
    counted = {role: sum(call.role == role for call in asked) for role in ("critic", "verifier", "judge")}
    assert {role: count for role, count in counted.items() if count} == asked_after
    assert {one.check for one in made.evidence} & counted.keys() == asked_after.keys()
    verdict = Verdict.REJECTED if objects else Verdict.ACCEPTED
    assert decide(made, scenario.scenario).verdict is verdict


async def test_no_model_is_asked_once_a_required_check_has_failed_for_good(tmp_path: Path) -> None:
    """The check finds fault with every version: the critic is asked while revisions are left, and then nobody is."""
    rows: dict[str, Any] = {
        "checks": [{"name": "uses_ingredients"}],
        "facts": {"word": {"words": ["zeppelin", "zither"]}},
    }
    scenario = loaded(tmp_path, NOTES, revisions=1, **rows)
    made, asked = await make(scenario)
    assert made.revisions == 1
    assert [call.role for call in asked if call.role in {"critic", "judge"}] == ["critic"]
    assert decide(made, scenario.scenario).reason == "uses_ingredients"


async def test_a_role_that_is_asked_twice_is_asked_again_whatever_it_said(tmp_path: Path) -> None:
    """Its second word takes the place of the first, which therefore rejects nothing for good."""
    shape = {
        "start": "generate",
        "nodes": {"generate": "generate", "one": "judge", "two": "judge"},
        "edges": [
            {"source": "generate", "target": "one"},
            {"source": "one", "target": "two"},
            {"source": "two", "target": "end"},
        ],
    }
    scenario = loaded(tmp_path, NOTES, topology=shape, revisions=0)
    made, _ = await make(scenario, judged({"clear": 2, "kind": 2}))
    assert made.usage["judge"].calls == 2


@pytest.mark.parametrize(("scores", "verdict"), [(2, Verdict.REJECTED), (3, Verdict.ACCEPTED), (5, Verdict.ACCEPTED)])
async def test_an_informative_judge_rejects_under_the_least_score(
    tmp_path: Path, scores: int, verdict: Verdict
) -> None:
    scenario = loaded(tmp_path, calibration=[GOOD], min_score=3)
    made, _ = await make(scenario, judged({"clear": scores, "kind": scores}))
    assert decide(made, scenario.scenario).verdict is verdict


@pytest.mark.parametrize(
    ("least", "scores", "verdict"),
    [
        (None, {"clear": 5, "kind": 2}, Verdict.REJECTED),
        (None, {"clear": 3, "kind": 3}, Verdict.ACCEPTED),
        ({"kind": 2}, {"clear": 5, "kind": 2}, Verdict.ACCEPTED),
        ({"kind": 2}, {"clear": 2, "kind": 5}, Verdict.REJECTED),
        (4, {"clear": 5, "kind": 3}, Verdict.REJECTED),
    ],
)
async def test_no_mean_hides_a_criterion_that_failed(
    tmp_path: Path, least: Any, scores: dict[str, int], verdict: Verdict
) -> None:
    scenario = loaded(tmp_path, min_score=least)
    made, _ = await make(scenario, judged(scores))
    assert decide(made, scenario.scenario).verdict is verdict


@pytest.mark.parametrize("style", list(Style))
async def test_an_uninformative_judge_neither_rejects_nor_accepts(tmp_path: Path, style: Style) -> None:
    calibration = [BAD] if style is Style.CHAT else []
    scenario = loaded(tmp_path / "a", calibration=calibration, min_score=3, checks=[{"name": "complete"}])
    model = SCRIPTED.model_copy(update={"style": style})
    low, _ = await make(scenario, judged({"clear": 1, "kind": 1}), model)
    assert decide(low, scenario.scenario).verdict is Verdict.ACCEPTED
    assert [e.status for e in low.evidence if e.check == "judge"] == [Status.UNVERIFIABLE]
    strict = loaded(tmp_path / "b", calibration=calibration, redraws=1, backtracks=0)

    def script(call: Call) -> str | None:
        return "Never mind." if call.role == "guest" else judged({"clear": 5, "kind": 5})(call)

    high, _ = await make(strict, script, model)
    assert decide(high, strict.scenario).verdict is Verdict.REJECTED


@pytest.mark.parametrize("base", [TALK, NOTES], ids=["talk", "notes"])
@pytest.mark.parametrize(("revisions", "expected"), [(0, 0), (1, 1), (2, 2), (9, 3)])
async def test_the_critic_never_causes_more_revisions_than_allowed(
    tmp_path: Path, base: dict[str, Any], revisions: int, expected: int
) -> None:
    """The topology `full` allows three; the scenario may allow fewer."""
    scenario = loaded(tmp_path, base, revisions=revisions)
    made, asked = await make(scenario, of("critic", {"problems": [{"turn": 1, "problem": "It is too cold."}]}))
    assert made.revisions == expected
    assert len(made.drafts) == expected
    assert sum(call.role == "critic" for call in asked) == expected + 1
    refined = [call for call in asked if call.asker.step.startswith("refine")]
    assert bool(refined) == bool(expected)
    if refined:
        assert any("It is too cold." in message.content for call in refined for message in call.messages)
    assert all(draft.problems[0].problem == "It is too cold." for draft in made.drafts)
    assert len({call.key() for call in asked}) == len(asked)


async def test_a_critic_that_is_content_ends_the_loop(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, NOTES, revisions=5)

    def script(call: Call) -> str | None:
        if call.role != "critic":
            return None
        content = call.asker.step == "critique/2"
        return json.dumps({"problems": [] if content else [{"problem": "Too short."}]})

    made, asked = await make(scenario, script)
    assert made.revisions == 2
    assert [call.role for call in asked] == [
        "generator", "critic", "refiner", "critic", "refiner", "critic", "judge",
    ]  # fmt: skip


async def test_an_uninformative_critic_is_heard_and_causes_no_revision(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, NOTES, calibration=[{**BAD, "role": "critic"}], revisions=3)
    made, _ = await make(scenario, of("critic", {"problems": [{"problem": "Too short."}]}))
    assert made.revisions == 0
    heard = [evidence for evidence in made.evidence if evidence.check == "critic"]
    assert [evidence.status for evidence in heard] == [Status.UNVERIFIABLE]
    assert "Too short." in heard[0].detail


@pytest.mark.parametrize("role", ["critic", "judge"])
async def test_a_broken_answer_decides_nothing_where_the_judgement_does_not_count(tmp_path: Path, role: str) -> None:
    calibration = [{**BAD, "role": role}]
    scenario = loaded(tmp_path / "a", NOTES, calibration=calibration)
    made, _ = await make(scenario, of(role, "I like it."))
    assert decide(made, scenario.scenario).verdict is Verdict.ACCEPTED
    noted = [evidence for evidence in made.evidence if evidence.check == role]
    assert [evidence.status for evidence in noted] == [Status.UNVERIFIABLE]
    assert "nothing that can be read" in noted[0].detail
    assert made.usage[role].calls == 2, "the answer and its repair"
    counts = loaded(tmp_path / "b", NOTES, calibration=[{**GOOD, "role": role}])
    made, _ = await make(counts, of(role, "I like it."))
    assert decide(made, counts.scenario).verdict is Verdict.UNDECIDED


@pytest.mark.parametrize("style", list(Style))
async def test_a_critic_that_answers_in_plain_text_counts_no_more_than_another(tmp_path: Path, style: Style) -> None:
    roles = {**NOTES["roles"], "critic": {**NOTES["roles"]["critic"], "answer": "text"}}
    scenario = loaded(tmp_path, NOTES, roles=roles, revisions=1)
    made, _ = await make(scenario, of("critic", "Too short."), SCRIPTED.model_copy(update={"style": style}))
    heard = [evidence.detail for evidence in made.evidence if evidence.check == "critic"]
    if style is Style.CHAT:
        assert made.revisions == 1
        assert heard == ["advice, which decides nothing; it said: Too short."]
        assert decide(made, scenario.scenario).verdict is Verdict.ACCEPTED
    else:
        assert made.revisions == 0
        assert "Too short." in heard[0]


async def test_a_critics_problem_with_a_turn_out_of_range_breaks_nothing(tmp_path: Path) -> None:
    scenario = loaded(tmp_path)
    for turn in (-1, 99, None):
        made, _ = await make(scenario, of("critic", {"problems": [{"turn": turn, "problem": "Hm."}]}))
        decision = decide(made, scenario.scenario)
        assert (decision.verdict, decision.stage, decision.reason) == (Verdict.REJECTED, "critique", "critic")
        assert made.revisions == 1
        assert len(made.messages) == 4
        assert made.failure is None


async def test_a_sample_that_was_given_up_is_rejected_with_the_guard_as_its_reason(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, redraws=2, backtracks=1)
    made, asked = await make(scenario, lambda call: "Never." if call.asker.step == "generate/2" else None)
    decision = decide(made, scenario.scenario)
    assert (decision.verdict, decision.stage, decision.reason) == (Verdict.REJECTED, "generate", "must_say")
    assert made.messages, "what there is of it is kept"
    assert {call.role for call in asked} == {"guest", "clerk"}, "nobody is asked to judge it"


async def test_a_field_that_no_draw_gets_right_is_rejected_with_its_text(tmp_path: Path) -> None:
    plan = [{"name": "text", "prompt": "text.jinja", "must": ["{{ topic.name }}"]}]
    scenario = loaded(tmp_path, NOTES, fields=plan, checks=[{"name": "must_say"}], redraws=4)
    made, asked = await make(scenario, of("generator", "Something else."))
    assert made.given_up == "must_say"
    assert made.fields == {"text": "Something else."}
    assert [call.asker.attempt for call in asked] == [0, 1, 2, 3]


async def test_a_sample_is_a_function_of_its_brief_and_the_answers(tmp_path: Path) -> None:
    scenario = loaded(tmp_path)
    one, _ = await make(scenario)
    other, _ = await make(scenario)
    assert one == other


async def test_a_field_by_another_role_is_shown_what_it_may_see_and_is_never_refined(tmp_path: Path) -> None:
    fields = [
        {"name": "text", "prompt": "text.jinja"},
        {"name": "hidden", "prompt": "text.jinja"},
        {"name": "copy", "prompt": "spy.jinja", "by": "reader", "sees": ["text"]},
    ]
    roles = {**NOTES["roles"], "reader": {"sees": [], "prompt": "spy.jinja"}}
    path = write_scenario(tmp_path, NOTES, fields=fields, roles=roles, revisions=1)
    (tmp_path / "spy.jinja").write_text("{{ fields }} {{ draft }} {{ note }}", encoding="utf-8")
    said = {"text": "A red lamp.", "hidden": "A green tree.", "copy": "A blue bell."}

    def script(call: Call) -> str | None:
        if call.role == "critic":
            return json.dumps({"problems": [{"problem": "Too short."}]})
        return said.get(call.asker.step.rsplit("/", 1)[-1])

    made, asked = await make(load(str(path)), script)
    assert made.fields == said
    read = [(call.asker.step, call.messages[0].content) for call in asked if call.role == "reader"]
    assert [step for step, _ in read] == ["generate/copy", "refine/1/copy"]
    for _, text in read:
        assert "A red lamp." in text
        assert not any(words in text for words in ("green tree", "blue bell", "Too short."))


async def test_what_a_program_came_to_is_shown_to_those_who_write_after_it(tmp_path: Path) -> None:
    fields = [
        {"name": "sum", "kind": "exact", "prompt": "text.jinja", "runs": "total"},
        {"name": "text", "prompt": "spy.jinja"},
    ]
    path = write_scenario(tmp_path, NOTES, fields=fields)
    (tmp_path / "spy.jinja").write_text("It is <{{ results.sum }}>.", encoding="utf-8")
    for program, shown in (("total = 6 * 7", "It is <42>."), ("total = ", "It is <>.")):
        _, asked = await make(
            load(str(path)), lambda call, program=program: program if "/sum" in call.asker.step else None
        )  # type: ignore[misc]
        assert [call.messages[0].content for call in asked if call.asker.step == "generate/text"] == [shown]


async def test_lines_behind_the_one_that_a_critic_named_are_checked_again(tmp_path: Path) -> None:
    """The new second line says what the fourth said: the fourth no longer fits and is said anew, the third stays."""
    scenario, said = loaded(tmp_path, revisions=1), list[str]()
    critic = iter([{"problems": [{"turn": 1, "problem": "It is cold."}]}, {"problems": []}])

    def script(call: Call) -> str | None:
        if call.role == "critic":
            return json.dumps(next(critic))
        if call.asker.step == "generate/3":
            said.append(scripted_text(call))
            return said[0]
        return said[0] if call.asker.step == "refine/1/1" else None

    made, asked = await make(scenario, script)
    assert made.messages[1].content == said[0]
    assert made.messages[3].content != said[0]
    assert made.messages[2] == made.drafts[0].messages[2]
    assert [call.asker.step for call in asked if call.asker.step.startswith("refine")] == ["refine/1/1", "refine/1/3"]
    assert decide(made, scenario.scenario).verdict is Verdict.ACCEPTED
