"""Axes that were ideated: the values that came out, and the scenario with them in place of what was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from scenarios.frozen import Frozen
from scenarios.schema.axes import Axis, Exclusion
from scenarios.schema.scenario import MAX_IDEATED, Scenario

Lists = Mapping[str, Sequence[str]]
"""Values of an axis, by the value of another axis that they belong to; under an empty name if there is none."""


class Ideated(Frozen):
    """The values of every ideated axis. As YAML it is a part of a scenario that can be pasted into one."""

    axes: dict[str, Axis] = Field(default_factory=dict)
    exclude: tuple[Exclusion, ...] = ()
    """Keep a value from other values than the one that it belongs to."""

    def and_axis(self, name: str, lists: Lists, each: str = "") -> Ideated:
        """With one more axis. If its values belong to those of the axis `each`, each knows its own as `parent`."""
        named = [(value, parent) for parent, values in lists.items() for value in values]
        axis = Axis.model_validate([{"name": value, **({"parent": parent} if each else {})} for value, parent in named])
        # An exclusion for each value of the other axis, not for each pair: a cell is held against ten, not hundreds.
        others = {parent: tuple(other for other in lists if other != parent) for parent in lists} if each else {}
        rules = tuple(
            Exclusion(axes={each: others[parent], name: tuple(values)})
            for parent, values in lists.items()
            if each and values and others[parent]
        )
        return Ideated(axes={**self.axes, name: axis}, exclude=(*self.exclude, *rules))

    def within(self, scenario: Scenario) -> Scenario:
        """The scenario with these values. What it does not ideate stays."""
        axes = {axis: self.axes.get(axis, plan) if plan.ideate else plan for axis, plan in scenario.axes.items()}
        return scenario.model_copy(update={"axes": axes, "exclude": scenario.exclude + self.exclude})

    def misfit(self, scenario: Scenario) -> str:
        """Why these cannot be all values of the scenario's ideated axes, in words; empty if they can: a file that holds
        them may be anybody's."""
        if missing := next((axis for axis in scenario.ideated if axis not in self.axes), None):
            return f"has no values of the ideated axis '{missing}'"
        if any(plan.ideate or plan.numbers for plan in self.axes.values()):
            return "has an axis that is no list of values"
        if large := next((axis for axis, plan in self.axes.items() if len(plan.values) > MAX_IDEATED), None):
            return f"has more than {MAX_IDEATED} values of the axis '{large[:60]}'"
        try:
            self.within(scenario).check_cells()
        except ValueError as error:
            return str(error)
        return ""

    def document(self) -> dict[str, object]:
        """What goes into a YAML file."""
        axes = {name: [value.shown() for value in axis.values] for name, axis in self.axes.items()}
        rules = [{axis: list(names) for axis, names in rule.axes.items()} for rule in self.exclude]
        return {"axes": axes, **({"exclude": rules} if rules else {})}
