"""The topology of a run, laid out for drawing, with what went along its edges and what its nodes cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx

from graphs.sampling.topology import END, duties, graph_of
from scenarios.schema.roles import Duty
from scenarios.schema.topology import NodeKind, When
from studio.runs.open_run import OpenRun
from studio.runs.rows import UNDER_WAY, KnownSample
from studio.runs.spent import StepCost


@dataclass(frozen=True, slots=True)
class DrawnNode:
    """A node of the drawing."""

    name: str
    step: str
    role: str
    row: int
    column: int
    calls: int
    tokens: int
    usd: float
    samples: int
    """How often whole samples came to it."""


@dataclass(frozen=True, slots=True)
class DrawnEdge:
    """An edge of the drawing."""

    source: str
    target: str
    when: str
    bound: int | None
    back: bool
    """It leads to an earlier row."""
    samples: int
    """How often whole samples went along it."""
    tokens: int
    """About what the step that it leads to spent on them: its tokens, shared among its edges by their samples."""


@dataclass(frozen=True, slots=True)
class DrawnTopology:
    """What the page draws."""

    nodes: list[DrawnNode]
    edges: list[DrawnEdge]
    whole: int
    """Samples whose way is counted: they went to the end."""
    broken_off: int
    other: dict[str, int]
    """Tokens of steps that no node of the topology stands for, such as the embedding of texts."""
    error: str = ""


def drawn_topology(run: OpenRun) -> DrawnTopology:
    """The topology of a run with its counts. Raises RunDirError."""
    with run.samples() as index:
        known, spent = list(index.samples()), run.spent.refresh()
    prepared = run.scenario.prepared()
    if prepared is None:
        return DrawnTopology([], [], 0, 0, {}, run.scenario.error)
    graph, todo = graph_of(prepared.topology), duties(prepared.topology, prepared.loaded.scenario)
    places = _laid_out(graph, prepared.topology.start)
    ways = [(_way(graph, todo, prepared.topology.start, done), count) for done, count in _revisions(known).items()]
    through, went = Counter[str](), Counter[tuple[str, str]]()
    for way, count in ways:
        through.update({node: way.count(node) * count for node in set(way)})
        for edge in pairwise(way):
            went[edge] += count
    nodes = [_node(name, todo.get(name), spent, places[name], through[name]) for name in graph]
    tokens = {node.name: node.tokens for node in nodes}
    edges = [
        DrawnEdge(
            source, target, str(data["when"]), data["bound"], places[target][0] <= places[source][0], went[source, target],
            round(tokens[target] * went[source, target] / max(1, through[target])),
        )
        for source, target, data in graph.edges(data=True)
    ]  # fmt: skip
    whole = sum(count for _, count in ways)
    ended = sum(one.row.verdict != UNDER_WAY for one in known)
    return DrawnTopology(nodes, edges, whole, ended - whole, _beside(spent, todo))


def _node(name: str, duty: Duty | None, spent: list[StepCost], place: tuple[int, int], samples: int) -> DrawnNode:
    """A node with what the calls of its step cost; the end has no duty."""
    costs = [one for one in spent if duty and one.step == _step(duty)]
    return DrawnNode(
        name, duty.step.value if duty else "", _roles(duty, costs), *place, sum(one.calls for one in costs),
        sum(one.prompt + one.completion for one in costs), round(sum(one.usd for one in costs), 6), samples,
    )  # fmt: skip


def _step(duty: Duty) -> str:
    """The step under which a duty's calls are made."""
    return duty.name or duty.step.value


def _beside(spent: list[StepCost], todo: Mapping[str, Duty]) -> dict[str, int]:
    """The tokens of steps that no node stands for."""
    steps, found = {_step(duty) for duty in todo.values()}, Counter[str]()
    for one in spent:
        if one.step not in steps:
            found[f"{one.step or 'other'} ({one.role})"] += one.prompt + one.completion
    return dict(found)


def _roles(duty: Duty | None, costs: list[StepCost]) -> str:
    """Who does a node: its role, or those who were asked in its step."""
    return duty.role if duty and duty.role else ", ".join(sorted({one.role for one in costs}))


def _revisions(known: list[KnownSample]) -> Counter[int]:
    """How many samples went to the end with how many refine steps."""
    return Counter(one.row.revisions for one in known if one.whole)


def _way(graph: nx.DiGraph[str], todo: Mapping[str, Duty], start: str, revisions: int) -> list[str]:
    """The nodes that a sample with so many refine steps went through, `end` included: the first critics had its problems."""
    way, refined = [start], 0
    while way[-1] != END:
        node = way[-1]
        refined += todo[node].step is NodeKind.REFINE
        ways = {When(graph.edges[edge]["when"]): edge[1] for edge in graph.out_edges(node)}
        back = ways.pop(When.PROBLEMS, None)
        way.append(back if back is not None and refined < revisions else next(iter(ways.values())))
    return way


def _laid_out(graph: nx.DiGraph[str], start: str) -> dict[str, tuple[int, int]]:
    """A row and a column for each node: each row lies below those that lead to it, without the ways back."""
    forward: nx.DiGraph[str] = nx.DiGraph(graph.edges)
    forward.add_nodes_from(graph)
    order = {name: place for place, name in enumerate(nx.bfs_tree(graph, start))}
    outer = set[str]()
    """Nodes from which a way leads back: they lie outside, so that it crosses no other."""
    while not nx.is_directed_acyclic_graph(forward):
        cycle = [edge[:2] for edge in nx.find_cycle(forward)]
        back = max(cycle, key=lambda edge: order[edge[0]] - order[edge[1]])
        forward.remove_edge(*back)
        outer.add(back[0])
    places = dict[str, tuple[int, int]]()
    for row, names in enumerate(nx.topological_generations(forward)):
        for column, name in enumerate(sorted(names, key=lambda name: (name in outer, order.get(name, 0)))):
            places[name] = (row, column)
    return places
