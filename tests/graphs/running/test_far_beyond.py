"""What is said of a target that the axes cannot give, and of one below what a run has."""

from __future__ import annotations

from tests.helpers import NOTES, Workshop, write_scenario


def test_fewer_wanted_than_there_are_read_as_that(workshop: Workshop) -> None:
    write_scenario(workshop.home / "s", NOTES)
    words = [f"scenario={workshop.home}/s", "llm.backend=scripted", "topology=generate_only"]
    assert workshop.run("r", *words, "n=5").code == 0
    less = workshop.run("r", "n=2")
    assert less.code == 0
    assert less.stdout.startswith("accepted 5 (2 wanted), rejected 0")
