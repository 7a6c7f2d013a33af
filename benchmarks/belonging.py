"""What it costs to plan where each value of an axis belongs to one value of another (`ideate` with `each`).

`python benchmarks/belonging.py [own=10]`: so many values, each with as many of its own, and two more axes of ten; beside it the
same axes without the exclusions that keep values with their own.
"""

from __future__ import annotations

import random
import sys
import time

from graphs.planning.covering import Covering
from scenarios.ideated import Ideated
from scenarios.schema.axes import Axis
from scenarios.schema.space import Space

_CELLS = 300


def _figures(label: str, space: Space) -> None:
    begin = time.process_time()
    count = len(space.combinations)
    found = time.process_time()
    covering, rng = Covering(space), random.Random(0)
    begun = time.process_time()
    for _ in range(_CELLS):
        covering.plan(covering.next_cell(rng))
    each = (time.process_time() - begun) / _CELLS * 1000
    print(f"{label:<18} {count:>7,} pairs found in {found - begin:5.2f} s CPU; a cell is planned in {each:5.2f} ms CPU")


def main() -> None:
    """Print the figures."""
    own = int(dict(word.split("=") for word in sys.argv[1:]).get("own", 10))
    parents = [f"topic {n}" for n in range(own)]
    found = Ideated().and_axis("topic", {"": parents})
    found = found.and_axis("detail", {one: [f"{one}, detail {n}" for n in range(own)] for one in parents}, "topic")
    axes = {**found.axes, **{name: Axis.model_validate([f"{name} {n}" for n in range(10)]) for name in ("a", "b")}}
    _figures("with exclusions", Space(axes, found.exclude))
    _figures("without", Space(axes))


if __name__ == "__main__":
    main()
