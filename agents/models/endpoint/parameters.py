"""What an endpoint does not take of a request's form: parameters, the role `system`, keywords of a schema.

A request that is refused for one of them is asked again without it. What was named so, and then answered, is left out of
every later request to that model. No answer's key depends on it, and nothing of it is stored: a continued run finds it
anew, with a request or two.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any

import orjson

from agents.models.calls import Call
from agents.models.endpoint.failures import FailedRequest, Form
from agents.models.endpoint.strict import holds, without
from agents.models.faults import FaultKind

_LIMITS = ("max_completion_tokens", "max_tokens")
_SPARE = ("temperature", "top_p", "stop", "seed", "logprobs", "top_logprobs")
_ODDS = {"logprobs", "top_logprobs"}
_ALIASES = {
    "stop_sequences": "stop", "stopsequences": "stop", "topp": "top_p", "random_seed": "seed", "maxtokens": "max_tokens",
    "max_output_tokens": "max_tokens", "maxoutputtokens": "max_tokens",
}  # fmt: skip
_NAMES = re.compile(rf"(?<!\w)({'|'.join([*_LIMITS, *_SPARE, *_ALIASES])})(?!\w)", re.IGNORECASE)
_REFUSES = re.compile(
    r"unsupported|unknown|unrecogni[sz]ed|unexpected|extra (input|field|param|arg|prop|forbidden)|extra_forbidden|forbidden"
    r"|not (yet )?(be )?(support|allow|accept|permit|recogni|implement|available|valid|compatible|enabled)"
    r"|(does|do|is|are|can)(n't| ?not) |at the same time|mutually exclusive|only one of|invalid|no such|must |should be"
    r"|out of range|too (large|high|low|small|many|big)|(less|greater) than|at most|deprecated|both|instead|incompatible"
    r"|exceed|one of",
    re.IGNORECASE,
)
_OF_VALUE = re.compile(
    r"must be|should be|out of range|too (large|high|low|small|many|big)|(less|greater) than|at most|between|exceed"
    r"|invalid value|maximum|minimum|\brange\b",
    re.IGNORECASE,
)
_OF_KIND = re.compile(
    r"unsupported (param|arg|field|value)|unknown|unrecogni[sz]ed|unexpected|extra|(not|n't) (be )?support|not permitted"
    r"|only the default",
    re.IGNORECASE,
)
_UNEXPECTED = re.compile(r"unexpected keyword argument|unsupported param|unrecogni[sz]ed (request )?arg", re.IGNORECASE)
"""What some servers tell with status 500."""
_ROLES = re.compile(
    r"system['\"`]? (role|message|prompt|instruction)s?\b.{0,40}\b(not|n't|unsupported)"
    r"|(not|n't|unsupported|invalid|unknown).{0,30}\b(system|developer)['\"`]? (role|message|prompt|instruction)"
    r"|role.{0,20}['\"`](system|developer)['\"`]|developer instruction|roles? must alternate",
    re.IGNORECASE,
)
_ROLE = "role"
_KEYWORDS = (
    "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "pattern", "format",
    "minItems", "maxItems", "uniqueItems", "default", "title", "description", "const",
)  # fmt: skip
_KEYWORD = re.compile(rf"(?<!\w)({'|'.join(_KEYWORDS)})(?!\w)")
_SAYS_NOTHING = re.compile(
    r"\W*(no reason given|bad request|invalid (request|input|param\w*|arg\w*|body|payload)|unprocessable( entity)?"
    r"|validation (error|failed)|malformed request|unknown error|error|\d+)?\W*(bad_?request\w*|invalid_?request\w*)?\W*",
    re.IGNORECASE,
)
_BOTH, _NEWER, _OLDER = "limit:both", "limit:max_completion_tokens", "limit:max_tokens"
"""The forms of the limit on an answer's tokens that were refused; if all were, none is sent."""
_BARE = frozenset({*_SPARE, _BOTH, _NEWER})


@dataclass(frozen=True)
class _Left:
    """What is left out of one call's requests."""

    out: frozenset[str]
    bare: bool = False
    """Whether all that can be is left out, for a refusal without a reason."""


class Parameters:
    """What the requests to one endpoint leave out, by model."""

    def __init__(self) -> None:
        self._known: dict[str, frozenset[str]] = {}
        self._first: dict[str, frozenset[str]] = {}
        """What was left out for calls to a model that has answered none yet: the next call begins without it."""
        self._trying: dict[bytes, _Left] = {}
        """Calls that were refused and are to be asked again."""
        self._answered: set[str] = set()
        self._in_vain: set[str] = set()
        """Models that have answered nothing, and took the last form of a request no better."""

    def fitted(self, call: Call, body: dict[str, Any]) -> dict[str, Any]:
        """The body of a call's next request, without what is not taken."""
        name = call.model.name
        if (first := self._first.get(name)) and name not in self._answered:
            self._trying.setdefault(call.key(), _Left(first))
        trying = self._trying.get(call.key()) if self._trying else None
        known = self._known.get(name, frozenset())
        out = known if trying is None else known | trying.out
        return _fitted(body, out) if out else body

    def answered(self, call: Call) -> None:
        """Note that a call was answered: what was left out for it is left out from now on."""
        name = call.model.name
        self._answered.add(name)
        left = self._trying.pop(call.key(), None) if self._trying else None
        if left is not None:
            self._known[name] = self._known.get(name, frozenset()) | left.out

    def left_out(self, model: str) -> frozenset[str]:
        """What requests to a model leave out, since it was refused."""
        return self._known.get(model, frozenset())

    def may_fall(self, call: Call, *, last: bool) -> bool:
        """Whether another way of asking for JSON may help, after a refusal that does not name the way: not if a model has
        answered nothing, and the last way was tried in vain."""
        name = call.model.name
        if name in self._answered:
            return True
        if last:
            self._in_vain.add(name)
        return name not in self._in_vain

    def failed(self, call: Call, body: dict[str, Any], request: FailedRequest, *, last: bool) -> bool:
        """Whether the call is to be asked again in another form. `body` is the one that was sent; `last` says that no
        other way of asking for JSON is left."""
        key, name = call.key(), call.model.name
        left = self._trying.get(key, _Left(frozenset()))
        if request.kind not in {FaultKind.DECLINED, FaultKind.MODEL, FaultKind.SERVER, FaultKind.TOOLS}:
            return False  # busy, away: it is asked again as it is
        more = _named(body, request, left.out | self._known.get(name, frozenset()))
        if more:
            self._trying[key] = _Left(left.out | more, left.bare)
            if name not in self._answered:
                self._first[name] = self._first.get(name, frozenset()) | more
            return True
        if left.bare:
            self._in_vain.add(name)
        elif last and _vague(request) and name not in self._answered | self._in_vain and _fitted(body, _BARE) != body:
            self._trying[key] = _Left(left.out | _BARE, bare=True)
            return True
        if request.form is Form.OTHER or last:
            self._trying.pop(key, None)
        return False


def _vague(request: FailedRequest) -> bool:
    """Whether a refusal gives no reason at all."""
    return request.form is Form.POSSIBLE and _SAYS_NOTHING.fullmatch(request.told) is not None


def _named(body: dict[str, Any], request: FailedRequest, out: Set[str]) -> frozenset[str]:
    """What of a body a refusal names, and was not left out yet."""
    told = request.told
    if request.kind is FaultKind.SERVER and not _UNEXPECTED.search(told):
        return frozenset()
    if (request.form is Form.OTHER and request.kind is FaultKind.DECLINED) or not _REFUSES.search(told):
        return frozenset()
    found = {_ALIASES.get(name.lower(), name.lower()) for name in _NAMES.findall(told)}
    spare = found & body.keys() & set(_SPARE)
    more = {_tagged(name, body[name]) if _of_value(told) else name for name in spare}
    if spare & _ODDS:  # one is of no use without the other
        more |= _ODDS & body.keys()
    more |= _limits(found & set(_LIMITS), body, told)
    if _ROLES.search(told) and _folded(body["messages"]) != body["messages"]:
        more.add(_ROLE)
    schema = _schema_of(body)
    if schema is not None:
        more |= {word for word in _KEYWORD.findall(told) if holds(schema, word)}
    return frozenset(more - out)


def _limits(named: Set[str], body: dict[str, Any], told: str) -> set[str]:
    """Which forms of the limit on tokens an endpoint does not take, if it names one that was sent."""
    sent = [name for name in _LIMITS if name in body]
    if not named or not sent:
        return set()
    if _of_value(told):
        return {_tagged("limit", body[sent[0]])}
    if len(sent) == 1:
        return {_BOTH, f"limit:{sent[0]}"}
    if len(named) == 1:
        return {_BOTH, *(f"limit:{name}" for name in named)}
    older = re.search(r"(use|instead of) ['\"`]?max_(completion_)?tokens", told, re.IGNORECASE)
    if older and ("completion" in older[0].lower()) == older[0].lower().startswith("instead"):
        return {_BOTH, _NEWER}
    return {_BOTH}


def _of_value(told: str) -> bool:
    """Whether a value alone is refused: another call may have one that is taken."""
    return _OF_VALUE.search(told) is not None and _OF_KIND.search(told) is None


def _tagged(name: str, value: Any) -> str:
    return f"{name}={orjson.dumps(value).decode()}"


def _fitted(body: dict[str, Any], out: Set[str]) -> dict[str, Any]:
    """A body without what is left out."""
    made = {
        key: value
        for key, value in body.items()
        if key not in _LIMITS and not (key in _SPARE and (key in out or _tagged(key, value) in out))
    }
    made |= _limit(body, out)
    if _ROLE in out:
        made["messages"] = _folded(body["messages"])
    words = out & set(_KEYWORDS)
    if words and "response_format" in made:
        form = made["response_format"]
        if "json_schema" in form:
            told = {**form["json_schema"], "schema": without(form["json_schema"]["schema"], words)}
            made["response_format"] = {**form, "json_schema": told}
    elif words and "tool_choice" in made:
        made["tools"] = without(made["tools"], words)
    return made


def _limit(body: dict[str, Any], out: Set[str]) -> dict[str, Any]:
    """The limit on an answer's tokens in the first form that was not refused."""
    sent = {name: body[name] for name in _LIMITS if name in body}
    if not sent:
        return {}
    value = next(iter(sent.values()))
    if _tagged("limit", value) in out:
        return {}
    if len(sent) == 2 and _BOTH not in out:
        return sent
    forms = list(sent) if len(sent) == 1 and _BOTH not in out else list(_LIMITS)
    return next(({name: value} for name in forms if f"limit:{name}" not in out), {})


def _schema_of(body: dict[str, Any]) -> Any:
    """The schema that a request carries for its answer."""
    form = body.get("response_format", {})
    if "json_schema" in form:
        return form["json_schema"]["schema"]
    return body["tools"] if "tool_choice" in body else None


def _folded(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Messages without the role `system`, whose words go before those of the user; and with no two of a role in a row."""
    made = list[dict[str, Any]]()
    for message in messages:
        role = "user" if message["role"] in {"system", "developer"} else message["role"]
        last = made[-1] if made else None
        if last and last["role"] == role and role != "tool" and not {**last, **message}.keys() - {"role", "content"}:
            made[-1] = {**last, "content": f"{last['content']}\n\n{message['content']}"}
        else:
            made.append({**message, "role": role})
    return made
