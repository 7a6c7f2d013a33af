"""What the wire reads in a reply: an answer, or a refusal of one kind, and nothing else, whatever the bytes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.models.calls import Answer, Call
from agents.models.endpoint.failures import FailedRequest, Form
from agents.models.endpoint.replies import Reply, read
from agents.models.endpoint.secret import Secret
from agents.models.endpoint.speech.called import calls_in
from agents.models.endpoint.speech.reasoning import unreasoned
from agents.models.endpoint.waits import retry_after, until_reset
from agents.models.endpoint.wire import Wire
from agents.models.faults import FaultKind
from agents.models.limits.ledger import prompt_tokens_at_most, tokens_at_most
from scenarios.records import Usage
from scenarios.schema.styles import Style
from tests.helpers import a_call, a_tool

KEY = "sk-very-secret-0123456789"
SCHEMA = {"type": "object", "properties": {"fine": {"type": "boolean"}}, "required": ["fine"]}
TOOLS = (a_tool("look"), a_tool("lend"))
MODEL = a_call().model
CHAT = Wire("http://127.0.0.1:9/v1", KEY)._chat(MODEL)
COUNTED = {"prompt_tokens": 30, "completion_tokens": 4, "total_tokens": 34}


def body_of(message: Any, finish: Any = "stop", **more: Any) -> dict[str, Any]:
    """A chat completion's body around a message, or a text for one."""
    message = {"role": "assistant", "content": message} if isinstance(message, str | None) else message
    return {"choices": [{"index": 0, "message": message, "finish_reason": finish}], "usage": COUNTED, **more}


def reading(
    body: Any, status: int = 200, headers: dict[str, str] | None = None, **changes: Any
) -> Answer | FailedRequest:
    """Read a reply; `body` is its bytes or its JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read(Reply(status, raw, headers or {}), a_call(**changes), Secret(KEY), CHAT.text_of)


def answer(body: Any, **changes: Any) -> Answer:
    """Read a reply that is an answer."""
    found = reading(body, **changes)
    assert isinstance(found, Answer), found
    return found


def refusal(body: Any, status: int = 200, headers: dict[str, str] | None = None, **changes: Any) -> FailedRequest:
    """Read a reply that is none."""
    found = reading(body, status, headers, **changes)
    assert isinstance(found, FailedRequest), found
    return found


# -- by status -------------------------------------------------------------------------------------------------

STATUSES = {
    FaultKind.DECLINED: (400, 409, 413, 415, 422, 451),
    FaultKind.KEY: (401, 402, 403),
    FaultKind.MODEL: (301, 307, 308, 404, 405, 410),
    FaultKind.TIMEOUT: (408,),
    FaultKind.THROTTLED: (429, 529),
    FaultKind.SERVER: (500, 501, 505, 520, 599),
    FaultKind.UNREADY: (502, 503, 504, 521, 522, 523, 530),
}
PAIRS = [(status, kind) for kind, statuses in STATUSES.items() for status in statuses]


@pytest.mark.parametrize("body", [b"", b"<html>\nno\n</html>", b"{}", b"[]", b"null", {"error": {"message": "no"}}])
@pytest.mark.parametrize(("status", "kind"), PAIRS)
def test_a_status_has_a_kind_whatever_the_body(status: int, kind: FaultKind, body: Any) -> None:
    found = refusal(body, status)
    assert found.kind is kind
    assert found.text.startswith(f"HTTP {status}: ")
    assert "\n" not in found.text


@pytest.mark.parametrize("form", ["code", "code as text", "status", "status_code", "beside", "in the choice"])
@pytest.mark.parametrize(("status", "kind"), [pair for pair in PAIRS if pair[0] >= 400])
def test_a_200_with_an_error_is_what_its_status_would_be(status: int, kind: FaultKind, form: str) -> None:
    error: dict[str, Any] = {"message": "no"}
    bodies: dict[str, Any] = {
        "code": {"error": {**error, "code": status}},
        "code as text": {"error": {**error, "code": str(status)}},
        "status": {"error": {**error, "status": status}},
        "status_code": {"error": "no", "status_code": status},
        "beside": {"object": "error", **error, "code": status},
        "in the choice": body_of("", "error") | {"choices": [{"error": {**error, "code": status}}]},
    }
    found = refusal(bodies[form])
    assert (found.kind, found.text) == (kind, "200 with an error: no")


NAMES = {
    "rate_limit_exceeded": FaultKind.THROTTLED,
    "RateLimitError": FaultKind.THROTTLED,
    "too_many_requests": FaultKind.THROTTLED,
    "overloaded_error": FaultKind.THROTTLED,
    "RESOURCE_EXHAUSTED": FaultKind.THROTTLED,
    "ThrottlingException": FaultKind.THROTTLED,
    "insufficient_quota": FaultKind.KEY,
    "billing_not_active": FaultKind.KEY,
    "invalid_api_key": FaultKind.KEY,
    "authentication_error": FaultKind.KEY,
    "UNAUTHENTICATED": FaultKind.KEY,
    "PERMISSION_DENIED": FaultKind.KEY,
    "model_not_found": FaultKind.MODEL,
    "NotFoundError": FaultKind.MODEL,
    "context_length_exceeded": FaultKind.DECLINED,
    "exceed_context_size_error": FaultKind.DECLINED,
    "content_filter": FaultKind.DECLINED,
    "content_policy_violation": FaultKind.DECLINED,
    "invalid_request_error": FaultKind.DECLINED,
    "BadRequestError": FaultKind.DECLINED,
    "timeout": FaultKind.TIMEOUT,
    "DEADLINE_EXCEEDED": FaultKind.TIMEOUT,
    "unavailable_error": FaultKind.UNREADY,
    "server_error": FaultKind.SERVER,
    "anything": FaultKind.SERVER,
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", ["code", "type", "status"])
def test_a_200_whose_error_has_no_status_is_what_its_names_say(name: str, place: str) -> None:
    assert refusal({"error": {"message": "oh", place: name}}).kind is NAMES[name]


OVERRULED: dict[str, tuple[int, Any, FaultKind]] = {
    "an empty account is no matter of waiting": (429, {"error": {"code": "insufficient_quota"}}, FaultKind.KEY),
    "a bad key told with 400, by name": (
        400,
        {"error": {"code": 400, "message": "API key not valid.", "details": [{"reason": "API_KEY_INVALID"}]}},
        FaultKind.KEY,
    ),
    "a bad key told with 400, in a list": (400, [{"error": {"message": "API key not valid."}}], FaultKind.KEY),
    "a bad key told with 400, in words": (400, {"error": "Incorrect API key provided: sk-1***2"}, FaultKind.KEY),
    "a prompt about keys": (
        400,
        {"error": {"message": "too long: " + "x" * 99 + "invalid API key"}},
        FaultKind.DECLINED,
    ),
    "a flagged prompt": (403, {"error": {"code": 403, "message": "Your input was flagged"}}, FaultKind.DECLINED),
    "a long prompt told with 500": (500, {"error": {"type": "exceed_context_size_error"}}, FaultKind.DECLINED),
    "a model that is loading": (503, {"error": {"message": "Loading model", "code": 503}}, FaultKind.UNREADY),
}


@pytest.mark.parametrize("case", OVERRULED)
def test_what_an_error_names_can_say_more_than_its_status(case: str) -> None:
    status, body, kind = OVERRULED[case]
    assert refusal(body, status).kind is kind


def test_an_error_shows_what_the_provider_behind_a_router_said() -> None:
    error = {"message": "Provider returned error", "code": 429, "metadata": {"raw": "too hot\x1b[31m\n today"}}
    assert refusal({"error": error}).text == "200 with an error: Provider returned error too hot [31m today"


# -- the form of the request ------------------------------------------------------------------------------------

FORMS: dict[str, tuple[int, Any, Form]] = {
    "type unavailable": (400, {"error": {"message": "This response_format type is unavailable now"}}, Form.NAMED),
    "by param": (400, {"error": {"message": "Invalid input", "param": "response_format"}}, Form.NAMED),
    "fastapi": (422, {"detail": [{"loc": ["body", "response_format"], "msg": "extra", "type": "x"}]}, Form.NAMED),
    "text": (400, b"json_schema is not supported", Form.NAMED),
    "tools": (404, {"error": {"message": "No endpoints found that support tool use.", "code": 404}}, Form.NAMED),
    "schema": (400, {"error": {"message": "Invalid schema for 'answer'"}}, Form.NAMED),
    "no reason": (400, {"error": {"message": "Bad Request"}}, Form.POSSIBLE),
    "nothing": (422, b"", Form.POSSIBLE),
    "in a 200": (200, {"error": {"message": "no", "type": "invalid_request_error"}}, Form.POSSIBLE),
    "too long": (400, {"error": {"message": "This model's maximum context length is 4 tokens"}}, Form.OTHER),
    "too long, by name": (
        400, {"error": {"message": "see response_format", "code": "context_length_exceeded"}}, Form.OTHER
    ),
    "filtered": (400, {"error": {"message": "The response was filtered", "code": "content_filter"}}, Form.OTHER),
    "policy": (400, {"error": {"message": "… triggering Azure OpenAI's content management policy"}}, Form.OTHER),
    "flagged": (403, {"error": {"message": "your input was flagged"}}, Form.OTHER),
    "no such model": (404, {"error": {"message": "no such model"}}, Form.OTHER),
    "broken": (500, {"error": {"message": "json_schema is broken"}}, Form.OTHER),
    "too large": (413, b"", Form.OTHER),
}  # fmt: skip


@pytest.mark.parametrize("case", FORMS)
def test_whether_another_way_of_asking_may_help(case: str) -> None:
    status, body, form = FORMS[case]
    assert refusal(body, status).form is form


# -- what is no answer ------------------------------------------------------------------------------------------

GARBAGE: dict[str, Any] = {
    "no bytes": b"",
    "no JSON": b"<html>busy</html>",
    "a stream": b'data: {"choices": []}\n\ndata: [DONE]\n',
    "no UTF-8": b'{"choices": [{"message": {"content": "\xff\xfe"}}]}',
    "NaN": b'{"choices": [{"message": {"content": NaN}}]}',
    "half a body": json.dumps(body_of("All is well.")).encode()[:60],
    "half a character": '{"a": "é'.encode()[:-1],
    "a lone surrogate": b'{"choices": [{"message": {"content": "\\ud800"}}]}',
    "too deep": b"[" * 100_000 + b"]" * 100_000,
    "a number": 3,
    "a list": [1, 2],
    "nothing": {},
    "no choice": {"id": "x", "choices": []},
    "choices are null": {"choices": None},
    "choices are text": {"choices": "none"},
    "a choice of nothing": {"choices": [{}]},
    "a choice is null": {"choices": [None]},
    "a choice is text": {"choices": ["well"]},
    "a message of nothing": body_of({}),
    "a message is text": {"choices": [{"message": "well"}]},
    "a stream's piece": {"choices": [{"delta": {"content": "well"}, "finish_reason": None}]},
    "content is a number": body_of({"role": "assistant", "content": 7}),
    "content is an object": body_of({"role": "assistant", "content": {"text": "well"}}),
    "content is numbers": body_of({"role": "assistant", "content": [1, 2]}),
}


@pytest.mark.parametrize("case", GARBAGE)
def test_what_is_no_chat_completion_is_garbage(case: str) -> None:
    assert refusal(GARBAGE[case]).kind is FaultKind.GARBAGE


@pytest.mark.parametrize("finish", ["content_filter", "refusal", "SAFETY"])
@pytest.mark.parametrize("content", [None, "Half a sent"])
def test_a_filtered_answer_is_a_decline_and_paid_for(finish: str, content: str | None) -> None:
    found = refusal(body_of(content, finish))
    assert (found.kind, found.text) == (FaultKind.DECLINED, f"the model declined: {finish.lower()}")
    assert found.usage == Usage(calls=1, prompt_tokens=30, completion_tokens=4)


def test_a_model_declines_in_its_own_words() -> None:
    found = refusal(body_of({"role": "assistant", "content": None, "refusal": "I will not."}))
    assert (found.kind, found.text) == (FaultKind.DECLINED, "the model declined: I will not.")
    assert refusal(body_of({"role": "assistant", "refusal": {"a": 1}})).kind is FaultKind.DECLINED


@pytest.mark.parametrize("finish", ["error", "network_error", "insufficient_system_resource"])
def test_an_answer_that_was_broken_off_is_no_answer(finish: str) -> None:
    assert refusal(body_of("Half of i", finish)).kind is FaultKind.SERVER


# -- answers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("finish", ["length", "LENGTH", "max_tokens", "model_length"])
def test_an_answer_that_was_cut_off_says_so(finish: str) -> None:
    assert answer(body_of("All is", finish)).finish == "length"


@pytest.mark.parametrize("finish", ["stop", None, "eos", "tool_calls", 3, {"a": 1}])
def test_any_other_end_is_an_end(finish: Any) -> None:
    assert answer(body_of("All is well.", finish)).finish == "stop"


TEXTS: dict[str, tuple[Any, str]] = {
    "another role": ({"role": "user", "content": "Well."}, "Well."),
    "no role": ({"content": "Well."}, "Well."),
    "parts": ({"role": "assistant", "content": [{"type": "text", "text": "We"}, {"type": "text", "text": "ll."}]}, "Well."),
    "a part that is reasoning": (
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "I see"}, {"type": "text", "text": "Well."}]},
        "Well.",
    ),
    "reasoning beside": ({"role": "assistant", "content": "Well.", "reasoning": "I see"}, "Well."),
    "reasoning within": ({"role": "assistant", "content": "<think>\nI see\n</think>\n\nWell."}, "Well."),
    "no tool called": ({"role": "assistant", "content": "Well.", "tool_calls": []}, "Well."),
}  # fmt: skip
F = {"function": {"name": "f", "arguments": '{"a": 1}'}}
WORDLESS: dict[str, tuple[Any, str]] = {
    "null": ({"role": "assistant", "content": None}, "the content is empty"),
    "left out": ({"role": "assistant"}, "the content is empty"),
    "spaces": ({"role": "assistant", "content": " \n"}, "the content is empty"),
    "no parts": ({"role": "assistant", "content": []}, "the content is empty"),
    "an end of turn": ({"role": "assistant", "content": "<|im_end|>"}, "the content is empty"),
    "reasoning beside": ({"role": "assistant", "content": None, "reasoning_content": "I see"}, "raise llm.max_tokens"),
    "reasoning in details": (
        {"role": "assistant", "content": "", "reasoning_details": [{"type": "reasoning.text", "text": "I see"}]},
        "all of it is reasoning",
    ),
    "reasoning within": ({"role": "assistant", "content": "<think>I see"}, "all of it is reasoning"),
    "a tool that was not offered": ({"role": "assistant", "content": None, "tool_calls": [F]}, "calls a function (f)"),
    "one in the text": (
        {"role": "assistant", "content": '<tool_call>{"name": "f", "arguments": {}}</tool_call>'}, "calls a function (f)"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TEXTS)
def test_the_text_of_an_answer_is_what_was_said_to_others(case: str) -> None:
    message, text = TEXTS[case]
    assert answer(body_of(message)).text == text


@pytest.mark.parametrize("case", WORDLESS)
def test_an_answer_without_words_is_a_fault_that_says_why_and_what_it_cost(case: str) -> None:
    message, why = WORDLESS[case]
    found = refusal(body_of(message, "stop"))
    assert found.kind is FaultKind.SILENT
    assert "finish_reason stop" in found.text
    assert why in found.text
    assert found.usage == Usage(calls=1, prompt_tokens=30, completion_tokens=4)
    assert found.form is Form.POSSIBLE, "another way of asking for JSON may help"


@pytest.mark.parametrize(
    "message", [WORDLESS["null"][0], WORDLESS["reasoning beside"][0], WORDLESS["reasoning within"][0]]
)
def test_an_answer_whose_limit_was_used_up_before_its_first_word_names_the_limit(message: Any) -> None:
    found = refusal(body_of(message, "length"))
    assert found.kind is FaultKind.SPENT
    assert "raise llm.max_tokens (20 for the role judge, roles.judge.llm.max_tokens alone)" in found.text


def test_a_transcript_may_have_an_empty_next_line() -> None:
    transcript = MODEL.model_copy(update={"style": Style.TRANSCRIPT})
    assert answer(body_of(""), model=transcript).text == ""


THOUGHTS = {
    "Well.": "Well.",
    " Well. ": " Well. ",
    "<think>I see</think>Well.": "Well.",
    "<THINK>I see</THINK> Well.": "Well.",
    "<think></think>Well.": "Well.",
    "[THINK]I see[/THINK]Well.": "Well.",
    "I see</think>Well.": "Well.",
    "<think>I see": "",
    "<think>I <think>see</think>": "",
    "Well, <thinking>I see</thinking>yes.": "Well, yes.",
    "Well. <reasoning>I see": "Well.",
    "<think>one</think>Yes.<think>two</think> No.": "Yes. No.",
    "I think <b>so</b>.": "I think <b>so</b>.",
    "Nobody knows where<think>I see": None,
}


@pytest.mark.parametrize("text", THOUGHTS)
def test_private_reasoning_stays_private(text: str) -> None:
    found = unreasoned(text)
    assert (None if found.unsure else found.text) == THOUGHTS[text]


@given(st.lists(st.sampled_from(["<think>", "</think>", "[/THINK]", "<reasoning>", "see.", "\n"]), max_size=12))
def test_no_tag_of_reasoning_is_left(pieces: list[str]) -> None:
    left = unreasoned("".join(pieces))
    assert "think" not in left.text.lower()
    assert "reasoning" not in left.text
    assert not left.unsure
    assert unreasoned(left.text).text == left.text


@pytest.mark.parametrize(
    "piece", ["<think>", "<think>a</think>b", "a <think> b ", "`</think>", "</think>", "<think>`</think>"]
)
def test_stripping_takes_no_longer_for_a_hostile_text(piece: str) -> None:
    """A pattern that looks ahead for each tag would not end in the time of this suite."""
    assert "<|" not in unreasoned(piece * 100_000).text


ARGUMENTS: dict[str, tuple[Any, str]] = {
    "as text": ('{"fine": true}', '{"fine": true}'),
    "as an object": ({"fine": True}, '{"fine":true}'),
    "broken": ('{"fine": ', '{"fine": '),
}


@pytest.mark.parametrize("case", ARGUMENTS)
def test_a_structured_answer_may_come_as_a_function_call(case: str) -> None:
    given_, text = ARGUMENTS[case]
    called = {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"function": {"name": "answer", "arguments": given_}}],
    }
    assert answer(body_of(called), answer_schema=SCHEMA).text == text


def test_a_function_call_of_nothing_is_no_structured_answer() -> None:
    called = {"role": "assistant", "tool_calls": [{"function": {"name": "answer", "arguments": None}}]}
    assert refusal(body_of(called), answer_schema=SCHEMA).kind is FaultKind.SILENT


@pytest.mark.parametrize("calls", ["x", [None], [{}], [{"function": "f"}], {"a": 1}, [[]]])
def test_a_nonsense_function_call_is_no_fault(calls: Any) -> None:
    message = {"role": "assistant", "content": '{"fine": true}', "tool_calls": calls}
    assert answer(body_of(message), answer_schema=SCHEMA).text == '{"fine": true}'


# -- tools ------------------------------------------------------------------------------------------------------


def calling(*functions: Any, content: Any = None, finish: Any = "tool_calls", **more: Any) -> dict[str, Any]:
    """A body whose message calls functions."""
    calls = [{"id": f"x{place}", "type": "function", "function": each} for place, each in enumerate(functions)]
    return body_of({"role": "assistant", "content": content, "tool_calls": calls}, finish, **more)


def called(body: Any, **changes: Any) -> list[tuple[str, str]]:
    """Names and arguments of the calls in an answer to a call with tools."""
    return [(each.name, each.arguments) for each in answer(body, **{"tools": TOOLS, **changes}).tool_calls]


GIVEN: dict[str, tuple[Any, str]] = {
    "text": ('{"id": "B-1"}', '{"id": "B-1"}'),
    "text with spaces and escapes": (' { "id":"\\u00e9" } ', ' { "id":"\\u00e9" } '),
    "an object": ({"id": "é", "n": 2}, '{"id":"é","n":2}'),
    "an empty object": ({}, "{}"),
    "a list": ([1], "[1]"),
    "a number": (7, "7"),
    "false": (False, "false"),
    "null": (None, "{}"),
    "nothing": ("", "{}"),
    "spaces": (" \n", "{}"),
    "no JSON": ('{"id": ', '{"id": '),
    "prose": ("the book B-1", "the book B-1"),
}


@pytest.mark.parametrize("finish", ["tool_calls", "stop", "function_call", None])
@pytest.mark.parametrize("case", GIVEN)
def test_arguments_are_kept_as_the_model_gave_them(case: str, finish: Any) -> None:
    given_, kept = GIVEN[case]
    found = answer(calling({"name": "look", "arguments": given_}, finish=finish), tools=TOOLS)
    assert [(each.name, each.arguments) for each in found.tool_calls] == [("look", kept)]
    assert (found.text, found.finish) == ("", "stop")


def test_several_calls_and_words_beside_them_are_one_answer() -> None:
    look, lend = {"name": "look", "arguments": '{"id": "1"}'}, {"name": "lend", "arguments": {"id": "2"}}
    found = answer(calling(look, lend, look, content="<think>Hm.</think>One moment."), tools=TOOLS)
    assert found.text == "One moment."
    assert [each.name for each in found.tool_calls] == ["look", "lend", "look"]
    assert found.message().tool_calls == tuple(each.openai() for each in found.tool_calls)


@pytest.mark.parametrize("content", [None, "", [], "Well."])
def test_a_call_needs_no_words(content: Any) -> None:
    found = answer(calling({"name": "look", "arguments": "{}"}, content=content), tools=TOOLS)
    assert found.text == (content or "")
    assert len(found.tool_calls) == 1


def test_a_tool_that_was_not_offered_is_kept_and_a_call_of_nothing_is_none() -> None:
    assert called(calling({"name": "fly", "arguments": "{}"})) == [("fly", "{}")]
    assert called(calling({"arguments": "{}"}, {"name": ""}, {"name": 3}, None, "look", {"name": "lend"})) == [
        ("lend", "{}")
    ]
    assert called(body_of({"role": "assistant", "content": "Well.", "tool_calls": [None, [], "x", 3]})) == []


def test_the_older_form_of_a_call_is_read_where_there_is_no_newer() -> None:
    old = {"name": "look", "arguments": '{"id": "1"}'}
    assert called(body_of({"role": "assistant", "content": None, "function_call": old})) == [("look", '{"id": "1"}')]
    both = calling({"name": "lend", "arguments": "{}"})
    both["choices"][0]["message"]["function_call"] = old
    assert called(both) == [("lend", "{}")]


def test_ids_are_ours_so_that_equal_calls_get_equal_answers() -> None:
    """Servers draw them by chance, leave them out, or give the same one to all."""
    bodies = []
    for ids in ((), ("a", "b"), ("a", "a"), ("", None), (KEY, 3)):
        body = calling({"name": "look", "arguments": "{}"}, {"name": "look", "arguments": "{}"})
        for each, id_ in zip(body["choices"][0]["message"]["tool_calls"], ids, strict=False):
            each["id"] = id_
        bodies.append(body)
    found = [answer(body, tools=TOOLS).tool_calls for body in bodies]
    assert all(calls == found[0] for calls in found)
    assert len({each.id for each in found[0]}) == 2
    assert all(len(each.id) == 9 and each.id.isalnum() for each in found[0]), "what Mistral's servers take"
    assert not {each.id for each in answer(bodies[0], tools=TOOLS, seed=2).tool_calls} & {each.id for each in found[0]}


def test_calls_in_an_answer_that_was_cut_off_say_so() -> None:
    found = answer(calling({"name": "look", "arguments": '{"id": "B'}, finish="length"), tools=TOOLS)
    assert (found.finish, found.tool_calls[0].arguments) == ("length", '{"id": "B')


ONE = '<tool_call>\n{"name": "look", "arguments": {"id": "1"}}\n</tool_call>'
WRITTEN: dict[str, tuple[str, str, list[tuple[str, str]]]] = {
    "one": (ONE, "", [("look", '{"id":"1"}')]),
    "words around it": (f"I look.\n{ONE}\nWait.", "I look.\n\nWait.", [("look", '{"id":"1"}')]),
    "two": (f"{ONE}\n{ONE}", "", [("look", '{"id":"1"}')] * 2),
    "never closed": (ONE.removesuffix("</tool_call>"), "", [("look", '{"id":"1"}')]),
    "two, never closed": (ONE.removesuffix("</tool_call>") * 2, "", [("look", '{"id":"1"}')] * 2),
    "arguments as text": ('<tool_call>{"name": "look", "arguments": "{1"}</tool_call>', "", [("look", "{1")]),
    "by their other name": ('<tool_call>{"name": "look", "parameters": {}}</tool_call>', "", [("look", "{}")]),
    "without arguments": ('<tool_call>{"name": "look"}</tool_call>', "", [("look", "{}")]),
    "broken": ('<tool_call>{"name": "look", </tool_call>', "", [("look", '{"name": "look",')]),
    "only thought of": (f"<think>{ONE}</think>Well.", "Well.", []),
    "none": (" Well. ", " Well. ", []),
}


@pytest.mark.parametrize("case", WRITTEN)
def test_calls_that_a_server_leaves_in_the_text_are_read(case: str) -> None:
    text, left, calls = WRITTEN[case]
    found = answer(body_of(text), tools=TOOLS)
    assert (found.text, [(each.name, each.arguments) for each in found.tool_calls]) == (left, calls)
    if left:
        plain = answer(body_of(text))
        assert (plain.text, plain.tool_calls) == (left, ()), "a call without tools hears words alone"
    else:
        assert refusal(body_of(text)).kind is FaultKind.SILENT


@pytest.mark.parametrize("text", ["<tool_call>{}</tool_call>", f"<tool_call>x</tool_call>{ONE}", "Well. <tool_call>"])
@pytest.mark.parametrize("tools", [(), TOOLS])
def test_a_call_in_the_text_that_cannot_be_read_is_refused_with_the_parser_named(text: str, tools: Any) -> None:
    found = refusal(body_of(text), tools=tools)
    assert found.kind is FaultKind.UNPARSED
    assert "--tool-call-parser" in found.text


def test_what_is_called_beside_the_text_counts_alone() -> None:
    assert called(calling({"name": "lend", "arguments": "{}"}, content=ONE)) == [("lend", "{}")]


def test_reading_calls_takes_no_longer_for_tags_that_never_close() -> None:
    assert calls_in("<tool_call>{" * 200_000).unread


@pytest.mark.parametrize(
    "changes", [{}, {"model": MODEL.model_copy(update={"style": Style.TRANSCRIPT}), "tools": TOOLS}]
)
def test_a_call_that_offers_no_tools_gets_no_calls(changes: dict[str, Any]) -> None:
    found = answer(calling({"name": "look", "arguments": "{}"}, content="Well."), **changes)
    assert (found.text, found.tool_calls) == ("Well.", ())


def test_what_calls_cost_is_estimated_with_their_names_and_arguments() -> None:
    functions = [{"name": "look", "arguments": '{"id": "1"}'}, {"name": "lend", "arguments": '{"id": "2"}'}]
    found = answer(calling(*functions, usage=None), tools=TOOLS).usage
    assert found.completion_tokens == tokens_at_most('look{"id": "1"}lend{"id": "2"}')
    assert found.prompt_tokens == prompt_tokens_at_most(a_call(tools=TOOLS)) > PROMPT


@pytest.mark.parametrize(
    "told",
    [
        "The model produced output that does not match the expected peg-native format",
        "Failed to parse input at pos 0: <",
    ],
)
def test_what_a_server_cannot_read_of_the_model_is_an_answer_without_words(told: str) -> None:
    raw = json.dumps({"error": {"code": 500, "message": told, "type": "server_error"}}).encode()
    found = read(Reply(500, raw), a_call(tools=TOOLS), Secret(KEY), CHAT.text_of)
    assert isinstance(found, Answer)
    assert (found.text, found.tool_calls) == ("", ())
    assert found.usage == Usage(
        calls=1, prompt_tokens=prompt_tokens_at_most(a_call(tools=TOOLS)), completion_tokens=20
    ), "the most that it may have cost"
    assert refusal(raw, 500).kind is FaultKind.SERVER


NO_TOOLS: dict[str, tuple[int, Any]] = {
    "ollama": (400, {"error": {"message": "registry.ollama.ai/library/gemma3:270m does not support tools"}}),
    "vllm": (
        400,
        {"message": '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'},
    ),
    "llama.cpp": (500, {"error": {"code": 500, "message": "tools param requires --jinja flag"}}),
    "openrouter": (404, {"error": {"message": "No endpoints found that support tool use.", "code": 404}}),
    "openai": (400, {"error": {"message": "Unsupported parameter: 'tools' is not supported with this model."}}),
    "an older openai": (400, {"error": {"message": "Unrecognized request argument supplied: tools"}}),
    "groq": (400, {"error": {"message": "`tool calling` is not supported with this model"}}),
    "a gateway": (400, {"error": {"message": "Function calling is not enabled for this model"}}),
    "bedrock": (400, {"message": "This model doesn't support tool use."}),
    "fastapi": (422, {"detail": [{"loc": ["body", "tools"], "msg": "Extra inputs are not permitted"}]}),
    "in a 200": (200, {"error": {"code": 400, "message": "tools are not supported"}}),
}
OTHER_FAULTS: dict[str, tuple[int, Any]] = {
    "too long": (400, {"error": {"message": "too many tokens", "code": "context_length_exceeded"}}),
    "a bad schema": (400, {"error": {"message": "Invalid schema for function 'look': 'pattern' is not permitted."}}),
    "a bad tool": (400, {"error": {"message": "tools[0].function.parameters is not supported"}}),
    "a bad name": (400, {"error": {"message": "Invalid 'messages[2].tool_calls[0].function.name': bad pattern"}}),
    "an answer too few": (400, {"error": {"message": "'tool_calls' must be followed by tool messages"}}),
    "busy": (429, {"error": {"message": "tools are not available now"}}),
}


@pytest.mark.parametrize("case", NO_TOOLS)
def test_an_endpoint_that_takes_no_tools_is_known_by_its_words(case: str) -> None:
    status, body = NO_TOOLS[case]
    assert refusal(body, status, tools=TOOLS).kind is FaultKind.TOOLS
    assert refusal(body, status).kind is not FaultKind.TOOLS, "where none were offered it means something else"


@pytest.mark.parametrize("case", OTHER_FAULTS)
def test_other_words_about_tools_are_about_this_call(case: str) -> None:
    status, body = OTHER_FAULTS[case]
    assert refusal(body, status, tools=TOOLS).kind is refusal(body, status).kind is not FaultKind.TOOLS


# -- what it cost -----------------------------------------------------------------------------------------------


def usage(counted: Any, text: str = "Well, well.", finish: str = "stop", **more: Any) -> Usage:
    """What an answer to a call of 20 tokens at the most cost."""
    return answer(body_of(text, finish) | {"usage": counted} | more).usage


def cost(counted: Any, text: str, finish: str = "stop") -> Usage:
    """What an answer without words cost."""
    found = refusal(body_of(text, finish) | {"usage": counted}).usage
    assert found is not None
    return found


PROMPT = prompt_tokens_at_most(a_call())
SAID = tokens_at_most("Well, well.")
COSTS: dict[str, tuple[Any, int, int]] = {
    "counted": ({"prompt_tokens": 30, "completion_tokens": 4}, 30, 4),
    "counted as floats": ({"prompt_tokens": 30.0, "completion_tokens": 4.0}, 30, 4),
    "null": (None, PROMPT, SAID),
    "text": ("many", PROMPT, SAID),
    "a list": ([1], PROMPT, SAID),
    "empty": ({}, PROMPT, SAID),
    "zeros": ({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}, PROMPT, SAID),
    "negative": ({"prompt_tokens": -5, "completion_tokens": -1}, PROMPT, SAID),
    "true": ({"prompt_tokens": True, "completion_tokens": False}, PROMPT, SAID),
    "counts as text": ({"prompt_tokens": "30", "completion_tokens": "4"}, PROMPT, SAID),
    "nulls": ({"prompt_tokens": None, "completion_tokens": None, "total_tokens": None}, PROMPT, SAID),
    "halves": ({"prompt_tokens": 2.5, "completion_tokens": 0.5}, PROMPT, SAID),
    "beyond all measure": ({"prompt_tokens": 10**30, "completion_tokens": 10**12}, PROMPT, SAID),
    "the prompt alone": ({"prompt_tokens": 30}, 30, SAID),
    "the completion alone": ({"completion_tokens": 4}, PROMPT, 4),
    "the total alone": ({"total_tokens": 34}, 34 - SAID, SAID),
    "a tiny total alone": ({"total_tokens": 3}, PROMPT, 3),
    "prompt and total": ({"prompt_tokens": 30, "total_tokens": 33}, 30, 3),
    "completion and total": ({"completion_tokens": 4, "total_tokens": 33}, 29, 4),
    "hidden reasoning in the total": ({"prompt_tokens": 30, "completion_tokens": 4, "total_tokens": 99}, 30, 69),
    "a total too small": ({"prompt_tokens": 30, "completion_tokens": 4, "total_tokens": 1}, 30, 4),
}


@pytest.mark.parametrize("case", COSTS)
def test_what_is_not_counted_is_estimated(case: str) -> None:
    counted, prompt, completion = COSTS[case]
    assert usage(counted) == Usage(calls=1, prompt_tokens=prompt, completion_tokens=completion)


def test_an_estimate_is_no_more_than_a_call_may_cost_and_no_less_than_it_said() -> None:
    assert usage(None, "word " * 500).completion_tokens == 20, "the server was told no more than max_tokens"
    assert cost(None, "", "length").completion_tokens == 20, "all of it was spent where nobody sees it"
    assert cost(None, "").completion_tokens == 0
    assert usage(None, "早上好早上好").completion_tokens >= 6, "a letter may be a token and more"
    told = refusal(body_of({"role": "assistant", "content": "", "reasoning_content": "I see"}) | {"usage": None})
    assert told.usage is not None
    assert told.usage.completion_tokens == tokens_at_most("I see")


def test_cached_tokens_are_part_of_the_prompt() -> None:
    details = {"prompt_tokens_details": {"cached_tokens": 20}}
    assert usage({**COUNTED, **details}).cached_tokens == 20
    assert usage({**COUNTED, "prompt_tokens_details": {"cached_tokens": 900}}).cached_tokens == 30
    assert usage({**COUNTED, "prompt_tokens_details": [1]}).cached_tokens == 0
    assert usage(COUNTED, timings={"cache_n": 12}).cached_tokens == 12


# -- waiting ----------------------------------------------------------------------------------------------------

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=90)
WAITS: dict[str, float | None] = {
    "3": 3, "0.25": 0.25, "0": 0, "-5": 0, " 7 ": 7, "9999": 9999, "1e9999": None, "nan": None, "inf": None, "-inf": None,
    "": None, "soon": None, "Mon, 32 Foo 2026": None, "3 apples": None, "x" * 9999: None, "1e8": 86_400,
    "20ms": 0.02, "1s": 1, "6m0s": 360, "1m30.5s": 90.5, "2h15m": 8100, "1d": 86_400, "500us": 0.0005, "s": None, "1s2": None,
    format_datetime(LATER, usegmt=True): 90, LATER.isoformat(): 90, "2026-03-01T12:01:30Z": 90, "2026-03-01T12:01:30": 90,
    format_datetime(NOW - timedelta(days=3), usegmt=True): 0, str(int(LATER.timestamp())): 90,
    str(int(LATER.timestamp() * 1000)): 90, "99999999999999999999": 86_400, "Fri, 31 Dec 9999 23:59:59 GMT": 86_400,
    "Sun, 01 Mar 2026 12:01:30 -0000": 90,
}  # fmt: skip


@pytest.mark.parametrize("text", WAITS)
def test_retry_after_is_read_in_every_form(text: str) -> None:
    date = {"Date": format_datetime(NOW, usegmt=True)}
    wait = WAITS[text] if WAITS[text] is None else pytest.approx(WAITS[text])
    assert retry_after({"Retry-After": text, **date}) == wait
    assert until_reset({"X-RateLimit-Reset": text, **date}) == wait


def test_a_date_is_read_by_our_clock_where_the_reply_names_no_time() -> None:
    wait = retry_after({"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=3000), usegmt=True)})
    assert wait == pytest.approx(3000, abs=60)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after-ms": "250", "Retry-After": "9"}, 0.25),
        ({"RETRY-AFTER-MS": "nonsense", "retry-after": "9"}, 9),
        ({"x-ms-retry-after-ms": "1500"}, 1.5),
        ({"x-ratelimit-reset-requests": "1s"}, None),
        ({}, None),
    ],
)
def test_the_finest_form_of_retry_after_counts(headers: dict[str, str], wait: float | None) -> None:
    assert retry_after(headers) == wait


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x-ratelimit-reset-requests": "120ms", "x-ratelimit-reset-tokens": "6s"}, 6),
        (
            {
                "x-ratelimit-reset-requests": "2s",
                "x-ratelimit-reset-tokens": "6m0s",
                "x-ratelimit-remaining-requests": "0",
            },
            2,
        ),
        ({"x-ratelimit-reset-requests": "nonsense", "x-ratelimit-reset-tokens": "1s"}, 1),
        ({"ratelimit-reset": "12"}, 12),
        ({}, None),
    ],
)
def test_the_reset_of_the_limit_that_is_used_up_counts(headers: dict[str, str], wait: float | None) -> None:
    assert until_reset(headers) == wait


def test_a_429_waits_for_the_reset_and_other_errors_do_not() -> None:
    reset = {"x-ratelimit-reset-requests": "20ms"}
    assert refusal(b"", 429, reset).wait == 0.02
    assert refusal(b"", 429, {**reset, "Retry-After": "1"}).wait == 1
    assert refusal(b"", 500, reset).wait is None
    assert refusal(b"", 503, {"Retry-After": "1"}).wait == 1


def test_a_wait_told_in_the_body_counts_too() -> None:
    epoch = str(int((datetime.now(UTC).timestamp() + 50) * 1000))
    told = {"code": 429, "metadata": {"headers": {"X-RateLimit-Reset": epoch, "X-RateLimit-Remaining": 0}}}
    assert refusal({"error": told}).wait == pytest.approx(50, abs=20)
    assert refusal({"error": {"code": 429, "details": [{"retryDelay": "3s"}, 4]}}, 429).wait == 3


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_header_is_a_wait_of_a_day_at_most_or_none(one: str, other: str) -> None:
    for wait in (
        retry_after({"Retry-After": one, "retry-after-ms": other, "Date": other}),
        until_reset({"x-ratelimit-reset-tokens": one, "x-ratelimit-remaining-tokens": other, "Date": other}),
    ):
        assert wait is None or 0 <= wait <= 86_400


# -- whatever comes ---------------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=12)
    | st.sampled_from([KEY, f"bearer {KEY}, ", "429", "content_filter", "<think>", "length", "error", "rate_limit", "look", "<tool_call>", f'<tool_call>{{"name": "look", "arguments": {{"id": "{KEY}"}}}}']),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["choices", "message", "content", "error", "code", "status", "type", "metadata", "headers", "raw", "details", "finish_reason", "tool_calls", "function_call", "function", "name", "arguments", "refusal", "usage", "prompt_tokens", "completion_tokens", "total_tokens", "detail", "Retry-After"]
        )
        | st.text(max_size=4),
        inner,
        max_size=4,
    ),
    max_leaves=14,
)  # fmt: skip
CHOICES = st.fixed_dictionaries(
    {},
    optional={
        "message": st.fixed_dictionaries(
            {},
            optional=dict.fromkeys(
                ("role", "content", "refusal", "tool_calls", "function_call", "reasoning_content"), VALUES
            ),
        ),
        "finish_reason": VALUES,
        "error": VALUES,
    },
)
TEXT = st.text(max_size=12) | st.sampled_from([KEY, f"<think>{KEY}</think>", f"{KEY[:5]}<think></think>{KEY[5:]}"])
FUNCTIONS = st.fixed_dictionaries({}, optional={"name": TEXT, "arguments": VALUES})
TOOL_CALLS = st.lists(st.fixed_dictionaries({}, optional={"id": VALUES, "function": FUNCTIONS | VALUES}), max_size=3)
WELL_MADE = st.fixed_dictionaries(
    {
        "message": st.fixed_dictionaries(
            {"content": TEXT | st.none()}, optional={"tool_calls": VALUES | TOOL_CALLS, "reasoning": VALUES}
        )
    },
    optional={"finish_reason": VALUES},
)
BODIES = (
    VALUES
    | st.fixed_dictionaries({"choices": st.lists(CHOICES | VALUES, max_size=2)}, optional={"error": VALUES})
    | st.fixed_dictionaries({"choices": st.tuples(WELL_MADE)}, optional={"usage": VALUES, "timings": VALUES})
)
CALLS = st.sampled_from([a_call(), a_call(answer_schema=SCHEMA), a_call(tools=TOOLS)])


def nothing_else(found: Answer | FailedRequest, call: Call) -> None:
    """An answer or a refusal, with sane counts and no key, that can be written down."""
    assert isinstance(found, Answer | FailedRequest)
    assert KEY not in repr(found)
    used = found.usage
    if used is not None:
        assert used.prompt_tokens > 0
        assert used.completion_tokens >= 0
        assert 0 <= used.cached_tokens <= used.prompt_tokens
    if isinstance(found, Answer):
        assert Answer.model_validate_json(found.model_dump_json()) == found
        assert found.finish in {"stop", "length"}
        assert call.tools or not found.tool_calls
        assert len({each.id for each in found.tool_calls}) == len(found.tool_calls)
        assert all(each.name and each.arguments for each in found.tool_calls)
    else:
        assert found.kind in FaultKind
        assert found.kind is not FaultKind.FORM
        assert "\n" not in found.text
        assert orjson.dumps(found.text)


@given(BODIES, CALLS, st.sampled_from([200, 200, 200, 201, 302, 400, 403, 404, 429, 500, 503]))
def test_any_json_is_an_answer_or_a_fault_and_shows_no_key(body: Any, call: Call, status: int) -> None:
    raw = json.dumps(body).encode()
    nothing_else(read(Reply(status, raw, {"Retry-After": KEY}), call, Secret(KEY), CHAT.text_of), call)


@given(st.binary(max_size=200), CALLS, st.integers(200, 599))
def test_any_bytes_are_an_answer_or_a_fault(raw: bytes, call: Call, status: int) -> None:
    nothing_else(read(Reply(status, raw), call, Secret(KEY), CHAT.text_of), call)


@pytest.mark.parametrize("depth", [100, 300, 1000])
@pytest.mark.parametrize("status", [200, 400])
def test_depth_is_no_way_in(depth: int, status: int) -> None:
    deep = "[" * depth + "]" * depth
    for place in (
        f'{{"error": {deep}}}',
        f'{{"error": {{"message": {deep}, "code": {deep}, "metadata": {{"headers": {{"a": {deep}}}, "raw": {deep}}}}}}}',
        f'{{"choices": [{{"message": {{"content": {deep}}}}}]}}',
        f'{{"choices": [{{"finish_reason": {deep}, "message": {{"role": {deep}, "refusal": {deep}}}}}]}}',
        f'{{"choices": [{{"message": {{"tool_calls": [{{"function": {{"arguments": {{"a": {deep}}}}}}}]}}}}]}}',
        f'{{"choices": [{{"message": {{"tool_calls": [{{"function": {{"name": "f", "arguments": {deep}}}}}]}}}}]}}',
        f'{{"choices": [{{"message": {{"content": "<tool_call>{{\\"name\\": \\"f\\", \\"arguments\\": {deep}}}"}}}}]}}',
        f'{{"choices": [{{"message": {{"content": "Well."}}}}], "usage": {{"prompt_tokens": {deep}}}}}',
    ):
        for call in (a_call(), a_call(answer_schema=SCHEMA), a_call(tools=TOOLS)):
            nothing_else(read(Reply(status, place.encode()), call, Secret(KEY), CHAT.text_of), call)


# -- the key ----------------------------------------------------------------------------------------------------


def test_a_key_in_an_answer_is_blotted_out_and_the_rest_stays() -> None:
    assert answer(body_of(f"You sent {KEY}, did you?")).text == "You sent ***, did you?"
    called = {"role": "assistant", "tool_calls": [{"function": {"arguments": {"key": KEY}}}]}
    assert answer(body_of(called), answer_schema=SCHEMA).text == '{"key":"***"}'
    assert KEY not in repr(reading(body_of(f"{KEY[:9]}.<think></think>{KEY[9:]}")))


def test_a_key_in_a_tool_call_is_blotted_out_wherever_it_stands() -> None:
    functions = [{"name": f"look_{KEY}", "arguments": {"id": KEY}}, {"name": "look", "arguments": f'{{"id": "{KEY}'}]
    assert called(calling(*functions)) == [("look_***", '{"id":"***"}'), ("look", '{"id": "***')]
    written = json.dumps({"name": "look", "arguments": {"id": f"a {KEY}"}})
    assert called(body_of(f"<tool_call>{written}")) == [("look", '{"id":"a ***"}')]


def test_a_key_with_letters_that_json_escapes_is_blotted_out_too() -> None:
    key = 'se"cr\\et/ö-key'
    called = {"role": "assistant", "tool_calls": [{"function": {"arguments": {"key": key}}}]}
    raw = json.dumps(body_of(called)).encode()
    found = read(Reply(200, raw), a_call(answer_schema=SCHEMA), Secret(key), CHAT.text_of)
    assert isinstance(found, Answer)
    assert found.text == '{"key":"***"}'


@pytest.mark.parametrize("key", ["", "none", "EMPTY", "a"])
def test_a_key_of_a_few_letters_spoils_no_answer(key: str) -> None:
    raw = json.dumps(body_of("None of them had a key, none at all: EMPTY.")).encode()
    found = read(Reply(200, raw), a_call(), Secret(key), CHAT.text_of)
    assert isinstance(found, Answer)
    assert found.text == "None of them had a key, none at all: EMPTY."


LEAKS: list[tuple[int, Any]] = [
    (400, {"error": {"message": f"key {KEY} may not"}}),
    (400, f"plain {KEY}".encode()),
    (401, {"error": {"message": f"Incorrect API key: {KEY}"}}),
    (200, {"error": {"message": f"bearer {KEY}"}}),
    (200, {"error": {"code": KEY}}),
    (200, {"choices": [{"error": {"message": "x" * 270 + KEY}}]}),
    (200, body_of({"role": "assistant", "refusal": "x" * 270 + KEY})),
    (400, ("x" * 285 + KEY).encode()),
    (400, (" " * 70_000 + KEY).encode()),
    (200, {"error": {"message": "x" * 275 + KEY}}),
    (400, {"error": {"message": "x" * 285 + KEY}}),
    (400, {"detail": [{"loc": ["header", KEY], "msg": KEY}]}),
    (429, {"error": {"message": "no", "metadata": {"raw": KEY}}}),
]


@pytest.mark.parametrize(("status", "body"), LEAKS)
def test_no_part_of_the_key_is_in_an_error(status: int, body: Any) -> None:
    text = refusal(body, status).text
    for size in range(6, len(KEY) + 1):
        assert KEY[:size] not in text


def test_a_redirect_shows_where_it_leads_and_no_key() -> None:
    found = refusal(b"", 302, {"Location": f"https://elsewhere/?key={KEY}"})
    assert found.text == "HTTP 302: the address sends elsewhere, to https://elsewhere/?key=***"
