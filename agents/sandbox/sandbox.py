"""The sandbox: runs Python that a model wrote, without network, files or environment, and within bounds.

Programs run in Monty, an interpreter of its own in worker processes that have no environment. What a program may do
is counted in steps (counting.py); the time limit is only for what happens inside one builtin.
What it stops and what it does not: docs/sandbox.md.
"""

from __future__ import annotations

import atexit
import os
import re
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from pydantic_monty import (
    Monty,
    MontyCrashedError,
    MontyError,
    MontyRuntimeError,
    MontySyntaxError,
    OSPolicy,
    ResourceLimits,
)

from agents.sandbox.counting import SPENT, STEPS, counted
from agents.sandbox.leaving import Plain, plain

SECONDS = 2.0
"""What a program may take. One that stays within its steps and its memory takes a twentieth of it at the most, but
for what a single builtin does (`sum(range(10**10))`)."""
MEMORY = 2 * 1024 * 1024
"""Bytes of a program's heap. Also what bounds the time of arithmetic: numbers that grow to it take 0.1 s."""
DEPTH = 300
"""Calls within calls."""
_WORKERS = 2
_DETAIL = 160

_LIMITS = ResourceLimits(
    max_feed_duration_secs=SECONDS,
    max_memory=MEMORY,
    max_recursion_depth=DEPTH,
    max_suspensions=100,
    max_total_sleep_secs=0.0,
)
_POLICY = OSPolicy(
    datetime=datetime(2000, 1, 1, tzinfo=UTC), timezone="utc", sleep="zero", process_time="zero",
    random_start={"seed": 0},
)  # fmt: skip
_ADDRESS = re.compile(r"0x[0-9a-f]+")


class RunEnd(StrEnum):
    """How a program ended."""

    VALUE = "value"
    RAISED = "raised"
    SYNTAX = "syntax"
    """No Python, or Python that the sandbox does not know; or larger or nested deeper than it takes."""
    STEPS = "steps"
    TIME = "time"
    MEMORY = "memory"
    UNFIT = "unfit"
    """It left something that is no number, text, truth value, None, or a list of these; or more of them than is taken."""
    CRASHED = "crashed"
    """The sandbox itself failed, again and again. Tells nothing of the program."""


@dataclass(frozen=True)
class RunOutcome:
    """How a program ended, and with what."""

    ending: RunEnd
    value: Plain = None
    detail: str = ""
    """For people: what was raised, or which bound was passed. Holds no time, path or address."""

    @property
    def ok(self) -> bool:
        """True where the program came to its end."""
        return self.ending is RunEnd.VALUE


class _Unsure(Exception):
    """Another try may end otherwise; raised so that no cache keeps it."""


def run(source: str, result: str = "None") -> RunOutcome:
    """Run a program, then give the value of the expression `result` (ours, not the model's).

    A pure function of its arguments but for TIME and CRASHED, which are tried again and never remembered.
    What the program prints is dropped.
    """
    try:
        return _remembered(source, result)
    except _Unsure as unsure:
        return unsure.args[0]  # type: ignore[no-any-return]


@lru_cache(maxsize=1024)
def _remembered(source: str, result: str) -> RunOutcome:
    try:
        program = counted(source, result)
    except SyntaxError as error:
        return RunOutcome(RunEnd.SYNTAX, detail=str(error))
    tries = {RunEnd.TIME: 2, RunEnd.CRASHED: _WORKERS + 1}  # the machine may have stalled; every worker may be dead
    for tried in range(1, max(tries.values()) + 1):
        outcome = _once(program)
        if tried >= tries.get(outcome.ending, 0):
            break
    if outcome.ending in tries:
        raise _Unsure(outcome)
    return outcome


def _once(program: str) -> RunOutcome:
    """Run a counted program in a worker."""
    spent = False

    def no_more() -> None:
        nonlocal spent
        spent = True
        raise RuntimeError("out of steps")

    try:
        with _pool().checkout(limits=_LIMITS, os_policy=_POLICY) as session:
            value = session.feed_run(
                program, external_lookup={SPENT: no_more}, print_callback=lambda stream, text: None
            )
        outcome = _left(value)
    except MontySyntaxError as error:
        outcome = RunOutcome(RunEnd.SYNTAX, detail=_said(error))
    except MontyRuntimeError as error:
        outcome = _raised(_said(error))
    except MontyCrashedError as error:
        timed_out = getattr(error, "timed_out", False)
        outcome = _too_slow() if timed_out else RunOutcome(RunEnd.CRASHED, detail="the sandbox's worker died")
    except (MontyError, OSError, RuntimeError, TimeoutError) as error:
        outcome = RunOutcome(RunEnd.CRASHED, detail=f"the sandbox failed: {type(error).__name__}")
    return RunOutcome(RunEnd.STEPS, detail=f"takes more than {STEPS} steps") if spent else outcome


def _raised(said: str) -> RunOutcome:
    if said.startswith("TimeoutError: feed time limit"):
        return _too_slow()
    if said.startswith(("MemoryError: memory limit", "MemoryError: the worker exceeded")):
        return RunOutcome(RunEnd.MEMORY, detail=f"takes more than {MEMORY // 1024 // 1024} MB")
    if said.startswith("NotImplementedError: The monty"):
        return RunOutcome(RunEnd.SYNTAX, detail=said.replace("The monty syntax parser", "the sandbox"))
    return RunOutcome(RunEnd.RAISED, detail=said)


def _too_slow() -> RunOutcome:
    return RunOutcome(RunEnd.TIME, detail=f"takes more than {SECONDS:g} s")


def _said(error: MontyError) -> str:
    return _ADDRESS.sub("0x…", " ".join(str(error).split()))[:_DETAIL]


def _left(value: Any) -> RunOutcome:
    """The outcome of a program that left `value`."""
    try:
        return RunOutcome(RunEnd.VALUE, plain(value))
    except TypeError as error:
        return RunOutcome(RunEnd.UNFIT, detail=str(error))


_lock = threading.Lock()
_open: tuple[int, Monty] | None = None


def _pool() -> Monty:
    """This process's workers: started when first needed, closed with the process."""
    global _open
    with _lock:
        if _open is None or _open[0] != os.getpid():
            pool = Monty(min_processes=1, max_processes=_WORKERS, checkout_timeout=60.0)
            pool.__enter__()
            _open = (os.getpid(), pool)
            atexit.register(_close, pool)
        return _open[1]


def _close(pool: Monty) -> None:
    """Stop the workers at the end of the process."""
    global _open
    with _lock:
        if _open is not None and _open[1] is pool:
            _open = None
            pool.__exit__(None, None, None)
