"""Answers in pieces: what a server that always streams sends, put together to the one body that was asked for. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

_BOM = b"\xef\xbb\xbf"
_FIELDS = (b":", b"event:", b"id:", b"retry:")
"""Lines of an event stream that carry no data."""
_DONE = b"[DONE]"
_REASONED = ("reasoning_content", "reasoning", "thinking")


def ends_here(tail: bytes) -> bool:
    """Whether the last bytes that came say that an event stream is over, also if the connection stays open."""
    return tail.rstrip().endswith((b"data: [DONE]", b"data:[DONE]"))


def loaded(raw: bytes) -> tuple[Any, str]:
    """The JSON in a reply's body, put together if it comes as server-sent events or as JSON lines; or None, and what is
    wrong with it."""
    raw = raw.removeprefix(_BOM)
    try:
        return whole(orjson.loads(raw))
    except orjson.JSONDecodeError as error:
        wrong = f"the body is no JSON: {error}"
    pieces, over = _pieces(raw)
    if not pieces:
        return None, wrong
    return _together(pieces, over)


def whole(body: Any) -> tuple[Any, str]:
    """A body as it is; a stream's only piece as the answer that it is a piece of."""
    choice = _choice(body)
    if choice is not None and isinstance(choice.get("delta"), dict) and "message" not in choice:
        return _together([body], over=False)
    return _native(body) if isinstance(body, dict) and "done" in body and "choices" not in body else body, ""


def _pieces(raw: bytes) -> tuple[list[dict[str, Any]], bool]:
    """The objects of an event stream or of JSON lines, and whether the stream says that it is over. None of them if the
    body is neither."""
    found, over, waiting = list[dict[str, Any]](), False, b""
    for line in raw.split(b"\n"):
        line = line.strip()
        if not line or line.startswith(_FIELDS):
            waiting = b"" if not line else waiting
            continue
        waiting += line.removeprefix(b"data:").strip()
        if waiting == _DONE:
            over, waiting = True, b""
            continue
        try:
            piece = orjson.loads(waiting)
        except orjson.JSONDecodeError:
            if not found and not line.startswith(b"data:"):
                return [], False
            continue
        waiting = b""
        if not isinstance(piece, dict):
            return [], False
        found.append(piece)
    return found, over and not waiting


def _together(pieces: Sequence[dict[str, Any]], over: bool) -> tuple[Any, str]:
    """One body out of a stream's pieces, or None and what is wrong."""
    made = _Made()
    for piece in map(_native, pieces):
        if piece.get("error") or piece.get("object") == "error":
            return piece, ""
        made.add(piece)
    if not made.begun:
        return pieces[-1], ""
    if made.finish is None and not over:
        return None, "the stream broke off before the answer's end"
    return made.body(), ""


class _Made:
    """An answer as its pieces make it."""

    def __init__(self) -> None:
        self.begun = False
        self.finish: Any = None
        self._usage: Any = None
        self._error: Any = None
        self._text: dict[str, list[str]] = {}
        self._whole: dict[str, Any] = {}
        self._calls: dict[Any, dict[str, Any]] = {}
        self._role = "assistant"

    def add(self, piece: dict[str, Any]) -> None:
        """Take one piece in."""
        if isinstance(piece.get("usage"), dict):
            self._usage = piece["usage"]
        choice = _choice(piece)
        if choice is None:
            return
        self.begun = True
        if choice.get("finish_reason") is not None:
            self.finish = choice["finish_reason"]
        self._error = choice.get("error") or self._error
        if isinstance(choice.get("message"), dict):
            self._whole = choice["message"]
        delta = choice.get("delta")
        for name, value in (delta if isinstance(delta, dict) else {"content": choice.get("text")}).items():
            self._take(name, value)

    def _take(self, name: str, value: Any) -> None:
        if name == "role" and isinstance(value, str):
            self._role = value or self._role
        elif name == "tool_calls" and isinstance(value, list):
            for place, each in enumerate(value):
                if isinstance(each, dict):
                    self._call(each.get("index", place), each.get("function"))
        elif name == "function_call":
            self._call("old", value)
        elif name in {"content", "refusal", *_REASONED}:
            self._text.setdefault(name, []).extend(_texts(value))

    def _call(self, place: Any, function: Any) -> None:
        if not isinstance(function, dict) or not isinstance(place, int | str):
            return
        call = self._calls.setdefault(place, {"name": "", "arguments": ""})
        call["name"] = call["name"] or function.get("name") or ""
        given = function.get("arguments")
        if isinstance(given, str) and isinstance(call["arguments"], str):
            call["arguments"] += given
        elif given is not None:
            call["arguments"] = given

    def body(self) -> dict[str, Any]:
        """The body of a chat completion."""
        message: dict[str, Any] = {"role": self._role, "content": None}
        message |= {name: "".join(parts) for name, parts in self._text.items() if parts}
        if self._calls:
            message["tool_calls"] = [{"type": "function", "function": call} for call in self._calls.values()]
        said = self._whole
        if said and len(str(said.get("content") or "")) >= len(message["content"] or "") and not self._calls:
            message = said  # some send the whole once more at the end
        choice = {"index": 0, "message": message, "finish_reason": self.finish}
        return {"choices": [choice | ({"error": self._error} if self._error else {})], "usage": self._usage}


def _choice(body: Any) -> dict[str, Any] | None:
    """The first choice of a body."""
    choices = body.get("choices") if isinstance(body, dict) else None
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict) and choice.get("index", 0) in (0, None):
            return choice
    return None


def _native(piece: Mapping[str, Any]) -> dict[str, Any]:
    """A piece in Ollama's own form as one of a chat completion."""
    if "done" not in piece or "choices" in piece or not isinstance(piece.get("message"), dict):
        return dict(piece)
    finish = (piece.get("done_reason") or "stop") if piece.get("done") else None
    counts = {"prompt_tokens": piece.get("prompt_eval_count"), "completion_tokens": piece.get("eval_count")}
    message = piece["message"]
    return {
        "choices": [{"index": 0, "delta": message, "message": message, "finish_reason": finish}],
        **({"usage": counts} if piece.get("done") else {}),
    }


def _texts(value: Any) -> Iterator[str]:
    """The text in a piece of content: a text, or parts of one."""
    if isinstance(value, str):
        yield value
    for part in value if isinstance(value, list) else ():
        if isinstance(part, dict) and part.get("type") in {"text", "output_text"} and isinstance(part.get("text"), str):
            yield part["text"]
