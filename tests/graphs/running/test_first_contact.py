"""An endpoint that never answers usably ends the run with its own words, after a handful of requests."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any

import pytest

from agents.models.gateway import Gateway
from tests.endpoint import Asked, Endpoint, Reply, Reset, completion, scripted
from tests.helpers import Workshop, at

WORDS = ["scenario=chain", "n=160", "concurrency=64", "round_size=64"]
MOST = 10


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Gateway, "_pause", lambda self, attempt, fault: 0.0)


def saying(content: Any, finish: str = "stop", **beside: Any) -> Callable[[Asked], Reply]:
    """An endpoint that always gives the same message."""

    def behave(asked: Asked) -> Reply:
        choice = {"index": 0, "message": {"role": "assistant", "content": content, **beside}, "finish_reason": finish}
        return Reply(body=completion(asked, "", choices=[choice]))

    return behave


def resets(_: Asked) -> Any:
    """Cuts every connection off."""
    raise Reset


PAGE = b"<!DOCTYPE html><html><head><title>Welcome to nginx!</title><style>p{}</style></head><body>Hello</body></html>"
NEVER: dict[str, tuple[Any, str]] = {
    "a web page": (lambda _: Reply(200, PAGE), "the body is a web page: Welcome to nginx! Hello;"),
    "a web page with 400": (lambda _: Reply(400, PAGE), "HTTP 400: a web page: Welcome to nginx! Hello;"),
    "an error with 200": (lambda _: Reply(200, {"error": {"message": "upstream is not set"}}), "upstream is not set"),
    "a wrong model with 400": (lambda _: Reply(400, {"error": {"message": "Invalid model m"}}), "Invalid model m"),
    "a wrong model with 404": (lambda _: Reply(404, {"error": {"message": "No model m"}}), "No model m"),
    "no key": (lambda _: Reply(401, {"error": {"message": "No key"}}), "llm.api_key_env=OPENAI_API_KEY"),
    "no choices": (lambda _: Reply(200, {"choices": []}), "the answer has no choice"),
    "nothing": (saying(""), "the answer has no words (finish_reason stop)"),
    "null": (saying(None), "the content is empty"),
    "reasoning alone": (saying(None, "length", reasoning_content="Let me"), "raise llm.max_tokens"),
    "reasoning in the text": (saying("<think>Let me", "length"), "raise llm.max_tokens"),
    "a filter": (saying(None, "content_filter"), "the model declined: content_filter"),
    "a call": (saying("<tool_call>look</tool_call>"), "--tool-call-parser"),
    "fails": (lambda _: Reply(500, {"error": {"message": "CUDA out of memory"}}), "CUDA out of memory"),
    "resets": (resets, "check llm.base_url"),
    "no reason": (lambda _: Reply(400, {"error": {"message": "Bad Request"}}), "Bad Request"),
    "its prompts are too long": (
        lambda _: Reply(400, {"error": {"message": "This model's maximum context length is 16 tokens"}}), "16 tokens",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NEVER)
def test_what_never_answers_is_said_after_a_handful_of_requests(
    workshop: Workshop, serve: Callable[..., Endpoint], case: str
) -> None:
    behaviour, said = NEVER[case]
    endpoint = serve(behaviour)
    ran = workshop.run("r", *WORDS, *at(endpoint.url))
    assert ran.code == 2
    assert said in ran.stderr
    assert "llm." in ran.stderr
    assert len(ran.stderr.strip().splitlines()[-1]) < 700
    assert len(endpoint.asked) <= MOST
    assert ran.summary()["requests"] == len(endpoint.asked)
    endpoint.behaviour = scripted
    again = workshop.run("r", f"out={ran.out}", "n=2")
    assert (again.code, again.summary()["accepted"]) in {(0, 2), (2, 0)}


def test_an_address_without_its_end_is_named(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    endpoint = serve(lambda _: Reply(404, {"detail": "Not Found"}))
    ran = workshop.run("r", *WORDS, *at(endpoint.url.removesuffix("/v1")))
    assert ran.code == 2
    assert "most addresses end in /v1" in ran.stderr
    assert len(endpoint.asked) <= 2


def test_an_endpoint_that_never_replies_ends_the_run(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    async def never(_: Asked) -> Any:
        await asyncio.Event().wait()

    endpoint = serve(never)
    ran = workshop.run("r", *WORDS, *at(endpoint.url, "llm.timeout=0.2"))
    assert ran.code == 2
    assert "raise llm.timeout" in ran.stderr
    assert len(endpoint.asked) <= MOST


def test_a_second_model_of_the_same_endpoint_is_found_out_too(
    workshop: Workshop, serve: Callable[..., Endpoint]
) -> None:
    def picky(asked: Asked) -> Any:
        return (
            Reply(400, {"error": {"message": "no model judge-1"}})
            if asked.body["model"] == "judge-1"
            else scripted(asked)
        )

    endpoint = serve(picky)
    ran = workshop.run("r", *WORDS, *at(endpoint.url, "roles.judge.llm.model=judge-1"))
    assert ran.code == 2
    assert "no model judge-1" in ran.stderr
    assert sum(asked.body["model"] == "judge-1" for asked in endpoint.asked) <= MOST


def test_until_the_first_answer_two_calls_go_ahead_and_then_all(
    workshop: Workshop, serve: Callable[..., Endpoint]
) -> None:
    before, two, many = list[int](), asyncio.Event(), asyncio.Event()

    async def counted(asked: Asked) -> Any:
        if asked.number <= 4:
            before.append(endpoint.in_flight)
            if asked.number == 2:
                two.set()
            await two.wait()
            return Reply(500, b"warming up")
        if asked.number > 6:
            if endpoint.in_flight >= 8:
                many.set()
            await many.wait()
        return scripted(asked)

    endpoint = serve(counted)
    ran = workshop.run("r", "scenario=chain", "n=40", "concurrency=32", "round_size=32", *at(endpoint.url))
    assert (ran.code, ran.summary()["accepted"]) == (0, 40)
    assert max(before) == 2
    assert endpoint.most_in_flight >= 8


def test_a_run_through_an_endpoint_that_takes_less_makes_the_same_dataset(
    workshop: Workshop, serve: Callable[..., Endpoint]
) -> None:
    refused = list[str]()

    def strict(asked: Asked) -> Any:
        for name in ("seed", "temperature", "max_tokens"):
            if name in asked.body and name != "seed":
                refused.append(name)
                return Reply(
                    400, {"error": {"message": f"Unsupported parameter: '{name}' is not supported with this model."}}
                )
        return scripted(asked)

    words = ["scenario=chain", "n=12", "concurrency=8", "round_size=6"]
    endpoint = serve(strict)
    ran = workshop.run("r", *words, *at(endpoint.url))
    assert (ran.code, ran.summary()["undecided"]) == (0, 0)
    assert len(refused) <= 4, "two calls go ahead, and what they find is remembered"
    assert ran.summary()["faults"] == {"form": len(refused)}
    assert ran.dataset() == workshop.run("plain", *words, *at(serve().url)).dataset()
    count = len(endpoint.asked)
    more = workshop.run("r", f"out={ran.out}", "n=16")
    assert (more.code, more.summary()["accepted"]) == (0, 16)
    assert not endpoint.seeds(count).keys() & {asked.seed for asked in endpoint.asked[:count]}, (
        "no answer is asked for again"
    )


def test_some_wordless_answers_are_undecided_and_the_others_go_on(
    workshop: Workshop, serve: Callable[..., Endpoint]
) -> None:
    def moody(asked: Asked) -> Any:
        if "Tone: grumpy" not in asked.prompt:
            return scripted(asked)
        return saying("", "length")(asked) if asked.seed % 2 else saying(None, "stop", reasoning="Hm")(asked)

    ran = workshop.run("r", "scenario=chain", "n=30", *at(serve(moody).url))
    assert (ran.code, ran.summary()["accepted"]) == (0, 30)
    others = [line for line in ran.lines("rejected.jsonl") if line["reason"] != "stopped"]
    assert {(line["verdict"], line["reason"]) for line in others} == {("undecided", "spent"), ("undecided", "silent")}
    assert all("llm.max_tokens" in line["detail"] for line in others)


def test_a_key_in_another_form_is_in_no_file_and_on_no_screen(
    workshop: Workshop, serve: Callable[..., Endpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "sk-proj-7f3a9c2e5d8b1f4a6c0e"
    monkeypatch.setenv("MY_MODEL_KEY", key)
    told = base64.b64encode(f"Bearer {key}".encode()).decode()

    def echo(asked: Asked) -> Any:
        if asked.number % 4 == 0:
            return scripted(asked) + f" {told}"
        return (
            Reply(400, {"error": {"message": f"who is {key.encode().hex()}?"}})
            if asked.number % 4 == 1
            else scripted(asked)
        )

    words = ["scenario=chain", "n=4", "patience=2", "llm.api_key_env=MY_MODEL_KEY"]
    ran = workshop.run("r", *words, *at(serve(echo).url))
    assert ran.summary()["stopped_by"] == "patience"
    seen = [ran.stdout.encode(), ran.stderr.encode(), *workshop.folder().values()]
    for part in (key[:14], key.encode().hex()[8:30], told[12:34]):
        assert not any(part.encode() in content for content in seen)


@pytest.mark.parametrize(
    "word",
    ["llm.base_url=http://u:s3kret@h/v1", "llm.base_url=u:s3kret@h", "llm.base_url=http://h/v1?key=s3kret",
     "roles.judge.llm.base_url=http://u:s3kret@h", "embedding.base_url=http://u:s3kret@h", "memory.url=http://u:s3kret@h",
     "runner.address=ray://u:s3kret@h"],
)  # fmt: skip
def test_an_address_with_a_password_is_refused_and_not_repeated(workshop: Workshop, word: str) -> None:
    ran = workshop.run("r", "scenario=chain", "llm.model=m", "embedding.model=m", word)
    assert ran.code == 2
    assert word.partition("=")[0].removesuffix(".base_url") in ran.stderr
    assert "s3kret" not in ran.stdout + ran.stderr
    assert not any(b"s3kret" in content for content in workshop.folder().values())
