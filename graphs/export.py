"""The command: `python -m graphs.export out=DIR|FILE.jsonl to=TARGET[,TARGET…] [key=value …]`.

Writes a dataset in the forms that trainers read, and reads each one back.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from graphs.exporting.exporting import ExportPlan, export
from graphs.exporting.formats.registry import TARGETS
from graphs.exporting.formats.trl import Trl
from graphs.exporting.hub import HUB, repository_of, upload
from graphs.exporting.sample import Lesson
from graphs.exporting.shaping import Shaping
from graphs.exporting.splitting import ratios_of
from graphs.shell.command import answer, keys_given
from graphs.shell.exits import Exit
from scenarios.errors import SettingsError, nearest

_OTHERS = {
    "out": "a run directory, or a JSONL file of messages, also one that was made elsewhere",
    "to": f"the targets, by commas: {', '.join(TARGETS)}; hub:OWNER/NAME uploads TRL's form to the Hugging Face hub",
    "into": "the folder for them, one folder each (default: DIR/export, or FILE-export beside a file)",
    "private": "yes (default) or no: who may see a repository that to=hub:OWNER/NAME makes",
    "lesson": "sft: accepted samples (default); dpo: pairs, of worlds; kto: single answers with a verdict, good or proven wrong",
    "split": "such as 90/10 or 90/5/5: train, valid, test; what belongs together stays on one side (default: all in train)",
    "seed": "another number deals the parts otherwise (default: 0)",
    "prompt": "of samples with fields: the field that a user writes (default: problem, instruction, question …)",
    "answer": "of samples with fields: the field that an assistant answers (default: solution, answer, output …)",
}
KEYS = (*_OTHERS, *Shaping.model_fields)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return answer(arguments, _help, _export)


def _help() -> str:
    keys = [(f"{key}=…", about) for key, about in _OTHERS.items()]
    keys += [(f"{key}={one.default}", one.description or "") for key, one in Shaping.model_fields.items()]
    return "\n".join(
        [
            "usage: python -m graphs.export out=DIR|FILE.jsonl to=TARGET[,TARGET…] [key=value …]",
            "",
            "Writes a dataset in the forms that trainers read, and reads each one back: docs/how-to-export.md.",
            "",
            *(f"  {key:<18} {about}" for key, about in keys),
            "",
            "exit codes: 0 exported and read back · 2 a mistake in the input · 130 interrupted · 1 a fault of ours",
        ]
    )


def _export(words: list[str]) -> int:
    given = keys_given(words, KEYS, "graphs.export", "key=value, such as out={}")
    repositories, private = _repositories(given), _private(given)
    plan = _planned(given)
    parts, found = export(plan, lambda line: print(f"colloquia: {line}", file=sys.stderr))
    for one in found:
        print("\n".join(one.told))
    if parts.told:
        print(parts.told)
    print(f"folders: {plan.into}")
    if repositories and all(one.proved for one in found):
        for name in repositories:
            print(
                f"on the hub{', private' if private else ''}: {upload(plan.into / Trl.name, plan.out, name, private)}"
            )
    return Exit.DONE if all(one.proved for one in found) else Exit.FAULT


def _repositories(given: dict[str, str]) -> list[str]:
    """The repositories among the targets; TRL's form, which they get, takes their place. Raises SettingsError."""
    names = [name.strip() for name in given.get("to", "").split(",") if name.strip()]
    found = [repository_of(name) for name in names if name.startswith(HUB)]
    if found:
        given["to"] = ",".join([*(name for name in names if not name.startswith(HUB)), Trl.name])
    return found


def _private(given: dict[str, str]) -> bool:
    said = given.get("private", "yes")
    if said not in {"yes", "no"}:
        raise SettingsError(f"private={said}: is yes or no")
    return said == "yes"


def _planned(given: dict[str, str]) -> ExportPlan:
    """The words `key=value`. Raises SettingsError."""
    if not given.get("out"):
        raise SettingsError("out: is missing; write out=DIR, the directory of a run, or out=FILE.jsonl")
    targets = tuple(dict.fromkeys(name.strip() for name in given.get("to", "").split(",") if name.strip()))
    if not targets:
        raise SettingsError(f"to: is missing; write to=TARGET, one or more of {', '.join(TARGETS)}")
    for name in targets:
        if name not in TARGETS:
            raise SettingsError(f"to={name}: unknown target{nearest(name, TARGETS)}; known are {', '.join(TARGETS)}")
    lesson = given.get("lesson", Lesson.SFT)
    if lesson not in set(Lesson):
        raise SettingsError(f"lesson={lesson}: is one of {', '.join(Lesson)}")
    seed = given.get("seed", "0")
    if not seed.isdecimal():
        raise SettingsError(f"seed={seed}: is a number from 0")
    try:
        shape = Shaping.model_validate({key: value for key, value in given.items() if key in Shaping.model_fields})
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(f"{first['loc'][0]}={first['input']}: {first['msg']}; see --help") from None
    out = Path(given["out"])
    into = (
        Path(given["into"])
        if given.get("into")
        else (out / "export" if out.is_dir() else out.with_name(f"{out.stem}-export"))
    )
    return ExportPlan(
        out=out, targets=targets, into=into, lesson=Lesson(lesson), shape=shape, split=ratios_of(given.get("split", "")),
        seed=int(seed), prompt=given.get("prompt", ""), answer=given.get("answer", ""),
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
