"""Word problems: right ones pass every check, and each kind of wrong one fails the check that names its fault."""

from __future__ import annotations

import pytest

from agents.checks.math import PROBLEM_CHECKS, result_of, same
from agents.models.calls import Call
from agents.sandbox import sandbox
from graphs.sampling.decision import decide
from scenarios.records import Status, Verdict
from tests.agents.checks.tasks import demonstrated, evidence, failed, planned
from tests.agents.test_steps import make
from tests.helpers import planned_form

MATH = planned_form("math")
PLUMS = next(
    demonstrated(MATH, shown) for shown in MATH.demonstrations if shown.cell == {"structure": "groups with loss"}
)
"""6 buckets with 18 plums each, 25 of them bad: 83."""
PERCENT = next(
    demonstrated(MATH, shown) for shown in MATH.demonstrations if shown.cell == {"structure": "what percent"}
)
"""45 of 250: 18 percent."""
PROBLEM, PROGRAM = PLUMS.fields["problem"], PLUMS.fields["program"]

WRONG: dict[str, tuple[dict[str, str], str]] = {
    "states another answer": ({"answer": "84 plums"}, "answer_matches"),
    "states the answer and another number": ({"answer": "108 - 25 = 83 plums"}, "answer_matches"),
    "states no number": ({"answer": "plums"}, "answer_matches"),
    "states the answer below zero": ({"answer": "-83 plums"}, "answer_matches"),
    "has another unit": ({"answer": "83 buckets"}, "unit_matches"),
    "has no unit": ({"answer": "83"}, "unit_matches"),
    "explains": ({"answer": "The answer is 83 plums"}, "unit_matches"),
    "a constant": ({"program": "answer = 83"}, "program_uses_numbers"),
    "prints a constant": ({"program": "print(83)"}, "program_runs"),
    "does nothing": ({"program": "answer = None"}, "program_runs"),
    "is no program": ({"program": "Six buckets of eighteen plums, so 83."}, "program_runs"),
    "names the numbers and leaves a constant": (
        {"program": "buckets = 6\neach = 18\nbad = 25\nanswer = 83"}, "program_uses_numbers"
    ),
    "adds what the numbers cancel out to": (
        {"program": "answer = 83 + 6 - 6 + 18 - 18 + 25 - 25"}, "program_uses_numbers"
    ),
    "looks the answer up": ({"program": "answer = {(6, 18, 25): 83}[(6, 18, 25)]"}, "program_uses_numbers"),
    "multiplies by nothing": ({"program": "answer = 83 + 0 * (6 + 18 + 25)"}, "program_uses_numbers"),
    "asserts the numbers and leaves a constant": (
        {"program": "a, b, c = 6, 18, 25\nassert (a, b, c) == (6, 18, 25)\nanswer = 83"}, "program_uses_numbers"
    ),
    "ignores a number": ({"program": "buckets = 6\neach = 18\nbad = 25\nanswer = buckets * each"}, "program_uses_numbers"),
    "makes a number up": (
        {"program": "answer = 6 * 18 - 25 + 3 - 3"}, "program_uses_numbers"
    ),
    "does what is not planned": ({"program": "answer = (6 + 18) * 25"}, "planned_result"),
    "comes to less than nothing": ({"program": "answer = 25 - 6 * 18"}, "range_sane"),
    "counts in fractions": ({"program": "answer = 6 * 18 / 25"}, "range_sane"),
    "is out of bounds": ({"program": "answer = 6 * 18 ** 25"}, "range_sane"),
    "does not end": ({"program": "answer = 6 * 18 - 25\nwhile True: pass"}, "program_runs"),
    "takes all memory": ({"program": "answer = [6 * 18 - 25] * 10 ** 10"}, "program_runs"),
    "reads a file": ({"program": "answer = len(open('/etc/passwd').read())"}, "program_runs"),
    "divides by nothing": ({"program": "answer = 6 * 18 / (25 - 25)"}, "program_runs"),
    "leaves a truth value": ({"program": "answer = 6 * 18 > 25"}, "program_runs"),
    "leaves no finite number": ({"program": "answer = float('inf')"}, "program_runs"),
    "the solution disagrees": ({"solution": "answer = 6 * 18 + 25"}, "solution_agrees"),
    "the solution is a constant": ({"solution": "answer = 83"}, "solution_uses_numbers"),
    "the solution does not run": ({"solution": "answer = plums - 25"}, "solution_runs"),
    "the problem leaves a number out": ({"problem": PROBLEM.replace("25 bad plums", "some bad plums")}, "numbers_planned"),
    "the problem adds a number": ({"problem": PROBLEM.replace("looks through", "looks 9 times through")}, "numbers_planned"),
    "the problem says a number in words": (
        {"problem": PROBLEM.replace("takes 25", "takes three times 25")}, "numbers_planned"
    ),
    "the problem says its answer": ({"problem": PROBLEM.replace("How many", "There are 83. How many")}, "numbers_planned"),
    "the problem asks nothing": ({"problem": PROBLEM.replace("How many good plums are there?", "Count them.")}, "one_question"),
    "the problem asks twice": ({"problem": PROBLEM.replace("each. ", "each. Is it much? ")}, "one_question"),
    "the problem names another person": ({"problem": PROBLEM.replace("Igor looks", "Then Pavel looks")}, "facts_consistent"),
    "a field is empty": ({"solution": " "}, "fields_present"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_each_kind_of_wrong_sample_fails_the_check_that_names_its_fault(name: str) -> None:
    changes, check = WRONG[name]
    assert check in failed(MATH, PLUMS, changes)


def test_percent_has_bounds_and_need_not_be_whole() -> None:
    assert failed(MATH, PERCENT, {"program": "answer = 100 * 250 / 45"}) == [
        "planned_result", "range_sane", "answer_matches", "solution_agrees",
    ]  # fmt: skip
    assert "range_sane" not in failed(MATH, PERCENT, {"program": "answer = 45 / 250"})


@pytest.mark.parametrize(
    "program",
    [
        "answer = 6 * 18 - 25",
        "answer = sum([18] * 6) - 25",
        "total = 0\nfor bucket in range(6):\n    total += 18\nanswer = total - 25",
        "def good(buckets, each, bad):\n    return buckets * each - bad\nanswer = good(6, 18, 25)",
        "answer = float(6 * 18 - 25)  # 83.0",
        "print('so', 6 * 18)\nanswer = 6 * 18 - 25",
    ],
)
def test_other_programs_that_are_right_pass(program: str) -> None:
    assert failed(MATH, PLUMS, {"program": program, "solution": program}) == []


@pytest.mark.parametrize("answer", ["83 plums", "83 Plums.", "83.0 plums", "83  plums"])
def test_the_answer_may_be_written_in_several_ways(answer: str) -> None:
    assert failed(MATH, PLUMS, {"answer": answer}) == []


@pytest.mark.parametrize("answer", ["18 percent", "18%", "18 %", "18.0 percent"])
def test_a_sign_may_stand_for_the_unit(answer: str) -> None:
    assert failed(MATH, PERCENT, {"answer": answer}) == []


def test_every_demonstration_passes_every_check() -> None:
    assert len(MATH.demonstrations) >= 12
    for shown in MATH.demonstrations:
        found = evidence(MATH, demonstrated(MATH, shown))
        assert {one.status for one in found.values()} == {Status.PASS}, shown.cell
        assert set(PROBLEM_CHECKS) <= set(found)


def test_every_plan_can_be_made_right() -> None:
    """The brief's notes, formula and unit, as they stand, pass every check: the plan is sound for any numbers."""
    for number in range(150):
        made = planned(MATH, number)
        found = evidence(MATH, made)
        assert {one.status for one in found.values()} == {Status.PASS}, (made.brief.cell, made.fields, found)
        numbers = made.brief.texts["numbers"].split(", ")
        assert len(set(numbers)) == len(numbers)


async def test_the_solver_sees_the_problem_and_nothing_else() -> None:
    _, asked = await make(MATH, lambda call: "answer = 5" if call.role == "solver" else None)
    method = planned(MATH, 0, seed=0).brief.texts["method"]
    shown = ["\n".join(message.content for message in call.messages) for call in asked]
    assert {
        method in text for call, text in zip(asked, shown, strict=True) if call.asker.step == "generate/program"
    } == {True}
    drawn = zip(asked, shown, strict=True)
    solvers = [text for call, text in drawn if call.role == "solver" and not call.asker.attempt]
    assert solvers
    assert not any(method in text or "answer = " in text.rsplit("Problem:", 1)[1] for text in solvers)


async def test_a_sample_is_made_and_accepted_and_a_broken_program_is_drawn_again() -> None:
    def script(call: Call) -> str | None:
        return "answer is 5" if call.asker.step.endswith("/program") and call.asker.attempt < 2 else None

    made, asked = await make(MATH, script)
    assert [one for one in made.evidence if one.status is not Status.PASS] == []
    assert [call.asker.attempt for call in asked if call.asker.step == "generate/program"] == [0, 1, 2]
    assert {call.role for call in asked} == {"generator", "solver", "critic", "verifier", "judge"}


async def test_a_solution_is_never_drawn_again_until_it_agrees() -> None:
    number = planned(MATH, 0, seed=0).brief.texts["numbers"].split(", ")

    def script(call: Call) -> str | None:
        return f"answer = {' + '.join(number)} + 1" if call.role == "solver" else None

    made, asked = await make(MATH, script)
    assert "solution_agrees" in [one.check for one in made.evidence if one.status is Status.FAIL]
    assert [call.asker.step for call in asked if call.role == "solver"] == [
        "generate/solution",
        "refine/1/solution",
    ]


async def test_a_sandbox_that_fails_leaves_the_sample_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OSError("no worker")

    sandbox._remembered.cache_clear()
    monkeypatch.setattr(sandbox, "_pool", broken)
    made, _ = await make(MATH)
    assert Status.ERROR in {one.status for one in made.evidence}
    assert decide(made, MATH.scenario).verdict is Verdict.UNDECIDED


def test_evidence_is_the_same_when_it_is_derived_again() -> None:
    for fields, _ in [*WRONG.values(), ({}, "")]:
        changed = PLUMS.model_copy(update={"fields": {**PLUMS.fields, **fields}})
        first = evidence(MATH, changed)
        sandbox._remembered.cache_clear()
        assert evidence(MATH, changed) == first
        assert all("0x" not in one.detail and "/tmp" not in one.detail for one in first.values())


def test_floats_are_compared_up_to_their_rounding() -> None:
    left, right = result_of("answer = 0.1 + 0.2")[0], result_of("answer = 0.3")[0]
    assert left is not None
    assert right is not None
    assert left != right
    assert same(left, right)
