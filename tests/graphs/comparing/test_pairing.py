"""How samples are paired: by brief, by prompt, by cell or at random, whatever the order of the lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graphs.comparing.datasets import read_dataset
from graphs.comparing.pairing import PairedBy, paired_up
from tests.graphs.comparing.made import talk, write


def rows(mark: str, **changes: Any) -> list[dict[str, Any]]:
    return [{**talk(number, f"{mark} {number}"), **changes} for number in range(9)]


def renamed(mark: str, *, prompts: bool) -> list[dict[str, Any]]:
    """Samples of other briefs; with other first words, too, unless `prompts`."""
    found = rows(mark)
    for row in found:
        row["brief"]["id"] += mark
        if not prompts:
            row["messages"][0]["content"] += mark
    return found


@pytest.mark.parametrize(
    ("other", "by"),
    [
        (rows("y"), PairedBy.BRIEF),
        (renamed("y", prompts=True), PairedBy.PROMPT),
        (renamed("y", prompts=False), PairedBy.CELL),
        ([{"text": f"y {number}"} for number in range(9)], PairedBy.RANDOM),
    ],
)
def test_the_closest_way_is_taken(tmp_path: Path, other: list[dict[str, Any]], by: PairedBy) -> None:
    left = read_dataset("a", write(tmp_path / "a.jsonl", rows("x")))
    right = read_dataset("b", write(tmp_path / "b.jsonl", other))
    found = paired_up(left, right, 5)
    assert (found.by, found.possible, len(found.pairs)) == (by, 9, 5)
    assert len({pair.left.id for pair in found.pairs}) == len({pair.right.id for pair in found.pairs}) == 5
    if by is PairedBy.CELL:
        assert all(pair.left.cell == pair.right.cell for pair in found.pairs)
    turned = read_dataset("a", write(tmp_path / "a.jsonl", rows("x")[::-1]))
    assert [(pair.left.id, pair.right.id) for pair in paired_up(turned, right, 5).pairs] == [
        (pair.left.id, pair.right.id) for pair in found.pairs
    ]


def test_a_few_shared_briefs_do_not_decide(tmp_path: Path) -> None:
    other = renamed("y", prompts=False)
    other[0] = rows("y")[0]
    left = read_dataset("a", write(tmp_path / "a.jsonl", rows("x")))
    assert paired_up(left, read_dataset("b", write(tmp_path / "b.jsonl", other)), 5).by is PairedBy.CELL


def test_every_shape_of_a_line_is_read(tmp_path: Path) -> None:
    call = {"function": {"name": "find", "arguments": '{"id": 1}'}}
    found = read_dataset(
        "a",
        write(
            tmp_path / "a.jsonl",
            [
                {"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "hello"}]},
                {"prompt": "hi", "completion": "hello"},
                {"fields": {"the_question": "why?"}},
                {"text": "all of it"},
                {"messages": [{"role": "system", "content": "s"}, {"role": "assistant", "content": None, "tool_calls": [call]}]},
            ],
        ),
    )  # fmt: skip
    assert [[(line.who, line.side, line.text, line.folded) for line in piece.lines] for piece in found.pieces] == [
        [("human", "user", "hi", False), ("gpt", "assistant", "hello", False)],
        [("user", "user", "hi", False), ("assistant", "assistant", "hello", False)],
        [("the question", "field", "why?", False)],
        [("text", "field", "all of it", False)],
        [("assistant calls", "tool", 'find {"id": 1}', True)],
    ]
    assert [piece.prompt for piece in found.pieces] == ["hi", "hi", "", "", ""]
