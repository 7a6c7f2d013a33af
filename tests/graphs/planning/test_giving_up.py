"""Giving up: cells of which no brief gets past a check are not made any more, in the order of curation alone."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.models.calls import attempt_of
from graphs.planning.giving_up import GivingUp, Prospect
from graphs.planning.outcomes import BriefOutcome, DeadEnd, dead_end_of, was_whole
from graphs.planning.planner import Planner, Planning
from graphs.planning.quotas import Quotas
from graphs.settings.schema import Settings
from scenarios.briefs import plan_brief
from scenarios.loading import Loaded
from scenarios.messages import Message, Speech
from scenarios.records import Candidate, Draft, Failure, Slip, Usage, Verdict
from scenarios.schema.space import Space
from tests.endpoint import Asked, Behaviour, Endpoint, scrambled, scripted
from tests.helpers import NOTES, Workshop, at, loaded, write_scenario

AXES = {"language": ["English", "German"], "mood": ["calm", "glad", "sad"]}
SPENT = {"writer": Usage(calls=10, prompt_tokens=900, completion_tokens=100)}


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return loaded(tmp_path_factory.mktemp("s"), NOTES, axes={"topic": None, **AXES})


def space_of(scenario: Loaded) -> Space:
    return Space(scenario.scenario.axes, scenario.scenario.exclude)


def stuck(language: str, mood: str, *checks: str) -> BriefOutcome:
    cell = {"language": language, "mood": mood}
    end = DeadEnd(cell, checks or ("plain",), "Grüße", "has ü", SPENT)
    return BriefOutcome(cell, Verdict.REJECTED, "generate", end.checks[0], dead_end=end)


def made(language: str, mood: str, verdict: Verdict = Verdict.ACCEPTED) -> BriefOutcome:
    return BriefOutcome({"language": language, "mood": mood}, verdict, "verify", whole=True)


def whole_but_wrong(language: str, mood: str) -> BriefOutcome:
    return made(language, mood, Verdict.REJECTED)


def mixed(language: str, mood: str) -> BriefOutcome:
    """Given up, its draws for several reasons."""
    return BriefOutcome({"language": language, "mood": mood}, Verdict.REJECTED, "generate", "plain")


# -- what a dead end is ---------------------------------------------------------------------------------------


def refused(step: str, *draws: tuple[int, int, str]) -> list[Slip]:
    """Refused draws, by backtrack and draw, each with its checks."""
    return [
        Slip(place=0, check=checks.split()[0], also=tuple(checks.split()[1:]), problem="has ü", step=step,
             attempt=attempt_of(backtrack, draw), field="text", text="Grüße")
        for backtrack, draw, checks in draws
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("slips", "checks"),
    [
        (refused("generate/0", (0, 0, "plain"), (0, 1, "plain")), ("plain",)),
        (refused("generate/0", (0, 0, "must plain"), (0, 1, "plain other")), ("plain",)),
        (refused("generate/0", (0, 0, "must"), (0, 1, "plain")), None),
        ([*refused("generate/0", (0, 0, "must")), *refused("generate/1", (0, 0, "plain"), (0, 1, "plain"))], ("plain",)),
        (refused("generate/0", (0, 0, "plain"), (0, 1, "plain"), (1, 0, "plain"), (1, 1, "plain")), ("plain",)),
        (refused("generate/0", (0, 0, "plain"), (1, 0, "plain"), (1, 1, "plain")), None),
        ([], None),
    ],
    ids=["one check", "one in common", "none in common", "the last place", "each time", "one passed", "older runs"],
)  # fmt: skip
def test_a_dead_end_is_a_place_where_every_draw_failed_the_same_check(
    scenario: Loaded, slips: list[Slip], checks: tuple[str, ...] | None
) -> None:
    candidate = Candidate(brief=plan_brief(scenario, 0, 0, 0, 0), given_up="plain", slips=tuple(slips), usage=SPENT)
    end = dead_end_of(candidate)
    assert (end and end.checks) == checks
    if end:
        assert (end.cell, end.text, end.reason, end.usage) == (candidate.brief.cell, "Grüße", "has ü", SPENT)


def test_what_was_whole_once_is_no_dead_end(scenario: Loaded) -> None:
    slips = tuple(refused("refine/1/text", (0, 0, "plain")))
    brief, fields = plan_brief(scenario, 0, 0, 0, 0), {"text": "x"}
    revised = Candidate(brief=brief, given_up="plain", slips=slips, drafts=(Draft(step="refine/1"),))
    assert (was_whole(revised), dead_end_of(revised)) == (True, None)
    failed = Failure(stage="generate", reason="away", detail="")
    said = (Message(role=Speech.USER, content="x"),)
    assert was_whole(Candidate(brief=brief, fields=fields))
    assert not was_whole(Candidate(brief=brief, fields=fields, failure=failed))
    assert not was_whole(Candidate(brief=brief, messages=said, given_up="plain", slips=slips))
    assert not was_whole(Candidate(brief=brief))


# -- what is given up -----------------------------------------------------------------------------------------


def learned(scenario: Loaded, after: int, *outcomes: BriefOutcome, **prospect: Any) -> GivingUp:
    giving_up = GivingUp(space_of(scenario), after, Prospect(**{"wanted": 20, "quota": {}, "most": 40, **prospect}))
    giving_up.learn(outcomes)
    return giving_up


def test_a_value_is_given_up_when_all_its_briefs_met_the_same_dead_end(scenario: Loaded) -> None:
    passing = [made("English", mood) for mood in AXES["mood"]]
    ends = [stuck("German", mood) for mood in AXES["mood"]]
    assert learned(scenario, 4, *passing, *ends).all == ()
    (given,) = learned(scenario, 3, *passing, *ends).all
    assert (given.value, given.check, given.briefs, given.text, given.reason) == (
        ("language", "German"), "plain", 3, "Grüße", "has ü",
    )  # fmt: skip
    assert given.usage["writer"].calls == 30
    assert given.spared == round((20 - 3) / 2)
    assert learned(scenario, 3, *passing, *ends, quota={"language": {"German": 4}}).all[0].spared == 4
    assert learned(scenario, 0, *passing, *ends).all == ()
    assert learned(scenario, 3, *passing, *ends, mixed("German", "sad")).all, "most of them"
    assert not learned(scenario, 3, *passing, *ends, *[mixed("German", "sad")] * 2).all, "too many fail in other ways"
    assert not learned(scenario, 3, *passing, *ends, whole_but_wrong("German", "sad")).all, "one got past it"
    assert not learned(scenario, 3, *passing, *ends[:2], stuck("German", "sad", "must")).all, "another check"
    (given,) = learned(scenario, 3, *passing, *ends[:2], stuck("German", "sad", "must", "plain")).all
    assert given.check == "plain"


def test_a_dead_end_is_laid_to_one_value(scenario: Loaded) -> None:
    """Of mood=sad there were German briefs only, and German explains them."""
    ends = [stuck("German", mood) for mood in ("sad", "sad", "sad", "calm")]
    giving_up = learned(scenario, 3, made("English", "calm"), *ends)
    assert [given.value for given in giving_up.all] == [("language", "German")]
    assert giving_up.allowed({}) == {"language": frozenset({"English"})}
    assert giving_up.allowed({"language": frozenset({"German"})}) == {"language": frozenset()}
    giving_up.learn([stuck("German", "sad")] * 3)
    assert len(giving_up.all) == 1


def test_a_value_is_taken_up_again_if_a_brief_under_way_gets_past_the_check(scenario: Loaded) -> None:
    giving_up = learned(scenario, 3, made("English", "sad"), *[stuck("German", mood) for mood in AXES["mood"]])
    giving_up.learn([whole_but_wrong("German", "glad")])
    assert giving_up.all == ()
    assert [again for _, again in giving_up.news] == [False, True]


def test_the_run_is_given_up_if_the_dead_ends_have_nothing_in_common_but_the_check(scenario: Loaded) -> None:
    everywhere = [stuck(language, mood) for mood in AXES["mood"] for language in AXES["language"]]
    (given,) = learned(scenario, 4, *everywhere[:4]).all
    assert (given.value, given.briefs, given.spared) == (None, 4, 36)
    only_german = [stuck("German", mood) for mood in ("calm", "glad", "sad", "calm")]
    (given,) = learned(scenario, 4, *only_german).all
    assert given.value == ("language", "German")
    assert learned(scenario, 4, made("English", "sad"), *everywhere[:4]).run is None
    bare = GivingUp(Space({}), 2, Prospect(9, {}, 40))
    bare.learn([BriefOutcome({}, Verdict.REJECTED, dead_end=DeadEnd({}, ("plain",), "", "", SPENT))] * 2)
    assert bare.run


def test_a_low_yield_that_is_not_zero_is_hardly_ever_given_up(scenario: Loaded) -> None:
    """A small model: a sixth of its briefs are made whole, and a fifth fail one check at every draw."""
    wrong = 0
    for seed in range(400):
        rng = random.Random(seed)
        giving_up = GivingUp(space_of(scenario), Settings().give_up, Prospect(99, {}, 400))
        for _ in range(25):
            cells = [(rng.choice(AXES["language"]), rng.choice(AXES["mood"])) for _ in range(4)]
            kinds = rng.choices((whole_but_wrong, stuck, mixed), (1 / 6, 1 / 5, 1 - 1 / 6 - 1 / 5), k=4)
            giving_up.learn([kind(*cell) for kind, cell in zip(kinds, cells, strict=True)])
            wrong += bool(giving_up.news)
            giving_up.news.clear()
    assert wrong <= 4


# -- what the planner makes of it -----------------------------------------------------------------------------


@pytest.mark.parametrize("planning", Planning)
def test_other_cells_fill_the_run_and_the_quotas_of_other_axes(scenario: Loaded, planning: Planning) -> None:
    quota = {"mood": {"sad": 6}, "language": {"German": 4}}
    giving_up = GivingUp(space_of(scenario), 3, Prospect(16, quota, 40))
    planner = Planner(scenario, 1, planning, Quotas(scenario.scenario, quota, 16), True, giving_up)
    accepted: list[dict[str, str]] = []
    after: list[dict[str, str]] = []
    for round_ in range(20):
        plans = planner.plan(round_, range(round_ * 4, round_ * 4 + 4))
        outcomes = [
            (stuck if plan.cell["language"] == "German" else made)(plan.cell["language"], plan.cell["mood"])
            for plan in plans
        ]
        if giving_up.all:
            after += [plan.cell for plan in plans]
        planner.learn(outcomes)
        accepted += [one.cell for one in outcomes if one.verdict is Verdict.ACCEPTED]
        if planner.lost:
            break
    assert planner.lost
    assert giving_up.run is None
    assert after
    assert all(cell["language"] == "English" for cell in after)
    assert sum(cell["mood"] == "sad" for cell in accepted[:12]) >= 2
    assert len(accepted) >= 12


# -- whole runs -----------------------------------------------------------------------------------------------

TALK_WORDS = ["topology=generate_only", "give_up=3", "n=10", "round_size=4", "lookahead=1"]


def without_the_code(behave: Behaviour, mood: str) -> Behaviour:
    """As `behave`, but briefs of one mood never get the code that they have to say."""

    async def answer(asked: Asked) -> str:
        found = behave(asked)
        text = found if isinstance(found, str) else await found
        return re.sub(r"(?i)[a-z]{2}-\d{4}", "it", text) if f", {mood}" in asked.prompt else text

    return answer


def talking(workshop: Workshop, **changes: Any) -> list[str]:
    """The words of a run whose briefs are cheap to give up."""
    write_scenario(workshop.home / "s", redraws=2, backtracks=1, **changes)
    return [f"scenario={workshop.home}/s", *TALK_WORDS]


def glad(ran: Any) -> int:
    return sum(
        line["brief"]["cell"]["mood"] == "glad"
        for name in ("dataset", "rejected")
        for line in ran.lines(f"{name}.jsonl")
    )


def test_a_run_makes_no_more_of_what_cannot_succeed_at_any_speed_and_after_a_stop(
    workshop: Workshop, serve: Callable[..., Endpoint]
) -> None:
    words, slow = talking(workshop), serve(without_the_code(scripted, "glad"))
    whole = workshop.run("whole", *words, *at(slow.url), "concurrency=1", "llm.price.completion=100")
    assert (whole.code, whole.summary()["stopped_by"]) == (0, "target")
    (given,) = whole.summary()["given_up"]
    assert (given["values"], given["check"], given["briefs"]) == ({"mood": "glad"}, "must_say", 4), "at the round's end"
    assert given["spared"]["requests"] > 0
    assert given["spared"]["cost_usd"] > 0
    said = [line for line in whole.stderr.splitlines() if "no more briefs" in line]
    assert len(said) == 1
    assert said[0].startswith("cells with mood=glad: no more briefs, since must_say refused every draw of 4 briefs")
    for part in (given["text"][:20], given["reason"][:20], "requests", "tokens, $", "give_up=6"):
        assert part in said[0]
    assert "mood=glad: the check `must_say` refused every draw of 4 briefs" in (whole.out / "README.md").read_text()
    never = workshop.run("never", *words, *at(slow.url), "give_up=0")
    assert never.summary()["given_up"] == []
    assert glad(never) > glad(whole)
    assert never.summary()["requests"] > whole.summary()["requests"]
    fast = workshop.run("fast", *words, *at(serve(without_the_code(scrambled("x"), "glad")).url), "concurrency=32")
    assert fast.dataset() == whole.dataset()
    for number in (20, 35, 50):
        part = workshop.run("parts", *words, *at(slow.url), f"budget.calls={number}")
        assert part.code == 3
    parts = workshop.run("parts", "budget.calls=5000")
    assert parts.dataset() == whole.dataset()
    assert parts.summary()["given_up"][0]["values"] == {"mood": "glad"}


def test_a_run_that_cannot_succeed_stops_early_and_goes_on_if_a_person_says_so(
    workshop: Workshop, serve: Callable[..., Endpoint]
) -> None:
    endpoint = serve(without_the_code(scripted, ""))
    words = talking(workshop)
    ran = workshop.run("r", *words, *at(endpoint.url), "round_size=16", "concurrency=1")
    assert (ran.code, ran.summary()["stopped_by"], ran.summary()["accepted"]) == (3, "given_up", 0)
    (given,) = ran.summary()["given_up"]
    assert (given["values"], given["check"]) == ({}, "must_say")
    assert ran.summary()["rejected"] <= 6, "it stops within a round"
    assert "given up: all cells (must_say refused every draw of" in ran.stdout
    assert "stopped: no cell is left to make" in ran.stdout
    assert "or go on with give_up=6 (0: never give up)" in ran.stdout
    fast = workshop.run("fast", *words, *at(serve(without_the_code(scrambled("y"), "")).url), "round_size=16")
    assert fast.summary()["given_up"] == ran.summary()["given_up"]
    asked = len(endpoint.asked)
    again = workshop.run("r")
    assert (again.code, again.summary()["stopped_by"], len(endpoint.asked)) == (3, "given_up", asked)
    assert again.summary()["given_up"] == ran.summary()["given_up"]
    assert "no more briefs" in again.stderr
    lifted = workshop.run("r", "give_up=0", "patience=1")
    assert (lifted.code, lifted.summary()["stopped_by"], lifted.summary()["given_up"]) == (3, "patience", [])
    assert len(endpoint.asked) > asked


def test_a_run_without_axes_stops_after_so_many_briefs(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    axes = {"topic": ["a map"], "mood": ["calm"]}
    words = talking(workshop, axes=axes)
    ran = workshop.run("r", *words, *at(serve(without_the_code(scripted, "calm")).url))
    assert (ran.code, ran.summary()["stopped_by"], ran.summary()["rejected"]) == (3, "given_up", 3)


def test_a_quota_that_cannot_be_filled_does_not_keep_the_others_from_being(
    workshop: Workshop, serve: Callable[..., Endpoint]
) -> None:
    words = talking(workshop)
    ran = workshop.run("r", *words, *at(serve(without_the_code(scripted, "glad")).url), "quota.mood.glad=7")
    assert (ran.code, ran.summary()["stopped_by"], ran.summary()["accepted"]) == (3, "given_up", 3)
    assert {line["brief"]["cell"]["mood"] for line in ran.lines()} == {"calm"}


def test_a_folder_of_an_older_run_goes_on(tmp_path: Path, scenario: Loaded) -> None:
    """Its candidates hold no refused draws, so that nothing is laid to a check."""
    old = Candidate(brief=plan_brief(scenario, 0, 0, 0, 0), given_up="must_say")
    assert Candidate.model_validate_json(old.model_dump_json()) == old
    assert dead_end_of(old) is None
    assert b"also" not in Slip(place=0, check="x", problem="y").model_dump_json().encode()
