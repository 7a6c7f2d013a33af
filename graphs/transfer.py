"""The command: `python -m graphs.transfer out=DIR|FILE.jsonl[,…] real=FILE [student=lora] [test=FILE] [key=value …]`.

Measures what a dataset is worth on real data. With students of labels it writes transfer.json, which
`python -m graphs.run feedback=…` reads; with students of answers, transfer-lora.json.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import orjson
from pydantic import ValidationError

from graphs.files.rundir import DATASET, is_run, run_dir_faults, write_bytes
from graphs.shell.command import answer, keys_given
from graphs.shell.exits import Exit
from graphs.shell.process import one_blas_thread, say
from graphs.transferring.options import AnswerOptions, SharedOptions, StudentKind, TransferOptions
from scenarios.errors import RunDirError, SettingsError, nearest

if TYPE_CHECKING:
    from graphs.transferring.answers import AnswerTransfer
    from graphs.transferring.gathering import TransferFiles
    from graphs.transferring.transfer import Transfer

TRANSFER = {StudentKind.VECTORS: "transfer.json", StudentKind.LORA: "transfer-lora.json"}
_PATHS = {
    "out": "a run directory, or a JSONL file of samples; several with commas between are one dataset",
    "real": "real texts: a CSV, TSV, JSONL, YAML or Parquet file",
    "test": "a file of real texts for the test part alone; real= is then parted into the rest",
    "labels": "a YAML file of REAL: OURS, where the labels have other names",
    "json": f"where the result goes (default: {' or '.join(TRANSFER.values())} in the run directory, of several in the last)",
}
_STUDENT = "student"
_OPTIONS: Mapping[StudentKind, type[SharedOptions]] = {
    StudentKind.VECTORS: TransferOptions,
    StudentKind.LORA: AnswerOptions,
}
KEYS = (*_PATHS, _STUDENT, *dict.fromkeys([*TransferOptions.model_fields, *AnswerOptions.model_fields]))
_Options = TypeVar("_Options", bound=SharedOptions)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return answer(arguments, _help, _transfer)


def _help() -> str:
    paths = [f"  {key + '=…':<18} {about}" for key, about in _PATHS.items()]
    return "\n".join(
        [
            "usage: python -m graphs.transfer out=DIR|FILE.jsonl[,…] real=FILE [student=lora] [test=FILE] [key=value …]",
            "",
            "Trains a student on a dataset and tests it on real texts, beside one that learned from as many real texts and a base",
            "that learned nothing; see docs/how-to-measure-transfer.md.",
            "",
            *paths,
            "  student=vectors    vectors: a small classifier of labels, in seconds; lora: a causal model that learns answers, in minutes,",
            "                     with the extra 'torch'",
            *_keys(SharedOptions),
            *(
                line
                for student, options in _OPTIONS.items()
                for line in ("", f"  for {_STUDENT}={student}:", "", *_keys(options, SharedOptions.model_fields))
            ),
            "",
            "exit codes: 0 measured · 2 a mistake in the input · 130 interrupted · 1 a fault of ours",
        ]
    )


def _keys(options: type[SharedOptions], without: Collection[str] = ()) -> list[str]:
    return [
        f"  {f'{key}={one.default}':<18} {one.description or ''}"
        for key, one in options.model_fields.items()
        if key not in without
    ]


def _transfer(words: list[str]) -> int:
    given = keys_given(words, KEYS, "graphs.transfer", "out=DIR real=FILE")
    outs = _several(given.get("out", ""))
    paths = {key: Path(given.pop(key)) for key in _PATHS if given.get(key)}
    for key, what in (
        ("out", "DIR, the directory of a run, or FILE.jsonl"),
        ("real", "FILE, a file of real texts"),
    ):
        if key not in paths:
            raise SettingsError(f"{key}: is missing; write {key}={what}")
    named = given.pop(_STUDENT, StudentKind.VECTORS)
    if named not in set(StudentKind):
        raise SettingsError(
            f"{_STUDENT}={named}: unknown{nearest(named, list(StudentKind))}; known are {', '.join(StudentKind)}"
        )
    student, rest = StudentKind(named), {key: value for key, value in given.items() if key not in _PATHS}
    if student is StudentKind.LORA:
        return _lora(outs, paths, _options(AnswerOptions, rest, student))
    options = _options(TransferOptions, rest, student)
    found = transfer(outs, paths["real"], paths.get("test"), paths.get("labels"), options)
    from graphs.transferring.telling import lines_of_transfer

    where = _written(outs, paths, student, found, lines_of_transfer(found))
    if where is not None and found.feedback is not None:
        print(
            f"to aim the next run at what the student gets wrong: python -m graphs.run scenario={found.scenario} feedback={where}"
        )
    return Exit.DONE


def _lora(outs: Sequence[Path], paths: Mapping[str, Path], options: AnswerOptions) -> int:
    if "labels" in paths:
        raise SettingsError(f"labels: is for {_STUDENT}={StudentKind.VECTORS}; answers have none")
    found = transfer_of_answers(outs, paths["real"], paths.get("test"), options)
    from graphs.transferring.telling import lines_of_answers

    _written(outs, paths, StudentKind.LORA, found, lines_of_answers(found))
    return Exit.DONE


def _options(kind: type[_Options], given: Mapping[str, str], student: StudentKind) -> _Options:
    """The options that were given. Raises SettingsError."""
    for key in given:
        if key not in kind.model_fields:
            other = next(each for each in StudentKind if each is not student)
            raise SettingsError(f"{key}: is for {_STUDENT}={other}, and this is {_STUDENT}={student}; leave it out")
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        said = f"{first['loc'][0]}={first['input']}: " if first["loc"] else ""
        raise SettingsError(f"{said}{first['msg'].removeprefix('Value error, ')}; see --help") from None


def _written(
    outs: Sequence[Path],
    paths: Mapping[str, Path],
    student: StudentKind,
    found: Transfer | AnswerTransfer,
    lines: Sequence[str],
) -> Path | None:
    """Print the lines, and write the result; where it went, if it did."""
    where = paths.get("json") or next((out / TRANSFER[student] for out in reversed(outs) if out.is_dir()), None)
    print("\n".join(lines))
    if where is not None:
        with run_dir_faults(where.absolute().parent):
            write_bytes(
                where,
                orjson.dumps(found.model_dump(mode="json"), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE),
            )
        print(f"figures: {where}")
    else:
        print("the figures are kept nowhere: of a file, json=FILE keeps them")
    return where


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
    out: Path | Sequence[Path],
    real: Path,
    test: Path | None = None,
    labels: Path | None = None,
    options: TransferOptions | None = None,
) -> Transfer:
    """What the dataset of a run directory or a JSONL file, or that of several together, is worth to students of labels, on real texts.
    Raises UserError."""
    asked = _files(out, real, test, labels)
    from graphs.transferring.transfer import measured

    options = options or TransferOptions()
    with one_blas_thread():
        return measured(asked, options, options.encoder.embedding(), say)


def transfer_of_answers(
    out: Path | Sequence[Path], real: Path, test: Path | None = None, options: AnswerOptions | None = None
) -> AnswerTransfer:
    """What the dataset of a run directory or a JSONL file, or that of several together, is worth to students of answers, on real
    exchanges. Raises UserError."""
    asked, options = _files(out, real, test, None), options or AnswerOptions()
    from agents.models.likelihoods.weights import check_torch, load_weights, named_weights
    from graphs.transferring.answers import measured_answers

    check_torch(f"{_STUDENT}={StudentKind.LORA}", ["peft"])
    path, model = named_weights(options.weights, "weights")
    return measured_answers(asked, options, lambda: load_weights(path, "weights"), model, say)


def _files(out: Path | Sequence[Path], real: Path, test: Path | None, labels: Path | None) -> TransferFiles:
    """The files of a measurement, which are there; of runs, with their scenario and their feedback. Raises UserError."""
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

    scenario = names.pop() if len(names) == 1 else ""
    return TransferFiles(tuple(datasets), real, test, labels, scenario, values, tuple(learned))


if __name__ == "__main__":
    sys.exit(main())
