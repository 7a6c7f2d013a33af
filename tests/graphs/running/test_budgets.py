"""Invariant 7: budgets refuse, and a larger one goes on."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.endpoint import Asked, Endpoint, Reply, scripted
from tests.helpers import Ran, Workshop, at, begun_ids, recorded_ids

WORDS = ["scenario=chain", "n=10", "round_size=4", "lookahead=1", "concurrency=7", "memory.min_distance=0.2"]


def tokens(ran: Ran) -> int:
    """All tokens of a run."""
    return sum(used["prompt"] + used["completion"] for used in ran.summary()["tokens"].values())


@pytest.mark.parametrize("calls", [1, 7, 26])
def test_calls_are_never_passed_and_can_be_raised(
    workshop: Workshop, serve: Callable[..., Endpoint], calls: int
) -> None:
    endpoint = serve()
    short = workshop.run("r", *WORDS, *at(endpoint.url), f"budget.calls={calls}")
    assert short.code == 3
    assert short.summary()["stopped_by"] == "budget.calls"
    assert len(endpoint.asked) == calls
    assert short.summary()["requests"] == calls
    assert "budget.calls" in short.stdout
    assert Counter(recorded_ids(short)) == Counter(begun_ids(short.out))
    more = workshop.run("r", f"out={short.out}", "budget.calls=100000")
    assert more.code == 0
    assert more.summary()["accepted"] == 10
    assert max(endpoint.seeds().values()) == 1
    plain = workshop.run("plain", *WORDS, *at(serve().url))
    assert more.dataset() == plain.dataset()


def test_failed_requests_count_as_calls(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    def moody(asked: Asked) -> str | Reply:
        again = {"Retry-After": "0"}
        return Reply(503, {"error": {"message": "later"}}, again) if asked.number % 3 == 0 else scripted(asked)

    endpoint = serve(moody)
    ran = workshop.run("r", *WORDS, *at(endpoint.url), "budget.calls=25")
    assert ran.code == 3
    assert len(endpoint.asked) == 25


def test_failed_requests_of_an_earlier_session_still_count(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    def failing(asked: Asked) -> Reply | str:
        return Reply(503, b"{}", {"Retry-After": "0"}) if asked.number > 4 else scripted(asked)

    endpoint = serve(failing)
    first = workshop.run("r", *WORDS, *at(endpoint.url), "budget.calls=12")
    assert first.code == 3
    assert len(endpoint.asked) == 12
    again = workshop.run("r", f"out={first.out}")
    assert again.code == 3
    assert len(endpoint.asked) == 12, "the budget is the run's, over all its sessions"


@pytest.mark.parametrize("limit", [400, 1500])
def test_tokens_are_never_passed_and_can_be_raised(
    workshop: Workshop, serve: Callable[..., Endpoint], limit: int
) -> None:
    endpoint = serve()
    short = workshop.run("r", *WORDS, *at(endpoint.url), f"budget.tokens={limit}")
    assert short.code == 3
    assert short.summary()["stopped_by"] == "budget.tokens"
    assert tokens(short) <= limit
    more = workshop.run("r", f"out={short.out}", "budget.tokens=10000000")
    assert (more.code, more.summary()["accepted"]) == (0, 10)


def test_money_is_never_passed(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    price = ["llm.price.prompt=1000", "llm.price.completion=2000"]
    ran = workshop.run("r", *WORDS, *at(serve().url), *price, "budget.usd=2")
    assert ran.code == 3
    assert ran.summary()["stopped_by"] == "budget.usd"
    assert 0 < ran.summary()["cost_usd"] <= 2
    used = ran.summary()["tokens"].values()
    paid = sum(one["prompt"] * 1000 + one["completion"] * 2000 for one in used) / 1e6
    assert ran.summary()["cost_usd"] == pytest.approx(paid, abs=1e-6)


@pytest.mark.parametrize("samples", [1, 6])
def test_samples_are_never_passed_and_can_be_raised(workshop: Workshop, samples: int) -> None:
    words = [*WORDS, "llm.backend=scripted"]
    short = workshop.run("r", *words, f"budget.samples={samples}")
    assert short.code == 3
    assert short.summary()["stopped_by"] == "budget.samples"
    assert len(begun_ids(short.out)) == samples
    assert len(recorded_ids(short)) == samples
    more = workshop.run("r", f"out={short.out}", "budget.samples=500")
    assert (more.code, more.summary()["accepted"]) == (0, 10)
    assert more.dataset() == workshop.run("plain", *words).dataset()
    assert Counter(recorded_ids(more)) == Counter(begun_ids(more.out))


@pytest.mark.parametrize("at_request", [6, 19])
def test_requests_that_a_kill_cut_off_still_count(
    workshop: Workshop, serve: Callable[..., Endpoint], at_request: int
) -> None:
    process: Any = None

    async def kill(asked: Asked) -> str:
        if asked.number == at_request:
            os.kill(process.pid, signal.SIGKILL)
        return scripted(asked)

    endpoint = serve(kill)
    process = workshop.start("r", *WORDS, *at(endpoint.url), "budget.calls=30", "budget.tokens=1000000")
    assert workshop.finish("r", process).code == -signal.SIGKILL
    endpoint.behaviour = scripted
    resumed = workshop.run("r", f"out={workshop.home / 'r'}")
    assert resumed.code == 3
    # What was noted and not yet sent at the kill counts too: never one past the limit, and as many short of it at most.
    assert 30 - 7 <= len(endpoint.asked) <= 30
    assert resumed.summary()["requests"] == 30
