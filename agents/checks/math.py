"""The checks of word problems: a problem, its program, the answer, and a second solution by one who saw the problem.

A brief says what is planned: `numbers` (as digits, parted by commas), `formula` (what they come to, in Python), `unit`
(`one|many` ways to write it), `whole` (yes or no), `least` and `most`, and `constants`, which a program may use beside
the problem's numbers.
"""

from __future__ import annotations

import ast
import copy
import math
import re
from collections import Counter
from collections.abc import Callable
from fractions import Fraction

from agents.checks.check import NOTHING, Check, Finding, Reading, ended, lost
from agents.sandbox.counting import tree_of
from agents.sandbox.sandbox import run
from agents.text.phrases import held

RESULT = "answer"
"""The variable in which a program leaves its result."""
_NUMBER = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?")
_IN_WORDS = (
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fifteen",
    "fourteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy",
    "eighty", "ninety", "hundred", "thousand", "dozen", "half", "quarter", "twice", "thrice", "double", "triple", "pair",
)  # fmt: skip
_SOLUTION = "solution"
_DECIMALS = 2
"""An answer with as many may be rounded."""
_CLOSE = Fraction(1, 10**9)


def numbers_in(text: str) -> list[Fraction]:
    """The numbers that a text has in digits, in its order."""
    return [Fraction(found.replace(",", "")) for found in _NUMBER.findall(text)]


def said(number: Fraction | float) -> str:
    """A number for people."""
    exact = Fraction(number).limit_denominator(10**6)
    return str(exact.numerator) if exact.denominator == 1 else f"{float(number):.10g}"


def result_of(source: str) -> tuple[Fraction | None, Finding]:
    """The number that a program leaves, or what it did in its place."""
    outcome = run(source, RESULT)
    if crash := lost(outcome):
        return None, crash
    if not outcome.ok:
        return None, Finding(ended(outcome))
    value = outcome.value
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None, Finding(f"leaves no number in '{RESULT}'")
    return Fraction(value), NOTHING


def same(left: Fraction, right: Fraction) -> bool:
    """True where two numbers are equal but for the rounding of floats."""
    return abs(left - right) <= _CLOSE * max(Fraction(1), abs(left), abs(right))


def _runs(field: str) -> Callable[[Reading], Finding]:
    """The program in the field runs in the sandbox and leaves a number."""

    def find(reading: Reading) -> Finding:
        return result_of(reading.candidate.fields.get(field, ""))[1]

    return find


def _uses_numbers(field: str) -> Callable[[Reading], Finding]:
    """The result of the program in the field depends on every number of the problem, and on no number that is made up."""

    def find(reading: Reading) -> Finding:
        source = reading.candidate.fields.get(field, "")
        result, failed = result_of(source)
        tree = tree_of(source)
        if result is None or tree is None:
            return failed
        given = set(numbers_in(reading.candidate.fields.get("problem", "")))
        allowed = given | set(numbers_in(reading.candidate.brief.texts["constants"]))
        literals = {number for node in ast.walk(tree) if (number := literal(node)) is not None}
        for number in sorted(given):
            if number not in literals:
                return _by_writer(field, f"does not use {said(number)}")
            if not bears(tree, number, result):
                return _by_writer(field, f"comes to {said(result)} whatever {said(number)} is")
        for number in sorted(literals - allowed):
            return _by_writer(field, f"uses {said(number)}, which the problem does not say")
        return NOTHING

    return find


def _by_writer(field: str, what: str) -> Finding:
    """What a program does wrongly. If it is a solution, its problem may be at fault, whose writer has not seen it."""
    if field != _SOLUTION:
        return Finding(what)
    return Finding(f"The program that solves the problem from its words alone {what}", again=what)


def literal(node: ast.AST) -> Fraction | None:
    """The number that a node of a program is."""
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return Fraction(repr(value))  # 0.1 as it is written, not as it is stored


def bears(tree: ast.Module, number: Fraction, result: Fraction) -> bool:
    """True where another value in place of `number` brings another result."""
    for change in (Fraction(1), Fraction(2), Fraction(7), number):
        other = number + change
        changed, _ = result_of(ast.unparse(_Replace(number, other).visit(copy.deepcopy(tree))))
        if changed is not None and not same(changed, result):
            return True
    return False


class _Replace(ast.NodeTransformer):
    """Puts another number in the place of one, wherever it stands."""

    def __init__(self, number: Fraction, other: Fraction) -> None:
        self._number, self._other = number, other

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        if literal(node) != self._number:
            return node
        whole = self._other.denominator == 1
        return ast.Constant(int(self._other) if whole else float(self._other))


def _numbers_planned(reading: Reading) -> Finding:
    """The problem says each planned number, in digits, and no others."""
    problem = reading.candidate.fields.get("problem", "")
    planned, there = Counter(numbers_in(reading.candidate.brief.texts["numbers"])), Counter(numbers_in(problem))
    for number in sorted(planned - there):
        return Finding(f"does not say {said(number)}")
    for number in sorted(set(there) - set(planned)):
        shown = next(one for one in _NUMBER.findall(problem) if numbers_in(one) == [number])
        return Finding(f"says {shown}, which is not planned")
    for word in held(_IN_WORDS, problem):
        return Finding(f"says the number {word!r} in words")
    return NOTHING


def _planned_result(reading: Reading) -> Finding:
    """The program comes to what the brief's formula comes to."""
    result, failed = result_of(reading.candidate.fields.get("program", ""))
    planned, unplanned = result_of(f"{RESULT} = {reading.candidate.brief.texts['formula']}")
    if result is None or planned is None:
        return failed if result is None else unplanned
    if same(result, planned):
        return NOTHING
    return Finding(
        f"The program that was written to the problem comes to {said(result)}, and the notes come to {said(planned)}",
        again=f"comes to {said(result)}, and what was to be computed does not: read the problem and the method again",
    )


def _answer_matches(reading: Reading) -> Finding:
    """The stated answer is what the program comes to, rounded to two decimals or more if it is no short number."""
    result, failed = result_of(reading.candidate.fields.get("program", ""))
    if result is None:
        return failed
    answer = reading.candidate.fields.get("answer", "")
    stated = numbers_in(answer)
    if len(stated) != 1:
        return Finding(f"states {len(stated)} numbers and not one")
    value = -stated[0] if answer.lstrip("$ ").startswith(("-", "−")) else stated[0]
    decimals = len(_NUMBER.findall(answer)[0].partition(".")[2])
    if same(value, result) or (decimals >= _DECIMALS and value == round(result, decimals)):
        return NOTHING
    return Finding(f"states {said(value)}; the program gives {said(result)}")


def _unit_matches(reading: Reading) -> Finding:
    """The answer is a number and the planned unit, and nothing else."""
    answer = reading.candidate.fields.get("answer", "").strip().rstrip(".")
    ways = [way.strip().lower() for way in reading.candidate.brief.texts["unit"].split("|")]
    unit = " ".join(_NUMBER.sub(" ", answer.lower().replace("-", " ")).split())
    return NOTHING if unit in ways else Finding(f"has the unit {unit!r}, not {' or '.join(map(repr, ways))}")


def _range_sane(reading: Reading) -> Finding:
    """The result lies within the planned bounds, and is whole if it counts things."""
    result, failed = result_of(reading.candidate.fields.get("program", ""))
    if result is None:
        return failed
    texts = reading.candidate.brief.texts
    least, most = Fraction(texts["least"]), Fraction(texts["most"])
    if not least <= result <= most:
        return Finding(f"comes to {said(result)}, not within {said(least)} to {said(most)}")
    if texts["whole"] == "yes" and not same(result, Fraction(round(result))):
        return Finding(f"comes to {said(result)} of what is counted")
    return NOTHING


def _solution_agrees(reading: Reading) -> Finding:
    """The second program, written by a role that saw only the problem, comes to the same result."""
    mine, failed = result_of(reading.candidate.fields.get("program", ""))
    other, unsolved = result_of(reading.candidate.fields.get("solution", ""))
    if mine is None or other is None:
        return failed if mine is None else unsolved
    return (
        NOTHING
        if same(mine, other)
        else Finding(
            f"Whoever solved the problem from its words alone came to {said(other)}, and the program comes to {said(mine)}"
        )
    )


def _one_question(reading: Reading) -> Finding:
    """The problem ends with a question, its only one."""
    problem = reading.candidate.fields.get("problem", "").strip()
    asks = problem.count("?") == 1 and problem.endswith("?")
    return NOTHING if asks else Finding("does not end with its one question")


PROBLEM_CHECKS: dict[str, Check] = {
    "numbers_planned": Check(_numbers_planned, version=3, fields=("problem",), texts=("numbers",)),
    "one_question": Check(_one_question, fields=("problem",)),
    "program_runs": Check(_runs("program"), version=2, fields=("program",)),
    "program_uses_numbers": Check(
        _uses_numbers("program"), version=2, fields=("problem", "program"), texts=("constants",)
    ),
    "planned_result": Check(
        _planned_result, version=2, fields=("program",), texts=("formula",), at=("program", "problem")
    ),
    "answer_matches": Check(_answer_matches, version=3, fields=("program", "answer")),
    "unit_matches": Check(_unit_matches, fields=("answer",), texts=("unit",)),
    "range_sane": Check(_range_sane, version=2, fields=("program",), texts=("least", "most", "whole")),
    "solution_runs": Check(_runs("solution"), version=2, fields=("solution",)),
    "solution_uses_numbers": Check(
        _uses_numbers(_SOLUTION),
        version=2,
        fields=("problem", "solution"),
        texts=("constants",),
        at=(_SOLUTION, "problem"),
    ),
    "solution_agrees": Check(_solution_agrees, version=2, fields=("program", "solution"), at=("solution", "problem")),
}
"""The checks of scenarios with the fields problem, program, answer and solution."""
