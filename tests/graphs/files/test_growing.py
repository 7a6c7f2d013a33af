"""Both files of records grow while a run goes on, round by round, and end as the journal has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from agents.models import scripted
from graphs.files.dataset import append_records
from graphs.running import session
from tests.helpers import TALK, Workshop, write_scenario


def test_rejections_can_be_read_while_the_run_goes_on(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    usual, seen = scripted.scripted_text, list[tuple[int, int]]()
    refuses = '{"settled": false, "reason": "It was not handed over."}'
    monkeypatch.setattr(
        scripted, "scripted_text", lambda call: refuses if call.role == "verifier" and call.seed % 2 else usual(call)
    )

    def counted(out: Path, records: Any) -> None:
        append_records(out, records)
        seen.append((len(ids(out / "dataset.jsonl")), len(ids(out / "rejected.jsonl"))))

    monkeypatch.setattr(session, "append_records", counted)
    path = write_scenario(workshop.home / "s", TALK)
    ran = workshop.run("r", f"scenario={path}", "llm.backend=scripted", "n=4", "seed=2", "round_size=2")
    assert ran.code == 0, ran.stderr
    grown = [rejected for _, rejected in seen]
    assert len(seen) > 2
    assert grown == sorted(grown)
    assert grown[1] > 0
    assert seen[-1] == (len(ran.lines()), len(ran.lines("rejected.jsonl")))


def ids(path: Path) -> list[str]:
    """The ids in a file."""
    return [orjson.loads(line)["id"] for line in path.read_bytes().splitlines()]
