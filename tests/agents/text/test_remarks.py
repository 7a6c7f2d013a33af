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
from agents.text.remarks import asked_for, ruled_out, sentence
from agents.views import prompt_messages, turn_view
from scenarios.briefs import plan_brief
from scenarios.loading import load
from scenarios.records import Problem
from scenarios.schema.styles import Style
from tests.helpers import PLANNED, REPO

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


@pytest.mark.parametrize(
    ("group", "told"),
    [
        (["number"], "Say “number”."),
        (["name", "who"], "Say “name” or “who”."),
        (["a", "b", "c"], "Say “a”, “b” or “c”."),
        (["?", "please"], "Ask a question, or say “please”."),
        (["?"], "Ask a question."),
    ],
)
def test_what_is_asked_for_is_a_sentence(group: list[str], told: str) -> None:
    assert asked_for(group) == told


def test_what_is_ruled_out_is_a_sentence() -> None:
    assert ruled_out(["my order", "our name", "?"]) == "Do not say “my order” or “our name”. Ask no question."
    assert ruled_out(["?"]) == "Ask no question."


@pytest.mark.parametrize("judged", [True, False])
def test_support_shows_a_chat_model_sentences_and_no_stems(judged: bool) -> None:
    support = load(PLANNED)
    brief = plan_brief(support, 3, 0, 0, 0)
    for turn in brief.turns:
        role = support.scenario.roles[turn.speaker]
        values = turn_view(support, brief, turn, [], "", judged)
        text = prompt_messages(support, role, Style.CHAT, values)[-1].content
        asked = text.partition("What your next line does: ")[2].splitlines()[1:-1]
        assert asked == values["turn"]["asked"]
        assert all(re.fullmatch(r"(Say|Do not say|Ask) .*\.", line) for line in asked)
        assert len(asked) >= len(turn.must)
