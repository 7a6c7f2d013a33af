"""The roles that judge a sample: one row for each kind, with the step that asks it and what a scenario has to bring for it.

How such a role is asked, and how its answer is read, is the table of `agents.judging.roles`, by the same kinds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scenarios.schema.plans import GENERATOR
from scenarios.schema.scenario import Family, Scenario
from scenarios.schema.topology import CHOICE, ChosenBy, Combine, Node, NodeKind, Topology, When


class RoleKind(StrEnum):
    """The kinds of judging role. Each is also the name of the role that its step asks by default."""

    CRITIC = "critic"
    VERIFIER = "verifier"
    JUDGE = "judge"


@dataclass(frozen=True)
class RoleRule:
    """What a kind of judging role needs, and what it means that a scenario has no role under the default name."""

    step: NodeKind
    """The step that asks it. Each step asks one kind."""
    needs: str = ""
    """The field of the scenario that its answers are read by."""
    lacks: str = ""
    """What a role cannot do without that field, in words."""
    by_check: bool = False
    """The step asks the default role if the scenario names a check after it, and otherwise does without it. The check says
    whether a sample has to pass. A role that a node names is asked in any case, and required unless its check says else."""
    reason: str = ""
    """Why a sample is rejected that it fails; empty: its name is the reason."""
    scores: bool = False
    """It gives scores, which a candidate keeps under the role's name: one node at the most may ask such a role."""
    spared_in_worlds: bool = False
    """In a world, if there is no default role, the step does without it: the checks prove what is wrong."""
    counts_in_worlds: bool = False
    """In a world it is asked only if its judgement counts: most is proven there, and words that decide nothing cost as much."""


JUDGING: dict[RoleKind, RoleRule] = {
    RoleKind.CRITIC: RoleRule(NodeKind.CRITIQUE, spared_in_worlds=True),
    RoleKind.VERIFIER: RoleRule(
        NodeKind.VERIFY, needs="questions", lacks="nothing to ask", by_check=True, counts_in_worlds=True
    ),
    RoleKind.JUDGE: RoleRule(NodeKind.JUDGE, needs="rubric", lacks="nothing to score", reason="low_score", scores=True),
}
"""Every kind of judging role."""
_KIND_OF_STEP = {rule.step: kind for kind, rule in JUDGING.items()} | {NodeKind.DEBATE: RoleKind.CRITIC}
"""Who concludes a debate is a critic."""
MOST_PROBLEMS = 6
"""A critic names at most so many at once."""
REFINER = "refiner"
"""The role that writes a task's fields anew by default. In a dialogue the speakers do it."""


@dataclass(frozen=True)
class Duty:
    """What a node of a topology does in a scenario."""

    step: NodeKind
    role: str = ""
    """The role that does it; empty if no role is asked, or if the speakers or the fields' writers do it."""
    name: str = ""
    """The step under which its calls are made: for the default role the step's own name, else also the node's."""
    kind: RoleKind | None = None
    """The kind of the role, if it judges."""
    checks: bool = True
    """Whether a verify step takes the checks, too: another node may have taken them of the same version."""
    always: bool = False
    """Its role is asked even of a sample that is rejected already."""
    panel: str = ""
    """Of a judge step with several roles: the name under which they decide together."""
    members: tuple[str, ...] = ()
    combine: Combine = Combine.MEDIAN
    node: str = ""
    """Of a debate: the node's name."""
    debaters: tuple[str, ...] = ()
    """Of a debate: who argues before its role concludes."""
    rounds: int = 0
    spares: When | None = None
    """When no refine step can come any more, so that a role need not be asked of a sample that is rejected already: ALWAYS,
    or CLEAN if problems may lead back while revisions are left. None: never."""
    draws: int = 1
    """Of a generate step: the candidates that it makes."""
    vary: str = ""
    """The field from which on they differ; empty: from the start."""
    by: ChosenBy | None = None
    """Of a choose step: what decides."""
    field: str = ""
    """The field that the majority is read from."""
    least: int = 1
    """The votes that an answer needs."""

    @property
    def asked(self) -> tuple[str, ...]:
        """The roles that it asks to judge, or to do its step."""
        return self.members or ((self.role,) if self.role else ())


def kind_of(node: Node) -> RoleKind | None:
    """The kind of judging role that a node asks for evidence; None if it asks none."""
    return RoleKind.JUDGE if node.by is ChosenBy.JUDGE else _KIND_OF_STEP.get(node.step)


def default_role(node: Node, scenario: Scenario) -> str:
    """The role that a node needs if it names none; empty if its step can do without."""
    if node.by is ChosenBy.PAIRWISE:
        return RoleKind.JUDGE.value
    kind = kind_of(node)
    if kind is None:
        return REFINER if node.step is NodeKind.REFINE and scenario.family is Family.FIELDS else ""
    rule = JUDGING[kind]
    if rule.by_check:
        return kind.value if any(plan.name == kind for plan in scenario.checks) else ""
    if rule.spared_in_worlds and scenario.family is Family.WORLD and kind not in scenario.roles:
        return ""
    return kind.value


def duty_of(name: str, node: Node, scenario: Scenario, checks: bool = True, spares: When | None = None) -> Duty:
    """What the node `name` does in a scenario."""
    if node.step is NodeKind.DEBATE:
        role = node.moderator or default_role(node, scenario)
        return Duty(
            node.step, role, f"{node.step}:{name}", kind=kind_of(node) if role else None, always=node.always,
            node=name, debaters=node.roles, rounds=node.rounds, spares=spares,
        )  # fmt: skip
    if node.panel:
        return Duty(
            node.step, name=f"{node.step}:{name}", kind=kind_of(node), always=node.always, panel=name,
            members=node.roles, combine=node.combine, spares=spares,
        )  # fmt: skip
    default = default_role(node, scenario)
    role, kind = node.role or default, kind_of(node)
    usual = kind.value if kind else default
    own = bool(kind or node.by) and role not in ("", usual)
    step = f"{node.step}:{name}" if own else node.step.value
    field = voted_field(node, scenario)
    return Duty(
        node.step, role, step, kind if role else None, checks, node.always, spares=spares,
        draws=node.draws, vary=node.vary, by=node.by, field=field, least=node.least,
    )  # fmt: skip


def voted_field(node: Node, scenario: Scenario) -> str:
    """The field that a choose node reads a majority from: its own, or the last one with a writer of its own, else the last
    one. Empty if nothing is voted on, or if there are no fields."""
    if node.by is not ChosenBy.MAJORITY:
        return ""
    own = [plan.name for plan in scenario.fields if plan.by != GENERATOR]
    return node.field or next(reversed(own or [plan.name for plan in scenario.fields]), "")


def judging_roles(scenario: Scenario) -> dict[str, RoleKind]:
    """The judging roles that a scenario has, with their kinds: those under the default names, and those that its topology
    names, kind by kind."""
    named = _named(scenario)
    found = dict[str, RoleKind]()
    for kind in JUDGING:
        roles = [kind.value, *(role for role, other in named.items() if other is kind)]
        found |= {role: kind for role in roles if role in scenario.roles and not scenario.roles[role].speaks_as}
    return found


def panels(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    """The panels of a scenario's own topology by name, with their members."""
    nodes = scenario.topology.nodes if isinstance(scenario.topology, Topology) else {}
    return {name: node.roles for name, node in nodes.items() if node.panel}


def debating(scenario: Scenario) -> set[str]:
    """The roles that argue in a debate of a scenario's own topology, or conclude it."""
    nodes = scenario.topology.nodes.values() if isinstance(scenario.topology, Topology) else ()
    debates = [node for node in nodes if node.step is NodeKind.DEBATE]
    return {role for node in debates for role in (*node.roles, node.moderator or default_role(node, scenario))}


def member_name(panel: str, role: str) -> str:
    """The name of the evidence of a panel's member."""
    return f"{panel}.{role}"


def members_by_evidence(scenario: Scenario) -> dict[str, str]:
    """The members of all panels, by the names of their evidence."""
    return {member_name(panel, role): role for panel, members in panels(scenario).items() for role in members}


def deciding_names(scenario: Scenario) -> dict[str, RoleKind]:
    """The names under which judgements are evidence that can reject a sample, with the kinds of who judges: its judging roles,
    and its panels."""
    return judging_roles(scenario) | dict.fromkeys(panels(scenario), RoleKind.JUDGE)


def _named(scenario: Scenario) -> dict[str, RoleKind]:
    """The judging roles that the nodes of a scenario's own topology name."""
    nodes = scenario.topology.nodes.values() if isinstance(scenario.topology, Topology) else ()
    kinds = {role: kind_of(node) for node in nodes for role in node.named}
    return {role: kind for role, kind in kinds.items() if kind}


def model_checks(scenario: Scenario) -> set[str]:
    """The roles that a scenario may name a check after: their step asks them as it takes the checks."""
    usual = {kind.value for kind, rule in JUDGING.items() if rule.by_check}
    return usual | {role for role, kind in _named(scenario).items() if JUDGING[kind].by_check}


def required_checks(scenario: Scenario) -> set[str]:
    """The names under which evidence can reject a sample, or leave it undecided: the checks that the scenario requires, and
    the roles that its nodes name to do what a check does, unless the scenario says that it does not require them."""
    named = {role for role, kind in _named(scenario).items() if JUDGING[kind].by_check}
    return {plan.name for plan in scenario.checks if plan.required} | (named - {plan.name for plan in scenario.checks})


def rejecting_checks(scenario: Scenario) -> set[str]:
    """As `required_checks`, with the choice among several candidates, which rejects a sample whose answer too few of them state."""
    return {*required_checks(scenario), CHOICE}
