"""Roles whose calls go by batch: the same dataset for less, nothing paid twice, and one line for what cannot be."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable

import pytest

from agents.models.batches import following
from agents.models.batches.following import Pace
from tests.batches import BatchHouse, with_batches
from tests.endpoint import Endpoint, Reply
from tests.helpers import NOTES, Workshop, at, write_scenario

WORDS = ["n=6", "round_size=6", "lookahead=0", "concurrency=1", "topology=full"]
PRICES = ["llm.price.prompt=10", "llm.price.completion=30"]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PACE", Pace(lull=0.02, first=0.005, longest=0.02))


@pytest.fixture
def endpoint(serve: Callable[..., Endpoint]) -> Endpoint:
    """An endpoint that answers everything."""
    return serve()


@pytest.fixture
def house(endpoint: Endpoint) -> BatchHouse:
    """Its batches."""
    return with_batches(endpoint)


@pytest.fixture
def words(workshop: Workshop, endpoint: Endpoint) -> list[str]:
    """Six notes, each criticised, refined and judged."""
    path = write_scenario(workshop.home / "notes", NOTES)
    return [f"scenario={path}", *WORDS, *PRICES, *at(endpoint.url)]


def test_a_judge_by_batch_gives_the_same_bytes_for_less_also_after_a_kill(
    workshop: Workshop, endpoint: Endpoint, house: BatchHouse, words: list[str]
) -> None:
    plain = workshop.run("plain", *words)
    direct = len(endpoint.asked)

    def copied(what: str, number: int) -> Reply | None:
        """What a kill would leave, taken while the batch is under way."""
        if what == "GET batches/ID" and number == 1:
            for name in ("r", "r-memory"):
                shutil.copytree(
                    workshop.home / name, workshop.home / name.replace("r", "killed", 1), dirs_exist_ok=True
                )
        return None

    house.meddle = copied
    ran = workshop.run("r", *words, "llm.batch=on")
    assert (ran.code, ran.dataset()) == (0, plain.dataset())
    assert [len(lines) for lines in house.lines] == [6], (
        "more than the calls and the samples that are under way at once"
    )
    judged = ran.summary()["tokens"]["judge"]
    usd = (10 * judged["prompt"] + 30 * judged["completion"]) / 1e6
    assert ran.summary()["cost_usd"] == pytest.approx(plain.summary()["cost_usd"] - usd / 2)
    assert (ran.summary()["requests"], ran.summary()["lost"]["tokens"]) == (plain.summary()["requests"], 0)
    assert len(endpoint.asked) == 2 * direct - 6, "what goes by batch goes no other way"
    asked = len(endpoint.asked)
    again = workshop.run("killed", f"out={workshop.home / 'killed'}")
    assert (again.code, again.dataset()) == (0, plain.dataset())
    assert (len(house.lines), len(endpoint.asked)) == (1, asked), "nothing is paid twice"
    for figure in ("requests", "cost_usd", "lost", "tokens"):
        assert again.summary()[figure] == ran.summary()[figure]


def test_ctrl_c_keeps_the_batch_and_says_so(workshop: Workshop, house: BatchHouse, words: list[str]) -> None:
    def interrupted(what: str, number: int) -> None:
        if what == "GET batches/ID" and number == 1:
            os.kill(os.getpid(), signal.SIGINT)

    house.held, house.meddle = True, interrupted
    ran = workshop.run("r", *words, "n=2", "round_size=2", "llm.batch=on")
    assert ran.code == 130
    assert "the 2 calls in batches (batch_1) go on at the endpoint" in ran.stderr
    assert f"continue with: python -m graphs.run out={ran.out}" in ran.stdout
    assert ran.summary()["lost"]["tokens"] > 0
    assert "let no batch have more than 2 calls" not in ran.stderr, "it is all that is wanted"
    house.held, house.meddle = False, lambda what, number: None
    more = workshop.run("r", f"out={ran.out}", "llm.batch=off")
    assert (more.code, more.summary()["accepted"], len(house.lines)) == (0, 2, 1)


def test_a_budget_holds_for_a_batch_before_it_is_sent(workshop: Workshop, house: BatchHouse, words: list[str]) -> None:
    ran = workshop.run("r", *words, "n=3", "round_size=3", "roles.judge.llm.batch=on", "budget.tokens=1")
    assert (ran.code, ran.summary()["stopped_by"], house.lines) == (3, "budget.tokens", [])


def test_an_endpoint_without_batches_is_one_line(workshop: Workshop, words: list[str]) -> None:
    ran = workshop.run("r", *words, "n=1", "round_size=1", "roles.judge.llm.batch=on")
    assert ran.code == 2
    assert "takes no batches in OpenAI's form (HTTP 404: Not Found); leave llm.batch out" in ran.stderr


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ("roles.critic.llm.batch=on", "roles.critic.llm.batch=on: each call of 'critic' waits for another; batches are for"),
        ("roles.generator.llm.batch=on", "once for each sample: here judge"),
        ("topology=proof llm.batch=on", "llm.batch=on: batches are for roles that are asked once for each sample, and here none is"),
        ("roles.judge.llm.backend=scripted roles.judge.llm.batch=on", "needs an endpoint, and 'judge' has none"),
        ("roles.judge.llm.batch=maybe", "roles.judge.llm.batch"),
    ],
)  # fmt: skip
def test_roles_that_take_turns_go_by_no_batch(workshop: Workshop, words: list[str], own: str, told: str) -> None:
    ran = workshop.run("r", *words, *own.split())
    assert (ran.code, ran.stderr.count("\n")) == (2, 1)
    assert told in ran.stderr
