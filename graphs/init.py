"""The command: `python -m graphs.init FOLDER about=TEXT [policy=FILE] [documents=FOLDER] [tools=FILE] …`.

Writes a short scenario into a folder from a sentence and the user's files: from a template, or with a model's help.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from graphs.beginning.fitting import fitted
from graphs.beginning.folder import Beginning, beginning_of
from graphs.settings.keys import parse_arguments
from graphs.settings.layers import over
from graphs.settings.own import own_settings
from graphs.shell.command import FaultLog, answer, keys_given
from graphs.shell.exits import Exit
from graphs.shell.interrupts import winding_down
from graphs.shell.process import loop_factory
from scenarios.cleaning import clean
from scenarios.errors import CallFailed, Interrupted, RunStopped, SettingsError
from scenarios.loading import Loaded
from scenarios.schema.languages import named_language

KEYS = ("about", "policy", "documents", "tools", "personas", "language", "n")
_OF_RUNS = ("llm.", "roles.", "budget.", "memory.", "concurrency=", "seed=")
"""Beginnings of the words that are for graphs.run."""
_ASKED = "init.sqlite"
"""What the model was asked and answered, in the scenario's folder."""
_MOST = 20
_HELP = """usage: python -m graphs.init FOLDER about=TEXT [key=value …]

Writes FOLDER/scenario.yaml, a short scenario of conversations, from a sentence and your files. With a model (llm.base_url=…
here or in your own settings file) it asks that in one call who talks, why, and how it can end, and marks each answer as
guessed; then it makes three samples and prints one. Without a model it writes a template. It overwrites nothing.

  about      a sentence: who talks to whom, and where
  policy     a .md or .txt file that the assistant follows, or the text itself
  documents  a folder or a file that the assistant may rely on
  tools      an OpenAPI document or a list of tools that the assistant can call
  personas   a file of the people who write (.yaml, .jsonl, .csv); by default the packaged 252
  language   a language, or several: English,German
  n          how many samples to make with a model (default 3; 0: none)
  llm.KEY    the model, as in graphs.run; so are roles.…, budget.…, memory.…, concurrency and seed

Files that lie elsewhere are copied into FOLDER, since a scenario reads only what lies in its own folder.

exit codes: 0 written · 3 written, but the model or the samples stopped early · 2 a mistake in the input, and nothing is
written · 130 interrupted · 1 a fault of ours"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    log = FaultLog()
    return answer(arguments, lambda: _HELP, lambda words: _init(words, log), log)


def _init(words: list[str], log: FaultLog) -> int:
    folders = [word for word in words if "=" not in word]
    if len(folders) != 1:
        raise SettingsError(
            'name one folder to begin in: python -m graphs.init bank about="A customer of a bank talks to …"'
        )
    rest = [word for word in words if "=" in word]
    ours = [word for word in rest if not word.startswith(_OF_RUNS)]
    given = keys_given(ours, KEYS, "graphs.init", "FOLDER about=TEXT")
    for_runs = parse_arguments([word for word in rest if word.startswith(_OF_RUNS)])
    count = _count(given.get("n", "3"))
    has_model = _has_model(over(own_settings(), for_runs))
    beginning = beginning_of(Path(folders[0]), given, _languages(given.get("language", "")))
    loaded = beginning.write()
    _say_written(beginning)
    if not has_model:
        print("no model is named, so this is a template; with llm.base_url=… llm.model=… one makes guesses and samples")
        return _next(beginning, Exit.DONE)
    if not _guessed(beginning, loaded, {**for_runs, "scenario": str(beginning.folder), "n": max(count, 1)}):
        return _next(beginning, Exit.EARLY)
    code = _samples(beginning, {**for_runs, "n": count}, log) if count else Exit.DONE
    return _next(beginning, code)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= _MOST):
        raise SettingsError(f"n={text}: write a whole number from 0 to {_MOST}; graphs.run makes more")
    return int(text)


def _languages(text: str) -> str | tuple[str, ...]:
    names = [part for part in text.strip("[] ").split(",") if part.strip()]
    try:
        found = tuple(named_language(name) for name in names)
    except ValueError as error:
        raise SettingsError(
            f"language={text}: {str(error).removeprefix(chr(39) + 'language' + chr(39)).lstrip(': ')}"
        ) from None
    return found[0] if len(found) == 1 else found or ""


def _has_model(settings: Mapping[str, Any]) -> bool:
    """Whether the user has named a model: the packaged base model cannot hold conversations."""
    llm = settings.get("llm")
    return isinstance(llm, Mapping) and any(llm.get(key) for key in ("base_url", "gguf", "backend"))


def _say_written(beginning: Beginning) -> None:
    print(f"written: {beginning.path}")
    for name, path in beginning.material.copies.items():
        if "/" not in name:
            print(f"copied: {path} to {beginning.folder / name}")
    if inner := [name for name in beginning.material.copies if "/" in name]:
        print(f"copied: {len(inner)} documents to {beginning.folder / inner[0].split('/')[0]}/")
    for text in beginning.material.passed_over:
        print(f"passed over: {clean(text)}")


def _guessed(beginning: Beginning, loaded: Loaded, given: dict[str, Any]) -> bool:
    """Ask the model, and write its guess; False if it gave none. Raises UserError, and leaves nothing behind then."""
    try:
        found = asyncio.run(_ask(beginning, loaded, given))
    except (CallFailed, RunStopped) as error:
        print(f"the model made no guess, and this stays a template: {clean(str(error))}")
        return False
    except BaseException:
        (beginning.folder / _ASKED).unlink(missing_ok=True)
        beginning.undo()
        raise
    begun = fitted(found, loaded)
    if why := beginning.rewrite(begun):
        print(f"the model's guess cannot be used, and this stays a template: {clean(why)}")
        return False
    print(f"guessed: {', '.join(begun.roles)}; the axis '{begun.axis}'{', other outcomes' if begun.outcomes else ''}")
    for text in begun.open:
        print(f"not understood: {text}")
    return True


async def _ask(beginning: Beginning, loaded: Loaded, given: dict[str, Any]) -> Any:
    from agents.guessing import guess_scenario
    from graphs.preparation import prepare
    from graphs.running.gateway import journaled_gateway
    from memory.journal.journal import Journal
    from scenarios.schema.conversation import WRITER

    prepared = prepare(given)
    model = prepared.models[WRITER]
    journal = Journal(beginning.folder / _ASKED)
    try:
        gateway = journaled_gateway(
            journal, [model], prepared.weights, budget=prepared.settings.budget, by_role={WRITER: model}
        )
        try:
            found, _ = await guess_scenario(loaded, gateway, model, prepared.settings.seed)
            return found
        finally:
            await gateway.close()
    finally:
        journal.close()


def _samples(beginning: Beginning, given: dict[str, Any], log: FaultLog) -> Exit:
    """Make a few samples, and print one of them."""
    from graphs.beginning.samples import chat_lines
    from graphs.campaign.graph import TARGET
    from graphs.preparation import prepare
    from graphs.running.session import hold_session
    from graphs.shell.terminal import Terminal

    prepared = prepare({**given, "scenario": str(beginning.folder)})
    with winding_down(), asyncio.Runner(loop_factory=loop_factory()) as runner:
        finished = runner.run(hold_session(prepared, Terminal(log)))
    print(f"samples: {finished.out} ({finished.summary['accepted']} of {given['n']} accepted)\n")
    for line in chat_lines(finished.out, prepared.loaded):
        print(clean(line))
    return {TARGET: Exit.DONE, Interrupted.stopped_by: Exit.INTERRUPTED}.get(finished.stopped_by, Exit.EARLY)


def _next(beginning: Beginning, code: Exit) -> Exit:
    folder = beginning.folder
    print(f"to go on: read {beginning.path}, change what is wrong, then python -m graphs.run scenario={folder} n=100")
    print(f"what it is by default: python -m graphs.show scenario={folder}; every prompt to change: eject=DIR")
    return code


if __name__ == "__main__":
    sys.exit(main())
