"""Whether `graphs.calibrate` finds what is true of roles: `python benchmarks/calibration.py [JUDGES]` (100).

Simulated judges with a known bias by order and by length and a known noise, who see no defect, and critics who find six of ten
flawed versions and object to one of ten sound ones: how often each figure's 95 % interval has the truth, and how often a judge who
guesses would count. The samples are tasks whose content says nothing; what is planted, asked and computed is the real thing.

Then judges of known sensitivity and specificity against an audit by people who err themselves, and how near the score that a judge
says, the mean over its tokens and the mean of several answers come to what it thinks on the mean.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from collections.abc import Callable
from math import exp, sqrt
from typing import Any

import orjson

from agents.cast import Cast
from agents.judging.roles import rate
from agents.models.calls import Answer, Backend, Call, Model, TokenOdds
from agents.models.gateway import Gateway
from agents.models.limits.in_flight import AdaptiveLimit
from agents.models.limits.ledger import Budget, Ledger
from agents.models.scripted import Scripted
from evaluation.intervals import Figure
from evaluation.judging.ranking import auc
from evaluation.judging.shares import Hits
from graphs.calibrating.asking import Panel, Probes
from graphs.calibrating.figures import informative, worth_of
from graphs.calibrating.people import people_of
from graphs.calibrating.versions import Versions, versions_of
from graphs.calibrating.worth import RoleWorth
from graphs.reviewing.verdicts import PersonVerdict, Queue, Said, content_digest
from scenarios.briefs import plan_brief
from scenarios.loading import Loaded, load
from scenarios.records import Candidate, Record, Verdict
from scenarios.schema.plans import Scoring
from scenarios.schema.roles import RoleKind, judging_roles
from scenarios.schema.styles import Style

_SAMPLES = 30
_ORDER, _LENGTH, _NOISE = 0.2, 0.5, 0.2
"""How much lower a criterion is scored one place later, how much higher a padded sample, and the standard deviation of the
mean of four scores of 3.5, 3.3, 3.1 and 2.9 that are rounded up or down by chance."""
_RECALL, _FALSE_ALARM = 0.6, 0.1
_AUDITED, _PERSON_ERRS = 60, 0.1
_MODEL = Model(backend=Backend.SCRIPTED, name="simulated", style=Style.CHAT)


class _Nowhere:
    """A store that keeps nothing: every call is asked."""

    async def answered(self, key: bytes) -> Answer | None:
        return None

    async def keep(self, *_: object) -> None:
        return None

    async def asked(self, *_: object) -> None:
        return None


def samples(loaded: Loaded, count: int = _SAMPLES) -> list[Candidate]:
    """Tasks with steps and numbers."""
    found = []
    for number in range(count):
        steps = "\n".join(f"{n}. Turn nut {n + 20} by hand, and then wait for {n + 30} minutes." for n in range(1, 8))
        fields = {
            "plan": '{"size": 40, "days": 12, "name": "a nut"}',
            "instruction": "How do I turn nut 21 in 12 days?",
        }
        brief = plan_brief(loaded, 0, 0, number, number).model_copy(update={"id": f"task-{number}", "seed": number})
        found.append(Candidate(brief=brief, fields={**fields, "answer": steps}))
    return found


def measured(
    loaded: Loaded, made: list[Candidate], kind: RoleKind, says: Callable[[Call], Any], probes: Probes
) -> RoleWorth:
    """What calibration finds of the default role of a kind that says so."""
    cast = _cast(loaded, says)
    versions = versions_of(loaded, made, 2 * _SAMPLES)
    role = next(name for name, other in judging_roles(loaded.scenario).items() if other is kind)
    row = worth_of(cast, role, kind, versions, asyncio.run(Panel(cast, versions, probes, lambda: None).ask(role, kind)))
    assert row is not None
    return row


def _cast(loaded: Loaded, says: Callable[[Call], Any]) -> Cast:
    """A cast whose model says so: a whole answer, or a JSON value."""

    def script(call: Call) -> str | Answer:
        said = says(call)
        return said if isinstance(said, Answer) else orjson.dumps(said).decode()

    gateway = Gateway({_MODEL.where: Scripted(script)}, _Nowhere(), Ledger(Budget()), AdaptiveLimit(8))
    return Cast(loaded, gateway, dict.fromkeys(loaded.scenario.roles, _MODEL))


def _chance(call: Call, *what: object) -> float:
    return random.Random(call.key() + repr(what).encode()).random()


def judging(number: int) -> Callable[[Call], Any]:
    """A judge who is moved by order, length and chance alone."""

    def says(call: Call) -> Any:
        assert call.answer_schema is not None
        longer = _LENGTH if call.asker.step.endswith("/longer") else 0.0
        names = enumerate(call.answer_schema["$defs"]["Scores"]["properties"])
        return {"scores": {name: int(3.5 + longer - _ORDER * at + _chance(call, name, number)) for at, name in names}}

    return says


def finding(number: int) -> Callable[[Call], Any]:
    """A critic who finds so many."""

    def says(call: Call) -> Any:
        share = _RECALL if "/flawed/" in call.asker.step else _FALSE_ALARM
        return {"problems": [{"problem": "It is wrong."}] if _chance(call, number) < share else []}

    return says


def against_people(loaded: Loaded, made: list[Candidate], number: int, guesses: bool) -> RoleWorth:
    """What is found of a judge, who finds so many or guesses, by an audit of these samples, half of them flawed. Three people read
    each sample, and each is wrong about one of ten."""
    rng = random.Random(number)
    truth = {one.brief.id: rng.random() < 0.5 for one in made}
    records = [Record(candidate=one, verdict=Verdict.ACCEPTED, lineage=()) for one in made]
    told = [
        PersonVerdict(
            number=1, reviewer=who, queue=Queue.AUDIT, sample=record.candidate.brief.id, content=content_digest(record.line()),
            said=Said.ACCEPT if truth[record.candidate.brief.id] is (rng.random() >= _PERSON_ERRS) else Said.REJECT,
        )
        for record in records
        for who in ("ann", "bob", "cleo")
    ]  # fmt: skip
    people = people_of([one.model_copy(update={"number": n}) for n, one in enumerate(told, 1)], records)

    def says(call: Call) -> Any:
        assert call.answer_schema is not None
        share = 0.4 if guesses else _FALSE_ALARM if truth[call.asker.sample] else _RECALL
        score = 2 if _chance(call, number) < share else 4
        return {"scores": dict.fromkeys(call.answer_schema["$defs"]["Scores"]["properties"], score)}

    cast, kind, nothing = _cast(loaded, says), RoleKind.JUDGE, Versions((), ())
    said = asyncio.run(Panel(cast, nothing, Probes(), lambda: None, (), people).ask("judge", kind))
    row = worth_of(cast, "judge", kind, nothing, said, people)
    assert row is not None
    return row


def means(loaded: Loaded, made: list[Candidate]) -> dict[str, tuple[float, float]]:
    """For each way of scoring: the root mean square distance of a score from the mean of what the judge thinks, and the AUC of
    samples that it thinks a little less of."""
    found = {}
    ways = [(Scoring.MODE, 5), (Scoring.TOKEN_MEAN, 5), (Scoring.SAMPLES, 5), (Scoring.SAMPLES, 20)]
    for scoring, draws in ways:
        judge = loaded.scenario.roles["judge"].model_copy(update={"scoring": scoring, "samples": draws})
        roles = {**loaded.scenario.roles, "judge": judge}
        own = loaded.model_copy(update={"scenario": loaded.scenario.model_copy(update={"roles": roles})})
        cast = _cast(own, thinking)
        rated = [asyncio.run(rate(cast, "judge", one, "thinks")) for one in made]
        apart = [
            (score - _thought(one.brief.seed, name)) ** 2
            for one, r in zip(made, rated, strict=True)
            for name, score in r.scores.items()
        ]
        good = [r.value for one, r in zip(made, rated, strict=True) if one.brief.seed % 2]
        bad = [r.value for one, r in zip(made, rated, strict=True) if not one.brief.seed % 2]
        found[f"{scoring} of {draws}" if scoring is Scoring.SAMPLES else scoring.value] = (
            sqrt(sum(apart) / len(apart)),
            auc(good, bad),
        )
    return found


def _thought(seed: int, name: str) -> float:
    """The mean of what a judge thinks of a criterion: a little less of every other sample."""
    return (3.3 if seed % 2 else 3.0) + random.Random(f"{seed}{name}").uniform(-0.6, 0.6)


def _odds(mean: float) -> dict[str, float]:
    """The chances of the scores: a normal one about the mean with a standard deviation of 0.8."""
    shares = {score: exp(-((score - mean) ** 2) / 1.28) for score in range(1, 6)}
    whole = sum(shares.values())
    return {str(score): share / whole for score, share in shares.items()}


def thinking(call: Call) -> Answer:
    """A judge who says the likeliest score at temperature 0, and else one by its chances; with the odds if they are wanted."""
    assert call.answer_schema is not None
    text, odds, seed = '{"scores": {', list[TokenOdds](), int(call.asker.sample.rsplit("-", 1)[-1])
    for place, name in enumerate(call.answer_schema["$defs"]["Scores"]["properties"]):
        text += f'{", " if place else ""}"{name}": '
        shares = _odds(_thought(seed, name))
        drawn = random.Random(call.key() + name.encode()).choices([*shares], [*shares.values()])[0]
        score = drawn if call.decoding.temperature >= 1 else max(shares, key=lambda one: shares[one])
        odds.append(TokenOdds(start=len(text), text=score, odds=shares))
        text += score
    return Answer(text=text + "}}", odds=tuple(odds) if call.top_logprobs else ())


def _has(figure: Figure | Hits, truth: float) -> bool:
    return figure.low is not None and figure.high is not None and figure.low <= truth <= figure.high


def main() -> int:
    """Print how often the truth is in the interval."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    loaded = load("howto")
    made, held = samples(loaded), Counter[str]()
    for number in range(count):
        judge = measured(loaded, made, RoleKind.JUDGE, judging(number), Probes(orders=True, again=True))
        critic = measured(loaded, made, RoleKind.CRITIC, finding(number), Probes(length=False))
        assert judge.order is not None
        assert judge.again is not None
        held["order bias"] += _has(judge.order.first_over_last, 3 * _ORDER)
        held["length bias"] += _has(judge.length.padded, _LENGTH)
        held["noise"] += _has(judge.again.noise, _NOISE)
        held["recall"] += _has(critic.recall, _RECALL)
        held["specificity"] += _has(critic.specificity, 1 - _FALSE_ALARM)
        held["a judge who guesses would count"] += judge.counts
    print(
        f"{count} judges and critics, {_SAMPLES} samples, {2 * _SAMPLES} flawed versions: the interval has the truth in"
    )
    for what, hits in held.items():
        print(f"  {what:34}{hits / count:7.1%}")
    _print_people(loaded, count)
    print("scores of a judge who is unsure: distance from what it thinks, and AUC of samples 0.3 of a point apart")
    for way, (distance, worth) in means(loaded, samples(loaded, 200)).items():
        print(f"  {way:34}{distance:7.3f}{worth:7.3f}")
    return 0


def _print_people(loaded: Loaded, count: int) -> None:
    """Print how often an audit's figures hold the truth. What people say of sound and flawed is wrong as often as two of three err,
    so that the truth about their verdicts lies so much nearer to a guess."""
    made, held = samples(loaded, _AUDITED), Counter[str]()
    wrong = 3 * _PERSON_ERRS**2 * (1 - _PERSON_ERRS) + _PERSON_ERRS**3
    for number in range(count):
        (audit,) = against_people(loaded, made, number, guesses=False).people
        held["sensitivity to what people reject"] += _has(
            audit.sensitivity, _RECALL * (1 - wrong) + _FALSE_ALARM * wrong
        )
        held["specificity"] += _has(audit.specificity, (1 - _FALSE_ALARM) * (1 - wrong) + (1 - _RECALL) * wrong)
        held["it counts"] += informative(audit.auc) and audit.enough
        held["a judge who guesses would count"] += against_people(loaded, made, number, guesses=True).counts
    print(f"{count} audits of {_AUDITED} samples by three people who are wrong about one of ten:")
    for what, hits in held.items():
        print(f"  {what:34}{hits / count:7.1%}")


if __name__ == "__main__":
    sys.exit(main())
