"""The tools of a run over a journal on the disk: kept before they are used, found again, and held against what a record says."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from aiohttp import web

from agents.models.calls import Call, ToolCall
from agents.models.gateway import Gateway
from agents.tools.requests import plain
from agents.tools.results import ToolResult
from agents.tools.simulated import EarlierCall
from agents.tools.toolbox import Toolbox
from graphs.files.calls import StoredCall, stored_call
from graphs.running.gateway import journaled_gateway
from graphs.settings.schema import Settings
from graphs.settings.tools import ToolSettings, tool_transports
from graphs.tools.cassette import unrecorded
from graphs.tools.stored import TOOLS_FILE, stored_tools, write_tools
from graphs.tools.toolbox import toolbox_of
from memory.journal.journal import Journal
from memory.journal.reading import read_journal
from scenarios.errors import RunDirError, ScenarioError
from scenarios.material.tools.mcp import MCP, McpPlan
from scenarios.material.tools.spec import Grade, ToolSpec
from scenarios.messages import Message, Speech
from tests.agents.tools.servers import BRIEF, DESK, SHOP, called, shop_server
from tests.helpers import REPO, SCRIPTED

SAID = (Message(role=Speech.USER, content="Where is my order?"),)
DESK_PLAN = McpPlan(command=DESK)


def settings(**given: object) -> ToolSettings:
    """The settings of tools."""
    return Settings.model_validate({"tools": given}).tools


class Run:
    """A run's journal and its gateway."""

    def __init__(self, out: Path, chosen: ToolSettings, specs: tuple[ToolSpec, ...], *mcp: McpPlan) -> None:
        self.out, self.chosen, self.specs, self.mcp = out, chosen, specs, dict(zip((MCP, "other"), mcp, strict=False))
        self.journal = Journal(out / "run.sqlite")
        tools = tool_transports(chosen, specs, self.mcp)
        self.gateway: Gateway = journaled_gateway(self.journal, [SCRIPTED], tools=tools)

    async def box(self) -> Toolbox:
        """The toolbox of the run."""
        return await toolbox_of(self.chosen, self.specs, self.mcp, self.gateway, {"tools": SCRIPTED}, self.out)

    async def close(self) -> None:
        """End the session."""
        await self.gateway.close()
        self.journal.close()


async def one(run: Run, call: ToolCall) -> ToolResult:
    """One call."""
    box = await run.box()
    return await box.call(run.gateway, BRIEF, SAID, call, step="generate/1")


def kept_calls(out: Path) -> list[StoredCall]:
    """The calls of the sample, as the journal has them."""
    rows = read_journal(out / "run.sqlite", lambda reader: reader.calls(BRIEF.id))
    return [stored_call(row) for row in rows]


async def test_a_recorded_run_goes_on_and_is_verified_without_its_server(tmp_path: Path) -> None:
    call = called("getOrder", order_id="AB-1234")
    async with shop_server() as shop:
        chosen = settings(calls="recorded", server=shop.url)
        first = Run(tmp_path, chosen, SHOP)
        result = await one(first, call)
        await first.close()
        assert len(shop.asked) == 1
    again = Run(tmp_path, chosen, SHOP)
    assert await one(again, call) == result
    await again.close()
    asked = Message(role=Speech.ASSISTANT, content="", tool_calls=(call.openai(),))
    talk = (*SAID, asked, result.message(call))
    grades = {call.id: result.grade}
    assert unrecorded(talk, grades, kept_calls(tmp_path)) == ""
    forged = (*SAID, asked, Message(role=Speech.TOOL, content='{"status":"sent"}', tool_call_id=call.id))
    assert "the journal holds no call getOrder" in unrecorded(forged, grades, kept_calls(tmp_path))
    assert "has no result" in unrecorded(SAID, grades, kept_calls(tmp_path))
    assert unrecorded(forged, {call.id: Grade.SIMULATED}, kept_calls(tmp_path)) == "", "it claims nothing"
    seen = EarlierCall(call.name, plain(call.arguments), result.content)
    assert unrecorded((), {}, kept_calls(tmp_path), [seen.looked_up()]) == ""
    assert "on which the scene rests" in unrecorded(talk, grades, kept_calls(tmp_path), [seen.looked_up()] * 2)
    other = replace(seen, result='{"status":"sent"}').looked_up()
    assert "on which the scene rests" in unrecorded((), {}, kept_calls(tmp_path), [other])
    twice = (*talk, asked.model_copy(update={"tool_calls": ({**call.openai(), "id": "c2"},)}),
             Message(role=Speech.TOOL, content=result.content, tool_call_id="c2"))  # fmt: skip
    told = unrecorded(twice, {**grades, "c2": Grade.RECORDED}, kept_calls(tmp_path))
    assert "the journal holds no call" in told, "one call is no evidence of two"


_CHILD = """
import asyncio, sys
from pathlib import Path
from tests.agents.tools.servers import SHOP, called
from tests.graphs.tools.test_run import Run, one, settings

async def work() -> None:
    run = Run(Path(sys.argv[1]), settings(calls="recorded", server=sys.argv[2]), SHOP)
    for number in range(5):
        await one(run, called("delete_orders_order_id", order_id=f"AB-100{number}"))
    await run.close()

asyncio.run(work())
"""


async def test_a_killed_run_makes_no_call_twice_but_the_one_under_way_and_that_with_the_same_key(
    tmp_path: Path,
) -> None:
    async with shop_server() as shop:
        held, hold = asyncio.Event(), asyncio.Event()

        async def fourth_hangs(_: web.Request) -> web.StreamResponse:
            if len(shop.asked) == 4:
                held.set()
                await hold.wait()
            return web.json_response({"done": len(shop.asked)})

        shop.answer = fourth_hangs
        words = (sys.executable, "-c", _CHILD, str(tmp_path), shop.url)
        killed = await asyncio.create_subprocess_exec(*words, cwd=REPO)
        await held.wait()
        killed.kill()
        await killed.wait()
        hold.set()
        assert await (await asyncio.create_subprocess_exec(*words, cwd=REPO)).wait() == 0
        paths = [path for _, path, _, _ in shop.asked]
        assert paths == [f"/v1/orders/AB-100{number}" for number in (0, 1, 2, 3, 3, 4)]
        keys = [headers["idempotency-key"] for _, _, headers, _ in shop.asked]
        assert keys[3] == keys[4]
        assert len(set(keys)) == 5


async def test_a_cancelled_run_ends_its_server(tmp_path: Path) -> None:
    mark = tmp_path / "ended"
    code = f"import atexit, pathlib, runpy, sys; atexit.register(pathlib.Path({str(mark)!r}).touch); sys.argv = ['desk']; runpy.run_path({DESK[1]!r}, run_name='__main__')"
    plan = McpPlan(command=(sys.executable, "-c", code))
    run = Run(tmp_path, settings(calls="recorded", mcp=plan.said), (), plan)
    await run.box()
    task = asyncio.create_task(one(run, called("wait")))
    transport = run.gateway._transports["tools", f"mcp {plan.said}"]
    while not transport._session.begun:  # type: ignore[attr-defined]
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await run.close()
    assert mark.exists()


async def test_a_simulated_call_is_no_recorded_one(tmp_path: Path) -> None:
    run, call = Run(tmp_path, settings(), SHOP), called("getOrder", order_id="AB-1234")
    result = await one(run, call)
    await run.close()
    assert result.grade is Grade.SIMULATED
    asked = Message(role=Speech.ASSISTANT, content="", tool_calls=(call.openai(),))
    talk = (*SAID, asked, result.message(call))
    assert unrecorded(talk, {call.id: Grade.RECORDED}, kept_calls(tmp_path))


async def test_a_servers_tools_are_in_the_run_directory_and_listed_once(tmp_path: Path) -> None:
    chosen = settings(mcp=DESK_PLAN.said)
    run = Run(tmp_path, chosen, SHOP, DESK_PLAN)
    specs = (await run.box()).specs
    await run.close()
    assert {spec.name for spec in specs} >= {"getOrder", "look"}
    assert stored_tools(tmp_path) == specs
    again = Run(tmp_path, chosen, SHOP, DESK_PLAN)
    asked = list[Call]()
    for transport in set(again.gateway._transports.values()):
        if hasattr(transport, "_opened"):
            transport.send = asked.append
    assert (await again.box()).specs == specs
    assert not asked
    await again.close()


async def test_two_tools_of_one_name_are_an_error(tmp_path: Path) -> None:
    mine = ToolSpec(name="look", parameters={"type": "object"})
    run = Run(tmp_path, settings(mcp=DESK_PLAN.said), (mine,), DESK_PLAN)
    with pytest.raises(ScenarioError, match="two tools have the name 'look'"):
        await run.box()
    await run.close()


OTHER_PLAN = McpPlan(command=(DESK[0], "-u", DESK[1]), only=("visit",), reads=("visit",))


async def test_several_servers_are_each_listed_once_and_each_gets_its_own_calls(tmp_path: Path) -> None:
    first = McpPlan(command=DESK, only=("look",))
    chosen = settings(calls="recorded", mcp=[first.said, OTHER_PLAN.said])
    run = Run(tmp_path, chosen, (), first, OTHER_PLAN)
    specs = (await run.box()).specs
    assert [spec.name for spec in specs if not spec.writes] == ["look", "visit"], "the scenario says it of visit"
    assert [(spec.name, spec.mcp.server) for spec in specs if spec.mcp] == [("look", MCP), ("visit", "other")]
    assert (await one(run, called("visit", name="Ana"))).content == '{"result":"noted Ana"}'
    seen = await one(run, called("look", order="AB-1"))
    assert orjson.loads(seen.content)["visits"] == "0", "it is another server"
    await run.close()
    again = Run(tmp_path, chosen, (), first, OTHER_PLAN)
    assert (await again.box()).specs == specs
    assert not [t for t in again.gateway._transports.values() if getattr(t, "_session", None)]
    await again.close()


async def test_a_tool_that_two_servers_have_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    other = OTHER_PLAN.model_copy(update={"only": ("look",), "reads": ()})
    run = Run(tmp_path, settings(mcp=[DESK_PLAN.said, other.said]), (), DESK_PLAN, other)
    with pytest.raises(
        ScenarioError, match="two tools have the name 'look'; rename one of them, or leave one out by 'only'"
    ):
        await run.box()
    await run.close()


def test_a_run_without_tools_has_none(tmp_path: Path) -> None:
    assert stored_tools(tmp_path) == ()


@pytest.mark.parametrize("text", ["{", "{}", '[{"name": "a b", "parameters": {}}]', '[{"name": "a"}]', "[" * 5000])
def test_a_broken_file_of_tools_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / TOOLS_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(RunDirError, match=r"tools\.json: cannot be read") as caught:
        stored_tools(tmp_path)
    assert "\n" not in str(caught.value)


def test_it_is_written_as_it_is_read(tmp_path: Path) -> None:
    write_tools(tmp_path, SHOP)
    assert stored_tools(tmp_path) == SHOP
    assert orjson.loads((tmp_path / TOOLS_FILE).read_bytes())[0]["name"] == "getOrder"
