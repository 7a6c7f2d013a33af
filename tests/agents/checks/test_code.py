"""Coding tasks: right ones pass every check, and each kind of wrong one fails the check that names its fault."""

from __future__ import annotations

import pytest

from agents.checks.code.boundaries import near
from agents.checks.code.mutants import MOST, mutants
from agents.checks.code.programs import PROGRAM_CHECKS
from agents.sandbox import sandbox
from agents.sandbox.sandbox import run
from graphs.sampling.decision import decide
from scenarios.records import Candidate, Status, Verdict
from tests.agents.checks.tasks import demonstrated, evidence, failed, planned
from tests.agents.test_steps import make
from tests.helpers import planned_form

CODE = planned_form("code")


def shown(name: str) -> Candidate:
    """The demonstration of a function."""
    return next(demonstrated(CODE, one) for one in CODE.demonstrations if one.texts["function"] == name)


BELOW = shown("count_below")
"""How many numbers are smaller than the limit."""
FUNCTION, TESTS, SPECIFICATION = BELOW.fields["function"], BELOW.fields["tests"], BELOW.fields["specification"]
FIRST = TESTS.splitlines()[0]
ALIKE = "\n".join(f"assert count_below([{n}], 5) == 1" for n in range(5))
"""Five inputs that leave the boundary alone."""
BY_CASE = (
    "def count_below(numbers, limit):\n    if numbers == [1, 5, 9]:\n        return 2\n    if numbers == [4, 4]:\n"
    "        return 0\n    if numbers == [3]:\n        return 1\n    if numbers == [0, -1, 2]:\n        return 2\n    return 0"
)
BY_ORDER = (
    "import re\nseen = []\n\ndef count_below(numbers, limit):\n    seen.append(1)\n"
    "    return [2, 0, 0, 1, 2][(len(seen) - 1) % 5]"
)

WRONG: dict[str, tuple[dict[str, str], str]] = {
    "the function is wrong": ({"function": FUNCTION.replace("<", "<=")}, "reference_passes"),
    "the function does something else": ({"function": FUNCTION.replace("count += 1", "count += number")}, "examples_hold"),
    "a test expects what is wrong": ({"tests": TESTS.replace("== 2", "== 3", 1)}, "reference_passes"),
    "the function does nothing": ({"function": "def count_below(numbers, limit):\n    pass"}, "examples_hold"),
    "the tests pass a function that does nothing": (
        {"function": "def count_below(numbers, limit):\n    return None",
         "tests": TESTS.replace("== 2", "== None").replace("== 0", "== None").replace("== 1", "== None")}, "stub_fails"
    ),
    "the function returns a constant": ({"function": "def count_below(numbers, limit):\n    return 2"}, "examples_hold"),
    "the tests leave the boundary alone": ({"tests": ALIKE}, "mutants_killed"),
    "the tests are weak": ({"tests": ALIKE.replace("== 1", "> 0")}, "mutants_killed"),
    "the tests assert True": ({"tests": "assert True\n" * 5}, "tests_plain"),
    "the tests assert something or True": ({"tests": TESTS.replace("== 2", "== 2 or True")}, "tests_plain"),
    "the tests compare the function with itself": (
        {"tests": "assert count_below([1], 2) == count_below([1], 2)"}, "tests_plain"
    ),
    "the tests catch their own errors": (
        {"tests": f"try:\n    {FIRST}\nexcept AssertionError:\n    pass"}, "tests_plain"
    ),
    "the tests are never reached": ({"tests": f"if False:\n    {FIRST}"}, "tests_plain"),
    "the tests are in a function that nobody calls": ({"tests": f"def test():\n    {FIRST}"}, "tests_plain"),
    "the tests put another function in its place": (
        {"tests": f"count_below = lambda numbers, limit: 2\n{FIRST}"}, "tests_plain"
    ),
    "the tests only print": ({"tests": "print(count_below([1, 5, 9], 6))"}, "tests_plain"),
    "the tests call something else": ({"tests": "assert len([1, 2]) == 2"}, "tests_plain"),
    "the tests hide their inputs": ({"tests": "assert count_below(list(range(9)), 6) == 6"}, "tests_plain"),
    "there are no tests": ({"tests": "# later"}, "tests_plain"),
    "the tests are no Python": ({"tests": "count_below of 1, 5, 9 is 2"}, "tests_plain"),
    "the tests try too few inputs": ({"tests": "\n".join(TESTS.splitlines()[:3])}, "tests_enough"),
    "the tests try the same input again and again": ({"tests": "\n".join([FIRST] * 8)}, "tests_enough"),
    "the function knows the tests' inputs": ({"function": BY_CASE}, "no_special_cases"),
    "the function knows only the tests": ({"function": BY_CASE}, "examples_hold"),
    "the function counts its calls": ({"function": BY_ORDER}, "reference_passes"),
    "the function gives something equal to all": (
        {"function": "def count_below(numbers, limit):\n    class Any:\n        def __eq__(self, other):\n"
                     "            return True\n    return Any()"}, "function_fits"
    ),
    "the function gives len another meaning": ({"function": f"def len(x):\n    return 2\n\n{FUNCTION}"}, "function_fits"),
    "the function has another name": ({"function": FUNCTION.replace("count_below", "count")}, "function_fits"),
    "the function has other parameters": ({"function": FUNCTION.replace("numbers, limit", "limit, numbers")}, "function_fits"),
    "the function takes anything": ({"function": FUNCTION.replace("(numbers, limit)", "(*numbers)")}, "function_fits"),
    "the function comes with more": ({"function": f"{FUNCTION}\n\nprint(count_below([1], 2))"}, "function_fits"),
    "the function is no Python": ({"function": FUNCTION.replace(":", "")}, "function_fits"),
    "the function does not end": ({"function": FUNCTION.replace("    return count", "    while True: pass")}, "reference_bounded"),
    "the function takes all memory": ({"function": FUNCTION.replace("count = 0", "count = 0 * len([0] * 10 ** 9)")}, "reference_bounded"),
    "the function calls itself for ever": (
        {"function": "def count_below(numbers, limit):\n    return count_below(numbers, limit)"}, "reference_passes"
    ),
    "the function reads a file": ({"function": FUNCTION.replace("count = 0", "count = len(open('/etc/passwd').read())")}, "reference_passes"),
    "the specification does not name the function": (
        {"specification": SPECIFICATION.replace("count_below", "counting")}, "specification_names"
    ),
    "the specification does not name a parameter": (
        {"specification": SPECIFICATION.replace("limit", "bound")}, "specification_names"
    ),
    "a field is empty": ({"tests": ""}, "fields_present"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_each_kind_of_wrong_sample_fails_the_check_that_names_its_fault(name: str) -> None:
    changes, check = WRONG[name]
    assert check in failed(CODE, BELOW, changes)


@pytest.mark.parametrize(
    "function",
    [
        "def count_below(numbers, limit):\n    return sum(1 for number in numbers if number < limit)",
        "def count_below(numbers, limit):\n    return len([n for n in numbers if n < limit])",
        "def count_below(numbers: list[int], limit: int) -> int:\n    '''How many.'''\n"
        "    if not numbers:\n        return 0\n    return (numbers[0] < limit) + count_below(numbers[1:], limit)",
        "def smaller(a, b):\n    return a < b\n\ndef count_below(numbers, limit):\n"
        "    return sum(smaller(n, limit) for n in numbers)",
    ],
)
def test_other_functions_that_are_right_pass(function: str) -> None:
    assert failed(CODE, BELOW, {"function": function}) == []


def test_every_demonstration_passes_every_check() -> None:
    assert len(CODE.demonstrations) >= 12
    for one in CODE.demonstrations:
        found = evidence(CODE, demonstrated(CODE, one))
        assert {each.status for each in found.values()} == {Status.PASS}, (one.texts["function"], found)
        assert set(PROGRAM_CHECKS) <= set(found)


def test_every_plan_can_be_made_right() -> None:
    """Every task of the scenario: its examples hold of its own function, and as tests they kill every mutant."""
    for number, task in enumerate(CODE.scenario.axes["task"].names):
        made = planned(CODE, number, task=task)
        found = evidence(CODE, made)
        assert {each.status for each in found.values()} == {Status.PASS}, (made.brief.cell, found)


def test_the_evidence_tells_how_many_mutants_there_were() -> None:
    detail = evidence(CODE, BELOW)["mutants_killed"].detail
    assert detail.startswith(f"{len(mutants(FUNCTION))} mutants: ")
    assert "fail a test" in detail
    weak = failed(CODE, BELOW, {"tests": ALIKE})
    assert weak == ["mutants_killed"]
    changed = BELOW.model_copy(update={"fields": {**BELOW.fields, "tests": ALIKE}})
    assert "`<` becomes `<=`): no test fails, though count_below(" in evidence(CODE, changed)["mutants_killed"].detail


def test_a_mutant_that_changes_nothing_is_said_to_do_the_same() -> None:
    """No input of the tests or near them is None, so that it does not matter what is done there."""
    function = FUNCTION.replace("    count = 0", "    if numbers is None:\n        return 0\n    count = 0")
    changed = BELOW.model_copy(update={"fields": {**BELOW.fields, "function": function}})
    found = evidence(CODE, changed)["mutants_killed"]
    assert found.status is Status.PASS
    assert "do the same over" in found.detail


def test_a_function_with_few_wrong_versions_is_tried_on_those_and_one_without_any_is_not_said_to_be_tested() -> None:
    """That there are few of them is nothing that other tests could change."""
    flips = planned(CODE, 0, task="flip_pairs")
    short = "def flip_pairs(pairs):\n    return [(second, first) for first, second in pairs]"
    assert 0 < len(mutants(short)) < 3
    assert failed(CODE, flips, {"function": short}) == []
    none = BELOW.model_copy(
        update={"fields": {**BELOW.fields, "function": "def count_below(numbers, limit):\n    pass"}}
    )
    assert evidence(CODE, none)["mutants_killed"].status is Status.UNVERIFIABLE


@pytest.mark.parametrize(
    ("body", "case"),
    [
        ("return sum(1 for letter in text if letter in 'aeiou')", False),
        ("vowels = 'aeiou'\n    return sum(text.count(letter) for letter in vowels)", False),
        ("return len([c for c in text if c.lower() in 'aeiou'])", False),
        ("if text == 'aeiou':\n        return 5\n    return 0", True),
        ("known = 'aeiou'\n    return 5 if text == known else 0", True),
        ("return {'aeiou': 5}.get(text, 0)", True),
        ("return [3, 5][['banana', 'aeiou'].index(text)]", True),
        ("return 5 if text in ('aeiou', 'x') else 0", True),
    ],
)
def test_a_text_in_which_letters_are_looked_for_is_no_case_of_its_own(body: str, case: bool) -> None:
    vowels = planned(CODE, 0, task="count_vowels")
    tests = vowels.fields["tests"] + "\nassert count_vowels('aeiou') == 5"
    found = failed(CODE, vowels, {"function": f"def count_vowels(text):\n    {body}", "tests": tests})
    assert ("no_special_cases" in found) is case


def test_mutants_are_other_programs_in_a_fixed_order() -> None:
    for one in CODE.demonstrations:
        source = one.fields["function"]
        every = mutants(source)
        assert every == mutants(source)
        assert len({mutant.source for mutant in every}) == len(every) <= MOST
        assert all(mutant.what.startswith("line ") for mutant in every)
        assert all(run(mutant.source).ok for mutant in every), "each is a program"
    assert mutants("def f(:") == ()
    assert mutants("def f():\n    'Only words.'\n    pass") == ()


@pytest.mark.parametrize(
    ("source", "faults"),
    [
        ("x = a < b", ["`<` becomes `<=`"]),
        ("x = a + 1", ["`+` becomes `-`", "1 becomes 2", "1 becomes 0"]),
        ("x = a and b", ["`and` becomes `or`"]),
        ("if a:\n    b()", ["the condition `a` is negated", "`b()` is left out"]),
        ("x = not a", ["`not a` loses its sign"]),
        ("x = max(a, b)", ["`max` becomes `min`", "`max(a, b)` becomes its first argument"]),
        ("x = [n for n in a if n > 0]", ["the filter `n > 0` is left out", "`>` becomes `>=`"]),
        ("def f():\n    return a", ["`return a` returns nothing"]),
        ("x = 'word'", ["'word' becomes ''"]),
        ("x = (a, b)", ["the parts of `(a, b)` are turned round"]),
    ],
)
def test_each_kind_of_fault_is_made(source: str, faults: list[str]) -> None:
    made = [mutant.what.split(": ", 1)[1] for mutant in mutants(source)]
    assert set(faults) <= set(made)


def test_inputs_near_the_tests_begin_with_the_tests_and_are_bounded() -> None:
    inputs = [([1, 5], 3), ("ab", 2)]
    found = near(inputs, 40)
    assert found[:2] == inputs
    assert len(found) == len({repr(one) for one in found}) <= 40
    assert ([1, 5], 4) in found
    assert ([1, 5], 2) in found
    assert ([], 3) in found
    assert ("", 2) in found
    assert near(inputs, 40) == found
    assert len(near([([n], n) for n in range(30)], 40)) == 40


async def test_a_sample_is_made_and_accepted_and_what_does_not_parse_is_drawn_again() -> None:
    made, asked = await make(
        CODE, lambda call: "def f(" if call.asker.step.endswith("/function") and not call.asker.attempt else None
    )
    assert [one for one in made.evidence if one.status is not Status.PASS] == []
    assert decide(made, CODE.scenario).verdict is Verdict.ACCEPTED
    assert [call.asker.attempt for call in asked if call.asker.step == "generate/function"] == [0, 1]
    shown = ["\n".join(m.content for m in c.messages) for c in asked if c.role in {"generator", "refiner", "critic"}]
    assert not any(made.brief.texts["held_out"].split("; ")[0] in text for text in shown), "nobody is shown them"


async def test_code_in_a_fence_is_taken_out_of_it() -> None:
    held = planned(CODE, 0, seed=0).fields["function"]
    fenced = f"Here it is:\n```python\n{held}\n```\nIt counts."
    made, _ = await make(CODE, lambda call: fenced if call.asker.step.endswith("/function") else None)
    assert made.fields["function"] == held


def test_evidence_is_the_same_when_it_is_derived_again() -> None:
    for fields, _ in [*list(WRONG.values())[::3], ({}, "")]:
        changed = BELOW.model_copy(update={"fields": {**BELOW.fields, **fields}})
        first = evidence(CODE, changed)
        sandbox._remembered.cache_clear()
        assert evidence(CODE, changed) == first
        assert all("0x" not in one.detail for one in first.values())
