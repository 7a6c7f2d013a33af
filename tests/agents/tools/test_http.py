"""Calls of OpenAPI operations over HTTP: what is sent, what becomes of each answer, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import orjson
import pytest
from aiohttp import web

from agents.models.calls import Asker, ToolCall
from agents.models.faults import Fault, FaultKind
from agents.tools.http import HttpTools, UnfitArgument, request_of
from agents.tools.requests import ToolServers, real_call
from agents.tools.results import Kept, kept_in
from scenarios.material.tools.spec import HttpReach
from tests.agents.tools.servers import SHOP, Shop, called, shop_server, tool

KEY = "very-secret-key-0123456789"


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """The shop's server."""
    async with shop_server() as running:
        yield running


async def sent(
    shop: Shop, name: str, /, timeout: float = 10.0, header: str = "Authorization", **arguments: Any
) -> Kept:
    """What a call gave."""
    transport = HttpTools(shop.url, SHOP, KEY, header, timeout)
    spec = tool(name)
    try:
        call = real_call(
            ToolServers(http=shop.url).model(spec), spec, called(name, **arguments), Asker(sample="s", step="x")
        )
        return kept_in(await transport.send(call))
    finally:
        await transport.close()


def says(status: int, body: Any = None, **headers: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A server that always says the same."""

    async def answer(_: web.Request) -> web.StreamResponse:
        text = body if isinstance(body, str) else "" if body is None else orjson.dumps(body).decode()
        return web.Response(status=status, text=text, headers=headers)

    return answer


async def test_every_argument_goes_to_its_place(shop: Shop) -> None:
    trace = {"X-Trace": "t 1"}
    found = await sent(shop, "getOrder", order_id="AB-1234", fields=["a b", "c&d"], **trace)
    method, path, headers, body = shop.asked[0]
    assert (method, path, body) == ("GET", "/v1/orders/AB-1234?fields=a%20b&fields=c%26d", None)
    assert headers["x-trace"] == "t 1"
    assert headers["authorization"] == f"Bearer {KEY}"
    assert "idempotency-key" not in headers
    assert orjson.loads(found.content)["status"] == "open"
    assert not found.error


async def test_a_long_number_reaches_the_server_as_it_is(shop: Shop) -> None:
    raw = '{"item":"bell","count":2,"note":123456789012345678901234567890}'
    spec = tool("create_order")
    transport = HttpTools(shop.url, SHOP)
    given = ToolCall(id="c", name="create_order", arguments=raw)
    assert real_call(ToolServers(http=shop.url).model(spec), spec, given, Asker(sample="s", step="x")).key()
    long = {"item": 123456789012345678901234567890}
    assert spec.http is not None
    assert request_of(spec.http, shop.url, long)[2] == b'{"item":123456789012345678901234567890}'
    await transport.close()


async def test_a_body_and_a_joined_list(shop: Shop) -> None:
    await sent(shop, "create_order", header="X-Api-Key", item="bell", count=2)
    await sent(shop, "find_orders", status=["open", "sent"])
    (method, path, headers, body), (_, query, _, _) = shop.asked
    assert (method, path, body) == ("POST", "/v1/orders", {"item": "bell", "count": 2})
    assert headers["x-api-key"] == KEY
    assert "authorization" not in headers
    assert len(headers["idempotency-key"]) == 32, "a server that knows it does an order once, also after a kill"
    assert query == "/v1/orders?status=open%2Csent"


def test_a_form_is_sent_as_one() -> None:
    reach = tool("add_contact").http
    assert isinstance(reach, HttpReach)
    given = {"email": "a+b@example.org", "tags": ["x", "y"], "address": {"city": "Oslo & Bergen"}}
    _, headers, body = request_of(reach, "http://x", given)
    assert headers == {"Content-Type": "application/x-www-form-urlencoded"}
    assert body == b"email=a%2Bb%40example.org&tags=x&tags=y&address%5Bcity%5D=Oslo+%26+Bergen"


@pytest.mark.parametrize("value", ["..", ".", ""])
async def test_a_value_of_a_path_leads_nowhere_else(shop: Shop, value: str) -> None:
    found = await sent(shop, "getOrder", order_id=value)
    assert found.error
    assert "'order_id' may not be" in found.content
    assert not shop.asked


async def test_slashes_and_marks_in_a_path_are_data(shop: Shop) -> None:
    await sent(shop, "getOrder", order_id="../x?y#z%2e{order_id}")
    assert shop.asked[0][1] == "/v1/orders/..%2Fx%3Fy%23z%252e%7Border_id%7D"


def test_a_header_holds_no_line_break() -> None:
    reach = tool("getOrder").http
    assert isinstance(reach, HttpReach)
    with pytest.raises(UnfitArgument, match="X-Trace"):
        request_of(reach, "http://x", {"order_id": "a", "X-Trace": "a\r\nHost: b"})


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 500])
async def test_an_error_of_the_tool_is_a_result(shop: Shop, status: int) -> None:
    shop.answer = says(status, {"detail": "no such order"})
    found = await sent(shop, "getOrder", order_id="AB-1234")
    assert found.error
    assert orjson.loads(found.content) == {"error": {"status": status, "body": {"detail": "no such order"}}}


@pytest.mark.parametrize(
    ("name", "status", "kind"),
    [
        ("getOrder", 401, FaultKind.KEY),
        ("getOrder", 429, FaultKind.THROTTLED),
        ("getOrder", 503, FaultKind.UNREADY),
        ("getOrder", 502, FaultKind.UNREADY),
        ("delete_orders_order_id", 503, FaultKind.UNREADY),
        ("delete_orders_order_id", 502, None),
    ],
)
async def test_what_says_nothing_of_the_call_is_the_machinerys(
    shop: Shop, name: str, status: int, kind: FaultKind | None
) -> None:
    shop.answer = says(status, "down")
    if kind is None:
        assert (await sent(shop, name, order_id="AB-1234")).error
        return
    with pytest.raises(Fault) as caught:
        await sent(shop, name, order_id="AB-1234")
    assert caught.value.kind is kind


async def test_no_answer_in_time_is_a_result(shop: Shop) -> None:
    never = asyncio.Event()

    async def hang(_: web.Request) -> web.StreamResponse:
        await never.wait()
        return web.Response()

    shop.answer = hang
    found = await sent(shop, "delete_orders_order_id", timeout=0.05, order_id="AB-1234")
    never.set()
    assert found.error
    assert "no answer within 0.05 seconds; it may have been carried out all the same" in found.content


@pytest.mark.parametrize(
    ("name", "kind"), [("getOrder", FaultKind.CONNECTION), ("delete_orders_order_id", FaultKind.LOST)]
)
async def test_a_connection_that_breaks_off_is_tried_again_only_if_nothing_was_written(
    shop: Shop, name: str, kind: FaultKind
) -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    shop.answer = cut
    with pytest.raises(Fault) as caught:
        await sent(shop, name, order_id="AB-1234")
    assert caught.value.kind is kind


async def test_nobody_there_is_no_result() -> None:
    async with shop_server() as shop:
        gone = Shop(url=shop.url)
    with pytest.raises(Fault) as caught:
        await sent(gone, "getOrder", order_id="AB-1234")
    assert caught.value.kind is FaultKind.AWAY


async def test_a_redirect_stays_at_its_host(shop: Shop) -> None:
    async with shop_server() as other:
        shop.answer = says(302, None, Location=f"{other.url}/steal")
        found = await sent(shop, "getOrder", order_id="AB-1234")
        assert found.error
        assert "a redirect that is not followed" in found.content
        assert not other.asked


async def test_a_redirect_at_the_same_host_is_followed(shop: Shop) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("AB-1234"):
            return web.Response(status=307, headers={"Location": "/v1/moved"})
        return web.json_response({"here": True})

    shop.answer = answer
    assert orjson.loads((await sent(shop, "getOrder", order_id="AB-1234")).content) == {"here": True}


@pytest.mark.parametrize(
    ("body", "content"),
    [
        ("", '{"status":200}'),
        ("plain words", '"plain words"'),
        ("[1, 2]", "[1,2]"),
        ("null", "null"),
        ('"\\u0000"', '"\\"\\\\u0000\\""'),
        ('{"id":98172635440918273645,"n":1.0}', '{"id":98172635440918273645,"n":1.0}'),
        ("NaN", '"NaN"'),
        ("1e999", '"1e999"'),
        ('{"a":1,"a":2}', '"{\\"a\\":1,\\"a\\":2}"'),
    ],
)
async def test_any_body_becomes_json(shop: Shop, body: str, content: str) -> None:
    shop.answer = says(200, body)
    assert (await sent(shop, "getOrder", order_id="AB-1234")).content == content


@pytest.mark.parametrize(("size", "said"), [(50_000, "characters, more than the"), (3_000_000, "is larger than")])
async def test_a_result_has_a_size(shop: Shop, size: int, said: str) -> None:
    shop.answer = says(200, "x" * size)
    found = await sent(shop, "getOrder", order_id="AB-1234")
    assert found.error
    assert said in found.content


@pytest.mark.parametrize("told", [KEY, KEY[::-1], KEY.encode().hex()])
async def test_a_key_that_comes_back_is_not_kept(shop: Shop, told: str) -> None:
    shop.answer = says(200, {"you sent": told})
    assert told not in (await sent(shop, "getOrder", order_id="AB-1234")).content
