"""The form of models' evidence: what they said stands, what contradicts itself does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.judging.roles import malformed, scores_malformed
from scenarios.loading import Loaded
from scenarios.records import Evidence, Status
from tests.helpers import TALK, loaded

UNMEASURED = "not measured with this model; see graphs.calibrate"
PRESUMED = "not measured with this base model, so presumed not informative"
WORTH = "not informative with this model (AUC 0.52, 95 % from 0.41, over 30 pairs)"
GOOD = {"clear": 4.0, "kind": 5.0}
POOR = {"clear": 2.0, "kind": 3.0}


@pytest.fixture(name="talk")
def _talk(tmp_path: Path) -> Loaded:
    return loaded(tmp_path, TALK, min_score=3)


@pytest.mark.parametrize(
    ("check", "status", "detail", "scores", "sound"),
    [
        ("judge", "PASS", UNMEASURED, GOOD, True),
        ("judge", "PASS", "measured: AUC 0.80, 95 % from 0.71, over 30 pairs", GOOD, True),
        ("judge", "PASS", "trust me", GOOD, False),
        ("judge", "PASS", UNMEASURED, POOR, False),
        ("judge", "PASS", UNMEASURED, {}, False),
        ("judge", "FAIL", "clear 2 is under 3", POOR, True),
        ("judge", "FAIL", "clear 1 is under 3", POOR, False),
        ("judge", "FAIL", "clear 2 is under 3", GOOD, False),
        ("judge", "UNVERIFIABLE", PRESUMED, POOR, True),
        ("judge", "UNVERIFIABLE", WORTH, POOR, True),
        ("judge", "UNVERIFIABLE", UNMEASURED, POOR, False),
        ("judge", "UNVERIFIABLE", f"{WORTH}; it said: nothing that can be read (…)", {}, True),
        ("judge", "UNVERIFIABLE", f"{WORTH}; it said: nothing that can be read (…)", GOOD, False),
        ("judge", "ERROR", "no JSON", {}, False),
        ("verifier", "PASS", "", GOOD, True),
        ("verifier", "PASS", "all is right", GOOD, False),
        ("verifier", "FAIL", "settled: it is not", GOOD, True),
        ("verifier", "FAIL", "pretty: it is not", GOOD, False),
        ("verifier", "UNVERIFIABLE", f"{PRESUMED}; it said: all is right", GOOD, True),
        ("verifier", "ERROR", "", GOOD, False),
        ("critic", "UNVERIFIABLE", f"{PRESUMED}; it said: no problems", GOOD, True),
        ("critic", "UNVERIFIABLE", PRESUMED, GOOD, False),
        ("critic", "PASS", "no problems", GOOD, True),
        ("critic", "PASS", "", GOOD, False),
        ("critic", "FAIL", "Line 2 contradicts line 0.", GOOD, True),
        ("critic", "FAIL", "", GOOD, False),
        ("verifier", "FAIL", "settled (line_3): it is not", GOOD, True),
    ],
)
def test_what_form_a_models_evidence_has(
    talk: Loaded, check: str, status: str, detail: str, scores: dict[str, float], sound: bool
) -> None:
    evidence = Evidence(check=check, version=1, status=Status(status), detail=detail)
    assert (not malformed(talk, evidence, scores)) is sound
    assert malformed(talk, evidence.model_copy(update={"version": 2}), scores)


def test_scores_are_the_rubrics_and_in_range(talk: Loaded) -> None:
    assert not scores_malformed(talk, GOOD)
    assert not scores_malformed(talk, {})
    for scores in ({"clear": 4.0}, {**GOOD, "more": 1.0}, {**GOOD, "kind": 6.0}, {**GOOD, "kind": 3.5}):
        assert scores_malformed(talk, scores)
