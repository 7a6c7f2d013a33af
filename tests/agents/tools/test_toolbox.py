"""One call of a tool through the gateway: recorded or simulated, kept before it is used, and never made twice."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Sequence
from typing import Any

import orjson
import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.models.calls import HTTP_TOOLS, MCP_TOOLS, TOOLS, Call, ToolCall
from agents.models.limits.ledger import Budget
from agents.models.scripted import Scripted
from agents.tools.fitting import scripted_result
from agents.tools.http import HttpTools
from agents.tools.mcp import McpTools
from agents.tools.requests import ToolServers
from agents.tools.results import Grade, ToolResult
from agents.tools.simulated import answer_shape
from agents.tools.toolbox import Toolbox, ToolWay, tools_of_server
from scenarios.errors import AnswerInvalid, BudgetReached, CallFailed, ModelUnavailable, RunDirError, SettingsError
from scenarios.material.tools.mcp import MCP, McpPlan
from scenarios.material.tools.spec import ToolSpec
from scenarios.messages import Message, Speech
from tests.agents.tools.servers import BRIEF, DESK, SHOP, Shop, called, gateway_to, shop_server
from tests.helpers import SCRIPTED, KeptInMemory, gateway_over

SAID = (Message(role=Speech.USER, content="Where is my order?"),)


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """The shop's server."""
    async with shop_server() as running:
        yield running


class Over:
    """A toolbox and a gateway over the shop."""

    def __init__(self, shop: Shop, store: KeptInMemory | None = None, **options: Any) -> None:
        self.transport = HttpTools(shop.url, SHOP)
        where = (TOOLS, f"{HTTP_TOOLS}{shop.url}")
        self.gateway = gateway_to({where: self.transport}, store, **options)
        self.box = Toolbox(SHOP, ToolWay.RECORDED, ToolServers(http=shop.url), SCRIPTED)

    async def call(self, call: ToolCall, messages: Sequence[Message] = SAID, **options: Any) -> ToolResult:
        """One call."""
        return await self.box.call(self.gateway, BRIEF, messages, call, **{"step": "generate/1", **options})


def then(messages: Sequence[Message], call: ToolCall, result: ToolResult) -> tuple[Message, ...]:
    """A conversation after a call."""
    asked = Message(role=Speech.ASSISTANT, content="", tool_calls=(call.openai(),))
    return (*messages, asked, result.message(call))


# -- real calls ------------------------------------------------------------------------------------------------


async def test_a_real_call_is_in_the_journal_and_not_made_again(shop: Shop) -> None:
    store = KeptInMemory()
    first = Over(shop, store)
    result = await first.call(called("getOrder", order_id="AB-1234"))
    assert result.grade is Grade.RECORDED
    assert not result.error
    assert len(store.answers) == len(shop.asked) == 1
    resumed = Over(Shop(url="http://127.0.0.1:1/v1"), store)
    assert await resumed.call(called("getOrder", "another id", order_id="AB-1234")) == result, "offline"
    assert len(shop.asked) == 1
    await first.gateway.close()


@pytest.mark.parametrize("text", ["", "{}", '{"content": 1}', "[" * 500])
async def test_an_answer_of_another_form_in_the_journal_is_one_line(shop: Shop, text: str) -> None:
    store = KeptInMemory()
    over, call = Over(shop, store), called("getOrder", order_id="AB-1234")
    await over.call(call)
    store.answers = {key: answer.model_copy(update={"text": text}) for key, answer in store.answers.items()}
    with pytest.raises(RunDirError, match=r"^run\.sqlite: an answer of a tool is not as a run writes it") as caught:
        await over.call(call)
    assert "\n" not in str(caught.value)
    await over.gateway.close()


async def test_equal_calls_at_different_places_are_both_made(shop: Shop) -> None:
    over, call = Over(shop), called("getOrder", order_id="AB-1234")
    first = await over.call(call)
    second = await over.call(called("getOrder", "c2", order_id="AB-1234"), then(SAID, call, first))
    again = await over.call(call, attempt=1)
    assert len({first.content, second.content, again.content}) == 3, "the world may have changed meanwhile"
    await over.gateway.close()


async def test_a_call_counts_as_a_request_and_costs_no_tokens(shop: Shop) -> None:
    over = Over(shop, budget=Budget(calls=1, tokens=1))
    await over.call(called("getOrder", order_id="AB-1234"))
    assert over.gateway.ledger.tokens == 0
    assert over.gateway.ledger.usage["tools"].calls == 1
    with pytest.raises(BudgetReached):
        await over.call(called("getOrder", order_id="AB-1235"))
    assert len(shop.asked) == 1
    await over.gateway.close()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (called("getOrder"), "getOrder: 'order_id' is missing"),
        (called("getOrder", order_id="x"), "has to match"),
        (called("get_order", order_id="AB-1234"), "there is no tool 'get_order' (did you mean 'getOrder'?)"),
        (ToolCall(id="a", name="getOrder", arguments="{oops"), "are not JSON"),
    ],
)
async def test_a_wrong_call_goes_nowhere(shop: Shop, call: ToolCall, said: str) -> None:
    over = Over(shop)
    assert said in over.box.fault(call)
    result = await over.call(call)
    assert result.error
    assert said in orjson.loads(result.content)["error"]
    assert result.grade is Grade.SIMULATED, "no server said it"
    assert not shop.asked


async def test_a_server_that_is_not_there_ends_the_run_in_one_line() -> None:
    over = Over(Shop(url="http://127.0.0.1:1/v1"))
    with pytest.raises(ModelUnavailable) as caught:
        await over.call(called("getOrder", order_id="AB-1234"))
    assert str(caught.value).startswith("tools.server=http://127.0.0.1:1/v1 cannot be reached (")
    assert str(caught.value).endswith("check tools.server")
    await over.gateway.close()


async def test_a_key_that_is_not_accepted_ends_the_run_in_one_line(shop: Shop) -> None:
    async def refuses(_: web.Request) -> web.StreamResponse:
        return web.Response(status=401)

    shop.answer = refuses
    over = Over(shop)
    over.box = Toolbox(SHOP, ToolWay.RECORDED, ToolServers(http=shop.url, api_key_env="SHOP_KEY"))
    with pytest.raises(ModelUnavailable, match=r"does not accept the key .* tools\.api_key_env=SHOP_KEY"):
        await over.call(called("getOrder", order_id="AB-1234"))
    await over.gateway.close()


async def test_a_write_that_breaks_off_is_not_made_again(shop: Shop) -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    shop.answer = cut
    over = Over(shop)
    with pytest.raises(CallFailed, match="lost"):
        await over.call(called("delete_orders_order_id", order_id="AB-1234"))
    assert len(shop.asked) == 1
    await over.gateway.close()


async def test_only_the_user_chooses_where_calls_go() -> None:
    box = Toolbox(SHOP, ToolWay.RECORDED)
    with pytest.raises(SettingsError, match=r"type it: tools\.server=https://api\.example\.org/v1"):
        await box.call(gateway_over(Scripted()), BRIEF, SAID, called("getOrder", order_id="AB-1234"), step="generate/1")


async def test_a_server_that_does_not_start_ends_the_run_in_one_line() -> None:
    plan = McpPlan(command=("no-such-command-of-mcp", "x"))
    gateway = gateway_to({(TOOLS, f"{MCP_TOOLS}{plan.said}"): McpTools(plan)})
    with pytest.raises(ModelUnavailable) as caught:
        await tools_of_server(gateway, ToolServers(mcp={MCP: plan.said}))
    said = str(caught.value)
    assert said.startswith("tools.mcp=no-such-command-of-mcp x cannot be used (it does not start: ")
    assert said.endswith("check tools.mcp")
    await gateway.close()


async def test_an_mcp_server_is_listed_once_and_its_calls_are_recorded() -> None:
    plan, store = McpPlan(command=DESK), KeptInMemory()
    servers = ToolServers(mcp={MCP: plan.said})
    where = (TOOLS, f"{MCP_TOOLS}{plan.said}")
    gateway = gateway_to({where: McpTools(plan)}, store)
    specs = await tools_of_server(gateway, servers)
    box = Toolbox(specs, ToolWay.RECORDED, servers)
    call = called("look", order="AB-1")
    result = await box.call(gateway, BRIEF, SAID, call, step="generate/1")
    assert result.grade is Grade.RECORDED
    await gateway.close()
    offline = gateway_to({where: McpTools(McpPlan(command=("no-such-command-of-mcp",)))}, store)
    assert await tools_of_server(offline, servers) == specs
    assert await box.call(offline, BRIEF, SAID, call, step="generate/1") == result


# -- simulated calls -------------------------------------------------------------------------------------------


class Simulation:
    """A toolbox over a model that answers as a script says."""

    def __init__(self, *answers: Any) -> None:
        told = itertools.chain((orjson.dumps(one).decode() for one in answers), itertools.repeat(None))
        self.model = Scripted(lambda call: next(told))
        self.gateway = gateway_over(self.model)
        self.box = Toolbox(SHOP, model=SCRIPTED)
        self.messages: tuple[Message, ...] = SAID

    async def call(self, name: str, /, **arguments: Any) -> ToolResult:
        """One call, which then is a part of the conversation."""
        call = called(name, f"c{len(self.messages)}", **arguments)
        result = await self.box.call(self.gateway, BRIEF, self.messages, call, step="generate/1")
        self.messages = then(self.messages, call, result)
        return result

    @property
    def asked(self) -> list[Call]:
        """What the model was asked."""
        return self.model.asked


ORDER = {"ok": True, "result": {"id": "AB-1234", "status": "open"}}


async def test_a_model_answers_under_the_schema() -> None:
    made = Simulation(ORDER)
    result = await made.call("getOrder", order_id="AB-1234")
    assert result == ToolResult(content='{"id":"AB-1234","status":"open"}', grade=Grade.SIMULATED)
    (call,) = made.asked
    assert call.role == "tools"
    assert call.answer_schema is not None
    assert call.answer_schema["properties"]["result"]["anyOf"][0] == SHOP[0].returns


async def test_it_sees_the_facts_and_every_call_before() -> None:
    made = Simulation(ORDER, {"ok": True, "result": {"gone": True}})
    await made.call("getOrder", order_id="AB-1234")
    await made.call("delete_orders_order_id", order_id="AB-1234")
    shown = made.asked[-1].messages[-1].content
    assert "- order: AB-1234" in shown
    assert '1. getOrder {"order_id":"AB-1234"}\n   {"id":"AB-1234","status":"open"}' in shown
    assert shown.endswith('The call: delete_orders_order_id {"order_id":"AB-1234"}')


async def test_an_equal_reading_call_gives_the_same_without_asking_until_something_is_written() -> None:
    made = Simulation(
        ORDER, {"ok": False, "result": {"error": "it is locked"}}, {"ok": True, "result": {}},
        {"ok": False, "result": {"error": "no such order"}},
    )  # fmt: skip
    first = await made.call("getOrder", order_id="AB-1234", fields=["id"])
    assert await made.call("getOrder", fields=["id"], order_id="AB-1234") == first
    assert len(made.asked) == 1
    assert (await made.call("delete_orders_order_id", order_id="AB-1234")).error
    assert await made.call("getOrder", order_id="AB-1234", fields=["id"]) == first, "nothing was written"
    assert not (await made.call("delete_orders_order_id", order_id="AB-1234")).error
    after = await made.call("getOrder", order_id="AB-1234", fields=["id"])
    assert after.error
    assert after.content == '{"error":"no such order"}'
    assert await made.call("getOrder", order_id="AB-1234", fields=["id"]) == after, "with its error"


async def test_an_answer_outside_the_schema_is_repaired_once_and_then_no_result() -> None:
    wrong = {"ok": True, "result": {"id": "AB-1234", "status": "lost"}}
    made = Simulation(wrong, ORDER)
    assert not (await made.call("getOrder", order_id="AB-1234")).error
    assert "has to be one of" in made.asked[1].messages[-1].content
    with pytest.raises(AnswerInvalid):
        await Simulation(wrong, wrong).call("getOrder", order_id="AB-1234")


async def test_what_cannot_be_called_is_simulated_in_a_recorded_run_and_says_so() -> None:
    spec = ToolSpec(name="look", parameters={"type": "object", "properties": {}})
    box = Toolbox((spec,), ToolWay.RECORDED, model=SCRIPTED)
    result = await box.call(gateway_over(Scripted()), BRIEF, SAID, called("look"), step="generate/1")
    assert result.grade is Grade.SIMULATED


async def test_without_a_model_nothing_is_simulated() -> None:
    with pytest.raises(SettingsError, match="no model is there"):
        await Toolbox(SHOP).call(
            gateway_over(Scripted()), BRIEF, SAID, called("getOrder", order_id="AB-1234"), step="generate/1"
        )


async def test_a_dry_run_gives_what_fits() -> None:
    made = Simulation()
    for name, arguments in (("getOrder", {"order_id": "AB-1234"}), ("create_order", {"item": "bell"})):
        result = await made.call(name, **arguments)
        assert not result.error
        assert orjson.loads(result.content)["status"] in {"open", "sent", "cancelled"}


SCHEMAS = st.recursive(
    st.sampled_from(
        [
            {"type": "string"}, {"type": "integer", "minimum": 3, "maximum": 4}, {"type": "number"}, {"type": "boolean"},
            {"type": "null"}, {"type": ["null", "string"]}, {"enum": [1, "a"]}, {"type": "string", "format": "date"},
            {"type": "string", "minLength": 30}, {"type": "string", "pattern": "^[0-9]{7}$"}, {},
        ]
    ),
    lambda inner: st.one_of(
        inner.map(lambda one: {"type": "array", "items": one}),
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3).map(
            lambda parts: {"type": "object", "properties": parts, "required": sorted(parts)}
        ),
        inner.map(lambda one: {"anyOf": [one, {"type": "null"}]}),
    ),
    max_leaves=5,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(SCHEMAS, st.integers(0, 99))
async def test_a_dry_result_always_fits(returns: dict[str, Any], seed: int) -> None:
    spec = ToolSpec(name="a", parameters={"type": "object"}, returns=returns)
    told = orjson.loads(scripted_result(spec, seed))
    answer_shape(spec).model_validate(told)
