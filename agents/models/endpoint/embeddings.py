"""Embeddings over HTTP: the transport to an OpenAI-compatible `/embeddings`, and what it may reply.

A request carries many texts, and each text is a call of its own: with its own key, its own answer in the journal and its
own part of the costs. So it does not matter which texts were asked for together.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from agents.models.calls import Answer, Asker, Call, Model
from agents.models.endpoint.failures import PAGE, error_in, failure_in, failure_of, shown, words_of
from agents.models.endpoint.post import Post
from agents.models.endpoint.replies import Reply
from agents.models.faults import Fault, FaultKind
from agents.models.limits.ledger import prompt_tokens_at_most
from scenarios.records import Usage
from scenarios.schema.plans import Decoding

ROLE = "embedding"
"""Whose calls these are, in the ledger."""
_MAX_REPLY = 128 * 1024 * 1024
"""Bytes of a reply: more than the largest batch of the longest vectors takes as text."""
_MOST_TOKENS = 100_000_000
_FLOATS = np.dtype("<f4")


def embedding_call(model: Model, *texts: str) -> Call:
    """The call that asks for the vectors of texts."""
    asker = Asker(sample="", step=ROLE)
    return Call(role=ROLE, asker=asker, model=model, messages=(), decoding=Decoding(), seed=0, texts=texts)


def together(calls: Sequence[Call]) -> Call:
    """One call for the texts of several calls of the same model."""
    return embedding_call(calls[0].model, *(text for call in calls for text in call.texts))


def apart(answer: Answer, calls: Sequence[Call]) -> list[Answer]:
    """The answers to calls of a text each, from the answer to all of them together.

    Tokens are dealt out by the lengths of the texts, and the requests are the first one's: the sums stay what they were.
    """
    lengths = [len(call.texts[0].encode("utf-8", "replace")) or 1 for call in calls]
    whole, dealt, passed = sum(lengths), 0, 0
    found = []
    for place, (text, length) in enumerate(zip(answer.text.splitlines(), lengths, strict=True)):
        passed += length
        due = answer.usage.prompt_tokens * passed // whole
        usage = Usage(calls=1, prompt_tokens=due - dealt)
        found.append(
            Answer(text=text, usage=usage, latency=answer.latency, requests=answer.requests if place == 0 else 0)
        )
        dealt = due
    return found


def numbers_of(answer: Answer) -> NDArray[np.float32]:
    """The vector in the answer to a call of one text, shape (dimensions,)."""
    return np.frombuffer(base64.b64decode(answer.text), _FLOATS)


class EmbeddingWire:
    """The transport to the embeddings of one endpoint. `key` is shown in no error."""

    def __init__(self, base_url: str, key: str) -> None:
        self._post = Post(base_url, key)

    async def send(self, call: Call) -> Answer:
        """Ask once for the vectors of the call's texts: a line of base64 for each. Raises Fault."""
        payload: dict[str, Any] = {"model": call.model.name, "input": list(call.texts)}
        if call.model.dimensions is not None:
            payload["dimensions"] = call.model.dimensions
        reply = await self._post.send("embeddings", payload, seconds=call.model.timeout, most=_MAX_REPLY)
        return read_vectors(reply, call, self._post.secret.out_of)

    async def close(self) -> None:
        """Close the connections."""
        await self._post.close()


def read_vectors(reply: Reply, call: Call, hide: Callable[[str], str] = str) -> Answer:
    """The answer in a reply: a vector for each text, whatever order the reply has them in. Raises Fault where one is
    missing, or is none: an embedding that is not there must not become a vector."""
    try:
        body, wrong = orjson.loads(reply.raw), ""
    except orjson.JSONDecodeError as error:
        body, wrong = None, f"the body is no JSON: {error}"
    if not 200 <= reply.status < 300:
        raise failure_of(reply.status, body, reply.raw, reply.headers, hide).fault()
    if wrong:
        words = words_of(reply.raw)
        raise _garbage(shown(f"the body is {words}" if words.startswith(PAGE) else f"{wrong}: {words}", hide))
    if (told := error_in(body)) is not None:
        raise failure_in(told, reply.headers, hide).fault()
    rows = body.get("data") if isinstance(body, dict) else None
    if not isinstance(rows, list) or len(rows) != len(call.texts):
        count = len(rows) if isinstance(rows, list) else "no"
        raise _garbage(f"{len(call.texts)} texts were sent, and {count} embeddings came back")
    vectors = [_vector(row) for row in _in_order(rows)]
    if len({len(vector) for vector in vectors}) > 1:
        raise _garbage("the embeddings of one reply differ in their dimensions")
    lines = (base64.b64encode(vector.tobytes()).decode() for vector in vectors)
    return Answer(text="\n".join(lines), usage=_usage(body, call))


def _in_order(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """The rows in the order of the texts: by their `index`, where they have one."""
    if not all(isinstance(row, dict) for row in rows):
        raise _garbage("an embedding is no object")
    places = [row.get("index") for row in rows]
    if all(place is None for place in places):
        return list(rows)
    by_place = {place: row for place, row in zip(places, rows, strict=True) if type(place) is int}
    if sorted(by_place) != list(range(len(rows))):
        raise _garbage(f"the embeddings' indexes are not those from 0 to {len(rows) - 1}")
    return [by_place[place] for place in range(len(rows))]


def _vector(row: dict[str, Any]) -> NDArray[np.float32]:
    """The vector of a row: a list of numbers, or float32 in base64. Raises Fault where it is none, or points nowhere."""
    given = row.get("embedding")
    try:
        if isinstance(given, str):
            found = np.frombuffer(base64.b64decode(given, validate=True), _FLOATS)
        elif isinstance(given, list) and all(type(number) in (float, int) for number in given):
            with np.errstate(over="ignore"):  # what is too large is found below
                found = np.array(given, _FLOATS)
        else:
            raise _garbage("an embedding is no list of numbers")
    except (binascii.Error, ValueError, OverflowError):
        raise _garbage("an embedding is no list of numbers") from None
    length = float(np.linalg.norm(found.astype(np.float64)))
    if not math.isfinite(length) or length < 1e-12:
        raise _garbage("an embedding is empty, zero, or not finite")
    return found


def _usage(body: dict[str, Any], call: Call) -> Usage:
    """What the endpoint counted; else an estimate that is rather too high than too low."""
    counted = body.get("usage")
    counts = [counted.get(name) for name in ("prompt_tokens", "total_tokens")] if isinstance(counted, dict) else []
    known = [count for count in counts if type(count) is int and 0 < count <= _MOST_TOKENS]
    return Usage(calls=1, prompt_tokens=known[0] if known else prompt_tokens_at_most(call))


def _garbage(text: str) -> Fault:
    return Fault(FaultKind.GARBAGE, text)
