"""How many samples there is room for, and what is said of more."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from graphs.planning.room import Room, beyond, most_apart, room
from scenarios.schema.axes import Axis, Exclusion
from scenarios.schema.space import Space
from tests.helpers import TALK, Workshop, write_scenario

AXES = {"a": Axis.model_validate(["x", "y", "z"]), "b": Axis.model_validate(["u", "v"])}


def test_room_goes_by_combinations_and_distance() -> None:
    assert room(Space(AXES), 0.1, 7) == Room(6, 10, 7)
    assert room(Space(AXES), 0.3, 0) == Room(6, 4, 0)
    assert room(Space(AXES), 0.0, 0) is None
    excluded = [Exclusion.model_validate({"a": ["x"], "b": ["u"]})]
    assert room(Space(AXES, excluded), 0.1, 0) == Room(5, 10, 0)


def test_more_than_there_is_room_for_is_said_with_numbers() -> None:
    assert beyond(Room(6, 10, 0), 60, 0, 0.1) == ""
    told = beyond(Room(6, 10, 0), 61, 0, 0.1)
    assert "n=61" in told
    assert "6 combinations" in told
    assert "about 10 samples at memory.min_distance=0.1: that leaves about 60" in told
    assert "and 55 samples are there already: that leaves about 5" in beyond(Room(6, 10, 55), 60, 5, 0.1)
    assert beyond(Room(6, 10, 55), 10, 5, 0.1) == ""
    assert beyond(None, 10**6, 0, 0.0) == ""


@pytest.mark.parametrize(
    ("distance", "most"), [(1.0, None), (0.5, None), (2.0, 2), (1.5, 3), (4 / 3, 4), (1.25, 5), (1.2, 6)]
)
def test_no_more_can_be_so_far_apart(distance: float, most: int | None) -> None:
    """A simplex has as many corners as the bound says."""
    assert most_apart(distance) == most
    if most:
        corners = np.eye(most) - 1 / most
        corners /= np.linalg.norm(corners, axis=1)[:, None]
        assert min(1 - corners[i] @ corners[j] for i, j in combinations(range(most), 2)) >= distance - 1e-9


def test_a_run_says_so_before_it_asks(workshop: Workshop) -> None:
    path = write_scenario(workshop.home / "talk", settings={"memory": {"min_distance": 0.1}})
    words = (
        f"scenario={path}",
        "llm.backend=scripted",
        f"memory.path={workshop.home / 'm'}",
        "budget.samples=8",
        "concurrency=2",
    )
    ran = workshop.run("r", *words, "n=61")
    assert "note: n=61 is more than can be expected: the axes have 6 combinations" in ran.stderr
    assert len([line for line in ran.stderr.splitlines() if "more than can be expected" in line]) == 1
    assert ran.code == 3
    taken = ran.summary()["accepted"]
    assert taken > 0
    second = workshop.run("s", *words, f"n={61 - taken}", "seed=1")
    assert f"and {taken} samples are there already: that leaves about {60 - taken}" in second.stderr
    assert "more than" not in workshop.run("t", *words, "n=2", "seed=2").stderr
    assert TALK["settings"]["n"] == 3


def test_what_is_certain_is_refused(workshop: Workshop) -> None:
    ran = workshop.run("r", "scenario=chain", "llm.backend=scripted", "n=4", "memory.min_distance=1.5")
    assert ran.code == 2
    assert "memory.min_distance=1.5: no more than 3 samples can be so far from each other, and n=4" in ran.stderr
    assert not ran.out.exists()
