"""What the checks of coding tasks read: the function, the tests, their calls and inputs."""

from __future__ import annotations

import ast
from typing import Any

from agents.checks.check import NOTHING, Finding, Reading, lost
from agents.sandbox.counting import tree_of
from agents.sandbox.sandbox import run

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
    return reading.candidate.brief.texts["function"]


def params_of(reading: Reading) -> list[str]:
    """The planned names of its parameters."""
    return [part.strip() for part in reading.candidate.brief.texts["params"].split(",")]


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
    """What goes wrong where tests run on a function."""
    outcome = run(f"{source}\n{tests}")
    if crash := lost(outcome):
        return crash
    return NOTHING if outcome.ok else Finding(outcome.detail or outcome.ending)


def shown(name: str, args: Args) -> str:
    """An expression for what a call gives, as a text that tells 1 from 1.0 and True."""
    return f"repr({said(name, args)})"


def said(name: str, args: Args) -> str:
    """A call as it is written."""
    return f"{name}({', '.join(map(repr, args))})"
