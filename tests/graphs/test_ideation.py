"""Runs whose axes a model has to propose first."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from agents.models.scripted import WORDS
from graphs.files.axes import AXES
from graphs.planning.ideation import met_of
from graphs.verify import main as verify
from memory.archive.archive import Note
from scenarios.seeds import seed_of
from tests.endpoint import Asked, Endpoint, Reply, scrambled, scripted
from tests.graphs.test_reproducible import committed, whole
from tests.helpers import NOTES, TALK, Ran, Workshop, at, loaded, write_scenario

TOPIC = {"ideate": {"about": "a thing that is left at a counter", "count": 6, "examples": ["a map", "a bell"]}}
MOOD = {"ideate": {"about": "a mood", "count": 3, "each": "topic"}}


def talk(folder: Path, **changes: Any) -> list[str]:
    """A dialogue scenario with two ideated axes, one of them by the other's values."""
    axes = {"topic": TOPIC, "mood": MOOD}
    path = write_scenario(folder / "talk", TALK, topology="generate_only", axes=axes, **changes)
    return [f"scenario={path}", "n=6", "round_size=3", "memory.min_distance=0.01"]


def notes(folder: Path, **ideate: Any) -> list[str]:
    """A scenario of fields with one ideated axis."""
    topic = {"ideate": {**TOPIC["ideate"], **ideate}}
    path = write_scenario(folder / "notes", NOTES, topology="generate_only", axes={"topic": topic})
    return [f"scenario={path}", "n=4"]


def ideas(asked: Asked) -> str:
    """As `scripted`, but with proposals, of which some say the same and some can be no values."""
    fields = (asked.schema or {}).get("properties", {})
    if "values" in fields:
        pick = [WORDS[seed_of(asked.seed, n) % len(WORDS)] for n in range(8)]
        said = [f"{left} {right}" for left, right in zip(pick[::2], pick[1::2], strict=True)]
        said += [f"The {said[0]}s.", "{{ 7 * 7 }}", "=== system ===", "two\nlines", "oil|fat"]
        return orjson.dumps(
            {"values": [{"value": one, "probability": 0.01 * n} for n, one in enumerate(said)]}
        ).decode()
    if "fits" in fields:
        listed = asked.prompt.split("The phrases:\n")[1].splitlines()
        groups = asked.prompt.split("):\n")[1].split("The phrases:")[0].splitlines()
        fits = [{"value": line[2:], "groups": []} for line in listed]
        fits[0]["groups"] = [group[2:] for group in groups]
        return orjson.dumps({"fits": fits}).decode()
    return scripted(asked)


def axes(ran: Ran) -> Any:
    return yaml.safe_load((ran.out / AXES).read_text())["axes"]


def calls(ran: Ran) -> int:
    return int(ran.summary()["calls"].get("ideator", 0))


def test_a_run_ideates_its_axes_and_then_covers_them(workshop: Workshop) -> None:
    ran = workshop.run("r", *talk(workshop.home), "llm.backend=scripted")
    assert ran.code == 0, ran.stderr
    assert "ideated 6 values of topic in" in ran.stderr
    assert "ideated 18 values of mood in" in ran.stderr
    assert "merged" in ran.stderr
    topics, moods = axes(ran)["topic"], axes(ran)["mood"]
    assert topics[:2] == ["a map", "a bell"]
    assert Counter(mood["parent"] for mood in moods) == dict.fromkeys(topics, 3)
    own = {mood["name"]: mood["parent"] for mood in moods}
    for line in ran.lines():
        assert own[line["brief"]["cell"]["mood"]] == line["brief"]["cell"]["topic"]
    assert ran.summary()["coverage"]["of"] == 18, "pairs of a mood with another topic are not wanted"
    assert calls(ran) == 13, "calls are in the ledger under their role"


def test_concurrency_does_not_change_a_byte(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    outcomes = []
    for concurrency, salt in ((1, "a"), (64, "b")):
        calm = scrambled(salt)

        async def behave(asked: Asked, calm: Any = calm) -> str:
            await calm(asked)
            return ideas(asked)

        endpoint = serve(behave)
        ran = workshop.run(f"r{concurrency}", *talk(workshop.home), *at(endpoint.url), f"concurrency={concurrency}")
        assert ran.code == 0, ran.stderr
        assert endpoint.most_in_flight <= concurrency
        outcomes.append((ran.dataset(), (ran.out / AXES).read_bytes()))
    assert outcomes[0] == outcomes[1]
    names = [*axes(ran)["topic"], *(mood["name"] for mood in axes(ran)["mood"])]
    assert not [name for name in names if set(name) & set("{=|\n")]
    other = workshop.run("other", *talk(workshop.home), *at(serve(ideas).url), "seed=1")
    assert axes(other)["topic"] != axes(ran)["topic"]


def test_a_run_killed_while_it_ideates_pays_nothing_twice(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    words = [*talk(workshop.home), "concurrency=2"]
    plain = workshop.run("plain", *words, *at(serve(ideas).url))
    process: Any = None
    left = [6, 15]

    def kill_at(asked: Asked) -> str:
        if left and asked.number == left[0]:
            os.kill(process.pid, signal.SIGKILL)
        return ideas(asked)

    endpoint = serve(kill_at)
    paid: set[int] = set()
    while left:
        begin = len(endpoint.asked)
        process = workshop.start("killed", *words, *at(endpoint.url))
        dead = workshop.finish("killed", process)
        assert dead.code == -signal.SIGKILL
        assert not (dead.out / AXES).exists() or left == [15]
        assert not paid & set(endpoint.seeds(begin))
        paid = committed(dead.out)
        left.pop(0)
    begin = len(endpoint.asked)
    ran = workshop.run("killed", *words, *at(endpoint.url))
    assert ran.code == 0, ran.stderr
    assert not paid & set(endpoint.seeds(begin))
    assert (ran.dataset(), axes(ran)) == (plain.dataset(), axes(plain))
    assert calls(ran) == calls(plain)
    whole(ran)


def test_a_continued_run_keeps_its_axes_and_asks_for_none(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    endpoint = serve(ideas)
    ran = workshop.run("r", *talk(workshop.home), *at(endpoint.url))
    before, asked = (ran.out / AXES).read_bytes(), calls(ran)
    (ran.out / AXES).unlink()
    more = workshop.run("r", *talk(workshop.home), *at(endpoint.url), "n=8")
    assert more.code == 0, more.stderr
    assert (more.out / AXES).read_bytes() == before, "it is written anew from the journal"
    assert calls(more) == asked
    assert "ideat" not in more.stderr
    assert max(endpoint.seeds().values()) == 1


@pytest.mark.parametrize("budget", [1, 5])
def test_a_budget_that_ends_it_leaves_a_run_that_can_go_on(
    workshop: Workshop, serve: Callable[..., Endpoint], budget: int
) -> None:
    endpoint = serve(ideas)
    short = workshop.run("r", *talk(workshop.home), *at(endpoint.url), f"budget.calls={budget}")
    assert short.code == 3, short.stderr
    assert len(endpoint.asked) == budget
    assert short.summary()["stopped_by"] == "budget.calls"
    assert short.summary()["accepted"] == 0
    assert short.dataset() == b""
    more = workshop.run("r", f"out={short.out}", "budget.calls=1000")
    assert more.code == 0, more.stderr
    assert max(endpoint.seeds().values()) == 1
    assert more.dataset() == workshop.run("plain", *talk(workshop.home), *at(serve(ideas).url)).dataset()


def test_ctrl_c_while_it_ideates_is_no_fault(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    def interrupt(asked: Asked) -> str:
        if asked.number == 1:
            os.kill(os.getpid(), signal.SIGINT)
        return ideas(asked)

    ran = workshop.run("r", *talk(workshop.home), *at(serve(interrupt).url))
    assert ran.code == 130, ran.stderr
    assert ran.summary()["stopped_by"] == "interrupted"


def test_a_model_that_fails_is_told_in_one_line_and_nothing_is_decided(
    workshop: Workshop, serve: Callable[..., Endpoint]
) -> None:
    broken = [True]

    def behave(asked: Asked) -> Any:
        if broken[0] and asked.number > 2:
            return Reply(400, {"error": {"message": "too long a prompt"}})
        return ideas(asked)

    endpoint = serve(behave)
    ran = workshop.run("r", *talk(workshop.home), *at(endpoint.url), "concurrency=1")
    assert ran.code == 2
    told = ran.stderr.strip().splitlines()[-1]
    assert "axes.mood: the model that proposes its values failed" in told
    assert "run the same command again" in told
    broken[0], begin = False, len(endpoint.asked)
    again = workshop.run("r", *talk(workshop.home), *at(endpoint.url), "concurrency=1")
    assert again.code == 0, again.stderr
    assert not set(endpoint.seeds(begin)) & {asked.seed for asked in endpoint.asked[:2]}


def test_a_refused_key_is_told_and_not_that_the_others_were_stopped(
    workshop: Workshop, serve: Callable[..., Endpoint]
) -> None:
    def behave(asked: Asked) -> Any:
        if 'topic "a map"' in asked.prompt:
            return Reply(429, b"{}", {"Retry-After": "60"})
        if 'topic "a bell"' in asked.prompt:
            return Reply(401, {"error": {"message": "no such key"}})
        return ideas(asked)

    ran = workshop.run("r", *talk(workshop.home), *at(serve(behave).url), "concurrency=2")
    assert ran.code == 2
    assert "refuses the key" in ran.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("answer", ['{"values": []}', "I would rather not."])
def test_too_few_values_are_told_with_what_to_do(
    workshop: Workshop, serve: Callable[..., Endpoint], answer: str
) -> None:
    endpoint = serve(lambda asked: answer)
    ran = workshop.run("r", *notes(workshop.home, examples=["a map"], calls=2), *at(endpoint.url))
    assert ran.code == 2
    told = ran.stderr.strip().splitlines()[-1]
    assert "axes.topic: 2 calls brought 1 values" in told
    assert "reword 'about'" in told
    assert "Traceback" not in ran.stderr


def test_fewer_values_than_wanted_are_used_and_told(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    few = '{"values": [{"value": "a lost glove", "probability": 0.1}]}'
    endpoint = serve(lambda asked: few if asked.schema else scripted(asked))
    ran = workshop.run("r", *notes(workshop.home, calls=3), *at(endpoint.url))
    assert ran.code == 0, ran.stderr
    assert "ideated 3 values of 6 wanted of topic in 3 calls; 2 merged, 0 dropped, 2 were known" in ran.stderr
    assert axes(ran) == {"topic": ["a map", "a bell", "a lost glove"]}


def test_a_later_run_in_the_memory_takes_over_what_was_made(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    memory = f"memory.path={workshop.home / 'one'}"
    endpoint = serve(ideas)
    first = workshop.run("first", *notes(workshop.home), *at(endpoint.url), memory, "n=5")
    begin = len(endpoint.asked)
    second = workshop.run("second", *notes(workshop.home), *at(endpoint.url), memory, "n=2", "seed=7")
    assert second.code == 0, second.stderr
    made = {line["brief"]["cell"]["topic"] for line in first.lines()}
    assert len(made) == 5
    assert made <= set(axes(second)["topic"])
    prompts = [asked.prompt for asked in endpoint.asked[begin:] if asked.schema]
    assert len(prompts) == 1
    assert "Propose 3 more values." in prompts[0], "only for what is missing, and two more"
    assert second.summary()["coverage"]["pairs"] == 6
    third = workshop.run("third", *notes(workshop.home), *at(endpoint.url), memory, "n=1", "seed=8")
    assert calls(third) == 0
    assert sorted(axes(third)["topic"]) == sorted(axes(second)["topic"])


def test_what_the_memory_knows_is_noted_before_the_first_call(
    workshop: Workshop, serve: Callable[..., Endpoint]
) -> None:
    """Another run may fill the memory while this one is stopped: its calls stay as they were."""
    memory = f"memory.path={workshop.home / 'one'}"
    endpoint = serve(ideas)
    words = [*talk(workshop.home), *at(endpoint.url), memory]
    workshop.run("first", *words, "budget.calls=2")
    workshop.run("other", *words, "seed=5")
    begin = set(endpoint.seeds())
    first = workshop.run("first", *words, "budget.calls=1000")
    assert first.code == 0, first.stderr
    assert set(axes(first)["topic"]) != set(axes(workshop.run("other", *words, "seed=5"))["topic"])
    assert max(endpoint.seeds().values()) == 1
    assert begin


def test_values_are_taken_over_by_how_often_they_were_made(tmp_path: Path) -> None:
    asked = loaded(tmp_path, TALK, axes={"topic": TOPIC, "mood": MOOD}).scenario
    cells = [("tea", "glad"), ("oil", "calm"), ("tea", "glum"), ("oil", "calm"), ("oil", "odd")]
    kept = [Note(str(n), {"topic": topic, "mood": mood}) for n, (topic, mood) in enumerate(cells)]
    met = met_of(asked, [*kept, Note("x", {"topic": "other axes"})])
    assert met["topic"] == {"": ["oil", "tea"]}
    assert met["mood"] == {"oil": ["calm", "odd"], "tea": ["glad", "glum"]}


def test_a_run_is_verified_with_its_axes(workshop: Workshop, capfd: pytest.CaptureFixture[str]) -> None:
    ran = workshop.run("r", *talk(workshop.home), "llm.backend=scripted")
    scenario = talk(workshop.home)[0]
    assert verify([f"out={ran.out}"]) == 0
    assert verify([str(ran.out / "dataset.jsonl"), scenario]) == 0
    assert "axes.yaml" not in capfd.readouterr().out

    lone = workshop.home / "lone" / "dataset.jsonl"
    lone.parent.mkdir()
    lone.write_bytes(ran.dataset())
    assert verify([str(lone), scenario]) == 0
    assert "UNVERIFIABLE: whether the values of the ideated axes (topic, mood) are the run's" in capfd.readouterr().out

    lines = ran.lines()
    cell = lines[0]["brief"]["cell"]
    cell["mood"] = next(one["name"] for one in axes(ran)["mood"] if one["parent"] != cell["topic"])
    changed = b"\n".join(map(orjson.dumps, lines)) + b"\n"
    for home in (lone.parent, ran.out):
        (home / "dataset.jsonl").write_bytes(changed)
    assert verify([f"out={ran.out}"]) == 4
    assert "differs" in capfd.readouterr().out
    (ran.out / AXES).write_text("axes: [")
    assert verify([f"out={ran.out}"]) == 2


def test_its_axes_can_be_pasted_into_the_scenario(workshop: Workshop) -> None:
    ran = workshop.run("r", *talk(workshop.home), "llm.backend=scripted")
    path = workshop.home / "talk" / "scenario.yaml"
    pasted = {**yaml.safe_load(path.read_text()), **yaml.safe_load((ran.out / AXES).read_text())}
    path.write_text(yaml.safe_dump(pasted, sort_keys=False))
    value = axes(ran)["topic"][-1]
    again = workshop.run("again", *talk_words(path), f"quota.topic.{value}=2")
    assert again.code == 0, again.stderr
    assert calls(again) == 0
    assert sum(line["brief"]["cell"]["topic"] == value for line in again.lines()) == 2


def talk_words(path: Path) -> list[str]:
    return [f"scenario={path}", "n=6", "llm.backend=scripted", "memory.min_distance=0.01"]


def test_quotas_name_examples_alone(workshop: Workshop) -> None:
    words = [*notes(workshop.home), "llm.backend=scripted"]
    ran = workshop.run("r", *words, "quota.topic.a map=3")
    assert ran.code == 0, ran.stderr
    assert sum(line["brief"]["cell"]["topic"] == "a map" for line in ran.lines()) == 3
    for value in ("a coat", "(not ideated yet: 1)"):
        wrong = workshop.run("wrong", *words, f"quota.topic.{value}=3")
        assert wrong.code == 2
        assert "only its examples can be named beforehand, a map, a bell" in wrong.stderr
        assert not wrong.out.exists()


def test_the_ideator_has_a_model_of_its_own_and_may_be_a_base_model(
    workshop: Workshop, serve: Callable[..., Endpoint]
) -> None:
    endpoint = serve()
    words = [*talk(workshop.home), *at(endpoint.url), "roles.ideator.llm.backend=scripted"]
    ran = workshop.run("r", *words, "roles.ideator.llm.style=transcript")
    assert ran.code == 0, ran.stderr
    assert "not read" in ran.stderr, "each scripted transcript ends in a line that is cut off"
    assert len(axes(ran)["mood"]) == 18
    assert calls(ran) > 0
    assert not [asked for asked in endpoint.asked if asked.schema]
