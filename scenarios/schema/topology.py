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
    CHOOSE = "choose"
    DEBATE = "debate"
    """Several argue, and a moderator concludes as a critic does."""


CHOICE = NodeKind.CHOOSE.value
"""The name of the evidence that a choose step gives."""
MOST_DRAWS = 16


class ChosenBy(StrEnum):
    """What decides which of several candidates of a brief is kept. All but the majority first ask the checks."""

    CHECKS = "checks"
    """The fewest required checks that it does not pass."""
    JUDGE = "judge"
    """The scores that a judging role gives."""
    PAIRWISE = "pairwise"
    """A knock-out: a judging role compares two and two, in both orders."""
    MAJORITY = "majority"
    """What most candidates state in a field."""


_MOST_TOGETHER = 7
"""Roles of one node."""


class When(StrEnum):
    """The condition on a topology's edge."""

    ALWAYS = "always"
    PROBLEMS = "problems"
    """The critics named problems and revisions are left."""
    CLEAN = "clean"
    """No problems, or no revisions left."""


class Combine(StrEnum):
    """How a panel of judges comes to its decision on a criterion."""

    MEDIAN = "median"
    """The median of the scores reaches the least score."""
    MAJORITY = "majority"
    """More than half of the members give the least score or more."""
    UNANIMITY = "unanimity"
    """All of them do."""
    WEIGHTED = "weighted"
    """Those who do weigh more than half, each by what it is known to be worth."""


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
    roles: tuple[str, ...] = ()
    """Of a judge step: the judges of a panel, which decides under the node's name. Of a debate: who argues, in this order."""
    combine: Combine = Combine.MEDIAN
    """Of a panel: how it decides."""
    rounds: int = Field(default=2, ge=1, le=4)
    """Of a debate: how often each of them speaks."""
    moderator: str = ""
    """Of a debate: the role that concludes; by default the critic."""
    always: bool = False
    """Its role is asked even of a sample that is rejected already, for those who compare what roles say."""
    draws: int = Field(default=1, ge=1, le=MOST_DRAWS)
    """Of a generate step: so many candidates of the brief are made, and a choose step keeps one."""
    vary: str = ""
    """Of a generate step with `draws`: the field from which on the candidates differ; what stands before it is the first one's.
    Empty: they differ from the start or, if the majority chooses, from the field on that it is read from."""
    by: ChosenBy | None = None
    """Of a choose step: what decides."""
    field: str = ""
    """Of a choose step by majority: where the answer stands. Empty: in the last field with a writer of its own, else in the
    last one."""
    least: int = Field(default=1, ge=1, le=MOST_DRAWS)
    """Of a choose step by majority: a sample whose answer fewer candidates state is rejected."""

    @property
    def named(self) -> tuple[str, ...]:
        """The roles that it names to do its step; of a debate who concludes."""
        if self.step is NodeKind.DEBATE:
            return (self.moderator,) if self.moderator else ()
        return self.roles or ((self.role,) if self.role else ())

    @property
    def panel(self) -> bool:
        """Whether several judges decide together."""
        return self.step is NodeKind.JUDGE and bool(self.roles)

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"step": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _fits_its_step(self) -> Node:
        if self.step is not NodeKind.GENERATE and (self.draws > 1 or self.vary):
            raise ValueError(
                f"'{'draws' if self.draws > 1 else 'vary'}' belongs to a step 'generate', not '{self.step}'"
            )
        if self.vary and self.draws == 1:
            raise ValueError("'vary' says where several candidates begin to differ: give 'draws', 2 or more")
        if (self.step is NodeKind.CHOOSE) is not (self.by is not None):
            known = ", ".join(ChosenBy)
            wrong = "a step 'choose' needs 'by'" if self.by is None else "'by' belongs to a step 'choose'"
            raise ValueError(f"{wrong}: one of {known}")
        if self.by is not ChosenBy.MAJORITY and (self.field or self.least > 1):
            raise ValueError(f"'{'field' if self.field else 'least'}' belongs to a step 'choose' with 'by: majority'")
        if self.role and self.by in (ChosenBy.CHECKS, ChosenBy.MAJORITY):
            raise ValueError(f"'by: {self.by}' asks no role: leave out 'role: {self.role}'")
        return self

    @model_validator(mode="after")
    def _whole_together(self) -> Node:
        debates = self.step is NodeKind.DEBATE
        if "combine" in self.model_fields_set and not self.panel:
            raise ValueError("'combine' says how several judges decide: name them in the 'roles' of a step 'judge'")
        if {"rounds", "moderator"} & self.model_fields_set and not debates:
            raise ValueError(f"'rounds' and 'moderator' are for a step 'debate', and this is a step '{self.step}'")
        if not self.roles and not debates:
            return self
        if not self.panel and not debates:
            raise ValueError(
                f"'roles' make a panel of judges or a debate, and a step '{self.step}' is neither: give each role a node of its own"
            )
        if self.role or not 2 <= len(self.roles) <= _MOST_TOGETHER or len(set(self.roles)) < len(self.roles):
            what = "a debate" if debates else "a panel"
            raise ValueError(f"{what} has 'roles', two to {_MOST_TOGETHER}, each of them once, and no 'role'")
        return self

    @model_serializer
    def _short(self) -> str | dict[str, Any]:
        """As it is written: the digest of a scenario is made of it."""
        given = {name: getattr(self, name) for name in _BESIDE if getattr(self, name) != _BESIDE[name]}
        return {"step": self.step.value, **given} if given else self.step.value


_BESIDE = {name: one.default for name, one in Node.model_fields.items() if name != "step"}
"""What a node says beside its step, with the defaults."""


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
        return any(node.named or node.roles for node in self.nodes.values())
