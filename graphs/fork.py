"""The command: `python -m graphs.fork out=DIR id=ID turn=5 [branches=2] [into=DIR] [key=value …]`.

Makes branches of a sample from one turn on: other draws of the same, or one with a setting that differs beside one without.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Sequence

from graphs.forking.words import OWN, asked_of
from graphs.shell.command import FaultLog, answer
from graphs.shell.exits import Exit
from graphs.shell.interrupts import winding_down
from graphs.shell.process import loop_factory
from scenarios.errors import Interrupted

KEYS = OWN
_WIDTH = 100
"""Of output that goes to no terminal."""
_HELP = """usage: python -m graphs.fork out=DIR id=ID turn=5 [branches=2] [into=DIR] [key=value …]

Makes branches of the sample ID of the run in DIR, a conversation or a dialogue: all before message 5 (from 0, as graphs.trace
counts) is kept word for word, and from there its speakers go on. Branches are verified and judged as the run's samples are,
and go into no memory. Without a setting they are other draws of the same; with one, each is a pair, from the same seeds:
one branch with the setting and one without. The same command again asks nothing, and goes on with what was stopped.

  id         the beginning of it is enough if only one sample has it; it may have been accepted, rejected or undecided
  turn       the first message that is made anew: a speaker's, not the result of a tool
  branches   how many, or how many pairs (default: 2 branches, or 1 pair)
  into       their directory (default: DIR/forks/ID-t5…); graphs.trace, graphs.export and others read it like a run's
  llm.*, roles.*, topology, draws, tools.*   settings of graphs.run that may differ
  budget.*, concurrency, addresses, prices …   hold for all branches, also llm.base_url if no llm.model stands beside it

exit codes: 0 made · 3 stopped early, can continue · 2 a mistake in the input · 130 interrupted · 1 a fault of ours"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    log = FaultLog()
    return answer(arguments, lambda: _HELP, lambda words: _fork(words, log), log)


def _fork(words: list[str], log: FaultLog) -> int:
    asked = asked_of(words)
    from graphs.campaign.graph import TARGET
    from graphs.forking.beside import fork_lines
    from graphs.forking.job import job_of
    from graphs.forking.session import hold_fork
    from graphs.shell.terminal import Terminal

    job = job_of(asked)
    with winding_down(), asyncio.Runner(loop_factory=loop_factory()) as runner:
        forked = runner.run(hold_fork(job, Terminal(log)))
    width = shutil.get_terminal_size((_WIDTH, 24)).columns if sys.stdout.isatty() else _WIDTH
    print("\n".join(fork_lines(job, forked, width)), flush=True)
    if forked.stopped_by == TARGET:
        return Exit.DONE
    print(f"stopped by {forked.stopped_by}; continue with the same command")
    return Exit.INTERRUPTED if forked.stopped_by == Interrupted.stopped_by else Exit.EARLY


if __name__ == "__main__":
    sys.exit(main())
