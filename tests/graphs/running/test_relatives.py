"""A judge that got a model of its own, of the writers' family, is named as a run begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphs.preparation import prepare
from graphs.running.presenting import opening_lines
from graphs.settings.keys import parse_arguments
from tests.helpers import write_scenario


@pytest.mark.parametrize(("judge", "named"), [("qwq-32b", True), ("qwen3-8b", False), ("claude-haiku-4-5", False)])
def test_a_relative_is_named_and_nobody_else(judge: str, named: bool, tmp_path: Path) -> None:
    words = [
        f"scenario={write_scenario(tmp_path)}", f"out={tmp_path / 'run'}", f"roles.judge.llm.model={judge}",
        "llm.base_url=http://127.0.0.1:9/v1", "llm.model=qwen3-8b",
    ]  # fmt: skip
    notes = [line for line in opening_lines(prepare(parse_arguments(words), {}), 0, 0) if "of their own kind" in line]
    assert bool(notes) is named
    if named:
        (note,) = notes
        assert note.startswith(f"note: the judge's model {judge} shares the family Qwen with guest's qwen3-8b")
