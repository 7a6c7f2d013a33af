"""The shape of a sample graph as a scenario writes it: nodes that name a step and the role that does it, and edges."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, model_serializer, model_validator

from scenarios.frozen import Frozen
from scenarios.schema.plans import MOST_FOCUS, NAME


class NodeKind(StrEnum):
    """The steps that a topology's nodes may be."""

    GENERATE = "generate"
    CRITIQUE = "critique"
    REFINE = "refine"
    VERIFY = "verify"
    JUDGE = "judge"


class When(StrEnum):
    """The condition on a topology's edge."""

    ALWAYS = "always"
    PROBLEMS = "problems"
    """The critics named problems and revisions are left."""
    CLEAN = "clean"
    """No problems, or no revisions left."""


class Edge(Frozen):
    """One edge of a topology. `bound` limits how often a sample may take it."""

    source: str
    target: str
    when: When = When.ALWAYS
    bound: int | None = Field(default=None, ge=1, le=10)


class Node(Frozen):
    """One node of a topology: a step, and the role that does it. The step's name alone stands for its default role."""

    step: NodeKind
    role: str = ""
    """Empty: the default role of the step."""
    always: bool = False
    """Its role is asked even of a sample that is rejected already, for those who compare what roles say."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"step": value} if isinstance(value, str) else value

    @model_serializer
    def _short(self) -> str | dict[str, str | bool]:
        """As it is written: the digest of a scenario is made of it."""
        always = {"always": True} if self.always else {}
        if not self.role and not always:
            return self.step.value
        return {"step": self.step.value, **({"role": self.role} if self.role else {}), **always}


class TopologyRole(Frozen):
    """A role that a topology brings, one like a role of the scenario under a new name; or what it changes about one that is
    there."""

    like: str = ""
    """The role of the scenario whose prompt, view, answer, decoding and model it has; empty: the role of this name is meant."""
    focus: str = Field(default="", max_length=MOST_FOCUS)
    """What it attends to in particular, in plain words."""
    by_writer: bool = False
    """Its model is by default that of who writes the sample, and not that of the role that it is like."""
    if_there: bool = False
    """Without `like`: a scenario that lacks the role does without the change."""


class Topology(Frozen):
    """The shape of a sample graph: nodes by name, and edges. `end` is implied."""

    nodes: dict[str, Node] = Field(min_length=1)
    start: str
    edges: tuple[Edge, ...] = Field(min_length=1)
    roles: dict[Annotated[str, Field(pattern=NAME)], TopologyRole] = Field(
        default_factory=dict, exclude_if=lambda roles: not roles
    )
    """What it brings to the scenario's roles."""

    @property
    def names_roles(self) -> bool:
        """Whether a node names who does its step."""
        return any(node.role for node in self.nodes.values())
