"""The free conversations that ship: little to write, facts that agree with each other, and what each speaker is shown."""

from __future__ import annotations

import re

import pytest

from agents.checks.check import Reading
from agents.checks.conversation.facts import private_kept
from agents.parts import own_facts, speaker_view, writer_view
from graphs.verify import main as verify
from scenarios.briefs import plan_brief
from scenarios.loading import load, scenario_path
from scenarios.messages import Message, Speech
from scenarios.records import Brief, Candidate
from scenarios.scene import ConversationScene, Part
from scenarios.schema.scenario import Family
from tests.helpers import Workshop

NAMES = ("grounded", "interview", "negotiation", "support", "tutor")
LISTS = {
    "grounded": {"passage": 40, "kind": 9},
    "interview": {"subject": 25},
    "negotiation": {"matter": 30},
    "support": {"reason": 25, "product": 120, "dates": 30},
    "tutor": {"misconception": 25},
}


def briefs(name: str, count: int = 200) -> list[Brief]:
    loaded = load(name)
    return [plan_brief(loaded, 3, 0, number, number) for number in range(count)]


def amount(text: str) -> int:
    return int(re.sub(r"\D", "", text))


@pytest.mark.parametrize("name", NAMES)
def test_a_scripted_run_is_accepted_and_verifies(workshop: Workshop, name: str) -> None:
    ran = workshop.run("r", f"scenario={name}", "llm.backend=scripted", "n=4")
    assert ran.code == 0, ran.stderr
    lines = ran.lines()
    assert len(lines) == 4
    assert all(line["messages"][-1]["role"] == "assistant" for line in lines)
    assert verify([f"out={ran.out}"]) == 0
    assert verify([str(ran.out / "dataset.jsonl")]) == 0


@pytest.mark.parametrize("name", NAMES)
def test_its_lists_are_long_and_each_speaker_has_a_view(name: str) -> None:
    loaded = load(name)
    assert loaded.scenario.family is Family.CONVERSATION
    for axis, least in LISTS[name].items():
        assert len(loaded.scenario.axes[axis].values) >= least
    own = [line for line in scenario_path(name).read_text(encoding="utf-8").splitlines() if line.strip()]
    assert len(own) < 80
    for brief in briefs(name, 20):
        shown = writer_view(loaded, brief)
        assert all(text.strip() for text in shown["plan"].values())
        for speaker in loaded.scenario.speakers:
            assert speaker_view(loaded, brief, None, speaker)["me"]["name"] == speaker


PAIRS = [
    ("fees-1", "machines-1"), ("fees-1", "membership-1"), ("fees-2", "loans-1"), ("fees-3", "loans-5"), ("fees-4", "loans-4"),
    ("loans-1", "hours-2"), ("loans-1", "fees-2"), ("loans-2", "fees-2"), ("machines-4", "fees-1"), ("machines-7", "courses-1"),
    ("membership-2", "young-people-2"), ("membership-5", "storage-1"), ("young-people-1", "machines-1"), ("young-people-2", "courses-1"),
]  # fmt: skip
"""Passages of different pages that answer some question together."""


def test_a_conversation_over_documents_rests_on_passages_that_go_together() -> None:
    loaded = load("grounded")
    document = {one.id: one.document for one in loaded.passages}
    rests = {brief.cell["passage"]: brief.passages for brief in briefs("grounded", 500)}
    assert rests.keys() == document.keys()
    for given in rests.values():
        pages = [document[id_] for id_ in given]
        assert len(given) == 7
        assert max(map(pages.count, pages)) <= 3
    assert [pair for pair in PAIRS if pair[1] not in rests[pair[0]]] == []


def test_an_assistant_that_answers_from_documents_has_nothing_else() -> None:
    loaded = load("grounded")
    brief = plan_brief(loaded, 3, 0, 0, 0)
    told = speaker_view(loaded, brief, ConversationScene(situation="A secret."), "assistant")
    assert (told["goal"], told["facts"], told["known"]) == ("", [], [])
    assert [one["id"] for one in told["passages"]] == list(brief.passages)
    for value in loaded.scenario.axes["kind"].values:
        assert value.attributes()["plan"] not in str(told)


def test_an_agreement_is_possible_exactly_if_one_is_planned() -> None:
    for brief in briefs("negotiation"):
        asked, least, most = (
            amount(brief.facts[name]) for name in ("asking_price", "lowest_price_to_accept", "highest_price_to_pay")
        )
        assert (least <= most) == (brief.cell["outcome"] != "no deal"), brief.facts
        assert 0.7 * asked < min(least, most) <= max(least, most) < asked


def test_each_side_knows_its_own_limit_and_the_other_may_not_say_it() -> None:
    loaded = load("negotiation")
    brief = plan_brief(loaded, 3, 0, 0, 0)
    parts = {name: Part(facts=own_facts(loaded, brief, name)) for name in ("buyer", "seller")}
    limit = brief.facts["highest_price_to_pay"]
    assert limit in [fact.value for fact in parts["buyer"].facts]
    assert limit not in [fact.value for fact in parts["seller"].facts]
    scene = ConversationScene(situation="They meet.", parts=parts)
    told = Message(role=Speech.ASSISTANT, content=f"So {limit} is your limit.", name="seller")
    made = Candidate(brief=brief, scene=scene, messages=(told,))
    assert "which only" in private_kept(Reading(loaded, made)).detail
    gives = Message(role=Speech.USER, content=f"All right, {limit} is all I have.", name="buyer")
    assert private_kept(Reading(loaded, made.model_copy(update={"messages": (gives, told)}))).detail == ""


def test_dates_of_an_order_follow_each_other() -> None:
    year = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ]  # fmt: skip

    def day(text: str) -> int:
        found = re.search(rf"(\d+) ({'|'.join(year)})", text)
        assert found, text
        return 31 * year.index(found[2]) + int(found[1])

    reasons = {value.name: value.attributes()["stage"] for value in load("support").scenario.axes["reason"].values}
    for brief in briefs("support"):
        ordered, due, today = (day(brief.facts[name]) for name in ("ordered_on", "delivery", "today"))
        stage = reasons[brief.cell["reason"]]
        assert ordered < due
        assert (today < due) == (stage == "early")
        assert ("delivered on" in brief.facts["delivery"]) == (stage not in ("early", "late"))


def test_the_customer_does_not_know_the_records_but_both_know_the_order() -> None:
    loaded = load("support")
    brief = plan_brief(loaded, 3, 0, 0, 0)
    customer, agent = ({fact.what: fact for fact in own_facts(loaded, brief, name)} for name in ("customer", "agent"))
    assert {*customer} < {*agent}
    assert customer["order number"].said
    assert not agent["price"].said


def test_the_tutor_has_what_is_right_and_the_learner_has_not() -> None:
    loaded = load("tutor")
    for brief in briefs("tutor", 40):
        told = {name: str(speaker_view(loaded, brief, None, name)) for name in ("learner", "tutor")}
        right, belief = brief.facts["what_is_right"], brief.facts["your_belief"]
        assert right != belief
        assert repr(right)[1:-1] in told["tutor"]
        assert repr(right)[1:-1] not in told["learner"]
