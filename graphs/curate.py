"""The command: `python -m graphs.curate out=DIR|FILE.jsonl [target=axis|field] [drop=aum,duplicates,…]`.

Flags doubtful samples of a dataset, one of a run or one made elsewhere. It writes signals.jsonl, one row a sample, and curated.jsonl:
the dataset with weights, without what `drop=` names. The input, and a run's journal, stay as they were.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from graphs.curating.curation import Curating, Encoder, curate
from graphs.curating.signals import Doubt
from graphs.shell.command import answer, keys_given
from graphs.shell.exits import Exit
from graphs.shell.process import one_blas_thread
from scenarios.errors import SettingsError, nearest

_KEYS = {
    "out": "a run directory, or a JSONL file of messages or fields, also one that was made elsewhere",
    "into": "the directory for both files (default: the run's, or beside the file under its name)",
    "target": "the axis or field that is a label (default: a field that is an axis, too, or is called label, or the only axis)",
    "drop": f"reasons, by commas, for which samples are left out of curated.jsonl (default: none): {', '.join(Doubt)}",
    "mask": "yes puts marks such as [EMAIL_1] in place of personal data in curated.jsonl (default: no)",
    "encoder": "wordllama (default), or minilm, which sees more of a sentence and needs the extra 'students'",
    "seed": "decides folds, batches and planted labels (default: 0)",
}
KEYS = tuple(_KEYS)
Named = TypeVar("Named", bound=StrEnum)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return answer(arguments, _help, _curate)


def _help() -> str:
    from graphs.curating.likelihoods import LikelihoodSettings
    from graphs.settings.keys import help_text

    return "\n".join(
        [
            "usage: python -m graphs.curate out=DIR|FILE.jsonl [target=axis|field] [drop=aum,duplicates,…] [key=value …]",
            "",
            "Flags doubtful samples and gives each a weight: signals.jsonl has a row a sample, curated.jsonl the samples that stay.",
            "Only what drop= names is left out. Which signal to believe when: docs/how-to-curate.md.",
            "",
            *(f"  {key:<10} {about}" for key, about in _KEYS.items()),
            "",
            "How likely a model finds each answer, with and without what stands before it, if llm.* names one that can say so (vLLM, an",
            "endpoint with echo and logprobs, or with the extra 'torch' llm.backend=embedded, the packaged weights, or llm.gguf=PATH):",
            "",
            help_text(LikelihoodSettings),
            "",
            "exit codes: 0 curated · 3 the likelihoods stopped early · 2 a mistake in the input · 130 interrupted · 1 a fault of ours",
        ]
    )


def _curate(words: list[str]) -> int:
    from graphs.curating.likelihoods import LikelihoodSettings, likelihood_settings
    from graphs.settings.keys import parse_arguments
    from graphs.settings.own import own_settings

    roots = tuple(LikelihoodSettings.model_fields)
    of_model = [word for word in words if word.partition("=")[0].partition(".")[0] in roots]
    likelihoods = likelihood_settings(parse_arguments(of_model), own_settings())
    rest = [word for word in words if word not in of_model]
    asked = replace(
        _asked(keys_given(rest, KEYS, "graphs.curate", "key=value, such as out={}")), likelihoods=likelihoods
    )
    from graphs.curating.report import lines_of_report

    with one_blas_thread():
        found = curate(asked, lambda line: print(f"colloquia: {line}", file=sys.stderr, flush=True))
    print("\n".join(lines_of_report(found)))
    return Exit.EARLY if found.stopped else Exit.DONE


def _asked(given: dict[str, str]) -> Curating:
    """The words `key=value`. Raises SettingsError."""
    if not given.get("out"):
        raise SettingsError("out: is missing; write out=DIR, the directory of a run, or out=FILE.jsonl")
    seed = given.get("seed", "0")
    if not (seed.isascii() and seed.isdecimal() and len(seed) < 10):
        raise SettingsError(f"seed={seed}: is a whole number from 0 to 999999999")
    if given.get("mask", "no") not in {"yes", "no"}:
        raise SettingsError(f"mask={given['mask']}: is yes or no")
    names = [name.strip() for name in given.get("drop", "").split(",") if name.strip()]
    return Curating(
        out=Path(given["out"]), into=Path(given["into"]) if given.get("into") else None, target=given.get("target", ""),
        drop=tuple(dict.fromkeys(_one_of(Doubt, name, "drop") for name in names)),
        encoder=_one_of(Encoder, given.get("encoder", Encoder.WORDLLAMA), "encoder"), seed=int(seed),
        mask=given.get("mask") == "yes",
    )  # fmt: skip


def _one_of(kind: type[Named], name: str, key: str) -> Named:
    if name not in set(kind):
        raise SettingsError(f"{key}={name}: unknown{nearest(name, list(kind))}; known are {', '.join(kind)}")
    return kind(name)


if __name__ == "__main__":
    sys.exit(main())
