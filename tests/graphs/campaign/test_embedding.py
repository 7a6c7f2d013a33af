"""Runs whose samples are compared by an endpoint's embedding: the same bytes, nothing twice, nothing lost."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphs.verify import main as verify
from memory.archive.archive import Archive
from memory.archive.chroma import open_directory
from memory.vectors.embedding import Naming
from scenarios.errors import UserError
from tests.endpoint import Asked, Endpoint, Reply, embedded, scrambled, vector_of
from tests.helpers import Ran, Workshop, at, begun_ids, recorded_ids, write_scenario

CHAIN = ["scenario=chain", "n=12", "round_size=4", "lookahead=2", "memory.min_distance=0.2"]
DRY = "llm.backend=scripted"
OF_FAKE = Naming("openai:vectors", "")


def vectors_at(url: str, *words: str) -> list[str]:
    """The settings that take vectors from a fake endpoint."""
    return [f"embedding.base_url={url}", "embedding.model=vectors", *words]


def overtaking(salt: str) -> Callable[[Asked], Any]:
    """Vectors whose answers overtake each other, in another order for every salt."""

    async def behave(asked: Asked) -> dict[str, Any]:
        place = hashlib.blake2b(f"{salt}{asked.texts}".encode(), digest_size=1).digest()[0]
        await asyncio.sleep(place / 256 * 0.012)  # the endpoint's latency, on which nothing may depend
        return embedded(asked)

    return behave


def talk(folder: Path) -> list[str]:
    """A small dialogue scenario, some of whose samples are near doubles."""
    return [f"scenario={write_scenario(folder / 'talk')}", "n=8", "round_size=3", "memory.min_distance=0.3"]


def test_concurrency_does_not_change_a_byte(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    datasets = []
    for concurrency, salt in ((1, "a"), (64, "b")):
        endpoint = serve(scrambled(salt))
        endpoint.embeds = overtaking(salt)
        words = [*talk(workshop.home), *at(endpoint.url), *vectors_at(endpoint.url), f"concurrency={concurrency}"]
        ran = workshop.run(f"r{salt}", *words)
        assert ran.code == 0, ran.stderr
        assert endpoint.most_in_flight <= concurrency
        assert set(endpoint.texts().values()) == {1}, "no text is embedded twice"
        assert Counter(recorded_ids(ran)) == Counter(begun_ids(ran.out))
        datasets.append(ran.dataset())
        assert verify([f"out={ran.out}"]) == 0
    assert datasets[1] == datasets[0]
    plain = workshop.run("plain", *talk(workshop.home), *at(serve().url))
    assert plain.dataset() != datasets[0], "the embedding decides"


def test_the_ledger_the_budget_and_the_price_cover_vectors(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    endpoint = serve()
    words = [*CHAIN, DRY, *vectors_at(endpoint.url, "embedding.price=1000000"), "n=6"]
    ran = workshop.run("r", *words)
    assert ran.code == 0, ran.stderr
    summary, tokens = ran.summary(), sum(len(text.split()) for text in endpoint.texts().elements())
    assert summary["calls"]["embedding"] == len(endpoint.texts())
    assert summary["tokens"]["embedding"] == {"prompt": tokens, "cached": 0, "completion": 0}
    assert summary["cost_usd"] == tokens
    assert summary["requests"] == sum(summary["calls"].values()) - len(endpoint.texts()) + len(endpoint.asked_vectors)
    again = workshop.run("r", f"out={ran.out}", "n=8")
    assert again.code == 0
    assert again.summary()["calls"]["embedding"] == len(endpoint.texts())
    assert set(endpoint.texts().values()) == {1}, "what the journal has is not asked again"
    poor = workshop.run("poor", *words, "budget.usd=1")
    assert (poor.code, poor.summary()["stopped_by"], poor.summary()["accepted"]) == (3, "budget.usd", 0)
    assert workshop.run("poor", f"out={poor.out}", "n=8", "budget.usd=10000000").dataset() == ran.dataset()


def test_after_a_kill_no_answered_text_is_asked_again(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    whole = workshop.run("whole", *CHAIN, *at((calm := serve()).url), *vectors_at(calm.url))
    endpoint, victim = serve(), []

    def kill_at_the_sixth(asked: Asked) -> dict[str, Any]:
        if asked.number == 6:
            os.kill(victim[0].pid, signal.SIGKILL)
        return embedded(asked)

    endpoint.embeds = kill_at_the_sixth
    process = workshop.start("r", *CHAIN, *at(endpoint.url), *vectors_at(endpoint.url, "embedding.batch=1"))
    victim.append(process)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    base = sqlite3.connect(f"file:{workshop.home}/r/run.sqlite?mode=ro", uri=True)
    kept = base.execute("SELECT count(*) FROM calls WHERE role = 'embedding'").fetchone()[0]
    base.close()
    asked_before = endpoint.texts()
    assert 0 < kept < len(whole.lines())
    ran = workshop.run("r", f"out={workshop.home / 'r'}")
    assert (ran.code, ran.dataset()) == (0, whole.dataset())
    assert sum((endpoint.texts() - asked_before).values()) == len(endpoint.texts()) - kept
    seeds = endpoint.seeds()
    assert sum(seeds.values()) - len(seeds) <= 12, "of chat calls, too, only those in flight are repeated"


def faulty(times: int, reply: Callable[[Asked], Any]) -> Callable[[Asked], Any]:
    """Fails `times` times, then gives vectors."""
    return lambda asked: reply(asked) if asked.number <= times else embedded(asked)


def test_faults_that_pass_are_asked_through(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    endpoint = serve()

    def busy_then_broken(asked: Asked) -> Any:
        if asked.number == 1:
            return Reply(429, b"{}", {"Retry-After": "0"})
        return Reply(500, b"oh") if asked.number == 2 else Reply(body=b"{")

    endpoint.embeds = faulty(3, busy_then_broken)
    ran = workshop.run("r", *CHAIN, DRY, *vectors_at(endpoint.url), "n=4")
    assert ran.code == 0, ran.stderr
    assert ran.summary()["faults"] == {"throttled": 1, "server": 1, "garbage": 1}


def test_a_text_that_is_declined_leaves_its_sample_undecided_and_no_other(
    workshop: Workshop, serve: Callable[..., Endpoint]
) -> None:
    endpoint, refused = serve(), set[str]()

    def picky(asked: Asked) -> Any:
        refused.update(asked.texts[:1] if not refused else ())
        if refused & set(asked.texts):
            return Reply(400, {"error": {"message": "this input is too long"}})
        return embedded(asked)

    endpoint.embeds = picky
    ran = workshop.run("r", *CHAIN, DRY, *vectors_at(endpoint.url), "n=6")
    assert ran.code == 0, ran.stderr
    (line,) = [line for line in ran.lines("rejected.jsonl") if line["reason"] == "declined"]
    assert (line["verdict"], line["stage"]) == ("undecided", "curate")
    assert line["detail"].startswith("its embedding: declined: HTTP 400: this input is too long")
    assert ran.summary()["undecided"] == 1 + ran.summary()["reasons"].get("stopped", 0)


def test_an_endpoint_that_stays_away_ends_the_run_and_nothing_is_lost(
    workshop: Workshop, serve: Callable[..., Endpoint]
) -> None:
    endpoint, chat = serve(), serve()
    endpoint.embeds = lambda asked: embedded(asked) if asked.number <= 3 else Reply(503, b"down")
    whole = workshop.run("whole", *CHAIN, *at(chat.url), *vectors_at(chat.url))
    words = [*at(chat.url), *vectors_at(endpoint.url, "embedding.outage=0.3", "embedding.batch=1")]
    ran = workshop.run("r", *CHAIN, *words)
    assert (ran.code, ran.summary()["stopped_by"]) == (3, "endpoint")
    assert f"embedding.model=vectors at embedding.base_url={endpoint.url} has given no answer" in ran.stdout
    assert Counter(recorded_ids(ran)) == Counter(begun_ids(ran.out))
    assert {line["verdict"] for line in ran.lines("rejected.jsonl")} <= {"undecided", "rejected"}
    endpoint.embeds = embedded
    again = workshop.run("r", f"out={ran.out}")
    assert (again.code, again.dataset()) == (0, whole.dataset())
    assert max(chat.seeds().values()) <= 2, "once for the whole run, and once for both sessions of the other"


def test_a_journal_that_lost_its_vectors_asks_for_them_again_or_waits(
    workshop: Workshop, serve: Callable[..., Endpoint]
) -> None:
    endpoint = serve()
    ran = workshop.run("r", *CHAIN, DRY, *vectors_at(endpoint.url, "embedding.outage=0.1"), "n=4")
    base = sqlite3.connect(ran.out / "run.sqlite")
    with base:
        base.execute("DELETE FROM calls WHERE role = 'embedding'")
    base.close()
    endpoint.embeds = lambda asked: Reply(503, b"down")
    stopped = workshop.run("r", f"out={ran.out}", "n=6")
    assert (stopped.code, stopped.summary()["stopped_by"]) == (3, "endpoint")
    assert Counter(recorded_ids(stopped)) == Counter(begun_ids(ran.out))
    assert len(stopped.lines()) == 4, "what was accepted stays"
    endpoint.embeds = embedded
    again = workshop.run("r", f"out={ran.out}")
    whole = workshop.run("whole", *CHAIN, DRY, *vectors_at(serve().url), "n=6")
    assert (again.code, again.dataset()) == (0, whole.dataset())


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(401, b"{}"), "embedding.api_key_env=OPENAI_API_KEY"),
        (Reply(404, b"{}"), "check embedding.model and embedding.base_url"),
    ],
)
def test_what_the_user_has_to_mend_names_the_embeddings_keys(
    workshop: Workshop, serve: Callable[..., Endpoint], reply: Reply, says: str
) -> None:
    endpoint = serve()
    endpoint.embeds = lambda asked: reply
    ran = workshop.run("r", *CHAIN, DRY, *vectors_at(endpoint.url))
    assert ran.code == 2
    (line,) = [line for line in ran.stderr.splitlines() if says in line]
    assert line.startswith("colloquia: embedding.model=vectors")
    assert workshop.run("r", f"out={ran.out}", *vectors_at(serve().url)).code == 0, "another address may be given"


def test_a_memory_refuses_another_embedding_and_another_length(
    workshop: Workshop, serve: Callable[..., Endpoint]
) -> None:
    endpoint, memory = serve(), f"memory.path={workshop.home / 'shared'}"
    words = [*CHAIN, DRY, memory, "n=3"]
    assert workshop.run("r", *words, *vectors_at(endpoint.url)).code == 0
    other = workshop.run("other", *words)
    assert other.code == 2
    assert f"python -m graphs.reembed {memory} embedding.backend=wordllama" in other.stderr
    assert not other.out.exists()
    bound = workshop.run(
        "r", f"out={workshop.home / 'r'}", memory, *vectors_at(endpoint.url, "embedding.dimensions=12")
    )
    assert bound.code == 2
    assert "'openai:vectors', not 'openai:vectors@12'" in bound.stderr
    elsewhere = f"memory.path={workshop.home / 'elsewhere'}"
    bound = workshop.run(
        "r", f"out={workshop.home / 'r'}", elsewhere, *vectors_at(endpoint.url, "embedding.dimensions=12")
    )
    assert "embedding=openai:vectors, not openai:vectors@12" in bound.stderr
    endpoint.embeds = lambda asked: {"data": [{"embedding": vector_of(text, 12)} for text in asked.texts]}
    short = workshop.run("short", *words, *vectors_at(endpoint.url), "seed=5")
    assert short.code == 2
    assert "gives vectors of 12 numbers, but the earlier ones have 48" in short.stderr
    with pytest.raises(UserError):
        open_directory(workshop.home / "shared")
    archive = Archive(open_directory(workshop.home / "shared", OF_FAKE), "chain")
    assert archive.neighbours("nobody")[0].dimensions == 48
    assert archive._store.collection.metadata["dimensions"] == 48
    archive.close()


def test_two_runs_in_one_memory_keep_their_distance(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    endpoint, memory = serve(), f"memory.path={workshop.home / 'shared'}"
    words = [*CHAIN, "round_size=3", DRY, memory, "planner=random", "steering=off", *vectors_at(endpoint.url)]
    first = workshop.run("first", *words, "n=6")
    again = workshop.run("again", *words, "n=6", "patience=2")
    assert (first.code, again.code) == (0, 3)
    assert {line["novelty"]["distance"] for line in again.lines("rejected.jsonl") if line["reason"] == "novelty"} == {
        0.0
    }


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["embedding.backend=openai"], "needs embedding.base_url"),
        (["embedding.base_url=http://127.0.0.1:9/v1"], "needs embedding.model"),
        (["embedding.base_url=127.0.0.1", "embedding.model=m"], "write http://… or https://…"),
        (["embedding.model=m"], "wordllama has one model"),
        (["embedding.backend=wordllama", "embedding.base_url=http://x"], "is for embedding.backend=openai"),
        (["embedding.backend=sentence-transformers"], "needs embedding.model, its name, or its folder"),
        (["embedding.kind=x"], "embedding.kind: unknown key"),
        (["embedding.backend=word2vec"], "embedding.backend=word2vec"),
        (["embedding.base_url=http://x", "embedding.model=m", "memory.min_distance=auto"], "give a number"),
    ],
)
def test_settings_that_do_not_agree_are_told_in_one_line(workshop: Workshop, words: list[str], says: str) -> None:
    ran = workshop.run("r", *CHAIN, DRY, *words)
    assert (ran.code, ran.stdout, len(ran.stderr.splitlines())) == (2, "", 1)
    assert says in ran.stderr
    assert workshop.folder() == {}


def test_vectors_belong_to_no_sample_and_are_kept_compactly(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    ran: Ran = workshop.run("r", *CHAIN, DRY, *vectors_at(serve().url), "n=2")
    base = sqlite3.connect(ran.out / "run.sqlite")
    rows = base.execute("SELECT sample, answer FROM calls WHERE role = 'embedding'").fetchall()
    base.close()
    assert {sample for sample, _ in rows} == {""}
    assert max(len(answer) for _, answer in rows) < 48 * 6 + 300, "vectors are kept compactly"
