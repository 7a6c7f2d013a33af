"""The checks of coding tasks: a specification, a function that meets it, and tests that tell it from a wrong one.

A brief says what is planned: `function` (its name), `params` (parted by commas), `rule` (what it does, in words),
`inputs` (how many different inputs the tests need), and `examples` and `held_out` (what holds of it, as comparisons in
Python, parted by semicolons; nobody who writes is shown the held-out ones).
"""

from __future__ import annotations

import ast

from agents.checks.check import NOTHING, UNBOUNDED, Check, Finding, Reading, ended, lost
from agents.checks.code.boundaries import near
from agents.checks.code.cases import cases
from agents.checks.code.mutants import mutants
from agents.checks.code.tested import (
    Args,
    arguments,
    calls_of,
    came_of,
    definition,
    function_of,
    name_of,
    params_of,
    passes,
    said,
    shown,
    tested,
    tests_of,
    told,
)
from agents.checks.planned import items
from agents.sandbox.counting import tree_of
from agents.sandbox.sandbox import run
from agents.text.phrases import holds
from scenarios.records import Status

_MOST_NEAR = 40
_PLAIN = (ast.FunctionDef, ast.Import, ast.ImportFrom, ast.Assign)
_BUILTIN = frozenset({"abs", "round", "len", "sorted", "sum", "min", "max", "any", "all", "repr", "isinstance"})
"""What tests and the checks themselves rely on."""


def _specification_names(reading: Reading) -> Finding:
    """The specification says the function's name and each of its parameters."""
    text = reading.candidate.fields.get("specification", "")
    for word in (name_of(reading), *params_of(reading)):
        if not holds(word, text):
            return Finding(f"does not name {word!r}")
    return NOTHING


def _function_fits(reading: Reading) -> Finding:
    """The function is Python that defines the planned function with the planned parameters, and does nothing else."""
    loaded = run(function_of(reading))
    if crash := lost(loaded):
        return crash
    if not loaded.ok:
        return Finding(ended(loaded))
    defined = definition(function_of(reading), name_of(reading))
    if defined is None:
        return Finding(f"does not define {name_of(reading)!r} once")
    args = defined.args
    given = [arg.arg for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
    if given != params_of(reading) or args.vararg or args.kwarg:
        return Finding(f"takes {', '.join(given) or 'nothing'}, not {', '.join(params_of(reading))}")
    return Finding(unfit) if (unfit := _unfit(function_of(reading))) else NOTHING


def _unfit(source: str) -> str:
    """What a function may not do: something beside being defined, or what could make a wrong answer look right."""
    tree = tree_of(source)
    for part in tree.body if tree else ():
        if not isinstance(part, _PLAIN):
            return f"does something beside defining the function, in line {part.lineno}"
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.ClassDef | ast.Global | ast.Nonlocal):
            return f"defines a class or changes what lies outside, in line {node.lineno}"
        if (bound := _bound(node)) in _BUILTIN:
            return f"gives {bound!r} another meaning"
    return ""


def _bound(node: ast.AST) -> str:
    """The name that a node binds, if it binds one."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return node.id
    if isinstance(node, ast.FunctionDef):
        return node.name
    return (node.asname or node.name) if isinstance(node, ast.alias) else ""


def _tests_plain(reading: Reading) -> Finding:
    """Each test is an assert about one call of the function with literals; it catches nothing, sets nothing and lets nothing pass."""
    source, name = tests_of(reading), name_of(reading)
    tree = tree_of(source)
    if tree is None:
        return Finding(ended(run(source)))
    if not tree.body:
        return Finding("holds no tests")
    for node in tree.body:
        if not isinstance(node, ast.Assert):
            return Finding(f"has a line {node.lineno} that is no assert")
        calls = calls_of(node.test, name)
        if len(calls) != 1:
            return Finding(f"calls {name} {len(calls)} times in line {node.lineno}, and not once")
        if arguments(calls[0], params_of(reading)) is None:
            return Finding(f"calls {name} in line {node.lineno} with what is no literal")
        if any(isinstance(part, ast.BoolOp | ast.IfExp | ast.NamedExpr | ast.Lambda) for part in ast.walk(node.test)):
            return Finding(f"asserts more than one thing in line {node.lineno}")
    return NOTHING


def _tests_enough(reading: Reading) -> Finding:
    """The tests call the function with enough different inputs."""
    wanted, held = int(reading.candidate.brief.texts["inputs"]), len(tested(reading))
    return NOTHING if held >= wanted else Finding(f"tries {held} different inputs and not {wanted}")


def _reference_passes(reading: Reading) -> Finding:
    """The function passes every test, in whatever order they come."""
    tree = tree_of(tests_of(reading))
    if tree is None or not tree.body:
        return Finding("holds no tests")
    passed = passes(function_of(reading), tests_of(reading))
    if passed is not NOTHING:
        return told(function_of(reading), tests_of(reading), passed)
    turned = passes(function_of(reading), "\n".join(ast.unparse(node) for node in reversed(tree.body)))
    return (
        NOTHING if turned is NOTHING else Finding(f"passes in its own order only: {turned.detail}", given=turned.given)
    )


def _examples_hold(reading: Reading) -> Finding:
    """The function does what the brief says of it, also for the examples that its writer did not see."""
    texts = reading.candidate.brief.texts
    for hidden, name in ((False, "examples"), (True, "held_out")):
        for example in filter(None, map(str.strip, texts[name].split(";"))):
            outcome = run(function_of(reading), example)
            if crash := lost(outcome):
                return crash
            if outcome.value is not True:
                detail = f"does not do what is known to hold, {example}: {instead(reading, example)}"
                return Finding(detail, again=_UNSEEN if hidden else "")
    return NOTHING


_UNSEEN = "gives a wrong result for an input that is not among the examples: it has to do exactly what is asked, at every edge"


def instead(reading: Reading, example: str) -> str:
    tree = tree_of(example)
    claim = tree.body[0] if tree and tree.body else None
    return came_of(function_of(reading), claim.value) if isinstance(claim, ast.Expr) else "it cannot be read"


def _no_special_cases(reading: Reading) -> Finding:
    """The function compares nothing with an input of the tests and has no table of them, but for what its specification and its
    rule name and for small ones."""
    named = " ".join([reading.candidate.fields.get("specification", ""), *items(reading, "rule", ";")])
    inputs = {repr(one) for args in tested(reading) for one in args if not _small(one)}
    tree = tree_of(function_of(reading))
    for line, value in cases(tree) if tree else ():
        if repr(value) in inputs and not holds(str(value), named):
            return Finding(f"treats {value!r}, which is an input of the tests, as a case of its own, in line {line}")
    return NOTHING


def _small(value: object) -> bool:
    """True for what any function may hold: nothing, truth values, single letters, numbers up to two, empty lists."""
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        return abs(value) <= 2
    return isinstance(value, str | list | tuple | dict | set) and len(value) <= (1 if isinstance(value, str) else 0)


def _stub_fails(reading: Reading) -> Finding:
    """A function that does nothing does not pass the tests."""
    defined = definition(function_of(reading), name_of(reading))
    if defined is None:
        return Finding(f"does not define {name_of(reading)!r} once")
    stub = f"def {defined.name}({ast.unparse(defined.args)}):\n    return None"
    passed = passes(stub, tests_of(reading))
    if passed.status is Status.ERROR:
        return passed
    return Finding("lets a function that does nothing pass") if passed is NOTHING else NOTHING


def _bounded(reading: Reading) -> Finding:
    """The function stays within steps, time and memory, for the tests' inputs one by one."""
    for args in tested(reading):
        outcome = run(function_of(reading), shown(name_of(reading), args))
        if crash := lost(outcome):
            return crash
        if outcome.ending in UNBOUNDED:
            return Finding(f"{outcome.detail} for {said(name_of(reading), args)}")
    return NOTHING


def _mutants_killed(reading: Reading) -> Finding:
    """Each mutant of the function fails a test, or does the same over inputs near those of the tests. Of a function that has no
    mutant nothing is known."""
    source, tests = function_of(reading), tests_of(reading)
    every = mutants(source)
    if not every:
        return Finding("there is no wrong version of the function to try the tests on", given=Status.UNVERIFIABLE)
    inputs = near(tested(reading), _MOST_NEAR)
    alike = 0
    for mutant in every:
        passed = passes(mutant.source, tests)
        if passed.status is Status.ERROR:
            return passed
        if passed is not NOTHING:
            continue
        apart = _told_apart(source, mutant.source, name_of(reading), inputs)
        if apart is not NOTHING:
            return Finding(
                f"lets a wrong version of the function pass ({mutant.what}): no test fails, {apart.detail}",
                given=apart.given,
            )
        alike += 1
    killed = len(every) - alike
    detail = f"{len(every)} mutants: {killed} fail a test"
    if alike:
        detail += f", {alike} do the same over {len(inputs)} inputs near those of the tests"
    return Finding(detail, given=Status.PASS)


def _told_apart(source: str, mutant: str, name: str, inputs: list[Args]) -> Finding:
    """The first input that the function and its mutant treat differently; inputs on which it fails do not count."""
    for args in inputs:
        mine = run(source, shown(name, args))
        if crash := lost(mine):
            return crash
        if not mine.ok:
            continue
        other = run(mutant, shown(name, args))
        if crash := lost(other):
            return crash
        if other != mine:
            gives = f"gives {other.value}" if other.ok else "fails"
            return Finding(f"though {said(name, args)} then {gives} in place of {mine.value}")
    return NOTHING


_TESTED = ("function", "tests")

PROGRAM_CHECKS: dict[str, Check] = {
    "specification_names": Check(_specification_names, fields=("specification",), texts=("function", "params")),
    "function_fits": Check(_function_fits, version=2, fields=("function",), texts=("function", "params")),
    "examples_hold": Check(_examples_hold, version=2, fields=("function",), texts=("examples", "held_out")),
    "tests_plain": Check(_tests_plain, version=2, fields=("tests",), texts=("function", "params")),
    "tests_enough": Check(_tests_enough, version=2, fields=("tests",), texts=("function", "params", "inputs")),
    "reference_passes": Check(_reference_passes, version=2, fields=_TESTED, at=("tests",)),
    "reference_bounded": Check(_bounded, version=2, fields=_TESTED, texts=("function", "params"), at=("function",)),
    "no_special_cases": Check(
        _no_special_cases, version=3, fields=_TESTED, texts=("function", "params", "rule"), at=("function",)
    ),
    "stub_fails": Check(_stub_fails, version=2, fields=_TESTED, texts=("function",), at=("tests",)),
    "mutants_killed": Check(_mutants_killed, version=2, fields=_TESTED, texts=("function", "params"), at=("tests",)),
}
"""The checks of scenarios with the fields specification, function and tests."""
