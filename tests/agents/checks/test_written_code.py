"""What a good model writes for a coding task: the checks let sound tasks pass, and refuse the wrong ones that they can see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.checks.registry import run_checks
from scenarios.briefs import cell_of, plan_brief
from scenarios.records import Candidate, Status
from tests.helpers import planned_form

CODE = planned_form("code")
WRITTEN: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "written" / "code.yaml").read_text(encoding="utf-8"))
SOUND = [(task, function) for task, one in WRITTEN["sound"].items() for function in one["functions"]]


def found_in(task: str, function: str, **changes: str) -> dict[str, str]:
    """What the checks find in a task."""
    one = WRITTEN["sound"][task]
    cell = {**cell_of(CODE, 1, 0), "task": task, "domain": one["domain"], "difficulty": "hard"}
    fields = {"specification": one["specification"], "function": function, "tests": one["tests"], **changes}
    made = Candidate(brief=plan_brief(CODE, 1, 0, 0, 0, cell), fields=fields)
    return {e.check: e.detail for e in run_checks(CODE, made, judged=True) if e.status is Status.FAIL}


@pytest.mark.parametrize(("task", "function"), SOUND)
def test_sound_tasks_pass(task: str, function: str) -> None:
    assert found_in(task, function) == {}


@pytest.mark.parametrize("one", WRITTEN["wrong"], ids=lambda one: f"{one['task']}: {one['why']}")
def test_wrong_tasks_are_refused_or_left_to_who_reads_them(one: dict[str, str]) -> None:
    changes = {name: one[name] for name in ("specification", "function", "tests") if name in one}
    first = WRITTEN["sound"][one["task"]]["functions"][0]
    assert bool(found_in(one["task"], **{"function": first, **changes})) is (one.get("by") != "reader")
