"""The batch interface of a fake endpoint, in OpenAI's form."""

from __future__ import annotations

import inspect
import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

import orjson
from aiohttp import web

from tests.endpoint import Asked, Endpoint, Reply, completion

Line = dict[str, Any]


class BatchHouse:
    """Answers the calls of batches as its endpoint answers any other, and is as slow and moody as it is told to be."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.lines: list[list[Asked]] = []
        """The calls of each batch that was begun."""
        self.looks = 1
        """How often a batch is looked at before it is over."""
        self.held = False
        """No batch ends."""
        self.ends: Callable[[int], str] = lambda number: "completed"
        """How the batch with this number (from 1) ends. If it expires, its second half has no replies."""
        self.meddle: Callable[[str, int], Reply | None] = lambda what, number: None
        """What is replied in place of a proper reply to the request `POST files`, `GET batches` …, by its number (from 1)."""
        self.refuse: Callable[[int], dict[str, str] | None] = lambda number: None
        """Why the batch with this number of calls is not begun on: an error with `code` and `message`."""
        self.forget_reply = False
        """The reply to the next `POST batches` is lost on the way, after it was begun."""
        self.asked: Counter[str] = Counter()
        self._numbers = itertools.count(1)
        self._seen: Counter[str] = Counter()

    async def __call__(self, endpoint: Endpoint, request: web.Request) -> Reply:
        parts = request.path.split("/")[2:]
        what = f"{request.method} {parts[0]}{'' if len(parts) < 2 else '/ID' if len(parts) == 2 else '/ID/content'}"
        self.asked[what] += 1
        if (odd := self.meddle(what, self.asked[what])) is not None:
            return odd
        match [request.method, *parts]:
            case ["POST", "files"]:
                form = await request.post()
                file = form["file"]
                assert form["purpose"] == "batch"
                assert isinstance(file, web.FileField)
                return self._kept("file", file.file.read())
            case ["POST", "batches"]:
                return await self._begun(endpoint, orjson.loads(await request.read()), dict(request.headers))
            case ["GET", "batches"]:
                return Reply(body={"object": "list", "data": list(self.batches.values())[::-1], "has_more": False})
            case ["GET", "batches", id_] if id_ in self.batches:
                return Reply(body=self._looked_at(id_))
            case ["GET", "files", id_, "content"] if id_ in self.files:
                return Reply(body=self.files[id_])
        return Reply(404, {"error": {"message": "no such object", "code": "not_found"}})

    def _kept(self, kind: str, content: bytes) -> Reply:
        id_ = f"{kind}-{next(self._numbers)}"
        self.files[id_] = content
        return Reply(body={"id": id_, "object": "file", "purpose": "batch"})

    async def _begun(self, endpoint: Endpoint, told: dict[str, Any], headers: dict[str, str]) -> Reply:
        assert (told["endpoint"], told["completion_window"]) == ("/v1/chat/completions", "24h")
        lines = [orjson.loads(line) for line in self.files[told["input_file_id"]].splitlines()]
        id_ = f"batch_{len(self.batches) + 1}"
        batch = {"id": id_, "object": "batch", "input_file_id": told["input_file_id"], "status": "validating"}
        self.batches[id_] = batch
        if (why := self.refuse(len(lines))) is not None:
            batch |= {"status": "failed", "errors": {"object": "list", "data": [why]}}
            return Reply(body=batch)
        asked = [Asked(place, line["body"], headers) for place, line in enumerate(lines, 1)]
        self.lines.append(asked)
        assert len({line["custom_id"] for line in lines}) == len(lines)
        assert len({one.body["model"] for one in asked}) == 1
        good, bad = list[Line](), list[Line]()
        batch["ends"] = self.ends(len(self.lines))
        for place, (line, one) in enumerate(zip(lines, asked, strict=True)):
            if batch["ends"] == "expired" and place >= len(lines) // 2:
                error = {"code": "batch_expired", "message": "This request could not be executed in time."}
                bad.append({"custom_id": line["custom_id"], "response": None, "error": error})
                continue
            reply = endpoint.behaviour(one)
            reply = await reply if inspect.isawaitable(reply) else reply
            reply = Reply(body=completion(one, reply)) if isinstance(reply, str) else reply
            response = {"status_code": reply.status, "request_id": "x", "body": reply.body}
            (good if reply.status == 200 else bad).append(
                {"custom_id": line["custom_id"], "response": response, "error": None}
            )
        batch["results"] = [good[::-1], bad]  # in any order
        if self.forget_reply:
            self.forget_reply = False
            return Reply(500, b"oh", {"retry-after-ms": "1"})
        return Reply(body=self._shown(batch))

    def _looked_at(self, id_: str) -> dict[str, Any]:
        batch = self.batches[id_]
        self._seen[id_] += 1
        if batch["status"] in {"validating", "in_progress"}:
            batch["status"] = "in_progress"
            if not self.held and self._seen[id_] >= self.looks:
                batch["status"] = batch["ends"]
                for name, rows in zip(("output_file_id", "error_file_id"), batch["results"], strict=True):
                    content = b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
                    batch[name] = self._kept("file", content).body["id"] if rows else None
        return self._shown(batch)

    @staticmethod
    def _shown(batch: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in batch.items() if key not in {"results", "ends"}}


def with_batches(endpoint: Endpoint) -> BatchHouse:
    """Give an endpoint a batch interface."""
    house = BatchHouse()
    endpoint.house = house
    return house
