"""Steering: what the nearest accepted samples were about, in the brief, in the prompts and in the dataset."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
import yaml

from graphs.planning.steering import Steering, about_of, peer_of
from graphs.verify import main as verify
from scenarios.briefs import plan_brief
from scenarios.errors import ScenarioError
from scenarios.loading import load
from scenarios.messages import Message, Speech
from scenarios.records import Candidate
from scenarios.schema.demonstrations import Choice, Peer
from tests.endpoint import Asked, Endpoint, scripted
from tests.helpers import NOTES, PLANNED, Ran, Workshop, at, loaded, planned_form, write_scenario


def test_the_nearest_are_those_that_share_most_values_the_latest_first() -> None:
    steering = Steering()
    made = [("a", "1", "x"), ("a", "2", "x"), ("a", "1", "y"), ("b", "2", "y"), ("a", "1", "x")]
    for number, cell in enumerate(made):
        steering.add(str(number), dict(zip("pqr", cell, strict=True)), f"about {number}")
    steering.add("silent", {"p": "a", "q": "1", "r": "x"}, "")
    assert steering.avoid({"p": "a", "q": "1", "r": "x"}) == ("about 4", "about 0", "about 2")
    assert steering.avoid({"p": "a", "q": "1", "r": "x"}, "about 3") == ("about 3", "about 4", "about 0")
    assert steering.avoid({"p": "b", "q": "2", "r": "y"}) == ("about 3",)
    assert steering.avoid({"p": "c", "q": "2", "r": "z"}) == ()
    assert (steering.about("1"), steering.about("silent"), steering.about(None)) == ("about 1", "", "")
    single = Steering()
    single.add("s", {"p": "a"}, "one axis")
    assert (single.avoid({"p": "a"}), single.avoid({"p": "b"})) == (("one axis",), ())


def test_what_a_sample_is_about_is_a_short_line(tmp_path: Path) -> None:
    brief = plan_brief(loaded(tmp_path, NOTES), 0, 0, 0, 0)
    said = (Message(role=Speech.ASSISTANT, content="Hello."), Message(role=Speech.USER, content=" A \n lost  coat. "))
    assert about_of(Candidate(brief=brief, messages=said)) == "A lost coat."
    assert about_of(Candidate(brief=brief, fields={"q": "Why?", "a": "So."})) == "Why?"
    assert about_of(Candidate(brief=brief)) == ""
    long = about_of(Candidate(brief=brief, fields={"q": "word " * 99}))
    assert len(long) <= 120
    assert long.endswith("word…")


@pytest.mark.parametrize(("name", "role"), [("support", "customer"), ("howto", "instruction")])
def test_shipped_chat_prompts_say_what_not_to_make_again_and_transcripts_do_not(name: str, role: str) -> None:
    scenario = planned_form(name)
    for prompt, shows in (
        (f"{role}.chat.jinja", True),
        ("speaker.transcript.jinja", False),
        ("instruction.transcript.jinja", False),
    ):
        if prompt in scenario.prompts:
            text = "".join(source for _, source in scenario.prompts[prompt].sections)
            assert ("{% for about in avoid %}" in text and "Not again" in text) == shows


SHOWS_IT = (
    "Write about {{ topic.name }}, {{ mood.name }}.\n{% for about in avoid %}Not again: {{ about }}\n{% endfor %}"
)


def steered(workshop: Workshop) -> list[str]:
    """The words of a run whose prompt shows what to avoid."""
    sees = {role: {"sees": ["topic", "mood"]} for role in ("generator", "refiner")}
    write_scenario(workshop.home / "s", NOTES, axes={"mood": ["calm", "glad"]}, roles=sees)
    (workshop.home / "s" / "text.jinja").write_text(SHOWS_IT)
    return [f"scenario={workshop.home}/s", "topology=generate_only", "memory.min_distance=0.2", "round_size=3"]


def close_at_first(asked: Asked) -> str:
    """Every third text is the same, but where the prompt says that it was there."""
    if asked.seed % 3 or "The old tale" in asked.prompt:
        return scripted(asked)
    return "The old tale of the sea and of the ships that went down in it. " * 3


def hold(ran: Ran) -> None:
    """What a brief avoids was accepted in an earlier round or in another run; what follows a rejection names it."""
    refused = {line["id"]: line for line in ran.lines("rejected.jsonl") if line["reason"] == "novelty"}
    again = [line for name in ("dataset.jsonl", "rejected.jsonl") for line in ran.lines(name) if line["lineage"]]
    for line in again:
        (before,) = line["lineage"]
        assert refused[before]["round"] < line["round"]
        assert refused[before]["brief"]["cell"] == line["brief"]["cell"]
        assert not refused[before]["lineage"], "one more attempt, not two"
        assert line["brief"]["avoid"][0].startswith("The old tale")
    assert len({line["lineage"][0] for line in again}) == len(again)
    assert again


def test_steering_leaves_the_dataset_the_same_at_any_speed_and_after_a_stop(
    workshop: Workshop, serve: Callable[..., Endpoint]
) -> None:
    words, endpoint = [*steered(workshop), "seed=5"], serve(close_at_first)
    whole = workshop.run("whole", *words, *at(endpoint.url), "n=16", "concurrency=1")
    assert whole.code == 0, whole.stdout
    hold(whole)
    fast = workshop.run("fast", *words, *at(endpoint.url), "n=16", "concurrency=32")
    assert fast.dataset() == whole.dataset()
    for number in (3, 9, 17):
        part = workshop.run("parts", *words, *at(endpoint.url), "n=16", f"budget.calls={number}")
        assert part.code == 3
    asked = len(endpoint.asked)
    parts = workshop.run("parts", "n=16", "budget.calls=500")
    assert parts.dataset() == whole.dataset()
    assert len(endpoint.asked) > asked
    plain = workshop.run("plain", *words, *at(endpoint.url), "n=4", "steering=off")
    assert plain.code == 0
    assert all("avoid" not in line["brief"] and line["lineage"] == [] for line in plain.lines())


def test_the_memory_tells_a_later_run_what_not_to_make_again(workshop: Workshop) -> None:
    words = [*steered(workshop), "llm.backend=scripted", f"memory.path={workshop.home / 'shared'}", "n=10"]
    first = workshop.run("first", *words)
    second = workshop.run("second", *words, "seed=1")
    told = {line["fields"]["text"][:40] for line in first.lines()}
    early = [line for line in second.lines() if line["round"] == 0]
    assert early
    for line in early:
        assert 1 <= len(line["brief"]["avoid"]) <= 3
        assert {about[:40] for about in line["brief"]["avoid"]} <= told
    assert all("avoid" not in line["brief"] for line in first.lines() if line["round"] == 0)


def test_demonstrations_are_chosen_by_strategy() -> None:
    scenario = load(PLANNED)
    assert scenario.scenario.demonstrations
    found = {}
    for choice in Choice:
        plan = scenario.scenario.demonstrations.model_copy(update={"choose": choice, "count": 3})
        chosen = scenario.model_copy(update={"scenario": scenario.scenario.model_copy(update={"demonstrations": plan})})
        found[choice] = [plan_brief(chosen, 0, 0, n, n).demonstrations for n in range(20)]
    assert set(found[Choice.NONE]) == {()}
    assert all(len(set(shown)) == 3 for choice in Choice if choice is not Choice.NONE for shown in found[choice])

    def values(shown: tuple[int, ...]) -> int:
        return len({value for index in shown for value in scenario.demonstrations[index].cell.items()})

    covered = {values(shown) for shown in found[Choice.COVERING]}
    assert min(covered) >= max(values(shown) for shown in found[Choice.RANDOM])
    assert len(set(found[Choice.RANDOM])) > 10


def test_accepted_samples_are_chosen_as_demonstrations_are() -> None:
    steering = Steering()
    for number, (first, second) in enumerate(["ax", "ay", "bx", "by", "cz"]):
        cell = {"p": first, "q": second}
        steering.add(str(number), cell, f"about {number}", Peer(id=str(number), cell=cell))
    steering.add("other run's", {"p": "a", "q": "x"}, "about it")

    def shown(choice: Choice, count: int, without: str = "") -> list[str]:
        peers = steering.peers({"p": "a", "q": "x"}, choice, count, random.Random(0), without)
        return [peer.id for peer in peers]

    assert shown(Choice.NEAR, 1) == ["0"]
    assert shown(Choice.NEAR, 3)[-1] == "0", "the nearest last"
    assert set(shown(Choice.NEAR, 3)) == {"0", "1", "2"}
    assert set(shown(Choice.NEAR, 2, without="0")) == {"1", "2"}
    assert "4" in shown(Choice.COVERING, 3), "it shows values that no other does"
    assert len({shown(Choice.RANDOM, 2)[0], *shown(Choice.RANDOM, 4)}) >= 4
    assert shown(Choice.NONE, 2) == shown(Choice.NEAR, 0) == []


def test_a_dialogue_as_a_demonstration_has_its_acts() -> None:
    brief = plan_brief(load(PLANNED), 0, 0, 0, 0)
    said = tuple(Message(role=Speech.USER, content=f"Line {number}.") for number in range(len(brief.turns)))
    peer = peer_of(Candidate(brief=brief, messages=said))
    assert [line["act"] for line in peer.lines] == [turn.act for turn in brief.turns]
    assert peer.lines[1]["text"] == "Line 1."
    assert (peer.cell, peer.facts, peer.texts) == (brief.cell, brief.facts, brief.texts)


SHOWS_OTHERS = (
    "{% for d in demonstrations %}{{ d.cell.topic }}: {{ d.fields.text }}\n{% endfor %}Write about {{ topic.name }}.\n"
)


def growing(workshop: Workshop, accepted: int = 1) -> list[str]:
    """The words of a run that shows one demonstration of a person's and one accepted sample."""
    home = workshop.home / "s"
    write_scenario(home, NOTES, demonstrations={"file": "shown.yaml", "count": 2, "accepted": accepted})
    (home / "text.jinja").write_text(SHOWS_OTHERS)
    shown = [
        {"cell": {"topic": topic}, "fields": {"text": f"A person wrote of {topic}."}} for topic in ("a map", "a bell")
    ]
    (home / "shown.yaml").write_text(yaml.safe_dump(shown))
    return [f"scenario={home}", "topology=generate_only", "round_size=3"]


def test_accepted_samples_are_shown_to_later_rounds_and_verified(
    workshop: Workshop, serve: Callable[..., Endpoint]
) -> None:
    words, endpoint = [*growing(workshop), "seed=5"], serve(scripted)
    whole = workshop.run("whole", *words, *at(endpoint.url), "n=12", "concurrency=1")
    assert whole.code == 0, whole.stdout
    texts = {line["id"]: (line["round"], line["fields"]["text"]) for line in whole.lines()}
    late = [line for line in whole.lines() if line["round"] >= 2]
    assert late
    for line in late:
        (peer,) = line["brief"]["peers"]
        round_, text = texts[peer]
        assert round_ < line["round"] - 1, "of a round that was curated when this one was planned"
        asked = [
            one.prompt for one in endpoint.asked if text in one.prompt and line["brief"]["cell"]["topic"] in one.prompt
        ]
        assert asked
        assert all(prompt.index(text) < prompt.index("A person wrote") for prompt in asked), "a person's example last"
    assert all("peers" not in line["brief"] for line in whole.lines() if line["round"] == 0)
    fast = workshop.run("fast", *words, *at(endpoint.url), "n=12", "concurrency=32")
    assert fast.dataset() == whole.dataset()
    for number in (2, 7):
        assert workshop.run("parts", *words, *at(endpoint.url), "n=12", f"budget.calls={number}").code == 3
    assert workshop.run("parts", "n=12", "budget.calls=500").dataset() == whole.dataset()
    plain = workshop.run("plain", *words, *at(endpoint.url), "n=9", "steering=off")
    assert all("peers" not in line["brief"] for line in plain.lines())
    assert verify([f"out={whole.out}"]) == 0


@pytest.mark.parametrize("told", [["not an id"], [7], ["LATER"], ["FIRST", "FIRST"]])
def test_peers_that_cannot_have_been_shown_are_a_difference(workshop: Workshop, told: list[object]) -> None:
    run = workshop.run("run", *growing(workshop), "llm.backend=scripted", "n=12")
    lines = run.lines()
    names = {"LATER": lines[-1]["id"], "FIRST": lines[0]["id"]}
    changed = next(line for line in lines if "peers" in line["brief"])
    changed["brief"]["peers"] = [names.get(str(id_), id_) for id_ in told]
    (run.out / "alone.jsonl").write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    assert verify([str(run.out / "alone.jsonl"), f"scenario={workshop.home / 's'}"]) == 4


def test_more_accepted_ones_than_there_are_demonstrations_are_refused(workshop: Workshop) -> None:
    with pytest.raises(ScenarioError, match="'accepted' is 3"):
        load(growing(workshop, accepted=3)[0].removeprefix("scenario="))
