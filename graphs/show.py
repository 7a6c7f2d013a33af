"""The command: `python -m graphs.show scenario=NAME|PATH [part=NAME] [eject=DIR] [draw=yes topology=NAME]`.

Prints the whole scenario with where each part came from, draws its sample graph, or writes it out as a folder to be changed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from graphs.sampling.casting import cast_by
from graphs.shell.command import answer, keys_given
from graphs.shell.exits import Exit
from graphs.showing.document import document_of
from graphs.showing.drawn import drawing
from graphs.showing.folder import eject
from graphs.showing.pages import page, part
from scenarios.cleaning import clean
from scenarios.errors import SettingsError
from scenarios.loading import load

KEYS = ("scenario", "part", "eject", "draw", "topology", "trust")
_HELP = """usage: python -m graphs.show scenario=NAME|PATH [key=value …]

Prints a scenario with all that it has by default, as YAML: behind each part stands whether the scenario says it (yours) or
it is the packaged default, and long lists are cut short. It asks no model and writes nothing, unless eject says where.

  part    one part whole, with its prompts: roles.critic, axes.mood, policy, prompts, prompts.critic.chat.jinja
  eject   a new folder: the whole scenario is written there, with every prompt and file, and makes the same samples.
          Change there what you like
  draw    yes: its sample graph as Mermaid, with the step, the roles and what they attend to beside each node; topology=NAME
          draws that one in place of the scenario's
  trust   a Python module that the scenario plays in, if you trust it

exit codes: 0 printed or written · 2 a mistake in the input · 130 interrupted · 1 a fault of ours"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return answer(arguments, lambda: _HELP, _show)


def _show(words: list[str]) -> int:
    given = keys_given(words, KEYS, "graphs.show", "scenario={}")
    if not given.get("scenario"):
        raise SettingsError("scenario: is missing; write scenario=NAME, or the path of a scenario.yaml")
    if "part" in given and "eject" in given:
        raise SettingsError("part: is printed, and eject writes the whole scenario; give one of them")
    if "draw" in given or "topology" in given:
        return _draw(given)
    document = document_of(given["scenario"], {given.get("trust", "")})
    if "eject" in given:
        files = eject(document, Path(given["eject"]))
        print(f"written: {len(files)} files, begin at {files[0]}")
        print(f"then: python -m graphs.run scenario={given['eject']}")
        return Exit.DONE
    for line in part(document, given["part"]) if "part" in given else page(document):
        print(clean(line))
    return Exit.DONE


def _draw(given: Mapping[str, str]) -> int:
    if given.get("draw") != "yes":
        raise SettingsError(f"draw={given.get('draw', '')}: write draw=yes; topology names what is drawn")
    if other := next((key for key in ("part", "eject") if key in given), ""):
        raise SettingsError(f"{other}: does not go with draw; give one of them")
    topology = given.get("topology", "")
    for line in drawing(cast_by(load(given["scenario"], {given.get("trust", "")}), topology), topology):
        print(clean(line))
    return Exit.DONE


if __name__ == "__main__":
    sys.exit(main())
