"""The documentation is run: the files that it shows are written, and its commands must succeed.

A fenced block opened with ```LANGUAGE file=PATH is a file; ```bash run is one command a line, which must end with
exit code 0 or with the code of `exit=CODE`; ```python run is a program. The blocks of a page run in order, in one
empty folder: those of README.md as processes, word for word, and those of the others in this process, which has
loaded everything once. Links lead to files, and the files and modules of the project that a page names exist.
"""

from __future__ import annotations

import importlib
import os
import re
import shlex
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphs.settings.keys import keys
from graphs.shell.commands import Command, main_of

HOME = Path(__file__).resolve().parents[2]
Done = tuple[int, str, str]
"""A command's exit code, and what it printed and complained of."""
Run = Callable[[list[str], Path], Done]
"""Runs the words after `python` in a folder."""
PAGES = [HOME / "README.md", *sorted((HOME / "docs").rglob("*.md"))]
ROOMS = ("agents", "benchmarks", "evaluation", "graphs", "memory", "scenarios", "studio")
SIGNPOSTS = [page for room in ROOMS for page in sorted((HOME / room).rglob("README.md"))]
_ODD = (
    "is told",
    "are told",
    "bears on",
    "bear on",
    " mend",
    "what counts as before",
    "that is to say",
    "too close to",
)
_BLOCK = re.compile(r"^```(\w+) ([^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#:]+)(?:#([^)]*))?\)")
_PATH = re.compile(rf"`((?:{'|'.join((*ROOMS, 'tests', 'docs'))})/[\w./*-]*)")
_MODULE = re.compile(rf"`((?:{'|'.join(ROOMS)})(?:\.[a-z_]\w*)+)`")
_DERIVED = ("run.yaml", "run.sqlite", "dataset.jsonl", "dataset.parquet", "rejected.jsonl", "summary.json", "README.md",
            "certificate.json")  # fmt: skip


def _blocks(page: Path) -> list[tuple[str, str, str]]:
    return _BLOCK.findall(page.read_text(encoding="utf-8"))


def _in_a_process(words: list[str], folder: Path) -> Done:
    kept = {key: value for key, value in os.environ.items() if key not in {"PYTHONSTARTUP", "PYTEST_ADDOPTS"}}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(HOME)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def _here(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `python -m graphs.COMMAND …` and `python -c …` in this process, by the function that the process would call."""

    def run(words: list[str], folder: Path) -> Done:
        how, what, *more = words
        capfd.readouterr()
        with monkeypatch.context() as patch, warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # as in a process: a program may leave a file to be closed
            patch.chdir(folder)
            patch.setattr(sys, "path", [str(folder), *sys.path])
            if how == "-m":
                code = main_of(Command(what.removeprefix("graphs.")))(more)
            else:
                exec(compile(what, "<page>", "exec"), {"__name__": "__main__"})
                code = 0
        for name in [name for name, module in sys.modules.items() if _lies_in(folder, module)]:
            del sys.modules[name]
        said = capfd.readouterr()
        return code, said.out, said.err

    return run


def _lies_in(folder: Path, module: Any) -> bool:
    return str(getattr(module, "__file__", None) or "").startswith(f"{folder}{os.sep}")


def _run_commands(source: str, expected: int, folder: Path, run: Run) -> None:
    for line in source.replace("\\\n", " ").splitlines():
        program, *words = shlex.split(line, comments=True) or ["", ""]
        if not program:
            continue
        assert program == "python", f"only python is run: {line}"
        code, out, err = run(words, folder)
        assert code == expected, f"{line}\n{out[-2000:]}\n{err[-2000:]}"
        assert "Traceback" not in err, err[-2000:]
        if {
            "graphs.verify",
            "graphs.reembed",
            "graphs.show",
            "graphs.init",
            "graphs.experiment",
            "graphs.compare",
            "graphs.review",
            "graphs.transfer",
        } & set(words):  # they make no run
            continue
        made = next((word.removeprefix("out=") for word in words if word.startswith("out=")), None)
        assert made is not None, f"a command that is run names its out=: {line}"
        if (folder / made).is_file():  # a file of samples, which is only read
            continue
        missing = [name for name in _DERIVED if not (folder / made / name).is_file()]
        assert not missing, f"{line}: {missing} not written"


def _name(page: Path) -> str:
    return page.relative_to(HOME).as_posix()


@pytest.mark.parametrize("page", [page for page in PAGES if _blocks(page)], ids=_name)
def test_what_a_page_shows_works(
    page: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every marked block of the page works as shown."""
    run = _in_a_process if page.name == "README.md" else _here(capfd, monkeypatch)
    for language, marks, source in _blocks(page):
        given = dict(mark.partition("=")[::2] for mark in marks.split())
        if "file" in given:
            target = tmp_path / given["file"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(source, encoding="utf-8")
        elif language == "bash" and "run" in given:
            _run_commands(source, int(given.get("exit", "0")), tmp_path, run)
        elif language == "python" and "run" in given:
            code, _, err = run(["-c", source], tmp_path)
            assert code == 0, err
        else:
            pytest.fail(f"{page.name}: a block with unknown marks: {language} {marks}")


def test_the_pages_that_are_run_are_these() -> None:
    """A page whose marks were lost would pass unseen."""
    assert {page.name for page in PAGES if _blocks(page)} == {
        "from-python.md",
        "README.md",
        "first-dataset.md",
        "how-to-choose-an-embedding.md",
        "how-to-evolve-instructions.md",
        "how-to-write-a-conversation.md",
        "how-to-write-a-scenario.md",
        "how-to-use-your-own-endpoint.md",
        "how-to-experiment-with-roles.md",
        "how-to-run-an-experiment.md",
        "how-to-measure-judges.md",
        "how-to-look-into-a-sample.md",
        "how-to-curate.md",
        "how-to-measure-diversity.md",
        "how-to-compare-datasets.md",
        "how-to-use-worlds.md",
        "how-to-make-task-datasets.md",
        "how-to-export.md",
        "how-to-forecast-cost.md",
        "how-to-fork-a-conversation.md",
        "how-to-verify-a-dataset.md",
        "how-to-plan-diversity.md",
        "how-to-review.md",
        "how-to-measure-transfer.md",
    }


@pytest.mark.parametrize("page", [*PAGES, *SIGNPOSTS], ids=_name)
def test_links_lead_somewhere(page: Path) -> None:
    """Links to files of the project lead to files, and to headings that they have."""
    for target, heading in _LINK.findall(page.read_text(encoding="utf-8")):
        path = page.parent / target
        assert path.exists(), f"{_name(page)}: {target}"
        assert not heading or heading in _headings(path), f"{_name(page)}: {target}#{heading}"


def _headings(page: Path) -> set[str]:
    """The headings of a page, as GitHub links to them."""
    named = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", name.lower()).replace(" ", "-") for name in named}


@pytest.mark.parametrize("page", [*PAGES, *SIGNPOSTS], ids=_name)
def test_what_a_page_names_is_there(page: Path) -> None:
    """Paths and modules of the project that a page names exist."""
    text = page.read_text(encoding="utf-8")
    for path in _PATH.findall(text):
        assert list(HOME.glob(path)), f"{_name(page)}: {path}"
    for name in set(_MODULE.findall(text)) - keys().keys():
        assert _is_there(name), f"{_name(page)}: {name}"


def _is_there(name: str) -> bool:
    """Whether a dotted name is a module, or something in one."""
    home, _, last = name.rpartition(".")
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        return bool(home) and hasattr(importlib.import_module(home), last)
    return True


def test_every_page_is_in_the_index() -> None:
    """docs/README.md links every page."""
    linked = {target for target, _ in _LINK.findall((HOME / "docs" / "README.md").read_text(encoding="utf-8"))}
    missing = [
        _name(page) for page in PAGES[1:] if page.relative_to(HOME / "docs").as_posix() not in {*linked, "README.md"}
    ]
    assert not missing


def test_pages_are_in_plain_words() -> None:
    """The pages use the usual words: "if" rather than "where", and none of those that readers stumbled over."""
    texts = {
        _name(page): page.read_text(encoding="utf-8")
        for page in [*PAGES, *SIGNPOSTS]
        if page.parent.name != "reference"
    }
    found = [
        f"{name}: {word}" for name, text in texts.items() for word in _ODD if word in " ".join(text.lower().split())
    ]
    assert not found
    assert sum(text.count(" where ") for text in texts.values()) <= 15
