"""What an endpoint replied: an answer, or a refusal and nothing else, whatever the bytes. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from agents.models.calls import Answer, Backend, Call, Model, ToolCall, call_id
from agents.models.endpoint.failures import PAGE, FailedRequest, Form, error_in, failure_in, failure_of, shown, words_of
from agents.models.endpoint.ladder import ANSWER
from agents.models.endpoint.odds import odds_in
from agents.models.endpoint.secret import Secret
from agents.models.endpoint.speech.called import as_arguments, calls_in
from agents.models.endpoint.speech.reasoning import Unreasoned, unreasoned
from agents.models.endpoint.speech.turns import own_turn, without_opening
from agents.models.endpoint.streams import loaded
from agents.models.faults import FaultKind
from agents.models.limits.ledger import prompt_tokens_at_most, tokens_at_most
from scenarios.records import Usage
from scenarios.schema.styles import Style

_DECLINED = {
    "content_filter", "refusal", "safety", "recitation", "prohibited_content", "blocklist", "spii", "sensitive",
}  # fmt: skip
_BROKEN_OFF = {"error", "network_error", "insufficient_system_resource", "abort"}
_CUT = {"length", "max_tokens", "model_length", "max_output_tokens"}
_UNREADABLE = re.compile(r"model produced output that does not match|failed to parse input at pos", re.IGNORECASE)
"""How llama.cpp tells, with status 500, that it cannot read what the model wrote for a tool call. The server is well:
asked again it would say the same, while another draw may be better. So it is an answer without words."""
_MOST_TOKENS = 100_000_000
"""A count beyond this is none."""
_PARSERS = (
    "start it with one (vLLM and SGLang: --reasoning-parser, --tool-call-parser; llama.cpp: --jinja, --reasoning-format), or "
    "choose another model"
)


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
    body, wrong = loaded(reply.raw)
    hide = secret.out_of
    if not 200 <= reply.status < 300:
        return failure_of(reply.status, body, reply.raw, reply.headers, hide)
    if wrong:
        words = words_of(reply.raw)
        return _garbage(f"the body is {words}" if words.startswith(PAGE) else f"{wrong}: {words}".rstrip(": "), secret)
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
    hidden = _hidden(message)
    cut = finish in _CUT
    usage = usage_of(body, call, content + told_to + hidden, cut)
    if finish in _DECLINED or message.get("refusal"):
        told = f"the model declined: {_text(message.get('refusal')) or finish}"
        return FailedRequest(FaultKind.DECLINED, shown(told, secret.out_of), usage=usage)
    said = _said(content, called, call)
    reasoned = bool(hidden) or said.reasoned
    if not said.text.strip() and not said.calls and (reasoned or _speaks(call.model)):
        return _wordless(call, finish, [*called, *said.dropped], usage, cut=cut, reasoned=reasoned, secret=secret)
    if said.lacking:
        text = f"the answer has a {said.lacking} in its text, for which its server lacks the parser: {_PARSERS}"
        return FailedRequest(FaultKind.UNPARSED, text, usage=usage)
    text, calls = secret.out_of_answer(said.text), _settled(said.calls, call, secret)
    if secret.shows_in(text, *(part for each in calls for part in (each.name, each.arguments))):
        return FailedRequest(FaultKind.DECLINED, "the answer holds the key, in another form", usage=usage)
    # What a model thinks before it answers narrows the odds of what it then says: they tell nothing.
    odds = odds_in(choice, text) if call.top_logprobs and not reasoned else ()
    return Answer(text=text, tool_calls=calls, finish="length" if cut else "stop", odds=odds, usage=usage)


def _speaks(model: Model) -> bool:
    """Whether a model without a word has failed. One that continues a transcript, or small weights of our own, may draw
    an empty line: guards judge it."""
    return model.style is Style.CHAT and model.backend is not Backend.EMBEDDED


@dataclass(frozen=True)
class _Said:
    """What an answer's text and calls come to."""

    text: str
    calls: list[ToolCall] = field(default_factory=list)
    dropped: list[ToolCall] = field(default_factory=list)
    """Calls in the text of an answer that was to have none."""
    reasoned: bool = False
    lacking: str = ""
    """What stands in the text and cannot be told from speech."""


def _said(content: str, called: list[ToolCall], call: Call) -> _Said:
    """Read an answer's text: its speech, and the calls that a server left in it."""
    if call.answer_schema is not None and not call.offers_tools:
        return _structured(content, called)
    opened = without_opening(content)
    found = unreasoned(opened)
    if found.unsure:
        return _Said(content, lacking="model's private reasoning")
    offered = call.tool_names() if call.offers_tools else ()
    written = calls_in(found.text if found.reasoned else content, offered)
    if written.unread:
        return _Said(content, lacking="tool call")
    text = own_turn(written.text)
    called = [each for each in called if each.name]
    if not call.offers_tools:  # a function that was called where none was offered is not what a speaker says
        return _Said(text, dropped=written.calls, reasoned=found.reasoned)
    return _Said(text, calls=called or written.calls, reasoned=found.reasoned)


def _structured(content: str, called: list[ToolCall]) -> _Said:
    """The text that holds the JSON which was asked for: of an answer, or of a function called in its place."""
    found = Unreasoned(content) if content.lstrip().startswith(("{", "[{")) else unreasoned(content)
    text = found.text
    if "{" not in text:
        return _Said((called[0].arguments if called else "") or own_turn(text), reasoned=found.reasoned)
    written = calls_in(text)
    named = next((each for each in written.calls if each.name == ANSWER), None)
    return _Said(named.arguments if named else text, reasoned=found.reasoned)


def _wordless(
    call: Call, finish: str, called: list[ToolCall], usage: Usage, *, cut: bool, reasoned: bool, secret: Secret
) -> FailedRequest:
    """Why an answer has no word: a fault of the machinery, and no draw of a line."""
    limit = (
        f"llm.max_tokens ({call.decoding.max_tokens} for the role {call.role}, roles.{call.role}.llm.max_tokens alone)"
    )
    if cut:
        spent = "its reasoning" if reasoned else "what it does not show"
        text = f"the answer was cut off before its first word, its limit of tokens used up by {spent}: raise {limit}"
        return FailedRequest(FaultKind.SPENT, text, usage=usage, form=Form.OTHER)
    names = ", ".join(dict.fromkeys(each.name or "no name" for each in called))
    if called and not call.offers_tools:
        why = f"it calls a function ({names}) though none was offered"
    elif reasoned:
        why = (
            "all of it is reasoning: its server's reasoning parser does not fit the model, or its limit is too low: raise "
            + limit
        )
    else:
        why = "the content is empty"
    text = shown(f"the answer has no words (finish_reason {finish or 'not given'}): {why}", secret.out_of)
    return FailedRequest(FaultKind.SILENT, text, usage=usage, form=Form.POSSIBLE)


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
        name, arguments = _text(function.get("name")).strip(), as_arguments(function.get("arguments"))
        found.append(ToolCall(id="", name=name, arguments=arguments))
    return found


def _hidden(message: Mapping[str, Any]) -> str:
    """The private reasoning beside a message's text, under the names that servers give it."""
    told = [_text(message.get(name)) for name in ("reasoning_content", "reasoning", "thinking")]
    details = message.get("reasoning_details") or message.get("thinking_blocks")
    if not any(told) and isinstance(details, list):
        parts = details
        told = [_text(part.get(name)) for part in map(_object, parts) for name in ("text", "summary", "thinking")]
    if not any(told) and isinstance(message.get("content"), list):
        parts = message["content"]
        kinds = {"thinking", "reasoning", "redacted_thinking"}
        told = [str(part) for part in map(_object, parts) if _text(part.get("type")) in kinds]
    return "".join(told)


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
