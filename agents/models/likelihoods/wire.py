"""The transport to an OpenAI-compatible `/completions` that says how likely a prompt's own tokens are."""

from __future__ import annotations

import re
from typing import Any

import orjson

from agents.models.calls import Answer, Call
from agents.models.endpoint.failures import error_in, failure_in, failure_of, shown, words_of
from agents.models.endpoint.post import Post
from agents.models.endpoint.replies import Reply
from agents.models.faults import Fault, FaultKind
from agents.models.likelihoods.reading import scored_in
from agents.models.limits.ledger import prompt_tokens_at_most
from scenarios.records import Usage

_MAX_REPLY = 64 * 1024 * 1024
_FORMS: tuple[dict[str, Any], ...] = (
    {"echo": True, "logprobs": 1, "prompt_logprobs": 0},
    {"echo": True, "logprobs": 1},
    {"prompt_logprobs": 0},
)
"""From the one that serves most endpoints to those that take one of the two ways alone. `logprobs` is 1, since 0 is none to some."""
_OF_FORM = re.compile(
    r"echo|logprobs|extra (input|field|param|arg)|extra_forbidden|unknown|unrecogni[sz]ed|unexpected|unsupported|not permitted",
    re.IGNORECASE,
)
_NEEDS = (
    "the endpoint does not say how likely a prompt's own tokens are: vLLM does (prompt_logprobs), and so does any /completions "
    "with echo and logprobs"
)


class LikelihoodWire:
    """The transport to one endpoint. `key` is shown in no error.

    If an endpoint refuses a form of the request, or answers without what was asked for, the next request has another form; once
    none is left, every call fails without a request.
    """

    def __init__(self, base_url: str, key: str) -> None:
        self._post = Post(base_url, key)
        self._forms: dict[str, int] = {}
        """By model, which of `_FORMS` is next."""

    async def send(self, call: Call) -> Answer:
        """Ask once for the tokens of `call.texts` put together: the answer's text is a ScoredText in JSON. Raises Fault."""
        form, prompt = self._forms.get(call.model.name, 0), "".join(call.texts)
        if form == len(_FORMS):
            raise Fault(FaultKind.DECLINED, _NEEDS)
        sent = {"model": call.model.name, "prompt": prompt, "max_tokens": 1, "temperature": 0, **_FORMS[form]}
        reply = await self._post.send("completions", sent, seconds=call.model.timeout, most=_MAX_REPLY)
        body = self._body(reply, call, form)
        found = scored_in(body, prompt)
        usage = _usage(body, call)
        if found is None:
            raise self._other_form(call, form, _NEEDS, usage)
        tokens = tuple(map(self._post.secret.out_of_answer, found.tokens))
        return Answer(text=found.model_copy(update={"tokens": tokens}).model_dump_json(), usage=usage)

    async def close(self) -> None:
        """Close the connections."""
        await self._post.close()

    def _body(self, reply: Reply, call: Call, form: int) -> dict[str, Any]:
        hide = self._post.secret.out_of
        try:
            body = orjson.loads(reply.raw)
        except orjson.JSONDecodeError:
            body = None
        if not 200 <= reply.status < 300:
            failed = failure_of(reply.status, body, reply.raw, reply.headers, hide)
        elif not isinstance(body, dict):
            raise Fault(FaultKind.GARBAGE, shown(f"the body is no JSON object: {words_of(reply.raw)}", hide))
        elif (told := error_in(body)) is not None:
            failed = failure_in(told, reply.headers, hide)
        else:
            return body
        if failed.kind is FaultKind.DECLINED and _OF_FORM.search(failed.told):
            raise self._other_form(call, form, failed.text, failed.usage)
        raise failed.fault()

    def _other_form(self, call: Call, form: int, why: str, usage: Usage | None) -> Fault:
        """The fault of a form that the endpoint does not take; calls in flight at the same time find it out together."""
        name = call.model.name
        self._forms[name] = max(self._forms.get(name, 0), form + 1)
        return Fault(FaultKind.DECLINED if self._forms[name] == len(_FORMS) else FaultKind.FORM, why, usage=usage)


def _usage(body: dict[str, Any], call: Call) -> Usage:
    """What the endpoint counted; else an estimate that is rather too high than too low."""
    counted = body.get("usage")
    counts = counted if isinstance(counted, dict) else {}
    prompt, made = (counts.get(name) for name in ("prompt_tokens", "completion_tokens"))
    return Usage(
        calls=1,
        prompt_tokens=prompt if type(prompt) is int and 0 < prompt < 10**8 else prompt_tokens_at_most(call),
        completion_tokens=made if type(made) is int and 0 <= made < 10**8 else 1,
    )
