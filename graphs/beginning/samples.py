"""One sample of a run, whole, as people read a chat."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graphs.files.rundir import DATASET, REJECTED
from scenarios.loading import Loaded
from scenarios.reading.bounded import json_of, lines_of


def chat_lines(out: Path, loaded: Loaded) -> Iterator[str]:
    """The first accepted sample of the run in `out`, or the first rejected one with the reason."""
    row = _first(out / DATASET)
    if row is None:
        row = _first(out / REJECTED)
        if row is None:
            return
        yield f"none was accepted; the first was rejected by {row.get('stage')}: {row.get('reason')}"
    yield f"{row['id']}  {' · '.join(str(value) for value in row['brief']['cell'].values())}"
    yield ""
    messages = row.get("messages") or (row.get("candidate") or {}).get("messages") or []
    for message in messages:
        if message["role"] == "system":
            continue
        role = loaded.scenario.roles.get(message.get("name") or "")
        called = [
            f"{call['function']['name']} {call['function']['arguments']}" for call in message.get("tool_calls") or ()
        ]
        beside = [f"[calls {one}]" for one in called] + [f"[{', '.join(message.get('cites') or ())}]"] * (
            "cites" in message
        )
        text = " ".join(filter(None, [message.get("content"), *beside]))
        yield f"{(role.label if role else '') or message.get('name') or message['role']}: {text}"
        yield ""


def _first(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    raw = next(iter(lines_of(path)), b"")
    found: dict[str, Any] | None = json_of(raw) if raw.strip() else None
    return found
