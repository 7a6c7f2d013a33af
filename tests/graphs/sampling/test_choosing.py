"""Several candidates of one brief, and how one of them is kept."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agents.cast import Cast
from agents.checks.registry import check_names_known
from agents.choosing.answers import answer_in
from agents.models.calls import Answer, Call
from graphs.forecasting.forecast import forecast_of
from graphs.sampling.decision import Decision, decide
from graphs.sampling.graph import make_candidate, sample_graph
from graphs.sampling.topology import asked_roles, duties, topology_of
from graphs.showing.drawn import drawing
from scenarios.briefs import plan_brief
from scenarios.errors import BudgetReached, ScenarioError
from scenarios.loading import load
from scenarios.records import Record, Status, Usage, Verdict
from scenarios.schema.plans import FieldKind, FieldPlan
from scenarios.schema.styles import PerStyle
from scenarios.schema.topology import Topology
from tests.choosing import WORDY, best_of, made, notes, number_of, prefers, scored, several, solutions, texts
from tests.conversations import conversation
from tests.helpers import NOTES, TALK, loaded, models, planned_form, scripted_gateway

# -- several candidates --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["fields", "dialogue", "conversation", "world"])
def test_the_first_candidates_calls_are_those_of_a_topology_that_makes_no_other(family: str, tmp_path: Path) -> None:
    plan = {
        "fields": lambda: loaded(tmp_path, NOTES), "dialogue": lambda: loaded(tmp_path, TALK),
        "conversation": lambda: conversation(tmp_path), "world": lambda: load("cloakroom"),
    }[family]()  # fmt: skip
    shape = Topology.model_validate(best_of(2, by="checks"))
    both = made(plan.model_copy(update={"scenario": plan.scenario.model_copy(update={"topology": shape})}))
    alone = made(plan, topology="generate_only")
    keys = {call.key() for call in both.asked}
    assert {call.key() for call in alone.asked} < keys
    assert len(keys) == len(both.asked), "no candidate has another one's answers"
    assert len(both.asked) == sum(used.calls for used in both.candidate.usage.values())
    assert not both.candidate.failure
    assert {number_of(call) for call in both.asked} == {1, 2}
    if family == "fields":
        judged = {call.key() for call in made(plan, topology="no_critic").asked}
        assert judged < {call.key() for call in made(plan, topology="best_of").asked}, "the judge's call is shared, too"


def test_the_order_in_which_answers_come_changes_nothing(tmp_path: Path) -> None:
    plan = notes(tmp_path, best_of(4, by="pairwise"))

    class Slow:
        """Answers the later calls first."""

        def __init__(self, gateway: Any) -> None:
            self._gateway = gateway

        async def ask(self, call: Call) -> Answer:
            for _ in range(20 - 4 * number_of(call)):
                await asyncio.sleep(0)
            answer: Answer = await self._gateway.ask(call)
            return answer

    found = []
    for way in (lambda gateway: gateway, Slow):
        gateway, _ = scripted_gateway()
        machine = sample_graph(topology_of(plan.scenario), Cast(plan, way(gateway), models(plan)))
        found.append(asyncio.run(make_candidate(machine, plan_brief(plan, 3, 0, 0, 0))).model_dump_json())
    assert found[0] == found[1]


def test_what_was_paid_is_asked_once_and_a_run_that_stops_fails_nobody(tmp_path: Path) -> None:
    plan = conversation(tmp_path)
    shape = Topology.model_validate(several({"draws": 3}, {"by": "pairwise"}))
    plan = plan.model_copy(update={"scenario": plan.scenario.model_copy(update={"topology": shape})})
    gateway, transport = scripted_gateway()
    machine = sample_graph(topology_of(plan.scenario), Cast(plan, gateway, models(plan)))
    brief = plan_brief(plan, 3, 0, 0, 0)
    first, asked = asyncio.run(make_candidate(machine, brief)), len(transport.asked)
    assert asyncio.run(make_candidate(machine, brief)) == first
    assert len(transport.asked) == asked, "the journal has every answer"

    def stops(call: Call) -> bool:
        if number_of(call) == 3:
            raise BudgetReached("budget.calls=1 is used up")
        return number_of(call) == 2

    with pytest.raises(BudgetReached):
        made(plan, breaks=stops)


def test_a_candidate_that_is_given_up_or_failed_is_the_worst(tmp_path: Path) -> None:
    field = {**NOTES["fields"][0], "must": ["sun"]}
    plan = notes(tmp_path, best_of(3, by="checks"), fields=[field], checks=["must_say"], redraws=2)
    rain = {1: "Rain again.", 3: "The sun shines."}
    one = made(plan, lambda call: rain.get(number_of(call)), breaks=lambda call: number_of(call) == 2)
    assert one.kept == 3
    assert [(row.unmet, row.given_up, row.failure and row.failure.reason) for row in one.rows] == [
        (None, "must_say", None), (None, "", "server"), (0, "", None),
    ]  # fmt: skip
    assert one.told == "PASS kept 3 of 3 by checks; required checks not passed: –, –, 0; 2 failed"
    assert (one.rows[0].fields, len(one.rows[0].slips)) == ({"text": "Rain again."}, 2), "nothing disappears"
    assert len(one.candidate.all_slips()) == 2
    assert one.candidate.usage["generator"].calls == 3
    none = made(plan, lambda call: "Rain again.")
    assert (none.kept, none.candidate.given_up) == (1, "must_say")
    assert decide(none.candidate, plan.scenario).stage == "generate"
    assert [one.check for one in none.candidate.evidence] == ["must_say"], "there was nothing to choose"
    failed = made(plan, lambda call: "Rain again.", breaks=lambda call: number_of(call) == 3)
    assert failed.kept == 3, "a failure of the machinery is no verdict"
    assert decide(failed.candidate, plan.scenario).verdict is Verdict.UNDECIDED


# -- checks and judges ---------------------------------------------------------------------------------------------


def test_the_fewest_required_checks_that_fail_decide_and_the_earlier_of_equals(tmp_path: Path) -> None:
    plan = notes(tmp_path, best_of(4, by="checks"), **WORDY)
    says = texts("A zebra alone.", "Zebra and xylophone meet.", "A xylophone and a zebra.", "Nothing of them.")
    one = made(plan, says)
    assert (one.kept, one.candidate.fields["text"]) == (2, "Zebra and xylophone meet.")
    assert [row.why for row in one.rows] == [
        "required checks that do not pass it: 1; of 2: 0", "", "as good as 2, and later",
        "required checks that do not pass it: 1; of 2: 0",
    ]  # fmt: skip
    assert one.steps("judge") == []


@pytest.mark.parametrize(
    ("scores", "kept"),
    [
        ({"one": (3, 4), "two": (4, 4), "three": (4, 5)}, 3),
        ({"one": (4, 4), "two": (3, 5), "three": (4, 4)}, 1),
        ({"one": (5, 2), "two": (3, 3), "three": (5, 1)}, 2),
    ],
    ids=["the best mean", "the earlier of equals", "no score under its least"],
)
def test_a_judge_chooses_among_what_most_checks_pass(
    scores: dict[str, tuple[int, int]], kept: int, tmp_path: Path
) -> None:
    plan = notes(tmp_path, best_of(3, by="judge"), min_score=3)
    one = made(plan, scored(**scores))
    assert one.kept == kept
    assert one.steps("judge") == ["judge", "judge#2", "judge#3"]
    own = list(scores.values())[kept - 1]
    assert tuple(one.candidate.scores.values()) == own, "its scores are the judge step's"
    assert [e.check for e in one.candidate.evidence] == ["choose", "judge"]
    assert one.candidate.usage["judge"].calls == 3
    assert decide(one.candidate, plan.scenario).verdict is Verdict.ACCEPTED


def test_who_is_rejected_already_is_not_scored(tmp_path: Path) -> None:
    plan = notes(tmp_path, best_of(3, by="judge"), **WORDY)
    lost = made(plan, texts("Nothing.", "Nothing more.", "A zebra."))
    assert (lost.kept, lost.steps("judge"), lost.candidate.scores) == (1, [], {})
    some = made(plan, texts("Nothing.", "A zebra and a xylophone.", "Xylophone, zebra."))
    assert some.steps("judge") == ["judge#2", "judge#3"]


def test_a_judge_whose_word_does_not_count_is_heard_of_what_the_checks_choose(tmp_path: Path) -> None:
    bad = [{"model": "scripted", "role": "judge", "auc": 0.5, "low": 0.4, "samples": 9}]
    plan = notes(tmp_path, best_of(3, by="judge"), calibration=bad, **WORDY)
    one = made(plan, texts("A zebra.", "A zebra and a xylophone.", "A xylophone and a zebra."))
    assert (one.kept, one.steps("judge")) == (2, ["judge#2"])
    assert "by checks, since the role that was to choose decides nothing" in one.told
    assert {e.check: e.status for e in one.candidate.evidence} == {"choose": Status.PASS, "judge": Status.UNVERIFIABLE}
    two = made(notes(tmp_path, best_of(3, by="pairwise"), calibration=bad, **WORDY), texts("A.", "B.", "C."))
    assert (two.kept, two.steps("judge")) == (1, [])


def test_a_judge_of_its_own_keeps_its_scores_under_its_name(tmp_path: Path) -> None:
    strict = {"sees": ["topic"], "prompt": "look.jinja", "answer": "json"}
    plan = notes(tmp_path, best_of(2, by="judge", role="strict"), roles={"strict": strict})
    one = made(plan)
    assert one.steps("strict") == ["choose:choose", "choose:choose#2"]
    assert set(one.candidate.scores) == {"strict.clear", "strict.kind"}
    assert asked_roles(topology_of(plan.scenario), plan.scenario) == ["strict"]


def test_a_candidate_that_cannot_be_scored_stands_behind_the_others(tmp_path: Path) -> None:
    plan = notes(tmp_path, best_of(3, by="judge"))
    one = made(plan, breaks=lambda call: call.asker.step == "judge")
    assert one.kept in (2, 3)
    assert one.told.endswith("; 1 failed")
    assert one.rows[0].why == "the machinery failed: server"
    none = made(plan, breaks=lambda call: call.role == "judge")
    decided = decide(none.candidate, plan.scenario)
    assert (decided.verdict, decided.stage, decided.reason) == (Verdict.UNDECIDED, "choose", "server")


# -- the knock-out -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "kept"), [("One", 1), ("Two", 2), ("Three", 3), ("Four", 4), ("Nobody", 1)])
def test_a_knock_out_keeps_what_is_better_in_both_orders(word: str, kept: int, tmp_path: Path) -> None:
    one = made(notes(tmp_path, best_of(4, by="pairwise")), prefers(word))
    assert one.kept == kept
    assert len(one.steps("judge")) == 6
    assert one.steps("judge")[:2] == ["choose/1-2/1", "choose/1-2/2"]
    assert one.candidate.usage["judge"].calls == 6
    assert one.candidate.scores == {}


def test_an_answer_that_turns_with_the_order_is_a_tie_which_the_earlier_wins(tmp_path: Path) -> None:
    plan = notes(tmp_path, best_of(3, by="pairwise"))
    biased = '{"reasons": "The first.", "better": "A"}'
    one = made(plan, lambda call: biased if call.role == "judge" else f"The note {number_of(call)} is here.")
    assert one.kept == 1
    assert one.told.count("a tie, since the answer turned with the order") == 2
    assert one.rows[2].why == "neither is better, and 1 is the earlier"


def test_a_comparison_that_fails_is_the_samples_failure_unless_its_role_is_not_required(tmp_path: Path) -> None:
    plan = notes(tmp_path, best_of(2, by="pairwise"))
    broken = made(plan, breaks=lambda call: call.role == "judge")
    decided = decide(broken.candidate, plan.scenario)
    assert (decided.verdict, decided.stage) == (Verdict.UNDECIDED, "choose")
    assert [bool(row.fields) for row in broken.rows] == [False, True], "the other one is kept beside it"
    lenient = notes(tmp_path, best_of(2, by="pairwise"), roles={"judge": {"required": False}})
    unread = made(lenient, lambda call: "No." if call.role == "judge" else f"The note {number_of(call)} is here.")
    assert (unread.kept, unread.candidate.failure) == (1, None)
    assert unread.candidate.usage["judge"].calls == 1


# -- the majority --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "kept", "told"),
    [
        (("48", "50", "50.0", "48", "50"), 2, "PASS kept 2 of 5 by majority; 3 of 5 state “50”"),
        (("50", "48", "48", "50", "7"), 1, "PASS kept 1 of 5 by majority; 2 of 5 state “50”"),
        (("1", "2", "3", "4", "5"), 1, "PASS kept 1 of 5 by majority; no answer was stated twice by 5"),
    ],
)
def test_self_consistency_keeps_the_earliest_of_what_most_state(answers: tuple[str, ...], kept: int, told: str) -> None:
    plan = load("math")
    one = made(plan, solutions(*answers), topology="self_consistency")
    assert (one.kept, one.told) == (kept, told)
    assert {call.asker.step for call in one.asked if call.role == "planner"} == {"generate/plan"}, "one problem"
    assert len(one.steps("solver")) == 5
    problems = {row.fields["problem"] for row in one.rows if row.why}
    assert problems == {one.candidate.fields["problem"]}


def test_the_majority_of_programs_is_what_they_come_to() -> None:
    plan = planned_form("math")
    programs = ["answer = 5", "answer = 3 * 4", "answer = 12.0", "answer = 7", "answer = 12 / 1"]
    loose = plan.scenario.model_copy(update={"checks": ()})
    one = made(
        plan.model_copy(update={"scenario": loose}),
        lambda call: programs[number_of(call) - 1] if call.role == "solver" else None,
        "self_consistency",
    )
    assert [row.answer for row in one.rows] == ["5", "12", "12", "7", "12"]
    assert (one.kept, one.rows[3].why) == (2, "states “7”, and 2 what most state")


def test_too_few_votes_reject_if_the_scenario_asks_for_them(tmp_path: Path) -> None:
    plan = notes(tmp_path, best_of(3, by="majority", least=2))
    few = made(plan, texts("Red.", "Blue!", "Green."))
    assert decide(few.candidate, plan.scenario) == Decision(
        verdict=Verdict.REJECTED, stage="choose", reason="choose",
        detail="kept 1 of 3 by majority; no answer was stated twice by 3; at least 2 have to state it",
    )  # fmt: skip
    enough = made(plan, texts("Red.", "Blue!", " blue"))
    assert (enough.kept, decide(enough.candidate, plan.scenario).verdict) == (2, Verdict.ACCEPTED)


def test_what_comes_before_the_field_that_varies_is_the_first_candidates(tmp_path: Path) -> None:
    fields = [{**NOTES["fields"][0], "name": name} for name in ("text", "title", "ending")]
    plan = notes(tmp_path, several({"draws": 3, "vary": "title"}, {"by": "checks"}), fields=fields)
    one = made(plan)
    assert one.steps("generator") == [
        *(f"generate#{number}/{name}" for number in (2, 3) for name in ("ending", "title")),
        *(f"generate/{name}" for name in ("ending", "text", "title")),
    ]  # fmt: skip
    assert {row.fields["text"] for row in one.rows if row.why} == {one.candidate.fields["text"]}
    assert len({row.fields["title"] for row in one.rows if row.why} | {one.candidate.fields["title"]}) == 3
    alone = made(plan, breaks=lambda call: call.asker.step == "generate/text")
    assert (len(alone.rows), alone.candidate.failure is not None) == (1, True), "there is nothing to go on from"


@pytest.mark.parametrize(
    ("kind", "text", "answer"),
    [
        (FieldKind.EXACT, "answer = 3 / 4", "0.75"),
        (FieldKind.EXACT, "answer = 1 / 0", ""),
        (FieldKind.EXACT, '{"b": 1, "a": [2]}', '{"a":[2],"b":1}'),
        (FieldKind.EXACT, "12.50 euros", "12.5 euros"),
        (FieldKind.PROSE, "So 3 + 4 = 7.\n**The answer is 1,200.50 euros.**", "1200.5"),
        (FieldKind.PROSE, "It gets colder.\nAnswer: −3 degrees", "-3"),
        (FieldKind.PROSE, "Answer: from 3 to 4", "from 3 to 4"),
        (FieldKind.PROSE, "  “Blue,  and 1,000 more!” ", "blue, and 1000 more"),
        (FieldKind.PROSE, "", ""),
        (FieldKind.PROSE, f"The answer is {'9' * 5000}.", f"{'9' * 200}"),
    ],
)
def test_what_a_field_states(kind: FieldKind, text: str, answer: str) -> None:
    assert answer_in(FieldPlan(name="text", kind=kind, prompt=PerStyle(chat="x.jinja")), text) == answer


# -- what else has to know -----------------------------------------------------------------------------------------


def test_a_topology_is_dumped_as_it_was_written_and_asked_roles_know_of_it(tmp_path: Path) -> None:
    shape = several({"draws": 4}, {"by": "pairwise"})
    plan = notes(tmp_path, shape)
    assert plan.scenario.model_dump(mode="json")["topology"]["nodes"] == shape["nodes"]
    found = duties(topology_of(plan.scenario), plan.scenario)
    assert (found["choose"].role, found["choose"].kind, found["generate"].draws) == ("judge", None, 4)
    voted = duties(topology_of(load("math").scenario, "self_consistency"), load("math").scenario)
    assert (voted["generate"].vary, voted["choose"].field) == ("solution", "solution")


def test_a_drawing_says_how_many_there_are_and_what_decides() -> None:
    told = "\n".join(drawing(load("math"), "self_consistency"))
    assert '["generate<br/>planner, generator, solver<br/>5 candidates, from solution on"]' in told
    assert "choose    choose    votes alone (by majority in solution)" in told


def test_a_judging_role_is_not_called_as_the_evidence_of_a_choice(tmp_path: Path) -> None:
    role = {"sees": ["topic"], "prompt": "look.jinja", "answer": "json"}
    plan = notes(tmp_path, best_of(2, by="judge", role="choose"), roles={"choose": role})
    with pytest.raises(ScenarioError, match=r"roles\.choose: is the name of a check"):
        check_names_known(plan)


def test_the_forecast_says_what_one_candidate_in_place_of_several_saves(tmp_path: Path) -> None:
    plan = notes(tmp_path, best_of(4, by="judge"))
    one = made(plan)
    record = Record(candidate=one.candidate, verdict=Verdict.ACCEPTED)
    found = forecast_of([record], plan, models(plan), topology_of(plan.scenario), 1, None, 4)
    assert [(saving.setting, saving.calls, saving.why) for saving in found.savings][:2] == [
        ("topology=no_critic", 0.75, "one candidate is made of each brief"),
        ("topology=generate_only", 0.875, "nobody asks judge and one candidate is made of each brief"),
    ]  # fmt: skip


def test_old_records_are_as_they_were(tmp_path: Path) -> None:
    one = made(loaded(tmp_path, NOTES), topology="generate_only").candidate
    assert {"drawn", "selection"}.isdisjoint(one.model_dump(mode="json"))
    assert "choice" not in Record(candidate=one, verdict=Verdict.ACCEPTED).line()
    assert Usage(calls=3) - Usage(calls=1) == Usage(calls=2)


VERIFY = {"verify": "verify"}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "nobody chooses": ({"start": "generate", "nodes": {"generate": {"step": "generate", "draws": 3}}, "edges": [{"source": "generate", "target": "end"}]}, "'generate' makes 3 candidates: lead it to a node"),
    "nothing to choose": (several({}, {"by": "checks"}), "'choose' chooses among several candidates: lead to it from"),
    "a step between": ({**best_of(3, by="checks"), "nodes": {**best_of(3, by="checks")["nodes"], "verify": "verify"}, "edges": [{"source": "generate", "target": "verify"}, {"source": "verify", "target": "choose"}, {"source": "choose", "target": "end"}]}, "'generate' makes 3 candidates: lead it"),
    "no way to choose": (several({"draws": 3}, {}), "a step 'choose' needs 'by': one of checks, judge, pairwise, majority"),
    "an unknown way": (best_of(3, by="vote"), "by"),
    "one draw too many": (best_of(17, by="checks"), "draws"),
    "draws elsewhere": (several({"draws": 2}, {"by": "checks"}, verify={"step": "verify", "draws": 2}), "'draws' belongs to a step 'generate'"),
    "by elsewhere": (several({"draws": 2, "by": "checks"}, {"by": "checks"}), "'by' belongs to a step 'choose'"),
    "vary without draws": (several({"vary": "text"}, {"by": "checks"}), "give 'draws', 2 or more"),
    "a field that is none": (best_of(3, by="majority", field="txt"), "field: 'txt' is not a field (did you mean 'text'?)"),
    "a varied field that is none": (several({"draws": 2, "vary": "txt"}, {"by": "checks"}), "vary: 'txt' is not a field (did you mean 'text'?)"),
    "a field of nobody": (best_of(3, by="judge", field="text"), "'field' belongs to a step 'choose' with 'by: majority'"),
    "votes of nobody": (best_of(3, by="judge", least=2), "'least' belongs to a step 'choose' with 'by: majority'"),
    "a role that is not asked": (best_of(3, by="checks", role="judge"), "'by: checks' asks no role"),
    "a role that is none": (best_of(3, by="pairwise", role="juge"), "names the role 'juge', which the scenario lacks"),
    "a critic": (best_of(3, by="judge", role="critic"), "asks 'critic' to choose, and that role is there to critique"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_topology_is_told_in_one_line(what: str, tmp_path: Path) -> None:
    topology, says = WRONG[what]
    with pytest.raises(ScenarioError) as told:
        topology_of(notes(tmp_path, topology).scenario)
    assert says in str(told.value)
    assert "\n" not in str(told.value)


def test_a_majority_needs_fields_and_they_come_in_order(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="by: 'majority' is read from a field, and a dialogue has none"):
        topology_of(loaded(tmp_path, TALK).scenario, "self_consistency")
    fields = [{**NOTES["fields"][0], "name": name} for name in ("text", "title")]
    wrong = several({"draws": 2, "vary": "title"}, {"by": "majority", "field": "text"})
    with pytest.raises(ScenarioError, match="vary: 'title' comes after 'text', which the majority is read from"):
        topology_of(notes(tmp_path / "two", wrong, fields=fields).scenario)
