"""LogLikeness finds what was made to differ, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evaluation.contrasts.effects import Size, area_above, cliffs_delta, size_of
from evaluation.speech.dialogues import Dialogue, DialogueSide, dialogue_in, read_dialogues
from evaluation.speech.likeness import Course, likeness
from evaluation.writing import Trait

WORDS = [
    "parcel",
    "lamp",
    "order",
    "late",
    "refund",
    "box",
    "street",
    "code",
    "driver",
    "note",
    "Monday",
    "label",
    "return",
    "broken",
    "part",
    "screw",
    "green",
]


def _corpus(seed: int, *, longer: int = 0, asks: float = 0.5, count: int = 120) -> list[Dialogue]:
    draw = np.random.default_rng(seed)

    def line(side: DialogueSide) -> str:
        size = int(draw.integers(4, 10)) + (longer if side is DialogueSide.ASSISTANT else 0)
        mark = "?" if side is DialogueSide.USER and draw.random() < asks else "."
        return " ".join(draw.choice(WORDS, size)) + mark

    return [
        tuple(
            (side, line(side))
            for _ in range(int(draw.integers(2, 5)))
            for side in (DialogueSide.USER, DialogueSide.ASSISTANT)
        )
        for _ in range(count)
    ]


def test_equal_habits_are_not_told_apart() -> None:
    found = likeness(_corpus(1), _corpus(2))
    assert (found.told_apart.low or 0) < 0.5 < (found.told_apart.high or 0)
    effects = [effect for side in found.sides.values() for effect in side.values()] + list(found.course.values())
    there = [one for one in effects if one.delta.low is not None and one.delta.high is not None]
    outside = [one for one in there if not (one.delta.low or 0) <= 0 <= (one.delta.high or 0)]
    assert len(there) >= 15
    assert len(outside) <= 3, "each interval misses one time in twenty"


def test_what_was_made_to_differ_is_found() -> None:
    found = likeness(_corpus(1, longer=4, asks=0.9), _corpus(2, asks=0.2))
    assistant, user = found.sides[DialogueSide.ASSISTANT], found.sides[DialogueSide.USER]
    assert assistant[Trait.LENGTH].size is Size.LARGE
    assert (user[Trait.QUESTION].delta.low or 0) > 0.5
    assert user[Trait.LENGTH].size is Size.NONE
    assert (found.told_apart.low or 0) > 0.9


def test_what_a_message_adds() -> None:
    echoing: Dialogue = ((DialogueSide.USER, "my lamp is late"), (DialogueSide.ASSISTANT, "my lamp is late"))
    adding: Dialogue = (
        (DialogueSide.USER, "my lamp is late"),
        (DialogueSide.ASSISTANT, "driver lost two parcels yesterday"),
    )
    found = likeness([echoing] * 3, [adding] * 3).sides[DialogueSide.ASSISTANT]
    assert (found[Course.NEW_WORDS].first, found[Course.NEW_WORDS].second) == (0, 5)
    assert (found[Course.ECHO].first, found[Course.ECHO].second) == (1, 0)


def test_deltas_by_hand() -> None:
    assert cliffs_delta(np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0])).value == 0.0
    assert cliffs_delta(np.array([3.0, 4.0]), np.array([1.0, 2.0])).value == 1.0
    assert area_above(np.array([1.0, 3.0]), np.array([2.0])).value == 0.5
    assert cliffs_delta(np.zeros(0), np.ones(3)).value is None
    assert [size_of(delta) for delta in (0.1, -0.2, 0.4, -0.9)] == [Size.NONE, Size.SMALL, Size.MEDIUM, Size.LARGE]


def test_an_interval_holds_the_truth() -> None:
    draw, held = np.random.default_rng(3), 0
    truth = 0.5203  # 2 Φ(1 / √2) − 1
    for _ in range(300):
        found = cliffs_delta(draw.normal(1, 1, 60), draw.normal(0, 1, 80))
        held += (found.low or 0) <= truth <= (found.high or 0)
    assert held >= 275


def test_logs_of_several_forms(tmp_path: Path) -> None:
    rows = [
        {
            "messages": [
                {"role": "system", "content": "x"},
                {"role": "user", "content": "hi"},
                {"role": "assistant", "content": "yes"},
            ]
        },
        {"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "yes"}]},
        {
            "messages": [
                {"role": "user", "content": "hi"},
                {"role": "tool", "content": "1"},
                {"role": "Assistant", "content": "yes"},
            ]
        },
    ]
    assert {dialogue_in(row) for row in rows} == {((DialogueSide.USER, "hi"), (DialogueSide.ASSISTANT, "yes"))}
    assert dialogue_in([1]) == ()
    assert dialogue_in({"messages": [1, {"role": 3, "content": []}]}) == ()
    path = tmp_path / "logs.jsonl"
    path.write_text('{"text": "a"}\n')
    assert read_dialogues(path) == []
