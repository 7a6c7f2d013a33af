"""The command: `python -m graphs.run scenario=NAME|PATH [key=value …]`."""

from __future__ import annotations

import contextlib
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graphs.settings.schema import (
    Settings,
    Switch,
    help_text,
    new_run_dir,
    parse_arguments,
    resolve,
    with_decoding,
    without_memory,
)
from graphs.shell.exits import Exit
from scenarios.errors import UserError
from scenarios.loading import Loaded, load, scenario_names


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code: a member of Exit."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and words[0] in {"-h", "--help", "help"}:
        print(_help())
        return Exit.DONE
    out: Path | None = None
    try:
        loaded, settings = _settings(words)
        out = Path(settings.out)
        from graphs.observe.switch import telemetry
        from graphs.session import Session

        with telemetry(settings.otel is Switch.ON, out):
            return Session(loaded, settings, out).run()
    except UserError as error:
        print(f"colloquia: {' '.join(str(error).split())}", file=sys.stderr)
        return Exit.MISTAKE
    except KeyboardInterrupt:
        print("colloquia: interrupted", file=sys.stderr)
        return Exit.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the edge: a fault of ours is logged whole and told in one line
        log = _log(out)
        print(f"colloquia: a fault of ours: {type(error).__name__}: {error}"[:300].replace("\n", " "), file=sys.stderr)
        print(f"colloquia: the whole of it is in {log}; the run can be continued with out={out}", file=sys.stderr)
        return Exit.FAULT


def _settings(words: list[str]) -> tuple[Loaded, Settings]:
    """The scenario and the settings of a new or a continued run."""
    from graphs.files.rundir import check_usable, is_run, stored_settings

    given = parse_arguments(words)
    out = given.get("out")
    if out is not None and not isinstance(out, str | int | float):
        raise UserError(f"out={out}: give a directory")
    continued = bool(out) and is_run(Path(str(out)))
    if continued:
        given = _merge(without_memory(stored_settings(Path(str(out))), given), given)
    loaded = load(str(given.get("scenario") or "support"), {str(given.get("trust", ""))})
    settings = resolve({**given, "out": str(out or "")}, loaded)
    if not settings.out:
        settings = settings.model_copy(update={"out": str(new_run_dir(settings.scenario, Path("runs")))})
    check_usable(Path(settings.out))
    from agents.checks.registry import check_names_known
    from graphs.sampling.topology import topology_of
    from graphs.settings.templates import check_templates

    topology_of(loaded.scenario, settings.topology or None)
    check_names_known(loaded)
    check_templates(loaded)
    return with_decoding(loaded, settings), settings


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        inner = merged.get(key)
        merged[key] = _merge(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged


def _log(out: Path | None) -> Path:
    """Write the current traceback to a log file; the key of no model is in it."""
    home = out if out is not None and out.is_dir() else Path()
    log = home / "colloquia.log"
    with contextlib.suppress(OSError), log.open("a", encoding="utf-8") as file:
        file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}\n{traceback.format_exc()}\n")
    return log


def _help() -> str:
    return (
        "usage: python -m graphs.run scenario=NAME|PATH [key=value …]\n\n"
        f"Makes a checked, diverse dataset. Scenarios: {', '.join(scenario_names())}.\n"
        "python -m graphs.run out=DIR continues a stopped run.\n\n"
        f"keys, with their defaults (a scenario may bring its own):\n{help_text()}\n\n"
        "exit codes: 0 the target was reached · 3 stopped early with a valid partial dataset · 2 a mistake in the input"
        " · 130 interrupted, can be continued · 1 a fault of ours"
    )


if __name__ == "__main__":
    sys.exit(main())
