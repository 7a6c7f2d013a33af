"""The command: `python -m graphs.studio [out=DIR | runs=DIR] [port=N] [plant=10]`.

Shows runs in a browser, and is where people review their samples. The page lives in the room `studio`, which is built on this
one: so it is started by its name.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence

from graphs.rooms import ForeignPackage, check_rooms
from graphs.shell.command import answer
from graphs.shell.exits import Exit
from scenarios.errors import SettingsError

KEYS = ("out", "runs", "port", "plant")
_PAGE = "studio"
_HELP = """usage: python -m graphs.studio [out=DIR | runs=DIR] [port=N] [plant=10]

Shows runs in a browser on this machine: their figures, every sample with its evidence, drafts and calls, what was rejected and
why, a map of the samples, the coverage of pairs, and the topology with what its steps cost. It prints an address with a
secret token in it; nobody without the token gets an answer. A run may be in progress. In the view "Review" people say which
samples are good: reviews.jsonl keeps their verdicts; nothing else in a run is changed.

  out        one run
  runs       a folder of runs, and of folders with runs (default: runs)
  port       the port on 127.0.0.1 (default: the same for the same folder, if it is free)
  plant      per cent of an audit after which a flawed copy of a sample is shown, to measure the reviewers (default: 0)

exit codes: 0 ended by Ctrl-C · 2 a mistake in the input · 130 interrupted before it served · 1 a fault of ours"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return answer(arguments, lambda: _HELP, _studio)


def _studio(words: list[str]) -> int:
    try:
        check_rooms((_PAGE,))
    except ForeignPackage as error:
        raise SettingsError(str(error)) from None
    served: Callable[[Sequence[str], Sequence[str]], None] = importlib.import_module(f"{_PAGE}.command").serve
    served(words, KEYS)
    return Exit.DONE


if __name__ == "__main__":
    sys.exit(main())
