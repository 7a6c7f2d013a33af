"""Topologies: what the check accepts is bounded and ends."""

from __future__ import annotations

import itertools
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.sampling.casting import cast_by
from graphs.sampling.graph import _way
from graphs.sampling.topology import (
    END,
    asked_once,
    check,
    graph_of,
    shape_of,
    stretches,
    topology_names,
    topology_of,
    walks,
)
from scenarios.errors import ScenarioError
from scenarios.loading import load
from scenarios.records import Brief, Candidate, Problem
from scenarios.schema.scenario import Scenario
from scenarios.schema.topology import Edge, Node, NodeKind, Topology, When
from tests.helpers import PLANNED, planned_form

NODES = ["a", "b", "c", "d"]
KINDS = {"a": NodeKind.GENERATE, "b": NodeKind.CRITIQUE, "c": NodeKind.REFINE, "d": NodeKind.JUDGE}


@st.composite
def topologies(draw: st.DrawFn) -> Topology:
    """Graphs that are nearly right: every node has one way on, or one for either case."""
    count = draw(st.integers(1, 4))
    nodes = NODES[:count]
    edges = []
    bound = st.one_of(st.none(), st.integers(1, 3))
    for node in nodes:
        whens = draw(st.sampled_from([(When.ALWAYS,), (When.PROBLEMS, When.CLEAN), (When.PROBLEMS,)]))
        for when in whens:
            target = draw(st.sampled_from([*nodes, END]))
            edges.append(Edge(source=node, target=target, when=when, bound=draw(bound)))
    return Topology(nodes={node: Node(step=KINDS[node]) for node in nodes}, start="a", edges=tuple(edges))


@given(topologies(), st.integers(0, 5), st.lists(st.booleans(), min_size=60, max_size=60))
def test_what_is_accepted_ends_whatever_the_critic_says(topology: Topology, revisions: int, found: list[bool]) -> None:
    """Walks the ways that the sample graph takes, with a critic that finds problems as it likes."""
    try:
        check(topology)
    except ScenarioError as error:
        assert "topology" in str(error)
        return
    graph = graph_of(topology)
    bounds = [edge.bound for edge in topology.edges if edge.bound is not None]
    allowed = min([revisions, *bounds])
    edges = {node: {graph.edges[edge]["when"]: edge[1] for edge in graph.out_edges(node)} for node in topology.nodes}
    brief = Brief(id="b", scenario="s", round=0, index=0, seed=0, cell={})
    candidate = Candidate(brief=brief)
    at, steps = "a", 0
    while at != END:
        steps += 1
        assert steps <= 59, "this never ends"
        if topology.nodes[at].step is NodeKind.CRITIQUE:
            problems = (Problem(problem="x"),) if found[steps % 60] else ()
            candidate = candidate.model_copy(update={"problems": problems})
        elif topology.nodes[at].step is NodeKind.REFINE:
            candidate = candidate.model_copy(update={"problems": (), "revisions": candidate.revisions + 1})
        at = edges[at].get(When.ALWAYS) or _way(edges[at], allowed)({"candidate": candidate})
    assert nx.has_path(graph, "a", END)


@pytest.mark.parametrize("name", topology_names())
def test_what_ships_is_sound(name: str) -> None:
    fields = ("howto", "math", "code", "extract")
    judged = ("chain", "support", PLANNED, "grounded", *fields) if name != "self_consistency" else fields
    unjudged = ("cloakroom", "library", "courier") if name in {"proof", "generate_only"} else ()
    bare = ("evolve",) if name in {"no_critic", "generate_only"} else ()
    for scenario in (*judged, *unjudged, *bare):
        topology = (
            topology_of(cast_by(load(scenario), name).scenario, name)
            if scenario != "chain" or name == "chain"
            else None
        )
        if topology is not None:
            check(topology)
            assert END in graph_of(topology)


def test_a_role_in_a_circle_is_asked_more_than_once() -> None:
    scenario = load(PLANNED).scenario
    once = {name: asked_once(topology_of(scenario, name), scenario) for name in ("full", "chain", "proof")}
    assert once == {"full": ["verifier", "judge"], "chain": ["critic", "verifier", "judge"], "proof": ["verifier"]}


def test_the_shapes_are_what_their_names_say() -> None:
    kinds: dict[str, Any] = {
        name: {node.step for node in shape_of(planned_form("howto").scenario, name).nodes.values()}
        for name in topology_names()
    }
    assert kinds["full"] == {NodeKind(step) for step in ("generate", "critique", "refine", "verify", "judge")}
    assert kinds["best_of"] == {NodeKind.GENERATE, NodeKind.CHOOSE, NodeKind.VERIFY}
    assert kinds["self_consistency"] == {*kinds["no_critic"], NodeKind.CHOOSE}
    assert kinds["no_critic"] == {NodeKind.GENERATE, NodeKind.VERIFY, NodeKind.JUDGE}
    assert kinds["generate_only"] == {NodeKind.GENERATE}


def steps_of(scenario: Scenario, name: str, revisions: int) -> list[list[str]]:
    """The steps of every way through a topology with so many refine steps."""
    return [[duty.step.value for duty in way] for way in walks(topology_of(scenario, name), scenario, revisions)]


def test_the_steps_that_a_sample_took_follow_from_its_refine_steps() -> None:
    scenario = load(PLANNED).scenario
    once = ["generate", "critique", "verify", "judge"]
    assert steps_of(scenario, "full", 0) == [once]
    assert steps_of(scenario, "full", 1) == [[*once[:2], "refine", "critique", *once[2:]]]
    most = steps_of(scenario, "full", 9)
    assert [way.count("refine") for way in most] == [scenario.revisions], "as many as are possible"
    assert steps_of(scenario, "chain", 0) == [[*once[:2], "refine", *once[2:]]]
    assert steps_of(scenario, "generate_only", 0) == [["generate"]]


@pytest.mark.parametrize("name", topology_names())
def test_a_row_of_steps_is_entered_and_left_at_its_ends_alone(name: str) -> None:
    topology = shape_of(load("math").scenario, name)
    graph, rows = graph_of(topology), stretches(topology)
    assert sorted(node for row in rows for node in row) == sorted(topology.nodes)
    assert [row[0] for row in rows].count(topology.start) == 1
    for row in rows:
        for before, after in itertools.pairwise(row):
            assert list(graph.predecessors(after)) == [before]
            assert graph.edges[before, after]["when"] is When.ALWAYS


def test_rows_are_as_long_as_they_can_be() -> None:
    full, chain = (topology_of(load(PLANNED).scenario, name) for name in ("full", "chain"))
    assert stretches(full) == [["generate"], ["critique"], ["refine"], ["verify", "judge"]]
    assert stretches(chain) == [["generate", "critique", "refine", "verify", "judge"]]
