"""The command: `python -m graphs.calibrate out=DIR [pairs=30] [save=yes]`.

Measures what the judgements of a scenario's critics, verifiers and judges are worth with a run's models: each role rates
accepted samples and the same samples with one planted defect. Figures are the AUC (the chance that the sound one of a pair
drawn at random is rated higher, ties half; 0.5 is guessing) with a 95 % bootstrap interval. `save=yes` writes
`calibration.yaml` beside the scenario file, from where runs with the same model read it.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import yaml

from agents.cast import Cast
from agents.checks.registry import run_checks
from agents.defects import Defect, plant
from agents.judging.roles import rate
from graphs.campaign.belonging import misfit_of_brief, misfit_of_sample
from graphs.files.axes import as_run
from graphs.files.rundir import JOURNAL, is_run, owning, write_text
from graphs.preparation import Preparation, prepare_stored
from graphs.running.gateway import journaled_gateway
from graphs.settings.keys import parse_arguments
from graphs.settings.layers import check_foreign
from graphs.shell.command import answer, keys_given
from graphs.shell.exits import Exit
from graphs.shell.interrupts import winding_down
from memory.journal.journal import Journal
from scenarios.errors import CallFailed, RunDirError, SettingsError
from scenarios.reading.yaml_text import read_yaml
from scenarios.records import Candidate, Record, Status, Verdict
from scenarios.schema.roles import judging_roles
from scenarios.schema.scenario import Calibration

_HELP = """usage: python -m graphs.calibrate out=DIR [pairs=30] [save=yes] [llm.KEY=VALUE …]

Measures what the judgements of a run's roles are worth with its models. Each judging role rates accepted samples, and the
same samples with one planted defect. The AUC is the chance that the sound one of a pair is rated higher; 0.5 is guessing.

  out    the directory of a finished run
  pairs  at most so many pairs are rated (default 30)
  save   yes: write the figures to calibration.yaml beside the scenario, so that later runs use them
  llm    llm.KEY=… and roles.ROLE.llm.KEY=… change how the run's models are reached, as in graphs.run
  trust  a Python module that the scenario may use as its world; its code is run

exit codes: 0 measured · 2 a mistake in the input · 130 interrupted · 1 a fault of ours"""
KEYS = ("out", "pairs", "save", "trust")
_OF_MODELS = ("llm.", "roles.")
"""Beginnings of the keys of graphs.run that say how a model is reached."""


def auc(sound: Sequence[float], flawed: Sequence[float]) -> float:
    """The chance that a sound sample is rated above a flawed one; ties count half (Mann-Whitney U / mn)."""
    wins = sum((a > b) + 0.5 * (a == b) for a in sound for b in flawed)
    return wins / (len(sound) * len(flawed))


def interval(pairs: Sequence[tuple[float, float]], draws: int = 2000) -> tuple[float, float]:
    """The 95 % bootstrap interval of the AUC, over pairs (sound, flawed)."""
    rng = random.Random(0)
    figures = []
    for _ in range(draws):
        drawn = rng.choices(pairs, k=len(pairs))
        figures.append(auc([a for a, _ in drawn], [b for _, b in drawn]))
    figures.sort()
    return figures[int(0.025 * draws)], figures[int(0.975 * draws) - 1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return answer(arguments, lambda: _HELP, _main)


def _main(words: list[str]) -> int:
    own = [word for word in words if not word.startswith(_OF_MODELS)]
    given = keys_given(own, KEYS, "graphs.calibrate", "out=DIR pairs=30 save=yes")
    changed = parse_arguments([word for word in words if word.startswith(_OF_MODELS)])
    out = Path(given.get("out", ""))
    if not given.get("out") or not is_run(out):
        raise RunDirError(f"out={given.get('out', '')}: holds no run; give the directory of a finished run")
    pairs, save = given.get("pairs", "30"), given.get("save", "no")
    if not (pairs.isdecimal() and int(pairs) >= 2):
        raise SettingsError(f"pairs={pairs}: write a whole number, 2 or more")
    if save not in {"yes", "no"}:
        raise SettingsError(f"save={save}: write yes or no")
    trust = {"trust": given["trust"]} if "trust" in given else {}
    prepared = prepare_stored(out, {**changed, **trust})
    prepared = replace(prepared, once=tuple(judging_roles(prepared.loaded.scenario)))
    check_foreign(prepared.foreign, _OF_MODELS)
    with winding_down(), owning(out):
        asyncio.run(_calibrate(prepared, int(pairs), save == "yes"))
    return Exit.DONE


async def _calibrate(prepared: Preparation, pairs: int, save: bool) -> None:
    out, models, settings = prepared.out, prepared.models, prepared.settings
    loaded = as_run(prepared.loaded, out)
    journal = Journal(out / JOURNAL)
    if journal.notice:
        print(f"colloquia: {journal.notice}", file=sys.stderr)
    try:
        journal.hold_to(partial(misfit_of_brief, loaded), partial(misfit_of_sample, loaded))
        sound = [r.candidate for r in _accepted(journal)][:pairs]
        if len(sound) < 2:
            raise RunDirError(f"out={out}: has {len(sound)} accepted samples; two or more are needed")
        concurrency = settings.concurrency
        gateway = journaled_gateway(
            journal, models.values(), prepared.weights, concurrency=concurrency, slots=concurrency, by_role=models
        )
        cast = Cast(loaded, gateway, models)
        flawed = [plant(candidate, number) for number, candidate in enumerate(sound)]
        caught = _caught(cast, flawed)
        kinds = ", ".join(f"{kind} {count}" for kind, count in caught.items())
        print(f"checks find {sum(caught.values())} of {len(flawed)} planted defects: {kinds}")
        rows = []
        for role in judging_roles(loaded.scenario):
            rated = await _rated(cast, role, sound, [candidate for candidate, _ in flawed])
            if not rated:
                print(f"{role}: no pair could be rated")
                continue
            low, high = interval(rated)
            figure = auc([a for a, _ in rated], [b for _, b in rated])
            row = Calibration(
                model=models[role].name, role=role, auc=round(figure, 4), low=round(low, 4), samples=len(rated)
            )
            rows.append(row)
            worth = "informative" if row.informative else "not informative"
            print(
                f"{role}: AUC {figure:.3f} (95 % {low:.3f} to {high:.3f}) over {len(rated)} pairs: {worth}", flush=True
            )
        await gateway.close()
        if save:
            _save(prepared.loaded.file, rows)
    finally:
        journal.close()


def _accepted(journal: Journal) -> list[Record]:
    return [record for record in journal.records() if record.verdict is Verdict.ACCEPTED]


def _caught(cast: Cast, flawed: Sequence[tuple[Candidate, Defect]]) -> dict[str, int]:
    """How many planted defects the pure checks notice, by kind."""
    noticed = {defect.value: 0 for defect in Defect}
    for candidate, defect in flawed:
        noticed[defect.value] += any(e.status is Status.FAIL for e in run_checks(cast.loaded, candidate))
    return noticed


async def _rated(
    cast: Cast, role: str, sound: Sequence[Candidate], flawed: Sequence[Candidate]
) -> list[tuple[float, float]]:
    """The role's ratings, pair by pair; pairs with an answer that is no valid JSON are left out and said."""

    async def one(candidate: Candidate, kind: str) -> float | None:
        try:
            return await rate(cast, role, candidate, f"calibrate/{kind}")
        except CallFailed as error:
            print(f"{role}: one rating failed: {error}", file=sys.stderr)
            return None

    left = await asyncio.gather(*(one(candidate, "sound") for candidate in sound))
    right = await asyncio.gather(*(one(candidate, "flawed") for candidate in flawed))
    return [(a, b) for a, b in zip(left, right, strict=True) if a is not None and b is not None]


def _save(scenario: Path, rows: Sequence[Calibration]) -> None:
    """Replace the rows of these models and roles in calibration.yaml."""
    path = scenario.with_name("calibration.yaml")
    before = [Calibration.model_validate(row) for row in (read_yaml(path) if path.is_file() else None) or []]
    kept = [row for row in before if (row.model, row.role) not in {(new.model, new.role) for new in rows}]
    write_text(path, yaml.safe_dump([row.model_dump() for row in [*kept, *rows]], sort_keys=False))
    print(f"saved to {path}")


if __name__ == "__main__":
    sys.exit(main())
