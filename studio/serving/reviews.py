"""The routes of the review mode: what is next, what is said, and whether an edit passes the checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from aiohttp import web

from graphs.files.rundir import JOURNAL
from graphs.reviewing.desk import ReviewItem
from graphs.reviewing.log import read_reviews
from graphs.reviewing.verdicts import Queue
from memory.journal.reading import JournalReader, read_journal
from scenarios.errors import RunDirError
from scenarios.records import Record
from studio.reviewing.desks import Desks, ReviewWork
from studio.reviewing.posted import PostedEdit, PostedVerdict, UnfitError, posted
from studio.reviewing.showing import ReviewPage, ShownItem, edit_checked, shown_item
from studio.runs.open_run import OpenRun
from studio.runs.shelf import Shelf
from studio.serving.answers import in_thread, json_bytes, problem
from studio.serving.guarding import refused_change

_MOST_ITEMS = 12
_MOST_HELD = 200
_A_LOOK = 0.02
"""Seconds of reading after which some sample is known."""
_NAME = re.compile(r"[^\x00-\x1f]{1,80}")


class ReviewRoutes:
    """Answers requests of the review mode."""

    def __init__(self, shelf: Shelf, plant: float = 0.0) -> None:
        self._shelf = shelf
        self._desks = Desks(plant)
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
        desk, work = self._desks.of(run), _work(request)
        held = request.query.getall("held", [])[:_MOST_HELD]
        wanted = min(_MOST_ITEMS, _number(request, "count"))
        found = desk.desk.next(work.queue, work.reviewer, wanted, seed=work.seed, held=held) if wanted else []
        shown = _shown(run, found, work.seed)
        return ReviewPage(items=shown, progress=desk.progress(work), conversation=_talks(run, shown))

    def _last(self, run: OpenRun, request: web.Request) -> Any:
        """What a reviewer said last in a queue, if it stands, with what it was said of: there undo goes back to."""
        desk, work = self._desks.of(run), _work(request)
        told = desk.last(work, _number(request, "before", 0))
        item = desk.desk.item_of(told) if told else None
        if told is None or item is None:
            return {"verdict": None, "item": None}
        return {"verdict": told, "item": _shown(run, [item], told.seed)[0]}

    def _said(self, run: OpenRun, request: web.Request) -> Any:
        run.check_reviewable()
        return [one for one in read_reviews(run.path) if request.query.get("sample", "") in (one.sample, one.against)]

    def _verdict(self, run: OpenRun, body: bytes) -> Any:
        return {"number": self._desks.of(run).keep(posted(PostedVerdict, body)).number}

    def _check(self, run: OpenRun, body: bytes) -> Any:
        told = posted(PostedEdit, body)
        run.check()
        loaded = run.scenario.loaded()
        if loaded is None:
            raise RunDirError(f"the edit cannot be checked: {run.scenario.error}")

        def read(reading: JournalReader) -> Record | None:
            return reading.record(told.sample)

        record = read_journal(run.path / JOURNAL, read)
        if record is None:
            raise UnfitError("the page names a sample that the run does not have")
        return edit_checked(record, loaded, told.content, told.edit)


def _shown(run: OpenRun, items: Sequence[ReviewItem], seed: int) -> tuple[ShownItem, ...]:
    """Items as the page shows them: with what the journal knows, if there is one. Raises RunDirError."""
    if run.review_only:
        return tuple(shown_item(None, one, seed) for one in items)
    return tuple(read_journal(run.path / JOURNAL, lambda reading: [shown_item(reading, one, seed) for one in items]))


def _talks(run: OpenRun, shown: Sequence[ShownItem]) -> bool:
    """Whether the samples are conversations."""
    if run.review_only:
        return any(one.left.messages for one in shown)
    with run.samples(_A_LOOK) as index:
        return any(one.row.messages for one in islice(index.samples(), 50))


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json", charset="utf-8")


def _work(request: web.Request) -> ReviewWork:
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
    return ReviewWork(reviewer=reviewer, queue=queue, seed=_number(request, "seed", 0), goal=goal)


def _number(request: web.Request, name: str, without: int = 6) -> int:
    told = request.query.get(name, str(without))
    if not told.isascii() or not told.isdigit() or len(told) > 12:
        raise RunDirError(f"{name}: is no whole number")
    return int(told)
