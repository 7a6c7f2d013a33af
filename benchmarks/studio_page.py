"""What the page takes to open a run of 10,000 samples, to search it, and to follow it as it goes on, part by part.

`python benchmarks/studio_page.py [SAMPLES] [OUT]` (10000). The run is made of the journal of 30 scripted samples of `support`, each
copied with other words, ids and cells, with all its calls; with OUT it is kept there, so that a browser can open it:
`python -m graphs.studio out=OUT`.
"""

from __future__ import annotations

import random
import resource
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bench import folder, run_words

from memory.journal.tables import brief_row, building, put, record_row
from scenarios.records import Record, Status, Verdict
from studio.runs.drawing import drawn_topology
from studio.runs.figures import run_figures
from studio.runs.open_run import OpenRun
from studio.runs.pairs import pair_coverage, pair_table
from studio.runs.sample import calls_shown, sample_shown
from studio.runs.sample_map import MapMaker
from studio.serving.answers import json_bytes

T = TypeVar("T")
_OF = 30
_ROUND = 16


def made(home: Path, out: Path, samples: int) -> None:
    """Make a run of so many samples in `out`."""
    small = home / "small"
    run_words(
        ["scenario=support", "llm.backend=scripted", f"n={_OF}", f"out={small}", f"memory.path={home / 'memory'}"]
    )
    shutil.copytree(small, out, ignore=shutil.ignore_patterns("run.sqlite*", "dataset*", "rejected*"))
    with sqlite3.connect(small / "run.sqlite") as base:
        from memory.journal.reading import JournalReader, read_journal

        records = read_journal(small / "run.sqlite", lambda reading: list(JournalReader.records(reading)))
        meta = base.execute("SELECT key, value FROM meta").fetchall()
        calls = {
            record.candidate.brief.id: base.execute(
                "SELECT key, sample, step, attempt, role, question, answer, prompt_tokens, cached_tokens, completion_tokens, "
                "usd, requests FROM calls WHERE sample = ? ORDER BY rowid", (record.candidate.brief.id,)
            ).fetchall()
            for record in records
        }  # fmt: skip
    rng = random.Random(0)
    words = sorted({word for record in records for word in record.candidate.text().split()})
    with building(out / "run.sqlite") as base:
        put(base, "meta", meta)
        for number in range(samples):
            old = records[number % len(records)]
            new = changed(old, number, rng, words)
            rows = calls[old.candidate.brief.id]
            id_ = new.candidate.brief.id
            put(base, "calls", [(number.to_bytes(8, "big") + row[0][:8], id_, *row[2:]) for row in rows])
            put(base, "briefs", [brief_row(new.candidate.brief)])
            put(base, "records", [record_row(new)])


def changed(old: Record, number: int, rng: random.Random, words: list[str]) -> Record:
    """A record with another place, id and cell, every eighth word another one, and now and then rejected."""
    candidate = old.candidate
    cell = {
        axis: name if rng.random() < 0.7 else f"{name} {rng.randrange(4)}"
        for axis, name in candidate.brief.cell.items()
    }
    place = {"round": number // _ROUND, "index": number % _ROUND}
    brief = candidate.brief.model_copy(update={"id": f"support-{number:016x}", "cell": cell, **place})
    messages = tuple(
        message.model_copy(
            update={"content": " ".join(word if rng.random() < 0.88 else rng.choice(words) for word in message.content.split())}
        )
        for message in candidate.messages
    )  # fmt: skip
    scores = {name: float(rng.randint(1, 5)) for name in candidate.scores}
    made_ = candidate.model_copy(update={"brief": brief, "messages": messages, "scores": scores})
    if rng.random() < 0.85:
        return old.model_copy(update={"candidate": made_})
    check = rng.choice(made_.evidence)
    failed = tuple(
        one.model_copy(update={"status": Status.FAIL, "turn": 1}) if one is check else one for one in made_.evidence
    )
    made_ = made_.model_copy(update={"evidence": failed})
    return old.model_copy(
        update={
            "candidate": made_,
            "verdict": Verdict.REJECTED,
            "stage": "verify",
            "reason": check.check,
            "detail": "made so",
        }
    )


def timed(what: str, work: Callable[[], T]) -> T:
    """What the work comes to; prints how long it took, and its CPU time."""
    began, spent = time.perf_counter(), time.process_time()
    found = work()
    wall, cpu = (time.perf_counter() - began) * 1e3, (time.process_time() - spent) * 1e3
    print(f"{what:<50} {wall:9.1f} ms, CPU {cpu:9.1f} ms", flush=True)
    return found


def measure(out: Path) -> None:
    """Print the figures of the run in `out`."""
    run = OpenRun("r", "run", out)
    timed("a line in the list of runs", run.line)
    with run.samples(0.4) as index:
        print(f"{'read in the first 0.4 s':<50} {len(list(index.samples())):9d} samples")
        timed("read the rest", index.refresh)
        body = timed("the list as JSON", lambda: json_bytes(index.changes(0)))
        print(f"{'':<50} {len(body) / 1e6:9.1f} MB")
        timed("look whether something changed", index.refresh)
        found = timed("search for two words", lambda: index.search("marsh nl-65"))
        print(f"{'':<50} {len(found):9d} found")
        places = [one.row for one in index.samples()]
    timed("figures, with the cost of every call", lambda: json_bytes(run_figures(run)))
    timed("figures again", lambda: json_bytes(run_figures(run)))
    timed("topology with its counts", lambda: json_bytes(drawn_topology(run)))
    timed("coverage of all pairs of axes", lambda: json_bytes(pair_coverage(run)))
    timed("coverage of two axes", lambda: json_bytes(pair_table(run, 3, 4)))
    maps = MapMaker()
    timed("the map, every sample embedded", lambda: json_bytes(maps.map_of(run)))
    timed("the map again", lambda: json_bytes(maps.map_of(run)))
    from memory.journal.reading import read_journal

    id_ = places[len(places) // 2].id
    timed(
        "one sample", lambda: json_bytes(read_journal(out / "run.sqlite", lambda reading: sample_shown(reading, id_)))
    )
    timed("its calls", lambda: json_bytes(read_journal(out / "run.sqlite", lambda reading: calls_shown(reading, id_))))
    print(f"{'memory of the process':<50} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:9.0f} MB")


def main() -> None:
    """Make the run, and print the figures."""
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with folder() as home:
        out = Path(sys.argv[2]) if len(sys.argv) > 2 else home / "run"
        if not out.exists():
            timed(f"make a run of {samples} samples", lambda: made(home, out, samples))
        measure(out)


if __name__ == "__main__":
    main()
