"""The command: `python -m graphs.evaluate out=DIR|FILE.jsonl [reference=DIR|FILE.jsonl] [key=value …]`.

Measures how diverse a dataset is, one of a run or one made elsewhere, and prints it as tables. For a run, the figures
also go to `diversity.json` in its directory; `json=FILE` writes them elsewhere.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from pydantic import ValidationError

from evaluation.metrics import Options
from evaluation.samples import read_samples
from graphs.files.axes import as_run
from graphs.files.rundir import dataset_in, is_run, stored_settings, write_bytes
from graphs.shell.command import answer, keys_given
from graphs.shell.exits import Exit
from scenarios.errors import RunDirError, ScenarioError, SettingsError
from scenarios.reading.bounded import read_bounded
from scenarios.schema.scenario import Scenario

if TYPE_CHECKING:
    from evaluation.diversity import Diversity
    from evaluation.speech.likeness import LogLikeness
    from memory.vectors.embedding import Vectors

DIVERSITY, PAGE = "diversity.json", "diversity.html"
_PATHS = {
    "out": "a run directory, or a JSONL file of samples",
    "reference": "another one to compare with",
    "json": "a file to write the figures to; of a run, they go to its diversity.json by default",
}

_LONG = 2000
"""Samples from which it takes so long that it says how far it is,"""
_EVERY = 3.0
"""every so many seconds."""
_WORDS = {
    "embedding": "BACKEND or BACKEND:MODEL, such as sentence-transformers:FOLDER; the packaged one by default",
    "html": "yes, or a file: one page with plots; yes writes diversity.html into the run's directory",
}
KEYS = (*_PATHS, *_WORDS, *Options.model_fields)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return answer(arguments, _help, _evaluated)


def _evaluated(words: list[str]) -> int:
    _evaluate(*_given(words))
    return Exit.DONE


def _help() -> str:
    keys = [(f"{key}=…", about) for key, about in {**_PATHS, **_WORDS}.items()]
    keys += [(f"{key}={one.default}", one.description or "") for key, one in Options.model_fields.items()]
    return "\n".join(
        [
            "usage: python -m graphs.evaluate out=DIR|FILE.jsonl [reference=DIR|FILE.jsonl] [key=value …]",
            "",
            "Measures how diverse a dataset is. A line of a file holds messages, conversations, prompt and completion,",
            "fields, or text; see docs/how-to-measure-diversity.md for every figure.",
            "",
            *(f"  {key:<18} {about}" for key, about in keys),
            "",
            "exit codes: 0 measured · 2 a mistake in the input · 130 interrupted · 1 a fault of ours",
        ]
    )


def _given(words: Sequence[str]) -> tuple[dict[str, Path], dict[str, str], Options]:
    """The words `key=value`: paths, other words, and options. Raises SettingsError."""
    given = keys_given(words, KEYS, "graphs.evaluate", "key=value, such as out={}")
    paths = {key: Path(given.pop(key)) for key in _PATHS if given.get(key)}
    if "out" not in paths:
        raise SettingsError("out: is missing; write out=DIR, the directory of a run, or out=FILE.jsonl")
    more = {key: given.pop(key) for key in _WORDS if key in given}
    try:
        options = Options.model_validate({key: value for key, value in given.items() if key not in _PATHS})
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(f"{first['loc'][0]}={first['input']}: {first['msg']}; see --help") from None
    return paths, more, options


def _evaluate(paths: dict[str, Path], words: Mapping[str, str], options: Options) -> None:
    out, reference = paths["out"], paths.get("reference")
    where = paths.get("json", out / DIVERSITY if out.is_dir() else None)
    page = _page_file(words.get("html", ""), out)
    if where is not None and where.is_dir():
        raise SettingsError(f"json={where}: is a directory; give a file")
    if where is not None and not where.absolute().parent.is_dir():
        raise SettingsError(f"json={where}: {where.parent} is not a directory; make it first")
    if where is not None and where.exists() and not _holds_figures(where):
        raise SettingsError(f"json={where}: is there and holds no figures of graphs.evaluate; give another file")
    found = measure(
        out,
        reference,
        options,
        lambda line: print(f"colloquia: {line}", file=sys.stderr, flush=True),
        words.get("embedding", ""),
    )
    if where is not None:
        _write(where, found)
    from graphs.observe.tables import show

    show(found, sys.stdout)
    if where is not None:
        print(f"figures: {where}")
    if page is not None:
        from graphs.evaluating.page import evaluation_page

        _write_bytes(page, evaluation_page(found, str(out), str(reference or "")).encode(), "html")
        print(f"page: {page}")


def _page_file(told: str, out: Path) -> Path | None:
    """Where the page goes; None if none is asked for. Raises SettingsError."""
    if told in ("", "no"):
        return None
    if told == "yes" and not out.is_dir():
        raise SettingsError("html=yes: writes the page into a run's directory; for a file write html=PAGE.html")
    page = out / PAGE if told == "yes" else Path(told)
    if page.is_dir() or not page.absolute().parent.is_dir():
        raise SettingsError(f"html={told}: is no file in a directory that is there; write html=PAGE.html")
    if page.exists() and page.suffix != ".html":
        raise SettingsError(f"html={told}: is there and no page; write html=PAGE.html")
    return page


def measure(
    out: Path,
    reference: Path | None = None,
    options: Options | None = None,
    say: Callable[[str], None] = lambda line: None,
    embedding: str = "",
) -> Diversity:
    """How diverse the dataset of a run directory or a JSONL file is, compared with `reference` if that is given. Of a long one
    `say` hears how far it is. `embedding` is BACKEND or BACKEND:MODEL; empty: the packaged one.

    Raises UserError: a file that is missing or holds no samples, an embedding that cannot be used.
    """
    files = {"out": dataset_in(out, "out"), **({"reference": dataset_in(reference, "reference")} if reference else {})}
    samples = read_samples(files["out"])
    others = read_samples(files["reference"]) if reference else None
    scenario = _scenario(out) if out.is_dir() else None

    # Below, what takes long to import: a mistake in the input is said at once.
    from evaluation.diversity import diversity
    from evaluation.metrics import sample_set_of
    from graphs.settings.embedding import embedding_named

    chosen, options = embedding_named(embedding), options or Options()
    if chosen is None:
        raise SettingsError(f"embedding={embedding}: an endpoint's embedding is not asked here; name a local one")
    every = len(samples) + len(others or ())
    pace = _Pace(say if every >= _LONG else lambda line: None)
    pace.begin("samples embedded", every)

    def vectors(texts: Sequence[str]) -> Vectors:
        pace.did(len(texts))
        return chosen.vectors(texts)

    ours = sample_set_of(samples, vectors)
    theirs = sample_set_of(others, vectors) if others is not None else None
    pace.begin("resamples measured", options.resamples * (1 if others is None else 3))
    found = diversity(
        ours, options, embedding=chosen.naming.name,
        axes={name: axis.names for name, axis in scenario.axes.items()} if scenario else None,
        exclusions=scenario.exclude if scenario else (), reference=theirs, each=lambda: pace.did(1),
    )  # fmt: skip
    return found.model_copy(update={"refused_by": _refused_by(out), "likeness": _likeness(files)})


def _likeness(files: Mapping[str, Path]) -> LogLikeness | None:
    """How unlike the reference's conversations are; None without a reference, or if one of both holds no conversation."""
    from evaluation.speech.dialogues import read_dialogues
    from evaluation.speech.likeness import likeness

    if "reference" not in files:
        return None
    first, second = (read_dialogues(files[key]) for key in ("out", "reference"))
    return likeness(first, second) if first and second else None


def _refused_by(out: Path) -> str:
    """The embedding that kept a run's samples apart; empty if that is not known."""
    if not out.is_dir() or not is_run(out):
        return ""
    from graphs.settings.embedding import EmbeddingSettings, refusing_name

    given = stored_settings(out).get("embedding")
    try:
        return refusing_name(EmbeddingSettings.model_validate(given if isinstance(given, dict) else {}))
    except ValidationError:
        return ""


class _Pace:
    """Says now and then how far it is."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say, self._what, self._whole, self._done, self._said = say, "", 0, 0, time.monotonic()

    def begin(self, what: str, whole: int) -> None:
        """Something begins, of which there is so much."""
        self._what, self._whole, self._done = what, whole, 0
        self._tell()

    def did(self, more: int) -> None:
        """So much more of it was begun."""
        if time.monotonic() - self._said >= _EVERY:
            self._tell()
        self._done += more

    def _tell(self) -> None:
        self._say(f"{self._done:,} of {self._whole:,} {self._what}")
        self._said = time.monotonic()


def _scenario(out: Path) -> Scenario | None:
    """The run's scenario; None if it is no longer there or has changed shape."""
    from graphs.preparation import scenario_of_run  # it loads all that a run needs

    try:
        return as_run(scenario_of_run(out), out).scenario
    except ScenarioError:
        return None


def _holds_figures(where: Path) -> bool:
    """Whether a file was written by this command, so that it may be written anew."""
    try:
        found = orjson.loads(read_bounded(where))
    except (OSError, orjson.JSONDecodeError):
        return False
    return isinstance(found, dict) and "metrics" in found


def _write(where: Path, found: Diversity) -> None:
    text = orjson.dumps(found.model_dump(mode="json"), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    _write_bytes(where, text, "json")


def _write_bytes(where: Path, text: bytes, key: str) -> None:
    try:
        write_bytes(where, text)
    except OSError as error:
        raise RunDirError(f"{where}: cannot be written ({error.strerror or error}); give another {key}=") from None


if __name__ == "__main__":
    sys.exit(main())
