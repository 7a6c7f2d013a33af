"""The command: `python -m graphs.curate out=DIR|FILE.jsonl [target=NAME] [drop=aum,duplicates,…] [action=relabel|redo]`.

Flags doubtful samples of a dataset, one of a run or one made elsewhere. It writes signals.jsonl, one row a sample, and curated.jsonl:
the dataset with weights, without what `drop=` names, and with the labels or texts that a model gave the doubtful. The input, and a
run's journal, stay as they were.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from evaluation.students.encoders import Encoder
from graphs.curating.curation import Acting, Curating, curate
from graphs.curating.repair import LABEL_DOUBTS, RepairAction
from graphs.curating.signals import Doubt
from graphs.shell.command import answer, keys_given
from graphs.shell.exits import Exit
from graphs.shell.process import one_blas_thread
from scenarios.errors import SettingsError, nearest

if TYPE_CHECKING:
    from pydantic import BaseModel

_USUAL = (Doubt.AUM, Doubt.STUDENT, Doubt.CONFLICT)
"""The doubts that an action is for: together they find most wrong labels, and a reader confirms what is right."""
_KEYS = {
    "out": "a run directory, or a JSONL file of messages or fields, also one that was made elsewhere",
    "into": "the directory for both files (default: the run's, or beside the file under its name)",
    "target": "the axis or field that is a label or a number, scores.CRITERION of judges, or verdict, what people said in reviews.jsonl "
    "(default: a field that is an axis, too, or is called label, or the only axis)",
    "target_is": "label or number (default: numbers with a fraction and scores are numbers, all else labels)",
    "drop": f"reasons, by commas, for which samples are left out of curated.jsonl (default: none): {', '.join(Doubt)}",
    "mask": "yes puts marks such as [EMAIL_1] in place of personal data in curated.jsonl (default: no)",
    "encoder": "wordllama (default), or minilm, which sees more of a sentence and needs the extra 'students'",
    "action": "relabel: a model reads the labels of doubtful samples; redo: it writes their texts anew (default: neither)",
    "of": f"the doubts whose samples the action is for (default: {','.join(_USUAL)}): {', '.join(LABEL_DOUBTS)}",
    "labels": "for the action, a YAML file 'LABEL: what it means'; of a run, the scenario says it",
    "about": "for the action, what the texts are; of a run it is known",
    "seed": "decides folds, batches and planted labels (default: 0)",
}
KEYS = tuple(_KEYS)
Named = TypeVar("Named", bound=StrEnum)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return answer(arguments, _help, _curate)


def _help() -> str:
    from graphs.curating.likelihoods import LikelihoodSettings
    from graphs.curating.repair import RepairSettings
    from graphs.settings.keys import help_text

    return "\n".join(
        [
            "usage: python -m graphs.curate out=DIR|FILE.jsonl [target=NAME] [drop=aum,duplicates,…] [key=value …]",
            "",
            "Flags doubtful samples and gives each a weight: signals.jsonl has a row a sample, curated.jsonl the samples that stay.",
            "Only what drop= names is left out. Which signal to believe when: docs/how-to-curate.md.",
            "",
            *(f"  {key:<10} {about}" for key, about in _KEYS.items()),
            "",
            "With action=, a model reads the most doubtful samples first. Without it, if llm.* is typed and names a model that can say so",
            "(vLLM, an endpoint with echo and logprobs, or with the extra 'torch' llm.backend=embedded, the packaged weights, or",
            "llm.gguf=PATH), signals say how likely it finds each answer.",
            "",
            *_own_rows(LikelihoodSettings, RepairSettings),
            help_text(RepairSettings),
            "",
            "exit codes: 0 curated · 3 the model's work stopped early · 2 a mistake in the input · 130 interrupted · 1 a fault of ours",
        ]
    )


def _own_rows(one: type[BaseModel], other: type[BaseModel]) -> Iterator[str]:
    """The rows of the help on those settings that another one lacks."""
    from graphs.settings.keys import help_text

    known = {*help_text(other).splitlines()}
    yield from (row for row in help_text(one).splitlines() if row not in known and "llm" not in row)


def _curate(words: list[str]) -> int:
    given, settings = _parted(words)
    asked = _asked(given)
    asked = _with_model(asked, given, settings)
    from graphs.curating.report import lines_of_report

    with one_blas_thread():
        found = curate(asked, lambda line: print(f"colloquia: {line}", file=sys.stderr, flush=True))
    print("\n".join(lines_of_report(found)))
    return Exit.EARLY if found.stopped else Exit.DONE


def _parted(words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The command's own keys, and the words that set up a model. Raises SettingsError."""
    from graphs.curating.likelihoods import LikelihoodSettings
    from graphs.curating.repair import RepairSettings

    roots = {*LikelihoodSettings.model_fields, *RepairSettings.model_fields}
    of_model = [word for word in words if word.partition("=")[0].partition(".")[0] in roots]
    rest = [word for word in words if word not in of_model]
    return keys_given(rest, KEYS, "graphs.curate", "key=value, such as out={}"), of_model


def _with_model(asked: Curating, given: dict[str, str], of_model: list[str]) -> Curating:
    """What is asked, with the model of the action, or else of likelihoods. Raises SettingsError."""
    from graphs.curating.likelihoods import likelihood_settings
    from graphs.curating.repair import repair_settings
    from graphs.settings.keys import parse_arguments
    from graphs.settings.own import own_settings

    typed = parse_arguments(of_model)
    if "action" not in given:
        if stray := next((key for key in ("of", "labels", "about") if key in given), None):
            raise SettingsError(f"{stray}={given[stray]}: is for an action; write action=relabel or action=redo, too")
        return replace(asked, likelihoods=likelihood_settings(typed, own_settings()))
    names = _names(given, "of", ",".join(_USUAL))
    if unknown := next((name for name in names if name not in LABEL_DOUBTS), None):
        known = ", ".join(LABEL_DOUBTS)
        raise SettingsError(
            f"of={unknown}: is no doubt about a label{nearest(unknown, list(LABEL_DOUBTS))}; those are {known}"
        )
    acting = Acting(
        _one_of(RepairAction, given["action"], "action"), tuple(map(Doubt, names)), repair_settings(typed, own_settings()),
        Path(given["labels"]) if given.get("labels") else None, given.get("about", ""),
    )  # fmt: skip
    return replace(asked, acting=acting)


def _asked(given: dict[str, str]) -> Curating:
    """The words `key=value`. Raises SettingsError."""
    if not given.get("out"):
        raise SettingsError("out: is missing; write out=DIR, the directory of a run, or out=FILE.jsonl")
    seed = given.get("seed", "0")
    if not (seed.isascii() and seed.isdecimal() and len(seed) < 10):
        raise SettingsError(f"seed={seed}: is a whole number from 0 to 999999999")
    if given.get("mask", "no") not in {"yes", "no"}:
        raise SettingsError(f"mask={given['mask']}: is yes or no")
    if given.get("target_is", "label") not in {"label", "number"}:
        raise SettingsError(f"target_is={given['target_is']}: is label or number")
    names = _names(given, "drop", "")
    return Curating(
        out=Path(given["out"]), into=Path(given["into"]) if given.get("into") else None, target=given.get("target", ""),
        drop=tuple(dict.fromkeys(_one_of(Doubt, name, "drop") for name in names)),
        encoder=_one_of(Encoder, given.get("encoder", Encoder.WORDLLAMA), "encoder"), seed=int(seed),
        mask=given.get("mask") == "yes", number=None if "target_is" not in given else given["target_is"] == "number",
    )  # fmt: skip


def _names(given: dict[str, str], key: str, default: str) -> list[str]:
    """The names by commas of a key. Raises SettingsError if it is given and holds none."""
    names = [name.strip() for name in given.get(key, default).split(",") if name.strip()]
    if key in given and not names:
        raise SettingsError(f"{key}={given[key]}: names nothing; write names by commas, or leave {key}= out")
    return names


def _one_of(kind: type[Named], name: str, key: str) -> Named:
    if name not in set(kind):
        raise SettingsError(f"{key}={name}: unknown{nearest(name, list(kind))}; known are {', '.join(kind)}")
    return kind(name)


if __name__ == "__main__":
    sys.exit(main())
