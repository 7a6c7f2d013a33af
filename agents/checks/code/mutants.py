"""Mutants: the same program with one small fault, in an order that depends on the program alone."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from agents.sandbox.counting import tree_of

MOST = 24
"""Mutants of one program at the most, spread evenly over all that there are."""

_COMPARE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_COMPUTE: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult,
}  # fmt: skip
_SWAPPED = {
    "min": "max", "max": "min", "any": "all", "all": "any", "sum": "len", "len": "sum", "sorted": "list", "set": "list",
    "upper": "lower", "lower": "upper", "startswith": "endswith", "endswith": "startswith", "keys": "values",
    "values": "keys", "append": "extend", "ceil": "floor", "floor": "ceil",
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A program with one fault."""

    source: str
    what: str
    """The fault, for people: the line of the program and what became of what."""


Change = Callable[[ast.AST], ast.AST]
"""Takes a node of a copy of the tree, which it may alter, and gives what stands in its place."""


def mutants(source: str) -> tuple[Mutant, ...]:
    """The mutants of a program, at most `MOST`; none where it is no Python that the sandbox takes."""
    tree = tree_of(source)
    if tree is None:
        return ()
    found: dict[str, Mutant] = {}
    original = ast.unparse(tree)
    for place, node in enumerate(_mutable(tree)):
        for what, change in _changes(node):
            fresh = copy.deepcopy(tree)
            target = _mutable(fresh)[place]
            changed = ast.fix_missing_locations(_Put(target, change).visit(fresh))
            text = ast.unparse(changed)
            if text != original:
                found.setdefault(text, Mutant(text, f"line {getattr(node, 'lineno', 1)}: {what}"))
    every = list(found.values())
    step = max(len(every) / MOST, 1.0)
    return tuple(every[int(place * step)] for place in range(min(len(every), MOST)))


class _Put(ast.NodeTransformer):
    """Applies a change to one node of a tree."""

    def __init__(self, target: ast.AST, change: Change) -> None:
        self._target, self._change = target, change

    def visit(self, node: ast.AST) -> ast.AST:
        return self._change(node) if node is self._target else self.generic_visit(node)


def _mutable(tree: ast.Module) -> list[ast.AST]:
    """The nodes that may change, in a fixed order: no annotations, no docstrings."""
    nodes: list[ast.AST] = []

    def walk(node: ast.AST) -> None:
        nodes.append(node)
        for name, value in ast.iter_fields(node):
            if name in {"annotation", "returns", "decorator_list"}:
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not _is_docstring(child):
                    walk(child)

    walk(tree)
    return nodes


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    """What may become of a node: words for it, and the change."""
    if isinstance(node, ast.Compare):
        yield from _comparisons(node)
    elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in _COMPUTE:
        yield _replaced_operator(node.op, _COMPUTE[type(node.op)]())
    elif isinstance(node, ast.BoolOp):
        yield _replaced_operator(node.op, ast.Or() if isinstance(node.op, ast.And) else ast.And())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield f"`{ast.unparse(node)}` loses its sign", _its("operand")
    elif isinstance(node, ast.Constant):
        yield from _constants(node.value)
    elif isinstance(node, ast.Name) and node.id in _SWAPPED:
        yield f"`{node.id}` becomes `{_SWAPPED[node.id]}`", _with("id", _SWAPPED[node.id])
    elif isinstance(node, ast.Attribute) and node.attr in _SWAPPED:
        yield f"`.{node.attr}` becomes `.{_SWAPPED[node.attr]}`", _with("attr", _SWAPPED[node.attr])
    elif isinstance(node, ast.Call) and node.args and not isinstance(node.args[0], ast.Starred):
        yield f"`{ast.unparse(node)}` becomes its first argument", lambda there: there.args[0]  # type: ignore[attr-defined]
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        yield f"the condition `{ast.unparse(node.test)}` is negated", _negated
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Expr | ast.Raise | ast.Continue | ast.Break):
        yield f"`{ast.unparse(node)}` is left out", lambda there: ast.Pass()
    if isinstance(node, ast.Return) and node.value is not None:
        yield f"`{ast.unparse(node)}` returns nothing", lambda there: ast.Return(value=None)
    if isinstance(node, ast.Tuple | ast.List) and isinstance(node.ctx, ast.Load) and len(node.elts) > 1:
        yield f"the parts of `{ast.unparse(node)}` are turned round", _with("elts", list(reversed(node.elts)))
    if isinstance(node, ast.comprehension) and node.ifs:
        yield f"the filter `{ast.unparse(node.ifs[0])}` is left out", _with("ifs", node.ifs[1:])


def _comparisons(node: ast.Compare) -> Iterator[tuple[str, Change]]:
    for place, operator in enumerate(node.ops):
        other = _COMPARE[type(operator)]()

        def change(there: ast.AST, place: int = place, other: ast.cmpop = other) -> ast.AST:
            there.ops[place] = other  # type: ignore[attr-defined]
            return there

        yield f"`{_sign(operator)}` becomes `{_sign(other)}`", change


def _constants(value: object) -> Iterator[tuple[str, Change]]:
    others: tuple[object, ...] = ()
    if isinstance(value, bool):
        others = (not value,)
    elif isinstance(value, int | float):
        others = (value + 1, value - 1)
    elif isinstance(value, str):
        others = ("" if value else "x",)
    for other in others:
        yield f"{value!r} becomes {other!r}", _with("value", other)


def _replaced_operator(old: ast.AST, new: ast.AST) -> tuple[str, Change]:
    return f"`{_sign(old)}` becomes `{_sign(new)}`", _with("op", new)


def _with(field: str, value: object) -> Change:
    def change(there: ast.AST) -> ast.AST:
        setattr(there, field, copy.deepcopy(value))
        return there

    return change


def _its(field: str) -> Change:
    return lambda there: getattr(there, field)


def _negated(there: ast.AST) -> ast.AST:
    there.test = ast.UnaryOp(op=ast.Not(), operand=there.test)  # type: ignore[attr-defined]
    return there


def _sign(operator: ast.AST) -> str:
    """An operator as it is written."""
    one, two = ast.Name("a"), ast.Name("b")
    if isinstance(operator, ast.cmpop):
        return ast.unparse(ast.Compare(one, [operator], [two]))[2:-2]
    if isinstance(operator, ast.boolop):
        return ast.unparse(ast.BoolOp(operator, [one, two]))[2:-2]
    return ast.unparse(ast.BinOp(one, operator, two))[2:-2]  # type: ignore[arg-type]
