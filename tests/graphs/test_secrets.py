"""Invariants 8 and 9: a scenario is data, and secrets stay out of every file, log line and error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agents.models.gateway import Gateway
from tests.endpoint import Asked, Endpoint, Reply, scripted
from tests.helpers import Ran, Workshop, at, write_scenario

KEY = "sk-proj-7f3a9c2e5d8b1f4a6c0e"
WORDS = ["scenario=chain", "n=4", "round_size=4", "llm.api_key_env=MY_MODEL_KEY"]


def echo(status: int, asked: Asked) -> Any:
    """An endpoint that shows the key it was given in its errors, sometimes."""
    if asked.seed % 3:
        return scripted(asked)
    told = asked.headers["Authorization"]
    return Reply(status, {"error": {"message": f"who is {told}? " + "x" * 270 + told, "headers": asked.headers}})


def hidden(ran: Ran, workshop: Workshop) -> None:
    """No file under the run's places and no word on the terminal has the key, or a good part of it."""
    for part in (KEY, KEY[:14], KEY[6:]):
        assert part not in ran.stdout
        assert part not in ran.stderr
        for name, content in workshop.folder().items():
            assert part.encode() not in content, name


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500])
def test_the_key_is_nowhere(
    workshop: Workshop, serve: Callable[..., Endpoint], monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setenv("MY_MODEL_KEY", KEY)
    monkeypatch.setattr(Gateway, "_pause", lambda self, attempt, fault: 0.0)
    endpoint = serve(lambda asked: echo(status, asked))
    ran = workshop.run("r", *WORDS, *at(endpoint.url), "llm.outage=0.5")
    assert ran.code in {0, 2, 3}, ran.stderr
    assert endpoint.asked[0].headers["Authorization"] == f"Bearer {KEY}"
    hidden(ran, workshop)


def test_a_key_that_a_model_says_is_in_no_dataset(
    workshop: Workshop, serve: Callable[..., Endpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_MODEL_KEY", KEY)
    endpoint = serve(lambda asked: scripted(asked).replace(" ", f" {asked.headers['Authorization']} ", 1))
    ran = workshop.run("r", *WORDS, *at(endpoint.url))
    assert (ran.code, ran.summary()["accepted"]) == (0, 4)
    assert all(" Bearer *** " in line["fields"]["text"] for line in ran.lines())
    hidden(ran, workshop)


def test_the_key_is_not_in_the_log_of_a_fault_of_ours(
    workshop: Workshop, serve: Callable[..., Endpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_MODEL_KEY", KEY)

    async def broken(self: Gateway, call: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(Gateway, "ask", broken)
    ran = workshop.run("r", *WORDS, *at(serve().url))
    assert ran.code == 1
    assert "a fault of ours: RuntimeError: a fault" in ran.stderr
    assert "RuntimeError: a fault" in (ran.out / "colloquia.log").read_text()
    hidden(ran, workshop)


def test_a_scenario_reaches_neither_the_environment_nor_files(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_MODEL_KEY", KEY)
    path = write_scenario(workshop.home / "talk", description="${oc.env:MY_MODEL_KEY}", settings={"seed": 3})
    ran = workshop.run("r", f"scenario={path}", "llm.backend=scripted", "memory.scope=${oc.env:MY_MODEL_KEY}", "n=2")
    assert ran.code in {0, 2}
    hidden(ran, workshop)
