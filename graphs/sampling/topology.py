"""Topologies: the shapes of sample graphs, as data. Loaded, held as networkx graphs, and checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import takewhile
from pathlib import Path

import networkx as nx
import yaml

from graphs.sampling.choices import check_choice, check_choices, varies_from
from scenarios.errors import ScenarioError, nearest
from scenarios.schema.ideation import IDEATOR
from scenarios.schema.plans import NAME
from scenarios.schema.roles import JUDGING, REFINER, Duty, default_role, duty_of, kind_of
from scenarios.schema.scenario import Family, Scenario
from scenarios.schema.topology import Node, NodeKind, Topology, When

END = "end"
_HOME = Path(__file__).parent / "topologies"
_BY_ONE = ({NodeKind.JUDGE, NodeKind.CHOOSE}, {NodeKind.CRITIQUE, NodeKind.DEBATE})
"""Steps that one role may do."""


def topology_names() -> list[str]:
    """The names of the topologies that ship."""
    return sorted(path.stem for path in _HOME.glob("*.yaml"))


def topology_of(scenario: Scenario, name: str | None = None) -> Topology:
    """The scenario's topology, or the named one. Raises ScenarioError if it is unknown, not sound, or lacks a role."""
    chosen = shape_of(scenario, name)
    for node in chosen.nodes:
        _check_role(node, chosen, scenario)
        check_choice(node, chosen, scenario)
    return chosen


def shape_of(scenario: Scenario, name: str | None = None) -> Topology:
    """As `topology_of`, whatever roles the scenario has."""
    chosen = name or scenario.topology
    if isinstance(chosen, str):
        known = topology_names()
        if chosen not in known:
            raise ScenarioError(f"topology={chosen}: unknown{nearest(chosen, known)}; known: {', '.join(known)}")
        chosen = _shipped(chosen)
    check(chosen)
    return chosen


@cache
def _shipped(name: str) -> Topology:
    return Topology.model_validate(yaml.safe_load((_HOME / f"{name}.yaml").read_text(encoding="utf-8")))


def with_draws(topology: Topology, draws: int | None) -> Topology:
    """A topology that makes so many candidates of each brief, if a number is given. Raises ScenarioError if it makes only one."""
    if draws is None:
        return topology
    several = {name: node for name, node in topology.nodes.items() if node.draws > 1}
    if not several:
        raise ScenarioError(
            f"draws={draws}: the topology makes one candidate of each brief; leave draws out, or choose topology=best_of"
        )
    made = {name: node.model_copy(update={"draws": draws}) for name, node in several.items()}
    return topology.model_copy(update={"nodes": {**topology.nodes, **made}})


def _check_role(name: str, topology: Topology, scenario: Scenario) -> None:
    """Raise ScenarioError unless each role that a node needs is there, and free for what the node does."""
    node = topology.nodes[name]
    default = default_role(node, scenario)
    if node.role and kind_of(node) is None and not default:
        who = "the writers that fields name by 'by'" if scenario.family is Family.FIELDS else "the speakers"
        raise ScenarioError(
            f"{scenario.name}: the node '{name}' names the role '{node.role}', and {who} {node.step}: write '{name}: {node.step}'"
        )
    if node.panel and not re.fullmatch(NAME, name):
        raise ScenarioError(
            f"{scenario.name}: the node '{name}' is a panel, which decides under its name: write it in small letters, digits and _"
        )
    for role in node.named or (default,):
        if role:
            _check_asked(role, name, topology, scenario)
    if node.step is NodeKind.DEBATE:
        _check_debate(name, node, node.moderator or default, scenario)


def _check_debate(name: str, node: Node, moderator: str, scenario: Scenario) -> None:
    """Raise ScenarioError unless there is somebody to argue and somebody else to conclude."""
    where = f"{scenario.name}: the node '{name}'"
    if not moderator:
        raise ScenarioError(f"{where} is a debate, and the scenario has no critic to conclude it: name a 'moderator'")
    for role in node.roles:
        if role not in scenario.roles:
            raise ScenarioError(
                f"{where} names the role '{role}', which the scenario lacks{nearest(role, scenario.roles)}: add it to 'roles'"
            )
        if role == moderator:
            raise ScenarioError(f"{where} has '{role}' argue and conclude: give the debate another 'moderator'")
        if scenario.roles[role].speaks_as:
            raise ScenarioError(
                f"{where} has '{role}' argue, who speaks in the sample: give the debate a role of its own"
            )


def _check_asked(role: str, name: str, topology: Topology, scenario: Scenario) -> None:
    """Raise ScenarioError unless a role that the node `name` asks is there, and free for what the node does."""
    node = topology.nodes[name]
    where, step, kind = f"{scenario.name}: the node '{name}'", node.step, kind_of(node)
    if role not in scenario.roles:
        hint = nearest(role, scenario.roles)
        if node.named:
            raise ScenarioError(f"{where} names the role '{role}', which the scenario lacks{hint}: add it to 'roles'")
        raise ScenarioError(
            f"{where} is a step '{step}', for which the scenario lacks the role '{role}'{hint}: add it to 'roles', "
            f"or name another: '{name}: {{step: {step}, {f'by: {node.by}, ' if node.by else ''}role: NAME}}'"
        )
    if does := _does_else(role, name, topology, scenario):
        raise ScenarioError(f"{where} asks '{role}' to {step}, and that role {does}: give the node a role of its own")
    rule = JUDGING[kind] if kind else None
    if rule and rule.needs and not getattr(scenario, rule.needs):
        raise ScenarioError(f"{where} asks the role '{role}', which has {rule.lacks}: fill in '{rule.needs}'")
    asks = {
        other: one.named or (default_role(one, scenario),) for other, one in topology.nodes.items() if one.step is step
    }
    twins = [other for other, roles in asks.items() if role in roles]
    sits = any(topology.nodes[other].panel for other in twins)
    if rule and rule.scores and (sits or role != kind) and len(twins) > 1:
        raise ScenarioError(
            f"{scenario.name}: the nodes '{twins[0]}' and '{twins[1]}' both ask '{role}', whose scores have one place; "
            "give one of them a role of its own"
        )


def _does_else(role: str, name: str, topology: Topology, scenario: Scenario) -> str:
    """What a role does beside the step of the node `name`, in words, if that keeps it from the step."""
    node = topology.nodes[name]
    if scenario.roles[role].speaks_as:
        return "speaks in the dialogue"
    if not node.named:
        return ""
    if role == IDEATOR:
        return "proposes values of axes"
    if role in {plan.by for plan in scenario.fields}:
        return "writes fields"
    usual = {kind.value: rule.step for kind, rule in JUDGING.items()} | {REFINER: NodeKind.REFINE}
    steps = [(usual.get(role, node.step), "")]
    before = takewhile(lambda other: other != name, topology.nodes)
    steps += [(one.step, f" at the node '{other}'") for other in before if role in (one := topology.nodes[other]).named]
    same = {node.step, *next((both for both in _BY_ONE if node.step in both), ())}
    return next((f"is there to {step}{where}" for step, where in steps if step not in same), "")


def duties(topology: Topology, scenario: Scenario) -> dict[str, Duty]:
    """What each node of a checked topology does in a scenario."""
    found = {
        name: duty_of(name, node, scenario, _takes_checks(name, topology), _spares(name, topology, scenario))
        for name, node in topology.nodes.items()
    }
    return found | {
        name: replace(duty, vary=varies_from(name, topology, scenario))
        for name, duty in found.items()
        if duty.draws > 1
    }


def _spares(name: str, topology: Topology, scenario: Scenario) -> When | None:
    """When no refine step can come after a node, so that its role need not be asked of a sample that is rejected already.

    None if some role has two nodes: what it says at the second takes the place of what it said, so that nothing is for good.
    """
    judging = [node for node in topology.nodes.values() if kind_of(node)]
    asked = [role for node in judging for role in node.named or (default_role(node, scenario),) if role]
    if len(asked) > len({*asked}):
        return None
    graph = graph_of(topology)
    refines = {other for other, node in topology.nodes.items() if node.step is NodeKind.REFINE}
    reached = set[str](nx.descendants(graph, name))
    if not refines & reached:
        return When.ALWAYS
    graph.remove_edges_from([(edge.source, edge.target) for edge in topology.edges if edge.when is When.PROBLEMS])
    reached = set[str](nx.descendants(graph, name))
    return None if refines & reached else When.CLEAN


def _takes_checks(name: str, topology: Topology) -> bool:
    """Whether a verify step takes the checks: one whose node names a role leaves them to the nodes that always come before
    it on the way from each new version of a sample."""
    node = topology.nodes[name]
    if node.step is not NodeKind.VERIFY or not node.role:
        return True
    others = {other for other, one in topology.nodes.items() if one.step is NodeKind.VERIFY} - {name}
    graph = nx.restricted_view(graph_of(topology), others, [])
    makers = [other for other, one in topology.nodes.items() if one.step in (NodeKind.GENERATE, NodeKind.REFINE)]
    return any(nx.has_path(graph, start, name) for start in {topology.start, *makers} - others)


def asked_roles(topology: Topology, scenario: Scenario) -> list[str]:
    """The judging roles that a checked topology asks, in the order of its nodes."""
    does = duties(topology, scenario).values()
    return list(dict.fromkeys(role for duty in does if duty.kind for role in duty.asked))


def asked_once(topology: Topology, scenario: Scenario) -> list[str]:
    """Of the judging roles that a checked topology asks, those that are asked once of a sample and do not wait for what
    follows from it, in the order of its nodes."""
    graph = graph_of(topology)
    again = {node for part in nx.strongly_connected_components(graph) if len(part) > 1 for node in part}
    todo = duties(topology, scenario)
    often = {role for node, duty in todo.items() if node in again for role in duty.asked}
    return [role for role in asked_roles(topology, scenario) if role not in often]


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


def stretches(topology: Topology) -> list[list[str]]:
    """The nodes in rows: each row is taken from its first node to its last, and every way between rows leads to a first
    node."""
    graph = graph_of(topology)
    alone = {node for node in topology.nodes if graph.in_degree(node) == 1 and node != topology.start}
    follows = {e.source: e.target for e in topology.edges if e.when is When.ALWAYS and e.target in alone}
    rows = []
    for first in topology.nodes:
        if first not in follows.values():
            row = [first]
            while row[-1] in follows:
                row.append(follows[row[-1]])
            rows.append(row)
    return rows


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
    check_choices(topology)
    unbounded = nx.subgraph_view(graph, filter_edge=lambda u, v: graph.edges[u, v]["bound"] is None)
    if not nx.is_directed_acyclic_graph(unbounded):
        cycle = " → ".join(edge[0] for edge in nx.find_cycle(unbounded))
        raise ScenarioError(f"topology: the cycle {cycle} has no bound; give one of its edges a 'bound'")
    # A bound counts refine steps: it ends only a cycle that refines, and that a critic's problems alone keep up.
    idle = nx.subgraph_view(
        graph, filter_node=lambda node: node == END or topology.nodes[node].step is not NodeKind.REFINE
    )
    forced = nx.subgraph_view(graph, filter_edge=lambda u, v: graph.edges[u, v]["when"] is not When.PROBLEMS)
    for part, lacks in ((idle, "a 'refine' step"), (forced, "an edge with 'when: problems'")):
        if not nx.is_directed_acyclic_graph(part):
            cycle = " → ".join(edge[0] for edge in nx.find_cycle(part))
            raise ScenarioError(f"topology: the cycle {cycle} has no end: its bound needs {lacks}")


def revisions_of(topology: Topology, scenario: Scenario) -> int:
    """Refine steps a sample may take for its problems: the least of the scenario's and the topology's bounds."""
    return min([scenario.revisions, *(edge.bound for edge in topology.edges if edge.bound is not None)])


def walks(topology: Topology, scenario: Scenario, revisions: int) -> Iterator[tuple[Duty, ...]]:
    """What a sample with so many refine steps may have gone through, duty by duty: each way that problems can have led it
    back as often. First comes the one on which the first critics had them.

    If not that many are possible, the one way with as many as are.
    """
    graph, todo = graph_of(topology), duties(topology, scenario)
    bound = revisions_of(topology, scenario)
    found = False
    for way in _ways(graph, todo, topology.start, revisions, bound):
        found = True
        yield way
    if not found:
        yield _longest(graph, todo, topology.start, min(revisions, bound))


def _ways(
    graph: nx.DiGraph[str], todo: Mapping[str, Duty], node: str, left: int, bound: int
) -> Iterator[tuple[Duty, ...]]:
    """The ways from a node to the end with `left` more refine steps; problems lead back while fewer than `bound` are done."""
    if node == END:
        if left == 0:
            yield ()
        return
    refines = todo[node].step is NodeKind.REFINE
    left, bound = left - refines, bound - refines
    if left < 0:
        return
    for when, target in _on(graph, node):
        if when is not When.PROBLEMS or bound > 0:
            for rest in _ways(graph, todo, target, left, bound):
                yield (todo[node], *rest)


def _longest(graph: nx.DiGraph[str], todo: Mapping[str, Duty], node: str, most: int) -> tuple[Duty, ...]:
    """The way on which problems led a sample back as often as they could."""
    way = list[Duty]()
    while node != END:
        way.append(todo[node])
        again = sum(duty.step is NodeKind.REFINE for duty in way) < most
        node = next(target for when, target in _on(graph, node) if when is not When.PROBLEMS or again)
    return tuple(way)


def _on(graph: nx.DiGraph[str], node: str) -> list[tuple[When, str]]:
    """The ways on from a node: that of problems first."""
    found = [(When(graph.edges[edge]["when"]), str(edge[1])) for edge in graph.out_edges(node)]
    return sorted(found, key=lambda way: way[0] is not When.PROBLEMS)
