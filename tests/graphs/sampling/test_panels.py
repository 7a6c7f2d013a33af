"""Panels of judges: one node, several roles, one decision that is derived again from what each said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from agents.models.calls import Call
from graphs.calibrate import main as calibrate
from graphs.sampling.casting import cast_by
from graphs.sampling.topology import topology_of
from graphs.verify import main as verify
from scenarios.errors import ScenarioError
from scenarios.schema.roles import deciding_names
from tests.conversations import write_conversation
from tests.graphs.sampling.test_roles import Answer, found, shape, verifies
from tests.graphs.sampling.test_roles import _answers as _answers
from tests.helpers import TALK, Ran, Workshop, loaded, said_by, write_scenario

MEMBERS = ("judge", "strict", "mild")
LIKE = {name: {"like": "judge", "focus": f"Be {name}."} for name in MEMBERS[1:]}


def panel(node: str = "judge", roles: Any = LIKE, **changes: Any) -> dict[str, Any]:
    """A topology with a panel, and the roles that it brings."""
    nodes = {"generate": "generate", node: {"step": "judge", "roles": list(MEMBERS), **changes}}
    return {**shape(nodes, f"generate {node}", f"{node} end"), "roles": roles}


def scoring(**scores: int) -> Answer:
    """Each member gives both criteria a score of its own."""
    return lambda call: {"scores": {"clear": scores[call.role], "kind": 4}} if call.role in scores else None


def made(workshop: Workshop, name: str, *words: str, **changes: Any) -> Ran:
    path = write_scenario(workshop.home / f"s-{name}", topology=panel(**changes))
    return workshop.run(
        name, f"scenario={path}", "llm.backend=scripted", "n=2", "budget.samples=2", "patience=1", *words
    )


def test_the_panel_decides_and_its_members_do_not(
    workshop: Workshop, answers: Callable[[Answer], list[Call]], capfd: pytest.CaptureFixture[str]
) -> None:
    asked = answers(scoring(judge=4, strict=2, mild=3))
    ran = made(workshop, "r")
    assert ran.code == 0, ran.stderr
    for line in ran.lines():
        assert line["scores"] == {
            f"{role}.{name}": score
            for role, clear in (("judge", 4.0), ("strict", 2.0), ("mild", 3.0))
            for name, score in (("clear", clear), ("kind", 4.0))
        }
        assert found(line, "judge") == [("PASS", "median of 3")]
        ((status, detail),) = found(line, "judge.strict")
        assert (status, detail.partition("; it said: ")[2]) == ("UNVERIFIABLE", "clear 2 is under 3")
        assert set(MEMBERS) <= line["usage"].keys()
    assert {call.asker.step for call in asked if call.role in MEMBERS} == {f"judge:judge/{role}" for role in MEMBERS}
    judgements = ran.summary()["judgements"]
    assert {role: judgements[role]["objections"] for role in MEMBERS} == {"judge": 0, "strict": 2, "mild": 0}
    verifies(ran, capfd)
    told = said_by(calibrate, capfd)(f"out={ran.out}")[1]
    assert [row.split(":")[0] for row in told.splitlines() if "AUC" in row] == ["critic", "verifier", *MEMBERS]


@pytest.mark.parametrize(
    ("combine", "detail"),
    [
        ("unanimity", "clear passes with 2 of 3"),
        ("majority", ""),
        ("weighted", ""),
    ],
)  # fmt: skip
def test_who_is_rejected_hangs_on_the_rule(
    workshop: Workshop,
    answers: Callable[[Answer], list[Call]],
    capfd: pytest.CaptureFixture[str],
    combine: str,
    detail: str,
) -> None:
    answers(scoring(judge=4, strict=2, mild=3))
    ran = made(workshop, "r", node="panel", combine=combine)
    lines = ran.lines("rejected.jsonl" if detail else "dataset.jsonl")
    assert len(lines) == 2
    for line in lines:
        if detail:
            assert (line["stage"], line["reason"], line["detail"]) == ("judge", "low_score", f"panel: {detail}")
    verifies(ran, capfd)


def test_the_same_bytes_at_any_concurrency(workshop: Workshop) -> None:
    path = write_conversation(workshop.home / "s")
    words = (f"scenario={path}", "llm.backend=scripted", "n=2", "how=whole", "topology=panel")
    ran = workshop.run("one", *words, "concurrency=1")
    assert ran.code == 0, ran.stderr
    assert workshop.run("many", *words, "concurrency=8").dataset() == ran.dataset()


def test_verify_derives_the_panel_again(workshop: Workshop, capfd: pytest.CaptureFixture[str]) -> None:
    ran = made(workshop, "r")
    line = ran.lines()[0]
    path = workshop.home / "s-r" / "scenario.yaml"

    def told(change: Callable[[dict[str, Any]], None]) -> tuple[int, str]:
        copy = orjson.loads(orjson.dumps(line))
        change(copy)
        (workshop.home / "changed.jsonl").write_bytes(orjson.dumps(copy) + b"\n")
        code, said, _ = said_by(verify, capfd)(workshop.home / "changed.jsonl", f"scenario={path}")
        return code, said

    def named(copy: dict[str, Any], name: str) -> dict[str, Any]:
        return next(one for one in copy["evidence"] if one["check"] == name)

    low = {name: 1.0 for name in line["scores"] if name.endswith("clear")}
    assert told(lambda copy: None)[0] == 0
    assert told(lambda copy: copy["scores"].update(low))[0] == 4
    assert told(lambda copy: named(copy, "judge").update(detail="median of 2"))[0] == 4
    assert told(lambda copy: named(copy, "judge.mild").update(status="PASS"))[0] == 4
    assert told(lambda copy: copy["evidence"].remove(named(copy, "judge.mild")))[0] == 4
    assert told(lambda copy: copy["scores"].pop("mild.clear"))[0] == 4
    code, said = told(lambda copy: copy["scores"].update({"other.clear": 3.0}))
    assert (code, "scores" in said) == (4, True)


def test_a_member_that_cannot_be_read_leaves_the_sample_open_unless_it_may(
    workshop: Workshop, answers: Callable[[Answer], list[Call]], capfd: pytest.CaptureFixture[str]
) -> None:
    answers(lambda call: {"nothing": 1} if call.role == "judge" else None)
    ran = made(workshop, "r")
    assert {line["verdict"] for line in ran.lines("rejected.jsonl")} == {"undecided"}
    path = write_scenario(workshop.home / "s", topology=panel(), roles={"judge": {"required": False}})
    ran = workshop.run("lenient", f"scenario={path}", "llm.backend=scripted", "n=1")
    (line,) = ran.lines()
    assert "nothing that can be read" in found(line, "judge.judge")[0][1]
    assert found(line, "judge") == [("PASS", "median of 2")]
    assert not [name for name in line["scores"] if name.startswith("judge.")]
    verifies(ran, capfd)


WRONG: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "unknown member": ({"roles": {**LIKE, "mild": None}}, ("the node 'judge' names the role 'mild'", "add it to 'roles'")),
    "one member": ({"members": ["judge"]}, ("a panel has 'roles', two to 7",)),
    "twice": ({"members": ["judge", "judge"]}, ("each of them once",)),
    "with a role": ({"role": "judge"}, ("no 'role'",)),
    "another step": ({"step": "verify"}, ("'roles' make a panel of judges or a debate", "'verify' is neither")),
    "no rule": ({"combine": "mean"}, ("combine", "'median', 'majority', 'unanimity' or 'weighted'")),
    "a speaker": ({"members": ["judge", "guest"]}, ("asks 'guest' to judge", "speaks")),
    "of another kind": ({"members": ["judge", "critic"]}, ("asks 'critic' to judge", "is there to critique")),
    "no name": ({"node": "My-panel"}, ("'My-panel' is a panel", "small letters")),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_panel_that_cannot_be_is_told_in_one_line(tmp_path: Path, what: str) -> None:
    changes, says = WRONG[what]
    roles = {name: role for name, role in changes.get("roles", LIKE).items() if role}
    node = {name: value for name, value in changes.items() if name in ("role", "step", "combine")}
    shown = panel(changes.get("node", "judge"), roles, **node)
    if "members" in changes:
        shown["nodes"]["judge"]["roles"] = changes["members"]
    with pytest.raises(ScenarioError) as error:
        topology_of(cast_by(loaded(tmp_path, TALK, topology=shown)).scenario)
    assert "\n" not in str(error.value)
    for part in says:
        assert part in str(error.value), error.value


def test_a_judge_of_a_panel_is_asked_by_no_other_node(tmp_path: Path) -> None:
    nodes = {"generate": "generate", "one": {"step": "judge", "roles": ["judge", "strict"]}, "two": "judge"}
    twice = {**shape(nodes, "generate one", "one two", "two end"), "roles": LIKE}
    with pytest.raises(ScenarioError, match="'one' and 'two' both ask 'judge'"):
        topology_of(cast_by(loaded(tmp_path, TALK, topology=twice)).scenario)


@pytest.mark.parametrize(("name", "what"), [("complete", "a check"), ("critic", "a role")])
def test_a_panel_has_no_name_of_a_check_or_role(workshop: Workshop, name: str, what: str) -> None:
    ran = made(workshop, "r", node=name)
    assert (ran.code, f"the panel '{name}' has the name of {what}" in ran.stderr) == (2, True), ran.stderr


def test_only_a_panel_adds_a_name_that_decides(tmp_path: Path) -> None:
    plain = loaded(tmp_path / "a", TALK).scenario
    assert list(deciding_names(plain)) == ["critic", "verifier", "judge"]
    assert list(deciding_names(cast_by(loaded(tmp_path / "b", TALK, topology=panel("bench"))).scenario)) == [
        "critic", "verifier", "judge", "strict", "mild", "bench",
    ]  # fmt: skip
