"""A sample graph as Mermaid."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphs.sampling.casting import cast_by
from graphs.sampling.topology import topology_names
from graphs.show import main
from graphs.showing.drawn import drawing
from scenarios.loading import load
from tests.graphs.sampling.test_roles import shape
from tests.helpers import TALK, loaded, said_by


@pytest.mark.parametrize("name", topology_names())
def test_every_topology_is_drawn(name: str) -> None:
    voted = name == "self_consistency"
    lines = drawing(cast_by(load("math" if voted else "support"), name), name)
    assert lines[1] == "flowchart TD"
    table = lines[lines.index("") + 1 :]
    assert all(line.startswith("%% ") for line in table), "what stands below does not disturb the drawing"
    assert any(f"generate  {'planner, generator' if voted else 'customer, agent'}" in line for line in table)


def test_what_it_says_of_each_node(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said_by(main, capfd)("scenario=support", "topology=two_critics", "draw=yes")
    assert code == 0
    for line in (
        '  n1["facts<br/>fact_critic"]',
        "  n2 -->|problems| n3",
        "  n3 -->|at most 3 times| n1",
        '  stop(["end"])',
        "%% facts     critique  fact_critic",
        "%%           fact_critic: the model of critic, unless roles.fact_critic.llm names one",
    ):
        assert line in out.splitlines(), out
    assert "fact_critic: You look at what is said, and not at how." in out


def test_names_are_escaped(tmp_path: Path) -> None:
    odd = 'a"]<script>\n#'
    nodes = {"generate": "generate", odd: "verify"}
    topology = shape(nodes, "generate x", "x end")
    topology["edges"][0]["target"] = topology["edges"][1]["source"] = odd
    lines = drawing(loaded(tmp_path, TALK, topology=topology))
    assert '  n1["a#quot;]#lt;script#gt; #35;<br/>verifier"]' in lines
    assert all("\n" not in line for line in lines)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("topology=full",), "write draw=yes"),
        (("draw=maybe",), "draw=maybe: write draw=yes"),
        (("draw=yes", "part=roles"), "part: does not go with draw"),
        (("draw=yes", "topology=two_critic"), "did you mean 'two_critics'?"),
    ],
)
def test_a_mistake_is_one_line(words: tuple[str, ...], says: str, capfd: pytest.CaptureFixture[str]) -> None:
    code, _, err = said_by(main, capfd)("scenario=support", *words)
    assert (code, err.count("\n"), says in err) == (2, 1, True), err
