"""Quotas: how many accepted samples of a run have which values. Met exactly, or said to be impossible. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import product

from scenarios.errors import SettingsError, nearest
from scenarios.schema.axes import Cell, completed
from scenarios.schema.scenario import Scenario

_REST = ""
"""Stands for the values of an axis that have no quota of their own: they share what is left."""
_MOST_KINDS = 10_000

Part = tuple[str, str]
"""An axis, and one of its values that has a quota, or the rest of them."""
Counts = Counter[Part]
"""How many samples have what; each sample counts once on each axis with quotas."""


class Quotas:
    """The quotas of a run of `n` samples: `given` by axis and value.

    Raises SettingsError in one line if they cannot be met.
    """

    def __init__(self, scenario: Scenario, given: Mapping[str, Mapping[str, int]], n: int) -> None:
        self._scenario = scenario
        self._names = {axis: plan.names for axis, plan in scenario.axes.items()}
        self._wanted: dict[str, dict[str, int]] = {}
        for axis, by_value in given.items():
            self._wanted[axis] = self._of_axis(axis, by_value, n)
        self.tied = any(axis in self._wanted for rule in scenario.exclude for axis in rule.axes)
        """Whether exclusions concern the quotas: then room on each axis is not enough."""
        self._kinds = list(self._possible()) if self.tied else []
        self._known: dict[tuple[int, ...], bool] = {}
        if not self.reachable(Counter()):
            raise SettingsError(
                "quota: the scenario's 'exclude' leaves no samples that meet all these quotas; change one"
            )

    def _of_axis(self, axis: str, by_value: Mapping[str, int], n: int) -> dict[str, int]:
        if axis not in self._names:
            known = ", ".join(self._names) or "no axes"
            raise SettingsError(
                f"quota.{axis}: the scenario has no such axis{nearest(axis, self._names)}; it has {known}"
            )
        names = self._names[axis]
        plan = self._scenario.axes[axis]
        for value in by_value:
            if value not in plan.known:
                hint = plan.unknown or nearest(value, names)
                raise SettingsError(f"quota.{axis}.{value}: the axis has no such value{hint}")
        total = sum(by_value.values())
        if total > n:
            raise SettingsError(f"quota.{axis}: the quotas are {total} together, which is more than n={n}")
        if len(by_value) == len(names) and total != n:
            raise SettingsError(
                f"quota.{axis}: every value has a quota, and together they are {total}, not n={n}; leave one out, or give "
                f"n={total}"
            )
        return {**by_value, **({_REST: n - total} if len(by_value) < len(names) else {})}

    def _possible(self) -> Iterator[tuple[Part, ...]]:
        """The parts that some cell that makes sense has together."""
        count = 1
        for wanted in self._wanted.values():
            count *= len(wanted)
        if count > _MOST_KINDS:
            raise SettingsError(
                f"quota: {count} combinations of values have quotas; at most {_MOST_KINDS} are possible"
            )
        for chosen in product(*([(axis, value) for value in wanted] for axis, wanted in self._wanted.items())):
            names = {**self._names, **{axis: self._values(axis, value) for axis, value in chosen}}
            if completed(names, self._scenario.exclude, {}) is not None:
                yield chosen

    def _values(self, axis: str, value: str) -> tuple[str, ...]:
        """The values that a part stands for."""
        if value != _REST:
            return (value,)
        return tuple(name for name in self._names[axis] if name not in self._wanted[axis])

    def parts(self, cell: Cell) -> tuple[Part, ...]:
        """What a cell counts as."""
        return tuple((axis, cell[axis] if cell[axis] in wanted else _REST) for axis, wanted in self._wanted.items())

    def full(self, cell: Cell, counts: Counts) -> str:
        """Why no sample of a cell can be accepted any more, or an empty string."""
        for axis, value in self.parts(cell):
            wanted = self._wanted[axis][value]
            if counts[axis, value] >= wanted:
                which = f"{axis}={value}" if value != _REST else f"the values of {axis} without a quota"
                return f"{which} may have {wanted} samples, which are there"
        after = counts.copy()
        after.update(self.parts(cell))
        return "" if self.reachable(after) else "with it, the quotas could not all be met any more"

    def allowed(self, counts: Counts) -> dict[str, frozenset[str]]:
        """The values with room, by axis, of the axes with quotas."""
        return {
            axis: frozenset(
                name
                for value, most in wanted.items()
                if counts[axis, value] < most
                for name in self._values(axis, value)
            )
            for axis, wanted in self._wanted.items()
        }

    def narrowed(
        self, counts: Counts, leaves_cells: Callable[[Mapping[str, frozenset[str]]], bool]
    ) -> dict[str, frozenset[str]] | None:
        """The values, by axis, of the kind of cells of which most are wanted yet, among those that leave cells to plan; None
        if there is none."""
        found, most = None, 0
        for kind in self._kinds:
            room = min(self._wanted[axis][value] - counts[axis, value] for axis, value in kind)
            if room > most and leaves_cells(self._narrowed_to(kind)):
                after = counts.copy()
                after.update(kind)
                if self.reachable(after):
                    found, most = kind, room
        return self._narrowed_to(found) if found else None

    def _narrowed_to(self, kind: tuple[Part, ...]) -> dict[str, frozenset[str]]:
        return {axis: frozenset(self._values(axis, value)) for axis, value in kind}

    def reachable(self, counts: Counts) -> bool:
        """Whether the quotas can be met from here: as many samples are left on each axis, and some of them make sense."""
        left = tuple(
            most - counts[axis, value] for axis, wanted in self._wanted.items() for value, most in wanted.items()
        )
        if min(left, default=0) < 0:
            return False
        if not self.tied:
            return True
        if left not in self._known:
            self._known[left] = self._solvable(left)
        return self._known[left]

    def _solvable(self, left: tuple[int, ...]) -> bool:
        """Whether some number of samples of each kind makes exactly what is left: a small integer program."""
        import numpy as np
        from scipy.optimize import LinearConstraint, milp  # type: ignore[import-untyped]

        parts = [(axis, value) for axis, wanted in self._wanted.items() for value in wanted]
        if not self._kinds:
            return not any(left)
        holds = np.array([[part in kind for kind in self._kinds] for part in parts], dtype=float)
        none = np.zeros(len(self._kinds))
        solved = milp(none, integrality=np.ones_like(none), constraints=LinearConstraint(holds, left, left))
        return bool(solved.success)
