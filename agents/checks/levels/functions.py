"""The checks of coding tasks whose plan a model made: what the function has to do, and cases that its writer is not shown.

A plan has `function`, `params`, `purpose`, `rule` and `edge` (lists of sentences), `examples`, which the specification shows, and
`held_out`, which nobody who writes is shown: comparisons in Python. The brief says how many `rules` and hidden cases
(`hidden`) it takes. Beside these, the checks of `agents.checks.code` hold.
"""

from __future__ import annotations

import ast
import keyword
from typing import Annotated, Any

from pydantic import BaseModel, Field

from agents.checks.check import NOTHING, Check, Finding, Reading, lost
from agents.checks.code.programs import instead
from agents.checks.code.tested import arguments, calls_of, function_of
from agents.checks.planned import PLAN, items, least, shaped
from agents.sandbox.counting import tree_of
from agents.sandbox.sandbox import run

_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,40}$")]
_Sentence = Annotated[str, Field(min_length=8, max_length=400)]
_UNSEEN = "gives another result than was planned for an input that the specification does not show. Read the specification again, rule by rule: it has to be met at every edge"


class FunctionPlan(BaseModel):
    """What a model plans of a coding task."""

    function: _Name
    params: list[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]] = Field(min_length=1, max_length=4)
    purpose: _Sentence
    rule: list[_Sentence] = Field(min_length=2, max_length=10)
    edge: list[_Sentence] = Field(min_length=2, max_length=8)
    examples: list[str] = Field(min_length=2, max_length=4)
    held_out: list[str] = Field(min_length=4, max_length=16)


def _planned(reading: Reading) -> Finding:
    """The plan has its parts: as many rules and hidden cases as the brief asks for, each case one call with literals that equals a
    literal, no input twice, and not one result for all."""
    plan, wrong = shaped(reading, FunctionPlan)
    if plan is None:
        return Finding(wrong)
    if bad := next((name for name in (plan.function, *plan.params) if keyword.iskeyword(name)), ""):
        return Finding(f"has the name {bad!r}, which is a word of Python")
    if len(plan.rule) < least(reading, "rules"):
        return Finding(f"has {len(plan.rule)} rules and not {least(reading, 'rules')}")
    if len(plan.held_out) < least(reading, "hidden"):
        return Finding(f"has {len(plan.held_out)} hidden cases and not {least(reading, 'hidden')}")
    inputs, results = set[str](), set[str]()
    for case in (*plan.examples, *plan.held_out):
        found = _case(case, plan)
        if isinstance(found, str):
            return Finding(f"has a case that {found}: {case}")
        if found[0] in inputs:
            return Finding(f"has two cases with one input: {case}")
        inputs.add(found[0])
        results.add(found[1])
    return NOTHING if len(results) > 2 else Finding("has cases that all come to the same one or two results")


def _case(case: str, plan: FunctionPlan) -> tuple[str, str] | str:
    """The input and the result of a case as they are written, or what is wrong with it."""
    tree = tree_of(case)
    claim = tree.body[0].value if tree and len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr) else None
    if not (isinstance(claim, ast.Compare) and len(claim.ops) == 1 and isinstance(claim.ops[0], ast.Eq)):
        return "is no comparison such as name(arguments) == result"
    call = claim.left
    if not (isinstance(call, ast.Call) and calls_of(claim, plan.function) == [call]):
        return f"does not begin with one call of {plan.function}"
    given = arguments(call, plan.params)
    if given is None or len(given) != len(plan.params):
        return "does not give a literal for each parameter"
    result = _literal_in(claim.comparators[0])
    return (repr(given), result) if result else "compares with what is no literal"


def _literal_in(node: ast.expr) -> str:
    value: Any
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError):
        return ""
    return repr(value)


def _cases_hold(reading: Reading) -> Finding:
    """The function, whose writer saw the specification alone, does what the plan says of every example and of every hidden case."""
    for hidden, name in ((False, "examples"), (True, "held_out")):
        for case in items(reading, name, ";"):
            outcome = run(function_of(reading), case)
            if crash := lost(outcome):
                return crash
            if outcome.value is not True:
                detail = f"The planned case {case} does not hold of the function that was written to the specification: {instead(reading, case)}"
                return Finding(detail, again=_UNSEEN if hidden else detail)
    return NOTHING


def _examples_shown(reading: Reading) -> Finding:
    """The specification shows each example of the plan, and none of its hidden cases."""
    shown = _packed(reading.candidate.fields.get("specification", ""))
    for case in items(reading, "examples", ";"):
        call, _, result = _packed(case).partition("==")
        if call not in shown or result not in shown:
            return Finding(f"does not show the example {case}")
    for case in items(reading, "held_out", ";"):
        if _packed(case).partition("==")[0] in shown:
            return Finding(f"shows a case that is to stay hidden: {case}")
    return NOTHING


def _packed(text: str) -> str:
    """A text without blanks, with one kind of quotation marks."""
    return "".join(text.split()).replace('"', "'")


FUNCTION_LEVEL: dict[str, Check] = {
    "function_planned": Check(_planned, fields=(PLAN,), texts=("rules", "hidden")),
    "examples_shown": Check(_examples_shown, fields=(PLAN, "specification")),
    "hidden_cases_hold": Check(
        _cases_hold, fields=(PLAN, "specification", "function"), at=("function", PLAN, "specification")
    ),
}
"""The checks of scenarios with the fields plan, specification, function and tests."""
