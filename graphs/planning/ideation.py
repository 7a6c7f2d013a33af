"""Ideation: the values of a run's ideated axes, before anything is planned.

Every call is a function of the scenario, the seed, the answers before it and the values that the memory knew when the run
began, which the journal keeps: a run that was killed finds its answers there and comes to the same axes.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import orjson
from pydantic import RootModel

from agents.ideation import Ideator, Question
from agents.models.calls import Model
from agents.models.gateway import Gateway
from graphs.planning.proposals import Pool
from memory.archive.archive import Note
from memory.journal.journal import Journal
from memory.vectors.likeness import Likeness
from scenarios.errors import CallFailed, ModelUnavailable, RunStopped, ScenarioError
from scenarios.ideated import Ideated, Lists
from scenarios.loading import Loaded
from scenarios.schema.scenario import Scenario
from scenarios.schema.styles import Style

T = TypeVar("T")

_MET, _AXES = "ideation.met", "ideation.axes"
"""Keys of the journal's notes."""
_AT_ONCE = 30
"""At most so many values are asked for in one call: longer answers are cut off, and repeat themselves."""
_CHECKED_AT_ONCE = 25
Met = dict[str, dict[str, list[str]]]
"""The values that the memory knows, by axis and by the value that they belong to."""


class _Met(RootModel[Met]):
    """The note of what the memory knew."""


def met_of(scenario: Scenario, notes: Iterable[Note]) -> Met:
    """The values of ideated axes that samples of other runs in the memory have, the most frequent first."""
    counted: dict[str, Counter[tuple[str, str]]] = {axis: Counter() for axis in scenario.ideated}
    for note in notes:
        if note.cell.keys() == scenario.axes.keys():
            for axis, plan in scenario.ideated.items():
                counted[axis][note.cell.get(plan.each, ""), note.cell[axis]] += 1
    found: Met = {}
    for axis, seen in counted.items():
        for (parent, name), _ in sorted(seen.items(), key=lambda pair: (-pair[1], pair[0])):
            found.setdefault(axis, {}).setdefault(parent, []).append(name)
    return found


async def ideated_axes(
    loaded: Loaded,
    gateway: Gateway,
    model: Model,
    seed: int,
    journal: Journal,
    notes: Callable[[], Iterable[Note]],
    say: Callable[[str], None],
    given: Ideated | None = None,
) -> Ideated:
    """The values of the run's ideated axes: from the journal, or those that are `given`, or else as `model` proposes them.

    `notes` reads what the memory holds from other runs, whose values are taken over; `say` hears how far it is. Raises
    RunStopped, ModelUnavailable if the endpoint fails, and ScenarioError if too few values come out.
    """
    if text := journal.meta(_AXES):
        return journal.parsed(Ideated, text.encode(), lambda found: found.misfit(loaded.scenario))
    if given is not None:
        journal.note(_AXES, given.model_dump_json())
        return given
    scenario, found = loaded.scenario, Ideated()
    met = _remembered(journal, scenario, notes)
    for axis in sorted(scenario.ideated, key=lambda axis: bool(scenario.ideated[axis].each)):
        # After those that it may name under `each`, whose values have to be there.
        there = loaded.model_copy(update={"scenario": found.within(scenario)})
        ideation = _Axis(Ideator(there, gateway, model, seed), axis, met.get(axis, {}), gateway, say)
        found = found.and_axis(axis, await ideation.values(), scenario.ideated[axis].each)
    journal.note(_AXES, found.model_dump_json())
    return found


def _remembered(journal: Journal, scenario: Scenario, notes: Callable[[], Iterable[Note]]) -> Met:
    """What the memory knew when the run began: noted before the first call, since calls depend on it."""
    text = journal.meta(_MET)
    if text is None:
        text = orjson.dumps(met_of(scenario, notes())).decode()
        journal.note(_MET, text)
    return journal.parsed(_Met, text.encode()).root


class _Axis:
    """The ideation of one axis."""

    def __init__(self, ideator: Ideator, axis: str, met: Lists, gateway: Gateway, say: Callable[[str], None]) -> None:
        self._ideator, self._axis, self._gateway, self._say = ideator, axis, gateway, say
        scenario = ideator.loaded.scenario
        self._plan = scenario.ideated[axis]
        self._parents = scenario.axes[self._plan.each].names if self._plan.each else ("",)
        self._pool = Pool(self._plan.count, self._parents, Likeness())
        self._pool.know(self._plan.examples, own=True)
        self._pool.know(met)
        self._pool.exclude(ideator.demonstrated(axis))
        self._known = sum(len(self._pool.names(parent)) for parent in self._parents)
        self._calls = 0
        self._fault = ""
        """Why the last answer that could not be read could not."""

    async def values(self) -> dict[str, list[str]]:
        """The values, by the other axis's. Raises as `ideated_axes`."""
        for number in range(self._plan.calls):
            short = [parent for parent in self._parents if self._pool.missing(parent)]
            if not short:
                break
            there = sum(min(self._plan.count, len(self._pool.names(parent))) for parent in self._parents)
            wanted = self._plan.count * len(self._parents)
            self._say(f"colloquia: ideating {self._axis}: {there} of {wanted} values are there")
            questions = [self._question(parent, number) for parent in short]
            read = await self._all([self._ideator.propose(question) for question in questions])
            self._pool.counted.unread += sum(one.unread for one in read)
            self._fault = next((one.fault for one in read if one.fault), self._fault)
            fresh = self._pool.offer({parent: one.proposals for parent, one in zip(short, read, strict=True)})
            await self._check_fits(fresh, number)
        found = self._pool.values()
        self._check_enough(found)
        self._say(self._outcome(found))
        return found

    def _question(self, parent: str, number: int) -> Question:
        missing = self._pool.missing(parent)
        # Half as many again: some will be merged or dropped, and of the rest the least probable are taken.
        count = min(missing + max(2, missing // 2), _AT_ONCE)
        return Question(self._axis, parent, count, tuple(self._pool.names(parent)), number)

    async def _check_fits(self, fresh: Mapping[str, Sequence[str]], number: int) -> None:
        """Drop what fits several values of the other axis, as far as the model can be asked: a base model cannot."""
        if not self._plan.each or self._ideator.model.style is not Style.CHAT:
            return
        parts = [
            (parent, f"{number}.{first // _CHECKED_AT_ONCE}", names[first : first + _CHECKED_AT_ONCE])
            for parent, names in fresh.items()
            for first in range(0, len(names), _CHECKED_AT_ONCE)
        ]
        asked = [self._ideator.misfits(self._axis, parent, names, step) for parent, step, names in parts]
        for wrong in await self._all(asked):
            self._pool.drop(wrong)

    async def _all(self, asked: Sequence[Awaitable[T]]) -> list[T]:
        """What calls come to, in order. All of them end before the first failure is raised: they are paid for."""
        self._calls += len(asked)
        done = await asyncio.gather(*(self._stopping(one) for one in asked), return_exceptions=True)
        # What stopped one stops the others: the cause goes before its consequences, and a call that failed comes last.
        failed = sorted((one for one in done if isinstance(one, BaseException)), key=_rank)
        if failed and isinstance(failed[0], CallFailed):
            raise ModelUnavailable(
                f"axes.{self._axis}: the model that proposes its values failed ({failed[0]}); its answers are kept: put "
                "the endpoint right and run the same command again"
            ) from None
        if failed:
            raise failed[0]
        return [one for one in done if not isinstance(one, BaseException)]

    async def _stopping(self, asked: Awaitable[T]) -> T:
        """One call; what ends the run also stops the others."""
        try:
            return await asked
        except RunStopped as stopped:
            self._gateway.stop(stopped)
            raise

    def _check_enough(self, found: Lists) -> None:
        least = 1 if self._plan.each else 2
        few = next((parent for parent in self._parents if len(found[parent]) < least), None)
        if few is None:
            return
        counted, whose = self._pool.counted, f" for {self._plan.each}={few}" if self._plan.each else ""
        unread = f"{counted.unread} not read{self._fault and f': {self._fault}'}"
        raise ScenarioError(
            f"axes.{self._axis}: {self._calls} calls brought {len(found[few])} values{whose} ({counted.merged} merged, "
            f"{counted.dropped} dropped, {unread}), and at least {least} are needed: reword 'about', give 'examples', allow more "
            "'calls' or give a larger model with roles.ideator.llm.…, in a new run"
        )

    def _outcome(self, found: Lists) -> str:
        counted, whole = self._pool.counted, sum(map(len, found.values()))
        wanted = self._plan.count * len(self._parents)
        parts = [f"{counted.merged} merged", f"{counted.dropped} dropped"]
        parts += [f"{counted.unread} not read"] if counted.unread else []
        parts += [f"{self._known} were known"] if self._known else []
        few = f" of {wanted} wanted" if whole < wanted else ""
        return f"colloquia: ideated {whole} values{few} of {self._axis} in {self._calls} calls; {', '.join(parts)}"


def _rank(failure: BaseException) -> int:
    return 2 if isinstance(failure, CallFailed) else 1 if isinstance(failure, RunStopped) else 0
