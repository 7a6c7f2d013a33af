"""The wire over a socket: what is sent, how a connection can fail, and the ladder of structured answers."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from agents.models.calls import Answer, Backend, Call, Model
from agents.models.endpoint import wire as wire_module
from agents.models.endpoint.failures import FailedRequest, Form
from agents.models.endpoint.ladder import RUNGS, Ladder
from agents.models.endpoint.wire import Wire
from agents.models.faults import Fault, FaultKind
from scenarios.messages import Message, Speech
from scenarios.schema.plans import Decoding
from scenarios.schema.styles import Style
from tests.endpoint import Asked, Endpoint, Reply, Reset, calling, completion
from tests.helpers import a_call, a_tool

KEY = "sk-very-secret-0123456789"
SCHEMA = {"type": "object", "properties": {"fine": {"type": "boolean"}}, "required": ["fine"]}
ORDER = ["json_schema", "tools", "json_object", "nothing"]


class Line:
    """A wire to one endpoint."""

    def __init__(self, url: str, key: str = KEY, timeout: float = 20.0) -> None:
        self.model = Model(backend=Backend.OPENAI, name="fake", style=Style.CHAT, base_url=url, timeout=timeout)
        self.wire = Wire(url, key)

    async def ask(self, text: str = "Say something.", **changes: Any) -> Answer:
        """Send one request."""
        return await self.wire.send(a_call(text, **{"model": self.model, **changes}))

    async def fault(self, text: str = "Say something.", **changes: Any) -> Fault:
        """Send one request that fails."""
        with pytest.raises(Fault) as caught:
            await self.ask(text, **changes)
        return caught.value

    async def structured(self, text: str = "Is it?", **changes: Any) -> Answer | Fault:
        """Ask for JSON, down the ladder to an answer or to another fault than FORM."""
        while True:
            try:
                return await self.ask(text, **{"answer_schema": SCHEMA, **changes})
            except Fault as fault:
                if fault.kind is not FaultKind.FORM:
                    return fault


@pytest.fixture
async def line(serve: Callable[..., Endpoint]) -> AsyncIterator[Callable[..., Line]]:
    """Opens wires to endpoints that behave as told; they close with the test."""
    opened: list[Line] = []

    def open_(behaviour: Any = None, **options: Any) -> Line:
        url = behaviour if isinstance(behaviour, str) else serve(*([behaviour] if behaviour else [])).url
        opened.append(Line(url, **options))
        return opened[-1]

    yield open_
    for each in opened:
        await each.wire.close()


# -- what is sent -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["fake", "o3-mini"])
async def test_a_body_is_the_one_that_langchain_builds(
    model: str, serve: Callable[..., Endpoint], line: Callable[..., Line]
) -> None:
    endpoint = serve(lambda asked: Reply(body=completion(asked, "Well.")))
    opened = line(endpoint.url)
    asked = {"id": "abcdefghi", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}}
    messages = (
        Message(role=Speech.SYSTEM, content="Be brief."),
        Message(role=Speech.USER, content="Look.", name="customer"),
        Message(role=Speech.ASSISTANT, content="", tool_calls=(asked,)),
        Message(role=Speech.TOOL, content="A door.", tool_call_id="abcdefghi"),
        Message(role=Speech.ASSISTANT, content="A door."),
    )
    decoding = Decoding(temperature=0.25, max_tokens=17, stop=("\n",), top_p=0.5)
    call = a_call(
        model=opened.model.model_copy(update={"name": model}),
        messages=messages,
        decoding=decoding,
        tools=(a_tool("look"),),
        seed=7,
    )
    await opened.wire.send(call)
    theirs = ChatOpenAI(model=model, base_url=endpoint.url, api_key=SecretStr("none"))._get_request_payload(
        [message.sent() for message in messages],
        stop=["\n"], max_tokens=17, temperature=0.25, top_p=0.5, seed=7, tools=[a_tool("look")],
    )  # fmt: skip
    del theirs["stream"]
    assert endpoint.asked[0].body == {**theirs, "max_tokens": 17}
    assert (endpoint.asked[0].body["messages"][0]["role"] == "developer") is (model == "o3-mini")


async def test_the_request_is_what_the_call_says(serve: Callable[..., Endpoint], line: Callable[..., Line]) -> None:
    endpoint = serve()
    decoding = Decoding(temperature=0.25, max_tokens=17, stop=("\n",), top_p=0.5)
    await line(endpoint.url, key=f"{KEY}\n").ask("Hello.", decoding=decoding, seed=2**62 + 5)
    body, headers = endpoint.asked[0].body, endpoint.asked[0].headers
    assert (body["temperature"], body["max_tokens"], body["stop"], body["top_p"]) == (0.25, 17, ["\n"], 0.5)
    assert body["model"] == "fake"
    assert body["messages"] == [{"role": "user", "content": "Hello."}]
    assert body["seed"] == 5
    assert not body.get("stream")
    assert headers["Authorization"] == f"Bearer {KEY}", "without the newline of the file that it was read from"


@pytest.mark.parametrize("kind", ["text/html", "text/event-stream", "application/octet-stream", "nonsense"])
async def test_the_content_type_does_not_matter(line: Callable[..., Line], kind: str) -> None:
    opened = line(lambda asked: Reply(body=completion(asked, "Well."), headers={"Content-Type": kind}))
    assert (await opened.ask()).text == "Well."


# -- tools ------------------------------------------------------------------------------------------------------

TOOLS = (a_tool("look"), a_tool("lend"))


def function(name: str, arguments: str, id_: str) -> dict[str, Any]:
    """A tool call in a message."""
    return {"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}


async def test_tools_are_sent_as_they_are_and_no_form_of_json_is_asked_for(
    serve: Callable[..., Endpoint], line: Callable[..., Line]
) -> None:
    endpoint = serve(calling(lambda _: [("look", {"id": "B-1"}), ("fly", "{broken")]))
    found = await line(endpoint.url).ask(tools=TOOLS)
    assert [(each.name, each.arguments) for each in found.tool_calls] == [("look", '{"id":"B-1"}'), ("fly", "{broken")]
    body = endpoint.asked[0].body
    assert body["tools"] == list(TOOLS)
    assert not body.keys() & {"response_format", "tool_choice"}
    assert endpoint.asked[0].tools == ["look", "lend"]


async def test_a_conversation_with_tools_is_sent_word_for_word(
    serve: Callable[..., Endpoint], line: Callable[..., Line]
) -> None:
    """LangChain would write the arguments anew. Who spoke stays here."""
    endpoint = serve()
    odd = '{ "id":"\\u00e9",  "n": 1.0 }'
    messages = (
        Message(role=Speech.USER, content="Look.", name="guest"),
        Message(
            role=Speech.ASSISTANT, content="", tool_calls=(function("look", odd, "id1"), function("lend", "{}", "id2"))
        ),
        Message(role=Speech.TOOL, content='{"title": "Moby"}', tool_call_id="id1"),
        Message(role=Speech.TOOL, content="", tool_call_id="id2"),
        Message(role=Speech.ASSISTANT, content="One more.", tool_calls=(function("look", "{}", "id3"),)),
        Message(role=Speech.TOOL, content="none", name="look", tool_call_id="id3"),
    )
    await line(endpoint.url).ask(messages=messages, tools=TOOLS)
    assert endpoint.asked[0].body["messages"] == [
        {"role": "user", "content": "Look."},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [function("look", odd, "id1"), function("lend", "{}", "id2")],
        },
        {"role": "tool", "content": '{"title": "Moby"}', "tool_call_id": "id1"},
        {"role": "tool", "content": "", "tool_call_id": "id2"},
        {"role": "assistant", "content": "One more.", "tool_calls": [function("look", "{}", "id3")]},
        {"role": "tool", "content": "none", "tool_call_id": "id3"},
    ]


@pytest.mark.parametrize("arguments", ["", '{"id": ', "[1]", "the book"])
async def test_arguments_that_servers_would_refuse_to_read_again_are_sent_inside_an_object(
    serve: Callable[..., Endpoint], line: Callable[..., Line], arguments: str
) -> None:
    endpoint = serve()
    said = Message(role=Speech.ASSISTANT, content="", tool_calls=(function("look", arguments, "id1"),))
    await line(endpoint.url).ask(
        messages=(said, Message(role=Speech.TOOL, content="?", tool_call_id="id1")), tools=TOOLS
    )
    sent = endpoint.asked[0].body["messages"][0]["tool_calls"][0]["function"]["arguments"]
    assert orjson.loads(sent) == {"not_json": arguments}


async def test_a_transcript_has_no_place_for_tools(serve: Callable[..., Endpoint], line: Callable[..., Line]) -> None:
    endpoint = serve()
    opened = line(endpoint.url)
    await opened.ask(tools=TOOLS, model=opened.model.model_copy(update={"style": Style.TRANSCRIPT}))
    assert "tools" not in endpoint.asked[0].body


async def test_an_endpoint_without_tools_is_a_fault_of_its_own(line: Callable[..., Line]) -> None:
    opened = line(lambda _: Reply(400, {"error": {"message": "fake does not support tools"}}))
    assert (await opened.fault(tools=TOOLS)).kind is FaultKind.TOOLS
    assert (await opened.fault()).kind is FaultKind.DECLINED


# -- how a connection fails -------------------------------------------------------------------------------------


def raises(error: Exception) -> Callable[[Asked], Any]:
    """A behaviour that raises."""

    def behave(_: Asked) -> Any:
        raise error

    return behave


async def test_a_reset_and_a_cut_body_are_faults_of_the_connection(line: Callable[..., Line]) -> None:
    assert (await line(raises(Reset())).fault()).kind is FaultKind.CONNECTION
    for status in (200, 500):
        opened = line(lambda asked, status=status: Reply(status, completion(asked, "Well."), cut=40))
        assert (await opened.fault()).kind is FaultKind.CONNECTION


async def test_words_that_are_no_http_are_a_fault_of_the_connection(line: Callable[..., Line]) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-nothing for you\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert (await line(f"http://127.0.0.1:{port}/v1").fault()).kind is FaultKind.CONNECTION


async def test_who_is_not_there_is_away(line: Callable[..., Line], monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await line("http://127.0.0.1:9/v1").fault()).kind is FaultKind.AWAY

    def nowhere(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    assert (await line("http://models.invalid/v1").fault()).kind is FaultKind.AWAY


async def test_who_does_not_take_a_connection_is_away(
    line: Callable[..., Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host behind a wall drops packets; nothing comes back, not even a refusal."""
    loop = asyncio.get_running_loop()

    async def never(*_: Any, **__: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(loop, "sock_connect", never)
    monkeypatch.setattr(loop, "create_connection", never)
    assert (await line("http://127.0.0.1:9/v1", timeout=0.1).fault()).kind is FaultKind.AWAY


@pytest.mark.parametrize("address", ["ftp://127.0.0.1/v1", "http://", "http://u:p@127.0.0.1:9/v1", "127.0.0.1"])
async def test_what_is_no_address_is_the_users_mistake(line: Callable[..., Line], address: str) -> None:
    assert (await line(address).fault()).kind is FaultKind.MODEL


async def test_the_key_is_not_sent_elsewhere(serve: Callable[..., Endpoint], line: Callable[..., Line]) -> None:
    elsewhere = serve()
    opened = line(lambda _: Reply(307, b"", {"Location": f"{elsewhere.url}/chat/completions"}))
    fault = await opened.fault()
    assert fault.kind is FaultKind.MODEL
    assert elsewhere.url in str(fault)
    assert elsewhere.asked == []


async def test_a_reply_without_end_is_garbage(line: Callable[..., Line], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire_module, "_MAX_REPLY", 10_000)
    for status in (200, 400):
        fault = await line(lambda _, status=status: Reply(status, b" " * 10_001)).fault()
        assert fault.kind is FaultKind.GARBAGE
        assert "more than 10000 bytes" in str(fault)


async def test_what_the_endpoint_asks_to_wait_comes_with_the_fault(line: Callable[..., Line]) -> None:
    fault = await line(lambda _: Reply(429, b"{}", {"retry-after-ms": "40"})).fault()
    assert (fault.kind, fault.retry_after) == (FaultKind.THROTTLED, 0.04)


async def test_a_refusal_comes_with_what_it_cost(line: Callable[..., Line]) -> None:
    def refuse(asked: Asked) -> Reply:
        body = completion(asked, "I")
        body["choices"][0]["finish_reason"] = "content_filter"
        return Reply(body=body)

    fault = await line(refuse).fault()
    assert fault.kind is FaultKind.DECLINED
    assert fault.usage.completion_tokens == 1


async def test_the_key_is_in_no_error_and_no_answer(line: Callable[..., Line]) -> None:
    assert KEY not in str(await line(f"http://127.0.0.1:9/{KEY}/v1").fault())
    assert KEY not in str(await line(f"ftp://{KEY}/v1").fault())
    assert KEY not in str(await line(lambda _: Reply(400, {"error": {"message": KEY}})).fault())
    assert (await line(lambda asked: f"You said {asked.headers['Authorization']}").ask()).text == "You said Bearer ***"


# -- the ladder -------------------------------------------------------------------------------------------------


def rung(asked: Asked) -> str:
    """How a request asks for JSON."""
    if asked.body.get("tools"):
        return "tools"
    return str(asked.body.get("response_format", {}).get("type", "nothing"))


def knows(*known: str, **refusing: Any) -> Callable[[Asked], Reply]:
    """An endpoint that refuses all other ways to ask for JSON; `refusing` replaces how."""
    told = {"status": 400, "body": {"error": {"message": "this response_format is unavailable"}}, **refusing}

    def behave(asked: Asked) -> Reply:
        if rung(asked) not in known:
            return Reply(**told)
        body = completion(asked, '{"fine": true}')
        if rung(asked) == "tools":
            call = {"id": "1", "type": "function", "function": {"name": "answer", "arguments": '{"fine": true}'}}
            body["choices"][0]["message"] = {"role": "assistant", "content": None, "tool_calls": [call]}
        return Reply(body=body)

    return behave


VAGUE = {"error": {"message": "Bad Request"}}
OTHER = {"error": {"message": "too many tokens", "code": "context_length_exceeded"}}


@pytest.mark.parametrize("known", ORDER)
async def test_a_rung_that_the_endpoint_knows_is_found_and_kept(
    serve: Callable[..., Endpoint], line: Callable[..., Line], known: str
) -> None:
    endpoint = serve(knows(known))
    opened = line(endpoint.url)
    first = await opened.structured()
    assert isinstance(first, Answer)
    assert "true" in first.text
    assert [rung(asked) for asked in endpoint.asked] == ORDER[: ORDER.index(known) + 1]
    count = len(endpoint.asked)
    await opened.structured(seed=2)
    assert [rung(asked) for asked in endpoint.asked[count:]] == [known]


async def test_what_is_found_holds_for_one_model_and_one_schema(
    serve: Callable[..., Endpoint], line: Callable[..., Line]
) -> None:
    endpoint = serve(knows("tools"))
    opened = line(endpoint.url)
    await opened.structured()
    for changes in (
        {"answer_schema": {**SCHEMA, "title": "Another"}},
        {"model": opened.model.model_copy(update={"name": "other"})},
    ):
        count = len(endpoint.asked)
        await opened.structured(**changes)
        assert [rung(asked) for asked in endpoint.asked[count:]] == ["json_schema", "tools"]


async def test_a_prompt_that_is_too_long_teaches_nothing(
    serve: Callable[..., Endpoint], line: Callable[..., Line]
) -> None:
    behave = knows(*ORDER)
    endpoint = serve(lambda asked: Reply(400, OTHER) if "long" in asked.prompt else behave(asked))
    opened = line(endpoint.url)
    fault = await opened.structured("A long one?")
    assert isinstance(fault, Fault)
    assert fault.kind is FaultKind.DECLINED
    assert isinstance(await opened.structured(), Answer)
    assert [rung(asked) for asked in endpoint.asked] == ["json_schema", "json_schema"]


async def test_a_refusal_without_a_reason_goes_down_alone(
    serve: Callable[..., Endpoint], line: Callable[..., Line]
) -> None:
    behave = knows(*ORDER)

    def moody(asked: Asked) -> Reply:
        down = "odd" in asked.prompt and rung(asked) != "json_object"
        return Reply(400, VAGUE) if down or "never" in asked.prompt else behave(asked)

    endpoint = serve(moody)
    opened = line(endpoint.url)
    assert isinstance(await opened.structured("An odd one?"), Answer)
    fault = await opened.structured("One that is never answered?")
    assert isinstance(fault, Fault)
    assert fault.kind is FaultKind.DECLINED
    assert isinstance(await opened.structured(), Answer)
    assert [rung(asked) for asked in endpoint.asked] == [*ORDER[:3], *ORDER, "json_schema"]


async def test_a_named_refusal_teaches_nothing_where_no_lower_rung_answers(
    serve: Callable[..., Endpoint], line: Callable[..., Line]
) -> None:
    endpoint = serve(knows())
    opened = line(endpoint.url)
    assert isinstance(await opened.structured(), Fault)
    endpoint.behaviour = knows(*ORDER)
    await opened.structured(seed=2)
    assert rung(endpoint.asked[-1]) == "json_schema"


async def test_a_rung_that_has_answered_is_not_given_up(
    serve: Callable[..., Endpoint], line: Callable[..., Line]
) -> None:
    """A router may pass one request to a server that knows less than the others."""
    endpoint = serve(knows(*ORDER))
    opened = line(endpoint.url)
    await opened.structured()
    endpoint.behaviour = knows("tools")
    await opened.structured(seed=2)
    endpoint.behaviour = knows(*ORDER)
    await opened.structured(seed=3)
    assert [rung(asked) for asked in endpoint.asked] == ["json_schema", "json_schema", "tools", "json_schema"]


async def test_other_faults_on_the_way_down_do_not_lose_the_place(
    serve: Callable[..., Endpoint], line: Callable[..., Line]
) -> None:
    behave, busy = knows("json_object"), iter([False, True, False, True, False, False])
    endpoint = serve(lambda asked: Reply(429, b"") if next(busy) else behave(asked))
    opened = line(endpoint.url)
    kinds = []
    for _ in range(4):
        kinds.append((await opened.fault(answer_schema=SCHEMA)).kind.value)
    assert kinds == ["form", "throttled", "form", "throttled"]
    await opened.ask(answer_schema=SCHEMA)
    assert [rung(asked) for asked in endpoint.asked] == ["json_schema", "tools", "tools", "json_object", "json_object"]


async def test_calls_at_once_find_their_way_each_by_itself(
    serve: Callable[..., Endpoint], line: Callable[..., Line]
) -> None:
    endpoint = serve(knows("json_object", body={"detail": "unknown field response_format"}, status=422))
    opened = line(endpoint.url)
    answers = await asyncio.gather(*(opened.structured(seed=seed) for seed in range(12)))
    assert all(isinstance(found, Answer) for found in answers)
    assert opened.wire._ladder._falls == {}


async def test_a_router_that_knows_no_server_for_tools_does_not_end_the_run(line: Callable[..., Line]) -> None:
    told = {"error": {"message": "No endpoints found that support tool use.", "code": 404}}
    opened = line(knows("json_object", status=404, body=told))
    assert isinstance(await opened.structured(), Answer)
    assert (await opened.fault()).kind is FaultKind.MODEL, "said to a plain call it means the model"


async def test_a_plain_call_has_no_ladder(serve: Callable[..., Endpoint], line: Callable[..., Line]) -> None:
    endpoint = serve(lambda _: Reply(400, {"error": {"message": "tools are not supported"}}))
    fault = await line(endpoint.url).fault()
    assert (fault.kind, len(endpoint.asked)) == (FaultKind.DECLINED, 1)


def ends(ladder: Ladder, call: Call, unknown: set[int], vague: set[int], bad: bool) -> list[int]:
    """The rungs that a call is asked on, one request a step, at an endpoint that answers equal requests equally."""
    asked: list[int] = []
    while True:
        asked.append(rung := ladder.rung(call))
        if rung not in unknown | vague and not bad:
            ladder.answered(call, rung)
            return asked
        form = Form.NAMED if rung in unknown else Form.POSSIBLE if rung in vague else Form.OTHER
        if ladder.failed(call, rung, FailedRequest(FaultKind.DECLINED, "no", form=form)).kind is not FaultKind.FORM:
            return asked


RUNG_SETS = st.sets(st.integers(0, len(RUNGS) - 1))


@given(RUNG_SETS, st.lists(st.tuples(RUNG_SETS, st.booleans()), min_size=1, max_size=6), st.randoms())
def test_where_a_call_ends_on_the_ladder_does_not_depend_on_the_others(
    unknown: set[int], calls: list[tuple[set[int], bool]], rng: random.Random
) -> None:
    """Else the order in which calls are asked would bear on the dataset."""
    asking = [
        (a_call(seed=seed, answer_schema=SCHEMA, messages=(Message(role=Speech.USER, content="?"),)), vague, bad)
        for seed, (vague, bad) in enumerate(calls)
    ]
    alone = [ends(Ladder(), call, unknown, vague, bad)[-1] for call, vague, bad in asking]
    order = list(range(len(asking)))
    rng.shuffle(order)
    shared = Ladder()
    together = {place: ends(shared, asking[place][0], unknown, *asking[place][1:]) for place in order}
    assert [together[place][-1] for place in range(len(asking))] == alone
    assert all(len(asked) <= len(RUNGS) for asked in together.values())
    assert shared._falls == {}
