"""Tampering: random edits of accepted records, and who catches them.

`python benchmarks/tampering.py [EDITS]` (800). Runs of every scenario with the scripted model are edited, one thing at a
time. For each kind: how many edits there were, how many graphs.verify catches in the file alone, beside the run's
settings (run.yaml), and beside its certificate; then one example of each kind that the file alone does not show. Ends with
code 1 where the certificate misses one.
"""

from __future__ import annotations

import copy
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
from bench import run_words
from edits import EDITS, Line

from graphs.files.certificate import read_certificate
from graphs.sampling.topology import topology_of
from graphs.verifying.dataset import Difference, Verifier
from graphs.verifying.record import Ground
from memory.vectors.embedding import WordLlamaEmbedding
from scenarios.errors import UserError
from scenarios.loading import load, scenario_names

RECORDS = 5
SEED, ROUND_SIZE = 11, 2
WHY = {
    "text": "nothing that a check of the scenario demands or forbids was touched, nor the vector that novelty compares",
    "messages": "nothing that a check of the scenario demands or forbids was touched",
    "tools": "no check of the scenario reads it",
    "ending": "no check of the scenario reads it",
    "brief": "the run's seed, and with it the record's place in the run, is in run.yaml; the planner chose cells by the memory",
    "evidence": "a model's words cannot be derived",
    "scores": "a model's scores cannot be derived",
    "novelty": "the samples of other runs are not in the file",
    "usage": "what was asked is in the journal alone",
    "a record dropped": "the file does not tell how many records there were, and no other's nearest was dropped",
    "revisions": "within what the topology allows, they are in the journal alone",
}


@dataclass(frozen=True)
class Made:
    """A finished run."""

    lines: list[Line]
    ground: Ground
    alone: Ground
    verifier: Mapping[str, Any]


def main() -> int:
    """Print the table; returns the exit code."""
    edits = int(sys.argv[1]) if len(sys.argv) > 1 else 800
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        runs = {name: _made(home, name) for name in scenario_names()}
        applied, caught, examples = _tampered(home / "dataset.jsonl", runs, edits)
    print(f"{'edit':<34}{'applied':>8}{'alone':>8}{'run.yaml':>10}{'certificate':>13}")
    for kind in EDITS:
        row = [caught[kind, how] for how in ("alone", "settings", "certificate")]
        print(f"{kind:<34}{applied[kind]:>8}{row[0]:>8}{row[1]:>10}{row[2]:>13}")
    total = [sum(caught[kind, how] for kind in EDITS) for how in ("alone", "settings", "certificate")]
    print(f"{'all':<34}{sum(applied.values()):>8}{total[0]:>8}{total[1]:>10}{total[2]:>13}")
    print("\nnot caught in the file alone:")
    for kind, example in examples.items():
        print(
            f"  {kind} ({applied[kind] - caught[kind, 'alone']}): {WHY.get(kind, WHY.get(kind.partition(':')[0], ''))}; {example}"
        )
    return int(total[2] < sum(applied.values()))


def _made(home: Path, name: str) -> Made:
    """A run of a scenario with the scripted model."""
    out = home / name
    run_words([f"scenario={name}", "llm.backend=scripted", f"n={RECORDS}", f"seed={SEED}", f"round_size={ROUND_SIZE}",
               f"out={out}", f"memory.path={home / 'memory'}", "memory.min_distance=0.02"])  # fmt: skip
    loaded = load(name)
    alone = Ground(loaded, topology_of(loaded.scenario))
    lines = [orjson.loads(raw) for raw in (out / "dataset.jsonl").read_bytes().splitlines()]
    return Made(lines, replace(alone, seed=SEED, round_size=ROUND_SIZE), alone, {"certificate": read_certificate(out)})


def _tampered(
    path: Path, runs: Mapping[str, Made], edits: int
) -> tuple[Counter[str], Counter[tuple[str, str]], dict[str, str]]:
    """Edits applied and caught, by kind and by what was there, and an example of each kind that the file does not show."""
    applied, caught, examples = Counter[str](), Counter[tuple[str, str]](), dict[str, str]()
    rng = random.Random(0)
    for made in runs.values():
        assert not _difference(path, made.lines, made.ground, made.verifier), "what was not edited verifies"
    while sum(applied.values()) < edits:
        for kind, edit in EDITS.items():
            name = rng.choice(list(runs))
            made, lines = runs[name], copy.deepcopy(runs[name].lines)
            at = rng.randrange(len(lines))
            edit(rng, lines, at)
            if lines == made.lines:
                continue
            applied[kind] += 1
            if _difference(path, lines, made.alone, {}):
                caught.update((kind, how) for how in ("alone", "settings", "certificate"))
                continue
            examples.setdefault(kind, f"such as {name}, record {at + 1}: {_first(made.lines, lines)}")
            if _difference(path, lines, made.ground, {"least": 0.02}):
                caught.update((kind, how) for how in ("settings", "certificate"))
            elif _difference(path, lines, made.ground, {"least": 0.02, **made.verifier}):
                caught[kind, "certificate"] += 1
    return applied, caught, examples


def _difference(path: Path, lines: list[Line], ground: Ground, known: Mapping[str, Any]) -> str:
    """What graphs.verify says of the lines, or nothing."""
    path.write_bytes(b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines))
    verifier = Verifier(ground, WordLlamaEmbedding(), **known)
    try:
        for _ in verifier.records(path, accepted=True):
            pass
    except (Difference, UserError) as found:
        return str(found)
    return verifier.tally.first


def _first(before: Any, after: Any, where: str = "") -> str:
    """The first place where two JSON values differ."""
    if isinstance(before, dict) and isinstance(after, dict) and before.keys() == after.keys():
        return next((found for key in before if (found := _first(before[key], after[key], f"{where}.{key}"))), "")
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return next((found for place, pair in pairs if (found := _first(*pair, f"{where}[{place}]"))), "")
    return "" if before == after else f"{where.partition('.')[2]}: {str(before)[:60]!r} → {str(after)[:60]!r}"


if __name__ == "__main__":
    sys.exit(main())
