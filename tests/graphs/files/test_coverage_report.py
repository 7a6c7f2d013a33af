"""The summary's coverage: pairs of this run and of the memory, and the combinations that only failed."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

from graphs.files.figures import CoverageReport
from graphs.files.summary import Finished, summary_lines
from scenarios.briefs import plan_brief
from scenarios.records import Candidate, Record, Verdict
from scenarios.schema.space import Space
from tests.helpers import NOTES, Ran, Workshop, loaded, write_scenario

AXES = {"topic": ["a map", "a bell", "a coat", "a door"], "mood": ["calm", "glad", "sad"]}
EXCLUDE = [{"topic": "a map", "mood": "sad"}]


def pairs(*runs: Ran) -> set[Any]:
    """The pairs of values in the datasets of some runs."""
    return {pair for ran in runs for line in ran.lines() for pair in combinations(line["brief"]["cell"].items(), 2)}


def test_coverage_counts_what_earlier_runs_in_one_memory_made(workshop: Workshop) -> None:
    write_scenario(workshop.home / "s", NOTES, axes=AXES, exclude=EXCLUDE)
    words = [f"scenario={workshop.home}/s", "llm.backend=scripted", f"memory.path={workshop.home / 'shared'}", "n=5"]
    first = workshop.run("first", *words)
    second = workshop.run("second", *words, "seed=1")
    third = workshop.run("third", *words, "seed=2", "memory.scope=other")
    for ran, held in ((first, [first]), (second, [first, second]), (third, [third])):
        coverage = ran.summary()["coverage"]
        assert coverage["pairs"] == len(pairs(*held))
        assert (coverage["of"], coverage["failing"], coverage["samples_for_pairs"]) == (11, [], 11)
        assert coverage["share"] == round(coverage["pairs"] / 11, 4)
        assert "all pairs of values would take about 11" in ran.stderr
    assert first.summary()["coverage"]["pairs"] == 5
    assert second.summary()["coverage"]["pairs"] == 10, "no pair twice while there are others"
    more = workshop.run("second", words[2], "n=6")
    assert more.summary()["coverage"]["share"] == 1


def test_what_only_ever_failed_is_named(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, NOTES, axes={"mood": ["calm", "glad"]})
    report = CoverageReport(Space(scenario.scenario.axes), [{"topic": "a door", "mood": "glad"}])
    verdicts = {
        "a map": Verdict.REJECTED,
        "a bell": Verdict.UNDECIDED,
        "a coat": Verdict.ACCEPTED,
        "a door": Verdict.REJECTED,
    }
    for number, (topic, verdict) in enumerate([*verdicts.items()] * 5):
        brief = plan_brief(scenario, 0, 0, number, number, {"topic": topic, "mood": "glad"})
        report.add(Record(verdict=verdict, stage="verify", candidate=Candidate(brief=brief)))
        report.add(Record(verdict=Verdict.REJECTED, candidate=Candidate(brief=brief), final=False))
    found = report.figures()
    assert (found["pairs"], found["of"], found["cells"]) == (2, 10, 2)
    assert found["failing"] == [{"combination": {"topic": "a map", "mood": "glad"}, "failures": 5}]
    summary = {
        "accepted": 1, "rejected": 1, "undecided": 0, "reasons": {}, "requests": 1, "tokens": {}, "cost_usd": 0, "timings": {"run_s": 0},
        "mistakes": {}, "judgements": {}, "coverage": found, "given_up": [], "refused_draws": {"draws": 0}, "stopped_by": "target",
    }  # fmt: skip
    lines = summary_lines(
        Finished(
            out=tmp_path,
            summary=summary,
            wanted=1,
            patience=1,
            give_up=6,
            replayed=0,
            why="",
            saturated="",
            scripted=False,
        )
    )
    assert "never accepted: topic=a map, mood=glad (5 times)" in lines
