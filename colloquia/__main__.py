"""The command `colloquia COMMAND [key=value …]`, which is the same as `python -m graphs.COMMAND`."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the first word names; returns its exit code."""
    if not _rooms_are_ours():
        return 2
    from graphs.shell.interrupts import exit_at_once
    from graphs.shell.output import steady_output

    if arguments is None:
        exit_at_once()
    with steady_output():
        return _main(list(sys.argv[1:] if arguments is None else arguments))


def _main(words: list[str]) -> int:
    from importlib.metadata import version

    from graphs.shell.command import call_as
    from graphs.shell.commands import Command, main_of
    from scenarios.errors import nearest

    if "_ARGCOMPLETE" in os.environ:
        _complete()
    if not words or words[0] in {"-h", "--help", "help"}:
        print(_help())
        return 0
    if words[0] in {"-V", "--version"}:
        print(version("colloquia"))
        return 0
    if words[0] not in set(Command):
        known = ", ".join(Command)
        print(f"colloquia: '{words[0]}' is not a command{nearest(words[0], Command)}; known: {known}", file=sys.stderr)
        return 2
    call_as("colloquia ")
    return main_of(Command(words[0]))(words[1:])


def _rooms_are_ours() -> bool:
    """Whether Python finds our packages; if not, one line says what to do."""
    try:
        from graphs.rooms import ForeignPackage, check_rooms
    except ImportError as error:
        _complain(f"'graphs' is another project's package: {error}")
        return False
    try:
        check_rooms()
    except ForeignPackage as error:
        _complain(str(error))
        return False
    return True


def _complain(text: str) -> None:
    with contextlib.suppress(OSError):  # nobody may be reading it
        print(f"colloquia: {text}", file=sys.stderr, flush=True)


def _help() -> str:
    from graphs.shell.commands import DOES

    rows = "\n".join(f"  {command:<10} {does}" for command, does in DOES.items())
    return (
        "usage: colloquia COMMAND [key=value …]\n\n"
        f"{rows}\n\n"
        "colloquia COMMAND --help lists a command's keys. The first dataset: colloquia run scenario=support\n"
        'Completion in bash and zsh: eval "$(register-python-argcomplete colloquia)"'
    )


def _complete() -> None:
    """Answer a shell that asks how a word can go on, and end the process."""
    import argparse

    import argcomplete

    from graphs.shell.commands import Command
    from graphs.shell.completion import completions

    parser = argparse.ArgumentParser(prog="colloquia", add_help=False)
    parser.add_argument("command", choices=[command.value for command in Command])
    words = parser.add_argument("words", nargs="*")
    words.completer = lambda prefix, parsed_args, **_: completions(parsed_args.command, prefix)  # type: ignore[attr-defined]
    with contextlib.suppress(OSError):  # the shell no longer reads, or its disk is full
        argcomplete.autocomplete(parser, always_complete_options=False)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
