"""Endpoints that fail: every brief ends as a record, and a fault is never a verdict."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from agents.models.faults import FaultKind
from benchmarks.endpoint import SHARES, garbage, mishap, waits
from tests.endpoint import Asked, Endpoint, Reply, completion, scripted
from tests.helpers import Workshop, at, begun_ids, recorded_ids, write_scenario

FAULTS = {kind.value for kind in FaultKind}


class Mixture:
    """The mixture of mishaps that benchmarks/faults.py measures with, on the scripted answers.

    Nothing befalls a request more than twice, so that no pause before the next one is long.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._times: Counter[bytes] = Counter()
        self.met: Counter[str] = Counter()

    async def __call__(self, asked: Asked) -> Any:
        raw = orjson.dumps(asked.body)
        times = self._times[raw]
        self._times[raw] += 1
        befalls = mishap(self._seed, raw, times) if times < 2 else ""
        self.met[befalls] += 1
        text = scripted(asked)
        if befalls == "429":
            told = waits(raw, times)
            return Reply(429, b"{}", {**told, "retry-after-ms": "1"} if "Retry-After" in told else told)
        if befalls == "500":
            return Reply(500, b"oh")
        if befalls == "never":
            await asyncio.Event().wait()
        if befalls == "garbage":
            return Reply(body=garbage(raw, times))
        if befalls == "text cut":
            return Reply(body=cut_short(completion(asked, text)))
        return Reply(body=completion(asked, text), cut=40 if befalls == "body cut" else None)


def cut_short(body: dict[str, Any]) -> dict[str, Any]:
    """A chat completion of which half the text is there."""
    choice = body["choices"][0]
    choice["message"]["content"] = choice["message"]["content"][: len(choice["message"]["content"]) // 2]
    choice["finish_reason"] = "length"
    return body


def test_through_a_mixture_of_faults_the_target_is_reached_and_every_brief_has_a_record(
    workshop: Workshop, serve: Callable[..., Endpoint]
) -> None:
    mixture = Mixture(seed=4)
    words = ["scenario=chain", "n=40", "concurrency=24", "llm.timeout=0.5"]
    ran = workshop.run("r", *words, *at(serve(mixture).url))
    assert (ran.code, ran.summary()["accepted"]) == (0, 40)
    assert Counter(recorded_ids(ran)) == Counter(begun_ids(ran.out))
    others = ran.lines("rejected.jsonl")
    assert {line["verdict"] for line in others} <= {"undecided"}
    assert {line["reason"] for line in others} <= FAULTS | {"stopped"}
    assert set(mixture.met) == {"", *SHARES}, "the seed was chosen so that all occur"
    assert set(ran.summary()["faults"]) == {"throttled", "server", "timeout", "garbage", "connection"}
    assert ran.summary()["requests"] == mixture.met.total()


def test_a_line_that_was_cut_off_is_drawn_again(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    checks = [{"name": name} for name in ("turn_order", "complete", "must_say", "plain_language")]
    path = write_scenario(workshop.home / "talk", checks=checks, questions=None, topology="generate_only")
    cut: list[str] = []

    def moody(asked: Asked) -> Reply:
        body = completion(asked, scripted(asked))
        if asked.seed % 3 == 0:
            body = cut_short(body)
            cut.append(body["choices"][0]["message"]["content"])
        return Reply(body=body)

    ran = workshop.run("r", f"scenario={path}", "n=3", *at(serve(moody).url))
    assert (ran.code, ran.summary()["accepted"], ran.summary()["faults"]) == (0, 3, {})
    said = [message["content"] for line in ran.lines() for message in line["messages"]]
    assert all(line.endswith(".") for line in said)
    assert cut
    assert not set(cut) & set(said)


@pytest.mark.parametrize("how", ["refusal", "content_filter", "400", "content_filter with 400"])
def test_a_declined_sample_is_undecided_and_the_others_go_on(
    workshop: Workshop, serve: Callable[..., Endpoint], how: str
) -> None:
    def picky(asked: Asked) -> Reply:
        body = completion(asked, scripted(asked))
        if "Tone: grumpy" not in asked.prompt:
            return Reply(body=body)
        if how == "refusal":
            body["choices"][0]["message"] = {"role": "assistant", "content": None, "refusal": "I will not."}
        elif how == "content_filter":
            body["choices"][0] |= {"finish_reason": "content_filter", "message": {"role": "assistant", "content": None}}
        else:
            error = {"message": "I will not.", "code": "content_filter" if "filter" in how else None}
            return Reply(400, {"error": error})
        return Reply(body=body)

    endpoint = serve(picky)
    ran = workshop.run("r", "scenario=chain", "n=30", *at(endpoint.url))
    assert (ran.code, ran.summary()["accepted"]) == (0, 30)
    others = [line for line in ran.lines("rejected.jsonl") if line["reason"] != "stopped"]
    assert others
    assert {(line["verdict"], line["stage"], line["reason"]) for line in others} == {
        ("undecided", "generate", "declined")
    }
    assert all("declined" in line["detail"] for line in others)
    assert sum("Tone: grumpy" in asked.prompt for asked in endpoint.asked) == len(others), "asked once each"


@pytest.mark.parametrize(
    "told",
    [
        Reply(401, {"error": {"message": "no such key"}}),
        Reply(402, {"error": {"message": "no credits"}}),
        Reply(200, {"error": {"message": "no such key", "code": 401}}),
        Reply(429, {"error": {"message": "you have spent it all", "code": "insufficient_quota"}}),
    ],
    ids=lambda reply: str(reply.status),
)
def test_a_key_that_is_refused_ends_the_run_at_once_and_it_can_go_on(
    workshop: Workshop, serve: Callable[..., Endpoint], told: Reply
) -> None:
    endpoint = serve(lambda asked: told if asked.number > 30 else scripted(asked))
    ran = workshop.run("r", "scenario=chain", "n=20", "concurrency=4", *at(endpoint.url))
    assert ran.code == 2
    assert "llm.api_key_env=OPENAI_API_KEY" in ran.stderr
    assert len(endpoint.asked) <= 38, "no more than were on their way"
    endpoint.behaviour = scripted
    again = workshop.run("r", f"out={ran.out}")
    assert (again.code, again.summary()["accepted"]) == (0, 20)
    assert Counter(recorded_ids(again)) == Counter(begun_ids(again.out))
