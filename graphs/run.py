"""The command: `python -m graphs.run scenario=NAME|PATH [key=value …]`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from graphs.settings.keys import help_text, keys, parse_arguments
from graphs.shell.command import FaultLog, answer
from graphs.shell.exits import Exit
from graphs.shell.interrupts import winding_down
from graphs.shell.process import loop_factory
from scenarios.errors import Interrupted
from scenarios.loading import scenario_names

KEYS = tuple(key for key in keys() if not key[-1].isupper())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code: a member of Exit."""
    log = FaultLog()
    return answer(arguments, _help, lambda words: _run(words, log), log)


def _run(words: list[str], log: FaultLog) -> int:
    from graphs.preparation import prepare

    prepared = prepare(parse_arguments(words))
    from graphs.campaign.graph import TARGET
    from graphs.files.summary import summary_lines
    from graphs.running.session import hold_session
    from graphs.shell.terminal import Terminal

    with winding_down(), asyncio.Runner(loop_factory=loop_factory()) as runner:
        finished = runner.run(hold_session(prepared, Terminal(log)))
    print("\n".join(summary_lines(finished)), flush=True)
    return {TARGET: Exit.DONE, Interrupted.stopped_by: Exit.INTERRUPTED}.get(finished.stopped_by, Exit.EARLY)


def _help() -> str:
    return (
        "usage: python -m graphs.run scenario=NAME|PATH [key=value …]\n\n"
        f"Makes a checked, diverse dataset. Scenarios: {', '.join(scenario_names())}.\n"
        "python -m graphs.run out=DIR continues a stopped run.\n\n"
        f"keys, with their defaults (a scenario may bring its own):\n{help_text()}\n\n"
        "exit codes: 0 the target was reached · 3 stopped early with a valid partial dataset · 2 something only you can put "
        "right: a mistake in the input, a full disk, a key that the endpoint does not accept · 130 interrupted, can "
        "continue · 1 a fault of ours"
    )


if __name__ == "__main__":
    sys.exit(main())
