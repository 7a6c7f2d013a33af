"""What a topology with several candidates of one brief needs: who makes them, who keeps one, and by which fields. Pure."""

from __future__ import annotations

from scenarios.errors import ScenarioError, nearest
from scenarios.schema.roles import voted_field
from scenarios.schema.scenario import Scenario
from scenarios.schema.topology import ChosenBy, NodeKind, Topology


def check_choices(topology: Topology) -> None:
    """Raise ScenarioError unless a topology begins with what makes several candidates, if anything does, and a choose step comes
    directly after that, and nowhere else."""
    chooses = {name for name, node in topology.nodes.items() if node.step is NodeKind.CHOOSE}
    for name, node in topology.nodes.items():
        after = [edge.target for edge in topology.edges if edge.source == name]
        if node.draws > 1 and (len(after) > 1 or not chooses.issuperset(after)):
            raise ScenarioError(
                f"topology: '{name}' makes {node.draws} candidates: lead it to a node such as '{{step: choose, by: judge}}', "
                "which keeps one, and nowhere else"
            )
        if node.draws > 1 and (name != topology.start or any(edge.target == name for edge in topology.edges)):
            raise ScenarioError(
                f"topology: '{name}' makes {node.draws} candidates: write 'start: {name}', and let no edge lead to it"
            )
        before = [edge.source for edge in topology.edges if edge.target == name]
        if name in chooses and (not before or any(topology.nodes[other].draws == 1 for other in before)):
            raise ScenarioError(
                f"topology: '{name}' chooses among several candidates: lead to it from a node such as "
                "'{step: generate, draws: 4}', and from nowhere else"
            )


def check_choice(name: str, topology: Topology, scenario: Scenario) -> None:
    """Raise ScenarioError unless the fields are there in which candidates differ and which they are chosen by, in that order."""
    node, fields = topology.nodes[name], [plan.name for plan in scenario.fields]
    where = f"{scenario.name}: the node '{name}'"
    if not fields and node.vary:
        raise ScenarioError(
            f"{where}: vary: '{node.vary}' is no field of a {scenario.family}, which has none: leave it out"
        )
    if not fields and node.by is ChosenBy.MAJORITY:
        others = ", ".join(f"'{by}'" for by in ChosenBy if by is not node.by)
        raise ScenarioError(
            f"{where}: by: 'majority' is read from a field, and a {scenario.family} has none: choose by one of {others}"
        )
    for key, named in (("vary", node.vary), ("field", node.field)):
        if named and named not in fields:
            raise ScenarioError(f"{where}: {key}: '{named}' is not a field{nearest(named, fields)}")
    voted = _voted(name, topology, scenario)
    if node.vary and voted in fields and fields.index(voted) < fields.index(node.vary):
        raise ScenarioError(
            f"{where}: vary: '{node.vary}' comes after '{voted}', which the majority is read from, so that all candidates "
            f"would state the same: name '{voted}' or a field before it"
        )


def varies_from(name: str, topology: Topology, scenario: Scenario) -> str:
    """The field from which on the candidates of a generate node differ; empty: from the start. Votes count only among answers
    to the same, so that what stands before the field of a majority is the first candidate's."""
    return topology.nodes[name].vary or _voted(name, topology, scenario)


def _voted(name: str, topology: Topology, scenario: Scenario) -> str:
    """The field by which one of the candidates of a generate node is kept; empty if it makes only one, or if nobody votes."""
    if topology.nodes[name].draws == 1:
        return ""
    after = next(edge.target for edge in topology.edges if edge.source == name)
    return voted_field(topology.nodes[after], scenario)
