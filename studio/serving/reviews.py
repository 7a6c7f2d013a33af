"""The routes of the review mode: what is next, what is said, and whether an edit passes the checks."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from aiohttp import web

from graphs.files.rundir import JOURNAL
from graphs.reviewing.log import read_reviews
from graphs.reviewing.verdicts import Queue
from memory.journal.reading import JournalReader, read_journal
from scenarios.errors import RunDirError
from studio.reviewing.keeping import keep, kept_before, said_of
from studio.reviewing.posted import PostedEdit, PostedVerdict, UnfitError, posted
from studio.reviewing.queues import Work, item_of, items, last_said, pair_digest, progress
from studio.reviewing.reviewed_set import SetReader
from studio.reviewing.showing import ReviewPage, failing_checks, review_item
from studio.runs.open_run import OpenRun
from studio.runs.shelf import Shelf
from studio.serving.answers import in_thread, json_bytes, problem
from studio.serving.guarding import refused_change

_MOST_ITEMS = 12
_MOST_HELD = 200
_NAME = re.compile(r"[^\x00-\x1f]{1,80}")


class ReviewRoutes:
    """Answers requests of the review mode."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._sets = SetReader()
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="review-read")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="review-write")
        """One, so that verdicts are kept in the order in which they come."""

    def table(self) -> list[web.RouteDef]:
        """Every route."""
        run = "/api/runs/{run}/review"
        return [
            web.get(f"{run}/next", self._reading(self._next)),
            web.get(f"{run}/last", self._reading(self._last)),
            web.get(f"{run}/said", self._reading(self._said)),
            web.post(f"{run}/verdicts", self._changing(self._verdict, self._writer)),
            web.post(f"{run}/check", self._changing(self._check, self._readers)),
        ]

    async def close(self, _: web.Application) -> None:
        """Let the threads end; what was begun is written."""
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._writer.shutdown(wait=True)

    def _reading(self, work: Callable[[OpenRun, web.Request], Any]) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.Response:
            run = self._run(request)
            return _json(await in_thread(self._readers, lambda: json_bytes(work(run, request))))

        return handle

    def _changing(
        self, work: Callable[[OpenRun, bytes], Any], pool: ThreadPoolExecutor
    ) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.Response:
            if refusal := refused_change(request):
                return problem(refusal, 403)
            body = await request.read()
            run = self._run(request)
            try:
                return _json(await in_thread(pool, lambda: json_bytes(work(run, body))))
            except UnfitError as error:
                return problem(str(error), 422)

        return handle

    def _run(self, request: web.Request) -> OpenRun:
        run = self._shelf.run(request.match_info["run"])
        if run is None:
            raise web.HTTPNotFound
        return run

    def _next(self, run: OpenRun, request: web.Request) -> ReviewPage:
        run.check()
        work = _work(request)
        held = set(request.query.getall("held", [])[:_MOST_HELD])
        reviewed, said = self._sets.of(run.path), read_reviews(run.path)
        wanted = min(_MOST_ITEMS, _number(request, "count"))
        found = list(islice((one for one in items(reviewed, said, work) if one.key not in held), wanted))
        shown = read_journal(run.path / JOURNAL, lambda reading: [review_item(reading, one) for one in found])
        return ReviewPage(
            items=tuple(one for one in shown if one), progress=progress(reviewed, said, work),
            conversation=reviewed.conversation, reviewers=tuple(sorted({one.reviewer for one in said})),
        )  # fmt: skip

    def _last(self, run: OpenRun, request: web.Request) -> Any:
        """What a reviewer said last before a moment, if it stands, with what it was said of: there undo goes back to."""
        run.check()
        work, before = _work(request), request.query.get("before", "")
        reviewed, said = self._sets.of(run.path), read_reviews(run.path)
        told = last_said(said, work, before)
        item = item_of(reviewed, work, told) if told else None
        if told is None or item is None:
            return {"verdict": None, "item": None}
        return {"verdict": told, "item": read_journal(run.path / JOURNAL, lambda reading: review_item(reading, item))}

    def _said(self, run: OpenRun, request: web.Request) -> Any:
        run.check()
        return said_of(run.path, request.query.get("sample", ""))

    def _verdict(self, run: OpenRun, body: bytes) -> Any:
        told = posted(PostedVerdict, body)
        run.check()
        reviewed = self._sets.of(run.path)
        if kept_before(read_reviews(run.path), told) is None:
            _check_content(reviewed.contents, told)
        return {"number": keep(run.path, told).number}

    def _check(self, run: OpenRun, body: bytes) -> Any:
        told = posted(PostedEdit, body)
        run.check()
        loaded = run.scenario.loaded()
        if loaded is None:
            raise RunDirError(f"the edit cannot be checked: {run.scenario.error}")

        def failing(reading: JournalReader) -> Any:
            record = reading.record(told.sample)
            if record is None:
                raise RunDirError(f"{told.sample}: is no sample of this run")
            return record

        record = read_journal(run.path / JOURNAL, failing)
        return {"failing": failing_checks(record, loaded, told.content, told.edit)}


def _check_content(contents: dict[str, str], told: PostedVerdict) -> None:
    """Raise UnfitError unless the verdict is of what the set holds now."""
    left, right = contents.get(told.sample, ""), contents.get(told.against, "")
    if told.content != (pair_digest(left, right) if told.against else left):
        raise UnfitError("the sample is not in the dataset as the reviewer saw it; the verdict was not kept")


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json", charset="utf-8")


def _work(request: web.Request) -> Work:
    """The queue and the reviewer of a request. Raises RunDirError."""
    told = request.query
    reviewer = told.get("reviewer", "")
    if not _NAME.fullmatch(reviewer):
        raise RunDirError("the page gave no name of a reviewer; a name has 1 to 80 characters")
    try:
        queue = Queue(told.get("queue", ""))
        goal = float(told.get("goal", "0.05"))
    except ValueError:
        raise RunDirError(f"the page asked for no queue; there are {', '.join(Queue)}") from None
    if not 0 < goal < 1:
        raise RunDirError("the goal is a share between 0 and 1")
    return Work(reviewer=reviewer, queue=queue, seed=_number(request, "seed", 0), goal=goal)


def _number(request: web.Request, name: str, without: int = 6) -> int:
    told = request.query.get(name, str(without))
    if not told.isascii() or not told.isdigit() or len(told) > 12:
        raise RunDirError(f"{name}: is no whole number")
    return int(told)
