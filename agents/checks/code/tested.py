"""What the checks of coding tasks read: the function, the tests, their calls and inputs."""

from __future__ import annotations

import ast
from typing import Any

from agents.checks.check import NOTHING, Finding, Reading, ended, lost
from agents.checks.planned import items, told_in_plan
from agents.sandbox.counting import tree_of
from agents.sandbox.sandbox import run
from scenarios.records import Status

Args = tuple[Any, ...]
"""The arguments of one call: literals."""


def function_of(reading: Reading) -> str:
    """The text of the function."""
    return reading.candidate.fields.get("function", "")


def tests_of(reading: Reading) -> str:
    """The text of the tests."""
    return reading.candidate.fields.get("tests", "")


def name_of(reading: Reading) -> str:
    """The planned name of the function."""
    return told_in_plan(reading, "function")


def params_of(reading: Reading) -> list[str]:
    """The planned names of its parameters."""
    return items(reading, "params", ",")


def definition(source: str, name: str) -> ast.FunctionDef | None:
    """The one function of this name on the top level."""
    tree = tree_of(source)
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name] if tree else []
    return found[0] if len(found) == 1 else None


def calls_of(tree: ast.AST, name: str) -> list[ast.Call]:
    """The calls of a function by its name."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


def arguments(call: ast.Call, params: list[str]) -> Args | None:
    """The arguments of a call in the order of the parameters, or None where they are no literals."""
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    rest = [named.pop(param) for param in params[len(call.args) :] if param in named]
    try:
        return None if named else tuple(ast.literal_eval(node) for node in (*call.args, *rest))
    except (ValueError, TypeError, SyntaxError, RecursionError):
        return None


def tested(reading: Reading) -> list[Args]:
    """The different inputs of the tests, in their order."""
    tree = tree_of(tests_of(reading))
    calls = calls_of(tree, name_of(reading)) if tree else []
    found = (arguments(call, params_of(reading)) for call in calls)
    return list({repr(args): args for args in found if args is not None}.values())


def passes(source: str, tests: str) -> Finding:
    """What goes wrong if tests run on a function."""
    outcome = run(f"{source}\n{tests}")
    if crash := lost(outcome):
        return crash
    return NOTHING if outcome.ok else Finding(ended(outcome))


def told(source: str, tests: str, failed: Finding) -> Finding:
    """What went wrong where tests `failed` on a function: the first that fails by itself, as a sentence, if one does."""
    tree = tree_of(tests)
    for node in tree.body if tree and failed.status is Status.FAIL else ():
        if not isinstance(node, ast.Assert):
            break
        alone = passes(source, ast.unparse(node))
        if alone.status is Status.ERROR:
            return alone
        if alone is not NOTHING:
            return Finding(f"The test `{ast.unparse(node)}` fails: {came_of(source, node.test)}")
    return failed


def came_of(source: str, claim: ast.expr) -> str:
    """What a function gives where a claim about it does not hold, in words."""
    if not (isinstance(claim, ast.Compare) and len(claim.ops) == 1):
        return "it does not hold"
    sides = (claim.left, claim.comparators[0])
    made = next((one for one in sides if any(isinstance(part, ast.Call) for part in ast.walk(one))), claim.left)
    outcome = run(source, f"repr({ast.unparse(made)})")
    call = ast.unparse(made)
    return f"`{call}` gives {outcome.value}" if outcome.ok else f"`{call}` {ended(outcome)}"


def shown(name: str, args: Args) -> str:
    """An expression for what a call gives, as a text that tells 1 from 1.0 and True."""
    return f"repr({said(name, args)})"


def said(name: str, args: Args) -> str:
    """A call as it is written."""
    return f"{name}({', '.join(map(repr, args))})"
