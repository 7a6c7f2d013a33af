"""The checks of word problems of several steps: a model's plan, its program, the problem, and a worked solution by one who saw
the problem alone.

The brief asks for so many `steps` and `distractors`, gives numbers to draw from (`drawn`), and says which numbers a program
may use beside the planned ones (`constants`). What the program comes to is the answer.
"""

from __future__ import annotations

import ast
import re
from fractions import Fraction

from pydantic import BaseModel, Field

from agents.checks.check import NOTHING, Check, Finding, Reading
from agents.checks.levels.sums import equations
from agents.checks.math import bears, literal, numbers_in, result_of, said, same
from agents.checks.planned import PLAN, items, least, shaped
from agents.sandbox.counting import tree_of

_LEAST_DRAWN = 3
"""So many of the planned numbers are the brief's: what a model makes up alone is always the same."""
_MOST = Fraction(10_000_000)
_ANSWER = re.compile(r"^\W*(?:the\s+)?(?:final\s+)?answer\b\W*(?:is\b)?:?\s*(.+)$", re.IGNORECASE)
_MONEY = {"€": "euro", "$": "dollar", "£": "pound", "%": "percent"}
_AGAIN = "has a result that does not come out well. Read the plan again: if the program does what it says, the plan is at fault"


class Quantity(BaseModel):
    """A number of the plan with what it counts or measures."""

    value: float = Field(gt=0, lt=10_000_000, allow_inf_nan=False)
    about: str = Field(min_length=3)


class ProblemPlan(BaseModel):
    """What a model plans of a word problem."""

    situation: str = Field(min_length=20)
    given: list[Quantity] = Field(min_length=3, max_length=12)
    distractors: list[Quantity] = Field(max_length=4)
    steps: list[str] = Field(min_length=2, max_length=12)
    asks: str = Field(min_length=10)
    unit: list[str] = Field(min_length=1, max_length=6)
    whole: bool


def _number(quantity: Quantity) -> Fraction:
    return Fraction(repr(quantity.value))


def _planned(reading: Reading) -> Finding:
    """The plan has its parts: as many steps and distractors as the brief asks for, numbers that differ from each other, at least
    three of them the brief's, and none that a program may use anyway."""
    plan, wrong = shaped(reading, ProblemPlan)
    if plan is None:
        return Finding(wrong)
    if len(plan.steps) < least(reading, "steps"):
        return Finding(f"plans {len(plan.steps)} steps and not {least(reading, 'steps')}")
    if len(plan.distractors) != least(reading, "distractors"):
        return Finding(f"plans {len(plan.distractors)} distractors and not {least(reading, 'distractors')}")
    numbers = [_number(one) for one in (*plan.given, *plan.distractors)]
    if twice := next((one for place, one in enumerate(numbers) if one in numbers[:place]), None):
        return Finding(f"has the number {said(twice)} twice, so nobody could tell which of them a program uses")
    if usual := next((one for one in numbers if one in _constants(reading)), None):
        return Finding(f"has the number {said(usual)}, which a program may use anyway: take another one")
    drawn = set(numbers_in(reading.candidate.brief.texts["drawn"]))
    if len(drawn.intersection(numbers)) < _LEAST_DRAWN:
        return Finding(f"uses fewer than {_LEAST_DRAWN} of the numbers that it was given")
    return NOTHING


def _constants(reading: Reading) -> set[Fraction]:
    return set(numbers_in(reading.candidate.brief.texts["constants"]))


def _follows(reading: Reading) -> Finding:
    """The program's result depends on every given number and on nothing else but the usual constants, and it takes at least as many
    steps of arithmetic as the brief asks for."""
    plan, _ = shaped(reading, ProblemPlan)
    source = reading.candidate.fields.get("program", "")
    result, failed = result_of(source)
    tree = tree_of(source)
    if plan is None or result is None or tree is None:
        return failed
    literals = {number for node in ast.walk(tree) if (number := literal(node)) is not None}
    for quantity in plan.given:
        number = _number(quantity)
        if number not in literals:
            return Finding(f"does not use {said(number)} ({quantity.about})")
        if not bears(tree, number, result):
            return Finding(f"comes to {said(result)} whatever {said(number)} is ({quantity.about})")
    given = {_number(one) for one in plan.given}
    for number in sorted(literals - given - _constants(reading)):
        if number in {_number(one) for one in plan.distractors}:
            return Finding(f"uses {said(number)}, which is a distractor")
        return Finding(f"uses {said(number)}, which is not among the planned numbers")
    steps = sum(isinstance(node, ast.BinOp | ast.AugAssign) for node in ast.walk(tree))
    if steps < least(reading, "steps"):
        return Finding(f"comes to its result by {steps} steps of arithmetic, not {least(reading, 'steps')}")
    return NOTHING


def _comes_out(reading: Reading) -> Finding:
    """The result is a positive number of at most two decimals, below ten million, and whole if it counts things."""
    plan, _ = shaped(reading, ProblemPlan)
    result, failed = result_of(reading.candidate.fields.get("program", ""))
    if plan is None or result is None:
        return failed
    if not 0 < result < _MOST:
        return Finding(f"comes to {said(result)}, not above 0 and below {said(_MOST)}", again=_AGAIN)
    if plan.whole and not same(result, Fraction(round(result))):
        return Finding(f"comes to {said(result)} of what is counted", again=_AGAIN)
    if not same(result, round(result, 2)):
        return Finding(f"comes to {said(result)}: take numbers that come out with at most two decimals", again=_AGAIN)
    return NOTHING


def _told(reading: Reading) -> Finding:
    """The problem says each planned number, distractors too, in digits, and no number that is not planned."""
    plan, _ = shaped(reading, ProblemPlan)
    if plan is None:
        return NOTHING
    there = set(numbers_in(reading.candidate.fields.get("problem", "")))
    planned = {_number(one): one.about for one in (*plan.given, *plan.distractors)}
    for number, about in planned.items():
        if number not in there:
            return Finding(f"does not say {said(number)} in digits ({about})")
    for number in sorted(there - set(planned) - _constants(reading)):
        return Finding(f"says {said(number)}, which is not planned")
    return NOTHING


def _equations_hold(reading: Reading) -> Finding:
    """The solution reckons in equations, at least three, and each of them holds."""
    found = list(equations(reading.candidate.fields.get("solution", "")))
    if wrong := next((one for one, holds in found if not holds), ""):
        return Finding(f"reckons wrongly: {wrong}")
    if len(found) < min(3, least(reading, "steps")):
        return Finding(
            "shows fewer than three equations such as 14 × 12 = 168, with numbers alone on both sides: show each step as one"
        )
    return NOTHING


def stated(solution: str) -> str:
    """What a solution's last line gives as its answer; empty if it gives none."""
    rows = [row.replace("**", "").strip() for row in solution.strip().splitlines() if row.strip()]
    found = _ANSWER.match(rows[-1]) if rows else None
    return found[1].strip() if found else ""


def _states(reading: Reading) -> Finding:
    """The solution's last line is its answer: one number with the unit."""
    answer = stated(reading.candidate.fields.get("solution", ""))
    if not answer:
        return Finding('does not end with a line such as "The answer is 168 euros."')
    if len(numbers_in(answer)) != 1:
        return Finding(f"states {len(numbers_in(answer))} numbers in its last line and not one")
    plain = answer.lower()
    for sign, word in _MONEY.items():
        plain = plain.replace(sign, f" {word}s ")
    ways = [way.lower().strip().rstrip("s") for way in items(reading, "unit", "|")]
    for sign, word in _MONEY.items():
        ways = [way.replace(sign, word) for way in ways]
    if any(re.search(rf"(?<![^\W\d]){re.escape(way)}", plain) for way in ways if way):
        return NOTHING
    return Finding(f"does not give its answer in {' or '.join(items(reading, 'unit', '|'))}: {answer!r}")


def _agrees(reading: Reading) -> Finding:
    """The solution, whose writer saw the problem alone, comes to what the program comes to."""
    result, failed = result_of(reading.candidate.fields.get("program", ""))
    numbers = numbers_in(stated(reading.candidate.fields.get("solution", "")))
    if result is None or len(numbers) != 1:
        return failed
    if same(numbers[0], result):
        return NOTHING
    return Finding(
        f"Whoever solved the problem from its words alone came to {said(numbers[0])}, and the planned program comes to {said(result)}"
    )


PROBLEM_LEVEL: dict[str, Check] = {
    "problem_planned": Check(_planned, fields=(PLAN,), texts=("steps", "distractors", "drawn", "constants")),
    "program_follows": Check(_follows, fields=(PLAN, "program"), texts=("steps", "constants")),
    "result_comes_out": Check(_comes_out, fields=(PLAN, "program"), at=("program", PLAN)),
    "quantities_told": Check(_told, fields=(PLAN, "problem"), texts=("constants",)),
    "equations_hold": Check(_equations_hold, fields=("solution",), texts=("steps",)),
    "answer_stated": Check(_states, fields=(PLAN, "solution")),
    "reasoning_agrees": Check(_agrees, fields=("program", "solution"), at=("solution", "problem")),
}
"""The checks of scenarios with the fields plan, program, problem and solution."""
