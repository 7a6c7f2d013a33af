"""The sample graph: a checked topology compiled to a LangGraph StateGraph. One `ainvoke` makes one candidate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypedDict

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.graph import END as FINISH
from langgraph.graph import START, StateGraph

from agents.cast import Cast
from agents.judging.standing import judged_by
from agents.steps import STEPS
from graphs.sampling.topology import END, asked_roles, duties, graph_of, revisions_of, stretches
from scenarios.errors import CallFailed
from scenarios.records import Brief, Candidate, Failure
from scenarios.schema.roles import Duty
from scenarios.schema.topology import Topology, When
from scenarios.spans import Value, span

_STEPS_AT_MOST = 10_000
"""Far more than a checked topology can take."""


class SampleState(TypedDict, total=False):
    """What a sample graph holds: the candidate so far."""

    brief: Brief
    candidate: Candidate


def sample_graph(topology: Topology, cast: Cast) -> Any:
    """Compile a topology. `cast` brings the scenario, the gateway and the models; state holds values only.

    Steps that always follow each other are one node: a superstep costs ten times as much as a step.
    """
    cast = replace(cast, judged=judged_by(cast.loaded, asked_roles(topology, cast.loaded.scenario), cast.models))
    graph = graph_of(topology)
    rows = stretches(topology)
    does, revisions = duties(topology, cast.loaded.scenario), revisions_of(topology, cast.loaded.scenario)
    names = {row[0]: " → ".join(row) for row in rows}
    machine = StateGraph(SampleState)
    machine.add_edge(START, names[topology.start])
    for row in rows:
        machine.add_node(names[row[0]], _Stretch([_Step(node, does[node], cast, revisions) for node in row]))
    for row in rows:
        ways = {
            graph.edges[edge]["when"]: FINISH if edge[1] == END else names[edge[1]] for edge in graph.out_edges(row[-1])
        }
        if When.ALWAYS in ways:
            machine.add_edge(names[row[0]], ways[When.ALWAYS])
        else:
            machine.add_conditional_edges(names[row[0]], _way(ways, revisions), list(ways.values()))
    return machine.compile()


def _way(ways: dict[When, str], revisions: int) -> Any:
    """Where a candidate goes on: back, while it has problems and revisions are left."""

    def way(state: SampleState) -> str:
        candidate = state["candidate"]
        again = candidate.whole and bool(candidate.problems) and candidate.revisions < revisions
        return ways[When.PROBLEMS if again else When.CLEAN]

    return way


class _Step:
    """One step of a node. It passes over a candidate that was given up or whose machinery failed.

    So the edges can be plain ones, which cost half as much as LangGraph's conditional edges.
    """

    def __init__(self, node: str, duty: Duty, cast: Cast, revisions: int) -> None:
        self._node = node
        self._duty, self._revisions = duty, revisions
        self._work = STEPS[duty.step]
        self._cast = cast

    async def take(self, candidate: Candidate) -> Candidate:
        """The candidate after the step. Raises RunStopped and UserError; what else fails is the candidate's failure."""
        if not candidate.whole:
            return candidate
        spares = self._duty.spares
        final = spares is When.ALWAYS or (spares is When.CLEAN and candidate.revisions >= self._revisions)
        try:
            with span(
                f"step {self._duty.step}", {"colloquia.sample": candidate.brief.id, "colloquia.step": self._node}
            ):
                return await self._work(self._cast, candidate, self._duty, final)
        except CallFailed as error:
            failure = Failure(stage=self._duty.name, reason=error.fault, detail=str(error))
            return candidate.model_copy(update={"failure": failure})


class _Stretch(Runnable[SampleState, SampleState]):
    """A node: steps that are taken one after the other."""

    def __init__(self, steps: Sequence[_Step]) -> None:
        self._steps = tuple(steps)

    def invoke(self, input: SampleState, config: RunnableConfig | None = None, **kwargs: Any) -> SampleState:
        """Steps wait for models: there is no other way to take them than `ainvoke`."""
        raise NotImplementedError("a sample graph waits for models: use ainvoke")

    async def ainvoke(self, input: SampleState, config: RunnableConfig | None = None, **kwargs: Any) -> SampleState:
        """The state after the steps. Raises as `_Step.take`."""
        candidate = input.get("candidate") or Candidate(brief=Brief.model_validate(input["brief"]))
        for step in self._steps:
            candidate = await step.take(candidate)
        return {"candidate": candidate}


async def make_candidate(machine: Any, brief: Brief) -> Candidate:
    """Run a compiled sample graph on one brief. Raises RunStopped and UserError; else always gives a candidate."""
    place: dict[str, Value] = {
        "colloquia.sample": brief.id, "colloquia.round": brief.round, "colloquia.index": brief.index,
    }  # fmt: skip
    with span(f"sample {brief.scenario}", place) as whole:
        candidate: Candidate = await machine.ainvoke(
            {"brief": brief}, {"recursion_limit": _STEPS_AT_MOST}, output_keys="candidate"
        )
        whole.note({"colloquia.revisions": candidate.revisions, "colloquia.given_up": candidate.given_up})
        if candidate.failure:
            whole.fail(candidate.failure.reason)
    return candidate
