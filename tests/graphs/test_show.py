"""The command graphs.show: the whole scenario, and where each part came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphs.show import main
from scenarios.loading import scenario_names
from scenarios.reading.yaml_text import parse_yaml
from tests.graphs.showing.test_folder import BANK, FILES, written
from tests.helpers import Said, said_by


@pytest.fixture(name="said")
def _said(capfd: pytest.CaptureFixture[str]) -> Said:
    return said_by(main, capfd)


@pytest.fixture(name="bank")
def _bank(tmp_path: Path) -> Path:
    return written(tmp_path / "bank", FILES)


def test_each_part_says_where_it_came_from(bank: Path, said: Said) -> None:
    code, out, err = said(f"scenario={bank}")
    assert (code, err) == (0, "")
    for line in (
        "name: bank  # yours",
        "family: conversation  # default",
        "policy: policy.md  # yours, 7 words",
        "documents: help/  # yours, 2 passages: fees-1 (Fees › Card); fees-2 (Fees › Abroad)",
        "tools: tools.yaml  # yours, 1 tools: block_card",
        "  order: round_robin  # yours",
        "  how: turns  # default",
        "    system: mine/system.jinja  # yours",
        "    cue: '@cue.chat.jinja'  # default",
        "  reason: {file: reasons.yaml}  # yours, 2 values: a lost card; a fee",
        "  wording: null  # yours, left out",
        "  mood:  # default",
        "    personas: personas.csv  # yours, 3 values: Ana; Bo; Cy",
        "    prompt: mine/judge.jinja  # yours",
        "  writer:  # default",
        "  kind: Is the assistant kind?  # yours",
        "  rich: null  # yours, left out",
        "revisions: 2  # default",
    ):
        assert line in out.splitlines(), line
    assert "    personas: packaged  # default, 252 values: " in out
    assert "#   @speaker.chat.jinja        default   roles.customer, roles.partner, roles.assistant" in out
    assert "#   mine/judge.jinja           yours     roles.judge" in out


@pytest.mark.parametrize("name", scenario_names())
def test_what_is_printed_is_yaml(name: str, said: Said) -> None:
    code, out, err = said(f"scenario={name}")
    assert (code, err) == (0, "")
    found = parse_yaml(out)
    assert found["name"] == name
    assert "# yours" not in out


def test_a_part_is_shown_whole_with_its_prompts(bank: Path, said: Said) -> None:
    code, out, _ = said(f"scenario={bank}", "part=roles.critic")
    assert code == 0
    assert out.startswith("# roles.critic: default\ncritic:\n")
    assert "# @critic.chat.jinja: default\n=== system ===\n{{ case }}\n" in out
    assert "# mine/judge.jinja: yours\n{{ case }}\n" in said(f"scenario={bank}", "part=roles.judge")[1]


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        ("policy", "No refund over 50 euros."),
        ("axes.mood", "- {name: friendly, user:"),
        ("axes.reason", "- {name: a lost card, plan: a card was lost}"),
        ("roles.customer.personas", "- {name: Bo, age: 51}"),
        ("roles.partner.personas", "region:"),
        ("documents", "text: A new card costs 12 euros."),
        ("tools", "description: Blocks a card."),
        ("conversation.order", "order: round_robin"),
        ("prompts.critic.chat.jinja", "=== user ===\nName what has to be put right"),
        ("prompts", "# mine/judge.jinja: yours"),
        ("axes.wording", "wording: null"),
    ],
)
def test_parts_by_their_names(bank: Path, said: Said, part: str, shown: str) -> None:
    code, out, err = said(f"scenario={bank}", f"part={part}")
    assert (code, err) == (0, "")
    assert shown in out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "scenario: is missing; write scenario=NAME, or the path of a scenario.yaml"),
        (["bank"], "'bank' is not a setting; write scenario=bank"),
        (["scenario=bank", "parts=x"], "parts: unknown key (did you mean 'part'?)"),
        (
            ["scenario=bank", "part=roles.critik"],
            "part=roles.critik: roles has no part 'critik' (did you mean 'critic'?)",
        ),
        (["scenario=bank", "part=axis"], "part=axis: the scenario has no part 'axis' (did you mean 'axes'?)"),
        (["scenario=bank", "part=policy.x"], "part=policy.x: policy has no part 'x'; it has none"),
        (["scenario=bank", "eject="], "eject: is empty; give a value, or leave eject= out"),
        (["scenario=bank", "eject=bank"], "eject=bank: is the scenario's own folder"),
        (["scenario=bank", "eject=x", "part=axes"], "part: is printed, and eject writes the whole scenario"),
        (["scenario=nothing/here"], "scenario=nothing/here: there is no such file"),
    ],
)
def test_mistakes(bank: Path, said: Said, words: list[str], complaint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(bank.parent)
    code, out, err = said(*words)
    assert (code, out) == (2, "")
    assert complaint in err
    assert err.count("\n") == 1


def test_what_a_file_says_reaches_no_terminal(tmp_path: Path, said: Said) -> None:
    text = BANK.replace("A customer of a bank", '"\\e[31mA customer').replace("mobile app.", 'mobile app."')
    bank = written(tmp_path / "bank", {**FILES, "scenario.yaml": text})
    for words in ([], ["part=about"], ["part=prompts"]):
        code, out, _ = said(f"scenario={bank}", *words)
        assert code == 0
        assert "\x1b" not in out


def test_the_folder_is_named_with_what_to_do(bank: Path, tmp_path: Path, said: Said) -> None:
    code, out, _ = said(f"scenario={bank}", f"eject={tmp_path / 'whole'}")
    assert code == 0
    assert f"python -m graphs.run scenario={tmp_path / 'whole'}" in out
    assert said(f"scenario={tmp_path / 'whole'}")[0] == 0
