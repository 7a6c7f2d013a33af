"""Runs that the page shows, and the page served to a client with and without the token."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from graphs.run import main as run
from graphs.shell.command import FaultLog
from studio.runs.shelf import Shelf
from studio.serving.app import page_app
from studio.serving.guarding import Doorkeeper
from tests.helpers import NOTES, TALK, write_scenario

Client = TestClient[aiohttp.web.Request, aiohttp.web.Application]
Served = Callable[..., AbstractAsyncContextManager[Client]]


def scripted_run(home: Path, name: str, base: dict[str, object], *words: str) -> Path:
    """A finished run of a small scenario."""
    path = write_scenario(home / f"{name}-scenario", base)
    given = [
        f"scenario={path}",
        "llm.backend=scripted",
        f"out={home / 'runs' / name}",
        f"memory.path={home / name}-memory",
    ]
    assert run([*given, *words]) in (0, 3)
    return home / "runs" / name


@pytest.fixture(name="home", scope="session")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two runs: `talk`, of dialogues, and `notes`, of which novelty rejects some."""
    home = tmp_path_factory.mktemp("studio")
    scripted_run(home, "talk", TALK, "n=3")
    scripted_run(home, "notes", NOTES, "n=5", "memory.min_distance=0.7", "patience=1")
    return home / "runs"


@pytest.fixture(name="served", scope="session")
def _served() -> Served:
    """Serves the runs in a folder to a client that has the token, unless it is to have none."""

    @asynccontextmanager
    async def serve(
        runs: Path, *, one: bool = False, token: bool = True, log: Path | None = None
    ) -> AsyncIterator[Client]:
        keeper = Doorkeeper()
        server = TestServer(page_app(Shelf(runs, one=one), keeper, FaultLog(home=log)), host="127.0.0.1")
        client = TestClient(server, cookie_jar=aiohttp.CookieJar(unsafe=True))
        async with client:
            keeper.port = server.port or 0
            if token:
                entered = await client.get(keeper.address().removeprefix(f"http://127.0.0.1:{server.port}"))
                assert entered.status == 200
            yield client

    return serve
