"""Topologies: the shapes of sample graphs, as data. Loaded, held as networkx graphs, and checked."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import yaml

from scenarios.errors import ScenarioError, nearest
from scenarios.schema.scenario import Family, NodeKind, Scenario, Topology, When

END = "end"
_HOME = Path(__file__).parent / "topologies"


def topology_names() -> list[str]:
    """The names of the topologies that ship."""
    return sorted(path.stem for path in _HOME.glob("*.yaml"))


def topology_of(scenario: Scenario, name: str | None = None) -> Topology:
    """The scenario's topology, or the named one. Raises ScenarioError where it is unknown or not sound."""
    chosen = name or scenario.topology
    if isinstance(chosen, str):
        known = topology_names()
        if chosen not in known:
            raise ScenarioError(f"topology={chosen}: unknown{nearest(chosen, known)}; known: {', '.join(known)}")
        chosen = Topology.model_validate(yaml.safe_load((_HOME / f"{chosen}.yaml").read_text(encoding="utf-8")))
    check(chosen)
    for kind in chosen.nodes.values():
        role = _role_of(kind, scenario)
        if role and role not in scenario.roles:
            raise ScenarioError(f"{scenario.name}: the topology has a step '{kind}' but the scenario no role '{role}'")
        if role == "judge" and not scenario.rubric:
            raise ScenarioError(f"{scenario.name}: the role 'judge' has nothing to score: fill in 'rubric'")
        if role == "verifier" and not scenario.questions:
            raise ScenarioError(f"{scenario.name}: the role 'verifier' has nothing to ask: fill in 'questions'")
    return chosen


def _role_of(kind: NodeKind, scenario: Scenario) -> str | None:
    """The role that a step needs in a scenario."""
    if kind is NodeKind.VERIFY:
        return "verifier" if any(plan.name == "verifier" for plan in scenario.checks) else None
    if kind is NodeKind.REFINE:
        return "refiner" if scenario.family is Family.FIELDS else None
    if kind is NodeKind.CRITIQUE:
        return None if scenario.family is Family.WORLD else "critic"
    return "judge" if kind is NodeKind.JUDGE else None


def graph_of(topology: Topology) -> nx.DiGraph[str]:
    """The topology as a networkx graph, `end` included; edges carry `when` and `bound`."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from([*topology.nodes, END])
    for edge in topology.edges:
        for name in (edge.source, edge.target):
            if name not in graph:
                raise ScenarioError(
                    f"topology: an edge names '{name}', which is not a node{nearest(name, graph.nodes)}"
                )
        graph.add_edge(edge.source, edge.target, when=edge.when, bound=edge.bound)
    return graph


def check(topology: Topology) -> None:
    """Raise ScenarioError unless every node is reachable, every cycle bounded, the end reachable from everywhere,
    and every node's way on decided in every case."""
    graph = graph_of(topology)
    if topology.start not in topology.nodes:
        raise ScenarioError(
            f"topology: start '{topology.start}' is not a node{nearest(topology.start, topology.nodes)}"
        )
    reached = {topology.start, *nx.descendants(graph, topology.start)}
    for node in topology.nodes:
        if node not in reached:
            raise ScenarioError(f"topology: '{node}' cannot be reached from '{topology.start}'; add an edge to it")
        if END not in nx.descendants(graph, node):
            raise ScenarioError(f"topology: 'end' cannot be reached from '{node}'; add an edge towards it")
        cases = [graph.edges[edge]["when"] for edge in graph.out_edges(node)]
        if sorted(cases) not in ([When.ALWAYS], [When.CLEAN, When.PROBLEMS]):
            raise ScenarioError(
                f"topology: '{node}' needs one edge, or one with 'when: problems' and one with 'when: clean'"
            )
    unbounded = nx.subgraph_view(graph, filter_edge=lambda u, v: graph.edges[u, v]["bound"] is None)
    if not nx.is_directed_acyclic_graph(unbounded):
        cycle = " → ".join(edge[0] for edge in nx.find_cycle(unbounded))
        raise ScenarioError(f"topology: the cycle {cycle} has no bound; give one of its edges a 'bound'")
    # A bound counts refine steps: it ends only a cycle that refines, and that a critic's problems alone keep up.
    idle = nx.subgraph_view(graph, filter_node=lambda node: topology.nodes.get(node) is not NodeKind.REFINE)
    forced = nx.subgraph_view(graph, filter_edge=lambda u, v: graph.edges[u, v]["when"] is not When.PROBLEMS)
    for part, lacks in ((idle, "a 'refine' step"), (forced, "an edge with 'when: problems'")):
        if not nx.is_directed_acyclic_graph(part):
            cycle = " → ".join(edge[0] for edge in nx.find_cycle(part))
            raise ScenarioError(f"topology: the cycle {cycle} has no end: its bound needs {lacks}")


def revisions_of(topology: Topology, scenario: Scenario) -> int:
    """Refine steps a sample may take for its problems: the least of the scenario's and the topology's bounds."""
    return min([scenario.revisions, *(edge.bound for edge in topology.edges if edge.bound is not None)])


def walked(topology: Topology, scenario: Scenario, revisions: int) -> tuple[NodeKind, ...]:
    """The steps that a sample with so many refine steps took, in their order: problems led it back as often as they had to.

    Where not that many are possible, those that are.
    """
    graph, steps = graph_of(topology), list[NodeKind]()
    most = min(revisions, revisions_of(topology, scenario))
    node = topology.start
    while node != END:
        steps.append(topology.nodes[node])
        ways = {graph.edges[edge]["when"]: edge[1] for edge in graph.out_edges(node)}
        back = When.PROBLEMS if steps.count(NodeKind.REFINE) < most else When.CLEAN
        node = ways.get(When.ALWAYS) or ways[back]
    return tuple(steps)
