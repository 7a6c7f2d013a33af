"""The routes: what may be asked for. A run and a sample are asked for by ids that this server made."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from aiohttp import web

from graphs.files.rundir import JOURNAL
from graphs.shell.command import FaultLog
from memory.journal.reading import JournalReader, read_journal
from scenarios.errors import RunDirError
from studio.reviewing.posted import LARGEST
from studio.runs.advice import advice_on
from studio.runs.drawing import drawn_topology
from studio.runs.figures import run_figures
from studio.runs.index import RowChanges
from studio.runs.open_run import OpenRun
from studio.runs.pairs import pair_coverage, pair_table
from studio.runs.sample import calls_shown, sample_shown
from studio.runs.sample_map import MapMaker
from studio.runs.shelf import Shelf
from studio.serving.answers import as_json, guarded, in_thread, json_bytes
from studio.serving.guarding import TOKEN, Doorkeeper
from studio.serving.reviews import ReviewRoutes

_PAGE = Path(__file__).parent.parent / "page"
_KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_WITHIN = 0.4
"""Seconds of reading before the page gets what was read so far."""
_READERS = 3
"""Threads that read journals."""


class Routes:
    """Answers requests about the runs of a shelf."""

    def __init__(self, shelf: Shelf, keeper: Doorkeeper) -> None:
        self._shelf, self._keeper = shelf, keeper
        self._pool = ThreadPoolExecutor(_READERS, thread_name_prefix="studio")
        self._maps = MapMaker()
        files = (path for path in _PAGE.iterdir() if path.suffix in _KINDS)
        self._files = {path.name: (path.read_bytes(), _KINDS[path.suffix]) for path in files}

    def table(self) -> list[web.RouteDef]:
        """Every route."""
        of_run = {
            "": self._figures, "/rows": self._rows, "/search": self._search, "/advice": self._advice, "/map": self._map,
            "/coverage": self._coverage, "/topology": self._topology,
            "/samples/{place}": self._sample, "/samples/{place}/calls": self._calls,
        }  # fmt: skip
        found = [web.get("/", self._index), web.get("/page/{name}", self._file), web.get("/api/runs", self._runs)]
        return found + [web.get(f"/api/runs/{{run}}{rest}", self._about(work)) for rest, work in of_run.items()]

    async def close(self, _: web.Application) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _index(self, request: web.Request) -> web.Response:
        response = self._named("index.html")
        if TOKEN in request.query:
            self._keeper.let_in(response)
        return response

    async def _file(self, request: web.Request) -> web.Response:
        return self._named(request.match_info["name"])

    def _named(self, name: str) -> web.Response:
        if name not in self._files:
            raise web.HTTPNotFound
        body, kind = self._files[name]
        return web.Response(body=body, content_type=kind, charset="utf-8")

    async def _runs(self, _: web.Request) -> web.Response:
        return as_json(await in_thread(self._pool, lambda: [run.line() for run in self._shelf.runs()]))

    def _about(self, work: Callable[[OpenRun, web.Request], Any]) -> Callable[[web.Request], Any]:
        """A handler that answers with what `work` finds of the run; None stands for something that is not there."""

        async def handle(request: web.Request) -> web.Response:
            def found() -> bytes | None:
                run = self._shelf.run(request.match_info["run"])
                value = work(run, request) if run else None
                return None if value is None else json_bytes(value)

            body = await in_thread(self._pool, found)
            if body is None:
                raise web.HTTPNotFound
            return web.Response(body=body, content_type="application/json", charset="utf-8")

        return handle

    def _figures(self, run: OpenRun, _: web.Request) -> Any:
        return {"run": run.line(), "figures": run_figures(run)}

    def _rows(self, run: OpenRun, request: web.Request) -> Any:
        if run.review_only:
            return {"run": run.line(), "changes": RowChanges(0, [], [], 0, {})}
        with run.samples(_WITHIN) as index:
            changes = index.changes(_number(request.query.get("since", "0")))
        return {"run": run.line(), "changes": changes}

    def _search(self, run: OpenRun, request: web.Request) -> Any:
        with run.samples() as index:
            return {"version": index.version, "places": index.search(request.query.get("words", ""))}

    def _advice(self, run: OpenRun, _: web.Request) -> Any:
        return advice_on(run)

    def _map(self, run: OpenRun, _: web.Request) -> Any:
        return self._maps.map_of(run)

    def _topology(self, run: OpenRun, _: web.Request) -> Any:
        return drawn_topology(run)

    def _coverage(self, run: OpenRun, request: web.Request) -> Any:
        if "first" in request.query:
            return pair_table(run, _number(request.query["first"]), _number(request.query.get("second", "")))
        return pair_coverage(run)

    def _sample(self, run: OpenRun, request: web.Request) -> Any:
        return _read(run, request, sample_shown)

    def _calls(self, run: OpenRun, request: web.Request) -> Any:
        return _read(run, request, calls_shown)


def _read(run: OpenRun, request: web.Request, work: Callable[[JournalReader, str], Any]) -> Any:
    """What `work` reads of the sample that a request asks for, if there is one. Raises RunDirError."""
    with run.samples() as index:
        known = index.sample(request.match_info["place"])
    return read_journal(run.path / JOURNAL, lambda reading: work(reading, known.row.id)) if known else None


def _number(told: str) -> int:
    """A number of a query. Raises RunDirError."""
    if not told.isascii() or not told.isdigit() or len(told) > 12:
        raise RunDirError("the page asked for no number; load it again")
    return int(told)


def page_app(shelf: Shelf, keeper: Doorkeeper, log: FaultLog | None = None, plant: float = 0.0) -> web.Application:
    """The page over the runs of a shelf, for whoever the doorkeeper lets in. `plant` is the part of an audit after which a flawed
    copy is shown."""
    app = web.Application(middlewares=[guarded(keeper, log or FaultLog())], client_max_size=LARGEST)
    for routes in (Routes(shelf, keeper), ReviewRoutes(shelf, plant)):
        app.add_routes(routes.table())
        app.on_cleanup.append(routes.close)
    return app
