"""What is said of a target that the axes cannot give, and of one below what a run has."""

from __future__ import annotations

from tests.helpers import NOTES, Workshop, write_scenario


def test_far_more_samples_than_the_axes_give_are_said_before_the_first_call(workshop: Workshop) -> None:
    write_scenario(workshop.home / "s", NOTES, settings={"memory": {"min_distance": 0.05}})
    words = [f"scenario={workshop.home}/s", "llm.backend=scripted", "topology=generate_only"]
    few = workshop.run("few", *words, "n=4")
    assert (few.code, "note: n=" in few.stderr) == (0, False)
    many = workshop.run("many", *words, "n=250", "budget.samples=1")
    assert "note: n=250 is about 50 samples of each of the 5 combinations of values that the axes give" in many.stderr
    free = workshop.run("free", *words, "n=250", "budget.samples=1", "memory.min_distance=0", "memory.max_overlap=off")
    assert "note: n=" not in free.stderr


def test_what_the_memory_holds_of_the_cells_counts(workshop: Workshop) -> None:
    write_scenario(workshop.home / "s", NOTES, axes={"topic": ["a map"]}, settings={"memory": {"min_distance": 0.01}})
    words = [f"scenario={workshop.home}/s", "llm.backend=scripted", "topology=generate_only"]
    words.append(f"memory.path={workshop.home}/shared")
    assert workshop.run("one", *words, "n=5").code == 0
    two = workshop.run("two", *words, "n=46", "budget.samples=1")
    assert "note: n=46, with the 5 that the memory holds of them, is about 51 samples of each of the 1 " in two.stderr


def test_fewer_wanted_than_there_are_read_as_that(workshop: Workshop) -> None:
    write_scenario(workshop.home / "s", NOTES)
    words = [f"scenario={workshop.home}/s", "llm.backend=scripted", "topology=generate_only"]
    assert workshop.run("r", *words, "n=5").code == 0
    less = workshop.run("r", "n=2")
    assert less.code == 0
    assert less.stdout.startswith("accepted 5 (2 wanted), rejected 0")
