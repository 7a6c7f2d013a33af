"""Whether `graphs.calibrate` finds what is true of roles: `python benchmarks/calibration.py [JUDGES]` (100).

Simulated judges with a known bias by order and by length and a known noise, who see no defect, and critics who find six of ten
flawed versions and object to one of ten sound ones: how often each figure's 95 % interval has the truth, and how often a judge who
guesses would count. The samples are tasks whose content says nothing; what is planted, asked and computed is the real thing.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import orjson

from agents.cast import Cast
from agents.models.calls import Answer, Backend, Call, Model
from agents.models.gateway import Gateway
from agents.models.limits.in_flight import AdaptiveLimit
from agents.models.limits.ledger import Budget, Ledger
from agents.models.scripted import Scripted
from evaluation.intervals import Figure
from evaluation.judging.shares import Hits
from graphs.calibrating.asking import Panel, Probes
from graphs.calibrating.figures import worth_of
from graphs.calibrating.versions import versions_of
from graphs.calibrating.worth import RoleWorth
from scenarios.briefs import plan_brief
from scenarios.loading import Loaded, load
from scenarios.records import Candidate
from scenarios.schema.roles import RoleKind, judging_roles
from scenarios.schema.styles import Style

_SAMPLES = 30
_ORDER, _LENGTH, _NOISE = 0.2, 0.5, 0.2
"""How much lower a criterion is scored one place later, how much higher a padded sample, and the standard deviation of the
mean of four scores of 3.5, 3.3, 3.1 and 2.9 that are rounded up or down by chance."""
_RECALL, _FALSE_ALARM = 0.6, 0.1
_MODEL = Model(backend=Backend.SCRIPTED, name="simulated", style=Style.CHAT)


class _Nowhere:
    """A store that keeps nothing: every call is asked."""

    async def answered(self, key: bytes) -> Answer | None:
        return None

    async def keep(self, *_: object) -> None:
        return None

    async def asked(self, *_: object) -> None:
        return None


def samples(loaded: Loaded) -> list[Candidate]:
    """Tasks with steps and numbers."""
    found = []
    for number in range(_SAMPLES):
        steps = "\n".join(f"{n}. Turn nut {n + 20} by hand, and then wait for {n + 30} minutes." for n in range(1, 8))
        fields = {
            "plan": '{"size": 40, "days": 12, "name": "a nut"}',
            "instruction": "How do I turn nut 21 in 12 days?",
        }
        brief = plan_brief(loaded, 0, 0, number, number)
        found.append(Candidate(brief=brief, fields={**fields, "answer": steps}))
    return found


def measured(
    loaded: Loaded, made: list[Candidate], kind: RoleKind, says: Callable[[Call], Any], probes: Probes
) -> RoleWorth:
    """What calibration finds of the default role of a kind that says so."""
    transport = Scripted(lambda call: orjson.dumps(says(call)).decode())
    gateway = Gateway({_MODEL.where: transport}, _Nowhere(), Ledger(Budget()), AdaptiveLimit(8))
    cast = Cast(loaded, gateway, dict.fromkeys(loaded.scenario.roles, _MODEL))
    versions = versions_of(loaded, made, 2 * _SAMPLES)
    role = next(name for name, other in judging_roles(loaded.scenario).items() if other is kind)
    row = worth_of(cast, role, kind, versions, asyncio.run(Panel(cast, versions, probes, lambda: None).ask(role, kind)))
    assert row is not None
    return row


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
    return 0


if __name__ == "__main__":
    sys.exit(main())
