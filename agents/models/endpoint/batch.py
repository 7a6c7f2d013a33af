"""The batch interface of an endpoint, in OpenAI's form: a file of requests goes up, a file of replies comes back in hours.

The form is that of https://platform.openai.com/docs/guides/batch: `/files` takes the requests, a JSON line each, `/batches`
begins on them, and `/files/ID/content` gives the replies. A line's reply is read like any other (`replies.py`).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from agents.models.endpoint.failures import FailedRequest, error_in, failure_in, failure_of, shown, words_of
from agents.models.endpoint.post import Post
from agents.models.endpoint.replies import Reply
from agents.models.faults import Fault, FaultKind

_MOST_WORDS = 8 * 1024 * 1024
"""Bytes of a reply that tells how a batch stands."""
_MOST_CONTENT = 1024 * 1024 * 1024
"""Bytes of a file of replies."""
_TRANSFER_S = 900.0
"""Seconds that a file may take, up or down, if `llm.timeout` is not longer."""
_PAGES = 5
"""Pages of the list of batches that are looked through for one."""
_ID = re.compile(r"[A-Za-z0-9][\w.:-]{0,199}", re.ASCII)
"""What an id may be that becomes a part of an address."""
_OVER = {"completed", "expired", "cancelled", "canceled"}
_REFUSED = {"failed", "error"}


class BatchState(StrEnum):
    """How a batch stands."""

    UNDER_WAY = "under way"
    OVER = "over"
    """Each of its calls has a reply, or never gets one."""
    REFUSED = "refused"
    """The endpoint did not begin on it."""


@dataclass(frozen=True)
class BatchLook:
    """What an endpoint says of a batch."""

    id: str
    file: str
    """That of its requests."""
    state: BatchState
    word: str = ""
    """The endpoint's own word for the state."""
    results: tuple[str, ...] = ()
    """The files with the replies."""
    created: float | None = None
    """In seconds since 1970."""
    why: FailedRequest | None = None
    """Of one that was refused."""


def line_of(custom_id: str, body: dict[str, Any]) -> bytes:
    """A request as a line of a batch's file."""
    line = {"custom_id": custom_id, "method": "POST", "url": "/v1/chat/completions", "body": body}
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def replies_in(content: bytes) -> Iterator[tuple[str, Reply]]:
    """The replies in a file of results, by the `custom_id` of their requests. A line that is none is passed over: its call
    counts as one without a reply."""
    for raw in content.splitlines():
        try:
            line = orjson.loads(raw)
        except orjson.JSONDecodeError:
            continue
        if not isinstance(line, dict) or not isinstance(line.get("custom_id"), str):
            continue
        response, error = line.get("response"), line.get("error")
        if isinstance(response, dict) and isinstance(response.get("status_code"), int):
            body = response.get("body")
            yield (
                line["custom_id"],
                Reply(response["status_code"], body.encode() if isinstance(body, str) else _raw(body)),
            )
        elif error:  # it was not even asked; the error's own words say which kind of fault that is
            yield line["custom_id"], Reply(200, _raw({"error": error}))


def _raw(body: Any) -> bytes:
    return orjson.dumps(body)


class BatchWire:
    """The batches of one endpoint. Each method asks once, and raises Fault."""

    def __init__(self, post: Post) -> None:
        self._post = post

    async def upload(self, lines: bytes, seconds: float) -> str:
        """Bring a file of requests there; returns its id."""
        seconds = max(seconds, _TRANSFER_S)
        sending = self._post.upload(
            "files", {"purpose": "batch"}, "requests.jsonl", lines, seconds=seconds, most=_MOST_WORDS
        )
        return _id_of(await self._told(sending, seconds), "id")

    async def begin(self, file: str, seconds: float) -> BatchLook:
        """Have a file's requests carried out."""
        payload = {"input_file_id": file, "endpoint": "/v1/chat/completions", "completion_window": "24h"}
        return self._look(
            await self._told(self._post.send("batches", payload, seconds=seconds, most=_MOST_WORDS), seconds)
        )

    async def look(self, batch: str, seconds: float) -> BatchLook:
        """How a batch stands."""
        path = f"batches/{_named(batch)}"
        return self._look(await self._told(self._post.get(path, seconds=seconds, most=_MOST_WORDS), seconds))

    async def find(self, file: str, seconds: float) -> BatchLook | None:
        """The batch that was begun on a file; None if there is none."""
        after = ""
        for _ in range(_PAGES):
            path = f"batches?limit=100{after}"
            told = await self._told(self._post.get(path, seconds=seconds, most=_MOST_WORDS), seconds)
            rows = told.get("data")
            batches = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
            for row in batches:
                if row.get("input_file_id") == file:
                    return self._look(row)
            if not told.get("has_more") or not batches:
                return None
            after = f"&after={_id_of(batches[-1], 'id')}"
        return None

    async def content(self, file: str, seconds: float) -> bytes:
        """What is in a file."""
        seconds = max(seconds, _TRANSFER_S)
        path = f"files/{_named(file)}/content"
        reply = await self._reply(self._post.get(path, seconds=seconds, most=_MOST_CONTENT), seconds)
        if not 200 <= reply.status < 300:
            raise self._failure(reply).fault()
        return reply.raw

    async def _told(self, sending: Any, seconds: float) -> dict[str, Any]:
        """The JSON object that a request brings."""
        reply = await self._reply(sending, seconds)
        if not 200 <= reply.status < 300:
            raise self._failure(reply).fault()
        body = _json(reply.raw)
        if not isinstance(body, dict):
            raise Fault(FaultKind.GARBAGE, self._shown(f"the reply is no JSON object: {words_of(reply.raw)}"))
        if "id" not in body and "data" not in body and (error := error_in(body)) is not None:
            raise failure_in(error, reply.headers, self._post.secret.out_of).fault()
        return body

    async def _reply(self, sending: Any, seconds: float) -> Reply:
        try:
            async with asyncio.timeout(seconds):
                found: Reply = await sending
        except TimeoutError:
            raise Fault(FaultKind.TIMEOUT, f"no reply about a batch within {seconds:g} s") from None
        return found

    def _failure(self, reply: Reply) -> FailedRequest:
        return failure_of(reply.status, _json(reply.raw), reply.raw, reply.headers, self._post.secret.out_of)

    def _look(self, told: dict[str, Any]) -> BatchLook:
        word = str(told.get("status") or "").lower()
        state = BatchState.OVER if word in _OVER else BatchState.REFUSED if word in _REFUSED else BatchState.UNDER_WAY
        names = ("output_file_id", "error_file_id")
        file, created = told.get("input_file_id"), told.get("created_at")
        return BatchLook(
            id=_id_of(told, "id"),
            file=file if isinstance(file, str) else "",
            state=state,
            word=self._shown(word)[:40],
            results=tuple(_id_of(told, name) for name in names if told.get(name)),
            created=float(created) if isinstance(created, int | float) else None,
            why=self._why(told) if state is BatchState.REFUSED else None,
        )

    def _why(self, told: dict[str, Any]) -> FailedRequest:
        """Why a batch was refused: the first of its errors."""
        errors = told.get("errors")
        rows = errors.get("data") if isinstance(errors, dict) else errors
        first = next((row for row in rows if isinstance(row, dict)), None) if isinstance(rows, list) else None
        return failure_in(first or {"message": "no reason given"}, {}, self._post.secret.out_of)

    def _shown(self, text: str) -> str:
        return shown(text, self._post.secret.out_of)


def _json(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None


def _named(id_: str) -> str:
    """An id as a part of an address. Raises Fault if no endpoint gave it: somebody may have written it into a journal."""
    if not _ID.fullmatch(id_):
        raise Fault(FaultKind.MODEL, f"{id_[:40]!r} is no id")
    return id_


def _id_of(told: dict[str, Any], name: str) -> str:
    """An id that an endpoint gave. Raises Fault if it is none: it becomes a part of an address."""
    found = told.get(name)
    if not isinstance(found, str) or not _ID.fullmatch(found):
        raise Fault(FaultKind.GARBAGE, f"the reply about a batch has no usable {name}")
    return found
