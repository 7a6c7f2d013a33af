"""Equations in a text, such as "14 × 12 = 168", and whether they hold. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fractions import Fraction

_SIGNS = str.maketrans({"×": "*", "·": "*", "⋅": "*", "∙": "*", "÷": "/", "∕": "/", "−": "-", "–": "-", "≈": "="})
_LISTED = re.compile(r"(?m)^\s*(?:\d+[.)]|[-*•])\s+")
_LOOSE = re.compile(r"\*\*|[€$£]")
_TIMES = re.compile(r"(?<=[\d)])\s*[x]\s*(?=[\d(])")
_EQUATION = re.compile(r"(?P<left>[\d.,()+\-*/%\s]+)=\s*(?P<right>-?\d[\d,]*(?:\.\d+)?)(?P<rest>\s*(?:[%*/+]|-\s*\d))?")
_LED = re.compile(r"^[\s.,*/+%]*(?:-\s+)?")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_LONGEST = 200
_DECIMALS = 2
"""A result with as many, or more, may be rounded."""


def equations(text: str) -> Iterator[tuple[str, bool]]:
    """The equations of a text in order, as they are read, and whether each holds: several numbers with signs between them on the
    left, a number on the right. What cannot be read is passed over: words between the numbers, letters."""
    plain = _LOOSE.sub("", _LISTED.sub("\n", text.translate(_SIGNS)))
    for line in _TIMES.sub(" * ", plain).splitlines():
        for found in _EQUATION.finditer(line):
            left = _THOUSANDS.sub("", _LED.sub("", found["left"])).strip().rstrip(".,")
            value = _value(_PERCENT.sub(r"(\1/100)", left))
            if value is None or found["rest"]:
                continue
            right = _THOUSANDS.sub("", found["right"]).replace(",", "")
            yield f"{left} = {right}", _equal(value, right)


def _equal(value: Fraction, right: str) -> bool:
    decimals = len(right.partition(".")[2])
    said = Fraction(right)
    return value == said or (decimals >= _DECIMALS and abs(value - said) <= Fraction(1, 2 * 10**decimals))


def _value(source: str) -> Fraction | None:
    """What an expression of at least one sign comes to; None if it is none."""
    if len(source) > _LONGEST:
        return None
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return _worth(tree) if isinstance(tree, ast.BinOp) else None


def _worth(node: ast.expr) -> Fraction | None:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return Fraction(repr(node.value))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _worth(node.operand)
        return None if inner is None else -inner
    if not isinstance(node, ast.BinOp):
        return None
    left, right = _worth(node.left), _worth(node.right)
    if left is None or right is None:
        return None
    if isinstance(node.op, ast.Add):
        return left + right
    if isinstance(node.op, ast.Sub):
        return left - right
    if isinstance(node.op, ast.Mult):
        return left * right
    return left / right if isinstance(node.op, ast.Div) and right else None
