"""How conversations are made is the scenario's to say, and the user's for one run."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphs.preparation import prepare, scenario_of_run
from graphs.run import main as run
from scenarios.errors import SettingsError
from scenarios.schema.conversation import How
from tests.conversations import write_conversation, write_desk
from tests.helpers import said_by

SCRIPTED = {"llm": {"backend": "scripted"}}


def test_the_run_says_how_and_keeps_it(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    scenario = write_conversation(tmp_path / "mine")
    out = tmp_path / "run"
    words = [f"out={out}", "n=1", "llm.backend=scripted", f"memory.path={tmp_path / 'memory'}"]
    assert run([f"scenario={scenario}", "how=whole", *words]) == 0
    assert _plan_of(out) is How.WHOLE
    assert run([f"out={out}", "n=2"]) == 0
    assert _plan_of(out) is How.WHOLE
    code, _, complained = said_by(run, capfd)(f"out={out}", "how=turns", "n=3")
    assert code == 2
    assert "holds a run with how=whole, not turns" in complained


def test_how_is_refused_where_nothing_could_follow(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="how=whole: the scenario chain makes no free conversations"):
        prepare({"scenario": "chain", "how": "whole", **SCRIPTED}, {})
    with pytest.raises(SettingsError, match="how=whole: .*has tools"):
        prepare({"scenario": str(write_desk(tmp_path)), "how": "whole", **SCRIPTED}, {})


def _plan_of(out: Path) -> How:
    plan = scenario_of_run(out).scenario.conversation
    assert plan
    return plan.how
