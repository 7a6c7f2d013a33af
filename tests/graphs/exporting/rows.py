"""Rows of every kind that an exporter meets, as somebody else may have written them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": f"Does {name}.",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}},
        },
    }
    for name in ("weather", "book")
]


def user(text: str, **more: Any) -> dict[str, Any]:
    return {"role": "user", "content": text, **more}


def assistant(text: str, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": text, **more}


def call(id_: str, name: str, **arguments: Any) -> dict[str, Any]:
    return {"id": id_, "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}


def result(id_: str, name: str, text: str) -> dict[str, Any]:
    return {"role": "tool", "content": text, "tool_call_id": id_, "name": name}


TWO = [{"role": "system", "content": "You help."}, user("Hi, where is my parcel?"), assistant("It comes on 3 May.")]
THREE = [
    user("Did you see the film?", name="ana"), user("I did, twice.", name="ben"), assistant("And what did you think?", name="host"),
    user("Too long.", name="ben"), assistant("Ana?", name="host"), user("I liked it.", name="ana"),
]  # fmt: skip
BESIDE = [
    user("Rain in Bonn or Köln?"),
    assistant("I look at both.", tool_calls=[call("toolu_1", "weather", city="Bonn"), call("toolu_2", "weather", city="Köln", days=2)]),
    result("toolu_1", "weather", '{"rain": true}'), result("toolu_2", "weather", '{"rain": false}'),
    assistant("Rain in Bonn, none in Köln."),
]  # fmt: skip
ALONE = [
    user("Book Bonn."), assistant("", tool_calls=[call("x", "book", city="Bonn", days=3)]), result("x", "book", "done"),
    assistant("Booked."), user("Thanks!"),
]  # fmt: skip
GERMAN = [
    user("Straße gesperrt? „Ja“ – ß, ÄÖÜ"),
    assistant("Ja, bis Montag.\n\n- Umleitung: Gasse 3\n- Busse: Linie 7"),
]
ARABIC = [user("متى يصل الطرد؟ 📦"), assistant("يصل يوم ٣ مايو، إن شاء الله. 👍🏽")]
EMPTY = [user("…"), assistant(""), user("Hello?"), assistant("I am here.")]
LONG = [
    turn for i in range(30) for turn in (user(f"Question {i}: what is {i} times {i}?"), assistant(f"It is {i * i}."))
]
THOUGHT = [user("2+2?"), assistant("<think>Two and two.</think>\nFour.")]

CHATS: dict[str, dict[str, Any]] = {
    "two": {"messages": TWO}, "three": {"messages": THREE}, "beside": {"messages": BESIDE, "tools": TOOLS},
    "alone": {"messages": ALONE, "tools": TOOLS}, "german": {"messages": GERMAN}, "arabic": {"messages": ARABIC},
    "empty": {"messages": EMPTY}, "long": {"messages": LONG}, "thought": {"messages": THOUGHT},
}  # fmt: skip
PAIRS: list[dict[str, Any]] = [
    {
        "id": f"p{i}/1",
        "prompt": [user(f"How do I get to place {i}?")],
        "chosen": [assistant(f"By bus {i}.")],
        "rejected": [assistant("Walk.")],
    }
    for i in range(4)
]


def write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """A JSONL file with the rows."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def chats(path: Path) -> Path:
    """A JSONL file with one row of every kind."""
    return write_rows(path, [{"id": name, **row} for name, row in CHATS.items()])
