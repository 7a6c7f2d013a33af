"""What the screen says of a run: counts, money, time, and what models say meanwhile."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import pytest

import graphs.shell.display
from agents.models.batches.desk import BatchFigures
from graphs.campaign.progress import Progress
from graphs.files.wording import counted, duration, money
from graphs.shell.display import Display
from tests.endpoint import Asked, scripted
from tests.helpers import Workshop, at


def progress(**changes: Any) -> Progress:
    base: dict[str, Any] = {
        "wanted": 100, "accepted": 0, "rejected": 0, "undecided": 0, "reasons": {}, "making": 0, "in_flight": 0, "limit": 4,
        "tokens": 0, "usd": 0.0, "unpriced": 0, "answers": 0, "said": (), "away": None, "seconds": 0.0,
    }  # fmt: skip
    return Progress(**{**base, **changes})


class Clock:
    """A clock that goes when it is set."""

    now = 0.0

    def monotonic(self) -> float:
        """The time."""
        return self.now


@pytest.fixture(name="clock")
def _clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(graphs.shell.display, "time", clock)
    return clock


def line(clock: Clock, now: Progress, seconds: float, first: Progress | None = None) -> str:
    states = iter([first or progress(), now])
    clock.now = 0.0
    display = Display(lambda: next(states), io.StringIO())
    clock.now = seconds
    return display.line()


def test_what_waits_in_batches_is_said_with_its_age(clock: Clock) -> None:
    waiting = BatchFigures(gathered=3, sent=120, batches=("batch_1",), seconds=600)
    told = line(clock, progress(in_batches=waiting), 700)
    assert "120 calls wait in a batch, sent 10 min 0 s ago · 3 gathered for the next batch" in told
    assert "batch" not in line(clock, progress(), 700)


def test_a_run_with_more_than_were_wanted() -> None:
    assert counted(4, 10) == "accepted 4 of 10"
    assert counted(10, 10) == "accepted 10 of 10"
    assert counted(125, 10) == "accepted 125 (10 wanted)"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s"),
        (59.6, "1 min 0 s"),
        (165, "2 min 45 s"),
        (3600, "1 h 0 min"),
        (11400, "3 h 10 min"),
        (1251372, "14 d 11 h"),
    ],
)
def test_time_has_units(seconds: float, told: str) -> None:
    assert duration(seconds) == told


def test_money_says_what_has_no_price() -> None:
    assert money(0.0016, 0, 2000) == "$0.0016"
    assert money(0.0016, 2_000_000, 2_000_900) == "$0.0016 without 2000000 tokens that have no price"
    assert money(0.0, 900, 900) == "no price given"
    assert money(0.0, 0, 900) == "$0.0000", "what runs here costs nothing"


def test_nothing_is_estimated_from_nothing(clock: Clock) -> None:
    for accepted in (0, 1, 2):
        assert "left" not in line(clock, progress(accepted=accepted, wanted=3000), 240)
    assert line(clock, progress(accepted=20), 60).endswith("1 min 0 s so far, about 4 min 0 s left")
    # what is under way is half made
    assert line(clock, progress(accepted=20, making=40), 60).endswith("1 min 0 s so far, about 1 min 30 s left")
    assert "left" not in line(clock, progress(accepted=100), 60)
    assert "left" not in line(clock, progress(accepted=125, wanted=10), 60)
    # what was there before is no speed
    assert "left" not in line(clock, progress(accepted=52), 60, progress(accepted=50))


def test_what_is_left_has_a_price(clock: Clock) -> None:
    assert "about 4 min 0 s and $2.00 left" in line(clock, progress(accepted=20, usd=0.5), 60)
    assert "about 4 min 0 s left" in line(clock, progress(accepted=20, usd=0.5, unpriced=9), 60)


def test_what_models_say_is_harmless_and_short() -> None:
    said = (("guest", "Good\n morning\x1b[31m"), ("clerk", "x" * 500))
    words = Display(lambda: progress(said=said), io.StringIO()).words()
    assert words[0] == "guest: “Good morning\\x1b[31m”"
    assert words[1] == f"clerk: “{'x' * 89}…”"


def test_a_sign_of_life_comes_with_the_first_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only with the first accepted sample, and not only on a terminal."""
    monkeypatch.setattr(graphs.shell.display, "_EVERY_LIVE", 0.001)
    monkeypatch.setattr(graphs.shell.display, "_SOON", 0.002)
    monkeypatch.setattr(graphs.shell.display, "_EVERY_PLAIN", 1e9)
    stream = io.StringIO()
    answers = iter(range(10_000))

    async def show() -> None:
        read = lambda: progress(answers=next(answers), said=(("guest", "Good morning"),))  # noqa: E731
        showing = asyncio.create_task(Display(read, stream).show())
        while not stream.getvalue():
            await asyncio.sleep(0)
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)

    asyncio.run(show())
    assert "accepted 0 of 100" in stream.getvalue()
    assert stream.getvalue().endswith("guest: “Good morning”\n")


# -- in a run ----------------------------------------------------------------------------------------------------

CHAIN = ("scenario=chain", "round_size=2", "concurrency=2", "lookahead=0", "memory.min_distance=0.01")


def test_a_run_that_goes_on_with_a_smaller_number(workshop: Workshop) -> None:
    assert workshop.run("r", *CHAIN, "llm.backend=scripted", "n=6").code == 0
    less = workshop.run("r", "n=2")
    assert less.stdout.startswith("accepted 6 (2 wanted), rejected 0")
    assert "2 wanted, 6 there" in less.stderr
    more = workshop.run("r", "n=8")
    assert more.stdout.startswith("accepted 8 of 8")
    assert "8 wanted, 6 of them there" in more.stderr


def test_tokens_that_had_no_price_get_it_later(workshop: Workshop, serve: Any) -> None:
    words = [*CHAIN, *at(serve().url)]
    first = workshop.run("r", *words, "n=2")
    tokens = first.summary()["unpriced_tokens"]
    assert tokens == sum(used["prompt"] + used["completion"] for used in first.summary()["tokens"].values()) > 0
    assert f"{tokens} tokens, no price given, " in first.stdout
    prices = ("llm.price.prompt=1000000", "llm.price.completion=1000000")
    again = workshop.run("r", *prices)
    assert (again.summary()["cost_usd"], again.summary()["unpriced_tokens"]) == (tokens, 0)
    more = workshop.run("r", "n=4")
    assert more.summary()["cost_usd"] == sum(
        used["prompt"] + used["completion"] for used in more.summary()["tokens"].values()
    )
    # half of the roles have a price
    partly = workshop.run("p", *words, "n=2", "roles.judge.llm.price.prompt=7")
    assert partly.code == 0
    assert partly.summary()["unpriced_tokens"] > 0


def test_a_limit_in_money_without_a_price_is_said(workshop: Workshop, serve: Any) -> None:
    note = "budget.usd=5 limits nothing, since no model has a price"
    assert note in workshop.run("r", *CHAIN, *at(serve().url), "n=1", "budget.usd=5").stderr
    assert note not in workshop.run("q", *CHAIN, *at(serve().url), "n=1", "budget.usd=5", "llm.price.prompt=1").stderr


def test_a_run_shows_what_is_said(workshop: Workshop, serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is accepted, to a pipe."""
    monkeypatch.setattr(graphs.shell.display, "_EVERY_LIVE", 0.01)
    monkeypatch.setattr(graphs.shell.display, "_SOON", 0.01)
    shown = asyncio.Event()
    line_of = Display.line
    monkeypatch.setattr(Display, "line", lambda display: (shown.set(), line_of(display))[1])

    async def behave(asked: Asked) -> str:
        while asked.number == 3 and not shown.is_set():
            await asyncio.sleep(0.001)
        return scripted(asked)

    ran = workshop.run("r", *CHAIN, *at(serve(behave).url), "n=1")
    assert ran.code == 0
    told = next(line for line in ran.stderr.splitlines() if line.startswith("accepted 0 of 1"))
    assert "generator: “" in told or "critic: “" in told, "whoever spoke last by then"
