"""Structured answers: parsed and validated here, repaired once, then an error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from agents.judging.judge import scores_of
from agents.models.calls import Answer, Call
from agents.models.structured import ask_structured, parse
from scenarios.errors import AnswerInvalid
from scenarios.records import Usage
from tests.helpers import a_call, gateway_over, scripted_gateway


class Shape(BaseModel):
    """A small shape."""

    number: int = Field(ge=1, le=5)
    word: str = ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(st.one_of(st.text(max_size=120), JSON.map(lambda value: json.dumps(value))))
def test_any_text_is_a_shape_or_a_value_error_in_one_line(text: str) -> None:
    try:
        assert isinstance(parse(text, Shape), Shape)
    except ValueError as error:
        assert str(error)
        assert "\n" not in str(error)


@given(st.integers(1, 5), st.text(max_size=20), st.text(st.characters(exclude_characters="{}"), max_size=20))
def test_an_object_is_found_within_chatter(number: int, word: str, chatter: str) -> None:
    made = parse(f"{chatter}```json\n{json.dumps({'number': number, 'word': word})}\n```{chatter}", Shape)
    assert (made.number, made.word) == (number, word)


@pytest.mark.parametrize(
    "text",
    [
        'Use {curly} braces, as in {{ this }}: {"number": 4} and that is it {really}.',
        '{"number": 4} {"number": 1}',
        'Sure!\n```json\n{"number": 4, "word": null}\n```\nAnything else? {}',
        '[{"number": 4}]',
        '{"number": 4}</s><|im_end|>',
        '{"number": 4}}',
        'f(x) = {x | x > 0}, so {\n  "number": 4\n}',
    ],
)
def test_the_first_complete_object_counts(text: str) -> None:
    assert parse(text, Shape).number == 4


class Found(BaseModel):
    """A shape that an empty object fits."""

    problems: list[Shape] = Field(default_factory=list)


@pytest.mark.parametrize(
    "text",
    [
        '{"problems": [{"number": 1}, {"num',
        '{"problems": [{"number": 1}',
        "{'problems': [{\"number\": 1}]}",
        '{problems: [{"number": 1}]}',
        '{"problems": [{"number": 1}] "more": {}}',
        '{"problems": [' + '{"a":' * 5000,
        '{"number": ' + "9" * 5000 + "}",
    ],
)
def test_a_part_of_an_object_that_is_not_whole_does_not_stand_for_it(text: str) -> None:
    with pytest.raises(ValueError, match="broken JSON"):
        parse(text, Found)


@given(st.permutations(["clear", "kind", "true", "short"]), st.lists(st.integers(1, 5), min_size=4, max_size=4))
def test_scores_are_matched_by_name_and_never_by_position(order: list[str], values: list[int]) -> None:
    meant = dict(zip(order, values, strict=True))
    made = parse(json.dumps({"scores": meant}), scores_of(("clear", "kind", "true", "short")))
    assert made.model_dump()["scores"] == meant


@given(st.dictionaries(st.sampled_from(["clear", "kind", "other"]), st.one_of(st.integers(-3, 9), st.text(max_size=3))))
def test_scores_without_a_criterion_or_out_of_range_are_refused(scores: dict[str, Any]) -> None:
    shape = scores_of(("clear", "kind"))
    right = all(str(scores.get(name)) in {"1", "2", "3", "4", "5"} for name in ("clear", "kind"))
    if right:
        assert parse(json.dumps({"scores": scores}), shape)
    else:
        with pytest.raises(ValueError, match=r"scores"):
            parse(json.dumps({"scores": scores}), shape)


async def test_one_repair_shows_the_error_and_what_was_said() -> None:
    gateway, model = scripted_gateway(lambda call: "Nine!" if "repair" not in call.asker.step else '{"number": 4}')
    made, usage = await ask_structured(gateway, a_call(), Shape)
    assert made.number == 4
    assert usage.calls == 2
    first, second = model.asked
    assert second.asker.step == f"{first.asker.step}/repair"
    assert second.messages[:-2] == first.messages
    assert second.messages[-2].content == "Nine!"
    assert "there is no JSON object" in second.messages[-1].content
    assert second.answer_schema == first.answer_schema == Shape.model_json_schema()


@pytest.mark.parametrize("answer", ["", "no", '{"number": 9}', '{"number": }', "[4]", '{"word": "x"}'])
async def test_an_answer_that_stays_wrong_is_an_error_with_its_cost(answer: str) -> None:
    gateway, model = scripted_gateway(lambda _: answer)
    with pytest.raises(AnswerInvalid) as caught:
        await ask_structured(gateway, a_call(), Shape)
    assert len(model.asked) == 2
    assert caught.value.fault == "schema"
    assert caught.value.usage.calls == 2


async def test_without_repair_it_is_asked_once() -> None:
    gateway, model = scripted_gateway(lambda _: "no")
    with pytest.raises(AnswerInvalid):
        await ask_structured(gateway, a_call(), Shape, repair=False)
    assert len(model.asked) == 1


class CutOff:
    """A model whose first answers are cut off."""

    def __init__(self, *texts: str) -> None:
        self._texts = iter(texts)
        self.asked: list[Call] = []

    async def send(self, call: Call) -> Answer:
        self.asked.append(call)
        text = next(self._texts)
        return Answer(text=text, finish="stop" if text.endswith("}") else "length", usage=Usage(calls=1))

    async def close(self) -> None:
        """Nothing is held."""


@pytest.mark.parametrize("half", ['{"number": 4, "word": "a lo', "", '{"number": {"a": 1}, "wo'])
async def test_an_answer_that_was_cut_off_is_asked_for_again_and_shorter(half: str) -> None:
    model = CutOff(half, '{"number": 4}')
    made, usage = await ask_structured(gateway_over(model), a_call(), Shape)
    assert (made.number, usage.calls) == (4, 2)
    assert "cut off" in model.asked[1].messages[-1].content
    assert "shorter" in model.asked[1].messages[-1].content


async def test_one_that_is_cut_off_twice_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(AnswerInvalid, match=r"cut off at 20 tokens; roles\.judge\.llm\.max_tokens"):
        await ask_structured(gateway_over(CutOff('{"number":', '{"number": 4')), a_call(), Shape)
    with pytest.raises(AnswerInvalid, match=r"cut off at 20 tokens"):
        await ask_structured(gateway_over(CutOff('{"number":')), a_call(), Shape, repair=False)


async def test_one_that_is_cut_off_after_its_object_is_whole() -> None:
    made, _ = await ask_structured(gateway_over(CutOff('{"number": 4} This is be')), a_call(), Shape)
    assert made.number == 4
