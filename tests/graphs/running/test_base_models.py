"""A scenario with a form for base models: which one a run takes, that it keeps it, and what is said of mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from graphs.calibrate import main as calibrate
from graphs.evaluate import main as evaluate
from graphs.preparation import prepare, scenario_of_run
from graphs.settings.binding import scenario_digest
from graphs.settings.own import SEAL, seal
from graphs.show import main as show
from graphs.trace import main as trace
from graphs.verify import main as verify
from scenarios.errors import ScenarioError, SettingsError
from scenarios.loading import for_base_models, load
from scenarios.schema.scenario import Family
from tests.helpers import PLANNED, TALK, Workshop, write_scenario

DRY = ("scenario=support", "llm.backend=scripted", "n=2", "round_size=2", "lookahead=0")


def family(**given: object) -> Family:
    return prepare({"scenario": "support", **given}, {}).loaded.scenario.family


def test_the_model_of_the_speakers_decides() -> None:
    chat = {"base_url": "http://127.0.0.1:9/v1", "model": "m"}
    assert family() is Family.DIALOGUE
    assert family(llm={"style": "chat"}) is Family.CONVERSATION
    assert family(llm={"gguf": "an-instruct-model.gguf"}) is Family.CONVERSATION
    assert family(llm={"gguf": "a-base-model.gguf", "style": "transcript"}) is Family.DIALOGUE
    assert family(llm={"backend": "scripted"}) is Family.CONVERSATION
    assert family(llm={"backend": "scripted", "style": "transcript"}) is Family.DIALOGUE
    assert family(llm=chat) is Family.CONVERSATION
    assert family(llm=chat, base_models=True) is Family.DIALOGUE
    assert family(llm=chat, roles={"judge": {"llm": {"style": "transcript"}}}) is Family.CONVERSATION
    assert family(llm=chat, roles={"agent": {"llm": {"style": "transcript"}}}) is Family.DIALOGUE
    assert family(roles={"agent": {"llm": chat}, "customer": {"llm": chat}}) is Family.CONVERSATION


@pytest.mark.parametrize(("word", "kind"), [("base_models=true", Family.DIALOGUE), ("seed=1", Family.CONVERSATION)])
def test_a_run_keeps_its_form(workshop: Workshop, word: str, kind: Family, capfd: pytest.CaptureFixture[str]) -> None:
    ran = workshop.run("r", *DRY, word)
    assert ran.code == 0, ran.stderr
    assert ("in its form for base models" in ran.stderr) == (kind is Family.DIALOGUE)
    assert scenario_of_run(ran.out).scenario.family is kind
    again = workshop.run("r", "n=3")
    assert again.code == 0, again.stderr
    assert len(again.lines()) == 3
    assert verify([f"out={ran.out}"]) == 0
    assert verify([str(ran.out / "dataset.jsonl")]) == 0
    assert evaluate([f"out={ran.out}", "bleu=10"]) == 0
    assert trace([f"out={ran.out}"]) == 0
    assert calibrate([f"out={ran.out}", "pairs=2"]) in (0, 3)
    other = "false" if kind is Family.DIALOGUE else "true"
    capfd.readouterr()
    refused = workshop.run("r", "n=4", f"base_models={other}")
    assert refused.code == 2
    assert "Traceback" not in refused.stderr


def test_a_run_from_before_there_was_a_choice_goes_on_as_it_was(workshop: Workshop) -> None:
    ran = workshop.run("r", *DRY, "base_models=true")
    path = ran.out / "run.yaml"
    stored = yaml.safe_load(path.read_text(encoding="utf-8"))
    del stored["base_models"], stored[SEAL]
    path.write_text(yaml.safe_dump({**stored, SEAL: seal(stored)}, sort_keys=False), encoding="utf-8")
    again = workshop.run("r", "n=3")
    assert again.code == 0, again.stderr
    assert len(again.lines()) == 3
    assert verify([f"out={ran.out}"]) == 0


def test_the_form_is_the_scenario_of_its_own_file() -> None:
    assert scenario_digest(for_base_models(load("support"))) == scenario_digest(load(PLANNED))


def test_a_scenario_of_ones_own_may_have_one(tmp_path: Path) -> None:
    write_scenario(tmp_path / "s" / "planned", TALK)
    usual = write_scenario(tmp_path / "s", TALK, base_models="planned/scenario.yaml", axes={"place": ["in", "out"]})
    for given, axes in (({"llm": {"backend": "scripted"}}, 3), ({"base_models": True}, 2)):
        assert len(prepare({"scenario": str(usual), **given}, {}).loaded.scenario.axes) == axes
    bare = write_scenario(tmp_path / "t", TALK)
    assert scenario_digest(load(str(bare))) == scenario_digest(for_base_models(load(str(usual))))


def test_mistakes_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="base_models=true: the scenario chain has no form for base models"):
        prepare({"scenario": "chain", "base_models": True}, {})
    missing = write_scenario(tmp_path / "a", TALK, base_models="planed.yaml")
    with pytest.raises(ScenarioError, match=r"names the file 'planed\.yaml', which does not exist"):
        load(str(missing))
    outside = write_scenario(tmp_path / "b", TALK, base_models="../a/scenario.yaml")
    with pytest.raises(ScenarioError, match="lies outside the scenario's folder"):
        load(str(outside))
    itself = write_scenario(tmp_path / "c", TALK, base_models="scenario.yaml")
    with pytest.raises(ScenarioError, match="leave the key out"):
        for_base_models(load(str(itself)))


def test_a_folder_that_is_written_out_has_it(tmp_path: Path, workshop: Workshop) -> None:
    assert show(["scenario=support", f"eject={tmp_path / 'own'}"]) == 0
    ran = workshop.run("r", f"scenario={tmp_path / 'own'}", "llm.backend=scripted", "base_models=true", "n=1")
    assert ran.code == 0, ran.stderr
    assert ran.lines()[0]["brief"]["turns"]
