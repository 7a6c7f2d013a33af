"""What an endpoint replied: an answer, or a refusal and nothing else, whatever the bytes. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from agents.models.calls import Answer, Call, ToolCall, call_id
from agents.models.endpoint.failures import FailedRequest, error_in, failure_in, failure_of, shown
from agents.models.faults import FaultKind
from agents.models.limits.ledger import prompt_tokens_at_most, tokens_at_most
from scenarios.records import Usage

_DECLINED = {
    "content_filter", "refusal", "safety", "recitation", "prohibited_content", "blocklist", "spii", "sensitive",
}  # fmt: skip
_BROKEN_OFF = {"error", "network_error", "insufficient_system_resource", "abort"}
_CUT = {"length", "max_tokens", "model_length", "max_output_tokens"}
_CALL_OPENS, _CALL_CLOSES = "<tool_call>", "</tool_call>"
_REASONING = re.compile(r"[<\[](/?)(?:think|thinking|thought|reasoning)[>\]]", re.IGNORECASE)
_UNREADABLE = re.compile(r"model produced output that does not match|failed to parse input at pos", re.IGNORECASE)
"""How llama.cpp tells, with status 500, that it cannot read what the model wrote for a tool call. The server is well:
asked again it would say the same, while another draw may be better. So it is an answer without words."""
_MOST_TOKENS = 100_000_000
"""A count beyond this is none."""
_SHORTEST_SECRET = 8


class Secret:
    """A key that must show nowhere. `out_of` blots it out, also as JSON escapes it."""

    def __init__(self, key: str) -> None:
        self._forms = {key, orjson.dumps(key).decode()[1:-1]} if key else set()
        self._guessable = len(key) < _SHORTEST_SECRET

    def out_of(self, text: str) -> str:
        """An error's text without the key."""
        for form in self._forms:
            text = text.replace(form, "***")
        return text

    def out_of_answer(self, text: str) -> str:
        """An answer's text without the key. A key of a few letters, such as `none`, is no secret but a word."""
        return text if self._guessable else self.out_of(text)


@dataclass(frozen=True)
class Reply:
    """An HTTP reply as it came."""

    status: int
    raw: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def read(reply: Reply, call: Call, secret: Secret, text_of: Callable[[Any], str]) -> Answer | FailedRequest:
    """The answer to `call` in a reply, or why there is none. `text_of` reads a message's content, text or parts.

    Raises nothing.
    """
    found = _read(reply, call, secret, text_of)
    if isinstance(found, FailedRequest) and call.offers_tools:
        if found.of_tools:
            return replace(found, kind=FaultKind.TOOLS)
        if found.kind is FaultKind.SERVER and _UNREADABLE.search(found.text):
            return Answer(text="", usage=usage_of({}, call, "", cut=True))
    return found


def _read(reply: Reply, call: Call, secret: Secret, text_of: Callable[[Any], str]) -> Answer | FailedRequest:
    try:
        body, wrong = orjson.loads(reply.raw), ""
    except orjson.JSONDecodeError as error:
        body, wrong = None, f"the body is no JSON: {error}"
    hide = secret.out_of
    if not 200 <= reply.status < 300:
        return failure_of(reply.status, body, reply.raw, reply.headers, hide)
    if wrong:
        return _garbage(wrong, secret)
    if (told := error_in(body)) is not None:
        return failure_in(told, reply.headers, hide)
    choices = body.get("choices") if isinstance(body, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        return _garbage("the answer has no choice", secret)
    if choice.get("error") and (told := error_in({"error": choice["error"]})) is not None:
        return failure_in(told, reply.headers, hide)
    return _read_choice(body, choice, call, secret, text_of)


def _read_choice(
    body: dict[str, Any], choice: dict[str, Any], call: Call, secret: Secret, text_of: Callable[[Any], str]
) -> Answer | FailedRequest:
    finish, message = str.lower(_text(choice.get("finish_reason"))), choice.get("message")
    if finish in _BROKEN_OFF:
        return FailedRequest(FaultKind.SERVER, f"200 with an error: the answer was broken off ({finish})")
    if not isinstance(message, dict) or not message.keys() & {"content", "tool_calls", "refusal", "role"}:
        return _garbage("the answer has no message", secret)
    try:
        content = text_of(message.get("content"))
    except (ValueError, TypeError, KeyError, AttributeError, AssertionError, RecursionError):
        return _garbage("the message's content is neither text nor parts of text", secret)
    called = _called(message)
    told_to = "".join(each.name + each.arguments for each in called)
    said = content + told_to + _text(message.get("reasoning_content")) + _text(message.get("reasoning"))
    cut = finish in _CUT
    usage = usage_of(body, call, said, cut)
    if finish in _DECLINED or message.get("refusal"):
        told = f"the model declined: {_text(message.get('refusal')) or finish}"
        return FailedRequest(FaultKind.DECLINED, shown(told, secret.out_of), usage=usage)
    text = spoken(content)
    if call.offers_tools:
        called = [each for each in called if each.name]
        if not called:
            text, called = calls_in(text)
    elif call.answer_schema is not None and "{" not in text:
        text = (called[0].arguments if called else "") or text
    # A function that was called where none was offered is not what a speaker says.
    return Answer(
        text=secret.out_of_answer(text),
        tool_calls=_settled(called, call, secret) if call.offers_tools else (),
        finish="length" if cut else "stop",
        usage=usage,
    )


def spoken(text: str) -> str:
    """A text without the private reasoning that some models write into it: `<think>…</think>` and its like.

    What is never closed is reasoning to the end; what is never opened is reasoning from the start, since some
    templates write the opening tag into the prompt.
    """
    parts, start, inside = list[str](), 0, False
    for tag in _REASONING.finditer(text):
        if tag[1] and not inside:
            parts = []
        elif not tag[1] and not inside:
            parts.append(text[start : tag.start()])
        start, inside = tag.end(), not tag[1]
    if not inside:
        parts.append(text[start:])
    return "".join(parts).strip() if start else text


def calls_in(text: str) -> tuple[str, list[ToolCall]]:
    """The text that is left, and the calls that a model wrote into it: `<tool_call>{"name": …, "arguments": …}`.

    Some servers hand this out as it is. What looks like a call and cannot be read as one stays text.
    """
    first, *pieces = text.split(_CALL_OPENS)
    left, called = [first], list[ToolCall]()
    for piece in pieces:
        inner, _, after = piece.partition(_CALL_CLOSES)
        try:
            found = _object(orjson.loads(inner))
        except orjson.JSONDecodeError:
            found = {}
        if name := _text(found.get("name")):
            called.append(
                ToolCall(id="", name=name, arguments=_dumped(found.get("arguments", found.get("parameters"))))
            )
            left.append(after)
        else:
            left.append(_CALL_OPENS + piece)
    return ("".join(left).strip() if called else text), called


def usage_of(body: Mapping[str, Any], call: Call, said: str, cut: bool) -> Usage:
    """What a request cost. `said` is all that the model wrote, `cut` whether it was stopped at `max_tokens`.

    What the endpoint does not count, or counts in a way that cannot be right (negative, text, a prompt of nothing),
    is estimated from the texts, rather too high than too low, so that a budget of tokens still holds. Where only a
    total is given, the sum is right and its parts are estimated.
    """
    counted, timings = _object(body.get("usage")), _object(body.get("timings"))
    prompt = _count(counted.get("prompt_tokens")) or None
    completion = _count(counted.get("completion_tokens"))
    if not completion and said:
        completion = None
    total = _count(counted.get("total_tokens")) or 0
    worst = call.decoding.max_tokens if cut else min(tokens_at_most(said), call.decoding.max_tokens)
    if prompt is None and completion is None and total:
        completion = min(worst, total)
    if prompt is None:
        prompt = total - (completion or 0) if total > (completion or 0) else prompt_tokens_at_most(call)
    if completion is None:
        completion = total - prompt if total > prompt else worst
    completion = max(completion, total - prompt)  # some count hidden reasoning in the total alone
    details = _object(counted.get("prompt_tokens_details"))
    cached = _count(details.get("cached_tokens")) or _count(timings.get("cache_n")) or 0
    return Usage(calls=1, prompt_tokens=prompt, cached_tokens=min(cached, prompt), completion_tokens=completion)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(value: Any) -> int | None:
    """A count of tokens, None where `value` is none."""
    whole = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS
    return int(value) if whole and value == int(value) else None


def _called(message: Mapping[str, Any]) -> list[ToolCall]:
    """The calls in a message, in the form of today or the one before it; what is missing is empty."""
    calls = message.get("tool_calls")
    if not (isinstance(calls, list) and calls):
        calls = [{"function": message["function_call"]}] if isinstance(message.get("function_call"), dict) else []
    found = []
    for each in map(_object, calls):
        function = _object(each.get("function"))
        name, arguments = _text(function.get("name")).strip(), _dumped(function.get("arguments"))
        found.append(ToolCall(id="", name=name, arguments=arguments))
    return found


def _dumped(arguments: Any) -> str:
    """Arguments as JSON text; some servers give them as an object."""
    if arguments is None or isinstance(arguments, str):
        return arguments or ""
    try:
        return orjson.dumps(arguments).decode()
    except orjson.JSONEncodeError:  # deeper than orjson writes
        return "(nested too deeply)"


def _settled(called: Iterable[ToolCall], call: Call, secret: Secret) -> tuple[ToolCall, ...]:
    """The calls as an answer holds them: with ids of ours, arguments where there are none, and without the key.

    Servers draw ids by chance, or give none, or one for all: kept, they would make equal runs differ.
    """
    return tuple(
        ToolCall(
            id=call_id(call.key(), place),
            name=secret.out_of_answer(each.name),
            arguments=secret.out_of_answer(each.arguments if each.arguments.strip() else "{}"),
        )
        for place, each in enumerate(called)
    )


def _garbage(text: str, secret: Secret) -> FailedRequest:
    return FailedRequest(FaultKind.GARBAGE, shown(text, secret.out_of))
