"""The command: `python -m graphs.verify out=DIR` or `python -m graphs.verify PATH/dataset.jsonl`.

Derives the evidence of every record again, without a model and without the journal, and names the first that differs.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from graphs.shell.command import answer
from graphs.shell.exits import Exit
from graphs.shell.process import say
from graphs.verifying.job import job_of
from graphs.verifying.verification import verify_job
from scenarios.errors import SettingsError, nearest

KEYS = ("out", "scenario", "topology", "trust", "anew", "embedding")
_HELP = """usage: python -m graphs.verify out=DIR [key=value …]
       python -m graphs.verify PATH/dataset.jsonl [key=value …]

Derives briefs, evidence and novelty of every record again, without a model and without the journal, and compares. With
out=DIR it also verifies DIR's rejections, plans the briefs as run.yaml says, and finds changes that no check can see by
certificate.json. It writes nothing, except with anew.

  scenario   the scenario's name or file (default: what run.yaml or the records say)
  topology   for a file without run.yaml: the shape of its sample graph (default: the scenario's)
  embedding  for a file without run.yaml, or a run that was not made here: what its run compared samples by: wordllama
             (default), sentence-transformers:MODEL, or openai, whose distances are compared in form only
  trust      a Python module that the scenario may use as its world; its code is run
  anew       a new directory: the dataset goes there with the evidence of today's checks, and what they reject into its
             rejected.jsonl, with dataset.parquet, the card and, in a world, world.json

exit codes: 0 nothing differs · 4 a record differs · 5 nothing differs, but some evidence of checks could not be
derived: another version made it, or the check failed to run · 2 a mistake in the input · 130 interrupted · 1 a fault of ours"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code: a member of Exit."""
    return answer(arguments, lambda: _HELP, _verify)


def _verify(words: list[str]) -> int:
    given = _given(words)
    found = verify_job(job_of(given), given.get("anew"), say)
    print("\n".join([*found.lines, *filter(None, [found.anew])]), flush=True)
    if found.differs:
        return Exit.DIFFERS
    return Exit.UNDERIVED if found.underived and not found.anew else Exit.DONE


def _given(words: Sequence[str]) -> dict[str, str]:
    """The words `key=value`, and a file's path as `file`."""
    given: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or "/" in key:
            key, value = "file", word
        elif key not in KEYS:
            raise SettingsError(f"{key}: unknown key{nearest(key, KEYS)}; graphs.verify knows {', '.join(KEYS)}")
        if key in given:
            raise SettingsError(f"{key} is given twice; verify one dataset at a time")
        given[key] = value
    if ("out" in given) == ("file" in given):
        raise SettingsError("out: write out=DIR, the directory of a run, or the path of a dataset.jsonl, but not both")
    return given


if __name__ == "__main__":
    sys.exit(main())
