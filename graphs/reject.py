"""The command: `python -m graphs.reject out=DIR id=ID[,ID…] why=TEXT`.

Rejects accepted samples of a run for good, because a person says so.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from graphs.shell.command import answer, keys_given
from graphs.shell.exits import Exit
from graphs.shell.interrupts import winding_down
from graphs.shell.process import one_blas_thread, say
from scenarios.errors import SettingsError

KEYS = ("out", "id", "why", "scenario", "trust")
_HELP = """usage: python -m graphs.reject out=DIR id=ID[,ID…] why=TEXT

Rejects accepted samples of the run in DIR for good. They leave dataset.jsonl and the memory, and stand in rejected.jsonl with
the stage "person" and your reason; the run keeps your word in run.sqlite. A line that is deleted from dataset.jsonl by hand
comes back with the next session, since the file is made from run.sqlite. python -m graphs.run out=DIR then makes new
samples in their place.

  id         the samples, by the beginning of their ids; several are separated by commas
  why        the reason, in your words
  scenario   the scenario's file, if it has moved
  trust      a Python module that the scenario may use as its world; its code is run

exit codes: 0 rejected · 2 a mistake in the input · 130 interrupted · 1 a fault of ours"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return answer(arguments, lambda: _HELP, _reject)


def _reject(words: list[str]) -> int:
    given = keys_given(words, KEYS, "graphs.reject", "out=DIR id=ID why=TEXT")
    for key, what in (("out", "DIR, the directory of a run"), ("id", "ID, or several ids separated by commas")):
        if not given.get(key):
            raise SettingsError(f"{key}: is missing; write {key}={what}")
    ids = [id_.strip() for id_ in given["id"].split(",") if id_.strip()]
    from graphs.running.rejecting import reject_samples

    with winding_down(), one_blas_thread():
        found = reject_samples(Path(given["out"]), ids, given.get("why", ""), say, given)
    for id_ in found.rejected:
        print(f"rejected: {id_}")
    for id_ in found.already:
        print(f"was rejected before: {id_}")
    print(
        f"{found.accepted} accepted samples are left; to make new ones in their place: python -m graphs.run out={found.out}"
    )
    return Exit.DONE


if __name__ == "__main__":
    sys.exit(main())
