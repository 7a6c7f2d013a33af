"""A verified dataset written anew, with the evidence of today's checks."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from pathlib import Path

import orjson

from agents.models.calls import Model
from graphs.files.card import write_card
from graphs.files.certificate import write_certificate
from graphs.files.dataset import CERTIFIED, write_columns
from graphs.files.rundir import DATASET, REJECTED, run_dir_faults, writing
from graphs.sampling.decision import CURATE, CurationReason, Decision, decide
from graphs.verifying.record import Rederived
from memory.vectors.embedding import Embedding
from memory.vectors.novelty import Neighbours
from memory.words.wording import wording_of
from scenarios.errors import RunDirError
from scenarios.loading import Loaded
from scenarios.records import Novelty, Record, Verdict


def check_free(name: str) -> None:
    """Raise RunDirError unless `name` is a directory that is new or empty."""
    path = Path(name)
    if not name or (path.exists() and (not path.is_dir() or any(path.iterdir()))):
        raise RunDirError(f"anew={name}: give a directory that is new or empty: nothing is overwritten")


def write_anew(
    out: Path,
    loaded: Loaded,
    records: Iterable[Rederived],
    embedding: Embedding,
    before: Collection[str],
    models: Mapping[str, Model],
) -> str:
    """Write accepted records with the evidence of today's checks into `out`: those that still pass as dataset.jsonl, the
    others as rejected.jsonl, and what a run makes of them: dataset.parquet, the card, and in a world world.json. Contrast pairs
    come from refused draws, which only a run's journal has.

    Distances are those of `embedding`; `before` are the ids of what was accepted once and is not any more, `models` the run's
    for the card. Returns what was done, in words. Raises RunDirError.
    """
    kept, gone, counted = Neighbours(), set(before), dict[str, bool]()
    with run_dir_faults(out):
        out.mkdir(parents=True, exist_ok=True)
        with writing(out / DATASET) as yes, writing(out / REJECTED) as no:
            for again in records:
                record = _decided(again, loaded, gone)
                counted |= again.evidence.counted
                brief = record.candidate.brief
                if record.stage in {"", CURATE}:  # novelty is asked of what the checks let pass
                    vector = embedding.vectors([wording_of(record.candidate).embedded])[0]
                    if record.novelty.nearest in gone:
                        record = record.model_copy(update={"novelty": kept.nearest(vector)})
                if record.verdict is Verdict.ACCEPTED:
                    kept.add(brief.id, vector)
                else:
                    gone.add(brief.id)
                file = yes if record.verdict is Verdict.ACCEPTED else no
                file.write(orjson.dumps(record.line(), option=orjson.OPT_APPEND_NEWLINE))
        write_columns(out, loaded)
        write_certificate(out, loaded, CERTIFIED)
        write_card(
            out,
            loaded,
            models=models,
            summary={
                "accepted": len(kept), "rejected": len(gone) - len(before), "undecided": 0, "stopped_by": "checked anew",
                "given_up": [],
            },
            standings={role: "decides" if counts else "decides nothing" for role, counts in counted.items()},
        )  # fmt: skip
    return f"checked anew: {len(kept)} records pass today's checks, {len(gone) - len(before)} do not; they are in {out}"


def _decided(again: Rederived, loaded: Loaded, gone: Container[str]) -> Record:
    """The record as today's checks decide on it; what evolved a sample that is `gone` is not kept without it."""
    made = again.record.candidate.model_copy(update={"evidence": tuple(again.evidence.today)})
    decision, novelty, parent = decide(made, loaded.scenario), again.record.novelty, made.brief.parent
    if decision.verdict is not Verdict.ACCEPTED:
        novelty = Novelty()
    elif parent and parent.id in gone:
        decision = Decision(
            verdict=Verdict.REJECTED,
            stage=CURATE,
            reason=CurationReason.PARENT,
            detail=f"evolves {parent.id}, which is rejected",
        )
    return again.record.model_copy(update={"candidate": made, "novelty": novelty, **decision.model_dump()})
