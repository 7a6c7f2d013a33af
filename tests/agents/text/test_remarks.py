"""What checks find, as sentences: every producer of such words in the code, and whatever else may come."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.checks.registry import CHECKS, DrawFault
from agents.redraw import reasons_of, remark
from agents.text.remarks import sentence
from scenarios.records import Problem
from tests.helpers import REPO

MAKERS = {"Flaw", "Finding", "Unreadable", "DrawFault"}
"""What holds what a check found."""


def details() -> Iterator[tuple[str, str]]:
    """Where a check says what it found, and the words, with a tool's name in every gap."""
    for room in ("agents/proof", "agents/checks", "agents/dialogue"):
        for path in sorted((REPO / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS:
                    for word in node.args:
                        if text := worded(word):
                            yield f"{path.relative_to(REPO)}:{node.lineno}", text
                named = isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "detail"
                if named and isinstance(node, ast.Assign) and (text := worded(node.value)):
                    yield f"{path.relative_to(REPO)}:{node.lineno}", text


def worded(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "move_hold" for part in node.values)
    return ""


def is_understood(text: str) -> bool:
    """Whether a text begins with a plain word that is no check's name, and ends as a sentence does."""
    first = text.split()[0]
    return bool(re.fullmatch(r"[A-Z][a-z]*,?", first)) and first.lower() not in CHECKS and text[-1] in ".!?\"'”"


FOUND = list(details())


def test_there_are_producers() -> None:
    assert len(FOUND) > 90


@pytest.mark.parametrize(("where", "detail"), FOUND, ids=[where for where, _ in FOUND])
def test_what_a_check_finds_is_told_as_a_sentence(where: str, detail: str) -> None:
    (told,) = reasons_of([DrawFault("replay", detail)])
    assert is_understood(told), told
    assert told == remark(Problem(problem=detail, check="replay"))


@given(st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip))
def test_whatever_is_found_is_told_as_a_sentence(detail: str) -> None:
    assert is_understood(sentence(detail))


@pytest.mark.parametrize(
    ("detail", "told"),
    [
        ("says 5, which is not planned", "It says 5, which is not planned."),
        ("move_hold: nobody was asked", "Its call of move_hold is not right: nobody was asked."),
        ("pay.amount is '3', which nobody gave", "In its call of pay, the value of amount is '3', which nobody gave."),
        ("the call c1 has no result", "This is wrong with it: the call c1 has no result."),
        ("turn 3: repeats a line", "It repeats a line."),
        ("there is no text.", "This is wrong with it: there is no text."),
    ],
)
def test_sentences(detail: str, told: str) -> None:
    assert sentence(detail) == told


def test_a_critics_words_stay_as_they_are() -> None:
    assert remark(Problem(problem="The day is wrong")) == "The day is wrong."
