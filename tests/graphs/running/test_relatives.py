"""A judge that got a model of the writers' family is known, if its word decides."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from agents.judging.kinship import deciding_kin
from graphs.preparation import prepare
from graphs.sampling.topology import asked_roles
from graphs.settings.keys import parse_arguments
from tests.helpers import write_scenario


@pytest.mark.parametrize(
    ("judge", "shared"), [("qwq-32b", "the family Qwen"), ("qwen3-8b", "the model qwen3-8b"), ("claude-haiku-4-5", "")]
)
def test_a_relative_is_named_and_nobody_else(judge: str, shared: str, tmp_path: Path) -> None:
    assert relatives(tmp_path, judge) == ([("judge", shared)] if shared else [])


def test_a_relative_whose_word_decides_nothing_is_not_named(tmp_path: Path) -> None:
    assert relatives(tmp_path, "qwq-32b", "llm.style=transcript") == []
    row = {"model": "qwq-32b", "role": "judge", "auc": 0.5, "low": 0.4, "samples": 60}
    write_scenario(tmp_path).with_name("calibration.yaml").write_text(yaml.safe_dump([row]), encoding="utf-8")
    assert relatives(tmp_path, "qwq-32b") == []


def relatives(home: Path, judge: str, *more: str) -> list[tuple[str, str]]:
    """The judges that are relatives of a writer, in a run with these words."""
    words = [
        f"scenario={write_scenario(home)}", f"out={home / 'run'}", f"roles.judge.llm.model={judge}",
        "llm.base_url=http://127.0.0.1:9/v1", "llm.model=qwen3-8b", *more,
    ]  # fmt: skip
    prepared = prepare(parse_arguments(words), {})
    return list(
        deciding_kin(prepared.loaded, prepared.models, asked_roles(prepared.topology, prepared.loaded.scenario))
    )
