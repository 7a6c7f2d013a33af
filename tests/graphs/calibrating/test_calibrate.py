"""The command: it measures every judging role of a finished run, says so in words that read well, and pays for nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from graphs.calibrate import main
from graphs.calibrating.saving import read_worth, save_standings
from graphs.run import main as run
from memory.journal.journal import Journal
from scenarios.loading import load
from scenarios.schema.scenario import Calibration
from tests.helpers import NOTES, Workshop, planned, said_by, write_scenario


@pytest.fixture(name="finished", scope="module")
def _finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("calibrate")
    words = [
        *planned("support"),
        "llm.backend=scripted",
        "n=5",
        "seed=1",
        f"out={home / 'run'}",
        f"memory.path={home / 'memory'}",
    ]
    assert run(words) == 0
    return home / "run"


def answers(out: Path) -> int:
    """How many answers a run's journal has."""
    journal = Journal(out / "run.sqlite")
    try:
        return journal.call(lambda base: int(base.execute("SELECT count(*) FROM calls").fetchone()[0]))
    finally:
        journal.close()


def test_the_command_measures_every_judging_role_and_the_same_again_is_free(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [f"out={finished}", "pairs=15", "orders=yes", "again=yes"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "of 15 planted defects" in said
    for role in ("critic", "verifier", "judge"):
        assert f"{role}: AUC" in said
    # The scripted model is favourable to all: its judgement must come out as worthless.
    assert said.count(": not informative") == 3
    for part in (
        "worth and price",
        "found, of those planted",
        "judge, by criterion",
        "what moves a rating",
        "asked first",
    ):
        assert part in said
    assert max(map(len, said.splitlines())) < 170
    report = read_worth(finished)
    assert report is not None
    assert [row.role for row in report.roles] == ["critic", "verifier", "judge"]
    assert sum(report.planted.values()) == 15
    assert report.command.startswith("python -m graphs.calibrate out=")
    paid = answers(finished)
    assert main(words) == 0
    assert capsys.readouterr().out == said
    assert answers(finished) == paid


def test_a_judge_can_be_measured_as_it_would_be_asked(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = answers(finished)
    words = ["pairs=2", "length=no", "only=judge", "roles.judge.asking=each", "orders=yes"]
    assert main([f"out={finished}", *words]) == 0
    report = read_worth(finished)
    assert report is not None
    (judge,) = report.roles
    assert report.agreement is None
    assert (judge.asking, judge.order) == ("each", None)
    assert answers(finished) > before
    capsys.readouterr()
    assert main([f"out={finished}", "roles.critic.asking=each"]) == 2
    assert "roles.critic.asking: only a judge" in capsys.readouterr().err
    assert main([f"out={finished}", "only=jugde"]) == 2
    assert "only=jugde: no such role judges (did you mean 'judge'?)" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["out=nowhere"], ["out=nowhere", "pear=3"], ["out=nowhere", "orders=perhaps"]])
def test_a_mistake_is_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    error = capsys.readouterr().err
    assert error.startswith("colloquia: ")
    assert error.count("\n") == 1


def test_older_figures_stay_beside_new_ones(tmp_path: Path) -> None:
    path = write_scenario(tmp_path, NOTES)
    older = {"model": "m", "role": "judge", "auc": 0.7, "low": 0.6, "samples": 30}
    path.with_name("calibration.yaml").write_text(yaml.safe_dump([older]), encoding="utf-8")
    assert load(str(path)).scenario.calibration[0].found == {}
    row = Calibration(
        model="m", role="critic", auc=0.8, low=0.7, samples=40, found={"leak": 0.5, "leak/mild": 0.25}, kept=0.9
    )
    save_standings(path, [row])
    assert load(str(path)).scenario.calibration == (Calibration.model_validate(older), row)
    assert yaml.safe_load(path.with_name("calibration.yaml").read_text(encoding="utf-8"))[0] == older


def test_fields_are_measured_and_the_figures_saved(workshop: Workshop, capfd: pytest.CaptureFixture[str]) -> None:
    path = write_scenario(workshop.home / "notes", NOTES)
    ran = workshop.run("r", f"scenario={path}", "n=3", "llm.backend=scripted")
    assert ran.code == 0, ran.stderr
    code, said, err = said_by(main, capfd)(f"out={ran.out}", "pairs=6", "save=yes", "sides=yes")
    assert code == 0, err
    assert "saved to" in said
    assert "exchanged in 0 of 6" in said
    assert {row.role for row in load(str(path)).scenario.calibration} == {"critic", "judge"}
