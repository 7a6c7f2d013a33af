"""The literals by which a function may treat single inputs as cases of their own. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

_EQUAL = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot)
_WITHIN = (ast.In, ast.NotIn)
_MANY = (ast.List, ast.Tuple, ast.Set)


def cases(tree: ast.Module) -> Iterator[tuple[int, Any]]:
    """Line and value of every literal that something is compared with for equality, and of the parts of every list, tuple, set and
    of the keys of every dictionary. A text in which letters are looked for, that is split at or that is given back is none."""
    named = _named(tree)
    for node in ast.walk(tree):
        for part in _parts(node):
            found = named.get(part.id, []) if isinstance(part, ast.Name) else [part]
            for one in found:
                try:
                    yield getattr(one, "lineno", 1), ast.literal_eval(one)
                except (ValueError, TypeError, SyntaxError):
                    continue


def _named(tree: ast.Module) -> dict[str, list[ast.expr]]:
    """What is assigned to each name."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
    return found


def _parts(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        for place, operator in enumerate(node.ops):
            if isinstance(operator, _EQUAL):
                yield from sides[place : place + 2]
            elif isinstance(operator, _WITHIN):
                yield sides[place]
    elif isinstance(node, _MANY):
        yield from node.elts
    elif isinstance(node, ast.Dict):
        yield from (key for key in node.keys if key is not None)
    elif isinstance(node, ast.MatchValue):
        yield node.value
    elif (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"__eq__", "index", "count"}
    ):
        yield from node.args
