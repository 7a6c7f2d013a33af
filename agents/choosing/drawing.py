"""Several candidates of one brief: the first is made as if it were the only one, the others in steps of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from agents.together import together
from scenarios.errors import CallFailed
from scenarios.loading import Loaded
from scenarios.records import Candidate, Failure
from scenarios.schema.roles import Duty
from scenarios.schema.topology import NodeKind

Maker = Callable[[str, Mapping[str, str]], Awaitable[Candidate]]
"""(step, fields that stay as they are) → a candidate. Raises as Gateway.ask."""


def step_of(step: str, number: int) -> str:
    """The step of a candidate's calls, from which their seeds follow. Those of the first are the calls of a topology that
    makes no other."""
    return step if number == 1 else f"{step}#{number}"


async def draw_several(loaded: Loaded, candidate: Candidate, duty: Duty, make: Maker) -> Candidate:
    """The candidate with several drawn ones, made at the same time. If they are to have fields in common, the first is made
    alone and the others go on from its fields; if it has not come that far, it stays the only one.

    What the machinery fails is that candidate's failure. Raises RunStopped and UserError.
    """

    async def one(number: int, opening: Mapping[str, str]) -> Candidate:
        try:
            return await make(step_of(NodeKind.GENERATE.value, number), opening)
        except CallFailed as error:
            failure = Failure(stage=NodeKind.GENERATE.value, reason=error.fault, detail=str(error))
            return Candidate(brief=candidate.brief, failure=failure)

    names = [plan.name for plan in loaded.scenario.fields]
    common = names[: names.index(duty.vary)] if duty.vary else []
    drawn, opening = list[Candidate](), dict[str, str]()
    if common:
        drawn = [await one(1, {})]
        if drawn[0].failure or len(drawn[0].fields) <= len(common):
            return candidate.model_copy(update={"drawn": tuple(drawn)})
        opening = {name: drawn[0].fields[name] for name in common}
    drawn += await together(one(number, opening) for number in range(len(drawn) + 1, duty.draws + 1))
    return candidate.model_copy(update={"drawn": tuple(drawn)})
