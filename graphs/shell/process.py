"""The process that a session runs in: its event loop, its signals, its garbage, its threads, and what it says."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Callable, Iterator

from threadpoolctl import threadpool_limits

from agents.models.gateway import Gateway
from scenarios.errors import Interrupted


def say(text: str) -> None:
    """A line for the user, on stderr."""
    print(text, file=sys.stderr, flush=True)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop if there is one: a fifth less CPU a sample. It has no wheels for Windows."""
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


@contextlib.contextmanager
def calm_gc() -> Iterator[None]:
    """Fewer searches for reference cycles, and none among what was imported: a fifth of the CPU of a fast run."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextlib.contextmanager
def one_blas_thread() -> Iterator[None]:
    """Products of matrices stay in the thread that asks for them.

    OpenBLAS's own threads spin while they wait for the next small product, at the cost of a quarter of a fast run's CPU. An
    environment variable could say so only before numpy is loaded, and a notebook has loaded it long since.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        yield


@contextlib.contextmanager
def ctrl_c(gateway: Gateway, main: asyncio.Task[str]) -> Iterator[None]:
    """First Ctrl-C: no new calls, those in flight finish. Second: they are dropped."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if gateway.stopping is None:
            sent = gateway.in_batches()
            gateway.stop(Interrupted("the user asked to stop"))  # first of all: nobody may be reading stderr
            say(f"\nstopping: {gateway.limit.in_flight} calls in flight may finish (Ctrl-C again drops them)")
            if sent.sent:
                say(
                    f"the {sent.sent} calls in batches ({', '.join(sent.batches) or 'just being sent'}) go on at the endpoint; their "
                    "ids are kept, and the run takes up the answers when it is continued"
                )
        else:
            main.cancel()

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop)
    try:
        yield
    finally:
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(name)
