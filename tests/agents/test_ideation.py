"""How values are asked for, and what answers are read as."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.ideation import Ideator, Question, Read, read_lines
from agents.models.calls import Call
from agents.models.scripted import scripted_lines, scripted_proposals
from scenarios.errors import CallFailed
from scenarios.loading import Loaded
from scenarios.schema.styles import Style
from tests.helpers import NOTES, SCRIPTED, loaded, scripted_gateway


def scenario(folder: Path, **more: object) -> Loaded:
    return loaded(folder, NOTES, axes={"kind": {"ideate": {"about": "a small kind", "count": 6, **more}}})


def question(**more: object) -> Question:
    return Question(**{"axis": "kind", "parent": "", "count": 5, "known": ("plain",), "number": 0, **more})  # type: ignore[arg-type]


def values(read: Read) -> list[str]:
    return [one.value for one in read.proposals]


async def test_many_are_asked_for_with_probabilities_and_told_what_is_there(tmp_path: Path) -> None:
    gateway, model = scripted_gateway()
    read = await Ideator(scenario(tmp_path), gateway, SCRIPTED, 3).propose(question(known=("plain", "{{ odd }}")))
    assert len(read.proposals) == 5
    call = model.asked[0]
    assert call.role == "ideator"
    text = "\n".join(message.content for message in call.messages)
    assert "Each value is a small kind." in text
    assert "- plain\n- {{ odd }}\n" in text
    assert "Propose 5 more values." in text
    assert "probability" in text
    assert call.answer_schema


async def test_a_broken_answer_is_repaired_once_and_then_holds_nothing(tmp_path: Path) -> None:
    said: list[str] = [
        "no JSON",
        '{"values": [{"value": "1. Mint.", "probability": 5}, {"value": "sage", "probability": 0.5}]}',
    ]

    def script(call: Call) -> str:
        return said.pop(0) if said else "still none"

    gateway, model = scripted_gateway(script)
    asker = Ideator(scenario(tmp_path), gateway, SCRIPTED, 3)
    assert values(await asker.propose(question())) == ["Mint", "sage"]
    nothing = await asker.propose(question(number=1))
    assert (nothing.proposals, nothing.unread) == ((), 1)
    assert "no valid JSON after one repair" in nothing.fault
    assert [call.asker.step for call in model.asked] == ["0", "0/repair", "1", "1/repair"]


async def test_a_base_model_goes_on_with_a_list_of_few(tmp_path: Path) -> None:
    gateway, model = scripted_gateway(lambda call: "a ferry | 0.02\n- oak | .5\n- half a li")
    base = SCRIPTED.model_copy(update={"style": Style.TRANSCRIPT})
    known = tuple(f"kind {n}" for n in range(20))
    read = await Ideator(scenario(tmp_path), gateway, base, 3).propose(question(known=known))
    assert (values(read), read.unread) == (["a ferry", "oak"], 1)
    text = model.asked[0].messages[0].content
    assert text.endswith("\n-")
    assert sum(f"- {name} |" in text for name in known) == 5
    assert model.asked[0].answer_schema is None


def test_what_a_transcript_demonstrates_is_known(tmp_path: Path) -> None:
    gateway, _ = scripted_gateway()
    base = SCRIPTED.model_copy(update={"style": Style.TRANSCRIPT})
    assert "a jar of plum jam" in Ideator(scenario(tmp_path), gateway, base, 3).demonstrated("kind")
    assert Ideator(scenario(tmp_path), gateway, SCRIPTED, 3).demonstrated("kind") == ()


async def test_fits_are_matched_by_name(tmp_path: Path) -> None:
    answer = {"fits": [{"value": "Other", "groups": ["A bell"]}, {"value": "both", "groups": ["a map", "a bell", "ghost"]},
                       {"value": "own", "groups": ["a map", "ghost"]}]}  # fmt: skip
    gateway, model = scripted_gateway(lambda call: orjson.dumps(answer).decode())
    asker = Ideator(scenario(tmp_path, each="topic"), gateway, SCRIPTED, 3)
    assert await asker.misfits("kind", "a map", ["own", "unheard of", "both", "other"], "0") == {"both", "other"}
    text = model.asked[0].messages[-1].content
    assert "- a coat\n" in text
    assert "- unheard of" in text


async def test_an_unreadable_opinion_on_fits_drops_nothing(tmp_path: Path) -> None:
    gateway, _ = scripted_gateway(lambda call: "no JSON")
    assert (
        await Ideator(scenario(tmp_path, each="topic"), gateway, SCRIPTED, 3).misfits("kind", "a map", ["x"], "0")
        == set()
    )


async def test_machinery_that_fails_is_no_answer(tmp_path: Path) -> None:
    class Broken:
        async def ask(self, call: Call) -> None:
            raise CallFailed("down")

    with pytest.raises(CallFailed):
        await Ideator(scenario(tmp_path), Broken(), SCRIPTED, 3).propose(question())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "found", "unread"),
    [
        ("a tap | 0.1", ["a tap"], 0),
        ("a tap | 5 %\n- a pipe | .02\n- a hose | 1.0", ["a tap", "a pipe", "a hose"], 0),
        ("a tap\n- a pipe | 0.2", ["a pipe"], 1),
        ("a tap | 0.1 | 0.2\n- a pipe | often\n- | 0.1\n- hose | 2.5", [], 4),
        ("a tap | 0.1\n\nEach is a pipe:\n- a hose | 0.1", ["a tap"], 0),
        ("a tap | 0.1\nOthers:\n- a hose | 0.1", ["a tap"], 0),
        ("", [], 0),
    ],
)  # fmt: skip
def test_lines_are_read_whole_or_not_at_all(text: str, found: list[str], unread: int) -> None:
    read = read_lines(text)
    assert (values(read), read.unread) == (found, unread)


def test_the_last_line_of_an_answer_that_was_cut_off_is_dropped() -> None:
    read = read_lines("a tap | 0.1\n- a pipe | 0.0", cut_off=True)
    assert (values(read), read.unread) == (["a tap"], 1)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_whatever_is_written_each_proposal_is_part_of_one_line(text: str) -> None:
    read = read_lines(text)
    lines = text.splitlines()
    assert len(read.proposals) + read.unread <= len(lines)
    for one in read.proposals:
        assert any(one.value in line and "|" in line for line in lines)
        assert 0 <= one.probability <= 1


@given(st.integers(0, 2**40), st.integers(1, 30), st.integers(0, 200))
def test_an_answer_cut_anywhere_gives_the_beginning_of_what_the_whole_gives(seed: int, count: int, at: int) -> None:
    whole = scripted_lines(question(count=count), seed)
    full, part = values(read_lines(whole)), values(read_lines(whole[:at], cut_off=True))
    assert full == [value.rstrip(".") for value, _ in scripted_proposals(question(count=count), seed)]
    assert part == full[: len(part)]
