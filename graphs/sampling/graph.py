"""The sample graph: a checked topology compiled to a LangGraph StateGraph. One `ainvoke` makes one candidate."""

from __future__ import annotations

from typing import Any, TypedDict

from langgraph.graph import END as FINISH
from langgraph.graph import START, StateGraph

from agents.cast import Cast
from agents.steps import STEPS
from graphs.sampling.topology import END, duties, graph_of, revisions_of
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
    """Compile a topology. `cast` brings the scenario, the gateway and the models; state holds values only."""
    graph = graph_of(topology)
    machine = StateGraph(SampleState)
    for node, duty in duties(topology, cast.loaded.scenario).items():
        machine.add_node(node, _step(node, duty, cast))
    machine.add_edge(START, topology.start)
    for node in topology.nodes:
        ways = {graph.edges[edge]["when"]: FINISH if edge[1] == END else edge[1] for edge in graph.out_edges(node)}
        if When.ALWAYS in ways:
            machine.add_edge(node, ways[When.ALWAYS])
        else:
            machine.add_conditional_edges(
                node, _way(ways, revisions_of(topology, cast.loaded.scenario)), list(ways.values())
            )
    return machine.compile()


def _way(ways: dict[When, str], revisions: int) -> Any:
    """Where a candidate goes on: back, while it has problems and revisions are left."""

    def way(state: SampleState) -> str:
        candidate = state["candidate"]
        again = candidate.whole and bool(candidate.problems) and candidate.revisions < revisions
        return ways[When.PROBLEMS if again else When.CLEAN]

    return way


def _step(node: str, duty: Duty, cast: Cast) -> Any:
    """The node of a step. It passes over a candidate that was given up or whose machinery failed.

    So the edges can be plain ones, which cost half as much as LangGraph's conditional edges.
    """
    work = STEPS[duty.step]

    async def step(state: SampleState) -> SampleState:
        candidate = state.get("candidate") or Candidate(brief=Brief.model_validate(state["brief"]))
        if not candidate.whole:
            return {"candidate": candidate}
        try:
            with span(f"step {duty.step}", {"colloquia.sample": candidate.brief.id, "colloquia.step": node}):
                return {"candidate": await work(cast, candidate, duty)}
        except CallFailed as error:
            failure = Failure(stage=duty.name, reason=error.fault, detail=str(error))
            return {"candidate": candidate.model_copy(update={"failure": failure})}

    step.__name__ = duty.step.value
    return step


async def make_candidate(machine: Any, brief: Brief) -> Candidate:
    """Run a compiled sample graph on one brief. Raises RunStopped and UserError; else always gives a candidate."""
    place: dict[str, Value] = {
        "colloquia.sample": brief.id, "colloquia.round": brief.round, "colloquia.index": brief.index,
    }  # fmt: skip
    with span(f"sample {brief.scenario}", place) as whole:
        state = await machine.ainvoke({"brief": brief}, {"recursion_limit": _STEPS_AT_MOST})
        candidate: Candidate = state["candidate"]
        whole.note({"colloquia.revisions": candidate.revisions, "colloquia.given_up": candidate.given_up})
        if candidate.failure:
            whole.fail(candidate.failure.reason)
    return candidate
