"""A request that is refused for its form is sent again without what was named, and that is remembered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field

from agents.judging.critic import critique_of
from agents.judging.judge import scores_of
from agents.models.calls import Answer, Backend, Model
from agents.models.endpoint.strict import strict_form
from agents.models.endpoint.wire import Wire
from agents.models.faults import Fault, FaultKind
from agents.models.structured import parse
from scenarios.messages import Message, Speech
from scenarios.schema.plans import Decoding
from scenarios.schema.styles import Style
from tests.endpoint import Asked, Endpoint, Reply, completion
from tests.helpers import a_call

DECODING = Decoding(temperature=0.7, top_p=0.9, max_tokens=50, stop=("\n\n",))
ALL = {"temperature", "top_p", "stop", "seed", "max_tokens", "max_completion_tokens"}


class Line:
    """A wire to one endpoint."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.wire = Wire(endpoint.url, "")
        self.model = Model(backend=Backend.OPENAI, name="fake", style=Style.CHAT, base_url=endpoint.url)

    async def ask(self, **changes: Any) -> Answer | Fault:
        """Ask until there is an answer, or another fault than of form."""
        for _ in range(30):
            try:
                return await self.wire.send(a_call(**{"model": self.model, "decoding": DECODING, **changes}))
            except Fault as fault:
                if fault.kind is not FaultKind.FORM:
                    return fault
        raise AssertionError("no end")

    def sent(self, number: int = -1) -> set[str]:
        """The parameters of a request."""
        return set(self.endpoint.asked[number].body) & ALL


@pytest.fixture
async def line(serve: Callable[..., Endpoint]) -> AsyncIterator[Callable[[Any], Line]]:
    """Opens wires to endpoints that behave as told."""
    opened: list[Line] = []

    def open_(behaviour: Any) -> Line:
        opened.append(Line(serve(behaviour)))
        return opened[-1]

    yield open_
    for each in opened:
        await each.wire.close()


def without(
    wanted: Callable[[dict[str, Any]], str | dict[str, Any] | None], status: int = 400
) -> Callable[[Asked], Reply]:
    """An endpoint that refuses a body for which `wanted` has words."""

    def behave(asked: Asked) -> Reply:
        told = wanted(asked.body)
        if told is None:
            return Reply(body=completion(asked, "Well."))
        return Reply(
            status, told if isinstance(told, dict) else {"error": {"message": told, "type": "invalid_request_error"}}
        )

    return behave


def names(name: str, words: Any) -> Callable[[dict[str, Any]], Any]:
    """Words for a body that has a parameter."""
    return lambda body: words if name in body else None


BOTH = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
REFUSED: dict[str, tuple[Callable[[dict[str, Any]], Any], int, set[str]]] = {
    "both limits": (lambda body: BOTH if {"max_tokens", "max_completion_tokens"} <= body.keys() else None, 400, {"max_tokens"}),
    "the older limit": (
        names("max_tokens", "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."),
        400, {"max_tokens"},
    ),
    "the newer limit": (names("max_completion_tokens", "Unrecognized request argument supplied: max_completion_tokens"), 400, {"max_completion_tokens"}),
    "the newer limit, by fastapi": (
        names("max_completion_tokens", {"detail": [{"type": "extra_forbidden", "loc": ["body", "max_completion_tokens"], "msg": "Extra inputs are not permitted"}]}),
        422, {"max_completion_tokens"},
    ),
    "both, for the older": (
        lambda body: "max_completion_tokens and max_tokens cannot both be set; use max_tokens" if {"max_tokens", "max_completion_tokens"} <= body.keys() else None,
        400, {"max_completion_tokens"},
    ),
    "seed": (names("seed", "seed is not supported"), 400, {"seed"}),
    "seed, by param": (names("seed", {"error": {"message": "Unsupported parameter", "param": "seed", "code": "unsupported_parameter"}}), 400, {"seed"}),
    "seed, of python": (names("seed", "generate() got an unexpected keyword argument 'seed'"), 500, {"seed"}),
    "temperature": (
        names("temperature", "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value is supported."),
        400, {"temperature"},
    ),
    "top_p": (names("top_p", "`temperature` and `top_p` cannot both be specified for this model."), 400, {"top_p", "temperature"}),
    "stop": (names("stop", "Unknown parameter: 'stop'"), 400, {"stop"}),
    "stop, by another name": (names("stop", "Extra parameters: stop_sequences not allowed"), 400, {"stop"}),
    "in a 200": (names("seed", "unknown field: seed"), 200, {"seed"}),
    "no reason": (lambda body: "Bad Request" if "seed" in body else None, 400, ALL - {"max_tokens"}),
    "neither limit": (lambda body: "unknown field max_tokens, max_completion_tokens" if body.keys() & {"max_tokens", "max_completion_tokens"} else None, 400, {"max_tokens", "max_completion_tokens"}),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
async def test_what_is_refused_is_left_out_and_stays_out(line: Callable[[Any], Line], case: str) -> None:
    told, status, out = REFUSED[case]
    opened = line(without(told, status))
    found = await opened.ask()
    assert isinstance(found, Answer), found
    assert opened.sent(0) == ALL
    assert opened.sent() == ALL - out
    count = len(opened.endpoint.asked)
    assert count <= 4
    assert isinstance(await opened.ask(seed=2), Answer)
    assert len(opened.endpoint.asked) == count + 1, "it is remembered"
    assert opened.sent() == ALL - out


async def test_one_after_the_other_all_that_is_refused_is_left_out(line: Callable[[Any], Line]) -> None:
    def strict(body: dict[str, Any]) -> str | None:
        wrong = sorted(body.keys() & (ALL - {"max_completion_tokens"}))
        return f"Unsupported parameter: '{wrong[0]}' is not supported with this model." if wrong else None

    opened = line(without(strict))
    assert isinstance(await opened.ask(), Answer)
    assert opened.sent() == {"max_completion_tokens"}
    assert len(opened.endpoint.asked) == 6


async def test_a_limit_comes_back_if_the_other_one_is_refused(line: Callable[[Any], Line]) -> None:
    def picky(body: dict[str, Any]) -> str | None:
        if {"max_tokens", "max_completion_tokens"} <= body.keys():
            return BOTH
        return "unknown field max_completion_tokens" if "max_completion_tokens" in body else None

    opened = line(without(picky))
    assert isinstance(await opened.ask(), Answer)
    assert opened.sent() == ALL - {"max_completion_tokens"}


async def test_a_value_that_is_refused_is_left_out_where_it_is_sent(line: Callable[[Any], Line]) -> None:
    opened = line(without(lambda body: "temperature must be at most 1" if body.get("temperature", 0) > 1 else None))
    hot = DECODING.model_copy(update={"temperature": 1.3})
    assert isinstance(await opened.ask(decoding=hot), Answer)
    assert "temperature" not in opened.sent()
    assert isinstance(await opened.ask(), Answer)
    assert opened.sent() == ALL, "another call's value is taken"
    assert isinstance(await opened.ask(decoding=hot, seed=2), Answer)
    assert len(opened.endpoint.asked) == 4


async def test_what_is_no_matter_of_form_is_asked_once(line: Callable[[Any], Line]) -> None:
    for words in (
        "This model's maximum context length is 4 tokens, max_tokens is too large",
        "The content of your message about temperature and seed was flagged",
        "I will not.",
        "Unsupported parameter: 'logit_bias'",
    ):
        opened = line(without(lambda body, words=words: words))
        found = await opened.ask()
        assert isinstance(found, Fault)
        assert found.kind is FaultKind.DECLINED
        assert len(opened.endpoint.asked) == 1, words


async def test_nothing_is_learnt_from_a_refusal_that_no_answer_follows(line: Callable[[Any], Line]) -> None:
    opened = line(without(lambda body: None))
    assert isinstance(await opened.ask(), Answer)
    opened.endpoint.behaviour = without(lambda body: "seed is not supported")
    assert isinstance(await opened.ask(seed=2), Fault)
    opened.endpoint.behaviour = without(lambda body: None)
    assert isinstance(await opened.ask(seed=3), Answer)
    assert opened.sent() == ALL


@pytest.mark.parametrize(
    "words", ["System role not supported", "Only user and assistant roles are supported!; invalid role 'system'",
              "Conversation roles must alternate user/assistant/user/assistant/...", "Developer instruction is not enabled for this model"]
)  # fmt: skip
async def test_a_model_without_a_system_role_hears_its_words_from_the_user(
    line: Callable[[Any], Line], words: str
) -> None:
    messages = (Message(role=Speech.SYSTEM, content="Be brief."), Message(role=Speech.USER, content="Look."))
    opened = line(without(lambda body: words if body["messages"][0]["role"] == "system" else None))
    assert isinstance(await opened.ask(messages=messages), Answer)
    assert opened.endpoint.asked[-1].body["messages"] == [{"role": "user", "content": "Be brief.\n\nLook."}]
    assert opened.sent() == ALL


# -- schemas ----------------------------------------------------------------------------------------------------


class Inner(BaseModel):
    """A part."""

    turn: int | None = None
    word: str = Field("", max_length=9)


class Outer(BaseModel):
    """A whole."""

    number: int = Field(ge=1, le=5)
    parts: list[Inner] = Field(default_factory=list, max_length=3)
    why: str = Field("", max_length=20)
    other: Inner | None = None


def objects(schema: Any) -> list[dict[str, Any]]:
    """Every schema of an object within a schema."""
    if isinstance(schema, list):
        return [found for each in schema for found in objects(each)]
    if not isinstance(schema, dict):
        return []
    inner = [found for each in schema.values() for found in objects(each)]
    return [schema, *inner] if schema.get("type") == "object" else inner


@pytest.mark.parametrize("shape", [Outer, critique_of(("text", "json")), critique_of(()), scores_of(("clear", "kind"))])
def test_strict_schemas_are_closed_and_require_everything(shape: type[BaseModel]) -> None:
    schema, strict = strict_form(shape.model_json_schema())
    assert strict
    assert objects(schema)
    for each in objects(schema):
        assert each["additionalProperties"] is False
        assert each["required"] == list(each["properties"])
    assert '"default"' not in str(schema)
    Draft202012Validator.check_schema(schema)


def test_what_a_strict_schema_makes_null_is_what_was_left_out() -> None:
    text = '{"number": 3, "parts": [{"turn": null, "word": null}], "why": null, "other": null}'
    schema, _ = strict_form(Outer.model_json_schema())
    Draft202012Validator(schema).validate(
        {"number": 3, "parts": [{"turn": None, "word": None}], "why": None, "other": None}
    )
    assert parse(text, Outer) == Outer(number=3, parts=[Inner()])


def test_an_object_of_any_properties_is_not_called_strict() -> None:
    class Free(BaseModel):
        scores: dict[str, int]

    assert strict_form(Free.model_json_schema()) == (Free.model_json_schema(), False)


def openai(asked: Asked) -> Reply:
    """Takes strict schemas alone, and no `maxLength` in them."""
    form = asked.body.get("response_format", {}).get("json_schema")
    if form is None:
        return Reply(400, {"error": {"message": "use response_format json_schema", "param": "response_format"}})
    for each in objects(form["schema"]):
        if each.get("additionalProperties") is not False or each["required"] != list(each["properties"]):
            words = "Invalid schema for response_format 'answer': 'additionalProperties' is required to be false"
            return Reply(400, {"error": {"message": words, "param": "response_format"}})
    if "maxLength" in str(form["schema"]):
        words = "Invalid schema for response_format 'answer': In context=('properties', 'why'), 'maxLength' is not permitted."
        return Reply(400, {"error": {"message": words, "param": "response_format"}})
    return Reply(body=completion(asked, '{"number": 3, "parts": [], "why": null, "other": null}'))


async def test_a_keyword_that_is_refused_is_left_out_of_schemas(line: Callable[[Any], Line]) -> None:
    opened = line(openai)
    for seed in (1, 2):
        found = await opened.ask(answer_schema=Outer.model_json_schema(), seed=seed)
        assert isinstance(found, Answer)
        assert parse(found.text, Outer).number == 3
    assert len(opened.endpoint.asked) == 3
    schema = opened.endpoint.asked[-1].body["response_format"]["json_schema"]["schema"]
    assert "maxLength" not in str(schema)
    assert schema["properties"]["number"]["minimum"] == 1


async def test_an_endpoint_that_answers_a_way_of_asking_with_nothing_is_asked_in_the_next(
    line: Callable[[Any], Line],
) -> None:
    def mute(asked: Asked) -> Reply:
        return Reply(
            body=completion(asked, "" if "response_format" in asked.body or "tools" in asked.body else '{"number": 1}')
        )

    opened = line(mute)
    found = await opened.ask(answer_schema=Outer.model_json_schema())
    assert isinstance(found, Answer)
    assert found.text == '{"number": 1}'


@pytest.mark.parametrize(
    "words",
    ["logprobs are not supported with this model", "Unsupported parameter: 'top_logprobs'", "Unknown field: logprobs"],
)
async def test_probabilities_that_are_refused_are_left_out(line: Callable[[Any], Line], words: str) -> None:
    opened = line(without(lambda body: words if body.keys() & {"logprobs", "top_logprobs"} else None))
    found = await opened.ask(top_logprobs=5)
    assert isinstance(found, Answer), found
    assert found.odds == ()
    assert {"logprobs", "top_logprobs"} <= opened.endpoint.asked[0].body.keys()
    assert not {"logprobs", "top_logprobs"} & opened.endpoint.asked[-1].body.keys()


async def test_probabilities_come_with_the_answer(line: Callable[[Any], Line]) -> None:
    def behave(asked: Asked) -> Reply:
        body = completion(asked, "4")
        top = [{"token": "4", "logprob": -0.2}, {"token": "5", "logprob": -2.0}]
        body["choices"][0]["logprobs"] = {"content": [{"token": "4", "logprob": -0.2, "top_logprobs": top}]}
        return Reply(body=body)

    opened = line(behave)
    found = await opened.ask(top_logprobs=5)
    assert isinstance(found, Answer), found
    (token,) = found.odds
    assert (token.start, token.text, [*token.odds]) == (0, "4", ["4", "5"])
    assert opened.endpoint.asked[0].body["top_logprobs"] == 5
    plain = await opened.ask(seed=3)
    assert isinstance(plain, Answer)
    assert plain.odds == ()
    assert "logprobs" not in opened.endpoint.asked[-1].body
