"""Saturation: a rule over the curated order, and the axes that it names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from graphs.planning.outcomes import BriefOutcome
from graphs.planning.saturation import Saturation, axes_to_widen
from graphs.sampling.decision import CurationReason
from scenarios.briefs import plan_brief
from scenarios.records import Candidate, Novelty, Record, Verdict
from tests.endpoint import Asked, Endpoint
from tests.helpers import NOTES, Workshop, at, loaded, write_scenario

NEW = BriefOutcome({}, Verdict.ACCEPTED)
NEAR = BriefOutcome({}, Verdict.REJECTED, "curate", "novelty")
FULL = BriefOutcome({}, Verdict.REJECTED, "curate", CurationReason.QUOTA)
WRONG = BriefOutcome({}, Verdict.REJECTED, "verify", "must_say")


def reached(window: int, share: float, outcomes: list[BriefOutcome]) -> bool:
    saturation = Saturation(window, share)
    saturation.add(outcomes)
    return saturation.reached


def test_the_last_that_passed_their_checks_decide() -> None:
    assert reached(4, 0.75, [NEW, NEAR, NEAR, NEAR])
    assert not reached(4, 0.75, [NEAR, NEAR, NEAR]), "the window is not full"
    assert not reached(4, 0.8, [NEW, NEAR, NEAR, NEAR])
    assert not reached(4, 0.75, [NEAR, NEAR, NEW, NEAR, NEW])
    assert reached(4, 0.75, [NEW, NEW, NEAR, WRONG, NEAR, WRONG, NEAR])
    assert not reached(4, 0.75, [NEAR, NEAR, FULL, FULL])
    assert not reached(0, 0.1, [NEAR] * 9)


def test_the_axes_are_named_whose_values_decide_the_text(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, NOTES, axes={"mood": ["calm", "glad"]})
    topics = [value.name for value in scenario.scenario.axes["topic"].values]

    def record(number: int, topic: str, mood: str, nearest: str = "") -> Record:
        brief = plan_brief(scenario, 0, 0, number, number, {"topic": topic, "mood": mood})
        made = Candidate(brief=brief)
        if not nearest:
            return Record(verdict=Verdict.ACCEPTED, candidate=made)
        near = Novelty(nearest=nearest, distance=0.01)
        return Record(verdict=Verdict.REJECTED, stage="curate", reason="novelty", candidate=made, novelty=near)

    first = [record(number, topic, "calm") for number, topic in enumerate([*topics, topics[0]])]
    first[-1] = record(5, topics[0], "glad")
    later = [
        record(10 + number, topic, ("calm", "glad")[number % 2], first[number].candidate.brief.id)
        for number, topic in enumerate(topics)
    ]
    assert axes_to_widen([*first, *later]) == [("topic", 1.0)]
    assert axes_to_widen(first) == []
    assert axes_to_widen([*first, record(20, topics[0], "calm", "other/run")]) == []


def test_a_run_that_repeats_itself_stops_and_says_which_axis_to_widen(
    workshop: Workshop, serve: Callable[..., Endpoint]
) -> None:
    """The texts follow from the topic alone."""

    def by_topic(asked: Asked) -> str:
        topic = asked.prompt.split("about ")[1].split(".")[0]
        return f"{topic} {topic[::-1]} " * 9

    axes = {"mood": ["calm", "glad", "sad"], "topic": ["a map", "a bell", "the night train"]}
    write_scenario(workshop.home / "s", NOTES, axes=axes, settings={"memory": {"min_distance": 0.1}})
    url = serve(by_topic).url
    words = [f"scenario={workshop.home}/s", "topology=generate_only", "n=20", "round_size=3", "saturation.window=8"]
    ends = []
    for name, more in (("one", ["concurrency=1"]), ("many", ["concurrency=16", "lookahead=1"])):
        ran = workshop.run(name, *words, *at(url), *more)
        summary = ran.summary()
        assert (ran.code, summary["stopped_by"], summary["accepted"]) == (3, "saturated", 3)
        assert "8 of the last 8 samples" in ran.stdout
        assert "most share topic (100%) with the sample they are too near to: give those axes more values" in ran.stdout
        ends.append(
            (ran.dataset(), [line["id"] for line in ran.lines("rejected.jsonl") if line["reason"] == "novelty"])
        )
    assert ends[0] == ends[1]
    again = workshop.run("one", "saturation.window=0", "patience=2")
    assert (again.code, again.summary()["stopped_by"]) == (3, "patience")
