"""A panel of judges: what its members come to, criterion by criterion."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.judging.panel import Vote, combined, member_evidence, member_malformed, objects, unread_member, vote_of
from agents.judging.standing import worth_of
from scenarios.records import Status
from scenarios.schema.scenario import Scenario
from scenarios.schema.topology import Combine
from tests.helpers import TALK, loaded

MEDIAN, MAJORITY, UNANIMITY, WEIGHTED = Combine


@pytest.fixture(name="scenario", scope="module")
def _scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """A rubric of `clear` and `kind`, each of which has to reach 3."""
    home: Path = tmp_path_factory.mktemp("s")
    return loaded(home, TALK).scenario


def votes(text: str) -> list[Vote]:
    """Votes as `CLEAR KIND [WORTH]`, by commas; `-` is an answer that cannot be read, `!` behind it no judgement that counts."""
    found = []
    for one in text.split(", "):
        words = one.rstrip("!").split()
        scores = {} if words[0] == "-" else {"clear": float(words[0]), "kind": float(words[1])}
        found.append(Vote(scores, not one.endswith("!"), float(words[2]) if len(words) > 2 else None))
    return found


RULES = [
    (MEDIAN, "4 4, 2 4, 3 4", "PASS", "median of 3"),
    (MEDIAN, "5 4, 2 4, 2 4", "FAIL", "clear median 2 is under 3"),
    (MEDIAN, "3 5, 2 5", "FAIL", "clear median 2.5 is under 3"),
    (MEDIAN, "4 5, 2 5", "PASS", "median of 2"),
    (MAJORITY, "3 3, 3 1, 1 3", "PASS", "majority of 3"),
    (MAJORITY, "5 5, 1 5", "FAIL", "clear passes with 1 of 2"),
    (MAJORITY, "5 1, 5 1, 1 5", "FAIL", "kind passes with 1 of 3"),
    (UNANIMITY, "3 3, 3 4, 5 3", "PASS", "unanimity of 3"),
    (UNANIMITY, "5 5, 5 2, 5 5", "FAIL", "kind passes with 2 of 3"),
    (WEIGHTED, "5 5, 1 5, 5 5", "PASS", "weighted of 3"),
    (WEIGHTED, "5 5 0.3, 1 5 0.8, 5 5 0.4", "FAIL", "clear passes with 0.7 of 1.5"),
    (WEIGHTED, "5 5 0.3, 1 5 0.8, 5 5 0.6", "PASS", "weighted of 3"),
    (WEIGHTED, "5 5 0.4, 1 5 0.4", "FAIL", "clear passes with 0.4 of 0.8"),
    # beside measured members one that was not measured weighs as the least of them
    (WEIGHTED, "5 5, 1 5 0.9, 5 5 0.3", "FAIL", "clear passes with 0.6 of 1.5"),
    # whose judgement does not count, and who cannot be read, has no vote
    (MAJORITY, "5 5, 1 5!, 1 5!", "PASS", "majority of 1"),
    (UNANIMITY, "5 5, -, 1 1!", "PASS", "unanimity of 1"),
    (MEDIAN, "1 5, -, 5 5!", "FAIL", "clear median 1 is under 3"),
    (MEDIAN, "1 1!, -", "UNVERIFIABLE", "no member's judgement counts"),
    # by criterion, never by a mean over them
    (MEDIAN, "1 5, 2 5, 2 5", "FAIL", "clear median 2 is under 3"),
    (UNANIMITY, "1 5, 5 1", "FAIL", "clear passes with 1 of 2, kind passes with 1 of 2"),
]


@pytest.mark.parametrize(("rule", "told", "status", "detail"), RULES)
def test_the_rules(scenario: Scenario, rule: Combine, told: str, status: str, detail: str) -> None:
    found = combined("panel", rule, votes(told), scenario)
    assert (found.check, found.status, found.detail) == ("panel", status, detail)
    turned = combined("panel", rule, votes(told)[::-1], scenario)
    assert turned == found, "who sits where does not matter"


@pytest.mark.parametrize(
    ("reason", "worth", "trusted"),
    [
        ("measured: AUC 0.83, 95 % from 0.71, over 40 pairs", 0.66, True),
        ("not informative with this model (AUC 0.41, 95 % from 0.30, over 40 pairs)", 0.0, False),
        ("not measured with this model; see graphs.calibrate", None, True),
    ],
)
def test_a_vote_is_told_by_the_evidence(scenario: Scenario, reason: str, worth: float | None, trusted: bool) -> None:
    scores = {"clear": 2.0, "kind": 4.0}
    evidence = member_evidence("panel", "strict", reason, scores, scenario)
    assert (evidence.check, evidence.status) == ("panel.strict", Status.UNVERIFIABLE)
    assert evidence.detail == f"{reason}; it said: clear 2 is under 3"
    assert vote_of(evidence, scores) == Vote(scores, trusted, worth)
    assert worth_of(reason) == worth
    assert objects(evidence)
    assert not objects(member_evidence("panel", "strict", reason, {"clear": 3.0, "kind": 4.0}, scenario))
    assert not member_malformed("panel", "strict", evidence, scores, scenario)
    for wrong in (
        {"detail": evidence.detail.replace("clear 2", "clear 1")}, {"detail": f"trust me; it said: {evidence.detail.partition(': ')[2]}"},
        {"status": Status.FAIL}, {"version": 2},
    ):  # fmt: skip
        assert member_malformed("panel", "strict", evidence.model_copy(update=wrong), scores, scenario), wrong


def test_an_answer_that_cannot_be_read_has_no_scores(scenario: Scenario) -> None:
    reason = "not measured with this model; see graphs.calibrate"
    evidence = unread_member("panel", "strict", reason, "no JSON")
    assert not member_malformed("panel", "strict", evidence, {}, scenario)
    assert member_malformed("panel", "strict", evidence, {"clear": 3.0, "kind": 3.0}, scenario)
    assert member_malformed(
        "panel", "strict", evidence.model_copy(update={"detail": f"{reason}; it said: passes"}), {}, scenario
    )
    assert not objects(evidence)
    assert not vote_of(evidence, {}).counts
