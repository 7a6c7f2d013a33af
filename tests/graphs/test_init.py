"""The command graphs.init: a short scenario from a sentence and files, with a model's guesses marked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graphs.init import main
from graphs.settings.own import own_file
from scenarios.loading import load
from tests.endpoint import Asked, Endpoint, Reply
from tests.helpers import Said, said_by

ABOUT = "about=A customer of a bank talks to the assistant in its app."
GUESS: dict[str, Any] = {
    "roles": [
        {"name": "Customer", "speaks_as": "user", "who": "a customer of the bank, who writes in its app."},
        {"name": "assistant", "speaks_as": "assistant", "who": "the assistant in the bank's app"},
    ],
    "reasons": {
        "axis": "Reason",
        "about": "why a customer writes",
        "complete": True,
        "values": [
            {"name": f"a fee of {number} euros.", "plan": f"A fee of {number} euros was taken."} for number in range(8)
        ],
    },
    "outcomes": [],
    "not_understood": ["Who decides\nabout refunds over 50 euros?"],
}


@pytest.fixture(name="said")
def _said(capfd: pytest.CaptureFixture[str]) -> Said:
    return said_by(main, capfd)


@pytest.fixture(name="desk", autouse=True)
def _desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a user works: a policy, documents, tools and personas beside each other."""
    for name, text in {
        "refunds.md": "No refund over 50 euros.\n",
        "kb/card/fees.md": "# Fees\n\n## Card\n\nA new card costs 12 euros.\n",
        "kb/.hidden": "x",
        "tools.yaml": "- {name: block_card, description: Blocks a card., parameters: {type: object, properties: {}}}\n",
        "people.csv": "name,age\nAna,30\nBo,51\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "kb" / "link.md").symlink_to(tmp_path / "refunds.md")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def tree(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(name="guessing")
def _guessing() -> Iterator[tuple[Endpoint, dict[str, Any]]]:
    """An endpoint that answers with a guess that a test may change."""
    guess = json.loads(json.dumps(GUESS))
    with Endpoint(lambda asked: json.dumps(guess)) as endpoint:
        yield endpoint, guess


def test_without_a_model_it_is_a_template_that_loads(said: Said, desk: Path) -> None:
    code, out, err = said(
        "bank",
        ABOUT,
        "policy=refunds.md",
        "documents=kb/",
        "tools=tools.yaml",
        "personas=people.csv",
        "language=English,de",
    )
    assert (code, err) == (0, "")
    assert tree(desk / "bank") == {"scenario.yaml", "refunds.md", "kb/card/fees.md", "tools.yaml", "people.csv"}
    text = (desk / "bank" / "scenario.yaml").read_text(encoding="utf-8")
    assert "guessed" not in text
    assert "Nothing is named" not in text
    assert 10 <= len([line for line in text.splitlines() if line.strip()]) <= 20
    scenario = load("bank").scenario
    assert scenario.language == ("English", "German")
    assert scenario.policy == "No refund over 50 euros."
    assert scenario.axes["customer"].names == ("Ana", "Bo")
    assert scenario.axes["reason"].ideate is not None
    assert [one.id for one in load("bank").passages] == ["fees-1"]
    assert [one.name for one in load("bank").tools] == ["block_card"]
    for words in (
        "written: bank/scenario.yaml",
        "copied: refunds.md to bank/refunds.md",
        "copied: 1 documents to bank/kb/",
        "link.md: is a link or no plain file, and is not copied",
        "no model is named, so this is a template",
        "python -m graphs.run scenario=bank n=100",
    ):
        assert words in out


def test_files_that_lie_in_the_folder_stay_where_they_are(said: Said, desk: Path) -> None:
    (desk / "bank").mkdir()
    (desk / "kb" / "link.md").unlink()
    (desk / "refunds.md").rename(desk / "bank" / "rules.md")
    (desk / "kb").rename(desk / "bank" / "help")
    code, out, _ = said("bank", ABOUT, "policy=bank/rules.md", "documents=bank/help")
    assert code == 0
    assert "copied" not in out
    text = (desk / "bank" / "scenario.yaml").read_text(encoding="utf-8")
    assert "policy: rules.md" in text
    assert "documents: help/" in text


def test_a_policy_may_be_the_text_itself(said: Said, desk: Path) -> None:
    assert said("bank", ABOUT, "policy=No refund, ever.")[0] == 0
    assert load("bank").scenario.policy == "No refund, ever."
    assert tree(desk / "bank") == {"scenario.yaml", "policy.md"}


def test_guesses_are_marked_and_what_was_not_understood_is_said(
    said: Said, desk: Path, guessing: tuple[Endpoint, dict[str, Any]]
) -> None:
    endpoint, _ = guessing
    code, out, err = said(
        "bank", ABOUT, "policy=refunds.md", "documents=kb", "n=0", f"llm.base_url={endpoint.url}", "llm.model=m"
    )
    assert (code, err) == (0, "")
    text = (desk / "bank" / "scenario.yaml").read_text(encoding="utf-8")
    assert "# guessed: who talks to whom.\nroles:\n" in text
    assert "  # guessed: what brings the user." in text
    assert "# not understood: Who decides about refunds over 50 euros?\n" in text
    assert "not understood: Who decides about refunds over 50 euros?" in out
    scenario = load("bank").scenario
    assert scenario.roles["customer"].who == "a customer of the bank, who writes in its app"
    assert scenario.axes["reason"].names == tuple(f"a fee of {number} euros" for number in range(8))
    assert {"granted", "refused"} <= set(scenario.axes["outcome"].names)
    (asked,) = endpoint.asked
    for words in (
        "No refund over 50 euros.",
        "Fees › Card: A new card costs 12 euros.",
        "granted (The user gets",
        "in its app",
    ):
        assert words in asked.prompt


def test_a_guess_of_examples_other_outcomes_and_odd_names(
    said: Said, desk: Path, guessing: tuple[Endpoint, dict[str, Any]]
) -> None:
    endpoint, guess = guessing
    guess["reasons"] |= {"axis": "Mood", "complete": False}
    guess["reasons"]["values"].append({"name": "{{ 7 * 7 }}", "plan": "No value."})
    guess["outcomes"] = [{"name": name, "plan": f"It is {name}."} for name in ("sold", "not sold", "put off")]
    assert said("bank", ABOUT, "n=0", f"llm.base_url={endpoint.url}", "llm.model=m")[0] == 0
    scenario = load("bank").scenario
    reason = scenario.axes["reason"]
    assert len(reason.names) == 8
    assert reason.values[0].attributes()["plan"] == "A fee of 0 euros was taken.", "no guess is paid for in vain"
    text = (desk / "bank" / "scenario.yaml").read_text(encoding="utf-8")
    assert "# There are others; to have a model propose them when a run begins, write in place of the list:\n" in text
    assert "# Nothing is named that the assistant relies on" in text
    assert "  # reason: {ideate: {about: why a customer writes, count: 40}}\n" in text
    assert scenario.axes["outcome"].names == ("sold", "not sold", "put off")
    assert len(scenario.axes["mood"].names) > 3


@pytest.mark.parametrize(
    "roles",
    [
        [],
        [{"name": "a", "speaks_as": "user", "who": "a man"}],
        [
            {"name": "writer", "speaks_as": "user", "who": "a man"},
            {"name": "b", "speaks_as": "assistant", "who": "a clerk"},
        ],
        [{"name": "a", "speaks_as": "user", "who": "A man"}, {"name": "b", "speaks_as": "assistant", "who": "a man"}],
        [{"name": "…", "speaks_as": "user", "who": "a man"}, {"name": "b", "speaks_as": "assistant", "who": "a clerk"}],
    ],
)
def test_speakers_that_cannot_be_are_the_usual_ones(
    said: Said, guessing: tuple[Endpoint, dict[str, Any]], roles: list[dict[str, str]]
) -> None:
    endpoint, guess = guessing
    guess["roles"] = roles
    code, out, _ = said("bank", ABOUT, "n=0", f"llm.base_url={endpoint.url}", "llm.model=m")
    assert code == 0
    assert set(load("bank").scenario.speakers) == {"customer", "assistant"}
    assert "The model named no speakers of both sides" in out


def test_a_model_that_answers_nonsense_leaves_the_template(said: Said, desk: Path) -> None:
    with Endpoint(lambda asked: "I would rather not.") as endpoint:
        code, out, _ = said("bank", ABOUT, f"llm.base_url={endpoint.url}", "llm.model=m")
    assert code == 3
    assert "the model made no guess, and this stays a template" in out
    assert "guessed" not in (desk / "bank" / "scenario.yaml").read_text(encoding="utf-8")
    assert not (desk / "runs").exists()


def test_a_key_that_is_not_accepted_leaves_nothing(said: Said, desk: Path) -> None:
    def refuse(asked: Asked) -> Reply:
        return Reply(status=401, body={"error": {"message": "no"}})

    with Endpoint(refuse) as endpoint:
        code, _, err = said(
            "bank", ABOUT, "policy=refunds.md", "documents=kb", f"llm.base_url={endpoint.url}", "llm.model=m"
        )
    assert code == 2
    assert err.count("\n") == 1
    assert not (desk / "bank").exists()


def test_samples_are_made_and_one_is_shown_whole(said: Said, desk: Path) -> None:
    code, out, _ = said("bank", ABOUT, "policy=refunds.md", "n=2", "llm.backend=scripted")
    assert code == 0
    assert "samples: runs/bank-001 (2 of 2 accepted)" in out
    assert (desk / "runs" / "bank-001" / "dataset.jsonl").read_bytes().count(b"\n") == 2
    assert out.count("\nCustomer: ") >= 2
    assert out.count("\nAssistant: ") >= 2


def test_the_model_of_the_users_own_file_is_asked(said: Said) -> None:
    path = own_file()
    assert path is not None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("llm: {backend: scripted}\n", encoding="utf-8")
    assert "guessed: customer, assistant" in said("bank", ABOUT, "n=0")[1]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([ABOUT], "name one folder to begin in: python -m graphs.init bank about="),
        (["a", "b", ABOUT], "name one folder to begin in"),
        (["bank"], "about: is missing; say in a sentence what happens"),
        (["bank", "about= "], "about: is empty"),
        (["bank", ABOUT, "polcy=x"], "polcy: unknown key (did you mean 'policy'?)"),
        (["bank", ABOUT, "policy=nothing.md"], "policy=nothing.md: there is no such file"),
        (["bank", ABOUT, "policy=kb"], "policy=kb: is a folder; name a file"),
        (["bank", ABOUT, "policy=people.csv"], "policy=people.csv: is no .md or .txt file; save it as one"),
        (["bank", ABOUT, "documents=nowhere"], "documents=nowhere: there is no such folder or file"),
        (["bank", ABOUT, "documents=."], "documents=.: holds the scenario's own folder bank"),
        (["bank", ABOUT, "tools=refunds.md"], "tools=refunds.md: is no .yaml or .yml or .json file"),
        (["bank", ABOUT, "tools=people.yaml"], "tools=people.yaml: there is no such file"),
        (["bank", ABOUT, "personas=refunds.md"], "personas=refunds.md: is no .yaml"),
        (["bank", ABOUT, "language=Germna"], "language=Germna: 'Germna' is unknown; did you mean 'German'?"),
        (["bank", ABOUT, "n=many"], "n=many: write a whole number from 0 to 20"),
        (["bank", ABOUT, "n=0", "llm.backend=embeded"], "llm.backend=embeded"),
        (["123", ABOUT], "123: is no name; begin with a letter, such as bank"),
        (["refunds.md", ABOUT], "refunds.md: is a file; name a folder"),
    ],
)  # fmt: skip
def test_mistakes_write_nothing(said: Said, desk: Path, words: list[str], complaint: str) -> None:
    before = tree(desk)
    code, _, err = said(*words)
    assert code == 2
    assert complaint in err
    assert err.count("\n") == 1
    assert tree(desk) == before
    assert not (desk / "bank").exists()


def test_nothing_is_overwritten(said: Said, desk: Path) -> None:
    (desk / "bank").mkdir()
    (desk / "bank" / "refunds.md").write_text("mine", encoding="utf-8")
    code, _, err = said("bank", ABOUT, "policy=refunds.md")
    assert code == 2
    assert "refunds.md: cannot be copied to bank/refunds.md: there is such a file already; rename one" in err
    assert tree(desk / "bank") == {"refunds.md"}
    (desk / "bank" / "scenario.yaml").write_text("mine", encoding="utf-8")
    assert "bank/scenario.yaml: is there already, and nothing is overwritten" in said("bank", ABOUT)[2]
    assert (desk / "bank" / "scenario.yaml").read_text(encoding="utf-8") == "mine"


def test_a_tools_file_that_cannot_be_read_leaves_nothing(said: Said, desk: Path) -> None:
    (desk / "tools.yaml").write_text("nothing: here\n", encoding="utf-8")
    code, _, err = said("bank", ABOUT, "tools=tools.yaml")
    assert code == 2
    assert "is neither an OpenAPI document" in err
    assert not (desk / "bank").exists()
