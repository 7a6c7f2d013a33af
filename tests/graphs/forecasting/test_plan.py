"""The command: the samples are the run's first ones, paid once, and the run is the same as without it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graphs.plan import main as plan
from graphs.run import main as run
from tests.conversations import write_conversation
from tests.helpers import Said, said_by


def words(home: Path, name: str, *more: object) -> list[str]:
    return ["llm.backend=scripted", f"out={home / name}", f"memory.path={home / f'{name}-memory'}", *map(str, more)]


def calls_of(out: Path) -> int:
    summary: dict[str, Any] = json.loads((out / "summary.json").read_text())
    return sum(summary["calls"].values())


@pytest.fixture
def planned(capfd: pytest.CaptureFixture[str]) -> Said:
    return said_by(plan, capfd)


def test_the_run_goes_on_and_gives_the_same_bytes(tmp_path: Path, planned: Said) -> None:
    code, said, complained = planned("scenario=chain", "n=12", "seed=3", *words(tmp_path, "planned"))
    assert code == 0, complained
    assert said.startswith("for 12 accepted samples, from the 5 made so far (5 accepted)")
    assert said.endswith(f"to go on: python -m graphs.run out={tmp_path / 'planned'}\n")
    assert run([f"out={tmp_path / 'planned'}"]) == 0
    assert run(["scenario=chain", "n=12", "seed=3", *words(tmp_path, "alone")]) == 0
    for file in ("dataset.jsonl", "rejected.jsonl"):
        assert (tmp_path / "planned" / file).read_bytes() == (tmp_path / "alone" / file).read_bytes()


def test_the_same_again_pays_nothing_and_says_the_same(tmp_path: Path, planned: Said) -> None:
    given = words(tmp_path, "r")
    first = planned("scenario=chain", "n=50", "samples=3", *given)
    paid = calls_of(tmp_path / "r")
    again = planned("samples=3", f"out={tmp_path / 'r'}")
    assert (first[0], again[0]) == (0, 0)
    assert calls_of(tmp_path / "r") == paid
    assert again[1] == first[1]
    more = planned("samples=6", f"out={tmp_path / 'r'}")
    assert "from the 6 made so far" in more[1]


def test_without_a_scenario_nothing_starts(planned: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for given in ((), ("samples=3", "n=50")):
        code, said, complained = planned(*given)
        assert (code, said) == (2, "")
        assert complained.startswith("colloquia: scenario: is missing; name what is to be made, with which model")
    assert not list(tmp_path.iterdir())


def test_a_run_that_is_complete_says_so(tmp_path: Path, planned: Said) -> None:
    code, said, _ = planned("scenario=chain", "n=2", *words(tmp_path, "r"))
    assert code == 0
    assert said.splitlines()[-1].startswith("all 2 are there; to make more:")


def test_what_would_save_is_counted_from_the_samples(tmp_path: Path, planned: Said) -> None:
    scenario = write_conversation(tmp_path / "mine")
    code, said, complained = planned(f"scenario={scenario}", "n=100", *words(tmp_path, "r"))
    assert code == 0, complained
    assert "topology=no_critic" in said
    assert "how=whole" in said
    told = json.loads((tmp_path / "r" / "forecast.json").read_text())["forecast"]
    totals, roles = told["outlook"]["totals"], told["roles"]
    assert totals["calls"]["low"] <= sum(role["calls"]["likely"] for role in roles) <= totals["calls"]["high"]
    whole = next(one for one in told["savings"] if one["setting"] == "how=whole")
    assert 0.3 < whole["calls"] < 1


def test_one_judge_in_place_of_a_panel_takes_what_one_of_them_takes(tmp_path: Path, planned: Said) -> None:
    scenario = write_conversation(tmp_path / "mine")
    code, _, complained = planned(f"scenario={scenario}", "n=9", "samples=2", "topology=panel", *words(tmp_path, "r"))
    assert code == 0, complained
    told = json.loads((tmp_path / "r" / "forecast.json").read_text())["forecast"]
    savings = {one["setting"]: one for one in told["savings"]}
    full, calls = savings["topology=full"], {role["role"]: role["calls"]["likely"] for role in told["roles"]}
    assert full["why"] == "nobody asks domain_expert, strict_reader, users_side, but judge"
    assert full["calls"] == pytest.approx(2 * calls["strict_reader"] / sum(calls.values()), abs=0.01)
    assert {"topology=no_critic", "topology=generate_only", "topology=proof"} <= savings.keys()


def test_a_world_has_a_forecast_too(tmp_path: Path, planned: Said) -> None:
    code, said, complained = planned("scenario=library", "n=40", "samples=2", *words(tmp_path, "r"))
    assert code == 0, complained
    assert "for 40 accepted samples, from the 2 made so far" in said


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (["samples=0"], "samples=0: is a number from 1 to 1000"),
        (["samples=x"], "samples=x: is a number"),
        (["samples=2", "samples=3"], "samples is given twice"),
        (["scenario=suport"], "did you mean 'support'"),
        (["scenario=chain", "m=5"], "m: unknown key"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, planned: Said, given: list[str], complaint: str) -> None:
    code, _, complained = planned(*words(tmp_path, "r"), *given)
    assert code == 2
    assert complaint in complained
    assert not (tmp_path / "r").exists()


def test_no_sample_is_no_forecast(tmp_path: Path, planned: Said) -> None:
    code, said, _ = planned("scenario=chain", "n=5", "budget.calls=1", *words(tmp_path, "r"))
    assert code == 3
    assert said.startswith("no sample came to be (stopped by budget.calls")
