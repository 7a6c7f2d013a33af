"""What is taken as a judge's score: what it says, the mean over its tokens, or the mean of several answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agents.cast import Cast
from agents.judging.judge import JUDGE
from agents.judging.roles import check_asking, hear, malformed, rate, scores_malformed
from agents.judging.scoring import fell_back, may_be_scored, token_means, value_span
from agents.judging.standing import may_be_standing, standing
from agents.models.calls import Answer, Call, TokenOdds
from agents.models.endpoint.odds import odds_in
from scenarios.briefs import plan_brief
from scenarios.errors import ScenarioError
from scenarios.loading import Loaded
from scenarios.records import Candidate, Status
from scenarios.schema.plans import Scoring
from scenarios.schema.roles import Duty, RoleKind
from scenarios.schema.scenario import Calibration
from scenarios.schema.topology import NodeKind
from tests.helpers import TALK, a_call, loaded, models, scripted_gateway

RUBRIC = {"clear": "Is it clear?", "kind": "Is it kind?"}
SAID = '{"scores": {"clear": 4, "kind": 2}}'


def odds(place: int, text: str = "4", **others: float) -> TokenOdds:
    """A token with what could have stood there."""
    return TokenOdds(start=place, text=text, odds={name.removeprefix("s"): share for name, share in others.items()})


def scored_so(folder: Path, scoring: Scoring, **role: object) -> Loaded:
    """A scenario whose judge scores so."""
    return loaded(folder, TALK, rubric=RUBRIC, roles={"judge": {"scoring": scoring.value, **role}})


def a_candidate(scenario: Loaded) -> Candidate:
    """A sample."""
    return Candidate(brief=plan_brief(scenario, 0, 0, 0, 0))


DUTY = Duty(name="judge", step=NodeKind.JUDGE, role="judge", kind=RoleKind.JUDGE)


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        (SAID, ("scores", "clear"), "4"),
        (SAID, ("scores", "kind"), "2"),
        ('{"note": "\\"scores\\": {\\"clear\\": 1}", "scores":{ "clear" :\n 5 }}', ("scores", "clear"), "5"),
        ('{"clear": 1, "scores": {"clear": 3}}', ("scores", "clear"), "3"),
        ('{"scores": {"clear": 3, "clear": 4}}', ("scores", "clear"), "4"),
        ('{"scores": {"kind": 3}}', ("scores", "clear"), None),
        ('{"scores": 3}', ("scores", "clear"), None),
        ('{"scores": {"clear": 3', ("scores", "clear"), "3"),
        ('{"scores": ', ("scores", "clear"), None),
    ],
)
def test_a_value_is_found_exactly(text: str, path: tuple[str, str], found: str | None) -> None:
    span = value_span(text, 0, path)
    assert (text[slice(*span)] if span else None) == found or (found == "3" and text.endswith("3") and span is None)


def test_means_are_over_the_legal_scores_and_say_what_lies_outside() -> None:
    clear, kind = SAID.index("4"), SAID.index("2")
    answer = Answer(
        text=SAID,
        odds=(
            odds(clear, s4=0.6, s5=0.2, s9=0.1, s0=0.1),
            TokenOdds(start=kind - 1, text=" 2", odds={" 2": 0.5, "2": 0.1, " 1": 0.3, " x": 0.1}),
        ),
    )
    means = token_means(answer, ("clear", "kind"))
    assert means is not None
    assert means.scores == {"clear": 4.25, "kind": round((0.6 * 2 + 0.3) / 0.9, 3)}
    assert means.outside == pytest.approx(0.2)
    assert token_means(answer.model_copy(update={"odds": answer.odds[:1]}), ("clear", "kind")) is None
    unsure = answer.model_copy(update={"odds": (odds(clear, s4=0.4, s9=0.5),)})
    assert token_means(unsure, ("clear",)) is None


def test_a_token_may_hold_what_stands_around_its_digit() -> None:
    text = '{"scores": {"clear":4}}'
    at = text.index(":4")
    answer = Answer(
        text=text, odds=(TokenOdds(start=at, text=":4}", odds={":4}": 0.5, ":3": 0.25, ": 3": 0.25, "4": 0.1}),)
    )
    means = token_means(answer, ("clear",))
    assert means is not None
    assert means.scores == {"clear": 3.5}


def test_odds_are_read_only_if_each_tokens_place_is_sure() -> None:
    def token(text: str, *others: tuple[str, float], logprob: float = -0.5) -> dict[str, object]:
        top = [{"token": name, "logprob": value} for name, value in others]
        return {"token": text, "logprob": logprob, "bytes": [*text.encode()], "top_logprobs": top}

    text = '{"é": 4}'
    rows = [
        token(" "),
        token('{"'),
        {"token": "?", "logprob": -1, "bytes": [0xC3]},
        {"token": "?", "logprob": -1, "bytes": [0xA9]},
    ]
    rows += [token('": '), token("4", ("4", -0.1), ("3", -2.5)), token("}")]
    (found,) = odds_in({"logprobs": {"content": rows}}, text)
    assert (found.start, found.text) == (text.index("4"), "4")
    assert found.odds == pytest.approx({"4": 0.904837, "3": 0.082085}, abs=1e-5)
    assert odds_in({"logprobs": {"content": rows}}, '{"e": 4}') == ()
    damaged: list[object] = [None, [], {"content": None}, {"content": [1]}, {"content": [{"token": 3}]}]
    for wrong in [*damaged, {"content": [*rows, *rows]}]:
        assert odds_in({"logprobs": wrong}, text) == ()


async def test_the_mean_over_tokens_is_one_call_and_says_so(tmp_path: Path) -> None:
    scenario = scored_so(tmp_path, Scoring.TOKEN_MEAN)
    gateway, transport = scripted_gateway(None)
    heard = await hear(Cast(scenario, gateway, models(scenario)), a_candidate(scenario), DUTY, "judge")
    (call,) = transport.asked
    assert call.top_logprobs == 5
    assert all(score in {3.9, 4.9} for score in heard.scores.values())  # it is nearly sure of 4 or 5
    (evidence,) = heard.evidence
    assert evidence.status is Status.PASS
    assert evidence.detail.endswith("; scored by the mean over its tokens (0.0 % on no score)")
    assert not fell_back(evidence.detail)
    assert malformed(scenario, evidence, heard.scores) == scores_malformed(scenario, heard.scores) == ""
    usual = scored_so(tmp_path / "usual", Scoring.MODE)
    assert "how its scores came about" in malformed(usual, evidence, heard.scores)
    assert scores_malformed(usual, heard.scores) == "whole numbers from 1 to 5"


async def test_without_odds_it_is_the_mean_of_answers_and_the_evidence_says_so(tmp_path: Path) -> None:
    scenario = scored_so(tmp_path, Scoring.TOKEN_MEAN, samples=3)
    check_asking(scenario)
    told = {"judge/answer-1": 2, "judge/answer-2": 3, "judge/answer-3": 3}

    def says(call: Call) -> Answer:
        return Answer(text=json.dumps({"scores": {"clear": told.get(call.asker.step, 5), "kind": 5}}))

    gateway, transport = scripted_gateway(says)
    heard = await hear(Cast(scenario, gateway, models(scenario)), a_candidate(scenario), DUTY, "judge")
    assert [call.asker.step for call in transport.asked] == ["judge", *told]
    assert {call.decoding.temperature for call in transport.asked[1:]} == {1.0}
    assert len({call.seed for call in transport.asked}) == 4
    assert heard.scores == {"clear": 2.667, "kind": 5}
    (evidence,) = heard.evidence
    assert evidence.status is Status.FAIL, "2.667 is under 3"
    assert evidence.detail == (
        "clear 2.667 is under 3; scored by the mean of 3 answers, since it gave no odds of the tokens to use"
    )
    assert fell_back(evidence.detail)
    assert malformed(scenario, evidence, heard.scores) == scores_malformed(scenario, heard.scores) == ""
    assert malformed(scenario, evidence.model_copy(update={"detail": "clear 2.667 is under 3"}), heard.scores)


async def test_several_answers_by_choice(tmp_path: Path) -> None:
    scenario = scored_so(tmp_path, Scoring.SAMPLES, samples=4, asking="each")
    gateway, transport = scripted_gateway(None)
    found = await rate(Cast(scenario, gateway, models(scenario)), "judge", a_candidate(scenario), "judge")
    assert len(transport.asked) == 8
    assert not any(call.top_logprobs for call in transport.asked)
    assert found.how == "; scored by the mean of 4 answers"
    assert may_be_scored(f"x{found.how}", Scoring.SAMPLES)
    assert not may_be_scored("x", Scoring.SAMPLES)
    opinion = await JUDGE.ask(Cast(scenario, gateway, models(scenario)), a_candidate(scenario), "judge", "judge")
    assert dict(opinion.scores) == dict(found.scores)


def test_what_is_no_judge_gives_no_scores(tmp_path: Path) -> None:
    scenario = loaded(tmp_path / "a", TALK, roles={"critic": {"scoring": "samples"}})
    with pytest.raises(ScenarioError, match=r"roles\.critic\.scoring: only a judge gives scores"):
        check_asking(scenario)
    with pytest.raises(ScenarioError, match=r"roles\.judge\.samples=7: a score is one answer's"):
        check_asking(scored_so(tmp_path / "b", Scoring.MODE, samples=7))


def test_the_usual_way_leaves_no_trace(tmp_path: Path) -> None:
    usual = scored_so(tmp_path, Scoring.MODE).scenario.roles["judge"].model_dump()
    assert not {"scoring", "samples"} & usual.keys()
    assert "odds" not in Answer(text="x").model_dump()
    assert a_call().key() == a_call(top_logprobs=0).key() != a_call(top_logprobs=5).key()


def test_what_people_measured_has_words_of_its_own(tmp_path: Path) -> None:
    row = {"model": "scripted", "role": "judge", "auc": 0.8, "low": 0.6, "samples": 30, "people": True}
    scenario = loaded(tmp_path, TALK, calibration=[row])
    known = standing(scenario, "judge", models(scenario)["judge"])
    assert known.reason == "measured: AUC 0.80, 95 % from 0.60, over 30 samples that people audited"
    assert may_be_standing(known.reason, trusted=True)
    assert "people" not in Calibration.model_validate({**row, "people": False}).model_dump()
