"""What a conversation over documents cites: text in brackets, passages that are not its own, and as many as were asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agents.checks.check import Reading
from agents.checks.conversation.form import message_form
from agents.checks.conversation.sources import cites_enough, cites_given
from agents.conversation.stage import with_cites
from agents.parts import writer_view
from scenarios.errors import ScenarioError
from scenarios.loading import Loaded
from scenarios.records import Candidate
from tests.conversations import conversation, held, scene

HELP = "# Masks\n\nThe rule of [covid-19] is over.\n\n# Fees\n\nA day costs 4 euros.\n\n# Age\n\nOver 65 it is half.\n"
KINDS = [{"name": "one", "plan": "One rule answers."}, {"name": "two", "plan": "Two rules answer.", "cites": 2}]


def desk(folder: Path, kinds: Any = KINDS, **changes: Any) -> Loaded:
    (folder / "help").mkdir(parents=True, exist_ok=True)
    (folder / "help" / "rules.md").write_text(HELP, encoding="utf-8")
    given = {"documents": "help/", "axes": {"kind": kinds}, "checks": ["cites_enough"], **changes}
    return conversation(folder, **given)


def said(loaded: Loaded, *answers: str, kind: str = "two") -> Candidate:
    lines = [line for answer in answers for line in (("customer", "And then?"), ("agent", answer))]
    made = held(loaded, scene({}), *lines)
    own = {"kind": loaded.scenario.axes["kind"].attributes(kind, 0)}
    brief = made.brief.model_copy(
        update={"passages": tuple(one.id for one in loaded.passages), "attributes": {**made.brief.attributes, **own}}
    )
    made = made.model_copy(update={"brief": brief})
    beside = (with_cites(loaded, brief, made.messages[:at], one) for at, one in enumerate(made.messages))
    return made.model_copy(update={"messages": tuple(beside)})


@pytest.mark.parametrize("inside", [True, False])
def test_an_answer_cites_as_many_passages_as_its_value_says(tmp_path: Path, inside: bool) -> None:
    loaded = desk(tmp_path, conversation={"cites": inside})

    def found(*answers: str, kind: str = "two") -> str:
        return cites_enough(Reading(loaded, said(loaded, *answers, kind=kind))).detail

    assert found("It is 2 euros [rules-2][rules-3].") == ""
    assert found("A day is 4 euros [rules-2].", "For you it is 2 [rules-2, rules-3].") == ""
    assert found("Hello.", kind="one") == ""
    assert found("A day is 4 euros [rules-2].", "For you half [rules-3].").startswith("cites 1 passage,")
    assert found("It is 2 euros [rules-2][rules-9].").startswith("cites 1 passage,"), "one that is none does not count"
    assert found("Hello.").startswith("cites no passage,")
    again = cites_enough(Reading(loaded, said(loaded, "Hello.", "A day is 4 euros [rules-2].")))
    assert again.turn == 3, "the message that cites most is drawn again"


def test_text_in_brackets_of_a_document_is_no_citation(tmp_path: Path) -> None:
    loaded = desk(tmp_path)
    made = said(loaded, "The rule of [covid-19] is over [rules-1].")
    answer = made.messages[-1]
    assert (answer.content, answer.cites) == ("The rule of [covid-19] is over.", ("rules-1",))
    assert (cites_given(Reading(loaded, made)).detail, message_form(Reading(loaded, made)).detail) == ("", "")
    made = said(loaded, "The rule of [sars-2] is over [rules-1].")
    assert "'sars-2'" in cites_given(Reading(loaded, made)).detail, "what stands in no document is an invented passage"


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"kinds": [{"name": "two", "cites": "two"}]}, "cites: 'two' is no number of passages, such as 2"),
        ({"kinds": [{"name": "all", "cites": 4}]}, "cites: 4, but a conversation has 3 passages"),
        ({"checks": []}, "the value 'two': cites: nothing counts it; add 'cites_enough' to 'checks'"),
    ],
)
def test_a_number_of_passages_that_means_nothing_is_an_error(tmp_path: Path, changes: Any, wrong: str) -> None:
    with pytest.raises(ScenarioError, match=wrong):
        desk(tmp_path, **changes)


def test_the_writer_is_not_shown_the_number(tmp_path: Path) -> None:
    loaded = desk(tmp_path, kinds=[{"name": "two rules", "cites": 2}])
    brief = said(loaded, "Hello.", kind="two rules").brief
    assert writer_view(loaded, brief)["plan"]["kind"] == "two rules"
    assert brief.attributes["kind"]["cites"] == "2"
