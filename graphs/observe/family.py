"""The lineage of a dataset as a graph: seeds, samples, and what was made of what. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import networkx as nx
from pydantic import Field

from agents.checks.evolve.evolution import OPERATION
from graphs.planning.steering import LONGEST
from scenarios.errors import DatasetError
from scenarios.evolution import SEED
from scenarios.frozen import Frozen
from scenarios.messages import Speech
from scenarios.records import Parent, Record, Verdict
from scenarios.text import shortened

Family: TypeAlias = "nx.DiGraph[str]"
"""What was made of what, by id."""
AGAIN = "again"
"""The edge from a rejected sample to the second attempt at it."""
BRANCH = "branch"
"""The edge from a sample to another way on from one of its turns."""
EVOLVED = "evolved"
"""The edge to a sample whose scenario names no operation."""
_GONE = "not in the dataset"
_SEED = "seed"
ACCEPTED = "accepted"


class FamilyMember(Frozen):
    """A seed, a sample, or one that others stem from and that is not there."""

    id: str
    verdict: str = ACCEPTED
    """accepted, rejected, undecided; `seed`; or that it is not there."""
    why: str = ""
    """Why it is not accepted: the check or reason, and what it found."""
    reason: str = ""
    operation: str = ""
    text: str = ""
    """How it begins, in one line."""
    parent: Parent | None = None
    before: str = ""
    """The rejected sample of which it is one more attempt, or the sample of which it is a branch."""
    branch: bool = False


class _Line(Frozen, extra="ignore"):
    """What is read of a record's line."""

    class _Brief(Frozen, extra="ignore"):
        cell: dict[str, str] = Field(default_factory=dict)
        parent: Parent | None = None
        branch: dict[str, Any] | None = None

    class _Message(Frozen, extra="ignore"):
        role: str
        content: str | None = ""

    id: str
    brief: _Brief = _Brief()
    messages: tuple[_Message, ...] = ()
    fields: dict[str, str] = Field(default_factory=dict)
    lineage: tuple[str, ...] = ()
    verdict: str = ACCEPTED
    reason: str = ""
    detail: str = ""


def member_of(line: Mapping[str, Any]) -> FamilyMember:
    """The member of the family that a line of a dataset or of its rejections is. Raises pydantic's ValidationError."""
    read = _Line.model_validate(line)
    parent = read.brief.parent
    said = (message.content or "" for message in read.messages if message.role == Speech.USER)
    before = read.lineage[1:] if parent else read.lineage
    return FamilyMember(
        id=read.id, verdict=read.verdict, reason=read.reason, parent=parent, before=before[0] if before else "",
        why=_why(read.reason, read.detail), operation=_operation(read.brief.cell, parent),
        text=_begins(read.fields, said), branch=read.brief.branch is not None,
    )  # fmt: skip


def member_in(record: Record) -> FamilyMember:
    """The member that a record is."""
    made, brief = record.candidate, record.candidate.brief
    said = (message.content for message in made.messages if message.role is Speech.USER)
    return FamilyMember(
        id=brief.id, verdict=record.verdict.value, reason=record.reason, parent=brief.parent,
        before=record.lineage[0] if record.lineage else "", why=_why(record.reason, record.detail),
        operation=_operation(brief.cell, brief.parent), text=_begins(made.fields, said),
        branch=brief.opening is not None,
    )  # fmt: skip


def _why(reason: str, detail: str) -> str:
    return f"{reason}: {detail}" if detail else reason


def _operation(cell: Mapping[str, str], parent: Parent | None) -> str:
    return cell.get(OPERATION, EVOLVED) if parent else ""


def _begins(fields: Mapping[str, str], said: Iterator[str]) -> str:
    return _short(next(iter(fields.values()), "") or next(said, ""))


def family_of(members: Iterable[FamilyMember]) -> Family:
    """The graph of what was made of what: a `member` at each node, and at each edge its `operation`, or that it leads to one
    more attempt. Raises DatasetError if it goes in a circle, or holds a sample twice."""
    graph: Family = nx.DiGraph()
    met = set[str]()
    for member in members:
        if member.id in met:  # with two parents each, a few samples would make a tree without an end
            raise DatasetError(f"lineage: the sample {_short(member.id)} is there twice, so it was changed by hand")
        met.add(member.id)
        graph.add_node(member.id, member=member)
        if member.parent:
            _edge(graph, _ancestor(member.parent), member, member.operation)
        if member.before:
            _edge(graph, FamilyMember(id=member.before, verdict=_GONE), member, BRANCH if member.branch else AGAIN)
    if not nx.is_directed_acyclic_graph(graph):
        circle = " → ".join(edge[0] for edge in nx.find_cycle(graph))
        raise DatasetError(f"lineage: goes in a circle, so it was changed by hand: {circle[:LONGEST]}")
    return graph


def _ancestor(parent: Parent) -> FamilyMember:
    verdict = _SEED if parent.id.startswith(SEED) else _GONE
    return FamilyMember(id=parent.id, verdict=verdict, text=_short(parent.text))


def _edge(graph: Family, source: FamilyMember, member: FamilyMember, operation: str) -> None:
    """An edge from a node that is there, or is yet to come, or is missing."""
    if source.id not in graph:
        graph.add_node(source.id, member=source)
    graph.add_edge(source.id, member.id, operation=operation)


def _short(text: str) -> str:
    """The beginning of a text, in one line."""
    return shortened(" ".join(text.split()), LONGEST)


def members(graph: Family) -> Iterator[FamilyMember]:
    """The members of a family, in the order in which they were met."""
    return (member_at(graph, id_) for id_ in graph)


def member_at(graph: Family, id_: str) -> FamilyMember:
    """The member of an id."""
    found: FamilyMember = graph.nodes[id_]["member"]
    return found


def edges(graph: Family) -> Iterator[tuple[str, str, str]]:
    """Every edge: from, to, and the operation."""
    return ((source, target, str(data["operation"])) for source, target, data in graph.edges(data=True))


def related(graph: Family, id_: str) -> Family:
    """A member with its ancestors and its descendants."""
    found: Family = graph.subgraph({id_, *nx.ancestors(graph, id_), *nx.descendants(graph, id_)})
    return found


class Evolution:
    """Figures of how a dataset evolved, over its members: one pass."""

    def __init__(self) -> None:
        self._depths: Counter[int] = Counter()
        self._made: Counter[str] = Counter()
        self._kept: Counter[str] = Counter()
        self._dropped: Counter[str] = Counter()

    def add(self, member: FamilyMember) -> None:
        """Count a sample; one that evolved nothing is passed over, and one that is undecided, which says nothing of it."""
        if member.parent is None or member.verdict == Verdict.UNDECIDED:
            return
        self._made[member.operation] += 1
        if member.verdict == ACCEPTED:
            self._kept[member.operation] += 1
            self._depths[member.parent.depth + 1] += 1
        else:
            self._dropped[member.reason] += 1

    def figures(self) -> dict[str, Any]:
        """Accepted samples by `depth`, those `made` and `accepted` by operation, and the share of all that was `dropped` by
        check or reason; empty if nothing evolved."""
        if not (total := self._made.total()):
            return {}
        return {
            "depth": {str(depth): self._depths[depth] for depth in sorted(self._depths)},
            "operations": {
                name: {"made": made, "accepted": self._kept[name]} for name, made in sorted(self._made.items())
            },
            "dropped": {name: round(count / total, 4) for name, count in self._dropped.most_common()},
        }
