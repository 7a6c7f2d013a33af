"""The command: `python -m graphs.calibrate out=DIR [pairs=60] [save=yes]`.

Measures what the judgements of a scenario's critics, verifiers and judges are worth with a run's models, and what they cost:
each role rates accepted samples and the same samples with one planted defect. The work is in `graphs/calibrating/`.
"""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from graphs.calibrating.asking import Probes
from graphs.calibrating.calibration import Wanted, calibrate
from graphs.files.rundir import is_run, owning
from graphs.preparation import prepare_stored
from graphs.settings.keys import parse_arguments
from graphs.settings.layers import check_foreign
from graphs.shell.command import answer, keys_given
from graphs.shell.exits import Exit
from graphs.shell.interrupts import winding_down
from scenarios.errors import RunDirError, RunStopped, SettingsError
from scenarios.schema.roles import judging_roles

_HELP = """usage: python -m graphs.calibrate out=DIR [pairs=60] [save=yes] [orders=yes] [again=yes] [sides=yes] [llm.KEY=VALUE …]

Measures what the judgements of a run's roles are worth with its models, and what they cost. Each judging role rates accepted
samples, and the same samples with one planted defect of known kind and strength. The AUC is the chance that the sound one of a
pair is rated higher; 0.5 is guessing. What people said in reviews is compared with it, too. The same command again pays for nothing.

  out     the directory of a finished run
  pairs   at most so many flawed versions are rated, each beside its sound one (default 60)
          0: none, if people have reviewed the run
  people  no: do not ask about the samples that people have reviewed (default yes)
  save    yes: write the figures to calibration.yaml beside the scenario, so that later runs use them
  only    the roles to measure, as critic,judge (default: all that judge)
  length  no: do not ask about the samples with harmless words added (default yes)
  orders  yes: ask the judges about the criteria in reversed order, too
  again   yes: ask about each sound sample a second time, with another seed
  sides   yes: let the judges' models compare the flawed with the sound version, in both orders
  llm     llm.KEY=… and roles.ROLE.KEY=… change how the run's models are reached and asked, as in graphs.run
  trust   a Python module that the scenario may use as its world; its code is run

calibration.json in the run's directory has all figures.

exit codes: 0 measured · 2 a mistake in the input · 3 stopped early, the same command goes on · 130 interrupted · 1 a fault of ours"""
KEYS = ("out", "pairs", "save", "only", "length", "orders", "again", "sides", "people", "trust")
_OF_MODELS = ("llm.", "roles.")
"""Beginnings of the keys of graphs.run that say how a model is reached and asked."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return answer(arguments, lambda: _HELP, _main)


def _main(words: list[str]) -> int:
    own = [word for word in words if not word.startswith(_OF_MODELS)]
    given = keys_given(own, KEYS, "graphs.calibrate", "out=DIR pairs=60 save=yes")
    changed = parse_arguments([word for word in words if word.startswith(_OF_MODELS)])
    out = Path(given.get("out", ""))
    if not given.get("out") or not is_run(out):
        raise RunDirError(f"out={given.get('out', '')}: holds no run; give the directory of a finished run")
    wanted = _wanted(given, words)
    trust = {"trust": given["trust"]} if "trust" in given else {}
    prepared = prepare_stored(out, {**changed, **trust})
    prepared = replace(prepared, once=tuple(judging_roles(prepared.loaded.scenario)))
    check_foreign(prepared.foreign, _OF_MODELS)
    try:
        with winding_down(), owning(out):
            asyncio.run(calibrate(prepared, wanted))
    except RunStopped as error:
        print(f"colloquia: stopped: {error}; the same command goes on from here", file=sys.stderr)
        return Exit.EARLY
    return Exit.DONE


def _wanted(given: Mapping[str, str], words: Sequence[str]) -> Wanted:
    """What the words ask for. Raises SettingsError."""
    pairs = given.get("pairs", "60")
    if not (pairs.isdecimal() and int(pairs) != 1):
        raise SettingsError(f"pairs={pairs}: write a whole number, 2 or more; or 0, if people have reviewed the run")
    probes = Probes(
        length=_switched(given, "length", "yes"),
        orders=_switched(given, "orders"),
        again=_switched(given, "again"),
        sides=_switched(given, "sides"),
    )
    command = shlex.join(["python", "-m", "graphs.calibrate", *words])
    only = tuple(filter(None, given.get("only", "").split(",")))
    return Wanted(int(pairs), _switched(given, "save"), probes, command, only, _switched(given, "people", "yes"))


def _switched(given: Mapping[str, str], key: str, usual: str = "no") -> bool:
    value = given.get(key, usual)
    if value not in {"yes", "no"}:
        raise SettingsError(f"{key}={value}: write yes or no")
    return value == "yes"


if __name__ == "__main__":
    sys.exit(main())
