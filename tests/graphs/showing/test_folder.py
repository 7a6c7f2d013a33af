"""A scenario that is written out as a folder loads by itself and makes the same samples."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from graphs.run import main as run
from graphs.showing.document import document_of
from graphs.showing.folder import eject
from scenarios.errors import ScenarioError, SettingsError
from scenarios.loading import Loaded, for_base_models, load, scenario_names

BANK = """\
name: bank
about: A customer of a bank talks to the support assistant in the bank's mobile app.
language: [English, German]
policy: policy.md
documents: help/
tools: tools.yaml
roles:
  customer: {speaks_as: user, personas: personas.csv}
  partner: {speaks_as: user}
  assistant: {speaks_as: assistant}
  judge: {prompt: mine/judge.jinja}
conversation: {order: round_robin, prompts: {system: mine/system.jinja}}
axes:
  reason: {file: reasons.yaml}
  place: {ideate: {about: places from which people write, count: 3}}
  wording: null
rubric: {rich: null, kind: Is the assistant kind?}
checks: [{name: no_repetition, required: false}]
"""
FILES = {
    "scenario.yaml": BANK,
    "policy.md": "# Policy\n\nNo refund over 50 euros.\n",
    "personas.csv": "name,age\nAna,30\nBo,51\nCy,44\n",
    "reasons.yaml": "- {name: a lost card, plan: a card was lost}\n- {name: a fee}\n",
    "mine/judge.jinja": "{{ case }}\n{% for name in rubric %}{{ name }} {% endfor %}",
    "mine/system.jinja": "{{ about }} {{ policy }}",
    "help/card/fees.md": "# Fees\n\n## Card\n\nA new card costs 12 euros.\n\n## Abroad\n\nOne percent.\n",
    "tools.yaml": "- {name: block_card, description: Blocks a card., parameters: {type: object, properties: {}}}\n",
    "notes.txt": "not a part of it",
}


@pytest.fixture(name="bank")
def _bank(tmp_path: Path) -> Path:
    return written(tmp_path / "bank", FILES)


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def shape(loaded: Loaded) -> str:
    """A scenario whatever its prompts' files are called."""
    text = json.dumps(loaded.scenario.model_dump(mode="json", exclude={"conversation": {"prompts"}}))
    return re.sub(r'"(?:@|prompts/)([\w.]+\.jinja)"', r'"\1"', text)


def test_the_folder_makes_the_same_samples(bank: Path, tmp_path: Path) -> None:
    eject(document_of(str(bank)), tmp_path / "whole")
    for name in ("bank", "whole"):
        words = [f"scenario={tmp_path / name}", f"out={tmp_path / name}-run", f"memory.path={tmp_path / name}-memory"]
        assert run([*words, "llm.backend=scripted", "n=5"]) == 0
    for name in ("dataset.jsonl", "rejected.jsonl"):
        assert (tmp_path / "bank-run" / name).read_bytes() == (tmp_path / "whole-run" / name).read_bytes()
    assert (tmp_path / "bank-run" / "dataset.jsonl").read_bytes().count(b"\n") == 5


def test_the_folder_has_every_part_and_no_packaged_file_is_needed(bank: Path, tmp_path: Path) -> None:
    eject(document_of(str(bank)), tmp_path / "whole")
    found = {
        path.relative_to(tmp_path / "whole").as_posix() for path in (tmp_path / "whole").rglob("*") if path.is_file()
    }
    text = (tmp_path / "whole" / "scenario.yaml").read_text(encoding="utf-8")
    assert found == {
        "scenario.yaml", "policy.md", "personas.csv", "personas.yaml", "reasons.yaml", "mine/judge.jinja", "mine/system.jinja", "help/card/fees.md", "tools.yaml",
        *(f"prompts/{name}.chat.jinja" for name in ("speaker", "writer", "critic", "verifier", "tool", "case", "cue", "ideator")),
        "prompts/ideator.transcript.jinja",
    }  # fmt: skip
    assert "@" not in re.sub(r"pattern: '.*?'", "", text)
    whole = yaml.safe_load(text)
    assert whole["axes"]["wording"] is None
    assert whole["rubric"]["rich"] is None
    assert whole["roles"]["partner"]["personas"] == "personas.yaml"
    assert {"no_leak", "verifier"} <= {check for check in whole["checks"] if isinstance(check, str)}
    assert shape(load(str(tmp_path / "whole"))) == shape(load(str(bank)))


def test_a_prompt_of_the_folder_is_its_own(bank: Path, tmp_path: Path) -> None:
    eject(document_of(str(bank)), tmp_path / "whole")
    (tmp_path / "whole" / "prompts" / "cue.chat.jinja").write_text("Go on.", encoding="utf-8")
    assert load(str(tmp_path / "whole")).prompts["@cue.chat.jinja"].sections[0][1] == "Go on."


@pytest.mark.parametrize("name", ["system", "cue"])
def test_a_prompt_that_says_nothing_in_a_conversation_is_no_fault(bank: Path, tmp_path: Path, name: str) -> None:
    (bank / "scenario.yaml").write_text(BANK.replace("{system:", f"{{{name}:"), encoding="utf-8")
    (bank / "mine" / "system.jinja").write_text("{% if '' %}x{% endif %}", encoding="utf-8")
    words = [
        f"scenario={bank}",
        f"out={tmp_path / 'run'}",
        f"memory.path={tmp_path / 'memory'}",
        "llm.backend=scripted",
    ]
    assert run([*words, "n=1"]) == 0
    row = json.loads((tmp_path / "run" / "dataset.jsonl").read_bytes().splitlines()[0])
    assert ("system" in {message["role"] for message in row["messages"]}) is (name == "cue")


def test_a_policy_in_the_file_becomes_a_file(tmp_path: Path) -> None:
    text = BANK.replace("policy: policy.md", "policy: |\n  No refund.\n\n  No credit.")
    bank = written(tmp_path / "bank", {**FILES, "scenario.yaml": text})
    eject(document_of(str(bank)), tmp_path / "whole")
    assert load(str(tmp_path / "whole")).scenario.policy == "No refund.\n\nNo credit."
    assert (tmp_path / "whole" / "policy.md").read_text(encoding="utf-8") == "No refund.\n\nNo credit.\n"


def test_a_file_of_yours_keeps_its_name_before_a_packaged_one(tmp_path: Path) -> None:
    text = BANK.replace("personas.csv", "personas.yaml").replace("mine/judge.jinja", "prompts/writer.chat.jinja")
    files = {**FILES, "personas.yaml": "- {name: Ana}\n", "prompts/writer.chat.jinja": FILES["mine/judge.jinja"]}
    bank = written(tmp_path / "bank", {**files, "scenario.yaml": text})
    eject(document_of(str(bank)), tmp_path / "whole")
    loaded, again = load(str(bank)), load(str(tmp_path / "whole"))
    assert {name: axis.names for name, axis in loaded.scenario.axes.items()} == {
        name: axis.names for name, axis in again.scenario.axes.items()
    }
    for role in loaded.scenario.roles:
        texts = [one.prompts[one.scenario.roles[role].prompt.chat].sections for one in (loaded, again)]
        assert texts[0] == texts[1], role


@pytest.mark.parametrize(
    "given", ["axes: {customer: null}", "checks: {no_leak: null}", "conversation: {order: moderator}"]
)
def test_what_is_left_out_stays_out(tmp_path: Path, given: str) -> None:
    roles = "roles:\n  customer: {speaks_as: user}\n  agent: {speaks_as: assistant}\n"
    short = written(tmp_path / "short", {"scenario.yaml": f"name: short\nabout: A chat.\n{roles}{given}\n"})
    eject(document_of(str(short)), tmp_path / "whole")
    assert shape(load(str(tmp_path / "whole"))) == shape(load(str(short)))


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_that_ships_can_be_written_out(name: str, tmp_path: Path) -> None:
    document = document_of(name)
    eject(document, tmp_path / "whole")
    again = load(str(tmp_path / "whole"))
    assert shape(again) == shape(document.loaded)
    if again.scenario.base_models:
        other = for_base_models(again)
        assert shape(other) == shape(for_base_models(document.loaded))
        assert not any(file.startswith("@") for file in other.prompts)
    assert (again.demonstrations, again.corpus) == (document.loaded.demonstrations, document.loaded.corpus)
    assert sorted(prompt.sections for prompt in again.prompts.values()) == sorted(
        prompt.sections for prompt in document.loaded.prompts.values()
    )


@pytest.mark.parametrize(
    ("place", "complaint"),
    [
        (lambda home: home / "bank", "is the scenario's own folder; name a new one"),
        (lambda home: home / "bank" / ".", "is the scenario's own folder"),
        (lambda home: home / "bank" / "mine", "has files already, and nothing is overwritten"),
        (lambda home: home / "bank" / "policy.md", "has files already"),
        (lambda home: home / "bank" / "policy.md" / "deep", "cannot be written"),
    ],
)
def test_nothing_is_overwritten(bank: Path, tmp_path: Path, place: Callable[[Path], Path], complaint: str) -> None:
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(SettingsError, match=complaint) as caught:
        eject(document_of(str(bank)), place(tmp_path))
    assert str(caught.value).startswith("eject=")
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "=== system ===\none\n=== user ===\ntwo\n",
            r"mine/system.jinja: stands in place of system.chat.jinja, which is one section",
        ),
        (" \n", "which is one section with a text"),
    ],
)
def test_a_prompt_in_place_of_a_shared_one_is_one_section(bank: Path, text: str, complaint: str) -> None:
    (bank / "mine" / "system.jinja").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match=complaint):
        load(str(bank))
