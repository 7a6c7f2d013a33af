"""A lineage drawn: as an indented tree, and for Mermaid, Graphviz and GraphML. Texts are anyone's: each form escapes them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum

import networkx as nx

from graphs.observe.family import ACCEPTED, AGAIN, Family, FamilyMember, edges, member_at
from scenarios.cleaning import clean


class DrawingFormat(StrEnum):
    """How a lineage is drawn."""

    TREE = "tree"
    MERMAID = "mermaid"
    DOT = "dot"
    GRAPHML = "graphml"


def tree(graph: Family) -> Iterator[str]:
    """A line for each member, under what it was made of: a second attempt under the first one. Members that nothing ties to
    others are passed over."""
    roots = [id_ for id_ in graph if not graph.pred[id_] and graph.succ[id_]]
    left = [(0, id_, "") for id_ in reversed(roots)]
    while left:
        depth, id_, operation = left.pop()
        yield "  " * depth + _line(member_at(graph, id_), operation)
        children = [(child, edge["operation"]) for child, edge in graph.succ[id_].items()]
        # A second attempt is a child of the parent, too: it is shown once.
        shown = [(child, done) for child, done in children if done == AGAIN or not _is_again(graph, child)]
        left += [(depth + 1, child, done) for child, done in reversed(shown)]


def _is_again(graph: Family, id_: str) -> bool:
    return any(edge["operation"] == AGAIN for edge in graph.pred[id_].values())


def _line(member: FamilyMember, operation: str) -> str:
    why = f" ({member.why})" if member.why else ""
    text = f"“{member.text}”" if member.text else ""
    pieces = [operation, member.id, "" if member.id.startswith(f"{member.verdict}:") else member.verdict + why, text]
    return "  ".join(_flat(piece) for piece in pieces if piece)


def mermaid(graph: Family) -> Iterator[str]:
    """A flowchart: accepted members in boxes, others rounded."""
    yield "flowchart LR"
    names = {id_: f"n{place}" for place, id_ in enumerate(_tied(graph))}
    for id_, name in names.items():
        member = member_at(graph, id_)
        left, right = ("[", "]") if member.verdict == ACCEPTED else ("(", ")")
        yield f'  {name}{left}"{_for_mermaid(_label(member))}"{right}'
    for source, target, operation in edges(graph):
        yield f'  {names[source]} -->|"{_for_mermaid(operation)}"| {names[target]}'


def dot(graph: Family) -> Iterator[str]:
    """A digraph in Graphviz's language."""
    yield "digraph lineage {"
    yield "  rankdir=LR; node [shape=box];"
    names = {id_: f"n{place}" for place, id_ in enumerate(_tied(graph))}
    for id_, name in names.items():
        member = member_at(graph, id_)
        style = "" if member.verdict == ACCEPTED else ", style=rounded"
        yield f'  {name} [label="{_for_dot(_label(member))}"{style}];'
    for source, target, operation in edges(graph):
        yield f'  {names[source]} -> {names[target]} [label="{_for_dot(operation)}"];'
    yield "}"


def graphml(graph: Family) -> Iterator[str]:
    """GraphML, with what is known of each member as data of its node."""
    plain: Family = nx.DiGraph()
    for id_ in _tied(graph):
        member = member_at(graph, id_)
        known = {"id": id_, "verdict": member.verdict, "why": member.why, "text": member.text}
        plain.add_node(_flat(id_), **{key: _flat(value) for key, value in known.items()})
    for source, target, operation in edges(graph):
        plain.add_edge(_flat(source), _flat(target), operation=_flat(operation))
    yield from nx.generate_graphml(plain)


DRAWN: dict[DrawingFormat, Callable[[Family], Iterator[str]]] = {
    DrawingFormat.TREE: tree,
    DrawingFormat.MERMAID: mermaid,
    DrawingFormat.DOT: dot,
    DrawingFormat.GRAPHML: graphml,
}


def _tied(graph: Family) -> list[str]:
    """The members that something ties to others."""
    return [id_ for id_ in graph if graph.degree(id_)]


def _label(member: FamilyMember) -> str:
    return f"{member.id}: {member.text}" if member.text else member.id


def _flat(text: str) -> str:
    """One line that a terminal, and XML, can bear."""
    return "".join(c for c in clean(" ".join(text.split())) if c >= " " and c not in "\ufffe\uffff")


def _for_mermaid(text: str) -> str:
    """Text within quotes: what Mermaid or HTML could read as more than text is a character's number."""
    return "".join(c if c.isalnum() or c in " .,:-_?!'…“”" else f"#{ord(c)};" for c in _flat(text))


def _for_dot(text: str) -> str:
    return _flat(text).replace("\\", "\\\\").replace('"', '\\"')
