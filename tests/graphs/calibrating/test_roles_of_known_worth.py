"""Roles of known behaviour: what is measured of them is what they do, within the interval."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.cast import Cast
from agents.defects.kinds import Defect, DefectStrength
from agents.judging.opinion import Rating
from agents.models.calls import Backend, Call
from agents.models.families import families_of, related
from evaluation.intervals import Figure
from graphs.calibrating.agreeing import agreement_of
from graphs.calibrating.asking import Panel, Probes, Ratings
from graphs.calibrating.figures import standings, worth_of
from graphs.calibrating.table import headline
from graphs.calibrating.versions import Versions, versions_of
from graphs.calibrating.worth import RoleWorth
from scenarios.loading import Loaded
from scenarios.records import Usage
from scenarios.schema.roles import Duty, RoleKind, judging_roles
from scenarios.schema.topology import NodeKind
from tests.agents.defects.samples import conversations
from tests.helpers import models, scripted_gateway

SAMPLES, PAIRS = 30, 150
RECALL = {Defect.ROLE_FLIP: 1.0, Defect.WRONG_FACT: 0.5, Defect.LEAK: 0.8}
"""Of the critic; it finds nothing else."""
FALSE_ALARM = 0.1
ORDER, LENGTH = 0.2, 0.5
"""Of the judge: how much lower it scores a criterion one place later, and how much higher a padded sample."""
PADDING = "I am glad to go through this with you"


@pytest.fixture(name="made", scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Loaded, Versions]:
    loaded, made, _ = conversations(tmp_path_factory.mktemp("known"))
    samples = [
        made.model_copy(update={"brief": made.brief.model_copy(update={"id": f"s-{n}", "seed": n})})
        for n in range(SAMPLES)
    ]
    return loaded, versions_of(loaded, samples, PAIRS)


async def measured(
    made: tuple[Loaded, Versions], role: str, says: Callable[[Call], object], **probes: bool
) -> RoleWorth:
    """What is measured of a role that says so."""
    loaded, versions = made
    gateway, _ = scripted_gateway(lambda call: json.dumps(says(call)))
    cast = Cast(loaded, gateway, models(loaded))
    kind = judging_roles(loaded.scenario)[role]
    row = worth_of(
        cast, role, kind, versions, await Panel(cast, versions, Probes(**probes), lambda: None).ask(role, kind)
    )
    assert row is not None
    return row


def chance(call: Call, what: str = "") -> float:
    """A number from 0 to 1 that depends on the call alone."""
    return random.Random(call.key() + what.encode()).random()


def a_critic(call: Call) -> object:
    """Finds each kind in as many samples as it should, and something in one sound sample of ten."""
    _, what, *kind = call.asker.step.split("/")
    share = RECALL.get(Defect(kind[0]), 0.0) if what == "flawed" else FALSE_ALARM
    evenly = int(call.asker.sample.removeprefix("s-")) * 0.618 % 1
    return {"problems": [{"turn": 1, "problem": "No."}] if evenly < share else []}


def criteria(call: Call) -> list[str]:
    """The criteria that a judge is asked about, in order."""
    assert call.answer_schema is not None
    return [*call.answer_schema["$defs"]["Scores"]["properties"]]


def a_judge(call: Call) -> object:
    """Scores by the place of the criterion and by length alone, rounded up or down by chance."""
    longer = LENGTH if PADDING in "".join(message.content for message in call.messages) else 0.0
    wants = {name: 3.5 + longer - ORDER * place for place, name in enumerate(criteria(call))}
    return {"scores": {name: int(score + chance(call, name)) for name, score in wants.items()}}


def holds(figure: Figure, truth: float) -> bool:
    """Whether a figure's interval has the truth."""
    assert figure.low is not None
    assert figure.high is not None
    return figure.low <= truth <= figure.high


async def test_a_critic_finds_what_it_finds(made: tuple[Loaded, Versions]) -> None:
    row = await measured(made, "critic", a_critic, length=False)
    for kind in Defect:
        own = [one.found for one in row.by_kind if one.kind == kind and not one.strength]
        for found in own:
            assert found.low is not None
            assert found.high is not None
            assert found.low <= RECALL.get(kind, 0.0) <= found.high, kind
    assert {one.kind for one in row.by_kind if one.kind} >= set(RECALL)
    assert row.specificity.low is not None
    assert row.specificity.high is not None
    assert row.specificity.low <= 1 - FALSE_ALARM <= row.specificity.high
    assert row.recall.hits == sum(one.found.hits for one in row.by_kind if one.kind and not one.strength)
    assert row.recall.of == row.pairs == PAIRS
    assert sum(one.found.of for one in row.by_kind if not one.kind) == PAIRS
    assert row.precision.hits == row.recall.hits
    assert row.located.of  # it always names message 1, which is at fault in some
    assert 0 < row.located.hits < row.located.of
    assert row.tokens > 0
    assert row.asking == ""
    assert headline(row).startswith("critic: AUC ")


async def test_a_judges_biases_are_found_within_their_intervals(made: tuple[Loaded, Versions]) -> None:
    row = await measured(made, "judge", a_judge, orders=True, again=True)
    assert row.order is not None
    assert row.again is not None
    assert holds(row.order.first_over_last, 3 * ORDER)
    assert holds(row.length.padded, LENGTH)
    # Scores of 3.5, 3.3, 3.1 and 2.9 that are rounded by chance: the mean of four has a standard deviation of 0.2.
    assert holds(row.again.noise, 0.2)
    assert row.auc.low is not None
    assert row.auc.low < 0.5, "it sees no defect"
    assert not row.counts
    assert row.length.words > 20


async def test_a_judge_without_them_has_none(made: tuple[Loaded, Versions]) -> None:
    def fair(call: Call) -> object:
        gross = call.asker.step.endswith(f"/{DefectStrength.GROSS}")
        return {"scores": dict.fromkeys(criteria(call), 2 if gross else 4)}

    row = await measured(made, "judge", fair, orders=True, again=True)
    assert row.order is not None
    assert row.order.moved.value == row.order.first_over_last.value == row.length.padded.value == 0
    assert row.again is not None
    assert row.again.changed.hits == row.again.noise.value == 0
    assert row.counts
    strengths = {one.strength: one.found.value for one in row.by_kind if not one.kind}
    assert strengths == {DefectStrength.MILD: 0, DefectStrength.PLAIN: 0, DefectStrength.GROSS: 1}
    for one in row.criteria:
        assert one.now.least == 3
        assert one.chosen is not None
        assert one.chosen.least in (3, 4)
        assert one.chosen.specificity.value == 1
    (kept,) = standings([row])
    assert kept.informative
    assert kept.found["leak/gross"] == 1
    assert kept.kept == 1


async def test_a_model_that_likes_a_place_flips(made: tuple[Loaded, Versions]) -> None:
    def first(call: Call) -> object:
        if "/sides/" in call.asker.step:
            return {"reasons": "", "better": "A"}
        return {"scores": dict.fromkeys(criteria(call), 3)}

    few = (made[0], Versions(made[1].planted[:12], ()))
    row = await measured(few, "judge", first, sides=True, length=False)
    assert row.flips is not None
    assert (row.flips.hits, row.flips.of) == (12, 12)


async def test_a_debate_that_only_repeats_its_first_opinion_is_known_by_it(made: tuple[Loaded, Versions]) -> None:
    """The first speaker names message 1 in every flawed version; the moderator agrees unless the kind is a leak."""

    def says(call: Call) -> str:
        flawed = "/flawed/" in call.asker.step
        if call.role != "critic":
            return f"I have read it.\nPROBLEMS:{chr(10) + '- 1: wrong' if flawed else ' none'}"
        agrees = flawed and Defect.LEAK not in call.asker.step
        return json.dumps({"problems": [{"turn": 1, "problem": "Wrong."}] if agrees else []})

    loaded, versions = made
    few = Versions(versions.planted[:27], ())
    gateway, asked = scripted_gateway(says)
    cast = Cast(loaded, gateway, models(loaded))
    duty = Duty(
        NodeKind.DEBATE, "critic", "debate", RoleKind.CRITIC, node="debate", debaters=("judge", "verifier"), rounds=1
    )
    said = await Panel(cast, few, Probes(length=False), lambda: None, [duty]).ask("critic", RoleKind.CRITIC)
    row = worth_of(cast, "critic", RoleKind.CRITIC, few, said)
    assert row is not None
    assert row.debate is not None
    leaks = sum(one.defect is Defect.LEAK for one in few.planted)
    assert leaks
    assert row.debate.first_recall.hits == row.debate.first_recall.of == 27
    assert row.debate.only_first.of - row.debate.only_first.hits == leaks
    assert row.debate.first_specificity.value == 1
    assert row.recall.hits == 27 - leaks
    assert len(asked.asked) == 3 * row.asked
    assert row.completion_tokens > 6, "what was argued is paid for, too"


async def test_an_answer_that_cannot_be_read_is_counted_and_no_verdict(
    made: tuple[Loaded, Versions], capsys: pytest.CaptureFixture[str]
) -> None:
    few = (made[0], Versions(made[1].planted[:6], ()))
    silent = few[1].planted[0].sound.brief.id
    row = await measured(
        few, "judge", lambda call: "?" if call.asker.sample == silent else {"scores": dict.fromkeys(criteria(call), 4)}
    )
    assert row.unread
    assert row.pairs < 6
    assert "judge: one rating failed" in capsys.readouterr().err


def test_roles_that_say_the_same_agree_and_opposed_ones_do_not() -> None:
    def said(*verdicts: bool, score: float = 0.0) -> Ratings:
        scores = {"clear": score} if score else {}
        return Ratings(flawed=[Rating(0.0, objects, Usage(), scores) for objects in verdicts])

    alike = agreement_of({"critic": said(True, False, True), "verifier": said(True, False, True)})
    opposed = agreement_of({"critic": said(True, False, True), "verifier": said(False, True, False)})
    assert alike is not None
    assert opposed is not None
    assert (alike.verdicts.raw.value, alike.verdicts.alpha.value, alike.scores) == (1, 1, None)
    assert opposed.verdicts.raw.value == 0
    judges = agreement_of(
        {"one": said(True, True, score=2), "other": said(True, True, score=2), "critic": said(True, True)}
    )
    assert judges is not None
    assert judges.scores is not None
    assert (judges.judges, judges.scores.raw.value) == (("one", "other"), 1)
    assert agreement_of({"critic": said(True)}) is None


def test_kinds_and_strengths_take_turns(made: tuple[Loaded, Versions]) -> None:
    counted = made[1].counted()
    assert max(counted.values()) - min(counted.values()) <= 1 + PAIRS // len(counted)
    used = [one.sound.brief.id for one in made[1].planted]
    assert {used.count(id_) for id_ in set(used)} == {PAIRS // SAMPLES}


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("gpt-5.2-mini", "GPT"), ("openai/o3", "GPT"), ("claude-opus-4-7", "Claude"), ("Qwen/Qwen3-32B", "Qwen"),
        ("meta-llama/Llama-3.3-70B", "Llama"), ("gemma-3-27b-it", "Gemini and Gemma"), ("mixtral:8x7b", "Mistral"),
    ],
)  # fmt: skip
def test_a_family_is_told_by_the_name(name: str, family: str) -> None:
    assert families_of(name) == {family}


def test_relatives(tmp_path: Path) -> None:
    assert families_of("DeepSeek-R1-Distill-Qwen-7B") == {"DeepSeek", "Qwen"}
    assert families_of("some-model") == frozenset()
    loaded, *_ = conversations(tmp_path)
    one = models(loaded)["judge"]
    named = {
        n: one.model_copy(update={"name": n, "backend": Backend.OPENAI}) for n in ("qwen3", "qwq-32b", "x", "gpt-4o")
    }
    assert related(named["qwen3"], named["qwq-32b"]) == "the family Qwen"
    assert related(named["x"], named["x"]) == "the model x"
    assert related(named["x"], named["gpt-4o"]) == ""
    assert related(one, one) == ""
