"""The command: `python -m graphs.compare a=DIR|FILE b=DIR|FILE [c=… d=…] [key=value …]`.

Compares datasets with each other, runs or files made elsewhere: which is preferred, whether length says it all, and what differs in
every metric. Writes one page and one file of figures.
"""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from graphs.settings.keys import parse_arguments
from graphs.shell.command import FaultLog, answer
from graphs.shell.exits import Exit
from graphs.shell.interrupts import winding_down
from graphs.shell.process import loop_factory
from scenarios.errors import SettingsError

OUT = "comparison"
_PATHS = ("out", "reference")
_HELP = """usage: python -m graphs.compare a=DIR|FILE b=DIR|FILE [c=… d=…] [by=judge|people|none] [llm.KEY=…] [key=value …]

Compares two to eight datasets, runs or JSONL files that were made elsewhere: docs/how-to-compare-datasets.md. A judge, or people,
say of pairs of samples which is better; length, format, diversity and manner are measured. Writes comparison.html, a page to read,
and comparison.json. The same command goes on where it stopped, and pays for no answer twice.

  a=… b=… to h=…     a run directory, or a JSONL file of messages, conversations, prompt and completion, fields, or text
  out=comparison     where answers, verdicts, the page and the figures go
  reference=FILE     real logs: how unlike them each dataset is
  plan=no            yes: say how many pairs, calls and USD it takes, and ask nobody
"""
_EXITS = """
exit codes: 0 compared · 3 stopped early, with a page of what there is · 2 a mistake in the input · 130 interrupted · 1 a fault of
ours"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    log = FaultLog()
    return answer(arguments, _help, lambda words: _compare(words, log), log)


def _help() -> str:
    from graphs.comparing.settings import CompareSettings
    from graphs.settings.keys import help_text

    return f"{_HELP}{help_text(CompareSettings)}\n{_EXITS}"


def _compare(words: list[str], log: FaultLog) -> int:
    from graphs.comparing.comparison import PAGE, CompareJob
    from graphs.comparing.datasets import read_dataset
    from graphs.comparing.settings import NAMES, compare_settings
    from graphs.comparing.telling import report_lines
    from graphs.settings.own import own_settings

    typed = parse_arguments(words)
    given = {name: Path(str(typed.pop(name))) for name in (*NAMES, *_PATHS) if name in typed}
    plan = _switch(typed.pop("plan", "no"))
    names = [name for name in NAMES if name in given]
    if len(names) < 2:
        raise SettingsError("a, b: name two datasets or more, such as a=runs/one b=runs/two")
    settings = compare_settings(typed, own_settings())
    out = given.get("out", Path(OUT))
    datasets = [read_dataset(name, given[name]) for name in names]
    reference = read_dataset("reference", given["reference"]) if "reference" in given else None
    command = shlex.join(["python", "-m", "graphs.compare", *(word for word in words if not word.startswith("plan="))])
    job = CompareJob.of(datasets, reference, settings, out, command)
    if plan:
        print("\n".join(job.planned()))
        return Exit.DONE
    log.home, log.then = out, "; the same command goes on"
    with winding_down(), asyncio.Runner(loop_factory=loop_factory()) as runner:
        report, stopped = runner.run(job.hold(lambda line: print(f"colloquia: {line}", file=sys.stderr, flush=True)))
    print("\n".join([*report_lines(report), f"page: {out / PAGE}"]))
    return Exit.EARLY if stopped else Exit.DONE


def _switch(said: object) -> bool:
    if said not in {"yes", "no"}:
        raise SettingsError(f"plan={said}: is yes or no")
    return said == "yes"


if __name__ == "__main__":
    sys.exit(main())
