"""What an experiment declares before its first call, kept so that what is added later can be told from it."""

from __future__ import annotations

from pathlib import Path

import orjson
from pydantic import ValidationError

from graphs.experimenting.file import Contrast, Design
from graphs.experimenting.report import Outcome
from graphs.files.rundir import run_dir_faults, write_bytes
from graphs.settings.schema import flat
from scenarios.errors import RunDirError
from scenarios.frozen import Frozen
from scenarios.reading.bounded import json_of, read_bounded

DECLARED = "declared.json"


class Declaration(Frozen):
    """What was said before the first call: it is kept, so that what is added later can be told from it."""

    question: str
    outcome: Outcome
    n: int
    seed: int
    judge: str
    contrasts: tuple[Contrast, ...]


def judge_told(design: Design) -> str:
    """What of the judge outside decides what it says."""
    told = flat(design.file.judge)
    return " ".join(
        f"{key}={told[key]}" for key in ("model", "gguf", "temperature", "style", "max_tokens") if told.get(key)
    )


def declare(design: Design, out: Path) -> Declaration:
    """What is declared: as it was when the experiment in `out` began, or as it is now if it begins. Raises RunDirError if the same
    place holds one over other briefs."""
    file = design.file
    now = Declaration(
        question=file.question, outcome=file.measured_by, n=file.n, seed=file.seed, judge=judge_told(design),
        contrasts=design.contrasts,
    )  # fmt: skip
    path = out / DECLARED
    if not path.exists():
        with run_dir_faults(out):
            out.mkdir(parents=True, exist_ok=True)
            write_bytes(path, orjson.dumps(now.model_dump(mode="json"), option=orjson.OPT_INDENT_2))
        return now
    try:
        before = Declaration.model_validate(json_of(read_bounded(path)))
    except (OSError, ValueError, ValidationError):
        raise RunDirError(f"{path}: cannot be read; restore it, or give another out=") from None
    if (before.n, before.seed) != (now.n, now.seed):
        raise RunDirError(
            f"out={out}: was begun with n={before.n} and seed={before.seed}, by which its briefs are planned; give another out="
        )
    return before
