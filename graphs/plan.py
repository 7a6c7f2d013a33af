"""The command: `python -m graphs.plan scenario=NAME|PATH n=N [samples=5] [key=value …]`.

Makes a few samples of a run, and says what the whole run will take. The samples are the run's first ones: it goes on from them.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from graphs.settings.keys import keys, parse_arguments
from graphs.shell.command import FaultLog, answer
from graphs.shell.exits import Exit
from graphs.shell.interrupts import winding_down
from graphs.shell.process import loop_factory
from scenarios.errors import Interrupted, RunDirError, SettingsError

if TYPE_CHECKING:
    from evaluation.forecast import Speed
    from graphs.files.summary import Finished
    from graphs.forecasting.forecast import Forecast
    from graphs.preparation import Preparation

FORECAST = "forecast.json"
_SAMPLES = 5
_MOST = 1000
KEYS = ("samples", *(key for key in keys() if not key[-1].isupper()))
_HELP = f"""usage: python -m graphs.plan scenario=NAME|PATH n=N [samples={_SAMPLES}] [key=value …]

Makes the first samples of a run, which are paid for and kept, and says from them what N accepted samples will take: calls, tokens,
cost, time and the accepted share, each with a range; what each role takes; and what other settings would save. With the prices
of your endpoint (llm.price.prompt, llm.price.completion) it says dollars. The run goes on from these samples: python -m
graphs.run out=DIR. The same command again, with its out=DIR, asks nothing and says it once more.

  samples={_SAMPLES}          how many samples to make first, accepted or not
  n, llm.*, roles.*  and every other key of python -m graphs.run --help

exit codes: 0 forecast · 3 too few samples came to be for a forecast · 2 a mistake in the input · 130 interrupted · 1 a fault of ours"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    log = FaultLog()
    return answer(arguments, lambda: _HELP, lambda words: _plan(words, log), log)


def _plan(words: list[str], log: FaultLog) -> int:
    samples = _samples([word for word in words if word.startswith("samples=")])
    from graphs.preparation import prepare
    from graphs.settings.own import own_settings

    given, own = parse_arguments([word for word in words if not word.startswith("samples=")]), own_settings()
    if not any(settings.get(key) for settings in (given, own) for key in ("scenario", "out")):
        raise SettingsError(
            "scenario: is missing; name what is to be made, with which model, and how many samples: scenario=NAME or PATH "
            "llm.base_url=URL llm.model=NAME n=N; or out=DIR, the directory of a run"
        )
    prepared = prepare(given, own)
    from graphs.files.rundir import write_bytes
    from graphs.forecasting.report import forecast_lines
    from graphs.forecasting.watching import Stopwatch
    from graphs.running.session import hold_session

    watcher = Stopwatch(log)
    with winding_down(), asyncio.Runner(loop_factory=loop_factory()) as runner:
        finished = runner.run(hold_session(replace(prepared, trial=samples), watcher))
    if finished.stopped_by == Interrupted.stopped_by:
        print(f"interrupted; to go on: python -m graphs.plan out={finished.out}")
        return Exit.INTERRUPTED
    speed = watcher.speed or _measured_before(finished.out)
    found = _forecast(prepared, finished, speed)
    if found is None:
        print(
            f"no sample came to be (stopped by {finished.stopped_by}{f': {finished.why}' if finished.why else ''}), so there is nothing to forecast from; to go on: python -m graphs.plan out={finished.out}"
        )
        return Exit.EARLY
    told = {"forecast": found.model_dump(mode="json"), "speed": speed.model_dump(mode="json") if speed else None}
    write_bytes(finished.out / FORECAST, orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    print("\n".join(forecast_lines(found, str(finished.out))))
    return Exit.DONE


def _samples(words: Sequence[str]) -> int:
    """The number that `samples=` says. Raises SettingsError."""
    if len(words) > 1:
        raise SettingsError("samples is given twice; leave one of the two out")
    text = words[0].partition("=")[2] if words else str(_SAMPLES)
    if not text.isdecimal() or not 1 <= int(text) <= _MOST:
        raise SettingsError(f"samples={text}: is a number from 1 to {_MOST}")
    return int(text)


def _forecast(prepared: Preparation, finished: Finished, speed: Speed | None) -> Forecast | None:
    """The forecast; None if no sample was decided."""
    from graphs.files.axes import as_run
    from graphs.files.rundir import JOURNAL
    from graphs.forecasting.forecast import forecast_of
    from memory.journal.reading import read_journal
    from scenarios.records import Verdict

    records = read_journal(finished.out / JOURNAL, lambda reader: list(reader.records()))
    if all(record.verdict is Verdict.UNDECIDED for record in records):
        return None
    settings = prepared.settings
    at_once = min(settings.concurrency, settings.round_size * (1 + settings.lookahead))
    loaded = as_run(prepared.loaded, finished.out)
    return forecast_of(records, loaded, prepared.models, prepared.topology, settings.n, speed, at_once)


def _measured_before(out: Path) -> Speed | None:
    """The speed that an earlier forecast of the run measured."""
    from evaluation.forecast import Speed
    from scenarios.reading.bounded import json_of, read_bounded

    path = out / FORECAST
    if not path.is_file():
        return None
    try:
        return Speed.model_validate(json_of(read_bounded(path))["speed"])
    except (OSError, ValueError, KeyError, TypeError):
        raise RunDirError(f"{path}: cannot be read; remove it") from None


if __name__ == "__main__":
    sys.exit(main())
