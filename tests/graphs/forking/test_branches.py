"""Openings, contrasts and columns by themselves: pure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.cells import cell_len

from agents.cast import Cast
from agents.conversation.floor import floor_of
from agents.conversation.stage import Set
from agents.models.calls import Answer
from graphs.exporting.reading import Reader
from graphs.exporting.sample import Lesson
from graphs.files.calls import StoredCall
from graphs.forking.beside import Column, beside
from graphs.forking.branches import briefs_of
from graphs.forking.contrast import contrasts_of
from scenarios.loading import Loaded
from scenarios.opening import Opening
from scenarios.records import Candidate, Evidence, Record, Status, Verdict
from scenarios.scene import ConversationScene
from scenarios.schema.plans import Decoding
from scenarios.worlds.blueprint import Ending
from tests.conversations import conversation, held, scene

LINES = (
    ("customer", "Where is my parcel?"),
    ("agent", "It is late [parcels-1]."),
    ("customer", "Thanks, bye."),
    ("agent", "Goodbye."),
)


@pytest.fixture(name="shop", scope="module")
def _shop(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return conversation(tmp_path_factory.mktemp("shop"))


def source(shop: Loaded) -> Record:
    """A conversation that the customer ended, as a record."""
    made = held(shop, scene({"customer": {}, "agent": {}}), *LINES)
    brief = made.brief.model_copy(update={"messages": (2, 12)})
    return Record(verdict=Verdict.ACCEPTED, candidate=made.model_copy(update={"brief": brief, "ending": Ending.DONE}))


def answered(role: str, step: str, text: str) -> StoredCall:
    """A call that a model answered so."""
    return StoredCall(
        step=step, attempt=0, role=role, model="m", messages=(), decoding=Decoding(), tools=(), answer=Answer(text=text), usd=0.0
    )  # fmt: skip


def opening_at(shop: Loaded, turn: int, *calls: StoredCall) -> Opening:
    """The opening of a branch from a turn."""
    opening = briefs_of(shop, source(shop), calls, turn, 1, {}, "")[0].opening
    assert opening is not None
    return opening


def test_a_branch_of_the_last_message_knows_that_the_conversation_was_to_end(shop: Loaded) -> None:
    said = answered("customer", "generate/2", "Thanks,  bye. [done]")
    opening = opening_at(shop, 3, said)
    assert (opening.signals, opening.speaker) == (((2, Ending.DONE),), "agent")
    assert opening_at(shop, 2, said).signals == (), "the message that was to end it is made anew"
    brief = source(shop).candidate.brief.model_copy(update={"opening": opening})
    floor = floor_of(Set(Cast(shop, None, {}), brief, ConversationScene(situation=""), "generate"))  # type: ignore[arg-type]
    assert (floor.signalled, floor.speaker(), len(floor.messages)) == (Ending.DONE, "agent", 3)


def test_a_moderator_who_ended_it_is_heard_too(shop: Loaded) -> None:
    ended = answered("moderator", "generate/3/moderator", '{"next": "end"}')
    chosen = answered("moderator", "generate/2/moderator", '{"next": "customer"}')
    assert opening_at(shop, 3, chosen, ended).signals == ((2, Ending.MODERATED),)


def test_the_seeds_are_those_of_the_sample_the_turn_and_the_number(shop: Loaded) -> None:
    made = source(shop)
    briefs = briefs_of(shop, made, (), 2, 2, {"llm.temperature": "0"}, "a")
    again = briefs_of(shop, made, (), 2, 1, {"llm.temperature": "1"}, "b")
    assert [brief.index for brief in briefs] == [0, 1, 2, 3]
    assert len({brief.id for brief in (*briefs, *again)}) == 5, "the half in which nothing differs is the same"
    assert again[0] == briefs[0]
    assert briefs_of(shop, made, (), 3, 1, {}, "")[0].seed != briefs[0].seed


def branch(
    shop: Loaded, turn: int, verdict: Verdict, *lines: tuple[str, str], evidence: Evidence | None = None
) -> Record:
    """A branch that goes on with these lines."""
    added = held(shop, scene({}), *lines).messages
    opening = opening_at(shop, turn)
    brief = source(shop).candidate.brief.model_copy(update={"opening": opening, "id": f"b-{verdict}"})
    made = Candidate(
        brief=brief, messages=(*opening.messages, *added), system="Be kind.", evidence=(evidence,) if evidence else ()
    )
    reason = evidence.check if evidence else ""
    return Record(verdict=verdict, stage="verify" if reason else "", reason=reason, candidate=made, lineage=("shop-1",))


FAULT = Evidence(check="values_kept", version=1, status=Status.FAIL, detail="says 5 days", turn=1)


def test_a_good_and_a_bad_answer_after_the_same_words_are_a_pair(shop: Loaded, tmp_path: Path) -> None:
    good = branch(shop, 1, Verdict.ACCEPTED, ("agent", "It is sent again."), ("customer", "Fine."))
    bad = branch(shop, 1, Verdict.REJECTED, ("agent", "You get 900 euros."), ("customer", "Great."), evidence=FAULT)
    (pair,) = contrasts_of([good, bad], shop)
    assert [message["content"] for message in pair["prompt"]] == ["Be kind.", "Where is my parcel?"]
    assert (pair["chosen"][0]["content"], pair["rejected"][0]["content"]) == ("It is sent again.", "You get 900 euros.")
    assert (pair["check"], pair["reason"], pair["lineage"]) == ("values_kept", "says 5 days", ["shop-1"])
    (tmp_path / "pairs.jsonl").write_text(json.dumps(pair) + "\n", encoding="utf-8")
    (learned,) = Reader(tmp_path / "pairs.jsonl").read(Lesson.DPO)
    assert (learned.chosen[0].content, "sample shop-1" in learned.groups) == ("It is sent again.", True)


@pytest.mark.parametrize(
    ("turn", "lines", "evidence"),
    [
        (1, [("agent", "You get 900 euros."), ("customer", "What?"), ("agent", "No.")], FAULT.model_copy(update={"turn": 3})),
        (1, [("agent", "You get 900 euros."), ("customer", "What?")], FAULT.model_copy(update={"turn": None})),
        (1, [("agent", "It is sent again.")], FAULT),
        (2, [("customer", "Never mind.")], FAULT.model_copy(update={"turn": 2})),
    ],
    ids=["blamed later", "blamed nowhere", "the same answer", "a turn of the user's"],
)  # fmt: skip
def test_what_does_not_show_that_the_answer_was_wrong_makes_no_pair(
    shop: Loaded, turn: int, lines: list[tuple[str, str]], evidence: Evidence
) -> None:
    speaker = "agent" if turn == 1 else "customer"
    good = branch(shop, turn, Verdict.ACCEPTED, (speaker, "It is sent again."))
    assert not list(contrasts_of([good, branch(shop, turn, Verdict.REJECTED, *lines, evidence=evidence)], shop))


def test_columns_stand_beside_each_other_as_far_as_there_is_room() -> None:
    long = "one two three four five six seven eight nine ten " * 2
    columns = [
        Column(f"{n}: accepted", (f"agent: {long}", "customer: ありがとうございます。" * 3)) for n in range(1, 4)
    ]
    lines = list(beside(columns, 9, 80))
    assert max(map(cell_len, lines)) <= 80
    assert sum(line.startswith(("9 ", "10")) for line in lines) == 4, "two columns, then one below them"
    places = {cell_len(line.split("│")[0]) for line in lines if "│" in line}
    assert len(places) == 1, "the bar stands straight"
    assert "\x1b" not in "".join(beside([Column("x", ("a\x1b[2J",))], 0, 80))


def test_nothing_is_shown_of_no_branches(shop: Loaded) -> None:
    assert list(beside([], 3, 80)) == []
    assert opening_at(shop, 0).messages == ()
    assert opening_at(shop, 0).speaker == "customer"
