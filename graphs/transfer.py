"""The command: `python -m graphs.transfer out=DIR|FILE.jsonl[,…] real=FILE [test=FILE] [key=value …]`.

Measures what a dataset is worth on real data, and writes transfer.json, which `python -m graphs.run feedback=…` reads.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from pydantic import ValidationError

from graphs.files.rundir import DATASET, is_run, run_dir_faults, write_bytes
from graphs.shell.command import answer, keys_given
from graphs.shell.exits import Exit
from graphs.shell.process import one_blas_thread, say
from graphs.transferring.options import TransferOptions
from scenarios.errors import RunDirError, SettingsError

if TYPE_CHECKING:
    from graphs.transferring.transfer import Transfer

TRANSFER = "transfer.json"
_PATHS = {
    "out": "a run directory, or a JSONL file of samples; several with commas between are one dataset",
    "real": "real texts with labels: a CSV, TSV, JSONL, YAML or Parquet file",
    "test": "a file of real texts for the test part alone; real= is then parted into the rest",
    "labels": "a YAML file of REAL: OURS, where the labels have other names",
    "json": "where the result goes (default: transfer.json in the run directory, of several in the last)",
}
KEYS = (*_PATHS, *TransferOptions.model_fields)
_PAIRS = 3
"""Confused classes that are printed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return answer(arguments, _help, _transfer)


def _help() -> str:
    keys = [(f"{key}=…", about) for key, about in _PATHS.items()]
    keys += [(f"{key}={one.default}", one.description or "") for key, one in TransferOptions.model_fields.items()]
    return "\n".join(
        [
            "usage: python -m graphs.transfer out=DIR|FILE.jsonl[,…] real=FILE [test=FILE] [key=value …]",
            "",
            "Trains a student on a dataset and tests it on real texts, beside one that learned from as many real texts and a base",
            "that always says the most frequent label; see docs/how-to-measure-transfer.md.",
            "",
            *(f"  {key:<18} {about}" for key, about in keys),
            "",
            "exit codes: 0 measured · 2 a mistake in the input · 130 interrupted · 1 a fault of ours",
        ]
    )


def _transfer(words: list[str]) -> int:
    given = keys_given(words, KEYS, "graphs.transfer", "out=DIR real=FILE")
    outs = _several(given.get("out", ""))
    paths = {key: Path(given.pop(key)) for key in _PATHS if given.get(key)}
    for key, what in (
        ("out", "DIR, the directory of a run, or FILE.jsonl"),
        ("real", "FILE, a file of real texts with labels"),
    ):
        if key not in paths:
            raise SettingsError(f"{key}: is missing; write {key}={what}")
    try:
        options = TransferOptions.model_validate({key: value for key, value in given.items() if key not in _PATHS})
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(
            f"{first['loc'][0]}={first['input']}: {first['msg'].removeprefix('Value error, ')}; see --help"
        ) from None
    found = transfer(outs, paths["real"], paths.get("test"), paths.get("labels"), options)
    where = paths.get("json") or next((out / TRANSFER for out in reversed(outs) if out.is_dir()), None)
    for line in told(found):
        print(line)
    if where is not None:
        with run_dir_faults(where.absolute().parent):
            write_bytes(
                where,
                orjson.dumps(found.model_dump(mode="json"), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE),
            )
        print(f"figures: {where}")
        if found.feedback is not None:
            print(
                f"to aim the next run at what the student gets wrong: python -m graphs.run scenario={found.scenario} feedback={where}"
            )
    return Exit.DONE


def _several(told: str) -> list[Path]:
    """The paths that commas part, unless a path has this very name. Raises SettingsError: one is named twice."""
    if Path(told).exists():
        return [Path(told)]
    found = [Path(name.strip()) for name in told.split(",") if name.strip()]
    seen = set[Path]()
    for path in found:
        if (place := path.resolve()) in seen:
            raise SettingsError(
                f"out={told}: names {path} twice, whose samples would count twice; leave one of the two out"
            )
        seen.add(place)
    return found


def transfer(
    out: Path | Sequence[Path], real: Path, test: Path | None = None, labels: Path | None = None, options: TransferOptions | None = None,
) -> Transfer:  # fmt: skip
    """What the dataset of a run directory or a JSONL file is worth on real texts, or that of several together. Raises UserError."""
    from graphs.planning.feedback import Feedback, feedback_of_run
    from graphs.preparation import scenario_of_run

    datasets, names, learned, values = list[Path](), set[str](), list[Feedback](), dict[str, list[str]]()
    for one in [out] if isinstance(out, Path) else out:
        if not one.is_dir():
            datasets.append(one)
            continue
        if not is_run(one):
            raise RunDirError(f"out={one}: holds no run; give a run's directory, or a JSONL file")
        made = scenario_of_run(one).scenario
        datasets.append(one / DATASET)
        names.add(made.name)
        learned += [kept] if (kept := feedback_of_run(one)) else []
        for axis, plan in made.axes.items():
            values.setdefault(axis, []).extend(plan.names)
    for key, path in (*(("out", dataset) for dataset in datasets), ("real", real), ("test", test), ("labels", labels)):
        if path is not None and not path.exists():
            raise SettingsError(f"{key}={path}: is not there")
    from graphs.transferring.gathering import TransferFiles
    from graphs.transferring.transfer import measured
    from memory.vectors.embedding import WordLlamaEmbedding

    scenario = names.pop() if len(names) == 1 else ""
    asked = TransferFiles(tuple(datasets), real, test, labels, scenario, values, tuple(learned))
    with one_blas_thread():
        return measured(asked, options or TransferOptions(), WordLlamaEmbedding(), say)


def told(found: Transfer) -> list[str]:
    """The result in a few lines."""
    left = [f"{count} for {why}" for why, count in found.left_out.items() if count]
    lines = [
        f"label: {found.target} ({len(found.model.classes)} values); each student learned from {found.learned_from}; tested on "
        f"{found.parts['test']} real texts" + (f"; left out: {', '.join(left)}" if left else "")
    ]
    for name, score in found.scores.items():
        figures = ", ".join(
            f"{what} {one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"
            for what, one in (("dataset", score.synth), ("real", score.real), ("base", score.base))
        )
        closed = score.closed
        share = (
            f"share of the gap closed {closed.value:.2f} [{closed.low:.2f}, {closed.high:.2f}]" if closed else score.why
        )
        lines.append(f"{name}: {figures}; {share}")
    pairs = sorted(
        ((count, true, taken) for true, by in found.confusion.items() for taken, count in by.items() if true != taken),
        key=lambda one: (-one[0], one[1:]),
    )
    if pairs:
        lines.append(
            "most confused: "
            + "; ".join(f"{true} taken for {taken} ({count})" for count, true, taken in pairs[:_PAIRS])
        )
    worst = sorted(found.errors[found.target].items(), key=lambda one: (-one[1].shrunken, one[0]))[:_PAIRS]
    lines.append("worst: " + "; ".join(f"{name} {one.errors} of {one.texts} wrong" for name, one in worst))
    return lines


if __name__ == "__main__":
    sys.exit(main())
