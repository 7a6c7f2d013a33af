"""A directory with samples for people and no run: only the review mode shows it."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from graphs.files.rundir import DATASET
from graphs.reviewing.accepted import TO_REVIEW
from graphs.reviewing.pairs import PAIRS
from graphs.reviewing.verdicts import Queue
from studio.reviewing.desks import Desks
from studio.reviewing.showing import shown_item
from studio.runs.open_run import OpenRun
from studio.runs.shelf import Shelf

_LINES = [
    {"id": f"s{n}", "messages": [{"role": "user", "content": f"hi {n}"}, {"role": "assistant", "content": "yes"}]}
    for n in range(4)
]


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))


@pytest.mark.parametrize("name", [DATASET, TO_REVIEW])
def test_samples_for_people_can_be_reviewed_without_a_journal(name: str, tmp_path: Path) -> None:
    _write(tmp_path / name, [dict(line) for line in _LINES])
    queue = Queue.AUDIT
    if name == DATASET:
        _write(tmp_path / PAIRS, [{"pair": ["s0", "s1"]}, {"pair": ["s2", "s3"]}])
        queue = Queue.PAIRS
    run = Shelf(tmp_path, one=True).runs()[0]
    line = run.line()
    assert (line.review_only, line.error) == (True, "")
    items = Desks().of(run).desk.next(queue, "ann", 9)
    shown = [shown_item(None, item, 0) for item in items]
    assert len(shown) == (2 if queue is Queue.PAIRS else 4)
    assert shown[0].left.messages[0].content.startswith("hi ")
    assert (shown[0].right is not None) is (queue is Queue.PAIRS)


def test_a_dataset_alone_is_no_run_and_nothing_to_review(tmp_path: Path) -> None:
    _write(tmp_path / DATASET, [dict(line) for line in _LINES])
    assert "has no run.sqlite" in OpenRun("a", "a", tmp_path).line().error
