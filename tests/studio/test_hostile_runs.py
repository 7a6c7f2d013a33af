"""Run directories that somebody made to harm: the page says in one line what is wrong, or shows what can be shown."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from graphs.files.rundir import JOURNAL
from memory.journal.reading import read_journal
from scenarios.errors import UserError
from studio.runs.advice import advice_on
from studio.runs.drawing import drawn_topology
from studio.runs.figures import run_figures
from studio.runs.open_run import OpenRun
from studio.runs.pairs import pair_coverage
from studio.runs.sample import calls_shown, sample_shown
from studio.serving.answers import json_bytes
from tests import hostile
from tests.graphs.test_hostile_runs import JOURNALS


def seen(run: OpenRun) -> list[str]:
    """What the page complains of while it looks at all of a run; anything but a line for the user is raised."""
    told = [run.line().error]

    def samples() -> None:
        with run.samples() as index:
            json_bytes(index.changes(0))
            rows = [one.row for one in index.samples()]
        for row in rows:
            json_bytes(read_journal(run.path / JOURNAL, lambda reading, id_=row.id: sample_shown(reading, id_)))  # type: ignore[misc]
            json_bytes(read_journal(run.path / JOURNAL, lambda reading, id_=row.id: calls_shown(reading, id_)))  # type: ignore[misc]

    looks: list[Callable[[], object]] = [samples]
    looks += [
        lambda look=look: json_bytes(look(run)) for look in (run_figures, drawn_topology, pair_coverage, advice_on)
    ]  # type: ignore[misc]
    for look in looks:
        try:
            look()
        except UserError as error:
            told.append(str(error))
    return [line for line in told if line]


@pytest.mark.parametrize("what", [*JOURNALS, *hostile.SCHEMES])
def test_a_hostile_journal_is_a_line_on_the_page(what: str, home: Path, tmp_path: Path) -> None:
    out = shutil.copytree(home / "talk", tmp_path / "run")
    if what in JOURNALS:
        JOURNALS[what][0](out)
    else:
        hostile.edit(out / JOURNAL, lambda base: base.executescript(hostile.SCHEMES[what]))
    before = sorted(path.name for path in out.iterdir())
    told = seen(OpenRun("r", "run", out))
    assert all("\n" not in line and len(line) < 1200 for line in told)
    if what in hostile.SCHEMES:
        assert told
        assert all("not as a run writes it" in line for line in told)
    assert sorted(path.name for path in out.iterdir()) == before, "nothing is written"


@pytest.mark.parametrize("name", [JOURNAL, "summary.json", "run.yaml", ".owner.lock"])
@pytest.mark.parametrize("put", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")], ids=["pipe", "link"])
def test_what_lies_in_place_of_a_file_is_not_opened(
    name: str, put: Callable[[Path], None], home: Path, tmp_path: Path
) -> None:
    out = shutil.copytree(home / "talk", tmp_path / "run")
    (out / name).unlink(missing_ok=True)
    put(out / name)
    assert str(out / name) in seen(OpenRun("r", "run", out))[0]
