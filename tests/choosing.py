"""Samples of which several candidates are made, and models that say of them what a test wants."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.cast import Cast
from agents.models.calls import Answer, Call
from graphs.sampling.graph import make_candidate, sample_graph
from graphs.sampling.topology import topology_of
from scenarios.briefs import plan_brief
from scenarios.errors import CallFailed
from scenarios.loading import Loaded
from scenarios.records import Candidate, Contender
from tests.helpers import NOTES, loaded, models, scripted_gateway

Say = Callable[[Call], str | None]


def best_of(draws: int = 3, **choose: Any) -> dict[str, Any]:
    """A topology that makes several candidates and keeps one."""
    return several({"draws": draws}, choose)


def several(generate: dict[str, Any], choose: dict[str, Any], **more: Any) -> dict[str, Any]:
    nodes = {"generate": {"step": "generate", **generate}, "choose": {"step": "choose", **choose}, **more}
    ways = [*nodes, "end"]
    edges = [{"source": source, "target": target} for source, target in itertools.pairwise(ways)]
    return {"start": "generate", "nodes": nodes, "edges": edges}


@dataclass
class Made:
    """What came of a brief, and who was asked for it."""

    plan: Loaded
    candidate: Candidate
    asked: list[Call]

    def steps(self, role: str = "") -> list[str]:
        return sorted(call.asker.step for call in self.asked if call.role == role or not role)

    @property
    def rows(self) -> Sequence[Contender]:
        assert self.candidate.selection is not None
        return self.candidate.selection.contenders

    @property
    def kept(self) -> int:
        assert self.candidate.selection is not None
        return self.candidate.selection.kept

    @property
    def told(self) -> str:
        """What the evidence of the choice says."""
        (one,) = [one for one in self.candidate.evidence if one.check == "choose"]
        return f"{one.status} {one.detail}"


class Breaking:
    """A way to models that some calls break on."""

    def __init__(self, gateway: Any, breaks: Callable[[Call], bool]) -> None:
        self._gateway, self._breaks = gateway, breaks

    async def ask(self, call: Call) -> Answer:
        if self._breaks(call):
            raise CallFailed("it broke", "server")
        answer: Answer = await self._gateway.ask(call)
        return answer


def made(
    plan: Loaded,
    say: Say | None = None,
    topology: str | None = None,
    breaks: Callable[[Call], bool] = lambda call: False,
) -> Made:
    gateway, transport = scripted_gateway(say)
    cast = Cast(plan, Breaking(gateway, breaks), models(plan))
    machine = sample_graph(topology_of(plan.scenario, topology), cast)
    return Made(plan, asyncio.run(make_candidate(machine, plan_brief(plan, 3, 0, 0, 0))), transport.asked)


def number_of(call: Call) -> int:
    """Which candidate a call is about."""
    return int(call.asker.step.partition("/")[0].partition("#")[2] or 1)


def texts(*said: str) -> Say:
    """What the candidates say, in order."""
    return lambda call: said[number_of(call) - 1] if call.asker.step.startswith("generate") else None


def notes(path: Path, topology: dict[str, Any], **changes: Any) -> Loaded:
    return loaded(path, NOTES, topology=topology, **changes)


WORDY: dict[str, Any] = {
    "checks": ["uses_ingredients", "fields_present"],
    "facts": {"words": {"words": ["zebra", "xylophone"], "count": 2}},
}
"""A note that has to use two words, which is found out when it is whole."""


def scored(**by_step: tuple[int, int]) -> Say:
    """The judge's scores by candidate: `one=(4, 5)`."""
    names = ["one", "two", "three", "four"]

    def say(call: Call) -> str | None:
        if call.role != "judge":
            return f"The note number {number_of(call)} says this."
        scores = by_step[names[number_of(call) - 1]]
        return json.dumps({"scores": dict(zip(("clear", "kind"), scores, strict=True))})

    return say


def prefers(word: str) -> Say:
    """Finds the sample better that has the word, whatever its place."""

    def say(call: Call) -> str | None:
        if call.role != "judge":
            return {1: "One is here.", 2: "Two is here.", 3: "Three is here.", 4: "Four is here."}[number_of(call)]
        first = call.messages[-1].content.partition("--- End of sample A")[0]
        second = call.messages[-1].content.partition("--- Sample B")[2]
        better = "A" if word in first else "B" if word in second else "same"
        return json.dumps({"reasons": "It has it.", "better": better})

    return say


def solutions(*answers: str) -> Say:
    def say(call: Call) -> str | None:
        step = call.asker.step
        if not step.startswith("generate") or not step.endswith("/solution"):
            return None
        return f"We count: 2 × 3 = 6, 6 × 4 = 24, 24 × 2 = 48, and so it goes on.\nThe answer is {answers[number_of(call) - 1]} boxes."

    return say
