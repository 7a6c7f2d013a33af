"""A real MCP server over stdio and over HTTP: listing, calls, errors, and its ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
import uvicorn

from agents.models.calls import Asker
from agents.models.faults import Fault, FaultKind
from agents.tools.mcp import McpTools
from agents.tools.requests import list_call, real_call
from agents.tools.results import Kept, kept_in
from scenarios.material.tools.mcp import McpPlan, tools_listed
from scenarios.material.tools.spec import ToolSpec
from tests.agents.tools.servers import DESK, called, mcp_servers, tool

KEY = "DESK-KEY-0123456789"
STDIO = McpPlan(command=DESK)


async def listed(transport: McpTools, plan: McpPlan) -> tuple[ToolSpec, ...]:
    """What the server lists."""
    return tools_listed(orjson.loads((await transport.send(list_call(mcp_servers(plan).listing()))).text))


async def sent(transport: McpTools, plan: McpPlan, specs: tuple[ToolSpec, ...], name: str, /, **arguments: Any) -> Kept:
    """What a call gave."""
    spec = tool(name, specs)
    call = real_call(mcp_servers(plan).model(spec), spec, called(name, **arguments), Asker(sample="s", step="x"))
    return kept_in(await transport.send(call))


@asynccontextmanager
async def over(
    plan: McpPlan, key: str = "", timeout: float = 20.0
) -> AsyncIterator[tuple[McpTools, tuple[ToolSpec, ...]]]:
    """A transport to a server, and what it lists."""
    transport = McpTools(plan, key, "DESK_KEY" if key else "", timeout)
    try:
        yield transport, await listed(transport, plan)
    finally:
        await transport.close()


@asynccontextmanager
async def over_http() -> AsyncIterator[McpPlan]:
    """The desk over HTTP, in this process."""
    from tests.agents.tools.desk import desk

    async with served(desk.streamable_http_app()) as plan:
        yield plan


@asynccontextmanager
async def served(app: Any, *, lifespan: bool = True) -> AsyncIterator[McpPlan]:
    """An application on a port of its own."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="on" if lifespan else "off"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield McpPlan(url=f"http://127.0.0.1:{port}/mcp")
    finally:
        server.should_exit = True
        await task


async def test_a_server_that_is_started_lists_and_answers() -> None:
    async with over(STDIO) as (transport, specs):
        assert [spec.name for spec in specs] == ["look", "visit", "fail", "secret", "leave", "wait"]
        assert [spec.writes for spec in specs][:2] == [False, True]
        assert await sent(transport, STDIO, specs, "visit", name="Ann") == Kept(content='{"result":"noted Ann"}')
        found = await sent(transport, STDIO, specs, "look", order="AB-1")
        assert orjson.loads(found.content) == {"order": "AB-1", "status": "open", "visits": "1"}
        failed = await sent(transport, STDIO, specs, "fail", why="rain")
        assert failed.error
        assert "it fails: rain" in failed.content


async def test_the_same_over_http() -> None:
    async with over_http() as plan, over(plan) as (transport, specs):
        found = await asyncio.gather(*(sent(transport, plan, specs, "look", order=f"AB-{n}") for n in range(5)))
        assert [orjson.loads(one.content)["order"] for one in found] == [f"AB-{n}" for n in range(5)]


async def test_the_key_reaches_the_server_and_comes_back_nowhere() -> None:
    async with over(STDIO, KEY) as (transport, specs):
        found = await sent(transport, STDIO, specs, "secret")
        assert found.content == '{"result":"the key is ***"}'


async def test_without_a_key_the_server_gets_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_KEY", KEY)
    async with over(STDIO) as (transport, specs):
        assert (await sent(transport, STDIO, specs, "secret")).content == '{"result":"the key is none"}'


async def test_no_answer_in_time_is_a_result_and_the_session_goes_on() -> None:
    async with over(STDIO) as (transport, specs):
        transport._timeout = 0.1
        found = await sent(transport, STDIO, specs, "wait")
        assert found.error
        assert "no answer within 0.1 seconds" in found.content
        transport._timeout = 20.0
        assert not (await sent(transport, STDIO, specs, "look", order="AB-1")).error


async def test_a_server_that_ends_in_a_call_is_trouble_of_the_machinery_and_is_started_anew() -> None:
    async with over(STDIO) as (transport, specs):
        with pytest.raises(Fault) as caught:
            await sent(transport, STDIO, specs, "leave")
        assert caught.value.kind is FaultKind.LOST
        assert not (await sent(transport, STDIO, specs, "look", order="AB-1")).error


async def test_a_server_that_ended_between_two_calls_is_started_anew_and_asked_again(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    code = f"import os, pathlib, runpy, sys; pathlib.Path({str(pid)!r}).write_text(str(os.getpid())); sys.argv = ['desk']; runpy.run_path({DESK[1]!r}, run_name='__main__')"
    plan = McpPlan(command=(sys.executable, "-c", code))
    async with over(plan) as (transport, specs):
        first = transport._session
        assert first is not None
        os.kill(int(pid.read_text()), signal.SIGKILL)
        while not first.client.session._dispatcher._closed:
            await asyncio.sleep(0)
        with pytest.raises(Fault) as caught:
            await sent(transport, plan, specs, "visit", name="Ann")
        assert caught.value.kind is FaultKind.CONNECTION, "the call never left, so that the gateway makes it again"
        assert not (await sent(transport, plan, specs, "visit", name="Ann")).error


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, FaultKind.KEY), (403, FaultKind.KEY), (404, FaultKind.CONNECTION), (429, FaultKind.THROTTLED),
        (500, FaultKind.LOST), (503, FaultKind.UNREADY),
    ],
)  # fmt: skip
async def test_a_refusal_by_http_is_no_result(status: int, kind: FaultKind) -> None:
    refuses = list[int]()

    async def between(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and refuses:
            await send({"type": "http.response.start", "status": refuses.pop(), "headers": []})
            await send({"type": "http.response.body", "body": b"no"})
            return
        await app(scope, receive, send)

    from tests.agents.tools.desk import desk

    app = desk.streamable_http_app()
    async with served(between) as plan, over(plan) as (transport, specs):
        refuses.append(status)
        with pytest.raises(Fault) as caught:
            await sent(transport, plan, specs, "look", order="AB-1")
        assert caught.value.kind is kind
        assert not (await sent(transport, plan, specs, "look", order="AB-1")).error, "the next one goes through"


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (401, FaultKind.KEY, "HTTP 401"), (404, FaultKind.MODEL, "HTTP 404"), (503, FaultKind.UNREADY, "HTTP 503"),
        (200, FaultKind.MODEL, "HTTP 200: Unexpected content type"), (302, FaultKind.MODEL, "Redirect to"),
    ],
)  # fmt: skip
async def test_an_address_that_is_no_server(status: int, kind: FaultKind, said: str) -> None:
    async def other(scope: Any, receive: Any, send: Any) -> None:
        head = [(b"content-type", b"text/html"), (b"location", b"http://127.0.0.1:1/mcp")]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": b"<html>"})

    async with served(other, lifespan=False) as plan:
        transport = McpTools(plan)
        with pytest.raises(Fault, match=said) as caught:
            await listed(transport, plan)
        await transport.close()
        assert caught.value.kind is kind


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("no-such-command-of-mcp",), "it does not start: [Errno 2]"),
        ((*DESK, "broken"), "it says: the desk has no licence"),
        ((sys.executable, "-c", "print('hello')"), "it does not start"),
    ],
)
async def test_a_server_that_does_not_start_is_one_line(command: tuple[str, ...], said: str) -> None:
    transport = McpTools(McpPlan(command=command))
    with pytest.raises(Fault) as caught:
        await listed(transport, McpPlan(command=command))
    await transport.close()
    assert caught.value.kind is FaultKind.MODEL
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_the_key_is_not_in_the_last_words_of_a_server() -> None:
    plan = McpPlan(command=(*DESK, "broken"))
    transport = McpTools(plan, "DESK-KEY-12345678", "DESK_KEY")
    with pytest.raises(Fault, match=r"no licence \*\*\*") as caught:
        await listed(transport, plan)
    await transport.close()
    assert "12345678" not in str(caught.value)


async def test_an_address_where_nobody_is() -> None:
    async with over_http() as plan:
        pass
    transport = McpTools(plan)
    with pytest.raises(Fault) as caught:
        await listed(transport, plan)
    await transport.close()
    assert caught.value.kind is FaultKind.AWAY


async def test_its_end_ends_the_server(tmp_path: Path) -> None:
    mark = tmp_path / "ended"
    code = f"import runpy, atexit, pathlib, sys; atexit.register(pathlib.Path({str(mark)!r}).touch); sys.argv = ['desk']; runpy.run_path({DESK[1]!r}, run_name='__main__')"
    plan = McpPlan(command=(sys.executable, "-c", code))
    async with over(plan):
        assert not mark.exists()
    assert mark.exists()


async def test_a_cancelled_start_leaves_nothing_behind() -> None:
    plan = McpPlan(command=(sys.executable, "-c", "import sys; sys.stdin.read()"))
    transport = McpTools(plan)
    task = asyncio.create_task(listed(transport, plan))
    while transport._opening.locked() is False:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await transport.close()
    assert not [one for one in asyncio.all_tasks() if one.get_name() == "mcp session"]
