"""The fields of a task: which one is drawn again, what its writer is shown, and what stays."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

import pytest

from agents.cast import Cast
from agents.models.calls import Call
from graphs.sampling.decision import decide
from graphs.sampling.graph import make_candidate, sample_graph
from graphs.sampling.topology import topology_of
from scenarios.briefs import cell_of, plan_brief
from scenarios.loading import Loaded, load
from scenarios.records import Brief, Candidate, Verdict
from tests.helpers import models, planned_form, scripted_gateway

EXTRACT, MATH, CODE = planned_form("extract"), planned_form("math"), planned_form("code")
Script = Callable[[Call], str | None]


def brief_of(loaded: Loaded, **cell: str) -> Brief:
    """A brief of a cell with these values."""
    return plan_brief(loaded, 3, 0, 0, 0, {**cell_of(loaded, 3, 0), **cell})


async def make(loaded: Loaded, brief: Brief, script: Script) -> tuple[Candidate, list[Call]]:
    """The candidate of a brief, with all calls made for it."""
    gateway, scripted = scripted_gateway(script)
    machine = sample_graph(topology_of(loaded.scenario), Cast(loaded, gateway, models(loaded)))
    return await make_candidate(machine, brief), scripted.asked


def writing(asked: list[Call]) -> list[tuple[str, int]]:
    """The steps and attempts of the calls that wrote fields."""
    return [(call.asker.step, call.asker.attempt) for call in asked if "/" in call.asker.step.removeprefix("critique/")
            and not call.asker.step.startswith("critique")]  # fmt: skip


def shown(call: Call) -> str:
    """All that a call shows."""
    return "\n".join(message.content for message in call.messages)


def crossed(brief: Brief) -> str:
    """The notes of an invitation, with guest and host in each other's place."""
    guest, host = brief.facts["guest"], brief.facts["host"]
    return brief.texts["notes"].replace(guest, "GUEST").replace(host, guest).replace("GUEST", host)


def read(brief: Brief, **changes: object) -> str:
    """The JSON that a brief plans, with other values."""
    return json.dumps({**json.loads(brief.texts["values"]), **changes})


async def test_a_text_is_written_again_if_its_reader_stands_by_what_it_says_wrongly() -> None:
    brief = brief_of(EXTRACT, kind="invitation")
    guest, host = brief.facts["guest"], brief.facts["host"]

    def script(call: Call) -> str | None:
        if call.asker.step == "generate/text" and not call.asker.attempt:
            return crossed(brief)
        if call.asker.step == "generate/json":
            return read(brief, guest=host, host=guest) if crossed(brief) in shown(call) else read(brief)
        return None

    made, asked = await make(EXTRACT, brief, script)
    assert writing(asked) == [("generate/text", 0), ("generate/json", 0), ("generate/json", 1), ("generate/text", 1),
                              ("generate/json", 2)]  # fmt: skip
    assert decide(made, EXTRACT.scenario).verdict is Verdict.ACCEPTED
    assert [(slip.field, slip.attempt, slip.check) for slip in made.slips] == [
        ("json", 0, "facts_kept"), ("json", 1, "facts_kept"), ("text", 0, "facts_kept"),
    ]  # fmt: skip
    again, anew = asked[2].messages[-1].content, asked[3].messages[-1].content
    assert "look again at what the text says of it" in again
    assert f"under 'guest', where the notes have '{guest}'" in anew
    assert asked[3].messages[-2].content == crossed(brief)


async def test_a_reader_who_was_mistaken_only_reads_again_and_is_not_told_what_should_stand_there() -> None:
    brief = brief_of(EXTRACT, kind="invitation")
    guest, host = brief.facts["guest"], brief.facts["host"]

    def script(call: Call) -> str | None:
        first = call.asker.step == "generate/json" and not call.asker.attempt
        return read(brief, guest=host, host=guest) if first else None

    made, asked = await make(EXTRACT, brief, script)
    assert writing(asked) == [("generate/text", 0), ("generate/json", 0), ("generate/json", 1)]
    assert guest not in asked[2].messages[-1].content
    assert decide(made, EXTRACT.scenario).verdict is Verdict.ACCEPTED


async def test_whoever_revises_the_json_reads_the_text_and_not_the_notes() -> None:
    brief = brief_of(EXTRACT, kind="invitation")
    text = brief.texts["notes"].replace(" Dear", " So, dear").replace("Dear", "My dear")

    def script(call: Call) -> str | None:
        if call.asker.step == "generate/text":
            return text
        return of_field("json", "The day is another one.") if call.asker.step == "critique/0" else None

    _, asked = await make(EXTRACT, brief, script)
    revised = shown(next(call for call in asked if call.asker.step == "refine/1/json"))
    assert text in revised
    assert brief.texts["notes"] not in revised
    assert "The day is another one." in revised


async def test_a_text_that_never_says_it_gives_up_within_the_draws_of_both() -> None:
    brief = brief_of(EXTRACT, kind="invitation")
    guest, host = brief.facts["guest"], brief.facts["host"]

    def script(call: Call) -> str | None:
        if call.asker.step == "generate/text":
            return crossed(brief)
        return read(brief, guest=host, host=guest)

    made, asked = await make(EXTRACT, brief, script)
    assert made.given_up == "facts_kept"
    assert [step for step, _ in writing(asked)].count("generate/text") == 4
    assert len(asked) == 12
    assert "where the notes have" in made.evidence[-1].detail
    assert len(made.slips) == len(asked) - 1, "the last text stands"


@pytest.mark.parametrize(("seen", "again"), [("", ["solution"]), ("problem", ["problem", "solution"])])
async def test_a_solution_that_differs_is_solved_again_unless_the_critic_finds_the_problem_unclear(
    seen: str, again: list[str]
) -> None:
    brief = brief_of(MATH)

    def script(call: Call) -> str | None:
        if call.asker.step == "generate/solution":
            return "answer = " + " + ".join(brief.texts["numbers"].split(", ")) + " + 1"
        if call.asker.step == "critique/0" and seen:
            return json.dumps({"problems": [{"field": seen, "problem": "It is left open what is asked."}]})
        if call.asker.step == "refine/1/problem":
            return f"Here is how it went. {made_problem(brief)}"
        return None

    made, asked = await make(MATH, brief, script)
    steps = [step for step, _ in writing(asked) if step.startswith("refine")]
    assert steps == [f"refine/1/{name}" for name in again]
    assert decide(made, MATH.scenario).verdict is Verdict.ACCEPTED
    critic = next(call for call in asked if call.asker.step == "critique/0")
    assert "Whoever solved the problem from its words alone came to" in shown(critic)
    if seen:
        refiner = shown(next(call for call in asked if call.asker.step == "refine/1/problem"))
        assert "The program gives: " in refiner
        assert "The program gives: \n" not in refiner
        assert "It is left open what is asked." in refiner
        later = shown(next(call for call in asked if call.asker.step == "critique/1"))
        assert "Whoever solved" not in later


async def test_a_problem_is_written_again_if_whoever_solves_it_has_no_use_for_one_of_its_numbers() -> None:
    brief = brief_of(MATH, structure="take away")
    large, teen = brief.texts["numbers"].split(", ")
    useless = made_problem(brief).replace("How many", f"The {teen} of them were not counted before. How many")

    def script(call: Call) -> str | None:
        if call.asker.step == "generate/problem" and not call.asker.attempt:
            return useless
        return f"answer = {large}" if call.asker.step == "generate/solution" and useless in shown(call) else None

    made, asked = await make(MATH, brief, script)
    again = next(call for call in asked if call.asker.step == "generate/problem" and call.asker.attempt)
    assert f"The program that solves the problem from its words alone does not use {teen}." in shown(again)
    assert [call.asker.attempt for call in asked if call.asker.step == "generate/solution"] == [0, 1, 2]
    assert decide(made, MATH.scenario).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("field", ["program", "solution"])
async def test_a_program_that_does_not_run_is_no_fault_of_its_problem(field: str) -> None:
    def script(call: Call) -> str | None:
        broken = call.asker.step == f"generate/{field}" and call.asker.attempt < 4
        return "answer = nothing" if broken else None

    made, asked = await make(MATH, brief_of(MATH), script)
    assert [call.asker.attempt for call in asked if call.asker.step == "generate/problem"] == [0]
    assert {slip.field for slip in made.slips} == {field}
    assert decide(made, MATH.scenario).verdict is Verdict.ACCEPTED


def made_problem(brief: Brief) -> str:
    """The problem that the scripted model writes."""
    notes = [note[0].upper() + note[1:] for note in brief.texts["notes"].split("; ")]
    return " ".join(f"{note}{'?' if note is notes[-1] else '.'}" for note in notes)


def of_field(field: str, problem: str) -> str:
    """A critic's answer."""
    return json.dumps({"problems": [{"field": field, "problem": problem}]})


async def test_a_function_and_tests_that_still_pass_stay_if_only_the_specification_is_rewritten() -> None:
    brief = brief_of(CODE)

    def script(call: Call) -> str | None:
        if call.asker.step == "critique/0":
            return of_field("specification", "It leaves out the edge.")
        return None

    made, asked = await make(CODE, brief, script)
    assert [step for step, _ in writing(asked) if step.startswith("refine")] == ["refine/1/specification"]
    assert decide(made, CODE.scenario).verdict is Verdict.ACCEPTED


async def test_a_function_at_fault_is_written_again_and_its_tests_stay_if_they_pass() -> None:
    """An input of the tests as a case of its own is the function's fault, and nothing of specification and tests."""
    brief = brief_of(CODE, task="count_vowels")
    sound = "def count_vowels(text):\n    return sum(1 for letter in text if letter in 'aeiou')"
    cheating = sound.replace("\n", "\n    if text == 'window':\n        return 2\n", 1)

    def script(call: Call) -> str | None:
        return {"generate/function": cheating, "refine/1/function": sound}.get(call.asker.step)

    made, asked = await make(CODE, brief, script)
    assert made.drafts[0].problems[0].check == "no_special_cases"
    assert [step for step, _ in writing(asked) if step.startswith("refine")] == ["refine/1/function"]
    assert decide(made, CODE.scenario).verdict is Verdict.ACCEPTED


async def test_reasons_for_another_draw_are_sentences_and_keep_back_what_the_writer_may_not_see() -> None:
    brief = brief_of(CODE, task="count_vowels")
    wrong = {
        "generate/tests": "assert count_vowels('sky') == 1",
        "generate/function": "def count_vowels(text):\n    return {'window': 0}.get(text, sum(1 for letter in text if letter in 'aeiou'))",
    }

    def script(call: Call) -> str | None:
        return wrong.get(call.asker.step) if not call.asker.attempt else None

    made, asked = await make(CODE, brief, script)
    told = {call.asker.step: call.messages[-1].content for call in asked if call.asker.attempt == 1}
    assert (
        "- The test `assert count_vowels('sky') == 1` fails: `count_vowels('sky')` gives 0." in told["generate/tests"]
    )
    assert "- It tries 1 different inputs and not" in told["generate/tests"]
    assert "window" not in told["generate/function"]
    assert "- It gives a wrong result for an input that is not among the examples" in told["generate/function"]
    known = "does not do what is known to hold, count_vowels('window') == 2: `count_vowels('window')` gives 0"
    assert made.slips[0].problem == known


def answers(questions: Iterable[str], **said: bool) -> str:
    """A verifier's answer."""
    return json.dumps(
        {**dict.fromkeys(questions, True), **said, "reason": "It counts capitals, the function does not."}
    )


async def test_a_specification_that_says_something_else_than_the_function_is_rejected_by_the_verifier() -> None:
    brief = brief_of(CODE)

    def script(call: Call) -> str | None:
        return answers(CODE.scenario.questions, function_does_it=False) if call.role == "verifier" else None

    made, _ = await make(CODE, brief, script)
    decision = decide(made, CODE.scenario)
    assert (decision.verdict, decision.reason) == (Verdict.REJECTED, "verifier")
    assert "function_does_it" in decision.detail


async def test_a_plan_is_drawn_again_if_the_writer_of_the_function_stands_by_what_a_hidden_case_is_against() -> None:
    loaded = load("code")
    brief = brief_of(loaded, kind="graph")
    name = "count_graph"
    limit = int(brief.facts["limit"])
    wrong = f"{name}([{limit}]) == 0"

    def script(call: Call) -> str | None:
        step, attempt = call.asker.step, call.asker.attempt
        if step == "generate/plan" and attempt == 0:
            return call.verbatim.replace(wrong, wrong.replace("== 0", "== 7"))
        return None

    made, asked = await make(loaded, brief, script)
    steps = [step for step, _ in writing(asked)]
    assert steps == [
        "generate/plan", "generate/specification", "generate/function", "generate/function",
        "generate/plan", "generate/specification", "generate/function", "generate/tests",
    ]  # fmt: skip
    assert decide(made, loaded.scenario).verdict is Verdict.ACCEPTED
    again = next(call for call in asked if call.asker.step == "generate/plan" and call.asker.attempt == 1)
    assert "gives 0" in shown(again), "the planner sees the case that does not hold"
    assert all("== 7" not in shown(call) for call in asked if call.asker.step == "generate/function"), "it stays hidden"


async def test_a_document_is_written_again_if_its_reader_stands_by_another_value_than_the_plan() -> None:
    loaded = load("extract")
    brief = brief_of(loaded)
    readings = iter(["null", "null"])

    def misread(call: Call) -> str | None:
        right = call.verbatim or "\n".join(call.expects)
        if not call.asker.step.endswith("/json") or '"fee": ' not in right:
            return None
        fee = next(readings, brief.facts["amount"])
        return right.replace(f'"fee": {brief.facts["amount"]}', f'"fee": {fee}')

    made, asked = await make(loaded, brief, misread)
    assert made.given_up == ""
    steps = [step.removeprefix("generate/") for step, _ in writing(asked)]
    assert steps == ["schema", "plan", "text", "json", "json", "text", "json"]
    again = next(call for call in asked if call.asker.step == "generate/json" and call.asker.attempt == 1)
    assert "'case.fee'" in shown(again)
    assert brief.facts["amount"] not in again.messages[-1].content, "the reader is not told what was planned"
