"""What an endpoint's error means: from a status, a body and headers to a kind of fault. Pure.

Endpoints tell errors in many ways: by status, in a body under several names, and now and then with status 200.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from agents.models.endpoint.waits import retry_after, until_reset
from agents.models.faults import Fault, FaultKind
from scenarios.records import Usage

_SHOWN = 300
"""Characters of an endpoint's words that an error shows."""
_READ = 5000
"""Characters of them that are read at all."""


class Form(StrEnum):
    """Whether it was the way of asking for JSON that an endpoint refused."""

    NAMED = "named"
    """It says so."""
    POSSIBLE = "possible"
    """It gives no reason."""
    OTHER = "other"
    """The reason is another one."""


@dataclass(frozen=True)
class FailedRequest:
    """A request that got no answer: the kind of fault, words for the user, and what follows from it."""

    kind: FaultKind
    text: str
    wait: float | None = None
    """Seconds that the endpoint asks to wait."""
    form: Form = Form.OTHER
    usage: Usage | None = None
    """What it cost all the same."""
    of_tools: bool = False
    """Whether it says that it takes no tools."""
    told: str = field(default="", repr=False)
    """All that the endpoint said, for programs alone: it may hold a secret."""

    def fault(self) -> Fault:
        """The error to raise."""
        return Fault(self.kind, self.text, self.wait, self.usage)


PAGE = "a web page"
"""How the words of a body begin that is one."""
_PAGE = 200_000
"""Bytes of a page that are read."""
_IS_PAGE = re.compile(r"\s*(<\?xml[^>]*>\s*)?<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_HIDDEN = re.compile(r"<(script|style)\b.*?(</\1>|\Z)|<!--.*?(-->|\Z)|<[^>]*>", re.IGNORECASE | re.DOTALL)
_BY_STATUS = {
    **dict.fromkeys((401, 402, 403), FaultKind.KEY),
    **dict.fromkeys((404, 405, 407, 410), FaultKind.MODEL),
    408: FaultKind.TIMEOUT,
    **dict.fromkeys((429, 529), FaultKind.THROTTLED),
    **dict.fromkeys((502, 503, 504, 521, 522, 523, 530), FaultKind.UNREADY),
}
"""429 and 529 (overloaded), and what a proxy says whose server is down; the 52x and 530 are Cloudflare's."""

_EMPTY_ACCOUNT = re.compile(r"insufficient_?(quota|balance|credit|funds)|billing|payment_?required")
_BAD_KEY = re.compile(r"api_?key|authenticat|unauthori[sz]ed|permission_?denied")
_BAD_KEY_TOLD = re.compile(r"(incorrect|invalid|missing) api[ _-]?key|api[ _-]?key (is )?(not|in|un)", re.IGNORECASE)
_OWN_REASON = re.compile(
    r"context[_ ]?(length|size|window)|(maximum|available) context|content[_ ]?(filter|policy|management)|moderation"
    r"|guardrail|flagged|safety|usage polic|(prompt|input|message)s? (is |are )?too long|reduce the length"
)
_OF_FORM = re.compile(
    r"response[_ .-]?format|json[_ -]?(schema|object|mode)|structured[_ -]?output|tool[_ -]?(choice|use|call)|\btools\b"
    r"|function[_ -]?call|grammar|guided[_ -]?(json|decoding)|invalid schema",
    re.IGNORECASE,
)
_NO_TOOLS = re.compile(
    r"(n't|not|none|endpoints found that) (support|allow|accept|implement)\w*.{0,30}\b(tools?|functions?)\b"
    r"|\b(tools|tool[ _-]?(us(e|age)|call(s|ing)?)|functions|function[ _-]?call(s|ing)?)\b['\"`]?"
    r" .{0,12}(not (yet )?(support|allow|accept|implement|enable|permit|available)|unsupported|unavailable)"
    r"|(extra|unknown|unrecogni[sz]ed|unexpected|unsupported) .{0,50}\btools\b(?![\[.])|\btools extra\b"
    r"|--enable-auto-tool-choice|--tool-call-parser|--jinja",
    re.IGNORECASE,
)
_NO_MODEL = re.compile(
    r"\b(no|no such|invalid|unknown|unsupported|wrong) model\b|\bmodel\b.{0,80}\b(not found|not exist|is not available|not loaded)"
    r"|not a valid model",
    re.IGNORECASE,
)
"""Then no other way of asking for JSON helps."""
_MAY_BE_OF_TOOLS = frozenset({FaultKind.DECLINED, FaultKind.MODEL, FaultKind.SERVER})
_BY_NAME = (
    (_BAD_KEY, FaultKind.KEY),
    (_OWN_REASON, FaultKind.DECLINED),
    (re.compile(r"rate_?limit|too_?many|overload|exhausted|throttl"), FaultKind.THROTTLED),
    (re.compile(r"not_?found"), FaultKind.MODEL),
    (re.compile(r"time_?out|timed_?out|deadline"), FaultKind.TIMEOUT),
    (re.compile(r"unavailable|bad_?gateway"), FaultKind.UNREADY),
    (re.compile(r"invalid_?(request|argument)|bad_?request|unprocessable"), FaultKind.DECLINED),
)


def failure_of(
    status: int, body: Any, raw: bytes, headers: Mapping[str, str], hide: Callable[[str], str]
) -> FailedRequest:
    """The refusal in a reply whose `status` is no success. `body` is its JSON, None where it has none."""
    if 300 <= status < 400:
        return FailedRequest(
            FaultKind.MODEL, shown(f"HTTP {status}: the address sends elsewhere, to {headers.get('Location')}", hide)
        )
    error = error_in(body)
    if error is None:
        error = {"message": words_of(raw)}
    return failure_in(error, headers, hide, status=status)


def words_of(raw: bytes) -> str:
    """What a body that is no JSON says to people: of a page its text alone, its title first."""
    text = raw[:_PAGE].decode("utf-8", "replace")
    if not _IS_PAGE.match(text):
        return text
    words = " ".join(_HIDDEN.sub(" ", text).split())
    return f"{PAGE}: {words}" if words else PAGE


def error_in(body: Any) -> Any:
    """The error in a body, however it is told; None where there is none."""
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    if not isinstance(body, dict):
        return None
    error = body.get("error")
    if isinstance(error, dict) and error:
        return {**body, **error}
    if isinstance(error, str) and error:
        return {**body, "message": error}
    if error or body.get("object") == "error":
        return body
    if body.get("choices"):
        return None
    told = any(body.get(name) for name in ("message", "detail", "msg")) or _status_in(body) is not None
    return body if told else None


def failure_in(
    error: Mapping[str, Any], headers: Mapping[str, str], hide: Callable[[str], str], status: int | None = None
) -> FailedRequest:
    """The refusal that an error's words tell. Without an HTTP `status` the error's own counts, or else its names."""
    where = "200 with an error" if status is None else f"HTTP {status}"
    status = status or _status_in(error)
    message, names = _message(error), " ".join(_names(error)).lower().replace("-", "_")
    kind = _kind(status, names, message)
    told = {**headers, **_headers_in(error)}
    wait = retry_after(told)
    if wait is None and kind is FaultKind.THROTTLED:
        wait = until_reset(told)
    form = _form(status, kind, names, f"{message} {names}")
    # The names are looked for in what the endpoint says, but not shown where it has words for people.
    of_tools = kind in _MAY_BE_OF_TOOLS and _NO_TOOLS.search(f"{message} {names}") is not None
    text = shown(f"{where}: {message or names or 'no reason given'}", hide)
    return FailedRequest(kind, text, wait, form, of_tools=of_tools, told=f"{message} {' '.join(_names(error))}"[:_READ])


def shown(text: str, hide: Callable[[str], str]) -> str:
    """An endpoint's words as one short printable line. Secrets go before it is cut: a part of a key is one too."""
    line = " ".join(text.split())[:_READ]
    return hide(" ".join("".join(c if c.isprintable() else " " for c in line).split()))[:_SHOWN]


def _kind(status: int | None, names: str, message: str) -> FaultKind:
    if _EMPTY_ACCOUNT.search(names):
        return FaultKind.KEY
    if status in {400, 422} and (_BAD_KEY.search(names) or _BAD_KEY_TOLD.search(message[:80])):
        return FaultKind.KEY
    if status in {400, 403, 500} and _OWN_REASON.search(f"{names} {message.lower()}" if status == 403 else names):
        return FaultKind.DECLINED
    if status is not None:
        return _BY_STATUS.get(status, FaultKind.SERVER if status >= 500 else FaultKind.DECLINED)
    return next((kind for pattern, kind in _BY_NAME if pattern.search(names)), FaultKind.SERVER)


def _form(status: int | None, kind: FaultKind, names: str, text: str) -> Form:
    """Whether another way of asking for JSON may help."""
    if kind not in {FaultKind.DECLINED, FaultKind.MODEL} or status == 403 or _OWN_REASON.search(names):
        return Form.OTHER
    if _OF_FORM.search(text):
        return Form.NAMED
    if _NO_MODEL.search(text):
        return Form.OTHER
    unexplained = status in {None, 400, 422} and kind is FaultKind.DECLINED
    return Form.POSSIBLE if unexplained and not _OWN_REASON.search(text.lower()) else Form.OTHER


def _message(error: Mapping[str, Any]) -> str:
    """What the error says to people, with what a router adds about the provider behind it."""
    told = next((error[name] for name in ("message", "detail", "msg") if error.get(name)), "")
    metadata = error.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, dict) else None
    return " ".join(part if isinstance(part, str) else " ".join(_texts(part)) for part in (told, raw) if part)


def _texts(value: Any, depth: int = 4) -> Iterator[str]:
    """All texts in a JSON value, to a bounded depth: FastAPI tells what is wrong in lists of objects."""
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner, depth - 1)


def _names(error: Mapping[str, Any]) -> Iterator[str]:
    """The words meant for programs."""
    yield from (
        error[name] for name in ("code", "type", "status", "param", "reason") if isinstance(error.get(name), str)
    )
    details = error.get("details")
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, dict) and isinstance(detail.get("reason"), str):
            yield detail["reason"]


def _status_in(error: Mapping[str, Any]) -> int | None:
    """The HTTP status that an error's own words name."""
    for name in ("code", "status", "status_code", "statusCode"):
        value = error.get(name)
        if isinstance(value, str) and re.fullmatch(r"[45]\d\d", value):
            return int(value)
        if isinstance(value, int) and 400 <= value < 600:
            return value
    return None


def _headers_in(error: Mapping[str, Any]) -> dict[str, str]:
    """The headers that a router passes on in its body, and Google's way to name a delay."""
    metadata, details = error.get("metadata"), error.get("details")
    found = metadata.get("headers") if isinstance(metadata, dict) else None
    pairs = found.items() if isinstance(found, dict) else ()
    headers = {name: str(value) for name, value in pairs if isinstance(value, str | int | float)}
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, dict) and isinstance(detail.get("retryDelay"), str):
            headers["Retry-After"] = detail["retryDelay"]
    return headers
