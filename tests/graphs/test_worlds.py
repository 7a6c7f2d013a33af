"""Whole runs that play in a world: the files they leave, the same bytes, and what a scenario may name as its world."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from scenarios.loading import load, scenario_path
from tests.helpers import Workshop

DRY = "llm.backend=scripted"


def of_its_own(folder: Path, **changes: Any) -> Path:
    """The cloakroom as a scenario of the user's."""
    data = yaml.safe_load(scenario_path("cloakroom").read_text(encoding="utf-8"))
    path = folder / "mine" / "scenario.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump({**data, "name": "mine", **changes}), encoding="utf-8")
    return path


def test_a_run_leaves_what_a_trainer_needs(workshop: Workshop) -> None:
    ran = workshop.run("a", "scenario=cloakroom", DRY, "n=5")
    assert ran.code == 0, ran.stderr
    lines = ran.lines()
    assert len(lines) == 5
    for line in lines:
        assert line["ending"] == "done"
        blueprint = orjson.loads(line["brief"]["blueprint"])
        called = [call["function"]["name"] for m in line["messages"] for call in m.get("tool_calls", ())]
        assert called == [
            action["tool"]
            for action in [*blueprint["identification"], *(a for goal in blueprint["goals"] for a in goal["actions"])]
            if action["side"] == "assistant"
        ]
        assert all(isinstance(call["arguments"], str) for call in line["private_calls"])
    world = orjson.loads((ran.out / "world.json").read_bytes())
    assert world["policy"].startswith("You work at the cloakroom")
    assert [tool["function"]["name"] for tool in world["user_tools"]] == ["read_ticket"]
    assert ran.lines("preferences.jsonl") == []
    assert "config_name: preferences" not in (ran.out / "README.md").read_text(encoding="utf-8")
    assert ran.summary()["mistakes"] == {}


def test_the_same_seed_gives_the_same_bytes_at_any_concurrency(workshop: Workshop) -> None:
    runs = [
        workshop.run(f"c{concurrency}", "scenario=cloakroom", DRY, "n=9", "seed=5", f"concurrency={concurrency}")
        for concurrency in (1, 16)
    ]
    assert [ran.code for ran in runs] == [0, 0]
    assert runs[0].dataset() == runs[1].dataset()


def test_a_scenario_file_alone_has_no_code_run(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(workshop.home))
    (workshop.home / "my_world.py").write_text(
        "import pathlib\npathlib.Path('ran').touch()\nfrom scenarios.worlds.cloakroom import WORLD\n", encoding="utf-8"
    )
    world = {**load("cloakroom").scenario.model_dump(mode="json")["world"], "name": "my_world"}
    mine = of_its_own(workshop.home, world=world)
    marker = Path("ran")
    refused = workshop.run("a", f"scenario={mine}", DRY, "n=2")
    assert refused.code == 2
    assert "trust=my_world" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert not marker.exists()
    trusting = of_its_own(workshop.home, world=world, settings={"trust": "my_world"})
    assert workshop.run("b", f"scenario={trusting}", DRY, "n=2").code == 2
    assert not marker.exists()
    mine = of_its_own(workshop.home, world=world)
    ran = workshop.run("c", f"scenario={mine}", DRY, "n=2", "trust=my_world")
    assert ran.code == 0, ran.stderr
    assert marker.exists()
    assert "trust" not in (ran.out / "run.yaml").read_text(encoding="utf-8")
    again = workshop.run("c", "n=3")
    assert again.code == 2
    assert "trust=my_world" in again.stderr
    assert workshop.run("c", "n=3", "trust=my_world").code == 0


def test_a_run_goes_on_only_with_the_world_it_began_with(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(workshop.home))
    module = workshop.home / "other_world.py"
    module.write_text("from scenarios.worlds.cloakroom import WORLD\n", encoding="utf-8")
    world = {**load("cloakroom").scenario.model_dump(mode="json")["world"], "name": "other_world"}
    mine = of_its_own(workshop.home, world=world)
    words = (f"scenario={mine}", DRY, "trust=other_world")
    assert workshop.run("a", *words, "n=1").code == 0
    module.write_text("from scenarios.worlds.cloakroom import WORLD\n# another\n", encoding="utf-8")
    changed = workshop.run("a", *words, "n=2")
    assert changed.code == 2
    assert "the world other_world has changed since the run began" in changed.stderr


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "cloackroom"}, "did you mean 'cloakroom'?"),
        ({"name": "os.path"}, "trust=os.path"),
        ({"task": "fetsh"}, "no task 'fetsh' (did you mean 'fetch'?)"),
        ({"goals": "many"}, "world.goals=many"),
        ({"goals": "{{ mood.name }}"}, "mood"),
        ({"goals": 99}, "world.goals=99"),
        ({"gaols": 1}, "gaols"),
    ],
)
def test_a_mistake_in_the_world_is_one_line(workshop: Workshop, changes: dict[str, Any], said: str) -> None:
    world = {**load("cloakroom").scenario.model_dump(mode="json")["world"], **changes}
    ran = workshop.run("a", f"scenario={of_its_own(workshop.home, world=world)}", DRY, "n=1")
    assert ran.code == 2, ran.stderr
    assert said in ran.stderr
    assert ran.stderr.count("\n") == 1
    assert not ran.out.exists()


def test_a_world_and_its_family_come_together(workshop: Workshop) -> None:
    for changes in ({"world": None}, {"family": "fields", "world": None}, {"roles": {}}):
        ran = workshop.run("a", f"scenario={of_its_own(workshop.home, **changes)}", DRY, "n=1")
        assert ran.code == 2
        assert ran.stderr.count("\n") == 1
