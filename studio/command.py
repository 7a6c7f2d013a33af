"""What the words of the command mean, and the server while it runs."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from graphs import studio
from graphs.shell.command import keys_given
from graphs.shell.interrupts import winding_down
from scenarios.errors import SettingsError
from studio.runs.shelf import Shelf
from studio.serving.app import page_app
from studio.serving.guarding import Doorkeeper

HOST = "127.0.0.1"
_RUNS = "runs"
_MOST_PLANTED = 50
_PORTS = range(1, 65_536)
_OWN_PORTS = range(20_000, 30_000)
"""From these comes the port of a folder that named none: what the browser keeps for the page, it keeps for its port."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return studio.main(arguments)


def serve(words: Sequence[str], known: Sequence[str]) -> None:
    """Serve the page until Ctrl-C. Raises UserError."""
    given = keys_given(words, known, "graphs.studio", "out=DIR or runs=DIR")
    shelf, port, plant = shelf_of(given), port_of(given.get("port", "")), plant_of(given.get("plant", ""))
    with winding_down():
        asyncio.run(serving(shelf, port, plant))


def shelf_of(given: dict[str, str]) -> Shelf:
    """The runs that the words name. Raises SettingsError if there is no such folder."""
    if given.get("out") and given.get("runs"):
        raise SettingsError("out and runs are both given; name one run by out=DIR, or a folder of them by runs=DIR")
    key = "out" if given.get("out") else "runs"
    named = given.get(key) or _RUNS
    try:
        there = Path(named).is_dir()
    except OSError:  # a name that no file can have
        there = False
    if not there:
        raise SettingsError(f"{key}={named}: is no folder; name a run by out=DIR, or a folder of runs by runs=DIR")
    return Shelf(Path(named), one=key == "out")


def port_of(told: str) -> int:
    """The port of a word; 0 stands for one that is free. Raises SettingsError."""
    if not told:
        return 0
    if not told.isascii() or not told.isdigit() or len(told) > 5 or int(told) not in _PORTS:
        raise SettingsError(f"port={told}: is no port; give a number from 1 to 65535, or leave it out")
    return int(told)


def plant_of(told: str) -> float:
    """The part of an audit after which a flawed copy is shown, told in per cent. Raises SettingsError."""
    if not told:
        return 0.0
    if not told.isascii() or not told.isdigit() or len(told) > 2 or int(told) > _MOST_PLANTED:
        raise SettingsError(
            f"plant={told}: is no number from 0 to {_MOST_PLANTED}; write plant=10 for ten per cent, or leave it out"
        )
    return int(told) / 100


async def serving(shelf: Shelf, port: int, plant: float = 0.0) -> None:
    """Serve until the process is told to end. Raises SettingsError if the port cannot be had."""
    keeper = Doorkeeper()
    runner = web.AppRunner(page_app(shelf, keeper, plant=plant), access_log=None, handle_signals=False)
    await runner.setup()
    try:
        await _listen(runner, port, shelf.usual_port(_OWN_PORTS))
        keeper.port = runner.addresses[0][1]
        print(f"{shelf.said()}; open in a browser on this machine (Ctrl-C ends it):\n{keeper.address()}", flush=True)
        await _until_stopped()
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, port: int, usual: int) -> None:
    """Listen on a port; if none was asked for, on the usual one, or else on one that is free. Raises SettingsError."""
    for number in (port,) if port else (usual, 0):
        try:
            await web.TCPSite(runner, HOST, number).start()
        except OSError as error:
            if port:
                raise SettingsError(
                    f"port={port}: cannot be used ({error.strerror}); leave it out to get a free one"
                ) from None
        else:
            return
    raise SettingsError(f"{HOST}: has no free port")


async def _until_stopped() -> None:
    """Wait for Ctrl-C or SIGTERM."""
    stopped = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    await stopped.wait()
