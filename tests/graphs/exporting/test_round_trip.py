"""Whatever is said and called, a target that takes it gives it back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphs.exporting.formats.registry import TARGETS
from graphs.exporting.pairing import paired
from graphs.exporting.sample import Learned, Lesson, Unfit
from graphs.exporting.shaping import Cannot, Shaping, shaped
from scenarios.messages import Message, Speech

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXT, lambda one: st.lists(one, max_size=2), max_leaves=4
)


@st.composite
def talks(draw: st.DrawFn) -> Learned:
    """A conversation of any speakers, with calls that are answered."""
    messages = [Message(role=Speech.SYSTEM, content=draw(TEXT))] if draw(st.booleans()) else []
    for turn in range(draw(st.integers(1, 4))):
        messages.append(Message(role=Speech.USER, content=draw(TEXT), name=draw(st.sampled_from(["ana", "ben"]))))
        if draw(st.booleans()):
            calls = tuple(
                {"id": f"{turn}-{i}", "type": "function", "function": {"name": "f", "arguments": orjson.dumps(draw(st.dictionaries(TEXT, JSON, max_size=2))).decode()}}
                for i in range(draw(st.integers(1, 2)))
            )  # fmt: skip
            messages.append(Message(role=Speech.ASSISTANT, content=draw(TEXT), tool_calls=calls))
            messages += [
                Message(role=Speech.TOOL, content=draw(TEXT), tool_call_id=one["id"], name="f") for one in calls
            ]
        messages.append(Message(role=Speech.ASSISTANT, content=draw(TEXT)))
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    return Learned(id="one", messages=tuple(messages), tools=(tool,))


BY_FORM = ["openai", "llamafactory", "sharegpt", "alpaca", "inspect", "csv"]


@pytest.mark.parametrize("name", BY_FORM)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(talk=talks())
def test_a_sample_comes_back_as_it_was(name: str, tmp_path: Path, talk: Learned) -> None:
    target = TARGETS[name](Lesson.SFT, Cannot.FLATTEN, Counter())
    try:
        fitted = target.fitted(shaped(paired(talk), Shaping(), None, Counter()))
        row = target.row(fitted)
    except Unfit:
        return
    for file, data in target.files({"train": [row]}).items():
        (tmp_path / file).write_bytes(data)
    assert target.read_back(tmp_path, ["train"]).heard == (target.expected(fitted),)
