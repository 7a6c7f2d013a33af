"""What every command has in common: help, one-line errors, and a log for faults of ours."""

from __future__ import annotations

import contextlib
import sys
import time
import traceback
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from graphs.shell.exits import Exit
from graphs.shell.output import steady_output
from scenarios.cleaning import clean
from scenarios.errors import SettingsError, UserError, nearest

_called_as = "python -m graphs."


def call_as(beginning: str) -> None:
    """Let help show how the user called the command: `beginning` stands before its name."""
    global _called_as
    _called_as = beginning


@dataclass
class FaultLog:
    """Where the traceback of a fault of ours goes."""

    home: Path | None = None
    """The run directory, once it is known; before that the log goes to the current folder."""
    then: str = ""
    """What the user can do after a fault."""

    def write(self) -> Path:
        """Add the current traceback to `colloquia.log`; returns the file. The key of no model is in it."""
        home = self.home if self.home is not None and self.home.is_dir() else Path()
        path = home / "colloquia.log"
        with contextlib.suppress(OSError), path.open("a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}\n{clean(traceback.format_exc())}\n")
        return path


def answer(
    arguments: Sequence[str] | None,
    help_text: Callable[[], str],
    work: Callable[[list[str]], int],
    log: FaultLog | None = None,
) -> int:
    """Do a command's work on its words; returns its exit code: what `work` gives, or what became of it."""
    with steady_output():
        return _answer(list(sys.argv[1:] if arguments is None else arguments), help_text, work, log or FaultLog())


def _answer(words: list[str], help_text: Callable[[], str], work: Callable[[list[str]], int], log: FaultLog) -> int:
    if words and words[0] in {"-h", "--help", "help"}:
        print(help_text().replace("python -m graphs.", _called_as))
        return Exit.DONE
    try:
        _check_readable(words)
        return work(words)
    except UserError as error:
        print(f"colloquia: {' '.join(str(error).split())}", file=sys.stderr)
        return Exit.MISTAKE
    except KeyboardInterrupt:
        print("colloquia: interrupted", file=sys.stderr)
        return Exit.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the edge: a fault of ours is logged whole and said in one line
        told = " ".join(f"{type(error).__name__}: {error}".split())[:250]
        print(f"colloquia: a fault of ours: {told}", file=sys.stderr)
        print(f"colloquia: the details are in {log.write()}{log.then}", file=sys.stderr)
        return Exit.FAULT


def _check_readable(words: Sequence[str]) -> None:
    """Raise SettingsError if the locale cannot read a word: then it holds bytes and no letters."""
    for word in words:
        if any("\ud800" <= letter <= "\udfff" for letter in word):
            raise SettingsError(
                f"'{word}' is not text in this locale, whose encoding is {sys.getfilesystemencoding()}; write UTF-8, and "
                "put PYTHONUTF8=1 before the command"
            )


def keys_given(words: Sequence[str], known: Collection[str], command: str, write: str) -> dict[str, str]:
    """The words `key=value` by their keys, each value as it stands: an id is no number, whatever it looks like.

    `command` names the command in errors, `write` what to write in place of a word without a key, which
    `{}` in it stands for. Raises SettingsError.
    """
    given: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise SettingsError(f"'{word}' is not a setting; write {write.format(word)}")
        if key not in known:
            raise SettingsError(f"{key}: unknown key{nearest(key, known)}; {command} knows {', '.join(known)}")
        if key in given:
            raise SettingsError(f"{key} is given twice; leave one of the two out")
        if not value.strip():
            raise SettingsError(f"{key}: is empty; give a value, or leave {key}= out")
        given[key] = value
    return given
