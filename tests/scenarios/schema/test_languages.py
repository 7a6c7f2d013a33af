"""The language of a scenario: one, or several as an axis."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from agents.checks.passages import line_passage
from agents.checks.registry import run_checks
from agents.models.scripted import filling
from agents.views import prompt_messages, turn_view
from graphs.settings.templates import check_templates
from scenarios.briefs import plan_brief
from scenarios.errors import ScenarioError
from scenarios.loading import Loaded, load
from scenarios.messages import Message
from scenarios.records import Candidate, Status
from scenarios.schema.languages import language_of, named_language
from scenarios.schema.styles import Style

PLAN = {
    "name": "desk",
    "description": "Short chats.",
    "family": "dialogue",
    "topology": "generate_only",
    "axes": {"wish": ["to renew a book", "to reserve a book"]},
    "facts": {"card": {"pattern": "@@-####"}, "day": {"choice": ["Monday", "Tuesday"]}},
    "brief": {"goal": "{{ wish.name }}, in {{ language }} ({{ language.name }})"},
    "turns": [{"speaker": "reader", "act": "opens: wants {{ goal }}", "must": ["{{ facts.card }}", "{{ facts.day }}"]}],
    "roles": {
        "reader": {
            "speaks_as": "user",
            "label": "Reader",
            "sees": ["goal"],
            "prompt": {"chat": "p.jinja", "transcript": "p.jinja"},
        }
    },
    "checks": ["must_say", "facts_consistent", "no_repetition", "no_leak", "plain_language"],
}


def desk(home: Path, prompt: str = "=== system ===\nBe brief.\n=== user ===\n{{ goal }}\n", **more: object) -> Loaded:
    (home / "scenario.yaml").write_text(yaml.safe_dump({**PLAN, **more}, allow_unicode=True), encoding="utf-8")
    (home / "p.jinja").write_text(prompt, encoding="utf-8")
    loaded = load(str(home / "scenario.yaml"))
    check_templates(loaded)
    return loaded


def test_a_scenario_without_a_language_is_english_and_dumps_as_before(tmp_path: Path) -> None:
    loaded = desk(tmp_path)
    assert "language" not in loaded.scenario.model_dump()
    brief = plan_brief(loaded, 0, 0, 0, 0)
    assert brief.language == "English"
    assert "language" not in brief.model_dump()
    assert brief.texts["goal"].endswith("in English (English)")


def test_several_languages_are_an_axis(tmp_path: Path) -> None:
    loaded = desk(tmp_path, language=["English", "German"], exclude=[{"language": "German", "wish": "to renew a book"}])
    assert list(loaded.scenario.axes) == ["language", "wish"]
    briefs = [plan_brief(loaded, 0, 0, index, index) for index in range(12)]
    assert {brief.language for brief in briefs} == {"English", "German"}
    assert all(brief.language == brief.cell["language"] for brief in briefs)


def test_a_prompt_that_does_not_speak_of_its_language_is_told_it(tmp_path: Path) -> None:
    for prompt, told in (("=== system ===\nBe brief.\n", True), ("Write {{ language }}.", False)):
        loaded = desk(tmp_path, prompt, language="German")
        brief = plan_brief(loaded, 0, 0, 0, 0)
        values = turn_view(loaded, brief, brief.turns[0], [], "", judged=False)
        (message,) = prompt_messages(loaded, loaded.scenario.roles["reader"], Style.CHAT, values)
        assert ("Write in German" in message.content) is told
        assert "German" in message.content


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("Germn", "did you mean 'German'"), (False, "name of a language"), ([], "empty list"), (["German", "Germn"], "did you mean"),
        (3, "name of a language"),
    ],
)  # fmt: skip
def test_a_wrong_language_is_one_line(tmp_path: Path, given: object, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        desk(tmp_path, language=given)


def test_an_axis_of_that_name_and_a_list_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="leave yours out"):
        desk(tmp_path, language=["German"], axes={"language": ["x"]})
    own = desk(tmp_path, axes={"language": ["Python", "German"], "wish": ["to read"]})
    found = {brief.cell["language"]: brief.language for brief in (plan_brief(own, 0, 0, n, n) for n in range(9))}
    assert found == {"Python": "English", "German": "German"}


def test_names_of_languages() -> None:
    assert named_language("de") == "German"
    assert named_language("no") == "Norwegian"
    assert named_language("swiss german") == "swiss german"
    assert language_of("Swiss German").scripts == ("Latin",)
    assert not language_of("Klingon").known


def test_words_of_english_material_are_not_looked_for_in_german(tmp_path: Path) -> None:
    loaded = desk(tmp_path, language="German")
    brief = plan_brief(loaded, 0, 0, 0, 0)
    card = brief.facts["card"]

    def statuses(text: str) -> dict[str, Status]:
        made = Candidate(brief=brief, messages=(Message(role="user", content=text, name="reader"),))
        return {one.check: one.status for one in run_checks(loaded, made)}

    found = statuses(f"Am Montag möchte ich das Buch mit der Karte {card} verlängern.")
    assert found["must_say"] is Status.UNVERIFIABLE
    assert found["facts_consistent"] is Status.UNVERIFIABLE
    assert found["plain_language"] is Status.PASS
    assert statuses("Am Montag möchte ich das Buch gern verlängern.")["must_say"] is Status.FAIL
    assert statuses(f"On Monday I would like to renew the book with {card}.")["plain_language"] is Status.FAIL


@pytest.mark.parametrize("language", ["German", "French", "Japanese", "Arabic", "Thai", "Hindi", "Klingon"])
def test_a_dry_run_speaks_the_language(tmp_path: Path, language: str) -> None:
    loaded = desk(tmp_path, language=language)
    words, _ = filling(plan_brief(loaded, 0, 0, 0, 0))
    known = language_of(language)
    assert words
    assert not known.known or set(words) <= known.common
    own = desk(tmp_path, language="German", description="Ein Gespräch.", axes={"wish": ["das Buch über Vögel zu verlängern"]},
               brief={"goal": "möchte {{ wish.name }}, und zwar möglichst bald und ohne Gebühr"},
               turns=[{"speaker": "reader", "act": "eröffnet das Gespräch: {{ goal }}"}])  # fmt: skip
    assert "möglichst" in filling(plan_brief(own, 0, 0, 0, 0))[0]


def test_a_value_that_no_draw_may_say_is_refused_at_once(tmp_path: Path) -> None:
    bad = {"facts": {**PLAN["facts"], "day": {"choice": ["Monday", "please please please"]}}}  # type: ignore[dict-item]
    with pytest.raises(
        ScenarioError, match=r"facts\.day: no draw could say 'please please please', since 'no_repetition'"
    ):
        desk(tmp_path, **bad)
    role = {**PLAN["roles"]["reader"], "never_says": ["monday"]}  # type: ignore[index]
    with pytest.raises(ScenarioError, match=r"facts\.day: no draw could say 'Monday', since 'in_role'"):
        desk(tmp_path, roles={"reader": role}, checks=[*PLAN["checks"], "in_role"])  # type: ignore[misc]


def test_a_line_is_read_in_its_language(tmp_path: Path) -> None:
    loaded = desk(tmp_path, language="Japanese")
    brief = plan_brief(loaded, 0, 0, 0, 0)
    assert line_passage(loaded, brief, 0, "はい。", []).language == "Japanese"
