"""The command: `python -m graphs.experiment FILE.yaml [out=DIR] [plan=yes] [key=value …]`.

Compares ways to make samples, the experiment's arms, over the same briefs, and writes a page: what is better, by how much, and
at what cost.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graphs.settings.keys import parse_arguments
from graphs.shell.command import FaultLog, answer
from graphs.shell.exits import Exit
from graphs.shell.interrupts import winding_down
from graphs.shell.process import loop_factory
from scenarios.errors import Interrupted, SettingsError

KEYS = ("out", "plan", "accept", "n", "seed", "outcome", "cluster", "equal_tokens", "judge.", "budget.")
_HELP = """usage: python -m graphs.experiment FILE.yaml [out=DIR] [plan=yes] [key=value …]

Compares ways to make samples, its arms, over the same briefs: docs/how-to-run-an-experiment.md. The file says, at least:

  question: Does the critic earn its tokens?
  scenario: support
  n: 60
  arms:
    without: {topology: no_critic}
    with: {topology: full}

Writes experiment.html, a page to read, and experiment.json. The same command goes on where it stopped, and pays for no answer
twice, nor for one that two arms have in common.

  out=DIR            where the arms' runs, the answers and the page go (default: FILE without its ending, beside it)
  plan=no            yes: say what so many briefs can show, and what they will take, and ask nobody
  accept=no          yes: the file is mine; it may say where requests, keys and files go
  n, seed, question, outcome, cluster, equal_tokens, judge.KEY, budget.KEY
                     over what the file says
  llm.*, roles.*     and every other key of python -m graphs.run --help, for every arm

exit codes: 0 every arm has every brief · 3 stopped early, with a page of what there is · 2 a mistake in the input · 130 interrupted ·
1 a fault of ours"""
_OWN = ("out", "plan", "accept")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    log = FaultLog()
    return answer(arguments, lambda: _HELP, lambda words: _experiment(words, log), log)


def _experiment(words: list[str], log: FaultLog) -> int:
    file, own, typed = _given(words)
    from graphs.experimenting.experiment import Experiment
    from graphs.experimenting.watching import ArmTerminal

    beside = file.with_suffix("") if file.suffix else file.with_name(f"{file.name}-experiment")
    out = Path(own.get("out") or beside)
    experiment = Experiment.of(
        file,
        out,
        typed,
        accepts=_switch(own, "accept"),
        words=[word for word in words if "=" in word and word.partition("=")[0] != "plan"],
    )
    if _switch(own, "plan"):
        print("\n".join(experiment.planned(lambda line: print(f"colloquia: {line}", file=sys.stderr))))
        return Exit.DONE
    log.home, log.then = out, "; the same command goes on"
    with winding_down(), asyncio.Runner(loop_factory=loop_factory()) as runner:
        report, stopped = runner.run(experiment.hold(ArmTerminal(log)))
    print("\n".join(experiment.told(report)))
    return {"": Exit.DONE, Interrupted.stopped_by: Exit.INTERRUPTED}.get(stopped, Exit.EARLY)


def _given(words: list[str]) -> tuple[Path, dict[str, str], dict[str, Any]]:
    """The file, the command's own keys, and what goes over the file. Raises SettingsError."""
    files = [word for word in words if "=" not in word]
    if len(files) != 1:
        wrong = f"'{files[1]}' is one file too many" if files else "the experiment's file is missing"
        raise SettingsError(f"{wrong}; write python -m graphs.experiment FILE.yaml")
    file = Path(files[0])
    if not file.is_file():
        raise SettingsError(f"{file}: is not there; give the experiment's file")
    keyed = [word for word in words if "=" in word]
    own = [word for word in keyed if word.partition("=")[0] in _OWN]
    typed = parse_arguments([word for word in keyed if word not in own])
    return file, {key: value for key, _, value in (word.partition("=") for word in own)}, typed


def _switch(given: dict[str, str], key: str) -> bool:
    said = given.get(key, "no")
    if said not in {"yes", "no"}:
        raise SettingsError(f"{key}={said}: is yes or no")
    return said == "yes"


if __name__ == "__main__":
    sys.exit(main())
