"""A choice among several candidates is derived again, and one that was tampered with is noticed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from graphs.sampling.decision import decide
from graphs.sampling.topology import topology_of
from graphs.trace import main as trace
from graphs.verify import main as verify
from graphs.verifying.ancestry import Ancestry
from graphs.verifying.differences import Mismatch
from graphs.verifying.record import Ground, rederive
from scenarios.loading import Loaded, load
from scenarios.records import Record, Verdict
from tests.choosing import WORDY, Made, best_of, made, notes, prefers, scored, several, solutions, texts
from tests.conversations import conversation
from tests.helpers import NOTES, TALK, Workshop, loaded, said_by, write_scenario


def line_of(one: Made) -> dict[str, Any]:
    """The record as a line."""
    decided = decide(one.candidate, one.plan.scenario)
    line: dict[str, Any] = orjson.loads(orjson.dumps(Record(candidate=one.candidate, **decided.model_dump()).line()))
    return line


def derived(plan: Loaded, line: dict[str, Any], topology: str | None = None) -> None:
    """Derive a line again. Raises Mismatch."""
    accepted = line.get("verdict", "accepted") == Verdict.ACCEPTED
    ground = Ground(plan, topology_of(plan.scenario, topology))
    rederive(ground, orjson.dumps(line), line, accepted, Ancestry(plan.scenario))


def by_checks(path: Path) -> Made:
    return made(
        notes(path, best_of(3, by="checks"), **WORDY), texts("A zebra.", "A zebra and a xylophone.", "Nothing.")
    )


def lost(path: Path) -> Made:
    """Rejected: the line holds the candidates that were not kept."""
    shape = several({"draws": 3}, {"by": "checks"}, verify="verify")
    return made(notes(path, shape, **WORDY), texts("A.", "A zebra.", "Nothing."))


def by_judge(path: Path) -> Made:
    return made(notes(path, best_of(3, by="judge")), scored(one=(4, 4), two=(5, 4), three=(4, 5)))


def by_judge_low(path: Path) -> Made:
    return made(notes(path, best_of(2, by="judge"), min_score=3), scored(one=(1, 4), two=(2, 4)))


def by_pairs(path: Path) -> Made:
    return made(notes(path, best_of(3, by="pairwise")), prefers("Two"))


def by_votes(path: Path) -> Made:
    return made(notes(path, best_of(4, by="majority", least=2)), texts("Red.", "Blue.", "Green.", "Blue!"))


def no_votes(path: Path) -> Made:
    return made(notes(path, best_of(3, by="majority", least=2)), texts("Red.", "Blue.", "Green."))


def given_up(path: Path) -> Made:
    """The scenario's own guard passes no draw of any candidate."""
    field = {"name": "text", "prompt": "text.jinja", "must": ["sun"]}
    return made(notes(path, best_of(2, by="checks"), fields=[field], checks=["must_say"], redraws=1), texts("A.", "B."))


def broken(path: Path) -> Made:
    return made(notes(path, best_of(3, by="judge")), breaks=lambda call: call.asker.step.startswith("generate#2"))


def undecided(path: Path) -> Made:
    return made(notes(path, best_of(2, by="pairwise")), breaks=lambda call: call.role == "judge")


def unheard(path: Path) -> Made:
    bad = [{"model": "scripted", "role": "judge", "auc": 0.5, "low": 0.4, "samples": 9}]
    return made(notes(path, best_of(2, by="judge"), calibration=bad))


def a_dialogue(path: Path) -> Made:
    return made(loaded(path, TALK, topology=best_of(2, by="judge")), lambda call: low(call.role))


def a_conversation(path: Path) -> Made:
    plan = conversation(path, roles={"customer": {"speaks_as": "user"}, "agent": {"speaks_as": "assistant"}})
    shape = loaded(path / "shape", TALK, topology=best_of(2, by="judge")).scenario.topology
    scenario = plan.scenario.model_copy(update={"topology": shape})
    return made(plan.model_copy(update={"scenario": scenario}))


def low(role: str) -> str | None:
    return json.dumps({"scores": {"clear": 1, "kind": 1}}) if role == "judge" else None


ALL: list[Callable[[Path], Made]] = [
    by_checks, lost, by_judge, by_judge_low, by_pairs, by_votes, no_votes, given_up, broken, undecided, unheard,
    a_dialogue, a_conversation,
]  # fmt: skip


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.__name__)
def test_a_choice_is_derived_again(case: Callable[[Path], Made], tmp_path: Path) -> None:
    one = case(tmp_path)
    line = line_of(one)
    derived(one.plan, line)
    accepted = line.get("verdict", "accepted") == Verdict.ACCEPTED
    held = [row for row in line["choice"]["contenders"] if "fields" in row or "messages" in row]
    assert bool(held) is not accepted, "a line of an accepted sample says only how the others stood"


def test_a_majority_of_solutions_is_derived_again() -> None:
    plan = load("math")
    one = made(plan, solutions("48", "50", "50", "7", "8"), "self_consistency")
    line = line_of(one)
    derived(plan, line, "self_consistency")
    line["choice"]["contenders"][1]["answer"] = "48"
    with pytest.raises(Mismatch, match=r"choice\.contenders\[2\]\.answer: expected \"50\""):
        derived(plan, line, "self_consistency")


def put(value: Any, *where: str | int) -> Callable[[dict[str, Any]], None]:
    """Writes a value into a line."""

    def change(line: dict[str, Any]) -> None:
        at: Any = line
        for key in where[:-1]:
            at = at[key]
        at[where[-1]] = value

    return change


def said_better(line: dict[str, Any]) -> None:
    line["choice"]["matches"][1]["said"] = ["second", "second"]


def unmatched(line: dict[str, Any]) -> None:
    line["choice"]["matches"].pop()


def unchosen(line: dict[str, Any]) -> None:
    line.pop("choice")


ROWS = ("choice", "contenders")
TAMPERED: dict[str, tuple[Callable[[Path], Made], Callable[[dict[str, Any]], None], str]] = {
    "another was kept": (by_checks, put(1, "choice", "kept"), "choice"),
    "the kept one stood otherwise": (by_checks, put(1, *ROWS, 1, "unmet"), r"contenders\[2\]\.unmet: expected 0"),
    "the others stood otherwise": (by_checks, put(0, *ROWS, 0, "unmet"), r"choice\.kept: expected 1"),
    "another reason": (by_checks, put("no taste", *ROWS, 0, "why"), r"contenders\[1\]\.why"),
    "one more whole": (lost, put(2, *ROWS, 2, "unmet"), r"contenders\[3\]\.unmet: expected 1"),
    "another text": (lost, put("A zebra and a xylophone.", *ROWS, 2, "fields", "text"), r"contenders\[3\]\.unmet"),
    "another way": (by_checks, put("majority", "choice", "by"), r"choice\.by: expected checks"),
    "no choice": (by_checks, unchosen, r"choice: expected how one of 3 candidates was kept, found nothing"),
    "a better score": (by_judge, put(5.0, *ROWS, 2, "scores", "clear"), r"choice\.kept: expected 3"),
    "a score of nobody": (by_judge, put(9.0, *ROWS, 2, "scores", "clear"), r"contenders\[3\]\.scores"),
    "the kept one's scores": (by_judge, put(5.0, "scores", "kind"), "scores: expected those by which it was chosen"),
    "a lost match": (by_pairs, said_better, r"choice\.kept: expected 3"),
    "another match": (by_pairs, put(["first", "first"], "choice", "matches", 0, "said"), r"choice\.matches: expected each match"),
    "a match too few": (by_pairs, unmatched, r"choice\.matches"),
    "another vote": (by_votes, put("red", *ROWS, 3, "answer"), r"choice"),
    "a vote for the kept one": (by_votes, put("green", *ROWS, 1, "answer"), r"contenders\[2\]\.answer: expected \"blue\""),
    "enough votes": (no_votes, put("PASS", "evidence", 0, "status"), r"evidence\[choose\]\.status"),
    "other evidence": (by_votes, put("kept 2 of 4", "evidence", 0, "detail"), r"evidence\[choose\]\.detail"),
    "words without a reason": (unheard, put("because", "choice", "aside"), r"choice\.aside"),
    "a candidate too few": (by_checks, lambda line: line["choice"]["contenders"].pop(), r"choice\.contenders: expected 3"),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERED)
def test_a_choice_that_was_tampered_with_is_noticed(what: str, tmp_path: Path) -> None:
    case, change, says = TAMPERED[what]
    one = case(tmp_path)
    line = line_of(one)
    change(line)
    with pytest.raises(Mismatch, match=says):
        derived(one.plan, line)


def test_a_run_with_several_candidates_verifies_and_is_told(
    workshop: Workshop, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write_scenario(workshop.home / "s", NOTES)
    ran = workshop.run("r", f"scenario={path}", "llm.backend=scripted", "n=1", "topology=best_of")
    assert ran.code == 0, ran.stderr
    code, told, complaint = said_by(verify, capfd)(f"out={ran.out}")
    assert (code, "nothing differs" in told) == (0, True), told + complaint
    (line,) = ran.lines()
    assert {row["step"] for row in line["choice"]["contenders"]} == {
        "generate",
        "generate#2",
        "generate#3",
        "generate#4",
    }
    told = said_by(trace, capfd)(f"out={ran.out}", f"id={line['id']}")[1]
    assert f"candidate {line['choice']['kept']} of 4 was kept" in told
    assert told.count("not kept: ") == 3
    import pyarrow.parquet as pq

    row = pq.read_table(ran.out / "dataset.parquet").to_pylist()[0]
    assert json.loads(row["choice"]) == line["choice"]
