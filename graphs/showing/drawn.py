"""A sample graph as a drawing: Mermaid to paste, and beside each node its step, its roles and what they attend to. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from graphs.sampling.topology import END, duties, revisions_of, topology_of
from scenarios.loading import Loaded
from scenarios.schema.roles import Duty
from scenarios.schema.scenario import Scenario
from scenarios.schema.topology import NodeKind, Topology, When

_ESCAPED = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;", "\\": "#92;"}
"""Characters that mean something to Mermaid, or to the page that shows it."""


def drawing(loaded: Loaded, name: str = "") -> list[str]:
    """The lines of a scenario's topology, or of the one of that `name`. `loaded` has the roles that it brings
    (`graphs.sampling.casting`). Raises ScenarioError as `topology_of`."""
    scenario = loaded.scenario
    topology = topology_of(scenario, name or None)
    named = name or (scenario.topology if isinstance(scenario.topology, str) else "its own")
    does = duties(topology, scenario)
    return [
        f"%% {_plain(scenario.name)}, topology {_plain(named)}; a sample is refined at most {revisions_of(topology, scenario)} times",
        *_mermaid(topology, does, scenario),
        "",
        *(f"%% {line}" for line in _table(topology, does, scenario)),
    ]


def _mermaid(topology: Topology, does: dict[str, Duty], scenario: Scenario) -> Iterator[str]:
    yield "flowchart TD"
    ids = {name: f"n{place}" for place, name in enumerate(topology.nodes)} | {END: "stop"}
    for name in topology.nodes:
        said = [text for text in (", ".join(_roles(does[name], scenario)), _several(does[name])) if text]
        yield f'  {ids[name]}["{"<br/>".join(map(_escaped, [name, *said]))}"]'
    yield '  stop(["end"])'
    for edge in topology.edges:
        said = [edge.when.value] if edge.when is not When.ALWAYS else []
        said += [f"at most {edge.bound} times"] if edge.bound else []
        label = f"|{', '.join(said)}|" if said else ""
        yield f"  {ids[edge.source]} -->{label} {ids[edge.target]}"


def _table(topology: Topology, does: dict[str, Duty], scenario: Scenario) -> Iterator[str]:
    """A line for each node, and one for each role that it asks and that the scenario or the topology says more of."""
    width = max(map(len, topology.nodes))
    for name, node in topology.nodes.items():
        who = _roles(does[name], scenario)
        how, nobody = _how(duty := does[name]), "votes alone" if duty.field else "checks alone"
        yield _plain(f"{name:<{width}}  {node.step:<8}  {', '.join(who) or nobody}{f' ({how})' if how else ''}")
        for role in who:
            plan = scenario.roles[role]
            if plan.reached_as:
                yield _plain(
                    f"{'':<{width}}  {role}: the model of {plan.reached_as}, unless roles.{role}.llm names one"
                )
            if plan.focus:
                yield _plain(f"{'':<{width}}  {role}: {plan.focus}")


def _how(duty: Duty) -> str:
    """How several roles or candidates come to one; empty if there are no several."""
    if duty.debaters:
        return f"{duty.rounds} rounds, then {duty.role} concludes"
    return duty.combine if duty.panel else _several(duty)


def _several(duty: Duty) -> str:
    """How many candidates a node makes, or by what it keeps one; empty for other nodes."""
    if duty.draws > 1:
        return f"{duty.draws} candidates" + (f", from {duty.vary} on" if duty.vary else "")
    if duty.by is None:
        return ""
    return f"by {duty.by}" + (f" in {duty.field}" if duty.field else "")


def _roles(duty: Duty, scenario: Scenario) -> list[str]:
    """The roles that do the step of a node, as far as the scenario has them."""
    if duty.asked:
        return [*duty.debaters, *duty.asked]
    writes = duty.step in (NodeKind.GENERATE, NodeKind.REFINE)
    return list(scenario.writers) if writes else []


def _escaped(text: str) -> str:
    return "".join(_ESCAPED.get(letter, letter) for letter in _plain(text))


def _plain(text: str) -> str:
    """A text on one line."""
    return " ".join(text.rstrip().splitlines())
