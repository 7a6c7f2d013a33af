"""What a candidate states in a field, so that two who state the same can be told from two who do not. Pure."""

from __future__ import annotations

import ast
import re
from fractions import Fraction

import orjson

from agents.checks.levels.problems import stated
from agents.checks.math import RESULT, numbers_in, result_of, said
from agents.sandbox.counting import tree_of
from scenarios.schema.plans import FieldKind, FieldPlan

_NEGATIVE = re.compile(r"(?<![\w)])[-−]\d")
_LONG = re.compile(r"\d{40}")
_NUMBER = re.compile(r"[-−]?\d+(?:,\d{3})*(?:\.\d+)?")
_MOST_DIGITS = 40
"""Characters of what is read as a number."""
_MOST_ANSWER = 200
"""Characters of a last line that is read as an answer."""
_ROUND = 6
"""Decimals of a program's result that count: floats come to the same by other ways."""


def answer_in(plan: FieldPlan, text: str) -> str:
    """What a field states, in a form that is equal for equal answers; empty if it states nothing.

    A program states the number that it comes to, if it comes to one. A solution whose last line gives its answer states the number there, or
    the words if there is not exactly one. JSON is what it holds, whatever its order and spaces. All else is its words: without
    capitals, marks at their ends and spaces, with numbers as numbers.
    """
    if plan.kind is FieldKind.EXACT:
        if _is_program(text):
            result, _ = result_of(text)
            return "" if result is None else said(round(result, _ROUND))
        try:
            return orjson.dumps(orjson.loads(text), option=orjson.OPT_SORT_KEYS).decode()
        except orjson.JSONDecodeError:
            return _words(text)
    last = stated(text)[:_MOST_ANSWER]
    numbers = numbers_in(last) if not _LONG.search(last) else []
    if len(numbers) == 1:
        return said(-numbers[0] if _NEGATIVE.search(text.strip().splitlines()[-1]) else numbers[0])
    return _words(last or text)


def _is_program(text: str) -> bool:
    """Whether a text is a program that leaves a result under the name by which programs of problems do."""
    tree = tree_of(text)
    return tree is not None and any(
        isinstance(node, ast.Name) and node.id == RESULT and isinstance(node.ctx, ast.Store) for node in ast.walk(tree)
    )


def _words(text: str) -> str:
    """A text with numbers as numbers, and without what is no part of its meaning."""
    plain = _NUMBER.sub(lambda found: _plain(found[0]), text.casefold().replace("**", ""))
    return " ".join(plain.split()).strip(" .,;:!?\"'“”‘’()")


def _plain(number: str) -> str:
    if len(number) > _MOST_DIGITS:
        return number
    return said(Fraction(number.replace(",", "").replace("−", "-")))
