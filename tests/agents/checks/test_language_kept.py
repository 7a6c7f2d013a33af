"""The language of each message: `language_kept` in dialogues, fields and worlds; and chats in many scripts, with emoji, that
every guard of a text lets pass."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from agents.checks.guards import GUARDS, Passage, ruling
from agents.checks.registry import draw_faults, run_checks
from scenarios.briefs import plan_brief
from scenarios.loading import Loaded, load
from scenarios.messages import Message, Speech
from scenarios.records import Candidate, Evidence, Status
from scenarios.schema.plans import CheckPlan
from tests.helpers import NOTES, a_candidate, loaded

CHAT: dict[str, list[str]] = yaml.safe_load(
    (Path(__file__).parents[1] / "text" / "chat.yaml").read_text(encoding="utf-8")
)
OF_ANY_CHAT = ("facts_consistent", "no_repetition", "in_role", "no_leak", "language_kept")
GERMAN = "Leider ist mein Paket noch nicht angekommen, und niemand weiß, warum."
ENGLISH = "I am afraid that nobody knows where your parcel is at the moment."


def kept(scenario: Loaded, made: Candidate) -> Evidence:
    return next(one for one in run_checks(scenario, made) if one.check == "language_kept")


def test_a_message_in_another_language_is_named_by_its_turn(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, checks=[{"name": "language_kept"}], language="German")
    brief = plan_brief(scenario, 0, 0, 0, 0)
    assert (
        kept(scenario, a_candidate(brief, GERMAN, "ok thanks", "QP-3655 👍", "Gern geschehen!")).status is Status.PASS
    )
    found = kept(scenario, a_candidate(brief, GERMAN, GERMAN, ENGLISH, GERMAN))
    assert (found.status, found.turn) == (Status.FAIL, 2)
    assert found.detail == "turn 2: is in English, not in German"
    russian = kept(scenario, a_candidate(brief, GERMAN, "Спасибо, до свидания."))
    assert (russian.status, russian.turn) == (Status.FAIL, 1)
    assert "letters that German is not written in" in russian.detail


def test_a_field_in_another_language_is_found_and_its_draw_refused(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, NOTES, checks=[{"name": "language_kept"}], language="German")
    brief = plan_brief(scenario, 0, 0, 0, 0)
    assert kept(scenario, Candidate(brief=brief, fields={"text": GERMAN})).status is Status.PASS
    wrong = Candidate(brief=brief, fields={"text": ENGLISH})
    assert kept(scenario, wrong).detail == "is in English, not in German"
    passage = Passage(text=ENGLISH, language="German")
    assert [fault.check for fault in draw_faults(scenario, wrong, "text", [passage])] == ["language_kept"]


def test_words_in_a_world_are_read_and_results_of_tools_are_not() -> None:
    shipped = load("library")
    checks = (CheckPlan(name="language_kept"),)
    scenario = shipped.model_copy(update={"scenario": shipped.scenario.model_copy(update={"checks": checks})})
    brief = plan_brief(scenario, 0, 0, 0, 0)
    tool = Message(role=Speech.TOOL, content=GERMAN, name="lookup", tool_call_id="c1")
    said = (Message(role=Speech.USER, content=ENGLISH), tool, Message(role=Speech.ASSISTANT, content=""))
    assert kept(scenario, Candidate(brief=brief, messages=said)).status is Status.PASS
    slip = (*said, Message(role=Speech.ASSISTANT, content=GERMAN))
    found = kept(scenario, Candidate(brief=brief, messages=slip))
    assert (found.status, found.turn) == (Status.FAIL, 3)


def test_a_language_that_nobody_can_read_is_unverifiable(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, checks=[{"name": "language_kept"}], language="Klingon")
    found = kept(scenario, a_candidate(plan_brief(scenario, 0, 0, 0, 0), "nuqneH!", ENGLISH))
    assert found.status is Status.UNVERIFIABLE
    assert "Klingon" in found.detail


def test_code_is_in_no_language(tmp_path: Path) -> None:
    scenario = loaded(
        tmp_path, NOTES, checks=[{"name": "language_kept"}], language="German",
        fields=[{"name": "text", "prompt": "text.jinja", "kind": "exact", "min_words": 1, "max_words": 1000}],
    )  # fmt: skip
    made = Candidate(brief=plan_brief(scenario, 0, 0, 0, 0), fields={"text": "def who_is_there(name): return name"})
    assert kept(scenario, made).status is Status.PASS


@pytest.mark.parametrize("language", CHAT)
@pytest.mark.parametrize("markup", [False, True])
def test_no_line_of_a_natural_chat_is_refused(language: str, markup: bool) -> None:
    for place, line in enumerate(CHAT[language]):
        passage = Passage(
            text=line, language=language, given=line, earlier=tuple(CHAT[language][:place]), min_words=1, max_words=200,
            labels=("Customer", "Assistant"), markup=markup, judged=True,
        )  # fmt: skip
        assert not [found for name in OF_ANY_CHAT if (found := ruling(name, passage).fault)], line
        plain = ruling("plain_language", passage).fault
        assert not plain or (language == "English" and plain.startswith("does not end with")), line


def test_every_guard_of_a_chat_is_registered() -> None:
    assert set(OF_ANY_CHAT) <= set(GUARDS)
