"""What an assistant answers to what, in rows of every form."""

from __future__ import annotations

from typing import Any

import pytest

from evaluation.speech.exchanges import exchanges_of

TALK = [
    ("system", "Be kind."),
    ("user", "Hi"),
    ("assistant", "Hello"),
    ("tool", " "),
    ("user", "Why?"),
    ("assistant", "So."),
]
BEFORE = "system: Be kind.\nuser: Hi\nassistant:\n"
LATER = "system: Be kind.\nuser: Hi\nassistant: Hello\nuser: Why?\nassistant:\n"


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [{"role": role, "content": text} for role, text in TALK]},
        {"messages": [{"role": role, "content": [{"type": "text", "text": text}, {"type": "image"}]} for role, text in TALK]},
        {"conversations": [{"from": {"user": "human", "assistant": "gpt"}.get(role, role), "value": text} for role, text in TALK]},
    ],
)  # fmt: skip
def test_every_answer_stands_behind_all_that_was_said(row: dict[str, Any]) -> None:
    found = exchanges_of(row)
    assert [(one.before, one.answer, one.asked) for one in found] == [(BEFORE, "Hello", "Hi"), (LATER, "So.", "Why?")]


@pytest.mark.parametrize(
    ("row", "named", "told"),
    [
        ({"prompt": "a", "completion": "b"}, None, [("a\n", "b")]),
        ({"prompt": [{"role": "user", "content": "a"}], "completion": [{"role": "assistant", "content": "b"}]}, None,
         [("user: a\nassistant:\n", "b")]),
        ({"fields": {"q": "a", "r": "b"}}, ("q", "r"), [("a\n", "b")]),
        ({"q": "a", "r": "b"}, ("q", "r"), [("a\n", "b")]),
        ({"q": "a", "r": " "}, ("q", "r"), []),
        ({"q": "a", "messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}, ("q", "r"),
         [("user: a\nassistant:\n", "b")]),
        ({"messages": [{"role": "assistant", "content": "b"}]}, None, []),
        ({"messages": "x"}, None, []),
        ({"messages": [None, {"role": 3, "content": "x"}, {"role": "assistant", "content": None}]}, None, []),
        ({"fields": {"q": "a"}}, None, []),
    ],
)  # fmt: skip
def test_prompts_and_rows_without_an_answer(
    row: dict[str, Any], named: tuple[str, str] | None, told: list[tuple[str, str]]
) -> None:
    assert [(one.before, one.answer) for one in exchanges_of(row, named)] == told
