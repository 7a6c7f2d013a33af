"""Servers that always stream: events and JSON lines become the one answer that was asked for."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.models.calls import Answer, Backend, Call, Model
from agents.models.endpoint.failures import FailedRequest
from agents.models.endpoint.replies import Reply, read
from agents.models.endpoint.secret import Secret
from agents.models.endpoint.wire import Wire
from agents.models.faults import FaultKind
from scenarios.schema.styles import Style
from tests.endpoint import Endpoint
from tests.endpoint import Reply as Sent
from tests.helpers import a_call, a_tool

CHAT = Wire("http://127.0.0.1:9/v1", "")._chat(a_call().model)
TOOLS = (a_tool("look"),)


def piece(delta: Any = None, finish: Any = None, **more: Any) -> dict[str, Any]:
    """A chunk of a chat completion."""
    return {
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": delta or {}, "finish_reason": finish}],
        **more,
    }


def words(*parts: str) -> list[dict[str, Any]]:
    """The chunks of a text."""
    return [
        piece({"role": "assistant", "content": ""}),
        *(piece({"content": part}) for part in parts),
        piece({}, "stop"),
    ]


USAGE = {"choices": [], "usage": {"prompt_tokens": 30, "completion_tokens": 4, "total_tokens": 34}}


def events(pieces: Sequence[Any], end: str = "\n\n", done: bool = True) -> bytes:
    """Server-sent events."""
    sent = "".join(f"data: {json.dumps(each)}{end}" for each in pieces)
    return (sent + (f"data: [DONE]{end}" if done else "")).encode()


def lines(pieces: Sequence[Any]) -> bytes:
    """JSON lines."""
    return "\n".join(json.dumps(each) for each in pieces).encode()


def reading(raw: bytes, status: int = 200, call: Call | None = None) -> Answer | FailedRequest:
    """Read a reply's bytes."""
    return read(Reply(status, raw), call or a_call(), Secret(""), CHAT.text_of)


WELL = words("All ", "is ", "wéll\u2028.")
NATIVE = [
    {"model": "m", "message": {"role": "assistant", "content": part}, "done": False}
    for part in ("All ", "is ", "wéll\u2028.")
]
STREAMS = {
    "events": events(WELL),
    "events with usage": events([*WELL, USAGE]),
    "without [DONE]": events(WELL, done=False),
    "without a finish": events(WELL[:-1]),
    "without blank lines": events(WELL, end="\n"),
    "with \\r\\n": events(WELL, end="\r\n\r\n"),
    "with a BOM": b"\xef\xbb\xbf" + events(WELL),
    "with comments": b": PROCESSING\n\n: PROCESSING\n\n" + events(WELL),
    "with names": b"".join(b"event: message\nid: 1\ndata: " + json.dumps(each).encode() + b"\n\n" for each in WELL),
    "without a space": events(WELL).replace(b"data: ", b"data:"),
    "over several lines": b"".join(
        b"".join(b"data: " + line + b"\n" for line in json.dumps(each, indent=1).encode().splitlines()) + b"\n" for each in WELL
    ),
    "JSON lines": lines(WELL),
    "a whole in an event": events([{"choices": [{"message": {"role": "assistant", "content": "All is wéll\u2028."}, "finish_reason": "stop"}]}]),
    "pieces and the whole": events([*WELL, {"choices": [{"message": {"content": "All is wéll\u2028."}, "finish_reason": "stop"}]}]),
    "Ollama's lines": lines([*NATIVE, {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"}]),
    "Ollama's whole": lines([{"message": {"role": "assistant", "content": "All is wéll\u2028."}, "done": True}]),
    "the older form": events([{"choices": [{"text": "All is "}]}, {"choices": [{"text": "wéll\u2028.", "finish_reason": "stop"}]}]),
    "parts of content": events([piece({"content": [{"type": "text", "text": "All is wéll\u2028."}]}), piece({}, "stop")]),
    "with nulls": events([piece({"content": None, "tool_calls": None}), *WELL]),
    "with reasoning": events([piece({"reasoning_content": "Hm."}), *WELL]),
    "with another choice": events([*WELL[:-1], {"choices": [{"index": 1, "delta": {"content": "No."}}]}, WELL[-1]]),
}  # fmt: skip


@pytest.mark.parametrize("case", STREAMS)
def test_a_stream_is_read_as_one_answer(case: str) -> None:
    found = reading(STREAMS[case])
    assert isinstance(found, Answer), found
    assert (found.text, found.finish) == ("All is wéll\u2028.", "stop")
    if "usage" in case:
        assert (found.usage.prompt_tokens, found.usage.completion_tokens) == (30, 4)


def test_a_stream_of_calls_is_read() -> None:
    call = {"index": 0, "id": "x", "type": "function", "function": {"name": "look", "arguments": ""}}
    parts = [{"index": 0, "function": {"arguments": part}} for part in ('{"id"', ': "1"}')]
    other = {"index": 1, "function": {"name": "look", "arguments": '{"id": "2"}'}}
    pieces = [piece({"role": "assistant", "tool_calls": [each]}) for each in (call, *parts, other)]
    found = reading(events([*pieces, piece({}, "tool_calls")]), call=a_call(tools=TOOLS))
    assert isinstance(found, Answer)
    assert [each.arguments for each in found.tool_calls] == ['{"id": "1"}', '{"id": "2"}']


def test_a_stream_that_ends_at_the_limit_says_so() -> None:
    found = reading(events([*WELL[:-1], piece({}, "length")]))
    assert isinstance(found, Answer)
    assert found.finish == "length"


BROKEN: dict[str, tuple[bytes, FaultKind]] = {
    "broken off": (events(WELL[:-1], done=False), FaultKind.GARBAGE),
    "broken off within a piece": (events(WELL[:-1], done=False) + b'data: {"choices": [{"del', FaultKind.GARBAGE),
    "lines broken off": (lines(WELL)[:-30], FaultKind.GARBAGE),
    "an error": (events([*WELL[:2], {"error": {"message": "overloaded", "code": 429}}]), FaultKind.THROTTLED),
    "an error at once": (events([{"error": {"message": "no such model", "type": "model_not_found"}}]), FaultKind.MODEL),
    "a filter": (events([*WELL[:2], piece({}, "content_filter")]), FaultKind.DECLINED),
    "a refusal": (
        events([piece({"refusal": "I will "}), piece({"refusal": "not."}), piece({}, "stop")]),
        FaultKind.DECLINED,
    ),
    "no words": (events([piece({"role": "assistant"}), piece({}, "stop")]), FaultKind.SILENT),
    "only reasoning": (events([piece({"reasoning": "Hm."}), piece({}, "length")]), FaultKind.SPENT),
    "no pieces": (b"data: [DONE]\n\n", FaultKind.GARBAGE),
    "words": (b"All is well.\nTruly.\n", FaultKind.GARBAGE),
    "numbers": (b"1\n2\n", FaultKind.GARBAGE),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_stream_that_is_no_answer_is_a_fault(case: str) -> None:
    raw, kind = BROKEN[case]
    found = reading(raw)
    assert isinstance(found, FailedRequest), found
    assert found.kind is kind


@given(st.text(max_size=60), st.lists(st.integers(0, 60), max_size=6))
def test_however_a_text_is_cut_it_is_the_same(text: str, cuts: list[int]) -> None:
    edges = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    parts = [text[a:b] for a, b in itertools.pairwise(edges)]
    body = {"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]}
    try:
        raw = json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return
    whole = reading(raw)
    for sent in (events(words(*parts)), lines(words(*parts))):
        found = reading(sent)
        assert type(found) is type(whole)
        assert getattr(found, "text", "") == getattr(whole, "text", "")


@pytest.fixture
async def wire(serve: Callable[..., Endpoint]) -> AsyncIterator[Callable[[bytes], Wire]]:
    """Wires to endpoints that stream some bytes."""
    opened: list[Wire] = []

    def open_(raw: bytes) -> Wire:
        endpoint = serve(lambda _: Sent(body=raw, headers={"Content-Type": "text/event-stream"}))
        opened.append(Wire(endpoint.url, ""))
        return opened[-1]

    yield open_
    for each in opened:
        await each.close()


async def test_a_stream_over_a_socket_is_read(wire: Callable[[bytes], Wire]) -> None:
    opened = wire(STREAMS["events with usage"])
    model = Model(backend=Backend.OPENAI, name="m", style=Style.CHAT, base_url=opened._base_url)
    assert (await opened.send(a_call(model=model))).text == "All is wéll\u2028."


async def test_a_stream_whose_connection_stays_open_ends_at_its_last_event() -> None:
    closing = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + events(WELL))
        await writer.drain()
        await closing.wait()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    opened = Wire(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", "")
    model = Model(backend=Backend.OPENAI, name="m", style=Style.CHAT)
    assert (await opened.send(a_call(model=model))).text == "All is wéll\u2028."
    await opened.close()
    closing.set()
    server.close()
    await server.wait_closed()
