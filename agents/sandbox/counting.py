"""The step counter: put into a program before it runs, so that one without an end ends at the same place everywhere."""

from __future__ import annotations

import ast
import threading
import warnings
from typing import Any

STEPS = 50_000
"""Rounds of loops and comprehensions, and calls of functions, that a program may take."""
MAX_SOURCE = 16_000
"""Characters of a program."""
OWN = "_sandbox_"
"""What names of the counter begin with. A program that has such a name is not run."""
SPENT = f"{OWN}spent"
"""The host's function that is called where no steps are left."""
MAX_BITS = 4_096
"""Bits of a whole number that a program may hold or leave: more could not be written in digits."""
_NESTING = 60
_quiet = threading.Lock()

# Steps are counted inside. Where none are left, the host is told, and says so whatever the program makes of it.
_PRELUDE = f"""
{OWN}left = {STEPS}
def {OWN}step():
    global {OWN}left
    {OWN}left -= 1
    if {OWN}left < 0:
        {SPENT}()
    return True
def print(*args, **options):
    return None
def {OWN}off(*args, **options):
    raise NotImplementedError('eval and exec are switched off')
eval = exec = {OWN}off
"""


def parsed(source: str) -> ast.Module:
    """The syntax tree of a program. Raises SyntaxError, saying why, where the sandbox does not take it."""
    if len(source) > MAX_SOURCE:
        raise SyntaxError(f"is longer than {MAX_SOURCE} characters")
    try:
        with _quiet, warnings.catch_warnings():  # which warnings are shown is one setting for all threads
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except SyntaxError as error:
        raise SyntaxError(f"line {error.lineno}: is no Python") from None
    except ValueError:
        raise SyntaxError("is no Python") from None
    except (RecursionError, MemoryError):
        raise SyntaxError("is nested too deeply") from None
    if fault := _unhandy(tree):
        raise SyntaxError(fault)
    return tree


def tree_of(source: str) -> ast.Module | None:
    """The syntax tree of a program, or None where the sandbox does not take it."""
    try:
        return parsed(source)
    except SyntaxError:
        return None


def counted(source: str, result: str) -> str:
    """A program with its counter, and `result` as its last expression. Raises as `parsed`."""
    tree = parsed(source)
    try:
        if OWN in ast.unparse(tree):
            raise SyntaxError(f"uses a name that begins with {OWN}")
        tree = ast.fix_missing_locations(_Counter().visit(tree))
        return f"{_PRELUDE}{ast.unparse(tree)}\n{result}"
    except ValueError:
        raise SyntaxError("cannot be written out again") from None


def is_huge(value: object) -> bool:
    """True for a whole number that could not be written in digits."""
    return isinstance(value, int) and value.bit_length() > MAX_BITS


def _unhandy(tree: ast.AST) -> str:
    """Why a tree cannot be walked and written out again. Without recursion."""
    level: list[ast.AST] = [tree]
    for _ in range(_NESTING):
        if any(isinstance(node, ast.Constant) and is_huge(node.value) for node in level):
            return "holds a number of more than a thousand digits"
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return ""
    return "is nested too deeply"


class _Counter(ast.NodeTransformer):
    """Puts a step at the head of every loop and function, and into every comprehension."""

    def _headed(self, node: Any) -> Any:
        self.generic_visit(node)
        node.body.insert(0, ast.Expr(_step()))
        return node

    visit_For = visit_While = visit_AsyncFor = visit_FunctionDef = visit_AsyncFunctionDef = _headed

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        self.generic_visit(node)
        node.body = ast.IfExp(test=_step(), body=node.body, orelse=ast.Constant(None))
        return node

    def visit_comprehension(self, node: ast.comprehension) -> Any:
        self.generic_visit(node)
        node.ifs.insert(0, _step())
        return node


def _step() -> ast.Call:
    return ast.Call(func=ast.Name(id=f"{OWN}step", ctx=ast.Load()), args=[], keywords=[])
